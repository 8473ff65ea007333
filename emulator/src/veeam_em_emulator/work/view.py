# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How EM sees the runs of jobs: as of which time, and how it writes what it sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class View:
    """utc: the clock."""

    switches: Mapping[str, Any]
    utc: Callable[[], datetime]
    product: str

    def time(self) -> datetime:
        """The states that EM shows are those of this time."""
        lag = self.switches["session_lag"]
        return self.utc() - timedelta(seconds=lag) if lag else self.utc()

    @property
    def precise_names(self) -> bool:
        """Whether the time in the name of a session has microseconds."""
        choice = self.switches["session_name"]
        return bool(choice == "microseconds" or choice == "auto" and self.product == "13")

    @property
    def failure_message(self) -> bool:
        """Whether a failed session says why."""
        return bool(self.switches["failure_message"] != "null")
