# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the answer to the clone to its end: polls, ends of every sort, timeouts, and not waiting at all."""

from __future__ import annotations

import re

import pytest
from helpers.ansible_runs import job_href, job_of
from helpers.assertions import assert_clear
from helpers.cast import DEFAULT_REPOSITORY, GOLD, GOLD_ID, VBR01

from .mistakes import GOOD

BEGIN = ["logon", "jobs", "repositories", "clone"]
MEDIA_TYPES = pytest.mark.parametrize("media_type", ["xml", "json"])


@pytest.mark.parametrize(
    ("steps", "polls"),
    [("", 1), ("running:1", 2), ("running:4", 5), ("running:1,operation_finished:2", 4)],
)
@MEDIA_TYPES
def test_neither_running_nor_operation_finished_is_the_end(emulators, new_play, steps, polls, media_type):
    em = emulators.get(task_steps=steps)
    play = new_play(em)
    # long pauses, so that OperationFinished does not last for so many of them that the job is looked for
    step = play.clone(**GOOD, media_type=media_type, poll_interval=5)
    play.run()
    assert step.routes == [*BEGIN, *["task"] * polls, "jobs", "logout"]
    assert step.result["task"]["state"] == "Finished"
    assert step.result["job_href"] == job_href(em, job_of(em, "web"))
    assert {entry.session for entry in step.journal if entry.session} == {step.journal[1].session}


@MEDIA_TYPES
def test_shapes_of_a_good_end(emulators, new_play, subtests, media_type):
    """The job is the one of the wanted name, whatever the finished task links to."""
    em = emulators.get(task_steps="running:1,operation_finished:1")
    play = new_play(em)
    play.defaults["media_type"] = media_type
    start = dict(em.switches)
    cases = {}
    for switch, value in (
        ("finished_link", "present"),
        ("finished_link", "doubled"),
        ("finished_link", "absent"),
        ("finished_link", "other_name"),
        ("operation_finished_success", "missing"),
        ("task_retention", 1),
        ("task_numbering", "global"),
    ):
        cases[f"{switch} {value}"] = play.clone(
            before=lambda switch=switch, value=value: em.switches.update({**start, switch: value}),
            **{**GOOD, "name": f"{switch} {value}"},
        )
    play.run()
    for name, step in cases.items():
        with subtests.test(name):
            assert step.status == "ok", step.msg
            assert step.changed is True
            assert step.result["job_href"] == job_href(em, job_of(em, name))
            assert step.result["job"]["name"] == name
            assert len(step.clones_sent) == 1
            if not name.startswith("finished_link other"):
                assert step.routes == [*BEGIN, "task", "task", "task", "jobs", "logout"]


@MEDIA_TYPES
def test_a_failed_task(emulators, new_play, subtests, media_type):
    """In whichever state it says so, and through OperationFinished with Success too."""
    em = emulators.get(task_steps="running:1,operation_finished:2")
    play = new_play(em)
    play.defaults["media_type"] = media_type
    start = {**em.switches, "name_too_long": "task_failed", "name_limit": 2}
    cases = {
        variant: play.clone(
            before=lambda variant=variant: em.switches.update({**start, "failed_task_operation_finished": variant}),
            **GOOD,
        )
        for variant in ("skipped", "true", "false")
    }
    play.run()
    for variant, step in cases.items():
        with subtests.test(variant):
            assert step.failed
            assert step.changed is False
            task, error = step.result["task"], step.result["error"]
            assert task["success"] is False
            assert (error["request"], error["status"]) == ("GET /api/tasks/task-1", 200)
            assert error["message"] == task["message"]
            assert_clear(step.msg, ["web", GOLD, "task-1", task["message"].rstrip("."), "Nothing was created"])
    assert em.jobs(name="web") == []


def test_without_waiting(em, play):
    """The task and no job; logged out all the same, and the clone goes on without us."""
    step = play.clone(**GOOD, wait=False)
    later = play.clone(**GOOD, wait=False)
    play.run()
    assert step.routes == [*BEGIN, "logout"]
    assert step.changed is True
    assert (step.result["job_href"], step.result["job"]) == (None, None)
    task = dict(step.result["task"])
    assert task.pop("elapsed") >= 0
    assert task == {
        "id": "task-1",
        "href": f"https://{em.host}:{em.port}/api/tasks/task-1",
        "state": "Running",
        "operation": "CloneJob",
        "success": None,
        "message": None,
    }
    assert step.result["ansible_facts"] == {"veeam_job_hrefs": {}}
    assert all(text in step.msg for text in ("web", GOLD, "task-1"))
    assert later.changed is False
    assert later.result["job_href"] == job_href(em, job_of(em, "web"))


