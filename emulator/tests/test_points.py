# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore points: chains, readiness, names, queries, what they hold of a machine."""

from __future__ import annotations

from typing import Any

import pytest
from veeam_em_emulator import Emulator, ManualClock, StateError

from .client import advance
from .memory import Memory, below_api, links, ready

ROOT, DAY = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0", 86400.0
WEB01, WEB02 = f"urn:VMware:Vm:{ROOT}.vm-4711", f"urn:VMware:Vm:{ROOT}.vm-4712"
STATE: dict[str, Any] = {
    "backup_servers": [{"name": "vbr01"}],
    "repositories": [{"name": "Main"}, {"name": "Second"}],
    "hierarchy_roots": [
        {
            "name": "vcenter", "id": ROOT,
            "objects": [
                {"name": "web01", "ref": WEB01}, {"name": "web02", "ref": WEB02}, "app01",
                {"name": "Shop", "type": "Folder", "members": ["web02", "app01"]},
            ],
        },
        {
            "name": "cloud", "host_type": "VcdSystem",
            "objects": ["front", "back", {"name": "shop", "type": "Vapp", "members": ["front", "back"]}],
        },
    ],
    "jobs": [
        {"name": "Web", "repository": "Main", "objects": ["web01", "web02"]},
        {"name": "Folder", "repository": "Main",
         "objects": [{"name": "Shop", "ref": f"urn:VMware:Folder:{ROOT}.folder-4"}, "app01"]},
        {"name": "Cloud", "platform": "vCloud", "repository": "Main", "objects": ["shop"]},
        {"name": "Copy", "type": "BackupCopy", "repository": "Second", "linked_jobs": ["Web"]},
    ],
    "accounts": [{"user": "EM01\\svc-ansible", "password": "Passw0rd!"}],
}  # fmt: skip


def new(product: str = "13", **more: Any) -> Emulator:
    switches = {"run_length": "600s", **more.pop("switches", {})}
    return Emulator(state=more.pop("state", STATE), product=product, clock=ManualClock(), switches=switches,
                    idle_timeout=1e9, **more)  # fmt: skip


@pytest.fixture
def em() -> Emulator:
    return new()


@pytest.fixture
def api(em: Emulator) -> Memory:
    return Memory(em)


def run(em: Emulator, job: str = "Web", count: int = 1) -> None:
    for _unused in range(count):
        em.start_run(job)
        advance(em, DAY)
    em.sessions()


def names(items: list[Any]) -> list[str]:
    return [item["name"] for item in items]


# Chains


@pytest.mark.parametrize(
    ("product", "choice", "wanted"),
    [
        ("11", "auto", ["Web"]), ("12", "auto", ["Web - web01", "Web - web02"]),
        ("12", "per_job", ["Web"]), ("11", "per_machine", ["Web - web01", "Web - web02"]),
    ],
)  # fmt: skip
def test_one_backup_for_a_job_or_for_each_machine(product: str, choice: str, wanted: list[str]) -> None:
    em = new(product)
    em.switches["backup_chains"] = choice
    api = Memory(em)
    run(em, count=2)
    job = em.jobs("Web")[0].id
    found = api.query("Backup", f'JobUid=="urn:veeam:Job:{job}"')
    assert (names(found), {item["backuptype"] for item in found}) == (wanted, {"Standard"})
    assert names(api.query("Backup", 'JobName=="Web"')) == wanted
    machines = 2 // len(wanted)
    for backup in found:
        points = api.get(below_api(links(backup, "Down")[0]["href"]), format="Entity")["restorepoints"]
        assert len(points) == 2
        inside = [api.get(f"/restorePoints/{item['uid'][-36:]}/vmRestorePoints") for item in points]
        assert [len(item["refs"]) for item in inside] == [machines] * 2
        files = api.get(below_api(links(backup, "Down")[1]["href"]), format="Entity")["backupfiles"]
        assert [item["filetype"] for item in files] == ["vbk", "vib"]
        assert all(item["filepath"].startswith("D:\\Backup\\Web\\") for item in files)
        assert (machines == 2) == files[0]["name"].startswith("WebD2026-01-05T")
    session = api.get("/backupSessions", format="Entity")["backupjobsessions"][0]
    assert len(links(session, "Related")) == len(wanted)


