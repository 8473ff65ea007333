# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""veeam_quick_backup against the emulator in memory: what is sent, once, and what a machine has afterwards."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.modules import veeam_quick_backup, veeam_restore_point_info
from helpers.emulated_jobs import Emulated, Ended, Failure

JOB, SERVER = "TPL Silver", "vbr01.example.test"


def made(**options: t.Any) -> Emulated:
    return Emulated(veeam_quick_backup.MODULE, **options)


def points_of(world: Emulated, machine: str = "web02") -> list[t.Any]:
    return world.em.points(machine)


def backups(ended: Ended) -> list[str]:
    return [request for request in ended.writes if "action=quickbackup" in request]


@pytest.mark.parametrize("product", ["9.5u4", "12", "13"])
@pytest.mark.parametrize("media_type", ["xml", "json"])
def test_one_more_point_and_it_is_the_one_that_is_returned(product: str, media_type: str) -> None:
    world = made(product=product)
    before = {point.id for point in points_of(world)}
    ended = world.one(machine="web02", media_type=media_type)
    (new,) = [point for point in points_of(world) if point.id not in before]
    assert ended.result["changed"]
    assert ended.result["restore_point"]["id"] == new.id
    assert ended.result["restore_point"]["ready"]
    assert ended.result["ansible_facts"] == {"veeam_restore_point": ended.result["restore_point"]}
    assert ended.result["session"]["result"] == "Success"
    assert len(backups(ended)) == 1


def test_a_point_that_is_new_enough_is_returned_and_nothing_is_sent() -> None:
    world = made()
    first = world.one(machine="web02", not_older_than="1h")
    second = world.one(machine="web02", not_older_than="1h")
    assert (first.result["changed"], second.result["changed"]) == (True, False)
    assert second.writes == []
    assert second.result["restore_point"]["id"] == first.result["restore_point"]["id"]
    assert world.one(machine="web02").result["changed"], "not given: always one more"


def test_check_mode_predicts_and_sends_nothing() -> None:
    world = made()
    ended = world.one(machine="web02", check_mode=True)
    assert (ended.result["changed"], ended.result["restore_point"], ended.writes) == (True, None, [])
    assert "Would back up" in ended.result["msg"]


def test_a_machine_without_a_point_is_refused_and_the_others_are_backed_up() -> None:
    world = made()
    ended = world.run(machines=["jump01", {"machine": "web02"}])
    assert ended.failed
    assert ended.result["changed"]
    assert [item["failed"] for item in ended.result["results"]] == [True, False]
    assert "a quick backup adds to a full backup" in ended.result["results"][0]["msg"]
    assert list(ended.result["restore_points"]) == ["web02"]
    assert len(backups(ended)) == 1


@pytest.mark.parametrize("name", ["app01", 'say "hello"'])
def test_machines_of_one_job_go_one_after_the_other_though_nobody_waits(name: str) -> None:
    """The server refuses a second quick backup of a job. No filter can carry the odd name."""
    world = made()
    world.em.add_to_inventory('say "hello"', root="vcenter01.example.test", backup_server=SERVER)
    world.em.plan_runs(JOB, always={"length": "60s"}, server=SERVER)
    world.em.console.edit_job(JOB, backup_server=SERVER, objects=["web02", name])
    world.em.start_run(JOB, server=SERVER)
    world.clock.advance(600)
    ended = world.one(machines=["web02", name], wait=False)
    assert len(backups(ended)) == 2
    assert ended.result["results"][0]["restore_point"] is not None
    assert ended.result["results"][1]["restore_point"] is None


def test_a_quick_backup_of_a_machine_whose_name_no_filter_carries_is_found_without_a_link() -> None:
    name = 'say "hello"'
    world = made(switches={"start_link": "absent"})
    world.em.add_to_inventory(name, root="vcenter01.example.test", backup_server=SERVER)
    world.em.console.edit_job(JOB, backup_server=SERVER, objects=["web02", name])
    world.em.plan_runs(JOB, always={"length": "60s"}, server=SERVER)
    world.em.start_run(JOB, server=SERVER)
    world.clock.advance(600)
    ended = world.one(machine=name)
    assert ended.result["restore_point"]["machine"] == name
    assert len(backups(ended)) == 1


