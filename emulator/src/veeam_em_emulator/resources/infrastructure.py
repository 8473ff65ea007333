# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How credentials and managed servers are shown (em_rest backupservers_id_credentials, managedservers_id)."""

from __future__ import annotations

from typing import Any

from ..estate.infrastructure import Credentials, ManagedServer
from ..wire.links import Link
from ..wire.types import Type, fields
from .kind import Kind, Style
from .links import up_to_server

CREDENTIALS_INFO = Type(fields("Id", "Username", "Description", "Password"), base="resource")
_MANAGED_SERVER = Type(fields("Description", "ManagedServerType"), base="entity")


def credentials_values(item: Credentials) -> dict[str, Any]:
    server = item.server
    path = f"/backupServers/{server.id}/credentials/{item.id}"
    return {
        "Type": "Credentials",
        "Href": path,
        "Links": (
            Link("Up", f"/backupServers/{server.id}?format=Entity", server.name, "BackupServer"),
            Link("Edit", path, type="Credentials"),
            Link("Delete", path, type="Credentials"),
        ),
        "Id": item.id,
        "Username": item.username,
        "Description": item.description,
        "Password": "",
    }


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


MANAGED_SERVER = Kind(
    "ManagedServer", "ManagedServers", _MANAGED_SERVER, _managed_server_entity, _managed_server_reference,
    "/managedServers", "managed server",
)  # fmt: skip
