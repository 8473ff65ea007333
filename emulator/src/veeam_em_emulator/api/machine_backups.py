# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups of single machines: quick backup and VeeamZIP (em_rest post_backupservers_id_quickbackup,
post_backupservers_id_zip; vbr quick_backup). By which channel EM refuses one is not published: switches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..estate.inventory import reference_key, split_reference
from ..estate.jobs import Job, JobObject
from ..estate.run_plans import RunPlan
from ..estate.servers import BackupServer, Repository
from ..resources.call import Answer, Call
from ..wire.bodies import flag_of, list_of, text_of
from ..wire.errors import OFFLINE, ApiError, missing_node, not_known, refused
from ..wire.links import Link
from ..work.backups import Independent
from ..work.run_sessions import JobSession
from ..work.tasks import JobName, Work
from ..work.world import World
from .common import bare_id, body_values, check_online, late_delay, out_of_scope, refuse, start_task

_NO_JOB = "no backup job has that machine"
_NO_FULL = "the job has no restore point of that machine yet"
_BUSY = "the job is running"
_CLOUD_DIRECTOR = "the machine is in a job of Cloud Director"
_NO_MACHINE = "there is no such machine"
_NOT_VSPHERE = "the machine is none of vSphere"
_NO_REPOSITORY = "the repository is not on the backup server"


@dataclass(frozen=True)
class _Obstacle:
    """What stands against a backup, and the switch that says how it is refused."""

    switch: str
    reason: str


class _MachineBackup(Work):
    """A run whose session the task links to. late: set by a fault, when EM shows it."""

    def __init__(self, world: World, server: BackupServer) -> None:
        self.world = world
        self.server = server
        self.session: JobSession | None = None
        self.late: str | None = None

    def obstacle(self) -> _Obstacle | None:
        raise NotImplementedError

    def start(self) -> JobSession:
        raise NotImplementedError

    def start_failed(self, reason: str) -> JobSession:
        """A session that is over at once."""
        raise NotImplementedError

    def of_job(self) -> JobName | None:
        return None if self.session is None else JobName(self.session.job_name, self.session.job_id)

    def operate(self) -> str | None:
        if self.server.id in self.world.offline:
            return OFFLINE
        # what ran before the start counts
        self.world.runs.recall()
        obstacle = self.obstacle()
        choice = self.world.switches[obstacle.switch] if obstacle is not None else "accepted"
        if obstacle is None or choice == "accepted":
            self.session = self.start()
        elif choice == "session_failed":
            self.session = self.start_failed(refused(obstacle.reason))
        else:
            return refused(obstacle.reason)
        return None

    def finish(self) -> tuple[Link, ...]:
        assert self.session is not None
        return (Link("Related", f"/backupSessions/{self.session.id}?format=Entity", None, "BackupJobSession"),)

    def fail_at_once(self, job: Job, machines: tuple[JobObject, ...], reason: str) -> JobSession:
        plan = RunPlan(length="0", result="Failed", reason=reason)
        return self.world.runs.start(job, plan=plan, machines=machines, quick=True, cause=self.cause)

    def unknown_job(self, name: str, repository: Repository | None = None) -> Job:
        """One that is in no list, for a session of its own."""
        return Job(name=name, id=self.world.new_id(), server=self.server, repository=repository)


class QuickBackup(_MachineBackup):
    """An incremental backup of one machine, by the job whose newest restore point of it is the newest of all."""

    def __init__(self, world: World, server: BackupServer, reference: str) -> None:
        super().__init__(world, server)
        self.reference = reference

    def machines(self, job: Job) -> tuple[JobObject, ...]:
        """Those of the job that are meant, by themselves or in a container."""
        wanted = reference_key(self.reference)
        everything = self.world.runs.contents(job)
        return tuple(machine for machine in everything if reference_key(machine.reference) == wanted)

    def job(self) -> Job | None:
        fitting = [
            job
            for job in self.world.state.jobs.values()
            if job.job_type == "Backup" and job.server.id == self.server.id and self.machines(job)
        ]
        backups = self.world.runs.backups
        newest = backups.index.newest(self.reference, [job.id for job in fitting])
        return next((job for job in fitting if newest and job.id == newest.point.backup.job_id), None) or next(
            iter(fitting), None
        )

    def obstacle(self) -> _Obstacle | None:
        job, runs = self.job(), self.world.runs
        if job is None:
            return _Obstacle("quick_backup_without_job", _NO_JOB)
        if job.platform == "vCloud":
            return _Obstacle("quick_backup_cloud_director", _CLOUD_DIRECTOR)
        if runs.running(job.id):
            return _Obstacle("quick_backup_running_job", _BUSY)
        if runs.backups.index.newest(self.reference, [job.id]) is None:
            return _Obstacle("quick_backup_without_full", _NO_FULL)
        return None

    def start(self) -> JobSession:
        job = self.job()
        if job is None:
            return self.start_failed(refused(_NO_JOB))
        machines = self.machines(job)
        return self.world.runs.start(job, machines=machines, quick=True, delay=self.late, cause=self.cause)

    def start_failed(self, reason: str) -> JobSession:
        job = self.job()
        if job is not None:
            return self.fail_at_once(job, self.machines(job), reason)
        machine = self.world.machines.find(self.reference)
        thing = JobObject(self.world.new_id(), machine.name if machine is not None else "", self.reference)
        return self.fail_at_once(self.unknown_job(thing.name), (thing,), reason)


