# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what there is to the values of EM's resources: links, attributes, elements (see ``wire/types.py``)."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..estate.sessions import Session
from ..estate.state import BackupServer, HierarchyRoot, Job, JobObject, Repository
from ..wire.links import Link
from ..work.tasks import Task

THUMBPRINT = "00112233445566778899AABBCCDDEEFF00112233"


def _up(server: BackupServer) -> Link:
    return Link("Up", f"/backupServers/{server.id}", server.name, "BackupServerReference")


def _sessions_link(job: Job) -> Link:
    if job.job_type == "Replica":
        return Link("Down", f"/jobs/{job.id}/replicaSessions", type="ReplicaJobSessionReferenceList")
    return Link("Down", f"/jobs/{job.id}/backupSessions", type="BackupJobSessionReferenceList")


def job_reference(job: Job) -> dict[str, Any]:
    """em_rest jobs, jobs_id."""
    return {
        "Type": "JobReference",
        "Href": f"/jobs/{job.id}",
        "Name": job.name,
        "UID": job.uid,
        "Links": (
            _up(job.server),
            Link("Alternate", f"/jobs/{job.id}?format=Entity", job.name, "Job"),
            _sessions_link(job),
        ),
    }


def _action(job: Job, rel: str, action: str) -> Link:
    return Link(rel, f"/jobs/{job.id}?action={action}")


def _job_links(job: Job) -> tuple[Link, ...]:
    """em_rest get_jobs_id, examples 1 to 3."""
    path = f"/jobs/{job.id}"
    head = (_up(job.server), Link("Alternate", path, job.name, "JobReference"))
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


class Style(NamedTuple):
    """What a job has depends on the product. fractional: of NextRun. order: of objects (to REST 1.6). retention: shown.

    Recorded for 9.5 U4: neither retention nor GFS in the entity.
    """

    fractional: bool = False
    order: bool = False
    retention: bool = True


PLAIN = Style()


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
        "GuestProcessingOptions": machine.guest,
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
    if job.job_type == "Backup":
        info: dict[str, Any] = {
            "Includes": includes, "GuestProcessingOptions": job.guest, "AdvancedStorageOptions": job.storage,
        }  # fmt: skip
        if style.retention:
            info.update(GfsRetentionPolicy=job.gfs, SimpleRetentionPolicy=job.retention)
    elif job.job_type == "Replica":
        info = {"Includes": includes, "GuestProcessingOptions": job.guest}
    elif job.job_type == "BackupCopy":
        info = {
            "Includes": includes, "LinkedJobIncludes": linked, "AdvancedStorageOptions": job.storage,
            "LinkedBackupIncludes": (),
        }  # fmt: skip
    else:
        info = {
            "LinkedJobIncludes": linked, "LinkedBackupIncludes": (), "LinkedBackupRepositoryIncludes": repositories,
        }  # fmt: skip
    return {f"{job.job_type}JobInfo": info}


def job_entity(job: Job, style: Style = PLAIN) -> dict[str, Any]:
    """em_rest get_jobs_id."""
    # copy jobs print no NextRun (get_jobs_id, example 2)
    next_run = job.next_run if job.schedule_enabled and job.next_run and "Copy" not in job.job_type else None
    if next_run and style.fractional:
        next_run = next_run.replace("Z", ".0000000Z")
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
        "NextRun": next_run,
        "JobScheduleOptions": job.schedule,
        "JobInfo": job_info(job, style),
    }


def _repository_links(repository: Repository, other: str, other_path: str) -> tuple[Link, ...]:
    path = f"/repositories/{repository.id}"
    return (
        _up(repository.server),
        Link("Alternate", other_path, repository.name, other),
        Link("Down", f"{path}/backups", type="BackupReferenceList"),
        Link("Down", f"{path}/replicas", type="ReplicaReferenceList"),
    )


def repository_reference(repository: Repository) -> dict[str, Any]:
    path = f"/repositories/{repository.id}"
    return {
        "Type": "RepositoryReference",
        "Href": path,
        "Name": repository.name,
        "UID": repository.uid,
        "Links": _repository_links(repository, "Repository", f"{path}?format=Entity"),
    }


def repository_entity(repository: Repository) -> dict[str, Any]:
    path = f"/repositories/{repository.id}"
    return {
        "Type": "Repository",
        "Href": f"{path}?format=Entity",
        "Name": repository.name,
        "UID": repository.uid,
        "Links": _repository_links(repository, "RepositoryReference", path),
        "Capacity": repository.capacity,
        "FreeSpace": repository.free_space,
        "Kind": repository.kind,
    }


