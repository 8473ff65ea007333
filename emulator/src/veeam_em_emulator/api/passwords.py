# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Encryption passwords of a backup server: only their hints can be read and changed (em_rest
backupservers_id_passwords, post_backupservers_id_passwords, put_backupservers_id_passwords_id)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta, timezone

from ..estate.infrastructure import EncryptionPassword
from ..estate.roles import ADMINISTRATORS, USERS
from ..estate.servers import BackupServer
from ..estate.uses import password_in_use
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.credentials import PASSWORD_INFO, password_values
from ..resources.documents import Paging
from ..wire.bodies import text_of
from ..wire.errors import ApiError, not_known
from .common import body_values, by_id, found, one, refuse
from .table import QueryType, route

NAMES = ("Hint", "Password")
_LIST = ("PasswordKeyInfoList", "PasswordKeyInfo", "PasswordKeyInfos")


def _shown(call: Call) -> list[EncryptionPassword]:
    world = call.world
    return [item for item in world.state.passwords.values() if world.new_records.visible(item.id)]


def _of_server(call: Call, identity: str) -> dict[str, EncryptionPassword]:
    server = one(call, BackupServer, call.world.state.servers, identity)
    return {item.id: item for item in _shown(call) if item.server is server}


def _one(call: Call, identity: str, password: str) -> EncryptionPassword:
    return by_id(call, _of_server(call, identity), password, "PasswordKey", "password")


def _now(call: Call, server: BackupServer) -> str:
    """On the clock of the server."""
    own = timezone(timedelta(hours=server.utc_offset))
    return call.world.clock.utc().astimezone(own).isoformat(timespec="milliseconds")


def listing(call: Call, id: str) -> Answer:
    items = [password_values(item) for item in _of_server(call, id).values()]
    call.world.new_records.look_up()
    return documents.resource_list(call, *_LIST, PASSWORD_INFO, items)


def read(call: Call, id: str, pid: str) -> Answer:
    return documents.resource(call, "PasswordKeyInfo", PASSWORD_INFO, password_values(_one(call, id, pid)))


def create(call: Call, id: str) -> Answer:
    """Without a body, and without the id."""
    world = call.world
    server = one(call, BackupServer, world.state.servers, id)
    if call.action != "create":
        raise ApiError(400, not_known("passwords have no such action"))
    values = body_values(call, "PasswordKeyInfoSpec", {"": ("Password",)}, NAMES)
    record = EncryptionPassword(world.new_id(), server, text_of(values, "Hint") or "", _now(call, server))
    world.state.passwords[record.id] = record
    world.new_records.add(record.id, server.id, world.switches["show_new_credentials_after"])
    return Answer(int(world.switches["created_status"]))


def edit(call: Call, id: str, pid: str) -> Answer:
    """204. The hint alone: the password itself cannot be changed."""
    record = _one(call, id, pid)
    hint = text_of(body_values(call, "PasswordKeyInfoSpec", {}, NAMES), "Hint")
    if hint is not None:
        changed = replace(record, hint=hint, modified=_now(call, record.server))
        call.world.state.passwords[record.id] = changed
    return Answer(204)


def delete(call: Call, id: str, pid: str) -> Answer:
    record = _one(call, id, pid)
    if password_in_use(call.world.state, record.id):
        refuse(call, "delete_in_use", "a job uses the password")
    del call.world.state.passwords[record.id]
    return Answer(204)


def _query(call: Call) -> list[EncryptionPassword]:
    items = found(call, EncryptionPassword, _shown(call))
    call.world.new_records.look_up()
    return items


def _write_query(call: Call, items: Sequence[EncryptionPassword], paging: Paging) -> Answer:
    return documents.query_resources(call, _LIST, PASSWORD_INFO, list(map(password_values, items)), paging)


ROUTES = (
    route("/backupServers/{id}/passwords", USERS, ADMINISTRATORS, GET=listing, POST=create),
    route("/backupServers/{id}/passwords/{pid}", USERS, ADMINISTRATORS, GET=read, PUT=edit, DELETE=delete),
)
QUERIES = {"Passwords": QueryType(EncryptionPassword, _query, USERS, _write_query)}
