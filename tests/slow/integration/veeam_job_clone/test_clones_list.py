# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several clones in one task: one logon, few look-ups, a complete result for each item, max_parallel at once."""

from __future__ import annotations

import pytest
from helpers.ansible_runs import Step, job_href, job_of
from helpers.assertions import own_keys
from helpers.cast import DEFAULT_REPOSITORY, GOLD, REPLICA, VBR01, VBR02
from helpers.routes import route

from .bodies import elements_sent

ITEM_KEYS = {"changed", "job_href", "job", "task", "msg", "failed"}
SKIP = ["logon", "jobs", "logout"]


def item_of(step: Step, name: str) -> dict:
    """The result of the item of that name, found by its place in the list that was given."""
    names = [item.get("name") or item.get("job_name") for item in step.result["invocation"]["module_args"]["clones"]]
    assert len(step.result["results"]) == len(names)
    return step.result["results"][names.index(name)]


def sent(step: Step) -> dict[str, tuple[str, dict[str, str]]]:
    """JobName to what was sent for it."""
    bodies = [elements_sent(entry.body, "xml") for entry in step.clones_sent]
    return {dict(members)["JobName"]: (element, dict(members)) for element, members in bodies}


@pytest.mark.parametrize("media_type", ["xml", "json"])
def test_all_kinds_in_one_task(em, play, media_type):
    """Also the whole result, and that the second run needs one query."""
    play.defaults["media_type"] = media_type
    clones = [
        {"source_job": GOLD, "name": "one", "repository": DEFAULT_REPOSITORY, "description": "first"},
        {"source_job": REPLICA, "name": "two", "vm_suffix": "_x"},
        {"source_job": "TPL Copy Legacy", "name": "three", "repository": "S3 Offsite"},
        {"source_job": "Copy to Offsite", "name": "four", "repository": DEFAULT_REPOSITORY},
        {"source_job": "TPL Silver", "backup_server": VBR02, "name": "five", "repository": "S3 Offsite"},
    ]
    first, second = play.clone(clones=clones), play.clone(clones=clones)
    play.run()

    assert first.routes[:3] == ["logon", "jobs", "repositories"]
    assert first.routes[-1] == "logout"
    for word, times in {"logon": 1, "jobs": 2, "repositories": 1, "clone": 5, "logout": 1}.items():
        assert first.routes.count(word) == times, word
    assert own_keys(first.result) == {"changed", "results", "job_hrefs", "ansible_facts", "retries", "msg"}
    servers = {"one": VBR01, "two": VBR01, "three": VBR02, "four": VBR02, "five": VBR02}
    hrefs = {name: job_href(em, job_of(em, name, server)) for name, server in servers.items()}
    assert first.changed is True
    assert first.result["job_hrefs"] == hrefs
    assert first.result["ansible_facts"] == {"veeam_job_hrefs": hrefs}
    assert list(first.result["job_hrefs"]) == list(servers)
    assert "5 of 5" in first.msg
    tasks = set()
    for name, item in zip(servers, first.result["results"], strict=True):
        assert set(item) == ITEM_KEYS
        assert (item["changed"], item["failed"]) == (True, False)
        assert item["job_href"] == item["job"]["href"] == hrefs[name]
        assert item["job"]["name"] == name
        assert item["job"]["backup_server"]["name"] == servers[name]
        assert item["task"]["success"] is True
        assert name in item["msg"]
        tasks.add(item["task"]["id"])
    assert len(tasks) == 5
    assert [item["job"]["type"] for item in first.result["results"]] == [
        "Backup",
        "Replica",
        "BackupCopy",
        "ImmediateBackupCopy",
        "Backup",
    ]

    assert second.routes == SKIP
    assert second.changed is False
    assert second.result["job_hrefs"] == hrefs
    for old, new in zip(first.result["results"], second.result["results"], strict=True):
        assert set(new) == ITEM_KEYS
        assert (new["changed"], new["failed"], new["task"]) == (False, False, None)
        assert new["job"] == old["job"]


