# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backup servers, their repositories, and the roots of their inventories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .inventory import InventoryObject

SETTINGS = ("address", "port", "description", "wcf_port", "thumbprint")
THUMBPRINT = "00112233445566778899AABBCCDDEEFF00112233"


@dataclass(eq=False)
class BackupServer:
    """address, port, description, wcf_port, thumbprint: how EM has been told to reach it, and may be told anew."""

    name: str
    id: str
    version: str
    port: int
    description: str = ""
    online: bool = True  # at the start
    utc_offset: float = 1.0  # hours; its own time is in the names of its backup files
    clock_ahead: float = 0.0  # seconds by which its clock is ahead of EM's; sessions of jobs have its times
    address: str = ""
    wcf_port: int = 9405
    thumbprint: str = THUMBPRINT

    def __post_init__(self) -> None:
        self.address = self.address or self.name
        self._told = self.settings()

    def settings(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in SETTINGS}

    def told(self, settings: Mapping[str, Any]) -> None:
        for name, value in settings.items():
            setattr(self, name, value)

    def restore(self) -> None:
        """What EM had been told at the start."""
        self.told(self._told)

    @property
    def uid(self) -> str:
        return f"urn:veeam:BackupServer:{self.id}"

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


@dataclass(frozen=True)
class Repository:
    name: str
    id: str
    server: BackupServer
    kind: str = "WindowsLocal"
    capacity: int = 1079639011328
    free_space: int = 881812750336

    @property
    def uid(self) -> str:
        return f"urn:veeam:Repository:{self.id}"


@dataclass(frozen=True)
class HierarchyRoot:
    name: str
    id: str
    server: BackupServer
    unique_id: str
    host_type: str = "VC"
    objects: tuple[InventoryObject, ...] = ()  # at the start; the inventory of the world has them as they are now

    @property
    def uid(self) -> str:
        return f"urn:veeam:HierarchyRoot:{self.id}"
