# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From names in the options to what EM has: all jobs, templates and chained jobs of a task in the same few queries."""

from __future__ import annotations

import typing as t

from .._em.calls import EnterpriseManager, Found
from .._em.reference import Reference, near_hint, quoted, says_unknown
from .._http.effects import Flow, Parallel
from .._http.errors import NotFound, VeeamError
from .._resources.backup_server import BACKUP_SERVER, BackupServer, no_server
from .._resources.find_jobs import Known, look_up, names_of_jobs, names_of_repositories, the_known
from .._resources.job import JOB, the_one
from .._resources.job_entity import WHOLE_JOB, JobEntity
from .._resources.job_kind import JOB as JOB_KIND
from .._resources.whole_job import WHOLE
from .options import Wish


class Read(t.NamedTuple):
    """What was read for one job.

    job: None where it is not there. source: the template, where one is named. previous: the job that its schedule
    names, None where that is one that this task is still to make.
    """

    wish: Wish
    job: JobEntity | None
    source: JobEntity | None
    previous: JobEntity | None


class AllRead(t.NamedTuple):
    """For each wish what was read, or why it cannot be fulfilled; the jobs by themselves; and names by id.

    names: of jobs, and of the repositories of file share jobs.
    """

    items: list[Read | VeeamError]
    jobs: Found
    names: dict[str, str]


def read(em: EnterpriseManager, wishes: t.Sequence[Wish], max_parallel: int, deadline: float) -> Flow[AllRead]:
    """Read everything that the wishes name. Failures that concern all of them are raised."""
    machines = [wish for wish in wishes if wish.kind == JOB_KIND]
    references = [wish.source_job for wish in machines] + [wish.name for wish in machines]
    references += [wish.after_job for wish in machines]
    found: Found = yield from em.referred(WHOLE_JOB, [item for item in references if item is not None], deadline)
    near = yield from _near(em, machines, found.items, deadline)
    servers = yield from _servers(em, machines, found.items, deadline)
    to_be_made = {wish.name.name for wish in machines if not wish.absent and wish.source_job is not None}
    others = yield from _others(em, [wish for wish in wishes if wish.kind != JOB_KIND], deadline)
    items: list[Read | VeeamError] = []
    for wish in wishes:
        try:
            if wish.kind == JOB_KIND:
                items.append(_read(wish, found, near, servers, to_be_made))
            else:
                items.append(_other(wish, others[wish.kind]))
        except VeeamError as error:
            items.append(error)
    names = {job.id: job.name for job in found.items}
    names.update((yield from names_of_repositories(em, [job.repository for job in _jobs(items)], deadline)))
    yield from _more_names(em, items, names, max_parallel, deadline)
    jobs = Found([job.job for job in found.items], found.unknown, [job.job for job in found.alike])
    return AllRead(items, jobs, names)


def _jobs(items: t.Iterable[Read | VeeamError]) -> list[JobEntity]:
    return [item.job for item in items if isinstance(item, Read) and item.job is not None]


# -- agent and file share jobs -------------------------------------------------------------------------------------


def _others(em: EnterpriseManager, wishes: t.Sequence[Wish], deadline: float) -> Flow[dict[str, Known | NotFound]]:
    """By kind what the wishes name, or that there is no such kind."""
    read: dict[str, Known | NotFound] = {}
    for kind in dict.fromkeys(wish.kind for wish in wishes):
        read[kind] = yield from look_up(em, WHOLE[kind], kind, [w.name for w in wishes if w.kind == kind], deadline)
    return read


def _other(wish: Wish, known: Known | NotFound) -> Read:
    job = the_known("name", wish.name, wish.backup_server, known, wish.place, wish.kind)
    return Read(wish, t.cast(JobEntity, job), None, None)


# -- jobs of machines ----------------------------------------------------------------------------------------------


def _read(
    wish: Wish, found: Found, near: list[str], servers: list[BackupServer] | None, to_be_made: set[str | None]
) -> Read:
    source = _source(wish, found, near)
    job = _job(wish, source, found, near, servers)
    previous = None
    if wish.after_job is not None and not wish.absent:
        server = job.server if job is not None else source.server if source is not None else None
        previous = _previous(wish, wish.after_job, server, found, to_be_made)
    return Read(wish, job, source, previous)


def _source(wish: Wish, found: Found, near: list[str]) -> JobEntity | None:
    if wish.source_job is None:
        return None
    try:
        if wish.source_job.id in found.unknown:
            raise says_unknown(wish.place + "source_job: there is no job", found.unknown[wish.source_job.id])
        source = t.cast(
            JobEntity, the_one("source_job", wish.source_job, wish.backup_server, found.items, near, wish.place)
        )
    except VeeamError:
        if wish.absent:
            # To remove a job its template need not be there any more.
            return None
        raise
    if source.server is None:
        raise NotFound(
            f"{wish.place}source_job: Enterprise Manager does not say on which backup server job "
            f"{quoted(source.name)} is (no Up link)."
        )
    return source


