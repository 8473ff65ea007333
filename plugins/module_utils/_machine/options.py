# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that name a machine, one or a list of them, and every check of them that needs no server."""

from __future__ import annotations

import typing as t

from .._em.reference import Reference, reference
from .._em.texts import check_name
from .._http.errors import OptionError
from .._module.spec import Spec
from .._resources.backup_server import BACKUP_SERVER
from .._resources.hierarchy import HIERARCHY_ROOT
from .._resources.job_session import RESULTS
from .._resources.machine import is_ref, parse_ref

#: What narrows a name that is found several times.
WHERE: dict[str, t.Any] = {"host": {"type": "str"}, "backup_server": {"type": "str"}}
MACHINE: dict[str, t.Any] = {"machine": {"type": "str"}, **WHERE}


class MachineRequest(t.NamedTuple):
    """The machine that an item names: by name or by reference. place: "machines, item 2: ", before the option."""

    text: str
    name: str | None
    ref: str | None
    host: Reference | None = None
    server: Reference | None = None
    place: str = ""
    option: str = "machine"


def given(values: t.Mapping[str, t.Any], option: str) -> t.Any:
    """The value of an option; None where it is blank, as surveys and templates leave it."""
    value = values.get(option)
    return None if isinstance(value, str) and not value.strip() else value


def where(values: t.Mapping[str, t.Any], place: str = "") -> tuple[Reference | None, Reference | None]:
    """The hierarchy root and the backup server that are named. Raises OptionError."""
    host, server = given(values, "host"), given(values, "backup_server")
    return (
        reference("host", host, HIERARCHY_ROOT, place) if host is not None else None,
        reference("backup_server", server, BACKUP_SERVER, place) if server is not None else None,
    )


def machine_request(
    text: str, narrowed: tuple[Reference | None, Reference | None], place: str = "", option: str = "machine"
) -> MachineRequest:
    """A machine as it is named. Raises OptionError."""
    host, server = narrowed
    check_name(option, text, place, what="name of a machine")
    if is_ref(text):
        if parse_ref(text).type != "vm":
            raise OptionError(
                f"{place}{option}: {text} is the reference of something else; that of a machine begins with "
                "urn:VMware:Vm: or urn:HyperV:Vm:."
            )
        return MachineRequest(text, None, text, host, server, place, option)
    return MachineRequest(text, text, None, host, server, place, option)


def wait_options(poll_interval: float = 30, wait_timeout: float = 14400) -> Spec:
    """The options of a module that waits for the end of what it started."""
    return Spec(
        {
            "wait": {"type": "bool", "default": True},
            "wait_timeout": {"type": "float", "default": wait_timeout},
            "poll_interval": {"type": "float", "default": poll_interval},
            "accept": {"type": "list", "elements": "str", "default": ["Success", "Warning"], "choices": list(RESULTS)},
            "max_parallel": {"type": "int", "default": 4},
        }
    )


class EndWait(t.NamedTuple):
    """The wait options; times in seconds. wait: for the end of the session, not of its task alone."""

    wait: bool
    accept: tuple[str, ...]
    wait_timeout: float
    poll_interval: float
    max_parallel: int


def end_wait(params: dict[str, t.Any], seconds: t.Callable[[dict[str, t.Any], str], float]) -> EndWait:
    """The checked wait options. Raises OptionError."""
    wait_timeout, poll_interval = seconds(params, "wait_timeout"), seconds(params, "poll_interval")
    if not 1 <= params["max_parallel"] <= 32:
        raise OptionError(f"max_parallel: {params['max_parallel']} is not between 1 and 32.")
    accept = tuple(dict.fromkeys(params["accept"]))
    if not accept:
        raise OptionError("accept: is empty, so nothing could succeed; name the results that are not a failure.")
    return EndWait(params["wait"], accept, wait_timeout, poll_interval, params["max_parallel"])


def one_or_many(
    params: dict[str, t.Any], single: str, plural: str, single_is_given: bool
) -> list[dict[str, t.Any]] | None:
    """The items of the list form, None for the single form. Raises OptionError where both are given, or neither.

    An item that is no dict is what the option of the single form would be: a name or a reference.
    """
    items = params.get(plural)
    if items is None:
        if not single_is_given:
            raise OptionError(f"{single}, {plural}: neither is given; give {single} for one, or {plural} for several.")
        return None
    if single_is_given:
        raise OptionError(f"{single}, {plural}: both are given; {single} is for one, {plural} for several.")
    return [_item(item, number, single, plural) for number, item in enumerate(t.cast("t.Sequence[t.Any]", items), 1)]


def _item(item: t.Any, number: int, single: str, plural: str) -> dict[str, t.Any]:
    if isinstance(item, dict):
        return t.cast("dict[str, t.Any]", item)
    if item is None or isinstance(item, (list, tuple, bool)) or not str(item).strip():
        raise OptionError(
            f'{plural}, item {number}: is not a name; write one, such as "web01", or a dict, such as '
            f"{{{single}: web01}}."
        )
    return {single: str(item)}
