# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a flow asks of whoever runs it. A flow is a generator that decides; it never touches a socket.

The same flow therefore runs alone, beside many others on a few connections, or in a test with a clock of its own.
"""

from __future__ import annotations

import typing as t

from .transport import Request

T = t.TypeVar("T")


class Send(t.NamedTuple):
    """Answered with the Response; an ExchangeError is raised in the flow. deadline: monotonic seconds."""

    request: Request
    deadline: float


class Pause(t.NamedTuple):
    """Answered with None after that many seconds."""

    seconds: float


class LogonAgain(t.NamedTuple):
    """This token was refused: log on again unless that has been done since. Raises Unauthorized if not possible.

    request: the label of the one that was refused, for the message.
    """

    token: str | None
    deadline: float
    request: str


Effect = t.Union[Send, Pause, LogonAgain]
Flow = t.Generator[Effect, t.Any, T]