def _job(
    wish: Wish, source: JobEntity | None, found: Found, near: list[str], servers: list[BackupServer] | None
) -> JobEntity | None:
    """The job itself; on the backup server of its template, or on the one that is named, or the only one."""
    jobs = wish.name.picks(found.items)
    if source is not None:
        # A job of that name on another backup server does not count.
        jobs = [
            job for job in jobs if job.server is not None and job.server.id == t.cast(BackupServer, source.server).id
        ]
    elif wish.backup_server is not None:
        jobs = [job for job in jobs if wish.backup_server.is_server(job.server)]
    if jobs:
        return t.cast(JobEntity, the_one("name", wish.name, wish.backup_server, jobs, place=wish.place))
    if wish.absent:
        _check_server(wish, servers)
        return None
    if wish.name.id is not None:
        if wish.name.id in found.unknown:
            raise says_unknown(wish.place + "name: there is no job", found.unknown[wish.name.id])
        return t.cast(JobEntity, the_one("name", wish.name, wish.backup_server, found.items, near, wish.place))
    if source is None:
        elsewhere = wish.name.picks(found.items)
        if elsewhere:
            the_one("name", wish.name, wish.backup_server, elsewhere, place=wish.place)
        raise NotFound(
            f"{wish.place}name: there is no job {quoted(wish.name.text)}, and no source_job to clone it "
            f"from.{near_hint(wish.name.text, near)}"
        )
    return None


def _check_server(wish: Wish, servers: list[BackupServer] | None) -> None:
    """That a job is not on a server that is not there either proves nothing."""
    if wish.backup_server is None or servers is None:
        return
    error = no_server(wish.backup_server, servers, wish.place)
    if error is not None:
        raise error


def _previous(
    wish: Wish, wanted: Reference, server: BackupServer | None, found: Found, to_be_made: set[str | None]
) -> JobEntity | None:
    """The job after which this one should run; it has to be on the same backup server."""
    jobs = [job for job in wanted.picks(found.items) if job.server is not None and server in (None, job.server)]
    if len(jobs) == 1:
        return t.cast(JobEntity, jobs[0])
    if not jobs and wanted.name is not None and wanted.name in to_be_made:
        return None
    where = f"backup server {server.name}" if server else "any backup server"
    if jobs:
        ids = ", ".join(sorted(job.id for job in jobs))
        raise NotFound(
            f"{wish.place}schedule, after_job: job {quoted(wanted.text)} exists {len(jobs)} times on {where}; give its "
            f"id ({ids})."
        )
    raise NotFound(f"{wish.place}schedule, after_job: there is no job {quoted(wanted.text)} on {where}.")


def _near(
    em: EnterpriseManager, wishes: t.Sequence[Wish], found: t.Sequence[JobEntity], deadline: float
) -> Flow[list[str]]:
    """Names of all jobs, for messages only, if one that has to be there is not."""
    known: set[str | None] = {None, *(job.name for job in found)}
    have_to_be = [wish.source_job or wish.name for wish in wishes if not wish.absent]
    if all(reference.name in known for reference in have_to_be):
        return []
    return (yield from names_of_jobs(em, JOB_KIND, deadline))


def _servers(
    em: EnterpriseManager, wishes: t.Sequence[Wish], found: t.Sequence[JobEntity], deadline: float
) -> Flow[list[BackupServer] | None]:
    """All backup servers, if a job is to be absent from one on which nothing of what was read is."""
    named = [wish.backup_server for wish in wishes if wish.absent and wish.backup_server is not None]
    if all(any(reference.is_server(job.server) for job in found) for reference in named):
        return None
    return (yield from em.all(BACKUP_SERVER.as_references, deadline))


def _more_names(
    em: EnterpriseManager,
    items: t.Sequence[Read | VeeamError],
    names: dict[str, str],
    max_parallel: int,
    deadline: float,
) -> Flow[None]:
    """Add the names of jobs that schedules name and that are not known yet; one that is not listed keeps its id."""
    chained = {job.previous for job in _jobs(items)}
    unknown = sorted(identifier for identifier in chained if identifier and identifier not in names)
    starts = [lambda identifier=identifier: em.one(JOB.as_references, identifier, deadline) for identifier in unknown]
    seen = yield Parallel(starts, max_parallel)
    names.update((job.id, job.name) for job in seen if not isinstance(job, VeeamError))
