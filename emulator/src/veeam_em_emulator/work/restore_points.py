# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups, restore points and backup files as they are (em_rest backups_id, restorepoints_id, vmrestorepoints_id,
vapprestorepoints_id, backupfiles_id).

Ids and times are made when somebody asks for them: a server of ten thousand machines has very many of these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..estate.agents import AGENT_PLATFORMS
from ..estate.ids import derived
from ..estate.inventory import reference_key, split_reference
from ..estate.jobs import JobObject
from ..estate.servers import BackupServer, Repository
from .run_sessions import JobSession

POINT_IDS, FILE_IDS, VM_POINT_IDS, VAPP_POINT_IDS, AGENT_POINT_IDS = 2, 3, 4, 5, 22
# Of what a machine has, in a full file and in an increment: a guess of no importance, but the same every time
FULL_SHARE, INCREMENT_SHARE, READ_SHARE = 0.5, 0.025, 0.05
DEDUPLICATION, COMPRESSION = 1.25, 1.6
FILE_TYPES = ("vbk", "vib", "vrb")
BACKUP_TYPES = ("Standard", "ParentBackup", "ChildBackup")
POINT_TYPES = ("Full", "Increment", "ReverseIncrement")
ALGORITHMS = ("Full", "ReversedIncremental", "Incremental", "SyntheticFull")
_LINUX = ("LinuxLocal", "LinuxHardened", "Nfs")


def is_computer(thing: JobObject) -> bool:
    """Whether it is one with an agent, and no virtual machine."""
    return reference_key(thing.reference).kind == "veeamagent"


@dataclass(eq=False, slots=True)
class Backup:
    """machine: the one that it is of, where each has a chain of its own. points: oldest first, with what is being
    written. expires: when it deletes itself. chain: what no other backup has in common with it."""

    id: str
    name: str
    server: BackupServer
    repository: Repository
    platform: str
    job_id: str
    job_name: str
    machine: JobObject | None = None
    backup_type: str = "Standard"
    parent: Backup | None = None
    children: list[Backup] = field(default_factory=list)
    points: list[RestorePoint] = field(default_factory=list)
    expires: datetime | None = None
    chain: tuple[Any, ...] = ()

    @property
    def uid(self) -> str:
        return f"urn:veeam:Backup:{self.id}"

    @property
    def job_uid(self) -> str:
        return f"urn:veeam:Job:{self.job_id}"

    @property
    def of_agents(self) -> bool:
        """Whether computers are in it; a copy has what it copies."""
        if self.platform in AGENT_PLATFORMS:
            return True
        return bool(self.points) and any(isinstance(item, AgentRestorePoint) for item in self.points[-1].machines)

    @property
    def visible(self) -> bool:
        """Whether it has anything that EM shows."""
        return any(point.visible for point in self.points) or any(child.visible for child in self.children)


@dataclass(eq=False, slots=True)
class BackupFile:
    """session, number: the run that has made it, and which file of the run it is. point: what it stands for now, None
    once it is gone. size, data_size: bytes in the repository, and read from the machines."""

    session: JobSession
    number: int
    point: RestorePoint | None
    full: bool
    size: int = 0
    data_size: int = 0

    @property
    def id(self) -> str:
        return derived(self.session.id, FILE_IDS, self.number)

    @property
    def uid(self) -> str:
        return f"urn:veeam:BackupFile:{self.id}"

    @property
    def backup(self) -> Backup:
        assert self.point is not None
        return self.point.backup

    @property
    def server(self) -> BackupServer:
        return self.session.server

    @property
    def created(self) -> datetime:
        return self.session.created

    @property
    def created_text(self) -> str:
        return self.session.created_text

    @property
    def file_type(self) -> str:
        return "vbk" if self.full else "vib"

    @property
    def name(self) -> str:
        """The time in it is the backup server's own."""
        backup, local = self.backup, self.created + timedelta(hours=self.server.utc_offset)
        stem = backup.job_name
        if backup.machine is not None and is_computer(backup.machine):
            stem = f"{backup.job_name} - {backup.machine.name.partition('.')[0]}"
        elif backup.machine is not None:
            own = split_reference(backup.machine.reference).own
            stem = f"{backup.machine.name}.{own.rpartition(':')[2]}"
        mark = f"_{self.id[-4:].upper()}" if self.server.major >= 11 else ""
        return f"{stem}D{local:%Y-%m-%dT%H%M%S}{mark}.{self.file_type}"

    @property
    def path(self) -> str:
        folder, name = self.backup.job_name, self.name
        if self.backup.repository.kind in _LINUX:
            return f"/backup/{folder}/{name}"
        return f"D:\\Backup\\{folder}\\{name}"

    @property
    def deduplication(self) -> float:
        """0 while it is not known."""
        return DEDUPLICATION if self.size else 0

    @property
    def compression(self) -> float:
        return COMPRESSION if self.size else 0