@pytest.mark.parametrize("choice", ["Standard", "ChildBackup"])
def test_the_backups_of_machines_below_that_of_their_job(em: Emulator, api: Memory, choice: str) -> None:
    em.switches["machine_backup_type"] = choice
    run(em)
    found = {item["name"]: item for item in api.query("Backup")}
    if choice == "Standard":
        assert set(found) == {"Web - web01", "Web - web02"}
        return
    assert {name: item["backuptype"] for name, item in found.items()} == {
        "Web": "ParentBackup", "Web - web01": "ChildBackup", "Web - web02": "ChildBackup",
    }  # fmt: skip
    [down] = links(found["Web"], "Down")
    assert names(api.get(below_api(down["href"]))["refs"]) == ["Web - web01", "Web - web02"]
    up = links(found["Web - web01"], "Up")[-1]
    assert up["href"] == down["href"] + "?format=Entity"
    assert names(api.query("Backup", "BackupType==ParentBackup")) == ["Web"]


def test_a_container_is_what_it_holds(em: Emulator, api: Memory) -> None:
    """A machine that is in it and in the job by itself is one."""
    run(em, "Folder")
    assert [item.name for item in em.sessions("Folder")[0].machines] == ["web02", "app01"]
    assert [item["vmname"] for item in api.query("VmRestorePoint")] == ["web02", "app01"]


def test_vapps(em: Emulator, api: Memory) -> None:
    """Their machines stay in one chain, whatever the product."""
    run(em, "Cloud", 2)
    assert names(api.query("Backup")) == ["Cloud"]
    first, second = api.query("vAppRestorePoint", sortAsc="CreationTime", plural="VAppRestorePoints")
    assert (first["vappname"], first["vappdisplayname"], second["pointtype"]) == ("shop", "shop", "Increment")
    assert first["hierarchyobjref"].startswith("urn:vCloud:Vapp:")
    [point] = links(first, "Up", "RestorePointReference")
    path = below_api(point["href"])
    assert names(api.get(f"{path}/vAppRestorePoints")["refs"]) == [first["name"]]
    assert names(api.get(f"{path}/vmRestorePoints")["refs"]) == [
        f"front@{em.sessions()[0].created[:19].replace('T', ' ')}", "back@2026-01-05 10:05:00",
    ]  # fmt: skip
    assert any(link["href"].endswith("/vAppRestorePoints") for link in api.get(path, format="Entity")["links"])
    assert api.get(f"/vAppRestorePoints/{first['uid'][-36:]}", format="Entity") == first
    assert len(api.get("/vAppRestorePoints")["refs"]) == 2
    assert api.query("vAppRestorePoint", 'VAppDisplayName=="none"', plural="VAppRestorePoints") == []


# What becomes of a point


@pytest.mark.parametrize("choice", ["shown", "hidden"])
def test_points_that_are_being_written(em: Emulator, api: Memory, choice: str) -> None:
    em.switches["unfinished_points"] = choice
    session = em.start_run("Web").id
    advance(em, 200)
    found = api.query("VmRestorePoint")
    if choice == "hidden":
        assert found == api.query("Backup") == []
    else:
        # the second machine has not begun
        assert [(item["vmname"], ready(item)) for item in found] == [("web01", False)]
        advance(em, 200)
        assert [ready(item) for item in api.query("VmRestorePoint")] == [False, False]
        for kind in ("RestorePointReference", "BackupFileReference"):
            [link] = links(found[0], "Related", kind)
            assert api.get(below_api(link["href"]))["name"] == link["name"]
    tasks = api.get(f"/backupSessions/{session}/taskSessions", format="Entity")["backuptasksessions"]
    assert [links(task, "Related") for task in tasks] == [[], []]
    advance(em, 400)
    after = api.query("VmRestorePoint")
    assert [(item["vmname"], ready(item)) for item in after] == [("web01", True), ("web02", True)]
    if choice == "shown":
        assert after[0]["uid"] == found[0]["uid"] and after[0]["creationtimeutc"] == found[0]["creationtimeutc"]


@pytest.mark.parametrize("choice", ["gone", "stays"])
def test_what_a_machine_that_failed_leaves(em: Emulator, api: Memory, choice: str) -> None:
    em.switches["failed_point"] = choice
    em.plan_runs("Web", {"length": "600s", "machines": {"web01": "Failed"}})
    em.start_run("Web")
    advance(em, 400)
    assert len(api.query("VmRestorePoint")) == 2
    advance(em, 400)
    found = [(item["vmname"], ready(item)) for item in api.query("VmRestorePoint")]
    assert found == ([("web01", False), ("web02", True)] if choice == "stays" else [("web02", True)])
    assert [event.event for event in em.machine_history("web01")] == ["backup_failed"]


