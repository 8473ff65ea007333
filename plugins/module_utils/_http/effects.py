# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a flow asks of whoever plays it. A flow is a generator that decides; it never touches a socket.

A whole run is one flow, from the logon to the logout. So the same code runs on real connections, in a test with a clock
of its own, or in virtual time beside other runs.

Whoever plays a flow may throw Interrupted into it at any effect, once; what the flow still yields on its way out is
performed like everything else. A flow that is started by Parallel must not yield on its way out: it is dropped.
"""

from __future__ import annotations

import typing as t

from .transport import Request

T = t.TypeVar("T")


class Send(t.NamedTuple):
    """Answered with the Response; an ExchangeError is raised in the flow. deadline: monotonic seconds.

    unbroken: once begun, the exchange comes to its end even if the run is stopped meanwhile.
    """

    request: Request
    deadline: float
    unbroken: bool = False


class Pause(t.NamedTuple):
    """Answered with None after that many seconds."""

    seconds: float


class Progress(t.NamedTuple):
    """How far a run is: how many parts of it have ended, are under way and have failed, of how many.

    text: what there is to say beside the numbers.
    """

    ended: int
    running: int
    failed: int
    total: int
    text: str = ""


class Tell(t.NamedTuple):
    """Show this to whoever watches. Answered with None at once."""

    progress: Progress


class Parallel(t.NamedTuple):
    """Play several flows at once. Answered with what each of them returned, or the VeeamError it raised, in order.

    starts: each makes one flow, when there is room for it. max_parallel: so many are under way at the most.
    progress: makes of (ended, running, failed) what is to be told after each change and at each pause.
    """

    starts: t.Sequence[t.Callable[[], Flow[t.Any]]]
    max_parallel: int
    progress: t.Callable[[int, int, int], Progress] | None = None


class Alone(t.NamedTuple):
    """Play this flow to its end while no other flow of the run moves. Answered with what it returns or raises.

    It may yield anything but Parallel. shielded: a run that is stopped meanwhile is stopped after it.
    """

    flow: Flow[t.Any]
    shielded: bool = False


Effect = t.Union[Send, Pause, Tell, Parallel, Alone]
Flow = t.Generator[Effect, t.Any, T]
