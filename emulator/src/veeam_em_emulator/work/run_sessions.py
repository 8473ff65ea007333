# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of a job, and what EM shows of it (em_rest backupsessions_id, replicasessions_id, backuptasksessions_id)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from ..estate.ids import derived, derived_as
from ..estate.jobs import JOB_TYPES, JobObject
from ..estate.machines import SCHEDULE, Cause
from ..estate.run_plans import RunPlan
from ..estate.servers import BackupServer
from .lasting import STARTING, STOPPED, STOPPING, WORKING, Lasting
from .view import View


class Share(NamedTuple):
    """A part of a run, from 0.0 for its begin to 1.0 for its end."""

    begin: float
    end: float


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


@dataclass(eq=False, slots=True, kw_only=True)
class JobSession(Lasting):
    """One run.

    for_job: id of the copy job that a hidden job works for. quick: a quick backup. mark: the last change of a machine
    before it began. cause: who has started it.
    """

    view: View
    id: str
    server: BackupServer
    job_id: str
    job_name: str
    job_type: str
    machines: tuple[JobObject, ...] = ()
    plan: RunPlan = field(default_factory=RunPlan)
    for_job: str = ""
    is_retry: bool = False
    scheduled: bool = False
    quick: bool = False
    attempt: int = 0
    mark: int = 0
    cause: Cause = SCHEDULE
    outcomes: tuple[Outcome, ...] = ()
    created_text: str = ""

    def __post_init__(self) -> None:
        self.created_text = self._text(self.created)

    @property
    def replica(self) -> bool:
        return self.job_type == "Replica"

    @property
    def of_machines(self) -> bool:
        """Whether it is about virtual machines."""
        return self.job_type in (*JOB_TYPES, "ImmediateBackupCopyWorker")

    @property
    def of_agents(self) -> bool:
        """Whether it is a run of an agent job."""
        return self.job_type == "AgentBackup"

    @property
    def computers(self) -> tuple[JobSession, ...]:
        """Sessions that are part of this one."""
        return ()

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
        agent = self.job_type in ("AgentBackup", "AgentManagement")
        kind = self.view.switches["agent_session_job_uid"] if agent else "Job"
        return f"urn:veeam:{kind}:{self.job_id}"

    @property
    def job_path(self) -> str:
        """As its link prints it; that of a file share job leads nowhere."""
        below = "/agents" if self.job_type in ("AgentBackup", "AgentManagement") else ""
        return f"{below}/jobs/{self.job_id}"

    @property
    def name(self) -> str:
        return f"{self.job_name}@{self.view.stamp(self.created)}"

    @property
    def end_text(self) -> str:
        return self._text(self.ended) if self.state == STOPPED and self.ended is not None else ""

    def _text(self, moment: datetime) -> str:
        """By the clock of the backup server."""
        return self.view.text(moment + timedelta(seconds=self.server.clock_ahead))

    @property
    def failure_message(self) -> str | None:
        if self.result != "Failed" or not self.view.failure_message:
            return None
        return next((outcome.reason for outcome in self.outcomes if outcome.result == "Failed"), None)

    def share_of(self, number: int) -> Share:
        """When it works on one of its machines."""
        count = len(self.machines)
        return Share(number / count, (number + 1) / count)

    @property
    def duration(self) -> int:
        """Whole seconds from its begin to its end."""
        return int((self.ended - self.created).total_seconds()) if self.ended is not None else 0


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
        return f"{self.machine.name}@{self.session.view.stamp(self.created)}"

    @property
    def outcome(self) -> Outcome | None:
        """None while it is not done."""
        session = self.session
        if session.state == STOPPED:
            return session.outcomes[self.number]
        end = session.share_of(self.number).end
        if session.state == STARTING or session.fraction(session.view.time()) < end:
            return None
        plan = session.plan.machine(self.machine.name)
        return Outcome(plan.result, plan.reason, plan.size, end)

    @property
    def state(self) -> str:
        if self.outcome is not None:
            return "Completed"
        session = self.session
        begin = session.share_of(self.number).begin
        begun = session.state != STARTING and session.fraction(session.view.time()) >= begin
        return "InProgress" if begun else "Pending"

    @property
    def result(self) -> str:
        outcome = self.outcome
        if outcome is not None:
            return outcome.result
        return str(self.session.view.switches["running_task_result"]) if self.state == "InProgress" else "None"

    @property
    def reason(self) -> str:
        outcome = self.outcome
        return outcome.reason if outcome else ""

    @property
    def size(self) -> int:
        outcome = self.outcome
        if outcome is None and self.state == "InProgress":
            return self.session.plan.machine(self.machine.name).size
        return outcome.size if outcome and outcome.result != "Failed" else 0

    @property
    def end_text(self) -> str:
        outcome = self.outcome
        if outcome is None:
            return ""
        session = self.session
        return session.view.text(session.moment(outcome.until, session.view.time()))


class ReplicaTaskSession(TaskSession):
    """The same, of a replication job."""

    __slots__ = ()


class SessionIndex:
    """Finds the session from which an id was derived: all of its ids begin alike."""

    def __init__(self) -> None:
        self._sessions: dict[str, list[JobSession]] = {}

    def add(self, session: JobSession) -> None:
        self._sessions.setdefault(session.id[:24], []).append(session)

    def find(self, identity: str, purpose: int) -> Iterator[tuple[JobSession, int]]:
        """With the number with which it was derived."""
        for session in self._sessions.get(identity[:24], ()):
            kind, number = derived_as(identity, session.id)
            if kind == purpose and number >= 0:
                yield session, number
