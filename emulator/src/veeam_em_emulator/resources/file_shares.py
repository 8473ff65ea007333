# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""File share jobs and file servers as EM's resources (em_rest nas, nas_jobs_id, nas_jobs_id_includes,
nas_fileservers_id; the job recorded on 10)."""

from __future__ import annotations

from typing import Any

from ..estate.file_shares import FileServer, NasJob, NasObject
from ..wire.links import Link
from ..wire.types import OTHER_SCHEDULE_OPTIONS, Field, Type, fields, list_of
from .kind import Kind, Style
from .links import up_to_server

_MASK = Type((Field("Extension", "repeat", json_name="Extensions"),))
NAS_OBJECT = Type(
    (
        *fields("HierarchyObjRef", "ObjectInJobId", "FileOrFolder", "FileServerUid"),
        Field("InclusionMask", "object", _MASK),
        Field("ExclusionMask", "object", _MASK),
    ),
    base="resource",
)
_KEEP_HISTORY = Type(
    fields("LongtermRetentionType", "LongtermRetentionPeriod", "BackupRepositoryUid", "ArchiveFileTypes")
)
_ACL = Type((Field("ACL", "object", Type(fields("FileAttributesChangeTrackingMode"))),))
_STORAGE_OPTIONS = Type(
    (
        *fields(
            "BackupRepositoryUid", "ShorttermRetentionType", "ShorttermRetentionPeriod", "LongtermRetentionEnabled"
        ),
        Field("KeepFileVersionsHistoryOptions", "object", _KEEP_HISTORY),
        Field("AdvancedStorageOptions", "object", _ACL),
    )
)
_NAS_JOB = Type(
    (
        Field("Description"),
        list_of("Includes", "NASObject", NAS_OBJECT),
        Field("StorageOptions", "object", _STORAGE_OPTIONS),
        *fields("ScheduleConfigured", "ScheduleEnabled", "NextRun"),
        Field("JobScheduleOptions", "object", OTHER_SCHEDULE_OPTIONS),
    ),
    base="entity",
)
_FILE_SERVER = Type(
    (
        *fields("ServerType", "HierarchyObjRef"),
        Field("SmbServerOptions", "object", Type(fields("Path", "CredentialsId"))),
        Field("NfsServerOptions", "object", Type(fields("Path"))),
        Field("FileServerOptions", "object", Type(fields("ServerUid"))),
        Field("ProcessingOptions", "object", Type(fields("ServerUid", "CacheRepositoryUid"))),
        Field("NASServerAdvancedOptions", "object", Type(fields("ProcessingMode", "StorageSnapshotPath"))),
    ),
    base="entity",
)


def service() -> dict[str, Any]:
    """get_nas. Its links are not printed; those of /agents are taken as a model."""
    lists = (
        ("jobs", "NasJobReferenceList", "NasJobList"),
        ("backupSessions", "BackupJobSessionReferenceList", "BackupJobSessionList"),
        ("fileServers", "FileServerReferenceList", "FileServerList"),
    )
    references = [Link("Down", f"/nas/{path}", type=kind) for path, kind, _unused in lists]
    entities = [Link("Down", f"/nas/{path}?format=Entity", type=kind) for path, _unused, kind in lists]
    return {"Type": "NasService", "Href": "/nas", "Links": (*references, *entities)}


def _job_reference(job: NasJob, _style: Style) -> dict[str, Any]:
    """The Href is that of an agent job: recorded on 10, and printed for 13."""
    return {
        "Type": "NasJobReference",
        "Href": f"/agents/jobs/{job.id}",
        "Name": job.name,
        "UID": job.uid,
        "Links": (
            up_to_server(job.server),
            Link("Alternate", f"{job.path}?format=Entity", job.name, "NasJob"),
            Link("Down", f"{job.path}/backupSessions", type="BackupJobSessionReferenceList"),
        ),
    }


def _mask(masks: tuple[str, ...] | None) -> dict[str, Any] | None:
    return None if masks is None else {"Extension": masks}


def nas_object(job: NasJob, item: NasObject, with_links: bool) -> dict[str, Any]:
    """Inside a job entity without links."""
    server = item.file_server
    assert server is not None
    values: dict[str, Any] = {
        "Type": "NasObject",
        "Href": f"{job.path}/includes/{item.id}",
        "HierarchyObjRef": item.reference,
        "ObjectInJobId": item.id,
        "FileOrFolder": item.name,
        "FileServerUid": server.uid,
        "InclusionMask": _mask(item.included),
        "ExclusionMask": _mask(item.excluded),
    }
    if with_links:
        values["Links"] = (
            Link("Up", f"{job.path}?format=Entity", job.name, "Job"),
            Link("Related", f"/nas/fileServers/{server.id}?format=Entity", server.name, "FileServer"),
        )
    return values


def nas_object_of_row(row: Any) -> dict[str, Any]:
    """Of the query service: with its job and its path, see ``ObjectRow``."""
    return nas_object(row.job, row.machine, with_links=True)


def objects_of(job: NasJob, with_links: bool) -> list[dict[str, Any]]:
    return [nas_object(job, item, with_links) for item in job.objects if isinstance(item, NasObject)]


def _storage(job: NasJob) -> dict[str, Any]:
    kept, repository = job.long_term, job.repository
    history = None
    if kept is not None:
        history = {
            "LongtermRetentionType": kept.period_type, "LongtermRetentionPeriod": kept.period,
            "BackupRepositoryUid": kept.repository.uid, "ArchiveFileTypes": kept.file_types,
        }  # fmt: skip
    return {
        "BackupRepositoryUid": repository.uid if repository is not None else None,
        "ShorttermRetentionType": job.short_term_type,
        "ShorttermRetentionPeriod": job.short_term,
        "LongtermRetentionEnabled": kept is not None,
        "KeepFileVersionsHistoryOptions": history,
        "AdvancedStorageOptions": {"ACL": {"FileAttributesChangeTrackingMode": "TrackOnlyFolderAttributesChanges"}},
    }


def _job_entity(job: NasJob, style: Style) -> dict[str, Any]:
    path = job.path
    return {
        "Type": "NasJob",
        "Href": f"{path}?format=Entity",
        "Name": job.name,
        "UID": job.uid,
        "Links": (
            up_to_server(job.server),
            Link("Alternate", path, job.name, "JobReference"),
            Link("Down", f"{path}/includes", type="NasObjectList"),
            Link("ToggleScheduleEnabled", f"{path}/toggleScheduleEnabled"),
            Link("Down", f"{path}/backupSessions", type="BackupJobSessionReferenceList"),
            Link("Start", f"{path}/start"),
            Link("Stop", f"{path}/stop"),
            Link("Retry", f"{path}/retry"),
        ),
        "Description": job.description,
        "Includes": objects_of(job, with_links=False),
        "StorageOptions": _storage(job),
        "ScheduleConfigured": job.schedule_configured,
        "ScheduleEnabled": job.schedule_enabled,
        "NextRun": style.next_run(job),
        "JobScheduleOptions": job.schedule,
    }


def _file_server_reference(item: FileServer, _style: Style) -> dict[str, Any]:
    """The Href is that of a repository, as printed."""
    path = f"/nas/fileServers/{item.id}"
    return {
        "Type": "FileServerReference",
        "Href": f"/repositories/{item.id}",
        "Name": item.name,
        "UID": item.uid,
        "Links": (up_to_server(item.server), Link("Alternate", f"{path}?format=Entity", item.name, "FileServer")),
    }


def _file_server_entity(item: FileServer, _style: Style) -> dict[str, Any]:
    path = f"/nas/fileServers/{item.id}"
    own: dict[str, Any] = {
        "SmbServer": {"SmbServerOptions": {"Path": item.name, "CredentialsId": item.credentials_id}},
        "NfsServer": {"NfsServerOptions": {"Path": item.name}},
    }.get(item.server_type, {"FileServerOptions": {"ServerUid": item.uid}})
    return {
        "Type": "FileServer",
        "Href": f"{path}?format=Entity",
        "Name": item.name,
        "UID": item.uid,
        "Links": (up_to_server(item.server), Link("Alternate", path, item.name, "FileServerReference")),
        "ServerType": item.server_type,
        "HierarchyObjRef": item.reference,
        **own,
        "ProcessingOptions": {
            "ServerUid": item.uid, "CacheRepositoryUid": item.cache.uid if item.cache is not None else None,
        },
        "NASServerAdvancedOptions": {
            "ProcessingMode": item.processing_mode, "StorageSnapshotPath": item.snapshot_path,
        },
    }  # fmt: skip


NAS_JOB = Kind("NASJob", "NASJobs", _NAS_JOB, _job_entity, _job_reference, "/nas/jobs", "file share job")
FILE_SERVER = Kind(
    "FileServer", "FileServers", _FILE_SERVER, _file_server_entity, _file_server_reference, "/nas/fileServers",
    "file server",
)  # fmt: skip
