# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields that can be used in ``filter``, ``sortAsc`` and ``sortDesc``, by type (em_rest get_query_<type>)."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from ..estate.agents import AGENT_PLATFORMS, AGENT_STATES, AgentJob, DiscoveredComputer, ProtectionGroup
from ..estate.failover_plans import FailoverPlan
from ..estate.file_shares import FileServer, NasJob, NasObject
from ..estate.infrastructure import (
    MANAGED_SERVER_TYPES,
    Credentials,
    EncryptionPassword,
    ExternalRepository,
    ManagedServer,
    WanAccelerator,
)
from ..estate.jobs import JOB_TYPES, PLATFORMS, Job, JobObject
from ..estate.run_plans import RESULTS
from ..estate.servers import BackupServer, HierarchyRoot, Repository
from ..wire.times import utc_text
from ..work.catalog import CatalogVm, CatalogVmRestorePoint
from ..work.replicas import REPLICA_POINT_TYPES, Replica, VmReplicaPoint
from ..work.restore_points import (
    ALGORITHMS,
    BACKUP_TYPES,
    FILE_TYPES,
    POINT_TYPES,
    Backup,
    BackupFile,
    RestorePoint,
    VAppRestorePoint,
    VmRestorePoint,
)
from ..work.restore_sessions import RestoreSession
from ..work.run_sessions import (
    MACHINE_STATES,
    SESSION_STATES,
    SESSION_TYPES,
    JobSession,
    ReplicaJobSession,
    ReplicaTaskSession,
    TaskSession,
)
from ..work.tasks import FINISHED, OPERATION_FINISHED, RUNNING, Task
from .filters import Condition, Every, FilterError, Some

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le,
}  # fmt: skip
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?([+-]\d\d:\d\d)?)?")
TASK_STATES = (RUNNING, OPERATION_FINISHED, FINISHED)
HOST_TYPES = ("ESX", "VC", "ESXi", "HvServer", "HvCluster", "Scvmm", "VcdSystem")
BACKUP_PLATFORMS = ("VMware", "HyperV", "vCloud", *AGENT_PLATFORMS[::-1], "CustomPlatform")


@dataclass(frozen=True)
class QueryField:
    """kind: ``text``, ``uid``, ``number``, ``bool``, ``date``, or the values of an enumeration in their order.
    documented: not so are some that clients use all the same, see the switch ``undocumented_fields``."""

    name: str
    kind: str | tuple[str, ...]
    get: Callable[[Any], Any]
    documented: bool = True

    def key(self, item: Any) -> Any:
        """Sort key; enumerations by index, text without letter case."""
        value = self.get(item)
        if isinstance(self.kind, tuple):
            return self.kind.index(value) if value in self.kind else len(self.kind)
        return value.casefold() if isinstance(value, str) else value

    def test(self, condition: Condition, rules: Mapping[str, Any]) -> Callable[[Any], bool]:
        """Predicate for one condition. FilterError where the value does not fit the field."""
        compare = _COMPARE[condition.operator]
        if isinstance(self.kind, tuple):
            index = [value.lower() for value in self.kind]
            if condition.value.lower() not in index:
                raise FilterError(f"{condition.value!r} is not a valid value of {self.name}")
            wanted = index.index(condition.value.lower())
            return lambda item: compare(self.key(item), wanted)
        if self.kind == "bool":
            if condition.value.lower() not in ("true", "false"):
                raise FilterError(f"{condition.value!r} is neither true nor false")
            flag = condition.value.lower() == "true"
            return lambda item: compare(self.get(item), flag)
        if self.kind == "number":
            try:
                number = float(condition.value)
            except ValueError:
                number = math.nan
            if not math.isfinite(number):
                raise FilterError(f"{condition.value!r} is not a number")
            return lambda item: compare(self.get(item), number)
        if self.kind == "date":
            date = utc_text(moment_in(condition))[:-1]
            return lambda item: bool(self.get(item)) and compare(self.get(item)[:-1], date)
        if self.kind == "uid":
            return self._uid_test(condition, compare, rules["uid_filter"])
        if rules["string_compare"] == "sensitive":
            return lambda item: compare(self.get(item), condition.value)
        folded = condition.value.casefold()
        return lambda item: compare(self.get(item).casefold(), folded)

    def _uid_test(self, condition: Condition, compare: Callable[[Any, Any], bool], form: str) -> Callable[[Any], bool]:
        wanted = condition.value.lower()

        def test(item: Any) -> bool:
            urn = self.get(item).lower()
            guid = urn.rpartition(":")[2]
            forms = {"urn": [urn], "guid": [guid], "both": [urn, guid]}[form]
            results = [compare(candidate, wanted) for candidate in forms]
            return all(results) if condition.operator == "!=" else any(results)

        return test


