# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failovers, of single machines to a replica point and of whole plans. What EM cannot do is not here either: it undoes
a plan, but never a single failover."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from ..estate.failover_plans import FailoverPlan
from ..estate.machines import Cause
from ..wire.errors import not_known, refused
from ..wire.links import Link
from .replicas import Replicas, VmReplicaPoint
from .restore_sessions import RESTORE_VM, RestoreSession, RestoreSessions
from .view import View

FAILED_OVER = "the machine has failed over already"


class Failovers:
    """plans: what was begun for each plan, by id."""

    def __init__(self, view: View, replicas: Replicas, restores: RestoreSessions) -> None:
        self.view = view
        self.replicas = replicas
        self.restores = restores
        self.plans: dict[str, list[RestoreSession]] = {}
        self._points: dict[str, VmReplicaPoint] = {}

    def start(self, point: VmReplicaPoint, cause: Cause) -> RestoreSession:
        """Begin to fail over the machine of that point."""

        def act(session: RestoreSession) -> str | None:
            if self.replicas.failed_over(point) is not None and self.view.switches["failover_again"] != "accepted":
                return refused(FAILED_OVER)
            done = replace(session.cause, session=session.id, server=session.server.name)
            self.replicas.fail_over(point, done, session.ended)
            session.restored = self.replicas.copy_of(point).reference
            return None

        switches = self.view.switches
        kind = {"null": None, "other": not_known("type of a failover")}
        link = Link("Related", f"/vmReplicaPoints/{point.id}", point.name, "VmReplicaPointReference")
        session = self.restores.start(
            job_type=kind.get(switches["failover_session_type"], RESTORE_VM), server=point.server,
            machine=point.display_name, reference=point.machine.reference, cause=cause, act=act,
            point=link if switches["failover_session_link"] == "present" else None,
        )  # fmt: skip
        self._points[session.id] = point
        return session

    # Plans

    def running(self, plan: FailoverPlan) -> bool:
        return any(not session.over for session in self.plans.get(plan.id, ()))

    def start_plan(self, plan: FailoverPlan, before: datetime | None, cause: Cause) -> None:
        """Its machines in their order, to the newest point of each. before: no younger one. A machine without a point,
        or that has failed over already, is left out."""
        for machine in plan.machines:
            point = self.replicas.newest(plan.server, machine.reference, before)
            if point is not None and self.replicas.failed_over(point) is None:
                self.plans.setdefault(plan.id, []).append(self.start(point, cause))

    def done(self, plan: FailoverPlan) -> Iterator[VmReplicaPoint]:
        """What has failed over for the plan, and has not been undone."""
        for session in self.plans.get(plan.id, ()):
            point = self._points[session.id]
            if session.over and self.replicas.failed_over(point) is point:
                yield point

    def undo_plan(self, plan: FailoverPlan, cause: Cause) -> None:
        for point in list(self.done(plan)):
            self.replicas.undo(point, cause)
        self.plans[plan.id] = [session for session in self.plans.get(plan.id, ()) if not session.over]
