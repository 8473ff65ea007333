# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of veeam_job: their specification, and every check that needs no server."""

from __future__ import annotations

import re
import typing as t

from .._em.reference import Reference, reference
from .._em.texts import check_name, check_text
from .._http.errors import OptionError
from .._module.connection import ConnectionSettings, connection_settings, connection_spec, finite, seconds
from .._module.shapes import place_of
from .._module.spec import Spec, merged, wait_spec
from .._resources.backup_server import BACKUP_SERVER
from .._resources.guest_processing import WrongGuest, guest_tree
from .._resources.hierarchy import HIERARCHY_ROOT
from .._resources.job import JOB, job_reference
from .._resources.job_entity import EDITABLE, GFS_WORDS
from .._resources.job_kind import JOB as JOB_KIND
from .._resources.job_kind import ROWS, WORDS
from .._resources.job_schedule import KINDS, MONTHS, WEEK, WEEKDAYS, WEEKS, clock_text, in_order
from .._resources.machine import is_ref
from .._resources.repository import REPOSITORY
from .plan import TargetObject

CLONE_OPTIONS = ("source_job", "repository", "folder_name", "vm_suffix")
#: What there is for agent and file share jobs, whose only change is a toggle.
_OF_EVERY_KIND = ("name", "kind", "backup_server", "state", "enabled")
TEXTS = ("name", "backup_server", *CLONE_OPTIONS, "description")
ALL_HOURS = dict.fromkeys(WEEK, list(range(24)))


def _dict(**options: t.Any) -> dict[str, t.Any]:
    return {"type": "dict", "options": options}


def _one_of(*choices: str) -> dict[str, t.Any]:
    return {"type": "str", "choices": list(choices)}


_STR, _INT, _BOOL = {"type": "str"}, {"type": "int"}, {"type": "bool"}
_NAMES = {"type": "list", "elements": "str"}
_OBJECT = {
    "name": _STR,
    "type": _STR,
    "host": _STR,
    "ref": _STR,
    "guest_processing": {"type": "dict"},
}
_SCHEDULE = {
    "daily": _dict(at=_STR, days=_NAMES),
    "monthly": _dict(at=_STR, week=_one_of(*WEEKS), day=_one_of(*WEEK), day_of_month=_INT, months=_NAMES),
    "periodically": _dict(every=_INT, unit=_one_of("hours", "minutes"), hours={"type": "dict"}),
    "continuously": _dict(hours={"type": "dict"}),
    "after_job": _STR,
    "utc_offset": _INT,
}


def _job_spec(defaults: bool) -> dict[str, t.Any]:
    """The options of one job; those at the top have defaults, those of an item fall back to the top."""

    def default(value: t.Any) -> dict[str, t.Any]:
        return {"default": value} if defaults else {}

    return {
        **dict.fromkeys(TEXTS, _STR),
        "kind": {**_one_of(*WORDS), **default(JOB_KIND)},
        "state": {**_one_of("present", "absent"), **default("present")},
        "objects": {"type": "list", "elements": "dict", "options": _OBJECT},
        "purge_objects": {**_BOOL, **default(value=True)},
        "wait_for_objects": {"type": "float", **default(0)},
        "enabled": _BOOL,
        "run_automatically": _BOOL,
        "schedule": {"type": "dict", "options": _SCHEDULE},
        "retry": _dict(times=_INT, wait=_INT),
        "backup_window": {"type": "dict"},
        "retention": _dict(type=_one_of("days", "restore_points"), count=_INT),
        "gfs": _dict(
            weekly=_dict(keep=_INT, day=_one_of(*WEEK)),
            monthly=_dict(keep=_INT, week=_one_of("first", "last")),
            yearly=_dict(keep=_INT, month=_one_of(*MONTHS)),
        ),
        "force": {**_BOOL, **default(value=False)},
    }


