# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CDP policies and their sessions as EM's resources (em_rest get_cdppolicies_id, cdppolicies_id_includes,
cdpreplicasessions_id, cdpreplicatasksessions_id)."""

from __future__ import annotations

from typing import Any

from ..estate.cdp import CdpPolicy
from ..estate.jobs import Job, JobObject
from ..wire.links import Link
from ..wire.types import CDP_GUEST, CDP_SCHEDULE, Field, Type, fields, list_of
from ..work.cdp_sessions import CdpSession, CdpTaskSession
from .kind import Kind, Style
from .links import up_to_server

OBJECT_IN_POLICY = Type(
    (
        *fields("ObjectInJobId", "HierarchyObjRef", "Name", "DisplayName"),
        Field("Order", sparse=True),  # up to REST 1.6
        Field("GuestProcessingOptions", "object", CDP_GUEST),
    ),
    base="resource",
)
_INFO = Type(
    (
        list_of("Includes", "ObjectInJob", OBJECT_IN_POLICY),
        Field("GuestProcessingOptions", "object", CDP_GUEST),
    )
)
_POLICY = Type(
    (
        *fields("PolicyType", "Platform", "Description", "ScheduleConfigured", "ScheduleEnabled", "NextRun"),
        Field("PolicyScheduleOptions", "object", Type((Field("CdpReplica", "object", CDP_SCHEDULE),))),
        Field("CdpPolicyInfo", "object", Type((Field("CdpReplicaPolicyInfo", "object", _INFO),))),
    ),
    base="entity",
)
# IsRetry is first in JSON and last in XML
_SESSION = Type(
    (
        Field("IsRetry", "json"),
        *fields(
            "PolicyUid",
            "PolicyName",
            "PolicyType",
            "CreationTimeUTC",
            "EndTimeUTC",
            "State",
            "Result",
            "Progress",
            "FailureMessage",
        ),
        Field("IsRetry", "xml"),
    ),
    base="entity",
)
_TASK = Type(
    fields("PolicySessionUid", "CreationTimeUTC", "EndTimeUTC", "State", "Result", "Reason", "TotalSize"),
    fields("VmDisplayName"),
    base="entity",
)


def _policy_reference(policy: CdpPolicy, _style: Style) -> dict[str, Any]:
    return {
        "Type": "CdpPolicyReference",
        "Href": policy.path,
        "Name": policy.name,
        "UID": policy.uid,
        "Links": (
            up_to_server(policy.server),
            Link("Alternate", f"{policy.path}?format=Entity", policy.name, "CdpPolicy"),
            Link("Down", f"{policy.path}/cdpReplicaSessions", type="CdpReplicaSessionReferenceList"),
        ),
    }


def _guest_of(item: JobObject, style: Style) -> dict[str, Any]:
    """The persistent agent since REST 1.7."""
    guest = dict(item.guest)
    if style.product not in ("12", "13"):
        snapshot = guest["VssSnapshotOptions"]
        guest["VssSnapshotOptions"] = {
            name: value for name, value in snapshot.items() if name != "UsePersistentGuestAgent"
        }
    return guest


def object_in_policy(policy: Job, item: JobObject, with_links: bool, style: Style) -> dict[str, Any]:
    """Inside the entity of the policy without links."""
    path = f"{policy.path}/includes/{item.id}"
    values: dict[str, Any] = {
        "Type": "ObjectInJob",
        "Href": path,
        "ObjectInJobId": item.id,
        "HierarchyObjRef": item.reference,
        "Name": item.name,
        "DisplayName": item.name,
        "Order": policy.objects.index(item) if style.order else None,
        "GuestProcessingOptions": _guest_of(item, style),
    }
    if with_links:
        up = Link("Up", f"{policy.path}?format=Entity", policy.name, "CdpPolicy")
        values["Links"] = (Link("Delete", path), up)
    return values


def _policy_entity(policy: CdpPolicy, style: Style) -> dict[str, Any]:
    path = policy.path
    action = "disable" if policy.schedule_enabled else "enable"
    return {
        "Type": "CdpPolicy",
        "Href": f"{path}?format=Entity",
        "Name": policy.name,
        "UID": policy.uid,
        "Links": (
            up_to_server(policy.server),
            Link("Alternate", path, policy.name, "CdpPolicyReference"),
            Link("Edit", path, policy.name, "CdpPolicyReference"),
            Link("Down", f"{path}/includes", type="ObjectInJobList"),
            Link("Create", f"{path}/includes", type="ObjectInJob"),
            Link("Down", f"{path}/cdpReplicaSessions", type="CdpReplicaSessionReferenceList"),
            Link(action.capitalize(), f"{path}?action={action}"),
        ),
        "PolicyType": policy.job_type,
        "Platform": policy.platform,
        "Description": policy.description,
        "ScheduleConfigured": policy.schedule_configured,
        "ScheduleEnabled": policy.schedule_enabled,
        "NextRun": style.next_run(policy),
        "PolicyScheduleOptions": policy.schedule,
        "CdpPolicyInfo": {
            "CdpReplicaPolicyInfo": {
                "Includes": [object_in_policy(policy, item, with_links=False, style=style) for item in policy.objects],
                "GuestProcessingOptions": policy.guest,
            }
        },
    }


def _session(item: CdpSession, alternate: Link, kind: str, href: str) -> dict[str, Any]:
    return {
        "Type": kind,
        "Href": href,
        "Name": item.name,
        "UID": item.uid,
        "Links": (
            up_to_server(item.server),
            Link("Up", f"/cdpPolicies/{item.policy_id}", item.policy_name, "CdpPolicyReference"),
            alternate,
            Link(
                "Down",
                f"/cdpReplicaSessions/{item.id}/cdpReplicaTaskSessions",
                type="CdpReplicaTaskSessionReferenceList",
            ),
        ),
    }


def _session_reference(item: CdpSession, _style: Style) -> dict[str, Any]:
    path = f"/cdpReplicaSessions/{item.id}"
    alternate = Link("Alternate", f"{path}?format=Entity", item.name, "CdpReplicaSession")
    return _session(item, alternate, "CdpReplicaSessionReference", path)


def _session_entity(item: CdpSession, _style: Style) -> dict[str, Any]:
    path = f"/cdpReplicaSessions/{item.id}"
    alternate = Link("Alternate", path, item.name, "CdpReplicaSessionReference")
    return {
        **_session(item, alternate, "CdpReplicaSession", f"{path}?format=Entity"),
        "PolicyUid": item.policy_uid,
        "PolicyName": item.policy_name,
        "PolicyType": "CdpReplica",
        "CreationTimeUTC": item.created_text,
        "EndTimeUTC": item.end_text or None,
        "State": item.state,
        "Result": item.result,
        "Progress": 0,
        "FailureMessage": "",
        "IsRetry": False,
    }


def _task(item: CdpTaskSession, alternate: Link, kind: str, href: str) -> dict[str, Any]:
    session = item.session
    return {
        "Type": kind,
        "Href": href,
        "Name": item.name,
        "UID": item.uid,
        "Links": (
            up_to_server(item.server),
            Link("Up", f"/cdpReplicaSessions/{session.id}", session.name, "CdpReplicaSessionReference"),
            alternate,
        ),
    }


def _task_reference(item: CdpTaskSession, _style: Style) -> dict[str, Any]:
    path = f"/cdpReplicaTaskSessions/{item.id}"
    alternate = Link("Alternate", f"{path}?format=Entity", item.name, "CdpReplicaTaskSession")
    return _task(item, alternate, "CdpReplicaTaskSessionReference", path)


def _task_entity(item: CdpTaskSession, _style: Style) -> dict[str, Any]:
    """The Href is that of a replica's, as printed."""
    path = f"/cdpReplicaTaskSessions/{item.id}"
    alternate = Link("Alternate", path, item.name, "CdpReplicaTaskSessionReference")
    return {
        **_task(item, alternate, "CdpReplicaTaskSession", f"/replicaTaskSessions/{item.id}?format=Entity"),
        "PolicySessionUid": item.session.uid,
        "CreationTimeUTC": item.session.created_text,
        "EndTimeUTC": item.session.end_text or None,
        "State": item.state,
        "Result": item.result,
        "Reason": item.reason or None,
        "TotalSize": item.size,
        "VmDisplayName": item.machine.name,
    }


POLICY = Kind("CdpPolicy", "CdpPolicies", _POLICY, _policy_entity, _policy_reference, "/cdpPolicies", "CDP policy")
CDP_SESSION = Kind(
    "CdpReplicaSession", "CdpReplicaSessions", _SESSION, _session_entity, _session_reference, "/cdpReplicaSessions",
    "CDP session", queried="CdpPolicySession",
)  # fmt: skip
CDP_TASK_SESSION = Kind(
    "CdpReplicaTaskSession", "CdpReplicaTaskSessions", _TASK, _task_entity, _task_reference,
    "/cdpReplicaTaskSessions", "CDP task session",
)  # fmt: skip
