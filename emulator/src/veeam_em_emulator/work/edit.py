# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Editing a job (em_rest put_jobs_id_actionedit): partial bodies, only what may be changed.

Nothing here changes a job; it is told what would change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..estate import defaults
from ..estate.defaults import ClockTime
from ..estate.inventory import reference_key
from ..estate.jobs import Job, JobObject
from ..wire import types
from ..wire.bodies import text_of
from ..wire.errors import ApiError, missing_node, not_known
from ..wire.types import Field, Type


def names_of(kind: Type) -> set[str]:
    """Every name that a body of this type can have, in XML or JSON."""
    names = set()
    for field in (*kind.elements, *kind.attributes):
        names |= {field.name, field.json_name, field.item, field.plural}
        if field.of is not None:
            names |= names_of(field.of)
    return names - {""}


EDIT_NAMES = tuple(sorted((names_of(types.JOB) | {"Name", "Type"}) - {"Links", "Href"}))
OBJECT_NAMES = ("HierarchyObjRef", "HierarchyObjName", "GuestProcessingOptions")
SPEC_NAMES = (*OBJECT_NAMES, *sorted(names_of(types.GUEST_PROCESSING_OPTIONS)))
# Element of the job info -> attribute of the job
_BLOCKS: dict[str, dict[str, str]] = {
    "Backup": {
        "GuestProcessingOptions": "guest",
        "AdvancedStorageOptions": "storage",
        "GfsRetentionPolicy": "gfs",
        "SimpleRetentionPolicy": "retention",
    },
    "Replica": {"GuestProcessingOptions": "guest"},
    "BackupCopy": {"AdvancedStorageOptions": "storage"},
    "ImmediateBackupCopy": {},
}
_OPTIONS = {"guest", "storage"}
_INFO = {
    "Backup": types.BACKUP_JOB_INFO,
    "Replica": types.REPLICA_JOB_INFO,
    "BackupCopy": types.BACKUP_COPY_JOB_INFO,
    "ImmediateBackupCopy": types.IMMEDIATE_BACKUP_COPY_JOB_INFO,
}


def with_objects(job: Job) -> bool:
    return job.job_type in ("Backup", "Replica")


def _mode(job: Job) -> str:
    return "ImmediateCopyMode" if job.job_type == "ImmediateBackupCopy" else "Standart"