@pytest.mark.parametrize("delay", ["2", "30s"])
def test_a_point_that_is_not_ready_at_first(em: Emulator, api: Memory, delay: str) -> None:
    em.switches["point_ready_after"] = delay
    em.start_run("Web")
    advance(em, 600)
    identity = api.query("VmRestorePoint")[0]["uid"][-36:]
    for _unused in range(1 if delay == "2" else 3):
        assert not ready(api.get(f"/vmRestorePoints/{identity}", format="Entity"))
    advance(em, 30)
    assert ready(api.get(f"/vmRestorePoints/{identity}", format="Entity"))


@pytest.mark.parametrize("delay", ["2", "30s", "refresh"])
def test_a_point_that_em_shows_late(em: Emulator, api: Memory, delay: str) -> None:
    em.switches["show_point_after"] = delay
    em.start_run("Web")
    advance(em, 600)
    for _unused in range(2 if delay == "2" else 4):
        assert api.query("VmRestorePoint") == []
    advance(em, 30)
    if delay == "refresh":
        assert api.query("VmRestorePoint") == []
        em.refresh()
    assert [ready(item) for item in api.query("VmRestorePoint")] == [True, True]


def test_retention_of_each_machine(em: Emulator, api: Memory) -> None:
    """What is gone answers 404; its file stands for the next point."""
    job = em.world.state.jobs[em.jobs("Web")[0].id]
    job.retention = {"RetainCycles": 2, "RetainDaysToKeep": 99, "RetainLimitType": "Cycles"}
    run(em, count=2)
    before = api.query("VmRestorePoint", 'VmDisplayName=="web01"', sortAsc="CreationTime")
    em.plan_runs("Web", {"length": "600s", "machines": {"web02": "Failed"}})
    run(em)
    after = api.query("VmRestorePoint", 'VmDisplayName=="web01"', sortAsc="CreationTime")
    assert names(after)[0] == names(before)[1] and len(after) == 2
    assert [item["pointtype"] for item in after] == ["Full", "Increment"]
    assert len(api.query("VmRestorePoint", 'VmDisplayName=="web02"')) == 2
    gone = before[0]["uid"][-36:]
    done = api.request("GET", f"/vmRestorePoints/{gone}", format="Entity")
    assert (done.status, f"Cannot find restore point [{gone}]".encode() in done.body) == (404, True)
    [kept] = links(before[0], "Up", "BackupFileReference")
    file = api.get(below_api(kept["href"]), format="Entity")
    [point] = api.get(below_api(links(file, "Related")[0]["href"]))["refs"]
    assert point["uid"][-36:] == links(after[0], "Up", "RestorePointReference")[0]["href"][-36:]
    [lost] = links(before[1], "Up", "BackupFileReference")
    assert api.request("GET", below_api(lost["href"])).status == 404


@pytest.mark.parametrize("choice", ["source", "copy"])
def test_a_copy_holds_what_its_source_holds(em: Emulator, api: Memory, choice: str) -> None:
    em.switches["copy_point_time"] = choice
    run(em, "Copy")
    assert api.query("VmRestorePoint") == [], "there is nothing to copy"
    run(em)
    em.hypervisor.break_machine("web01")
    run(em, "Copy")
    first, second = em.points("web01")
    assert (first.backup, second.backup, first.data, second.data) == (
        "Web - web01", "Copy - web01", "original", "original",
    )  # fmt: skip
    assert (first.created == second.created) == (choice == "source")
    assert (first.job, second.job) == ("Web", "Copy")


def test_points_hold_the_data_of_their_moment(em: Emulator) -> None:
    run(em)
    em.start_run("Web")
    advance(em, 100)
    em.hypervisor.write("web01", "second")
    em.hypervisor.write("web02", "second")
    advance(em, 600)
    # the run had come to the first machine already, not to the other one
    assert [item.data for item in em.points("web01")] == ["original", "original"]
    assert [item.data for item in em.points("web02")] == ["original", "second"]
    events = [(item.event, item.data) for item in em.machine_history("web02")]
    assert events == [("backed_up", "original"), ("data_changed", "second"), ("backed_up", "second")]
    told = em.machine_history("web02")[-1]
    assert (told.by, told.job, told.server) == ("console", "Web", "vbr01")
    assert told.point == em.points("web02")[-1].id and told.session == em.sessions()[-1].id


