# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of jobs: what begins, goes on and ends them.

A run lasts a number of seconds on the emulator's clock, or a number of reads: every request that reads the session, or
a list of sessions that it is in, counts as one. It works on its machines one after the other.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from ..estate.due_runs import DueRun
from ..estate.jobs import Job, JobObject
from ..estate.machines import CONSOLE, SCHEDULE, Cause, Machines
from ..estate.run_plans import RunPlan
from ..estate.state import State
from .agenda import Agenda, Start
from .agent_sessions import AgentSession, ComputerSession, begin_computers, end_with, plan_of
from .backups import Backups, Independent
from .contents import Contents
from .outcomes import STOPPED, Outcomes, without_gone, worst
from .replicas import Replicas
from .retries import retry_of
from .run_sessions import JobSession, Outcome, ReplicaJobSession
from .scheduler import Scheduler
from .view import View
from .visible_sessions import VisibleSessions

_SESSIONS: Mapping[str, type[JobSession]] = {"Replica": ReplicaJobSession, "AgentBackup": AgentSession}


class Runs:
    """All runs, and what the next ones will be.

    utc: the clock. new_id: a GUID. machines: what they work on. began: the time of the start. view, visible: how EM
    sees them, and their sessions, as it shows them. backups, replicas: what they leave.
    """

    def __init__(
        self,
        state: State,
        switches: Mapping[str, Any],
        utc: Callable[[], datetime],
        new_id: Callable[[], str],
        product: str,
        machines: Machines,
    ) -> None:
        self.state = state
        self.switches = switches
        self.utc = utc
        self.new_id = new_id
        self.view = View(switches, utc, product)
        self.visible = VisibleSessions()
        self.machines = machines
        self.backups = Backups(state, self.view, machines)
        self.replicas = Replicas(state, machines)
        self.next_plans: dict[str, list[RunPlan]] = {
            job.id: list(job.next_runs) for job in state.jobs.values() if job.next_runs
        }
        self._live: dict[str, JobSession] = {}
        self._running: dict[str, list[JobSession]] = {}
        self._agenda = Agenda()
        self.began = utc()
        self._scheduler = Scheduler(state, switches, self.began, self._agenda.start)
        # runs of a job that its schedule wants while a quick backup is going on
        self._waiting: dict[str, list[DueRun]] = {}
        self._contents = Contents(state, machines)
        self._past_known = not state.past_runs and not state.imported
        self._in_past = False
        self._outcomes = Outcomes()

    # The past

    def recall(self) -> None:
        """What has run before the start, when somebody asks for the first time."""
        if self._past_known:
            return
        self._past_known = self._in_past = True
        # what is made here stays; to look for garbage among it again and again takes a third of the time
        collecting = gc.isenabled()
        gc.disable()
        try:
            self._remember()
        finally:
            if collecting:
                gc.enable()
        self.tick()

    def _remember(self) -> None:
        self.backups.takes_space = self.backups.telling = self.replicas.telling = False
        for entry in self.state.imported:
            self.backups.take_in(entry)
        for past in self.state.past_runs:
            for run in past.starts(self.began):
                self._agenda.start(run)
        self._pass_time(self.began)
        self._in_past = False
        self.backups.takes_space = self.backups.telling = self.replicas.telling = True
        self._outcomes.clear()
        self._contents.clear()

    # Reading

    def update_view(self) -> None:
        """Bring what EM shows up to date."""
        self.recall()
        at = self.view.time()
        self.visible.discover(at)
        self.visible.update_states(at)

    def count_read(self, wanted: Callable[[JobSession], bool]) -> None:
        """A client is about to read these sessions: it counts as one of the reads that runs last."""
        self.recall()
        self.visible.discover(self.view.time())
        self.visible.count_read()
        for session in list(self._live.values()):
            if session.visible and (wanted(session) or any(map(wanted, session.computers))):
                session.times_read += 1
                if session.ends_after_reads is not None and session.times_read > session.ends_after_reads:
                    self._end(session, self.utc())
        self.visible.update_states(self.view.time())

    def running(self, job_id: str) -> list[JobSession]:
        self.recall()
        return list(self._running.get(job_id, ()))

    def live(self) -> list[JobSession]:
        self.recall()
        return list(self._live.values())

    def last(self, job_id: str) -> JobSession | None:
        self.recall()
        found = self.visible.of_job(job_id)
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
        quick: bool = False,
        cause: Cause = CONSOLE,
        independent: Independent | None = None,
    ) -> JobSession:
        """Begin a run now. plan, machines: those of the job where not given. delay: as ``show_session_after``. quick: a
        quick backup. independent: of a backup that belongs to no job."""
        self.recall()
        run = DueRun(self.utc(), job.id, plan, machines, retry)
        return self._start(job, run, delay, quick=quick, cause=cause, independent=independent)

    def _start(self, job: Job, run: DueRun, delay: str | None = None, **more: Any) -> JobSession:
        machines = self.contents(job) if run.machines is None else run.machines
        plan = run.plan or self._plan(job)
        if job.kind == "agent":
            plan = plan_of(self.state, self.machines, job, plan)
        elif job.kind == "job" and "Copy" not in job.job_type and not self._in_past:
            plan = without_gone(plan, machines, self.machines)
        session = self._new(
            job.id, job.name, job, plan, machines,
            created=run.due, is_retry=run.retry, scheduled=run.scheduled, attempt=run.attempt,
            **({"id": run.identity, **more} if run.identity else more),
        )  # fmt: skip
        self._begin(session, delay)
        return session

    def busy(self, job: Job) -> bool:
        """Whether a run of it is under way; of a copy job, a run of what it copies."""
        if job.job_type == "ImmediateBackupCopy":
            return any(self.running(worker_id(job.id, linked)) for _unused, linked in job.linked_jobs)
        return bool(self.running(job.id))

    def synchronise(self, job: Job, cause: Cause = CONSOLE) -> None:
        """A run of a copy job. What an ImmediateBackupCopy does shows in the sessions of hidden jobs, one for each job
        that it copies; its own session goes on, without progress, until the next synchronisation."""
        self.recall()
        if job.job_type != "ImmediateBackupCopy":
            self.start(job, cause=cause)
            return
        now = self.utc()
        for session in self.running(job.id):
            self._end(session, now)
        self._copy(job, DueRun(now, job.id), cause)

    def _copy(self, job: Job, run: DueRun, cause: Cause = SCHEDULE) -> None:
        """An ImmediateBackupCopy copies what it has to, or one source alone."""
        plan = run.plan or self._plan(job)
        if not self._running.get(job.id):
            container = self._new(job.id, job.name, job, RunPlan(length="never"), (), created=run.due, cause=cause)
            container.final_progress = 0
            self._begin(container)
        for _unused, linked in job.linked_jobs:
            source, hidden = self.state.jobs.get(linked), worker_id(job.id, linked)
            if source is None or run.source not in (None, linked) or self._running.get(hidden):
                continue
            worker = self._new(
                hidden, f"{job.name}\\{source.name}", job, plan, self.contents(source), created=run.due,
                for_job=job.id, cause=cause,
            )  # fmt: skip
            worker.job_type = "ImmediateBackupCopyWorker"
            self._begin(worker)

    def contents(self, job: Job) -> tuple[JobObject, ...]:
        """What a run of it works on."""
        return self._contents.of(job, self._in_past)

    def _new(
        self,
        job_id: str,
        name: str,
        job: Job,
        plan: RunPlan,
        machines: tuple[JobObject, ...],
        independent: Independent | None = None,
        **more: Any,
    ) -> JobSession:
        kind = _SESSIONS.get(job.job_type, JobSession)
        given = {"id": more["id"] if "id" in more else self.new_id(), "created": more.get("created") or self.utc()}
        session = kind(
            view=self.view, server=job.server, job_id=job_id, job_name=name, job_type=job.job_type, machines=machines,
            plan=plan, mark=self.machines.marks, **{**more, **given},
        )  # fmt: skip
        session.last(plan.length or self.switches["run_length"])
        self.backups.begin(session, job, independent)
        return session

    def _begin(self, session: JobSession, delay: str | None = None) -> None:
        self._live[session.id] = session
        self._running.setdefault(session.job_id, []).append(session)
        if isinstance(session, AgentSession):
            session.parts = begin_computers(session)
        if session.length_in_seconds is not None and session.length_in_seconds != math.inf:
            self._agenda.end(session, session.created + timedelta(seconds=session.length_in_seconds))
        if session.length_in_reads == 0 or session.length_in_seconds == 0:
            self._end(session, session.created)
        if self._in_past:
            self.visible.add(session)
        else:
            self.visible.add(
                session, delay or self.switches["show_session_after"], lag=bool(self.switches["session_lag"])
            )
            if session.visible:
                session.update_view(self.view.time())
        if isinstance(session, AgentSession):
            self._show_computers(session)

    def _show_computers(self, run: AgentSession) -> None:
        delay = "0s" if self._in_past or run.over else self.switches["show_computers_after"]
        for part in run.parts:
            self.visible.add(part, delay, lag=bool(self.switches["session_lag"]) and not self._in_past)

    def tick(self) -> None:
        """Everything that is due by now, in its order."""
        now = self.utc()
        if self._scheduler.on:
            self.recall()
        self._scheduler.pass_time(now)
        self._pass_time(now)

    def _pass_time(self, now: datetime) -> None:
        for item in self._agenda.due(now):
            if isinstance(item, Start):
                self._begin_due(item.run)
            else:
                self._end(item.session, item.at)

    def _begin_due(self, run: DueRun) -> None:
        job = self.state.jobs.get(run.job_id)
        if job is not None and job.job_type == "ImmediateBackupCopy":
            self._copy(job, run)
        elif job is not None:
            running = self._running.get(job.id)
            if not running:
                self._start(job, run)
            elif all(session.quick for session in running):
                self._waiting.setdefault(job.id, []).append(run)

    def stop(self, session: JobSession) -> None:
        """Begin to stop it: at once, or after the machine that it works on."""
        if session.over or session.stopping is not None:
            return
        now = self.utc()
        session.stopping = now
        if isinstance(session, ComputerSession):
            session.end(now, Outcome("Failed", STOPPED, 0, 1.0), self.switches["stopped_result"])
            return
        count = max(1, len(session.machines))
        share = session.fraction(now)
        if self.switches["stop_kind"] == "after_machine":
            session.cut = min(1.0, (math.floor(share * count) + 1) / count)
            if session.length_in_reads is not None:
                session.ends_after_reads = max(session.times_read, math.ceil(session.cut * session.length_in_reads))
            else:
                self._agenda.end(
                    session, now if session.length_in_seconds == math.inf else session.moment(session.cut, now)
                )
            return
        session.cut = share
        delay = self.switches["stop_length"]
        if delay.endswith("s"):
            self._agenda.end(session, now + timedelta(seconds=float(delay[:-1])))
        else:
            session.ends_at, session.ends_after_reads = None, session.times_read + int(delay)
            if delay == "0":
                self._end(session, now)

    def _end(self, session: JobSession, when: datetime) -> None:
        del self._live[session.id]
        self._running[session.job_id].remove(session)
        session.ended = max(when, session.created)
        session.ends_at = None
        session.outcomes = self._outcomes.of(session, self._in_past)
        if session.stopping is not None:
            session.final_result = self.switches["stopped_result"]
        else:
            session.final_result = session.plan.result or worst(outcome.result for outcome in session.outcomes)
        if isinstance(session, AgentSession):
            end_with(session)
            if self.switches["computers_at_end"] == "shown":
                self.visible.hurry(session.parts, session.ended)
        job = self.state.jobs.get(session.for_job or session.job_id)
        self.backups.over(session, job)
        self.replicas.over(session, job)
        if not self._running[session.job_id]:
            for run in self._waiting.pop(session.job_id, ()):
                self._agenda.start(replace(run, due=max(run.due, session.ended)))
        rule = "none" if self._in_past else self.switches["automatic_retries"]
        retry = retry_of(session, self.state.jobs.get(session.job_id), rule)
        if retry is not None:
            self._agenda.start(retry)
        if not self._in_past:
            self._scheduler.over(session, retried=retry is not None)


def worker_id(job_id: str, linked: str) -> str:
    """Of the hidden job that copies one job for a copy job."""
    return str(uuid5(UUID(job_id), linked))
