# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Very many things in the order of a time: restore points come and go, and are asked for by time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import datetime
from typing import Generic, Protocol, TypeVar


class Timed(Protocol):
    @property
    def created(self) -> datetime: ...

    @property
    def alive(self) -> bool: ...


T = TypeVar("T", bound=Timed)


def by_time(items: list[T]) -> list[T]:
    """Those of one time stay in their order."""
    return sorted(items, key=lambda item: item.created)


class Shelf(Generic[T]):
    """Put in order when it is read, not when something is put on it."""

    def __init__(self) -> None:
        self._items: list[T] = []
        self._ordered = self._swept = True

    def put(self, item: T) -> None:
        self._items.append(item)
        self._ordered = False

    def sweep(self) -> None:
        """Something on it is not alive any more."""
        self._swept = False

    def moved(self) -> None:
        """The time of something on it is another one."""
        self._ordered = False

    def all(self) -> list[T]:
        """Oldest first. Not to be changed."""
        if not self._swept:
            self._items = [item for item in self._items if item.alive]
            self._swept = True
        if not self._ordered:
            self._items = by_time(self._items)
            self._ordered = True
        return self._items

    def between(self, least: datetime | None, most: datetime | None) -> list[T]:
        """Both are included."""
        items = self.all()
        first = 0 if least is None else bisect_left(items, least, key=lambda item: item.created)
        last = len(items) if most is None else bisect_right(items, most, key=lambda item: item.created)
        return items[first:last]
