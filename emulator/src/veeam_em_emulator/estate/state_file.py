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
from . import imports, past_runs, system_sessions
from .accounts import ACCOUNT_TYPES, SCOPE_STATES, UNPROCESSED, Account, Scope
from .agents import AGENT_PLATFORMS, AGENT_STATES, HOST_STATES, DiscoveredComputer, ProtectionGroup
from .entries import check_keys, identity_of, need, one_of, repository_of, server_of
from .file_shares import SERVER_TYPES, FileServer
from .ids import stable_id
from .imports import ImportedPoint, parse_import
from .infrastructure import EXTERNAL_TYPES, Credentials, EncryptionPassword, ExternalRepository, WanAccelerator
from .inventory import ORIGINAL, InventoryError, InventoryObject, delay_of, new_reference, split_reference
from .job_entries import JOB_KEYS, job_of_entry, listed_reference
from .past_runs import PastRuns, parse_past
from .plan_entries import PLAN_KEYS, plan_of_entry
from .roles import ADMINISTRATOR, ROLES
from .run_plans import RunError
from .servers import BackupServer, HierarchyRoot, Repository
from .state import State, StateError, not_one
from .system_sessions import PastSession, parse_past_session


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
    "backup_servers": {"name", "id", "version", "port", "description", "online", "utc_offset", "clock_ahead", "known"},
    "repositories": {"name", "id", "backup_server", "kind", "capacity", "free_space"},
    "hierarchy_roots": {"name", "id", "backup_server", "unique_id", "host_type", "objects"},
    "jobs": JOB_KEYS["job"],
    "agent_jobs": JOB_KEYS["agent"],
    "nas_jobs": JOB_KEYS["nas"],
    "cdp_policies": JOB_KEYS["cdp"],
    "credentials": {"username", "id", "backup_server", "description"},
    "external_repositories": {"name", "id", "backup_server", "type", "path", "used_space", "description"},
    "wan_accelerators": {"name", "id", "backup_server", "description", "version", "capacity", "high_bandwidth"},
    "encryption_passwords": {"hint", "id", "backup_server", "modified"},
    "computers": {
        "name", "id", "backup_server", "protection_group", "host_status", "agent_version", "agent_status", "os_version",
        "ip_address", "protection_groups",
    },
    "protection_groups": {"name", "id", "backup_server", "platform", "rescan", "object_id"},
    "file_servers": {
        "name", "id", "backup_server", "type", "host_id", "credentials", "cache_repository", "processing_mode",
        "snapshot_path",
    },
    "accounts": {"user", "password", "role", "roles", "id", "type", "restores_all", "scopes"},
    "failover_plans": PLAN_KEYS,
    "sessions": past_runs.KEYS,
    "points": imports.KEYS,
    "system_sessions": system_sessions.KEYS,
}  # fmt: skip


def _section(document: Mapping[str, Any], name: str) -> Iterable[tuple[str, dict[str, Any]]]:
    """(place for messages, entry) of each entry, its keys checked."""
    entries = document.get(name) or []
    if not isinstance(entries, list):
        raise StateError(f"{name}: a list is expected")
    for number, entry in enumerate(entries, 1):
        place = f"{name}, entry {number}"
        check_keys(entry, _SECTIONS[name], place)
        yield place, dict(entry)


