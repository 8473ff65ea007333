# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failover plans: which replicas are to take over, and in which order (em_rest failoverplans_id)."""

from __future__ import annotations

from dataclasses import dataclass

from .servers import BackupServer


@dataclass(frozen=True)
class FailoveredVm:
    """A machine in a plan. reference: of the source."""

    id: str
    name: str
    reference: str


@dataclass(frozen=True)
class FailoverPlan:
    """machines: in their order."""

    id: str
    name: str
    server: BackupServer
    description: str = ""
    machines: tuple[FailoveredVm, ...] = ()

    @property
    def uid(self) -> str:
        return f"urn:veeam:FailoverPlan:{self.id}"