def test_defaults_at_the_top_and_options_set_on_purpose(em, play, subtests):
    """A default that an item's kind has no element for is ignored; in the item itself it is an error."""
    defaults = {
        "source_job": GOLD,
        "repository": DEFAULT_REPOSITORY,
        "description": "from the top",
        "vm_suffix": "_top",
        "folder_name": "top folder",
    }
    step = play.clone(
        **defaults,
        clones=[
            {"name": "plain"},
            {"name": "replica", "source_job": REPLICA},
            {"name": "own", "repository": "Fast Repository", "description": "own", "folder_name": "own folder"},
            {"name": "own replica", "source_job": REPLICA, "vm_suffix": "_own"},
            {"name": "nothing said", "source_job": "TPL Silver", "backup_server": VBR02, "description": ""},
            {"name": "bad suffix", "vm_suffix": "_x"},
            {"name": "bad repository", "source_job": REPLICA, "repository": DEFAULT_REPOSITORY},
            {"name": "bad folder", "source_job": REPLICA, "folder_name": "x"},
        ],
    )
    play.run()
    assert step.failed
    bodies = sent(step)
    assert set(bodies) == {"plain", "replica", "own", "own replica", "nothing said"}
    assert bodies["plain"][1]["FolderName"] == "top folder"
    assert bodies["plain"][1]["Description"] == "from the top"
    assert "VmSuffix" not in bodies["plain"][1]
    assert bodies["replica"] == (
        "ReplicaJobCloneInfo",
        {"JobName": "replica", "VmSuffix": "_top", "Description": "from the top"},
    )
    assert (bodies["own"][1]["FolderName"], bodies["own"][1]["Description"]) == ("own folder", "own")
    assert job_of(em, "own").repository == "Fast Repository"
    assert bodies["own replica"][1]["VmSuffix"] == "_own"
    assert bodies["nothing said"][1]["Description"] == ""
    for name, option in (
        ("bad suffix", "vm_suffix"),
        ("bad repository", "repository"),
        ("bad folder", "folder_name"),
    ):
        with subtests.test(name):
            item = item_of(step, name)
            assert item["failed"] is True
            assert option in item["msg"]
            assert "item" in item["msg"]


def test_every_item_is_tried_and_the_results_are_complete(em, play):
    """Failures of every sort beside clones and skips: the task fails at the end, changed, with all results."""
    there = play.clone(source_job=GOLD, name="there", repository=DEFAULT_REPOSITORY)
    names = {
        "new": {},
        "no source": {"source_job": "No Such Job"},
        "there": {},
        "ambiguous": {"source_job": "TPL Silver"},
        "no repository": {"repository": "Nowhere"},
        "too long": {},
        "last": {"source_job": REPLICA},
    }

    def limit():
        em.switches.update(name_too_long="http_400", name_limit=7)

    names = {("too long by far" if name == "too long" else name): item for name, item in names.items()}
    step = play.clone(
        before=limit,
        source_job=GOLD,
        repository=DEFAULT_REPOSITORY,
        clones=[{"name": name, **item} for name, item in names.items()],
    )
    play.run()
    assert step.failed
    assert step.changed is True
    assert step.routes.count("logon") == step.routes.count("logout") == 1
    assert step.routes.count("clone") == 3
    good = {"new": True, "there": False, "last": True}
    for name, item in zip(names, step.result["results"], strict=True):
        assert set(item) >= ITEM_KEYS
        assert item["failed"] is (name not in good)
        assert item["msg"]
        if name in good:
            assert item["changed"] is good[name]
            assert item["job_href"] == job_href(em, job_of(em, name))
            assert "error" not in item
        else:
            assert (item["changed"], item["job_href"], item["job"]) == (False, None, None)
            assert em.jobs(name=name) == []
    assert set(step.result["job_hrefs"]) == set(good)
    refused = item_of(step, "too long by far")
    assert refused["error"]["status"] == 400
    assert refused["error"]["message"] in refused["msg"]
    assert step.result["error"] == refused["error"]
    for number, text in enumerate(("No Such Job", "TPL Silver", "Nowhere")):
        place = [2, 4, 5][number]
        assert text in step.result["results"][place - 1]["msg"]
        assert f"item {place}" in step.result["results"][place - 1]["msg"]
    assert all(text in step.msg for text in ("2 of 7", "4 failed", "1 was there"))
    assert step.result["results"][1]["msg"] in step.msg
    assert there.changed


def test_a_run_that_fails_as_a_whole_has_all_results_too(em, play, subtests):
    clones = [{"source_job": GOLD, "name": name, "repository": DEFAULT_REPOSITORY} for name in ("a", "b")]
    cases = {
        "wrong password": play.clone(clones=clones, password="wrong"),
        "no host": play.clone(clones=clones, hostname="no-such-host.invalid"),
        "no rights": play.clone(clones=clones, username="portal-user"),
    }
    play.run()
    for what, step in cases.items():
        with subtests.test(what):
            assert step.failed
            assert step.changed is False
            assert step.writes == []
            assert step.result["job_hrefs"] == {}
            assert len(step.result["results"]) == 2
            for item in step.result["results"]:
                assert set(item) >= ITEM_KEYS
                assert (item["failed"], item["changed"], item["job_href"], item["task"]) == (True, False, None, None)
                assert item["msg"] == step.msg
            assert step.result["error"]["request"]


def test_an_empty_list_does_not_even_log_on(em, play):
    """Nor does it need a server or credentials."""
    step = play.clone(clones=[])
    nowhere = play.clone(clones=[], hostname="no-such-host.invalid")
    diff = play.clone(clones=[], task={"check_mode": True, "diff": True})
    play.run()
    for empty in (step, nowhere, diff):
        assert empty.status == "ok"
        assert empty.journal == []
        assert empty.changed is False
        assert (empty.result["results"], empty.result["job_hrefs"]) == ([], {})
        assert empty.result["ansible_facts"] == {"veeam_job_hrefs": {}}
        assert empty.msg


