# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups, restore points and backup files: lists and queries (em_rest backups, restorepoints, vmrestorepoints,
backupfiles, repositories_id_backups)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..query.paging import Wanted, page, select
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.kind import Kind
from ..resources.kinds import KINDS
from ..work.backups import Backup, BackupFile, Backups, RestorePoint, VmRestorePoint
from .common import by_id, wants_entity

# kind -> how it is written, path, label in messages
_SHAPES: dict[type, tuple[Kind, str, str]] = {
    Backup: (KINDS[Backup], "/backups", "backup"),
    RestorePoint: (KINDS[RestorePoint], "/restorePoints", "restore point"),
    VmRestorePoint: (KINDS[VmRestorePoint], "/vmRestorePoints", "restore point"),
    BackupFile: (KINDS[BackupFile], "/backupFiles", "backup file"),
}
QUERIES: dict[str, type] = {
    "backup": Backup,
    "restorepoint": RestorePoint,
    "vmrestorepoint": VmRestorePoint,
    "backupfile": BackupFile,
}


def _all(call: Call) -> Backups:
    """With what the runs have left that EM has seen end."""
    call.world.runs.update_view()
    return call.world.runs.backups


def _items(backups: Backups, kind: type) -> dict[str, Any]:
    known: dict[type, dict[str, Any]] = {
        Backup: backups.backups,
        RestorePoint: backups.points,
        VmRestorePoint: backups.vm_points,
        BackupFile: backups.files,
    }
    return known[kind]


def _list(call: Call, kind: type, items: Iterable[Any], path: str | None = None) -> Answer:
    shape, own_path, _label = _SHAPES[kind]
    found = select(call, kind, lambda _unused: items)
    chosen, paging = page(call, path or own_path, found, always=False)
    return documents.collection(call, shape, chosen, wants_entity(call), paging)


def _one(call: Call, kind: type, identity: str) -> Any:
    return by_id(call, _items(_all(call), kind), identity, kind.__name__, _SHAPES[kind][2])


def backups(call: Call) -> Answer:
    return _list(call, Backup, _all(call).backups.values())


def backup(call: Call, id: str) -> Answer:
    return documents.single(call, _one(call, Backup, id), wants_entity(call))


def points_of_backup(call: Call, id: str) -> Answer:
    found = _one(call, Backup, id)
    return _list(call, RestorePoint, found.points, f"/backups/{found.id}/restorePoints")


def files_of_backup(call: Call, id: str) -> Answer:
    found = _one(call, Backup, id)
    files = {point.file.id: point.file for point in found.points}
    return _list(call, BackupFile, files.values(), f"/backups/{found.id}/backupFiles")


def of_repository(call: Call, id: str) -> Answer:
    repository = by_id(call, call.world.state.repositories, id, "Repository", "repository")
    found = [item for item in _all(call).backups.values() if item.repository.id == repository.id]
    return _list(call, Backup, found, f"/repositories/{repository.id}/backups")


def points(call: Call) -> Answer:
    return _list(call, RestorePoint, _all(call).points.values())


def point(call: Call, id: str) -> Answer:
    return documents.single(call, _one(call, RestorePoint, id), wants_entity(call))


def machines_of_point(call: Call, id: str) -> Answer:
    found = _one(call, RestorePoint, id)
    return _list(call, VmRestorePoint, found.machines, f"/restorePoints/{found.id}/vmRestorePoints")


def files_of_point(call: Call, id: str) -> Answer:
    found = _one(call, RestorePoint, id)
    return _list(call, BackupFile, [found.file], f"/restorePoints/{found.id}/backupFiles")


def vm_points(call: Call) -> Answer:
    return _list(call, VmRestorePoint, _all(call).vm_points.values())


def vm_point(call: Call, id: str) -> Answer:
    return documents.single(call, _one(call, VmRestorePoint, id), wants_entity(call))


def files(call: Call) -> Answer:
    return _list(call, BackupFile, _all(call).files.values())


def file(call: Call, id: str) -> Answer:
    return documents.single(call, _one(call, BackupFile, id), wants_entity(call))


def _points_in(found: BackupFile) -> list[RestorePoint]:
    return [item for item in found.backup.points if item.file is found]


def points_of_file(call: Call, id: str) -> Answer:
    found = _one(call, BackupFile, id)
    return _list(call, RestorePoint, _points_in(found), f"/backupFiles/{found.id}/restorePoints")


def machines_of_file(call: Call, id: str) -> Answer:
    found = _one(call, BackupFile, id)
    machines = [machine for item in _points_in(found) for machine in item.machines]
    return _list(call, VmRestorePoint, machines, f"/backupFiles/{found.id}/vmRestorePoints")


def query(call: Call, name: str) -> tuple[Kind, list[Any]]:
    kind = QUERIES[name]
    known = _all(call)
    items = _items(known, kind)

    def candidates(wanted: Wanted) -> Iterable[Any]:
        jobs = wanted.values("jobuid") if kind is Backup else None
        if jobs is None:
            return items.values()
        return [backup for job in sorted(jobs) for backup in known.of_job(job.lower().rpartition(":")[2])]

    return _SHAPES[kind][0], select(call, kind, candidates)
