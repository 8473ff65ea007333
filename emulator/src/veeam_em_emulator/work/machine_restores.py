# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore does to machines: in place, as a new one, or as one beside the original (vbr full_recovery)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..estate.inventory import Inventory, InventoryObject, new_reference, platform_of, split_reference
from ..estate.machines import Cause, Machine, MachineKey, Machines
from ..estate.run_plans import RunPlan
from ..estate.state import State
from ..wire.links import Link
from .backups import Backups
from .restore_points import VAppRestorePoint, VmRestorePoint
from .restore_sessions import RESTORE_VM, RestoreSession, RestoreSessions

_BROKEN = "broken"


@dataclass(frozen=True)
class Manner:
    """How one machine is brought back. keep: the original stays, the restored one stands beside it. power_on: None is
    as it was. name: of the new machine; None is what the backup server chooses. vapp: reference of the vApp that it is
    put into, or empty.
    """

    power_on: bool | None = False
    keep: bool = False
    name: str | None = None
    vapp: str = ""


def vm_point_link(item: VmRestorePoint) -> Link:
    return Link("Related", f"/vmRestorePoints/{item.id}", item.name, "VmRestorePointReference")


def vapp_point_link(item: VAppRestorePoint) -> Link:
    return Link("Related", f"/vAppRestorePoints/{item.id}", item.name, "VAppRestorePointReference")


class MachineRestores:
    """switches: what nobody has published of it."""

    def __init__(
        self,
        switches: Mapping[str, Any],
        state: State,
        inventory: Inventory,
        machines: Machines,
        backups: Backups,
        restores: RestoreSessions,
    ) -> None:
        self.switches = switches
        self.state = state
        self.inventory = inventory
        self.machines = machines
        self.backups = backups
        self.restores = restores

    def original(self, item: VmRestorePoint) -> Machine | None:
        """The machine of which the point is, where it exists. By its name where EM does not know it otherwise."""
        if item.has_reference:
            machine = self.machines.of(item.machine.reference, item.machine.name)
            return machine if machine.exists else None
        named = [machine for machine in self.machines.named(item.machine.name) if machine.exists]
        return named[0] if len(named) == 1 else None

    def begin(
        self,
        item: VmRestorePoint,
        manner: Manner,
        cause: Cause,
        *,
        plan: RunPlan | None = None,
        delay: str | None = None,
    ) -> RestoreSession:
        """plan: what was planned where not given. delay: when EM shows the session."""
        job = _Job(self, [_Part(item, manner, self.original(item))])
        return self._begin(RESTORE_VM, item.machine.name, job, vm_point_link(item), cause, plan, delay)

    def begin_vapp(
        self,
        vapp: VAppRestorePoint,
        manners: Sequence[tuple[VmRestorePoint, Manner]],
        name: str | None,
        cause: Cause,
        *,
        plan: RunPlan | None = None,
        delay: str | None = None,
    ) -> RestoreSession:
        """name: of a new vApp; None brings its machines back as their manners say."""
        parts = [_Part(item, manner, self.original(item)) for item, manner in manners]
        job = _Job(self, parts, vapp, name)
        kind = self.switches["vapp_restore_type"]
        return self._begin(kind, vapp.vapp.name, job, vapp_point_link(vapp), cause, plan, delay)

    def _begin(
        self, kind: str, title: str, job: _Job, related: Link, cause: Cause, plan: RunPlan | None, delay: str | None
    ) -> RestoreSession:
        first = job.parts[0].item
        return self.restores.start(
            job_type=kind, server=first.server, machine=title, reference=first.machine.reference, point=related,
            cause=cause, begun=job.begun, act=job.act, failed=job.failed, keys=job.keys(), plan=plan, delay=delay,
        )  # fmt: skip

    # What it does

    def kept_name(self, name: str, at: datetime) -> str:
        """What the backup server calls the machine that stands beside the original."""
        choice = self.switches["kept_machine_name"]
        if choice == "same":
            return name
        return f"{name}_restored" if choice == "suffix" else f"{name}_{at:%Y%m%d%H%M%S}"

    def like(self, item: VmRestorePoint) -> str:
        """A reference of the kind that a new machine of the point gets."""
        if item.has_reference:
            return item.machine.reference
        platform = item.point.backup.platform
        roots = [root for root in self.state.roots.values() if root.server is item.server]
        fitting = [root.id for root in roots if platform_of(root.host_type) == platform]
        return f"urn:{platform}:Vm:{fitting[0] if fitting else item.server.id}.new"

    def add_vapp(self, like: str, name: str, members: Sequence[str]) -> None:
        root_id = split_reference(like).root.lower()
        root = self.state.roots.get(root_id)
        if root is not None:
            number = self.inventory.count(root_id) + 1
            reference = new_reference(root_id, root.host_type, "Vapp", number, self.restores.new_id())
            self.inventory.add(root_id, InventoryObject(reference, "Vapp", name, members=tuple(members)))

    def put_into_vapp(self, reference: str, member: str) -> None:
        item = self.inventory.find(reference)
        if item is not None:
            self.inventory.replace(
                split_reference(reference).root.lower(), item, item._replace(members=(*(item.members or ()), member))
            )


