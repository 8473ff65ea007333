# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory: hierarchy roots and the lookup service (em_rest hierarchyroots_id, get_lookup, lookup_query)."""

from __future__ import annotations

from ..estate.inventory import OFFERED, InventoryObject, name_test, platform_of
from ..estate.roles import USERS
from ..estate.servers import HierarchyRoot
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.servers import hierarchy_item
from ..wire import types
from ..wire.errors import ApiError, not_known
from ..wire.links import Link
from .common import found, listing, single
from .table import QueryType, route


def roots(call: Call) -> Answer:
    return listing(call, HierarchyRoot, call.world.state.roots.values())


def root(call: Call, id: str) -> Answer:
    return single(call, HierarchyRoot, call.world.state.roots, id)


def service(call: Call) -> Answer:
    """em_rest get_lookupsvc: a ready-made request for each root and type."""
    assert call.session is not None
    links = [Link("Up", f"/logonSessions/{call.session.id}", type="LogonSession")]
    for root in filter(call.world.state.knows, call.world.state.roots.values()):
        host = f"/lookup?host={root.uid.replace(':', '%3a')}"
        for kind in OFFERED[platform_of(root.host_type)]:
            links.append(Link("Down", f"{host}&name=*&type={kind}", type="HierarchyItemList"))
    values = {"Type": "LookupService", "Href": "/lookupSvc", "Links": links}
    return documents.resource(call, "LookupSvc", types.SERVICE, values)


def lookup(call: Call) -> Answer:
    """By ``host``, ``type`` and ``name``, or by ``hierarchyRef``; what is not found gives an empty list."""
    world = call.world
    reference, host, kind = call.param("hierarchyRef"), call.param("host"), call.param("type")
    if reference is None and host is None:
        raise ApiError(400, not_known("host or hierarchyRef is missing"))
    named = name_test(call.param("name"), world.switches["lookup_name"])

    sight = call.sight if world.switches["scoped_lookup"] == "scope" else None

    def wanted(item: InventoryObject) -> bool:
        if sight is not None and not sight.sees(item):
            return False
        return (kind is None or item.kind.lower() == kind.lower()) and named(item.name)

    known = filter(world.state.knows, world.state.roots.values())
    asked = [root.id for root in known if host is None or host.lower() == root.uid.lower()]
    items = [hierarchy_item(*item[:3]) for item in world.inventory.look_up(asked, wanted, reference)]
    if not items and call.media == "json" and world.switches["empty_lookup"] != "empty":
        return documents.null_list(call, "HierarchyItems")
    return documents.resource_list(
        call, "HierarchyItems", "HierarchyItem", "HierarchyItems", types.HIERARCHY_ITEM, items
    )


ROUTES = (
    route("/lookup", USERS, GET=lookup),
    route("/lookupSvc", USERS, GET=service),
    route("/hierarchyRoots", USERS, GET=roots),
    route("/hierarchyRoots/{id}", USERS, GET=root),
)
QUERIES = {
    "HierarchyRoot": QueryType(HierarchyRoot, lambda call: found(call, HierarchyRoot, call.world.state.roots.values())),
}
