# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state file: YAML, read into a ``State``; every mistake in it is told with its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from ..wire.dialects import SERVER_VERSIONS
from . import imports, past_runs
from .accounts import ROLES, Account
from .ids import stable_id, vm_reference
from .imports import ImportedPoint, parse_import
from .infrastructure import Credentials, DiscoveredComputer
from .inventory import ORIGINAL, InventoryError, InventoryObject, delay_of, new_reference, platform_of
from .jobs import JOB_TYPES, PLATFORMS, Job, JobObject
from .past_runs import PastRuns, parse_past
from .run_plans import RunError, parse_plan
from .servers import BackupServer, HierarchyRoot, Repository
from .state import State, StateError


def read_state(source: str | Path | Mapping[str, Any] | None, product: str) -> tuple[State, Mapping[str, Any]]:
    """State and the whole document (it may also hold ``switches`` and ``faults``).

    source: a mapping, a path, the name of a shipped state (``demo``, ``minimal.yml``) or None for ``demo``.
    """
    document = source if isinstance(source, Mapping) else _read_file(str(source or "demo.yml"))
    return build_state(document, product), document


def _read_file(name: str) -> Mapping[str, Any]:
    path = Path(name)
    if path.is_file():
        stat = path.stat()
        return _parse(path.read_text(encoding="utf-8"), name, stat.st_mtime_ns)
    shipped = resources.files("veeam_em_emulator") / "states" / (name if name.endswith(".yml") else f"{name}.yml")
    if "/" not in name and shipped.is_file():
        return _parse(shipped.read_text(encoding="utf-8"), name, 0)
    raise StateError(f"there is no state file {name!r}, and no state of that name is shipped")


@lru_cache(maxsize=32)
def _parse(text: str, name: str, modified: int) -> Mapping[str, Any]:
    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise StateError(f"{name}: {error}") from None
    if not isinstance(document, dict):
        raise StateError(f"{name}: a mapping is expected at the top")
    return document


_SECTIONS = {
    "backup_servers": {"name", "id", "version", "port", "description", "online", "utc_offset"},
    "repositories": {"name", "id", "backup_server", "kind", "capacity", "free_space"},
    "hierarchy_roots": {"name", "id", "backup_server", "unique_id", "host_type", "objects"},
    "jobs": {
        "name", "id", "backup_server", "type", "platform", "description", "schedule_configured", "schedule_enabled",
        "next_run", "repository", "folder_name", "vm_suffix", "objects", "linked_jobs", "linked_repositories",
        "runs", "next_runs",
    },
    "credentials": {"username", "id", "backup_server", "description"},
    "computers": {
        "name", "id", "backup_server", "protection_group", "host_status", "agent_version", "agent_status", "os_version",
        "ip_address",
    },
    "accounts": {"user", "password", "role"},
    "sessions": past_runs.KEYS,
    "points": imports.KEYS,
}  # fmt: skip


def _section(document: Mapping[str, Any], name: str) -> Iterable[tuple[str, dict[str, Any]]]:
    """(place for messages, entry) of each entry, its keys checked."""
    entries = document.get(name) or []
    if not isinstance(entries, list):
        raise StateError(f"{name}: a list is expected")
    for number, entry in enumerate(entries, 1):
        place = f"{name}, entry {number}"
        if not isinstance(entry, dict):
            raise StateError(f"{place}: a mapping is expected")
        _check_keys(entry, name, place)
        yield place, dict(entry)


def _check_keys(entry: Mapping[str, Any], section: str, place: str) -> None:
    unknown = set(entry) - _SECTIONS[section]
    if unknown:
        raise StateError(f"{place}: unknown key {', '.join(sorted(map(str, unknown)))}")


