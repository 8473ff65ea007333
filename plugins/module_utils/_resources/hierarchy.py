# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inventories: their roots, such as a vCenter, and look-ups of what is in them by name and type or by reference.

EM reference: hierarchyroots_id, get_query_hierarchyroot, lookup_query.
"""

from __future__ import annotations

import typing as t
from urllib.parse import quote, urlencode

from .._em import wire
from .._em.calls import EnterpriseManager
from .._em.kind import Kind
from .._http.effects import Flow
from .._http.retry import READ
from . import backup_server
from .backup_server import BackupServer


class HierarchyRoot(t.NamedTuple):
    """Where an inventory begins: a vCenter, a host. One vCenter on two backup servers is two roots.

    unique_id: that of the vCenter itself, the same for both, in lower case.
    """

    id: str
    name: str
    server: BackupServer | None
    host_type: str | None = None
    unique_id: str | None = None

    @property
    def uid(self) -> str:
        return f"urn:veeam:HierarchyRoot:{self.id}"


def read_root(record: wire.Record) -> HierarchyRoot:
    """A root from its entity or a reference. Raises Unreadable."""
    return HierarchyRoot(
        wire.identifier(record, "hierarchyRoots"),
        wire.name_of(record),
        backup_server.of_link(record),
        (record.text("HostType") or "").strip() or None,
        _unique_id(record),
    )


def _unique_id(record: wire.Record) -> str | None:
    unique_id = (record.text("UniqueId") or "").strip().lower()
    # One of noughts is nobody's.
    return unique_id if unique_id.strip("0-") else None


#: EM reference: hierarchyroots_id, get_query_hierarchyroot.
HIERARCHY_ROOT = Kind("HierarchyRoot", "HierarchyRoots", "hierarchyRoots", read_root, entities=True)


def unique_ids(roots: t.Iterable[HierarchyRoot]) -> dict[str, str]:
    """Id of a root to what is the same for all roots of one vCenter; its own id where EM tells no more."""
    return {root.id: root.unique_id or root.id for root in roots}


class InventoryItem(t.NamedTuple):
    """Something that an inventory knows: a machine, a folder, a tag."""

    ref: str
    type: str
    name: str


def read_items(body: bytes, media_type: str) -> list[InventoryItem]:
    """What a look-up found. Raises Unreadable."""
    record = wire.parse(body, media_type, ("HierarchyItems",), ("HierarchyItems",))
    # XML has them right under the root, JSON in a member of its name.
    names = ("HierarchyItem",) if media_type == "xml" else ("HierarchyItems",)
    return [
        InventoryItem(
            (item.text("ObjectRef") or "").strip(), item.text("ObjectType") or "", item.text("ObjectName") or ""
        )
        for item in record.children(*names)
    ]


def look_up(
    em: EnterpriseManager, root: HierarchyRoot, name: str, kind: str, deadline: float
) -> Flow[list[InventoryItem]]:
    """What the inventory below that root has of that name and type. EM may answer with more than was asked for.

    name: * is a wildcard for EM. Portal User is enough.
    """
    asked = urlencode({"host": root.uid, "name": name, "type": kind}, quote_via=quote, safe="")
    return (yield from em.get(f"/api/lookup?{asked}", deadline, READ, read_items))


def look_at(em: EnterpriseManager, ref: str, deadline: float) -> Flow[list[InventoryItem]]:
    """What the reference leads to."""
    asked = urlencode({"hierarchyRef": ref}, quote_via=quote, safe="")
    return (yield from em.get(f"/api/lookup?{asked}", deadline, READ, read_items))