def build_state(document: Mapping[str, Any], product: str) -> State:
    unknown = set(document) - {*_SECTIONS, "switches", "faults"}
    if unknown:
        raise StateError(f"unknown section {', '.join(sorted(map(str, unknown)))}")
    state = State()
    version, port = SERVER_VERSIONS[product]
    for place, entry in _section(document, "backup_servers"):
        name = need(entry, "name", place)
        server = BackupServer(
            name=name, id=identity_of(entry, "server", name), version=str(entry.get("version") or version),
            port=int(entry.get("port") or port), description=str(entry.get("description") or ""),
            online=bool(entry.get("online", True)), utc_offset=float(entry.get("utc_offset", 1)),
            clock_ahead=float(entry.get("clock_ahead", 0)),
        )  # fmt: skip
        (state.servers if entry.get("known", True) else state.other_servers)[server.id] = server
    for place, entry in _section(document, "repositories"):
        name, server = need(entry, "name", place), server_of(state, entry, place)
        known = {key: entry[key] for key in ("kind", "capacity", "free_space") if key in entry}
        identity = identity_of(entry, "repository", server.name, name)
        state.repositories[identity] = Repository(name=name, id=identity, server=server, **known)
    for place, entry in _section(document, "hierarchy_roots"):
        name, server = need(entry, "name", place), server_of(state, entry, place)
        identity = identity_of(entry, "root", server.name, name)
        host_type = str(entry.get("host_type", "VC"))
        objects = []
        for number, item in enumerate(entry.get("objects") or (), 1):
            objects.append(inventory_object(identity, host_type, item, number, f"{place}, objects"))
        state.roots[identity] = HierarchyRoot(
            name=name, id=identity, server=server, objects=tuple(objects), host_type=host_type,
            unique_id=str(entry.get("unique_id") or stable_id("unique", name)),
        )  # fmt: skip
    for place, entry in _section(document, "credentials"):
        name, server = need(entry, "username", place), server_of(state, entry, place)
        description = str(entry.get("description") or "")
        identity = identity_of(entry, "credentials", server.name, name, description)
        state.credentials[identity] = Credentials(identity, server, name, description)
    for place, entry in _section(document, "external_repositories"):
        external = _external_repository(state, entry, place)
        state.external_repositories[external.id] = external
    for place, entry in _section(document, "wan_accelerators"):
        accelerator = _wan_accelerator(state, entry, place)
        state.wan_accelerators[accelerator.id] = accelerator
    for place, entry in _section(document, "encryption_passwords"):
        hint, server = need(entry, "hint", place), server_of(state, entry, place)
        identity = identity_of(entry, "encryption password", server.name, hint)
        modified = str(entry.get("modified") or "2026-01-02T09:15:27.3+01:00")
        state.passwords[identity] = EncryptionPassword(identity, server, hint, modified)
    for place, entry in _section(document, "protection_groups"):
        group = _protection_group(state, entry, place)
        state.groups[group.id] = group
    for place, entry in _section(document, "computers"):
        computer = _computer(state, entry, place)
        state.computers[computer.id] = computer
    for place, entry in _section(document, "file_servers"):
        file_server = _file_server(state, entry, place)
        state.file_servers[file_server.id] = file_server
    # copy jobs may copy what is in the first two
    for section, kind in (("agent_jobs", "agent"), ("nas_jobs", "nas"), ("jobs", "job"), ("cdp_policies", "cdp")):
        for place, entry in _section(document, section):
            state.add_job(job_of_entry(state, entry, place, kind))
    for place, entry in _section(document, "failover_plans"):
        plan = plan_of_entry(state, entry, place)
        state.failover_plans[plan.id] = plan
    for place, entry in _section(document, "sessions"):
        state.past_runs.append(_past_runs(state, entry, place))
    for place, entry in _section(document, "points"):
        state.imported.append(_imported(state, entry, place))
    for place, entry in _section(document, "system_sessions"):
        state.past_system_sessions.append(_system_session(entry, place))
    for place, entry in _section(document, "accounts"):
        state.accounts.append(_account(state, entry, place))
    return state


def _account(state: State, entry: Mapping[str, Any], place: str) -> Account:
    given = entry.get("roles") or [entry.get("role", ADMINISTRATOR)]
    user = need(entry, "user", place)
    return Account(
        user, need(entry, "password", place), tuple(one_of(role, ROLES, "role", place) for role in given),
        identity_of(entry, "account", user), one_of(entry.get("type", "User"), ACCOUNT_TYPES, "type", place),
        bool(entry.get("restores_all", True)), tuple(_scope(state, item, place) for item in entry.get("scopes") or ()),
    )  # fmt: skip


