# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of jobs, of what is in them, of their sessions, of tasks and failover plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..estate.agents import AGENT_PLATFORMS, AgentJob
from ..estate.cdp import CdpPolicy
from ..estate.failover_plans import FailoverPlan
from ..estate.file_shares import NasJob, NasObject
from ..estate.jobs import JOB_TYPES, PLATFORMS, Job, JobObject
from ..estate.run_plans import RESULTS
from ..estate.servers import BackupServer
from ..work.cdp_sessions import CdpSession, CdpTaskSession
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
from .field import QueryField, description, fields, identity, server_fields

TASK_STATES = (RUNNING, OPERATION_FINISHED, FINISHED)


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
    return fields(
        *identity(),
        QueryField("JobType", SESSION_TYPES, lambda item: item.job_type),
        QueryField("JobUid", "uid", lambda item: item.job_uid),
        QueryField("JobName", "text", lambda item: item.job_name),
        QueryField("CreationTime", "date", lambda item: item.created_text),
        QueryField("EndTime", "date", lambda item: item.end_text),
        QueryField("State", SESSION_STATES, lambda item: item.state),
        QueryField("Result", RESULTS, lambda item: item.result),
        QueryField("Progress", "number", lambda item: item.progress),
        QueryField("IsRetry", "bool", lambda item: item.is_retry),
        *server_fields(),
    )


def _cdp_session_fields() -> dict[str, QueryField]:
    """Their times are called otherwise than those of all other sessions, and they have an Id."""
    return fields(
        QueryField("Id", "uid", lambda item: item.uid),
        *identity(),
        QueryField("PolicyUid", "uid", lambda item: item.policy_uid),
        QueryField("PolicyName", "text", lambda item: item.policy_name),
        QueryField("CreationTimeUTC", "date", lambda item: item.created_text),
        QueryField("EndTimeUTC", "date", lambda item: item.end_text),
        QueryField("State", SESSION_STATES, lambda item: item.state),
        QueryField("Result", RESULTS, lambda item: item.result),
        QueryField("FailureMessage", "text", lambda _item: ""),
        *server_fields(),
    )


def _cdp_task_fields() -> dict[str, QueryField]:
    return fields(
        QueryField("Id", "uid", lambda item: item.uid),
        *identity(),
        QueryField("PolicySessionUid", "uid", lambda item: item.session.uid),
        QueryField("PolicySessionName", "text", lambda item: item.session.name),
        QueryField("CreationTimeUTC", "date", lambda item: item.session.created_text),
        QueryField("EndTimeUTC", "date", lambda item: item.session.end_text),
        QueryField("State", MACHINE_STATES, lambda item: item.state),
        QueryField("Reason", "text", lambda item: item.reason),
        QueryField("TotalSize", "number", lambda item: item.size),
        QueryField("VmDisplayName", "text", lambda item: item.machine.name),
        *server_fields(),
    )


def _task_session_fields() -> dict[str, QueryField]:
    return fields(
        *identity(),
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
        *server_fields(),
    )


FIELDS: Mapping[type, Mapping[str, QueryField]] = {
    Job: fields(
        *identity(),
        description(),
        _next_run(),
        QueryField("JobType", JOB_TYPES, lambda job: job.job_type),
        QueryField("Platform", PLATFORMS, lambda job: job.platform),
        *_schedule_fields(),
        *server_fields(),
    ),
    # without NextRun
    AgentJob: fields(
        *identity(),
        description(),
        QueryField("JobType", ("AgentBackup",), lambda job: job.job_type),
        QueryField("Platform", AGENT_PLATFORMS, lambda job: job.platform),
        *_schedule_fields(),
        *server_fields(),
    ),
    NasJob: fields(*identity(), description(), _next_run(), *_schedule_fields(), *server_fields()),
    AgentObjectRow: fields(*_object_row_fields()),
    NasObjectRow: fields(*_object_row_fields()),
    ObjectRow: fields(
        QueryField("UID", "uid", lambda row: f"urn:veeam:ObjectInJob:{row.machine.id}"),
        QueryField("Name", "text", lambda row: row.machine.name),
        QueryField("JobUid", "uid", lambda row: row.job.uid),
        QueryField("JobName", "text", lambda row: row.job.name),
        QueryField("BackupServerUid", "uid", lambda row: row.job.server.uid),
        QueryField("BackupServerName", "text", lambda row: row.job.server.name),
    ),
    CdpPolicy: fields(*identity(), description(), _next_run(), *_schedule_fields(), *server_fields()),
    CdpSession: _cdp_session_fields(),
    CdpTaskSession: _cdp_task_fields(),
    JobSession: _session_fields(),
    ReplicaJobSession: _session_fields(),
    TaskSession: _task_session_fields(),
    ReplicaTaskSession: _task_session_fields(),
    FailoverPlan: fields(
        *identity(),
        QueryField("Description", "text", lambda item: item.description),
        *server_fields(),
    ),
    Task: fields(
        QueryField("TaskId", "text", lambda task: task.id),
        # as the links of /querySvc sort
        QueryField("TaskUid", "text", lambda task: task.id),
        QueryField("State", TASK_STATES, lambda task: task.state),
        QueryField("Operation", "text", lambda task: task.operation),
    ),
}