def _server_links(server: BackupServer, alternate: Link) -> tuple[Link, ...]:
    path = f"/backupServers/{server.id}"
    return (
        alternate,
        Link("Edit", path, type="BackupServerReference"),
        Link("Delete", path, type="BackupServerReference"),
        Link("Down", f"{path}/jobs", type="JobReferenceList"),
        Link("Down", f"{path}/managedServers", type="ManagedServerReferenceList"),
        Link("Down", f"{path}/repositories", type="RepositoryReferenceList"),
        Link("Start", f"{path}?action=collect"),
    )


def server_reference(server: BackupServer) -> dict[str, Any]:
    path = f"/backupServers/{server.id}"
    alternate = Link("Alternate", f"{path}?format=Entity", server.name, "BackupServer")
    return {
        "Type": "BackupServerReference",
        "Href": path,
        "Name": server.name,
        "UID": server.uid,
        "Links": _server_links(server, alternate),
    }


def server_entity(server: BackupServer) -> dict[str, Any]:
    """em_rest backupservers_id; the last two elements since REST 1.7."""
    path = f"/backupServers/{server.id}"
    values: dict[str, Any] = {
        "Type": "BackupServer",
        "Href": f"{path}?format=Entity",
        "Name": server.name,
        "UID": server.uid,
        "Links": _server_links(server, Link("Alternate", path, server.name, "BackupServerReference")),
        "Description": server.description,
        "Port": server.port,
        "Version": server.version,
    }
    if server.major >= 12:
        values.update(WcfPort=9405, VbrCertificateThumbprint=THUMBPRINT)
    return values


def root_reference(root: HierarchyRoot) -> dict[str, Any]:
    path = f"/hierarchyRoots/{root.id}"
    return {
        "Type": "HierarchyRootReference",
        "Href": path,
        "Name": root.name,
        "UID": root.uid,
        "Links": (_up(root.server), Link("Alternate", f"{path}?format=Entity", root.name, "HierarchyRoot")),
    }


def root_entity(root: HierarchyRoot) -> dict[str, Any]:
    """em_rest hierarchyroots_id."""
    path = f"/hierarchyRoots/{root.id}"
    return {
        "Type": "HierarchyRoot",
        "Href": f"{path}?format=Entity",
        "Name": root.name,
        "UID": root.uid,
        "Links": (
            _up(root.server),
            Link("Alternate", path, root.name, "HierarchyRootReference"),
            Link("Related", f"/managedServers/{root.id}?format=Entity", root.name, "ManagedServer"),
        ),
        "HierarchyRootId": root.id,
        "UniqueId": root.unique_id,
        "HostType": root.host_type,
    }


def hierarchy_item(reference: str, kind: str, name: str) -> dict[str, Any]:
    return {"Type": "HierarchyItem", "ObjectRef": reference, "ObjectType": kind, "ObjectName": name}


CATALOGUE = (
    Link("Up", "/", type="EnterpriseManager"),
    Link("Down", "/backupServers", type="BackupServerReferenceList"),
    Link("Down", "/jobs", type="JobReferenceList"),
    Link("Down", "/repositories", type="RepositoryReferenceList"),
    Link("Down", "/tasks", type="TaskList"),
    Link("Down", "/querySvc", type="QueryService"),
    Link("Down", "/lookupSvc", type="LookupService"),
    Link("Down", "/backupServers?format=Entity", type="BackupServerList"),
    Link("Create", "/backupServers?action=create"),
    Link("Down", "/jobs?format=Entity", type="JobList"),
    Link("Down", "/repositories?format=Entity", type="RepositoryList"),
)


def logon_session(session: Session, catalogue: bool) -> dict[str, Any]:
    """em_rest logging_on (with the service catalogue) and get_loginsessions (without)."""
    path = f"/logonSessions/{session.id}"
    return {
        "Type": "LogonSession",
        "Href": path,
        "Links": (*(CATALOGUE if catalogue else CATALOGUE[:1]), Link("Delete", path)),
        "UserName": session.user,
        "SessionId": session.id,
    }


def task(item: Task) -> dict[str, Any]:
    """em_rest tasks_id."""
    path = f"/tasks/{item.id}"
    return {
        "Type": "Task",
        "Href": path,
        "Links": (Link("Delete", path, type="Task", json_type=False), *item.links()),
        "TaskId": item.id,
        "State": item.state,
        "Operation": item.operation,
        "Result": item.result(),
    }


def enterprise_manager(versions: tuple[str, ...]) -> dict[str, Any]:
    """em_rest http_authentication."""
    return {
        "Links": (
            Link("Down", "/logonSessions", type="LogonSessionList"),
            Link("Create", "/sessionMngr/?v=latest", type="LogonSession"),
        ),
        "SupportedVersions": [
            {"Name": version, "Links": (Link("Create", f"/sessionMngr/?v={version}", type="LogonSession"),)}
            for version in versions
        ],
    }
