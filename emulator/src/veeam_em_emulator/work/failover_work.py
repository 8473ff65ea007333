# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks that begin failovers, start and undo plans, and change their description."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ..estate.failover_plans import FailoverPlan
from ..wire.errors import OFFLINE, refused
from ..wire.links import Link
from .failovers import FAILED_OVER
from .replicas import VmReplicaPoint
from .restore_sessions import RestoreSession
from .tasks import Work
from .world import World

PLAN_RUNS = "the failover plan is under way"
PLAN_IDLE = "no machine of the failover plan has failed over"


class Failover(Work):
    """Of one machine to a point."""

    def __init__(self, world: World, point: VmReplicaPoint) -> None:
        self.world = world
        self.point = point
        self.session: RestoreSession | None = None

    def operate(self) -> str | None:
        if self.point.server.id in self.world.offline:
            return OFFLINE
        again = self.world.failovers.replicas.failed_over(self.point) is not None
        if again and self.world.switches["failover_again"] == "task_failed":
            return refused(FAILED_OVER)
        self.session = self.world.failovers.start(self.point, self.cause)
        return None

    def finish(self) -> tuple[Link, ...]:
        assert self.session is not None
        return (Link("Related", f"{self.session.path}?format=Entity", None, "RestoreSession"),)


class PlanWork(Work):
    """Nothing links to what comes of it."""

    def __init__(self, world: World, plan: FailoverPlan) -> None:
        self.world = world
        self.plan = plan

    def operate(self) -> str | None:
        if self.plan.server.id in self.world.offline:
            return OFFLINE
        if self.world.failovers.running(self.plan) and self.world.switches["busy_failover_plan"] == "task_failed":
            return refused(PLAN_RUNS)
        return self.carry_out()

    def carry_out(self) -> str | None:
        raise NotImplementedError


class StartPlan(PlanWork):
    """before: the newest points before that time."""

    def __init__(self, world: World, plan: FailoverPlan, before: datetime | None) -> None:
        super().__init__(world, plan)
        self.before = before

    def carry_out(self) -> str | None:
        cause = replace(self.cause, job=self.plan.name)
        self.world.failovers.start_plan(self.plan, self.before, cause)
        return None


class UndoPlan(PlanWork):
    def carry_out(self) -> str | None:
        idle = not any(self.world.failovers.done(self.plan))
        if idle and self.world.switches["idle_plan_undo"] == "task_failed":
            return refused(PLAN_IDLE)
        self.world.failovers.undo_plan(self.plan, replace(self.cause, job=self.plan.name))
        return None


class EditPlan(Work):
    """Of what a plan has, only the description can be changed; the rest of the body is left alone."""

    def __init__(self, world: World, plan: FailoverPlan, description: str | None) -> None:
        self.world = world
        self.plan = plan
        self.description = description

    def operate(self) -> str | None:
        if self.plan.server.id in self.world.offline:
            return OFFLINE
        plans = self.world.state.failover_plans
        if self.description is not None:
            plans[self.plan.id] = replace(plans[self.plan.id], description=self.description)
        return None
