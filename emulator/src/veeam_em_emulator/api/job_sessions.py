# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of jobs and of their machines: lists, queries, stop (em_rest backupsessions, replicasessions,
backuptasksessions, post_backupsessions_id_stop)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..estate.jobs import Job
from ..query.paging import Wanted, page, select
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.kind import Kind
from ..resources.kinds import KINDS
from ..wire.errors import ApiError, not_known
from ..work.run_sessions import JobSession, ReplicaJobSession, ReplicaTaskSession, TaskSession
from ..work.runs import Runs
from .common import by_id, check_online, start_task, wants_entity
from .running import StopSession, stop_channel

_KINDS: dict[type, Kind] = {
    JobSession: KINDS[JobSession],
    ReplicaJobSession: KINDS[ReplicaJobSession],
    TaskSession: KINDS[TaskSession],
    ReplicaTaskSession: KINDS[ReplicaTaskSession],
}
_TASKS: dict[type, type] = {JobSession: TaskSession, ReplicaJobSession: ReplicaTaskSession}

_REPLICAS = (ReplicaJobSession, ReplicaTaskSession)


def _is_of(item: object, kind: type) -> bool:
    """Whether it is of that kind; those of replicas are none of a backup's."""
    return isinstance(item, kind) and (kind in _REPLICAS or not isinstance(item, _REPLICAS))


def _list(call: Call, path: str, kind: type, found: list[JobSession] | list[TaskSession]) -> Answer:
    chosen, paging = page(call, path, found, always=False)
    return documents.collection(call, _KINDS[kind], chosen, wants_entity(call), paging)


# Sessions


def _candidates(runs: Runs, kind: type, wanted: Wanted) -> list[JobSession]:
    """Of all sessions those that a filter can match, in the order of their creation."""
    jobs = wanted.values("jobuid")
    if jobs is not None:
        ids = {value.lower().rpartition(":")[2] for value in jobs}
        # of replicas a job has nothing but replicas
        found = [session for job_id in ids for session in runs.visible.of_job(job_id) if _is_of(session, kind)]
        if len(ids) > 1:
            found.sort(key=lambda session: session.created)
    else:
        found = runs.visible.listed(kind)
    least = wanted.least("creationtime")
    return runs.visible.since(found, least.rstrip("Z")) if least is not None else found


def _select(call: Call, kind: type, within: list[JobSession] | None = None, recent: bool = True) -> list[JobSession]:
    """within: only these. recent: leave out what is older than 30 days."""
    runs = call.world.runs

    def items(wanted: Wanted) -> Iterable[JobSession]:
        found = within if within is not None else _candidates(runs, kind, wanted)
        return runs.visible.recent(found, runs.utc()) if recent else found

    chosen: list[JobSession] = select(call, kind, items, order="creationtime")
    return chosen


def _newest_first(call: Call, found: list[JobSession]) -> list[JobSession]:
    if call.param("sortAsc") or call.param("sortDesc") or call.world.switches["session_order"] == "oldest_first":
        return found
    return found[::-1]


def _look(call: Call, wanted: Callable[[JobSession], bool]) -> None:
    """A client is about to read these sessions. Tasks that nobody polls go on meanwhile, as with a list of jobs."""
    assert call.session is not None
    call.world.tasks.job_lookup(call.session)
    call.world.runs.count_read(wanted)


def listing(call: Call, kind: type = JobSession) -> Answer:
    _look(call, lambda session: _is_of(session, kind))
    path = "/replicaSessions" if kind is ReplicaJobSession else "/backupSessions"
    return _list(call, path, kind, _newest_first(call, _select(call, kind)))


def replicas(call: Call) -> Answer:
    return listing(call, ReplicaJobSession)


def _of_job(call: Call, identity: str, kind: type, path: str) -> Answer:
    job: Job = by_id(call, call.world.view, identity, "Job", "job")
    runs = call.world.runs
    _look(call, lambda session: session.job_id == job.id)
    own = [session for session in runs.visible.of_job(job.id) if _is_of(session, kind)]
    return _list(call, f"/jobs/{job.id}/{path}", kind, _newest_first(call, _select(call, kind, own)))


def of_job(call: Call, id: str) -> Answer:
    return _of_job(call, id, JobSession, "backupSessions")


def replicas_of_job(call: Call, id: str) -> Answer:
    return _of_job(call, id, ReplicaJobSession, "replicaSessions")


def _session(call: Call, identity: str, kind: type) -> JobSession:
    label = "replica session" if kind is ReplicaJobSession else "backup session"
    session = by_id(call, call.world.runs.visible, identity, kind.__name__, label)
    if not _is_of(session, kind):
        raise ApiError(404, f"Cannot find {label} [{identity}]")
    return session


