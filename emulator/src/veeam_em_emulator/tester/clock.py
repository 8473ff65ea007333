# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock of one emulator. Nothing else in it asks for the time; so a test can let a night pass in no time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Protocol

START = datetime(2026, 1, 5, 10, tzinfo=timezone.utc)


class Clock(Protocol):
    """monotonic: seconds from any start, never back. utc: aware, in UTC."""

    def monotonic(self) -> float: ...

    def utc(self) -> datetime: ...


class SystemClock:
    """The clock of the machine; it cannot be advanced."""

    def monotonic(self) -> float:
        return time.monotonic()

    def utc(self) -> datetime:
        return datetime.now(timezone.utc)


class AdvancingClock:
    """What can be advanced. Thread-safe.

    running: whether time passes by itself. watch: called after each advance, from the thread that advances.
    """

    running: bool

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = 0.0
        self._watchers: list[Callable[[], None]] = []

    def advance(self, seconds: float) -> None:
        if not 0 <= seconds < 1e9:
            raise ValueError(f"a clock advances by a number of seconds from 0 to 1e9, not by {seconds!r}")
        with self._lock:
            self._offset += seconds
            watchers = list(self._watchers)
        for watcher in watchers:
            watcher()

    def watch(self, watcher: Callable[[], None]) -> None:
        with self._lock:
            self._watchers.append(watcher)

    def unwatch(self, watcher: Callable[[], None]) -> None:
        with self._lock:
            self._watchers.remove(watcher)


class OffsetClock(AdvancingClock):
    """The machine's clock, ahead by whatever it was advanced. The default."""

    running = True

    def monotonic(self) -> float:
        return time.monotonic() + self._offset

    def utc(self) -> datetime:
        return datetime.now(timezone.utc) + timedelta(seconds=self._offset)


class ManualClock(AdvancingClock):
    """Stands still until it is advanced. start: aware."""

    running = False

    def __init__(self, start: datetime = START) -> None:
        super().__init__()
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware datetime")
        self._start = start.astimezone(timezone.utc)

    def monotonic(self) -> float:
        return self._offset

    def utc(self) -> datetime:
        return self._start + timedelta(seconds=self._offset)


def stands_still(clock: Clock) -> bool:
    """Whether no time passes on it by itself."""
    return isinstance(clock, AdvancingClock) and not clock.running


@contextmanager
def watching(clock: Clock, watcher: Callable[[], None]) -> Iterator[None]:
    """Inside, the watcher is called after each advance of the clock, where that can be advanced at all."""
    if not isinstance(clock, AdvancingClock):
        yield
        return
    clock.watch(watcher)
    try:
        yield
    finally:
        clock.unwatch(watcher)