def _scope(state: State, entry: Any, place: str) -> Scope:
    """root: name or id. ref: where the inventory of the root has no object of that name."""
    where = f"{place}, scopes"
    check_keys(entry, {"name", "id", "root", "ref", "platform", "type", "state"}, where)
    name, named = need(entry, "name", place), need(entry, "root", place)
    root = next((root for root in state.roots.values() if named in (root.name, root.id)), None)
    listed = state.reference_named(root, name) if root is not None else None
    reference = str(entry.get("ref") or listed or "")
    platform, kind, root_id, _own = split_reference(reference)
    return Scope(
        identity_of(entry, "scope", name, named), name, root.id if root is not None else root_id or named,
        str(entry.get("platform") or platform or "VMware"), str(entry.get("type") or kind or "Vm"),
        one_of(entry.get("state", UNPROCESSED), SCOPE_STATES, "state", where), reference,
    )  # fmt: skip


def _external_repository(state: State, entry: Mapping[str, Any], place: str) -> ExternalRepository:
    name, server = need(entry, "name", place), server_of(state, entry, place)
    kind = one_of(entry.get("type", EXTERNAL_TYPES[0]), EXTERNAL_TYPES, "type", place)
    return ExternalRepository(
        identity_of(entry, "external repository", server.name, name), name, server, kind,
        str(entry.get("path") or f"amazonS3://{name}"), int(entry.get("used_space") or 0),
        str(entry.get("description") or ""),
    )  # fmt: skip


def _wan_accelerator(state: State, entry: Mapping[str, Any], place: str) -> WanAccelerator:
    name, server = need(entry, "name", place), server_of(state, entry, place)
    return WanAccelerator(
        identity_of(entry, "wan accelerator", server.name, name), name, server, str(entry.get("description") or ""),
        str(entry.get("version") or server.version), int(entry.get("capacity") or 100),
        bool(entry.get("high_bandwidth", False)),
    )  # fmt: skip


def _protection_group(state: State, entry: Mapping[str, Any], place: str) -> ProtectionGroup:
    name, server = need(entry, "name", place), server_of(state, entry, place)
    identity = identity_of(entry, "group", server.name, name)
    platform = one_of(entry.get("platform", AGENT_PLATFORMS[0]), AGENT_PLATFORMS, "platform", place)
    object_id = str(entry.get("object_id") or stable_id("object", identity)).lower()
    return ProtectionGroup(identity, name, server, object_id, platform, bool(entry.get("rescan", True)))


def _computer(state: State, entry: Mapping[str, Any], place: str) -> DiscoveredComputer:
    """A group that is only named here is one for itself."""
    name, server = need(entry, "name", place), server_of(state, entry, place)
    named = entry.get("protection_groups") or [entry.get("protection_group", "Manually Added")]
    groups = []
    for label in map(str, named):
        own = (group for group in state.groups.values() if group.server is server and group.name == label)
        group = next(own, None) or _protection_group(state, {"name": label, "backup_server": server.name}, place)
        state.groups.setdefault(group.id, group)
        groups.append(group)
    one_of(entry.get("host_status", "Online"), HOST_STATES, "host_status", place)
    one_of(entry.get("agent_status", "Installed"), AGENT_STATES, "agent_status", place)
    texts = {key: str(entry[key]) for key in entry if key.split("_")[0] in ("host", "agent", "os", "ip")}
    version = texts.pop("agent_version", DiscoveredComputer.agent_version) or None
    identity = identity_of(entry, "computer", server.name, name)
    return DiscoveredComputer(identity, name, server, tuple(groups), agent_version=version, **texts)


