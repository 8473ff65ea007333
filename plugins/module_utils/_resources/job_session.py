# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions of jobs: one for each run of a job, with its state and result, and in it one task session for each machine.

A job itself tells nothing of its runs. A retry is a session of its own. What a backup copy job copies shows in sessions
of hidden jobs, so the sessions of a copy job say little (EM reference: backupsessions_id, replicasessions_id,
backuptasksessions_id, get_query_backupjobsession).
"""

from __future__ import annotations

import re
import typing as t

from .._em import moments, wire
from .._em.calls import EnterpriseManager
from .._em.kind import Kind
from .._em.query import Query, any_of
from .._em.wire import GUID, Record, Unreadable
from .._http.effects import Flow
from .._http.errors import BadAnswer, Refused, shortened
from .._http.retry import READ
from . import backup_server, job_kind
from .backup_server import BackupServer
from .job import REPLICA, Job


def _kind(name: str, collection: str) -> Kind:
    """Sessions of backup and of replication jobs are different resources, with the same content."""
    return Kind(name, name + "s", collection, lambda record: session(record, KINDS[name]), entities=True)


#: EM reference: backupsessions_id, get_query_backupjobsession.
BACKUP_SESSION = _kind("BackupJobSession", "backupSessions")
#: EM reference: replicasessions_id.
REPLICA_SESSION = _kind("ReplicaJobSession", "replicaSessions")
KINDS = {kind.name: kind for kind in (BACKUP_SESSION, REPLICA_SESSION)}
#: What the task sessions of each kind are called in documents, and the last part of their address. The second one is
#: spelled like this by Enterprise Manager itself.
TASKS = {
    BACKUP_SESSION.name: ("BackupTaskSession", "taskSessions"),
    REPLICA_SESSION.name: ("ReplicaTaskSession", "repicaTaskSessions"),
}


def kind_of(job: Job) -> Kind:
    """What the sessions of this job are; its type must be known."""
    return REPLICA_SESSION if job.type == REPLICA else BACKUP_SESSION


class JobSession(t.NamedTuple):
    """One run of a job.

    state, as EM says it: Starting, Working, Stopping, Stopped and others; only Stopped is the end. result: Success,
    Warning or Failed, None while there is none. progress: percent; of a copy job it means nothing. start, end: UTC, in
    EM's own spelling. retry: the job was run again by itself. failure: never seen filled; the reasons are in the task
    sessions. tasks: where those are, under the session's own address. job_type: such as Backup, AgentBackup, NasBackup;
    AgentManagement is a computer in the run of an agent job, ImmediateBackupCopyWorker a part of a copy job's.
    """

    id: str
    kind: Kind
    job_id: str | None
    job_name: str | None
    state: str
    result: str | None
    progress: int | None
    start: str | None
    end: str | None
    retry: bool
    failure: str | None = None
    tasks: str | None = None
    job_type: str | None = None
    server: BackupServer | None = None

    @property
    def uid(self) -> str:
        return f"urn:veeam:{self.kind.name}:{self.id}"

    @property
    def path(self) -> str:
        return self.kind.as_references.path(self.id)

    @property
    def has_ended(self) -> bool:
        return self.state.lower() == "stopped"

    @property
    def began(self) -> float:
        """Seconds since 1970; 0 where EM does not say."""
        return moments.read(self.start) or 0.0

    @property
    def seconds(self) -> float | None:
        """How long it lasted; None where EM does not say."""
        start, end = moments.read(self.start), moments.read(self.end)
        return max(0.0, end - start) if start is not None and end is not None else None


class TaskSession(t.NamedTuple):
    """What a run did with one machine. reason: why it did not succeed, None where it did."""

    name: str
    state: str
    result: str | None
    reason: str | None


# -- reading -------------------------------------------------------------------------------------------------------


def _word(text: str | None) -> str | None:
    """A result: EM writes None as a word."""
    word = (text or "").strip()
    return word if word and word.lower() != "none" else None


def _text(record: Record, name: str) -> str | None:
    return (record.text(name) or "").strip() or None


def session(record: Record, kind: Kind) -> JobSession:
    """A session from its entity. Raises Unreadable."""
    state = _text(record, "State")
    if state is None:
        raise Unreadable("a session of a job has no State")
    job_id = (record.text("JobUid") or "").rpartition(":")[2].lower()
    tasks = None
    links = list(wire.links(record))
    for rel, _type, href, _name in links:
        address = re.search(r"/([0-9a-fA-F-]{36})/([A-Za-z]*askSessions)$", href.partition("?")[0])
        if rel == "down" and address:
            tasks = address.group(2)
    progress = record.text("Progress") or ""
    return JobSession(
        wire.identifier(record, kind.collection),
        kind,
        job_id if GUID.fullmatch(job_id) else None,
        record.text("JobName"),
        state,
        _word(record.text("Result")),
        int(progress) if re.fullmatch(r"[0-9]{1,3}", progress) else None,
        _text(record, "CreationTimeUTC"),
        _text(record, "EndTimeUTC"),
        (record.text("IsRetry") or "").lower() == "true",
        _text(record, "FailureMessage"),
        tasks,
        _text(record, "JobType"),
        backup_server.of_link(record, links),
    )


def task_session(record: Record) -> TaskSession:
    """A task session from its entity; that of a machine without a name has the beginning of its own."""
    own, _at, _time = (record.text("Name") or "").rpartition("@")
    return TaskSession(
        record.text("VmDisplayName") or own or record.text("Name") or "",
        _text(record, "State") or "",
        _word(record.text("Result")),
        _text(record, "Reason"),
    )


def _records(body: bytes, media_type: str, item: str) -> list[t.Any]:
    """The items of a list that is the whole document: XML has them right under the root, JSON in a member."""
    record = wire.parse(body, media_type, (item + "s",), (item + "s",))
    return record.children(item if media_type == "xml" else item + "s")


def read_sessions(kind: Kind) -> t.Callable[[bytes, str], list[JobSession]]:
    """Reads a list of sessions as entities."""

    def read(body: bytes, media_type: str) -> list[JobSession]:
        return [session(record, kind) for record in _records(body, media_type, kind.name)]

    return read


def read_task_sessions(kind: Kind) -> t.Callable[[bytes, str], list[TaskSession]]:
    """Reads the task sessions of a session of that kind."""

    def read(body: bytes, media_type: str) -> list[TaskSession]:
        return [task_session(record) for record in _records(body, media_type, TASKS[kind.name][0])]

    return read


# -- asking --------------------------------------------------------------------------------------------------------


def newest(em: EnterpriseManager, job: Job, deadline: float, purpose: str = READ) -> Flow[JobSession | None]:
    """The newest session of a job, None where it never ran. Raises ExchangeError.

    Where EM does not understand the query, the job's own list of the last 30 days is read. So it is where the query
    finds nothing of an agent or file share job: what their sessions call the job is not sure, but for its id. The
    sessions of single computers are those of other, hidden jobs.
    """
    kind = kind_of(job)
    try:
        query = Query(kind, any_of("JobUid", job.uids), "sortDesc=CreationTime", 1)
        found = yield from em.first(query, deadline, purpose)
    except Refused as error:
        if error.status not in (400, 500):
            raise
        found = None
    of_others = any(not _is_of(item, job) for item in found or ())
    if found is None or of_others or (not found and job.kind != job_kind.JOB):
        listed = f"{job.path}/{kind.collection}?format=Entity"
        found = yield from em.get(listed, deadline, purpose, read_sessions(kind))
        found = [item for item in found if _is_of(item, job)]
    return max(found, key=lambda item: item.began, default=None)


def _is_of(item: JobSession, job: Job) -> bool:
    """Whether it may be a session of the job."""
    if item.job_id is not None or job.kind == job_kind.JOB:
        return item.job_id in (job.id, None)
    return item.job_name in (job.name, None)


def one(em: EnterpriseManager, kind: Kind, identifier: str, deadline: float, purpose: str = READ) -> Flow[JobSession]:
    """The session with that id (EM reference: get_backupsessions_id). The role Portal User is enough."""
    seen: JobSession = yield from em.one(kind, identifier, deadline, purpose)
    if seen.id != identifier:
        label = f"GET {kind.as_references.path(identifier)}"
        raise BadAnswer(f"{label}: Enterprise Manager answered with another session.", label, 200)
    return seen


def task_sessions(
    em: EnterpriseManager, of: JobSession, deadline: float, purpose: str = READ
) -> Flow[list[TaskSession]]:
    """What the run did with each machine, in the order of EM."""
    address = f"{of.path}/{of.tasks or TASKS[of.kind.name][1]}?format=Entity"
    return (yield from em.get(address, deadline, purpose, read_task_sessions(of.kind)))


def reasons(of: JobSession, tasks: t.Iterable[TaskSession]) -> list[str]:
    """Why the run did not succeed, one line for each machine that says so."""
    lines = [f"{task.name}: {task.reason}" for task in tasks if task.reason and task.result != "Success"]
    return lines or ([of.failure] if of.failure else [])


# -- in sentences -------------------------------------------------------------------------------------------------

RESULTS = ("Success", "Warning", "Failed")
#: Machines that a message names, and characters of the reason of each: what a terminal shows without scrolling.
MAX_MACHINES = 8
MAX_REASON = 200


def how_far(session: JobSession) -> str:
    """State and percent, as progress and messages show them."""
    return session.state if session.progress is None else f"{session.state}, {session.progress}%"


def how_it_ended(result: str | None, accept: t.Sequence[str] = RESULTS) -> str:
    """How something ended, after its name in a sentence. accept: the results that are not a failure of the task."""
    words = {"Failed": "failed", "Warning": "ended with a warning", None: "ended without a result"}
    how = words.get(result, f"ended with {result}")
    if result in RESULTS and result not in accept and result != "Failed":
        how += f", which is a failure because {result} is not in accept"
    return how


def why_failed(session: JobSession, tasks: t.Sequence[TaskSession]) -> str:
    """The machines that failed with the server's reasons, shortened to what fits a terminal; a text for a sentence."""
    failed = [task for task in tasks if task.result == "Failed"]
    failed = failed or [task for task in tasks if task.result != "Success" and task.reason]
    lines = []
    for task in failed[:MAX_MACHINES]:
        reason = " ".join((task.reason or "no reason given").split())
        lines.append(f"{task.name}: {shortened(reason.rstrip('.'), MAX_REASON)}")
    if len(failed) > MAX_MACHINES:
        lines.append(f"and {len(failed) - MAX_MACHINES} more")
    if not lines and session.failure:
        lines.append(shortened(" ".join(session.failure.split()).rstrip("."), MAX_REASON))
    return "; ".join(lines)