_EXAMPLES = {
    "jobs": "{name: web-prod-daily, enabled: true}",
    "objects": "{name: web01}",
    "objects.guest_processing": "{vss_snapshot_options: {is_copy_only: true}}",
    "schedule": '{daily: {at: "22:00"}}',
    "schedule.daily": '{at: "22:00", days: weekdays}',
    "schedule.monthly": '{at: "22:00", day_of_month: 1}',
    "schedule.periodically": "{every: 4, unit: hours}",
    "schedule.periodically.hours": "{monday: [8, 9, 10]}",
    "schedule.continuously": "{hours: {saturday: [8, 9, 10]}}",
    "schedule.continuously.hours": "{saturday: [8, 9, 10]}",
    "retry": "{times: 3, wait: 10}",
    "backup_window": "{saturday: [8, 9, 10]}",
    "retention": "{type: days, count: 14}",
    "gfs": "{weekly: {keep: 4, day: sunday}}",
    "gfs.weekly": "{keep: 4, day: sunday}",
    "gfs.monthly": "{keep: 12, week: first}",
    "gfs.yearly": "{keep: 3, month: january}",
}

SPEC = merged(
    connection_spec(),
    Spec(_job_spec(defaults=True), plain={"objects": "name"}, examples=_EXAMPLES),
    wait_spec(),
    Spec({"jobs": {"type": "list", "elements": "dict"}}, items={"jobs": _job_spec(defaults=False)}),
    {
        "max_parallel": {"type": "int", "default": 4},
    },
)


class Wish(t.NamedTuple):
    """One job as the user wants it.

    options: the editable ones that were given, checked, in the words that results have; a schedule's after_job is a
    Reference. explicit: what was set on purpose for this job. place: to begin a sentence with. kind: a word of
    job_kind.py.
    """

    name: Reference
    kind: str
    backup_server: Reference | None
    source_job: Reference | None
    repository: Reference | None
    folder_name: str | None
    vm_suffix: str | None
    absent: bool
    objects: tuple[TargetObject, ...] | None
    purge: bool
    wait_for_objects: float
    enabled: bool | None
    options: dict[str, t.Any]
    force: bool
    explicit: frozenset[str]
    place: str

    @property
    def description(self) -> str | None:
        return self.options.get("description")

    @property
    def after_job(self) -> Reference | None:
        return (self.options.get("schedule") or {}).get("after_job")


class Settings(t.NamedTuple):
    """The checked options; times in seconds. single: one job was given by name."""

    connection: ConnectionSettings
    wait_timeout: float
    poll_interval: float
    max_parallel: int
    single: bool
    jobs: list[Wish]


def settings(params: dict[str, t.Any]) -> Settings:
    """Check the options as far as that goes without a server. Raises OptionError."""
    single, jobs = _jobs(params)
    connection = connection_settings(params)
    if not 1 <= params["max_parallel"] <= 32:
        raise OptionError(f"max_parallel: {params['max_parallel']} is not between 1 and 32.")
    times = seconds(params, "wait_timeout"), seconds(params, "poll_interval")
    return Settings(connection, *times, params["max_parallel"], single, jobs)


def _jobs(params: dict[str, t.Any]) -> tuple[bool, list[Wish]]:
    name, items = params.get("name"), params.get("jobs")
    if name is not None and items is not None:
        raise OptionError("name, jobs: both are given; name is for one job, jobs for several.")
    if name is None and items is None:
        raise OptionError("name, jobs: neither is given; give name for one job, or jobs for several.")
    if items is None:
        return True, [_wish(params, {}, "")]
    wishes: list[Wish] = []
    places: dict[tuple[str, str], int] = {}
    for number, item in enumerate(items, 1):
        place = place_of("jobs", number, "job", item.get("name"))
        wish = _wish(item or {}, params, place)
        named = wish.name.text, wish.kind
        if named in places:
            raise OptionError(
                f'{place}name: "{wish.name.text}" is already used by item {places[named]}; names must be unique.'
            )
        places[named] = number
        wishes.append(wish)
    _check_order(wishes)
    return False, wishes