def test_changes_at_the_very_moment_of_a_run(em: Emulator) -> None:
    """Its time stands still: what was changed before counts, what is changed after does not."""
    em.hypervisor.write("web01", "second")
    em.start_run("Web")
    em.hypervisor.write("web01", "third")
    advance(em, 600)
    assert em.points("web01")[0].data == "second"


def test_who_has_started_a_run(em: Emulator, api: Memory) -> None:
    job = em.jobs("Web")[0].id
    api.task(f"/jobs/{job}?action=start")
    advance(em, 600)
    told = em.machine_history("web01")[0]
    started = next(entry.number for entry in em.journal if entry.method == "POST" and "/jobs/" in entry.path)
    assert (told.by, told.user, told.task) == (started, "EM01\\svc-ansible", "task-1")
    assert told.logon == em.open_sessions()[0]


def test_a_run_of_a_machine_that_is_gone(em: Emulator) -> None:
    em.hypervisor.delete("web01")
    run(em)
    assert [(item.name, item.result) for item in em.sessions()[0].machines] == [
        ("web01", "Failed"), ("web02", "Success"),
    ]  # fmt: skip
    assert em.points("web01") == [] and len(em.points("web02")) == 1
    assert em.sessions()[0].result == "Failed"


def test_a_machine_that_was_renamed_has_points_under_both_names(em: Emulator, api: Memory) -> None:
    run(em)
    em.hypervisor.rename("web01", "web09")
    em.console.edit_job("Web", objects=[{"name": "web09", "ref": WEB01}])
    run(em)
    found = api.query("VmRestorePoint", f'HierarchyObjRef=="{WEB01}"', sortAsc="CreationTime")
    assert [item["vmdisplayname"] for item in found] == ["web01", "web09"]


# Names and times


@pytest.mark.parametrize("choice", ["auto", "sql_server", "postgresql"])
@pytest.mark.parametrize("product", ["12", "13"])
def test_names_by_the_engine_of_the_database(product: str, choice: str) -> None:
    em = new(product)
    em.switches["database"] = choice
    api = Memory(em)
    advance(em, 0.123456)
    run(em)
    [point] = api.query("VmRestorePoint", 'VmDisplayName=="web01"')
    [above] = api.query("RestorePoint", f"UID=={links(point, 'Up')[1]['href'][-36:]}")
    if choice == "postgresql" or choice == "auto" and product == "13":
        assert (point["name"], above["name"]) == ("web01@2026-01-05 10:00:00.123456", "2026-01-05 10:00:00.123456")
        assert point["creationtimeutc"] == "2026-01-05T10:00:00.123456Z"
    else:
        assert (point["name"], above["name"]) == ("web01@2026-01-05 10:00:00", "Jan  5 2026 10:00AM")
        assert point["creationtimeutc"] == "2026-01-05T10:00:00.123Z"
        # one that EM shows is found by what it shows
        text = f'CreationTime<="{point["creationtimeutc"]}"'
        assert len(api.query("VmRestorePoint", text)) == 1


def test_times_in_the_names_of_files_are_those_of_the_server() -> None:
    state = {**STATE, "backup_servers": [{"name": "vbr01", "utc_offset": -5}]}
    em = new(state=state)
    run(em)
    file = Memory(em).query("BackupFile")[0]
    assert file["name"].startswith("web01.vm-4711D2026-01-05T050000_") and file["creationtimeutc"][11:13] == "10"


@pytest.mark.parametrize(
    ("choice", "kind"), [("recorded", "RestorePointReferenceList"), ("by_content", "BackupFileReferenceList")]
)
def test_what_the_link_to_the_files_is_called(em: Emulator, api: Memory, choice: str, kind: str) -> None:
    em.switches["point_link_types"] = choice
    run(em)
    point = api.query("RestorePoint")[0]
    assert [link["type"] for link in links(point, "Related")] == [kind]


# Queries


