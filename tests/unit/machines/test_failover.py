# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""veeam_replica_failover and veeam_failover_plan against the emulator in memory: what is sent, once, and what becomes
of the machines, whatever EM calls the sessions."""

from __future__ import annotations

import base64
import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.modules import veeam_failover_plan, veeam_replica_failover
from helpers.cast import PASSWORD, USERNAME
from helpers.emulated_jobs import Emulated, Ended, Failure

MACHINE, PLAN = "web01", "DR Web"
FAILOVER = {"machine": MACHINE, "no_way_back": True}
START = {"plan": PLAN, "state": "started"}
LOST = ("lost", "lost after", "502 after", "page after")
#: What EM may call the session of a failover, and whether it names the point.
SESSIONS = [("RestoreVm", "present"), ("null", "present"), ("null", "absent"), ("other", "absent")]


def made(module: t.Any, **switches: t.Any) -> Emulated:
    return Emulated(module.MODULE, switches=switches)


def orders(ended: Ended) -> list[str]:
    return [request for request in ended.writes if "action=" in request]


def over(world: Emulated) -> list[t.Any]:
    return [event for event in world.em.machine_history() if event.event == "failed_over"]


@pytest.mark.parametrize("media_type", ["xml", "json"])
@pytest.mark.parametrize("product", ["9.5u4", "12", "13"])
def test_the_newest_point_and_the_machine_is_failed_over(product: str, media_type: str) -> None:
    world = Emulated(veeam_replica_failover.MODULE, product=product)
    foretold = world.one(check_mode=True, media_type=media_type, **FAILOVER)
    assert (foretold.result["changed"], foretold.writes) == (True, [])
    ended = world.one(media_type=media_type, **FAILOVER)
    assert ended.result["changed"]
    assert ended.result["session"]["state"] == "Stopped"
    assert ended.result["replica_point"]["id"] == foretold.result["replica_point"]["id"]
    assert [event.point for event in over(world)] == [ended.result["replica_point"]["id"]]


@pytest.mark.parametrize(("kind", "link"), SESSIONS)
def test_a_failover_that_runs_is_waited_for(kind: str, link: str) -> None:
    world = made(veeam_replica_failover, failover_session_type=kind, failover_session_link=link, restore_length="60s")
    early = world.run(wait_timeout=20, **FAILOVER)
    assert (early.failed, early.result["changed"]) == (True, True)
    again = world.one(**FAILOVER)
    assert (again.result["changed"], orders(again)) == (False, [])
    assert again.result["session"]["id"] == early.result["session"]["id"]
    assert len(over(world)) == 1


@pytest.mark.parametrize("module", [veeam_replica_failover, veeam_failover_plan])
def test_what_may_be_a_restore_is_not_taken_for_a_failover(module: t.Any) -> None:
    """A session of a kind that both have, without a link: it is neither waited for nor ignored."""
    options = FAILOVER if module is veeam_replica_failover else START
    world = made(module, failover_session_link="absent", restore_length="600s")
    world.one(wait=False, **options)
    again = world.run(**options)
    assert again.failed
    assert (again.result["changed"], orders(again)) == (False, [])
    assert "does not say which" in again.result["msg"]


@pytest.mark.parametrize("kind", ["RestoreVm", "null", "other"])
@pytest.mark.parametrize("fault", LOST)
def test_after_a_lost_answer_a_failover_is_never_sent_again(fault: str, kind: str) -> None:
    def world() -> Emulated:
        return made(veeam_replica_failover, failover_session_type=kind)

    number = next(i for i, request in enumerate(world().one(**FAILOVER).requests) if request.startswith("POST"))
    broken = world()
    ended = broken.run(failure=Failure(fault, number), wait_timeout=120, **FAILOVER)
    assert len(orders(ended)) == 1
    assert ended.result["changed"]
    assert ended.failed is (fault == "lost")
    assert len(over(broken)) == (fault != "lost")


@pytest.mark.parametrize("kind", ["RestoreVm", "null", "other"])
def test_machines_of_a_plan_that_are_failed_over_already_are_waited_for(kind: str) -> None:
    world = made(veeam_failover_plan, failover_session_type=kind, restore_length="60s")
    world.one(wait=False, **START)
    again = world.one(**START)
    assert (again.result["changed"], orders(again)) == (False, [])
    assert [(machine["name"], machine["status"]) for machine in again.result["machines"]] == [(MACHINE, "done")]
    assert len(over(world)) == 1


def test_a_plan_is_started_and_undone() -> None:
    world = made(veeam_failover_plan)
    started = world.one(**START)
    assert [(machine["name"], machine["status"]) for machine in started.result["machines"]] == [(MACHINE, "done")]
    undone = world.one(plan=PLAN, state="undone")
    assert undone.result["changed"]
    assert [event.event for event in world.em.machine_history() if event.event.startswith("fail")] == [
        "failed_over",
        "failover_undone",
    ]


def test_the_task_of_another_plan_in_a_shared_session_is_not_taken_for_a_lost_one() -> None:
    """A logon session that several tasks of a play share has the tasks of all of them."""
    world = made(veeam_failover_plan, restore_length="1s")
    pair = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    headers = {"Host": "em", "Content-Length": "0", "Authorization": f"Basic {pair}"}
    logon = world.em.exchange("POST", "/api/sessionMngr/?v=latest", headers)
    token = next(value for name, value in logon.headers if name.lower() == "x-restsvcsessionid")
    shared = {"username": None, "password": None, "session_id": token}
    world.run(nested=True, **shared, **START)
    world.run(nested=True, plan=PLAN, state="undone", **shared)
    number = None

    def watch(at: int, request: t.Any) -> None:
        nonlocal number
        number = at if request.method == "POST" else number

    world.run(nested=True, before=watch, plan=PLAN, state="undone", **shared)
    assert number is not None
    lost = world.run(nested=True, failure=Failure("lost", number), plan=PLAN, state="undone", **shared)
    assert lost.failed
    assert "what became of it is not known" in lost.result["msg"]
