# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Following a task: how long to pause between two looks, and how the following ended.

What becomes of it is data; what it means for the thing that was asked for is the caller's.
"""

from __future__ import annotations

import typing as t

from .._http.effects import Flow, Pause
from .._http.errors import ExchangeError, Unauthorized, telling
from .calls import EnterpriseManager
from .task import PENDING, Task, operation_is_finished, verdict
from .wait import FIRST_PAUSE, pauses

#: How else the following may end. seen: what was asked for is there, whatever the task says. lost: the task cannot be
#: read any more. session_over: another logon session is in use by now, and the task went with the old one. locked_out:
#: the session is over, and no new one could be opened. timed_out: the time is up, and the task has not ended.
SEEN, LOST, SESSION_OVER, LOCKED_OUT, TIMED_OUT = "seen", "lost", "session_over", "locked_out", "timed_out"


class Patience(t.NamedTuple):
    """How long a task is followed. deadline: monotonic seconds; the others are seconds.

    poll_interval: the longest pause between two looks. reserve: what is kept of the time before the deadline for a last
    look at the thing itself, which may be there whatever happened to its task.
    """

    deadline: float
    poll_interval: float
    reserve: float = 0.0

    @property
    def until(self) -> float:
        """When the task is no longer looked at."""
        return self.deadline - self.reserve


class Followed(t.NamedTuple):
    """How the following of a task ended, in one of the words above, with the last that was seen of the task.

    trouble: what the last look met, None if it met none. ended_at: when the task was seen to have ended, monotonic
    seconds, None where it was not. seen: what glance() returned.
    """

    how: str
    task: Task
    trouble: ExchangeError | None = None
    ended_at: float | None = None
    seen: t.Any = None


#: Looks whether what the task was to do is done, and returns what it saw of it, None where it is not. May raise
#: ExchangeError.
Glance = t.Callable[[Task], Flow[t.Any]]


def follow(
    em: EnterpriseManager, task: Task, patience: Patience, token: str | None, glance: Glance | None = None
) -> Flow[Followed]:
    """Look at the task until it ends, or until nothing more can be learned from it. Raises nothing for what it meets.

    token: that of the session in which the task was made. glance is asked where the task says too little: it stays in
    OperationFinished, it cannot be read, or the time is up.
    """
    gone = failures = 0
    trouble: ExchangeError | None = None
    operation_finished_at: float | None = None
    for pause in pauses(patience.poll_interval):
        says = verdict(task)
        now = em.clock()
        if says != PENDING:
            return Followed(says, task, trouble, now)
        if operation_is_finished(task):
            operation_finished_at = now if operation_finished_at is None else operation_finished_at
            lingers = now - operation_finished_at > 3 * patience.poll_interval
        else:
            lingers = False
        if trouble is not None and trouble.retry_after is not None:
            pause = max(pause, min(trouble.retry_after, (patience.until - now) / 2))
        # The last pause is cut so that there is time to ask once more.
        room = patience.until - patience.reserve / 2 - now
        last = room < FIRST_PAUSE
        if glance is not None and (lingers or last or failures > 1):
            try:
                seen = yield from glance(task)
            except ExchangeError as error:
                trouble = trouble or error
            else:
                if seen is not None:
                    return Followed(SEEN, task, trouble, seen=seen)
        if last:
            return Followed(TIMED_OUT, task, trouble)
        # The glance may have taken most of the time, or all of it.
        pause = min(pause, room - (em.clock() - now))
        if pause > 0:
            yield Pause(pause)
        if em.token != token:
            # Another flow found the session over, and the task went with it.
            return Followed(SESSION_OVER, task, trouble)
        try:
            task = yield from em.task(task, patience.until)
            gone, failures, trouble = 0, 0, None
        except Unauthorized as refusal:
            try:
                yield from em.renew(token, patience.deadline, refusal.request)
            except ExchangeError as error:
                return Followed(LOCKED_OUT, task, error)
            return Followed(SESSION_OVER, task, refusal)
        except ExchangeError as error:
            trouble = telling(error, trouble)
            failures += 1
            # EM answers 500 for a task that the session does not know any more; once may be a hiccup.
            gone = gone + 1 if error.status in (404, 500) else 0
            if gone > 1:
                return Followed(LOST, task, trouble)
            em.will_repeat(task.path, error)
    raise AssertionError("pauses() does not end")
