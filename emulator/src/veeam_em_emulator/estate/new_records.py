# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records that were made on a backup server through EM, and that EM itself does not show yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..tester.clock import Clock


@dataclass(eq=False)
class _New:
    """lookups: lists that do not show it; until: of ``Clock.monotonic``; neither: until a data collection."""

    server_id: str
    lookups: int | None = None
    until: float | None = None


class NewRecords:
    """By id."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._hidden: dict[str, _New] = {}

    def add(self, identity: str, server_id: str, delay: str) -> None:
        """delay: number of lists, ``1.5s``, or ``refresh``."""
        if delay == "0":
            return
        new = self._hidden[identity] = _New(server_id)
        if delay.endswith("s"):
            new.until = self._clock.monotonic() + float(delay[:-1])
        elif delay != "refresh":
            new.lookups = int(delay)

    def visible(self, identity: str) -> bool:
        new = self._hidden.get(identity)
        if new is not None and new.until is not None and self._clock.monotonic() >= new.until:
            new = None
            del self._hidden[identity]
        return new is None

    def look_up(self) -> None:
        """A client has read a list."""
        for identity, new in list(self._hidden.items()):
            if new.lookups is not None:
                new.lookups -= 1
                if new.lookups <= 0:
                    del self._hidden[identity]

    def collected(self, servers: frozenset[str]) -> Callable[[], None]:
        """See ``collection.Source``."""
        waiting = [identity for identity, new in self._hidden.items() if new.server_id in servers]

        def show() -> None:
            for identity in waiting:
                self._hidden.pop(identity, None)

        return show