def test_a_timeout(em, play):
    """Says state, task and seconds, and that the job may still appear. Nothing is cancelled unless asked for."""
    em.add_fault(fault="never_finish")
    step = play.clone(**GOOD, wait_timeout=6)
    play.run()
    assert step.failed
    assert step.changed is True
    assert "cancel" not in step.routes
    assert step.routes[:4] == BEGIN
    assert len(step.clones_sent) == 1
    task = step.result["task"]
    assert (task["id"], task["state"], task["success"]) == ("task-1", "Running", None)
    assert_clear(step.msg, ["web", GOLD, "wait_timeout", "task-1", "Running", "seconds", "may still appear", VBR01])
    said = re.search(r"after ([0-9.]+) seconds", step.msg)
    assert said is not None
    assert abs(float(said.group(1)) - task["elapsed"]) < 0.5
    assert "ansible_facts" not in step.result


def test_a_task_that_never_finishes_although_the_job_is_there(em, play):
    """The job itself is looked for before giving up."""
    em.add_fault(fault="never_finish", job=True)
    # A tenth of it is for that look.
    step = play.clone(**GOOD, wait_timeout=20)
    play.run()
    assert step.status == "ok", step.msg
    assert step.changed is True
    assert step.result["job_href"] == job_href(em, job_of(em, "web"))
    assert step.result["task"]["state"] == "Running"
    assert any("task-1" in warning and "Running" in warning for warning in step.warnings)
    assert len(step.clones_sent) == 1


@pytest.mark.parametrize("variant", ["stops", "ignored", "removed"])
def test_a_timeout_that_cancels(em, play, variant):
    """What a DELETE does to a running task is not known; its 204 is all that can be reported."""
    em.switches["delete_running_task"] = variant
    em.add_fault(fault="never_finish")
    step = play.clone(**GOOD, wait_timeout=6, on_timeout="cancel")
    play.run()
    assert step.failed
    assert step.changed is True
    assert step.routes[-2:] == ["cancel", "logout"]
    assert step.routes.count("cancel") == 1
    assert step.journal[-2].path == "/api/tasks/task-1"
    assert_clear(step.msg, ["task-1", "was removed", "on_timeout", "may still appear"])


def test_a_cancel_that_fails(em, play):
    em.add_fault(fault="never_finish")
    em.add_fault(fault="status", code=403, method="DELETE", path="/api/tasks/")
    step = play.clone(**GOOD, wait_timeout=6, on_timeout="cancel")
    play.run()
    assert step.failed
    assert_clear(step.msg, ["task-1", "Cancelling task-1 failed", "403", "may still appear"])


def test_a_timeout_in_a_list_concerns_its_item_alone(em, play):
    em.add_fault(fault="never_finish", method="POST", path="action=clone", on=2)
    step = play.clone(
        source_job=GOLD,
        repository=DEFAULT_REPOSITORY,
        wait_timeout=6,
        max_parallel=1,
        clones=[{"name": "a"}, {"name": "b"}, {"name": "c"}],
    )
    play.run()
    assert step.failed
    assert [item["failed"] for item in step.result["results"]] == [False, True, False]
    assert [item["changed"] for item in step.result["results"]] == [True, True, True]
    assert set(step.result["job_hrefs"]) == {"a", "c"}
    assert step.result["results"][1]["task"]["state"] == "Running"
    assert step.routes.count("clone") == 3


@MEDIA_TYPES
def test_operation_finished_for_ever(emulators, new_play, media_type):
    """The job is there, whatever the task says: found by name, with a warning, and no second clone."""
    em = emulators.get(task_steps="running:1,operation_finished:1")
    em.add_fault(fault="stay_operation_finished")
    play = new_play(em)
    step = play.clone(**GOOD, media_type=media_type)
    play.run()
    assert step.status == "ok", step.msg
    assert step.changed is True
    assert step.result["job_href"] == job_href(em, job_of(em, "web"))
    assert step.result["task"]["state"] == "OperationFinished"
    assert any("task-1" in warning and "OperationFinished" in warning for warning in step.warnings)
    assert len(step.clones_sent) == 1


