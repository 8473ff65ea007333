# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories (em_rest repositories, repositories_id)."""

from __future__ import annotations

from ..estate.file_shares import FileServer
from ..estate.roles import USERS
from ..estate.servers import BackupServer, Repository
from ..resources.call import Answer, Call
from .common import found, listing, one, single
from .table import QueryType, route


def repositories(call: Call) -> Answer:
    return listing(call, Repository, call.world.state.repositories.values())


def of_server(call: Call, id: str) -> Answer:
    server = one(call, BackupServer, call.world.state.servers, id)
    own = [item for item in call.world.state.repositories.values() if item.server is server]
    return listing(call, Repository, own, f"/backupServers/{server.id}/repositories")


def read(call: Call, id: str) -> Answer:
    state = call.world.state
    if call.world.switches["wrong_hrefs"] == "answered" and id.lower() in state.file_servers:
        return single(call, FileServer, state.file_servers, id)
    return single(call, Repository, state.repositories, id)


ROUTES = (
    route("/repositories", USERS, GET=repositories),
    route("/repositories/{id}", USERS, GET=read),
    route("/backupServers/{id}/repositories", USERS, GET=of_server),
)
QUERIES = {
    "Repository": QueryType(Repository, lambda call: found(call, Repository, call.world.state.repositories.values())),
}
