# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs and the machines in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from . import defaults
from .run_plans import RunPlan
from .servers import BackupServer, Repository

JOB_TYPES = ("Backup", "Replica", "BackupCopy", "ImmediateBackupCopy")
PLATFORMS = ("VMware", "HyperV", "vCloud", "CustomPlatform")


@dataclass(frozen=True)
class JobObject:
    """A virtual machine or container in a job."""

    id: str
    name: str
    reference: str
    guest: Mapping[str, Any] = field(default_factory=lambda: defaults.GUEST_OF_OBJECT)
    holder: JobObject | None = None  # of a machine that a run works on: the container that is in the job


@dataclass(eq=False)
class Job:
    """One job on a backup server. ``cache`` keeps its written representations; ``changed`` drops them.

    kind: ``job``, ``agent``, ``nas`` or ``cdp``; EM shows each kind below a path of its own.
    """

    kind: ClassVar[str] = "job"
    type_name: ClassVar[str] = "Job"
    collection: ClassVar[str] = "/jobs"

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
    replica_host: str | None = None  # id of the root where its replicas stand; None: one that EM does not know
    objects: tuple[JobObject, ...] = ()
    linked_jobs: tuple[tuple[str, str], ...] = ()  # (ObjectInJobId, id of the job)
    linked_repositories: tuple[tuple[str, str], ...] = ()  # (ObjectInJobId, id of the repository)
    linked_backups: tuple[tuple[str, str], ...] = ()  # (ObjectInJobId, id of the backup)
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
        return f"urn:veeam:{self.type_name}:{self.id}"

    @property
    def path(self) -> str:
        return f"{self.collection}/{self.id}"

    def changed(self) -> None:
        self.cache = {}

    def copy(self, **changes: Any) -> Job:
        """A job with the same settings; shares the representations only when nothing is changed."""
        return replace(self, cache={} if changes else self.cache, **changes)
