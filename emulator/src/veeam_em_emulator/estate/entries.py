# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One entry of the state file: its keys, its id, its backup server and repository."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .ids import stable_id
from .servers import BackupServer, Repository
from .state import State, StateError


def check_keys(entry: Any, keys: Iterable[str], place: str) -> None:
    if not isinstance(entry, Mapping):
        raise StateError(f"{place}: a mapping is expected")
    unknown = set(entry) - set(keys)
    if unknown:
        raise StateError(f"{place}: unknown key {', '.join(sorted(map(str, unknown)))}")


def need(entry: Mapping[str, Any], key: str, place: str) -> str:
    if entry.get(key) in (None, ""):
        raise StateError(f"{place}: {key} is missing")
    return str(entry[key])


def one_of(value: Any, choices: Iterable[str], label: str, place: str) -> str:
    if str(value) not in choices:
        raise StateError(f"{place}: {label} {value!r} is not one of {', '.join(choices)}")
    return str(value)


def identity_of(entry: Mapping[str, Any], *parts: str) -> str:
    """The ``id`` of the entry, or one that is always the same for it."""
    return str(entry.get("id") or stable_id(*parts)).lower()


def server_of(state: State, entry: Mapping[str, Any], place: str) -> BackupServer:
    name = entry.get("backup_server")
    if name is None and len(state.servers) == 1:
        return next(iter(state.servers.values()))
    server = state.server_named(str(name))
    if server is None:
        raise StateError(f"{place}: backup_server {name!r} is not in backup_servers")
    return server


def repository_of(state: State, server: BackupServer, wanted: Any, place: str) -> Repository | None:
    """The repository of that name on that server; None where none is wanted."""
    if not wanted:
        return None
    own = (item for item in state.repositories.values() if item.server is server)
    found = next((item for item in own if item.name == wanted), None)
    if found is None:
        raise StateError(f"{place}: repository {wanted!r} is not on {server.name}")
    return found
