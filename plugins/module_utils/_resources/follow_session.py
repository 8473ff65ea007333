# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The session that came of a start, looked for until it shows, and followed to its end.

EM reads its backup servers from time to time, so that a session may show late, also one from before the start. A job
itself tells nothing of its runs (EM reference: backupsessions_id, get_query_backupjobsession).
"""

from __future__ import annotations

import typing as t

from .._em import wait
from .._em.calls import EnterpriseManager
from .._http.effects import Flow
from .._http.errors import ExchangeError
from .._http.retry import POLL
from . import job_session as sessions
from .job import Job
from .job_session import JobSession

#: Seconds after which a session that does not show will not: EM reads its backup servers at least that often.
LAG = 900.0
#: Longest pause, in seconds, between two looks at what should show soon.
SOON = 5.0

#: Kind and id of sessions, as a task names them.
Named = t.Sequence[tuple[str, str]]


def is_newer(session: JobSession, before: JobSession | None) -> bool:
    """Whether the session began after the other one was the newest; before: None where the job had none."""
    return before is None or (session.id != before.id and session.began >= before.began)


def named_one(em: EnterpriseManager, job: Job, kind: str, identifier: str, deadline: float) -> Flow[JobSession | None]:
    """The session that the task of a start names; None if it is one of another job. Raises ExchangeError."""
    found = yield from sessions.one(em, sessions.KINDS[kind], identifier, deadline)
    return found if found.job_id in (job.id, None) else None


def newer(
    em: EnterpriseManager, job: Job, before: JobSession | None, deadline: float, named: Named = ()
) -> Flow[JobSession | None]:
    """The newest session of the job, None if it is the one from before or none is there. Raises ExchangeError.

    named: those that it can only be, where the server has said so.
    """
    found = yield from sessions.newest(em, job, deadline)
    if found is None or not is_newer(found, before):
        return None
    if not named or found.id in [identifier for _kind, identifier in named]:
        return found
    # One of somebody else, or from before.
    for kind, identifier in named:
        try:
            found = yield from named_one(em, job, kind, identifier, deadline)
        except ExchangeError as error:
            if error.status != 404:
                raise
        else:
            if found is not None:
                return found
    return None


def look_for_newer(
    em: EnterpriseManager,
    job: Job,
    before: JobSession | None,
    seconds: float,
    poll_interval: float,
    deadline: float,
    named: Named = (),
) -> Flow[wait.Waited]:
    """Look for a session newer than that one for so many seconds, at least once. named: as in newer()."""
    until = min(deadline, em.clock() + seconds)
    return (
        yield from wait.until_shown(
            em.clock, lambda: newer(em, job, before, deadline, named), until, min(SOON, poll_interval)
        )
    )


#: How the following ended: the session has stopped; the time was up; it cannot be read any more.
ENDED, TIMED_OUT, LOST = "ended", "timed_out", "lost"


class Session(t.Protocol):
    """A session of any kind: of a job, or a restore session."""

    @property
    def id(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def result(self) -> str | None: ...

    @property
    def has_ended(self) -> bool: ...


S = t.TypeVar("S", bound=Session)
#: Hears of each look at the session that is followed.
Watch = t.Callable[[JobSession], None]


class Followed(t.NamedTuple):
    """session: as it was last seen. trouble: what the last look met, None if it met none."""

    how: str
    session: t.Any
    trouble: ExchangeError | None = None


def follow(
    em: EnterpriseManager,
    session: S,
    again: t.Callable[[S, float], Flow[S]],
    deadline: float,
    poll_interval: float,
    watch: t.Callable[[S], None] = lambda seen: None,
) -> Flow[Followed]:
    """Look at the session until it has ended, through every outage. Raises nothing for what it meets.

    again: reads it once more, by a deadline; see same_job_session(). deadline: monotonic seconds. watch: hears before
    each pause how far it is.
    """
    seen = session
    unsettled: float | None = None

    def has_ended() -> bool:
        nonlocal unsettled
        if not seen.has_ended:
            return False
        # It may have stopped a moment before EM knows how.
        unsettled = em.clock() if unsettled is None else unsettled
        return seen.result is not None or em.clock() - unsettled >= wait.grace(SOON)

    def look() -> Flow[S | None]:
        nonlocal seen
        # The last pause ends with the deadline, and there is one more look after it.
        seen = yield from again(seen, max(deadline, em.clock() + SOON))
        return seen if has_ended() else None

    def pausing(trouble: ExchangeError | None) -> None:
        if trouble is not None:
            em.will_repeat(seen.path, trouble)
        watch(seen)

    if has_ended():
        return Followed(ENDED, seen)
    waited = yield from wait.until_shown(em.clock, look, deadline, poll_interval, wait.TO_END, pausing, at_once=False)
    if waited.value is not None:
        return Followed(ENDED, seen)
    return Followed(LOST if waited.hopeless else TIMED_OUT, seen, waited.trouble)


def same_job_session(em: EnterpriseManager) -> t.Callable[[JobSession, float], Flow[JobSession]]:
    """Reads the session of a job once more."""
    return lambda seen, deadline: sessions.one(em, seen.kind, seen.id, deadline, POLL)
