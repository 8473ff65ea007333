# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a quick backup is needed, and whether there can be one: decided by the restore points of the machine. Pure.

A quick backup is an increment of the job that has the machine's newest restore point, on that job's server.
"""

from __future__ import annotations

import typing as t

from .._em import moments
from .._em.reference import quoted
from .._http.errors import NotFound, VeeamError
from .._machine.options import MachineRequest
from .._machine.pick import Machine, newest_ready, the_one, when
from .._machine.points import Roots
from .._resources.machine import same_object
from .._resources.restore_point import RestorePoint

NEEDS_A_FULL = (
    "a quick backup adds to a full backup, so there has to be one first. Run the machine's job with veeam_job_run, or "
    "make a VeeamZIP in the backup console."
)


class Decision(t.NamedTuple):
    """newest: the newest point that can be restored. is_enough: it is new enough, so nothing is sent.

    being_written: a point that will be new enough once it can be restored; an earlier run may have asked for it.
    """

    request: MachineRequest
    machine: Machine
    newest: RestorePoint
    is_enough: bool
    being_written: RestorePoint | None = None

    @property
    def title(self) -> str:
        """The machine, for messages."""
        return quoted(self.machine.name)

    @property
    def ref(self) -> str:
        """The reference that the backup server of its newest point knows it by."""
        return t.cast(str, self.newest.ref)


def decide(
    request: MachineRequest,
    points: t.Iterable[RestorePoint],
    roots: Roots,
    not_older_than: int | None,
    now: float | None,
) -> Decision:
    """What to do for a machine. now: by the server's clock. Raises VeeamError."""
    try:
        machine = the_one(request, points, roots)
    except NotFound as error:
        raise NotFound(f"{error.msg} Nothing was backed up: {NEEDS_A_FULL}") from error
    newest = newest_ready(machine)
    if newest is None:
        raise NotFound(
            f"{request.place}{request.option}: no restore point of {quoted(machine.name)} can be "
            f"restored yet. Nothing was backed up: {NEEDS_A_FULL}"
        )
    if newest.ref is None:
        raise VeeamError(
            f"{request.place}{request.option}: the newest restore point of {quoted(machine.name)} of {when(newest)} "
            "has no reference to the machine, as in an imported backup, so no quick backup can be asked for."
        )
    if newest.server is None:
        raise VeeamError(
            f"{request.place}{request.option}: Enterprise Manager does not say on which backup server the restore "
            f"points of {quoted(machine.name)} are."
        )
    if not_older_than is not None and now is None:
        raise VeeamError(
            f"{request.place}not_older_than: the server does not say what time it is, so the age of a restore point "
            "is not known. Leave not_older_than out to make one more."
        )
    written = machine.points[0] if not machine.points[0].ready else None
    if written is not None and not is_new_enough(written, not_older_than, now):
        written = None
    return Decision(request, machine, newest, is_new_enough(newest, not_older_than, now), written)


def is_new_enough(point: RestorePoint, not_older_than: int | None, now: float | None) -> bool:
    """Whether the point will do instead of another one."""
    if not_older_than is None or now is None or point.created is None:
        return False
    return now - point.created <= not_older_than


def newer_than(
    machine: Machine, before: RestorePoint, points: t.Iterable[RestorePoint], roots: Roots
) -> RestorePoint | None:
    """The newest ready point of the same machine that was not there before; None where there is none."""
    key = same_object(t.cast(str, before.ref), roots.unique)
    known = {point.id for point in machine.points if point.ready}
    new = [
        point
        for point in points
        if point.ready and point.id not in known and point.ref and same_object(point.ref, roots.unique) == key
    ]
    return max(new, key=lambda point: point.age_key, default=None)


def age_in_words(point: RestorePoint, now: float | None) -> str:
    """How old a point is, for a sentence."""
    if now is None or point.created is None:
        return f"of {when(point)}"
    return f"of {when(point)}, {moments.in_words(max(0.0, now - point.created))} old"


def each_once(decided: list[Decision | VeeamError], roots: Roots) -> None:
    """Refuse an item that names the machine of another one: names and references may lead to the same."""
    places: dict[t.Any, str] = {}
    for index, item in enumerate(decided):
        if not isinstance(item, Decision):
            continue
        key = same_object(item.ref, roots.unique)
        if key in places:
            decided[index] = VeeamError(
                f"{item.request.place}{quoted(item.request.text)} is the same machine as {places[key].rstrip(': ')}; "
                "name each machine once."
            )
        places.setdefault(key, item.request.place)
