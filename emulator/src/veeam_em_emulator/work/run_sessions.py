# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of a job, and what EM shows of it (em_rest backupsessions_id, replicasessions_id, backuptasksessions_id)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..estate.ids import derived
from ..estate.jobs import JobObject
from ..estate.run_plans import RunPlan
from ..estate.servers import BackupServer
from ..wire.times import stamp, utc_text
from .view import View

STARTING, WORKING, STOPPING, STOPPED = "Starting", "Working", "Stopping", "Stopped"
SESSION_STATES = (STARTING, STOPPING, WORKING, "Pausing", "Resuming", STOPPED)
MACHINE_STATES = ("InProgress", "Pending", "Completed")
SESSION_TYPES = (
    "Backup", "BackupCopy", "ImmediateBackupCopy", "ImmediateBackupCopyWorker", "AgentBackup", "AgentManagement",
    "NasBackup", "Replica",
)  # fmt: skip
TASK_IDS = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one machine. until: share of the run after which it was done."""

    result: str
    reason: str
    size: int
    until: float


@dataclass(eq=False, slots=True)
class JobSession:
    """One run. Its length is in seconds or in reads, the other one is None.

    for_job: id of the copy job that a hidden job works for. state, result, progress: as EM shows them, see
    ``update_view``. ended: when it really was over. cache: its written representations.
    """

    view: View
    id: str
    server: BackupServer
    job_id: str
    job_name: str
    job_type: str
    created: datetime
    machines: tuple[JobObject, ...] = ()
    plan: RunPlan = field(default_factory=RunPlan)
    length_in_seconds: float | None = None
    length_in_reads: int | None = None
    for_job: str = ""
    is_retry: bool = False
    scheduled: bool = False
    attempt: int = 0
    stopping: datetime | None = None
    cut: float | None = None
    ends_at: datetime | None = None
    ends_after_reads: int | None = None
    ended: datetime | None = None
    outcomes: tuple[Outcome, ...] = ()
    final_result: str = "None"
    final_progress: int = 100
    state: str = STARTING
    result: str = "None"
    progress: int = 0
    times_read: int = 0
    visible: bool = True
    created_text: str = ""
    cache: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.created_text = utc_text(self.created)

    @property
    def replica(self) -> bool:
        return self.job_type == "Replica"

    @property
    def kind(self) -> str:
        return "ReplicaJobSession" if self.replica else "BackupJobSession"

    @property
    def collection(self) -> str:
        return "replicaSessions" if self.replica else "backupSessions"

    @property
    def uid(self) -> str:
        return f"urn:veeam:{self.kind}:{self.id}"

    @property
    def job_uid(self) -> str:
        return f"urn:veeam:Job:{self.job_id}"

    @property
    def name(self) -> str:
        return f"{self.job_name}@{stamp(self.created, self.view.precise_names)}"

    @property
    def end_text(self) -> str:
        return utc_text(self.ended) if self.state == STOPPED and self.ended is not None else ""

    @property
    def failure_message(self) -> str | None:
        if self.result != "Failed" or not self.view.failure_message:
            return None
        return next((outcome.reason for outcome in self.outcomes if outcome.result == "Failed"), None)

    @property
    def duration(self) -> int:
        """Whole seconds from its begin to its end."""
        return int((self.ended - self.created).total_seconds()) if self.ended is not None else 0

    @property
    def over(self) -> bool:
        return self.ended is not None

    def fraction(self, at: datetime) -> float:
        """Share of its length that it has worked."""
        if self.length_in_seconds is not None:
            passed = (at - self.created).total_seconds()
            share = 1.0 if passed >= self.length_in_seconds else max(0.0, passed / self.length_in_seconds)
        else:
            share = min(1.0, max(0, self.times_read - 1) / self.length_in_reads) if self.length_in_reads else 1.0
        return share if self.cut is None else min(share, self.cut)

    def moment(self, share: float, at: datetime) -> datetime:
        """When that share of it had passed."""
        if self.length_in_seconds is not None:
            return self.created + timedelta(seconds=self.length_in_seconds * share) if share else self.created
        end = self.ended or at
        return self.created + (end - self.created) * share

    def starting(self, at: datetime) -> bool:
        if self.length_in_seconds is not None:
            return (at - self.created).total_seconds() < min(5.0, self.length_in_seconds / 10)
        return self.times_read <= 1

    def update_view(self, at: datetime) -> None:
        """What EM shows of it: its state at a time."""
        if self.ended is not None and at >= self.ended:
            seen = (STOPPED, self.final_result, self.final_progress)
        else:
            progress = self.final_progress if self.final_progress == 0 else min(99, int(100 * self.fraction(at)))
            if self.stopping is not None and at >= self.stopping:
                seen = (STOPPING, "None", progress)
            else:
                seen = (STARTING if self.starting(at) else WORKING, "None", progress)
        if seen != (self.state, self.result, self.progress):
            self.state, self.result, self.progress = seen
            self.cache = {}


class ReplicaJobSession(JobSession):
    """The same, of a replication job."""

    __slots__ = ()


@dataclass(eq=False, slots=True)
class TaskSession:
    """A machine in a run, as EM shows it."""

    session: JobSession
    number: int

    @property
    def id(self) -> str:
        return derived(self.session.id, TASK_IDS, self.number)

    @property
    def kind(self) -> str:
        return "ReplicaTaskSession" if self.session.replica else "BackupTaskSession"

    @property
    def uid(self) -> str:
        return f"urn:veeam:{self.kind}:{self.id}"

    @property
    def server(self) -> BackupServer:
        return self.session.server

    @property
    def machine(self) -> JobObject:
        return self.session.machines[self.number]

    @property
    def created(self) -> datetime:
        return self.session.created

    @property
    def created_text(self) -> str:
        return self.session.created_text

    @property
    def name(self) -> str:
        return f"{self.machine.name}@{stamp(self.created, self.session.view.precise_names)}"

    @property
    def _share(self) -> tuple[float, float]:
        count = len(self.session.machines)
        return self.number / count, (self.number + 1) / count

    @property
    def outcome(self) -> Outcome | None:
        """None while it is not done."""
        session = self.session
        if session.state == STOPPED:
            return session.outcomes[self.number]
        begin, end = self._share
        if session.state == STARTING or session.fraction(session.view.time()) < end:
            return None
        plan = session.plan.machine(self.machine.name)
        return Outcome(plan.result, plan.reason, plan.size, end)

    @property
    def state(self) -> str:
        if self.outcome is not None:
            return "Completed"
        session = self.session
        begun = session.state != STARTING and session.fraction(session.view.time()) >= self._share[0]
        return "InProgress" if begun else "Pending"

    @property
    def result(self) -> str:
        outcome = self.outcome
        return outcome.result if outcome else "None"

    @property
    def reason(self) -> str:
        outcome = self.outcome
        return outcome.reason if outcome else ""

    @property
    def size(self) -> int:
        outcome = self.outcome
        return outcome.size if outcome and outcome.result != "Failed" else 0

    @property
    def end_text(self) -> str:
        outcome = self.outcome
        if outcome is None:
            return ""
        session = self.session
        return utc_text(session.moment(outcome.until, session.view.time()))


class ReplicaTaskSession(TaskSession):
    """The same, of a replication job."""

    __slots__ = ()
