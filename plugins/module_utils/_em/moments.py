# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moments and durations as text. Inside the client a moment is seconds since 1970 and a duration is seconds. Pure."""

from __future__ import annotations

import calendar
import datetime
import math
import re
import time
from email.utils import parsedate_to_datetime

from .._http.errors import counted

_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(\.\d*)?)?(Z|z|[+-]\d\d:?\d\d)?")
_DURATION = re.compile(r"([0-9]{1,10})([smhdw]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
#: A hundred years: what is longer than that was not meant.
LONGEST = 36525 * 86400


def read(text: str | None) -> float | None:
    """A moment as EM writes it: UTC where nothing else is said, with any number of decimals. None where it is none."""
    match = _MOMENT.fullmatch((text or "").strip())
    if not match:
        return None
    year, month, day, hour, minute, second = [int(part or 0) for part in match.groups()[:6]]
    try:
        # timegm() itself takes any number for any field.
        datetime.datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    seconds: float = calendar.timegm((year, month, day, hour, minute, second, 0, 0, 0))
    fraction, zone = match.group(7), match.group(8)
    if fraction and fraction != ".":
        seconds += float(fraction)
    if zone and zone not in "Zz":
        seconds -= (-60 if zone[0] == "-" else 60) * (int(zone[1:3]) * 60 + int(zone[-2:]))
    return seconds


def has_zone(text: str) -> bool:
    """Whether the text says of which time zone it is."""
    match = _MOMENT.fullmatch(text.strip())
    return match is not None and match.group(8) is not None


def write(moment: float) -> str:
    """A moment as options, results and requests have it, in UTC and whole seconds: 2026-01-08T14:31:07Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def in_sentence(text: str | None) -> str:
    """A moment as EM writes it, for a sentence: in whole seconds, as write() has it."""
    moment = read(text)
    return write(moment) if moment is not None else (text or "an unknown time")


def read_date(text: str | None) -> float | None:
    """The moment of an HTTP header such as Date. None where it is none."""
    try:
        moment = parsedate_to_datetime(text or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def read_duration(text: str) -> int | None:
    """Seconds of a duration: a number of them, or one with a unit, such as 15m, 4h, 2d. None where it is none."""
    match = _DURATION.fullmatch(text.strip())
    return int(match.group(1)) * _UNITS[match.group(2)] if match else None


def in_words(seconds: float) -> str:
    """A duration as a sentence has it, rounded down: 3 hours, 47 hours, 2 days."""
    # Until two days are full, hours say more than one day does.
    steps = (("second", 1, 60), ("minute", 60, 3600), ("hour", 3600, 2 * 86400), ("day", 86400, math.inf))
    unit, size, _until = next(step for step in steps if seconds < step[2])
    return counted(max(0, int(seconds // size)), unit)
