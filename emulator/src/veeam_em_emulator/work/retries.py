# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that follow a failed one by themselves: those that are planned, else those that the job's options want."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ..estate.due_runs import DueRun
from ..estate.jobs import Job, JobObject
from ..estate.run_plans import RunPlan
from .run_sessions import JobSession


def retry_of(session: JobSession, job: Job | None, rule: str) -> DueRun | None:
    """rule: which runs the job's own options concern, see the switch ``automatic_retries``."""
    if job is None or session.final_result != "Failed" or session.stopping is not None:
        return None
    assert session.ended is not None
    plan, options = session.plan, job.schedule.get("Standart", {}).get("RetryOptions", {})
    pause = 60.0 * float(options.get("RetryTimeout") or 0) if plan.retry_after is None else plan.retry_after
    following: RunPlan | None = None
    if plan.retries:
        first, *rest = plan.retries
        following = replace(
            first, retries=(*first.retries, *rest), retry_after=plan.retry_after, length=first.length or plan.length
        )
    elif not _wanted(session, options, rule):
        return None
    return DueRun(
        due=session.ended + timedelta(seconds=pause),
        job_id=job.id,
        plan=following,
        machines=failed_machines(session),
        retry=True,
        scheduled=session.scheduled,
        attempt=session.attempt + 1,
    )


def _wanted(session: JobSession, options: Mapping[str, Any], rule: str) -> bool:
    """Whether the job's own options let it be tried again."""
    concerned = rule == "all" or rule == "scheduled" and session.scheduled
    specified = str(options.get("RetrySpecified")).lower() == "true"
    left = session.attempt < int(options.get("RetryTimes") or 0)
    return bool(concerned and specified and left and not session.quick)


def failed_machines(session: JobSession) -> tuple[JobObject, ...]:
    """What a retry works on."""
    pairs = zip(session.machines, session.outcomes, strict=True)
    return tuple(machine for machine, outcome in pairs if outcome.result == "Failed") or session.machines
