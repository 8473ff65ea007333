# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups, restore points and backup files: what runs of jobs leave (em_rest backups_id, restorepoints_id,
vmrestorepoints_id, backupfiles_id).

A job has one backup in its repository: a chain of a full backup file and increments, with one restore point for each
run that has got something done. When a run is over, the retention of the job drops the oldest: the full file then
stands for the next point. A deleted job leaves its backup.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from ..estate.ids import derived
from ..estate.jobs import Job, JobObject
from ..estate.servers import BackupServer, Repository
from ..estate.state import State
from ..wire.times import stamp, utc_text
from .run_sessions import JobSession, Outcome, TaskSession

POINT_IDS, FILE_IDS, VM_POINT_IDS = 2, 3, 4
# Of what a machine has, in a full file and in an increment: a guess of no importance, but the same every time
FULL_SHARE, INCREMENT_SHARE = 0.5, 0.025
FILE_TYPES = ("vbk", "vib", "vrb")
BACKUP_TYPES = ("Standard", "ParentBackup", "ChildBackup")
POINT_TYPES = ("Full", "Increment", "ReverseIncrement")
ALGORITHMS = ("Full", "ReversedIncremental", "Incremental", "SyntheticFull")


@dataclass(eq=False)
class Backup:
    id: str
    name: str
    server: BackupServer
    repository: Repository
    platform: str
    job_id: str
    points: list[RestorePoint]
    backup_type: str = "Standard"

    @property
    def uid(self) -> str:
        return f"urn:veeam:Backup:{self.id}"

    @property
    def job_uid(self) -> str:
        return f"urn:veeam:Job:{self.job_id}"


@dataclass(eq=False)
class BackupFile:
    """size, data_size: bytes in the repository, and of the machines."""

    id: str
    name: str
    backup: Backup
    created: datetime
    size: int
    data_size: int
    file_type: str

    @property
    def uid(self) -> str:
        return f"urn:veeam:BackupFile:{self.id}"

    @property
    def server(self) -> BackupServer:
        return self.backup.server

    @property
    def created_text(self) -> str:
        return utc_text(self.created)

    @property
    def path(self) -> str:
        return f"C:\\{self.backup.repository.name}\\{self.backup.name}\\{self.name}"


@dataclass(eq=False)
class RestorePoint:
    id: str
    backup: Backup
    created: datetime
    file: BackupFile
    machines: list[VmRestorePoint]
    session: JobSession

    @property
    def uid(self) -> str:
        return f"urn:veeam:RestorePoint:{self.id}"

    @property
    def server(self) -> BackupServer:
        return self.backup.server

    @property
    def name(self) -> str:
        """``Jan  5 2026 10:05AM``, day and hour padded with blanks."""
        moment = self.created
        return f"{moment:%b} {moment.day:2d} {moment.year} {(moment.hour - 1) % 12 + 1:2d}:{moment:%M%p}"

    @property
    def created_text(self) -> str:
        return utc_text(self.created)


@dataclass(eq=False)
class VmRestorePoint:
    """One machine in a restore point."""

    id: str
    point: RestorePoint
    machine: JobObject
    created: datetime
    size: int

    @property
    def uid(self) -> str:
        return f"urn:veeam:VmRestorePoint:{self.id}"

    @property
    def server(self) -> BackupServer:
        return self.point.server

    @property
    def name(self) -> str:
        return f"{self.machine.name}@{stamp(self.created, precise=False)}"

    @property
    def created_text(self) -> str:
        return utc_text(self.created)

    @property
    def point_type(self) -> str:
        return "Full" if self.point.file.file_type == "vbk" else "Increment"

    @property
    def algorithm(self) -> str:
        return "Full" if self.point.file.file_type == "vbk" else "Incremental"