def _read(call: Call, identity: str, kind: type) -> Answer:
    runs = call.world.runs
    runs.update_view()
    session = _session(call, identity, kind)
    runs.count_read(lambda item: item is session)
    return documents.single(call, session, wants_entity(call))


def read(call: Call, id: str) -> Answer:
    return _read(call, id, JobSession)


def read_replica(call: Call, id: str) -> Answer:
    return _read(call, id, ReplicaJobSession)


def act(call: Call, id: str) -> Answer:
    """Backup sessions can be stopped, replica sessions cannot."""
    call.world.runs.update_view()
    session = _session(call, id, JobSession)
    if call.action != "stop":
        raise ApiError(400, not_known("the session has no such action"))
    check_online(call, session.server)
    if session.over:
        stop_channel(call)
    return start_task(call, "StopJobSession", StopSession(call.world, session))


# Machines


def _tasks_of(call: Call, identity: str, kind: type) -> Answer:
    runs = call.world.runs
    runs.update_view()
    session = _session(call, identity, kind)
    task_kind = _TASKS[kind]
    found = select(call, task_kind, lambda _unused: runs.visible.machines.of(session))
    path = "repicaTaskSessions" if session.replica else "taskSessions"
    return _list(call, f"/{session.collection}/{session.id}/{path}", task_kind, found)


def tasks_of(call: Call, id: str) -> Answer:
    return _tasks_of(call, id, JobSession)


def tasks_of_replica(call: Call, id: str) -> Answer:
    return _tasks_of(call, id, ReplicaJobSession)


def _task_candidates(runs: Runs, kind: type, wanted: Wanted, recent: bool) -> list[TaskSession]:
    sessions_kind = ReplicaJobSession if kind is ReplicaTaskSession else JobSession
    uids = wanted.values("jobsessionuid")
    if uids is not None:
        ids = {value.lower().rpartition(":")[2] for value in uids}
        sessions = [session for id_ in sorted(ids) if (session := runs.visible.get(id_)) is not None]
    else:
        sessions = runs.visible.listed(sessions_kind)
    least = wanted.least("creationtime")
    if least is not None and uids is None:
        sessions = runs.visible.since(sessions, least.rstrip("Z"))
    if recent and uids is None:
        sessions = runs.visible.recent(sessions, runs.utc())
    tasks = [
        task for session in sessions if _is_of(session, sessions_kind) for task in runs.visible.machines.of(session)
    ]
    names = wanted.values("vmdisplayname")
    if names is None:
        return tasks
    folded = {name.casefold() for name in names}
    return [task for task in tasks if task.machine.name.casefold() in folded]


def _select_tasks(call: Call, kind: type, recent: bool = True) -> list[TaskSession]:
    runs = call.world.runs
    runs.update_view()
    return select(call, kind, lambda wanted: _task_candidates(runs, kind, wanted, recent), order="creationtime")


def tasks(call: Call) -> Answer:
    return _list(call, "/backupTaskSessions", TaskSession, _select_tasks(call, TaskSession))


def replica_tasks(call: Call) -> Answer:
    return _list(call, "/repicaTaskSessions", ReplicaTaskSession, _select_tasks(call, ReplicaTaskSession))


def _task(call: Call, identity: str, kind: type) -> Answer:
    runs = call.world.runs
    runs.update_view()
    label = "replica task session" if kind is ReplicaTaskSession else "backup task session"
    item = by_id(call, runs.visible.machines, identity, kind.__name__, label)
    if not _is_of(item, kind):
        raise ApiError(404, f"Cannot find {label} [{identity}]")
    return documents.single(call, item, wants_entity(call))


def task(call: Call, id: str) -> Answer:
    return _task(call, id, TaskSession)


def replica_task(call: Call, id: str) -> Answer:
    return _task(call, id, ReplicaTaskSession)


# Queries

QUERIES: dict[str, type] = {
    "backupjobsession": JobSession,
    "replicajobsession": ReplicaJobSession,
    "backuptasksession": TaskSession,
    "replicatasksession": ReplicaTaskSession,
}


def query(call: Call, name: str) -> tuple[Kind, list[JobSession] | list[TaskSession]]:
    kind = QUERIES[name]
    recent = call.world.switches["query_sessions"] == "last_30_days"
    if kind in _TASKS:
        _look(call, lambda session: _is_of(session, kind))
        return _KINDS[kind], _select(call, kind, recent=recent)
    return _KINDS[kind], _select_tasks(call, kind, recent)
