# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes on for a while, in seconds or in reads of it, and what EM shows of that: a run of a job, a restore."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

STARTING, WORKING, STOPPING, STOPPED = "Starting", "Working", "Stopping", "Stopped"


@dataclass(eq=False, slots=True, kw_only=True)
class Lasting:
    """Its length is in seconds or in reads, the other one is None. times_read: how often it was read.

    stopping: since when it is being stopped. cut: share of its length after which it was. ends_at, ends_after_reads:
    its end. ended: when it really was over. final_result, final_progress: then. state, result, progress: as EM shows
    them, see ``update_view``. visible: EM shows it. cache: its written representations.
    """

    created: datetime
    length_in_seconds: float | None = None
    length_in_reads: int | None = None
    stopping: datetime | None = None
    cut: float | None = None
    ends_at: datetime | None = None
    ends_after_reads: int | None = None
    ended: datetime | None = None
    final_result: str = "None"
    final_progress: int = 100
    state: str = STARTING
    result: str = "None"
    progress: int = 0
    times_read: int = 0
    visible: bool = True
    created_text: str = ""
    cache: dict[Any, Any] = field(default_factory=dict)

    def last(self, length: str) -> None:
        """length: ``2`` (reads), ``600s`` or ``never``."""
        if length == "never":
            self.length_in_seconds = math.inf
        elif length.endswith("s"):
            self.length_in_seconds = float(length[:-1])
        else:
            self.length_in_reads = self.ends_after_reads = int(length)

    @property
    def over(self) -> bool:
        return self.ended is not None

    def fraction(self, at: datetime) -> float:
        """Share of its length that it has worked."""
        if self.length_in_seconds is not None:
            passed = (at - self.created).total_seconds()
            share = 1.0 if passed >= self.length_in_seconds else max(0.0, passed / self.length_in_seconds)
        else:
            share = min(1.0, max(0, self.times_read - 1) / self.length_in_reads) if self.length_in_reads else 1.0
        return share if self.cut is None else min(share, self.cut)

    def moment(self, share: float, at: datetime) -> datetime:
        """When that share of it had passed."""
        if not share:
            return self.created
        if self.length_in_seconds is not None and self.length_in_seconds != math.inf:
            return self.created + timedelta(seconds=self.length_in_seconds * share)
        end = self.ended or at
        return self.created + (end - self.created) * share

    def starting(self, at: datetime) -> bool:
        if self.length_in_seconds is not None:
            return (at - self.created).total_seconds() < min(5.0, self.length_in_seconds / 10)
        return self.times_read <= 1

    def update_view(self, at: datetime) -> None:
        """What EM shows of it: its state at a time."""
        if self.ended is not None and at >= self.ended:
            seen = (STOPPED, self.final_result, self.final_progress)
        else:
            progress = self.final_progress if self.final_progress == 0 else min(99, int(100 * self.fraction(at)))
            if self.stopping is not None and at >= self.stopping:
                seen = (STOPPING, "None", progress)
            else:
                seen = (STARTING if self.starting(at) else WORKING, "None", progress)
        if seen != (self.state, self.result, self.progress):
            self.state, self.result, self.progress = seen
            self.cache = {}
