# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Being stopped: a signal is noted and wakes whoever waits, so that the way out always passes the logout.

No handler raises anything. The scheduler looks between two effects, and tells the flow by throwing Interrupted into it.
Ctrl-C is SIGINT, Ansible's `timeout:` is SIGALRM. AWX kills ansible-playbook, which no process can note: in the Ansible
worker that becomes a SIGTERM by plugin_utils/_parent.py, on Linux.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import typing as t

from .errors import Interrupted

_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_ALARM = signal.SIGALRM


class Stop:
    """Whether the run is to stop, and by which signal. wake is called in the signal handler."""

    def __init__(self) -> None:
        self.number: int | None = None
        self.wake: t.Callable[[], None] = _nothing

    def exception(self) -> Interrupted:
        """What the flow is told."""
        number = t.cast(int, self.number)
        return Interrupted(number, signal.Signals(number).name)

    def ask(self) -> None:
        """Ask the run to stop, from whichever thread."""
        self._note(signal.SIGTERM, None)

    def _note(self, number: int, unused: t.Any) -> None:
        # One that stops comes before the timer: it is the one that is passed on, and the timer would hide it.
        if self.number in (None, _ALARM):
            self.number = int(number)
        self.wake()

    @contextlib.contextmanager
    def listening(self) -> t.Iterator[None]:
        """Note signals; the previous handlers come back at the end. In a thread of its own nothing is changed."""
        previous: dict[int, t.Any] = {}
        if threading.current_thread() is threading.main_thread():
            with no_signals():
                for number in map(int, _STOPPING):
                    # nohup and background jobs of a shell ignore some of them, and that is respected
                    if signal.getsignal(number) is not signal.SIG_IGN:
                        previous[number] = signal.signal(number, self._note)
                if callable(signal.getsignal(_ALARM)):
                    previous[_ALARM] = signal.signal(_ALARM, self._note)
        try:
            yield
        finally:
            with no_signals():
                for number, handler in previous.items():
                    signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def _nothing() -> None:
    """Nobody waits."""


@contextlib.contextmanager
def no_signals() -> t.Iterator[None]:
    """Keep signals from this thread, and from the threads that it starts meanwhile for as long as they live.

    Signals are the main thread's: one that another thread takes does not wake the main thread where it waits.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (*_STOPPING, _ALARM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
