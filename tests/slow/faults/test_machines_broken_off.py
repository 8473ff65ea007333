# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every request of veeam_quick_backup and veeam_vm_restore with its answer lost, its session over, or the run stopped
at it; and after each a clean run that ends as wanted.

Judged by what happened to the machines: nothing that does harm is sent twice, an original is only replaced where the
task said so, and the result says that something may have changed whenever it has.
"""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.modules import veeam_quick_backup, veeam_vm_restore
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
