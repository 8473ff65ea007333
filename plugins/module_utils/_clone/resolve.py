# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what the user named to what EM has: which jobs and repositories are meant, in as few requests as possible.

Names of all clones are looked up together, repositories once per distinct value, and nothing that is not needed:
a clone whose target exists already needs no repository.
"""

from __future__ import annotations

import typing as t

from .._em.calls import EnterpriseManager, Found
from .._em.reference import Reference, says_unknown
from .._http.effects import Flow
from .._http.errors import ExchangeError, VeeamError
from .._resources.job import JOB, Job
from .._resources.repository import REPOSITORY, Repository
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
    names = [request.name for request in requests]
    found = yield from em.referred(JOB, [request.source_job for request in requests], deadline, names)
    return (yield from resolve_among(em, requests, found, deadline))


def resolve_among(
    em: EnterpriseManager, requests: t.Sequence[CloneRequest], found: Found, deadline: float
) -> Flow[list[Resolved]]:
    """The same where the jobs that the requests name have been read."""
    jobs, lost = found.items, found.unknown
    alike = [*jobs, *found.alike]
    result: list[Resolved | None] = [None] * len(requests)
    sources: dict[int, Job] = {}
    known = {job.name for job in jobs} | {job.id for job in jobs} | set(lost)
    near = yield from _near_sources(em, requests, known, deadline)
    named: dict[str, list[Job]] = {}
    for job in jobs:
        named.setdefault(job.name, []).append(job)
    for index, request in enumerate(requests):
        try:
            if request.source_job.id in lost:
                raise says_unknown(request.place + "source_job: there is no job", lost[request.source_job.id])
            source = plan.find_source(request, named.get(request.source_job.text) or jobs, near)
            plan.check_kind(request, source)
            existing = plan.find_existing(request, source, named.get(request.name, []))
            if existing is not None:
                result[index] = Existing(request, source, existing)
                continue
            plan.check_new(request)
            if plan.needs_repository(source):
                sources[index] = source
            else:
                result[index] = plan.plan(request, source, None, alike)
        except VeeamError as error:
            result[index] = error
    wanted = [t.cast(Reference, requests[index].repository) for index in sources]
    found = yield from em.referred(REPOSITORY, wanted, deadline)
    repositories, missing = found.items, found.unknown
    everything = yield from _near_repositories(em, wanted, repositories, deadline)
    for index, source in sources.items():
        request = requests[index]
        identifier = t.cast(Reference, request.repository).id
        try:
            if identifier in missing:
                raise says_unknown(request.place + "repository: there is no repository", missing[identifier])
            repository = plan.find_repository(request, source, repositories, everything)
            result[index] = plan.plan(request, source, repository, alike)
        except VeeamError as error:
            result[index] = error
    return t.cast("list[Resolved]", result)


def _near_sources(
    em: EnterpriseManager, requests: t.Sequence[CloneRequest], known: set[str], deadline: float
) -> Flow[list[str]]:
    """Names of all jobs if a source is none of those known, and its message can do with names that look alike."""
    if all((request.source_job.id or request.source_job.name) in known for request in requests):
        return []
    try:
        listed = yield from em.all(JOB.as_references, deadline)
    except ExchangeError:
        # The message does without; the failure of a courtesy is not the failure to report.
        return []
    return sorted({job.name for job in listed})


def _near_repositories(
    em: EnterpriseManager, wanted: t.Sequence[Reference], found: list[Repository], deadline: float
) -> Flow[list[Repository]]:
    """All repositories, for the message only, if one of these was not found by its name."""
    known: set[str | None] = {None, *(repository.name for repository in found)}
    if all(reference.name in known for reference in wanted):
        return []
    try:
        return (yield from em.all(REPOSITORY, deadline))
    except ExchangeError:
        return []
