# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for the end of a run, and of the retries after it: a session is there for every logon, so a new one will do.

EM reference: get_backupsessions_id. A job itself tells nothing of its runs.
"""

from __future__ import annotations

import typing as t

from .._em.wait import until_shown
from .._http.effects import Flow
from .._http.errors import ExchangeError
from .._resources import follow_session, run_details
from .._resources.job_entity import option_words
from .._resources.job_session import JobSession, TaskSession, how_far, how_it_ended, why_failed
from .._resources.whole_job import WHOLE
from .plan import Decision
from .work import Known, Ran, RunFailed, RunWork


def without_sending(work: RunWork, known: Known, decision: Decision) -> Flow[Ran]:
    """Leave the job as it is, and wait for the run that is joined."""
    known = known._replace(session=decision.before)
    if not (decision.joins and work.waiting.wait):
        return work.ran(known, decision.msg)
    return (yield from to_the_end(work, known))


def to_the_end(work: RunWork, known: Known) -> Flow[Ran]:
    """Wait for the end of the session, and of the retries after it where that is asked for; then judge it."""
    known = yield from follow(work, known)
    if work.waiting.wait_for_retries and known.followed.result == "Failed":
        known = yield from _follow_retries(work, known)
    session = known.followed
    machines: list[TaskSession] = []
    if session.result != "Success":
        try:
            machines = yield from run_details.machines_of_ended(
                work.em,
                work.job,
                session,
                work.deadline,
                work.waiting.poll_interval,
                session.seconds or work.em.clock() - work.began,
            )
        except ExchangeError as error:
            known = _warned(
                known, f"The reasons of the machines of job {work.title} could not be read: {error.reason}."
            )
    reasons = why_failed(session, machines)
    msg = f"Job {work.title} {how_it_ended(session.result, work.waiting.accept)}."
    if reasons and session.result != "Success":
        msg += f" {reasons}."
    if session.result in work.waiting.accept:
        return work.ran(known, msg, machines)
    cause = {"request": f"GET {session.path}", "status": 200, "message": reasons or session.result}
    raise work.failed(known, msg, cause, machines)


def _warned(known: Known, warning: str) -> Known:
    return known._replace(warnings=(*known.warnings, warning))


def follow(work: RunWork, known: Known) -> Flow[Known]:
    """Look at the session until it has ended, through every outage. Raises RunFailed when the time is up."""
    followed = yield from follow_session.follow(
        work.em,
        known.followed,
        follow_session.same_job_session(work.em),
        work.deadline,
        work.waiting.poll_interval,
        work.watch,
    )
    known = known._replace(session=followed.session, trouble=followed.trouble)
    if followed.how == follow_session.TIMED_OUT:
        raise _too_late(work, known)
    if followed.trouble is not None:
        raise _lost_sight(work, known, followed.trouble) from followed.trouble
    return known


def _follow_retries(work: RunWork, known: Known) -> Flow[Known]:
    """After a failed session, wait for the one in which the job runs again by itself, and for its end."""
    try:
        whole = yield from work.em.one(WHOLE[work.job.kind], work.job.id, work.deadline)
    except ExchangeError as error:
        return _warned(known, f"Whether job {work.title} retries by itself could not be read: {error.reason}.")
    retry = option_words(whole, {})["retry"] or {}
    for _time in range(retry.get("times") or 0):
        # In minutes.
        again = yield from _look_for_retry(work, known, 60.0 * (retry.get("wait") or 0))
        if again is None:
            return known
        known = yield from follow(work, known._replace(session=again))
        if known.followed.result != "Failed":
            return known
    return known


def _look_for_retry(work: RunWork, known: Known, pause: float) -> Flow[JobSession | None]:
    """pause: seconds that the job waits before it runs again by itself."""
    failed = known.followed
    until = min(work.deadline, work.em.clock() + pause + work.waiting.poll_interval)
    waited = yield from until_shown(
        work.em.clock,
        lambda: follow_session.newer(work.em, work.job, failed, work.deadline),
        until,
        work.waiting.poll_interval,
        pausing=lambda trouble: work.watch(failed),
    )
    if waited.hopeless:
        error = t.cast(ExchangeError, waited.trouble)
        raise _lost_sight(work, known, error) from error
    # One that is no retry was started by somebody else, and this run is over.
    return waited.value if waited.value is not None and waited.value.retry else None


def _too_late(work: RunWork, known: Known) -> RunFailed:
    session = known.followed
    sentence = (
        f"Job {work.title} has not ended within wait_timeout ({work.waiting.wait_timeout:g} seconds): its session "
        f"{session.id} is {how_far(session)}."
    )
    if known.trouble is not None:
        sentence += f" The last request failed: {known.trouble.reason}."
    return work.failed(known, f"{sentence} It goes on; run the same task again to wait for it.", known.trouble)


def _lost_sight(work: RunWork, known: Known, error: ExchangeError) -> RunFailed:
    session = known.followed
    return work.failed(
        known,
        f"The run of job {work.title} could not be followed to its end. Its session {session.id} was "
        f"{how_far(session)} after {work.em.clock() - work.began:.0f} seconds: {error.msg}",
        error,
    )
