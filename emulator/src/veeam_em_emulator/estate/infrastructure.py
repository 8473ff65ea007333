# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What backup servers know beside jobs and repositories: credentials, managed servers, computers with an agent.

Sources: em_rest backupservers_id_credentials, managedservers_id, agents_discoveredcomputers_id (the last one also
recorded, 12.3 and 13).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..wire.links import Link
from ..wire.types import Field, Type

if TYPE_CHECKING:
    from .state import BackupServer

MANAGED_SERVER_TYPES = (
    "ESX", "VC", "Linux", "Local", "Windows", "ESXi", "HvServer", "HvCluster", "Scvmm", "BackupServer", "SanHost",
    "SmbServer", "SmbCluster", "VcdSystem", "Cloud",
)  # fmt: skip
AGENT_STATES = ("NotInstalled", "Installed", "UnsupportedOs", "Failed", "Exclude")


@dataclass(frozen=True)
class Credentials:
    """A credentials record; the password is kept nowhere, EM never gives it out."""

    id: str
    server: BackupServer
    username: str
    description: str = ""


@dataclass(frozen=True)
class ManagedServer:
    """A server that is connected to a backup server; a hierarchy root is one of the same id."""

    id: str
    name: str
    server: BackupServer
    kind: str
    description: str = ""
    root: bool = False

    @property
    def uid(self) -> str:
        return f"urn:veeam:ManagedServer:{self.id}"


@dataclass(frozen=True)
class DiscoveredComputer:
    """A computer of a protection group."""

    id: str
    name: str
    server: BackupServer
    protection_group: str = "Manually Added"
    group_id: str = ""
    host_status: str = "Online"
    agent_version: str = "13.0.1.203"
    agent_status: str = "Installed"
    os_version: str = "Microsoft Windows Server 2022 (21H2, 64-bit)"
    ip_address: str = "192.0.2.10"

    @property
    def uid(self) -> str:
        return f"urn:veeam:DiscoveredComputer:{self.id}"

    @property
    def group_uid(self) -> str:
        return f"urn:veeam:AgentProtectionGroup:{self.group_id}"


def _fields(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name) for name in names)


CREDENTIALS_INFO = Type(_fields("Id", "Username", "Description", "Password"), base="resource")
MANAGED_SERVER = Type(_fields("Description", "ManagedServerType"), base="entity")
DISCOVERED_COMPUTER = Type(
    _fields("HostStatus", "AgentVersion", "AgentStatus", "OsVersion", "IpAddress", "HierarchyObjRef"), base="entity"
)


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


def managed_server_reference(item: ManagedServer) -> dict[str, Any]:
    path = f"/managedServers/{item.id}"
    return {
        "Type": "ManagedServerReference",
        "Href": path,
        "Name": item.name,
        "UID": item.uid,
        "Links": (
            Link("Alternate", f"{path}?format=Entity", item.name, "ManagedServer"),
            Link("Up", f"/backupServers/{item.server.id}", item.server.name, "BackupServerReference"),
        ),
    }


def managed_server_entity(item: ManagedServer) -> dict[str, Any]:
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


def computer_reference(item: DiscoveredComputer) -> dict[str, Any]:
    """The Href is that of a task session: printed in every edition, and recorded on 12.3 and 13."""
    return {
        "Type": "DiscoveredComputerReference",
        "Href": f"/backupTaskSessions/{item.id}",
        "Name": item.name,
        "UID": item.uid,
        "Links": (
            Link("Up", f"/backupServers/{item.server.id}", item.server.name, "BackupServerReference"),
            Link("Alternate", f"/agents/discoveredComputers/{item.id}?format=Entity", item.name, "DiscoveredComputer"),
        ),
    }


def computer_entity(item: DiscoveredComputer) -> dict[str, Any]:
    group = f"/agents/protectionGroups/{item.group_id}"
    return {
        "Type": "DiscoveredComputer",
        "Href": f"/backupTaskSessions/{item.id}?format=Entity",
        "Name": item.name,
        "UID": item.uid,
        "Links": (
            Link("Up", f"/backupServers/{item.server.id}", item.server.name, "BackupServerReference"),
            Link("Alternate", f"/agents/discoveredComputers/{item.id}", item.name, "DiscoveredComputerReference"),
            Link("Up", group, item.protection_group, "AgentProtectionGroupReference"),
        ),
        "HostStatus": item.host_status,
        "AgentVersion": item.agent_version,
        "AgentStatus": item.agent_status,
        "OsVersion": item.os_version,
        "IpAddress": item.ip_address,
        "HierarchyObjRef": f"urn:AgentForWindows:VeeamAgent:00000000-0000-0000-0000-000000000000.{item.id}",
    }
