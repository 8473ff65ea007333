# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the schedule of a job starts it (em_rest jobscheduleoptions).

Times of day are in the block's own offset; a block that has none (periods, hours of the day) is taken as UTC. Backup
windows are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from .defaults import MONTHS, WEEK, ClockTime

_ONE_DAY = timedelta(days=1)
_ORDINALS = {"First": 0, "Second": 1, "Third": 2, "Fourth": 3}
_WORKING = WEEK[1:6]


def enabled(block: Mapping[str, Any] | None) -> bool:
    return block is not None and str(block.get("Enabled")).lower() == "true"


def _block(schedule: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """The block of that name if it is the enabled one."""
    block = schedule.get("Standart", {}).get(name)
    return block if enabled(block) else None


def next_start(schedule: Mapping[str, Any], after: datetime) -> datetime | None:
    """The first time after ``after`` (UTC) at which a daily, monthly or periodical schedule starts the job, or None."""
    daily, monthly = _block(schedule, "OptionsDaily"), _block(schedule, "OptionsMonthly")
    periodically = _block(schedule, "OptionsPeriodically")
    if daily is not None:
        return _first(daily, _days(daily), after, 8)
    if monthly is not None:
        return _first(monthly, None, after, 400)
    if periodically is not None:
        return _period(periodically, after)
    return None


def continuous(schedule: Mapping[str, Any], at: datetime) -> bool:
    """Whether the job begins again as soon as it has ended, at that time."""
    block = _block(schedule, "OptionsContinuous")
    return block is not None and _allowed(block, at)


def follows(schedule: Mapping[str, Any]) -> str | None:
    """UID of the job after which it starts."""
    block = _block(schedule, "OptionsDaisyChaining")
    return str(block.get("PreviousJobUid") or "") or None if block is not None else None


def _days(block: Mapping[str, Any]) -> tuple[str, ...]:
    kind = block.get("Kind")
    if kind == "Everyday":
        return WEEK
    return _WORKING if kind == "WeekDays" else tuple(block.get("Days") or ())


def _first(block: Mapping[str, Any], days: tuple[str, ...] | None, after: datetime, horizon: int) -> datetime | None:
    """days: of the week; None for a monthly schedule."""
    moment: ClockTime = block["Time"]
    zone = timezone(timedelta(hours=moment.offset))
    hour, minute, second = (int(float(part)) for part in moment.clock.split(":"))
    local = after.astimezone(zone).replace(hour=hour, minute=minute, second=second, microsecond=0)
    for number in range(-1, horizon):
        day = local + number * _ONE_DAY
        fits = _weekday(day) in days if days is not None else _in_month(block, day)
        if fits and day > after:
            return day.astimezone(timezone.utc)
    return None


def _weekday(day: datetime) -> str:
    return WEEK[(day.weekday() + 1) % 7]


def _in_month(block: Mapping[str, Any], day: datetime) -> bool:
    if MONTHS[day.month - 1] not in (block.get("Months") or ()):
        return False
    which = block.get("DayNumberInMonth")
    if which == "OnDay":
        return day.day == int(block.get("DayOfMonth") or 1)
    if _weekday(day) != block.get("DayOfWeek"):
        return False
    if which == "Last":
        return (day + 7 * _ONE_DAY).month != day.month
    return (day.day - 1) // 7 == _ORDINALS.get(str(which))


def _period(block: Mapping[str, Any], after: datetime) -> datetime | None:
    for moment in _steps(block, after):
        if _allowed(block, moment):
            return moment
    return None


def _steps(block: Mapping[str, Any], after: datetime) -> Iterator[datetime]:
    """Every so many hours or minutes of the day, for a week."""
    unit = 60 if block.get("Kind") == "Hours" else 1
    minutes = max(1, int(block.get("FullPeriod") or 1)) * unit
    midnight = after.replace(hour=0, minute=0, second=0, microsecond=0)
    for day in range(9):
        for minute in range(0, 24 * 60, minutes):
            moment = midnight + day * _ONE_DAY + timedelta(minutes=minute)
            if moment > after:
                yield moment


def _allowed(block: Mapping[str, Any], at: datetime) -> bool:
    """``Day@Name`` with 24 hours; a schedule without any is for all hours."""
    days = block.get("Schedule")
    if not days:
        return True
    hours = next((day["Value"] for day in days if day["Name"] == _weekday(at)), "")
    parts = str(hours).split(",")
    return len(parts) == 24 and parts[at.hour].strip() == "1"
