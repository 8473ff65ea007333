# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the info modules have in common: which resources are wanted, reading them, and the result."""

from __future__ import annotations

import functools
import typing as t

from .._em.calls import EnterpriseManager
from .._em.kind import Kind
from .._em.query import listing
from .._em.reference import Reference, reference
from .._em.texts import check_name
from .._http.effects import Flow
from .._module.connection import ConnectionSettings, connection_settings
from .._module.run import Run
from .._module.shapes import OneText
from .._module.spec import Spec
from .._resources.backup_server import BACKUP_SERVER, no_server

#: Bound in seconds on a whole run. What takes longer than that hangs.
LONGEST = 1800.0
NAME_SPEC = Spec({"name": {"type": "list", "elements": "str"}}, names=("name",))
BACKUP_SERVER_SPEC: dict[str, t.Any] = {"backup_server": {"type": "str"}}


class CommonSettings(t.NamedTuple):
    """The checked options. names: None for all resources. server: only those on this backup server.

    whole: the name that all of the names together may be, where they were given as one text with commas.
    """

    connection: ConnectionSettings
    names: list[Reference] | None
    server: Reference | None
    whole: Reference | None = None

    @property
    def wait_timeout(self) -> float:
        return LONGEST

    @property
    def url(self) -> str:
        return self.connection.endpoint.url

    def find(self, em: EnterpriseManager, kind: Kind, deadline: float) -> Flow[list[t.Any]]:
        """What the names mean."""
        names = self.names or []
        if self.whole is None:
            return (yield from em.referred(kind, names, deadline)).items
        found = yield from em.referred(kind, [self.whole, *names], deadline)
        return self.whole.picks(found.items) or found.items

    def check_server(self, em: EnterpriseManager, found: t.Collection[t.Any], deadline: float) -> Flow[None]:
        """That nothing is found on a backup server that is not there either proves nothing. Raises NotFound."""
        if self.server is not None and not found:
            error = no_server(self.server, (yield from em.all(BACKUP_SERVER.as_references, deadline)))
            if error is not None:
                raise error


#: Makes of the option and a text in it the reference to a resource, or None where the text can mean none of these.
Named = t.Callable[[str, str], "Reference | None"]


def common_settings(params: dict[str, t.Any], kind: Kind | Named) -> CommonSettings:
    """Check the options that every info module has. Raises OptionError.

    kind: what name names, or how it is read.
    """
    named = functools.partial(reference, kind=kind) if isinstance(kind, Kind) else kind
    given, whole, names = params["name"], None, None
    if given is not None:
        if len(given) == 1 and isinstance(given[0], OneText) and len(given[0].parts) > 1:
            check_name("name", given[0])
            whole, given = Reference(given[0], None, str(given[0])), given[0].parts
        # An empty text, as a template gives it, is the name of nothing.
        read = (named("name", text) for text in given if text.strip())
        names = [item for item in read if item is not None]
    server = params.get("backup_server") or None
    on_server = reference("backup_server", server, BACKUP_SERVER) if server is not None else None
    return CommonSettings(connection_settings(params), names, on_server, whole)


def read(run: Run, kind: Kind, show: t.Callable[[t.Any], dict[str, t.Any]]) -> Flow[list[dict[str, t.Any]]]:
    """Log on, and read what is wanted. show makes the entry of a result, as soon as a page is there."""
    chosen: CommonSettings = run.chosen
    if chosen.names == []:
        return []

    def keep(item: t.Any) -> dict[str, t.Any] | None:
        here = chosen.server is None or chosen.server.is_server(item.server)
        return show(item) if here else None

    def flow() -> Flow[list[t.Any]]:
        if chosen.names is None:
            entries = yield from run.em.query(listing(kind), run.deadline, keep=keep)
        else:
            entries = [keep(item) for item in (yield from chosen.find(run.em, kind, run.deadline))]
        found = [entry for entry in entries if entry is not None]
        yield from chosen.check_server(run.em, found, run.deadline)
        return found

    return in_order((yield from run.logged_on(flow())))


def in_order(entries: t.Iterable[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """By backup server and name."""
    return sorted(entries, key=lambda entry: ((entry.get("backup_server") or {}).get("name") or "", entry["name"]))


def result(entries: list[dict[str, t.Any]], key: str, one: str, many: str) -> dict[str, t.Any]:
    """The result of a module. one, many: what one and several of them are called."""
    return {"changed": False, key: entries, "msg": f"Found {len(entries)} {one if len(entries) == 1 else many}."}
