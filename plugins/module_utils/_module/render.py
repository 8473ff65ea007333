# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resources as results show them: hrefs are on the host and port of the task, whatever EM calls itself. Pure.

url: that address. What is not known is null.
"""

from __future__ import annotations

import functools
import typing as t

from .._em import moments

if t.TYPE_CHECKING:
    # Every module that shows anything imports this file: only what it shows has to be there.
    from .._em.order import TaskReport
    from .._resources.backup_server import BackupServer
    from .._resources.failover_plan import FailoverPlan
    from .._resources.job import Job
    from .._resources.replica import ReplicaPoint
    from .._resources.repository import Repository
    from .._resources.restore_point import BackupFile, RestorePoint
    from .._resources.restore_session import RestoreSession
    from .._resources.system_session import SystemSession


def job(url: str, item: Job) -> dict[str, t.Any]:
    """A job, as far as a look-up by name tells it."""
    return {
        "name": item.name,
        "id": item.id,
        "uid": item.uid,
        "href": url + item.path,
        "type": item.type,
        "platform": item.platform,
        "description": item.description,
        "backup_server": server(url, item.server),
    }


def job_brief(url: str, item: Job) -> dict[str, t.Any]:
    """A job, as far as a reference tells it."""
    return {
        "name": item.name,
        "id": item.id,
        "uid": item.uid,
        "href": url + item.path,
        "kind": item.kind,
        "backup_server": server(url, item.server),
    }


def repository_brief(item: Repository) -> dict[str, t.Any]:
    """The repository that something is in."""
    return {"name": item.name or None, "id": item.id, "uid": item.uid}


def task(url: str, report: TaskReport | None) -> dict[str, t.Any] | None:
    """A task, None where none is known."""
    if report is None:
        return None
    item = report.task
    return {
        "id": item.id,
        "href": url + item.path,
        "state": item.state,
        "operation": item.operation,
        "success": item.success,
        "message": item.message,
        "elapsed": report.elapsed,
    }


def replica_point(url: str, item: ReplicaPoint, now: float | None) -> dict[str, t.Any]:
    """A replica point. now: as for a restore point."""
    known = now is not None and item.created is not None
    return {
        "id": item.id,
        "uid": item.uid,
        "href": url + item.path,
        "name": item.name,
        "machine": item.machine,
        "created": moments.write(item.created) if item.created is not None else None,
        "age": max(0, int(t.cast(float, now) - t.cast(float, item.created))) if known else None,
        "type": item.type,
        "algorithm": item.algorithm,
        "replica": {"id": item.replica_id, "name": item.replica_name},
        "backup_server": server(url, item.server),
    }


def failover_plan(url: str, item: FailoverPlan) -> dict[str, t.Any]:
    """A failover plan with its machines, in their order."""
    return {
        "name": item.name,
        "id": item.id,
        "uid": item.uid,
        "href": url + item.path,
        "description": item.description,
        "backup_server": server(url, item.server),
        "machines": [{"name": one.display_name, "ref": one.ref, "order": one.order} for one in item.machines],
    }


def backup_file(item: BackupFile) -> dict[str, t.Any]:
    """A file that a restore point is in. Sizes are bytes: on disk, and as read from the machines."""
    return {
        "path": item.path,
        "size": item.size,
        "data_size": item.data_size,
        "created": moments.write(item.created) if item.created is not None else None,
        "type": item.type,
    }


def restore_session(url: str, item: RestoreSession) -> dict[str, t.Any]:
    """A restore session, of a failover too."""
    return {
        "id": item.id,
        "uid": item.uid,
        "href": url + item.path,
        "type": item.type,
        "machine": item.machine,
        "state": item.state,
        "result": item.result,
        "start": item.start,
        "end": item.end,
        "progress": item.progress,
        "restored_ref": item.restored_ref,
    }


def system_session(url: str, item: SystemSession, events: t.Sequence[str]) -> dict[str, t.Any]:
    """A session of Enterprise Manager itself. events: what it noted in it."""
    return {
        "id": item.id,
        "uid": item.uid,
        "href": url + item.path,
        "type": item.type,
        "state": item.state,
        "start": item.start,
        "end": item.end,
        "events": list(events),
    }


def restore_point(url: str, item: RestorePoint, now: float | None) -> dict[str, t.Any]:
    """A restore point. now: the moment of the answer by the server's clock, which ages go by; they are seconds.

    None where the server does not say: then the age is not known.
    """
    return {
        "id": item.id,
        "uid": item.uid,
        "href": url + item.path,
        "name": item.name,
        "machine": item.machine,
        "ref": item.ref,
        "platform": item.platform,
        "created": moments.write(item.created) if item.created is not None else None,
        "age": max(0, int(now - item.created)) if now is not None and item.created is not None else None,
        "type": item.type,
        "algorithm": item.algorithm,
        "ready": item.ready,
        "backup": None,
        "repository": None,
        "backup_server": server(url, item.server),
    }


@functools.lru_cache(maxsize=256)
def server(url: str, item: BackupServer | None) -> dict[str, t.Any]:
    """The backup server that something is on: one dict for all that is on it, not to be changed."""
    if item is None:
        return {"name": None, "id": None, "href": None}
    return {"name": item.name, "id": item.id, "href": url + item.path}


def backup_server(url: str, item: BackupServer) -> dict[str, t.Any]:
    """A backup server as a result of its own."""
    return {
        "name": item.name,
        "id": item.id,
        "uid": item.uid,
        "href": url + item.path,
        "description": item.description,
        "version": item.version,
        "port": item.port,
    }


def repository(url: str, item: Repository) -> dict[str, t.Any]:
    """A repository. Sizes are bytes."""
    return {
        "name": item.name,
        "id": item.id,
        "uid": item.uid,
        "href": url + item.path,
        "kind": item.kind,
        "capacity": item.capacity,
        "free_space": item.free_space,
        "backup_server": server(url, item.server),
    }