def build_state(document: Mapping[str, Any], product: str) -> State:
    unknown = set(document) - {*_SECTIONS, "switches", "faults"}
    if unknown:
        raise StateError(f"unknown section {', '.join(sorted(map(str, unknown)))}")
    state = State()
    version, port = SERVER_VERSIONS[product]
    for place, entry in _section(document, "backup_servers"):
        name = _need(entry, "name", place)
        server = BackupServer(
            name=name, id=_identity(entry, "server", name), version=str(entry.get("version") or version),
            port=int(entry.get("port") or port), description=str(entry.get("description") or ""),
            online=bool(entry.get("online", True)), utc_offset=float(entry.get("utc_offset", 1)),
        )  # fmt: skip
        state.servers[server.id] = server
    for place, entry in _section(document, "repositories"):
        name, server = _need(entry, "name", place), _server(state, entry, place)
        known = {key: entry[key] for key in ("kind", "capacity", "free_space") if key in entry}
        identity = _identity(entry, "repository", server.name, name)
        state.repositories[identity] = Repository(name=name, id=identity, server=server, **known)
    for place, entry in _section(document, "hierarchy_roots"):
        name, server = _need(entry, "name", place), _server(state, entry, place)
        identity = _identity(entry, "root", server.name, name)
        host_type = str(entry.get("host_type", "VC"))
        objects = []
        for number, item in enumerate(entry.get("objects") or (), 1):
            objects.append(inventory_object(identity, host_type, item, number, f"{place}, objects"))
        state.roots[identity] = HierarchyRoot(
            name=name, id=identity, server=server, objects=tuple(objects), host_type=host_type,
            unique_id=str(entry.get("unique_id") or stable_id("unique", name)),
        )  # fmt: skip
    for place, entry in _section(document, "jobs"):
        state.add_job(job_of_entry(state, entry, place))
    for place, entry in _section(document, "sessions"):
        state.past_runs.append(_past_runs(state, entry, place))
    for place, entry in _section(document, "points"):
        state.imported.append(_imported(state, entry, place))
    for place, entry in _section(document, "credentials"):
        name, server = _need(entry, "username", place), _server(state, entry, place)
        description = str(entry.get("description") or "")
        identity = _identity(entry, "credentials", server.name, name, description)
        state.credentials[identity] = Credentials(identity, server, name, description)
    for place, entry in _section(document, "computers"):
        name, server = _need(entry, "name", place), _server(state, entry, place)
        identity = _identity(entry, "computer", server.name, name)
        texts = {key: str(entry[key]) for key in entry if key not in ("name", "id", "backup_server")}
        group = stable_id("group", server.name, texts.get("protection_group", DiscoveredComputer.protection_group))
        state.computers[identity] = DiscoveredComputer(identity, name, server, group_id=group, **texts)
    for place, entry in _section(document, "accounts"):
        role = str(entry.get("role", "Portal Administrator"))
        if role not in ROLES:
            raise StateError(f"{place}: role {role!r} is not one of {', '.join(ROLES)}")
        state.accounts.append(Account(_need(entry, "user", place), str(_need(entry, "password", place)), role))
    return state


def inventory_object(root_id: str, host_type: str, entry: Any, number: int, place: str) -> InventoryObject:
    """An object below a root: a name, or {name, ref, type, after, powered_on, data, members}."""
    entry = {"name": entry} if isinstance(entry, str) else entry
    if not isinstance(entry, dict):
        raise StateError(f"{place}: a name or a mapping is expected")
    unknown = set(entry) - {"name", "ref", "type", "after", "powered_on", "data", "members"}
    if unknown:
        raise StateError(f"{place}: unknown key {', '.join(sorted(map(str, unknown)))}")
    label, kind = _need(entry, "name", place), str(entry.get("type") or "Vm")
    identity = stable_id("inventory", root_id, kind, label)
    reference = str(entry.get("ref") or new_reference(root_id, host_type, kind, number, identity))
    after = str(entry.get("after") or 0)
    try:
        delay_of(after)
    except InventoryError as error:
        raise StateError(f"{place}: {error}") from None
    powered_on, members = entry.get("powered_on", True), entry.get("members")
    if not isinstance(powered_on, bool):
        raise StateError(f"{place}: powered_on is true or false")
    if members is not None and not isinstance(members, (list, tuple)):
        raise StateError(f"{place}: members: a list of names or references is expected")
    return InventoryObject(
        reference, kind, label, after, powered_on, str(entry.get("data") or ORIGINAL),
        None if members is None else tuple(map(str, members)),
    )  # fmt: skip


def _need(entry: Mapping[str, Any], key: str, place: str) -> str:
    if entry.get(key) in (None, ""):
        raise StateError(f"{place}: {key} is missing")
    return str(entry[key])


def _identity(entry: Mapping[str, Any], *parts: str) -> str:
    """The ``id`` of the entry, or one that is always the same for it."""
    return str(entry.get("id") or stable_id(*parts)).lower()


def _server(state: State, entry: Mapping[str, Any], place: str) -> BackupServer:
    name = entry.get("backup_server")
    if name is None and len(state.servers) == 1:
        return next(iter(state.servers.values()))
    server = state.server_named(str(name))
    if server is None:
        raise StateError(f"{place}: backup_server {name!r} is not in backup_servers")
    return server


