# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore points against the samples, on every product: a run of which one machine has failed, and a quick backup."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from veeam_em_emulator import Emulator, ManualClock
from veeam_em_emulator.estate.due_runs import DueRun
from veeam_em_emulator.estate.ids import derived
from veeam_em_emulator.estate.imports import ImportedPoint
from veeam_em_emulator.estate.jobs import JobObject
from veeam_em_emulator.estate.run_plans import parse_plan
from veeam_em_emulator.work.restore_points import FILE_IDS, POINT_IDS, VM_POINT_IDS
from veeam_em_emulator.work.run_sessions import TASK_IDS

from .client import JSON, XML
from .memory import Memory
from .sample_cast import CLONE, STATE, same

ROOT = "urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0"
#: suffix of the sample, format, product; 9.5 U4 leaves out what others write as null
FORMATS = [
    ("xml", XML, "9.5u4"), ("xml", XML, "10"), ("xml", XML, "11"), ("xml", XML, "12"), ("xml", XML, "13"),
    ("v12.json", JSON, "9.5u4"), ("v12.json", JSON, "10"), ("v12.json", JSON, "11"), ("v12.json", JSON, "12"),
    ("v13.json", JSON, "13"),
]  # fmt: skip
formats = pytest.mark.parametrize(("suffix", "accept", "product"), FORMATS)
GIGABYTE = 1 << 30
FIRST, SECOND = "00b6e67a-0000-4000-8000-000000000001", "00b6e67a-0000-4000-8000-000000000002"
DAILY, QUICK = "b24bd542-ae95-4e5e-9e2a-69883276bc2c", "ab0469a5-c2ba-4ff7-b9d4-9080df2db07e"
REASON = "<text chosen by the backup server; wording not known>"
NOW = datetime(2026, 1, 8, 15, tzinfo=timezone.utc)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-01-{text}+00:00")


def ran(em: Emulator, identity: str, begin: str, end: str, *numbers: int, quick: bool = False, **plan: Any) -> None:
    """A run of web-prod-daily before now, of some of its machines."""
    runs, job = em.world.runs, em.world.state.jobs[CLONE]
    machines = tuple(job.objects[number] for number in numbers) or job.objects
    length = f"{(moment(end) - moment(begin)).total_seconds()}s"
    later = DueRun(moment(begin), CLONE, parse_plan({"length": length, **plan}), machines, identity=identity)
    runs._start(job, later, quick=quick)
    runs.tick()


def prepared(product: str, accept: str, database: str = "sql_server", now: datetime = NOW) -> Memory:
    """The story of the samples; each run has its times."""
    switches = {"database": database, "backup_chains": "per_job"}
    em = Emulator(state=STATE, product=product, clock=ManualClock(now), switches=switches, idle_timeout=1e9)
    api = Memory(em, media=accept)
    state = em.world.state
    job = state.jobs[CLONE]
    job.repository = state.repositories["b7e4a1d0-2c3f-4d58-9e61-7a8b9c0d1e2f"]
    second = JobObject("f5b8dae2-4c63-4071-9e8f-ad1c2b3a4f5e", "web02", f"{ROOT}.vm-4712")
    job.objects = (*job.objects, second)
    ran(em, FIRST, "04 10:05:00.2", "04 10:30:00")
    ran(em, SECOND, "06 10:05:48", "06 10:30:00")
    machines = {"web01": {"result": "Failed", "reason": REASON}, "web02": {"size": 200 * GIGABYTE}}
    ran(em, DAILY, "08 10:05:00.42", "08 10:08:41.77", machines=machines)
    ran(em, QUICK, "08 14:30:11.2", "08 14:33:20.6", 0, quick=True, size=80 * GIGABYTE)
    return api


def ids(backup: str = "") -> dict[str, str]:
    """Ids of the samples, and what they are here."""
    found = {
        "6384e0b3-7b55-4bcb-91f1-20682cc85dc0": derived(QUICK, VM_POINT_IDS, 0),
        "771c41ae-3218-4492-a2a3-f5b7aae8ec3d": derived(QUICK, POINT_IDS, 0),
        "fb819b38-e035-4e65-b4ea-ae5076a82518": derived(QUICK, FILE_IDS, 0),
        "ec9a24c8-99f3-4dd1-b821-84c3bb92870b": derived(QUICK, TASK_IDS, 0),
        "b5e463a9-7520-4006-b699-237421670139": derived(QUICK, TASK_IDS, 0),
        "de0bf099-fc0a-4da4-959c-b16cd9e05bca": derived(DAILY, VM_POINT_IDS, 1),
        "b1fca6de-884d-4803-b760-ebd7f8cac475": derived(DAILY, POINT_IDS, 0),
        "3bfbac5d-14e9-48cb-b7b0-6962ea6b0dae": derived(DAILY, FILE_IDS, 0),
        "7a8bdf04-4c51-4c95-97ae-692d37d8074a": derived(DAILY, TASK_IDS, 1),
        "85fb14cd-5421-434f-8de0-a7ba2434a37d": derived(DAILY, TASK_IDS, 0),
        "ab37b23d-c031-4ced-86aa-2691c368e777": derived(FIRST, POINT_IDS, 0),
        "b0f94adc-0ac3-46cb-bb52-cecbf41673e5": derived(SECOND, POINT_IDS, 0),
        "31677ba0-5257-4de0-949c-d5401aa941a4": derived(FIRST, FILE_IDS, 0),
    }
    return {**found, "4e1f0a7c-93d2-4b65-8c0e-7d6b5a493827": backup} if backup else found


