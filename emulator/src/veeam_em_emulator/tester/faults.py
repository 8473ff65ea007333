# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: what goes wrong on which request. This file only decides; ``pipeline`` and ``api`` carry out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Answer from the transport: the request is carried out or not, then no proper answer follows
SILENT = frozenset({"reset_before", "reset_after", "stall"})
# Answer in place of the real one
REPLACING = frozenset(
    {"empty", "garbage", "html", "status", "redirect", "huge_body", "gzip_bomb", "endless_body", "endless_headers",
     "dtd", "entities", "deep_json"}
)  # fmt: skip
# The real answer, damaged or slowed down
DAMAGING = frozenset({"drip", "cut", "bom", "content_type", "slow_headers", "other_origin_hrefs"})
# Change what the server does
BEHAVIOUR = frozenset(
    {"expire_session", "lose_task", "finish_without_link", "rename_clone", "never_finish", "stay_operation_finished",
     "late_job", "allow_duplicates", "endless_pages"}
)  # fmt: skip
CONNECTION = frozenset({"refuse"})
NAMES = SILENT | REPLACING | DAMAGING | BEHAVIOUR | CONNECTION
# Not carried out unless `process: true` says so; every other fault carries out unless `process: false`
NOT_PROCESSED = frozenset({"reset_before", "stall", "status", "redirect"})
# A client that gets one of these has the answer all the same. One that bears with a wrong content type or a slow
# answer polls its task, and then it is no matter that the job look-ups of others count as well.
HARMLESS = frozenset({"bom", "other_origin_hrefs", "refuse"}) | BEHAVIOUR

PARAMETERS: Mapping[str, frozenset[str]] = {
    "reset_before": frozenset(),
    "reset_after": frozenset(),
    "stall": frozenset({"process"}),
    "drip": frozenset({"interval", "part", "framing"}),
    "cut": frozenset({"at", "framing", "reset"}),
    "empty": frozenset({"process"}),
    "garbage": frozenset({"process", "part", "size"}),
    "bom": frozenset(),
    "html": frozenset({"process"}),
    "content_type": frozenset({"type"}),
    "status": frozenset({"code", "retry_after", "body", "message", "process"}),
    "redirect": frozenset({"location", "code", "process"}),
    "expire_session": frozenset({"scope"}),
    "lose_task": frozenset(),
    "finish_without_link": frozenset(),
    "rename_clone": frozenset({"name"}),
    "never_finish": frozenset({"job"}),
    "stay_operation_finished": frozenset({"job"}),
    "late_job": frozenset({"seconds", "queries", "refresh"}),
    "allow_duplicates": frozenset(),
    "huge_body": frozenset({"size", "process"}),
    "gzip_bomb": frozenset({"size", "process"}),
    "endless_body": frozenset({"process"}),
    "endless_headers": frozenset({"process"}),
    "endless_pages": frozenset(),
    "slow_headers": frozenset({"interval"}),
    "other_origin_hrefs": frozenset({"origin"}),
    "dtd": frozenset({"process", "system"}),
    "entities": frozenset({"process", "depth"}),
    "deep_json": frozenset({"process", "depth"}),
    "refuse": frozenset(),
}
CLONE_FAULTS = frozenset(
    {"finish_without_link", "rename_clone", "never_finish", "stay_operation_finished", "late_job", "allow_duplicates"}
)


