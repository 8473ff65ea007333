# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what the user named to what EM has: which jobs and repositories are meant, in as few requests as possible.

Names of all clones are looked up together, repositories once per distinct value, and nothing that is not needed:
a clone whose target exists already needs no repository.
"""

from __future__ import annotations

import typing as t

from .._em.calls import EnterpriseManager
from .._em.find import reference
from .._em.model import Job, Repository
from .._http.effects import Flow
from .._http.errors import ExchangeError, Refused, VeeamError
from . import plan
from .plan import CloneRequest, Plan


class Existing(t.NamedTuple):
    """The target is there already."""

    request: CloneRequest
    source: Job
    job: Job


Resolved = t.Union[Plan, Existing, VeeamError]


def resolve(em: EnterpriseManager, requests: t.Sequence[CloneRequest], deadline: float) -> Flow[list[Resolved]]:
    """For each request a plan, the job that is there already, or the error that keeps it from being sent.

    Failures that concern all of them (no connection, no rights) are raised.
    """
    jobs, lost = yield from _jobs(em, requests, deadline)
    result: list[Resolved | None] = [None] * len(requests)
    sources: dict[int, Job] = {}
    near = yield from _near_sources(em, requests, jobs, lost, deadline)
    named: dict[str, list[Job]] = {}
    for job in jobs:
        named.setdefault(job.name, []).append(job)
    for index, request in enumerate(requests):
        try:
            if request.source_job in lost:
                raise _unknown(lost[request.source_job], "source_job: there is no job", request)
            source = plan.find_source(request, named.get(request.source_job) or jobs, near)
            plan.check_kind(request, source)
            existing = plan.find_existing(request, source, named.get(request.name, []))
            if existing is not None:
                result[index] = Existing(request, source, existing)
            elif plan.needs_repository(source):
                sources[index] = source
            else:
                result[index] = plan.plan(request, source, None)
        except VeeamError as error:
            result[index] = error
    wanted = {requests[index].repository or "": requests[index] for index in sources}
    repositories, missing = yield from _repositories(em, wanted, deadline)
    for index, source in sources.items():
        request = requests[index]
        try:
            if request.repository in missing:
                raise _unknown(missing[request.repository], "repository: there is no repository", request)
            repository = plan.find_repository(request, source, repositories.found, repositories.all)
            result[index] = plan.plan(request, source, repository)
        except VeeamError as error:
            result[index] = error
    return t.cast("list[Resolved]", result)


def _jobs(
    em: EnterpriseManager, requests: t.Sequence[CloneRequest], deadline: float
) -> Flow[tuple[list[Job], dict[str, Refused]]]:
    """Every job that a source or target name may mean, and the sources given by id that EM does not know."""
    names: list[str] = []
    identifiers: dict[str, str] = {}
    for request in requests:
        wanted = reference("source_job", request.source_job, "Job", request.place)
        if wanted.id is None:
            names.append(request.source_job)
        else:
            identifiers[request.source_job] = wanted.id
    # Sources first: they repeat, so the first chunk usually settles them all.
    names += [request.name for request in requests]
    found: dict[str, Job] = {}
    lost: dict[str, Refused] = {}
    for text, identifier in identifiers.items():
        try:
            job = yield from em.job(identifier, deadline)
            found[job.id] = job
        except Refused as error:
            lost[text] = _says_unknown(error)
    found.update((job.id, job) for job in (yield from em.jobs_named(list(dict.fromkeys(names)), deadline)))
    return list(found.values()), lost


def _says_unknown(error: Refused) -> Refused:
    """The refusal, if it says that EM does not know the id; only EM's own 400 or 404 does."""
    if not (error.from_api and error.status in (400, 404)):
        raise error
    return error


def _unknown(error: Refused, sentence: str, request: CloneRequest) -> VeeamError:
    """The error for an id that EM does not know, in the words of the item that names it."""
    identifier = error.request.rpartition("/")[2]
    message = (error.message or "").rstrip(".")
    return ExchangeError(
        "%s%s with id %s: %s." % (request.place, sentence, identifier, message),
        error.request,
        error.status,
        error.message,
    )


def _near_sources(
    em: EnterpriseManager,
    requests: t.Sequence[CloneRequest],
    jobs: list[Job],
    lost: dict[str, Refused],
    deadline: float,
) -> Flow[list[str]]:
    """Names of all jobs if a source is unknown and its message can do with names that look alike."""
    unknown = [item for item in requests if item.source_job not in lost and not plan.source_candidates(item, jobs)]
    if not unknown:
        return []
    try:
        listed = yield from em.all_jobs(deadline)
    except ExchangeError:
        # The message does without; the failure of a courtesy is not the failure to report.
        return []
    return sorted({job.name for job in listed})


class _Repositories(t.NamedTuple):
    """found: those asked for. all: every repository, read only where one was not found."""

    found: list[Repository]
    all: list[Repository]


def _repositories(
    em: EnterpriseManager, wanted: dict[str, CloneRequest], deadline: float
) -> Flow[tuple[_Repositories, dict[str | None, Refused]]]:
    names = []
    found: dict[str, Repository] = {}
    missing: dict[str | None, Refused] = {}
    for text, request in wanted.items():
        identifier = reference("repository", text, "Repository", request.place).id
        if identifier is None:
            names.append(text)
            continue
        try:
            repository = yield from em.repository(identifier, deadline)
            found[repository.id] = repository
        except Refused as error:
            missing[text] = _says_unknown(error)
    if names:
        found.update((item.id, item) for item in (yield from em.repositories_named(names, deadline)))
    everything: list[Repository] = []
    if set(names) - {item.name for item in found.values()}:
        try:
            everything = yield from em.all_repositories(deadline)
        except ExchangeError:
            everything = []
    return _Repositories(list(found.values()), everything), missing