@pytest.mark.parametrize("choice", ["answered", "ignored", "refused"])
@pytest.mark.parametrize(("field", "value"), [("HierarchyObjRef", WEB01), ("VmName", "web01")])
def test_fields_that_no_page_has(em: Emulator, api: Memory, choice: str, field: str, value: str) -> None:
    em.switches["undocumented_fields"] = choice
    run(em, count=2)
    text = f'{field}=="{value}"'
    done = api.request("GET", "/query", type="VmRestorePoint", format="Entities", filter=text)
    if choice == "refused":
        assert done.status == 400 and f"there is no field '{field}'".encode() in done.body
        return
    found = api.query("VmRestorePoint", f'{text};CreationTime>"2026-01-05T12:00:00Z"', sortDesc=field)
    assert [item["vmname"] for item in found] == (["web01"] if choice == "answered" else ["web01", "web02"])
    # of several at once
    text = f'{field}=="{value}",{field}=="none"'
    assert len(api.query("VmRestorePoint", text)) == (2 if choice == "answered" else 4)


@pytest.mark.parametrize("choice", ["answered", "ignored", "refused"])
def test_the_machine_of_a_task_session_by_its_reference(em: Emulator, api: Memory, choice: str) -> None:
    em.switches["undocumented_fields"] = choice
    run(em)
    done = api.request("GET", "/query", type="BackupTaskSession", filter=f'VmUid=="{WEB01}"')
    assert done.status == (400 if choice == "refused" else 200)
    if choice != "refused":
        assert done.body.count(b"BackupTaskSession:") == (1 if choice == "answered" else 2)


def test_references_without_letter_case(em: Emulator, api: Memory) -> None:
    run(em)
    assert len(api.query("VmRestorePoint", f'HierarchyObjRef=="{WEB01.replace("VMware:Vm", "vmware:vm")}"')) == 1


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('CreationTime>="2026-01-06T10:00:00Z"', 4), ('CreationTime>="2026-01-06T10:00:00"', 4),
        ('CreationTime>="2026-01-06 10:00:00"', 4), ("CreationTime>=2026-01-06", 4), ("CreationTime>2026-01-08", 0),
        ('CreationTime>"2026-01-06T10:00:00Z"', 3), ('CreationTime>="2026-01-06T11:00:00+01:00"', 4),
        ('CreationTime>="2026-01-06T00:00:00.000Z";CreationTime<"2026-01-06T10:05:00.0Z"', 1),
        ('CreationTime=="2026-01-06T10:05:00Z"', 1), ("CreationTime<2026-01-05,CreationTime>2026-01-07", 2),
        ("Type==Full", 2), ("Algorithm==Incremental;VmDisplayName==web02", 2), ("Type!=Full", 4),
        ('BackupServerName=="vbr01";RestorePointName=="2026-01-05 10:00:00"', 2),
    ],
)  # fmt: skip
def test_filters_for_points(em: Emulator, api: Memory, text: str, count: int) -> None:
    run(em, count=3)
    assert len(api.query("VmRestorePoint", text)) == count


@pytest.mark.parametrize("text", ["CreationTime>=yesterday", "CreationTime>=2026-13-01", 'CreationTime>""'])
def test_times_that_are_none(api: Memory, text: str) -> None:
    assert api.request("GET", "/query", type="VmRestorePoint", filter=text).status == 400


def test_each_field_that_the_pages_have(em: Emulator, api: Memory) -> None:
    run(em, count=2)
    point = api.query("VmRestorePoint", sortAsc="CreationTime")[0]
    above = links(point, "Up", "RestorePointReference")[0]
    [file] = api.get(f"{below_api(above['href'])}/backupFiles", format="Entity")["backupfiles"]
    [backup] = links(file, "Up", "BackupReference")
    own = {
        "VmRestorePoint": {
            "UID": point["uid"], "Name": point["name"], "RestorePointId": above["href"][-36:],
            "RestorePointName": above["name"],
        },
        "RestorePoint": {"UID": f"urn:veeam:RestorePoint:{above['href'][-36:]}", "Name": above["name"],
                         "BackupUid": backup["href"][-36:], "BackupName": backup["name"]},
        "BackupFile": {"UID": file["uid"], "Name": file["name"], "BackupSize": file["backupsize"], "CompressRatio": 1.6,
                       "DataSize": file["datasize"], "BackupUid": backup["href"][-36:], "BackupName": backup["name"],
                       "CreationTimeUtc": file["creationtimeutc"]},
    }  # fmt: skip
    for kind, fields in own.items():
        for field, value in fields.items():
            found = api.query(kind, f'{field}=="{value}"', sortDesc=field)
            assert point["name"] in names(found) or file["name"] in names(found) or above["name"] in names(found), field


