# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Editing a job (em_rest put_jobs_id_actionedit): partial bodies, only what may be changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from . import types
from .bodies import text_of
from .defaults import ClockTime
from .errors import ApiError, not_known
from .state import Job
from .types import Field, Type


def _names(kind: Type) -> set[str]:
    names = {field.name for field in (*kind.elements, *kind.attributes)}
    for field in kind.elements:
        if field.of is not None:
            names |= _names(field.of)
    return names


EDIT_NAMES = tuple(sorted(_names(types.JOB) - {"Links", "Href"}))
_BLOCKS = {
    "AdvancedStorageOptions": "storage",
    "GfsRetentionPolicy": "gfs",
    "SimpleRetentionPolicy": "retention",
    "GuestProcessingOptions": "guest",
}


def apply_edit(job: Job, values: Mapping[str, Any], reset: bool) -> dict[str, Any]:
    """The attributes of the job that the body changes, with their new values.

    reset: what a sent block leaves out goes to empty values instead of staying as it is.
    """
    changes: dict[str, Any] = {}
    if values.get("Description") is not None:
        changes["description"] = text_of(dict(values), "Description")
    for name, attribute in (("ScheduleConfigured", "schedule_configured"), ("ScheduleEnabled", "schedule_enabled")):
        if values.get(name) is not None:
            changes[attribute] = _boolean(values[name], name)
    schedule = values.get("JobScheduleOptions")
    if schedule:
        changes["schedule"] = _merge(types.JOB_SCHEDULE_OPTIONS, job.schedule, _object(schedule), reset)
    info = _object(values.get("JobInfo") or {}).get(f"{job.job_type}JobInfo")
    for name, attribute in _BLOCKS.items():
        block = _object(info or {}).get(name)
        if block:
            kind = next(f.of for f in types.BACKUP_JOB_INFO.elements if f.name == name)
            assert kind is not None
            changes[attribute] = _merge(kind, getattr(job, attribute), _object(block), reset)
    return changes


def _bad(name: str) -> ApiError:
    return ApiError(400, not_known(f"value of {name} is not valid"))


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _bad("a block")
    return value


def _boolean(value: Any, name: str) -> bool:
    # the documented JSON fragments write "true", recorded ones write true
    text = str(value).lower()
    if text not in ("true", "false", "1", "0"):
        raise _bad(name)
    return text in ("true", "1")


def _merge(kind: Type, old: Mapping[str, Any], new: Mapping[str, Any], reset: bool) -> dict[str, Any]:
    merged = {} if reset else dict(old)
    for field in (*kind.elements, *kind.attributes):
        sent = new.get(field.name, new.get(field.json_name) if field.json_name else None)
        if sent is not None and field.kind != "json":
            merged[field.name] = _value(field, old.get(field.name), sent, reset)
    return merged


def _value(field: Field, old: Any, sent: Any, reset: bool) -> Any:
    if field.kind == "object":
        assert field.of is not None
        return _merge(field.of, old or {}, _object(sent), reset)
    if field.kind == "list":
        assert field.of is not None
        holder = _object(sent)
        items = holder.get(field.item, holder.get(field.plural, []))
        return [dict(_object(item)) for item in (items if isinstance(items, list) else [items])]
    if field.kind == "repeat":
        return tuple(map(str, sent if isinstance(sent, list) else [sent]))
    if field.kind == "paths":
        paths = sent.get("Path", []) if isinstance(sent, dict) else sent
        return tuple(map(str, paths if isinstance(paths, list) else [paths] if paths else []))
    if field.kind == "time":
        match = re.search(r"(\d\d:\d\d:\d\d)(?:\.\d+)?(?:([+-]\d\d):\d\d)?", str(sent))
        if match is None:
            raise _bad(field.name)
        return ClockTime(match.group(1), int(match.group(2) or (old.offset if old else 0)))
    if isinstance(old, bool) or field.name == "Enabled":
        return _boolean(sent, field.name)
    if isinstance(old, int):
        try:
            return int(sent)
        except (TypeError, ValueError):
            raise _bad(field.name) from None
    return sent
