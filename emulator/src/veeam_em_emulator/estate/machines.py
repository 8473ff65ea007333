# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines as something that has a life: they exist, are on or off, and their disks hold the data of a moment.

What is on the disks is a word: ``original`` at the start, whatever a test writes there later. A backup takes the word
of its moment, a restore puts an earlier one back; so a test sees what a restore did, and what a second one would do.

One vCenter that two backup servers know is two hierarchy roots with one UniqueId: what is in both is one machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import NamedTuple

from ..tester.clock import Clock
from .agents import NO_HOST
from .history import By
from .inventory import Inventory, InventoryObject, is_machine, new_reference, split_reference
from .servers import HierarchyRoot
from .state import State

_BEGINNING = datetime.min.replace(tzinfo=timezone.utc)
# Morefs of machines that are made while it runs
_FIRST_NEW = 9001


class MachineError(ValueError):
    """It cannot be done with that machine; the message says why."""


@dataclass(frozen=True, slots=True)
class Content:
    """What the disks hold from a moment on. mark: number of the change; keeps the order of two at one time."""

    mark: int
    since: datetime
    data: str


@dataclass(frozen=True)
class Cause:
    """Who or what did it. by: as in the history of jobs. user, logon, task: of the request. job, session: the job that
    was at work and its session, or the restore session. server: name of the backup server that did it."""

    by: By
    user: str | None = None
    logon: str | None = None
    task: str | None = None
    job: str | None = None
    session: str | None = None
    server: str | None = None


CONSOLE = Cause("console")
SCHEDULE = Cause("schedule")


class MachineKey(NamedTuple):
    """What a machine is known by, see Machine: the same in every inventory that has it."""

    group: str
    own: str


@dataclass(eq=False, slots=True)
class Machine:
    """own: what follows the root in its references. group: UniqueId of the roots that have it; of a machine that no
    inventory knows, the id of the root in its reference.
    """

    own: str
    group: str
    reference: str
    name: str
    powered_on: bool
    contents: list[Content]
    exists: bool = True

    @property
    def key(self) -> MachineKey:
        return MachineKey(self.group, self.own)

    @property
    def data(self) -> str:
        return self.contents[-1].data

    @property
    def written(self) -> datetime | None:
        """When the disks were changed last; None for never since the start."""
        return self.contents[-1].since if len(self.contents) > 1 else None

    def data_at(self, moment: datetime, mark: int) -> str:
        """What a snapshot of that moment holds; of changes at the very moment, those up to ``mark`` count."""
        for content in reversed(self.contents):
            if content.since < moment or content.since == moment and content.mark <= mark:
                return content.data
        return self.contents[0].data

    def write(self, content: Content) -> None:
        self.contents.append(content)
        self.contents.sort(key=lambda item: (item.since, item.mark))


@dataclass(frozen=True)
class MachineEvent:
    """What became of a machine, and how it is after that. time: seconds since the epoch.

    event: ``created``, ``data_changed``, ``powered_on``, ``powered_off``, ``renamed``, ``registered_anew``,
    ``deleted``, ``backed_up``, ``backup_failed``, ``restore_started``, ``restored``, ``restored_beside``,
    ``restore_failed``, and what else is done with it. point: id of the point of the machine that was made or used.
    other: reference of the other machine (the one beside; under which it was registered before). detail: more words.
    by, user, logon, task, job, session, server: see ``Cause``.
    """

    number: int
    time: float
    event: str
    ref: str
    name: str
    data: str
    powered_on: bool
    exists: bool
    by: By
    user: str | None
    logon: str | None
    task: str | None
    job: str | None
    session: str | None
    server: str | None
    point: str | None
    other: str | None
    detail: str | None