def _check_order(wishes: list[Wish]) -> None:
    """Refuse jobs that wait for each other in a circle."""
    before = {wish.name.name: wish.after_job.name for wish in wishes if wish.after_job is not None}
    for wish in wishes:
        seen = {wish.name.name}
        name = before.get(wish.name.name)
        while name is not None and name not in seen:
            seen.add(name)
            name = before.get(name)
        if name is not None and name == wish.name.name:
            raise OptionError(f'{wish.place}schedule, after_job: job "{name}" would wait for itself.')


def _wish(own: dict[str, t.Any], defaults: dict[str, t.Any], place: str) -> Wish:
    given: dict[str, t.Any] = {}
    explicit = set()
    for option in _job_spec(defaults=False):
        value = own.get(option)
        # Surveys and templates give an empty text where nothing was meant; a description may well be empty.
        if value is not None and (value != "" or option in ("name", "description")):
            explicit.add(option)
        else:
            value = defaults.get(option) if option != "name" else None
            if value == "" and option != "description":
                value = None
        given[option] = value
    kind = given["kind"] or JOB_KIND
    if kind not in WORDS:
        raise OptionError(f"{place}kind: {kind} is not one of {', '.join(WORDS)}.")
    if kind != JOB_KIND:
        given = _of_other_kind(given, explicit, kind, place)
    for option, check_it in (("folder_name", check_name), ("vm_suffix", check_name), ("description", check_text)):
        if given[option] is not None:
            check_it(option, given[option], place)
    name = given["name"]
    if name is None or not name.strip():
        raise OptionError(f"{place}name: is {'missing' if name is None else 'empty'}; name the job.")
    references = {
        option: reference(option, given[option], named, place) if given[option] is not None else None
        for option, named in (
            ("backup_server", BACKUP_SERVER),
            ("source_job", JOB),
            ("repository", REPOSITORY),
        )
    }
    references["name"] = job_reference("name", name, kind, place)
    check = _Check(place)
    wish = Wish(
        kind=kind,
        folder_name=given["folder_name"],
        vm_suffix=given["vm_suffix"],
        absent=given["state"] == "absent",
        objects=check.objects(given["objects"]) if given["objects"] is not None else None,
        purge=given["purge_objects"] is not False,
        wait_for_objects=check.not_negative("wait_for_objects", given["wait_for_objects"] or 0.0),
        enabled=given["enabled"],
        options={option: getattr(check, option)(given[option]) for option in EDITABLE if given[option] is not None},
        force=bool(given["force"]),
        explicit=frozenset(explicit),
        place=place,
        **t.cast("dict[str, t.Any]", references),
    )
    if wish.after_job is not None and wish.after_job.text == name:
        raise OptionError(f'{place}schedule, after_job: job "{name}" would wait for itself.')
    return wish


def _of_other_kind(given: dict[str, t.Any], explicit: set[str], kind: str, place: str) -> dict[str, t.Any]:
    """What was given for an agent or file share job, without defaults that it has no place for. Raises OptionError."""
    titles = ROWS[kind].titles
    if given["state"] == "absent":
        raise OptionError(f"{place}state: Enterprise Manager cannot delete {titles}, only enable and disable them.")
    own = {option: given[option] for option in _OF_EVERY_KIND}
    usual = {option: entry.get("default") for option, entry in _job_spec(defaults=True).items()}
    for option, value in given.items():
        if option in explicit and option not in own and value != usual[option]:
            raise OptionError(
                f"{place}{option}: Enterprise Manager cannot change this for {titles}, only enable and disable them; "
                "remove the option."
            )
    return {**dict.fromkeys(given), **own}


