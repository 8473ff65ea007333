# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore points by what they are asked for: their time, their machine's name or reference, the run that has made them,
their id. It knows nothing of what EM shows of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ..estate.inventory import reference_key
from .restore_points import (
    AGENT_POINT_IDS,
    FILE_IDS,
    POINT_IDS,
    VAPP_POINT_IDS,
    VM_POINT_IDS,
    AgentRestorePoint,
    BackupFile,
    RestorePoint,
    VAppRestorePoint,
    VmRestorePoint,
)
from .run_sessions import JobSession, SessionIndex
from .shelf import Shelf, by_time

T = TypeVar("T")


class PointIndex:
    """points, vm_points ...: of each kind, by time. made: what each run has written, in the order of its machines."""

    def __init__(self) -> None:
        self.points: Shelf[RestorePoint] = Shelf()
        self.vm_points: Shelf[VmRestorePoint] = Shelf()
        self.vapp_points: Shelf[VAppRestorePoint] = Shelf()
        self.agent_points: Shelf[AgentRestorePoint] = Shelf()
        self.made: dict[str, list[RestorePoint]] = {}
        self._by_name: dict[str, list[VmRestorePoint]] = {}
        self._by_reference: dict[tuple[str, ...], list[VmRestorePoint]] = {}
        self._sessions = SessionIndex()
        self._own_ids: dict[str, VmRestorePoint] = {}

    # Keeping

    def run(self, session: JobSession) -> None:
        """A run begins to write."""
        self.made[session.id] = []
        self._sessions.add(session)

    def put(self, point: RestorePoint) -> None:
        self.made[point.session.id].append(point)
        self.points.put(point)

    def put_machine(self, item: VmRestorePoint) -> None:
        """One machine of a point."""
        if not item.alive:
            return
        if isinstance(item, AgentRestorePoint):
            self.agent_points.put(item)
        else:
            self.vm_points.put(item)
            self._by_name.setdefault(item.machine.name.casefold(), []).append(item)
        if item.has_reference:
            self._by_reference.setdefault(reference_key(item.machine.reference), []).append(item)
        if item.own_id:
            self._own_ids[item.own_id] = item

    def moved(self) -> None:
        """Machines have another time than before."""
        self.vm_points.moved()
        self.agent_points.moved()

    def sweep(self) -> None:
        """Some are not alive any more."""
        for shelf in (self.points, self.vm_points, self.vapp_points, self.agent_points):
            shelf.sweep()

    # Finding, whatever EM shows

    def named(self, names: Iterable[str]) -> list[VmRestorePoint]:
        """Of the virtual machines that had one of the names, in any letter case, when they were backed up."""
        keys = {name.casefold() for name in names}
        return by_time([item for key in sorted(keys) for item in _alive(self._by_name, key)])

    def of(self, references: Iterable[str]) -> list[VmRestorePoint]:
        """Of virtual machines and computers."""
        keys = {reference_key(reference) for reference in references}
        return by_time([item for key in sorted(keys) for item in _alive(self._by_reference, key)])

    def newest(self, reference: str, job_ids: Iterable[str]) -> VmRestorePoint | None:
        """The newest finished point of a machine in the backups of these jobs."""
        ids = set(job_ids)
        found = [
            item
            for item in _alive(self._by_reference, reference_key(reference))
            if item.point.finished and not item.failed and item.point.backup.job_id in ids
        ]
        return max(found, key=lambda item: item.created, default=None)

    def machine_point(self, session: JobSession, number: int) -> VmRestorePoint | None:
        """What a run has made of one of its machines."""
        points = self.made.get(session.id, ())
        if len(points) == 1 and len(points[0].machines) > number:
            return points[0].machines[number]
        return points[number].machines[0] if 0 <= number < len(points) else None

    # By id

    def point(self, identity: str) -> RestorePoint | None:
        own = self._own_ids.get(identity)
        if own is not None and own.point.id == identity:
            return own.point
        return self._found(identity, POINT_IDS, self._nth)

    def vm_point(self, identity: str) -> VmRestorePoint | None:
        found = self._own_ids.get(identity) or self._found(identity, VM_POINT_IDS, self.machine_point)
        return None if isinstance(found, AgentRestorePoint) else found

    def agent_point(self, identity: str) -> AgentRestorePoint | None:
        found = self._found(identity, AGENT_POINT_IDS, self.machine_point)
        return found if isinstance(found, AgentRestorePoint) else None

    def vapp_point(self, identity: str) -> VAppRestorePoint | None:
        return self._found(identity, VAPP_POINT_IDS, self._vapp_point)

    def file(self, identity: str) -> BackupFile | None:
        found = self._found(identity, FILE_IDS, self._nth)
        return found.made if found is not None else None

    def _found(self, identity: str, purpose: int, pick: Callable[[JobSession, int], T | None]) -> T | None:
        for session, number in self._sessions.find(identity, purpose):
            found = pick(session, number)
            if found is not None:
                return found
        return None

    def _nth(self, session: JobSession, number: int) -> RestorePoint | None:
        """A run writes one point for all its machines, or one for each."""
        points = self.made.get(session.id, ())
        return points[number] if number < len(points) and points[number].number == number else None

    def _vapp_point(self, session: JobSession, number: int) -> VAppRestorePoint | None:
        points = self.made.get(session.id, ())
        return next((vapp for point in points for vapp in point.vapps if vapp.number == number), None)


def _alive(index: dict[Any, list[VmRestorePoint]], key: Any) -> list[VmRestorePoint]:
    found = index.get(key, [])
    alive = [item for item in found if item.alive]
    if len(alive) < len(found):
        index[key] = alive
    return alive
