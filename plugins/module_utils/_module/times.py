# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that are a duration or a moment, checked before logon. Pure.

In the specification they are of type str: a number or a date that YAML made of them becomes text again.
"""

from __future__ import annotations

import typing as t

from .._em import moments
from .._http.errors import OptionError


class When(t.NamedTuple):
    """A moment that an option gives as such, or by how long before now it is. Exactly one of the two is set."""

    moment: float | None
    before: int | None

    def at(self, now: float) -> float:
        """The moment, by the clock that now is of."""
        return now - self.before if self.before is not None else t.cast(float, self.moment)


def duration(option: str, value: str, place: str = "") -> int:
    """Seconds of a duration: 90, "15m", "4h", "2d". Raises OptionError, with the place in a list before the option."""
    seconds = moments.read_duration(value)
    if seconds is None:
        raise OptionError(
            f"{place}{option}: {value} is not a duration. Write seconds, or a whole number with one of the units s, m, "
            'h, d and w, such as 90, "15m", "4h" or "2d".'
        )
    if seconds == 0:
        raise OptionError(f"{place}{option}: has to be longer than 0 seconds.")
    if seconds > moments.LONGEST:
        raise OptionError(f"{place}{option}: {value} is longer than 100 years.")
    return seconds


def moment(option: str, value: str, place: str = "") -> float:
    """A moment in ISO 8601, with Z or an offset, as seconds since 1970. Raises OptionError."""
    seconds = moments.read(value)
    if seconds is None:
        raise OptionError(
            f"{place}{option}: {value} is not a moment. Write it in ISO 8601, such as 2026-01-08T14:31:07Z or "
            "2026-01-08T15:31:07+01:00."
        )
    if not moments.has_zone(value):
        # Whose time zone would it be: that of this machine, of EM or of the backup server?
        raise OptionError(
            f"{place}{option}: {value} does not say in which time zone. Append Z for UTC, or an offset such as +01:00, "
            "and put the whole of it in quotes."
        )
    return seconds


def when(option: str, value: str, place: str = "") -> When:
    """A moment, or a duration before now. Raises OptionError."""
    seconds = moments.read_duration(value)
    if seconds is not None:
        return When(None, duration(option, value, place))
    if moments.read(value) is None:
        raise OptionError(
            f"{place}{option}: {value} is neither a moment nor a duration before now. Write a moment in ISO 8601, such "
            'as 2026-01-08T14:31:07Z, or a duration such as "4h" or "2d".'
        )
    return When(moment(option, value, place), None)
