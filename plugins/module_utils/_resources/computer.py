# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A computer that a protection group has found, mostly one with an agent.

EM reference: agents_discoveredcomputers_id.
"""

from __future__ import annotations

import typing as t

from .._em import wire
from .._em.kind import Kind
from . import backup_server
from .backup_server import BackupServer


class Computer(t.NamedTuple):
    """A computer. online: None where EM does not say. group: the protection group."""

    id: str
    name: str
    server: BackupServer | None
    ref: str | None
    address: str | None
    os: str | None
    online: bool | None
    agent_status: str | None
    agent_version: str | None
    group: str | None


def read(record: wire.Record) -> Computer:
    """A computer, from its entity. Raises Unreadable. Its own href is wrong in every version; its UID is right."""
    links = list(wire.links(record))
    groups = [name for rel, kind, _href, name in links if rel == "up" and kind.startswith("agentprotectiongroup")]
    status = _text(record, "HostStatus")
    return Computer(
        wire.identifier(record, "agents/discoveredComputers"),
        wire.name_of(record),
        backup_server.of_link(record, links),
        _text(record, "HierarchyObjRef"),
        _text(record, "IpAddress"),
        _text(record, "OsVersion"),
        None if status is None else status.lower() == "online",
        _text(record, "AgentStatus"),
        _text(record, "AgentVersion"),
        groups[0] if groups else None,
    )


def _text(record: wire.Record, name: str) -> str | None:
    return (record.text(name) or "").strip() or None


#: EM reference: get_query_discoveredcomputer. Portal Administrator only.
COMPUTER = Kind("DiscoveredComputer", "DiscoveredComputers", "agents/discoveredComputers", read, entities=True)
