# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is connected to the backup servers, to be read only: servers, external repositories, WAN accelerators (em_rest
managedservers, externalrepositories, wanaccelerators)."""

from __future__ import annotations

from ..estate.infrastructure import ExternalRepository, ManagedServer, WanAccelerator
from ..estate.roles import USERS
from ..estate.servers import BackupServer
from ..resources.call import Answer, Call
from ..work.restore_points import Backup
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


def external_repositories(call: Call) -> Answer:
    return listing(call, ExternalRepository, call.world.state.external_repositories.values())


def external_repositories_of_server(call: Call, id: str) -> Answer:
    server = one(call, BackupServer, call.world.state.servers, id)
    own = [item for item in call.world.state.external_repositories.values() if item.server is server]
    return listing(call, ExternalRepository, own, f"/backupServers/{server.id}/externalRepositories")


def external_repository(call: Call, id: str) -> Answer:
    return single(call, ExternalRepository, call.world.state.external_repositories, id)


def backups_of_external_repository(call: Call, id: str) -> Answer:
    """What a cloud appliance has left there: nothing here does."""
    item = one(call, ExternalRepository, call.world.state.external_repositories, id)
    return listing(call, Backup, (), f"/externalRepositories/{item.id}/backups")


def wan_accelerators(call: Call) -> Answer:
    return listing(call, WanAccelerator, call.world.state.wan_accelerators.values())


def wan_accelerator(call: Call, id: str) -> Answer:
    return single(call, WanAccelerator, call.world.state.wan_accelerators, id)


ROUTES = (
    route("/externalRepositories", USERS, GET=external_repositories),
    route("/externalRepositories/{id}", USERS, GET=external_repository),
    route("/externalRepositories/{id}/backups", USERS, GET=backups_of_external_repository),
    route("/backupServers/{id}/externalRepositories", USERS, GET=external_repositories_of_server),
    route("/wanAccelerators", USERS, GET=wan_accelerators),
    route("/wanAccelerators/{id}", USERS, GET=wan_accelerator),
    route("/managedServers", USERS, GET=servers),
    route("/managedServers/{id}", USERS, GET=read),
    route("/backupServers/{id}/managedServers", USERS, GET=of_server),
)
QUERIES = {
    "ExternalRepository": QueryType(
        ExternalRepository,
        lambda call: found(call, ExternalRepository, call.world.state.external_repositories.values()),
    ),
    "WanAccelerator": QueryType(
        WanAccelerator, lambda call: found(call, WanAccelerator, call.world.state.wan_accelerators.values())
    ),
    "ManagedServer": QueryType(
        ManagedServer, lambda call: found(call, ManagedServer, call.world.state.managed_servers())
    ),
}
