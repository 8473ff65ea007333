# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EM knows: backup servers, repositories, jobs, inventory, accounts; kept in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .accounts import Account
from .agents import DiscoveredComputer, ProtectionGroup
from .failover_plans import FailoverPlan
from .file_shares import FileServer
from .ids import stable_id
from .imports import ImportedPoint
from .infrastructure import Credentials, EncryptionPassword, ExternalRepository, ManagedServer, WanAccelerator
from .jobs import Job
from .past_runs import PastRuns
from .servers import BackupServer, HierarchyRoot, Repository
from .system_sessions import PastSession


class StateError(ValueError):
    """The state file does not say what it should; the message names the place."""


def not_one(fitting: Sequence[Job], named: str, server: str | None) -> str:
    """The sentence on a name that leads to no job, or to several. server: the one that was given with it."""
    return f"{len(fitting) or 'no'} jobs fit {named!r}" + (": give backup_server" if fitting and not server else "")


class State:
    """Jobs are found by id and by name through dictionaries; a list keeps their order.

    other_servers: backup servers that EM does not know (any more), with all that is on them.
    """

    def __init__(self) -> None:
        self.servers: dict[str, BackupServer] = {}
        self.other_servers: dict[str, BackupServer] = {}
        self.repositories: dict[str, Repository] = {}
        self.roots: dict[str, HierarchyRoot] = {}
        self.credentials: dict[str, Credentials] = {}
        self.passwords: dict[str, EncryptionPassword] = {}
        self.external_repositories: dict[str, ExternalRepository] = {}
        self.wan_accelerators: dict[str, WanAccelerator] = {}
        self.groups: dict[str, ProtectionGroup] = {}
        self.computers: dict[str, DiscoveredComputer] = {}
        self.file_servers: dict[str, FileServer] = {}
        self.failover_plans: dict[str, FailoverPlan] = {}
        self.jobs: dict[str, Job] = {}
        self.accounts: list[Account] = []
        self.past_runs: list[PastRuns] = []
        self.past_system_sessions: list[PastSession] = []
        self.imported: list[ImportedPoint] = []
        self._by_name: dict[str, list[Job]] = {}
        self._references: dict[str, dict[str, str]] = {}

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

    def reference_named(self, root: HierarchyRoot, name: str) -> str | None:
        """Of the first object of that name that a root had at the start."""
        known = self._references.get(root.id)
        if known is None:
            known = self._references[root.id] = {item.name: item.reference for item in reversed(root.objects)}
        return known.get(name)

    def server_named(self, name: str) -> BackupServer | None:
        """Whether EM knows it or not."""
        every = (*self.servers.values(), *self.other_servers.values())
        return next((server for server in every if server.name == name), None)

    def knows(self, item: Any) -> bool:
        """Whether EM knows the backup server of something."""
        if not self.other_servers:
            return True
        server = item if isinstance(item, BackupServer) else getattr(item, "server", None)
        return server is None or server.id in self.servers

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

    def change_account(self, account: Account, **changes: Any) -> None:
        """Open sessions of it go on as they are."""
        number = next(number for number, item in enumerate(self.accounts) if item.id == account.id)
        self.accounts[number] = replace(account, **changes)

    def copy(self) -> State:
        """Independent of this state, cheap: only jobs change, and their settings are replaced, never altered."""
        other = State()
        for server in (*self.servers.values(), *self.other_servers.values()):
            server.restore()
        other.other_servers = dict(self.other_servers)
        other.external_repositories = dict(self.external_repositories)
        other.wan_accelerators = dict(self.wan_accelerators)
        other.servers, other.repositories, other.roots = dict(self.servers), dict(self.repositories), dict(self.roots)
        other.credentials, other.computers = dict(self.credentials), dict(self.computers)
        other.passwords = dict(self.passwords)
        other.groups, other.file_servers = dict(self.groups), dict(self.file_servers)
        other.failover_plans = dict(self.failover_plans)
        other.accounts, other.past_runs = list(self.accounts), list(self.past_runs)
        other.imported = list(self.imported)
        other.past_system_sessions = list(self.past_system_sessions)
        for job in self.jobs.values():
            other.add_job(job.copy())
        return other
