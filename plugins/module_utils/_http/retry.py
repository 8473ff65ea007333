# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which request is sent again after which failure, and after what pause. Data first, then the few lines that read it.

A request that EM may still be working on is never repeated if it writes: EM has no request id, so a clone that
is sent twice is made twice (EM reference: post_jobs_id_actionclone).
"""

from __future__ import annotations

import contextlib
import random
import typing as t

from . import signals
from .effects import Flow, Pause, Send
from .errors import ExchangeError
from .transport import Request, Response

T = t.TypeVar("T")

#: Purposes of a request.
LOGON, LOGOUT, READ, POLL, LOOK, CLONE, CANCEL = "logon", "logout", "read", "poll", "look", "clone", "cancel"

_SAFE: frozenset[str | int] = frozenset(("not_sent", "no_answer", "bad_answer", 429, 500, 502, 503, 504))


class Rule(t.NamedTuple):
    """on: kinds of failure and statuses after which it is repeated, None for any, hopeless or not; attempts: how often
    at the most, None for no limit but the deadline."""

    on: frozenset[str | int] | None
    attempts: int | None


RULES = {
    # 401 is not here: repeated wrong passwords lock accounts.
    LOGON: Rule(_SAFE & {"not_sent", "no_answer", 503}, 3),
    # A session left open is the one thing that no later run can mend.
    LOGOUT: Rule(None, 3),
    # Before the clone was sent: give up soon, so that a server that is down is reported soon.
    READ: Rule(_SAFE, 4),
    # After the clone was sent. The wait repeats its looks anyway, and looks for the job itself after two failures.
    POLL: Rule(frozenset(), 1),
    # The job itself, where nothing else can tell the outcome: that is worth every second until the deadline. But a 500
    # may be what EM says of a filter that it does not understand; the caller decides on that.
    LOOK: Rule(_SAFE - {500}, None),
    CLONE: Rule(frozenset(("not_sent",)), 3),
    CANCEL: Rule(frozenset(("not_sent",)), 2),
}

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
LONGEST_RETRY_AFTER = 30.0


def pause_before_retry(
    purpose: str, error: ExchangeError, failures: int, jitter: t.Callable[[], float] = random.random
) -> float | None:
    """Seconds to wait before the request is sent again, None if it is not.

    failures: how often it has failed so far, at least 1.
    """
    rule = RULES[purpose]
    reason = error.status if error.kind == "status" else error.kind
    if rule.on is not None and (error.permanent or reason not in rule.on):
        return None
    if rule.attempts is not None and failures >= rule.attempts:
        return None
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 10)) * (0.5 + jitter() / 2)
    if error.retry_after is not None:
        pause = max(pause, min(error.retry_after, LONGEST_RETRY_AFTER))
    return pause


def persistently(
    request: Request,
    purpose: str,
    deadline: float,
    read: t.Callable[[Response], T],
    clock: t.Callable[[], float],
    note: t.Callable[[Request, ExchangeError], None],
    share: t.Callable[[float], float] | None = None,
    around: t.Callable[[], t.ContextManager[None]] = contextlib.nullcontext,
) -> Flow[T]:
    """Send the request until read() is content with the answer, as the table allows and the deadline permits.

    read raises an ExchangeError for an answer that it cannot use. note hears of every repetition.
    share: how many of the seconds left one attempt may take, all where it is None. around: held while an attempt is
    under way.
    """
    failures = 0
    before: list[ExchangeError] = []
    while True:
        if purpose != LOGOUT:
            signals.check()
        now = clock()
        until = min(deadline, now + share(deadline - now)) if share is not None else deadline
        try:
            with around():
                return read((yield Send(request, until)))
        except ExchangeError as error:
            failures += 1
            left = deadline - clock()
            pause = pause_before_retry(purpose, error, failures)
            if pause is not None and RULES[purpose].on is None:
                # All its attempts are worth more than the pauses between them.
                pause = min(pause, left / 4)
            if pause is None or pause >= left:
                # What the server did while there was time says more than that the time was up; but nothing says more
                # of a clone than whether it was sent in the end.
                if error.cut_short and before and purpose != CLONE:
                    raise before[-1] from error
                raise
            before.append(error)
            note(request, error)
        yield Pause(pause)