def quick_backup(call: Call, server: BackupServer) -> Answer:
    values = body_values(call, "QuickBackupStartupSpec", {"": ("VmRef",)}, ("VmRef",))
    reference = text_of(values, "VmRef")
    if not reference:
        raise missing_node()
    check_scope(call, reference)
    return _start(call, server, "QuickBackup", QuickBackup(call.world, server, reference))


def check_scope(call: Call, reference: str) -> None:
    """Users back up what their restore scopes have, and nothing else."""
    if call.sight is not None and not call.sight.reference(reference):
        raise out_of_scope(call, not_known(_NO_MACHINE))


def _start(call: Call, server: BackupServer, operation: str, work: _MachineBackup) -> Answer:
    check_online(call, server)
    call.world.runs.recall()
    obstacle = work.obstacle()
    if obstacle is not None:
        refuse(call, obstacle.switch, obstacle.reason)
    late = call.fault("late_job")
    if late is not None:
        work.late = late_delay(late.parameters)
    return start_task(call, operation, work)


# VeeamZIP

_DAYS = {
    "Never": None, "Tonight": 0, "TomorrowNight": 1, "In3days": 3, "In1Week": 7, "In2Weeks": 14, "In1Month": 30,
    "In3Months": 91, "In6Months": 182, "In1Year": 365, "In2Years": 730, "In3Years": 1095,
    "In5Years": 1826, "In7Years": 2556,
}  # fmt: skip
_SINCE_11 = ("In5Years", "In7Years")
_LEVELS = range(1, 6)
_NAMES = ("VmRef", "RepositoryUid", "PasswordKeyId", "CompressionLevel", "DisableGuestQuiescence", "BackupRetention")


class VeeamZip(_MachineBackup):
    """A full backup of machines, in a backup that belongs to no job."""

    def __init__(self, world: World, server: BackupServer, references: list[str], repository: str, kept: str) -> None:
        super().__init__(world, server)
        self.references = references
        self.repository = world.state.repositories.get(repository)
        self.kept = kept

    def _listed(self) -> list[JobObject]:
        """The machines that an inventory of the backup server has."""
        found = []
        for reference in self.references:
            root, own = split_reference(reference).root.lower(), split_reference(reference).own
            known = self.world.state.roots.get(root)
            item = self.world.inventory.machine(root, own)
            if item is not None and known is not None and known.server is self.server:
                found.append(JobObject(self.world.new_id(), item.name, item.reference))
        return found

    def obstacle(self) -> _Obstacle | None:
        repository = self.repository
        if any(split_reference(reference).platform.lower() != "vmware" for reference in self.references):
            return _Obstacle("veeamzip_refused", _NOT_VSPHERE)
        if len(self._listed()) != len(self.references):
            return _Obstacle("veeamzip_refused", _NO_MACHINE)
        if repository is None or repository.server.id != self.server.id:
            return _Obstacle("veeamzip_refused", _NO_REPOSITORY)
        return None

    def _job(self, machines: list[JobObject]) -> Job:
        """Named by the machine and the time, as its backup; the time is the server's own."""
        local = self.world.clock.utc() + timedelta(hours=self.server.utc_offset)
        name = machines[0].name if machines else "VeeamZIP"
        return self.unknown_job(f"{name}_{local:%Y-%m-%dT%H%M%S}", self.repository)

    def start(self) -> JobSession:
        machines = self._listed()
        return self.world.runs.start(
            self._job(machines), machines=tuple(machines), delay=self.late, cause=self.cause,
            independent=Independent(self._expires()),
        )  # fmt: skip

    def start_failed(self, reason: str) -> JobSession:
        things = self._listed() or [JobObject(self.world.new_id(), "", item) for item in self.references]
        return self.fail_at_once(self._job(things), tuple(things), reason)

    def _expires(self) -> datetime | None:
        days = _DAYS[self.kept]
        if days is None:
            return None
        offset = timedelta(hours=self.server.utc_offset)
        local = self.world.clock.utc() + offset
        if self.kept in ("Tonight", "TomorrowNight"):
            local = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return local + timedelta(days=days) - offset


def veeamzip(call: Call, server: BackupServer) -> Answer:
    without_level = call.world.switches["veeamzip_without_level"] == "accepted"
    mandatory = ("VmRef", "RepositoryUid", *(() if without_level else ("CompressionLevel",)), "BackupRetention")
    values = body_values(call, "VeeamZipStartupSpec", {"": mandatory}, _NAMES)
    references = list_of(values, "VmRef")
    if not references or not all(references):
        raise missing_node()
    for reference in references:
        check_scope(call, reference)
    level = values.get("CompressionLevel", min(_LEVELS))
    if isinstance(level, bool) or not str(level).isdecimal() or int(level) not in _LEVELS:
        raise _not_valid("CompressionLevel")
    flag_of(values, "DisableGuestQuiescence")
    key = text_of(values, "PasswordKeyId")
    if key and _no_guid(key):
        raise _not_valid("PasswordKeyId")
    repository = bare_id(call, text_of(values, "RepositoryUid") or "", "Repository")
    work = VeeamZip(call.world, server, references, repository, _kept(call, values))
    return _start(call, server, "VeeamZip", work)


def _kept(call: Call, values: Mapping[str, Any]) -> str:
    """How long the backup is kept."""
    kept = text_of(dict(values), "BackupRetention") or ""
    if kept not in _DAYS or kept in _SINCE_11 and call.world.options.product in ("9.5u4", "10"):
        raise _not_valid("BackupRetention")
    return kept


def _no_guid(text: str) -> bool:
    return [len(part) for part in text.split("-")] != [8, 4, 4, 4, 12]


def _not_valid(name: str) -> ApiError:
    return ApiError(400, not_known(f"value of {name} is not valid"))
