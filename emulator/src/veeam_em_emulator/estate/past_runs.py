# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs before the start, from the section ``sessions`` of a state file: a few lines make a month of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from .due_runs import DueRun
from .run_plans import RunError, RunPlan, moment_of, parse_plan

_PLAN_KEYS = frozenset(item.name for item in fields(RunPlan))
_OWN_KEYS = frozenset({"job", "backup_server", "days", "every", "at", "results", "created", "id"})
KEYS = _PLAN_KEYS | _OWN_KEYS


@dataclass(frozen=True)
class PastRuns:
    """The runs of one job: one every so many hours, on a number of days before the start.

    plans: one after the other, and again from the first. at: time of the first run of all, since midnight in UTC.
    created, identity: of one single run.
    """

    job_id: str
    plans: tuple[RunPlan, ...]
    days: int = 30
    every: float = 24.0
    at: timedelta = timedelta(hours=22)
    created: datetime | None = None
    identity: str | None = None

    def starts(self, now: datetime) -> Iterator[DueRun]:
        """Those that are over by ``now``, whatever time of day that is. Their ids are the same in every run."""
        if self.created is not None:
            yield self._later(self.created, 0, scheduled=False)
            return
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        moment, number = midnight - timedelta(days=self.days) + self.at, 0
        while moment < now:
            later = self._later(moment, number, scheduled=True)
            if later.plan is not None and moment + _longest(later.plan) <= now:
                yield later
            moment, number = moment + timedelta(hours=self.every), number + 1

    def _later(self, moment: datetime, number: int, scheduled: bool) -> DueRun:
        # A job may have several single runs.
        which = str(self.created) if self.created is not None else f"{number} {self.at} {self.every}"
        identity = self.identity or str(uuid5(UUID(self.job_id), f"session {which}"))
        plan = self.plans[number % len(self.plans)]
        return DueRun(moment, self.job_id, plan, scheduled=scheduled, identity=identity)


def _longest(plan: RunPlan) -> timedelta:
    """Until it and its retries are over."""
    seconds = float((plan.length or "0s").rstrip("s"))
    pause = 3600.0 if plan.retry_after is None else plan.retry_after
    return sum((timedelta(seconds=pause) + _longest(retry) for retry in plan.retries), timedelta(seconds=seconds))


def parse_past(entry: Mapping[str, Any], job_id: str) -> PastRuns:
    """RunError."""
    base = {"length": "600s", **{key: entry[key] for key in _PLAN_KEYS if key in entry}}
    results = entry.get("results", [{}])
    if not isinstance(results, list) or not results:
        raise RunError("results: a list is expected")
    plans = tuple(
        parse_plan(_with_lengths({**base, **({"result": item} if isinstance(item, str) else _mapping(item))}))
        for item in results
    )
    identity = str(entry["id"]).lower() if entry.get("id") else None
    created = moment_of(str(entry["created"])) if entry.get("created") else None
    if not all((plan.length or "").endswith("s") or created and plan.length == "never" for plan in plans):
        raise RunError("length: runs before the start last seconds (600s); a single one may never end")
    if identity and created is None:
        raise RunError("id: only a single run, with created, has one")
    at = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", str(entry.get("at", "22:00")))
    if at is None:
        raise RunError(f"at: {entry['at']!r} is not a time of day such as 22:00 (in quotes)")
    try:
        days, every = int(entry.get("days", 30)), float(entry.get("every", 24))
    except (TypeError, ValueError):
        raise RunError("days and every are numbers, of days and of hours") from None
    if days < 0 or every <= 0:
        raise RunError("days must not be below zero, and every must be above zero")
    since_midnight = timedelta(hours=int(at.group(1)), minutes=int(at.group(2)))
    return PastRuns(job_id, plans, days, every, since_midnight, created, identity)


def _with_lengths(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Retries that say nothing else last as long."""
    retries = [{"result": item} if isinstance(item, str) else _mapping(item) for item in spec.get("retries") or ()]
    return {**spec, "retries": [{"length": spec["length"], **item} for item in retries]}


def _mapping(item: Any) -> Mapping[str, Any]:
    if not isinstance(item, Mapping):
        raise RunError("results: a list of results, or of mappings, is expected")
    return item
