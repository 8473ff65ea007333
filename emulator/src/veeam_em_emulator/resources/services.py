# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EM offers: the links of the logon session and of the query service (em_rest logging_on, querysvc). Those of the
logon session in the order of a recording of 12.3, which has 68 of them."""

from __future__ import annotations

from collections.abc import Iterator

from ..estate.sessions import Session
from ..wire.dialects import PRODUCTS
from ..wire.links import Link

# Path of a collection, type of its links without the ending
_KEY = (
    ("backupServers", "BackupServer"), ("managedServers", "ManagedServer"), ("jobs", "Job"),
    ("failoverPlans", "FailoverPlan"), ("hierarchyRoots", "HierarchyRoot"), ("repositories", "Repository"),
    ("backups", "Backup"), ("restorePoints", "RestorePoint"), ("vmRestorePoints", "VmRestorePoint"),
    ("vAppRestorePoints", "VAppRestorePoint"), ("replicas", "Replica"), ("vmReplicaPoints", "VmReplicaPoint"),
    ("catalog/vms", "CatalogVm"), ("backupSessions", "BackupJobSession"), ("restoreSessions", "RestoreSession"),
    ("replicaSessions", "ReplicaJobSession"), ("backupTaskSessions", "BackupTaskSession"),
    ("replicaTaskSessions", "ReplicaTaskSession"),
)  # fmt: skip
_CDP = (
    ("cdpPolicies", "CdpPolicy"), ("cdpReplicaSessions", "CdpReplicaSession"),
    ("cdpReplicaTaskSessions", "CdpReplicaTaskSession"), ("vAppReplicaPoints", "VAppReplicaPoint"),
    ("cdpReplica/vms", "VmCdpReplica"), ("cdpReplica/vApps", "VAppCdpReplica"),
)  # fmt: skip
_CREATE = Link("Create", "/backupServers?action=create")
# Types of the query service, the field by which they are sorted where it is not the name, their link type where it is
# not the type's own; 13.1
_QUERIES = (
    ("VmRestorePoint", "", ""), ("VAppRestorePoint", "", ""), ("VmReplicaPoint", "", ""), ("Task", "TaskUid", ""),
    ("Job", "", ""), ("RestorePoint", "", ""), ("BackupTaskSession", "", ""), ("ReplicaTaskSession", "", ""),
    ("RestoreSession", "", ""), ("Repository", "", ""), ("Backup", "", ""), ("Replica", "", ""),
    ("HierarchyRoot", "", ""), ("BackupJobSession", "", ""), ("ReplicaJobSession", "", ""), ("BackupServer", "", ""),
    ("ManagedServer", "", ""), ("FailoverPlan", "", ""), ("WanAccelerator", "", ""), ("CloudGateway", "", ""),
    ("CloudTenant", "", ""), ("Passwords", "BackupServerUid", "PasswordKey"),
    ("Credentials", "BackupServerUid", "Credentials"), ("CloudReplica", "", ""), ("BackupFile", "", ""),
    ("VCloudOrganizationConfig", "", ""), ("CloudSubtenant", "Name", ""), ("CloudHardwarePlan", "Name", ""),
    ("CloudPublicIpAddress", "Name", ""), ("AgentBackupJob", "", ""), ("AgentRestorePoint", "", ""),
    ("AgentProtectionGroup", "", ""), ("DiscoveredComputer", "", ""), ("CloudFailoverPlan", "Name", ""),
    ("CloudGatewayPool", "Name", ""), ("VSphereSelfServiceConfig", "Name", ""), ("ExternalRepository", "", ""),
    ("NasJob", "", ""), ("FileServer", "", ""), ("VAppReplicaPoint", "", ""),
)  # fmt: skip
_QUERIES_SINCE = {"NasJob": "10", "FileServer": "10", "VAppReplicaPoint": "11"}


def _known(product: str, since: str) -> bool:
    return PRODUCTS.index(product) >= PRODUCTS.index(since)


def _references(*collections: tuple[str, str]) -> Iterator[Link]:
    for path, kind in collections:
        yield Link("Down", f"/{path}", type=f"{kind}ReferenceList")


def _entities(*collections: tuple[str, str]) -> Iterator[Link]:
    for path, kind in collections:
        yield Link("Down", f"/{path}?format=Entity", type=f"{kind}List")


def catalogue(product: str) -> tuple[Link, ...]:
    """All links of a logon session but the last one, which closes it."""
    cdp = _CDP if _known(product, "11") else ()
    system = (("systemSessions", "BackupJobSession"),) if _known(product, "12") else ()
    wan, files, external = (
        ("wanAccelerators", "WanAccelerator"), ("backupFiles", "BackupFile"),
        ("externalRepositories", "ExternalRepository"),
    )  # fmt: skip
    nas = (Link("Down", "/nas", type="NasService"),) if _known(product, "10") else ()
    return (
        Link("Up", "/", type="EnterpriseManager"),
        *_references(*_KEY),
        Link("Down", "/security", type="EnterpriseSecuritySettings"),
        *_references(wan, files, external, *cdp, *system),
        Link("Down", "/tasks", type="TaskList"),
        Link("Down", "/querySvc", type="QueryService"),
        Link("Down", "/lookupSvc", type="LookupService"),
        Link("Down", "/reports/summary", "Summary", "Report"),
        *_entities(*_KEY[:2]),
        _CREATE,
        *_entities(*_KEY[2:], wan),
        Link("Down", "/vCloud", type="VCloudService"),
        *_entities(files),
        Link("Down", "/agents", type="AgentsService"),
        Link("Down", "/selfService/vSphere", type="VSphereSelfService"),
        *_entities(external),
        *nas,
        *_entities(*cdp, *system),
    )


def query_links(session: Session, product: str) -> tuple[Link, ...]:
    """Up to the logon session, and one query for each type."""
    links = [Link("Up", f"/logonSessions/{session.id}", type="LogonSession")]
    for name, field, kind in _QUERIES:
        if _known(product, _QUERIES_SINCE.get(name, PRODUCTS[0])):
            path = f"/query?type={name}&format=Entities&sortAsc={field or 'name'}&pageSize=15&page=1"
            links.append(Link("Down", path, type=f"{kind or name}List"))
    return tuple(links)
