# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs of jobs leave: backups, and in them restore points.

A job has a backup in its repository, or one for each machine (12 and later): a chain of a full backup file and
increments, one for each run that has got something done. What is being written is in it from the beginning, but not
ready. When the run is over, the retention of the job drops the oldest: the full file then stands for the next point.
A deleted job leaves its backups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5

from ..estate.imports import ImportedPoint
from ..estate.inventory import reference_key
from ..estate.jobs import Job, JobObject
from ..estate.machines import Machines
from ..estate.state import State
from .pending_points import PendingPoint
from .point_index import PointIndex
from .restore_points import (
    FULL_SHARE,
    INCREMENT_SHARE,
    READ_SHARE,
    AgentRestorePoint,
    Backup,
    BackupFile,
    RestorePoint,
    VAppRestorePoint,
    VmRestorePoint,
    is_computer,
)
from .run_sessions import JobSession, Outcome, TaskSession
from .view import View

T = TypeVar("T")


@dataclass
class ById(Generic[T]):
    """See ``by_id``."""

    get: Callable[[str], T | None]


@dataclass(frozen=True)
class Independent:
    """Of a backup that belongs to no job. expires: when it deletes itself."""

    expires: datetime | None


class Backups:
    """takes_space: whether new files take room from their repository. telling: whether the history of the machines
    tells what is made; both not of what was before the start."""

    def __init__(self, state: State, view: View, machines: Machines) -> None:
        self.state = state
        self.view = view
        self.machines = machines
        self.takes_space = self.telling = True
        self.backups: dict[str, Backup] = {}
        self.index = PointIndex()
        self._of_job: dict[str, list[Backup]] = {}
        self._chains: dict[tuple[Any, ...], Backup] = {}
        # what is being written, and what EM does not show yet as it is
        self._written: dict[str, JobSession] = {}
        self._pending: list[PendingPoint] = []
        self._expiring: list[Backup] = []

    # Reading

    def settle(self, looks: bool = False) -> None:
        """Bring what EM shows up to date. looks: a client is about to read points; it counts as a read."""
        now = self.view.utc()
        for backup in list(self._expiring):
            if backup.expires is not None and now >= backup.expires:
                self._expiring.remove(backup)
                self._remove(backup)
        if self._written:
            self._settle_written()
        if self._pending:
            self._pending = [entry for entry in self._pending if entry.point.alive and not entry.step(now)]
            for entry in self._pending:
                entry.reads += looks

    def _settle_written(self) -> None:
        at, shows = self.view.time(), self.view.switches["unfinished_points"] == "shown"
        for session in self._written.values():
            working = not session.starting(at)
            for point in self.index.made[session.id]:
                point.visible = shows and session.visible
                for item in point.machines:
                    if item.begun or not working or session.fraction(at) < session.share_of(item.number).begin:
                        continue
                    item.begun = True
                    if session.ends_at is None and item.source is None:
                        item.created = max(at, session.created)
                        self.index.moved()

    def collected(self, servers: frozenset[str]) -> Callable[[], None]:
        """See ``collection.Source``."""
        waiting = [entry for entry in self._pending if entry.point.server.id in servers]

        def show() -> None:
            for entry in waiting:
                entry.refreshed = True

        return show

    def _now(self, items: list[Any]) -> list[Any]:
        """Those that EM shows."""
        return [item for item in items if item.visible] if self._written or self._pending else items

    def all(self) -> list[Backup]:
        return [backup for backup in self.backups.values() if backup.visible]

    def of_job(self, job_id: str) -> list[Backup]:
        return [backup for backup in self._of_job.get(job_id, ()) if backup.visible]

    def points(self, least: datetime | None = None, most: datetime | None = None) -> list[RestorePoint]:
        """Oldest first, here and below. Not to be changed."""
        return self._now(self.index.points.between(least, most))

    def files(self, least: datetime | None = None, most: datetime | None = None) -> list[BackupFile]:
        # the oldest point of a chain may be in a file that is older than itself
        found = [point.file for point in self.points()]
        return [
            file
            for file in found
            if (least is None or file.created >= least) and (most is None or file.created <= most)
        ]

    def vm_points(self, least: datetime | None = None, most: datetime | None = None) -> list[VmRestorePoint]:
        return self._now(self.index.vm_points.between(least, most))

    def agent_points(self, least: datetime | None = None, most: datetime | None = None) -> list[AgentRestorePoint]:
        return self._now(self.index.agent_points.between(least, most))

    def vapp_points(self, least: datetime | None = None, most: datetime | None = None) -> list[VAppRestorePoint]:
        return self._now(self.index.vapp_points.between(least, most))

    def vm_points_named(self, names: Iterable[str]) -> list[VmRestorePoint]:
        """Of the machines that had one of the names, in any letter case, when they were backed up."""
        return self._now(self.index.named(names))

    def vm_points_of(self, references: Iterable[str]) -> list[VmRestorePoint]:
        return self._now([item for item in self.index.of(references) if not isinstance(item, AgentRestorePoint)])

    def backup(self, identity: str) -> Backup | None:
        found = self.backups.get(identity)
        return found if found is not None and found.visible else None

    def point(self, identity: str) -> RestorePoint | None:
        found = self.index.point(identity)
        return found if found is not None and found.alive and found.visible else None

    def vm_point(self, identity: str) -> VmRestorePoint | None:
        found = self.index.vm_point(identity)
        return found if found is not None and found.visible else None

    def agent_point(self, identity: str) -> AgentRestorePoint | None:
        found = self.index.agent_point(identity)
        return found if found is not None and found.visible else None

    def vapp_point(self, identity: str) -> VAppRestorePoint | None:
        found = self.index.vapp_point(identity)
        return found if found is not None and found.alive and found.visible else None

    def file(self, identity: str) -> BackupFile | None:
        file = self.index.file(identity)
        return file if file is not None and file.point is not None and file.point.visible else None

    def made_by(self, session: JobSession) -> list[RestorePoint]:
        """What a run has left, once it is over."""
        return [point for point in self.index.made.get(session.id, ()) if point.alive and point.finished]

    def made_of(self, item: TaskSession) -> VmRestorePoint | None:
        """What a run has made of one of its virtual machines, once it is over."""
        found = self.index.machine_point(item.session, item.number)
        if found is None or isinstance(found, AgentRestorePoint):
            return None
        return found if found.alive and found.point.finished else None

    def data_of(self, item: VmRestorePoint) -> str:
        """What was on the machine's disks at its moment."""
        if item.source is not None:
            return self.data_of(item.source)
        if item.kept_data is not None:
            return item.kept_data
        machine = self.machines.of(item.machine.reference, item.machine.name)
        return machine.data_at(item.created, item.point.session.mark)

    # What becomes of them

    def begin(self, session: JobSession, job: Job, independent: Independent | None = None) -> None:
        """A run begins to write. job: whose backup it is; for a hidden job the copy job that it works for."""
        if not (session.of_machines or session.of_agents) or session.replica:
            return
        if job.repository is None or not session.machines:
            return
        self.index.run(session)
        own_chain = independent is None and self._own_chains(job)
        expires = independent.expires if independent is not None else None
        sources = [linked for _unused, linked in job.linked_jobs] if "Copy" in job.job_type else None
        point = None
        for number, machine in enumerate(session.machines):
            if own_chain or point is None:
                backup = self._backup(job, machine if own_chain else None, expires)
                point = self._point(session, backup, number if own_chain else 0)
            self._machine(session, point, number, machine, sources)
        self._vapps(session)
        self._written[session.id] = session

    def _own_chains(self, job: Job) -> bool:
        """Whether each machine has a backup of its own, as each computer; vApps of Cloud Director stay together."""
        if job.kind == "agent":
            return True
        rule = self.view.switches["backup_chains"]
        if rule == "auto":
            rule = "per_machine" if self.view.product in ("12", "13") else "per_job"
        return bool(rule == "per_machine" and job.platform != "vCloud")

    def _backup(self, job: Job, machine: JobObject | None, expires: datetime | None) -> Backup:
        repository = job.repository
        assert repository is not None
        own = reference_key(machine.reference) if machine is not None else ()
        key = (job.id, repository.id, own)
        backup = self._chains.get(key)
        if backup is None:
            text = f"{repository.id} {machine.reference}" if machine is not None else repository.id
            name = f"{job.name} - {machine.name}" if machine is not None else job.name
            backup = Backup(
                str(uuid5(UUID(job.id), text)), name, job.server, repository, job.platform, job.id, job.name, machine,
                expires=expires,
            )  # fmt: skip
            below = job.kind == "agent" or self.view.switches["machine_backup_type"] == "ChildBackup"
            if machine is not None and below:
                backup.backup_type, backup.parent = "ChildBackup", self._parent(job)
                backup.parent.children.append(backup)
            self._take(key, backup)
        return backup

    def _parent(self, job: Job) -> Backup:
        repository = job.repository
        assert repository is not None
        key = (job.id, repository.id, "parent")
        parent = self._chains.get(key)
        if parent is None:
            parent = Backup(
                str(uuid5(UUID(job.id), f"{repository.id} parent")), job.name, job.server, repository, job.platform,
                job.id, job.name, backup_type="ParentBackup",
            )  # fmt: skip
            self._take(key, parent)
        return parent

    def _take(self, key: tuple[Any, ...], backup: Backup) -> None:
        backup.chain = key
        self.backups[backup.id] = self._chains[key] = backup
        self._of_job.setdefault(backup.job_id, []).append(backup)
        if backup.expires is not None:
            self._expiring.append(backup)

    def _point(self, session: JobSession, backup: Backup, number: int) -> RestorePoint:
        file = BackupFile(session, number, None, full=not backup.points)
        point = RestorePoint(backup, session, number, file, file)
        file.point = point
        backup.points.append(point)
        self.index.put(point)
        return point

    def _machine(
        self, session: JobSession, point: RestorePoint, number: int, machine: JobObject, sources: list[str] | None
    ) -> None:
        created = session.moment(session.share_of(number).begin, session.created)
        item = (AgentRestorePoint if is_computer(machine) else VmRestorePoint)(point, number, created)
        if sources is not None:
            item.source = self.index.newest(machine.reference, sources)
            if item.source is None:
                # nothing to copy
                item.failed, item.alive = True, False
            elif self.view.switches["copy_point_time"] == "source":
                item.created = item.source.created
        point.machines.append(item)
        self.index.put_machine(item)

    def _vapps(self, session: JobSession) -> None:
        held: dict[str, VAppRestorePoint] = {}
        for point in self.index.made[session.id]:
            for item in point.machines:
                holder = item.machine.holder
                if holder is None or reference_key(holder.reference).kind != "vapp":
                    continue
                vapp = held.get(holder.reference)
                if vapp is None:
                    vapp = held[holder.reference] = VAppRestorePoint(point, item.number, holder)
                    point.vapps += (vapp,)
                    self.index.vapp_points.put(vapp)
                vapp.machines.append(item)

    def over(self, session: JobSession, job: Job | None) -> None:
        """A run has ended. job: as to ``begin``, None where it is gone."""
        if self.telling and (session.of_machines or session.of_agents) and not session.replica:
            self._tell(session)
        if self._written.pop(session.id, None) is None:
            return
        assert session.ended is not None
        stays = self.view.switches["failed_point"] == "stays"
        show, ready = "0", "0"
        if self.telling:
            show, ready = self.view.switches["show_point_after"], self.view.switches["point_ready_after"]
        for point in self.index.made[session.id]:
            for item in point.machines:
                if item.failed or session.outcomes[item.number].result == "Failed":
                    item.failed, item.alive = True, item.alive and stays and item.begun
                elif not item.begun and item.source is None:
                    item.created = session.moment(session.share_of(item.number).begin, session.ended)
                item.begun = True
            if not any(item.alive for item in point.machines):
                self._discard(point)
                continue
            point.finished = True
            self._weigh(point, session.outcomes)
            if show == ready == "0":
                point.visible = point.ready = True
            else:
                point.visible = False
                self._pending.append(PendingPoint(point, show, ready, session.ended))
            if job is not None and job.retention:
                self._retain(point.backup, job)
        self.index.moved()
        self.index.sweep()

    def _tell(self, session: JobSession) -> None:
        """The history of the machines."""
        machines = self.machines
        cause = replace(session.cause, job=session.job_name, session=session.id, server=session.server.name)
        for number, (thing, outcome) in enumerate(zip(session.machines, session.outcomes, strict=True)):
            item = self.index.machine_point(session, number)
            failed = outcome.result == "Failed"
            if item is None or item.source is not None or item.failed and not failed:
                continue
            machine = machines.of(thing.reference, thing.name)
            if failed:
                machines.note(machine, "backup_failed", cause, at=session.ended, detail=outcome.reason)
            else:
                at = item.created if item.begun or session.ended is None else self._moment(session, number)
                machines.note(machine, "backed_up", cause, at=at, point=item.id)

    @staticmethod
    def _moment(session: JobSession, number: int) -> datetime:
        assert session.ended is not None
        return session.moment(number / len(session.machines), session.ended)

    def _weigh(self, point: RestorePoint, outcomes: tuple[Outcome, ...]) -> None:
        data = sum(outcomes[item.number].size for item in point.machines if item.alive)
        file = point.made
        file.size = int(data * (FULL_SHARE if file.full else INCREMENT_SHARE))
        file.data_size = int(data * (1 if file.full else READ_SHARE))
        self._room(point.backup, -file.size)

    def _retain(self, backup: Backup, job: Job) -> None:
        kept, days = job.retention.get("RetainCycles") or 1, job.retention.get("RetainDaysToKeep") or 1
        points, cycles = backup.points, job.retention.get("RetainLimitType") == "Cycles"
        if cycles and len(points) <= int(kept):
            return
        if cycles:
            # a quick backup belongs to the regular point before it
            begins = [number for number, point in enumerate(points) if not point.session.quick]
            surplus = begins[-int(kept)] if len(begins) > int(kept) else 0
        else:
            limit = points[-1].created - timedelta(days=int(days))
            surplus = sum(point.created < limit for point in points)
        for _unused in range(min(surplus, len(points) - 1)):
            self._drop_oldest(backup)

    def _drop_oldest(self, backup: Backup) -> None:
        oldest, following = backup.points[:2]
        # the increment is merged into the full file
        merged = following.file
        self._room(backup, merged.size)
        merged.point = None
        following.file = oldest.file
        following.file.point = following
        self._discard(oldest, file_stays=True)

    def _discard(self, point: RestorePoint, file_stays: bool = False) -> None:
        point.alive = False
        if not file_stays:
            point.file.point = None
        for item in point.machines:
            item.alive = False
        backup = point.backup
        backup.points.remove(point)
        point.session.cache = {}
        self.index.sweep()
        if not backup.points:
            self._forget(backup)

    def _forget(self, backup: Backup) -> None:
        """Nothing is in it any more."""
        self.backups.pop(backup.id, None)
        self._of_job[backup.job_id].remove(backup)
        self._chains.pop(backup.chain, None)
        if backup.parent is not None:
            backup.parent.children.remove(backup)
            if not backup.parent.children:
                self._forget(backup.parent)

    def _remove(self, backup: Backup) -> None:
        for point in list(backup.points):
            self._room(backup, point.file.size)
            self._discard(point)

    def _room(self, backup: Backup, change: int) -> None:
        state = self.state
        repository = state.repositories.get(backup.repository.id)
        if repository is not None and repository.capacity >= 0 and self.takes_space:
            free = min(repository.capacity, max(0, repository.free_space + change))
            state.repositories[repository.id] = replace(repository, free_space=free)

    # Before the start

    def take_in(self, entry: ImportedPoint) -> None:
        """A point that no run here has made."""
        session = self._import(entry)
        self.index.run(session)
        key = (entry.backup_id, entry.repository.id, ())
        backup = self._chains.get(key)
        if backup is None:
            backup = Backup(
                entry.backup_id, entry.backup, entry.server, entry.repository, entry.platform, session.job_id,
                entry.backup,
            )  # fmt: skip
            self._take(key, backup)
        point = self._point(session, backup, 0)
        point.made.full = entry.full
        item = VmRestorePoint(
            point, 0, entry.created, begun=True, has_reference=bool(entry.reference), own_id=entry.id,
            kept_data=entry.data,
        )  # fmt: skip
        point.machines.append(item)
        self.index.put_machine(item)
        point.finished = point.visible = True
        point.ready = entry.ready
        self._weigh(point, session.outcomes)

    def _import(self, entry: ImportedPoint) -> JobSession:
        """In the place of the run that has made it, which nobody here knows."""
        thing = JobObject(entry.session_id, entry.machine, entry.reference)
        session = JobSession(
            view=self.view, id=entry.session_id, server=entry.server, job_id=entry.job_id, job_name=entry.backup,
            job_type="Backup", created=entry.created, machines=(thing,), ended=entry.created,
        )  # fmt: skip
        session.outcomes = (Outcome("Success", "", entry.size, 1.0),)
        return session
