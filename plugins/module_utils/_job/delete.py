# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deleting one job: it is gone when EM says so; the task of it may be gone with it (EM reference: delete_jobs_id)."""

from __future__ import annotations

from .._em import follow_task as tasks
from .._em import order, wait
from .._em.task import FAILED, SUCCEEDED, Task
from .._http.effects import Flow
from .._http.errors import ExchangeError, Refused
from .._resources import job_session as sessions
from .._resources.job import JOB
from .._resources.job_entity import JobEntity
from . import plan
from .plan import Step
from .work import RUN_AGAIN, Changed, JobWork, Known


def delete(work: JobWork, job: JobEntity, force: bool) -> Flow[Changed]:
    """Delete the job. force: whatever it is doing. Raises ChangeFailed."""
    known = Known(job)
    if not force:
        yield from work.guarded(known, _refuse_running(work, known))
    step = Step(plan.DELETE, job.name)
    return (yield from work.guarded(known.with_step(step), _send(work, known, step)))


def _send(work: JobWork, known: Known, step: Step) -> Flow[Changed]:
    """known: without the step, which is taken back where the server did not do it."""
    deleting, began = known.with_step(step), work.em.clock()
    request = work.em.order("DELETE", known.read.path, known.read.name, work.patience.until)
    sent = yield from order.send(work.em, request, work.deadline)
    if isinstance(sent, order.Unaccepted):
        error = sent.error
        if sent.how == order.NOT_SENT:
            msg = f"{work.heading(known)} was not deleted, nothing was sent: {error.msg}"
            raise work.failed(known, msg, error) from error
        if sent.is_error_of_em:
            return (yield from _after_error(work, known, deleting, error))
        if sent.how == order.UNANSWERED:
            return (yield from _until_gone(work, deleting, f"the answer was lost ({error.reason})", error))
        if sent.locked_out is not None:
            msg = f"{work.heading(known)} was not deleted: {sent.locked_out.msg}"
            raise work.failed(known, msg, error) from sent.locked_out
        return (yield from _gone_all_the_same(work, known, error.reason, error, error.hint))

    def glance(unused: Task) -> Flow[bool | None]:
        return (yield from _is_gone(work, known)) or None

    followed = yield from tasks.follow(work.em, sent.task, work.patience, sent.token, glance)
    deleting = deleting.with_report(followed, (followed.ended_at or work.em.clock()) - began)
    if followed.how == FAILED:
        said, cause = order.reason_of(followed.task), order.failure_of(followed.task)
        return (yield from _gone_all_the_same(work, deleting._replace(changed=False), said, cause))
    known_to_end = followed.how in (SUCCEEDED, tasks.SEEN)
    why = "" if known_to_end else "its task is not known to have ended"
    return (yield from _until_gone(work, deleting, why, followed.trouble))


def _after_error(work: JobWork, known: Known, deleting: Known, error: ExchangeError) -> Flow[Changed]:
    """Enterprise Manager answered 5xx, which proves nothing: a job that is gone soon was deleted by this task."""

    def look() -> Flow[bool | None]:
        return (yield from _is_gone(work, known)) or None

    poll_interval = work.waiting.poll_interval
    until = min(work.patience.until, work.em.clock() + wait.grace(poll_interval))
    waited = yield from wait.until_shown(work.em.clock, look, until, poll_interval)
    if waited.value is not None:
        return work.ended(deleting._replace(remark=f"It is gone although {error.reason}."), None)
    sentence = f"Enterprise Manager did not delete {work.title(known)}: {error.reason}."
    if waited.trouble is not None:
        known = deleting
        sentence += f" Whether it is gone all the same could not be read ({waited.trouble.reason}). {RUN_AGAIN}"
    raise work.failed(known, f"{sentence} {error.hint}".rstrip(), error)


def _refuse_running(work: JobWork, known: Known) -> Flow[None]:
    try:
        newest = yield from sessions.newest(work.em, known.read.job, work.deadline)
    except ExchangeError as error:
        msg = f"Nothing was sent for {work.title(known)}: whether it is running could not be read: {error.msg}"
        raise work.failed(known, msg, error) from error
    if newest is not None and not newest.has_ended:
        raise work.failed(
            known,
            f"{work.heading(known)} is running ({newest.state}), so it was not deleted. Wait for the end of the "
            "session or stop it, or set force.",
        )


def _is_gone(work: JobWork, known: Known) -> Flow[bool]:
    """Whether EM says that there is no such job. Raises ExchangeError."""
    try:
        yield from work.em.one(JOB.as_references, known.read.id, work.deadline)
    except Refused as error:
        if error.from_api and error.status in (400, 404):
            return True
        raise
    return False


def _gone_all_the_same(
    work: JobWork, known: Known, said: str, cause: ExchangeError | dict[str, object], hint: str = ""
) -> Flow[Changed]:
    """It was refused. If the job is gone all the same, that is what was wanted."""
    try:
        gone = yield from _is_gone(work, known)
    except ExchangeError:
        gone = False
    if gone:
        return work.ended(known, None)
    sentence = f"Enterprise Manager did not delete {work.title(known)}: {said.rstrip('.')}. {hint}"
    raise work.failed(known, sentence.rstrip(), cause)


def _until_gone(work: JobWork, known: Known, why: str, trouble: ExchangeError | None) -> Flow[Changed]:
    """why: why the outcome is not known; trouble: what was met instead."""

    def look() -> Flow[bool | None]:
        return (yield from _is_gone(work, known)) or None

    waited = yield from wait.until_shown(work.em.clock, look, work.patience.until, work.waiting.poll_interval)
    if waited.value is not None:
        return work.ended(known, None)
    seen = "it is still there" if waited.trouble is None else f"it could not be read ({waited.trouble.reason})"
    because = f", and {why}" if why else ""
    msg = f"The deletion of {work.title(known)} was sent{because}, but {seen}. {RUN_AGAIN}"
    raise work.failed(known, msg, waited.trouble or trouble)
