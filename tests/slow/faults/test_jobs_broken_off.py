# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every request of a run broken in every way, and after each a clean run that ends exactly as wanted.

Whatever was broken: no clone, object or toggle arrives twice in one run, and no clone is ever enabled with other
content than the wanted one, but for the moment in which the server itself makes it so.

2,016 cells: 224 requests of six runs, each broken in nine ways; those that only a broken run sends; and the two of
agent and file share jobs.
"""

from __future__ import annotations

import typing as t

import pytest
from helpers.cast import AGENTS_ID, DEFAULT_REPOSITORY, GOLD, REPLICA, SHARES
from helpers.emulated_jobs import FAULTS, Emulated, Ended, Failure

NAME = "web-new"
WISH: dict[str, t.Any] = {
    "name": NAME,
    "source_job": GOLD,
    "repository": DEFAULT_REPOSITORY,
    "description": "Nightly",
    "objects": [{"name": "web02"}, {"name": "app01"}, {"name": "db01"}],
    "schedule": {"daily": {"at": "23:30", "days": ["monday", "friday"]}},
    "retention": {"type": "days", "count": 21},
    "run_automatically": True,
    "enabled": True,
}
COPY = {"name": "Copy to Offsite"}
SCENARIOS: dict[str, dict[str, t.Any]] = {
    "a new job": WISH,
    "a new job in json": {**WISH, "media_type": "json"},
    "a job that is there": {
        "name": "TPL Gold",
        "objects": [{"name": "web02"}, {"name": "db01"}],
        "retry": {"times": 9, "wait": 1},
        "enabled": False,
    },
    "a new replication job": {
        "name": NAME,
        "source_job": REPLICA,
        "objects": [{"name": "db01"}],
        "schedule": {"continuously": {}},
        "enabled": True,
    },
    "a copy job": {**COPY, "enabled": False},
    "an agent job": {"name": AGENTS_ID, "kind": "agent", "enabled": False},
    "a file share job": {"name": SHARES, "kind": "nas", "enabled": False},
    "a job to be deleted": {"name": "TPL Gold", "state": "absent"},
}


def check_history(world: Emulated, before: int, wish: dict[str, t.Any]) -> None:
    """What must not have been, whatever happened."""
    arrived = [
        (entry.path, entry.query_string, entry.body) for entry in world.em.journal[before:] if entry.method == "POST"
    ]
    once = [request for request in arrived if "sessionMngr" not in request[0]]
    assert len(once) == len(set(once)), "sent twice"
    history = world.em.history(wish["name"])
    # What is in an agent job has no reference.
    there = [change for change in history if change.exists and change.kind != "agent"]
    references = [len(change.references) - len(set(change.references)) for change in there]
    assert not any(references), "an object came in twice"
    wanted = sorted(item["name"] for item in wish.get("objects", ()))
    if wish.get("source_job"):
        for change in history[1:]:
            assert not change.enabled or sorted(change.objects) == wanted or change.number == history[0].number


def check_end(world: Emulated, wish: dict[str, t.Any], again: Ended) -> None:
    assert not again.failed, again.result["msg"]
    jobs = [job for job in world.em.jobs(kind=wish.get("kind", "job")) if wish["name"] in (job.name, job.id)]
    if wish.get("state") == "absent":
        assert jobs == []
        return
    (job,) = jobs
    assert job.schedule_enabled is wish["enabled"]
    if "objects" in wish:
        assert sorted(job.objects) == sorted(item["name"] for item in wish["objects"])
    shown = again.result["job"]
    for option in ("description", "run_automatically", "retention", "retry"):
        assert option not in wish or shown[option] == wish[option]
    if "daily" in wish.get("schedule", {}):
        assert shown["schedule"]["daily"] == wish["schedule"]["daily"]
    third = world.one(**wish)
    assert (third.result["changed"], third.writes) == (False, [])


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_request_broken(scenario: str, fault: str) -> None:
    wish = SCENARIOS[scenario]
    number = 0
    while True:
        world = Emulated()
        broken = world.run(failure=Failure(fault, number), **wish)
        check_history(world, 0, wish)
        if number >= len(broken.requests):
            break
        # What the server is still at when the next run begins is as good as a second run at the same time.
        world.clock.advance(5)
        before = len(world.em.journal)
        again = world.run(**wish)
        check_history(world, before, wish)
        try:
            check_end(world, wish, again)
        except AssertionError as error:
            raise AssertionError(
                "%s at request %d (%s): %s; first run: %s"
                % (fault, number, broken.requests[number], error, broken.result["msg"])
            ) from error
        number += 1
    assert number > 3, "nothing was broken"
