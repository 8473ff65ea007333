# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EM knows: backup servers, repositories, jobs, inventory, accounts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from . import defaults
from .infrastructure import Credentials, DiscoveredComputer, ManagedServer
from .inventory import InventoryObject
from .past_runs import PastRuns
from .run_plans import RunPlan

ROLES = ("Portal Administrator", "Portal User", "Restore Operator", "none")
JOB_TYPES = ("Backup", "Replica", "BackupCopy", "ImmediateBackupCopy")
PLATFORMS = ("VMware", "HyperV", "vCloud", "CustomPlatform")
_NAMESPACE = uuid.UUID("4be4c63b-9c28-4e67-a1f2-0d5f7b9e6a10")


class StateError(ValueError):
    """The state file does not say what it should; the message names the place."""


@dataclass(frozen=True)
class BackupServer:
    name: str
    id: str
    version: str
    port: int
    description: str = ""
    online: bool = True  # at the start

    @property
    def uid(self) -> str:
        return f"urn:veeam:BackupServer:{self.id}"

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


@dataclass(frozen=True)
class Repository:
    name: str
    id: str
    server: BackupServer
    kind: str = "WindowsLocal"
    capacity: int = 1079639011328
    free_space: int = 881812750336

    @property
    def uid(self) -> str:
        return f"urn:veeam:Repository:{self.id}"


@dataclass(frozen=True)
class HierarchyRoot:
    name: str
    id: str
    server: BackupServer
    unique_id: str
    host_type: str = "VC"
    objects: tuple[InventoryObject, ...] = ()  # at the start; the inventory of the world has them as they are now

    @property
    def uid(self) -> str:
        return f"urn:veeam:HierarchyRoot:{self.id}"


@dataclass(frozen=True)
class JobObject:
    """A virtual machine or container in a job."""

    id: str
    name: str
    reference: str
    guest: Mapping[str, Any] = field(default_factory=lambda: defaults.GUEST_OF_OBJECT)


