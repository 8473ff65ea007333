# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of jobs and of their machines as EM's resources (em_rest backupsessions_id, replicasessions_id,
backuptasksessions_id, replicatasksessions_id; JSON recorded on 9.5 U4, 12.3 and 13.0.1)."""

from __future__ import annotations

from typing import Any

from ..wire.links import Link
from ..wire.types import Field, Type
from ..work.run_sessions import JobSession, TaskSession


def _fields(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name) for name in names)


_SESSION = _fields("JobUid", "JobName", "JobType", "CreationTimeUTC", "EndTimeUTC", "State", "Result", "Progress")
# IsRetry is first in JSON and last in XML
BACKUP_JOB_SESSION = Type(
    (Field("IsRetry", "json"), *_SESSION, Field("FailureMessage"), Field("IsRetry", "xml")), base="entity"
)
REPLICA_JOB_SESSION = Type((Field("IsRetry", "json"), *_SESSION, Field("IsRetry", "xml")), base="entity")
_MACHINE = _fields("JobSessionUid", "CreationTimeUTC", "EndTimeUTC", "State", "Result", "Reason", "TotalSize")
BACKUP_TASK_SESSION = Type((*_MACHINE, Field("VmUid", sparse=True)), _fields("VmDisplayName"), base="entity")
REPLICA_TASK_SESSION = Type(_MACHINE, _fields("VmDisplayName"), base="entity")


def _task_list(session: JobSession) -> str:
    # so it is spelled
    return "repicaTaskSessions" if session.replica else "taskSessions"


def _session_links(session: JobSession, alternate: Link) -> tuple[Link, ...]:
    server, path = session.server, f"/{session.collection}/{session.id}"
    kind = "ReplicaTaskSessionReferenceList" if session.replica else "BackupTaskSessionReferenceList"
    return (
        Link("Up", f"/backupServers/{server.id}", server.name, "BackupServerReference"),
        Link("Up", f"/jobs/{session.job_id}", session.job_name, "JobReference"),
        alternate,
        Link("Down", f"{path}/{_task_list(session)}", type=kind),
    )


def session_reference(session: JobSession) -> dict[str, Any]:
    path, name = f"/{session.collection}/{session.id}", session.name
    return {
        "Type": f"{session.kind}Reference",
        "Href": path,
        "Name": name,
        "UID": session.uid,
        "Links": _session_links(session, Link("Alternate", f"{path}?format=Entity", name, session.kind)),
    }


def session_entity(session: JobSession) -> dict[str, Any]:
    path, name = f"/{session.collection}/{session.id}", session.name
    links = _session_links(session, Link("Alternate", path, name, f"{session.kind}Reference"))
    if not session.replica:
        links = (*links, Link("Stop", f"{path}?action=stop"), *session.book.backups.related(session))
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
        Link("Up", f"/backupServers/{server.id}", server.name, "BackupServerReference"),
        Link("Up", f"/{session.collection}/{session.id}", session.name, f"{session.kind}Reference"),
        alternate,
    )


def task_session_reference(item: TaskSession) -> dict[str, Any]:
    path, name = _task_path(item), item.name
    return {
        "Type": f"{item.kind}Reference",
        "Href": path,
        "Name": name,
        "UID": item.uid,
        "Links": _task_links(item, Link("Alternate", f"{path}?format=Entity", name, item.kind)),
    }


def task_session_entity(item: TaskSession) -> dict[str, Any]:
    path, name = _task_path(item), item.name
    links = _task_links(item, Link("Alternate", path, name, f"{item.kind}Reference"))
    return {
        "Type": item.kind,
        "Href": f"{path}?format=Entity",
        "Name": name,
        "UID": item.uid,
        "Links": (*links, *item.session.book.backups.related_of_machine(item)),
        "JobSessionUid": item.session.uid,
        "CreationTimeUTC": item.created_text,
        "EndTimeUTC": item.end_text or None,
        "State": item.state,
        "Result": item.result,
        "Reason": item.reason,
        "TotalSize": item.size,
        # with REST 1.6 (product 11)
        "VmUid": item.machine.reference if item.session.book.product not in ("9.5u4", "10") else None,
        "VmDisplayName": item.machine.name,
    }
