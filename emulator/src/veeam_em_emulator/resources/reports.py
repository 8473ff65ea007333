# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Summary reports, computed from what there is (em_rest reports_summary_overview, ..._vms_overview, ..._statistics,
..._processed_vms, ..._repository; JSON recorded on 9.5 U4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from ..wire.links import Link
from ..wire.times import utc_text
from ..wire.types import Field, Type
from ..work.run_sessions import JobSession, Outcome, ReplicaJobSession
from ..work.world import World


def _type(*names: str, attributes: tuple[str, ...] = ()) -> Type:
    return Type(_fields(names), _fields(attributes), base="resource")


def _fields(names: Iterable[str]) -> tuple[Field, ...]:
    return tuple(Field(name) for name in names)


OVERVIEW = _type(
    "BackupServers", "ProxyServers", "RepositoryServers", "RunningJobs", "ScheduledJobs", "SuccessfulVmLastestStates",
    "WarningVmLastestStates", "FailedVmLastestStates",
)  # fmt: skip
VMS_OVERVIEW = _type(
    "ProtectedVms", "BackedUpVms", "ReplicatedVms", "RestorePoints", "FullBackupPointsSize",
    "IncrementalBackupPointsSize", "ReplicaRestorePointsSize", "SourceVmsSize", "SuccessBackupPercents",
    "ProtectedVmsReportLink",
)  # fmt: skip
JOB_STATISTICS = _type(
    "RunningJobs", "ScheduledJobs", "ScheduledBackupJobs", "ScheduledReplicaJobs", "TotalJobRuns", "SuccessfulJobRuns",
    "WarningsJobRuns", "FailedJobRuns", "MaxJobDuration", "MaxBackupJobDuration", "MaxReplicaJobDuration",
    "MaxDurationBackupJobName", "MaxDurationReplicaJobName", "BackupJobStatusReportLink",
)  # fmt: skip
_PERIOD = Type(_fields(("Name", "Capacity", "FreeSpace", "BackupSize")))
REPOSITORY = Type(
    (Field("Period", "items", _PERIOD, item="Period", json_name="Periods"),),
    _fields(("CapacityPlanningReportLink",)),
    base="resource",
)
_DAY = Type((), _fields(("Timestamp", "ReplicatedVms", "BackupedVms")))
PROCESSED_VMS = Type((Field("Day", "items", _DAY, item="Day", json_name="Days"),), base="resource")
SUMMARY = Type(base="resource")
# Pages of the web UI; these ids are in every documentation and recording
_PAGE = "Workspace/ViewReport.aspx?definition={}&ShowParams=1"
_PROTECTED_VMS_PAGE = _PAGE.format("8a56d84f-1790-4f54-ab20-2e0bfdefa16b")
_JOB_STATUS_PAGE = _PAGE.format("7962844d-db6c-4d29-8b6e-4e0f7db0785f")
_CAPACITY_PAGE = _PAGE.format("62221565-102c-4ec8-851b-d61c03d972d1")
DAYS = 7


def summary_links() -> tuple[Link, ...]:
    """em_rest reports_summary."""
    names = {
        "overview": "Overview", "vms_overview": "VmsOverview", "job_statistics": "JobStatistics",
        "processed_vms": "ProcessedVms", "repository": "Repositories",
    }  # fmt: skip
    return tuple(Link("Down", f"/reports/summary/{path}", name, "ReportFrame") for path, name in names.items())


def _sessions(world: World, since: datetime | None = None) -> list[JobSession]:
    """Those that are over, oldest first."""
    runs = world.runs
    kinds = (runs.visible.listed(JobSession), runs.visible.listed(ReplicaJobSession))
    chosen = [runs.visible.since(found, utc_text(since).rstrip("Z")) if since else found for found in kinds]
    return [
        session for sessions in chosen for session in sessions if session.state == "Stopped" and session.of_machines
    ]


def _latest_states(world: World) -> dict[tuple[str, bool], Outcome]:
    """What came of each machine last: reference, and whether it was replicated -> outcome."""
    latest: dict[tuple[str, bool], Outcome] = {}
    for session in _sessions(world, world.clock.utc() - timedelta(days=30)):
        for machine, outcome in zip(session.machines, session.outcomes, strict=True):
            latest[machine.reference, session.replica] = outcome
    return latest


