# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failover plans (em_rest failoverplans, put_failoverplans_id, post_failoverplans_id_start, ..._undo)."""

from __future__ import annotations

from datetime import datetime

from ..estate.failover_plans import FailoverPlan
from ..estate.roles import ADMINISTRATORS, OPERATORS, RESTORERS, USER
from ..estate.run_plans import RunError, moment_of
from ..resources.call import Answer, Call
from ..wire.bodies import text_of
from ..wire.errors import ApiError, missing_node, not_known, refused
from ..work.failover_work import PLAN_RUNS, EditPlan, StartPlan, UndoPlan
from . import elsewhere
from .common import body_values, check_online, found, listing, one, single, start_task
from .table import QueryType, route

# Operators of applications read and start plans, but do not query them
_ASKERS = RESTORERS - {USER}


def plans(call: Call) -> Answer:
    return listing(call, FailoverPlan, call.world.state.failover_plans.values())


def _one(call: Call, id: str) -> FailoverPlan:
    return one(call, FailoverPlan, call.world.state.failover_plans, id)


def read(call: Call, id: str) -> Answer:
    return single(call, FailoverPlan, call.world.state.failover_plans, id)


def edit(call: Call, id: str) -> Answer:
    plan = _one(call, id)
    values = body_values(call, "FailoverPlan", {}, ("Description",))
    check_online(call, plan.server)
    return start_task(call, "EditFailoverPlan", EditPlan(call.world, plan, text_of(values, "Description")))


def _check_idle(call: Call, plan: FailoverPlan) -> None:
    choice = call.world.switches["busy_failover_plan"]
    if choice.startswith("http_") and call.world.failovers.running(plan):
        raise ApiError(int(choice.removeprefix("http_")), refused(PLAN_RUNS))


def act(call: Call, id: str) -> Answer:
    plan = _one(call, id)
    call.world.runs.update_view()
    if call.action == "start":
        before = _start_date(call)
        check_online(call, plan.server)
        _check_idle(call, plan)
        return start_task(call, "StartFailoverPlan", StartPlan(call.world, plan, before))
    if call.action == "undo":
        check_online(call, plan.server)
        _check_idle(call, plan)
        return start_task(call, "UndoFailoverPlan", UndoPlan(call.world, plan))
    raise elsewhere.missing_action(call, "a failover plan")


def _start_date(call: Call) -> datetime | None:
    """The time before which points are looked for; None for now. One of StartNow and StartDate is expected."""
    values = body_values(call, "FailoverPlanManagementSpec", {}, ("StartNow", "StartDate"))
    date = text_of(values, "StartDate")
    if date:
        try:
            return moment_of(date)
        except RunError:
            raise ApiError(400, not_known("value of StartDate is not valid")) from None
    if str(values.get("StartNow")).lower() != "true":
        raise missing_node()
    return None


ROUTES = (
    route("/failoverPlans", OPERATORS, GET=plans),
    route("/failoverPlans/{id}", OPERATORS, {"PUT": ADMINISTRATORS}, GET=read, PUT=edit, POST=act),
)
QUERIES = {
    "FailoverPlan": QueryType(
        FailoverPlan, lambda call: found(call, FailoverPlan, call.world.state.failover_plans.values()), _ASKERS
    ),
}
