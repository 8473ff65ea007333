# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of servers, and of what is connected to them."""

from __future__ import annotations

from collections.abc import Mapping

from ..estate.agents import AGENT_STATES, DiscoveredComputer, ProtectionGroup
from ..estate.file_shares import FileServer
from ..estate.infrastructure import (
    MANAGED_SERVER_TYPES,
    Credentials,
    EncryptionPassword,
    ExternalRepository,
    ManagedServer,
    WanAccelerator,
)
from ..estate.servers import BackupServer, HierarchyRoot, Repository
from .field import QueryField, fields, identity, server_fields

HOST_TYPES = ("ESX", "VC", "ESXi", "HvServer", "HvCluster", "Scvmm", "VcdSystem")


FIELDS: Mapping[type, Mapping[str, QueryField]] = {
    ProtectionGroup: fields(*identity(), *server_fields()),
    FileServer: fields(*identity(), *server_fields()),
    Repository: fields(
        *identity(),
        QueryField("FreeSpace", "number", lambda repository: repository.free_space),
        QueryField("Capacity", "number", lambda repository: repository.capacity),
        *server_fields(),
    ),
    BackupServer: fields(
        *identity(),
        QueryField("Description", "text", lambda server: server.description),
        QueryField("IpOrDnsName", "text", lambda server: server.address),
        QueryField("Port", "number", lambda server: server.port),
        QueryField("Version", "text", lambda server: server.version),
    ),
    HierarchyRoot: fields(
        *identity(),
        QueryField("UniqueId", "text", lambda root: root.unique_id),
        QueryField("HostType", HOST_TYPES, lambda root: root.host_type),
        *server_fields(),
    ),
    Credentials: fields(
        QueryField("Username", "text", lambda item: item.username),
        QueryField("Description", "text", lambda item: item.description),
        QueryField("BackupServerUid", "uid", lambda item: item.server.uid),
        QueryField("CredentialsId", "uid", lambda item: item.id),
    ),
    EncryptionPassword: fields(
        QueryField("PasswordKeyID", "uid", lambda item: item.id),
        QueryField("Hint", "text", lambda item: item.hint),
        *server_fields(),
    ),
    # its page prints none
    ExternalRepository: fields(*identity(), *server_fields()),
    WanAccelerator: fields(
        *identity(),
        QueryField("Capacity", "number", lambda item: item.capacity),
        QueryField("ConnectionsCount", "number", lambda item: item.connections),
        QueryField("HighBandwidthModeEnabled", "bool", lambda item: item.high_bandwidth),
        *server_fields(),
    ),
    ManagedServer: fields(
        *identity(),
        QueryField("Description", "text", lambda item: item.description),
        QueryField("ManagedServerType", MANAGED_SERVER_TYPES, lambda item: item.kind),
        *server_fields(),
    ),
    DiscoveredComputer: fields(
        *identity(),
        *server_fields(),
        QueryField("AgentVersion", "text", lambda item: item.agent_version or ""),
        QueryField("AgentStatus", AGENT_STATES, lambda item: item.agent_status),
        QueryField("OsVersion", "text", lambda item: item.os_version),
        QueryField("IpAddress", "text", lambda item: item.ip_address),
        QueryField("ProtectionGroupUid", "uid", lambda item: item.groups[0].uid),
        QueryField("ProtectionGroupName", "text", lambda item: item.groups[0].name),
    ),
}
