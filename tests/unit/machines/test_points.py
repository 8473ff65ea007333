# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restore points by reference, for roles that see them and nothing else."""

from __future__ import annotations

import pytest
from ansible_collections.backupops.veeam.plugins.modules import veeam_restore_point_info, veeam_vm_restore
from helpers import estate
from helpers.emulated_jobs import Emulated
from helpers.estate import VBR01, VBR02, VCENTER_ON_VBR02, ref
from helpers.roles import ADMINISTRATOR, OPERATOR

OWN, TWIN = ref("web02"), ref("web02", VCENTER_ON_VBR02)
#: Of the same machine, one point by each backup server.
BOTH = [estate.point("web02", "2026-01-03T22:00:00Z"), *estate.state()["points"]]


def world(**changes: object) -> Emulated:
    return Emulated(veeam_restore_point_info.MODULE, state=estate.state(**changes))


@pytest.mark.parametrize("points", [estate.state()["points"], BOTH], ids=["of the other server", "of both"])
def test_who_sees_the_hosts_gets_the_points_of_both_servers(points: list[object]) -> None:
    found = world(points=points).one(username=ADMINISTRATOR, machines=[OWN]).result["restore_points"]
    assert TWIN in [point["ref"] for point in found]
    assert len(found) == len([point for point in points if point["machine"] == "web02"])  # type: ignore[index]


@pytest.mark.parametrize("points", [estate.state()["points"], BOTH], ids=["of the other server", "of both"])
def test_who_does_not_see_them_is_told_that_there_may_be_more(points: list[object]) -> None:
    ended = world(points=points).run(username=OPERATOR, machines=[OWN])
    assert ended.failed
    assert ended.result["msg"].startswith(
        f'machines: there are restore points of "web02" with the reference {TWIN} too'
    )


@pytest.mark.parametrize("machines", [["web02"], [OWN, TWIN]])
def test_the_name_or_both_references_find_all(machines: list[str]) -> None:
    found = world(points=BOTH).one(username=OPERATOR, machines=machines).result["restore_points"]
    assert [point["ref"] for point in found if point["backup_server"]["name"] == VBR02] == [TWIN]
    assert len(found) == 2


def test_a_backup_server_says_whose_points_are_listed() -> None:
    options = {"username": OPERATOR, "machines": [OWN]}
    found = world(points=BOTH).one(**options, backup_server=VBR01).result["restore_points"]
    assert [point["backup_server"]["name"] for point in found] == [VBR01]
    assert world(points=BOTH).run(**options, backup_server=VBR02).failed


@pytest.mark.parametrize("points", [estate.state()["points"], BOTH], ids=["of the other server", "of both"])
def test_nothing_is_restored_where_the_newest_point_may_have_another_reference(points: list[object]) -> None:
    emulated = Emulated(veeam_vm_restore.MODULE, state=estate.state(points=points))
    ended = emulated.run(username=OPERATOR, machine=OWN, original="replace")
    assert ended.failed and not ended.writes
    assert f'there are restore points of "web02" with the reference {TWIN} too' in ended.result["msg"]


def test_a_backup_server_says_which_of_both_is_meant() -> None:
    emulated = Emulated(veeam_vm_restore.MODULE, state=estate.state(points=BOTH))
    ended = emulated.one(username=OPERATOR, machine=OWN, backup_server=VBR01, original="replace")
    assert ended.result["restore_point"]["created"] == "2026-01-03T22:00:00Z"


def test_who_sees_the_hosts_restores_from_the_newest_point_of_both_servers() -> None:
    emulated = Emulated(veeam_vm_restore.MODULE, state=estate.state(points=BOTH))
    ended = emulated.one(username=ADMINISTRATOR, machine=OWN, original="replace")
    assert ended.result["restore_point"]["created"] == "2026-01-04T22:10:00Z"
