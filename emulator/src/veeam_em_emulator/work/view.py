# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How EM sees what its backup servers do: as of which time, and how it writes what it sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..wire.times import stamp, utc_text


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

    # How EM's database keeps times

    @property
    def precise_names(self) -> bool:
        """PostgreSQL: microseconds everywhere. SQL Server: milliseconds, and whole seconds in names."""
        choice = self.switches["database"]
        return bool(choice == "postgresql" or choice == "auto" and self.product == "13")

    def stamp(self, moment: datetime) -> str:
        """In a name."""
        return stamp(moment, self.precise_names)

    def moment(self, moment: datetime) -> datetime:
        """As exactly as it is kept."""
        rest = moment.microsecond % 1000
        if not rest or self.precise_names:
            return moment
        return moment.replace(microsecond=moment.microsecond - rest)

    def text(self, moment: datetime) -> str:
        return utc_text(self.moment(moment))

    @property
    def failure_message(self) -> bool:
        """Whether a failed session says why."""
        return bool(self.switches["failure_message"] != "null")