@dataclass(eq=False)
class Job:
    """One job on a backup server. ``cache`` keeps its written representations; ``changed`` drops them."""

    name: str
    id: str
    server: BackupServer
    job_type: str = "Backup"
    platform: str = "VMware"
    description: str = ""
    schedule_configured: bool = True
    schedule_enabled: bool = True
    next_run: str = "2026-01-05T21:00:00Z"
    repository: Repository | None = None
    folder_name: str = ""
    vm_suffix: str | None = None
    objects: tuple[JobObject, ...] = ()
    linked_jobs: tuple[tuple[str, str], ...] = ()  # (ObjectInJobId, id of the job)
    linked_repositories: tuple[tuple[str, str], ...] = ()  # (ObjectInJobId, id of the repository)
    schedule: Mapping[str, Any] = field(default_factory=dict)
    guest: Mapping[str, Any] = field(default_factory=lambda: defaults.GUEST_OF_JOB)
    storage: Mapping[str, Any] = field(default_factory=lambda: defaults.STORAGE)
    gfs: Mapping[str, Any] = field(default_factory=lambda: defaults.GFS)
    retention: Mapping[str, Any] = field(default_factory=lambda: defaults.RETENTION)
    runs: RunPlan | None = None  # how a run of it goes
    next_runs: tuple[RunPlan, ...] = ()  # how the next runs of it go, at the start
    cloned_from: str | None = None
    cloned_from_name: str | None = None
    cache: dict[Any, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not self.schedule:
            immediate = self.job_type == "ImmediateBackupCopy"
            self.schedule = defaults.IMMEDIATE_SCHEDULE if immediate else defaults.STANDARD_SCHEDULE

    @property
    def uid(self) -> str:
        return f"urn:veeam:Job:{self.id}"

    def changed(self) -> None:
        self.cache = {}

    def copy(self, **changes: Any) -> Job:
        """A job with the same settings; shares the representations only when nothing is changed."""
        return replace(self, cache={} if changes else self.cache, **changes)


@dataclass(frozen=True)
class Account:
    user: str
    password: str
    role: str = "Portal Administrator"

    def spellings(self) -> set[str]:
        """``DOMAIN\\user``, ``user`` and ``user@DOMAIN`` name one account; letter case does not count
        (em/em_about_accounts_and_roles: Windows EM takes the first two, Linux EM the last)."""
        domain, _unused, name = self.user.rpartition("\\")
        if not domain and "@" in self.user:
            name, _unused, domain = self.user.partition("@")
        with_domain = [f"{name}@{domain}", f"{domain}\\{name}"] if domain else []
        return {text.casefold() for text in (self.user, name, *with_domain)}


class State:
    """Jobs are found by id and by name through dictionaries; a list keeps their order."""

    def __init__(self) -> None:
        self.servers: dict[str, BackupServer] = {}
        self.repositories: dict[str, Repository] = {}
        self.roots: dict[str, HierarchyRoot] = {}
        self.credentials: dict[str, Credentials] = {}
        self.computers: dict[str, DiscoveredComputer] = {}
        self.jobs: dict[str, Job] = {}
        self.accounts: list[Account] = []
        self.past_runs: list[PastRuns] = []
        self._by_name: dict[str, list[Job]] = {}

    def add_job(self, job: Job) -> None:
        self.jobs[job.id] = job
        self._by_name.setdefault(job.name.casefold(), []).append(job)

    def remove_job(self, job: Job) -> None:
        if self.jobs.pop(job.id, None) is not None:
            self._by_name[job.name.casefold()].remove(job)

    def change_job(self, job: Job, changes: Mapping[str, Any]) -> None:
        """changes: attribute -> new value."""
        named = self._by_name[job.name.casefold()]
        for name, value in changes.items():
            setattr(job, name, value)
        if "name" in changes:
            named.remove(job)
            self._by_name.setdefault(job.name.casefold(), []).append(job)
        job.changed()

    def jobs_named(self, name: str) -> list[Job]:
        """Jobs of that name on any server; letter case is ignored, the caller compares exactly if it must."""
        return self._by_name.get(name.casefold(), [])

    def server_named(self, name: str) -> BackupServer | None:
        return next((server for server in self.servers.values() if server.name == name), None)

    def managed_servers(self) -> list[ManagedServer]:
        """Each backup server itself, and each hierarchy root."""
        own = [
            ManagedServer(stable_id("local", server.id), server.name, server, "Local", "Backup server")
            for server in self.servers.values()
        ]
        roots = [
            ManagedServer(root.id, root.name, root.server, root.host_type, root=True) for root in self.roots.values()
        ]
        return own + roots

    def copy(self) -> State:
        """Independent of this state, cheap: only jobs change, and their settings are replaced, never altered."""
        other = State()
        other.servers, other.repositories, other.roots = dict(self.servers), dict(self.repositories), dict(self.roots)
        other.credentials, other.computers = dict(self.credentials), dict(self.computers)
        other.accounts, other.past_runs = list(self.accounts), list(self.past_runs)
        for job in self.jobs.values():
            other.add_job(job.copy())
        return other

    def add_generated_jobs(self, count: int) -> None:
        """``Job 00001`` and so on, spread over the backup servers, always with the same ids."""
        servers = list(self.servers.values())
        if count and not servers:
            raise StateError("jobs cannot be generated without a backup server")
        for number in range(1, count + 1):
            server = servers[number % len(servers)]
            repository = next((r for r in self.repositories.values() if r.server is server), None)
            name = f"Job {number:05d}"
            machine = JobObject(stable_id("object", name), f"vm{number:05d}", vm_reference("generated", f"vm-{number}"))
            self.add_job(
                Job(
                    name=name,
                    id=stable_id("job", name),
                    server=server,
                    repository=repository,
                    folder_name=name,
                    description=f"Generated job {number}",
                    objects=(machine,),
                )  # fmt: skip
            )


def stable_id(*parts: str) -> str:
    """A GUID that is the same in every run, for things that the state file gives no id."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(parts)))


def vm_reference(root: str, moref: str, platform: str = "VMware") -> str:
    """root: name or id of the hierarchy root."""
    identity = root if len(root) == 36 and root.count("-") == 4 else stable_id("root", root)
    return f"urn:{platform}:Vm:{identity}.{moref}"
