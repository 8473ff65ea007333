# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of a job, and what EM shows of it (em_rest backupsessions_id, replicasessions_id, backuptasksessions_id)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..estate.run_plans import RunPlan

if TYPE_CHECKING:
    from ..estate.state import BackupServer, JobObject
    from .runs import Runs

STARTING, WORKING, STOPPING, STOPPED = "Starting", "Working", "Stopping", "Stopped"
SESSION_STATES = (STARTING, STOPPING, WORKING, "Pausing", "Resuming", STOPPED)
MACHINE_STATES = ("InProgress", "Pending", "Completed")
SESSION_TYPES = (
    "Backup", "BackupCopy", "ImmediateBackupCopy", "ImmediateBackupCopyWorker", "AgentBackup", "AgentManagement",
    "NasBackup", "Replica",
)  # fmt: skip
TASK_IDS = 1


def stamp(moment: datetime, precise: bool = True) -> str:
    """``2026-01-05 10:05:00.659559`` without trailing zeros, or in whole seconds."""
    text = moment.isoformat(" ")[:19]
    if precise and moment.microsecond:
        text += f".{moment.microsecond:06d}".rstrip("0")
    return text


def utc_text(moment: datetime) -> str:
    return stamp(moment).replace(" ", "T") + "Z"


def derived(identity: str, purpose: int, number: int) -> str:
    """A GUID made from another one. Making it again from the result, with the same numbers, gives the first one."""
    mask = (purpose * 65536 + number + 1) * 0x9E3779B97F4B % (1 << 48)
    digits = f"{int(identity.replace('-', ''), 16) ^ mask:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one machine. until: share of the run after which it was done."""

    result: str
    reason: str
    size: int
    until: float


@dataclass(eq=False, slots=True)
class JobSession:
    """One run. seconds or reads: its length, the other one is None.

    for_job: id of the copy job that a hidden job works for. state, result, progress: as EM shows them, see
    ``Runs.show``. ended: when it really was over. cache: its written representations.
    """

    book: Runs
    id: str
    server: BackupServer
    job_id: str
    job_name: str
    job_type: str
    created: datetime
    machines: tuple[JobObject, ...] = ()
    plan: RunPlan = field(default_factory=RunPlan)
    seconds: float | None = None
    reads: int | None = None
    for_job: str = ""
    is_retry: bool = False
    scheduled: bool = False
    attempt: int = 0
    stopping: datetime | None = None
    cut: float | None = None
    due: datetime | None = None
    due_reads: int | None = None
    ended: datetime | None = None
    outcomes: tuple[Outcome, ...] = ()
    final_result: str = "None"
    final_progress: int = 100
    state: str = STARTING
    result: str = "None"
    progress: int = 0
    read: int = 0
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
        return f"{self.job_name}@{stamp(self.created, self.book.precise_names())}"

    @property
    def end_text(self) -> str:
        return utc_text(self.ended) if self.state == STOPPED and self.ended is not None else ""

    @property
    def failure_message(self) -> str | None:
        if self.result != "Failed" or self.book.switches["failure_message"] == "null":
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
        if self.seconds is not None:
            passed = (at - self.created).total_seconds()
            share = 1.0 if passed >= self.seconds else max(0.0, passed / self.seconds)
        else:
            share = min(1.0, max(0, self.read - 1) / self.reads) if self.reads else 1.0
        return share if self.cut is None else min(share, self.cut)

    def moment(self, share: float, at: datetime) -> datetime:
        """When that share of it had passed."""
        if self.seconds is not None:
            return self.created + timedelta(seconds=self.seconds * share) if share else self.created
        end = self.ended or at
        return self.created + (end - self.created) * share

    def starting(self, at: datetime) -> bool:
        if self.seconds is not None:
            return (at - self.created).total_seconds() < min(5.0, self.seconds / 10)
        return self.read <= 1

    def show(self, at: datetime) -> None:
        """What EM shows of it: its state at a time."""
        if self.ended is not None and at >= self.ended:
            shown = (STOPPED, self.final_result, self.final_progress)
        else:
            progress = self.final_progress if self.final_progress == 0 else min(99, int(100 * self.fraction(at)))
            if self.stopping is not None and at >= self.stopping:
                shown = (STOPPING, "None", progress)
            else:
                shown = (STARTING if self.starting(at) else WORKING, "None", progress)
        if shown != (self.state, self.result, self.progress):
            self.state, self.result, self.progress = shown
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
        return f"{self.machine.name}@{stamp(self.created, self.session.book.precise_names())}"

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
        if session.state == STARTING or session.fraction(session.book.shown_at()) < end:
            return None
        plan = session.plan.machine(self.machine.name)
        return Outcome(plan.result, plan.reason, plan.size, end)

    @property
    def state(self) -> str:
        if self.outcome is not None:
            return "Completed"
        session = self.session
        begun = session.state != STARTING and session.fraction(session.book.shown_at()) >= self._share[0]
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
        return utc_text(session.moment(outcome.until, session.book.shown_at()))


class ReplicaTaskSession(TaskSession):
    """The same, of a replication job."""

    __slots__ = ()
