# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the inventory plugin reads, against the emulator in memory: with few requests, and never short of anything."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._inventory.hosts import MODULE
from helpers import estate
from helpers.cast import PASSWORD, VBR01, VBR02
from helpers.emulated_jobs import Emulated, Ended

AGENTS: dict[str, t.Any] = {
    "computers": [
        {
            "name": "sql01.example.test",
            "backup_server": VBR01,
            "protection_group": "Windows",
            "ip_address": "192.0.2.21",
        },
        {"name": "lnx01.example.test", "backup_server": VBR02, "protection_group": "Linux", "host_status": "Offline"},
    ],
    "agent_jobs": [
        {"name": "all windows", "backup_server": VBR01, "objects": ["Windows"]},
        {"name": "the linux one", "backup_server": VBR02, "objects": ["lnx01.example.test"]},
    ],
}


def world(**options: t.Any) -> Emulated:
    return Emulated(MODULE, state=options.pop("state", None) or estate.state(**AGENTS), **options)


def hosts(ended: Ended) -> list[dict[str, t.Any]]:
    return t.cast("list[dict[str, t.Any]]", ended.result["hosts"])


def one(ended: Ended, name: str, number: int = 0) -> dict[str, t.Any]:
    return [host for host in hosts(ended) if host["name"] == name][number]


@pytest.mark.parametrize("media_type", ["xml", "json"])
@pytest.mark.parametrize("product", ["9.5u4", "12", "13"])
def test_the_machines_of_all_inventories(product: str, media_type: str) -> None:
    ended = world(product=product).one(media_type=media_type)
    assert [host["name"] for host in hosts(ended)] == [*sorted(estate.NAMES), "cache03", "web01"]
    assert one(ended, "web01") == {
        "name": "web01",
        "ref": estate.ref("web01"),
        "platform": "VMware",
        "host": {"name": "vcenter01.example.test", "id": estate.VCENTER},
        "backup_servers": [VBR01, VBR02],
        "jobs": ["all web", "web-prod-daily"],
    }
    # By a container nobody can tell.
    assert one(ended, "cache03")["jobs"] == []
    assert len(ended.requests) == 1 + 3 + 2
    assert ended.warnings == []


def test_whether_they_are_protected() -> None:
    ended = world().one(protection=True, exclude=["*-tmp-*"])
    found = {(host["name"], host["host"]["name"]): host["protection"]["status"] for host in hosts(ended)}
    # No run has failed in this one.
    assert found == {**estate.EXPECTED, ("app01", "vcenter01.example.test"): "protected"}
    assert set(one(ended, "web01")["protection"]) == {"status", "reason", "restore_point", "last_run"}


def test_computers_with_an_agent() -> None:
    ended = world().one(agents=True, protection=True, exclude=["lnx*"])
    sql01, lnx01 = hosts(ended)[-1], hosts(ended)[-2]
    assert {key: sql01[key] for key in ("name", "backup_servers", "jobs", "address", "host")} == {
        "name": "sql01.example.test",
        "backup_servers": [VBR01],
        "jobs": ["all windows"],
        "address": "192.0.2.21",
        "host": {"name": None, "id": None},
    }
    assert (sql01["agent"]["group"], sql01["agent"]["online"], lnx01["agent"]["online"]) == ("Windows", True, False)
    assert lnx01["jobs"] == ["the linux one"]
    assert (sql01["protection"]["status"], lnx01["protection"]["status"]) == ("unknown", "excluded")
    assert sql01["platform"] == "AgentForWindows"
    assert [host["name"] for host in hosts(world().one(agents=True, backup_server=[VBR02]))][-1] == "lnx01.example.test"
    assert "sql01.example.test" not in {host["name"] for host in hosts(world().one(agents=True, host=[estate.OTHER]))}


def test_a_portal_user_sees_machines_and_no_jobs() -> None:
    ended = world().one(username="portal-user", password=PASSWORD)
    assert len(hosts(ended)) == len(estate.EXPECTED) and one(ended, "web01")["jobs"] is None
    assert ended.warnings and ended.warnings[0].startswith("The role of the account does not see jobs")
    refused = world().run(username="portal-user", password=PASSWORD, agents=True)
    assert refused.failed and "HTTP 403" in refused.result["msg"]


def test_an_operator_sees_no_inventory_and_that_is_an_error() -> None:
    ended = world().run(username="restore-operator", password=PASSWORD)
    assert ended.failed and "HTTP 403" in ended.result["msg"]


@pytest.mark.parametrize(
    "path", ["HierarchyRoot", estate.OTHER, estate.VCENTER_ON_VBR02, "type=Job&", "AgentBackupJob"]
)
@pytest.mark.parametrize("fault", [{"fault": "status", "code": 500}, {"fault": "html"}])
def test_what_cannot_be_read_is_an_error_and_never_fewer_hosts(path: str, fault: dict[str, t.Any]) -> None:
    ended = world(faults=[{"count": 99, "path": path, **fault}]).run()
    assert ended.failed and "hosts" not in ended.result


def test_points_that_cannot_be_read_make_hosts_unknown() -> None:
    ended = world(faults=[{"fault": "status", "code": 500, "count": 99, "path": "VmRestorePoint"}]).one(protection=True)
    assert {host["protection"]["status"] for host in hosts(ended)} == {"unknown"}
    assert any("Restore points could not be read" in warning for warning in ended.warnings)


def test_mistakes() -> None:
    for options, sentence in (
        ({"host": ["nowhere"]}, "host: there is no host"),
        ({"backup_server": ["nowhere"]}, "backup_server: there is no backup server"),
        ({"within": "soon"}, "within: soon is not a duration"),
    ):
        ended = world().run(**options)
        assert ended.failed and ended.result["msg"].startswith(sentence)