@pytest.mark.parametrize("lookups", [1, 3])
def test_a_job_that_is_shown_late(em, play, lookups):
    em.switches["show_new_job_after"] = str(lookups)
    step = play.clone(**GOOD, poll_interval=0.5)
    play.run()
    assert step.status == "ok"
    assert step.routes == [*BEGIN, "task", *["jobs"] * (lookups + 1), "logout"]
    assert step.result["job_href"] == job_href(em, job_of(em, "web"))
    assert step.warnings == []


def test_a_job_that_is_not_shown_at_all(em, play):
    """The task's link is believed; that the list does not have the job yet is a warning."""
    em.switches["show_new_job_after"] = "refresh"
    step = play.clone(**GOOD)
    play.run()
    assert step.status == "ok"
    assert step.result["job_href"] == job_href(em, job_of(em, "web"))
    assert step.result["job"]["type"] == "Backup"
    assert any("web" in warning for warning in step.warnings)


@MEDIA_TYPES
def test_a_session_that_ends_while_waiting(emulators, new_play, media_type):
    """One more logon, the job looked up by name, the clone not sent again, both sessions closed."""
    em = emulators.get(task_steps="running:1")
    em.add_fault(fault="expire_session", method="GET", path="/api/tasks/")
    play = new_play(em)
    step = play.clone(**GOOD, media_type=media_type)
    play.run()
    assert step.status == "ok", step.msg
    assert step.changed is True
    assert step.routes.count("logon") == 2
    assert len(step.clones_sent) == 1
    assert step.result["job_href"] == job_href(em, job_of(em, "web"))
    assert "session" in step.msg


def test_a_task_that_the_server_does_not_know_any_more(em, play):
    em.add_fault(fault="lose_task", method="GET", path="/api/tasks/")
    step = play.clone(**GOOD)
    play.run()
    assert step.status == "ok", step.msg
    assert step.changed is True
    assert len(step.clones_sent) == 1
    assert step.result["job_href"] == job_href(em, job_of(em, "web"))
    assert "task-1" in step.msg


@MEDIA_TYPES
def test_the_answer_to_the_clone_is_lost(em, play, media_type):
    """Not sent again: the job is looked for by name, and the message says so."""
    em.add_fault(fault="reset_after", method="POST", path="action=clone")
    step = play.clone(**GOOD, media_type=media_type)
    again = play.clone(**GOOD, media_type=media_type)
    play.run()
    assert step.status == "ok", step.msg
    assert step.changed is True
    assert len(step.clones_sent) == 1
    assert step.result["job_href"] == job_href(em, job_of(em, "web"))
    assert "lost" in step.msg
    assert "task" not in step.result
    assert again.changed is False


def test_the_clone_never_arrived(em, play):
    """Nobody knows: failed and changed, the outcome unknown; the same task run again makes the job."""
    em.add_fault(fault="reset_before", method="POST", path="action=clone")
    step = play.clone(**GOOD, wait_timeout=6)
    again = play.clone(**GOOD)
    play.run()
    assert step.failed
    assert step.changed is True
    assert len(step.clones_sent) == 1
    error = step.result["error"]
    assert (error["request"], error["status"]) == (f"POST /api/jobs/{GOLD_ID}", None)
    assert_clear(step.msg, ["web", GOLD, "unknown", "may still appear", VBR01])
    assert again.changed is True
    job_of(em, "web")


def test_repeated_requests_are_counted_and_told(em, play):
    em.add_fault(fault="status", code=503, method="GET", path="type=Job", count=2)
    step = play.clone(**GOOD)
    play.run()
    assert step.status == "ok"
    assert step.result["retries"] == 2
    (warning,) = step.warnings
    assert all(text in warning for text in ("GET /api/query", "2 times", "503"))
    assert step.routes == ["logon", "jobs", "jobs", "jobs", "repositories", "clone", "task", "jobs", "logout"]


def test_a_logout_that_fails_only_warns(em, play):
    em.add_fault(fault="status", code=500, method="DELETE", path="logonSessions", count=0)
    play.may_stay_open = lambda session: True
    step = play.clone(**GOOD)
    play.run()
    assert step.status == "ok"
    assert step.changed is True
    assert any("session could not be closed" in warning for warning in step.warnings)
    assert em.expire_sessions() == step.open_sessions
