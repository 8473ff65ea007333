# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking for the new job by its name, on the right backup server: where its task does not tell, that does."""

from __future__ import annotations

import typing as t

from .._em import order, wait
from .._em.reference import quoted
from .._http.effects import Flow
from .._http.errors import ExchangeError, telling
from .._http.retry import LOOK, READ
from .._resources.job import JOB, Job
from .work import CloneWork, Known, Made


class Looked(t.NamedTuple):
    """jobs: those of the wanted name on the source's backup server. trouble: what kept them from being read last."""

    jobs: list[Job]
    trouble: ExchangeError | None = None


def look(work: CloneWork, seconds: float | None = None, before: ExchangeError | None = None) -> Flow[Looked]:
    """Look until there is one, at least once. before: what was met before that.

    seconds: so long, until the deadline where it is None: then nothing else can tell the outcome.
    """
    # All of the time but a little for the last look, which begins then.
    end = work.deadline - min(work.patience.reserve, work.waiting.poll_interval / 2)
    until = end if seconds is None else min(end, work.em.clock() + seconds)
    purpose = LOOK if until == end else READ

    def named() -> Flow[list[Job] | None]:
        return work.on_server((yield from work.em.named(JOB, [work.name], work.deadline, purpose))) or None

    waited = yield from wait.until_shown(work.em.clock, named, until, work.waiting.poll_interval)
    trouble = telling(waited.trouble, before) if waited.trouble is not None else None
    return Looked(waited.value or [], trouble)


def find(work: CloneWork, known: Known, why: str, trouble: ExchangeError | None) -> Flow[Made]:
    """The outcome is not known from the task: the job itself decides. trouble: what was met instead of the outcome."""
    looked = yield from look(work, before=trouble)
    if looked.jobs:
        refuse_several(work, known, looked.jobs)
        made = work.made(known, looked.jobs[0])
        return made._replace(msg=f"{made.msg} (Looked up by name, because {why}.)", looked_up=True)
    raise work.unknown(known, trouble or looked.trouble, looked.trouble, why)


def after_error(work: CloneWork, sent: order.Unaccepted) -> Flow[Made]:
    """Enterprise Manager answered 5xx, which proves nothing: a job that shows soon was made by this task."""
    error, known = sent.error, Known()
    looked = yield from look(work, wait.grace(work.waiting.poll_interval))
    if looked.jobs:
        refuse_several(work, known, looked.jobs)
        made = work.made(known, looked.jobs[0])
        return made._replace(msg=f"{made.msg} {sent.all_the_same}", looked_up=True)
    if looked.trouble is not None:
        raise work.unknown(known, error, looked.trouble, error.reason)
    raise work.not_made(
        known,
        f"Enterprise Manager refused the clone {work.title}: {error.reason}. Nothing was created, as far as is known: "
        f"no such job is on backup server {work.server}. {error.hint}".rstrip(),
        error,
    )


def made_all_the_same(
    work: CloneWork,
    known: Known,
    what: str,
    said: str,
    cause: ExchangeError | dict[str, t.Any],
    hint: str = "",
) -> Flow[Made]:
    """EM did not make it. Another run may have been faster; if not, nothing was created, and that is raised.

    what: what EM did instead, said: why.
    """
    looked = yield from look(work, wait.grace(work.waiting.poll_interval))
    if looked.jobs:
        several = too_many(work, looked.jobs)
        if several is not None:
            raise work.not_made(known, several)
        return work.made_by_somebody_else(known, looked.jobs[0], what, said)
    seen = "Nothing was created."
    if looked.trouble is not None:
        seen = f"Whether a job was made all the same could not be read ({looked.trouble.reason})."
    raise work.not_made(known, f"Enterprise Manager {what}: {said.rstrip('.')}. {seen} {hint}".rstrip(), cause)


def too_many(work: CloneWork, jobs: t.Iterable[Job]) -> str | None:
    """The sentence on two runs at once, on a server that lets both through; None where there is one job."""
    everything = {job.id: job for job in jobs}
    if len(everything) < 2:
        return None
    listed = ", ".join(f"{quoted(job.name)} ({work.em.href(job.path)})" for job in everything.values())
    return (
        f"There are {len(everything)} jobs now instead of one, on backup server {work.server}: {listed}. "
        "Two runs at once may have made them; delete all but one."
    )


def refuse_several(work: CloneWork, known: Known, jobs: t.Iterable[Job]) -> None:
    """Raises CloneFailed where there is more than one, of which this task may have made one."""
    several = too_many(work, jobs)
    if several is not None:
        raise work.went_wrong(known, several)
