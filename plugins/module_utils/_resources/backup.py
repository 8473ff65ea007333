# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A backup: what a job has written, in a repository. EM reference: backups_id."""

from __future__ import annotations

import typing as t

from .._em import wire
from .._em.kind import Kind
from . import backup_server
from .repository import Repository


class Backup(t.NamedTuple):
    """What a job has written. repository: the one that it is in, None where EM does not say."""

    id: str
    name: str
    repository: Repository | None


def read(record: wire.Record) -> Backup:
    """A backup, from its entity. Its links name the repository that it is in."""
    repository = None
    for rel, kind, href, name in wire.links(record):
        where = wire.href_id(href)
        if rel == "up" and kind in ("repositoryreference", "repository") and where:
            repository = Repository(where, name or where, backup_server.of_link(record))
    return Backup(wire.identifier(record, "backups"), wire.name_of(record), repository)


#: EM reference: backups_id, get_query_backup.
BACKUP = Kind("Backup", "Backups", "backups", read, entities=True)
