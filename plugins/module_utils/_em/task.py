# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task of Enterprise Manager: how it is read, and what its state says of what it was asked for.

EM reference: tasks, get_tasks_id. Running and OperationFinished are not the end; Result/Success decides.
"""

from __future__ import annotations

import re
import typing as t

from . import wire

#: What a task says of itself. ended: finished, but it does not say how.
PENDING, SUCCEEDED, FAILED, ENDED = "pending", "succeeded", "failed", "ended"


class Task(t.NamedTuple):
    """A task (EM reference: get_tasks_id). success is None while there is no result.

    related: (id, name or None) of the jobs that Related links of type Job point to, without repetition.
    sessions: (kind, id) of the sessions that Related links point to; kind is BackupJobSession, ReplicaJobSession or
    RestoreSession.
    """

    id: str
    state: str
    operation: str | None = None
    success: bool | None = None
    message: str | None = None
    related: tuple[tuple[str, str | None], ...] = ()
    sessions: tuple[tuple[str, str], ...] = ()

    @property
    def path(self) -> str:
        return f"/api/tasks/{self.id}"


_SESSIONS = {
    "backupjobsession": "BackupJobSession",
    "replicajobsession": "ReplicaJobSession",
    "restoresession": "RestoreSession",
}


def _task(record: wire.Record) -> Task:
    result = next(iter(record.children("Result")), None)
    success = ((result.text("Success") if result else None) or "").strip().lower()
    related: dict[str, str | None] = {}
    sessions: dict[str, str] = {}
    for rel, kind, href, name in wire.links(record):
        identifier = wire.href_id(href)
        if rel != "related" or not identifier:
            continue
        if kind == "job":
            related.setdefault(identifier, name)
        session = _SESSIONS.get(kind.removesuffix("reference"))
        if session is not None:
            sessions.setdefault(identifier, session)
    identifier = record.text("TaskId") or ""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", identifier):
        raise wire.Unreadable("it has no usable TaskId")
    state = (record.text("State") or "").strip()
    if not state:
        raise wire.Unreadable("it has no State")
    return Task(
        identifier,
        state,
        record.text("Operation"),
        {"true": True, "false": False}.get(success),
        result.text("Message") if result else None,
        tuple(related.items()),
        tuple((kind, identifier) for identifier, kind in sessions.items()),
    )


def read_task(body: bytes, media_type: str) -> Task:
    """A task (EM reference: get_tasks_id)."""
    return _task(wire.parse(body, media_type, ("Task",), ("TaskId",)))


def read_tasks(body: bytes, media_type: str) -> list[Task]:
    """The tasks of this logon session; EM shows no others (EM reference: tasks, get_tasks)."""
    record = wire.parse(body, media_type, ("Tasks",), ("Tasks",))
    # XML has them right under the root, JSON in a member of its name.
    return [_task(item) for item in record.children("Task" if media_type == "xml" else "Tasks")]


def verdict(task: Task) -> str:
    """What the task says of what it was asked for.

    pending: not the end, whatever it says of success. A state that is not documented counts as pending; the deadline
    bounds it.
    """
    state = task.state.lower()
    if task.success is False and state in ("finished", "operationfinished"):
        return FAILED
    if state == "finished":
        return SUCCEEDED if task.success else ENDED
    return PENDING


def operation_is_finished(task: Task) -> bool:
    """Done on the backup server, but EM has not yet read the outcome into its own database."""
    return task.state.lower() == "operationfinished"
