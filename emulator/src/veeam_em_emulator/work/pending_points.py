# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore points that are finished, but that EM does not show yet, or not as ready."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .restore_points import RestorePoint


@dataclass(eq=False)
class PendingPoint:
    """show, ready: after a number of reads (``3``), a time (``1.5s``), or a ``refresh``."""

    point: RestorePoint
    show: str
    ready: str
    since: datetime
    reads: int = 0
    refreshed: bool = False

    def step(self, now: datetime) -> bool:
        """Whether EM shows it as it is by now."""
        point = self.point
        if not point.visible and self._over(self.show, now):
            point.visible, self.reads, self.since = True, 0, now
        if point.visible and not point.ready and self._over(self.ready, now):
            point.ready = True
        return point.ready

    def _over(self, delay: str, now: datetime) -> bool:
        if delay == "refresh":
            return self.refreshed
        if delay.endswith("s"):
            return now >= self.since + timedelta(seconds=float(delay[:-1]))
        return self.reads >= int(delay)
