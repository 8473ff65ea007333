# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups, restore points and backup files: lists and queries (em_rest backups, restorepoints, vmrestorepoints,
vapprestorepoints, backupfiles, repositories_id_backups)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..estate.roles import RESTORERS, USERS
from ..estate.servers import Repository
from ..query.paging import Wanted, select
from ..resources.call import Answer, Call
from ..work.backups import Backups, ById
from ..work.restore_points import Backup, BackupFile, RestorePoint, VAppRestorePoint, VmRestorePoint
from .common import listing, one, single
from .table import QueryType, Roles, route


def reading(call: Call) -> Backups:
    """With what the runs have left that EM has seen end. Tasks that nobody polls go on meanwhile, as with a list of
    jobs."""
    assert call.session is not None
    runs = call.world.runs
    call.world.tasks.job_lookup(call.session)
    runs.update_view()
    runs.backups.settle(looks=True)
    return runs.backups


def visible(items: Iterable[Any]) -> list[Any]:
    return [item for item in items if item.visible]


def _backup(call: Call, identity: str) -> Backup:
    return one(call, Backup, ById(reading(call).backup), identity)


def one_point(call: Call, identity: str) -> RestorePoint:
    return one(call, RestorePoint, ById(reading(call).point), identity)


def one_file(call: Call, identity: str) -> BackupFile:
    return one(call, BackupFile, ById(reading(call).file), identity)


def find_vm_point(call: Call, identity: str) -> VmRestorePoint:
    return one(call, VmRestorePoint, ById(reading(call).vm_point), identity)


def backups(call: Call) -> Answer:
    return listing(call, Backup, reading(call).all())


def backup(call: Call, id: str) -> Answer:
    return single(call, Backup, ById(reading(call).backup), id)


def children_of_backup(call: Call, id: str) -> Answer:
    item = _backup(call, id)
    return listing(call, Backup, visible(item.children), f"/backups/{item.id}/childbackups")


def points_of_backup(call: Call, id: str) -> Answer:
    item = _backup(call, id)
    return listing(call, RestorePoint, visible(item.points), f"/backups/{item.id}/restorePoints")


def files_of_backup(call: Call, id: str) -> Answer:
    item = _backup(call, id)
    own = [point.file for point in visible(item.points)]
    return listing(call, BackupFile, own, f"/backups/{item.id}/backupFiles")


def of_repository(call: Call, id: str) -> Answer:
    repository = one(call, Repository, call.world.state.repositories, id)
    own = [item for item in reading(call).all() if item.repository.id == repository.id]
    return listing(call, Backup, own, f"/repositories/{repository.id}/backups")


def points(call: Call) -> Answer:
    return listing(call, RestorePoint, reading(call).points())


def point(call: Call, id: str) -> Answer:
    return single(call, RestorePoint, ById(reading(call).point), id)


def machines_of_point(call: Call, id: str) -> Answer:
    item = one_point(call, id)
    own = visible(item.virtual_machines)
    return listing(call, VmRestorePoint, own, f"/restorePoints/{item.id}/vmRestorePoints")


def vapps_of_point(call: Call, id: str) -> Answer:
    item = one_point(call, id)
    return listing(call, VAppRestorePoint, visible(item.vapps), f"/restorePoints/{item.id}/vAppRestorePoints")


def files_of_point(call: Call, id: str) -> Answer:
    item = one_point(call, id)
    return listing(call, BackupFile, [item.file], f"/restorePoints/{item.id}/backupFiles")


def vm_points(call: Call) -> Answer:
    return listing(call, VmRestorePoint, reading(call).vm_points())


def vm_point(call: Call, id: str) -> Answer:
    return single(call, VmRestorePoint, ById(reading(call).vm_point), id)


def vapp_points(call: Call) -> Answer:
    return listing(call, VAppRestorePoint, reading(call).vapp_points())


def vapp_point(call: Call, id: str) -> Answer:
    return single(call, VAppRestorePoint, ById(reading(call).vapp_point), id)


def files(call: Call) -> Answer:
    return listing(call, BackupFile, reading(call).files())


def file(call: Call, id: str) -> Answer:
    return single(call, BackupFile, ById(reading(call).file), id)


def points_of_file(call: Call, id: str) -> Answer:
    item = one_file(call, id)
    return listing(call, RestorePoint, visible([item.point]), f"/backupFiles/{item.id}/restorePoints")


