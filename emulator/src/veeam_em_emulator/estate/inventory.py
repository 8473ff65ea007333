# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual infrastructure under the hierarchy roots, as the lookup service sees it; it can change at run time.

References are ``urn:<Platform>:<Type>:<HierarchyRootId>.<ObjectRef>``. What follows the first dot behind the root's
GUID may contain colons and dots, or be empty (em_rest constructing_hierarchyobjreftype, jobs_id).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, Protocol

# What is on the disks of a machine until something else is written there
ORIGINAL = "original"
_REFERENCE = re.compile(r"urn:([^:]+):([^:]+):([^.]+)\.(.*)", re.IGNORECASE | re.DOTALL)
# Types that /lookupSvc offers for each platform (em_rest get_lookupsvc); others are accepted as well
OFFERED = {
    "VMware": ("Vm", "Tag", "StoragePod"),
    "vCloud": ("Vm", "Organization", "OrgVdc", "Datastore", "OrgVdcStorageProfile", "Vapp"),
    "HyperV": ("Vm", "VmGroup"),
}
# Words in the references of Cloud Director objects (seen: vm, vapp, vdc, org)
_VCLOUD_WORDS = {"OrgVdc": "vdc", "Organization": "org"}
_VMWARE_WORDS = {"ResourcePool": "resgroup", "StoragePod": "group-p"}


class InventoryError(ValueError):
    """The inventory cannot be changed so; the message says what is wrong."""


class InventoryObject(NamedTuple):
    """kind: ``Vm``, ``Tag`` and so on. after: number of look-ups that do not find it yet, or seconds (``1.5s``).

    powered_on, data: of a machine at the start, see ``machines.py``. members: names or references of what a container
    holds, in the same inventory; None where nobody has said.
    """

    reference: str
    kind: str
    name: str
    after: str = "0"
    powered_on: bool = True
    data: str = ORIGINAL
    members: tuple[str, ...] | None = None


class Named(Protocol):
    @property
    def reference(self) -> str: ...


def platform_of(host_type: str) -> str:
    """Platform in the references of a root: VMware, HyperV or vCloud."""
    low = host_type.lower()
    if low.startswith("hv") or low == "scvmm":
        return "HyperV"
    return "vCloud" if low.startswith("vcd") else "VMware"


def new_reference(root_id: str, host_type: str, kind: str, number: int, identity: str) -> str:
    """A reference as the platform makes them. identity: GUID of the object, number: of a vSphere one."""
    platform = platform_of(host_type)
    if platform == "HyperV":
        # the host itself is named by its root alone; the dot stays (em_rest post_hardwareplans)
        own = "" if kind == "Host" else identity
    elif platform == "vCloud":
        own = f"urn:vcloud:{_VCLOUD_WORDS.get(kind, kind.lower())}:{identity}"
    elif kind in ("Tag", "Category"):
        own = f"urn:vmomi:InventoryService{kind}:{identity}:GLOBAL"
    else:
        own = f"{_VMWARE_WORDS.get(kind, kind.lower())}-{number}"
    return f"urn:{platform}:{kind}:{root_id}.{own}"


class ReferenceParts(NamedTuple):
    """kind: the type. root: the id of the root. own: what follows it."""

    platform: str
    kind: str
    root: str
    own: str


def split_reference(reference: str) -> ReferenceParts:
    """Of what is no reference, itself as the last part."""
    match = _REFERENCE.fullmatch(reference)
    return ReferenceParts(*match.groups()) if match is not None else ReferenceParts("", "", "", reference)


@lru_cache(maxsize=1 << 16)
def reference_key(reference: str) -> ReferenceParts:
    """Two references name the same object when their keys are equal: platform, type and root without letter case."""
    platform, kind, root, own = split_reference(reference)
    return ReferenceParts(platform.lower(), kind.lower(), root.lower(), own)


def is_machine(item: Named) -> bool:
    """Also a computer with an agent, and what is no reference that can be read."""
    return reference_key(item.reference).kind in ("vm", "veeamagent", "")


def delay_of(after: str) -> tuple[int | None, float | None]:
    """Look-ups or seconds, the other one is None."""
    try:
        return (None, float(after[:-1])) if after.endswith("s") else (int(after), None)
    except ValueError:
        raise InventoryError(f"after {after!r}: a number of look-ups (3) or of seconds (1.5s) is expected") from None


def name_test(pattern: str | None, rule: str) -> Callable[[str], bool]:
    """Test for ``name``; ``*`` stands for any text. rule: ``exact`` or ``substring``, for a name without one."""
    if pattern is None:
        return lambda _name: True
    wanted = pattern.casefold()
    if "*" in wanted:
        expression = re.compile(".*".join(map(re.escape, wanted.split("*"))), re.DOTALL)
        return lambda name: expression.fullmatch(name.casefold()) is not None
    if rule == "substring":
        return lambda name: wanted in name.casefold()
    return lambda name: name.casefold() == wanted


