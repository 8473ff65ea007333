# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs of all kinds, as the state file and the console describe them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from . import defaults
from .agents import AGENT_PLATFORMS, AgentJob
from .cdp import CDP_PLATFORMS, GUEST_OF_MACHINE, CdpPolicy
from .entries import check_keys, identity_of, need, one_of, repository_of, server_of
from .file_shares import FileServer, LongTerm, NasJob, NasObject
from .ids import stable_id, vm_reference
from .inventory import platform_of
from .jobs import JOB_TYPES, PLATFORMS, Job, JobObject
from .run_plans import RunError, parse_plan
from .servers import BackupServer
from .state import State, StateError

_COMMON = {
    "name", "id", "backup_server", "description", "schedule_configured", "schedule_enabled", "next_run", "daily_at",
    "repository", "objects", "runs", "next_runs",
}  # fmt: skip
JOB_KEYS: Mapping[str, set[str]] = {
    "job": {
        *_COMMON,
        "type",
        "platform",
        "folder_name",
        "vm_suffix",
        "replica_host",
        "linked_jobs",
        "linked_repositories",
        "linked_backups",
    },
    "agent": {*_COMMON, "platform", "policy", "keep_days"},
    "cdp": {*_COMMON - {"repository", "next_runs", "next_run", "daily_at"}, "platform", "session_at"},
    "nas": {*_COMMON, "short_term", "short_term_type", "long_term"},
}


def job_of_entry(state: State, entry: Mapping[str, Any], place: str, kind: str = "job") -> Job:
    """A job as the state file describes it; it is not added to the state. kind: see ``Job``."""
    if kind not in JOB_KEYS:
        raise StateError(f"{place}: kind {kind!r} is not one of {', '.join(JOB_KEYS)}")
    check_keys(entry, JOB_KEYS[kind], place)
    known = _settings(state, entry, place, kind)
    job = {"job": _job, "agent": _agent_job, "nas": _nas_job, "cdp": _cdp_policy}[kind](state, entry, known, place)
    job.objects = objects_of_entry(state, job, entry.get("objects"), place)
    return job


def objects_of_entry(state: State, job: Job, entries: Any, place: str = "job") -> tuple[JobObject, ...]:
    """Each a name, or a mapping with ``name`` and more."""
    objects: list[JobObject] = []
    for entry in entries or ():
        entry = {"name": entry} if isinstance(entry, str) else entry
        label = need(entry, "name", f"{place}, objects")
        identity = identity_of(entry, "object", job.id, label)
        if isinstance(job, NasJob):
            objects.append(_path(state, job, entry, label, identity, place))
        elif isinstance(job, AgentJob):
            _check_computers(state, job, label, place)
            objects.append(JobObject(identity, label, "", defaults.GUEST_OF_COMPUTER))
        else:
            reference = entry.get("ref") or _inventory_reference(state, job.server, job.platform, label)
            guest = GUEST_OF_MACHINE if job.kind == "cdp" else defaults.GUEST_OF_OBJECT
            objects.append(JobObject(identity, label, str(reference), guest))
    return tuple(objects)


def _settings(state: State, entry: Mapping[str, Any], place: str, kind: str) -> dict[str, Any]:
    """What jobs of all kinds have."""
    name, server = need(entry, "name", place), server_of(state, entry, place)
    identity = identity_of(entry, "job" if kind == "job" else f"{kind} job", server.name, name)
    plain = ("description", "schedule_configured", "schedule_enabled")
    known: dict[str, Any] = {key: entry[key] for key in plain if key in entry}
    if "next_run" in entry:
        known["next_run"] = str(entry["next_run"] or "")
    if "daily_at" in entry:
        clock = str(entry["daily_at"])
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", clock):
            raise StateError(f"{place}: daily_at {entry['daily_at']!r} is not a time of day such as 22:00 (in quotes)")
        known["schedule"] = defaults.daily_at(clock)
    try:
        if entry.get("runs") is not None:
            known["runs"] = parse_plan(entry["runs"])
        known["next_runs"] = tuple(parse_plan(plan) for plan in entry.get("next_runs") or ())
    except RunError as error:
        raise StateError(f"{place}: {error}") from None
    repository = repository_of(state, server, entry.get("repository"), place)
    return {"name": name, "id": identity, "server": server, "repository": repository, **known}


def _job(state: State, entry: Mapping[str, Any], known: dict[str, Any], place: str) -> Job:
    kind = one_of(entry.get("type", "Backup"), JOB_TYPES, "type", place)
    copies = "Copy" in kind
    platform = one_of(entry.get("platform") or ("CustomPlatform" if copies else "VMware"), PLATFORMS, "platform", place)
    identity = known["id"]
    linked = []
    for label in entry.get("linked_jobs") or ():
        # a job of machines before an agent job of that name
        found = sorted(state.jobs_named(str(label)), key=lambda job: job.kind != "job")
        if not found:
            raise StateError(
                f"{place}: linked job {label!r} is neither above it in jobs nor an agent or file share job"
            )
        linked.append((stable_id("linked", identity, str(label)), found[0].id))
    linked_repositories = []
    for label in entry.get("linked_repositories") or ():
        fitting = [item for item in state.repositories.values() if label in (item.name, item.id)]
        if not fitting:
            raise StateError(f"{place}: linked repository {label!r} is not in repositories")
        linked_repositories.append((stable_id("linked repository", identity, str(label)), fitting[0].id))
    linked_backups = tuple(
        (stable_id("linked backup", identity, str(backup)), str(backup).lower())
        for backup in entry.get("linked_backups") or ()
    )
    return Job(
        **known, job_type=kind, platform=platform, folder_name=str(entry.get("folder_name") or known["name"]),
        vm_suffix=entry.get("vm_suffix"), replica_host=_root(state, entry.get("replica_host"), place),
        linked_jobs=tuple(linked), linked_repositories=tuple(linked_repositories), linked_backups=linked_backups,
    )  # fmt: skip


