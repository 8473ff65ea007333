# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stopping the run of a job. Unlike a start, that may be asked for again, as long as this very run goes on.

EM reference: post_jobs_id_actionretry/stop.
"""

from __future__ import annotations

import typing as t

from .._em import follow_task as tasks
from .._em import order
from .._em.task import FAILED, Task
from .._http.effects import Flow
from .._http.errors import ExchangeError, Refused, telling
from .._resources import job_session as sessions
from .._resources.job_session import JobSession
from . import plan
from .wait import follow_session
from .work import Ran, RunWork


def stop(work: RunWork, running: JobSession) -> Flow[Ran]:
    """Stop this session, and wait for its end where that is waited for."""
    work.session = running
    lost: ExchangeError | None = None
    for last in (False, True):
        sent = yield from work.send(plan.STOP)
        if isinstance(sent, order.Accepted):
            return (yield from _after_it_was_accepted(work, sent, lost))
        ended, error = (yield from _has_ended(work)), sent.error
        if sent.how == order.UNANSWERED:
            lost = error
            if ended:
                work.remark = _lost(error)
                return _stopped(work)
            if last:
                raise work.unknown(plan.STOP) from error
        elif ended:
            return _no_longer_running(work, lost)
        elif last or (sent.how == order.REFUSED and isinstance(error, Refused) and error.from_api):
            raise work.refused(plan.STOP, error.reason, error, error.hint) from error
    raise AssertionError("the last attempt ends one way or another")


def _after_it_was_accepted(work: RunWork, sent: order.Accepted, lost: ExchangeError | None) -> Flow[Ran]:
    def glance(task: Task) -> Flow[bool | None]:
        return (yield from _has_ended(work)) or None

    followed = yield from tasks.follow(work.em, sent.task, work.patience, sent.token, glance)
    if followed.how == FAILED:
        if (yield from _has_ended(work)):
            return _no_longer_running(work, lost)
        work.changed = lost is not None
        said = order.reason_of(followed.task)
        raise work.refused(plan.STOP, said, order.failure_of(followed.task))
    if not work.waiting.wait:
        yield from _has_ended(work)
        return work.ran(f"Job {work.title} was asked to stop; the task did not wait for its end.")
    yield from follow_session(work)
    return _stopped(work)


def _no_longer_running(work: RunWork, lost: ExchangeError | None) -> Ran:
    """The server would not stop what had ended. lost: the answer to a stop before, which may have ended it."""
    work.changed = lost is not None
    if lost is not None:
        work.remark = _lost(lost)
    return work.ran(f"Job {work.title} is no longer running.")


def _lost(error: ExchangeError) -> str:
    return f"The answer to the stop was lost ({error.reason})."


def _stopped(work: RunWork) -> Ran:
    return work.ran(f"Stopped job {work.title}.")


def _has_ended(work: RunWork) -> Flow[bool]:
    """Look at the session once more; it has not ended as far as is known where that fails."""
    session = t.cast(JobSession, work.session)
    try:
        work.session = yield from sessions.one(work.em, session.kind, session.id, work.deadline)
    except ExchangeError as error:
        work.trouble = telling(error, work.trouble)
        return False
    return work.session.has_ended
