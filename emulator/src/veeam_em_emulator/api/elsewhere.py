# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EM has and this emulator has not: 501 that names it, never 404 or 405, which say that there is no such thing."""

from __future__ import annotations

import re

from ..resources.call import Call
from ..wire.errors import ApiError, not_known

# First part of the path of the resources that the reference describes, without those of which the emulator has every
# path; below these there is nothing else but what _BELOW says
RESOURCES = frozenset(
    {
        "agents", "backupfiles", "backups", "backupsessions", "backuptasksessions", "catalog", "cdppolicies",
        "cdpreplica", "cdpreplicas", "cdpreplicasessions", "cdpreplicatasksessions", "cloud", "externalrepositories",
        "failoverplans", "nas", "replicas", "replicasessions", "replicatasksessions", "reports", "restorepoints",
        "restoresessions", "security", "selfservice", "systemsessions", "vappreplicapoints", "vapprestorepoints",
        "vcloud", "vmreplicapoints", "vmrestorepoints", "wanaccelerators",
    }
)  # fmt: skip
_BELOW = re.compile(
    r"/(backupServers/[^/]+/(passwords|externalRepositories)|repositories/[^/]+/(backups|replicas))\b", re.IGNORECASE
)
# Resources that the emulator has, but not with these methods (path below /api, ids as {ID})
_METHODS = frozenset(
    {
        ("PUT", "/backupservers/{id}"),
        ("DELETE", "/backupservers/{id}"),
        ("POST", "/backupservers"),
        ("POST", "/backupservers/{id}/jobs"),
        ("POST", "/jobs/{id}/linkedjobs"),
        ("DELETE", "/jobs/{id}/linkedjobs/{id}"),
        ("POST", "/jobs/{id}/linkedbackuprepositories"),
        ("DELETE", "/jobs/{id}/linkedbackuprepositories/{id}"),
        ("POST", "/vmrestorepoints/{id}"),
    }
)
# Types of the query service (em_rest query_type)
QUERY_TYPES = frozenset(
    {
        "AgentBackupJob", "AgentProtectionGroup", "AgentRestorePoint", "Backup", "BackupFile", "BackupJobSession",
        "BackupServer", "BackupTaskSession", "CdpPolicy", "CdpReplica", "CdpReplicaSession", "CdpReplicaTaskSession",
        "CloudGateway", "CloudGatewayPool", "CloudTenant", "CloudFailoverPlan", "CloudFailoverSession",
        "CloudHardwarePlan", "CloudPublicIpAddress", "CloudReplica", "CloudSubtenant", "CloudVmReplicaPoint",
        "Credentials", "DiscoveredComputer", "FailoverPlan", "FileServer", "HierarchyRoot", "Job", "ManagedServer",
        "NasJob", "NasObject", "ObjectInJob", "Passwords", "Replica", "ReplicaJobSession", "ReplicaTaskSession",
        "Repository", "RestorePoint", "RestoreSession", "Task", "vAppReplicaPoint", "vAppRestorePoint",
        "VCloudOrganizationConfig", "VlanConfiguration", "VmReplicaPoint", "VmRestorePoint",
        "VsphereSelfServiceConfig", "WanAccelerator",
    }
)  # fmt: skip
_TYPE_NAMES = {name.lower(): name for name in QUERY_TYPES}
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|urn:[^/]+", re.IGNORECASE)


def named(path: str) -> str:
    """The resource of a path: ids as ``{ID}``."""
    return "/".join("{ID}" if _ID.fullmatch(part) else part for part in path.rstrip("/").split("/"))


def missing(call: Call, what: str | None = None) -> ApiError:
    """501 for what the emulator does not have."""
    return ApiError(501, not_known(f"this emulator does not have {what or f'{call.method} {named(call.path)}'}"))


def documented_method(call: Call) -> bool:
    """Whether EM has this method at a path that the emulator has."""
    return (call.method, named(call.path).lower()) in _METHODS


def documented_path(call: Call) -> bool:
    """Whether EM has something at a path at which the emulator has nothing."""
    first = call.path.lower().lstrip("/").partition("/")[0]
    return first in RESOURCES or _BELOW.match(call.path) is not None


def query_type(kind: str) -> str | None:
    """Name of a type of the query service, given in any letter case."""
    return _TYPE_NAMES.get(kind.lower())
