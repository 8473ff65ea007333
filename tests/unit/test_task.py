# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task's state means, how the pauses between two looks grow, and every way in which following it may end."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em import follow_task as _task
from ansible_collections.backupops.veeam.plugins.module_utils._em.task import (
    ENDED,
    FAILED,
    SUCCEEDED,
    Task,
    operation_is_finished,
    verdict,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import Flow
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import Unauthorized
from helpers.script import LOGON_AGAIN, Script, garbage, lost

VERDICTS = [
    # Only Finished is the end, and only Success decides; OperationFinished may fail, but it cannot succeed yet.
    ("Running", None, "pending"),
    ("Running", True, "pending"),
    ("Running", False, "pending"),
    ("OperationFinished", None, "pending"),
    ("OperationFinished", True, "pending"),
    ("OperationFinished", False, "failed"),
    ("Finished", True, "succeeded"),
    ("Finished", False, "failed"),
    ("Finished", None, "ended"),
    ("finished", True, "succeeded"),
    ("FINISHED", False, "failed"),
    ("operationfinished", False, "failed"),
    ("Stopped", None, "pending"),
    ("Stopped", True, "pending"),
    ("Stopped", False, "pending"),
    ("NotFinished", True, "pending"),
    ("FinishedSoon", True, "pending"),
]


@pytest.mark.parametrize(("state", "success", "expected"), VERDICTS)
def test_verdict(state: str, success: bool | None, expected: str) -> None:
    assert verdict(Task("task-1", state, "CloneJob", success)) == expected


@pytest.mark.parametrize(("state", "expected"), [("OperationFinished", True), ("Finished", False), ("Running", False)])
def test_operation_is_finished(state: str, expected: bool) -> None:
    assert operation_is_finished(Task("task-1", state)) is expected


# -- following -----------------------------------------------------------------------------------------------------

TASK = "GET /api/tasks/task-1"
STARTED = Task("task-1", "Running", "StartJob")


def follow(script: Script, glance: _task.Glance | None = None, **patience: float) -> _task.Followed:
    wanted = {"deadline": script.clock() + 300.0, "poll_interval": 5.0, "reserve": 5.0, **patience}
    followed = script.run(_task.follow(script.em, STARTED, _task.Patience(**wanted), "token", glance))
    assert isinstance(followed, _task.Followed)
    assert script.clock() <= wanted["deadline"]
    return followed


def shown_from_the(number: int) -> tuple[_task.Glance, list[Task]]:
    """A glance that sees something at that look, and the tasks that it was asked about."""
    asked: list[Task] = []

    def glance(task: Task) -> Flow[t.Any]:
        asked.append(task)
        return "it is there" if len(asked) >= number else None
        yield

    return glance, asked


@pytest.mark.parametrize(("success", "how"), [(True, SUCCEEDED), (False, FAILED), (None, ENDED)])
def test_the_end_of_a_task(script: Script, success: bool | None, how: str) -> None:
    script.expect(TASK, script.write.task("Running"))
    script.expect(TASK, script.write.task("Finished", success, "Ok"))
    followed = follow(script)
    assert (followed.how, followed.task.state, followed.trouble) == (how, "Finished", None)
    assert followed.ended_at == script.clock()


def test_an_end_that_was_seen_already_costs_no_request(script: Script) -> None:
    ended = Task("task-1", "Finished", "StartJob", True)
    followed = script.run(_task.follow(script.em, ended, _task.Patience(script.clock() + 300, 5), "token"))
    assert (followed.how, followed.task) == (SUCCEEDED, ended)


def test_a_failure_before_the_end_is_the_end(script: Script) -> None:
    script.expect(TASK, script.write.task("OperationFinished", False, "No"))
    assert follow(script).how == FAILED


def test_a_task_that_is_gone(script: Script) -> None:
    script.expect(TASK, script.write.error(500, "There is no task"))
    script.expect(TASK, script.write.error(404, "Not found"))
    followed = follow(script)
    assert followed.how == _task.LOST
    assert followed.trouble is not None
    assert followed.trouble.status == 404


def test_one_refusal_is_a_hiccup(script: Script) -> None:
    script.expect(TASK, script.write.error(500, "There is no task"))
    script.expect(TASK, lost)
    script.expect(TASK, script.write.error(404, "Not found"))
    script.expect(TASK, script.write.task("Finished", True))
    followed = follow(script)
    assert (followed.how, followed.trouble) == (SUCCEEDED, None)
    assert len(script.notes) == 3


def test_the_session_ends(script: Script) -> None:
    script.expect(TASK, script.write.error(401, "Unauthorized"))
    script.expect(LOGON_AGAIN, script.write.session())
    followed = follow(script)
    assert (followed.how, script.token) == (_task.SESSION_OVER, "renewed")
    assert isinstance(followed.trouble, Unauthorized)


def test_the_session_ends_and_cannot_be_renewed(script: Script) -> None:
    script.may_log_on_again = Unauthorized("No.", TASK, 401, permanent=True)
    script.expect(TASK, script.write.error(401, "Unauthorized"))
    script.expect(LOGON_AGAIN, script.write.session())
    followed = follow(script)
    assert (followed.how, followed.trouble) == (_task.LOCKED_OUT, script.may_log_on_again)


def test_another_flow_renewed_the_session(script: Script) -> None:
    script.token = "another"
    followed = follow(script)
    assert (followed.how, followed.trouble) == (_task.SESSION_OVER, None)


def test_the_time_is_up(script: Script) -> None:
    script.expect(TASK, script.write.task("Running"), many=True)
    followed = follow(script)
    assert (followed.how, followed.task.state, followed.ended_at) == (_task.TIMED_OUT, "Running", None)
    assert sum(script.pauses) == pytest.approx(292.5, abs=0.1), "half of the reserve is left for a last look"


def test_the_time_is_up_while_nothing_can_be_read(script: Script) -> None:
    script.expect(TASK, garbage, many=True)
    followed = follow(script)
    assert followed.how == _task.TIMED_OUT
    assert followed.trouble is not None
    assert "cut off" in followed.trouble.reason


def test_a_glance_at_the_thing_itself_when_the_time_is_up(script: Script) -> None:
    script.expect(TASK, script.write.task("Running"), many=True)
    glance, asked = shown_from_the(1)
    followed = follow(script, glance)
    assert (followed.how, followed.seen, len(asked)) == (_task.SEEN, "it is there", 1)
    assert sum(script.pauses) == pytest.approx(292.5, abs=0.1)


def test_glances_while_em_does_not_read_the_outcome(script: Script) -> None:
    script.expect(TASK, script.write.task("OperationFinished", True), many=True)
    glance, asked = shown_from_the(2)
    followed = follow(script, glance)
    assert (followed.how, followed.task.success) == (_task.SEEN, True)
    assert [task.state for task in asked] == ["OperationFinished"] * 2
    assert 15 < sum(script.pauses) < 30, "three times the longest pause"


def test_glances_while_the_task_cannot_be_read(script: Script) -> None:
    script.expect(TASK, lost, many=True)
    glance, asked = shown_from_the(1)
    assert follow(script, glance).how == _task.SEEN
    assert script.count(TASK) == 2


def test_no_glance_at_a_task_that_simply_runs(script: Script) -> None:
    for _look in range(20):
        script.expect(TASK, script.write.task("Running"))
    script.expect(TASK, script.write.task("Finished", True))
    glance, asked = shown_from_the(1)
    assert (follow(script, glance).how, asked) == (SUCCEEDED, [])


def test_no_pause_goes_beyond_the_deadline_after_a_glance_that_took_long(script: Script) -> None:
    script.expect(TASK, script.write.error(503, "Busy", **{"retry-after": "86400"}), many=True)

    deadline = script.clock() + 100.0

    def glance(task: Task) -> Flow[t.Any]:
        script.clock.forward(min(40.0, deadline - script.clock()))
        return None
        yield

    followed = follow(script, glance, deadline=deadline, poll_interval=10.0)
    assert followed.how == _task.TIMED_OUT


def test_the_pause_that_a_server_asks_for(script: Script) -> None:
    script.expect(TASK, script.write.error(503, "Busy", **{"retry-after": "20"}))
    script.expect(TASK, script.write.task("Finished", True))
    assert follow(script).how == SUCCEEDED
    assert script.pauses[-1] == 20
