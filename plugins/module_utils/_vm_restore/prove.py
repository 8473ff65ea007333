# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proving every restore of a task before the first one is sent: one machine, one point, ready, not too old.

Only reads that a VM Restore Operator may make decide (EM reference: security_roles_concept).
"""

from __future__ import annotations

import typing as t

from .._em.calls import EnterpriseManager
from .._em.product import is_13_or_newer
from .._em.reference import Reference, quoted, says_unknown
from .._http.effects import Flow
from .._http.errors import Refused, VeeamError
from .._machine import points as machine_points
from .._machine.options import MachineRequest
from .._machine.pick import the_one
from .._machine.points import Roots
from .._machine.running import read_running as read_sessions
from .._resources.backup_server import name_missing_servers
from .._resources.machine import same_object
from .._resources.restore_point import RESTORE_POINT, RestorePoint
from .._resources.restore_session import RestoreSession
from . import plan
from .options import KEEP, RestoreRequest
from .plan import Decision


def prove_all(
    em: EnterpriseManager, requests: t.Sequence[RestoreRequest], deadline: float
) -> Flow[tuple[list[Decision | VeeamError], Roots]]:
    """What is to be done for each request, or why nothing is. Raises what concerns all of them."""
    machines = [request.machine for request in requests if request.machine is not None]
    roots = yield from machine_points.read_roots(em, deadline)
    known = yield from machine_points.read(
        em,
        [machine.name for machine in machines if machine.name is not None],
        [machine.ref for machine in machines if machine.ref is not None],
        roots,
        deadline,
    )
    picked: list[RestorePoint | VeeamError] = []
    for request in requests:
        try:
            if request.machine is not None:
                picked.append(_newest(em, request, request.machine, known, roots))
            else:
                picked.append((yield from _given(em, request, t.cast(Reference, request.point), deadline)))
        except VeeamError as error:
            if isinstance(error, Refused) and error.status == 401:
                raise
            picked.append(error)
    asked = [(request.machine.server if request.machine else None, request.place) for request in requests]
    picked = yield from name_missing_servers(em, picked, asked, deadline)
    if not any(isinstance(point, RestorePoint) for point in picked):
        return [t.cast(VeeamError, error) for error in picked], roots
    knows_keep = False
    if any(request.original == KEEP for request in requests) or _any_not_vcloud(picked):
        knows_keep = yield from is_13_or_newer(em, deadline)
    running, others = yield from read_running(em, deadline)
    decisions: list[Decision | VeeamError] = []
    places: dict[t.Any, str] = {}
    for request, point in zip(requests, picked):
        if isinstance(point, VeeamError):
            decisions.append(point)
            continue
        try:
            decisions.append(_decide(em, request, point, knows_keep, running, others, roots, places))
        except VeeamError as error:
            decisions.append(error)
    return decisions, roots


def _any_not_vcloud(picked: t.Iterable[RestorePoint | VeeamError]) -> bool:
    return any(isinstance(point, RestorePoint) and point.platform != plan.VCLOUD for point in picked)


def _newest(
    em: EnterpriseManager,
    request: RestoreRequest,
    machine: MachineRequest,
    known: machine_points.Found,
    roots: Roots,
) -> RestorePoint:
    now = em.server_clock.now()
    if request.before is not None and request.before.before is not None and now is None:
        raise VeeamError(
            f"{request.place}created_before: the server does not say what time it is; give a moment instead of a "
            "duration."
        )
    return plan.pick_point(request, the_one(machine, known.points, roots, known.alike), now)


def _given(em: EnterpriseManager, request: RestoreRequest, point: Reference, deadline: float) -> Flow[RestorePoint]:
    """The point that the user gave."""
    identifier = t.cast(str, point.id)
    try:
        return (yield from em.one(RESTORE_POINT, identifier, deadline))
    except Refused as error:
        if error.from_api and error.status in (400, 404):
            raise says_unknown(f"{request.place}restore_point: there is no restore point", error) from error
        raise


def _decide(
    em: EnterpriseManager,
    request: RestoreRequest,
    point: RestorePoint,
    knows_keep: bool,
    running: t.Sequence[RestoreSession],
    others: t.Mapping[str, RestorePoint | None],
    roots: Roots,
    places: dict[t.Any, str],
) -> Decision:
    plan.prove(request, point, em.server_clock.now())
    spec = plan.spec_of(request, point, knows_keep)
    machine = same_object(point.ref, roots.unique) if point.ref else (point.machine, point.server and point.server.id)
    if machine in places:
        raise VeeamError(
            f"{request.place}{quoted(point.machine)} is the same machine as {places[machine].rstrip(': ')}; name each "
            "machine once."
        )
    places[machine] = request.place
    return Decision(request, point, spec, plan.when_running(request, point, running, others, roots))


def read_running(
    em: EnterpriseManager, deadline: float
) -> Flow[tuple[list[RestoreSession], dict[str, RestorePoint | None]]]:
    """The restores that run, of all machines, and the points that they restore, None where one cannot be read."""
    sessions = yield from read_sessions(em, deadline)
    running = [session for session in sessions if plan.is_restore(session)]
    others: dict[str, RestorePoint | None] = {}
    for identifier in dict.fromkeys(point for session in running for point in session.point_ids):
        try:
            others[identifier] = yield from em.one(RESTORE_POINT, identifier, deadline)
        except Refused as error:
            if error.status not in (400, 403, 404):
                raise
            others[identifier] = None
    return running, others