def moment_in(condition: Condition) -> datetime:
    """A time as clients write it: UTC, with or without Z, with a blank instead of the T, or a date. FilterError."""
    text = condition.value.strip()
    if text[-1:] in "zZ":
        text = text[:-1]
    match = _MOMENT.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        day, clock, fraction, offset = match.groups()
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00:00'}{(offset or '+00:00')}")
    except ValueError:
        raise FilterError(f"{condition.value!r} is not a time") from None
    micro = int((fraction or "").ljust(6, "0")[:6] or 0)
    return moment.astimezone(timezone.utc) + timedelta(microseconds=micro)


def _fields(*fields: QueryField) -> dict[str, QueryField]:
    return {field.name.lower(): field for field in fields}


def _server_fields() -> tuple[QueryField, ...]:
    return (
        QueryField("BackupServerUid", "uid", lambda item: item.server.uid),
        QueryField("BackupServerName", "text", lambda item: item.server.name),
    )


def _description() -> QueryField:
    return QueryField("Description", "text", lambda item: item.description)


def _identity() -> tuple[QueryField, ...]:
    return (QueryField("UID", "uid", lambda item: item.uid), QueryField("Name", "text", lambda item: item.name))


@dataclass(frozen=True)
class ObjectRow:
    """An object in a job, as the query service sees it."""

    job: Job
    machine: JobObject

    @property
    def server(self) -> BackupServer:
        return self.job.server


class AgentObjectRow(ObjectRow):
    """A protection group or computer in an agent job."""


class NasObjectRow(ObjectRow):
    """A path in a file share job."""


def _object_row_fields() -> tuple[QueryField, ...]:
    """The UID is a bare id, the JobUid that of a job of any kind."""
    return (
        QueryField("UID", "uid", lambda row: row.machine.id),
        QueryField("Name", "text", lambda row: row.machine.name),
        QueryField("DisplayName", "text", lambda row: row.machine.name),
        QueryField("JobUid", "uid", lambda row: f"urn:veeam:Job:{row.job.id}"),
        QueryField("JobName", "text", lambda row: row.job.name),
        QueryField("FileServerUid", "uid", lambda row: _file_server(row, "uid")),
        QueryField("FileServerName", "text", lambda row: _file_server(row, "name")),
        QueryField("BackupServerUid", "uid", lambda row: row.job.server.uid),
        QueryField("BackupServerName", "text", lambda row: row.job.server.name),
    )


def _file_server(row: ObjectRow, name: str) -> str:
    server = row.machine.file_server if isinstance(row.machine, NasObject) else None
    return "" if server is None else str(getattr(server, name))


def _schedule_fields() -> tuple[QueryField, ...]:
    return (
        QueryField("ScheduleConfigured", "bool", lambda job: job.schedule_configured),
        QueryField("ScheduleEnabled", "bool", lambda job: job.schedule_enabled),
    )


def _next_run() -> QueryField:
    return QueryField("NextRun", "date", lambda job: job.next_run if job.schedule_enabled else "")


def _session_fields() -> dict[str, QueryField]:
    return _fields(
        *_identity(),
        QueryField("JobType", SESSION_TYPES, lambda item: item.job_type),
        QueryField("JobUid", "uid", lambda item: item.job_uid),
        QueryField("JobName", "text", lambda item: item.job_name),
        QueryField("CreationTime", "date", lambda item: item.created_text),
        QueryField("EndTime", "date", lambda item: item.end_text),
        QueryField("State", SESSION_STATES, lambda item: item.state),
        QueryField("Result", RESULTS, lambda item: item.result),
        QueryField("Progress", "number", lambda item: item.progress),
        QueryField("IsRetry", "bool", lambda item: item.is_retry),
        *_server_fields(),
    )


