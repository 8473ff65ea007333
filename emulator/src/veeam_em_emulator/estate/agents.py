# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Computers with an agent, the protection groups that they are in, and the jobs that back them up (em_rest agents,
agents_jobs_id, agents_protectiongroups_id, agents_discoveredcomputers_id; computers also recorded, 12.3 and 13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from . import defaults
from .jobs import Job, JobObject
from .servers import BackupServer

NO_HOST = "00000000-0000-0000-0000-000000000000"
AGENT_PLATFORMS = ("AgentForWindows", "AgentForLinux")
AGENT_STATES = ("NotInstalled", "Installed", "UnsupportedOs", "Failed", "Exclude")
HOST_STATES = ("Online", "Offline")


@dataclass(frozen=True)
class ProtectionGroup:
    """object_id: what its HierarchyObjRef names, which is not its id."""

    id: str
    name: str
    server: BackupServer
    object_id: str
    platform: str = "AgentForWindows"
    rescan: bool = True

    @property
    def uid(self) -> str:
        return f"urn:veeam:AgentProtectionGroup:{self.id}"

    @property
    def reference(self) -> str:
        return f"urn:{self.platform}:AgentProtectionGroup:{NO_HOST}.{self.object_id}"


@dataclass(frozen=True)
class DiscoveredComputer:
    """A computer of one protection group, or of several."""

    id: str
    name: str
    server: BackupServer
    groups: tuple[ProtectionGroup, ...]
    host_status: str = "Online"
    agent_version: str | None = "13.0.1.203"
    agent_status: str = "Installed"
    os_version: str = "Microsoft Windows Server 2022 (21H2, 64-bit)"
    ip_address: str = "192.0.2.10"

    @property
    def uid(self) -> str:
        return f"urn:veeam:DiscoveredComputer:{self.id}"

    @property
    def platform(self) -> str:
        return self.groups[0].platform

    @property
    def reference(self) -> str:
        return f"urn:{self.platform}:VeeamAgent:{NO_HOST}.{self.id}"

    @property
    def works(self) -> bool:
        """Whether a job could back it up."""
        return self.agent_status == "Installed" and self.host_status == "Online"


@dataclass(eq=False)
class AgentJob(Job):
    """A backup job of computers with an agent. objects: protection groups and single computers, by name.

    policy: the agents run it, and the backup server hands it to them; nothing in the REST API tells which it is.
    """

    kind: ClassVar[str] = "agent"
    type_name: ClassVar[str] = "AgentBackupJob"
    collection: ClassVar[str] = "/agents/jobs"

    job_type: str = "AgentBackup"
    platform: str = "AgentForWindows"
    guest: Mapping[str, Any] = field(default_factory=lambda: defaults.GUEST_OF_AGENT_JOB)
    policy: bool = False


def computers_of(job: Job, known: Iterable[DiscoveredComputer]) -> list[DiscoveredComputer]:
    """Those that a run of an agent job works on, each once, in the order of the job's objects."""
    named = [computer for computer in known if computer.server.id == job.server.id]
    found: dict[str, DiscoveredComputer] = {}
    for item in job.objects:
        for computer in named:
            if item.name == computer.name or any(item.name == group.name for group in computer.groups):
                found.setdefault(computer.id, computer)
    return list(found.values())


def machines_of(computers: Iterable[DiscoveredComputer]) -> tuple[JobObject, ...]:
    """Computers as a run works on them."""
    return tuple(JobObject(computer.id, computer.name, computer.reference) for computer in computers)
