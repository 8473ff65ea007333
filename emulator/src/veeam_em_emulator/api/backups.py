# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups, restore points and backup files: lists and queries (em_rest backups, restorepoints, vmrestorepoints,
backupfiles, repositories_id_backups)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..estate.servers import Repository
from ..query.paging import Wanted, select
from ..resources.call import Answer, Call
from ..work.backups import Backup, BackupFile, Backups, RestorePoint, VmRestorePoint
from .common import found, listing, one, single
from .table import USERS, QueryType, route


def _all(call: Call) -> Backups:
    """With what the runs have left that EM has seen end."""
    call.world.runs.update_view()
    return call.world.runs.backups


def backups(call: Call) -> Answer:
    return listing(call, Backup, _all(call).backups.values())


def backup(call: Call, id: str) -> Answer:
    return single(call, Backup, _all(call).backups, id)


def points_of_backup(call: Call, id: str) -> Answer:
    item = one(call, Backup, _all(call).backups, id)
    return listing(call, RestorePoint, item.points, f"/backups/{item.id}/restorePoints")


def files_of_backup(call: Call, id: str) -> Answer:
    item = one(call, Backup, _all(call).backups, id)
    files = {point.file.id: point.file for point in item.points}
    return listing(call, BackupFile, files.values(), f"/backups/{item.id}/backupFiles")


def of_repository(call: Call, id: str) -> Answer:
    repository = one(call, Repository, call.world.state.repositories, id)
    own = [item for item in _all(call).backups.values() if item.repository.id == repository.id]
    return listing(call, Backup, own, f"/repositories/{repository.id}/backups")


def points(call: Call) -> Answer:
    return listing(call, RestorePoint, _all(call).points.values())


def point(call: Call, id: str) -> Answer:
    return single(call, RestorePoint, _all(call).points, id)


def machines_of_point(call: Call, id: str) -> Answer:
    item = one(call, RestorePoint, _all(call).points, id)
    return listing(call, VmRestorePoint, item.machines, f"/restorePoints/{item.id}/vmRestorePoints")


def files_of_point(call: Call, id: str) -> Answer:
    item = one(call, RestorePoint, _all(call).points, id)
    return listing(call, BackupFile, [item.file], f"/restorePoints/{item.id}/backupFiles")


def vm_points(call: Call) -> Answer:
    return listing(call, VmRestorePoint, _all(call).vm_points.values())


def vm_point(call: Call, id: str) -> Answer:
    return single(call, VmRestorePoint, _all(call).vm_points, id)


def files(call: Call) -> Answer:
    return listing(call, BackupFile, _all(call).files.values())


def file(call: Call, id: str) -> Answer:
    return single(call, BackupFile, _all(call).files, id)


def _points_in(file: BackupFile) -> list[RestorePoint]:
    return [item for item in file.backup.points if item.file is file]


def points_of_file(call: Call, id: str) -> Answer:
    item = one(call, BackupFile, _all(call).files, id)
    return listing(call, RestorePoint, _points_in(item), f"/backupFiles/{item.id}/restorePoints")


def machines_of_file(call: Call, id: str) -> Answer:
    item = one(call, BackupFile, _all(call).files, id)
    machines = [machine for point in _points_in(item) for machine in point.machines]
    return listing(call, VmRestorePoint, machines, f"/backupFiles/{item.id}/vmRestorePoints")


def _query_backups(call: Call) -> Sequence[Backup]:
    known = _all(call)

    def candidates(wanted: Wanted) -> Iterable[Any]:
        jobs = wanted.values("jobuid")
        if jobs is None:
            return known.backups.values()
        return [backup for job in sorted(jobs) for backup in known.of_job(job.lower().rpartition(":")[2])]

    return select(call, Backup, candidates)


ROUTES = (
    route("/backups", USERS, GET=backups),
    route("/backups/{id}", USERS, GET=backup),
    route("/backups/{id}/restorePoints", USERS, GET=points_of_backup),
    route("/backups/{id}/backupFiles", USERS, GET=files_of_backup),
    route("/repositories/{id}/backups", USERS, GET=of_repository),
    route("/restorePoints", USERS, GET=points),
    route("/restorePoints/{id}", USERS, GET=point),
    route("/restorePoints/{id}/vmRestorePoints", USERS, GET=machines_of_point),
    route("/restorePoints/{id}/backupFiles", USERS, GET=files_of_point),
    route("/vmRestorePoints", USERS, GET=vm_points),
    route("/vmRestorePoints/{id}", USERS, GET=vm_point),
    route("/backupFiles", USERS, GET=files),
    route("/backupFiles/{id}", USERS, GET=file),
    route("/backupFiles/{id}/restorePoints", USERS, GET=points_of_file),
    route("/backupFiles/{id}/vmRestorePoints", USERS, GET=machines_of_file),
)
QUERIES = {
    "Backup": QueryType(Backup, _query_backups),
    "RestorePoint": QueryType(RestorePoint, lambda call: found(call, RestorePoint, _all(call).points.values())),
    "VmRestorePoint": QueryType(
        VmRestorePoint, lambda call: found(call, VmRestorePoint, _all(call).vm_points.values())
    ),
    "BackupFile": QueryType(BackupFile, lambda call: found(call, BackupFile, _all(call).files.values())),
}
