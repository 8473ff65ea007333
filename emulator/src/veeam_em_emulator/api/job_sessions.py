# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of jobs and of their machines: lists, queries, stop (em_rest backupsessions, replicasessions,
backuptasksessions, post_backupsessions_id_stop)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..estate.agents import AgentJob, DiscoveredComputer
from ..estate.file_shares import NasJob
from ..estate.jobs import Job
from ..estate.roles import ADMINISTRATORS, USERS
from ..query.paging import Wanted, select
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.kinds import KINDS
from ..wire.errors import ApiError
from ..wire.times import utc_text
from ..work.run_sessions import JobSession, ReplicaJobSession, ReplicaTaskSession, TaskSession
from ..work.runs import Runs
from . import elsewhere
from .common import bare_id, by_id, check_online, listed, listing, one, single, start_task, wants_entity
from .running import StopSession, stop_channel
from .table import QueryType, route

_TASKS: dict[type, type] = {JobSession: TaskSession, ReplicaJobSession: ReplicaTaskSession}

_REPLICAS = (ReplicaJobSession, ReplicaTaskSession)


def _is_of(item: object, kind: type) -> bool:
    """Whether it is of that kind; those of replicas are none of a backup's."""
    return isinstance(item, kind) and (kind in _REPLICAS or not isinstance(item, _REPLICAS))


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
    return runs.visible.since(found, utc_text(least)[:-1]) if least is not None else found


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


def _sessions(call: Call, kind: type) -> Answer:
    _look(call, lambda session: _is_of(session, kind))
    return listed(call, kind, _newest_first(call, _select(call, kind)))


def backups(call: Call) -> Answer:
    return _sessions(call, JobSession)


def replicas(call: Call) -> Answer:
    return _sessions(call, ReplicaJobSession)


def _of_job(call: Call, identity: str, kind: type, path: str, job_kind: type[Job] = Job) -> Answer:
    job = by_id(call, call.world.view.of(job_kind.kind), identity, job_kind.type_name, KINDS[job_kind].label)
    runs = call.world.runs
    _look(call, lambda session: session.job_id == job.id)
    own = [session for session in runs.visible.of_job(job.id) if _is_of(session, kind)]
    return listed(call, kind, _newest_first(call, _select(call, kind, own)), f"{job.path}/{path}")


def of_job(call: Call, id: str) -> Answer:
    return _of_job(call, id, JobSession, "backupSessions")


def replicas_of_job(call: Call, id: str) -> Answer:
    return _of_job(call, id, ReplicaJobSession, "replicaSessions")


def of_agent_job(call: Call, id: str) -> Answer:
    return _of_job(call, id, JobSession, "backupSessions", AgentJob)


def of_nas_job(call: Call, id: str) -> Answer:
    return _of_job(call, id, JobSession, "backupSessions", NasJob)


def _of_types(call: Call, path: str, *types: str) -> Answer:
    """Sessions of jobs of these types alone."""
    _look(call, lambda session: session.job_type in types)
    own = [session for session in call.world.runs.visible.listed(JobSession) if session.job_type in types]
    return listed(call, JobSession, _newest_first(call, _select(call, JobSession, own)), path)


def of_agents(call: Call) -> Answer:
    return _of_types(call, "/agents/backupSessions", "AgentBackup", "AgentManagement")


def of_file_shares(call: Call) -> Answer:
    return _of_types(call, "/nas/backupSessions", "NasBackup")


def computers_of(call: Call, id: str) -> Answer:
    """Of the computers of a run of an agent job; none where it is no such run."""
    runs = call.world.runs
    runs.update_view()
    session = _session(call, id, JobSession)
    _look(call, lambda item: item is session)
    own = [part for part in session.computers if part.visible]
    return listing(call, JobSession, own, f"/backupSessions/{session.id}/agentManagementSessions")


