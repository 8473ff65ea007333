# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How failover plans are shown (em_rest failoverplans_id)."""

from __future__ import annotations

from typing import Any

from ..estate import defaults
from ..estate.failover_plans import FailoverPlan
from ..wire.links import Link
from ..wire.types import GUEST_PROCESSING_OPTIONS, Field, Type, fields
from .kind import Kind, Style
from .links import up_to_server

_FAILOVERED_VM = Type(
    (
        *fields("FailoveredVmId", "HierarchyObjRef", "Name", "DisplayName", "Order"),
        Field("GuestProcessingOptions", "object", GUEST_PROCESSING_OPTIONS),
    ),
    base="resource",
)
_INFO = Type((Field("Includes", "list", _FAILOVERED_VM, item="FailoveredVm", plural="FailoveredVms"),))
_FAILOVER_PLAN = Type((*fields("Description"), Field("FailoverPlanInfo", "object", _INFO)), base="entity")


def _reference(plan: FailoverPlan, _style: Style) -> dict[str, Any]:
    path = f"/failoverPlans/{plan.id}"
    return {
        "Type": "FailoverPlanReference",
        "Href": path,
        "Name": plan.name,
        "UID": plan.uid,
        "Links": (
            up_to_server(plan.server),
            Link("Alternate", f"{path}?format=Entity", plan.name, "FailoverPlan"),
        ),
    }


def _entity(plan: FailoverPlan, _style: Style) -> dict[str, Any]:
    path = f"/failoverPlans/{plan.id}"
    machines = [
        {
            "Type": "FailoveredVm",
            "Href": f"{path}/includes/{machine.id}",
            "FailoveredVmId": machine.id,
            "HierarchyObjRef": machine.reference,
            "Name": machine.name,
            "DisplayName": machine.name,
            "Order": order,
            "GuestProcessingOptions": defaults.GUEST_OF_JOB,
        }
        for order, machine in enumerate(plan.machines)
    ]
    return {
        "Type": "FailoverPlan",
        "Href": f"{path}?format=Entity",
        "Name": plan.name,
        "UID": plan.uid,
        "Links": (
            up_to_server(plan.server),
            Link("Alternate", path, plan.name, "FailoverPlanReference"),
            Link("Edit", path, plan.name, "FailoverPlanReference"),
            Link("Start", f"{path}?action=start"),
            Link("Undo", f"{path}?action=undo"),
        ),
        "Description": plan.description,
        "FailoverPlanInfo": {"Includes": machines},
    }


FAILOVER_PLAN = Kind(
    "FailoverPlan", "FailoverPlans", _FAILOVER_PLAN, _entity, _reference, "/failoverPlans", "failover plan"
)