# The emulator works on the machines of a run one after the other, from the first moment on
TIMES = {
    "2026-01-08T14:31:07.42Z": "2026-01-08T14:30:11.2Z", "web01@2026-01-08 14:31:07": "web01@2026-01-08 14:30:11",
    "2026-01-08T14:30:12.9Z": "2026-01-08T14:30:11.2Z",
    "2026-01-08T14:30:31.51Z": "2026-01-08T14:30:11.2Z", "web01@2026-01-08 14:30:31": "web01@2026-01-08 14:30:11",
    "2026-01-08T14:33:02.9Z": "2026-01-08T14:33:20.6Z",
    "2026-01-08T10:05:49.377Z": "2026-01-08T10:06:51.095Z", "web02@2026-01-08 10:05:49": "web02@2026-01-08 10:06:51",
    "2026-01-08T10:05:22.4Z": "2026-01-08T10:05:00.42Z", "web02@2026-01-08 10:05:22": "web02@2026-01-08 10:05:00",
    "web01@2026-01-08 10:05:22": "web01@2026-01-08 10:05:00",
    "2026-01-08T10:06:52.03Z": "2026-01-08T10:06:51.095Z",
}  # fmt: skip


def files(product: str) -> dict[str, str]:
    """Four digits that tell files apart; before 11 there are none."""

    def mark(session: str) -> str:
        return f"_{derived(session, FILE_IDS, 0)[-4:].upper()}" if product not in ("9.5u4", "10") else ""

    return {
        "T153012_4C1E.vib": f"T153011{mark(QUICK)}.vib", "T110500_77D2.vib": f"T110500{mark(DAILY)}.vib",
        "T110500_11AF.vbk": f"T110500{mark(FIRST)}.vbk",
    }  # fmt: skip


def fits(text: str, sample: str, product: str, more: dict[str, str] | None = None) -> None:
    same(text, sample, {**ids(), **TIMES, **files(product), **(more or {})}, without_nulls=product == "9.5u4")


def query(api: Memory, kind: str, text: str, size: int | None = None, sort: str = "CreationTime") -> str:
    params: dict[str, Any] = {"type": kind, "format": "Entities"}
    if sort:
        params["sortDesc"] = sort
    if size:
        params.update(pageSize=size, page=1)
    return api.text("/query", **params, filter=text)


def links(product: str) -> dict[str, str]:
    """13 encodes the values in its paging links in another way."""
    if product != "13":
        return {}
    return {f"%{code}": f"%{code.upper()}" for code in ("3d", "3a", "3e", "3b")}


