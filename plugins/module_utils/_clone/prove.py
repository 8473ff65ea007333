# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proving that a clone whose task succeeded is exactly one job, the one that the task links to: many at once, or one.

A link proves little: the reference's own example links to a job under another name (EM reference: get_tasks_id).
"""

from __future__ import annotations

import typing as t

from .._em import wait
from .._em.calls import EnterpriseManager
from .._em.reference import quoted
from .._http.effects import Flow
from .._http.errors import ExchangeError, telling
from .._resources.job import JOB, Job
from .look import Looked, look, refuse_several
from .work import CloneWork, Known, Made


class Unverified(t.NamedTuple):
    """A clone whose task succeeded and links to the new job; that there is exactly one job is still to be proved.

    shown: the jobs that a look together with others showed, for when there is no time for another.
    """

    work: CloneWork
    known: Known
    shown: tuple[Job, ...] = ()

    @property
    def name(self) -> str:
        return self.work.name

    def proved_by(self, jobs: t.Iterable[Job]) -> Made | Unverified:
        """Made, if the jobs of this name are exactly the one that the task links to; else the same, with them."""
        shown, linked = self.work.on_server(jobs), self.known.linked
        if linked is None or [job.id for job in shown] != [linked[0]]:
            return self._replace(shown=tuple(shown))
        return self.work.made(self.known, shown[0])

    def prove_alone(self) -> Flow[Made]:
        """Prove it for this one alone, with the patience that its deadline allows."""
        return (yield from self.work.guarded(self.known, prove_alone(self.work, self.known, self.shown)))


def prove(em: EnterpriseManager, unverified: t.Sequence[Unverified]) -> Flow[list[Made | Unverified]]:
    """Read all the new jobs by name, in as few queries as possible.

    Those for which EM shows exactly the linked job are made; the others remain for prove_alone().
    """
    deadline = max(item.work.deadline for item in unverified)
    # What is left to do could not begin before the last of them had ended.
    unverified = [item._replace(work=item.work._replace(deadline=deadline)) for item in unverified]
    try:
        jobs = yield from em.named(JOB, [item.name for item in unverified], deadline)
    except Exception:  # pylint: disable=broad-except
        # Whatever it was, each of them is looked at alone.
        return list(unverified)
    by_name: dict[str, list[Job]] = {}
    for job in jobs:
        by_name.setdefault(job.name, []).append(job)
    return [item.proved_by(by_name.get(item.name, ())) for item in unverified]


def prove_alone(work: CloneWork, known: Known, shown: t.Sequence[Job] = ()) -> Flow[Made]:
    """After success, read the new job by name: that proves there is exactly one, and tells what EM made of it."""
    linked, by_link = known.linked, None
    if linked is not None and work.other_name(known) is not None:
        # The job itself is asked what it is called.
        by_link = yield from _follow_link(work, linked[0])
    sure = linked is not None and (by_link is None or by_link.job is not None)
    looked = yield from look(work, wait.grace(work.waiting.poll_interval) if sure else None)
    jobs = looked.jobs or (list(shown) if looked.trouble is not None else [])
    if not jobs:
        return (yield from _without_a_job_of_that_name(work, known, looked, by_link))
    if linked is not None and linked[0] not in {job.id for job in jobs}:
        # The link and the look-up by name must mean the same job.
        by_link = by_link if by_link is not None and by_link.job else (yield from _follow_link(work, linked[0]))
        if by_link.job is not None:
            refuse_several(work, known, [*jobs, by_link.job])
    refuse_several(work, known, jobs)
    return work.made(known, jobs[0])


class _ByLink(t.NamedTuple):
    """The job that a task links to, or what kept it from being read."""

    job: Job | None
    trouble: ExchangeError | None = None


def _follow_link(work: CloneWork, identifier: str) -> Flow[_ByLink]:
    try:
        return _ByLink((yield from work.em.one(JOB, identifier, work.deadline)))
    except ExchangeError as error:
        return _ByLink(None, error)


def _without_a_job_of_that_name(work: CloneWork, known: Known, looked: Looked, by_link: _ByLink | None) -> Flow[Made]:
    """The task succeeded, and no job of the wanted name shows: the link alone tells."""
    linked, trouble = known.linked, looked.trouble
    if linked is None:
        raise work.unknown(known, trouble, trouble, "the task succeeded without a link to the job")
    if by_link is None or by_link.job is None:
        by_link = yield from _follow_link(work, linked[0])
        trouble = telling(by_link.trouble, trouble) if by_link.trouble is not None else trouble
    job, other_name = by_link.job, work.other_name(known)
    if job is not None and job.name != work.name:
        raise work.went_wrong(
            known,
            f"Enterprise Manager made the clone {work.title} under another name: job {quoted(job.name)} "
            f"({work.em.href(job.path)}). Rename it, or delete it and run the task again.",
        )
    if job is None and other_name is not None:
        why = f"the task succeeded with a link to a job named {quoted(other_name)}, which could not be read"
        raise work.unknown(known, trouble, trouble, why)
    if job is None:
        # The link bears the wanted name, and its id is all that is needed.
        why = f" ({trouble.reason})" if trouble else ""
        warning = (
            f"The task for job {quoted(work.name)} succeeded, but Enterprise Manager does not show the job yet{why}."
        )
        known = known._replace(warnings=(*known.warnings, warning))
        spec, source = work.plan.spec, work.plan.source
        description = spec.values.get("Description")
        job = Job(linked[0], work.name, work.plan.server, spec.job_type, source.platform, description)
    return work.made(known, job)