def _task_session_fields() -> dict[str, QueryField]:
    return _fields(
        *_identity(),
        QueryField("CreationTime", "date", lambda item: item.created_text),
        QueryField("EndTime", "date", lambda item: item.end_text),
        QueryField("State", MACHINE_STATES, lambda item: item.state),
        QueryField("Result", RESULTS, lambda item: item.result),
        QueryField("Reason", "text", lambda item: item.reason),
        QueryField("TotalSize", "number", lambda item: item.size),
        QueryField("JobSessionUid", "uid", lambda item: item.session.uid),
        QueryField("JobUid", "uid", lambda item: item.session.job_uid),
        QueryField("JobName", "text", lambda item: item.session.job_name),
        QueryField("VmUid", "text", lambda item: item.machine.reference, documented=False),
        QueryField("VmDisplayName", "text", lambda item: item.machine.name),
        *_server_fields(),
    )


FIELDS: dict[type, dict[str, QueryField]] = {
    Job: _fields(
        *_identity(),
        _description(),
        _next_run(),
        QueryField("JobType", JOB_TYPES, lambda job: job.job_type),
        QueryField("Platform", PLATFORMS, lambda job: job.platform),
        *_schedule_fields(),
        *_server_fields(),
    ),
    # without NextRun
    AgentJob: _fields(
        *_identity(),
        _description(),
        QueryField("JobType", ("AgentBackup",), lambda job: job.job_type),
        QueryField("Platform", AGENT_PLATFORMS, lambda job: job.platform),
        *_schedule_fields(),
        *_server_fields(),
    ),
    NasJob: _fields(*_identity(), _description(), _next_run(), *_schedule_fields(), *_server_fields()),
    AgentObjectRow: _fields(*_object_row_fields()),
    NasObjectRow: _fields(*_object_row_fields()),
    ProtectionGroup: _fields(*_identity(), *_server_fields()),
    FileServer: _fields(*_identity(), *_server_fields()),
    Repository: _fields(
        *_identity(),
        QueryField("FreeSpace", "number", lambda repository: repository.free_space),
        QueryField("Capacity", "number", lambda repository: repository.capacity),
        *_server_fields(),
    ),
    BackupServer: _fields(
        *_identity(),
        QueryField("Description", "text", lambda server: server.description),
        QueryField("IpOrDnsName", "text", lambda server: server.address),
        QueryField("Port", "number", lambda server: server.port),
        QueryField("Version", "text", lambda server: server.version),
    ),
    HierarchyRoot: _fields(
        *_identity(),
        QueryField("UniqueId", "text", lambda root: root.unique_id),
        QueryField("HostType", HOST_TYPES, lambda root: root.host_type),
        *_server_fields(),
    ),
    ObjectRow: _fields(
        QueryField("UID", "uid", lambda row: f"urn:veeam:ObjectInJob:{row.machine.id}"),
        QueryField("Name", "text", lambda row: row.machine.name),
        QueryField("JobUid", "uid", lambda row: row.job.uid),
        QueryField("JobName", "text", lambda row: row.job.name),
        QueryField("BackupServerUid", "uid", lambda row: row.job.server.uid),
        QueryField("BackupServerName", "text", lambda row: row.job.server.name),
    ),
    Credentials: _fields(
        QueryField("Username", "text", lambda item: item.username),
        QueryField("Description", "text", lambda item: item.description),
        QueryField("BackupServerUid", "uid", lambda item: item.server.uid),
        QueryField("CredentialsId", "uid", lambda item: item.id),
    ),
    EncryptionPassword: _fields(
        QueryField("PasswordKeyID", "uid", lambda item: item.id),
        QueryField("Hint", "text", lambda item: item.hint),
        *_server_fields(),
    ),
    # its page prints none
    ExternalRepository: _fields(*_identity(), *_server_fields()),
    WanAccelerator: _fields(
        *_identity(),
        QueryField("Capacity", "number", lambda item: item.capacity),
        QueryField("ConnectionsCount", "number", lambda item: item.connections),
        QueryField("HighBandwidthModeEnabled", "bool", lambda item: item.high_bandwidth),
        *_server_fields(),
    ),
    ManagedServer: _fields(
        *_identity(),
        QueryField("Description", "text", lambda item: item.description),
        QueryField("ManagedServerType", MANAGED_SERVER_TYPES, lambda item: item.kind),
        *_server_fields(),
    ),
    DiscoveredComputer: _fields(
        *_identity(),
        *_server_fields(),
        QueryField("AgentVersion", "text", lambda item: item.agent_version or ""),
        QueryField("AgentStatus", AGENT_STATES, lambda item: item.agent_status),
        QueryField("OsVersion", "text", lambda item: item.os_version),
        QueryField("IpAddress", "text", lambda item: item.ip_address),
        QueryField("ProtectionGroupUid", "uid", lambda item: item.groups[0].uid),
        QueryField("ProtectionGroupName", "text", lambda item: item.groups[0].name),
    ),
    JobSession: _session_fields(),
    ReplicaJobSession: _session_fields(),
    TaskSession: _task_session_fields(),
    ReplicaTaskSession: _task_session_fields(),
    Backup: _fields(
        *_identity(),
        QueryField("JobUid", "uid", lambda item: item.job_uid),
        QueryField("JobName", "text", lambda item: item.job_name),
        QueryField("RepositoryUid", "uid", lambda item: item.repository.uid),
        QueryField("RepositoryName", "text", lambda item: item.repository.name),
        QueryField("Platform", BACKUP_PLATFORMS, lambda item: item.platform),
        QueryField("BackupType", BACKUP_TYPES, lambda item: item.backup_type),
        *_server_fields(),
    ),
    RestorePoint: _fields(
        *_identity(),
        QueryField("CreationTime", "date", lambda item: item.created_text),
        QueryField("BackupUid", "uid", lambda item: item.backup.uid),
        QueryField("BackupName", "text", lambda item: item.backup.name),
        *_server_fields(),
    ),
    VmRestorePoint: _fields(
        *_identity(),
        QueryField("CreationTime", "date", lambda item: item.created_text),
        QueryField("Type", POINT_TYPES, lambda item: item.point_type),
        QueryField("Algorithm", ALGORITHMS, lambda item: item.algorithm),
        QueryField("RestorePointId", "uid", lambda item: item.point.uid),
        QueryField("RestorePointName", "text", lambda item: item.point.name),
        QueryField("VmDisplayName", "text", lambda item: item.machine.name),
        QueryField("HierarchyObjRef", "text", lambda item: item.reference, documented=False),
        QueryField("VmName", "text", lambda item: item.machine.name if item.has_reference else "", documented=False),
        *_server_fields(),
    ),
    VAppRestorePoint: _fields(
        *_identity(),
        QueryField("CreationTime", "date", lambda item: item.created_text),
        QueryField("Type", POINT_TYPES, lambda item: item.point_type),
        QueryField("Algorithm", ALGORITHMS, lambda item: item.algorithm),
        QueryField("RestorePointId", "uid", lambda item: item.point.uid),
        QueryField("RestorePointName", "text", lambda item: item.point.name),
        QueryField("VAppDisplayName", "text", lambda item: item.vapp.name),
        QueryField("HierarchyObjRef", "text", lambda item: item.reference, documented=False),
        *_server_fields(),
    ),
    BackupFile: _fields(
        *_identity(),
        QueryField("CreationTimeUtc", "date", lambda item: item.created_text),
        QueryField("BackupSize", "number", lambda item: item.size),
        QueryField("DataSize", "number", lambda item: item.data_size),
        QueryField("CompressRatio", "number", lambda item: item.compression),
        QueryField("FileType", FILE_TYPES, lambda item: item.file_type),
        QueryField("BackupUid", "uid", lambda item: item.backup.uid),
        QueryField("BackupName", "text", lambda item: item.backup.name),
        *_server_fields(),
    ),
    Replica: _fields(
        *_identity(),
        QueryField("JobUid", "uid", lambda item: item.job_uid),
        QueryField("JobName", "text", lambda item: item.name),
        QueryField("RepositoryUid", "uid", lambda item: item.repository.uid if item.repository else ""),
        QueryField("RepositoryName", "text", lambda item: item.repository.name if item.repository else ""),
    ),
    VmReplicaPoint: _fields(
        *_identity(),
        QueryField("CreationTime", "date", lambda item: item.created_text),
        QueryField("Type", REPLICA_POINT_TYPES, lambda item: item.point_type),
        QueryField("Algorithm", ALGORITHMS, lambda item: item.algorithm),
        QueryField("ReplicaUid", "uid", lambda item: item.replica.uid),
        QueryField("ReplicaName", "text", lambda item: item.replica.name),
        QueryField("VmDisplayName", "text", lambda item: item.display_name),
        *_server_fields(),
    ),
    RestoreSession: _fields(
        *_identity(),
        QueryField("Type", "text", lambda item: item.job_type or ""),
        QueryField("CreationTime", "date", lambda item: item.created_text),
        QueryField("EndTime", "date", lambda item: item.end_text),
        QueryField("State", SESSION_STATES, lambda item: item.state),
        QueryField("Result", RESULTS, lambda item: item.result),
        QueryField("VmDisplayName", "text", lambda item: item.machine),
        *_server_fields(),
    ),
    CatalogVm: _fields(*_identity()),
    CatalogVmRestorePoint: _fields(*_identity()),
    FailoverPlan: _fields(
        *_identity(),
        QueryField("Description", "text", lambda item: item.description),
        *_server_fields(),
    ),
    Task: _fields(
        QueryField("TaskId", "text", lambda task: task.id),
        # as the links of /querySvc sort
        QueryField("TaskUid", "text", lambda task: task.id),
        QueryField("State", TASK_STATES, lambda task: task.state),
        QueryField("Operation", "text", lambda task: task.operation),
    ),
}