def _root(state: State, named: Any, place: str) -> str | None:
    """Id of a hierarchy root, which is given by name or id."""
    if not named:
        return None
    found = next((root.id for root in state.roots.values() if named in (root.name, root.id)), None)
    if found is None:
        raise StateError(f"{place}: replica_host {named!r} is not in hierarchy_roots")
    return found


def _agent_job(state: State, entry: Mapping[str, Any], known: dict[str, Any], place: str) -> AgentJob:
    platform = one_of(entry.get("platform", AGENT_PLATFORMS[0]), AGENT_PLATFORMS, "platform", place)
    kept = {**defaults.RETENTION, "RetainDaysToKeep": int(entry.get("keep_days", 7))}
    return AgentJob(
        **known, platform=platform, folder_name=known["name"], policy=bool(entry.get("policy", False)), retention=kept
    )


def _check_computers(state: State, job: Job, name: str, place: str) -> None:
    groups = [group.name for group in state.groups.values() if group.server is job.server]
    computers = [computer.name for computer in state.computers.values() if computer.server is job.server]
    if name not in (*groups, *computers):
        raise StateError(f"{place}, objects: {name!r} is no protection group and no computer of {job.server.name}")


def _nas_job(state: State, entry: Mapping[str, Any], known: dict[str, Any], place: str) -> NasJob:
    long_term, kept = None, entry.get("long_term")
    if kept is not None:
        where = f"{place}, long_term"
        check_keys(kept, ("period", "type", "repository", "file_types"), where)
        repository = repository_of(state, known["server"], need(kept, "repository", where), where)
        assert repository is not None
        long_term = LongTerm(
            int(kept.get("period", 3)), one_of(kept.get("type", "Year"), ("Month", "Year"), "type", where), repository,
            str(kept.get("file_types") or ""),
        )  # fmt: skip
    return NasJob(
        **known, folder_name=known["name"], short_term=int(entry.get("short_term", 28)), long_term=long_term,
        short_term_type=one_of(entry.get("short_term_type", "Day"), ("Day", "Month"), "short_term_type", place),
    )  # fmt: skip


def _cdp_policy(state: State, entry: Mapping[str, Any], known: dict[str, Any], place: str) -> CdpPolicy:
    platform = one_of(entry.get("platform", "VMware"), CDP_PLATFORMS, "platform", place)
    session_at = str(entry.get("session_at", CdpPolicy.session_at))
    if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?", session_at) is None:
        raise StateError(f"{place}: session_at: {session_at!r} is not a time of day such as 09:12 (in quotes)")
    return CdpPolicy(**known, platform=platform, folder_name=known["name"], session_at=_full_time(session_at))


def _full_time(text: str) -> str:
    """With all digits that ``datetime.fromisoformat`` wants."""
    whole, dot, fraction = text.partition(".")
    return f"{whole}{dot}{fraction.ljust(6, '0')}" if dot else whole


def _path(state: State, job: Job, entry: Mapping[str, Any], label: str, identity: str, place: str) -> NasObject:
    where = f"{place}, objects"
    check_keys(entry, ("name", "id", "file_server", "include", "exclude"), where)
    file_server = _file_server(state, job.server, label, entry.get("file_server"), where)
    masks = {key: None if entry.get(key) is None else tuple(map(str, entry[key])) for key in ("include", "exclude")}
    return NasObject(
        identity, label, f"urn:NasBackup:BackupServer:{file_server.host_id}", file_server=file_server,
        included=masks["include"], excluded=masks["exclude"],
    )  # fmt: skip


def _file_server(state: State, server: BackupServer, path: str, named: Any, place: str) -> FileServer:
    """The one of that name, else the one whose name the path begins with."""
    own = [item for item in state.file_servers.values() if item.server is server]
    fitting = [item for item in own if named == item.name or named is None and path.startswith(item.name)]
    if not fitting:
        raise StateError(f"{place}: no file server of {server.name} fits {named or path!r}")
    return max(fitting, key=lambda item: len(item.name))


def listed_reference(state: State, server: BackupServer, platform: str, name: str) -> str | None:
    """The object of that name in the inventory of the server."""
    for root in state.roots.values():
        if root.server is server and platform_of(root.host_type) == platform:
            reference = state.reference_named(root, name)
            if reference is not None:
                return reference
    return None


def _inventory_reference(state: State, server: BackupServer, platform: str, name: str) -> str:
    """The object of that name in the inventory of the job's server; where there is none, one that no lookup finds."""
    listed = listed_reference(state, server, platform, name)
    return listed or vm_reference(server.name, f"vm-{int(stable_id(name)[:3], 16)}", platform)
