# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of veeam_vm_restore: their specification, and every check that needs no server.

What happens to the original has no default, in no item: there is no way back from it.
"""

from __future__ import annotations

import typing as t

from .._em.reference import Reference, reference
from .._em.texts import check_name, check_new_name
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
from .._module.shapes import named_once, place_of
from .._module.spec import Spec, merged
from .._module.times import When, duration, when
from .._resources.restore_point import RESTORE_POINT

KEEP, REPLACE = "keep", "replace"
JOIN, FAIL = "join", "fail"

_ITEM: dict[str, t.Any] = {
    "restore_point": {"type": "str"},
    **MACHINE,
    "created_before": {"type": "str"},
    "not_older_than": {"type": "str"},
    "original": {"type": "str", "choices": [KEEP, REPLACE]},
    "power_on": {"type": "bool"},
    "quick_rollback": {"type": "bool"},
    "new_name": {"type": "str"},
    "if_running": {"type": "str", "choices": [JOIN, FAIL]},
}
#: What an item that does not say takes from the top.
_DEFAULTS: dict[str, t.Any] = {
    "power_on": {"type": "bool", "default": False},
    "quick_rollback": {"type": "bool", "default": False},
    "if_running": {"type": "str", "choices": [JOIN, FAIL], "default": JOIN},
}
SPEC = merged(
    connection_spec(),
    _ITEM,
    _DEFAULTS,
    Spec(
        {"restores": {"type": "list", "elements": "dict", "options": _ITEM}},
        examples={"restores": "{machine: web01, original: keep}"},
    ),
    wait_options(),
)


class RestoreRequest(t.NamedTuple):
    """One restore. Exactly one of point and machine is set.

    before: the newest point from before that moment. not_older_than: seconds. place: "restores, item 2: ".
    """

    point: Reference | None
    machine: MachineRequest | None
    before: When | None
    not_older_than: int | None
    original: str
    power_on: bool
    quick_rollback: bool
    new_name: str | None
    if_running: str
    place: str

    @property
    def title(self) -> str:
        """What the user called it, for messages."""
        return self.machine.text if self.machine is not None else t.cast(Reference, self.point).text


class Settings(t.NamedTuple):
    """The checked options. single: the single form was used, so there is exactly one restore."""

    connection: ConnectionSettings
    single: bool
    restores: list[RestoreRequest]
    waiting: EndWait

    @property
    def wait_timeout(self) -> float:
        return self.waiting.wait_timeout


def settings(params: dict[str, t.Any]) -> Settings:
    """Check the options as far as that goes without a server. Raises OptionError."""
    named = [option for option in ("restore_point", "machine") if given(params, option) is not None]
    items = one_or_many(params, "machine", "restores", bool(named))
    if items is None:
        restores = [_request(params, {}, "")]
    else:
        # The machine and its point are an item's own: at the top they would be the same for all.
        restores = [
            _request(item, params, place_of("restores", number, "machine", item.get("machine")))
            for number, item in enumerate(items, 1)
        ]
        _each_once(restores)
    return Settings(connection_settings(params), items is None, restores, end_wait(params, seconds))


def _each_once(restores: t.Sequence[RestoreRequest]) -> None:
    """Two items that name the same thing would be two restores of one machine."""
    places: dict[t.Any, int] = {}
    for number, request in enumerate(restores, 1):
        what = (
            ("machine", request.machine.text, request.machine.host, request.machine.server)
            if request.machine is not None
            else ("point", t.cast(Reference, request.point).id)
        )
        named_once(places, what, number, request.place)


def _request(own: t.Mapping[str, t.Any], defaults: t.Mapping[str, t.Any], place: str) -> RestoreRequest:
    values = {option: given(own, option) for option in _ITEM}
    for option in _ITEM:
        if values[option] is None:
            values[option] = given(defaults, option)
    point, machine = values["restore_point"], values["machine"]
    if point is not None and machine is not None:
        raise OptionError(
            f"{place}restore_point, machine: both are given; a restore point is of one machine, so name one of them."
        )
    if point is None and machine is None:
        raise OptionError(
            f"{place}machine, restore_point: neither is given; name the machine to bring back, or one of its points."
        )
    if point is not None:
        for option in ("host", "backup_server", "created_before"):
            if given(own, option) is not None:
                raise OptionError(f"{place}{option}: goes with machine; restore_point says which point it is.")
    original = values["original"]
    if original is None:
        raise OptionError(
            f"{place}original: is missing. Write replace to overwrite the machine with its restore point, from which "
            "there is no way back, or keep to restore a second machine beside it."
        )
    quick_rollback = bool(values["quick_rollback"])
    if quick_rollback and original == KEEP:
        raise OptionError(f"{place}quick_rollback: only changes the original, so it needs original: replace.")
    new_name = values["new_name"]
    if new_name is not None:
        check_name("new_name", new_name, place, what="name of a machine")
        check_new_name("new_name", new_name, place)
        if original == REPLACE:
            raise OptionError(
                f"{place}new_name: cannot be used with original: replace, which keeps the name; use "
                "original: keep, or leave it out."
            )
    before = values["created_before"] if point is None else None
    older = values["not_older_than"]
    if point is not None:
        check_name("restore_point", point, place)
        found = reference("restore_point", point, RESTORE_POINT, place)
        if found.id is None:
            raise OptionError(
                f"{place}restore_point: {point} is not an id, a UID or an href of a restore point; "
                "veeam_restore_point_info returns them. To restore the newest one of a machine, name the "
                "machine in machine."
            )
    return RestoreRequest(
        found if point is not None else None,
        machine_request(str(machine), where(values, place), place) if machine is not None else None,
        when("created_before", before, place) if before is not None else None,
        duration("not_older_than", older, place) if older is not None else None,
        original,
        bool(values["power_on"]),
        quick_rollback,
        new_name,
        values["if_running"],
        place,
    )