def field_of(kind: type, name: str, rules: Mapping[str, Any]) -> QueryField:
    field = FIELDS[kind].get(name.lower())
    if field is None or not field.documented and rules["undocumented_fields"] == "refused":
        raise FilterError(f"there is no field {name!r}")
    return field


def unheard(kind: type, name: str, rules: Mapping[str, Any]) -> bool:
    """Whether the server passes over conditions on that field."""
    field = FIELDS[kind].get(name.lower())
    return field is not None and not field.documented and rules["undocumented_fields"] == "ignored"


def predicate(tree: Any, kind: type, rules: Mapping[str, Any]) -> Callable[[Any], bool]:
    """Test for one item, made from the tree of a filter."""
    if isinstance(tree, Condition):
        if unheard(kind, tree.field, rules):
            return lambda _item: True
        return field_of(kind, tree.field, rules).test(tree, rules)
    if isinstance(tree, Some):
        names = _one_of(tree, kind, rules)
        if names is not None and names[0].documented:
            # a client that looks for many jobs at once asks so; a test for each name would take the square of the time
            field, values = names
            if rules["string_compare"] == "sensitive":
                return lambda item: field.get(item) in values
            folded = {value.casefold() for value in values}
            return lambda item: field.get(item).casefold() in folded
    tests = [predicate(part, kind, rules) for part in tree.parts]
    if isinstance(tree, Every):
        return lambda item: all(test(item) for test in tests)
    return lambda item: any(test(item) for test in tests)


def _one_of(tree: Some, kind: type, rules: Mapping[str, Any]) -> tuple[QueryField, set[str]] | None:
    """Field and values of ``F=="a",F=="b",...`` on a text field."""
    fields, values = set(), set()
    for part in tree.parts:
        if not isinstance(part, Condition) or part.operator != "==":
            return None
        fields.add(part.field.lower())
        values.add(part.value)
    if len(fields) != 1:
        return None
    field = field_of(kind, fields.pop(), rules)
    return (field, values) if field.kind == "text" else None