_JOB = r"/+jobs/+[^/?]+"
_MOUNTS = r"/+\w+Points/+[^/?]+/+mounts"
# What a client wants to do: method, and an expression for ``path?query``
ACTIONS: Mapping[str, tuple[str, str]] = {
    "log_on": ("POST", r"/+sessionMngr\b"),
    "log_out": ("DELETE", r"/+logonSessions/+[^/?]+"),
    **{
        # those of file share jobs are part of the path
        name: ("POST", rf"{_JOB}(/*\?(.*&)?action=|/+){action}\b")
        for name, action in (
            ("clone", "clone"), ("start", "start"), ("stop", "stop"), ("retry", "retry"), ("sync", "sync"),
            ("toggle", "toggleScheduleEnabled"),
        )
    },
    "add_link": ("POST", rf"{_JOB}/+linked(Jobs|BackupRepositories)\b"),
    "remove_link": ("DELETE", rf"{_JOB}/+linked(Jobs|BackupRepositories)/+[^/?]+"),
    "enable_policy": ("POST", r"/+cdpPolicies/+[^/?]+/*\?(.*&)?action=enable\b"),
    "disable_policy": ("POST", r"/+cdpPolicies/+[^/?]+/*\?(.*&)?action=disable\b"),
    "edit": ("PUT", rf"{_JOB}/*($|\?)"),
    "delete": ("DELETE", rf"{_JOB}/*($|\?)"),
    "add_object": ("POST", rf"{_JOB}/+includes\b"),
    "remove_object": ("DELETE", rf"{_JOB}/+includes/+[^/?]+"),
    "stop_session": ("POST", r"/+backupSessions/+[^/?]+/*\?(.*&)?action=stop\b"),
    "collect": ("POST", r"/+backupServers/+[^/?]+/*\?(.*&)?action=collect\b"),
    "quick_backup": ("POST", r"/+backupServers/+[^/?]+/*\?(.*&)?action=quickbackup\b"),
    "veeamzip": ("POST", r"/+backupServers/+[^/?]+/*\?(.*&)?action=veeamzip\b"),
    "restore": ("POST", r"/+(vm|vApp)RestorePoints/+[^/?]+/*\?(.*&)?action=restore\b"),
    "failover": ("POST", r"/+vmReplicaPoints/+[^/?]+/*\?(.*&)?action=failover\b"),
    "start_failover_plan": ("POST", r"/+failoverPlans/+[^/?]+/*\?(.*&)?action=start\b"),
    "undo_failover_plan": ("POST", r"/+failoverPlans/+[^/?]+/*\?(.*&)?action=undo\b"),
    "edit_failover_plan": ("PUT", r"/+failoverPlans/+[^/?]+"),
    "mount": ("POST", rf"{_MOUNTS}/*($|\?)"),
    "unmount": ("DELETE", rf"{_MOUNTS}/+[^/?]+/*($|\?)"),
    "restore_files": ("POST", rf"({_MOUNTS}/+[^/?]+|/+guestfs)/+[^?]+\?(.*&)?action=restore\b"),
    "browse_catalog": ("POST", r"/+catalog/+vms/.*\?(.*&)?action=browse\b"),
    "add_credentials": ("POST", r"/+credentials/*\?(.*&)?action=create\b"),
    "read_task": ("GET", r"/+tasks/+[^/?]+"),
    "cancel_task": ("DELETE", r"/+tasks/+[^/?]+"),
    "read_job": ("GET", rf"{_JOB}/*($|\?)"),
    "list_jobs": ("GET", r"/+jobs/*($|\?)|/+query/*\?(.*&)?type=(Job|AgentBackupJob|NasJob)(&|$)"),
    "read_objects": ("GET", rf"{_JOB}/+includes\b"),
    "look_up": ("GET", r"/+lookup/*\?"),
    "read_session": ("GET", r"/+(backup|replica)Sessions/+[^/?]+/*($|\?)"),
    "list_sessions": (
        "GET",
        rf"({_JOB})?/+(backup|replica)Sessions/*($|\?)|/+query/*\?(.*&)?type=(Backup|Replica)JobSession(&|$)",
    ),
    "read_backups": ("GET", r"/+backups\b|/+query/*\?(.*&)?type=Backup(&|$)"),
    "read_points": (
        "GET",
        r"/api/+(agents/+)?(vm|vApp|agent)?RestorePoints\b(?!.*/mounts)"
        r"|/+query/*\?(.*&)?type=(Vm|vApp|Agent)?RestorePoint(&|$)",
    ),
    "read_restores": ("GET", r"/+restoreSessions\b|/+query/*\?(.*&)?type=RestoreSession(&|$)"),
    "read_replicas": (
        "GET", r"/api/+(replicas|vmReplicaPoints)\b(?!.*/mounts)|/+query/*\?(.*&)?type=(Replica|VmReplicaPoint)(&|$)"
    ),
    "read_failover_plans": ("GET", r"/+failoverPlans\b|/+query/*\?(.*&)?type=FailoverPlan(&|$)"),
    "read_files": ("GET", rf"{_MOUNTS}\b|/+catalog\b"),
    "read_machines": (
        "GET",
        r"Sessions/+[^/?]+/+(task|repl?icaTask)Sessions|/+query/*\?(.*&)?type=(Backup|Replica)TaskSession(&|$)",
    ),
}  # fmt: skip


class FaultError(ValueError):
    """The specification of a fault does not hold."""