def _file_server(state: State, entry: Mapping[str, Any], place: str) -> FileServer:
    name, server = need(entry, "name", place), server_of(state, entry, place)
    credentials, wanted = "", entry.get("credentials")
    if wanted:
        own = [item for item in state.credentials.values() if item.server is server]
        found = next((item for item in own if wanted in (item.id, item.username)), None)
        if found is None:
            raise StateError(f"{place}: credentials {wanted!r} are not on {server.name}")
        credentials = found.id
    return FileServer(
        id=identity_of(entry, "file server", server.name, name), name=name, server=server,
        host_id=str(entry.get("host_id") or stable_id("file server host", server.name, name)).lower(),
        server_type=one_of(entry.get("type", "SmbServer"), SERVER_TYPES, "type", place), credentials_id=credentials,
        cache=repository_of(state, server, entry.get("cache_repository"), place),
        processing_mode=str(entry.get("processing_mode") or "Direct"),
        snapshot_path=None if entry.get("snapshot_path") is None else str(entry["snapshot_path"]),
    )  # fmt: skip


def inventory_object(root_id: str, host_type: str, entry: Any, number: int, place: str) -> InventoryObject:
    """An object below a root: a name, or {name, ref, type, after, powered_on, data, members}."""
    entry = {"name": entry} if isinstance(entry, str) else entry
    if not isinstance(entry, dict):
        raise StateError(f"{place}: a name or a mapping is expected")
    check_keys(entry, ("name", "ref", "type", "after", "powered_on", "data", "members"), place)
    label, kind = need(entry, "name", place), str(entry.get("type") or "Vm")
    identity = stable_id("inventory", root_id, kind, label)
    reference = str(entry.get("ref") or new_reference(root_id, host_type, kind, number, identity))
    after = str(entry.get("after") or 0)
    try:
        delay_of(after)
    except InventoryError as error:
        raise StateError(f"{place}: {error}") from None
    powered_on, members = entry.get("powered_on", True), entry.get("members")
    if not isinstance(powered_on, bool):
        raise StateError(f"{place}: powered_on must be true or false")
    if members is not None and not isinstance(members, (list, tuple)):
        raise StateError(f"{place}: members: a list of names or references is expected")
    return InventoryObject(
        reference, kind, label, after, powered_on, str(entry.get("data") or ORIGINAL),
        None if members is None else tuple(map(str, members)),
    )  # fmt: skip


def _past_runs(state: State, entry: Mapping[str, Any], place: str) -> PastRuns:
    name, server = need(entry, "job", place), entry.get("backup_server")
    fitting = [job for job in state.jobs_named(name) if job.name == name and server in (None, job.server.name)]
    if len(fitting) != 1:
        raise StateError(f"{place}: {not_one(fitting, name, server)}")
    try:
        if fitting[0].kind == "cdp":
            raise RunError(f"{name!r} is a CDP policy, which has no runs")
        return parse_past(entry, fitting[0].id)
    except RunError as error:
        raise StateError(f"{place}: {error}") from None


def _system_session(entry: Mapping[str, Any], place: str) -> PastSession:
    identity = identity_of(entry, "system session", str(entry.get("type")), str(entry.get("ago", entry.get("created"))))
    try:
        return parse_past_session(entry, identity)
    except RunError as error:
        raise StateError(f"{place}: {error}") from None


def _imported(state: State, entry: Mapping[str, Any], place: str) -> ImportedPoint:
    name, server = need(entry, "machine", place), server_of(state, entry, place)
    own = [item for item in state.repositories.values() if item.server is server]
    wanted = entry.get("repository")
    repository = next((item for item in own if wanted in (None, item.name, item.id)), None)
    if repository is None:
        raise StateError(f"{place}: repository {wanted!r} is not on {server.name}")
    need(entry, "created", place)
    backup = str(entry.get("backup") or name)
    ids = {
        "backup_id": stable_id("imported backup", server.name, repository.id, backup),
        "job_id": stable_id("imported job", server.name, backup),
        "session_id": stable_id("imported point", server.name, backup, name, str(entry["created"])),
    }
    if "ref" not in entry:
        platform = str(entry.get("platform") or "VMware")
        entry = {**entry, "ref": listed_reference(state, server, platform, name)}
    try:
        return parse_import(entry, server, repository, ids)
    except (RunError, ValueError) as error:
        raise StateError(f"{place}: {error}") from None
