# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backup servers and data collection (em_rest backupservers_id, post_backupservers_id_collect)."""

from __future__ import annotations

from ..estate.jobs import Job
from ..estate.servers import BackupServer, Repository
from ..query.paging import page, select
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.kinds import KINDS
from ..wire.links import Link
from ..work.tasks import Work
from ..work.world import World
from . import elsewhere
from .common import by_id, start_task, wants_entity
from .jobs import look_up
from .running import quick_backup


class Collect(Work):
    """The task only says that collection has started; here the data is in at the same moment."""

    message = "Data collection started. To view results, go to Sessions."

    def __init__(self, world: World) -> None:
        self.world = world

    def finish(self) -> tuple[Link, ...]:
        self.world.refresh()
        return ()


def _server(call: Call, identity: str) -> BackupServer:
    return by_id(call, call.world.state.servers, identity, "BackupServer", "backup server")


def listing(call: Call) -> Answer:
    found = select(call, BackupServer, lambda _unused: call.world.state.servers.values())
    chosen, paging = page(call, "/backupServers", found, always=False)
    return documents.collection(call, KINDS[BackupServer], chosen, wants_entity(call), paging)


def read(call: Call, id: str) -> Answer:
    return documents.single(call, _server(call, id), wants_entity(call))


def act(call: Call, id: str) -> Answer:
    server = _server(call, id)
    if call.action == "quickbackup":
        return quick_backup(call, server)
    if call.action != "collect":
        raise elsewhere.missing(call, f"{call.param('action') or 'no'} as an action of a backup server")
    return start_task(call, "CollectingBackupServer", Collect(call.world), at_once=True)


def jobs(call: Call, id: str) -> Answer:
    server = _server(call, id)
    found = [job for job in look_up(call) if job.server is server]
    chosen, paging = page(call, f"/backupServers/{server.id}/jobs", found, always=False)
    return documents.collection(call, KINDS[Job], chosen, wants_entity(call), paging)


def repositories(call: Call, id: str) -> Answer:
    server = _server(call, id)
    found = [repository for repository in call.world.state.repositories.values() if repository.server is server]
    chosen, paging = page(call, f"/backupServers/{server.id}/repositories", found, always=False)
    return documents.collection(call, KINDS[Repository], chosen, wants_entity(call), paging)
