# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of backups, replicas, points, restores and the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..estate.agents import AGENT_PLATFORMS
from ..estate.run_plans import RESULTS
from ..work.catalog import CatalogVm, CatalogVmRestorePoint
from ..work.replicas import REPLICA_POINT_TYPES, Replica, VmReplicaPoint
from ..work.restore_points import (
    ALGORITHMS,
    BACKUP_TYPES,
    FILE_TYPES,
    POINT_TYPES,
    AgentRestorePoint,
    Backup,
    BackupFile,
    RestorePoint,
    VAppRestorePoint,
    VmRestorePoint,
)
from ..work.restore_sessions import RestoreSession
from ..work.run_sessions import (
    SESSION_STATES,
)
from .field import QueryField, fields, identity, server_fields

BACKUP_PLATFORMS = ("VMware", "HyperV", "vCloud", *AGENT_PLATFORMS[::-1], "CustomPlatform")


def _of_run(item: Any) -> datetime:
    moment: datetime = item.session.view.moment(item.created)
    return moment


def _of_machine(item: Any) -> datetime:
    moment: datetime = item.point.session.view.moment(item.created)
    return moment


FIELDS: Mapping[type, Mapping[str, QueryField]] = {
    Backup: fields(
        *identity(),
        QueryField("JobUid", "uid", lambda item: item.job_uid),
        QueryField("JobName", "text", lambda item: item.job_name),
        QueryField("RepositoryUid", "uid", lambda item: item.repository.uid),
        QueryField("RepositoryName", "text", lambda item: item.repository.name),
        QueryField("Platform", BACKUP_PLATFORMS, lambda item: item.platform),
        QueryField("BackupType", BACKUP_TYPES, lambda item: item.backup_type),
        *server_fields(),
    ),
    RestorePoint: fields(
        *identity(),
        QueryField("CreationTime", "date", lambda item: item.created_text, moment=_of_run),
        QueryField("BackupUid", "uid", lambda item: item.backup.uid),
        QueryField("BackupName", "text", lambda item: item.backup.name),
        *server_fields(),
    ),
    VmRestorePoint: fields(
        *identity(),
        QueryField("CreationTime", "date", lambda item: item.created_text, moment=_of_machine),
        QueryField("Type", POINT_TYPES, lambda item: item.point_type),
        QueryField("Algorithm", ALGORITHMS, lambda item: item.algorithm),
        QueryField("RestorePointId", "uid", lambda item: item.point.uid),
        QueryField("RestorePointName", "text", lambda item: item.point.name),
        QueryField("VmDisplayName", "text", lambda item: item.machine.name),
        QueryField("HierarchyObjRef", "text", lambda item: item.reference, documented=False),
        QueryField("VmName", "text", lambda item: item.machine.name if item.has_reference else "", documented=False),
        *server_fields(),
    ),
    AgentRestorePoint: fields(
        *identity(),
        QueryField("CreationTime", "date", lambda item: item.created_text, moment=_of_machine),
        QueryField("ComputerName", "text", lambda item: item.machine.name),
        QueryField("Type", POINT_TYPES, lambda item: item.point_type),
        QueryField("Algorithm", ALGORITHMS, lambda item: item.algorithm),
        QueryField("RestorePointId", "uid", lambda item: item.point.uid),
        QueryField("RestorePointName", "text", lambda item: item.point.name),
        QueryField("BackupUid", "uid", lambda item: item.point.backup.uid),
        QueryField("BackupName", "text", lambda item: item.point.backup.name),
        QueryField("BackupFileUid", "uid", lambda item: item.point.file.uid),
        QueryField("BackupFileName", "text", lambda item: item.point.file.name),
        *server_fields(),
    ),
    VAppRestorePoint: fields(
        *identity(),
        QueryField("CreationTime", "date", lambda item: item.created_text, moment=_of_machine),
        QueryField("Type", POINT_TYPES, lambda item: item.point_type),
        QueryField("Algorithm", ALGORITHMS, lambda item: item.algorithm),
        QueryField("RestorePointId", "uid", lambda item: item.point.uid),
        QueryField("RestorePointName", "text", lambda item: item.point.name),
        QueryField("VAppDisplayName", "text", lambda item: item.vapp.name),
        QueryField("HierarchyObjRef", "text", lambda item: item.reference, documented=False),
        *server_fields(),
    ),
    BackupFile: fields(
        *identity(),
        QueryField("CreationTimeUtc", "date", lambda item: item.created_text, moment=_of_run),
        QueryField("BackupSize", "number", lambda item: item.size),
        QueryField("DataSize", "number", lambda item: item.data_size),
        QueryField("CompressRatio", "number", lambda item: item.compression),
        QueryField("FileType", FILE_TYPES, lambda item: item.file_type),
        QueryField("BackupUid", "uid", lambda item: item.backup.uid),
        QueryField("BackupName", "text", lambda item: item.backup.name),
        *server_fields(),
    ),
    Replica: fields(
        *identity(),
        QueryField("JobUid", "uid", lambda item: item.job_uid),
        QueryField("JobName", "text", lambda item: item.name),
        QueryField("RepositoryUid", "uid", lambda item: item.repository.uid if item.repository else ""),
        QueryField("RepositoryName", "text", lambda item: item.repository.name if item.repository else ""),
    ),
    VmReplicaPoint: fields(
        *identity(),
        QueryField("CreationTime", "date", lambda item: item.created_text),
        QueryField("Type", REPLICA_POINT_TYPES, lambda item: item.point_type),
        QueryField("Algorithm", ALGORITHMS, lambda item: item.algorithm),
        QueryField("ReplicaUid", "uid", lambda item: item.replica.uid),
        QueryField("ReplicaName", "text", lambda item: item.replica.name),
        QueryField("VmDisplayName", "text", lambda item: item.display_name),
        *server_fields(),
    ),
    RestoreSession: fields(
        *identity(),
        QueryField("Type", "text", lambda item: item.job_type or ""),
        QueryField("CreationTime", "date", lambda item: item.created_text),
        QueryField("EndTime", "date", lambda item: item.end_text),
        QueryField("State", SESSION_STATES, lambda item: item.state),
        QueryField("Result", RESULTS, lambda item: item.result),
        QueryField("VmDisplayName", "text", lambda item: item.machine),
        *server_fields(),
    ),
    CatalogVm: fields(*identity()),
    CatalogVmRestorePoint: fields(*identity()),
}
