# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every request of the six modules of machines with its answer lost, its session over, or the run stopped at it; and
after each a clean run that ends as wanted.

Judged by what happened to the machines: nothing that does harm is sent twice, an original is only replaced where the
task said so, and the result says that something may have changed whenever it has.
"""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.modules import (
    veeam_failover_plan,
    veeam_failover_plan_info,
    veeam_quick_backup,
    veeam_replica_failover,
    veeam_restore_point_info,
    veeam_vm_restore,
)
from helpers.emulated_jobs import Emulated, Ended, Failure

FAULTS = ("not sent", "lost", "lost after", "page after", "503", "502 after", "expired", "stopped", "stopped after")
MACHINE = "web02"


class Scenario(t.NamedTuple):
    """options: of the module. action: what may be sent once. done: the event in the machine's history."""

    module: t.Any
    options: dict[str, t.Any]
    action: str
    done: str
    product: str = "13"


SCENARIOS = {
    "quick backup": Scenario(
        veeam_quick_backup.MODULE, {"machine": MACHINE, "not_older_than": "1h"}, "quickbackup", "backed_up"
    ),
    "quick backup in json": Scenario(
        veeam_quick_backup.MODULE,
        {"machines": [MACHINE], "not_older_than": "1h", "media_type": "json"},
        "quickbackup",
        "backed_up",
        "12",
    ),
    "in place": Scenario(
        veeam_vm_restore.MODULE, {"machine": MACHINE, "original": "replace"}, "restore", "restored", "12"
    ),
    "beside": Scenario(
        veeam_vm_restore.MODULE,
        {"restores": [{"machine": MACHINE, "original": "keep"}], "media_type": "json"},
        "restore",
        "restored_beside",
    ),
}


def made(scenario: Scenario) -> Emulated:
    return Emulated(scenario.module, product=scenario.product)


def events(world: Emulated, *names: str) -> list[t.Any]:
    return [event for event in world.em.machine_history(MACHINE) if event.event in names]


def sent(world: Emulated, action: str, before: int) -> list[t.Any]:
    return [entry for entry in world.em.journal[before:] if entry.query.get("action") == action]


def of_run(world: Emulated, before: int, until: int | None, *names: str) -> list[t.Any]:
    """What came of the requests of one run: of those in the journal from one place to another."""
    asked = {entry.number for entry in world.em.journal[before:until]}
    return [event for event in events(world, *names) if event.by in asked]


def check(world: Emulated, scenario: Scenario, ended: Ended, before: int) -> None:
    """What holds whatever was broken. before: entries of the journal that were there."""
    msg = ended.result["msg"]
    assert "please report it" not in msg
    assert len(sent(world, scenario.action, before)) <= 1, "it was sent twice"
    assert len(of_run(world, before, None, "restored", "restored_beside", "backed_up")) <= 1, "it was done twice"
    if scenario.done == "restored_beside":
        assert not events(world, "restored"), "the original was replaced"
    if of_run(world, before, None, "restored", "restored_beside", "restore_started", "backed_up"):
        assert ended.result["changed"], f"it says that nothing was changed: {msg}"
    if not ended.failed and "results" not in ended.result:
        assert ended.result["restore_point"] is not None


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_request_broken(name: str, fault: str) -> None:
    scenario = SCENARIOS[name]
    number = 0
    while True:
        world = made(scenario)
        broken = world.run(failure=Failure(fault, number), poll_interval=10, wait_timeout=3600, **scenario.options)
        check(world, scenario, broken, 0)
        if number >= len(broken.requests):
            break
        # What the server is still at when the next run begins has ended by then.
        world.clock.advance(120)
        before = len(world.em.journal)
        again = world.run(poll_interval=10, wait_timeout=3600, **scenario.options)
        assert not again.failed, f"{fault} at {broken.requests[number]}: {again.result['msg']}"
        if of_run(world, 0, before, "backed_up"):
            assert not again.result["changed"], "the point of the run before is new enough"
        check(world, scenario, again, before)
        number += 1
    assert number > 1, "nothing was broken"


def test_a_run_that_ends_early_is_joined_by_the_next() -> None:
    world = made(SCENARIOS["in place"])
    world.em.plan_restores(machine=MACHINE, always={"length": "600s"})
    early = world.run(wait_timeout=60, **SCENARIOS["in place"].options)
    assert early.failed
    assert early.result["changed"]
    assert "has not ended within wait_timeout" in early.result["msg"]
    again = world.one(**SCENARIOS["in place"].options)
    assert not again.result["changed"]
    assert again.result["session"]["id"] == early.result["session"]["id"]
    assert len(sent(world, "restore", 0)) == len(events(world, "restored")) == 1


def test_somebody_restores_another_point_meanwhile() -> None:
    world = made(SCENARIOS["in place"])
    world.em.plan_restores(machine=MACHINE, always={"length": "600s"})
    older = sorted(world.em.points(MACHINE), key=lambda point: point.created)[0]

    def somebody(number: int, request: t.Any) -> None:
        if number == 4:
            restored = Emulated.run(world, nested=True, restore_point=older.id, original="replace", wait=False)
            assert not restored.failed, restored.result["msg"]

    ended = world.run(before=somebody, **SCENARIOS["in place"].options)
    assert ended.failed
    assert "is being restored from another restore point" in ended.result["msg"]
    assert not ended.result["changed"]


