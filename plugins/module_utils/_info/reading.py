# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the info modules have in common: which resources are wanted, reading them, and the result."""

from __future__ import annotations

import typing as t

from .._em.kind import Kind
from .._em.query import listing
from .._em.reference import Reference, reference
from .._http.effects import Flow
from .._module.connection import ConnectionSettings, connection_settings
from .._module.run import Run
from .._resources.backup_server import BACKUP_SERVER

#: Bound in seconds on a whole run. What takes longer than that hangs.
LONGEST = 1800.0
NAMES: dict[str, t.Any] = {"name": {"type": "list", "elements": "str"}}
ON_SERVER: dict[str, t.Any] = {"backup_server": {"type": "str"}}


class Wanted(t.NamedTuple):
    """The checked options. names: None for all resources. server: only those on this backup server."""

    connection: ConnectionSettings
    names: list[Reference] | None
    server: Reference | None

    @property
    def wait_timeout(self) -> float:
        return LONGEST

    @property
    def url(self) -> str:
        return self.connection.endpoint.url


def wanted(params: dict[str, t.Any], kind: Kind) -> Wanted:
    """Check the options that every info module has. Raises OptionError."""
    # A template gives an empty text where nothing was meant.
    given = [text for text in params["name"] or () if text]
    names = [reference("name", text, kind) for text in given] if given or params["name"] == [] else None
    server = params.get("backup_server") or None
    on_server = reference("backup_server", server, BACKUP_SERVER) if server is not None else None
    return Wanted(connection_settings(params), names, on_server)


def read(run: Run, kind: Kind, show: t.Callable[[t.Any], dict[str, t.Any]]) -> Flow[list[dict[str, t.Any]]]:
    """Log on, and read what is wanted. show makes the entry of a result, as soon as a page is there."""
    chosen: Wanted = run.chosen
    if chosen.names == []:
        return []

    def keep(item: t.Any) -> dict[str, t.Any] | None:
        here = chosen.server is None or chosen.server.is_server(item.server)
        return show(item) if here else None

    def flow() -> Flow[list[t.Any]]:
        if chosen.names is None:
            return (yield from run.em.query(listing(kind), run.deadline, keep=keep))
        found = yield from run.em.referred(kind, chosen.names, run.deadline)
        return [keep(item) for item in found.items]

    entries = yield from run.logged_on(flow())
    return in_order(entry for entry in entries if entry is not None)


def in_order(entries: t.Iterable[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """By backup server and name."""
    return sorted(entries, key=lambda entry: ((entry.get("backup_server") or {}).get("name") or "", entry["name"]))


def result(entries: list[dict[str, t.Any]], key: str, one: str, many: str) -> dict[str, t.Any]:
    """The result of a module. one, many: what one and several of them are called."""
    return {"changed": False, key: entries, "msg": f"Found {len(entries)} {one if len(entries) == 1 else many}."}
