# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to be sent for a job to be started, stopped or retried, decided by its newest session alone. Pure."""

from __future__ import annotations

import typing as t

from .._em import moments
from .._em.reference import quoted
from .._http.errors import OptionError, VeeamError
from .._resources.job import BACKUP_COPY, IMMEDIATE_BACKUP_COPY, Job
from .._resources.job_session import JobSession, how_far, how_it_ended

#: Actions of a job (EM reference: post_jobs_id_actionstart and its neighbours).
START, STOP, RETRY, SYNC = "start", "stop", "retry", "sync"
TO = {START: "start", STOP: "stop", RETRY: "retry", SYNC: "synchronise"}
DID = {START: "started", STOP: "stopped", RETRY: "retried", SYNC: "synchronised"}


class Decision(t.NamedTuple):
    """What is done. action: what is sent, None for nothing. before: the newest session when that was decided.

    joins: before is running, and is waited for. msg: why nothing is sent.
    """

    action: str | None
    before: JobSession | None
    joins: bool = False
    msg: str = ""


def is_copy(job: Job) -> bool:
    """Whether it is a backup copy job: those run by themselves, and their sessions do not say what they copy."""
    return job.type in (BACKUP_COPY, IMMEDIATE_BACKUP_COPY)


def check_kind(job: Job, state: str, wait: bool | None, place: str = "") -> None:
    """Refuse what cannot be done with a copy job. wait: None where nobody asked for it. Raises OptionError."""
    if not is_copy(job):
        return
    title = f"{place}job {quoted(job.name)} is a backup copy job"
    if state != "started":
        raise OptionError(
            f"{title}, which Enterprise Manager can only synchronise: use state: started, or another job."
        )
    if wait:
        raise OptionError(
            f"{title}: Enterprise Manager does not say when it has copied everything, so it cannot be waited for; set "
            "wait to false, or leave it out."
        )


def decide(job: Job, newest: JobSession | None, state: str, if_running: str) -> Decision:
    """What to do. Raises VeeamError where if_running says so."""
    title = f"Job {quoted(job.name)}"
    if is_copy(job):
        # Its container session may run for days, so a running one says nothing.
        return Decision(SYNC, newest)
    runs = newest is not None and not newest.has_ended
    if state == "stopped":
        return Decision(STOP, newest) if runs else Decision(None, newest, msg=f"{title} is not running.")
    if runs:
        return when_running(job, t.cast(JobSession, newest), if_running)
    if state == "retried":
        if newest is None:
            return Decision(None, None, msg=f"{title} has not run yet, so there is nothing to retry.")
        if newest.result != "Failed":
            ended = how_it_ended(newest.result)
            return Decision(
                None, newest, msg=f"The last run of job {quoted(job.name)} {ended}; only a failed one can be retried."
            )
        return Decision(RETRY, newest)
    return Decision(START, newest)


def when_running(job: Job, session: JobSession, if_running: str) -> Decision:
    """What to do about a session that is running. Raises VeeamError where if_running says so."""
    began = moments.in_sentence(session.start)
    msg = f"Job {quoted(job.name)} has been running since {began} ({how_far(session)})."
    if if_running == "fail":
        raise VeeamError(f"{msg} Nothing was started, as if_running asks.")
    return Decision(None, session, joins=if_running == "join", msg=msg)
