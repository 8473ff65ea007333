# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for something to show: look, pause, look again, until it is there, the time is up, or no look can help.

EM reads its backup servers from time to time, so that whatever was asked for shows late. The pauses are short at first
and grow; while the server is down they grow further. A logon session that ends meanwhile is renewed by the calls.
"""

from __future__ import annotations

import typing as t

from .._http.effects import Flow, Pause
from .._http.errors import ExchangeError, Refused, telling

T = t.TypeVar("T")

FIRST_PAUSE = 0.02
#: Whatever something takes, it is seen at most so much later.
GROWTH = 1.5
#: Longest pause, in seconds, between two looks while the server is down: each of them may be a logon.
OUTAGE = 60.0


class Hopeless(t.NamedTuple):
    """After which errors no further look helps.

    at_once: statuses that say so the first time. twice: those that are believed the second time in a row. permanent:
    whether an error that a repetition of the request cannot help is one, such as a certificate that is not trusted.
    """

    at_once: frozenset[int]
    twice: frozenset[int] = frozenset()
    permanent: bool = True

    def is_met(self, error: ExchangeError, before: ExchangeError | None) -> bool:
        """before: what the look before that one met."""
        if self.permanent and error.permanent:
            return True
        if error.status in self.twice and before is not None and before.status in self.twice:
            return True
        return error.status in self.at_once


_NO_RIGHT = frozenset((401, 403))
#: What is to come up: that it is not there is no reason to stop.
TO_COME = Hopeless(_NO_RIGHT)
#: What is there, and is to change: once it is gone it will not.
TO_CHANGE = Hopeless(_NO_RIGHT | {404})
#: What ends some day: a wait of hours survives every outage, and an id that EM does not know right now.
TO_END = Hopeless(_NO_RIGHT, frozenset((400, 404)), permanent=False)


class Waited(t.NamedTuple):
    """How the wait ended.

    value: what showed, None where nothing did. trouble: what the last look met, None where it met nothing. hopeless:
    that was a reason to stop before the time was up.
    """

    value: t.Any
    trouble: ExchangeError | None = None
    hopeless: bool = False


def pauses(longest: float) -> t.Iterator[float]:
    """Pauses in seconds: short at first, growing to the longest."""
    pause = min(FIRST_PAUSE, longest)
    while True:
        yield pause
        pause = min(pause * GROWTH, longest)


def known(read: Flow[T]) -> Flow[T | None]:
    """What read reads by an id; None while EM does not know that id. Raises ExchangeError."""
    try:
        return (yield from read)
    except Refused as error:
        if error.status not in (400, 404):
            raise
        return None


def until_shown(
    clock: t.Callable[[], float],
    look: t.Callable[[], Flow[T | None]],
    until: float | t.Callable[[], float],
    poll_interval: float,
    hopeless: Hopeless = TO_COME,
    pausing: t.Callable[[ExchangeError | None], None] | None = None,
    at_once: bool = True,
) -> Flow[Waited]:
    """Look until look() returns something, at least once. It may raise ExchangeError, which is not raised here.

    until: monotonic seconds; the last look begins then. A function is asked after each look. poll_interval: the longest
    pause, in seconds. pausing: hears before each pause what the look before it met. at_once: whether the first look
    comes before the first pause.
    """
    trouble: ExchangeError | None = None
    before: ExchangeError | None = None
    failures = 0
    for pause in pauses(poll_interval):
        if at_once:
            try:
                value = yield from look()
            except ExchangeError as error:
                failures, trouble = failures + 1, telling(error, trouble)
                if hopeless.is_met(error, before):
                    return Waited(None, trouble, hopeless=True)
                before = error
            else:
                if value is not None:
                    return Waited(value)
                failures, trouble, before = 0, None, None
        at_once = True
        now = clock()
        room = (until() if callable(until) else until) - now
        if room < FIRST_PAUSE:
            return Waited(None, trouble)
        if pausing is not None:
            pausing(before)
        if failures:
            pause = min(pause * 2 ** min(failures, 9), max(pause, OUTAGE))
        if trouble is not None and trouble.retry_after is not None:
            pause = max(pause, min(trouble.retry_after, room / 2))
        yield Pause(min(pause, room))
    raise AssertionError("pauses() does not end")


def grace(poll_interval: float) -> float:
    """Seconds to go on looking where a good end is likely but not sure: twice the longest pause."""
    return 2 * poll_interval


def last_look(wait_timeout: float) -> float:
    """Seconds that a look takes at the most which is to end before the deadline."""
    return min(5.0, 0.1 * wait_timeout)
