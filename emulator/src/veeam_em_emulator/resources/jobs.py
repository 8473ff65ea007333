# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How jobs are shown: links, attributes, elements (see ``wire/types.py``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..estate.jobs import Job, JobObject
from ..wire import types
from ..wire.links import Link
from .kind import Kind, Style
from .links import up_to_server


def _sessions_link(job: Job) -> Link:
    if job.job_type == "Replica":
        return Link("Down", f"/jobs/{job.id}/replicaSessions", type="ReplicaJobSessionReferenceList")
    return Link("Down", f"/jobs/{job.id}/backupSessions", type="BackupJobSessionReferenceList")


def job_reference(job: Job, _style: Style) -> dict[str, Any]:
    """em_rest jobs, jobs_id."""
    return {
        "Type": "JobReference",
        "Href": f"/jobs/{job.id}",
        "Name": job.name,
        "UID": job.uid,
        "Links": (
            up_to_server(job.server),
            Link("Alternate", f"/jobs/{job.id}?format=Entity", job.name, "Job"),
            _sessions_link(job),
        ),
    }


def _action(job: Job, rel: str, action: str) -> Link:
    return Link(rel, f"/jobs/{job.id}?action={action}")


def _job_links(job: Job) -> tuple[Link, ...]:
    """em_rest get_jobs_id, examples 1 to 3."""
    path = f"/jobs/{job.id}"
    head = (up_to_server(job.server), Link("Alternate", path, job.name, "JobReference"))
    clone, toggle = _action(job, "Clone", "clone"), _action(job, "ToggleScheduleEnabled", "toggleScheduleEnabled")
    if "Copy" in job.job_type:
        return (
            *head, clone, toggle, _sessions_link(job), _action(job, "Sync", "sync"),
            Link("Down", f"{path}/linkedJobs", type="LinkedJobObjectList"),
            Link("Down", f"{path}/linkedBackupRepositories", type="LinkedBackupRepositoryObjectList"),
            Link("Create", f"{path}/linkedJobs", type="LinkedJobObject"),
            Link("Create", f"{path}/linkedBackupRepositories", type="LinkedBackupRepositoryObject"),
        )  # fmt: skip
    return (
        *head, Link("Edit", path, job.name, "JobReference"), clone, toggle,
        Link("Down", f"{path}/includes", type="ObjectInJobList"), _sessions_link(job),
        Link("Create", f"{path}/includes", type="ObjectInJob"),
        _action(job, "Start", "start"), _action(job, "Stop", "stop"), _action(job, "Retry", "retry"),
    )  # fmt: skip


def _guest(options: Mapping[str, Any], style: Style) -> Mapping[str, Any]:
    """em_rest guestprocessingoptions; the persistent agent since REST 1.7 (resource_changes)."""
    snapshot = options.get("VssSnapshotOptions")
    if not style.persistent_agent or not snapshot:
        return options
    return {
        **options,
        "VssSnapshotOptions": {**snapshot, "UsePersistentGuestAgent": snapshot.get("UsePersistentGuestAgent", False)},
    }


def object_in_job(job: Job, machine: JobObject, with_links: bool, style: Style) -> dict[str, Any]:
    """em_rest jobs_id_includes; inside a job entity without links."""
    path = f"/jobs/{job.id}/includes/{machine.id}"
    values: dict[str, Any] = {
        "Type": "ObjectInJob",
        "Href": path,
        "ObjectInJobId": machine.id,
        "HierarchyObjRef": machine.reference,
        "Name": machine.name,
        "DisplayName": machine.name,
        "GuestProcessingOptions": _guest(machine.guest, style),
    }
    if style.order:
        values["Order"] = job.objects.index(machine)
    if with_links:
        values["Links"] = (Link("Delete", path), Link("Up", f"/jobs/{job.id}?format=Entity", job.name, "Job"))
    return values


def _linked(job: Job, values: dict[str, Any], collection: str, kind: str, with_links: bool) -> dict[str, Any]:
    """An object that a copy job copies; inside a job entity without links."""
    path = f"/jobs/{job.id}/{collection}/{values['ObjectInJobId']}"
    if with_links:
        up = Link("Up", f"/jobs/{job.id}?format=Entity", job.name, "Job")
        values.update(Type=kind, Href=path, Links=(up, Link("Delete", path)))
    return values


def linked_job(job: Job, oid: str, linked: str, with_links: bool) -> dict[str, Any]:
    """em_rest get_jobs_id_linked_jobs. linked: id of the job."""
    values = {"ObjectInJobId": oid, "LinkedJobUid": f"urn:veeam:Job:{linked}"}
    return _linked(job, values, "linkedJobs", "LinkedJobObject", with_links)


def linked_repository(job: Job, oid: str, linked: str, with_links: bool) -> dict[str, Any]:
    """em_rest get_jobs_id_linked_repositories. linked: id of the repository."""
    values = {"ObjectInJobId": oid, "LinkedBackupRepositoryUid": f"urn:veeam:Repository:{linked}"}
    return _linked(job, values, "linkedBackupRepositories", "LinkedBackupRepositoryObject", with_links)


def job_info(job: Job, style: Style) -> dict[str, Any]:
    """em_rest jobinfo."""
    includes = [object_in_job(job, machine, with_links=False, style=style) for machine in job.objects]
    linked = [linked_job(job, oid, id_, with_links=False) for oid, id_ in job.linked_jobs]
    repositories = [linked_repository(job, oid, id_, with_links=False) for oid, id_ in job.linked_repositories]
    backups = [{"ObjectInJobId": oid, "LinkedBackupUid": f"urn:veeam:Backup:{id_}"} for oid, id_ in job.linked_backups]
    if job.job_type == "Backup":
        info: dict[str, Any] = {
            "Includes": includes,
            "GuestProcessingOptions": _guest(job.guest, style),
            "AdvancedStorageOptions": job.storage,
        }
        if style.retention:
            info.update(GfsRetentionPolicy=job.gfs, SimpleRetentionPolicy=job.retention)
    elif job.job_type == "Replica":
        info = {"Includes": includes, "GuestProcessingOptions": _guest(job.guest, style)}
    elif job.job_type == "BackupCopy":
        info = {
            "Includes": includes, "LinkedJobIncludes": linked, "AdvancedStorageOptions": job.storage,
            "LinkedBackupIncludes": backups,
        }  # fmt: skip
    else:
        info = {
            "LinkedJobIncludes": linked, "LinkedBackupIncludes": backups,
            "LinkedBackupRepositoryIncludes": repositories,
        }  # fmt: skip
    return {f"{job.job_type}JobInfo": info}


def job_entity(job: Job, style: Style) -> dict[str, Any]:
    """em_rest get_jobs_id."""
    # copy jobs print no NextRun (get_jobs_id, example 2)
    return {
        "Type": "Job",
        "Href": f"/jobs/{job.id}?format=Entity",
        "Name": job.name,
        "UID": job.uid,
        "Links": _job_links(job),
        "JobType": job.job_type,
        "Platform": job.platform,
        "Description": job.description,
        "ScheduleConfigured": job.schedule_configured,
        "ScheduleEnabled": job.schedule_enabled,
        "NextRun": style.next_run(job) if "Copy" not in job.job_type else None,
        "JobScheduleOptions": job.schedule,
        "JobInfo": job_info(job, style),
    }


JOB = Kind("Job", "Jobs", types.JOB, job_entity, job_reference, "/jobs", "job")