@dataclass(eq=False)
class _Entry:
    """lookups, until: what is left before it is found; None: nothing."""

    item: InventoryObject
    lookups: int | None = None
    until: float | None = None

    def visible(self, now: float) -> bool:
        return not self.lookups and (self.until is None or now >= self.until)


@dataclass(eq=False)
class _Held:
    """What one root has, by the keys of the references; machines by what follows the root."""

    entries: dict[ReferenceParts, _Entry] = field(default_factory=dict)
    machines: dict[str, _Entry] = field(default_factory=dict)

    def put(self, entry: _Entry) -> None:
        key = reference_key(entry.item.reference)
        self.entries[key] = entry
        if key.kind == "vm":
            self.machines[key.own] = entry

    def drop(self, key: ReferenceParts) -> None:
        del self.entries[key]
        if key.kind == "vm":
            del self.machines[key.own]


class Inventory:
    """Objects of each root. now: seconds of a clock that only goes forward."""

    def __init__(self, objects: Iterable[tuple[str, Iterable[InventoryObject]]], now: Callable[[], float]) -> None:
        self._now = now
        self._roots: dict[str, _Held] = {}
        for root_id, items in objects:
            held = self._roots[root_id] = _Held()
            for item in items:
                held.put(self._entry(item))

    def _entry(self, item: InventoryObject) -> _Entry:
        lookups, seconds = delay_of(item.after)
        return _Entry(item, lookups, None if seconds is None else self._now() + seconds)

    def look_up(
        self, roots: Iterable[str], wanted: Callable[[InventoryObject], bool], reference: str | None = None
    ) -> list[InventoryObject]:
        """The objects that a request finds; those that come late and would be found count it. reference: only this."""
        now, found = self._now(), []
        key = None if reference is None else reference_key(reference)
        for root_id in roots:
            held = self._roots[root_id].entries if root_id in self._roots else {}
            for entry in list(held.values()) if key is None else filter(None, [held.get(key)]):
                if not wanted(entry.item):
                    continue
                if entry.visible(now):
                    found.append(entry.item)
                elif entry.lookups:
                    entry.lookups -= 1
        return found

    def all(self) -> list[tuple[str, InventoryObject, bool]]:
        """(id of the root, object, whether it is found by now)."""
        now = self._now()
        return [
            (root, entry.item, entry.visible(now))
            for root, held in self._roots.items()
            for entry in held.entries.values()
        ]

    def machines(self) -> Iterator[InventoryObject]:
        for held in list(self._roots.values()):
            for entry in list(held.machines.values()):
                yield entry.item

    def machine(self, root_id: str, own: str) -> InventoryObject | None:
        """own: what follows the root in its reference."""
        held = self._roots.get(root_id)
        entry = held.machines.get(own) if held is not None else None
        return entry.item if entry is not None else None

    def find(self, reference: str) -> InventoryObject | None:
        key = reference_key(reference)
        held = self._roots.get(key.root)
        entry = held.entries.get(key) if held is not None else None
        return entry.item if entry is not None else None

    def machines_in(self, reference: str) -> list[InventoryObject] | None:
        """The machines that a container holds, at any depth, each once; None where it is not known what it holds."""
        key = reference_key(reference)
        held = self._roots.get(key.root)
        entry = held.entries.get(key) if held is not None else None
        if held is None or entry is None:
            return None
        if entry.item.members is None:
            # a whole vCenter
            return [other.item for other in held.machines.values()] if key.kind == "vc" else None
        found: dict[str, InventoryObject] = {}
        seen, waiting = {key}, [entry.item]
        while waiting:
            for item in _members(held, waiting.pop(0)):
                if is_machine(item):
                    found.setdefault(item.reference, item)
                elif reference_key(item.reference) not in seen:
                    seen.add(reference_key(item.reference))
                    waiting.append(item)
        return list(found.values())

    def count(self, root_id: str) -> int:
        held = self._roots.get(root_id)
        return len(held.entries) if held is not None else 0

    def add(self, root_id: str, item: InventoryObject) -> None:
        if reference_key(item.reference) in self._roots[root_id].entries:
            raise InventoryError(f"there is an object {item.reference} already")
        self._roots[root_id].put(self._entry(item))

    def replace(self, root_id: str, item: InventoryObject, other: InventoryObject) -> None:
        """An object under another name or reference; when it is found does not change."""
        held, key = self._roots[root_id], reference_key(item.reference)
        entry = held.entries[key]
        entry.item = other
        if reference_key(other.reference) != key:
            held.drop(key)
            held.put(entry)

    def remove(self, reference: str) -> bool:
        """Whether there was such an object."""
        key = reference_key(reference)
        for held in self._roots.values():
            if key in held.entries:
                held.drop(key)
                return True
        return False


def _members(held: _Held, item: InventoryObject) -> list[InventoryObject]:
    wanted = item.members or ()
    keys = {reference_key(text) for text in wanted if text.lower().startswith("urn:")}
    return [
        entry.item
        for key, entry in held.entries.items()
        if key in keys or entry.item.name in wanted and entry.item is not item
    ]
