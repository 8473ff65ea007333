# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How backup servers, repositories and inventories are shown."""

from __future__ import annotations

from typing import Any

from ..estate.servers import BackupServer, HierarchyRoot, Repository
from ..wire import types
from ..wire.links import Link
from .kind import Kind, Style
from .links import up_to_server


def _repository_links(repository: Repository, other: str, other_path: str) -> tuple[Link, ...]:
    path = f"/repositories/{repository.id}"
    return (
        up_to_server(repository.server),
        Link("Alternate", other_path, repository.name, other),
        Link("Down", f"{path}/backups", type="BackupReferenceList"),
        Link("Down", f"{path}/replicas", type="ReplicaReferenceList"),
    )


def repository_reference(repository: Repository, _style: Style) -> dict[str, Any]:
    path = f"/repositories/{repository.id}"
    return {
        "Type": "RepositoryReference",
        "Href": path,
        "Name": repository.name,
        "UID": repository.uid,
        "Links": _repository_links(repository, "Repository", f"{path}?format=Entity"),
    }


def repository_entity(repository: Repository, _style: Style) -> dict[str, Any]:
    path = f"/repositories/{repository.id}"
    return {
        "Type": "Repository",
        "Href": f"{path}?format=Entity",
        "Name": repository.name,
        "UID": repository.uid,
        "Links": _repository_links(repository, "RepositoryReference", path),
        "Capacity": repository.capacity,
        "FreeSpace": repository.free_space,
        "Kind": repository.kind,
    }


def _server_links(server: BackupServer, alternate: Link) -> tuple[Link, ...]:
    """Recorded, 12.3 and 13."""
    path = f"/backupServers/{server.id}"
    return (
        alternate,
        Link("Edit", path, type="BackupServerReference"),
        Link("Delete", path, type="BackupServerReference"),
        Link("Down", f"{path}/jobs", type="JobReferenceList"),
        Link("Down", f"{path}/managedServers", type="ManagedServerReferenceList"),
        Link("Down", f"{path}/repositories", type="RepositoryReferenceList"),
        Link("Down", f"{path}/externalRepositories", type="ExternalRepositoryReferenceList"),
        Link("Down", f"{path}/credentials", type="CredentialsList"),
        Link("Create", f"{path}/credentials?action=create"),
        Link("Down", f"{path}/passwords", type="PasswordKeyList"),
        Link("Create", f"{path}/passwords?action=create"),
        Link("VeeamZip", f"{path}?action=veeamzip"),
        Link("QuickBackup", f"{path}?action=quickbackup"),
        Link("Start", f"{path}?action=collect"),
    )


def server_reference(server: BackupServer, _style: Style) -> dict[str, Any]:
    path = f"/backupServers/{server.id}"
    alternate = Link("Alternate", f"{path}?format=Entity", server.name, "BackupServer")
    return {
        "Type": "BackupServerReference",
        "Href": path,
        "Name": server.name,
        "UID": server.uid,
        "Links": _server_links(server, alternate),
    }


def server_entity(server: BackupServer, _style: Style) -> dict[str, Any]:
    """em_rest backupservers_id; the last two elements since REST 1.7."""
    path = f"/backupServers/{server.id}"
    values: dict[str, Any] = {
        "Type": "BackupServer",
        "Href": f"{path}?format=Entity",
        "Name": server.name,
        "UID": server.uid,
        "Links": _server_links(server, Link("Alternate", path, server.name, "BackupServerReference")),
        "Description": server.description,
        "Port": server.port,
        "Version": server.version,
    }
    if server.major >= 12:
        values.update(WcfPort=server.wcf_port, VbrCertificateThumbprint=server.thumbprint)
    return values


def root_reference(root: HierarchyRoot, _style: Style) -> dict[str, Any]:
    path = f"/hierarchyRoots/{root.id}"
    return {
        "Type": "HierarchyRootReference",
        "Href": path,
        "Name": root.name,
        "UID": root.uid,
        "Links": (up_to_server(root.server), Link("Alternate", f"{path}?format=Entity", root.name, "HierarchyRoot")),
    }


def root_entity(root: HierarchyRoot, _style: Style) -> dict[str, Any]:
    """em_rest hierarchyroots_id."""
    path = f"/hierarchyRoots/{root.id}"
    return {
        "Type": "HierarchyRoot",
        "Href": f"{path}?format=Entity",
        "Name": root.name,
        "UID": root.uid,
        "Links": (
            up_to_server(root.server),
            Link("Alternate", path, root.name, "HierarchyRootReference"),
            Link("Related", f"/managedServers/{root.id}?format=Entity", root.name, "ManagedServer"),
        ),
        "HierarchyRootId": root.id,
        "UniqueId": root.unique_id,
        "HostType": root.host_type,
    }


def hierarchy_item(reference: str, kind: str, name: str) -> dict[str, Any]:
    return {"Type": "HierarchyItem", "ObjectRef": reference, "ObjectType": kind, "ObjectName": name}


REPOSITORY = Kind(
    "Repository", "Repositories", types.REPOSITORY, repository_entity, repository_reference, "/repositories",
    "repository",
)  # fmt: skip
BACKUP_SERVER = Kind(
    "BackupServer", "BackupServers", types.BACKUP_SERVER, server_entity, server_reference, "/backupServers",
    "backup server",
)  # fmt: skip
HIERARCHY_ROOT = Kind(
    "HierarchyRoot", "HierarchyRoots", types.HIERARCHY_ROOT, root_entity, root_reference, "/hierarchyRoots",
    "hierarchy root",
)  # fmt: skip