@dataclass(eq=False, slots=True)
class RestorePoint:
    """What one run has made in one backup.

    number: of its machine, or 0 where it has them all. made: the file that the run has written, file: the one that
    holds it now. finished: the run is over. visible: EM shows it. ready: its links say so. alive: it is there.
    """

    backup: Backup
    session: JobSession
    number: int
    made: BackupFile
    file: BackupFile
    machines: list[VmRestorePoint] = field(default_factory=list)
    vapps: tuple[VAppRestorePoint, ...] = ()
    finished: bool = False
    ready: bool = False
    visible: bool = False
    alive: bool = True
    own_id: str = ""

    @property
    def computers(self) -> list[AgentRestorePoint]:
        return [item for item in self.machines if isinstance(item, AgentRestorePoint)]

    @property
    def virtual_machines(self) -> list[VmRestorePoint]:
        return [item for item in self.machines if not isinstance(item, AgentRestorePoint)]

    @property
    def id(self) -> str:
        return self.own_id or derived(self.session.id, POINT_IDS, self.number)

    @property
    def uid(self) -> str:
        return f"urn:veeam:RestorePoint:{self.id}"

    @property
    def server(self) -> BackupServer:
        return self.session.server

    @property
    def created(self) -> datetime:
        return self.session.created

    @property
    def created_text(self) -> str:
        return self.session.created_text

    @property
    def name(self) -> str:
        """SQL Server: ``Jan  5 2026 10:05AM``, day and hour padded with blanks; PostgreSQL: with microseconds."""
        moment, view = self.session.created, self.session.view
        if view.precise_names:
            return view.stamp(moment)
        return f"{moment:%b} {moment.day:2d} {moment.year} {(moment.hour - 1) % 12 + 1:2d}:{moment:%M%p}"


@dataclass(eq=False, slots=True)
class VmRestorePoint:
    """One machine in a restore point. number: of the machine in the run. created: the moment of the data. failed: the
    run has not got it done. begun: the run has come to it. source: what it is a copy of. has_reference: EM knows which
    machine it is of; of an imported one it may not. kept_data: of an imported one."""

    point: RestorePoint
    number: int
    created: datetime
    alive: bool = True
    failed: bool = False
    begun: bool = False
    source: VmRestorePoint | None = None
    has_reference: bool = True
    own_id: str = ""
    kept_data: str | None = None

    @property
    def visible(self) -> bool:
        return self.alive and self.begun and self.point.visible

    @property
    def ready(self) -> bool:
        """Whether it can be restored; its links say so."""
        return self.point.ready and not self.failed

    @property
    def id(self) -> str:
        return self.own_id or derived(self.point.session.id, VM_POINT_IDS, self.number)

    @property
    def uid(self) -> str:
        return f"urn:veeam:VmRestorePoint:{self.id}"

    @property
    def machine(self) -> JobObject:
        return self.point.session.machines[self.number]

    @property
    def reference(self) -> str:
        """Empty where EM has none."""
        return self.machine.reference if self.has_reference else ""

    @property
    def server(self) -> BackupServer:
        return self.point.session.server

    @property
    def name(self) -> str:
        return f"{self.machine.name}@{self.point.session.view.stamp(self.created)}"

    @property
    def created_text(self) -> str:
        return self.point.session.view.text(self.created)

    @property
    def point_type(self) -> str:
        return "Full" if self.point.file.full else "Increment"

    @property
    def algorithm(self) -> str:
        return "Full" if self.point.file.full else "Incremental"

    @property
    def size(self) -> int:
        """Bytes that the machine has."""
        outcomes = self.point.session.outcomes
        return outcomes[self.number].size if outcomes else 0


class AgentRestorePoint(VmRestorePoint):
    """The same, of a computer with an agent."""

    __slots__ = ()

    @property
    def id(self) -> str:
        return derived(self.point.session.id, AGENT_POINT_IDS, self.number)

    @property
    def uid(self) -> str:
        return f"urn:veeam:AgentRestorePoint:{self.id}"


@dataclass(eq=False, slots=True)
class VAppRestorePoint:
    """A vApp of Cloud Director in a restore point. number: of its first machine."""

    point: RestorePoint
    number: int
    vapp: JobObject
    machines: list[VmRestorePoint] = field(default_factory=list)

    @property
    def visible(self) -> bool:
        return any(item.visible for item in self.machines)

    @property
    def alive(self) -> bool:
        return any(item.alive for item in self.machines)

    @property
    def id(self) -> str:
        return derived(self.point.session.id, VAPP_POINT_IDS, self.number)

    @property
    def uid(self) -> str:
        return f"urn:veeam:VAppRestorePoint:{self.id}"

    @property
    def server(self) -> BackupServer:
        return self.point.server

    @property
    def created(self) -> datetime:
        return self.machines[0].created

    @property
    def created_text(self) -> str:
        return self.machines[0].created_text

    @property
    def name(self) -> str:
        return f"{self.vapp.name}@{self.point.session.view.stamp(self.created)}"

    @property
    def reference(self) -> str:
        return self.vapp.reference

    @property
    def point_type(self) -> str:
        return self.machines[0].point_type

    @property
    def algorithm(self) -> str:
        return self.machines[0].algorithm
