# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of entities: a row for each, with the class of what it shows."""

from __future__ import annotations

from collections.abc import Mapping

from ..estate.accounts import Account
from ..estate.agents import AgentJob, DiscoveredComputer, ProtectionGroup
from ..estate.cdp import CdpPolicy
from ..estate.failover_plans import FailoverPlan
from ..estate.file_shares import FileServer, NasJob
from ..estate.infrastructure import ExternalRepository, ManagedServer, WanAccelerator
from ..estate.jobs import Job
from ..estate.roles import Role
from ..estate.servers import BackupServer, HierarchyRoot, Repository
from ..estate.system_sessions import SystemSession
from ..work.agent_sessions import AgentSession, ComputerSession
from ..work.catalog import CatalogVm, CatalogVmRestorePoint
from ..work.cdp_sessions import CdpSession, CdpTaskSession
from ..work.replicas import Replica, VmReplicaPoint
from ..work.restore_points import AgentRestorePoint, Backup, BackupFile, RestorePoint, VAppRestorePoint, VmRestorePoint
from ..work.restore_sessions import RestoreSession
from ..work.run_sessions import JobSession, ReplicaJobSession, ReplicaTaskSession, TaskSession
from . import (
    agents,
    backups,
    catalog,
    cdp,
    failover_plans,
    file_shares,
    infrastructure,
    jobs,
    replicas,
    restore_sessions,
    security,
    servers,
    sessions,
    system_sessions,
)
from .kind import Kind

KINDS: Mapping[type, Kind] = {
    FailoverPlan: failover_plans.FAILOVER_PLAN,
    Replica: replicas.REPLICA,
    VmReplicaPoint: replicas.VM_REPLICA_POINT,
    CatalogVm: catalog.CATALOG_VM,
    CatalogVmRestorePoint: catalog.CATALOG_POINT,
    RestoreSession: restore_sessions.RESTORE_SESSION,
    Job: jobs.JOB,
    AgentJob: agents.AGENT_JOB,
    NasJob: file_shares.NAS_JOB,
    Repository: servers.REPOSITORY,
    BackupServer: servers.BACKUP_SERVER,
    HierarchyRoot: servers.HIERARCHY_ROOT,
    ExternalRepository: infrastructure.EXTERNAL_REPOSITORY,
    WanAccelerator: infrastructure.WAN_ACCELERATOR,
    ManagedServer: infrastructure.MANAGED_SERVER,
    ProtectionGroup: agents.PROTECTION_GROUP,
    DiscoveredComputer: agents.DISCOVERED_COMPUTER,
    FileServer: file_shares.FILE_SERVER,
    JobSession: sessions.BACKUP_JOB_SESSION,
    AgentSession: sessions.BACKUP_JOB_SESSION,
    ComputerSession: sessions.BACKUP_JOB_SESSION,
    ReplicaJobSession: sessions.REPLICA_JOB_SESSION,
    TaskSession: sessions.BACKUP_TASK_SESSION,
    ReplicaTaskSession: sessions.REPLICA_TASK_SESSION,
    CdpPolicy: cdp.POLICY,
    CdpSession: cdp.CDP_SESSION,
    CdpTaskSession: cdp.CDP_TASK_SESSION,
    Account: security.ACCOUNT,
    Role: security.ROLE,
    SystemSession: system_sessions.SYSTEM_SESSION_KIND,
    Backup: backups.BACKUP,
    RestorePoint: backups.RESTORE_POINT,
    VmRestorePoint: backups.VM_RESTORE_POINT,
    AgentRestorePoint: backups.AGENT_RESTORE_POINT,
    VAppRestorePoint: backups.VAPP_RESTORE_POINT,
    BackupFile: backups.BACKUP_FILE,
}