def in_flight(step: Step) -> list[int]:
    """How many clones were under way after each POST: sent, and not yet polled for the last time."""
    task_of = {item["job"]["name"]: item["task"]["id"] for item in step.result["results"]}
    last_poll = {}
    for place, entry in enumerate(step.journal):
        if route(entry) == "task":
            last_poll[entry.path.rpartition("/")[2]] = place
    running: list[str] = []
    counts = []
    for place, entry in enumerate(step.journal):
        running = [task for task in running if last_poll[task] >= place]
        if route(entry) == "clone":
            running.append(task_of[dict(elements_sent(entry.body, "xml")[1])["JobName"]])
            counts.append(len(running))
    return counts


@pytest.mark.parametrize("limit", [1, 3, 32])
def test_at_most_max_parallel_are_in_flight(emulators, new_play, limit):
    em = emulators.get(task_steps="running:4")
    play = new_play(em)
    step = play.clone(
        source_job=GOLD,
        repository=DEFAULT_REPOSITORY,
        max_parallel=limit,
        clones=[{"name": "clone %d" % number} for number in range(12)],
    )
    play.run()
    assert len(step.result["job_hrefs"]) == 12
    assert max(in_flight(step)) <= min(limit, 12)
    if limit < 12:
        assert max(in_flight(step)) == limit
    assert step.routes.count("clone") == 12
    assert len({entry.connection for entry in step.journal}) <= min(limit, 12) + 1


def test_look_ups_do_not_grow_with_the_list(em, play):
    """A hundred names need a few queries, present or not, and one logon."""
    options = {
        "source_job": GOLD,
        "repository": DEFAULT_REPOSITORY,
        "clones": [{"name": "job %03d" % number} for number in range(100)],
        "max_parallel": 16,
    }
    first, second = play.clone(**options), play.clone(**options)
    play.run()
    assert first.routes.count("clone") == 100
    assert first.routes.count("logon") == first.routes.count("logout") == 1
    assert first.routes.count("repositories") == 1
    assert len(em.jobs()) == 9 + 100
    assert second.changed is False
    assert set(second.routes) == {"logon", "jobs", "logout"}
    assert len(second.routes) <= 2 + 4
    assert second.result["job_hrefs"] == first.result["job_hrefs"]
    assert len(second.result["job_hrefs"]) == 100


def test_repositories_are_read_once_for_each_distinct_value(em, play):
    step = play.clone(
        source_job=GOLD,
        clones=[
            {"name": "clone %d" % number, "repository": (DEFAULT_REPOSITORY, "Fast Repository")[number % 2]}
            for number in range(10)
        ],
    )
    by_id = play.clone(
        source_job=GOLD,
        repository=job_of(em, GOLD).repository_id,
        clones=[{"name": "by id %d" % number} for number in range(5)],
    )
    play.run()
    assert step.routes.count("repositories") == 1
    assert by_id.routes.count("repository") == 1
    assert by_id.routes.count("repositories") == 0
    assert {job_of(em, "clone %d" % number).repository for number in (1, 3, 5)} == {"Fast Repository"}


def test_the_same_name_as_a_source_further_up(em, play):
    """All look-ups come first: an item cannot clone what an item before it makes."""
    step = play.clone(
        repository=DEFAULT_REPOSITORY,
        clones=[{"source_job": GOLD, "name": "step one"}, {"source_job": "step one", "name": "step two"}],
    )
    again = play.clone(
        repository=DEFAULT_REPOSITORY,
        clones=[{"source_job": GOLD, "name": "step one"}, {"source_job": "step one", "name": "step two"}],
    )
    play.run()
    assert step.failed
    assert [item["failed"] for item in step.result["results"]] == [False, True]
    assert again.status == "ok"
    assert [item["changed"] for item in again.result["results"]] == [False, True]


def test_without_waiting(em, play):
    step = play.clone(
        source_job=GOLD,
        repository=DEFAULT_REPOSITORY,
        wait=False,
        clones=[{"name": "a"}, {"name": GOLD}, {"name": "b"}],
    )
    play.run()
    assert step.status == "ok"
    assert "task" not in step.routes
    assert step.routes.count("clone") == 2
    assert step.changed is True
    for place in (0, 2):
        item = step.result["results"][place]
        assert (item["changed"], item["job"], item["job_href"], item["failed"]) == (True, None, None, False)
        assert item["task"]["state"] == "Running"
    assert step.result["job_hrefs"] == {GOLD: job_href(em, job_of(em, GOLD))}
    assert step.result["ansible_facts"] == {"veeam_job_hrefs": step.result["job_hrefs"]}


def test_a_job_of_another_type_warns_in_a_list_too(em, play):
    step = play.clone(source_job=GOLD, repository=DEFAULT_REPOSITORY, clones=[{"name": REPLICA}, {"name": "fine"}])
    play.run()
    (warning,) = step.warnings
    assert all(text in warning for text in (REPLICA, "Replica", "Backup"))
    assert [item["changed"] for item in step.result["results"]] == [False, True]