def test_pages_move_while_points_are_made(em: Emulator, api: Memory) -> None:
    """Newest first, a new point pushes the others on; with a window of time they stay where they are."""
    run(em, count=2)
    first = api.query("VmRestorePoint", sortDesc="CreationTime", pageSize=2, page=1)
    window = 'CreationTime>="2026-01-01";CreationTime<"2026-01-08"'
    steady = api.query("VmRestorePoint", window, sortAsc="CreationTime", pageSize=2, page=1)
    advance(em, DAY)
    run(em)
    second = api.query("VmRestorePoint", sortDesc="CreationTime", pageSize=2, page=2)
    assert names(second) == names(first)
    rest = api.query("VmRestorePoint", window, sortAsc="CreationTime", pageSize=2, page=2)
    assert not set(names(rest)) & set(names(steady)) and len(rest) == 2


# From the state file


def test_imported_points() -> None:
    points = [
        {"machine": "legacy07", "created": "2025-11-30T21:00:04.5Z", "repository": "Second", "ref": None,
         "id": "28DBE396-fc5f-44f3-aae7-dd444676c93a", "size": 1024, "data": "of last year"},
        {"machine": "web01", "created": "2025-12-01T21:00:00Z", "backup": "Old", "type": "Increment", "ready": False},
    ]  # fmt: skip
    em = new(state={**STATE, "points": points})
    api = Memory(em)
    first, second = api.query("VmRestorePoint", sortAsc="CreationTime")
    assert (first["name"], first["vmname"], first["hierarchyobjref"]) == ("legacy07@2025-11-30 21:00:04.5", None, None)
    assert api.get("/vmRestorePoints/28dbe396-fc5f-44f3-aae7-dd444676c93a")["name"] == first["name"]
    assert (second["pointtype"], second["hierarchyobjref"], ready(second)) == ("Increment", WEB01, False)
    assert names(api.query("Backup")) == ["legacy07", "Old"]
    assert [(item.machine, item.data, item.ready) for item in em.points()] == [
        ("legacy07", "of last year", True), ("web01", "original", False),
    ]  # fmt: skip
    assert api.query("VmRestorePoint", 'HierarchyObjRef==""') == [] == em.machine_history()
    assert len(api.query("VmRestorePoint", f'HierarchyObjRef=="{WEB01}"')) == 1
    em.reset()
    assert len(em.points("legacy07")) == 1


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"machine": "a"}, "created is missing"), ({"created": "2025-12-01T21:00:00Z"}, "machine is missing"),
        ({"machine": "a", "created": "soon"}, "not a time"), ({"machine": "a", "created": "x", "at": 1}, "unknown key"),
        ({"machine": "a", "created": "2025-12-01T21:00:00Z", "repository": "None"}, "not on vbr01"),
        ({"machine": "a", "created": "2025-12-01T21:00:00Z", "size": "big"}, "points, entry 1"),
    ],
)  # fmt: skip
def test_imported_points_that_cannot_be(entry: dict[str, Any], words: str) -> None:
    with pytest.raises(StateError, match=words):
        Emulator(state={**STATE, "points": [entry]})


def test_the_past_has_worked_on_machines_as_they_were() -> None:
    """However late somebody asks for it."""
    sessions = [{"job": "Web", "days": 2}, {"job": "Folder", "days": 2}]
    em = new(state={**STATE, "sessions": sessions})
    em.hypervisor.break_machine("web02")
    em.hypervisor.delete("web01")
    assert {item.data for item in em.points()} == {"original"}
    assert len(em.points("web01")) == 2 and len(em.points("app01")) == 2
    assert [event.event for event in em.machine_history()] == ["data_changed", "deleted"]


def test_points_of_the_demo_for_a_restore() -> None:
    em = Emulator(clock=ManualClock())
    api = Memory(em)
    newest = api.query("VmRestorePoint", 'VmDisplayName=="web02"', sortDesc="CreationTime", pageSize=1)[0]
    assert ready(newest) and newest["hierarchyobjref"] == em.machine("web02").ref
