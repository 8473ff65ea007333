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

from .errors import Interrupted

_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_ALARM = signal.SIGALRM


class _Hold:
    """depth: how many held() are around the main thread. waiting: the signals that came meanwhile, in order.

    raised: what a handler has raised to stop the run.
    """

    def __init__(self) -> None:
        self.depth = 0
        self.waiting: list[int] = []
        self.raised: BaseException | None = None

    def release(self) -> None:
        """Send the main thread again what came meanwhile, the stopping ones first."""
        waiting, self.waiting = sorted(self.waiting, key=lambda number: number == _ALARM), []
        for number in waiting:
            signal.raise_signal(number)


_hold = _Hold()


def _raise(number: int, unused: t.Any) -> None:
    if _hold.depth:
        _hold.waiting.append(number)
        return
    # Ctrl-C and AWX send more than one: the second must not break into the logout that the first has brought about.
    for other in _STOPPING:
        signal.signal(other, signal.SIG_IGN)
    _hold.raised = Interrupted(number, signal.Signals(number).name)
    raise _hold.raised


def check() -> None:
    """Raise again what a handler has raised: Python drops it where it strikes in the end of an object.

    For whoever is about to do more work; on the way out nothing is checked.
    """
    if _hold.raised is not None and threading.current_thread() is threading.main_thread():
        raise _hold.raised


@contextlib.contextmanager
def as_exceptions() -> t.Iterator[None]:
    """Raise Interrupted where a stopping signal arrives; the previous handlers come back at the end.

    SIGALRM keeps its handler, but that too has to wait while signals are held.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous: dict[int, t.Any] = {}
    _hold.raised = None
    try:
        with held():
            for stopping in _STOPPING:
                # nohup and background jobs of a shell ignore some of them, and that is respected
                if signal.getsignal(stopping) is not signal.SIG_IGN:
                    previous[stopping] = signal.signal(stopping, _raise)
            rings = signal.getsignal(_ALARM)
            if callable(rings):
                previous[_ALARM] = signal.signal(_ALARM, _unless_held(rings))
        yield
    finally:
        with held():
            for number, handler in previous.items():
                signal.signal(number, handler if handler is not None else signal.SIG_DFL)
            _hold.raised = None


def _unless_held(handler: t.Callable[[int, t.Any], t.Any]) -> t.Callable[[int, t.Any], None]:
    def ring(number: int, frame: t.Any) -> None:
        if _hold.depth:
            _hold.waiting.append(number)
            return
        try:
            handler(number, frame)
        except BaseException as raised:
            _hold.raised = raised
            raise

    return ring


@contextlib.contextmanager
def held() -> t.Iterator[None]:
    """Keep stopping signals waiting: a logon under way must be known before it can be logged out again.

    In a thread of its own it keeps them from that thread only, and from those that it starts.
    """
    # The mask alone would not do: where a thread of somebody else's lets the signal in, Python runs the handler in
    # the main thread, whatever that one's mask says.
    is_main = threading.current_thread() is threading.main_thread()
    if is_main:
        _hold.depth += 1
    try:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, (*_STOPPING, _ALARM))
        try:
            yield
        finally:
            # What the mask kept comes here, and joins those that are remembered.
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    finally:
        if is_main:
            _hold.depth -= 1
            if not _hold.depth:
                _hold.release()
