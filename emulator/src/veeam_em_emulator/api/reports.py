# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Summary reports (em_rest reports_summary)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..estate.roles import USERS
from ..resources import documents, reports
from ..resources.call import Answer, Call
from ..wire.errors import ApiError, not_known
from ..wire.types import Type
from ..work.world import World
from .table import route

_FRAMES: dict[str, tuple[str, Type, Callable[[World], dict[str, Any]]]] = {
    "overview": ("OverviewReportFrame", reports.OVERVIEW, reports.overview),
    "vms_overview": ("VmsOverviewReportFrame", reports.VMS_OVERVIEW, reports.vms_overview),
    "job_statistics": ("JobStatisticsReportFrame", reports.JOB_STATISTICS, reports.job_statistics),
    "processed_vms": ("ProcessedVmsReportFrame", reports.PROCESSED_VMS, reports.processed_vms),
    "repository": ("RepositoryReportFrame", reports.REPOSITORY, reports.repository),
}


def summary(call: Call) -> Answer:
    return documents.resource(call, "SummaryReport", reports.SUMMARY, {"Links": reports.summary_links()})


def frame(call: Call, name: str) -> Answer:
    found = _FRAMES.get(name.lower())
    if found is None:
        raise ApiError(404, not_known("there is no such report"))
    element, kind, compute = found
    call.world.runs.update_view()
    return documents.resource(call, element, kind, compute(call.world))


ROUTES = (
    route("/reports/summary", USERS, GET=summary),
    route("/reports/summary/{name}", USERS, GET=frame),
)
