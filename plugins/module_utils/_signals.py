# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Being stopped: a signal becomes an exception, so that the way out always passes the logout.

AWX cancels a job with SIGTERM or SIGINT; Ansible's `timeout:` uses SIGALRM.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import typing as t

from ._errors import Interrupted

_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def _raise(number: int, unused: t.Any) -> t.NoReturn:
    # Ctrl-C and AWX send more than one: the second must not break into the logout that the first has brought about.
    for other in _STOPPING:
        signal.signal(other, signal.SIG_IGN)
    raise Interrupted(number, signal.Signals(number).name)


@contextlib.contextmanager
def as_exceptions() -> t.Iterator[None]:
    """Raise Interrupted where a stopping signal arrives; the previous handlers come back at the end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = {}
    try:
        for number in _STOPPING:
            # nohup and background jobs of a shell ignore some of them, and that is respected
            if signal.getsignal(number) is not signal.SIG_IGN:
                previous[number] = signal.signal(number, _raise)
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


@contextlib.contextmanager
def held() -> t.Iterator[None]:
    """Keep stopping signals waiting: a logon under way must be known before it can be logged out again."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (*_STOPPING, signal.SIGALRM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
