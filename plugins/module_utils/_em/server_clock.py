# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What time it is for Enterprise Manager, from the Date of its answers: the clock of this machine may be another one.

EM reference: http_response_codes does not promise the header, so nobody may rely on it being there.
"""

from __future__ import annotations

import typing as t

from . import moments


class ServerClock:
    """clock: monotonic seconds, for what has passed since the answer."""

    def __init__(self, clock: t.Callable[[], float]) -> None:
        self._clock = clock
        self._heard: tuple[float, float] | None = None

    def hear(self, headers: t.Mapping[str, str]) -> float | None:
        """Take the time from the headers of an answer, whose names are in lower case, and return it."""
        at = moments.read_date(headers.get("date"))
        if at is not None:
            self._heard = at, self._clock()
        return at

    def now(self) -> float | None:
        """Seconds since 1970, None where no answer said."""
        if self._heard is None:
            return None
        at, heard = self._heard
        return at + self._clock() - heard
