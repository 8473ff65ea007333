# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How managed servers, external repositories and WAN accelerators are shown (em_rest managedservers_id,
externalrepositories_id, wanaccelerators_id)."""

from __future__ import annotations

from typing import Any

from ..estate.infrastructure import ExternalRepository, ManagedServer, WanAccelerator
from ..wire.links import Link
from ..wire.types import Type, fields
from .kind import Kind, Style
from .links import up_to_server

_EXTERNAL_REPOSITORY = Type(fields("RepositoryType", "Path", "UsedSpace", "Description"), base="entity")
_WAN_ACCELERATOR = Type(
    fields(
        "Description", "OutOfDate", "Version", "Capacity", "TrafficPort", "ConnectionsCount", "CachePath",
        "HighBandwidthModeEnabled",
    ),
    base="entity",
)  # fmt: skip
_MANAGED_SERVER = Type(fields("Description", "ManagedServerType"), base="entity")


def _managed_server_reference(item: ManagedServer, _style: Style) -> dict[str, Any]:
    path = f"/managedServers/{item.id}"
    return {
        "Type": "ManagedServerReference",
        "Href": path,
        "Name": item.name,
        "UID": item.uid,
        "Links": (
            Link("Alternate", f"{path}?format=Entity", item.name, "ManagedServer"),
            up_to_server(item.server),
        ),
    }


def _managed_server_entity(item: ManagedServer, _style: Style) -> dict[str, Any]:
    path = f"/managedServers/{item.id}"
    links = [
        Link("Up", f"/backupServers/{item.server.id}?format=Entity", item.server.name, "BackupServer"),
        Link("Alternate", path, item.name, "ManagedServerReference"),
    ]
    if item.root:
        links.append(Link("Related", f"/hierarchyRoots/{item.id}?format=Entity", item.name, "HierarchyRoot"))
    return {
        "Type": "ManagedServer",
        "Href": f"{path}?format=Entity",
        "Name": item.name,
        "UID": item.uid,
        "Links": tuple(links),
        "Description": item.description,
        "ManagedServerType": item.kind,
    }


def _reference(item: ExternalRepository | WanAccelerator, kind: str, path: str) -> dict[str, Any]:
    links = [up_to_server(item.server), Link("Alternate", f"{path}?format=Entity", item.name, kind)]
    if isinstance(item, ExternalRepository):
        links.append(Link("Down", f"{path}/backups", type="BackupReferenceList"))
    return {"Type": f"{kind}Reference", "Href": path, "Name": item.name, "UID": item.uid, "Links": tuple(links)}


def _entity(item: ExternalRepository | WanAccelerator, kind: str, path: str) -> dict[str, Any]:
    up, _alternate, *more = _reference(item, kind, path)["Links"]
    return {
        "Type": kind,
        "Href": f"{path}?format=Entity",
        "Name": item.name,
        "UID": item.uid,
        "Links": (up, Link("Alternate", path, item.name, f"{kind}Reference"), *more),
        "Description": item.description,
    }


def _external_reference(item: ExternalRepository, _style: Style) -> dict[str, Any]:
    return _reference(item, "ExternalRepository", f"/externalRepositories/{item.id}")


def _external_entity(item: ExternalRepository, _style: Style) -> dict[str, Any]:
    own = _entity(item, "ExternalRepository", f"/externalRepositories/{item.id}")
    return {**own, "RepositoryType": item.kind, "Path": item.path, "UsedSpace": item.used_space}


def _accelerator_reference(item: WanAccelerator, _style: Style) -> dict[str, Any]:
    return _reference(item, "WanAccelerator", f"/wanAccelerators/{item.id}")


def _accelerator_entity(item: WanAccelerator, _style: Style) -> dict[str, Any]:
    return {
        **_entity(item, "WanAccelerator", f"/wanAccelerators/{item.id}"),
        "OutOfDate": False,
        "Version": item.version,
        "Capacity": item.capacity,
        "TrafficPort": item.port,
        "ConnectionsCount": item.connections,
        "CachePath": item.cache,
        "HighBandwidthModeEnabled": item.high_bandwidth,
    }


EXTERNAL_REPOSITORY = Kind(
    "ExternalRepository", "ExternalRepositories", _EXTERNAL_REPOSITORY, _external_entity, _external_reference,
    "/externalRepositories", "external repository",
)  # fmt: skip
WAN_ACCELERATOR = Kind(
    "WanAccelerator", "WanAccelerators", _WAN_ACCELERATOR, _accelerator_entity, _accelerator_reference,
    "/wanAccelerators", "WAN accelerator",
)  # fmt: skip
MANAGED_SERVER = Kind(
    "ManagedServer", "ManagedServers", _MANAGED_SERVER, _managed_server_entity, _managed_server_reference,
    "/managedServers", "managed server",
)  # fmt: skip
