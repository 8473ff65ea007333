# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schedule of a job, from EM's blocks to words and back. Pure.

EM has one block for each kind of schedule, of which one is enabled, and an independent one for the backup window. Times
come in three spellings: with a zone, in UTC, and with none (EM reference: put_jobs_id_actionedit, get_jobs_id).
"""

from __future__ import annotations

import functools
import re
import typing as t

from .._em.tree import DAYS, ENABLED, NUMBER, TEXTS, Field, Tree, block

#: In the order of the week that people use; EM begins with Sunday.
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAYS = WEEK[:5]
_EM_WEEK = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
WEEKS = ("first", "second", "third", "fourth", "last")

#: The word of each kind, and its block.
KINDS = {
    "daily": "OptionsDaily",
    "monthly": "OptionsMonthly",
    "periodically": "OptionsPeriodically",
    "continuously": "OptionsContinuous",
    "after_job": "OptionsDaisyChaining",
}
WINDOW = "OptionsBackupWindow"

CONTINUOUS = block("OptionsContinuous", ENABLED, Field("Schedule", DAYS))
FIELDS = (
    block("OptionsDaily", ENABLED, Field("Kind"), Field("Days", TEXTS), Field("Time"), Field("TimeOffsetUtc", NUMBER)),
    block(
        "OptionsMonthly",
        ENABLED,
        Field("Time"),
        Field("TimeOffsetUtc", NUMBER),
        Field("DayNumberInMonth"),
        Field("DayOfWeek"),
        Field("Months", TEXTS),
        Field("DayOfMonth", NUMBER),
    ),
    block("OptionsPeriodically", ENABLED, Field("Kind"), Field("FullPeriod", NUMBER), Field("Schedule", DAYS)),
    CONTINUOUS,
    block(WINDOW, ENABLED, Field("TimePeriods", DAYS)),
    block("OptionsDaisyChaining", ENABLED, Field("PreviousJobUid")),
)

Hours = dict[str, list[int]]


# -- words of EM's blocks ------------------------------------------------------------------------------------------


def enabled_kinds(blocks: Tree) -> list[str]:
    """The kinds that are on. EM keeps it to one."""
    return [kind for kind, name in KINDS.items() if blocks.get(name, {}).get("Enabled")]


def schedule_words(blocks: Tree) -> dict[str, t.Any] | None:
    """The schedule that is on, None where none is. after_job is the id of the other job.

    utc_offset is in hours; None for the kinds that have no time of day.
    """
    kinds = enabled_kinds(blocks)
    if not kinds:
        return None
    kind = kinds[0]
    own = blocks[KINDS[kind]]
    words = {
        "daily": _daily_words,
        "monthly": _monthly_words,
        "periodically": _periodic_words,
        "continuously": lambda own: {"hours": hours_words(own.get("Schedule"))},
        "after_job": lambda own: job_id(own.get("PreviousJobUid")),
    }[kind](own)
    return {kind: words, "utc_offset": own.get("TimeOffsetUtc") if kind in ("daily", "monthly") else None}


def window_words(blocks: Tree) -> Hours | None:
    """The hours in which the job may run, None where it may at any time."""
    own = blocks.get(WINDOW, {})
    return hours_words(own.get("TimePeriods")) if own.get("Enabled") else None


def job_id(uid: str | None) -> str | None:
    """The id in a UID, in lower case; a bare id is one already."""
    return (uid or "").rpartition(":")[2].strip().lower() or None


def _daily_words(own: Tree) -> dict[str, t.Any]:
    kind = own.get("Kind", "").lower()
    days = {"everyday": list(WEEK), "weekdays": list(WEEKDAYS)}.get(kind) or in_order(own.get("Days", ()), WEEK)
    return {"at": clock_words(own), "days": days}


def _monthly_words(own: Tree) -> dict[str, t.Any]:
    number = own.get("DayNumberInMonth", "").lower()
    words: dict[str, t.Any] = {"at": clock_words(own)}
    if number == "onday":
        words["day_of_month"] = own.get("DayOfMonth")
    else:
        words.update(week=number or None, day=own.get("DayOfWeek", "").lower() or None)
    words["months"] = in_order(own.get("Months", ()), MONTHS)
    return words


def _periodic_words(own: Tree) -> dict[str, t.Any]:
    unit = own.get("Kind", "").lower() or None
    return {"every": own.get("FullPeriod"), "unit": unit, "hours": hours_words(own.get("Schedule"))}


def in_order(names: t.Iterable[str], order: t.Sequence[str]) -> list[str]:
    """The names in lower case, without repetition, in that order; what is not in it comes last."""
    lowered = dict.fromkeys(name.lower() for name in names)
    return [name for name in order if name in lowered] + sorted(name for name in lowered if name not in order)


def hours_words(days: dict[str, str] | None) -> Hours | None:
    """Day to the hours that are allowed; days without any are left out. None where EM says nothing of hours."""
    if days is None:
        return None
    allowed = {
        name.lower(): [hour for hour, flag in enumerate(flags.split(",")) if flag.strip() == "1"]
        for name, flags in days.items()
    }
    return {day: allowed[day] for day in in_order(allowed, WEEK) if allowed[day]}


_TIME = re.compile(r"(?:.*T)?\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?\s*")


def clock_words(own: Tree) -> str | None:
    """The time of day in the block's own offset, HH:MM, with seconds only where there are any.

    A text that is no time is given as it is.
    """
    return _clock(own.get("Time") or "", own.get("TimeOffsetUtc"))


# Most jobs of a server begin at one of a few times.
@functools.lru_cache(maxsize=1024)
def _clock(text: str, offset: t.Any) -> str | None:
    match = _TIME.fullmatch(text)
    if not match:
        return text or None
    seconds = int(match.group(1)) * 3600 + int(match.group(2)) * 60 + int(match.group(3) or 0)
    zone = _minutes(match.group(4))
    if zone is not None and isinstance(offset, int) and not _is_that_offset(zone, offset):
        # Given in another zone, UTC above all: 19:15:00Z is 21:15 where the offset is 2.
        seconds = (seconds - zone * 60 + offset * 3600) % 86400
    return clock_text(seconds)


def clock_text(seconds: int) -> str:
    """A time of day, from the seconds since midnight."""
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
    return text if seconds % 60 == 0 else f"{text}:{seconds % 60:02}"


def _minutes(zone: str | None) -> int | None:
    if not zone:
        return None
    if zone == "Z":
        return 0
    return int(zone[0] + "1") * (int(zone[1:3]) * 60 + int(zone[-2:]))


def _is_that_offset(zone: int, offset: int) -> bool:
    """Whether a zone in minutes is the one whose offset EM gives in whole hours; India's 5:30 is 5 there."""
    return offset in (zone // 60, -(-zone // 60))


# -- EM's blocks of words ------------------------------------------------------------------------------------------


def settled(blocks: Tree, wanted: dict[str, t.Any]) -> dict[str, t.Any]:
    """The wanted schedule with what was left open taken from the job, to be compared with schedule_words()."""
    kind = next(kind for kind in KINDS if wanted.get(kind) is not None)
    if kind not in ("daily", "monthly"):
        return {kind: wanted[kind], "utc_offset": None}
    offset = wanted.get("utc_offset")
    return {kind: wanted[kind], "utc_offset": offset if offset is not None else _offset(blocks, KINDS[kind])}


def _offset(blocks: Tree, name: str) -> int | None:
    """The offset of that block, or of the other one that has a time: it is the backup server's."""
    for candidate in (name, "OptionsDaily", "OptionsMonthly"):
        offset = blocks.get(candidate, {}).get("TimeOffsetUtc")
        if isinstance(offset, int):
            return offset
    return None


def schedule_blocks(blocks: Tree, words: dict[str, t.Any]) -> Tree:
    """The complete blocks that make the schedule these settled words: that of its kind on, all others off.

    The others are sent although they may be off already: what was read may be older than what is.
    """
    kind = next(kind for kind in KINDS if words.get(kind) is not None)
    changed: Tree = {name: {**blocks[name], "Enabled": False} for name in KINDS.values() if name in blocks}
    if "OptionsDaisyChaining" in changed:
        changed["OptionsDaisyChaining"]["PreviousJobUid"] = ""
    own = {**blocks.get(KINDS[kind], {}), "Enabled": True}
    value = words[kind]
    if kind == "daily":
        own.update(Kind=_daily_kind(value["days"]), Days=[day for day in _EM_WEEK if day.lower() in value["days"]])
    elif kind == "monthly" and value.get("day_of_month") is not None:
        own.update(DayNumberInMonth="OnDay", DayOfMonth=value["day_of_month"])
    elif kind == "monthly":
        own.update(DayNumberInMonth=value["week"].capitalize(), DayOfWeek=value["day"].capitalize())
    elif kind == "periodically":
        own.update(Kind=value["unit"].capitalize(), FullPeriod=value["every"], Schedule=day_flags(value["hours"]))
    elif kind == "continuously":
        own.update(Schedule=day_flags(value["hours"]))
    else:
        own.update(PreviousJobUid=f"urn:veeam:Job:{value}")
    if kind == "monthly":
        own["Months"] = [month.capitalize() for month in value["months"]]
    if kind in ("daily", "monthly"):
        own["Time"] = _time(own, value["at"], words["utc_offset"])
        if words["utc_offset"] is not None:
            own["TimeOffsetUtc"] = words["utc_offset"]
    changed[KINDS[kind]] = own
    return changed


def window_block(blocks: Tree, hours: Hours | None) -> Tree:
    """The complete block of the backup window; None switches it off."""
    own = {**blocks.get(WINDOW, {}), "Enabled": hours is not None}
    if hours is not None:
        own["TimePeriods"] = day_flags(hours)
    return {WINDOW: own}


def _daily_kind(days: t.Sequence[str]) -> str:
    return {WEEK: "Everyday", WEEKDAYS: "WeekDays"}.get(tuple(days), "SelectedDays")


def day_flags(hours: Hours) -> dict[str, str]:
    """Day to 24 flags, as EM wants them."""
    return {day: ",".join("1" if hour in hours.get(day.lower(), ()) else "0" for hour in range(24)) for day in _EM_WEEK}


def _time(own: Tree, at: str, offset: int | None) -> str:
    """The time as EM writes it itself; the zone is that of the block where its offset stays the same."""
    seconds = at if at.count(":") == 2 else at + ":00"
    match = _TIME.fullmatch(own.get("Time") or "")
    before = _minutes(match.group(4)) if match else None
    if offset is None:
        return f"{seconds}.0000000"
    zone = before if before is not None and _is_that_offset(before, offset) else offset * 60
    return f"{seconds}.0000000{'-' if zone < 0 else '+'}{abs(zone) // 60:02}:{abs(zone) % 60:02}"