def test_names_that_lead_to_one_machine_are_refused_for_the_second() -> None:
    world = made()
    ref = points_of(world)[0].ref
    ended = world.run(machines=["web02", ref])
    assert [item["failed"] for item in ended.result["results"]] == [False, True]
    said = 'is the same machine as machine "web02" (machines, item 1); name each machine once'
    assert said in ended.result["results"][1]["msg"]
    assert len(backups(ended)) == 1


@pytest.mark.parametrize("known", ["answered", "ignored", "refused"])
def test_a_reference_is_found_whatever_the_server_makes_of_the_filter(known: str) -> None:
    world = made()
    ref = points_of(world)[0].ref
    world.em.switches.update(undocumented_fields=known)
    spelled = ref.replace("urn:VMware:Vm:", "urn:vmware:vm:")
    ended = world.one(machine=spelled, check_mode=True)
    assert '"web02"' in ended.result["msg"]
    world.module = veeam_restore_point_info.MODULE
    listed = world.one(machines=[ref])
    assert {point["machine"] for point in listed.result["restore_points"]} == {"web02"}
    assert len(listed.result["restore_points"]) == len(points_of(world))


LOST = ("lost after", "502 after", "page after")


@pytest.mark.parametrize("fault", LOST)
def test_after_a_lost_answer_it_is_found_and_never_sent_again(fault: str) -> None:
    number = next(i for i, request in enumerate(made().one(machine="web02").requests) if request.startswith("POST"))
    world = made()
    ended = world.one(machine="web02", failure=Failure(fault, number))
    assert ended.result["changed"]
    assert ended.result["restore_point"] is not None
    assert len(backups(ended)) == 1


@pytest.mark.parametrize("broken", ["page", "query"])
def test_a_run_from_before_is_never_taken_for_the_one_of_a_lost_answer(broken: str) -> None:
    """Where a page of runs does not have all that there were, or they could not be read at all."""
    world = made()
    world.em.switches.update(max_page_size=1)
    if broken == "query":
        world.em.add_fault(fault="status", code=500, process=True, path="type=BackupTaskSession", count=1)
    # The orders never arrive, so that there is no new run.
    world.em.add_fault(fault="status", code=503, process=False, path="action=quickbackup", count=0)
    ended = world.run(machines=["web02", "db01"], wait_timeout=60)
    for item in ended.result["results"]:
        assert (item["failed"], item["changed"], item["restore_point"]) == (True, True, None), item["msg"]
        assert "what became of it is not known" in item["msg"]


def test_while_the_job_runs_it_is_waited_for() -> None:
    world = made()
    world.em.plan_runs(JOB, {"length": "60s"}, server=SERVER)
    world.em.start_run(JOB, server=SERVER)
    world.clock.advance(1)
    refused = world.run(machine="web02", if_running="fail")
    assert refused.failed
    assert (refused.result["changed"], refused.writes) == (False, [])
    assert JOB in refused.result["msg"]
    waited = world.one(machine="web02", not_older_than="1h")
    assert (waited.result["changed"], waited.writes) == (False, [])
    assert waited.result["restore_point"]["id"] == max(points_of(world), key=lambda point: point.created).id


def test_a_wait_that_ends_early_is_taken_up_by_the_next_run() -> None:
    world = made()
    world.em.plan_runs(JOB, {"length": "60s"}, server=SERVER)
    first = world.run(machine="web02", not_older_than="1h", wait_timeout=10)
    assert first.failed
    assert first.result["changed"]
    assert "has not ended within wait_timeout" in first.result["msg"]
    second = world.one(machine="web02", not_older_than="1h")
    assert (second.result["changed"], second.writes) == (False, [])
    assert second.result["restore_point"] is not None


def test_a_hundred_names_are_four_requests() -> None:
    world = Emulated(veeam_restore_point_info.MODULE)
    ended = world.one(machines=[f"web{number:02}" for number in range(100)], backup_server=SERVER)
    assert len(ended.requests) <= 4
