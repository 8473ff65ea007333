# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backup servers and data collection (em_rest backupservers_id, post_backupservers, put_backupservers_id,
post_backupservers_id_collect)."""

from __future__ import annotations

from typing import Any

from ..estate.roles import ADMINISTRATORS, USERS
from ..estate.servers import BackupServer
from ..resources.call import Answer, Call
from ..wire.bodies import text_of
from ..wire.dialects import SERVER_VERSIONS
from ..wire.errors import ApiError, not_known
from ..work.tasks import Work
from . import elsewhere
from .common import body_values, found, listing, one, refuse, single, start_task
from .machine_backups import quick_backup, veeamzip
from .table import QueryType, route

_FIELDS = {
    "address": "DnsNameOrIpAddress", "port": "Port", "description": "Description", "wcf_port": "WcfPort",
    "thumbprint": "VbrCertificateThumbprint",
}  # fmt: skip
NAMES = (*_FIELDS.values(), "Username", "Password")


class Collect(Work):
    """The task only says that collection has started."""

    message = "Data collection started. To view results, go to Sessions."


def servers(call: Call) -> Answer:
    return listing(call, BackupServer, call.world.state.servers.values())


def read(call: Call, id: str) -> Answer:
    return single(call, BackupServer, call.world.state.servers, id)


def _settings(values: dict[str, Any]) -> dict[str, Any]:
    """What is sent of them, by attribute. A port is a number or a text."""
    values = {name: str(value) if type(value) is int else value for name, value in values.items()}
    texts = {name: text_of(values, field) for name, field in _FIELDS.items()}
    sent: dict[str, Any] = {name: text for name, text in texts.items() if text is not None}
    for name in ("port", "wcf_port"):
        if name in sent:
            if not sent[name].isdecimal() or not 0 < int(sent[name]) < 65536:
                raise ApiError(400, not_known("a port is not valid"))
            sent[name] = int(sent[name])
    return sent


def create(call: Call) -> Answer:
    """Without a body, and without the id. EM shows the server at once, and its jobs after a first data collection."""
    world, state = call.world, call.world.state
    if call.action != "create":
        raise ApiError(400, not_known("backup servers have no such action"))
    values = body_values(call, "BackupServerSpec", {"": ("DnsNameOrIpAddress",)}, NAMES)
    settings = _settings(values)
    address = settings["address"]
    if any(address.casefold() in (item.address.casefold(), item.name.casefold()) for item in state.servers.values()):
        refuse(call, "duplicate_server", "Enterprise Manager has the backup server already")
    server = next((item for item in state.other_servers.values() if item.name.casefold() == address.casefold()), None)
    if server is None:
        version, port = SERVER_VERSIONS[world.options.product]
        server = BackupServer(address, world.new_id(), version, port)
    state.other_servers.pop(server.id, None)
    state.servers[server.id] = server
    server.told(settings)
    for job in state.jobs.values():
        if job.server is server:
            world.hide(job, "refresh")
    world.collector.begin([server])
    return Answer(int(world.switches["created_status"]))


def edit(call: Call, id: str) -> Answer:
    """204; what is left out stays as it is."""
    server = one(call, BackupServer, call.world.state.servers, id)
    server.told(_settings(body_values(call, "BackupServerSpec", {"": ("DnsNameOrIpAddress",)}, NAMES)))
    return Answer(204)


def delete(call: Call, id: str) -> Answer:
    """204. EM forgets the server and all that is on it; the server itself goes on."""
    state = call.world.state
    server = one(call, BackupServer, state.servers, id)
    state.other_servers[server.id] = state.servers.pop(server.id)
    return Answer(204)


def act(call: Call, id: str) -> Answer:
    server = one(call, BackupServer, call.world.state.servers, id)
    if call.action == "quickbackup":
        return quick_backup(call, server)
    if call.action == "veeamzip":
        return veeamzip(call, server)
    if call.action != "collect":
        raise elsewhere.missing_action(call, "a backup server")
    call.world.collector.collect(server)
    return start_task(call, "CollectingBackupServer", Collect(), at_once=True)


ROUTES = (
    route("/backupServers", USERS, ADMINISTRATORS, GET=servers, POST=create),
    route(
        "/backupServers/{id}",
        USERS,
        {"PUT": ADMINISTRATORS, "DELETE": ADMINISTRATORS},
        GET=read,
        POST=act,
        PUT=edit,
        DELETE=delete,
    ),  # fmt: skip
)
QUERIES = {
    "BackupServer": QueryType(BackupServer, lambda call: found(call, BackupServer, call.world.state.servers.values())),
}