class Edit:
    """The body of an edit. rules: the switches. retention: the product has its elements. ApiError where the body cannot
    be read."""

    def __init__(self, job: Job, values: Mapping[str, Any], rules: Mapping[str, Any], retention: bool = True) -> None:
        self._values = values
        self._blocks = {
            name: attribute
            for name, attribute in _BLOCKS.get(job.job_type, {}).items()
            if retention or attribute not in ("retention", "gfs")
        }
        self._reader = Reader(rules)
        self._rules = rules
        info = _object(_object(values.get("JobInfo") or {}).get(f"{job.job_type}JobInfo") or {})
        self._info: Mapping[str, Any] = info
        self.changes(job, str)

    def changes(self, job: Job, new_id: Callable[[], str]) -> dict[str, Any]:
        """The attributes of the job that the body changes, with their new values."""
        changes: dict[str, Any] = {}
        values = self._values
        if values.get("Description") is not None:
            changes["description"] = text_of(dict(values), "Description")
        for name, attribute in (("ScheduleConfigured", "schedule_configured"), ("ScheduleEnabled", "schedule_enabled")):
            if values.get(name) is not None:
                changes[attribute] = _boolean(values[name], name)
        schedule = _object(values.get("JobScheduleOptions") or {}).get(_mode(job))
        if schedule:
            changes["schedule"] = self._reader.schedule(_mode(job), job.schedule, _object(schedule))
        for name, attribute in self._blocks.items():
            block = self._info.get(name)
            if not block or attribute in _OPTIONS and self._rules["edit_options"] != "applied":
                continue
            kind = next(field.of for field in _INFO[job.job_type].elements if field.name == name)
            assert kind is not None
            changes[attribute] = self._reader.merge(kind, getattr(job, attribute), _object(block))
        if with_objects(job) and self._info.get("Includes") is not None:
            changes["objects"] = self._objects(job, self._info["Includes"], new_id)
        return changes

    def beyond(self, job: Job) -> list[str]:
        """Names in the body that an edit cannot change, and that ask for something else than the job is."""
        wanted = {"Name": job.name, "JobType": job.job_type, "Platform": job.platform}
        found = [name for name, value in wanted.items() if self._values.get(name) not in (None, value)]
        schedule = _object(self._values.get("JobScheduleOptions") or {})
        found += [name for name in ("Standart", "ImmediateCopyMode") if name != _mode(job) and schedule.get(name)]
        info = _object(self._values.get("JobInfo") or {})
        found += [f"{kind}JobInfo" for kind in _BLOCKS if kind != job.job_type and info.get(f"{kind}JobInfo")]
        own = {*self._blocks, *(("Includes",) if with_objects(job) else ())}
        return found + [name for name, value in self._info.items() if value and name not in own]

    def options(self) -> list[str]:
        """The blocks of guest processing and storage options in the body."""
        return [name for name, attribute in self._blocks.items() if attribute in _OPTIONS and self._info.get(name)]

    def _objects(self, job: Job, sent: Any, new_id: Callable[[], str]) -> tuple[JobObject, ...]:
        """The list of the body takes the place of the job's; an object that is in both keeps its id and its options."""
        left, objects = list(job.objects), []
        for item in _items(types.INCLUDES, sent):
            values = _object(item)
            same = next((machine for machine in left if _is(machine, values)), None)
            if same is None:
                name = text_of(dict(values), "Name") or text_of(dict(values), "DisplayName")
                objects.append(self._reader.new_object(values, new_id(), name))
                continue
            left.remove(same)
            guest = values.get("GuestProcessingOptions")
            if guest and self._rules["edit_options"] == "applied":
                same = JobObject(same.id, same.name, same.reference, self._reader.guest(same.guest, guest))
            objects.append(same)
        return tuple(objects)