class _Check:
    """Options in the user's spelling to the words that results have. place: the item's place in the list."""

    def __init__(self, place: str) -> None:
        self._place = place

    def _wrong(self, option: str, what: str) -> OptionError:
        return OptionError(f"{self._place}{option}: {what}")

    def not_negative(self, option: str, value: float) -> float:
        if finite(value, f"{self._place}{option}") < 0:
            raise self._wrong(option, f"{value:g} is below zero; give a number of seconds.")
        return value

    def _between(self, option: str, value: int | None, least: int, most: int) -> int:
        if value is None:
            raise self._wrong(option, f"is missing; give a number from {least} to {most}.")
        if not least <= value <= most:
            raise self._wrong(option, f"{value} is not between {least} and {most}.")
        return value

    # -- what can be edited ----------------------------------------------------------------------------------------

    def description(self, value: str) -> str:
        return value

    def run_automatically(self, value: bool) -> bool:
        return value

    def schedule(self, value: dict[str, t.Any]) -> dict[str, t.Any]:
        kinds = [kind for kind in KINDS if value.get(kind) not in (None, "")]
        if len(kinds) != 1:
            raise self._wrong(
                "schedule",
                f"{' and '.join(kinds) + ' are given' if kinds else 'has no kind'}; give one of {', '.join(KINDS)}.",
            )
        words: dict[str, t.Any] = {kinds[0]: getattr(self, "_" + kinds[0])(value[kinds[0]])}
        if value.get("utc_offset") is not None:
            words["utc_offset"] = self._between("schedule, utc_offset", value["utc_offset"], -12, 14)
        return words

    def _daily(self, value: dict[str, t.Any]) -> dict[str, t.Any]:
        days = [day for given in value.get("days") or ["everyday"] for day in _days(given.strip().lower())]
        wrong = [day for day in days if day not in WEEK]
        if wrong:
            raise self._wrong(
                "schedule, daily, days", f"{wrong[0]} is not a day; give days of the week, everyday or weekdays."
            )
        return {"at": self._at("daily", value.get("at")), "days": in_order(days, WEEK)}

    def _monthly(self, value: dict[str, t.Any]) -> dict[str, t.Any]:
        words: dict[str, t.Any] = {"at": self._at("monthly", value.get("at"))}
        week, day, number = (value.get(option) for option in ("week", "day", "day_of_month"))
        if (number is None) == (week is None and day is None):
            raise self._wrong("schedule, monthly", "give either week and day, or day_of_month.")
        if number is not None:
            words["day_of_month"] = self._between("schedule, monthly, day_of_month", number, 1, 31)
        elif week is None or day is None:
            raise self._wrong("schedule, monthly", "week and day belong together; give both.")
        else:
            words.update(week=week, day=day)
        months = [month.strip().lower() for month in value.get("months") or MONTHS]
        wrong = [month for month in months if month not in MONTHS]
        if wrong:
            raise self._wrong("schedule, monthly, months", f"{wrong[0]} is not a month; give their English names.")
        words["months"] = in_order(months, MONTHS)
        return words

    def _periodically(self, value: dict[str, t.Any]) -> dict[str, t.Any]:
        unit = value.get("unit") or "hours"
        every = self._between("schedule, periodically, every", value.get("every"), 1, 24 if unit == "hours" else 60)
        hours = self._hours("schedule, periodically, hours", value.get("hours"))
        return {"every": every, "unit": unit, "hours": hours}

    def _continuously(self, value: dict[str, t.Any]) -> dict[str, t.Any]:
        return {"hours": self._hours("schedule, continuously, hours", value.get("hours"))}

    def _after_job(self, value: str) -> Reference:
        return reference("schedule, after_job", value, JOB, self._place)

    def _at(self, kind: str, text: str | None) -> str:
        option = f"schedule, {kind}, at"
        if not text:
            raise self._wrong(option, 'is missing; give a time such as "22:00".')
        match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", text.strip())
        parts = [int(part or 0) for part in match.groups()] if match else [24, 0, 0]
        if parts[0] > 23 or max(parts[1:]) > 59:
            hint = " Without the quotes, YAML reads it as a number." if text.strip().isdigit() else ""
            raise self._wrong(option, f'{text} is not a time; write it as "22:00", with the quotes.{hint}')
        return clock_text(parts[0] * 3600 + parts[1] * 60 + parts[2])

    def _hours(self, option: str, value: dict[str, t.Any] | None) -> dict[str, list[int]]:
        if value is None:
            return {day: list(hours) for day, hours in ALL_HOURS.items()}
        words: dict[str, list[int]] = {}
        for name, given in value.items():
            day = str(name).strip().lower()
            if day not in WEEK:
                raise self._wrong(option, f"{name} is not a day of the week.")
            hours = given if isinstance(given, list) else [] if given is None else [given]
            for hour in hours:
                if not re.fullmatch(r"[0-9]{1,2}", str(hour)) or int(hour) > 23:
                    raise self._wrong(option, f"{day}: {hour} is not an hour; give a list of hours from 0 to 23.")
            if hours:
                words[day] = sorted({int(hour) for hour in hours})
        if not words:
            raise self._wrong(option, "allows no hour at all; give at least one.")
        return {day: words[day] for day in WEEK if day in words}

    def retry(self, value: dict[str, t.Any]) -> dict[str, t.Any]:
        for option, least, most in (("times", 1, 999), ("wait", 0, 9999)):
            if value.get(option) is not None:
                self._between("retry, " + option, value[option], least, most)
        return {"times": value.get("times"), "wait": value.get("wait")}

    def backup_window(self, value: dict[str, t.Any]) -> dict[str, list[int]]:
        return self._hours("backup_window", value) if value else {}

    def retention(self, value: dict[str, t.Any]) -> dict[str, t.Any]:
        if value.get("type") is None:
            raise self._wrong("retention, type", "is missing; give days or restore_points.")
        return {"type": value["type"], "count": self._between("retention, count", value.get("count"), 1, 999)}

    def gfs(self, value: dict[str, t.Any]) -> dict[str, t.Any]:
        words: dict[str, t.Any] = {}
        for word, (_block, which) in GFS_WORDS.items():
            part = value.get(word)
            if part is not None:
                keep = self._between(f"gfs, {word}, keep", part.get("keep"), 1, 999)
                part = {"keep": keep, which: part.get(which)}
            words[word] = part
        return words

    # -- what the job protects -------------------------------------------------------------------------------------

    def objects(self, value: list[dict[str, t.Any] | None]) -> tuple[TargetObject, ...]:
        if not value:
            raise self._wrong("objects", "is empty; a job protects at least one object.")
        found = [self._object(f"objects, item {number}", item or {}) for number, item in enumerate(value, 1)]
        result: list[TargetObject] = []
        for item in found:
            # Lists that are put together from several sources name a machine twice.
            if item not in result:
                result.append(item)
        return tuple(result)

    def _object(self, place: str, value: dict[str, t.Any]) -> TargetObject:
        name, ref, host = (value.get(option) or None for option in ("name", "ref", "host"))
        if ref is None and name is not None and is_ref(name):
            # A text of the list may be either.
            name, ref = None, name
        for option, text in (("name", name), ("ref", ref), ("type", value.get("type"))):
            if text is not None:
                check_name(f"{place}, {option}", text, self._place)
        if (name is None) == (ref is None):
            raise self._wrong(place, "give either name or ref.")
        if ref is not None and not is_ref(ref):
            raise self._wrong(place + ", ref", f"{ref} is not a reference (urn:VMware:Vm:...).")
        if ref is not None and host is not None:
            raise self._wrong(place + ", host", "a reference names its host itself; remove the option.")
        guest = None
        if value.get("guest_processing"):
            try:
                guest = guest_tree(value["guest_processing"])
            except WrongGuest as error:
                raise self._wrong(f"{place}, guest_processing", str(error)) from None
        root = reference(f"{place}, host", host, HIERARCHY_ROOT, self._place) if host is not None else None
        return TargetObject(name, value.get("type") or "Vm", ref=ref, guest=guest, host=root)


def _days(word: str) -> t.Sequence[str]:
    return {"everyday": WEEK, "weekdays": WEEKDAYS}.get(word, (word,))
