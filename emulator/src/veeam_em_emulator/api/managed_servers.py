# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that are connected to the backup servers (em_rest managedservers, managedservers_id)."""

from __future__ import annotations

from ..estate.infrastructure import ManagedServer
from ..estate.roles import USERS
from ..estate.servers import BackupServer
from ..resources.call import Answer, Call
from .common import found, listing, one, single
from .table import QueryType, route


def servers(call: Call) -> Answer:
    return listing(call, ManagedServer, call.world.state.managed_servers())


def of_server(call: Call, id: str) -> Answer:
    server = one(call, BackupServer, call.world.state.servers, id)
    own = [item for item in call.world.state.managed_servers() if item.server is server]
    return listing(call, ManagedServer, own, f"/backupServers/{server.id}/managedServers")


def read(call: Call, id: str) -> Answer:
    return single(call, ManagedServer, {item.id: item for item in call.world.state.managed_servers()}, id)


ROUTES = (
    route("/managedServers", USERS, GET=servers),
    route("/managedServers/{id}", USERS, GET=read),
    route("/backupServers/{id}/managedServers", USERS, GET=of_server),
)
QUERIES = {
    "ManagedServer": QueryType(
        ManagedServer, lambda call: found(call, ManagedServer, call.world.state.managed_servers())
    ),
}
