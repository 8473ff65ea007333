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


EXTERNAL_TYPES = ("AmazonS3External", "AzureStorageExternal", "GoogleCloudStorageExternal")


@dataclass(frozen=True)
class Credentials:
    """A credentials record; the password is kept nowhere, EM never gives it out."""

    id: str
    server: BackupServer
    username: str
    description: str = ""
    has_password: bool = True


@dataclass(frozen=True)
class EncryptionPassword:
    """modified: on the clock of the server (``2026-01-02T09:15:27.3+01:00``)."""

    id: str
    server: BackupServer
    hint: str
    modified: str


@dataclass(frozen=True)
class ExternalRepository:
    """used_space: bytes."""

    id: str
    name: str
    server: BackupServer
    kind: str
    path: str
    used_space: int = 0
    description: str = ""

    @property
    def uid(self) -> str:
        return f"urn:veeam:ExternalRepository:{self.id}"


@dataclass(frozen=True)
class WanAccelerator:
    """capacity: gigabytes."""

    id: str
    name: str
    server: BackupServer
    description: str
    version: str
    capacity: int = 100
    high_bandwidth: bool = False
    port: int = 6165
    connections: int = 5
    cache: str = "D:\\VeeamWAN"

    @property
    def uid(self) -> str:
        return f"urn:veeam:WanAccelerator:{self.id}"


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
