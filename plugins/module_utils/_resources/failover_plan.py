# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A failover plan: the machines that are failed over together, and in which order (EM reference: failoverplans_id)."""

from __future__ import annotations

import typing as t

from .._em import wire
from .._em.kind import Kind
from . import backup_server
from .backup_server import BackupServer


class PlannedMachine(t.NamedTuple):
    """A machine of a plan. display_name: how sessions call it. order: the lowest comes first."""

    name: str
    display_name: str
    ref: str | None
    order: int | None


class FailoverPlan(t.NamedTuple):
    """A failover plan. machines: in their order."""

    id: str
    name: str
    description: str | None
    server: BackupServer | None
    machines: tuple[PlannedMachine, ...]

    @property
    def uid(self) -> str:
        return f"urn:veeam:FailoverPlan:{self.id}"

    @property
    def path(self) -> str:
        return f"/api/failoverPlans/{self.id}"


def read(record: wire.Record) -> FailoverPlan:
    """A failover plan, from its entity. Raises Unreadable."""
    machines = [
        PlannedMachine(
            item.text("Name") or item.text("DisplayName") or "",
            item.text("DisplayName") or item.text("Name") or "",
            (item.text("HierarchyObjRef") or "").strip() or None,
            wire.number_of(item.text("Order")),
        )
        for info in record.children("FailoverPlanInfo")
        for item in info.children("Includes", "FailoveredVm")
    ]
    return FailoverPlan(
        wire.identifier(record, "failoverPlans"),
        wire.name_of(record),
        record.text("Description"),
        backup_server.of_link(record),
        tuple(sorted(machines, key=lambda machine: machine.order if machine.order is not None else 0)),
    )


#: EM reference: failoverplans_id, get_query_failoverplan. A Portal User may not read it.
FAILOVER_PLAN = Kind("FailoverPlan", "FailoverPlans", "failoverPlans", read, entities=True)
