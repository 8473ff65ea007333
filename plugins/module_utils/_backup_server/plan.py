# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of Enterprise Manager's data collections count for a backup server, and which are new. Pure."""

from __future__ import annotations

import typing as t

from .._em.reference import Reference, quoted
from .._http.errors import NotFound
from .._resources.backup_server import BackupServer, no_server
from .._resources.system_session import SystemSession, that_name


def the_server(wanted: Reference, servers: t.Sequence[BackupServer]) -> BackupServer:
    """The one backup server that the option names. Raises NotFound."""
    found = [server for server in servers if wanted.is_server(server)]
    if not found:
        raise t.cast(NotFound, no_server(wanted, servers))
    if len(found) > 1:
        ids = ", ".join(sorted(server.id for server in found))
        raise NotFound(f"backup_server: {quoted(wanted.text)} exists {len(found)} times; give its id ({ids}).")
    return found[0]


def recent(collections: t.Iterable[SystemSession], now: float, seconds: float) -> list[SystemSession]:
    """Those that ended well, warnings included, within so many seconds before now; the newest first."""
    good = [one for one in collections if one.went_well and one.ended_at is not None and now - one.ended_at <= seconds]
    return sorted(good, key=lambda one: one.ended_at or 0.0, reverse=True)


def newest(collections: t.Iterable[SystemSession], known: t.Container[str]) -> SystemSession | None:
    """The newest of those that are not known, by their ids."""
    return max((one for one in collections if one.id not in known), key=lambda one: one.began, default=None)


def is_about(messages: t.Sequence[str], server: BackupServer, servers: t.Iterable[BackupServer]) -> bool:
    """Whether a collection with these messages may have read the server: it is named, or none is."""
    if that_name(messages, server.name):
        return True
    return not any(that_name(messages, other.name) for other in servers if other.id != server.id)
