# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes of the machines of a run, and of the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..estate.jobs import JobObject
from ..estate.machines import Machines
from ..estate.run_plans import RESULTS, MachinePlan, RunPlan
from ..wire.errors import not_known
from .agent_sessions import AgentSession, own_outcomes
from .run_sessions import JobSession, Outcome

STOPPED = not_known("the run was stopped")


def worst(results: Iterable[str]) -> str:
    return max(results, key=RESULTS.index, default="Success")


def _each(session: JobSession) -> Iterator[Outcome]:
    cut = 1.0 if session.cut is None else session.cut
    for number, machine in enumerate(session.machines):
        until = session.share_of(number).end
        if until <= cut + 1e-9:
            plan = session.plan.machine(machine.name)
            yield Outcome(plan.result, plan.reason, plan.size, until)
        else:
            yield Outcome("Failed", STOPPED, 0, cut)


class Outcomes:
    """past: of runs before the start there is one tuple for all runs of a job that have the same plan."""

    def __init__(self) -> None:
        self._past: dict[tuple[int, int], tuple[Outcome, ...]] = {}

    def of(self, session: JobSession, past: bool) -> tuple[Outcome, ...]:
        if isinstance(session, AgentSession):
            return own_outcomes(session, tuple(_each(session)))
        if not past:
            return tuple(_each(session))
        key = id(session.plan), id(session.machines)
        if key not in self._past:
            self._past[key] = tuple(_each(session))
        return self._past[key]

    def clear(self) -> None:
        self._past.clear()


def without_gone(plan: RunPlan, things: tuple[JobObject, ...], machines: Machines) -> RunPlan:
    """A run fails for what is not there any more."""
    gone = {thing.name for thing in things if machines.gone(thing.reference)}
    if not gone or plan.result == "Failed" and not plan.machines:
        return plan
    reason = not_known("the machine was not found")
    known = {name: item for name, item in plan.machines.items() if name not in gone}
    if not plan.machines:
        known = {thing.name: plan.machine(thing.name) for thing in things if thing.name not in gone}
    lost = {name: MachinePlan("Failed", reason, 0) for name in gone}
    return replace(plan, machines={**known, **lost}, result=None)
