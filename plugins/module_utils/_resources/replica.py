# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replicas, one for each replication job, and the points of each machine that can be failed over to.

A point has no reference of its machine, and nothing tells whether a machine is failed over (EM reference: replicas_id,
vmreplicapoints_id, get_query_vmreplicapoint).
"""

from __future__ import annotations

import typing as t

from .._em import moments, wire
from .._em.kind import Kind
from . import backup_server
from .backup_server import BackupServer


class Replica(t.NamedTuple):
    """What a replication job has written; it bears the name of the job."""

    id: str
    name: str
    server: BackupServer | None

    @property
    def uid(self) -> str:
        return f"urn:veeam:Replica:{self.id}"


def read_replica(record: wire.Record) -> Replica:
    """A replica, from its entity or a reference."""
    return Replica(wire.identifier(record, "replicas"), wire.name_of(record), backup_server.of_link(record))


#: EM reference: replicas_id, get_query_replica.
REPLICA = Kind("Replica", "Replicas", "replicas", read_replica, entities=True)


class ReplicaPoint(t.NamedTuple):
    """A point of a replicated machine.

    machine, vm_name: its names as EM shows them; one page of the reference has the replica's name in the first.
    created: the moment of the data, seconds since 1970. replica_id, replica_name: what it is in.
    """

    id: str
    name: str
    machine: str
    vm_name: str | None
    created: float | None
    type: str | None
    algorithm: str | None
    server: BackupServer | None
    replica_id: str | None
    replica_name: str | None

    @property
    def uid(self) -> str:
        return f"urn:veeam:VmReplicaPoint:{self.id}"

    @property
    def path(self) -> str:
        return f"/api/vmReplicaPoints/{self.id}"

    def is_called(self, name: str) -> bool:
        """Whether the machine has that name."""
        return name in (self.machine, self.vm_name)


def read_point(record: wire.Record) -> ReplicaPoint:
    """A replica point, from its entity. Raises Unreadable."""
    links = list(wire.links(record))
    replica_id = replica_name = None
    for rel, kind, href, name in links:
        if rel == "up" and kind in ("replicareference", "replica") and wire.href_id(href):
            replica_id, replica_name = wire.href_id(href), name
    own = wire.name_of(record)
    vm_name = record.text("VmName") or None
    return ReplicaPoint(
        wire.identifier(record, "vmReplicaPoints"),
        own,
        record.text("VmDisplayName") or vm_name or own.rpartition("@")[0] or own,
        vm_name,
        moments.read(record.text("CreationTimeUTC")),
        (record.text("PointType") or record.text("PoinType") or "").strip() or None,
        (record.text("Algorithm") or "").strip() or None,
        backup_server.of_link(record, links),
        replica_id,
        replica_name,
    )


#: EM reference: vmreplicapoints_id, get_query_vmreplicapoint. Every role may read it.
REPLICA_POINT = Kind("VmReplicaPoint", "VmReplicaPoints", "vmReplicaPoints", read_point, entities=True)
