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
from ..estate.uses import credentials_in_use
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.credentials import CREDENTIALS_INFO, credentials_values
from ..resources.documents import Paging
from ..wire.bodies import text_of
from ..wire.errors import ACCESS_DENIED, ApiError, missing_node, not_known
from .common import body_values, by_id, found, one, refuse
from .table import QueryType, route

NAMES = ("Id", "Username", "Description", "Password")


def _shown(call: Call) -> list[Credentials]:
    world = call.world
    return [item for item in world.state.credentials.values() if world.new_records.visible(item.id)]


def _of_server(call: Call, identity: str) -> dict[str, Credentials]:
    server = one(call, BackupServer, call.world.state.servers, identity)
    return {item.id: item for item in _shown(call) if item.server is server}


def _one(call: Call, identity: str, credentials: str) -> Credentials:
    return by_id(call, _of_server(call, identity), credentials, "Credentials", "credentials")


def listing(call: Call, id: str) -> Answer:
    items = [credentials_values(item) for item in _of_server(call, id).values()]
    call.world.new_records.look_up()
    plural = call.world.switches["credentials_list_name"]
    return documents.resource_list(call, "CredentialsInfoList", "CredentialsInfo", plural, CREDENTIALS_INFO, items)


def read(call: Call, id: str, cid: str) -> Answer:
    return documents.resource(call, "CredentialsInfo", CREDENTIALS_INFO, credentials_values(_one(call, id, cid)))


def create(call: Call, id: str) -> Answer:
    """201 with neither body nor id; the same user name may be there already, and nothing limits its length."""
    world = call.world
    assert call.session is not None
    if world.switches["credentials_create_role"] == "administrator" and not call.session.may(ADMINISTRATORS):
        raise ApiError(403, ACCESS_DENIED)
    server = one(call, BackupServer, world.state.servers, id)
    if call.action != "create":
        raise ApiError(400, not_known("credentials have no such action"))
    values = body_values(call, "CredentialsInfoSpec", {}, NAMES)
    username, description = text_of(values, "Username"), text_of(values, "Description") or ""
    if not username:
        raise missing_node()
    own = [item for item in world.state.credentials.values() if item.server is server]
    if any((item.username, item.description) == (username, description) for item in own):
        refuse(call, "duplicate_credentials", "there are such credentials already")
    record = Credentials(world.new_id(), server, username, description, bool(text_of(values, "Password")))
    world.state.credentials[record.id] = record
    world.new_records.add(record.id, server.id, world.switches["show_new_credentials_after"])
    return Answer(201)


def edit(call: Call, id: str, cid: str) -> Answer:
    """204; what is left out stays as it is, the password by switch."""
    record = _one(call, id, cid)
    values = body_values(call, "CredentialsInfo", {}, NAMES)
    username, description = text_of(values, "Username"), text_of(values, "Description")
    kept = call.world.switches["credentials_password_omitted"] == "kept" and record.has_password
    call.world.state.credentials[record.id] = replace(
        record,
        username=username or record.username,
        description=record.description if description is None else description,
        has_password=bool(text_of(values, "Password")) or kept,
    )
    return Answer(204)


def delete(call: Call, id: str, cid: str) -> Answer:
    record = _one(call, id, cid)
    if credentials_in_use(call.world.state, record.id):
        refuse(call, "delete_in_use", "something uses the credentials")
    del call.world.state.credentials[record.id]
    return Answer(204)


def _query(call: Call) -> list[Credentials]:
    items = found(call, Credentials, _shown(call))
    call.world.new_records.look_up()
    return items


def _write_query(call: Call, items: Sequence[Credentials], paging: Paging) -> Answer:
    names = ("CredentialsList", "CredentialsInfo", call.world.switches["credentials_list_name"])
    return documents.query_resources(call, names, CREDENTIALS_INFO, list(map(credentials_values, items)), paging)


_WRITERS = {"POST": USERS, "PUT": ADMINISTRATORS, "DELETE": ADMINISTRATORS}
ROUTES = (
    route("/backupServers/{id}/credentials", USERS, _WRITERS, GET=listing, POST=create),
    route("/backupServers/{id}/credentials/{cid}", USERS, _WRITERS, GET=read, PUT=edit, DELETE=delete),
)
QUERIES = {"Credentials": QueryType(Credentials, _query, USERS, _write_query)}
