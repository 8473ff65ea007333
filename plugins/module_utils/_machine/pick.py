# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which machine is meant, by its restore points, and which of its points. Pure.

Never a guess: a name that several machines have is refused, with the references that tell them apart.
"""

from __future__ import annotations

import typing as t

from .._em import moments
from .._em.reference import hint, quoted
from .._http.errors import NotFound, OptionError
from .._resources.machine import parse_ref, same_object
from .._resources.replica import ReplicaPoint
from .._resources.restore_point import RestorePoint, newest_first
from .options import MachineRequest
from .points import Roots, object_of, there_too

#: Candidates that a message names.
MAX_SHOWN = 6
SCOPE = (
    "An account below Portal Administrator sees only the machines of its restore scope, which Enterprise Manager "
    "works out once a day."
)


class Machine(t.NamedTuple):
    """A machine, as its points know it. points: newest first."""

    name: str
    ref: str | None
    points: tuple[RestorePoint, ...]

    @property
    def key(self) -> tuple[str, str]:
        """What no other machine of a run has."""
        return self.name, self.ref or ""


def machines(points: t.Iterable[RestorePoint], roots: Roots) -> list[Machine]:
    """The machines that these points are of, by name. One without a reference is told by its name and server."""
    groups: dict[t.Any, list[RestorePoint]] = {}
    for point in points:
        by_name = (point.machine, point.server.id if point.server else None)
        groups.setdefault(same_object(point.ref, roots.unique) if point.ref else by_name, []).append(point)
    found = []
    for group in groups.values():
        ordered = newest_first(group)
        # It may have been renamed, so the newest point knows its name.
        found.append(Machine(ordered[0].machine, ordered[0].ref, tuple(ordered)))
    return sorted(found, key=lambda machine: (machine.name, machine.ref or ""))


def narrowing(request: MachineRequest, roots: Roots) -> t.Callable[[RestorePoint], bool]:
    """What says of a point whether host and backup_server leave it. Raises OptionError at once for an unknown host."""
    hosts = _hosts(request, roots)

    def fits(point: RestorePoint) -> bool:
        return (request.server is None or request.server.is_server(point.server)) and (
            hosts is None or (point.ref is not None and roots.of_host(parse_ref(point.ref).root) in hosts)
        )

    return fits


def _hosts(request: MachineRequest, roots: Roots) -> set[str] | None:
    if request.host is None:
        return None
    if roots.known is None:
        if request.host.id is not None:
            return {request.host.id}
        raise OptionError(
            f"{request.place}host: the account's role does not see the hosts by name; give the id of the hierarchy "
            "root, which is in the machine's reference, or the reference itself in machine."
        )
    picked = request.host.picks(roots.known)
    if not picked:
        there = hint(request.host.text, [root.name for root in roots.known], "hierarchy roots")
        raise OptionError(f"{request.place}host: there is no hierarchy root {quoted(request.host.text)}.{there}")
    return {roots.of_host(root.id) for root in picked}


def the_one(
    request: MachineRequest, points: t.Iterable[RestorePoint], roots: Roots, alike: t.Iterable[RestorePoint] = ()
) -> Machine:
    """The one machine that is meant. Raises NotFound, or OptionError where a name is not unique.

    alike: see points.Found. Where one of them may be the newest of the machine, that is an OptionError.
    """
    fits = narrowing(request, roots)
    if request.ref is not None:
        key = same_object(request.ref, roots.unique)
        own = [point for point in points if point.ref and same_object(point.ref, roots.unique) == key]
        wanted = object_of(request.ref)
        other = next((one for one in alike if fits(one) and one.ref and object_of(one.ref) == wanted), None)
        if other is not None:
            raise OptionError(
                f"{request.place}{request.option}: {there_too(other)} Set backup_server, or give one restore point."
            )
    else:
        own = [point for point in points if point.machine == request.name]
    left = [point for point in own if fits(point)]
    if not left:
        where = ""
        if own:
            servers = sorted({point.server.name for point in own if point.server})
            where = f" There are some on {', '.join(servers)}." if servers else ""
        else:
            where = f" {SCOPE}"
        raise NotFound(
            f"{request.place}{request.option}: there is no restore point of machine {quoted(request.text)}"
            f"{_where(request)}.{where}"
        )
    found = machines(left, roots)
    if len(found) > 1:
        # A point without a reference, of an imported backup say, cannot be proved to be of this machine or another.
        found = [machine for machine in found if machine.ref is not None] or found
    if len(found) > 1:
        raise OptionError(
            f"{request.place}{request.option}: {len(found)} machines are called {quoted(request.text)}: "
            f"{_candidates(found)}. Give the reference of one of them, or set host or backup_server."
        )
    return found[0]


def _where(request: MachineRequest) -> str:
    parts = []
    if request.host is not None:
        parts.append(f"host {quoted(request.host.text)}")
    if request.server is not None:
        parts.append(f"backup server {quoted(request.server.text)}")
    return f" on {' and '.join(parts)}" if parts else ""


def _candidates(found: t.Sequence[Machine]) -> str:
    texts = []
    for machine in found[:MAX_SHOWN]:
        newest = machine.points[0]
        server = newest.server.name if newest.server else "an unknown backup server"
        texts.append(f"{machine.ref or 'one without a reference'} on {server} (newest restore point: {when(newest)})")
    if len(found) > MAX_SHOWN:
        texts.append(f"and {len(found) - MAX_SHOWN} more")
    return "; ".join(texts)


def when(point: RestorePoint | ReplicaPoint) -> str:
    """The moment of a point, for a sentence."""
    return moments.write(point.created) if point.created is not None else "an unknown time"


def newest_ready(machine: Machine, before: float | None = None) -> RestorePoint | None:
    """The newest point that can be restored, made no later than that moment; one without a moment is none."""
    for point in machine.points:
        if point.ready and point.created is not None and (before is None or point.created <= before):
            return point
    return None
