# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that are connected to the backup servers (em_rest managedservers, managedservers_id)."""

from __future__ import annotations

from ..estate.infrastructure import ManagedServer
from ..query.paging import page, select
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.kinds import KINDS
from .common import by_id, wants_entity


def listing(call: Call) -> Answer:
    found = select(call, ManagedServer, lambda _unused: call.world.state.managed_servers())
    chosen, paging = page(call, "/managedServers", found, always=False)
    return documents.collection(call, KINDS[ManagedServer], chosen, wants_entity(call), paging)


def of_server(call: Call, id: str) -> Answer:
    server = by_id(call, call.world.state.servers, id, "BackupServer", "backup server")
    found = [item for item in call.world.state.managed_servers() if item.server is server]
    chosen, paging = page(call, f"/backupServers/{server.id}/managedServers", found, always=False)
    return documents.collection(call, KINDS[ManagedServer], chosen, wants_entity(call), paging)


def read(call: Call, id: str) -> Answer:
    items = {item.id: item for item in call.world.state.managed_servers()}
    return documents.single(call, by_id(call, items, id, "ManagedServer", "managed server"), wants_entity(call))
