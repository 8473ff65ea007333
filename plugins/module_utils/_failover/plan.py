# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which point a machine is failed over to, and whether it may be: decided by what was read. Pure."""

from __future__ import annotations

import typing as t

from .._em import moments
from .._em.reference import near_hint, quoted
from .._http.errors import NotFound, OptionError, VeeamError
from .._machine.pick import when
from .._resources.replica import ReplicaPoint
from .._resources.restore_session import RestoreSession, is_failover
from .options import FAIL, FailoverRequest

MAX_SHOWN = 6


class Decision(t.NamedTuple):
    """point: what the machine is failed over to. joins: a failover of it that runs already and is waited for."""

    request: FailoverRequest
    point: ReplicaPoint
    joins: RestoreSession | None = None

    @property
    def title(self) -> str:
        """The machine, for messages."""
        return quoted(self.point.machine)


def pick_point(request: FailoverRequest, points: t.Sequence[ReplicaPoint], now: float | None) -> ReplicaPoint:
    """The newest point of the machine. Raises NotFound, or OptionError where several replicas have one of that name."""
    name = t.cast(str, request.machine)
    own = [
        point
        for point in points
        if point.is_called(name) and (request.server is None or request.server.is_server(point.server))
    ]
    if not own:
        names = {other for point in points for other in (point.machine, point.vm_name) if other}
        where = f" in replicas of job {quoted(request.job.text)}" if request.job is not None else ""
        hint = near_hint(name, names)
        raise NotFound(f"{request.place}machine: there is no replica point of machine {quoted(name)}{where}.{hint}")
    replicas = {(point.replica_id, point.server.id if point.server else None): point for point in own}
    if len(replicas) > 1:
        listed = [
            f"{point.replica_name or 'an unknown job'} on {point.server.name if point.server else 'an unknown server'}"
            for point in replicas.values()
        ]
        raise OptionError(
            f"{request.place}machine: {quoted(name)} is in {len(replicas)} replicas: {'; '.join(listed[:MAX_SHOWN])}. "
            "Set job or backup_server to one of them."
        )
    before = request.before.at(now if now is not None else 0.0) if request.before is not None else None
    dated = [point for point in own if point.created is not None and (before is None or point.created <= before)]
    if not dated:
        since = f" from before {moments.write(before)}" if before is not None else ""
        newest = max(own, key=lambda point: point.created or 0.0)
        raise NotFound(
            f"{request.place}machine: there is no replica point of {quoted(name)}{since}; it has {len(own)}, the "
            f"newest from {when(newest)}."
        )
    return max(dated, key=lambda point: (point.created or 0.0, point.id))


def prove(request: FailoverRequest, point: ReplicaPoint, now: float | None) -> None:
    """Raise VeeamError where the point must not be failed over to."""
    if request.not_older_than is None:
        return
    if now is None or point.created is None:
        raise VeeamError(
            f"{request.place}not_older_than: the age of the replica point of {quoted(point.machine)} is not known, "
            "because the server does not say when it was made, or what time it is now; nothing was failed over."
        )
    age = now - point.created
    if age > request.not_older_than:
        raise VeeamError(
            f"{request.place}not_older_than: the replica point of {quoted(point.machine)} of {when(point)} is "
            f"{moments.in_words(age)} old, which is more than {moments.in_words(request.not_older_than)}; nothing was "
            "failed over."
        )


def when_running(
    request: FailoverRequest, point: ReplicaPoint, running: t.Iterable[RestoreSession]
) -> RestoreSession | None:
    """The failover of the machine that runs already, to be waited for. Raises VeeamError where if_running says so."""
    for session in running:
        elsewhere = session.server is not None and point.server is not None and session.server.id != point.server.id
        if session.has_ended or elsewhere or is_failover(session) is False:
            continue
        if point.id in session.point_ids or point.is_called(session.machine):
            if is_failover(session) is None:
                raise VeeamError(
                    f"{request.place}{quoted(point.machine)} has been under failover or restore since "
                    f"{moments.in_sentence(session.start)} (session {session.id}), and Enterprise Manager does not say "
                    "which; nothing was sent. Wait for its end."
                )
            if request.if_running == FAIL:
                raise VeeamError(
                    f"{request.place}{quoted(point.machine)} is being failed over (session {session.id}, "
                    f"started {moments.in_sentence(session.start)}); nothing was sent, as if_running asks."
                )
            return session
    return None


def same_as_proved(proved: ReplicaPoint, read: ReplicaPoint) -> bool:
    """Whether a point is what it was: of this machine, in this replica, of this moment."""
    return (
        read.machine == proved.machine
        and read.created == proved.created
        and read.replica_id == proved.replica_id
        and (read.server and read.server.id) == (proved.server and proved.server.id)
    )
