# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stopping the run of a job. Unlike a start, that may be asked for again, as long as this very run goes on.

EM reference: post_jobs_id_actionretry/stop.
"""

from __future__ import annotations

import typing as t

from .._em import follow_task as tasks
from .._em import order, wait
from .._em.task import FAILED, Task
from .._http.effects import Flow
from .._http.errors import ExchangeError, Refused, telling
from .._resources import job_session as sessions
from .._resources.follow_session import SOON
from .._resources.job_session import JobSession
from . import plan
from .wait import follow
from .work import Known, Ran, RunWork


def stop(work: RunWork, running: JobSession) -> Flow[Ran]:
    """Stop this session, and wait for its end where that is waited for."""
    known = Known(session=running)
    lost: ExchangeError | None = None
    for last in (False, True):
        sent, known = yield from work.send(plan.STOP, known)
        if isinstance(sent, order.Accepted):
            return (yield from _after_it_was_accepted(work, known, sent, lost))
        if sent.is_error_of_em:
            return (yield from _after_error(work, known, sent))
        known, error = (yield from _look_again(work, known)), sent.error
        if sent.how == order.UNANSWERED:
            lost = error
            if known.followed.has_ended:
                return _stopped(work, known._replace(remark=_lost(error)))
            if last:
                raise work.unknown(known, plan.STOP) from error
        elif known.followed.has_ended:
            return _no_longer_running(work, known, lost)
        elif last or (sent.how == order.REFUSED and isinstance(error, Refused) and error.from_api):
            raise work.refused(known, plan.STOP, error.reason, error, error.hint) from error
    raise AssertionError("the last attempt ends one way or another")


def _after_it_was_accepted(work: RunWork, known: Known, sent: order.Accepted, lost: ExchangeError | None) -> Flow[Ran]:
    """lost: why the answer to a stop before this one is not known."""

    def glance(task: Task) -> Flow[JobSession | None]:
        session = (yield from _look_again(work, known)).followed
        return session if session.has_ended else None

    followed = yield from tasks.follow(work.em, sent.task, work.patience, sent.token, glance)
    if followed.how == FAILED:
        known = yield from _look_again(work, known)
        if known.followed.has_ended:
            return _no_longer_running(work, known, lost)
        said, cause = order.reason_of(followed.task), order.failure_of(followed.task)
        raise work.refused(known._replace(changed=lost is not None), plan.STOP, said, cause)
    if followed.how == tasks.SEEN:
        known = known._replace(session=followed.seen)
    if not work.waiting.wait:
        known = yield from _look_again(work, known)
        return work.ran(known, f"Job {work.title} was asked to stop; the task did not wait for its end.")
    return _stopped(work, (yield from follow(work, known)))


def _after_error(work: RunWork, known: Known, sent: order.Unaccepted) -> Flow[Ran]:
    """Enterprise Manager answered 5xx, which proves nothing."""
    error = sent.error

    def look() -> Flow[Known | None]:
        seen = yield from _look_again(work, known)
        return seen if seen.followed.state.lower() in ("stopping", "stopped") else None

    until = min(work.deadline, work.em.clock() + wait.grace(min(SOON, work.waiting.poll_interval)))
    waited = yield from wait.until_shown(work.em.clock, look, until, work.waiting.poll_interval)
    if waited.value is None:
        known = yield from _look_again(work, known._replace(trouble=None))
        if known.trouble is not None:
            raise work.unknown(known, plan.STOP) from error
        raise work.refused(known._replace(changed=False), plan.STOP, error.reason, error, error.hint) from error
    known = waited.value._replace(remark=f"It was stopped although {error.reason}.")
    if work.waiting.wait:
        known = yield from follow(work, known)
        return _stopped(work, known)
    return work.ran(known, f"Job {work.title} is being stopped; the task did not wait for its end.")


def _no_longer_running(work: RunWork, known: Known, lost: ExchangeError | None) -> Ran:
    """The server would not stop what had ended. lost: the answer to a stop before, which may have ended it."""
    remark = _lost(lost) if lost is not None else ""
    known = known._replace(changed=lost is not None, remark=remark)
    return work.ran(known, f"Job {work.title} is no longer running.")


def _lost(error: ExchangeError) -> str:
    return f"The answer to the stop was lost ({error.reason})."


def _stopped(work: RunWork, known: Known) -> Ran:
    return work.ran(known, f"Stopped job {work.title}.")


def _look_again(work: RunWork, known: Known) -> Flow[Known]:
    """Look at the session once more; it has not ended as far as is known where that fails."""
    session = t.cast(JobSession, known.session)
    try:
        seen = yield from sessions.one(work.em, session.kind, session.id, work.deadline)
    except ExchangeError as error:
        return known._replace(trouble=telling(error, known.trouble))
    return known._replace(session=seen)
