# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalog: machines whose guests are indexed, and their points (em_rest catalog_vms). A point has the id of the
restore point of the machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .restore_points import VmRestorePoint

_INDEXING = ("WindowsGuestFSIndexingOptions", "LinuxGuestFSIndexingOptions")


@dataclass(frozen=True)
class CatalogVm:
    """It has no id but its name."""

    name: str

    @property
    def uid(self) -> str:
        return f"urn:veeam:CatalogVm:{self.name}"


@dataclass(frozen=True)
class CatalogVmRestorePoint:
    point: VmRestorePoint

    @property
    def id(self) -> str:
        return self.point.id

    @property
    def name(self) -> str:
        return self.point.machine.name

    @property
    def uid(self) -> str:
        return f"urn:veeam:CatalogVmRestorePoint:{self.id}"


def indexed(point: VmRestorePoint) -> bool:
    """Whether the guest processing of the machine, as its job has it, makes an index."""
    guest: Any = point.machine.guest
    modes = [(guest.get(name) or {}).get("FileSystemIndexingMode", "Disabled") for name in _INDEXING]
    return any(mode != "Disabled" for mode in modes)


def machines(points: Iterable[VmRestorePoint]) -> dict[str, list[CatalogVmRestorePoint]]:
    """The points of each machine, by its name in lower case."""
    found: dict[str, list[CatalogVmRestorePoint]] = {}
    for point in points:
        if point.ready and indexed(point):
            found.setdefault(point.machine.name.casefold(), []).append(CatalogVmRestorePoint(point))
    return found
