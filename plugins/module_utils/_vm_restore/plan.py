# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a restore may be sent, and what is sent: decided by what was read. Pure.

What cannot be proved is refused, with the reason; nothing is guessed.
"""

from __future__ import annotations

import typing as t

from .._em import moments
from .._em.reference import quoted
from .._http.errors import NotFound, VeeamError
from .._machine.pick import Machine, newest_ready, when
from .._machine.points import Roots
from .._resources.machine import parse_ref, same_object
from .._resources.restore_point import RestorePoint
from .._resources.restore_session import RESTORE_VM, RestoreSession
from .options import FAIL, KEEP, REPLACE, RestoreRequest
from .spec import RestoreSpec

VCLOUD = "vCloud"


class Decision(t.NamedTuple):
    """point: what is restored. joins: a restore of it that runs already and is waited for, None where one is sent."""

    request: RestoreRequest
    point: RestorePoint
    spec: RestoreSpec
    joins: RestoreSession | None = None

    @property
    def title(self) -> str:
        """The machine, for messages."""
        return quoted(self.point.machine)


def pick_point(request: RestoreRequest, machine: Machine, now: float | None) -> RestorePoint:
    """The newest point of the machine that can be restored. Raises NotFound. now: by the server's clock."""
    before = request.before.at(now if now is not None else 0.0) if request.before is not None else None
    point = newest_ready(machine, before)
    if point is not None:
        return point
    since = f" from before {moments.write(before)}" if before is not None else ""
    written = sum(not item.ready for item in machine.points)
    still = f" Still being written: {written}." if written else ""
    raise NotFound(
        f"{request.place}machine: no restore point of {quoted(machine.name)}{since} can be restored; it has "
        f"{len(machine.points)}, the newest from {when(machine.points[0])}.{still}"
    )


def prove(request: RestoreRequest, point: RestorePoint, now: float | None) -> None:
    """Raise VeeamError where the point must not be restored."""
    if not point.ready:
        raise VeeamError(
            f"{request.place}restore_point: the restore point of {quoted(point.machine)} of {when(point)} is still "
            "being written; nothing was restored. Wait for the end of its job."
        )
    if request.not_older_than is not None:
        if now is None or point.created is None:
            raise VeeamError(
                f"{request.place}not_older_than: the age of the restore point of {quoted(point.machine)} is not known, "
                "because the server does not say when it was made, or what time it is now; nothing was restored."
            )
        age = now - point.created
        if age > request.not_older_than:
            raise VeeamError(
                f"{request.place}not_older_than: the restore point of {quoted(point.machine)} of {when(point)} is "
                f"{moments.in_words(age)} old, which is more than {moments.in_words(request.not_older_than)}; nothing "
                "was restored."
            )


def spec_of(request: RestoreRequest, point: RestorePoint, knows_keep: bool) -> RestoreSpec:
    """What is sent for it. knows_keep: whether the server is 13 or newer. Raises VeeamError."""
    if point.platform == VCLOUD:
        if request.original == KEEP and request.new_name is None:
            raise VeeamError(
                f"{request.place}new_name: is missing; a machine of Cloud Director is restored beside its original "
                "under a name of its own."
            )
        root = parse_ref(point.ref or "").root
        return RestoreSpec(request.power_on, request.quick_rollback, None, root, point.uid, request.new_name)
    if request.new_name is not None:
        raise VeeamError(
            f"{request.place}new_name: {quoted(point.machine)} is no machine of Cloud Director, and Enterprise Manager "
            "takes a name for those alone; leave it out: the server chooses the name of the restored machine."
        )
    if request.original == KEEP and not knows_keep:
        raise VeeamError(
            f"{request.place}original: keep needs Enterprise Manager 13. An older one may not know what it means and "
            f"overwrite the original, so nothing was restored for {quoted(point.machine)}."
        )
    return RestoreSpec(request.power_on, request.quick_rollback, request.original == KEEP if knows_keep else None)


def is_restore(session: RestoreSession) -> bool:
    """Whether it may be the restore of a whole machine."""
    return session.type is None or session.type.lower() == RESTORE_VM.lower()


def of_same_machine(
    session: RestoreSession, point: RestorePoint, others: t.Mapping[str, RestorePoint | None], roots: Roots
) -> bool:
    """Whether the session restores the machine that the point is of.

    others: the points that sessions name, None for those that cannot be read. Where it cannot be told, it may be.
    """
    if not session.point_ids:
        elsewhere = session.server is not None and point.server is not None and session.server.id != point.server.id
        return session.machine == point.machine and not elsewhere
    for identifier in session.point_ids:
        other = others.get(identifier)
        if other is None or not other.ref or not point.ref:
            if session.machine == point.machine:
                return True
        elif same_object(other.ref, roots.unique) == same_object(point.ref, roots.unique):
            return True
    return False


def when_running(
    request: RestoreRequest,
    point: RestorePoint,
    running: t.Iterable[RestoreSession],
    others: t.Mapping[str, RestorePoint | None],
    roots: Roots,
) -> RestoreSession | None:
    """The restore of the same point that runs already, to be waited for; None where none of the machine runs.

    Raises VeeamError where one runs that forbids another.
    """
    joined: RestoreSession | None = None
    for session in running:
        if session.has_ended or not is_restore(session):
            continue
        if point.id in session.point_ids:
            joined = session
        elif of_same_machine(session, point, others, roots):
            raise VeeamError(
                f"{request.place}{quoted(point.machine)} is being restored from another restore point (session "
                f"{session.id}, started {moments.in_sentence(session.start)}); nothing was sent. Wait for its end."
            )
    if joined is not None and request.if_running == FAIL:
        raise VeeamError(
            f"{request.place}{quoted(point.machine)} is being restored from this restore point (session {joined.id}, "
            f"started {moments.in_sentence(joined.start)}); nothing was sent, as if_running asks."
        )
    return joined


def same_as_proved(proved: RestorePoint, read: RestorePoint) -> bool:
    """Whether a point is what it was: of this machine, on this server, of this moment, and ready."""
    return (
        read.ready
        and read.machine == proved.machine
        and (read.ref or "").lower() == (proved.ref or "").lower()
        and read.created == proved.created
        and (read.server and read.server.id) == (proved.server and proved.server.id)
    )


def what_happens(decision: Decision) -> str:
    """What a restore does, for a sentence."""
    if decision.request.original == REPLACE:
        return "in place" + (", by quick rollback" if decision.request.quick_rollback else "")
    return (
        f"beside the original, as {quoted(decision.spec.new_name)}" if decision.spec.new_name else "beside the original"
    )
