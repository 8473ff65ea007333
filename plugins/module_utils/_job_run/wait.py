# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for the end of a run, and of the retries after it: a session is there for every logon, so a new one will do.

EM reference: get_backupsessions_id. A job itself tells nothing of its runs.
"""

from __future__ import annotations

import typing as t

from .._em import follow_task as tasks
from .._http.effects import Flow, Pause
from .._http.errors import ExchangeError, telling
from .._http.retry import POLL
from .._resources import job_session as sessions
from .._resources.job_entity import WHOLE_JOB, option_words
from .._resources.job_session import JobSession, TaskSession
from . import plan
from .look import newer
from .plan import Decision
from .work import SOON, Ran, RunFailed, RunWork

#: Longest pause, in seconds, between two looks while the server is down: each of them may be a logon.
OUTAGE = 60.0


def without_sending(work: RunWork, decision: Decision) -> Flow[Ran]:
    """Leave the job as it is, and wait for the run that is joined."""
    work.session = decision.before
    if not (decision.joins and work.waiting.wait):
        return work.ran(decision.msg)
    return (yield from to_the_end(work))


def to_the_end(work: RunWork) -> Flow[Ran]:
    """Wait for the end of the session, and of the retries after it where that is asked for; then judge it."""
    yield from follow_session(work)
    if work.waiting.wait_for_retries:
        yield from _follow_retries(work)
    session = t.cast(JobSession, work.session)
    machines: list[TaskSession] = []
    if session.result != "Success":
        try:
            machines = yield from sessions.task_sessions(work.em, session, _time_for_reasons(work))
        except ExchangeError as error:
            work.warnings.append(f"Why the run of job {work.title} ended as it did could not be read: {error.reason}.")
    reasons = plan.why(session, machines)
    because = f": {reasons}." if reasons else "."
    if session.result in work.waiting.accept:
        what = f"The run of job {work.title} ended: {session.result}"
        return work.ran(what + (because if session.result != "Success" else "."), machines)
    if session.result is None:
        what = f"The run of job {work.title} ended without a result"
    else:
        what = f"The run of job {work.title} ended: {session.result}"
    cause = {"request": f"GET {session.path}", "status": 200, "message": reasons or session.result}
    raise work.failed(what + because, cause, machines)


def _time_for_reasons(work: RunWork) -> float:
    """The run has ended, perhaps just before the deadline; its reasons are worth one more request."""
    return max(work.deadline, work.em.clock() + 30.0)


def follow_session(work: RunWork) -> Flow[None]:
    """Look at the session until it has ended, through every outage. Raises RunFailed when the time is up."""
    gone = failures = 0
    unsettled: float | None = None
    work.trouble = None
    for pause in tasks.pauses(work.waiting.poll_interval):
        session = t.cast(JobSession, work.session)
        now = work.em.clock()
        if session.has_ended:
            # It may have stopped a moment before EM knows how.
            unsettled = now if unsettled is None else unsettled
            if session.result is not None or now - unsettled >= tasks.grace(SOON):
                return
        work.watch(session)
        trouble: ExchangeError | None = work.trouble
        if failures:
            pause = min(pause * 2 ** min(failures, 9), max(pause, OUTAGE))
        if trouble is not None and trouble.retry_after is not None:
            pause = max(pause, min(trouble.retry_after, (work.deadline - now) / 2))
        room = work.deadline - now
        if room < tasks.FIRST_PAUSE:
            raise _too_late(work)
        yield Pause(min(pause, room))
        try:
            work.session = yield from sessions.one(work.em, session.kind, session.id, _time_for_a_look(work), POLL)
            gone, failures, work.trouble = 0, 0, None
        except ExchangeError as error:
            failures += 1
            work.trouble = telling(error, trouble)
            gone = gone + 1 if error.status in (400, 404) else 0
            if error.status in (401, 403) or gone > 1:
                raise _lost_sight(work, error) from error
            work.em.will_repeat(session.path, error)


def _time_for_a_look(work: RunWork) -> float:
    """The last pause ends with the deadline, and there is one more look after it."""
    return max(work.deadline, work.em.clock() + 5.0)


def _follow_retries(work: RunWork) -> Flow[None]:
    """After a failed session, wait for the one in which the job runs again by itself, and for its end."""
    pause, left = yield from _retries(work)
    while left > 0 and t.cast(JobSession, work.session).result == "Failed":
        left -= 1
        failed = work.session
        until = min(work.deadline, work.em.clock() + pause + work.waiting.poll_interval)
        again = yield from _look_for_retry(work, failed, until)
        if again is None:
            return
        work.session = again
        yield from follow_session(work)


def _retries(work: RunWork) -> Flow[tuple[float, int]]:
    """Seconds that the job waits before it runs again by itself, and how often it does."""
    if t.cast(JobSession, work.session).result != "Failed":
        return 0.0, 0
    try:
        whole = yield from work.em.one(WHOLE_JOB, work.job.id, work.deadline)
    except ExchangeError as error:
        work.warnings.append(f"Whether job {work.title} retries by itself could not be read: {error.reason}.")
        return 0.0, 0
    retry = option_words(whole, {})["retry"] or {}
    return 60.0 * (retry.get("wait") or 0), retry.get("times") or 0


def _look_for_retry(work: RunWork, failed: JobSession | None, until: float) -> Flow[JobSession | None]:
    for pause in tasks.pauses(work.waiting.poll_interval):
        try:
            found = yield from newer(work, failed)
        except ExchangeError as error:
            found = None
            if error.permanent or error.status in (401, 403):
                raise _lost_sight(work, error) from error
        if found is not None:
            # One that is no retry was started by somebody else, and this run is over.
            return found if found.retry else None
        room = until - work.em.clock()
        if room < tasks.FIRST_PAUSE:
            return None
        work.watch(t.cast(JobSession, failed))
        yield Pause(min(pause, room))
    return None


def _too_late(work: RunWork) -> RunFailed:
    session = t.cast(JobSession, work.session)
    sentence = (
        f"The run of job {work.title} has not ended within wait_timeout ({work.waiting.wait_timeout:g} "
        f"seconds): its session {session.id} is {plan.how_far(session)}."
    )
    if work.trouble is not None:
        sentence += f" The last request failed: {work.trouble.reason}."
    return work.failed(
        f"{sentence} It goes on; run the same task again to wait for it.",
        work.trouble,
    )


def _lost_sight(work: RunWork, error: ExchangeError) -> RunFailed:
    session = t.cast(JobSession, work.session)
    return work.failed(
        f"The run of job {work.title} could not be followed to its end, it was {plan.how_far(session)} "
        f"(session {session.id}) after {work.em.clock() - work.began:.0f} seconds: {error.msg}",
        error,
    )