class Reader:
    """Blocks of a body, merged with what the job has. rules: the switches."""

    def __init__(self, rules: Mapping[str, Any]) -> None:
        self._rules = rules

    def schedule(self, mode: str, old: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
        """Whole blocks that are left out stay as they are, or are turned off by switch."""
        kind = types.STANDART if mode == "Standart" else types.IMMEDIATE_COPY_MODE
        blocks = dict(old.get(mode, {}))
        if self._rules["partial_put"] == "reset_all":
            standard = defaults.STANDARD_SCHEDULE if mode == "Standart" else defaults.IMMEDIATE_SCHEDULE
            blocks = {
                name: {**block, "Enabled": False} if isinstance(block, dict) and "Enabled" in block else block
                for name, block in standard[mode].items()
            }
        return {**old, mode: {**blocks, **self._sent(kind, blocks, sent)}}

    def merge(self, kind: Type, old: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
        kept = old if self._rules["partial_put"] == "merge" else {}
        return {**kept, **self._sent(kind, old, sent)}

    def block(self, values: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
        """A block inside another one; empty where there is none."""
        for name in names:
            values = _object(values.get(name) or {})
        return values

    def guest(self, old: Mapping[str, Any], sent: Any) -> dict[str, Any]:
        return {**old, **self._sent(types.GUEST_PROCESSING_OPTIONS, old, _object(sent))}

    def new_object(self, values: Mapping[str, Any], identity: str, name: str | None) -> JobObject:
        """An object as a body asks for it; without a reference or a name there is none (500, as recorded)."""
        reference = text_of(dict(values), "HierarchyObjRef")
        if not reference or not name:
            raise missing_node()
        guest = values.get("GuestProcessingOptions")
        options = self.guest(defaults.GUEST_OF_ADDED, guest) if guest else defaults.GUEST_OF_ADDED
        return JobObject(identity, name, reference, options)

    def _sent(self, kind: Type, old: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
        values = {}
        offset = sent.get("TimeOffsetUtc", old.get("TimeOffsetUtc"))
        for field in (*kind.elements, *kind.attributes):
            value = self._named(field, sent)
            if value is not None and field.kind != "json":
                values[field.name] = self._value(field, old.get(field.name), value, offset)
        return values

    def _named(self, field: Field, sent: Mapping[str, Any]) -> Any:
        """What the body has for the field, under any of its names."""
        names: tuple[str, ...] = (field.name, field.json_name, field.also)
        if field.name == "RetrySpecified" and self._rules["retry_specified_name"] != "both":
            names = (self._rules["retry_specified_name"],)
        return next((sent[name] for name in names if sent.get(name) is not None), None)

    def _value(self, field: Field, old: Any, sent: Any, offset: Any) -> Any:
        if field.kind == "object":
            assert field.of is not None
            return self.merge(field.of, old or {}, _object(sent))
        if field.kind == "list":
            return [dict(_object(item)) for item in _items(field, sent)]
        if field.kind == "repeat":
            return tuple(map(str, sent if isinstance(sent, list) else [sent]))
        if field.kind == "paths":
            paths = sent.get("Path", []) if isinstance(sent, dict) else sent
            return tuple(map(str, paths if isinstance(paths, list) else [paths] if paths else []))
        if field.kind == "time":
            return _time(field, old, sent, offset, self._rules["time_without_zone"])
        if field.name in types.BOOLEANS:
            return _boolean(sent, field.name)
        if field.name in types.INTEGERS:
            return _integer(sent, field.name)
        if field.name == "DayOfMonth" and str(sent).isdecimal():
            return int(sent)
        if isinstance(sent, (dict, list)):
            raise _bad(field.name)
        return str(sent)


def _is(machine: JobObject, values: Mapping[str, Any]) -> bool:
    """Whether an entry of a list names this object of the job: by reference, or where it has none by its id."""
    if values.get("HierarchyObjRef"):
        return reference_key(str(values["HierarchyObjRef"])) == reference_key(machine.reference)
    return str(values.get("ObjectInJobId") or "").lower() == machine.id


def _bad(name: str) -> ApiError:
    return ApiError(400, not_known(f"value of {name} is not valid"))


def _object(value: Any) -> Mapping[str, Any]:
    if value == "":  # an empty XML element
        return {}
    if not isinstance(value, dict):
        raise _bad("a block")
    return value


def _items(field: Field, sent: Any) -> list[Any]:
    holder = _object(sent)
    items = holder.get(field.item, holder.get(field.plural))
    return items if isinstance(items, list) else [] if items is None else [items]


def _boolean(value: Any, name: str) -> bool:
    # the documented JSON fragments write "true", recorded ones write true
    text = str(value).lower()
    if text not in ("true", "false", "1", "0"):
        raise _bad(name)
    return text in ("true", "1")


def _integer(value: Any, name: str) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise _bad(name) from None


def _time(field: Field, old: Any, sent: Any, offset: Any, without: str) -> ClockTime:
    """With ``Z`` it is UTC, whatever the block's offset is (recorded, 9.5 U4). without: what it is without a zone."""
    match = re.search(r"(\d\d):(\d\d:\d\d)(?:\.\d+)?(?:(Z)|([+-]\d\d):\d\d)?", str(sent))
    if match is None:
        raise _bad(field.name)
    hours, rest, utc, zone = match.groups()
    own = int(zone) if zone else _integer(offset, "TimeOffsetUtc") if offset is not None else old.offset if old else 0
    if utc or without == "utc" and not zone:
        hours = f"{(int(hours) + own) % 24:02d}"
    return ClockTime(f"{hours}:{rest}", own)
