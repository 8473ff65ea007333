# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding and proving the points of a task, and one failover: sent once, followed to its end.

Nothing is asked of the side that is dead: points, replicas and restore sessions are EM's own (EM reference:
post_vmreplicapoints_id_actionrestore).
"""

from __future__ import annotations

import typing as t

from .._em.calls import EnterpriseManager
from .._em.query import Query, any_of, is_filterable, is_plain
from .._em.reference import Reference, says_unknown
from .._http.effects import Flow
from .._http.errors import ExchangeError, NotFound, Refused, VeeamError
from .._machine import order
from .._machine.order import Order, Work
from .._machine.outcome import Done
from .._machine.pick import when
from .._machine.running import read_running
from .._module import render
from .._resources import restore_session
from .._resources.backup_server import name_missing_servers
from .._resources.replica import REPLICA, REPLICA_POINT, ReplicaPoint
from .._resources.restore_session import RestoreSession
from . import plan
from .options import FailoverRequest
from .plan import Decision

#: What EM calls the task (EM reference: post_vmreplicapoints_id_actionrestore).
OPERATION = "StartReplicaFailover"
POINTS = 1000


def prove_all(
    em: EnterpriseManager, requests: t.Sequence[FailoverRequest], deadline: float
) -> Flow[list[Decision | VeeamError]]:
    """What is to be done for each request, or why nothing is. Raises what concerns all of them."""
    picked: list[ReplicaPoint | VeeamError] = []
    for request in requests:
        try:
            if request.point is not None:
                picked.append((yield from _given(em, request, request.point, deadline)))
            else:
                found = yield from _points(em, request, deadline)
                now = em.server_clock.now()
                if request.before is not None and request.before.before is not None and now is None:
                    raise VeeamError(
                        f"{request.place}created_before: the server does not say what time it is; give a moment "
                        "instead of a duration."
                    )
                picked.append(plan.pick_point(request, found, now))
        except VeeamError as error:
            if isinstance(error, Refused) and error.status == 401:
                raise
            picked.append(error)
    asked = [(request.server, request.place) for request in requests]
    picked = yield from name_missing_servers(em, picked, asked, deadline)
    if not any(isinstance(point, ReplicaPoint) for point in picked):
        return [t.cast(VeeamError, error) for error in picked]
    running = yield from read_running(em, deadline)
    decisions: list[Decision | VeeamError] = []
    places: dict[t.Any, str] = {}
    for request, point in zip(requests, picked):
        if isinstance(point, VeeamError):
            decisions.append(point)
            continue
        try:
            decisions.append(_decide(em, request, point, running, places))
        except VeeamError as error:
            decisions.append(error)
    return decisions


def _decide(
    em: EnterpriseManager,
    request: FailoverRequest,
    point: ReplicaPoint,
    running: t.Sequence[RestoreSession],
    places: dict[t.Any, str],
) -> Decision:
    plan.prove(request, point, em.server_clock.now())
    machine = (point.replica_id, point.vm_name or point.machine)
    if machine in places:
        raise VeeamError(
            f'{request.place}"{point.machine}" is the same machine as {places[machine].rstrip(": ")}; name each '
            "machine once."
        )
    places[machine] = request.place
    return Decision(request, point, plan.when_running(request, point, running))


def _given(em: EnterpriseManager, request: FailoverRequest, point: Reference, deadline: float) -> Flow[ReplicaPoint]:
    try:
        return (yield from em.one(REPLICA_POINT, t.cast(str, point.id), deadline))
    except Refused as error:
        if error.from_api and error.status in (400, 404):
            raise says_unknown(f"{request.place}replica_point: there is no replica point (any more)", error) from error
        raise


def _points(em: EnterpriseManager, request: FailoverRequest, deadline: float) -> Flow[list[ReplicaPoint]]:
    """All points that may be of the machine: those of the job's replicas, or those of machines of that name."""
    condition = ""
    if request.job is not None:
        replicas = yield from _replicas(em, request, request.job, deadline)
        condition = any_of("ReplicaUid", (replica.uid for replica in replicas))
    elif is_plain(t.cast(str, request.machine)):
        condition = f'VmDisplayName=="{request.machine}"'
    query = Query(REPLICA_POINT, condition, "sortDesc=CreationTime", POINTS)
    found: dict[str, ReplicaPoint] = {}

    def take(point: ReplicaPoint) -> None:
        found[point.id] = point

    yield from em.each(query, deadline, take)
    is_there = any(point.is_called(request.machine or "") for point in found.values())
    if request.job is None and condition and not is_there:
        # A server may show the replica's own name there, so this proves nothing.
        yield from em.each(query._replace(filter=""), deadline, take)
    return list(found.values())


