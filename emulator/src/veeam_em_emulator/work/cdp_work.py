# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done with CDP policies: they are enabled, disabled and edited (em_rest post_cdppolicies_id_actionenable,
put_cdppolicies_id)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..estate.cdp import CdpPolicy
from ..estate.history import By
from ..estate.jobs import Job
from ..wire.bodies import text_of
from ..wire.errors import refused
from ..wire.types import CDP_GUEST, CDP_SCHEDULE
from .edit import Edit, Reader
from .job_work import JobWork
from .world import World

SO_ALREADY = "the policy is so already"


class SetEnabled(JobWork):
    """It sets, it does not flip."""

    def __init__(self, world: World, job: Job, by: By, enabled: bool) -> None:
        super().__init__(world, job, by)
        self.enabled = enabled

    def change(self, job: Job) -> str | None:
        if job.schedule_enabled == self.enabled and self.world.switches["policy_so_already"] == "task_failed":
            return refused(SO_ALREADY)
        self.apply(job, "enabled" if self.enabled else "disabled", {"schedule_enabled": self.enabled})
        return None


class CdpEdit(Edit):
    """A partial policy. What it does not have stays as it is."""

    def __init__(self, policy: CdpPolicy, values: Mapping[str, Any], rules: Mapping[str, Any]) -> None:
        self._values = _with_values(values)
        self._rules = rules
        self._reader = Reader(rules)
        self.changes(policy, str)

    def changes(self, job: Job, new_id: Callable[[], str]) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        if self._values.get("Description") is not None:
            changes["description"] = text_of(dict(self._values), "Description")
        schedule = self._reader.block(self._values, "PolicyScheduleOptions", "CdpReplica")
        if schedule:
            merged = self._reader.merge(CDP_SCHEDULE, job.schedule["CdpReplica"], schedule)
            changes["schedule"] = {"CdpReplica": merged}
        info = self._reader.block(self._values, "CdpPolicyInfo", "CdpReplicaPolicyInfo")
        guest = self._reader.block(info, "GuestProcessingOptions")
        if guest:
            changes["guest"] = self._reader.merge(CDP_GUEST, job.guest, guest)
        if info.get("Includes") is not None:
            changes["objects"] = self._objects(job, info["Includes"], new_id)
        return changes


def _with_values(value: Any) -> Any:
    """The page prints the days of a schedule with ``#text`` in JSON, where answers have ``Value``."""
    if isinstance(value, dict):
        return {"Value" if name == "#text" else name: _with_values(item) for name, item in value.items()}
    return [_with_values(item) for item in value] if isinstance(value, list) else value
