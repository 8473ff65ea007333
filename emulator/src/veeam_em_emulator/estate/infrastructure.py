# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What backup servers know beside jobs and repositories: credentials, managed servers.

Sources: em_rest backupservers_id_credentials, managedservers_id.
"""

from __future__ import annotations

from dataclasses import dataclass

from .servers import BackupServer

MANAGED_SERVER_TYPES = (
    "ESX", "VC", "Linux", "Local", "Windows", "ESXi", "HvServer", "HvCluster", "Scvmm", "BackupServer", "SanHost",
    "SmbServer", "SmbCluster", "VcdSystem", "Cloud", "AzureWinServer", "VmSnapshotStorageHost", "ConfigurationService",
    "ExternalInfrastructureProxy", "NdmpServer", "ExternalInfrastructureServer",
)  # fmt: skip


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
