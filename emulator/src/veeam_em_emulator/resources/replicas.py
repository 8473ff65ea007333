# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How replicas and their points are shown (em_rest replicas_id, vmreplicapoints_id)."""

from __future__ import annotations

from typing import Any

from ..wire.links import Link
from ..wire.types import Type, fields
from ..work.replicas import Replica, VmReplicaPoint
from .kind import Kind, Style
from .links import up_to_server

_REPLICA = Type(fields("Platform"), base="entity")
_VM_REPLICA_POINT = Type(
    fields("CreationTimeUTC", "VmName", "Algorithm", "PointType"), fields("VmDisplayName"), base="entity"
)


def _replica_links(item: Replica, alternate: Link) -> tuple[Link, ...]:
    repository = item.repository
    above = (
        ()
        if repository is None
        else (Link("Up", f"/repositories/{repository.id}", repository.name, "RepositoryReference"),)
    )
    return (
        *above,
        up_to_server(item.server),
        alternate,
        Link("Down", f"/replicas/{item.id}/vmReplicaPoints", type="VmReplicaPointReferenceList"),
    )


def _replica_reference(item: Replica, _style: Style) -> dict[str, Any]:
    path = f"/replicas/{item.id}"
    return {
        "Type": "ReplicaReference",
        "Href": path,
        "Name": item.name,
        "UID": item.uid,
        "Links": _replica_links(item, Link("Alternate", f"{path}?format=Entity", item.name, "Replica")),
    }


def _replica_entity(item: Replica, _style: Style) -> dict[str, Any]:
    path = f"/replicas/{item.id}"
    return {
        "Type": "Replica",
        "Href": f"{path}?format=Entity",
        "Name": item.name,
        "UID": item.uid,
        "Links": _replica_links(item, Link("Alternate", path, item.name, "ReplicaReference")),
        "Platform": item.platform,
    }


def _point_links(item: VmReplicaPoint, alternate: Link) -> tuple[Link, ...]:
    replica = item.replica
    return (
        up_to_server(item.server),
        Link("Up", f"/replicas/{replica.id}", replica.name, "ReplicaReference"),
        alternate,
    )


def _point_reference(item: VmReplicaPoint, _style: Style) -> dict[str, Any]:
    path = f"/vmReplicaPoints/{item.id}"
    return {
        "Type": "VmReplicaPointReference",
        "Href": path,
        "Name": item.name,
        "UID": item.uid,
        "Links": _point_links(item, Link("Alternate", f"{path}?format=Entity", item.name, "VmReplicaPoint")),
    }


def _point_entity(item: VmReplicaPoint, _style: Style) -> dict[str, Any]:
    path = f"/vmReplicaPoints/{item.id}"
    return {
        "Type": "VmReplicaPoint",
        "Href": f"{path}?format=Entity",
        "Name": item.name,
        "UID": item.uid,
        "Links": (
            Link("Failover", f"{path}?action=failover"),
            *_point_links(item, Link("Alternate", path, item.name, "VmReplicaPointReference")),
            Link("Down", f"{path}/mounts", type="VmReplicaPointMountList"),
            Link("Create", f"{path}/mounts", type="VmReplicaPointMount"),
        ),
        "CreationTimeUTC": item.created_text,
        "VmName": item.display_name,
        "Algorithm": item.algorithm,
        "PointType": item.point_type,
        "VmDisplayName": item.display_name,
    }


REPLICA = Kind("Replica", "Replicas", _REPLICA, _replica_entity, _replica_reference, "/replicas", "replica")
VM_REPLICA_POINT = Kind(
    "VmReplicaPoint", "VmReplicaPoints", _VM_REPLICA_POINT, _point_entity, _point_reference,
    "/vmReplicaPoints", "replica point",
)  # fmt: skip