def machines_of_file(call: Call, id: str) -> Answer:
    item = one_file(call, id)
    assert item.point is not None
    own = visible(item.point.virtual_machines)
    return listing(call, VmRestorePoint, own, f"/backupFiles/{item.id}/vmRestorePoints")


# Queries


def _wanted_backups(known: Backups, wanted: Wanted) -> Iterable[Backup]:
    jobs = wanted.values("jobuid")
    if jobs is None:
        return known.all()
    return [item for job in sorted(jobs) for item in known.of_job(job.lower().rpartition(":")[2])]


def _of_backups(known: Backups, uids: Iterable[str]) -> list[RestorePoint]:
    backups = [known.backup(uid.lower().rpartition(":")[2]) for uid in sorted(uids)]
    return [point for item in backups if item is not None for point in visible(item.points)]


def _wanted_points(known: Backups, wanted: Wanted) -> Iterable[RestorePoint]:
    uids = wanted.values("backupuid")
    if uids is None:
        return known.points(wanted.least("creationtime"), wanted.most("creationtime"))
    return sorted(_of_backups(known, uids), key=lambda point: point.created)


def _wanted_vm_points(known: Backups, wanted: Wanted) -> Iterable[VmRestorePoint]:
    references = wanted.values("hierarchyobjref")
    if references is not None:
        return known.vm_points_of(references)
    names = wanted.values("vmdisplayname") or wanted.values("vmname")
    if names is not None:
        return known.vm_points_named(names)
    return known.vm_points(wanted.least("creationtime"), wanted.most("creationtime"))


def _wanted_vapp_points(known: Backups, wanted: Wanted) -> Iterable[VAppRestorePoint]:
    return known.vapp_points(wanted.least("creationtime"), wanted.most("creationtime"))


def _wanted_files(known: Backups, wanted: Wanted) -> Iterable[BackupFile]:
    uids = wanted.values("backupuid")
    if uids is None:
        return known.files(wanted.least("creationtimeutc"), wanted.most("creationtimeutc"))
    return [point.file for point in _of_backups(known, uids)]


def _query(
    of: type, candidates: Callable[[Backups, Wanted], Iterable[Any]], roles: Roles = RESTORERS, order: str = ""
) -> QueryType:
    """order: the field by which the candidates come."""

    def found(call: Call) -> Sequence[Any]:
        known = reading(call)
        return select(call, of, lambda wanted: candidates(known, wanted), order=order)

    return QueryType(of, found, roles)


ROUTES = (
    route("/backups", RESTORERS, GET=backups),
    route("/backups/{id}", RESTORERS, GET=backup),
    route("/backups/{id}/childbackups", RESTORERS, GET=children_of_backup),
    route("/backups/{id}/restorePoints", RESTORERS, GET=points_of_backup),
    route("/backups/{id}/backupFiles", RESTORERS, GET=files_of_backup),
    route("/repositories/{id}/backups", USERS, GET=of_repository),
    route("/restorePoints", RESTORERS, GET=points),
    route("/restorePoints/{id}", RESTORERS, GET=point),
    route("/restorePoints/{id}/vmRestorePoints", USERS, GET=machines_of_point),
    route("/restorePoints/{id}/vAppRestorePoints", RESTORERS, GET=vapps_of_point),
    route("/restorePoints/{id}/backupFiles", USERS, GET=files_of_point),
    route("/vmRestorePoints", RESTORERS, GET=vm_points),
    route("/vAppRestorePoints", RESTORERS, GET=vapp_points),
    route("/backupFiles", USERS, GET=files),
    route("/backupFiles/{id}", USERS, GET=file),
    route("/backupFiles/{id}/restorePoints", RESTORERS, GET=points_of_file),
    route("/backupFiles/{id}/vmRestorePoints", USERS, GET=machines_of_file),
)
QUERIES = {
    "Backup": _query(Backup, _wanted_backups),
    "RestorePoint": _query(RestorePoint, _wanted_points, order="creationtime"),
    "VmRestorePoint": _query(VmRestorePoint, _wanted_vm_points, order="creationtime"),
    "vAppRestorePoint": _query(VAppRestorePoint, _wanted_vapp_points, order="creationtime"),
    "BackupFile": _query(BackupFile, _wanted_files, USERS),
}
