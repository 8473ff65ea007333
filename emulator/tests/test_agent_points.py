# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of agent jobs leave a chain for each computer, below the backup of the job."""

from __future__ import annotations

from typing import Any

import pytest
from veeam_em_emulator import Emulator, ManualClock

from .client import JSON, XML, MemoryApi, advance
from .memory import Memory, below_api, links
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


# Computers are machines


def test_a_computer_has_a_life() -> None:
    em = Emulator(state(), clock=ManualClock(), product="12", idle_timeout=1e9)
    assert [machine.name for machine in em.machines()] == [SQL, APP]
    em.hypervisor.write(SQL, "orders")
    em.hypervisor.power(APP, False)
    em.start_run("Daily")
    advance(em, 600)
    assert [event.event for event in em.machine_history(SQL)] == ["data_changed", "backed_up"]
    # what is off cannot be backed up
    assert [event.event for event in em.machine_history(APP)] == ["powered_off", "backup_failed"]


def test_one_that_is_offline_is_off() -> None:
    document = state()
    document["computers"][1]["host_status"] = "Offline"
    em = Emulator(document, clock=ManualClock())
    assert [em.machine(name).powered_on for name in (SQL, APP)] == [True, False]


# Files


def mounted(api: Memory, name: str = SQL, body: Any = None) -> str:
    """Path of a mount of the newest point of a computer."""
    point = api.query("AgentRestorePoint", f'ComputerName=="{name}"', sortDesc="CreationTime", pageSize=1)[0]
    path = below_api(point["href"]).partition("?")[0]
    task = api.task(f"{path}/mounts", body)
    assert (task["operation"], task["result"]["success"]) == ("MountRestorePoint", True)
    [link] = links(task, "Related")
    assert link["type"] == "AgentRestorePointMount"
    return below_api(link["href"])


@pytest.fixture
def backed_up() -> Memory:
    document = state()
    document["switches"]["restore_length"] = "60s"
    em = Emulator(document, clock=ManualClock(), idle_timeout=1e9)
    em.hypervisor.write(SQL, "orders")
    em.start_run("Daily")
    advance(em, 600)
    em.hypervisor.break_machine(SQL)
    return Memory(em)


def test_files_of_a_computer_are_downloaded(backed_up: Memory) -> None:
    mount = mounted(backed_up)
    point = mount.rpartition("/mounts")[0]
    [listed] = backed_up.get(f"{point}/mounts")["agentrestorepointmounts"]
    assert (listed["type"], below_api(listed["href"])) == ("AgentRestorePointMount", mount)
    assert [root["path"] for root in backed_up.get(mount)["fsroots"]["directoryentries"]] == ["C:", "E:"]
    task = backed_up.task(f"{mount}/C:/data.txt?action=restore", {"ForDirectDownload": {}})
    [link] = links(task, "Download")
    assert backed_up.request("GET", below_api(link["href"])).body == b"orders"
    assert backed_up.request("DELETE", mount).status == 204
    assert backed_up.request("GET", mount).status == 404


def test_files_of_a_computer_go_back(backed_up: Memory) -> None:
    em = backed_up.em
    mount = mounted(backed_up, body={"OsKind": "Linux"})
    spec = {"ToOriginalLocation": {"Overwrite": True}}
    assert backed_up.task(f"{mount}/home/data.txt?action=restore", spec)["result"]["success"] is True
    advance(em, 60)
    [session] = em.restore_sessions(SQL)
    assert (session.type, session.result) == ("FileLevelRestore", "Success")
    assert em.machine(SQL).data == "orders"
    assert [event.event for event in em.machine_history(SQL)][-1] == "files_restored"
    [entity] = backed_up.query("RestoreSession", f'VmDisplayName=="{SQL}"')
    assert [link["type"] for link in links(entity, "Related")] == ["AgentRestorePointReference"]
    em.hypervisor.power(SQL, False)
    assert backed_up.task(f"{mount}/home/data.txt?action=restore", spec)["result"]["success"] is False


def test_a_mount_of_a_computer_dies_with_its_session(backed_up: Memory) -> None:
    mount = mounted(backed_up)
    other = Memory(backed_up.em)
    assert other.request("GET", mount).status == 404
    assert backed_up.request("POST", mount.partition("/mounts")[0], "{}").status == 405


# Copies


def copying(kind: str, product: str = "12", **more: Any) -> MemoryApi:
    document = state()
    document["repositories"].append({"name": "off-site"})
    document["jobs"] = [{"name": "Copy", "type": kind, "repository": "off-site", "linked_jobs": ["Daily"]}]
    document["switches"].update(more)
    api = MemoryApi(Emulator(document, clock=ManualClock(), product=product, idle_timeout=1e9), JSON)
    api.log_on()
    return api


def copy(api: MemoryApi) -> None:
    api.em.start_run("Copy")
    advance(api.em, 3600)


@pytest.mark.parametrize("kind", ["BackupCopy", "ImmediateBackupCopy"])
@pytest.mark.parametrize("product", ["11", "12"])
def test_copies_of_computers(kind: str, product: str) -> None:
    api = copying(kind, product)
    copy(api)
    assert names(api, "/agents/agentRestorePoints") == [], "there was nothing to copy"
    run(api)
    copy(api)
    points = api.get("/agents/agentRestorePoints", format="Entity").json
    entities = [{key.lower(): value for key, value in item.items()} for item in points["AgentRestorePoints"]]
    assert sorted(item["name"].partition("@")[0] for item in entities) == [APP, APP, SQL, SQL]
    own = {item["Name"] for item in api.get("/agents/backups").json["Refs"]}
    chains = {"Copy"} if product == "11" else {f"Copy - {SQL}", f"Copy - {APP}"}
    assert own == {"Daily", f"Daily - {SQL}", f"Daily - {APP}"} | chains
    assert names(api, "/vmRestorePoints") == []
    times = {item["creationtimeutc"] for item in entities if item["name"].startswith(SQL)}
    assert len(times) == 1, "a copy is as old as what it copies"


def test_a_copy_of_machines_and_computers() -> None:
    document = state()
    document["hierarchy_roots"] = [{"name": "vc", "objects": ["web01"]}]
    document["jobs"] = [
        {"name": "Web", "repository": "r", "objects": ["web01"]},
        {"name": "Copy", "type": "BackupCopy", "repository": "r", "linked_jobs": ["Web", "Daily"]},
    ]
    api = MemoryApi(Emulator(document, clock=ManualClock(), product="11", idle_timeout=1e9), JSON)
    api.log_on()
    for job in ("Web", "Daily", "Copy"):
        api.em.start_run(job)
        advance(api.em, 3600)
    backup = next(item for item in api.get("/backups").json["Refs"] if item["Name"] == "Copy")
    path = f"/backups/{backup['UID'].rpartition(':')[2]}"
    [point] = api.get(f"{path}/restorePoints").json["Refs"]
    below = f"/restorePoints/{point['UID'].rpartition(':')[2]}"
    kinds = [link["Type"] for link in point["Links"] if link["Rel"] == "Down"]
    assert kinds == ["VmRestorePointReferenceList", "AgentRestorePointReferenceList"]
    assert [name.partition("@")[0] for name in names(api, f"{below}/vmRestorePoints")] == ["web01"]
    assert sorted(name.partition("@")[0] for name in names(api, f"{below}/agentRestorePoints")) == [APP, SQL]