@formats
def test_a_point(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    identity = derived(QUICK, VM_POINT_IDS, 0)
    text = api.text(f"/vmRestorePoints/{identity}", format="Entity")
    fits(text, f"vm-restore-point-entity.{suffix}", product)


@formats
def test_the_newest_point_of_a_reference(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    text = api.text("/query",
        type="VmRestorePoint", format="Entities", sortDesc="CreationTime",
        filter=f'HierarchyObjRef=="{ROOT}.vm-4711"', pageSize=1, page=1,
    )  # fmt: skip
    # the sample has nine
    more = {"page=9": "page=3", 'PagesCount="9"': 'PagesCount="3"', '"PagesCount": 9': '"PagesCount": 3',
            '"pagesCount": 9': '"pagesCount": 3'}  # fmt: skip
    fits(text, f"query-vmrestorepoints.{suffix}", product, {**more, **links(product)})


@formats
def test_the_points_since_a_time(suffix: str, accept: str, product: str) -> None:
    text = query(prepared(product, accept), "VmRestorePoint", 'CreationTime>="2026-01-08T00:00:00Z"', 999)
    fits(text, f"query-vmrestorepoints-window.{suffix}", product, links(product))


@formats
def test_no_points(suffix: str, accept: str, product: str) -> None:
    text = query(prepared(product, accept), "VmRestorePoint", f'HierarchyObjRef=="{ROOT}.vm-4720"', sort="")
    fits(text, f"query-vmrestorepoints-empty.{suffix}", product, links(product))


@formats
def test_a_restore_point_and_its_lists(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    [backup] = api.em.world.runs.backups.of_job(CLONE)
    known = ids(backup.id)
    path = f"/restorePoints/{derived(QUICK, POINT_IDS, 0)}"
    fits(api.text(path, format="Entity"), f"restore-point-entity.{suffix}", product, known)
    fits(api.text(f"{path}/vmRestorePoints"), f"vm-restore-points-of-restore-point.{suffix}", product)
    text = query(api, "RestorePoint", f'BackupUid=="urn:veeam:Backup:{backup.id}";CreationTime>"2026-01-08"')
    end = "%22&amp;" if accept == XML else "%22&"
    more = {end: f"%22%3bCreationTime%3e%222026-01-08{end}"}
    fits(text, f"query-restorepoints.{suffix}", product, {**known, **more, **links(product)})
    # the sample was made when the daily run had nothing to show
    [point] = [item for item in backup.points if item.session.id == DAILY]
    backup.points.remove(point)
    text = api.text(f"/backups/{backup.id}/restorePoints")
    fits(text, f"restore-points-of-backup.{suffix}", product, known)


@formats
def test_files(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    [backup] = api.em.world.runs.backups.of_job(CLONE)
    known = ids(backup.id)
    path = f"/backupFiles/{derived(QUICK, FILE_IDS, 0)}"
    # how large files are means nothing in the emulator
    sizes = {"734003200": str(2 * GIGABYTE), "1610612736": str(4 * GIGABYTE), "1.12": "1.25", "1.96": "1.6"}
    fits(api.text(path, format="Entity"), f"backup-file-entity.{suffix}", product, {**known, **sizes})
    text = query(api, "BackupFile", f'BackupUid=="urn:veeam:Backup:{backup.id}";FileType==vbk', sort="CreationTimeUtc")
    sizes = {"38654705664": str(20 * GIGABYTE), "214748364800": str(40 * GIGABYTE), "2.31": "1.25", "2.4": "1.6"}
    fits(text, f"query-backupfiles.{suffix}", product, {**known, **sizes, **links(product)})


@formats
def test_a_quick_backup(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    path = f"/backupSessions/{QUICK}"
    fits(api.text(path, format="Entity"), f"quickbackup-session.{suffix}", product)
    text = api.text(f"{path}/taskSessions", format="Entity")
    fits(text, f"quickbackup-task-sessions.{suffix}", product, _without_uid(product))


def _without_uid(product: str) -> dict[str, str]:
    """VmUid came with REST 1.6 (product 11)."""
    if product not in ("9.5u4", "10"):
        return {}
    return {
        f"<VmUid>{ROOT}.vm-4711</VmUid>": "", f"<VmUid>{ROOT}.vm-4712</VmUid>": "",
        f'"VmUid": "{ROOT}.vm-4711",': "", f'"VmUid": "{ROOT}.vm-4712",': "",
    }  # fmt: skip


@formats
def test_a_quick_backup_under_way(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept, now=moment("08 14:32:00"))
    text = api.text(f"/backupSessions/{QUICK}/taskSessions", format="Entity")
    fits(text, f"task-sessions-in-progress.{suffix}", product, _without_uid(product))


@formats
def test_what_runs_did_with_a_machine(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    api.em.switches["string_compare"] = "sensitive"
    more = {**_without_uid(product), **links(product)}
    text = query(api, "BackupTaskSession", 'VmDisplayName=="web01";CreationTime>="2026-01-08T00:00:00Z"')
    fits(text, f"query-task-sessions-of-vm.{suffix}", product, more)
    text = query(api, "BackupTaskSession", 'CreationTime>="2026-01-08T00:00:00Z"', 2000)
    fits(text, f"query-task-sessions-window.{suffix}", product, more)


@formats
def test_a_point_that_is_being_written(suffix: str, accept: str, product: str) -> None:
    """The sample is one machine in a run that has begun later."""
    api = prepared(product, accept, now=moment("08 14:44:40"))
    em, later = api.em, "9a2f79e6-0000-4000-8000-000000000000"
    ran(em, later, "08 14:44:30.9", "08 14:50:00", 0)
    known = {
        "9a2f79e6-0b1a-4bce-901b-a04516f81cdd": derived(later, VM_POINT_IDS, 0),
        "b1fca6de-884d-4803-b760-ebd7f8cac475": derived(later, POINT_IDS, 0),
        "3bfbac5d-14e9-48cb-b7b0-6962ea6b0dae": derived(later, FILE_IDS, 0),
        "Jan  8 2026 10:05AM": "Jan  8 2026  2:44PM",
    }
    text = api.text(f"/vmRestorePoints/{derived(later, VM_POINT_IDS, 0)}", format="Entity")
    name = next(item.made.name for item in em.world.runs.backups.points() if item.session.id == later)
    fits(
        text,
        f"vm-restore-point-not-ready.{suffix}",
        product,
        {**known, "web-prod-dailyD2026-01-08T154412_0D55.vib": name},
    )


@formats
def test_a_list_with_an_imported_point(suffix: str, accept: str, product: str) -> None:
    """Chains of each machine, PostgreSQL, and a point of which EM does not know the machine."""
    switches = {"database": "postgresql", "backup_chains": "per_machine"}
    em = Emulator(state=STATE, product=product, clock=ManualClock(NOW), switches=switches)
    api = Memory(em, media=accept)
    state = em.world.state
    job = state.jobs[CLONE]
    job.repository = state.repositories["b7e4a1d0-2c3f-4d58-9e61-7a8b9c0d1e2f"]
    second = JobObject("f5b8dae2-4c63-4071-9e8f-ad1c2b3a4f5e", "web02", f"{ROOT}.vm-4712")
    job.objects = (*job.objects, second)
    ran(em, FIRST, "04 10:05:00.2", "04 10:30:00")
    ran(em, DAILY, "08 10:05:12.118067", "08 10:06:26.636335")
    server = next(item for item in state.servers.values() if item.name.startswith("vbr02"))
    em.world.runs.backups.take_in(
        ImportedPoint(
            machine="legacy07", server=server, repository=state.repositories["0c9d8e7f-6a5b-4c3d-8e2f-1a0b9c8d7e6f"],
            backup="legacy07", backup_id="00b6e67a-0000-4000-8000-000000000009", session_id=SECOND, job_id=SECOND,
            created=datetime(2025, 11, 30, 21, 0, 4, 500000, timezone.utc), platform="VMware",
            id="28dbe396-fc5f-44f3-aae7-dd444676c93a",
        )
    )  # fmt: skip
    text = api.text("/vmRestorePoints", format="Entity", filter='CreationTime!="2026-01-04";Algorithm!=Full')
    first, _unused = (item for item in em.world.runs.backups.vm_points() if item.point.session.id == DAILY)
    assert first.machine.name == "web01"
    full = api.text("/vmRestorePoints", format="Entity", filter='VmDisplayName=="legacy07"')
    _compare_list(text, full, suffix, product, em)


def _compare_list(text: str, imported: str, suffix: str, product: str, em: Emulator) -> None:
    """The sample's list is not in the order of time: the imported point is the last."""
    known = {
        "8ee674ba-8cf4-4076-8f6e-7c5e3c7f3889": derived(DAILY, VM_POINT_IDS, 0),
        "88d5559a-8bff-4d52-903b-75dd9da796f1": derived(DAILY, VM_POINT_IDS, 1),
        "6597fe15-6e4e-449d-bcfa-a2cd5cf991cd": derived(DAILY, POINT_IDS, 0),
        "8c14b9a1-82a0-4e4a-a66b-dcf3cfaa2e14": derived(DAILY, POINT_IDS, 1),
        "ca7dfd5d-19d2-4e88-88f1-def6bb3a9200": derived(DAILY, FILE_IDS, 0),
        "ab3321fb-7a51-4432-aa6e-1e98e346ab17": derived(DAILY, FILE_IDS, 1),
        "6a9c7c8b-79d4-4075-897c-ea5a0ebdfe40": derived(SECOND, POINT_IDS, 0),
        "446cf39c-c0c1-48ac-a661-f9b2f7284d05": derived(SECOND, FILE_IDS, 0),
        # each begins when the one before is done
        "10:05:48.204913": "10:05:12.118067", "10:05:49.377201": "10:05:49.377201",
        "2025-11-30 21:00:00.01": "2025-11-30 21:00:04.5",
    }  # fmt: skip
    names = {item.machine.name: item.point.file.name for item in em.world.runs.backups.vm_points()}
    for old, machine in (
        ("web01.vm-4711D2026-01-08T110512_3F20.vib", "web01"), ("web02.vm-4712D2026-01-08T110512_8E11.vib", "web02"),
        ("legacy07D2025-11-30T220000.vbk", "legacy07"),
    ):  # fmt: skip
        known[old] = names[machine]
        assert names[machine].partition("_")[0].partition(".v")[0] in old.replace("T220000", "T220004")
    same(joined(text, imported), f"vm-restore-points-list.{suffix}", known, without_nulls=product == "9.5u4")


def joined(first: str, second: str) -> str:
    """Two lists as one."""
    if first.startswith("<"):
        head, tail = first.rsplit("</VmRestorePoints>", 1)
        inner = second.partition("<VmRestorePoint ")
        return f"{head}<VmRestorePoint {inner[2]}{tail}"
    return first.rstrip("}").rstrip("]") + "," + second.partition("[")[2]
