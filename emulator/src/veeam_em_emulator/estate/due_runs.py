# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that begin by themselves at a time: by the schedule, as a retry, or in the past of a state file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .jobs import JobObject
from .run_plans import RunPlan


@dataclass
class DueRun:
    """A run that begins by itself. plan: None is that of the job. machines: None is all of the job's. attempt: how many
    retries came before it. source: id of the one job that a copy job copies.
    """

    due: datetime
    job_id: str
    plan: RunPlan | None = None
    machines: tuple[JobObject, ...] | None = None
    retry: bool = False
    scheduled: bool = False
    attempt: int = 0
    source: str | None = None
    identity: str | None = None
