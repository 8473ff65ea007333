# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is due: ends and starts of runs, in the order of their times."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from ..estate.due_runs import DueRun
from .run_sessions import JobSession


class End(NamedTuple):
    """number: keeps the order of what is due at the same time."""

    at: datetime
    number: int
    session: JobSession


class Start(NamedTuple):
    """As ``End``."""

    at: datetime
    number: int
    run: DueRun


class Agenda:
    def __init__(self) -> None:
        self._ends: list[End] = []
        self._starts: list[Start] = []
        self._numbers = itertools.count()

    def end(self, session: JobSession, when: datetime) -> None:
        session.ends_at = when
        heapq.heappush(self._ends, End(when, next(self._numbers), session))

    def start(self, run: DueRun) -> None:
        heapq.heappush(self._starts, Start(run.due, next(self._numbers), run))

    def due(self, now: datetime) -> Iterator[End | Start]:
        """Everything by now, also what the one before brings about. Of one time, ends come first."""
        ends, starts = self._ends, self._starts
        while ends or starts:
            if ends and (ends[0].session.over or ends[0].session.ends_at != ends[0].at):
                # stopped meanwhile
                heapq.heappop(ends)
            elif starts and starts[0].at <= now and (not ends or starts[0].at < ends[0].at):
                yield heapq.heappop(starts)
            elif ends and ends[0].at <= now:
                yield heapq.heappop(ends)
            else:
                return
