# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backup servers, their repositories, and the roots of their inventories."""

from __future__ import annotations

from dataclasses import dataclass

from .inventory import InventoryObject


@dataclass(frozen=True)
class BackupServer:
    name: str
    id: str
    version: str
    port: int
    description: str = ""
    online: bool = True  # at the start
    utc_offset: float = 1.0  # hours; its own time is in the names of its backup files

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
