# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A restore point of a machine: the data of one moment, and whether it can be restored yet.

It has no link to its job or repository; those are found by way of the RestorePoint and the Backup that it belongs to
(EM reference: vmrestorepoints, vmrestorepoints_id, restorepoints_id, get_query_vmrestorepoint).
"""

from __future__ import annotations

import re
import typing as t

from .._em import moments, wire
from .._em.kind import Kind
from . import backup_server
from .backup_server import BackupServer
from .machine import platform_of

_ADDRESS = re.compile(r"/(restorePoints|backupFiles)/([0-9a-fA-F-]{36})$", re.IGNORECASE)


class RestorePoint(t.NamedTuple):
    """A restore point of one machine (VmRestorePoint).

    machine: its name when the backup was made. ref: its reference, None for an imported backup, say. created: the
    moment of the data, in seconds since 1970; None where EM does not say. type: Full, Increment or ReverseIncrement.
    ready: not being written any more. point_id: of the RestorePoint that it is a part of, which leads to its backup.
    file_id: of the file that it is in.
    """

    id: str
    name: str
    machine: str
    ref: str | None
    created: float | None
    type: str | None
    algorithm: str | None
    ready: bool
    server: BackupServer | None
    point_id: str | None
    file_id: str | None

    @property
    def uid(self) -> str:
        return f"urn:veeam:VmRestorePoint:{self.id}"

    @property
    def path(self) -> str:
        return f"/api/vmRestorePoints/{self.id}"

    @property
    def platform(self) -> str | None:
        """VMware, HyperV or vCloud; None without a reference."""
        return platform_of(self.ref)

    @property
    def age_key(self) -> float:
        """What the newest is the greatest of. One without a moment is older than all."""
        return self.created if self.created is not None else float("-inf")


def read(record: wire.Record) -> RestorePoint:
    """A restore point, from its entity. Raises Unreadable.

    While it is being written, its links to the restore point and to the file have another Rel than Up; in old
    documents the one to the file is missing, which says nothing.
    """
    links = list(wire.links(record))
    ready = True
    parents: dict[str, str] = {}
    for rel, _type, href, _name in links:
        address = _ADDRESS.search(href.partition("?")[0].rstrip("/"))
        if address:
            parents.setdefault(address.group(1).lower(), address.group(2).lower())
            ready = ready and rel == "up"
    name = wire.name_of(record)
    return RestorePoint(
        wire.identifier(record, "vmRestorePoints"),
        name,
        record.text("VmDisplayName") or record.text("VmName") or name.rpartition("@")[0] or name,
        (record.text("HierarchyObjRef") or "").strip() or None,
        moments.read(record.text("CreationTimeUTC")),
        (record.text("PointType") or "").strip() or None,
        (record.text("Algorithm") or "").strip() or None,
        ready,
        backup_server.of_link(record, links),
        parents.get("restorepoints"),
        parents.get("backupfiles"),
    )


#: EM reference: vmrestorepoints_id, get_query_vmrestorepoint. Every role may read it, within its scope.
RESTORE_POINT = Kind("VmRestorePoint", "VmRestorePoints", "vmRestorePoints", read, entities=True)


def newest_first(points: t.Iterable[RestorePoint]) -> list[RestorePoint]:
    """By the moment of their data; those of one moment by id, so that the order is always the same."""
    return sorted(points, key=lambda point: (-point.age_key, point.id))


class PointParent(t.NamedTuple):
    """The RestorePoint that the points of all machines of one run belong to. backup_id, backup_name: what it is in."""

    id: str
    name: str
    backup_id: str | None
    backup_name: str | None


def read_parent(record: wire.Record) -> PointParent:
    """A RestorePoint, from its entity. Raises Unreadable."""
    backup: tuple[str | None, str | None] = (None, None)
    for rel, kind, href, name in wire.links(record):
        if rel == "up" and kind in ("backupreference", "backup") and wire.href_id(href):
            backup = (wire.href_id(href), name)
    return PointParent(wire.identifier(record, "restorePoints"), wire.name_of(record), *backup)


#: EM reference: restorepoints_id, get_query_restorepoint.
POINT_PARENT = Kind("RestorePoint", "RestorePoints", "restorePoints", read_parent, entities=True)


class BackupFile(t.NamedTuple):
    """A file of a backup. size: bytes on disk; data_size: bytes that were read from the machines. created: UTC."""

    id: str
    path: str | None
    size: int | None
    data_size: int | None
    created: float | None
    type: str | None


def read_file(record: wire.Record) -> BackupFile:
    """A file, from its entity. Raises Unreadable. EM spells CreationTimeUtc here."""
    return BackupFile(
        wire.identifier(record, "backupFiles"),
        record.text("FilePath"),
        wire.number_of(record.text("BackupSize")),
        wire.number_of(record.text("DataSize")),
        moments.read(record.text("CreationTimeUtc") or record.text("CreationTimeUTC")),
        (record.text("FileType") or "").strip() or None,
    )


#: EM reference: backupfiles_id, get_query_backupfile.
BACKUP_FILE = Kind("BackupFile", "BackupFiles", "backupFiles", read_file, entities=True)
