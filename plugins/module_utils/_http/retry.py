# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which request is sent again after which failure, and after what pause. Data first, then the few lines that read it.

A request that the server may still be working on is never repeated if it writes: the server cannot tell that it is the
same request, so what is sent twice is done twice.
"""

from __future__ import annotations

import random
import typing as t

from .effects import Flow, Pause, Send
from .errors import ExchangeError, telling
from .transport import Request, Response

T = t.TypeVar("T")

#: Purposes of a request.
LOGON, LOGOUT, READ, POLL, LOOK, ONCE, CANCEL = "logon", "logout", "read", "poll", "look", "once", "cancel"

_SAFE: frozenset[str | int] = frozenset(("not_sent", "no_answer", "bad_answer", 429, 500, 502, 503, 504))


class Rule(t.NamedTuple):
    """When a request is sent again, and how.

    on: kinds of failure and statuses after which it is, None for all of them. attempts: how often it is sent at the
    most, None for no limit but the deadline.
    even_if_hopeless: also where a repetition cannot help. fits_in: pauses are shortened, so that all attempts fit in.
    last_counts: the last failure is raised as it is. Otherwise one that only says that the time was up gives way to
    what the server did before.
    unbroken: an attempt under way is not broken off when the run is stopped.
    """

    on: frozenset[str | int] | None
    attempts: int | None
    even_if_hopeless: bool = False
    fits_in: bool = False
    last_counts: bool = False
    unbroken: bool = False


RULES = {
    # 401 is not here: repeated wrong passwords lock accounts. A session that the server opened must become known.
    LOGON: Rule(_SAFE & {"not_sent", "no_answer", 503}, 3, unbroken=True),
    # A session left open is the one thing no later run puts right, so all attempts are worth more than the pauses.
    LOGOUT: Rule(None, 3, even_if_hopeless=True, fits_in=True, unbroken=True),
    # Before anything was changed: give up soon, so that a server that is down is reported soon.
    READ: Rule(_SAFE, 4),
    # While a task is followed. That repeats its looks anyway, and looks for the result itself after two failures.
    POLL: Rule(frozenset(), 1),
    # The thing itself, where nothing else can tell the outcome: that is worth every second until the deadline. But a
    # 500 may be what the server says of a filter that it does not understand; the caller decides on that.
    LOOK: Rule(_SAFE - {500}, None),
    # What is done twice if it is sent twice. Nothing says more of it than whether it was sent in the end.
    ONCE: Rule(frozenset(("not_sent",)), 3, last_counts=True),
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
    if rule.on is not None and reason not in rule.on:
        return None
    if error.permanent and not rule.even_if_hopeless:
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
    longest: t.Callable[[float], float] | None = None,
    sign: t.Callable[[Request], Request] = lambda request: request,
) -> Flow[T]:
    """Send the request until read() is content with the answer, as the table allows and the deadline permits.

    read raises an ExchangeError for an answer that it cannot use. note hears of every repetition.
    longest: how many of the seconds left one attempt may take, all where it is None. sign: adds the headers that may
    change from one attempt to the next.
    """
    rule = RULES[purpose]
    failures = 0
    before: ExchangeError | None = None
    while True:
        now = clock()
        until = min(deadline, now + longest(deadline - now)) if longest is not None else deadline
        try:
            return read((yield Send(sign(request), until, rule.unbroken)))
        except ExchangeError as error:
            failures += 1
            left = deadline - clock()
            pause = pause_before_retry(purpose, error, failures)
            if pause is not None and rule.fits_in:
                pause = min(pause, left / 4)
            if pause is None or pause >= left:
                # Of two failures the one that says more; from None, since one may be the cause of the other.
                raise (error if rule.last_counts else telling(error, before)) from None
            before = error
            note(request, error)
        yield Pause(pause)
