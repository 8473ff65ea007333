# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual infrastructure under the hierarchy roots, as the lookup service sees it; it can change at run time.

References are ``urn:<Platform>:<Type>:<HierarchyRootId>.<ObjectRef>``. What follows the first dot behind the root's
GUID may contain colons and dots, or be empty (em_rest constructing_hierarchyobjreftype, jobs_id).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

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
    """kind: ``Vm``, ``Tag`` and so on. after: number of look-ups that do not find it yet, or seconds (``1.5s``)."""

    reference: str
    kind: str
    name: str
    after: str = "0"


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


def reference_key(reference: str) -> tuple[str, ...]:
    """Two references name the same object when their keys are equal: platform, type and root without letter case."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return (reference,)
    platform, kind, root, own = match.groups()
    return (platform.lower(), kind.lower(), root.lower(), own)


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

    def shown(self, now: float) -> bool:
        return not self.lookups and (self.until is None or now >= self.until)


class Inventory:
    """Objects of each root. now: seconds of a clock that only goes forward."""

    def __init__(self, objects: Iterable[tuple[str, Iterable[InventoryObject]]], now: Callable[[], float]) -> None:
        self._now = now
        self._roots: dict[str, list[_Entry]] = {}
        for root_id, items in objects:
            self._roots[root_id] = [self._entry(item) for item in items]

    def _entry(self, item: InventoryObject) -> _Entry:
        lookups, seconds = delay_of(item.after)
        return _Entry(item, lookups, None if seconds is None else self._now() + seconds)

    def look_up(self, roots: Iterable[str], wanted: Callable[[InventoryObject], bool]) -> list[InventoryObject]:
        """The objects that a request finds; those that come late and would be found count it."""
        now, found = self._now(), []
        for root_id in roots:
            for entry in self._roots.get(root_id, ()):
                if not wanted(entry.item):
                    continue
                if entry.shown(now):
                    found.append(entry.item)
                elif entry.lookups:
                    entry.lookups -= 1
        return found

    def all(self) -> list[tuple[str, InventoryObject, bool]]:
        """(id of the root, object, whether it is found by now)."""
        now = self._now()
        return [(root, entry.item, entry.shown(now)) for root, held in self._roots.items() for entry in held]

    def count(self, root_id: str) -> int:
        return len(self._roots.get(root_id, ()))

    def add(self, root_id: str, item: InventoryObject) -> None:
        if any(reference_key(entry.item.reference) == reference_key(item.reference) for entry in self._roots[root_id]):
            raise InventoryError(f"there is an object {item.reference} already")
        self._roots[root_id].append(self._entry(item))

    def remove(self, reference: str) -> bool:
        """Whether there was such an object."""
        key = reference_key(reference)
        for held in self._roots.values():
            for entry in held:
                if reference_key(entry.item.reference) == key:
                    held.remove(entry)
                    return True
        return False
