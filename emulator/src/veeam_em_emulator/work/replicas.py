# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs of replication jobs leave: replicas, and points of each machine in them (em_rest replicas_id,
vmreplicapoints_id).

A job has one replica, with the points of all its machines. The copy of a machine is a machine of its own at the host of
the replicas, switched off until a failover.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID, uuid5

from ..estate.ids import derived, stable_id
from ..estate.inventory import reference_key, split_reference
from ..estate.jobs import Job, JobObject
from ..estate.machines import Cause, Machine, Machines
from ..estate.servers import BackupServer, Repository
from ..estate.state import State
from .run_sessions import JobSession
from .view import View

REPLICA_POINT_IDS = 6
#: Points of each machine that are kept; no resource shows the setting.
KEPT = 7
REPLICA_POINT_TYPES = ("Snapshot", "Full", "Increment", "ReverseIncrement")


@dataclass(eq=False)
class Replica:
    """points: oldest first. machines: the copies, by what names their source."""

    id: str
    name: str
    server: BackupServer
    repository: Repository | None
    platform: str
    job_id: str
    points: list[VmReplicaPoint] = field(default_factory=list)
    machines: dict[tuple[str, ...], Machine] = field(default_factory=dict)

    @property
    def uid(self) -> str:
        return f"urn:veeam:Replica:{self.id}"

    @property
    def job_uid(self) -> str:
        return f"urn:veeam:Job:{self.job_id}"


@dataclass(eq=False)
class VmReplicaPoint:
    """One machine, as it was at a moment. number: of the machine in the run."""

    replica: Replica
    session: JobSession
    number: int
    created: datetime
    ready: bool = True
    point_type: str = "Snapshot"
    algorithm: str = "Full"

    @property
    def id(self) -> str:
        return derived(self.session.id, REPLICA_POINT_IDS, self.number)

    @property
    def uid(self) -> str:
        return f"urn:veeam:VmReplicaPoint:{self.id}"

    @property
    def server(self) -> BackupServer:
        return self.replica.server

    @property
    def machine(self) -> JobObject:
        """The source."""
        return self.session.machines[self.number]

    @property
    def key(self) -> tuple[str, ...]:
        """What names the source."""
        return reference_key(self.machine.reference)

    @property
    def view(self) -> View:
        return self.session.view

    @property
    def name(self) -> str:
        return f"{self.machine.name}@{self.view.stamp(self.created)}"

    @property
    def created_text(self) -> str:
        return self.view.text(self.created)

    @property
    def display_name(self) -> str:
        """Of the source, or of its copy."""
        own = self.replica.machines.get(self.key)
        copied = self.view.switches["replica_point_name"] == "replica" and own is not None
        return own.name if copied and own is not None else self.machine.name


class Replicas:
    """telling: whether the history of the machines tells what is made; not of what was before the start."""

    def __init__(self, state: State, machines: Machines) -> None:
        self.state = state
        self.machines = machines
        self.telling = True
        self.replicas: dict[str, Replica] = {}
        self.points: dict[str, VmReplicaPoint] = {}
        self._of_job: dict[str, Replica] = {}
        self._failed_over: dict[int, VmReplicaPoint] = {}

    # Runs

    def over(self, session: JobSession, job: Job | None) -> None:
        """A run has ended."""
        if not session.replica or job is None or session.ended is None:
            return
        cause = replace(session.cause, job=session.job_name, session=session.id, server=session.server.name)
        for number, (thing, outcome) in enumerate(zip(session.machines, session.outcomes, strict=True)):
            source = self.machines.of(thing.reference, thing.name)
            if outcome.result == "Failed":
                if self.telling:
                    self.machines.note(source, "replication_failed", cause, at=session.ended, detail=outcome.reason)
                continue
            created = session.moment(number / len(session.machines), session.ended)
            self._add(self._replica(job), VmReplicaPoint(self._replica(job), session, number, created), cause, source)

    def _replica(self, job: Job) -> Replica:
        replica = self._of_job.get(job.id)
        if replica is None:
            identity = str(uuid5(UUID(job.id), "replica"))
            replica = Replica(identity, job.name, job.server, job.repository, job.platform, job.id)
            self._of_job[job.id] = self.replicas[replica.id] = replica
        return replica

    def _add(self, replica: Replica, point: VmReplicaPoint, cause: Cause, source: Machine) -> None:
        copy = replica.machines.get(point.key)
        if copy is None:
            copy = replica.machines[point.key] = self._copy(replica, point, cause)
        if id(copy) not in self._failed_over:
            self.machines.put(copy, self.data_of(point), at=point.created)
        replica.points.append(point)
        self.points[point.id] = point
        if self.telling:
            self.machines.note(source, "replicated", cause, at=point.created, point=point.id, other=copy.reference)
        own = [item for item in replica.points if item.key == point.key]
        for old in own[:-KEPT]:
            replica.points.remove(old)
            del self.points[old.id]

    def _copy(self, replica: Replica, point: VmReplicaPoint, cause: Cause) -> Machine:
        """The machine that is made at the host of the replicas; where nobody has said which that is, EM does not know
        it, and no look-up finds it."""
        job = self.state.jobs.get(replica.job_id)
        platform, kind, _root, _own = split_reference(point.machine.reference)
        host = (job.replica_host if job is not None else None) or stable_id("replica host", replica.server.id)
        suffix = (job.vm_suffix if job is not None else None) or "_replica"
        return self.machines.create(
            f"{point.machine.name}{suffix}", f"urn:{platform}:{kind}:{host}.none", cause, at=point.created,
            told=self.telling,
        )  # fmt: skip

    # Reading

    def data_of(self, point: VmReplicaPoint) -> str:
        """What was on the machine's disks at its moment."""
        source = self.machines.of(point.machine.reference, point.machine.name)
        return source.data_at(point.created, point.session.mark)

    def newest(self, server: BackupServer, reference: str, before: datetime | None = None) -> VmReplicaPoint | None:
        """Of a machine on a backup server. before: no younger one."""
        key = reference_key(reference)
        found = [
            point
            for point in self.points.values()
            if point.server.id == server.id and point.key == key and (before is None or point.created < before)
        ]
        return max(found, key=lambda point: point.created, default=None)

    # Failover

    def copy_of(self, point: VmReplicaPoint) -> Machine:
        return point.replica.machines[point.key]

    def failed_over(self, point: VmReplicaPoint) -> VmReplicaPoint | None:
        """The point to which the machine of this one has failed over."""
        return self._failed_over.get(id(self.copy_of(point)))

    def fail_over(self, point: VmReplicaPoint, cause: Cause, at: datetime | None) -> None:
        """The copy goes on as its source was at that point. at: where that was not now."""
        copy = self.copy_of(point)
        self._failed_over[id(copy)] = point
        self.machines.put(copy, self.data_of(point), at)
        self.machines.power(copy, on=True, cause=cause, at=at)
        self.machines.note(copy, "failed_over", cause, at=at, point=point.id, other=point.machine.reference)

    def undo(self, point: VmReplicaPoint, cause: Cause) -> None:
        """The copy is switched off, and as it was before."""
        copy = self.copy_of(point)
        if self._failed_over.pop(id(copy), None) is None:
            return
        newest = self.newest(point.server, point.machine.reference)
        self.machines.power(copy, on=False, cause=cause)
        self.machines.put(copy, self.data_of(newest or point))
        self.machines.note(copy, "failover_undone", cause, point=point.id, other=point.machine.reference)