@dataclass
class Fault:
    """on: which matching request is the first that it hits (1 is the next one); count: how many from there, 0 for all.

    path: regular expression, searched in ``path?query`` (``/api/...``) as it was sent and percent-decoded.
    action: name of what stands in method and path, see ``ACTIONS``.
    """

    id: int
    fault: str
    method: str | None = None
    path: str | None = None
    on: int = 1
    count: int = 1
    parameters: dict[str, Any] = field(default_factory=dict)
    action: str | None = None
    matched: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        flags = re.IGNORECASE if self.action else 0
        self._pattern = re.compile(self.path, flags) if self.path else None

    @property
    def anywhere(self) -> bool:
        return self.method is None and self.path is None

    def matches(self, method: str, targets: tuple[str, ...]) -> bool:
        if self.method is not None and self.method != method:
            return False
        return self._pattern is None or any(self._pattern.search(target) for target in targets)

    def due(self) -> bool:
        """Count one more match; whether the fault hits it."""
        self.matched += 1
        hit = self.matched >= self.on and (self.count == 0 or self.matched < self.on + self.count)
        self.fired += hit
        return hit

    @property
    def processes(self) -> bool:
        default = self.fault not in NOT_PROCESSED
        return bool(self.parameters.get("process", default))

    def as_dict(self) -> dict[str, Any]:
        spec: dict[str, Any] = {"id": self.id, "fault": self.fault, "method": self.method, "path": self.path}
        if self.action:
            spec["action"] = self.action
        spec.update(on=self.on, count=self.count, **self.parameters)
        return {**spec, "matched": self.matched, "fired": self.fired}


class Faults:
    """The active faults and a record of those that fired: dicts with id, fault, request, method, path."""

    def __init__(self) -> None:
        self.active: list[Fault] = []
        self.fired: list[dict[str, Any]] = []
        self._next_id = 1

    def add(self, spec: Mapping[str, Any]) -> int:
        fault = parse_fault(spec, self._next_id)
        self._next_id += 1
        self.active.append(fault)
        return fault.id

    def remove(self, identity: int) -> bool:
        kept = [fault for fault in self.active if fault.id != identity]
        found = len(kept) < len(self.active)
        self.active = kept
        return found

    def clear(self) -> None:
        self.active = []

    def for_request(self, method: str, targets: tuple[str, ...], number: int, path: str) -> list[Fault]:
        """The faults that hit this request, in the order in which they were added."""
        hits = []
        for fault in self.active:
            if fault.fault == "refuse" and fault.anywhere:
                continue
            if not fault.matches(method, targets):
                continue
            if fault.fault == "refuse":
                # here `count` counts connections; the request only starts it
                fault.matched += 1
                if fault.matched != fault.on:
                    continue
            elif not fault.due():
                continue
            hits.append(fault)
            self.fired.append({"id": fault.id, "fault": fault.fault, "request": number, "method": method, "path": path})
        return hits

    def for_connection(self) -> bool:
        """Whether a new connection is refused."""
        refused = False
        for fault in self.active:
            if fault.fault != "refuse":
                continue
            if fault.anywhere:
                hit = fault.due()
            else:
                hit = fault.matched >= fault.on and (fault.count == 0 or fault.fired < fault.count)
                fault.fired += hit
            if hit:
                self.fired.append({"id": fault.id, "fault": "refuse", "request": None, "method": None, "path": None})
                refused = True
        return refused


def parse_fault(spec: Mapping[str, Any], identity: int) -> Fault:
    """Checks names and values (FaultError)."""
    values = dict(spec)
    name = values.pop("fault", None)
    if name not in NAMES:
        raise FaultError(f"there is no fault {name!r}; there are {', '.join(sorted(NAMES))}")
    method, path = values.pop("method", None), values.pop("path", None)
    on, count = values.pop("on", 1), values.pop("count", 1)
    action = values.pop("action", None)
    if action is not None:
        if action not in ACTIONS:
            raise FaultError(f"fault {name}: there is no action {action!r}; there are {', '.join(sorted(ACTIONS))}")
        if method is not None or path is not None:
            raise FaultError(f"fault {name}: action stands for method and path, give one or the other")
        method, path = ACTIONS[action]
    unknown = set(values) - PARAMETERS[name]
    if unknown:
        raise FaultError(f"fault {name} has no parameter {', '.join(sorted(map(str, unknown)))}")
    for label, number, least in (("on", on, 1), ("count", count, 0)):
        if isinstance(number, bool) or not isinstance(number, int) or number < least:
            raise FaultError(f"fault {name}: {label} must be a whole number, {least} or more")
    if name == "status" and not (isinstance(values.get("code"), int) and 100 <= values["code"] <= 599):
        raise FaultError("fault status needs a code from 100 to 599")
    if name == "redirect" and not values.get("location"):
        raise FaultError("fault redirect needs a location")
    if name in CLONE_FAULTS and method is None and path is None:
        # they change a clone, so that is what they wait for
        method, path = "POST", r"[?&]action=clone\b"
    try:
        return Fault(identity, name, method.upper() if method else None, path, on, count, values, action)
    except re.error as error:
        raise FaultError(f"fault {name}: path {path!r} is not a valid regular expression: {error}") from None
