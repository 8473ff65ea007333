# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every request of veeam_job_run with its answer lost, its session over, and the run stopped at it, in every state that
a job may be in before; and after each a clean run that ends exactly as wanted.

Nothing that starts a job is sent twice in one run, what the result says of the run is so, and no job runs twice at a
time. Every other fault at every request is in test_flows.py.
"""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.modules.veeam_job_run import MODULE
from helpers.cast import AGENTS_ID, GOLD, REPLICA, SHARES
from helpers.emulated_jobs import Emulated, Ended, Failure

FAULTS = ("lost after", "expired", "stopped", "stopped after")
COPY = "Copy to Offsite"
LENGTH = {"length": "6s"}


class Scenario(t.NamedTuple):
    """options: of the module. prepare: what was before. fails: the run of the job does, and so the task."""

    options: dict[str, t.Any]
    prepare: t.Callable[[Emulated], object] = lambda world: None
    fails: bool = False

    @property
    def job(self) -> str:
        return t.cast(str, self.options["job"])


def running(world: Emulated) -> None:
    world.em.start_run(GOLD)
    world.clock.advance(1)


def agents_run(world: Emulated) -> None:
    world.em.start_run(AGENTS_ID)
    world.clock.advance(1)


def failed_before(world: Emulated) -> None:
    world.em.plan_runs(GOLD, {**LENGTH, "result": "Failed"})
    world.em.start_run(GOLD)
    world.clock.advance(60)


def will_fail(world: Emulated) -> None:
    world.em.plan_runs(GOLD, always={**LENGTH, "machines": {"web01": "Failed"}})


SCENARIOS = {
    "started": Scenario({"job": GOLD}),
    "started in json": Scenario({"job": GOLD, "media_type": "json"}),
    "started without a link": Scenario({"job": GOLD}, lambda world: world.em.switches.update(start_link="absent")),
    "a replication job": Scenario({"job": REPLICA}),
    "a run that fails": Scenario({"job": GOLD}, will_fail, fails=True),
    "joined": Scenario({"job": GOLD}, running),
    "skipped": Scenario({"job": GOLD, "if_running": "skip"}, running),
    "without waiting": Scenario({"job": GOLD, "wait": False}),
    "retried": Scenario({"job": GOLD, "state": "retried"}, failed_before),
    "stopped": Scenario({"job": GOLD, "state": "stopped"}, running),
    "an agent job": Scenario({"job": AGENTS_ID, "kind": "agent"}),
    "an agent job in json": Scenario({"job": AGENTS_ID, "kind": "agent", "media_type": "json"}),
    "a file share job": Scenario({"job": SHARES, "kind": "nas"}),
    "an agent job stopped": Scenario({"job": AGENTS_ID, "kind": "agent", "state": "stopped"}, agents_run),
    # What EM says to a second one is not known; where it refuses it, so does the task.
    "a synchronisation": Scenario({"job": COPY}, lambda world: world.em.switches.update(start_running_job="ignored")),
}


def made(scenario: Scenario) -> Emulated:
    world = Emulated(MODULE)
    world.em.plan_runs(GOLD, always=LENGTH)
    for job in (REPLICA, AGENTS_ID, SHARES):
        world.em.plan_runs(job, always=LENGTH)
    scenario.prepare(world)
    return world


def check(world: Emulated, scenario: Scenario, ended: Ended, before: int, runs: int) -> None:
    """What holds whatever was broken. before: requests and runs: sessions of the job that were there already."""
    result = ended.result
    assert "please report it" not in result["msg"]
    posts = [entry for entry in world.em.journal[before:] if entry.method == "POST"]
    arrived = [entry.query.get("action") or entry.path.rpartition("/")[2] for entry in posts]
    assert all(arrived.count(action) <= 1 for action in ("start", "retry", "sync")), arrived
    begun = len(world.em.sessions(scenario.job)) - runs
    assert begun <= 1
    if begun and scenario.job != COPY:
        assert result["changed"], f"it says that nothing was started: {result['msg']}"
    if not ended.failed and scenario.options.get("wait", True) and scenario.options.get("if_running") is None:
        shown = result["session"]
        if scenario.job != COPY and shown is not None:
            newest = world.em.sessions(scenario.job)[-1]
            assert (shown["id"], shown["state"], shown["result"]) == (newest.id, "Stopped", newest.result)
    if ended.failed and scenario.fails and result.get("session") and result["session"]["state"] == "Stopped":
        assert "web01" in result["msg"] or "could not be read" in " ".join(ended.warnings)


def at_once(world: Emulated, job: str) -> int:
    """How many runs of the job go on now."""
    return sum(session.state != "Stopped" for session in world.em.sessions(job))


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_request_broken(name: str, fault: str) -> None:
    scenario = SCENARIOS[name]
    number = 0
    while True:
        world = made(scenario)
        runs = len(world.em.sessions(scenario.job))
        broken = world.run(failure=Failure(fault, number), poll_interval=10, **scenario.options)
        check(world, scenario, broken, 0, runs)
        if number >= len(broken.requests):
            break
        assert scenario.job == COPY or at_once(world, scenario.job) <= 1
        # What the server is still at when the next run begins shows by then.
        world.clock.advance(2)
        before, runs = len(world.em.journal), len(world.em.sessions(scenario.job))
        again = world.run(poll_interval=10, **scenario.options)
        check(world, scenario, again, before, runs)
        assert again.failed is scenario.fails, "%s at request %d (%s): %s; first run: %s" % (
            fault,
            number,
            broken.requests[number],
            again.result["msg"],
            broken.result["msg"],
        )
        number += 1
    assert number > 1, "nothing was broken"
