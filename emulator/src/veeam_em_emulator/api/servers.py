# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backup servers and data collection (em_rest backupservers_id, post_backupservers_id_collect)."""

from __future__ import annotations

from ..estate.roles import USERS
from ..estate.servers import BackupServer
from ..resources.call import Answer, Call
from ..work.tasks import Work
from . import elsewhere
from .common import found, listing, one, single, start_task
from .machine_backups import quick_backup, veeamzip
from .table import QueryType, route


class Collect(Work):
    """The task only says that collection has started."""

    message = "Data collection started. To view results, go to Sessions."


def servers(call: Call) -> Answer:
    return listing(call, BackupServer, call.world.state.servers.values())


def read(call: Call, id: str) -> Answer:
    return single(call, BackupServer, call.world.state.servers, id)


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
    route("/backupServers", USERS, GET=servers),
    route("/backupServers/{id}", USERS, GET=read, POST=act),
)
QUERIES = {
    "BackupServer": QueryType(BackupServer, lambda call: found(call, BackupServer, call.world.state.servers.values())),
}
