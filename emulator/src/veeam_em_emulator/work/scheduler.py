# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts jobs when their schedule is due, where the switch ``schedule_fires`` says so, and keeps ``NextRun`` true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..estate import schedule
from ..estate.due_runs import DueRun
from ..estate.jobs import Job
from ..estate.state import State
from ..wire.times import utc_text
from .run_sessions import JobSession

_SECOND = timedelta(seconds=1)


@dataclass
class _Known:
    """What the next start was worked out from; due: None where it does not start by the clock."""

    schedule: Mapping[str, Any]
    due: datetime | None


def fires(job: Job) -> bool:
    return job.schedule_enabled and job.schedule_configured and job.kind != "cdp"


def copies(job: Job, session: JobSession) -> bool:
    """Whether a copy job copies what that run has made."""
    linked = any(linked == session.job_id for _unused, linked in job.linked_jobs)
    return linked and job.job_type == "ImmediateBackupCopy" and session.final_result in ("Success", "Warning")


class Scheduler:
    """later: takes a run that will begin."""

    def __init__(
        self, state: State, switches: Mapping[str, Any], now: datetime, later: Callable[[DueRun], None]
    ) -> None:
        self.state = state
        self.switches = switches
        self._later = later
        self._seen = now
        self._known: dict[str, _Known] = {}

    @property
    def on(self) -> bool:
        return bool(self.switches["schedule_fires"])

    def pass_time(self, now: datetime) -> None:
        """Hand in every start since the last time."""
        if self.on:
            for job in list(self.state.jobs.values()):
                if fires(job):
                    self._pass(job, now)
                else:
                    self._known.pop(job.id, None)
        else:
            self._known.clear()
        self._seen = now

    def _pass(self, job: Job, now: datetime) -> None:
        known = self._known.get(job.id)
        if known is None or known.schedule is not job.schedule:
            known = self._known[job.id] = _Known(job.schedule, schedule.next_start(job.schedule, self._seen))
            if schedule.continuous(job.schedule, now):
                self._later(DueRun(now, job.id, scheduled=True))
        while known.due is not None and known.due <= now:
            self._later(DueRun(known.due, job.id, scheduled=True))
            known.due = schedule.next_start(job.schedule, known.due)
        text = utc_text(known.due) if known.due is not None else ""
        if text != job.next_run:
            job.next_run = text
            job.changed()

    def over(self, session: JobSession, retried: bool) -> None:
        """A run has ended: what comes after it. retried: a retry will follow."""
        if not self.on or session.ended is None:
            return
        for job in list(self.state.jobs.values()):
            if not fires(job):
                continue
            if not retried and schedule.follows(job.schedule) == session.job_uid:
                self._later(DueRun(session.ended, job.id, scheduled=True))
            elif job.id == session.job_id and not retried and schedule.continuous(job.schedule, session.ended):
                self._later(DueRun(session.ended + _SECOND, job.id, scheduled=True))
            elif copies(job, session):
                self._later(DueRun(session.ended, job.id, scheduled=True, source=session.job_id))
