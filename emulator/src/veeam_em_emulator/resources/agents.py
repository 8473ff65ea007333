# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agent jobs, protection groups and computers as EM's resources (em_rest agents, agents_jobs_id,
agents_jobs_id_includes, agents_protectiongroups_id, agents_discoveredcomputers_id)."""

from __future__ import annotations

from typing import Any

from ..estate.agents import DiscoveredComputer, ProtectionGroup
from ..estate.jobs import Job, JobObject
from ..wire.links import Link
from ..wire.types import (
    GFS_RETENTION_POLICY,
    GUEST,
    GUEST_PROCESSING_OPTIONS,
    OTHER_SCHEDULE_OPTIONS,
    SIMPLE_RETENTION_POLICY,
    Field,
    Type,
    fields,
    list_of,
)
from .kind import Kind, Style
from .links import up_to_server

OBJECT_IN_AGENT_JOB = Type(
    (
        *fields("ObjectInJobId", "Name", "DisplayName"),
        Field("Order", sparse=True),  # up to REST 1.6
        Field("GuestProcessingOptions", "object", GUEST_PROCESSING_OPTIONS),
    ),
    base="resource",
)
_AGENT_JOB_INFO = Type(
    (
        list_of("Includes", "ObjectInAgentBackupJob", OBJECT_IN_AGENT_JOB),
        GUEST,
        Field("GfsRetentionPolicy", "object", GFS_RETENTION_POLICY),
        Field("SimpleRetentionPolicy", "object", SIMPLE_RETENTION_POLICY),
    )
)
_AGENT_JOB = Type(
    (
        *fields("JobType", "Platform", "Description", "ScheduleConfigured", "ScheduleEnabled", "NextRun"),
        Field("JobScheduleOptions", "object", OTHER_SCHEDULE_OPTIONS),
        Field("JobInfo", "object", _AGENT_JOB_INFO),
    ),
    base="entity",
)
_PROTECTION_GROUP = Type(fields("RescanScheduleEnabled", "HierarchyObjRef"), base="entity")
_DISCOVERED_COMPUTER = Type(
    fields("HostStatus", "AgentVersion", "AgentStatus", "OsVersion", "IpAddress", "HierarchyObjRef"), base="entity"
)
# Path below /agents, Type of references, Type of entities: two of them are not what the lists are
_LISTS = (
    ("jobs", "JobReferenceList", "JobList"),
    ("agentRestorePoints", "AgentRestorePointReferenceList", "AgentRestorePointList"),
    ("backups", "BackupReferenceList", "BackupList"),
    ("restorePoints", "RestorePointReferenceList", "RestorePointList"),
    ("backupFiles", "RestorePointReferenceList", "RestorePointList"),
    ("backupSessions", "BackupJobSessionReferenceList", "BackupJobSessionList"),
    ("protectionGroups", "AgentProtectionGroupReferenceList", "AgentProtectionGroupList"),
    ("discoveredComputers", "DiscoveredComputerReferenceList", "DiscoveredComputerList"),
)


def service() -> dict[str, Any]:
    """get_agents, 13.1."""
    references = [Link("Down", f"/agents/{path}", type=kind) for path, kind, _unused in _LISTS]
    entities = [Link("Down", f"/agents/{path}?format=Entity", type=kind) for path, _unused, kind in _LISTS]
    return {"Type": "AgentsService", "Href": "/agents", "Links": (*references, *entities)}


def _job_reference(job: Job, _style: Style) -> dict[str, Any]:
    return {
        "Type": "AgentBackupJobReference",
        "Href": job.path,
        "Name": job.name,
        "UID": job.uid,
        "Links": (
            up_to_server(job.server),
            Link("Alternate", f"{job.path}?format=Entity", job.name, "Job"),
            Link("Down", f"{job.path}/backupSessions", type="BackupJobSessionReferenceList"),
        ),
    }


def object_in_job(job: Job, item: JobObject, style: Style) -> dict[str, Any]:
    """A protection group or a computer: nothing tells which. Without links, in a list too."""
    return {
        "Type": "ObjectInAgentBackupJob",
        "Href": f"{job.path}/includes/{item.id}",
        "ObjectInJobId": item.id,
        "Name": item.name,
        "DisplayName": item.name,
        "Order": job.objects.index(item) if style.order else None,
        "GuestProcessingOptions": item.guest,
    }


def _job_entity(job: Job, style: Style) -> dict[str, Any]:
    def action(name: str) -> str:
        return f"{job.path}?action={name}"

    return {
        "Type": "AgentBackupJob",
        "Href": f"{job.path}?format=Entity",
        "Name": job.name,
        "UID": job.uid,
        "Links": (
            up_to_server(job.server),
            Link("Alternate", job.path, job.name, "JobReference"),
            Link("Down", f"{job.path}/includes", type="ObjectInJobList"),
            Link("ToggleScheduleEnabled", action("toggleScheduleEnabled")),
            Link("Down", f"{job.path}/backupSessions", type="BackupJobSessionReferenceList"),
            Link("Start", action("start")),
            Link("Stop", action("stop")),
            Link("Retry", action("retry")),
        ),
        "JobType": job.job_type,
        "Platform": job.platform,
        "Description": job.description,
        "ScheduleConfigured": job.schedule_configured,
        "ScheduleEnabled": job.schedule_enabled,
        "NextRun": style.next_run(job),
        "JobScheduleOptions": job.schedule,
        "JobInfo": {
            "Includes": [object_in_job(job, item, style) for item in job.objects],
            "GuestProcessingOptions": job.guest,
            "GfsRetentionPolicy": job.gfs,
            "SimpleRetentionPolicy": job.retention,
        },
    }


def _group_links(group: ProtectionGroup, alternate: Link) -> tuple[Link, ...]:
    computers = f"/agents/protectionGroups/{group.id}/discoveredComputers?format=Entity"
    return (up_to_server(group.server), alternate, Link("Down", computers, type="DiscoveredComputerList"))


def _group_reference(group: ProtectionGroup, _style: Style) -> dict[str, Any]:
    path = f"/agents/protectionGroups/{group.id}"
    alternate = Link("Alternate", f"{path}?format=Entity", group.name, "AgentProtectionGroup")
    return {
        "Type": "AgentProtectionGroupReference",
        "Href": path,
        "Name": group.name,
        "UID": group.uid,
        "Links": _group_links(group, alternate),
    }


def _group_entity(group: ProtectionGroup, _style: Style) -> dict[str, Any]:
    path = f"/agents/protectionGroups/{group.id}"
    return {
        "Type": "AgentProtectionGroup",
        "Href": f"{path}?format=Entity",
        "Name": group.name,
        "UID": group.uid,
        "Links": _group_links(group, Link("Alternate", path, group.name, "AgentProtectionGroupReference")),
        "RescanScheduleEnabled": group.rescan,
        "HierarchyObjRef": group.reference,
    }


def _computer_reference(item: DiscoveredComputer, _style: Style) -> dict[str, Any]:
    """The Href is that of a task session: printed in every edition, and recorded on 12.3 and 13."""
    return {
        "Type": "DiscoveredComputerReference",
        "Href": f"/backupTaskSessions/{item.id}",
        "Name": item.name,
        "UID": item.uid,
        "Links": (
            up_to_server(item.server),
            Link("Alternate", f"/agents/discoveredComputers/{item.id}?format=Entity", item.name, "DiscoveredComputer"),
        ),
    }


def _computer_entity(item: DiscoveredComputer, _style: Style) -> dict[str, Any]:
    groups = (
        Link("Up", f"/agents/protectionGroups/{group.id}", group.name, "AgentProtectionGroupReference")
        for group in item.groups
    )
    return {
        "Type": "DiscoveredComputer",
        "Href": f"/backupTaskSessions/{item.id}?format=Entity",
        "Name": item.name,
        "UID": item.uid,
        "Links": (
            up_to_server(item.server),
            Link("Alternate", f"/agents/discoveredComputers/{item.id}", item.name, "DiscoveredComputerReference"),
            *groups,
        ),
        "HostStatus": item.host_status,
        "AgentVersion": item.agent_version,
        "AgentStatus": item.agent_status,
        "OsVersion": item.os_version,
        "IpAddress": item.ip_address,
        "HierarchyObjRef": item.reference,
    }


AGENT_JOB = Kind(
    "AgentBackupJob", "AgentBackupJobs", _AGENT_JOB, _job_entity, _job_reference, "/agents/jobs", "agent job",
    outer="AgentBackupJob",
)  # fmt: skip
PROTECTION_GROUP = Kind(
    "AgentProtectionGroup", "AgentProtectionGroups", _PROTECTION_GROUP, _group_entity, _group_reference,
    "/agents/protectionGroups", "protection group",
)  # fmt: skip
DISCOVERED_COMPUTER = Kind(
    "DiscoveredComputer", "DiscoveredComputers", _DISCOVERED_COMPUTER, _computer_entity, _computer_reference,
    "/agents/discoveredComputers", "discovered computer",
)  # fmt: skip
