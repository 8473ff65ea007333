# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of veeam_quick_backup: their specification, and every check that needs no server."""

from __future__ import annotations

import typing as t

from .._http.errors import OptionError
from .._machine.options import (
    MACHINE,
    EndWait,
    MachineRequest,
    end_wait,
    given,
    machine_request,
    one_or_many,
    wait_options,
    where,
)
from .._module.connection import ConnectionSettings, connection_settings, connection_spec, seconds
from .._module.shapes import OneText, named_once, place_of
from .._module.spec import Spec, merged
from .._module.times import duration

WAIT, FAIL = "wait", "fail"
SPEC = merged(
    connection_spec(),
    MACHINE,
    # Names and references, or dicts with the options that name a machine.
    Spec({"machines": {"type": "list", "elements": "raw"}}, names=("machines",)),
    {
        "not_older_than": {"type": "str"},
        "if_running": {"type": "str", "default": WAIT, "choices": [WAIT, FAIL]},
    },
    wait_options(),
)


class Settings(t.NamedTuple):
    """The checked options. single: the single form was used, so there is exactly one machine.

    not_older_than: seconds; None: one more point, whatever is there. whole: the one machine that all of them may be,
    where they were given as text with commas.
    """

    connection: ConnectionSettings
    single: bool
    machines: list[MachineRequest]
    not_older_than: int | None
    if_running: str
    waiting: EndWait
    whole: MachineRequest | None = None

    @property
    def wait_timeout(self) -> float:
        return self.waiting.wait_timeout


def settings(params: dict[str, t.Any]) -> Settings:
    """Check the options as far as that goes without a server. Raises OptionError."""
    machine, whole, listed = given(params, "machine"), None, params.get("machines")
    if listed and len(listed) == 1 and isinstance(listed[0], OneText) and len(listed[0].parts) > 1:
        whole = machine_request(str(listed[0]), where(params), "", "machines")
        params = {**params, "machines": listed[0].parts}
    items = one_or_many(params, "machine", "machines", machine is not None)
    if items is None:
        machines = [machine_request(machine, where(params))]
    else:
        machines = [
            _request(item, params, place_of("machines", number, "machine", item.get("machine")))
            for number, item in enumerate(items, 1)
        ]
        _each_once(machines)
    older = given(params, "not_older_than")
    return Settings(
        connection_settings(params),
        items is None,
        machines,
        duration("not_older_than", older) if older is not None else None,
        params["if_running"],
        end_wait(params, seconds),
        whole,
    )


def _request(item: t.Mapping[str, t.Any], defaults: t.Mapping[str, t.Any], place: str) -> MachineRequest:
    unknown = sorted(str(key) for key in set(item) - set(MACHINE))
    if unknown:
        raise OptionError(f"{place}{unknown[0]}: is not an option here; there are {', '.join(MACHINE)}.")
    for option, value in item.items():
        if isinstance(value, (dict, list, tuple, bool)):
            raise OptionError(f"{place}{option}: is not text.")
    values = {option: given(item, option) for option in MACHINE}
    for option in ("host", "backup_server"):
        if values[option] is None:
            values[option] = given(defaults, option)
    if values["machine"] is None:
        raise OptionError(f"{place}machine: is missing; name the machine.")
    texts = {option: str(value) for option, value in values.items() if value is not None}
    return machine_request(texts["machine"], where(texts, place), place)


def _each_once(machines: t.Sequence[MachineRequest]) -> None:
    places: dict[t.Any, int] = {}
    for number, request in enumerate(machines, 1):
        what = (request.text, request.host and request.host.text, request.server and request.server.text)
        named_once(places, what, number, request.place)