def _job_counts(world: World) -> dict[str, int]:
    scheduled = [job for job in world.view.of("job").all() if job.schedule_configured and job.schedule_enabled]
    replicas = sum(job.job_type == "Replica" for job in scheduled)
    return {
        "RunningJobs": len(
            {session.job_id for session in world.runs.live() if session.visible and session.of_machines}
        ),
        "ScheduledJobs": len(scheduled),
        "ScheduledBackupJobs": len(scheduled) - replicas,
        "ScheduledReplicaJobs": replicas,
    }


def overview(world: World) -> dict[str, Any]:
    """Each backup server is a proxy as well, as after its installation."""
    results = [outcome.result for outcome in _latest_states(world).values()]
    counts = _job_counts(world)
    return {
        "BackupServers": len(world.state.servers),
        "ProxyServers": len(world.state.servers),
        "RepositoryServers": len(world.state.repositories),
        "RunningJobs": counts["RunningJobs"],
        "ScheduledJobs": counts["ScheduledJobs"],
        "SuccessfulVmLastestStates": results.count("Success"),
        "WarningVmLastestStates": results.count("Warning"),
        "FailedVmLastestStates": results.count("Failed"),
    }


def vms_overview(world: World) -> dict[str, Any]:
    backups = world.runs.backups
    backups.settle()
    points = backups.vm_points()
    sizes = {item.machine.reference: item.size for item in points}
    backed_up = set(sizes)
    replicated = set()
    latest = _latest_states(world)
    for (reference, replica), outcome in latest.items():
        if replica and outcome.result != "Failed":
            replicated.add(reference)
            sizes.setdefault(reference, outcome.size)
    good = sum(outcome.result != "Failed" for (_reference, replica), outcome in latest.items() if not replica)
    all_ = sum(not replica for _reference, replica in latest)
    files = [file for file in backups.files() if not file.backup.of_agents]
    return {
        "ProtectedVms": len(backed_up | replicated),
        "BackedUpVms": len(backed_up),
        "ReplicatedVms": len(replicated),
        "RestorePoints": len(points),
        "FullBackupPointsSize": sum(file.size for file in files if file.file_type == "vbk"),
        "IncrementalBackupPointsSize": sum(file.size for file in files if file.file_type != "vbk"),
        "ReplicaRestorePointsSize": 0,
        "SourceVmsSize": sum(sizes.values()),
        "SuccessBackupPercents": 100 * good // all_ if all_ else 0,
        "ProtectedVmsReportLink": _PROTECTED_VMS_PAGE,
    }


def job_statistics(world: World) -> dict[str, Any]:
    """Of the last hours, as the switch says. Durations in seconds."""
    since = world.clock.utc() - timedelta(hours=world.switches["report_hours"])
    sessions = _sessions(world, since)
    results = [session.result for session in sessions]

    def longest(replica: bool) -> tuple[int, str]:
        found = [(session.duration, session.job_name) for session in sessions if session.replica == replica]
        return max(found, default=(0, ""))

    backup, replica = longest(replica=False), longest(replica=True)
    return {
        **_job_counts(world),
        "TotalJobRuns": len(sessions),
        "SuccessfulJobRuns": results.count("Success"),
        "WarningsJobRuns": results.count("Warning"),
        "FailedJobRuns": results.count("Failed"),
        "MaxJobDuration": max(backup[0], replica[0]),
        "MaxBackupJobDuration": backup[0],
        "MaxReplicaJobDuration": replica[0],
        "MaxDurationBackupJobName": backup[1],
        "MaxDurationReplicaJobName": replica[1],
        "BackupJobStatusReportLink": _JOB_STATUS_PAGE,
    }


def processed_vms(world: World) -> dict[str, Any]:
    """How many machines each of the last days has processed, today first."""
    today = world.clock.utc().replace(hour=0, minute=0, second=0, microsecond=0)
    days = [today - timedelta(days=number) for number in range(DAYS)]
    counts = {day: [0, 0] for day in days}
    for session in _sessions(world, days[-1]):
        day = session.created.replace(hour=0, minute=0, second=0, microsecond=0)
        counts[day][session.replica] += sum(outcome.result != "Failed" for outcome in session.outcomes)
    return {
        "Day": [
            {"Timestamp": utc_text(day), "BackupedVms": counts[day][0], "ReplicatedVms": counts[day][1]}
            for day in days
        ]
    }  # fmt: skip


def repository(world: World) -> dict[str, Any]:
    periods = [
        {
            "Name": item.name, "Capacity": item.capacity, "FreeSpace": item.free_space,
            "BackupSize": max(0, item.capacity - item.free_space),
        }
        for item in world.state.repositories.values()
    ]  # fmt: skip
    return {"Period": periods, "CapacityPlanningReportLink": _CAPACITY_PAGE}
