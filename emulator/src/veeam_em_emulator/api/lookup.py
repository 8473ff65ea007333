# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory: hierarchy roots and the lookup service (em_rest hierarchyroots_id, get_lookup, lookup_query)."""

from __future__ import annotations

from .. import documents, resources, types
from ..call import Answer, Call
from ..errors import ApiError, not_known
from ..links import Link
from ..paging import page, select
from ..state import HierarchyRoot
from .common import by_id, wants_entity


def roots(call: Call) -> Answer:
    found = select(call, HierarchyRoot, lambda _unused: call.world.state.roots.values())
    chosen, paging = page(call, "/hierarchyRoots", found, always=False)
    return documents.collection(call, documents.HIERARCHY_ROOT, chosen, wants_entity(call), paging)


def root(call: Call, id: str) -> Answer:
    found = by_id(call.world.state.roots, id, "HierarchyRoot", "hierarchy root")
    return documents.single(call, found, wants_entity(call))


def service(call: Call) -> Answer:
    links = (Link("Down", "/lookup?host=", "HierarchyItems", "HierarchyItemList"),)
    return documents.resource(call, "LookupSvc", types.SERVICE, {"Links": links})


def lookup(call: Call) -> Answer:
    """By ``host``, ``type`` and ``name``, or by ``hierarchyRef``; names match exactly here (not known)."""
    world = call.world
    reference, host = call.param("hierarchyRef"), call.param("host")
    if reference is None and host is None:
        raise ApiError(400, not_known("host or hierarchyRef is missing"))
    found = []
    for root in world.state.roots.values():
        if host is not None and host.lower() != root.uid.lower():
            continue
        for ref, kind, name in root.objects:
            if reference is not None and ref.lower() != reference.lower():
                continue
            if kind.lower() != (call.param("type") or kind).lower() or name != (call.param("name") or name):
                continue
            found.append(resources.hierarchy_item(ref, kind, name))
    return documents.resource_list(
        call, "HierarchyItems", "HierarchyItem", "HierarchyItems", types.HIERARCHY_ITEM, found
    )