# -- failovers, and what only reads ----------------------------------------------------------------------------------

FAILOVERS = {
    "failover": Scenario(veeam_replica_failover.MODULE, {"machine": "web01", "no_way_back": True}, "failover", ""),
    "failover in json": Scenario(
        veeam_replica_failover.MODULE,
        {"failovers": [{"machine": "web01", "job": "TPL Replica", "no_way_back": True}], "media_type": "json"},
        "failover",
        "",
        "12",
    ),
    "plan": Scenario(veeam_failover_plan.MODULE, {"plan": "DR Web", "state": "started"}, "start", ""),
    "plan in json": Scenario(
        veeam_failover_plan.MODULE,
        {"plan": "DR Web", "state": "started", "media_type": "json", "as_of": "2026-01-05T02:00:00Z"},
        "start",
        "",
    ),
}
UNDO = {"plan": "DR Web", "state": "undone"}
WAITS = {"poll_interval": 10, "wait_timeout": 600}


def distinct(world: Emulated, options: dict[str, t.Any]) -> list[int]:
    """The places of the requests of an intact run, without those that only wait on."""
    requests = world.one(**WAITS, **options).requests
    same = [number > 1 and requests[number - 2 : number] == [requests[number]] * 2 for number in range(len(requests))]
    return [number for number in range(len(requests)) if not same[number]] + [len(requests) - 1]


def failovers(world: Emulated) -> list[t.Any]:
    return [event for event in world.em.machine_history() if event.event in ("failed_over", "failover_undone")]


def check_failover(world: Emulated, scenario: Scenario, ended: Ended, before: int) -> None:
    msg = ended.result["msg"]
    assert "please report it" not in msg
    assert len(sent(world, scenario.action, before)) <= 1, "it was sent twice"
    asked = {entry.number for entry in world.em.journal[before:]}
    begun = [session for session in world.em.world.restores.all.values() if session.cause.by in asked]
    assert len(begun) <= 1, "it was begun twice"
    if begun or any(event.by in asked for event in failovers(world)):
        assert ended.result["changed"], f"it says that nothing was changed: {msg}"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", FAILOVERS)
def test_every_request_of_a_failover_broken(name: str, fault: str) -> None:
    """What runs on is taken up by the next run; a machine that has failed over is never failed over again."""
    scenario = FAILOVERS[name]
    length = {"restore_length": "20s"}
    for number in distinct(Emulated(scenario.module, product=scenario.product, switches=length), scenario.options):
        world = Emulated(scenario.module, product=scenario.product, switches=length)
        broken = world.run(failure=Failure(fault, number), **WAITS, **scenario.options)
        check_failover(world, scenario, broken, 0)
        # Its task ends, and the failover goes on.
        world.clock.advance(2)
        over, before = [event.event for event in failovers(world)], len(world.em.journal)
        again = world.run(**WAITS, **scenario.options)
        check_failover(world, scenario, again, before)
        assert [event.event for event in failovers(world)] == ["failed_over"], again.result["msg"]
        assert again.failed is bool(over), f"{fault} at {broken.requests[number]}: {again.result['msg']}"


@pytest.mark.parametrize("fault", FAULTS)
def test_every_request_of_an_undo_broken(fault: str) -> None:
    scenario = FAILOVERS["plan"]._replace(options=UNDO, action="undo")

    def started() -> Emulated:
        world = made(scenario)
        world.one(**FAILOVERS["plan"].options)
        return world

    for number in distinct(started(), UNDO):
        world = started()
        before = len(world.em.journal)
        broken = world.run(failure=Failure(fault, number), **WAITS, **UNDO)
        check_failover(world, scenario, broken, before)
        world.clock.advance(2)
        before = len(world.em.journal)
        check_failover(world, scenario, world.one(**UNDO), before)
        assert [event.event for event in failovers(world)] == ["failed_over", "failover_undone"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("module", "options", "key"),
    [
        (veeam_restore_point_info.MODULE, {"gather": ["backup", "files"]}, "restore_points"),
        (veeam_restore_point_info.MODULE, {"machines": [MACHINE], "media_type": "json"}, "restore_points"),
        (veeam_failover_plan_info.MODULE, {}, "failover_plans"),
    ],
    ids=["all points", "points of one", "plans"],
)
def test_every_request_that_only_reads_broken(module: t.Any, options: dict[str, t.Any], key: str, fault: str) -> None:
    """All of it is returned, or the task fails; never a part."""
    intact = Emulated(module).one(**options)
    for number in range(len(intact.requests)):
        world = Emulated(module)
        broken = world.run(failure=Failure(fault, number), **options)
        assert not broken.writes
        assert not broken.result["changed"]
        if not broken.failed:
            assert [item["name"] for item in broken.result[key]] == [item["name"] for item in intact.result[key]]
