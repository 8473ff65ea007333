# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of veeam_replica_failover: their specification, and every check that needs no server.

That there is no way back has to be written down, in every item.
"""

from __future__ import annotations

import typing as t

from .._em.reference import Reference, reference
from .._em.texts import check_name
from .._http.errors import OptionError
from .._machine.options import EndWait, end_wait, given, one_or_many, wait_options
from .._module.connection import ConnectionSettings, connection_settings, connection_spec, seconds
from .._module.shapes import named_once, place_of
from .._module.spec import Spec, merged
from .._module.times import When, duration, when
from .._resources.backup_server import BACKUP_SERVER
from .._resources.job import JOB
from .._resources.replica import REPLICA_POINT

JOIN, FAIL = "join", "fail"
_ITEM: dict[str, t.Any] = {
    "replica_point": {"type": "str"},
    "machine": {"type": "str"},
    "job": {"type": "str"},
    "backup_server": {"type": "str"},
    "created_before": {"type": "str"},
    "not_older_than": {"type": "str"},
    "no_way_back": {"type": "bool"},
    "if_running": {"type": "str", "choices": [JOIN, FAIL]},
}
SPEC = merged(
    connection_spec(),
    _ITEM,
    {"if_running": {"type": "str", "choices": [JOIN, FAIL], "default": JOIN}},
    Spec(
        {"failovers": {"type": "list", "elements": "dict", "options": _ITEM}},
        examples={"failovers": "{machine: web01, no_way_back: true}"},
    ),
    wait_options(),
)


class FailoverRequest(t.NamedTuple):
    """One failover. Exactly one of point and machine is set. place: "failovers, item 2: "."""

    point: Reference | None
    machine: str | None
    job: Reference | None
    server: Reference | None
    before: When | None
    not_older_than: int | None
    if_running: str
    place: str

    @property
    def title(self) -> str:
        """What the user called it, for messages."""
        return self.machine if self.machine is not None else t.cast(Reference, self.point).text


class Settings(t.NamedTuple):
    """The checked options. single: the single form was used, so there is exactly one failover."""

    connection: ConnectionSettings
    single: bool
    failovers: list[FailoverRequest]
    waiting: EndWait

    @property
    def wait_timeout(self) -> float:
        return self.waiting.wait_timeout


def settings(params: dict[str, t.Any]) -> Settings:
    """Check the options as far as that goes without a server. Raises OptionError."""
    named = [option for option in ("replica_point", "machine") if given(params, option) is not None]
    items = one_or_many(params, "machine", "failovers", bool(named))
    if items is None:
        failovers = [_request(params, {}, "")]
    else:
        failovers = [
            _request(item, params, place_of("failovers", number, "machine", item.get("machine")))
            for number, item in enumerate(items, 1)
        ]
        places: dict[str, int] = {}
        for number, request in enumerate(failovers, 1):
            named_once(places, request.title, number, request.place)
    return Settings(connection_settings(params), items is None, failovers, end_wait(params, seconds))


def _request(own: t.Mapping[str, t.Any], defaults: t.Mapping[str, t.Any], place: str) -> FailoverRequest:
    values = {option: given(own, option) for option in _ITEM}
    for option in _ITEM:
        if values[option] is None:
            values[option] = given(defaults, option)
    point, machine = values["replica_point"], values["machine"]
    if point is not None and machine is not None:
        raise OptionError(
            f"{place}replica_point, machine: both are given; a replica point is of one machine, so name one of them."
        )
    if point is None and machine is None:
        raise OptionError(
            f"{place}machine, replica_point: neither is given; name the machine to fail over, or one of its points."
        )
    if values["no_way_back"] is not True:
        raise OptionError(
            f"{place}no_way_back: has to be true. Enterprise Manager can neither undo nor fail back the failover of a "
            "single machine; only the backup console can."
        )
    found = None
    if point is not None:
        for option in ("job", "backup_server", "created_before"):
            if given(own, option) is not None:
                raise OptionError(f"{place}{option}: goes with machine; replica_point says which point it is.")
        check_name("replica_point", point, place)
        found = reference("replica_point", point, REPLICA_POINT, place)
        if found.id is None:
            raise OptionError(
                f"{place}replica_point: {point} is not an id, a UID or an href of a replica point. To fail over to the "
                "newest one of a machine, name the machine in machine."
            )
    else:
        check_name("machine", str(machine), place, what="name of a machine")
    by_machine = {} if point is not None else values
    job, server = by_machine.get("job"), by_machine.get("backup_server")
    before, older = by_machine.get("created_before"), values["not_older_than"]
    return FailoverRequest(
        found,
        str(machine) if machine is not None else None,
        reference("job", job, JOB, place) if job is not None else None,
        reference("backup_server", server, BACKUP_SERVER, place) if server is not None else None,
        when("created_before", before, place) if before is not None else None,
        duration("not_older_than", older, place) if older is not None else None,
        values["if_running"],
        place,
    )
