# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials of a backup server (em_rest backupservers_id_credentials, post_backupservers_id_creds)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..estate.infrastructure import Credentials
from ..estate.roles import ADMINISTRATORS, USERS
from ..estate.servers import BackupServer
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.documents import Paging
from ..resources.infrastructure import CREDENTIALS_INFO, credentials_values
from ..wire.bodies import text_of
from ..wire.errors import ApiError, missing_node, not_known
from .common import body_values, by_id, found, one
from .table import QueryType, route

NAMES = ("Id", "Username", "Description", "Password")


def _of_server(call: Call, identity: str) -> dict[str, Credentials]:
    server = one(call, BackupServer, call.world.state.servers, identity)
    return {item.id: item for item in call.world.state.credentials.values() if item.server is server}


def listing(call: Call, id: str) -> Answer:
    items = [credentials_values(item) for item in _of_server(call, id).values()]
    plural = call.world.switches["credentials_list_name"]
    return documents.resource_list(call, "CredentialsInfoList", "CredentialsInfo", plural, CREDENTIALS_INFO, items)


def read(call: Call, id: str, cid: str) -> Answer:
    record = by_id(call, _of_server(call, id), cid, "Credentials", "credentials")
    return documents.resource(call, "CredentialsInfo", CREDENTIALS_INFO, credentials_values(record))


def create(call: Call, id: str) -> Answer:
    """201 with neither body nor id; the same user name may be there already."""
    server = one(call, BackupServer, call.world.state.servers, id)
    if call.action != "create":
        raise ApiError(400, not_known("credentials have no such action"))
    values = body_values(call, "CredentialsInfoSpec", {}, NAMES)
    username = text_of(values, "Username")
    if not username:
        raise missing_node()
    record = Credentials(call.world.new_id(), server, username, text_of(values, "Description") or "")
    call.world.state.credentials[record.id] = record
    return Answer(201)


def edit(call: Call, id: str, cid: str) -> Answer:
    """204; what is left out stays as it is."""
    record = by_id(call, _of_server(call, id), cid, "Credentials", "credentials")
    values = body_values(call, "CredentialsInfo", {}, NAMES)
    username, description = text_of(values, "Username"), text_of(values, "Description")
    call.world.state.credentials[record.id] = replace(
        record,
        username=username or record.username,
        description=record.description if description is None else description,
    )
    return Answer(204)


def delete(call: Call, id: str, cid: str) -> Answer:
    record = by_id(call, _of_server(call, id), cid, "Credentials", "credentials")
    del call.world.state.credentials[record.id]
    return Answer(204)


def _write_query(call: Call, items: Sequence[Credentials], paging: Paging) -> Answer:
    names = ("CredentialsList", "CredentialsInfo", call.world.switches["credentials_list_name"])
    return documents.query_resources(call, names, CREDENTIALS_INFO, list(map(credentials_values, items)), paging)


ROUTES = (
    route("/backupServers/{id}/credentials", USERS, ADMINISTRATORS, GET=listing, POST=create),
    route("/backupServers/{id}/credentials/{cid}", USERS, ADMINISTRATORS, GET=read, PUT=edit, DELETE=delete),
)
QUERIES = {
    "Credentials": QueryType(
        Credentials, lambda call: found(call, Credentials, call.world.state.credentials.values()), USERS, _write_query
    ),
}
