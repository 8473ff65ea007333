# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of jobs: what begins, goes on and ends them.

A run lasts a number of seconds on the emulator's clock, or a number of reads: every request that reads the session, or
a list of sessions that it is in, counts as one. It works on its machines one after the other.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from .errors import not_known
from .links import Link
from .run_plans import RESULTS, RunPlan
from .run_sessions import (
    STOPPED,
    TASK_IDS,
    JobSession,
    Outcome,
    ReplicaJobSession,
    ReplicaTaskSession,
    TaskSession,
    derived,
    utc_text,
)

if TYPE_CHECKING:
    from .state import Job, JobObject, State

# `GET /backupSessions` returns the sessions of that time (get_backupsessions)
LISTED = timedelta(days=30)


@dataclass
class _Start:
    """A run that begins later by itself."""

    due: datetime
    job_id: str
    plan: RunPlan | None
    machines: tuple[JobObject, ...]
    retry: bool
    scheduled: bool


@dataclass
class _Hidden:
    """A session that EM does not show yet."""

    session: JobSession
    lookups: int | None = None
    until: datetime | None = None


class _Machines:
    """Task sessions by id, see ``by_id``."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    def get(self, identity: str) -> TaskSession | None:
        return self._runs.task_session(identity)


class Runs:
    """All sessions of jobs, and what the next runs will be.

    utc: the clock. new_id: a GUID. when_over: called with each session that has ended, and the time.
    """

    def __init__(
        self,
        state: State,
        switches: Mapping[str, Any],
        utc: Callable[[], datetime],
        new_id: Callable[[], str],
        product: str,
    ) -> None:
        self.state = state
        self.switches = switches
        self.utc = utc
        self.new_id = new_id
        self.product = product
        self.sessions: dict[str, JobSession] = {}
        self.next_plans: dict[str, list[RunPlan]] = {
            job.id: list(job.next_runs) for job in state.jobs.values() if job.next_runs
        }
        self.when_over: list[Callable[[JobSession], None]] = []
        self._listed: dict[type, list[JobSession]] = {JobSession: [], ReplicaJobSession: []}
        self._by_job: dict[str, list[JobSession]] = {}
        self._live: list[JobSession] = []
        self._moving: list[JobSession] = []
        self._hidden: list[_Hidden] = []
        self._starts: list[_Start] = []
        self._most_machines = 1
        self.machines = _Machines(self)

    def precise_names(self) -> bool:
        choice = self.switches["session_name"]
        return bool(choice == "microseconds" or choice == "auto" and self.product == "13")

    # Reading

    def shown_at(self) -> datetime:
        """The time whose states EM shows."""
        return self.utc() - timedelta(seconds=self.switches["session_lag"])

    def show(self) -> None:
        """Bring what EM shows up to date."""
        at = self.shown_at()
        self._reveal(at)
        self._show_states(at)

    def _reveal(self, at: datetime) -> None:
        for entry in list(self._hidden):
            if (entry.until is None or at >= entry.until) and not entry.lookups and at >= entry.session.created:
                self._hidden.remove(entry)
                self._list(entry.session)

    def _show_states(self, at: datetime) -> None:
        for session in list(self._moving):
            session.show(at)
            if session.state == STOPPED:
                self._moving.remove(session)

    def look(self, wanted: Callable[[JobSession], bool]) -> None:
        """A client is about to read these sessions: it counts as one of the reads that runs last."""
        self._reveal(self.shown_at())
        for entry in self._hidden:
            if entry.lookups:
                entry.lookups -= 1
        for session in list(self._live):
            if session.visible and wanted(session):
                session.read += 1
                if session.due_reads is not None and session.read > session.due_reads:
                    self._end(session, self.utc())
        self._show_states(self.shown_at())

    def listed(self, kind: type) -> list[JobSession]:
        """Backup or replica sessions in the order of their creation. Not to be changed."""
        return self._listed[kind]

    def of_job(self, job_id: str) -> list[JobSession]:
        return self._by_job.get(job_id, [])

    def since(self, sessions: list[JobSession], text: str) -> list[JobSession]:
        """Those that were created at or after a time (as ``created_text``)."""
        return sessions[bisect_left(sessions, text, key=lambda session: session.created_text.rstrip("Z")) :]

    def recent(self, sessions: list[JobSession]) -> list[JobSession]:
        """Of the last 30 days."""
        return self.since(sessions, utc_text(self.utc() - LISTED).rstrip("Z"))

    def running(self, job_id: str) -> list[JobSession]:
        return [session for session in self._live if session.job_id == job_id]

    def live(self) -> list[JobSession]:
        return list(self._live)

    def last(self, job_id: str) -> JobSession | None:
        found = self._by_job.get(job_id)
        return found[-1] if found else None

    def related(self, session: JobSession) -> tuple[Link, ...]:
        """Links to the restore points that it has made."""
        return ()

    def related_of_machine(self, item: TaskSession) -> tuple[Link, ...]:
        return ()

    def task_sessions(self, session: JobSession) -> list[TaskSession]:
        kind = ReplicaTaskSession if session.replica else TaskSession
        return [kind(session, number) for number in range(len(session.machines))]

    def get(self, identity: str) -> JobSession | None:
        """The session of that id, as EM shows it."""
        session = self.sessions.get(identity)
        return session if session is not None and session.visible else None

    def task_session(self, identity: str) -> TaskSession | None:
        for number in range(self._most_machines):
            session = self.sessions.get(derived(identity, TASK_IDS, number))
            if session is not None and session.visible and number < len(session.machines):
                return self.task_sessions(session)[number]
        return None

    # Running

    def plan_next(self, job_id: str, plans: Iterable[RunPlan]) -> None:
        """What the next runs of a job will be, one after the other."""
        self.next_plans.setdefault(job_id, []).extend(plans)

    def _plan(self, job: Job) -> RunPlan:
        waiting = self.next_plans.get(job.id)
        return waiting.pop(0) if waiting else job.runs or RunPlan()

    def start(
        self,
        job: Job,
        *,
        retry: bool = False,
        scheduled: bool = False,
        plan: RunPlan | None = None,
        machines: tuple[JobObject, ...] | None = None,
        at: datetime | None = None,
    ) -> JobSession:
        """Begin a run. at: now where not given."""
        session = self._new(
            job.id,
            job.name,
            job,
            plan or self._plan(job),
            job.objects if machines is None else machines,
            created=at or self.utc(),
            is_retry=retry,
            scheduled=scheduled,
        )
        self._begin(session)
        return session

    def busy(self, job: Job) -> bool:
        """Whether a run of it is under way; of a copy job, a run of what it copies."""
        if job.job_type == "ImmediateBackupCopy":
            return any(self.running(worker_id(job.id, linked)) for _unused, linked in job.linked_jobs)
        return bool(self.running(job.id))

    def synchronise(self, job: Job) -> None:
        """A run of a copy job. What an ImmediateBackupCopy does shows in the sessions of hidden jobs, one for each job
        that it copies; its own session goes on, without progress, until the next synchronisation."""
        if job.job_type != "ImmediateBackupCopy":
            self.start(job, machines=self._copied(job))
            return
        now = self.utc()
        for session in self.running(job.id):
            self._end(session, now)
        plan = self._plan(job)
        container = self._new(job.id, job.name, job, replace(RunPlan(), length="never"), ())
        container.final_progress = 0
        self._begin(container)
        for _unused, linked in job.linked_jobs:
            source = self.state.jobs.get(linked)
            if source is None:
                continue
            worker = self._new(worker_id(job.id, linked), f"{job.name}\\{source.name}", job, plan, source.objects)
            worker.job_type = "ImmediateBackupCopyWorker"
            self._begin(worker)

    def _copied(self, job: Job) -> tuple[JobObject, ...]:
        sources = (self.state.jobs.get(linked) for _unused, linked in job.linked_jobs)
        return tuple(machine for source in sources if source is not None for machine in source.objects)

    def _new(
        self, job_id: str, name: str, job: Job, plan: RunPlan, machines: tuple[JobObject, ...], **more: Any
    ) -> JobSession:
        kind = ReplicaJobSession if job.job_type == "Replica" else JobSession
        session = kind(
            book=self, id=self.new_id(), server=job.server, job_id=job_id, job_name=name, job_type=job.job_type,
            machines=machines, plan=plan, **{"created": self.utc(), **more},
        )  # fmt: skip
        self._measure(session, plan.length or self.switches["run_length"])
        return session

    def _measure(self, session: JobSession, length: str) -> None:
        if length == "never":
            session.seconds = math.inf
        elif length.endswith("s"):
            session.seconds = float(length[:-1])
        else:
            session.reads = session.due_reads = int(length)

    def _begin(self, session: JobSession) -> None:
        self.sessions[session.id] = session
        self._most_machines = max(self._most_machines, len(session.machines))
        self._live.append(session)
        if session.seconds is not None and session.seconds != math.inf:
            session.due = session.created + timedelta(seconds=session.seconds)
        if session.reads == 0 or session.seconds == 0:
            self._end(session, session.created)
        delay = self.switches["show_session_after"]
        if delay == "0" and not self.switches["session_lag"]:
            self._list(session)
            session.show(self.shown_at())
            return
        session.visible = False
        if delay.endswith("s"):
            self._hidden.append(_Hidden(session, until=session.created + timedelta(seconds=float(delay[:-1]))))
        else:
            self._hidden.append(_Hidden(session, lookups=int(delay)))

    def _list(self, session: JobSession) -> None:
        session.visible = True
        for sessions in (self._listed[type(session)], self._by_job.setdefault(session.job_id, [])):
            insort(sessions, session, key=lambda item: item.created)
        self._moving.append(session)

    def tick(self) -> None:
        """Everything that is due by now, in its order."""
        now = self.utc()
        while True:
            ending = min((s for s in self._live if s.due is not None), key=lambda s: s.due, default=None)  # type: ignore[arg-type,return-value]
            starting = min(self._starts, key=lambda start: start.due, default=None)
            first_end = ending.due if ending is not None else None
            if starting is not None and starting.due <= now and (first_end is None or starting.due < first_end):
                self._starts.remove(starting)
                self._start_later(starting)
            elif ending is not None and first_end is not None and first_end <= now:
                self._end(ending, first_end)
            else:
                return

    def _start_later(self, start: _Start) -> None:
        job = self.state.jobs.get(start.job_id)
        if job is None or self.running(job.id):
            return
        self.start(
            job, retry=start.retry, scheduled=start.scheduled, plan=start.plan, machines=start.machines, at=start.due
        )

    def stop(self, session: JobSession) -> None:
        """Begin to stop it: at once, or after the machine that it works on."""
        if session.over or session.stopping is not None:
            return
        now = self.utc()
        session.stopping = now
        count = max(1, len(session.machines))
        share = session.fraction(now)
        if self.switches["stop_kind"] == "after_machine":
            session.cut = min(1.0, (math.floor(share * count) + 1) / count)
            if session.seconds is not None and session.seconds != math.inf:
                session.due = session.moment(session.cut, now)
            elif session.reads is not None:
                session.due_reads = max(session.read, math.ceil(session.cut * session.reads))
            else:
                session.due = now
            return
        session.cut = share
        delay = self.switches["stop_length"]
        if delay.endswith("s"):
            session.due = now + timedelta(seconds=float(delay[:-1]))
        else:
            session.due, session.due_reads = None, session.read + int(delay)
            if session.due_reads == session.read:
                self._end(session, now)

    def _end(self, session: JobSession, when: datetime) -> None:
        self._live.remove(session)
        session.ended = max(when, session.created)
        session.due = None
        session.outcomes = tuple(_outcomes(session))
        if session.stopping is not None:
            session.final_result = self.switches["stopped_result"]
        else:
            session.final_result = session.plan.result or _worst(outcome.result for outcome in session.outcomes)
        for call in self.when_over:
            call(session)
        self._plan_retry(session)

    def _plan_retry(self, session: JobSession) -> None:
        job = self.state.jobs.get(session.job_id)
        if job is None or session.final_result != "Failed" or session.stopping is not None:
            return
        if not session.plan.retries:
            return
        first, *rest = session.plan.retries
        pause = session.plan.retry_after
        assert session.ended is not None
        self._starts.append(
            _Start(
                due=session.ended + timedelta(seconds=retry_pause(job) if pause is None else pause),
                job_id=job.id,
                plan=replace(first, retries=(*first.retries, *rest), retry_after=pause),
                machines=self.failed_machines(session),
                retry=True,
                scheduled=session.scheduled,
            )
        )

    def failed_machines(self, session: JobSession) -> tuple[JobObject, ...]:
        """What a retry works on."""
        failed = tuple(
            machine
            for machine, outcome in zip(session.machines, session.outcomes, strict=True)
            if outcome.result == "Failed"
        )
        return failed or session.machines


def worker_id(job_id: str, linked: str) -> str:
    """Of the hidden job that copies one job for a copy job."""
    return str(uuid5(UUID(job_id), linked))


def retry_pause(job: Job) -> float:
    """Seconds, from the options of its schedule."""
    options = job.schedule.get("Standart", {}).get("RetryOptions", {})
    return 60.0 * float(options.get("RetryTimeout") or 0)


def _worst(results: Iterable[str]) -> str:
    return max(results, key=RESULTS.index, default="Success")


def _outcomes(session: JobSession) -> Iterable[Outcome]:
    count = len(session.machines)
    cut = 1.0 if session.cut is None else session.cut
    for number, machine in enumerate(session.machines):
        until = (number + 1) / count
        if until <= cut + 1e-9:
            plan = session.plan.machine(machine.name)
            yield Outcome(plan.result, plan.reason, plan.size, until)
        else:
            yield Outcome("Failed", not_known("the run was stopped"), 0, cut)
