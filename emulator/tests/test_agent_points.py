# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of agent jobs leave a chain for each computer, below the backup of the job."""

from __future__ import annotations

from typing import Any

import pytest
from veeam_em_emulator import Emulator, ManualClock

from .client import JSON, XML, MemoryApi, advance
from .sample_cast import AGENTS

SQL, APP = "sql01.example.test", "app01.example.test"


def state(**job: Any) -> dict[str, Any]:
    return {
        "backup_servers": [{"name": "s"}],
        "repositories": [{"name": "r"}],
        "protection_groups": [{"name": "Windows"}],
        "computers": [{"name": SQL, "protection_group": "Windows"}, {"name": APP, "protection_group": "Windows"}],
        "agent_jobs": [{"name": "Daily", "id": AGENTS, "repository": "r", "objects": ["Windows"], **job}],
        "accounts": [{"user": "EM01\\svc-ansible", "password": "Passw0rd!"}],
        "switches": {"run_length": "600s"},
    }


def logged_on(document: dict[str, Any], accept: str = JSON) -> MemoryApi:
    api = MemoryApi(Emulator(document, clock=ManualClock(), product="12", idle_timeout=1e9), accept)
    api.log_on()
    return api


def run(api: MemoryApi, *plans: Any) -> None:
    """One run after the other, a day apart."""
    for plan in plans or ("Success",):
        api.em.plan_runs("Daily", plan)
        api.em.start_run("Daily")
        advance(api.em, 24 * 3600)


def names(api: MemoryApi, path: str) -> list[str]:
    return [item["Name"] for item in api.get(path).json["Refs"]]


def test_a_chain_for_each_computer() -> None:
    api = logged_on(state())
    run(api, "Success", {"machines": {APP: "Failed"}})
    backups = api.get("/agents/backups", format="Entity").json["Backups"]
    assert {(item["Name"], item["BackupType"], item["Platform"]) for item in backups} == {
        ("Daily", "ParentBackup", "AgentForWindows"), (f"Daily - {SQL}", "ChildBackup", "AgentForWindows"),
        (f"Daily - {APP}", "ChildBackup", "AgentForWindows"),
    }  # fmt: skip
    parent = next(item["UID"].rpartition(":")[2] for item in backups if item["Name"] == "Daily")
    assert sorted(names(api, f"/backups/{parent}/childbackups")) == [f"Daily - {APP}", f"Daily - {SQL}"]
    assert len(names(api, "/agents/restorePoints")) == len(names(api, "/agents/backupFiles")) == 3
    points = api.get("/agents/agentRestorePoints", format="Entity").json["AgentRestorePoints"]
    found = [(item["Name"].partition("@")[0], item["PointType"], item["Algorithm"]) for item in points]
    assert sorted(found) == [(APP, "Full", "Full"), (SQL, "Full", "Full"), (SQL, "Increment", "Incremental")]
    # they are in the lists of all, but they are no points of virtual machines
    assert len(names(api, "/backups")) == 3 and len(names(api, "/restorePoints")) == 3
    assert names(api, "/vmRestorePoints") == []
    assert api.em.points() == []


def test_every_way_to_a_point() -> None:
    api = logged_on(state())
    run(api)
    listed = api.get("/agents/agentRestorePoints").json["Refs"]
    identity = listed[0]["UID"].rpartition(":")[2]
    entity = api.get(f"/agents/agentRestorePoints/{identity}", format="Entity").json
    assert entity["UID"] == f"urn:veeam:AgentRestorePoint:{identity}"
    assert api.get(f"/vmRestorePoints/{identity}").status == 404
    ways = {link["Type"]: link["Href"].partition("/api")[2] for link in entity["Links"]}
    for kind in ("RestorePointReference", "BackupFileReference"):
        assert api.get(ways[kind]).status == 200
        assert names(api, f"{ways[kind]}/agentRestorePoints") == [entity["Name"]]
        assert names(api, f"{ways[kind]}/vmRestorePoints") == []
        links = api.get(ways[kind]).json["Links"]
        assert [link["Type"] for link in links if link["Rel"] == "Down"][-1] == "AgentRestorePointReferenceList"
    assert api.request("POST", f"/api/vmRestorePoints/{identity}?action=restore", "{}").status == 404


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (f"ComputerName=={SQL}", 2), ("Type==Full", 2), ("Algorithm==Incremental", 1),
        (f'BackupName=="Daily - {SQL}"', 2),
        ('CreationTime>="2100-01-01"', 0), ('BackupServerName=="s"', 3), ('BackupFileName=="x"', 0),
    ],
)  # fmt: skip
def test_query(text: str, count: int) -> None:
    api = logged_on(state())
    run(api, "Success", {"machines": {APP: "Failed"}})
    for order in ({}, {"sortDesc": "CreationTime"}, {"sortAsc": "ComputerName"}):
        assert len(api.query(type="AgentRestorePoint", filter=text, **order).json["Refs"]["Refs"]) == count


def test_retention_and_the_repository() -> None:
    api = logged_on(state(keep_days=3))
    run(api, *["Success"] * 6)
    kept = [item["Name"].partition("@")[0] for item in api.get("/agents/agentRestorePoints").json["Refs"]]
    assert kept.count(SQL) == kept.count(APP) == 4
    types = [item["FileType"] for item in api.get("/agents/backupFiles", format="Entity").json["BackupFiles"]]
    assert types.count("vbk") == 2
    repository = api.get("/repositories", format="Entity").json["Repositories"][0]
    assert repository["FreeSpace"] < repository["Capacity"] - 20 * (1 << 30)


def test_a_point_that_is_being_written() -> None:
    api = logged_on(state(), XML)
    api.em.start_run("Daily")
    advance(api.em, 60)
    # computers work at the same time
    shown = api.get("/agents/agentRestorePoints").xml
    assert len(shown) == 2 and all("Up" not in _ways(item) for item in shown)
    advance(api.em, 600)
    shown = api.get("/agents/agentRestorePoints").xml
    assert all("Up" in _ways(item) for item in shown)


def _ways(item: Any) -> set[str]:
    """How a reference of a point calls the link to its restore point."""
    return {link.get("Rel") for link in item.iter("{*}Link") if link.get("Type") == "RestorePointReference"}


def test_reports_are_about_virtual_machines() -> None:
    api = logged_on(state())
    run(api)
    report = api.get("/reports/summary/vms_overview").json
    assert (report["RestorePoints"], report["FullBackupPointsSize"], report["BackedUpVms"]) == (0, 0, 0)


def test_a_file_share_job_leaves_none() -> None:
    api = MemoryApi(Emulator(clock=ManualClock(), product="12"), JSON)
    api.log_on()
    before = len(names(api, "/backups"))
    api.em.plan_runs("Home Shares", {"length": "60s"})
    api.em.start_run("Home Shares")
    advance(api.em, 120)
    assert len(names(api, "/backups")) == before
