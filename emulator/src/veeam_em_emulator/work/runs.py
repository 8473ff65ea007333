# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of jobs: what begins, goes on and ends them.

A run lasts a number of seconds on the emulator's clock, or a number of reads: every request that reads the session, or
a list of sessions that it is in, counts as one. It works on its machines one after the other.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from ..estate.run_plans import RESULTS, Later, RunPlan
from ..wire.errors import not_known
from .backups import Backups
from .run_sessions import JobSession, Outcome, ReplicaJobSession
from .scheduler import Scheduler
from .shown_sessions import ShownSessions

if TYPE_CHECKING:
    from ..estate.state import Job, JobObject, State


class Runs:
    """All runs, and what the next ones will be.

    utc: the clock. new_id: a GUID. began: the time of the start. shown: their sessions, as EM shows them. backups: what
    they leave.
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
        self.shown = ShownSessions()
        self.backups = Backups(state)
        self.next_plans: dict[str, list[RunPlan]] = {
            job.id: list(job.next_runs) for job in state.jobs.values() if job.next_runs
        }
        self._live: dict[str, JobSession] = {}
        self._running: dict[str, list[JobSession]] = {}
        # both with a number that keeps the order of what is due at the same time
        self._ends: list[tuple[datetime, int, JobSession]] = []
        self._starts: list[tuple[datetime, int, Later]] = []
        self._numbers = itertools.count()
        self.began = utc()
        self._scheduler = Scheduler(state, switches, self.began, self._start_later)
        self._past_known = not state.past_runs
        self._in_past = False
        self._planned: dict[tuple[int, int], tuple[Outcome, ...]] = {}

    def precise_names(self) -> bool:
        choice = self.switches["session_name"]
        return bool(choice == "microseconds" or choice == "auto" and self.product == "13")

    # The past

    def _recall(self) -> None:
        """What has run before the start, when somebody asks for the first time."""
        if self._past_known:
            return
        self._past_known = self._in_past = True
        self.backups.takes_space = False
        for past in self.state.past_runs:
            for later in past.starts(self.began):
                self._start_later(later)
        self._pass_time(self.began)
        self._in_past, self.backups.takes_space = False, True
        self._planned.clear()
        self.tick()

    # Reading

    def shown_at(self) -> datetime:
        """The time whose states EM shows."""
        lag = self.switches["session_lag"]
        return self.utc() - timedelta(seconds=lag) if lag else self.utc()

    def show(self) -> None:
        """Bring what EM shows up to date."""
        self._recall()
        at = self.shown_at()
        self.shown.reveal(at)
        self.shown.show(at)

    def look(self, wanted: Callable[[JobSession], bool]) -> None:
        """A client is about to read these sessions: it counts as one of the reads that runs last."""
        self._recall()
        self.shown.reveal(self.shown_at())
        self.shown.count_look()
        for session in list(self._live.values()):
            if session.visible and wanted(session):
                session.read += 1
                if session.due_reads is not None and session.read > session.due_reads:
                    self._end(session, self.utc())
        self.shown.show(self.shown_at())

    def running(self, job_id: str) -> list[JobSession]:
        self._recall()
        return list(self._running.get(job_id, ()))

    def live(self) -> list[JobSession]:
        self._recall()
        return list(self._live.values())

    def last(self, job_id: str) -> JobSession | None:
        self._recall()
        found = self.shown.of_job(job_id)
        return found[-1] if found else None

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
        plan: RunPlan | None = None,
        machines: tuple[JobObject, ...] | None = None,
        delay: str | None = None,
    ) -> JobSession:
        """Begin a run now. plan, machines: those of the job where not given. delay: as ``show_session_after``."""
        self._recall()
        return self._start(job, Later(self.utc(), job.id, plan, machines, retry), delay)

    def _start(self, job: Job, later: Later, delay: str | None = None) -> JobSession:
        session = self._new(
            job.id, job.name, job, later.plan or self._plan(job),
            self._machines(job) if later.machines is None else later.machines,
            created=later.due, is_retry=later.retry, scheduled=later.scheduled, attempt=later.attempt,
            **({"id": later.identity} if later.identity else {}),
        )  # fmt: skip
        self._begin(session, delay)
        return session

    def busy(self, job: Job) -> bool:
        """Whether a run of it is under way; of a copy job, a run of what it copies."""
        if job.job_type == "ImmediateBackupCopy":
            return any(self.running(worker_id(job.id, linked)) for _unused, linked in job.linked_jobs)
        return bool(self.running(job.id))

    def synchronise(self, job: Job) -> None:
        """A run of a copy job. What an ImmediateBackupCopy does shows in the sessions of hidden jobs, one for each job
        that it copies; its own session goes on, without progress, until the next synchronisation."""
        self._recall()
        if job.job_type != "ImmediateBackupCopy":
            self.start(job)
            return
        now = self.utc()
        for session in self.running(job.id):
            self._end(session, now)
        self._copy(job, Later(now, job.id))

    def _copy(self, job: Job, later: Later) -> None:
        """An ImmediateBackupCopy copies what it has to, or one source alone."""
        plan = later.plan or self._plan(job)
        if not self._running.get(job.id):
            container = self._new(job.id, job.name, job, RunPlan(length="never"), (), created=later.due)
            container.final_progress = 0
            self._begin(container)
        for _unused, linked in job.linked_jobs:
            source, hidden = self.state.jobs.get(linked), worker_id(job.id, linked)
            if source is None or later.source not in (None, linked) or self._running.get(hidden):
                continue
            worker = self._new(
                hidden, f"{job.name}\\{source.name}", job, plan, source.objects, created=later.due, for_job=job.id
            )
            worker.job_type = "ImmediateBackupCopyWorker"
            self._begin(worker)

    def _machines(self, job: Job) -> tuple[JobObject, ...]:
        return job.objects if "Copy" not in job.job_type else self._copied(job)

    def _copied(self, job: Job) -> tuple[JobObject, ...]:
        sources = (self.state.jobs.get(linked) for _unused, linked in job.linked_jobs)
        return tuple(machine for source in sources if source is not None for machine in source.objects)

    def _new(
        self, job_id: str, name: str, job: Job, plan: RunPlan, machines: tuple[JobObject, ...], **more: Any
    ) -> JobSession:
        kind = ReplicaJobSession if job.job_type == "Replica" else JobSession
        given = {"id": more["id"] if "id" in more else self.new_id(), "created": more.get("created") or self.utc()}
        session = kind(
            book=self, server=job.server, job_id=job_id, job_name=name, job_type=job.job_type, machines=machines,
            plan=plan, **{**more, **given},
        )  # fmt: skip
        length = plan.length or self.switches["run_length"]
        if length == "never":
            session.seconds = math.inf
        elif length.endswith("s"):
            session.seconds = float(length[:-1])
        else:
            session.reads = session.due_reads = int(length)
        return session

    def _begin(self, session: JobSession, delay: str | None = None) -> None:
        self._live[session.id] = session
        self._running.setdefault(session.job_id, []).append(session)
        if session.seconds is not None and session.seconds != math.inf:
            self._end_at(session, session.created + timedelta(seconds=session.seconds))
        if session.reads == 0 or session.seconds == 0:
            self._end(session, session.created)
        if self._in_past:
            self.shown.add(session)
        else:
            self.shown.add(
                session, delay or self.switches["show_session_after"], lag=bool(self.switches["session_lag"])
            )
            if session.visible:
                session.show(self.shown_at())

    def _end_at(self, session: JobSession, when: datetime) -> None:
        session.due = when
        heapq.heappush(self._ends, (when, next(self._numbers), session))

    def tick(self) -> None:
        """Everything that is due by now, in its order."""
        now = self.utc()
        if self._scheduler.on:
            self._recall()
        self._scheduler.pass_time(now)
        if self._ends or self._starts:
            self._pass_time(now)

    def _pass_time(self, now: datetime) -> None:
        ends, starts = self._ends, self._starts
        while ends or starts:
            if ends and (ends[0][2].over or ends[0][2].due != ends[0][0]):
                # stopped meanwhile
                heapq.heappop(ends)
            elif starts and starts[0][0] <= now and (not ends or starts[0][0] < ends[0][0]):
                self._begin_later(heapq.heappop(starts)[2])
            elif ends and ends[0][0] <= now:
                when, _number, session = heapq.heappop(ends)
                self._end(session, when)
            else:
                return

    def _start_later(self, later: Later) -> None:
        heapq.heappush(self._starts, (later.due, next(self._numbers), later))

    def _begin_later(self, later: Later) -> None:
        job = self.state.jobs.get(later.job_id)
        if job is not None and job.job_type == "ImmediateBackupCopy":
            self._copy(job, later)
        elif job is not None and not self._running.get(job.id):
            self._start(job, later)

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
            if session.reads is not None:
                session.due_reads = max(session.read, math.ceil(session.cut * session.reads))
            else:
                self._end_at(session, now if session.seconds == math.inf else session.moment(session.cut, now))
            return
        session.cut = share
        delay = self.switches["stop_length"]
        if delay.endswith("s"):
            self._end_at(session, now + timedelta(seconds=float(delay[:-1])))
        else:
            session.due, session.due_reads = None, session.read + int(delay)
            if delay == "0":
                self._end(session, now)

    def _end(self, session: JobSession, when: datetime) -> None:
        del self._live[session.id]
        self._running[session.job_id].remove(session)
        session.ended = max(when, session.created)
        session.due = None
        session.outcomes = self._outcomes(session)
        if session.stopping is not None:
            session.final_result = self.switches["stopped_result"]
        else:
            session.final_result = session.plan.result or _worst(outcome.result for outcome in session.outcomes)
        self.backups.session_over(session, self.state.jobs.get(session.for_job or session.job_id))
        retry = self._retry(session)
        if retry is not None:
            self._start_later(retry)
        if not self._in_past:
            self._scheduler.over(session, retried=retry is not None)

    def _outcomes(self, session: JobSession) -> tuple[Outcome, ...]:
        """The same for all runs of a job before the start that have the same plan."""
        if not self._in_past:
            return tuple(_outcomes(session))
        key = id(session.plan), id(session.machines)
        if key not in self._planned:
            self._planned[key] = tuple(_outcomes(session))
        return self._planned[key]

    def _retry(self, session: JobSession) -> Later | None:
        """The retry that follows by itself."""
        job = self.state.jobs.get(session.job_id)
        if job is None or session.final_result != "Failed" or session.stopping is not None:
            return None
        assert session.ended is not None
        plan, options = session.plan, job.schedule.get("Standart", {}).get("RetryOptions", {})
        pause = 60.0 * float(options.get("RetryTimeout") or 0) if plan.retry_after is None else plan.retry_after
        following: RunPlan | None = None
        if plan.retries:
            first, *rest = plan.retries
            following = replace(
                first, retries=(*first.retries, *rest), retry_after=plan.retry_after, length=first.length or plan.length
            )
        elif not self._retries(session, options):
            return None
        return Later(
            due=session.ended + timedelta(seconds=pause),
            job_id=job.id,
            plan=following,
            machines=self.failed_machines(session),
            retry=True,
            scheduled=session.scheduled,
            attempt=session.attempt + 1,
        )

    def _retries(self, session: JobSession, options: Mapping[str, Any]) -> bool:
        """Whether the job's own options let it be tried again."""
        rule = self.switches["automatic_retries"]
        concerned = rule == "all" or rule == "scheduled" and session.scheduled
        specified = str(options.get("RetrySpecified")).lower() == "true"
        left = session.attempt < int(options.get("RetryTimes") or 0)
        return bool(concerned and specified and left and not self._in_past)

    def failed_machines(self, session: JobSession) -> tuple[JobObject, ...]:
        """What a retry works on."""
        pairs = zip(session.machines, session.outcomes, strict=True)
        return tuple(machine for machine, outcome in pairs if outcome.result == "Failed") or session.machines


def worker_id(job_id: str, linked: str) -> str:
    """Of the hidden job that copies one job for a copy job."""
    return str(uuid5(UUID(job_id), linked))


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