def _session(call: Call, identity: str, kind: type) -> JobSession:
    call.world.runs.visible.count_read(bare_id(call, identity, KINDS[kind].element))
    session: JobSession = one(call, kind, call.world.runs.visible, identity)
    if not _is_of(session, kind):
        raise ApiError(404, f"Cannot find {KINDS[kind].label} [{identity}]")
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
        raise elsewhere.missing_action(call, "the session")
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
    path = "repicaTaskSessions" if session.replica else "taskSessions"
    return listing(call, task_kind, runs.visible.machines.of(session), f"/{session.collection}/{session.id}/{path}")


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
        sessions = runs.visible.since(sessions, utc_text(least)[:-1])
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
    runs.visible.count_read()
    return select(call, kind, lambda wanted: _task_candidates(runs, kind, wanted, recent), order="creationtime")


def tasks(call: Call) -> Answer:
    return listed(call, TaskSession, _select_tasks(call, TaskSession))


def replica_tasks(call: Call) -> Answer:
    return listed(call, ReplicaTaskSession, _select_tasks(call, ReplicaTaskSession))


def _task(call: Call, identity: str, kind: type) -> Answer:
    runs = call.world.runs
    runs.update_view()
    item = one(call, kind, runs.visible.machines, identity)
    if not _is_of(item, kind):
        raise ApiError(404, f"Cannot find {KINDS[kind].label} [{identity}]")
    return documents.single(call, item, wants_entity(call))


def task(call: Call, id: str) -> Answer:
    """The Href that is printed of a computer leads here too."""
    state = call.world.state
    if call.world.switches["wrong_hrefs"] == "answered" and id.lower() in state.computers:
        return single(call, DiscoveredComputer, state.computers, id)
    return _task(call, id, TaskSession)


def replica_task(call: Call, id: str) -> Answer:
    return _task(call, id, ReplicaTaskSession)


# Tables


def _query_sessions(call: Call, kind: type) -> list[JobSession]:
    _look(call, lambda session: _is_of(session, kind))
    return _select(call, kind, recent=_only_recent(call))


def _only_recent(call: Call) -> bool:
    return bool(call.world.switches["query_sessions"] == "last_30_days")


ROUTES = (
    route("/backupSessions", USERS, GET=backups),
    route("/backupSessions/{id}", USERS, ADMINISTRATORS, GET=read, POST=act),
    route("/backupSessions/{id}/agentManagementSessions", USERS, GET=computers_of),
    route("/backupSessions/{id}/taskSessions", USERS, GET=tasks_of),
    route("/backupTaskSessions", USERS, GET=tasks),
    route("/backupTaskSessions/{id}", USERS, GET=task),
    route("/replicaSessions", USERS, GET=replicas),
    route("/replicaSessions/{id}", USERS, GET=read_replica),
    # links spell it without its `l`, its own page with it
    route("/replicaSessions/{id}/rep(?:l)?icaTaskSessions", USERS, GET=tasks_of_replica),
    route("/repicaTaskSessions", USERS, GET=replica_tasks),
    route("/repicaTaskSessions/{id}", USERS, GET=replica_task),
    route("/replicaTaskSessions", USERS, GET=replica_tasks),
    route("/replicaTaskSessions/{id}", USERS, GET=replica_task),
    route("/jobs/{id}/backupSessions", ADMINISTRATORS, GET=of_job),
    route("/jobs/{id}/replicaSessions", ADMINISTRATORS, GET=replicas_of_job),
    route("/agents/jobs/{id}/backupSessions", ADMINISTRATORS, GET=of_agent_job),
    route("/agents/backupSessions", USERS, GET=of_agents),
    route("/nas/jobs/{id}/backupSessions", USERS, since="10", GET=of_nas_job),
    route("/nas/backupSessions", USERS, since="10", GET=of_file_shares),
)
QUERIES = {
    "BackupJobSession": QueryType(JobSession, lambda call: _query_sessions(call, JobSession)),
    "ReplicaJobSession": QueryType(ReplicaJobSession, lambda call: _query_sessions(call, ReplicaJobSession)),
    "BackupTaskSession": QueryType(TaskSession, lambda call: _select_tasks(call, TaskSession, _only_recent(call))),
    "ReplicaTaskSession": QueryType(
        ReplicaTaskSession, lambda call: _select_tasks(call, ReplicaTaskSession, _only_recent(call))
    ),
}
