# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EM's own view of the jobs. The backup servers know better: EM shows what it has read from them (em/collecting_data).

The state holds the jobs as they are on the backup servers. Here is only where EM's database differs from it, so a world
where nothing is late costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..tester.clock import Clock
from .jobs import Job
from .state import State


@dataclass(eq=False)
class Late:
    """A change that EM has not read yet. before: what it shows until then, None where it has no such job.

    lookups: reads that still show the old state; until: of ``Clock.monotonic``; neither: until a refresh, or released.
    """

    identity: str
    before: Job | None
    lookups: int | None = None
    until: float | None = None


class ShownJobs:
    """The jobs of one kind that EM shows; as a mapping it has what ``by_id`` needs."""

    def __init__(self, view: EmView, kind: str) -> None:
        self._view = view
        self._kind = kind

    def get(self, identity: str) -> Job | None:
        job = self._view.get(identity)
        return job if job is not None and job.kind == self._kind else None

    def all(self) -> list[Job]:
        return [job for job in self._view.jobs() if job.kind == self._kind]

    def named(self, name: str) -> list[Job]:
        """Letter case ignored."""
        return [job for job in self._view.named(name) if job.kind == self._kind]


class EmView:
    """The jobs of all kinds that EM shows, by id."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._late: dict[str, list[Late]] = {}

    def get(self, identity: str) -> Job | None:
        late = self._late.get(identity)
        return late[0].before if late else self._state.jobs.get(identity)

    def of(self, kind: str) -> ShownJobs:
        """Those of one kind."""
        return ShownJobs(self, kind)

    def jobs(self) -> list[Job]:
        shown = dict(self._state.jobs)
        for identity, late in self._late.items():
            before = late[0].before
            if before is None:
                shown.pop(identity, None)
            else:
                shown[identity] = before
        return list(shown.values())

    def named(self, name: str) -> list[Job]:
        """Jobs that EM shows under that name, letter case ignored."""
        found = {job.id: self.get(job.id) for job in self._state.jobs_named(name)}
        found.update({identity: self.get(identity) for identity in self._late})
        return [job for job in found.values() if job is not None and job.name.casefold() == name.casefold()]

    # What is late

    def hold(self, identity: str, before: Job | None) -> Late:
        """From now on EM shows ``before``, until the change is released and read."""
        late = Late(identity, before)
        self._late.setdefault(identity, []).append(late)
        return late

    def release(self, late: Late, delay: str) -> None:
        """delay: number of look-ups that still show the old state, ``1.5s``, or ``refresh``."""
        if delay == "0":
            self._settle(late.identity, lambda item: item is late)
        elif delay.endswith("s"):
            late.until = self._clock.monotonic() + float(delay[:-1])
        elif delay != "refresh":
            late.lookups = int(delay)

    def _settle(self, identity: str, known: Callable[[Late], bool]) -> None:
        """EM has read what is known, and with each change those before it."""
        queue = self._late.get(identity, [])
        numbers = [number for number, late in enumerate(queue) if known(late)]
        if numbers:
            del queue[: numbers[-1] + 1]
        if not queue:
            self._late.pop(identity, None)

    def look_up(self, identity: str | None = None) -> None:
        """A client is about to read a list of jobs, or the job with that id (which counts for its changes alone)."""
        for key in list(self._late) if identity is None else [identity]:
            self._settle(key, lambda late: late.lookups == 0)
            for late in self._late.get(key, ()):
                if late.lookups and (identity is None or late.before is not None):
                    late.lookups -= 1

    def tick(self) -> None:
        now = self._clock.monotonic()
        for identity in list(self._late):
            self._settle(identity, lambda late: late.until is not None and now >= late.until)

    def collected(self, servers: frozenset[str]) -> Callable[[], None]:
        """See ``collection.Source``."""
        waiting = [late for queue in self._late.values() for late in queue if self._server_of(late) in (None, *servers)]

        def show() -> None:
            for identity in list(self._late):
                self._settle(identity, lambda late: late in waiting)

        return show

    def _server_of(self, late: Late) -> str | None:
        job = late.before or self._state.jobs.get(late.identity)
        return job.server.id if job is not None else None