def job_of_entry(state: State, entry: Mapping[str, Any], place: str) -> Job:
    """A job as the state file describes it; it is not added to the state."""
    _check_keys(entry, "jobs", place)
    name, server = _need(entry, "name", place), _server(state, entry, place)
    kind = str(entry.get("type", "Backup"))
    if kind not in JOB_TYPES:
        raise StateError(f"{place}: type {kind!r} is not one of {', '.join(JOB_TYPES)}")
    platform = str(entry.get("platform") or ("CustomPlatform" if "Copy" in kind else "VMware"))
    if platform not in PLATFORMS:
        raise StateError(f"{place}: platform {platform!r} is not one of {', '.join(PLATFORMS)}")
    identity = _identity(entry, "job", server.name, name)
    repository, wanted = None, entry.get("repository")
    if wanted:
        own = (item for item in state.repositories.values() if item.server is server)
        repository = next((item for item in own if item.name == wanted), None)
        if repository is None:
            raise StateError(f"{place}: repository {wanted!r} is not on {server.name}")
    linked = []
    for label in entry.get("linked_jobs") or ():
        found = state.jobs_named(str(label))
        if not found:
            raise StateError(f"{place}: linked job {label!r} is not above it in jobs")
        linked.append((stable_id("linked", identity, str(label)), found[0].id))
    linked_repositories = []
    for label in entry.get("linked_repositories") or ():
        fitting = [item for item in state.repositories.values() if label in (item.name, item.id)]
        if not fitting:
            raise StateError(f"{place}: linked repository {label!r} is not in repositories")
        linked_repositories.append((stable_id("linked repository", identity, str(label)), fitting[0].id))
    settings = ("description", "schedule_configured", "schedule_enabled", "vm_suffix")
    known: dict[str, Any] = {key: entry[key] for key in settings if key in entry}
    if "next_run" in entry:
        known["next_run"] = str(entry["next_run"] or "")
    try:
        if entry.get("runs") is not None:
            known["runs"] = parse_plan(entry["runs"])
        known["next_runs"] = tuple(parse_plan(plan) for plan in entry.get("next_runs") or ())
    except RunError as error:
        raise StateError(f"{place}: {error}") from None
    job = Job(
        name=name, id=identity, server=server, job_type=kind, platform=platform, repository=repository,
        folder_name=str(entry.get("folder_name") or name), linked_jobs=tuple(linked),
        linked_repositories=tuple(linked_repositories), **known,
    )  # fmt: skip
    job.objects = objects_of_entry(state, job, entry.get("objects"), place)
    return job


def objects_of_entry(state: State, job: Job, entries: Any, place: str = "job") -> tuple[JobObject, ...]:
    """Each a name, or {name, id, ref}."""
    objects = []
    for machine in entries or ():
        machine = {"name": machine} if isinstance(machine, str) else machine
        label = _need(machine, "name", f"{place}, objects")
        reference = machine.get("ref") or _inventory_reference(state, job.server, job.platform, label)
        objects.append(JobObject(_identity(machine, "object", job.id, label), label, str(reference)))
    return tuple(objects)


def _past_runs(state: State, entry: Mapping[str, Any], place: str) -> PastRuns:
    name, server = _need(entry, "job", place), entry.get("backup_server")
    fitting = [job for job in state.jobs_named(name) if job.name == name and server in (None, job.server.name)]
    if len(fitting) != 1:
        raise StateError(
            f"{place}: {len(fitting) or 'no'} jobs fit {name!r}" + ("" if server else ": give backup_server")
        )
    try:
        return parse_past(entry, fitting[0].id)
    except RunError as error:
        raise StateError(f"{place}: {error}") from None


def _imported(state: State, entry: Mapping[str, Any], place: str) -> ImportedPoint:
    name, server = _need(entry, "machine", place), _server(state, entry, place)
    own = [item for item in state.repositories.values() if item.server is server]
    wanted = entry.get("repository")
    repository = next((item for item in own if wanted in (None, item.name, item.id)), None)
    if repository is None:
        raise StateError(f"{place}: repository {wanted!r} is not on {server.name}")
    _need(entry, "created", place)
    backup = str(entry.get("backup") or name)
    ids = {
        "backup_id": stable_id("imported backup", server.name, repository.id, backup),
        "job_id": stable_id("imported job", server.name, backup),
        "session_id": stable_id("imported point", server.name, backup, name, str(entry["created"])),
    }
    if "ref" not in entry:
        platform = str(entry.get("platform") or "VMware")
        entry = {**entry, "ref": _listed_reference(state, server, platform, name)}
    try:
        return parse_import(entry, server, repository, ids)
    except (RunError, ValueError) as error:
        raise StateError(f"{place}: {error}") from None


def _listed_reference(state: State, server: BackupServer, platform: str, name: str) -> str | None:
    """The object of that name in the inventory of the server."""
    for root in state.roots.values():
        if root.server is server and platform_of(root.host_type) == platform:
            reference = state.reference_named(root, name)
            if reference is not None:
                return reference
    return None


def _inventory_reference(state: State, server: BackupServer, platform: str, name: str) -> str:
    """The object of that name in the inventory of the job's server; where there is none, one that no lookup finds."""
    listed = _listed_reference(state, server, platform, name)
    return listed or vm_reference(server.name, f"vm-{int(stable_id(name)[:3], 16)}", platform)
