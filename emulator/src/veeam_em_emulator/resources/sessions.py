# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of jobs and of their machines as EM's resources (em_rest backupsessions_id, replicasessions_id,
backuptasksessions_id, replicatasksessions_id; JSON recorded on 9.5 U4, 12.3 and 13.0.1)."""

from __future__ import annotations

from typing import Any

from ..wire.links import Link
from ..wire.types import Field, Type, fields
from ..work.agent_sessions import AgentSession, ComputerSession
from ..work.run_sessions import JobSession, TaskSession
from .kind import Kind, Style
from .links import up_to_server

_SESSION = fields("JobUid", "JobName", "JobType", "CreationTimeUTC", "EndTimeUTC", "State", "Result", "Progress")
# IsRetry is first in JSON and last in XML
_BACKUP_JOB_SESSION = Type(
    (Field("IsRetry", "json"), *_SESSION, Field("FailureMessage"), Field("IsRetry", "xml")), base="entity"
)
_REPLICA_JOB_SESSION = Type((Field("IsRetry", "json"), *_SESSION, Field("IsRetry", "xml")), base="entity")
_MACHINE = fields("JobSessionUid", "CreationTimeUTC", "EndTimeUTC", "State", "Result", "Reason", "TotalSize")
_BACKUP_TASK_SESSION = Type((*_MACHINE, Field("VmUid", sparse=True)), fields("VmDisplayName"), base="entity")
_REPLICA_TASK_SESSION = Type(_MACHINE, fields("VmDisplayName"), base="entity")


def _task_list(session: JobSession) -> str:
    # so it is spelled
    return "repicaTaskSessions" if session.replica else "taskSessions"


def _session_links(session: JobSession, alternate: Link) -> tuple[Link, ...]:
    server, path = session.server, f"/{session.collection}/{session.id}"
    kind = "ReplicaTaskSessionReferenceList" if session.replica else "BackupTaskSessionReferenceList"
    return (
        up_to_server(server),
        Link("Up", session.job_path, session.job_name, "JobReference"),
        *_agent_links(session),
        alternate,
        Link("Down", f"{path}/{_task_list(session)}", type=kind),
    )


def _agent_links(session: JobSession) -> tuple[Link, ...]:
    """Between the session of an agent job's run and those of its computers; a list is an alternate of the former."""
    if isinstance(session, AgentSession):
        path = f"/backupSessions/{session.id}/agentManagementSessions"
        return (Link("Alternate", path, type="BackupJobSessionReferenceList"),)
    if isinstance(session, ComputerSession):
        path = f"/backupSessions/{session.parent.id}"
        return (Link("Up", path, "Parent session", "BackupJobSessionReference"),)
    return ()


def _point_links(session: JobSession, style: Style) -> tuple[Link, ...]:
    """To the restore points that the run has left."""
    if session.job_type not in ("Backup", "BackupCopy"):
        return ()
    return tuple(
        Link("Related", f"/restorePoints/{point.id}", point.name, "RestorePointReference")
        for point in style.backups.made_by(session)
    )


def _session_reference(session: JobSession, style: Style) -> dict[str, Any]:
    path, name = f"/{session.collection}/{session.id}", session.name
    links = _session_links(session, Link("Alternate", f"{path}?format=Entity", name, session.kind))
    if isinstance(session, AgentSession) and not style.agent_job_link:
        links = tuple(link for link in links if link.type != "JobReference")
    return {
        "Type": f"{session.kind}Reference",
        "Href": path,
        "Name": name,
        "UID": session.uid,
        "Links": links,
    }


def _session_entity(session: JobSession, style: Style) -> dict[str, Any]:
    path, name = f"/{session.collection}/{session.id}", session.name
    links = _session_links(session, Link("Alternate", path, name, f"{session.kind}Reference"))
    if not session.replica:
        links = (*links, Link("Stop", f"{path}?action=stop"), *_point_links(session, style))
    return {
        "Type": session.kind,
        "Href": f"{path}?format=Entity",
        "Name": name,
        "UID": session.uid,
        "Links": links,
        "JobUid": session.job_uid,
        "JobName": session.job_name,
        "JobType": session.job_type,
        "CreationTimeUTC": session.created_text,
        "EndTimeUTC": session.end_text or None,
        "State": session.state,
        "Result": session.result,
        "Progress": session.progress,
        "FailureMessage": session.failure_message,
        "IsRetry": session.is_retry,
    }


def _task_path(item: TaskSession) -> str:
    return f"/{'repicaTaskSessions' if item.session.replica else 'backupTaskSessions'}/{item.id}"


def _task_links(item: TaskSession, alternate: Link) -> tuple[Link, ...]:
    server, session = item.server, item.session
    return (
        up_to_server(server),
        Link("Up", f"/{session.collection}/{session.id}", session.name, f"{session.kind}Reference"),
        alternate,
    )


def _machine_point_links(item: TaskSession, style: Style) -> tuple[Link, ...]:
    point = style.backups.made_of(item)
    if point is None or item.state != "Completed":
        return ()
    return (Link("Related", f"/vmRestorePoints/{point.id}?format=Entity", point.name, "VmRestorePoint"),)


def _task_session_reference(item: TaskSession, _style: Style) -> dict[str, Any]:
    path, name = _task_path(item), item.name
    return {
        "Type": f"{item.kind}Reference",
        "Href": path,
        "Name": name,
        "UID": item.uid,
        "Links": _task_links(item, Link("Alternate", f"{path}?format=Entity", name, item.kind)),
    }


def _task_session_entity(item: TaskSession, style: Style) -> dict[str, Any]:
    path, name = _task_path(item), item.name
    links = _task_links(item, Link("Alternate", path, name, f"{item.kind}Reference"))
    return {
        "Type": item.kind,
        "Href": f"{path}?format=Entity",
        "Name": name,
        "UID": item.uid,
        "Links": (*links, *_machine_point_links(item, style)),
        "JobSessionUid": item.session.uid,
        "CreationTimeUTC": item.created_text,
        "EndTimeUTC": item.end_text or None,
        "State": item.state,
        "Result": item.result,
        "Reason": item.reason,
        "TotalSize": item.size,
        # with REST 1.6 (product 11)
        "VmUid": item.machine.reference if style.product not in ("9.5u4", "10") else None,
        "VmDisplayName": item.machine.name,
    }


BACKUP_JOB_SESSION = Kind(
    "BackupJobSession", "BackupJobSessions", _BACKUP_JOB_SESSION, _session_entity, _session_reference,
    "/backupSessions", "backup session",
)  # fmt: skip
REPLICA_JOB_SESSION = Kind(
    "ReplicaJobSession", "ReplicaJobSessions", _REPLICA_JOB_SESSION, _session_entity, _session_reference,
    "/replicaSessions", "replica session",
)  # fmt: skip
BACKUP_TASK_SESSION = Kind(
    "BackupTaskSession", "BackupTaskSessions", _BACKUP_TASK_SESSION, _task_session_entity, _task_session_reference,
    "/backupTaskSessions", "backup task session",
)  # fmt: skip
REPLICA_TASK_SESSION = Kind(
    "ReplicaTaskSession", "ReplicaTaskSessions", _REPLICA_TASK_SESSION, _task_session_entity, _task_session_reference,
    "/repicaTaskSessions", "replica task session",
)  # fmt: skip
