# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start, stop, retry and synchronisation of jobs (em_rest post_jobs_id_actionstart and so on). What EM says where it
cannot be done is not published: switches."""

from __future__ import annotations

from ..estate.agents import AgentJob
from ..estate.jobs import Job
from ..resources.call import Answer, Call
from ..wire.errors import OFFLINE, ApiError, not_known, refused
from ..wire.links import Link
from ..work.retries import failed_machines
from ..work.run_sessions import JobSession
from ..work.tasks import JobName, Work
from ..work.world import World
from .common import check_online, late_delay, refuse, start_task

RUNNING = "the job is running"
_GONE = "the job is not on the backup server any more"
_IDLE = "it is not running"
_DISABLED = "the job is disabled"
_NOT_FAILED = "the last run of the job has not failed"


def stop_channel(call: Call) -> None:
    refuse(call, "stop_idle_job", _IDLE)


class Start(Work):
    """A run of a job: start, retry or synchronisation. Whether it can be is judged when the work is done."""

    def __init__(self, world: World, job: Job, action: str) -> None:
        self.world = world
        self.job = job
        self.action = action
        self.session: JobSession | None = None
        self.late: str | None = None  # set by a fault: when EM shows the session
        self.message = f'Job "{job.name}" triggered to {action}.'
        if self.linked and world.switches["start_link"] == "present" and job.kind == "job":
            self.message = "Ok"

    @property
    def linked(self) -> bool:
        link = self.world.switches["start_link" if self.job.kind == "job" else "agent_start_link"]
        return self.action == "start" and bool(link != "absent")

    def of_job(self) -> JobName:
        return JobName(self.job.name, self.job.id)

    def operate(self) -> str | None:
        job = self.world.state.jobs.get(self.job.id)
        if job is None or job.server.id in self.world.offline:
            return refused(_GONE) if job is None else OFFLINE
        obstacle = hindrance(self.world, job, self.action)
        if obstacle is not None:
            switch, reason = obstacle
            choice = self.world.switches[switch]
            if choice == "ignored":
                return None
            if choice != "accepted":
                return refused(reason)
        runs = self.world.runs
        if self.action == "sync":
            runs.synchronise(job, self.cause)
        elif self.action == "retry":
            last = runs.last(job.id)
            machines = failed_machines(last) if last is not None and last.over else None
            self.session = runs.start(job, retry=True, machines=machines, cause=self.cause)
        else:
            self.session = runs.start(job, delay=self.late, cause=self.cause)
        return None

    def finish(self) -> tuple[Link, ...]:
        session = self.session
        if session is None or not self.linked:
            return ()
        name = session.name if self.world.switches["start_link"] == "named" else None
        return (Link("Related", f"/{session.collection}/{session.id}?format=Entity", name, session.kind),)


def hindrance(world: World, job: Job, action: str) -> tuple[str, str] | None:
    """Switch and reason of what stands against it."""
    runs = world.runs
    if runs.busy(job):
        return "start_running_job", RUNNING
    if action == "retry":
        last = runs.last(job.id)
        if last is None or last.final_result != "Failed":
            return "retry_not_failed", _NOT_FAILED
    if action == "start" and not job.schedule_enabled and not (isinstance(job, AgentJob) and job.policy):
        return "start_disabled_job", _DISABLED
    return None


class Stop(Work):
    """Everything of a job that runs."""

    def __init__(self, world: World, job: Job) -> None:
        self.world = world
        self.job = job
        self.message = f'Job "{job.name}" triggered to stop.'

    def of_job(self) -> JobName:
        return JobName(self.job.name, self.job.id)

    def operate(self) -> str | None:
        running = self.world.runs.running(self.job.id)
        if self.job.server.id in self.world.offline:
            return OFFLINE
        if not running and self.world.switches["stop_idle_job"] != "ignored":
            return refused(_IDLE)
        for session in running:
            self.world.runs.stop(session)
        return None


class StopSession(Work):
    def __init__(self, world: World, session: JobSession) -> None:
        self.world = world
        self.session = session
        self.message = f'Job Session "{session.name}" triggered to stop.'

    def of_job(self) -> JobName:
        return JobName(self.session.job_name, self.session.job_id)

    def operate(self) -> str | None:
        if self.session.server.id in self.world.offline:
            return OFFLINE
        if self.session.over and self.world.switches["stop_idle_job"] != "ignored":
            return refused(_IDLE)
        self.world.runs.stop(self.session)
        return None


# Kind of job, action: an agent job is started as any other
_OPERATIONS = {
    "job": {"start": "StartJob", "sync": "StartJobSync", "retry": "RetryJob", "stop": "StopJob"},
    "agent": {"start": "StartJob", "retry": "RetryAgentJob", "stop": "StopAgentJob"},
    "nas": {"start": "StartNasJob", "retry": "RetryNasJob", "stop": "StopNasJob"},
}


def act(call: Call, job: Job, action: str) -> Answer:
    """``start``, ``retry``, ``sync`` or ``stop``; which ones a job has depends on its type."""
    world, operations = call.world, _OPERATIONS[job.kind]
    own = ("sync",) if "Copy" in job.job_type else ("start", "retry")
    if action not in (*own, "stop"):
        raise ApiError(400, not_known("the job has no such action"))
    if action == "stop":
        if not world.runs.running(job.id):
            stop_channel(call)
        return start_task(call, operations["stop"], Stop(world, job))
    obstacle = hindrance(world, job, action)
    if obstacle is not None:
        refuse(call, *obstacle)
    work = Start(world, job, action)
    late = call.fault("late_job")
    if late is not None:
        work.late = late_delay(late.parameters)
    return start_task(call, operations[action], work)


def check_change(call: Call, job: Job, switch: str) -> None:
    """switch: whether a job that runs can be changed so."""
    check_online(call, job.server)
    if call.world.runs.running(job.id):
        refuse(call, switch, RUNNING)