class Backups:
    """By id, each in the order of creation. takes_space: whether new files take room from their repository."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.takes_space = True
        self.backups: dict[str, Backup] = {}
        self.points: dict[str, RestorePoint] = {}
        self.vm_points: dict[str, VmRestorePoint] = {}
        self.files: dict[str, BackupFile] = {}
        self._of_job: dict[str, list[Backup]] = {}
        self._point_of: dict[str, RestorePoint] = {}

    # Reading

    def of_job(self, job_id: str) -> list[Backup]:
        return self._of_job.get(job_id, [])

    def made_by(self, session: JobSession) -> RestorePoint | None:
        """The restore point that a run has left, as long as it is kept."""
        return self._point_of.get(session.id)

    def made_of(self, item: TaskSession) -> VmRestorePoint | None:
        """The same of one machine in a run."""
        return self.vm_points.get(derived(item.session.id, VM_POINT_IDS, item.number))

    # What becomes of them

    def session_over(self, session: JobSession, job: Job | None) -> None:
        """A run has ended. job: of the session, or the copy job that it worked for; None where it is gone."""
        if job is None or job.job_type == "Replica" or job.repository is None:
            return
        done = [
            (number, machine, outcome)
            for number, (machine, outcome) in enumerate(zip(session.machines, session.outcomes, strict=True))
            if outcome.result != "Failed"
        ]
        if done:
            self._add(session, self._backup(job, job.repository), done)
            self._retain(job)

    def _backup(self, job: Job, repository: Repository) -> Backup:
        own = self._of_job.setdefault(job.id, [])
        backup = next((backup for backup in own if backup.repository.id == repository.id), None)
        if backup is None:
            identity = str(uuid5(UUID(job.id), repository.id))
            backup = Backup(identity, job.name, job.server, repository, job.platform, job.id, [])
            self.backups[identity] = backup
            own.append(backup)
        return backup

    def _add(self, session: JobSession, backup: Backup, done: list[tuple[int, JobObject, Outcome]]) -> None:
        data = sum(outcome.size for _number, _machine, outcome in done)
        full = not backup.points
        kind, share = ("vbk", FULL_SHARE) if full else ("vib", INCREMENT_SHARE)
        file = BackupFile(
            id=derived(session.id, FILE_IDS, 0), name=f"{backup.name}D{session.created:%Y-%m-%dT%H%M%S}.{kind}",
            backup=backup, created=session.created, size=int(data * share), data_size=data, file_type=kind,
        )  # fmt: skip
        point = RestorePoint(derived(session.id, POINT_IDS, 0), backup, session.created, file, [], session)
        assert session.ended is not None
        for number, machine, outcome in done:
            identity = derived(session.id, VM_POINT_IDS, number)
            created = session.moment((number) / len(session.machines), session.ended)
            item = VmRestorePoint(identity, point, machine, created, outcome.size)
            point.machines.append(item)
            self.vm_points[identity] = item
        backup.points.append(point)
        self.points[point.id] = self._point_of[session.id] = point
        self.files[file.id] = file
        self._room(backup, -file.size)

    def _retain(self, job: Job) -> None:
        kept, days = job.retention.get("RetainCycles") or 1, job.retention.get("RetainDaysToKeep") or 1
        for backup in self.of_job(job.id):
            points = backup.points
            if job.retention.get("RetainLimitType") == "Cycles":
                surplus = len(points) - int(kept)
            else:
                limit = points[-1].created - timedelta(days=int(days))
                surplus = sum(point.created < limit for point in points)
            for _unused in range(min(surplus, len(points) - 1)):
                self._drop_oldest(backup)

    def _drop_oldest(self, backup: Backup) -> None:
        oldest, following = backup.points[:2]
        del backup.points[0]
        # the increment is merged into the full file
        self._room(backup, following.file.size)
        del self.files[following.file.id]
        following.file = oldest.file
        del self.points[oldest.id], self._point_of[oldest.session.id]
        oldest.session.cache = {}
        for item in oldest.machines:
            del self.vm_points[item.id]

    def _room(self, backup: Backup, change: int) -> None:
        repository = self.state.repositories.get(backup.repository.id)
        if repository is not None and repository.capacity >= 0 and self.takes_space:
            free = min(repository.capacity, max(0, repository.free_space + change))
            self.state.repositories[repository.id] = replace(repository, free_space=free)
