# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CDP policies: continuous replication, which nobody starts or stops (em_rest cdppolicies_id,
policyscheduleoptions)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .jobs import Job

_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
CDP_PLATFORMS = ("VMware", "vCloud")


def _week(hour: str) -> list[dict[str, str]]:
    return [{"Name": day, "Value": ",".join([hour] * 24)} for day in _DAYS]


def _limit(minutes: int) -> dict[str, Any]:
    return {"Enabled": True, "RPOThresholdSeconds": 0, "RPOThresholdMinutes": minutes}


SCHEDULE: dict[str, Any] = {
    "CdpReplica": {
        "RecoveryPointObjectiveSeconds": 30,
        "RecoveryPointObjectiveMinutes": 0,
        "RPOSchedule": {"TimePeriods": _week("1"), "Enabled": True},
        "RPOReporting": {"MarkAsWarning": _limit(2), "MarkAsFailed": _limit(5)},
        "ShortTermRetentionMinutes": 0,
        "ShortTermRetentionHours": 4,
        "LongTermRetentionHours": 8,
        "LongTermRetentionKeepDays": 7,
        "LongTermRetentionSchedule": {"TimePeriods": _week("2"), "Enabled": True},
    }
}


def _guest(mode: str) -> dict[str, Any]:
    snapshot = {"VssSnapshotMode": mode, "IsCopyOnly": True}
    return {"VssSnapshotOptions": snapshot, "WindowsCredentialsId": "", "LinuxCredentialsId": ""}


GUEST_OF_POLICY = _guest("Disabled")
GUEST_OF_MACHINE = {
    **_guest("RequireSuccess"),
    "VssSnapshotOptions": {"VssSnapshotMode": "RequireSuccess", "IsCopyOnly": True, "UsePersistentGuestAgent": False},
}


@dataclass(eq=False)
class CdpPolicy(Job):
    """session_at: time of day at which one of its sessions ends and the next one begins, in UTC."""

    kind: ClassVar[str] = "cdp"
    type_name: ClassVar[str] = "CdpPolicy"
    collection: ClassVar[str] = "/cdpPolicies"

    job_type: str = "CdpReplica"
    next_run: str = ""
    schedule: Mapping[str, Any] = field(default_factory=lambda: SCHEDULE)
    guest: Mapping[str, Any] = field(default_factory=lambda: GUEST_OF_POLICY)
    session_at: str = "09:12:44.317000"
