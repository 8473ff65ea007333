# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A backup repository, where backups are. EM reference: repositories_id."""

from __future__ import annotations

import typing as t

from .._em import wire
from .._em.kind import Kind
from . import backup_server
from .backup_server import BackupServer


class Repository(t.NamedTuple):
    """A backup repository. capacity and free_space: bytes, None where EM does not know, as with object storage.

    kind, capacity and free_space are None when only its reference was read.
    """

    id: str
    name: str
    server: BackupServer | None
    kind: str | None = None
    capacity: int | None = None
    free_space: int | None = None

    @property
    def uid(self) -> str:
        return f"urn:veeam:Repository:{self.id}"

    @property
    def path(self) -> str:
        return f"/api/repositories/{self.id}"


def read(record: wire.Record) -> Repository:
    """A repository, from its entity or a reference."""
    return Repository(
        wire.identifier(record, "repositories"),
        wire.name_of(record),
        backup_server.of_link(record),
        record.text("Kind"),
        wire.number_of(record.text("Capacity")),
        wire.number_of(record.text("FreeSpace")),
    )


#: EM reference: repositories_id, get_query_repository. Who looks one up needs no more of it than a reference has.
REPOSITORY = Kind("Repository", "Repositories", "repositories", read, entities=False)
