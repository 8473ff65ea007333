# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which job backs a machine up, and whether it is running: told by the machine's runs, which a Portal User may read.

Nothing else tells it: a restore point has no link to its job, and jobs are for administrators alone (EM reference:
get_query_backuptasksession, backupsessions_id, security_roles_concept). Where it is not known, nothing is refused for
it; the server says what it does not want.
"""

from __future__ import annotations

import typing as t
from functools import partial

from .._em.calls import EnterpriseManager
from .._em.query import Query, any_of, chunks, is_plain
from .._http.effects import Flow, Parallel
from .._http.errors import Refused, VeeamError
from .._machine.points import AT_ONCE, NEWEST_FIRST, POINTS, Roots
from .._resources import job_session as sessions
from .._resources.job import BACKUP, Job
from .._resources.job_session import BACKUP_SESSION, JobSession
from .._resources.machine import same_object
from .._resources.task_session import TASK_SESSION, BackupTaskSession
from .plan import Decision

#: Statuses after which a job is not known: its session is gone, or is not for this account.
UNTOLD = (400, 403, 404, 500)


class Runs(t.NamedTuple):
    """since: what began later is among items, seconds since 1970; None where that is not known."""

    items: list[BackupTaskSession]
    since: float | None


class JobOf(t.NamedTuple):
    """job: the one that backs the machine up, None where that is not known. newest: its newest session.

    before: ids of the machine's task sessions that are there already. since: a run that is not among them is new if it
    began later, seconds since 1970; None: that cannot be told.
    """

    job: Job | None
    newest: JobSession | None
    before: frozenset[str]
    since: float | None

    def is_new(self, run: BackupTaskSession) -> bool:
        """Whether the run was not there before."""
        return run.id not in self.before and self.since is not None and run.began is not None and run.began > self.since


def jobs_of(
    em: EnterpriseManager, decisions: t.Sequence[Decision], roots: Roots, max_parallel: int, deadline: float
) -> Flow[list[JobOf]]:
    """The job of each machine, in as few requests as there are runs and jobs."""
    now = em.server_clock.now()
    runs = yield from machine_runs(em, [decision.machine.name for decision in decisions], deadline)
    # Where they could not be read, a run is told from older ones by the time. Those of EM are whole seconds.
    since = runs.since if runs.since is not None or now is None else now - 1.0
    own = [runs_of(decision, runs.items, roots) for decision in decisions]
    told = [_telling(decision, mine) for decision, mine in zip(decisions, own)]
    by_session = {run.session_id: run for run in filter(None, told) if run.session_id is not None}
    found = yield from _each(
        {identifier: partial(sessions.one, em, BACKUP_SESSION, identifier, deadline) for identifier in by_session},
        max_parallel,
    )
    jobs: dict[str, Job] = {}
    for identifier, session in found.items():
        if session.job_id is not None:
            run = by_session[identifier]
            name = session.job_name or run.job or session.job_id
            jobs[identifier] = Job(session.job_id, name, run.server, BACKUP)
    different = {job.id: job for job in jobs.values()}
    newest: dict[str, JobSession | None] = yield from _each(
        {identifier: partial(sessions.newest, em, job, deadline) for identifier, job in different.items()}, max_parallel
    )
    known = {identifier: job for identifier, job in jobs.items() if job.id in newest}
    result = []
    for told_by, mine in zip(told, own):
        job_of = known.get(told_by.session_id or "") if told_by is not None else None
        before = frozenset(item.id for item in mine)
        result.append(JobOf(job_of, newest[job_of.id] if job_of is not None else None, before, since))
    return result


def _each(starts: t.Mapping[str, t.Callable[[], Flow[t.Any]]], max_parallel: int) -> Flow[dict[str, t.Any]]:
    """What each of them read, side by side, without what is not there or not for this account. Raises VeeamError."""
    answers = yield Parallel(list(starts.values()), max_parallel)
    for answer in answers:
        if isinstance(answer, VeeamError) and not (isinstance(answer, Refused) and answer.status in UNTOLD):
            raise answer
    return {key: answer for key, answer in zip(starts, answers) if not isinstance(answer, VeeamError)}


def machine_runs(em: EnterpriseManager, names: t.Iterable[str], deadline: float) -> Flow[Runs]:
    """The newest runs of machines of these names: those of one page, since there may be years of them.

    How EM reads unusual characters in a filter is not known, so for such a name the newest of all are looked through.
    """
    names = list(names)
    plain = [name for name in names if is_plain(name)]
    filters = [any_of("VmDisplayName", chunk) for chunk in chunks(TASK_SESSION, plain, "VmDisplayName", AT_ONCE)]
    if len(plain) < len(names):
        filters.append("")
    found: list[BackupTaskSession] = []
    since: float | None = float("-inf")
    for condition in filters:
        try:
            query = Query(TASK_SESSION, condition, NEWEST_FIRST, POINTS)
            page = yield from em.first(query, deadline)
        except Refused as error:
            if error.status not in (400, 403, 500):
                raise
            since = None
            continue
        found += page
        if since is not None and page:
            since = max(since, min(run.began or 0.0 for run in page))
    return Runs(found, since)


def runs_of(decision: Decision, runs: t.Iterable[BackupTaskSession], roots: Roots) -> list[BackupTaskSession]:
    """The runs of this machine, newest first; one that names no machine is taken by name and server."""
    key = same_object(decision.ref, roots.unique)
    server = decision.newest.server
    own = [
        run
        for run in runs
        if (
            same_object(run.ref, roots.unique) == key
            if run.ref
            else run.machine == decision.machine.name and (run.server is None or run.server == server)
        )
    ]
    return sorted(own, key=lambda run: run.began or 0.0, reverse=True)


def _telling(decision: Decision, runs: t.Sequence[BackupTaskSession]) -> BackupTaskSession | None:
    """The run that made the newest point; else the newest that made one, as far as is known."""
    for run in runs:
        if run.point_id == decision.newest.id:
            return run
    good = [run for run in runs if run.has_completed and run.result in ("Success", "Warning")]
    return next(iter(good or runs), None)
