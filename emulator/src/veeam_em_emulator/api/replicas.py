# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replicas and their points, failover (em_rest replicas, vmreplicapoints, post_vmreplicapoints_id_actionrestore)."""

from __future__ import annotations

from ..estate.roles import RESTORERS, USERS
from ..estate.servers import Repository
from ..resources.call import Answer, Call
from ..wire.errors import ApiError, refused
from ..work.failover_work import Failover
from ..work.failovers import FAILED_OVER
from ..work.replicas import Replica, Replicas, VmReplicaPoint
from . import elsewhere
from .common import check_online, found, listing, one, single, start_task
from .table import QueryType, route


def _all(call: Call) -> Replicas:
    """With what the runs have left that EM has seen end."""
    call.world.runs.update_view()
    return call.world.runs.replicas


def find_point(call: Call, identity: str) -> VmReplicaPoint:
    return one(call, VmReplicaPoint, _all(call).points, identity)


def replicas(call: Call) -> Answer:
    return listing(call, Replica, _all(call).replicas.values())


def replica(call: Call, id: str) -> Answer:
    return single(call, Replica, _all(call).replicas, id)


def points_of_replica(call: Call, id: str) -> Answer:
    item = one(call, Replica, _all(call).replicas, id)
    return listing(call, VmReplicaPoint, item.points, f"/replicas/{item.id}/vmReplicaPoints")


def of_repository(call: Call, id: str) -> Answer:
    repository = one(call, Repository, call.world.state.repositories, id)
    own = [item for item in _all(call).replicas.values() if item.repository and item.repository.id == repository.id]
    return listing(call, Replica, own, f"/repositories/{repository.id}/replicas")


def points(call: Call) -> Answer:
    return listing(call, VmReplicaPoint, _all(call).points.values())


def point(call: Call, id: str) -> Answer:
    return single(call, VmReplicaPoint, _all(call).points, id)


def act(call: Call, id: str) -> Answer:
    item = find_point(call, id)
    if call.action != "failover":
        raise elsewhere.missing_action(call, "a replica point")
    check_online(call, item.server)
    choice = call.world.switches["failover_again"]
    if choice.startswith("http_") and _all(call).failed_over(item) is not None:
        raise ApiError(int(choice.removeprefix("http_")), refused(FAILED_OVER))
    return start_task(call, "StartReplicaFailover", Failover(call.world, item))


ROUTES = (
    route("/replicas", RESTORERS, GET=replicas),
    route("/replicas/{id}", RESTORERS, GET=replica),
    route("/replicas/{id}/vmReplicaPoints", RESTORERS, GET=points_of_replica),
    route("/repositories/{id}/replicas", USERS, GET=of_repository),
    route("/vmReplicaPoints", RESTORERS, GET=points),
    route("/vmReplicaPoints/{id}", RESTORERS, GET=point, POST=act),
)
QUERIES = {
    "Replica": QueryType(Replica, lambda call: found(call, Replica, _all(call).replicas.values()), RESTORERS),
    "VmReplicaPoint": QueryType(
        VmReplicaPoint, lambda call: found(call, VmReplicaPoint, _all(call).points.values()), RESTORERS
    ),
}