def _replicas(em: EnterpriseManager, request: FailoverRequest, job: Reference, deadline: float) -> Flow[list[t.Any]]:
    """The replicas of the job. Replication jobs themselves are for administrators alone."""
    if job.id is not None:
        condition = f'JobUid=="urn:veeam:Job:{job.id}"'
    else:
        condition = f'JobName=="{job.name}"' if is_filterable(job.name or "") else ""
    replicas = yield from em.query(Query(REPLICA, condition), deadline)
    if job.name is not None:
        replicas = [replica for replica in replicas if replica.name == job.name]
    if not replicas:
        raise NotFound(f'{request.place}job: there is no replica of a job "{job.text}".')
    return replicas


def words(work: Work, decision: Decision, session: RestoreSession | None = None) -> dict[str, t.Any]:
    """The keys of a result."""
    return {
        "replica_point": render.replica_point(work.url, decision.point, work.em.server_clock.now()),
        "session": render.restore_session(work.url, session) if session is not None else None,
    }


def predict(work: Work, decision: Decision) -> Done:
    """What fail_over() would do."""
    if decision.joins is not None:
        return Done(
            changed=False, msg=f"A failover of {decision.title} is already running.", words=words(work, decision)
        )
    msg = f"Would fail {decision.title} over to its replica point of {when(decision.point)}."
    return Done(changed=True, msg=msg, words=words(work, decision))


def fail_over(work: Work, decision: Decision, deadline: float) -> Flow[Done]:
    """Fail it over, or wait for the failover that runs already. Raises OrderFailed. deadline: monotonic seconds."""
    what = Order(
        decision.point.machine,
        "failover",
        "nothing was failed over",
        OPERATION,
        f"{decision.point.path}?action=failover",
        None,
        decision.point.id,
        decision.point.server,
        lambda session: restore_session.is_failover(session) is True,
        lambda session: words(work, decision, session),
        decision.request.place,
    )
    joined, before = decision.joins, set[str]()
    if joined is None:
        before, joined = yield from _prove_again(work, decision, what, deadline)
    if joined is not None:
        if not work.waiting.wait:
            return Done(
                changed=False, msg=f"A failover of {decision.title} is already running.", words=words(work, decision)
            )
        ended = yield from order.follow(work, what, joined, changed=False, deadline=deadline)
        return Done(
            changed=False, msg=f"Waited for the failover of {decision.title}.", words=words(work, decision, ended)
        )
    sent = yield from order.send(work, what, before, deadline)
    remark = f" Its session was found although {sent.trouble.reason}." if sent.trouble is not None else ""
    if sent.session is None and (sent.trouble is not None or work.waiting.wait):
        raise order.unknown(what, sent)
    if sent.session is None or not work.waiting.wait:
        msg = f"The failover of {decision.title} has begun; the task did not wait for its end.{remark}"
        return Done(changed=True, msg=msg, words=words(work, decision))
    ended = yield from order.follow(work, what, sent.session, changed=True, deadline=deadline)
    warning = " It ended with a warning." if ended.result == "Warning" else ""
    msg = f"Failed {decision.title} over to its replica point of {when(decision.point)}.{warning}{remark}"
    return Done(changed=True, msg=msg, words=words(work, decision, ended))


def _prove_again(
    work: Work, decision: Decision, what: Order, deadline: float
) -> Flow[tuple[set[str], RestoreSession | None]]:
    """Read the point and what runs right before it is sent. Raises OrderFailed where it must not be sent any more."""
    em, proved = work.em, decision.point
    try:
        read: ReplicaPoint = yield from em.one(REPLICA_POINT, proved.id, deadline)
        before = yield from restore_session.of_machine(em, proved.machine, deadline)
        running = yield from read_running(em, deadline)
    except ExchangeError as error:
        raise what.failed(f"Nothing was failed over for {decision.title}: {error.msg}", error, changed=False) from error
    if not plan.same_as_proved(proved, read):
        sentence = (
            f"The replica point of {decision.title} of {when(proved)} is not what it was when the task began; "
            "nothing was failed over. Run the task again."
        )
        raise what.failed(sentence, None, changed=False)
    try:
        joined = plan.when_running(decision.request, proved, running)
    except VeeamError as error:
        raise what._replace(place="").failed(error.msg, None, changed=False) from error
    return {session.id for session in before}, joined