@dataclass(eq=False)
class Machines:
    """All machines, and their history since the start. A machine is taken up when something first asks for it, so an
    estate of thousands costs nothing until then.

    new_id: a GUID.
    """

    state: State
    inventory: Inventory
    clock: Clock
    new_id: Callable[[], str]
    events: list[MachineEvent] = field(default_factory=list)
    marks: int = 0
    _known: dict[MachineKey, Machine] = field(default_factory=dict)
    _former: dict[MachineKey, Machine] = field(default_factory=dict)
    _next: int = _FIRST_NEW

    # Finding

    def _key(self, reference: str) -> MachineKey:
        _platform, _kind, root_id, own = split_reference(reference)
        root = self.state.roots.get(root_id.lower())
        return MachineKey((root.unique_id if root is not None else root_id).lower(), own)

    def find(self, reference: str) -> Machine | None:
        """The machine of a reference, in any inventory that has it or has had it since the start."""
        key = self._key(reference)
        machine = self._known.get(key)
        if machine is None:
            item = next((item for item, _root in self._listed(key)), None) or self._computer(key)
            if item is not None and is_machine(item):
                machine = self._take_up(key, item)
        return machine

    def _computer(self, key: MachineKey) -> InventoryObject | None:
        """One with an agent: it is in no inventory, and a machine all the same."""
        computer = self.state.computers.get(key.own)
        if computer is None or key.group != NO_HOST:
            return None
        return InventoryObject(computer.reference, "Vm", computer.name, powered_on=computer.host_status == "Online")

    def of(self, reference: str, name: str) -> Machine:
        """The same; a machine that no inventory has is one all the same, that only its backup server knows. Under a
        reference from before a new registration there is none any more."""
        key = self._key(reference)
        if key in self._former:
            return self._former[key]
        return self.find(reference) or self._take_up(key, InventoryObject(reference, "Vm", name))

    def gone(self, reference: str) -> bool:
        """Whether it was deleted, or is registered under another reference now."""
        key = self._key(reference)
        known = self._known.get(key)
        return key in self._former or known is not None and not known.exists

    def _take_up(self, key: MachineKey, item: InventoryObject) -> Machine:
        machine = Machine(
            own=key.own, group=key.group, reference=item.reference, name=item.name, powered_on=item.powered_on,
            contents=[Content(0, _BEGINNING, item.data)],
        )  # fmt: skip
        self._known[key] = machine
        return machine

    def _roots(self, group: str) -> list[HierarchyRoot]:
        return [root for root in self.state.roots.values() if root.unique_id.lower() == group]

    def _listed(self, key: MachineKey) -> Iterator[tuple[InventoryObject, HierarchyRoot]]:
        """Where it is in the inventories."""
        group, own = key
        for root in self._roots(group):
            item = self.inventory.machine(root.id, own)
            if item is not None:
                yield item, root

    def references(self, machine: Machine) -> list[str]:
        """In every inventory that has it; else the one under which it is known."""
        return [item.reference for item, _root in self._listed(machine.key)] or [machine.reference]

    def all(self) -> list[Machine]:
        """Those of the inventories, then those that are in none."""
        for item in self.inventory.machines():
            self.find(item.reference)
        for computer in self.state.computers.values():
            self.find(computer.reference)
        for job in self.state.jobs.values():
            for thing in job.objects if job.kind in ("job", "cdp") else ():
                if is_machine(thing) and self._key(thing.reference) not in self._former:
                    self.of(thing.reference, thing.name)
        return list(self._known.values())

    def named(self, text: str) -> list[Machine]:
        """By name, or by a reference; those that exist first."""
        if text.lower().startswith("urn:"):
            machine = self.find(text)
            return [machine] if machine is not None else []
        return sorted((item for item in self.all() if item.name == text), key=lambda item: not item.exists)

    def one(self, text: str) -> Machine:
        """The one that exists. MachineError."""
        found = self.named(text)
        alive = [machine for machine in found if machine.exists]
        if len(alive) == 1:
            return alive[0]
        if alive:
            raise MachineError(f"{len(alive)} machines are named {text!r}: give a reference")
        raise MachineError(f"the machine {text!r} is deleted" if found else f"there is no machine {text!r}")

    # Changing

    def note(
        self,
        machine: Machine,
        event: str,
        cause: Cause,
        *,
        at: datetime | None = None,
        point: str | None = None,
        other: str | None = None,
        detail: str | None = None,
    ) -> None:
        """at: where that was not now."""
        when = at if at is not None else self.clock.utc()
        self.events.append(
            MachineEvent(
                number=len(self.events) + 1, time=when.timestamp(), event=event, ref=machine.reference,
                name=machine.name, data=machine.data, powered_on=machine.powered_on, exists=machine.exists,
                by=cause.by, user=cause.user, logon=cause.logon, task=cause.task, job=cause.job,
                session=cause.session, server=cause.server, point=point, other=other, detail=detail,
            )
        )  # fmt: skip

    def put(self, machine: Machine, data: str, at: datetime | None = None) -> None:
        """Other data on its disks, without a word in the history."""
        self.marks += 1
        machine.write(Content(self.marks, at if at is not None else self.clock.utc(), data))

    def write(self, machine: Machine, data: str, cause: Cause) -> None:
        self.put(machine, data)
        self.note(machine, "data_changed", cause)

    def power(self, machine: Machine, on: bool, cause: Cause, at: datetime | None = None) -> None:
        if machine.powered_on != on:
            machine.powered_on = on
            self.note(machine, "powered_on" if on else "powered_off", cause, at=at)

    def rename(self, machine: Machine, name: str, cause: Cause) -> None:
        before, machine.name = machine.name, name
        for item, root in list(self._listed(machine.key)):
            self.inventory.replace(root.id, item, item._replace(name=name))
        self.note(machine, "renamed", cause, detail=f"was {before}")

    def delete(self, machine: Machine, cause: Cause) -> None:
        machine.exists = machine.powered_on = False
        for item, _root in list(self._listed(machine.key)):
            self.inventory.remove(item.reference)
        self.note(machine, "deleted", cause)

    def register_anew(self, machine: Machine, cause: Cause) -> None:
        """The same disks under another reference, as after a removal from the inventory and a new registration."""
        before, listed = machine.reference, list(self._listed(machine.key))
        del self._known[machine.key]
        # what was backed up under that reference stays what it was
        self._former[machine.key] = replace(machine, contents=list(machine.contents), powered_on=False, exists=False)
        machine.own = self._new_own(next((root.host_type for _item, root in listed), None), before)
        self._known[machine.key] = machine
        machine.reference = _with_own(before, machine.own)
        for item, root in listed:
            self.inventory.replace(root.id, item, item._replace(reference=_with_own(item.reference, machine.own)))
        self.note(machine, "registered_anew", cause, other=before)

    def create(
        self,
        name: str,
        like: str,
        cause: Cause,
        *,
        after: str = "0",
        data: str = "",
        at: datetime | None = None,
        told: bool = True,
    ) -> Machine:
        """A new machine, switched off, beside that of the reference ``like``. after: when lookups find it. told: in
        the history."""
        platform, kind, root_id, _own = split_reference(like)
        group = self._key(like).group
        roots = self._roots(group)
        own = self._new_own(roots[0].host_type if roots else None, like)
        items = [
            (root, InventoryObject(_with_own(f"urn:{platform}:{kind}:{root.id}.", own), kind, name, after))
            for root in roots
        ]
        reference = next((item.reference for _root, item in items), f"urn:{platform}:{kind}:{root_id}.{own}")
        for root, item in items:
            if root.id == root_id.lower():
                reference = item.reference
            self.inventory.add(root.id, item)
        when = at if at is not None else self.clock.utc()
        self.marks += 1
        machine = Machine(own, group, reference, name, powered_on=False, contents=[Content(self.marks, when, data)])
        self._known[machine.key] = machine
        if told:
            self.note(machine, "created", cause, at=at)
        return machine

    def _new_own(self, host_type: str | None, like: str) -> str:
        number, self._next = self._next, self._next + 1
        platform = split_reference(like).platform.lower()
        kind = host_type or {"hyperv": "HvServer", "vcloud": "VcdSystem"}.get(platform, "VC")
        return split_reference(new_reference("root", kind, "Vm", number, self.new_id())).own

    def came(self, item: InventoryObject, cause: Cause) -> None:
        """An object was put into the inventory."""
        if is_machine(item):
            key = self._key(item.reference)
            self._former.pop(key, None)
            known = self._known.get(key)
            if known is None or not known.exists:
                self.note(self._take_up(key, item), "created", cause)

    # Reading the history

    def of_machine(self, named: str) -> list[MachineEvent]:
        """Every event of the machines that ever had this name or this reference; oldest first."""
        key = self._key(named) if named.lower().startswith("urn:") else None
        known = {
            event.ref
            for event in self.events
            if event.name == named or key is not None and key in map(self._key, _own_references(event))
        }
        # a machine that was registered anew has both references
        for event in self.events:
            if event.event == "registered_anew" and known & {event.ref, event.other}:
                known |= {event.ref, event.other or ""}
        return [event for event in self.events if event.ref in known]


def _own_references(event: MachineEvent) -> list[str]:
    """A machine that was registered anew has the one before too."""
    return [event.ref, event.other or ""] if event.event == "registered_anew" else [event.ref]


def _with_own(reference: str, own: str) -> str:
    platform, kind, root_id, _own = split_reference(reference)
    return f"urn:{platform}:{kind}:{root_id}.{own}"