@dataclass
class _Part:
    """One machine of a restore. original: where it exists. was_on: before the restore."""

    item: VmRestorePoint
    manner: Manner
    original: Machine | None
    was_on: bool = True

    @property
    def in_place(self) -> bool:
        return self.original is not None and not self.manner.keep


@dataclass
class _Job:
    """What is to be done at the begin and at the end of one restore."""

    about: MachineRestores
    parts: list[_Part]
    vapp: VAppRestorePoint | None = None
    new_name: str | None = None

    def keys(self) -> set[MachineKey]:
        """The machines on which it works: also one that is not there (any more)."""
        machines = self.about.machines
        found = set()
        for part in self.parts:
            thing = part.item.machine
            machine = part.original or (machines.of(thing.reference, thing.name) if part.item.has_reference else None)
            if machine is not None:
                found.add(machine.key)
        return found

    def _cause(self, session: RestoreSession) -> Cause:
        return replace(session.cause, session=session.id, server=session.server.name)

    def begun(self, session: RestoreSession) -> None:
        machines, cause = self.about.machines, self._cause(session)
        for part in self.parts:
            if part.original is None:
                continue
            if part.in_place:
                session.restored = session.restored or part.original.reference
            part.was_on = part.original.powered_on
            detail = "in place" if part.in_place else "beside"
            machines.note(part.original, "restore_started", cause, point=part.item.id, detail=detail)
            if part.in_place:
                machines.power(part.original, on=False, cause=cause)

    def act(self, session: RestoreSession) -> None:
        assert session.ended is not None
        cause = self._cause(session)
        made = [self._restored(part, cause, session.ended).reference for part in self.parts]
        if self.vapp is not None and self.new_name:
            self.about.add_vapp(self.vapp.reference, self.new_name, made)
        session.restored = made[0]

    def failed(self, session: RestoreSession) -> None:
        assert session.ended is not None
        cause = self._cause(session)
        for part in self.parts:
            self._leave(part, session.reason, cause, session.ended)

    def _leave(self, part: _Part, reason: str | None, cause: Cause, at: datetime) -> None:
        machine, machines = part.original, self.about.machines
        if machine is None:
            return
        if part.in_place and self.about.switches["failed_restore_leaves"] == "broken":
            machines.put(machine, _BROKEN, at)
        elif part.in_place:
            machines.power(machine, part.was_on, cause, at)
        machines.note(machine, "restore_failed", cause, at=at, point=part.item.id, detail=reason)

    def _restored(self, part: _Part, cause: Cause, at: datetime) -> Machine:
        machines, item, manner = self.about.machines, part.item, part.manner
        data = self.about.backups.data_of(item)
        original = part.original
        if original is not None and part.in_place:
            machine = original
            machines.put(machine, data, at)
        else:
            name = item.machine.name
            if manner.name or manner.keep:
                name = manner.name or self.about.kept_name(name, at)
            after = self.about.switches["show_new_machine_after"]
            machine = machines.create(name, self.about.like(item), cause, after=after, data=data, at=at)
            if original is not None:
                machines.note(original, "restored_beside", cause, at=at, point=item.id, other=machine.reference)
            if manner.vapp:
                self.about.put_into_vapp(manner.vapp, machine.reference)
        machines.note(machine, "restored", cause, at=at, point=item.id)
        machines.power(machine, part.was_on if manner.power_on is None else manner.power_on, cause, at)
        return machine
