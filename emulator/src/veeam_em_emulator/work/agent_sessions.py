# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of agent jobs: one session of the job, and one for each of its computers (em_rest agents_backupsessions,
get_backupsessions_id_agentmanagementsessions).

The sessions of the computers belong to hidden jobs, ``<job> - <computer>``, and EM shows them later than the run. The
run ends after the last computer.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from ..estate.agents import AgentJob, computers_of
from ..estate.ids import derived
from ..estate.jobs import Job
from ..estate.machines import Machines
from ..estate.run_plans import MachinePlan, RunPlan
from ..estate.state import State
from ..wire.errors import not_known
from .run_sessions import JobSession, Outcome, Share

COMPUTER = "AgentManagement"
COMPUTER_IDS = 20
# Share of a run in which its computers are done, and the seconds after which they begin
_WORK, _BEGIN = 0.9, 20.0


class AgentSession(JobSession):
    """A run of an agent job."""

    __slots__ = ("parts",)
    parts: tuple[ComputerSession, ...]

    @property
    def computers(self) -> tuple[JobSession, ...]:
        return self.parts

    def share_of(self, number: int) -> Share:
        """The computers work at the same time."""
        return Share(0.0, _WORK * (number + 1) / len(self.machines))

    def pause(self) -> float:
        """Seconds from its begin to that of its computers."""
        return 0.0 if self.length_in_seconds is None else min(_BEGIN, self.length_in_seconds * 0.05)


class ComputerSession(JobSession):
    """What one computer does in a run; it goes as the run does. number: of the computer in it."""

    __slots__ = ("number", "parent")
    parent: AgentSession
    number: int

    @property
    def _done(self) -> float:
        return self.parent.share_of(self.number).end

    def fraction(self, at: datetime) -> float:
        return min(1.0, self.parent.fraction(at) / self._done)

    def starting(self, at: datetime) -> bool:
        return self.parent.starting(at)

    def update_view(self, at: datetime) -> None:
        if not self.over and self.parent.fraction(at) >= self._done:
            plan = self.plan.machine(self.machines[0].name)
            self.end(self.parent.moment(self._done, at), Outcome(plan.result, plan.reason, plan.size, 1.0))
        super().update_view(at)

    def end(self, when: datetime, outcome: Outcome, result: str | None = None) -> None:
        self.ended = max(when, self.created)
        self.outcomes = (outcome,)
        self.final_result = result or outcome.result


def end_with(run: AgentSession) -> None:
    """The run is over, and so is what its computers did."""
    assert run.ended is not None
    for part, outcome in zip(run.parts, run.outcomes, strict=True):
        if part.over:
            continue
        stopped = run.cut is not None and run.share_of(part.number).end > run.cut
        at = run.moment(outcome.until, run.ended)
        whole = Outcome(outcome.result, outcome.reason, outcome.size, 1.0)
        part.end(at, whole, run.final_result if stopped else None)


def own_outcomes(run: AgentSession, planned: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    """Of a computer whose session somebody has stopped, what has come of that."""
    return tuple(
        part.outcomes[0] if part.over and part.stopping is not None else outcome
        for part, outcome in zip(run.parts, planned, strict=True)
    )


def begin_computers(run: AgentSession) -> tuple[ComputerSession, ...]:
    """The sessions of the computers of a run that begins."""
    created, parts = run.created + timedelta(seconds=run.pause()), []
    for number, machine in enumerate(run.machines):
        part = ComputerSession(
            view=run.view, id=derived(run.id, COMPUTER_IDS, number), server=run.server,
            job_id=str(uuid5(UUID(run.job_id), machine.id)), job_name=f"{run.job_name} - {machine.name}",
            job_type=COMPUTER, created=created, machines=(machine,), plan=run.plan, for_job=run.job_id,
            is_retry=run.is_retry, scheduled=run.scheduled, attempt=run.attempt,
        )  # fmt: skip
        part.parent, part.number = run, number
        parts.append(part)
    return tuple(parts)


def plan_of(state: State, machines: Machines, job: Job, plan: RunPlan) -> RunPlan:
    """The plan of a run of an agent job, with what stands against it: a policy that is disabled, computers that cannot
    be reached. What is planned for a computer by name comes of it all the same."""
    if isinstance(job, AgentJob) and job.policy and not job.schedule_enabled:
        return RunPlan(plan.length, "Failed", not_known("the policy is disabled"), plan.size)
    if plan.result is not None:
        return plan
    lost = MachinePlan("Failed", not_known("the computer cannot be reached, or has no agent"))
    missing = {
        computer.name: lost
        for computer in computers_of(job, state.computers.values())
        if not computer.works or not machines.of(computer.reference, computer.name).powered_on
    }
    return replace(plan, machines={**missing, **plan.machines}) if missing else plan
