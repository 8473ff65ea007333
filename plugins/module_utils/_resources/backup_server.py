# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A backup server, which everything else in Enterprise Manager is on. EM reference: backupservers_id."""

from __future__ import annotations

import typing as t

from .._em import wire
from .._em.calls import EnterpriseManager
from .._em.kind import Kind
from .._em.reference import Reference, hint, quoted
from .._http.effects import Flow
from .._http.errors import Forbidden, NotFound


class BackupServer(t.NamedTuple):
    """A backup server. The Up link of another resource tells no more of it than id and name."""

    id: str
    name: str
    description: str | None = None
    version: str | None = None
    port: int | None = None

    @property
    def uid(self) -> str:
        return f"urn:veeam:BackupServer:{self.id}"

    @property
    def path(self) -> str:
        return f"/api/backupServers/{self.id}"


def of_link(record: wire.Record, known: wire.Links | None = None) -> BackupServer | None:
    """The backup server that the Up link names. known: the links, where they were read before."""
    for rel, kind, href, name in wire.links(record) if known is None else known:
        found = wire.href_id(href)
        if rel == "up" and kind in ("backupserverreference", "backupserver", "") and found:
            return BackupServer(found, name or found)
    return None


def read(record: wire.Record) -> BackupServer:
    """A backup server, from its entity or a reference."""
    return BackupServer(
        wire.identifier(record, "backupServers"),
        wire.name_of(record),
        record.text("Description"),
        record.text("Version"),
        wire.number_of(record.text("Port")),
    )


#: EM reference: backupservers_id, get_query_backupserver.
BACKUP_SERVER = Kind("BackupServer", "BackupServers", "backupServers", read, entities=True)


def no_server(wanted: Reference, servers: t.Iterable[BackupServer], place: str = "") -> NotFound | None:
    """The error for an option backup_server that names none of all backup servers; None where it names one."""
    servers = list(servers)
    if any(wanted.is_server(server) for server in servers):
        return None
    there = hint(wanted.text, [server.name for server in servers], "backup servers")
    return NotFound(f"{place}backup_server: there is no backup server {quoted(wanted.text)}.{there}")


def name_missing_servers(
    em: EnterpriseManager,
    found: t.Sequence[t.Any],
    wanted: t.Sequence[tuple[Reference | None, str]],
    deadline: float,
) -> Flow[list[t.Any]]:
    """found, with what really is wrong where nothing was found because the backup server that was named does not exist.

    wanted: for each of found, what the option backup_server names, and the item's place in a list. At most one request,
    and none unless something was not found.
    """
    told = list(found)
    doubtful = [
        (index, server, place)
        for index, (server, place) in enumerate(wanted)
        if server is not None and isinstance(found[index], NotFound)
    ]
    if not doubtful:
        return told
    try:
        servers = yield from em.all(BACKUP_SERVER.as_references, deadline)
    except Forbidden:
        return told
    for index, server, place in doubtful:
        told[index] = no_server(server, servers, place) or told[index]
    return told
