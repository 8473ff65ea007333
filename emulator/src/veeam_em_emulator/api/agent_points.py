# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs of agent jobs leave (em_rest agents_agentrestorepoints, agents_backups, agents_backupfiles,
agents_restorepoints). Backups, points and files are in the lists of all of them too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..estate.roles import RESTORERS, USERS
from ..query.paging import Wanted, select
from ..resources.call import Answer, Call
from ..work.backups import Backups, ById
from ..work.restore_points import AgentRestorePoint, Backup, BackupFile, RestorePoint
from .backups import one_file, one_point, reading, visible
from .common import listing, one, single
from .table import QueryType, route


def backups(call: Call) -> Answer:
    own = [item for item in reading(call).all() if item.of_agents]
    return listing(call, Backup, own, "/agents/backups")


def files(call: Call) -> Answer:
    own = [item for item in reading(call).files() if item.point is not None and item.point.computers]
    return listing(call, BackupFile, own, "/agents/backupFiles")


def points(call: Call) -> Answer:
    own = [item for item in reading(call).points() if item.computers]
    return listing(call, RestorePoint, own, "/agents/restorePoints")


def computers(call: Call) -> Answer:
    return listing(call, AgentRestorePoint, reading(call).agent_points())


def computer(call: Call, id: str) -> Answer:
    return single(call, AgentRestorePoint, ById(reading(call).agent_point), id)


def find_point(call: Call, identity: str) -> AgentRestorePoint:
    return one(call, AgentRestorePoint, ById(reading(call).agent_point), identity)


def computers_of_point(call: Call, id: str) -> Answer:
    item = one_point(call, id)
    return listing(call, AgentRestorePoint, visible(item.computers), f"/restorePoints/{item.id}/agentRestorePoints")


def computers_of_file(call: Call, id: str) -> Answer:
    item = one_file(call, id)
    assert item.point is not None
    return listing(call, AgentRestorePoint, visible(item.point.computers), f"/backupFiles/{item.id}/agentRestorePoints")


def _wanted(known: Backups, wanted: Wanted) -> Iterable[AgentRestorePoint]:
    return known.agent_points(wanted.least("creationtime"), wanted.most("creationtime"))


def _query(call: Call) -> Sequence[AgentRestorePoint]:
    known = reading(call)
    return select(call, AgentRestorePoint, lambda wanted: _wanted(known, wanted), order="creationtime")


ROUTES = (
    route("/agents/backups", RESTORERS, GET=backups),
    route("/agents/backupFiles", USERS, GET=files),
    route("/agents/restorePoints", RESTORERS, GET=points),
    route("/agents/agentRestorePoints", USERS, GET=computers),
    route("/agents/agentRestorePoints/{id}", USERS, GET=computer),
    route("/restorePoints/{id}/agentRestorePoints", USERS, GET=computers_of_point),
    route("/backupFiles/{id}/agentRestorePoints", USERS, GET=computers_of_file),
)
QUERIES = {"AgentRestorePoint": QueryType(AgentRestorePoint, _query)}
