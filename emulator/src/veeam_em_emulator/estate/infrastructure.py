# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What backup servers know beside jobs and repositories: credentials, managed servers, computers with an agent.

Sources: em_rest backupservers_id_credentials, managedservers_id, agents_discoveredcomputers_id (the last one also
recorded, 12.3 and 13).
"""

from __future__ import annotations

from dataclasses import dataclass

from .servers import BackupServer

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
