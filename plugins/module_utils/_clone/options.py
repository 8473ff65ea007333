# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options: their specification, where they may come from, and every check that needs no server."""

from __future__ import annotations

import typing as t

from .._em.reference import Reference, reference
from .._em.texts import check_name, check_text
from .._http.errors import OptionError
from .._module.connection import ConnectionSettings, connection_settings, connection_spec, seconds
from .._module.shapes import place_of
from .._module.spec import Spec, merged, wait_spec
from .._resources.backup_server import BACKUP_SERVER
from .._resources.job import JOB
from .._resources.repository import REPOSITORY
from .plan import CloneRequest
from .work import CloneWait

CLONE_OPTIONS = ("source_job", "backup_server", "name", "description", "folder_name", "repository", "vm_suffix")
#: How each text is checked that is not a reference.
_TEXTS = {"name": check_name, "description": check_text, "folder_name": check_name, "vm_suffix": check_name}


def _clone_spec() -> dict[str, t.Any]:
    aliases = {"source_job": ["job"], "name": ["job_name"], "folder_name": ["job_file_name"]}
    return {
        option: {"type": "str", "aliases": aliases[option]} if option in aliases else {"type": "str"}
        for option in CLONE_OPTIONS
    }


SPEC = merged(
    connection_spec(),
    _clone_spec(),
    wait_spec(),
    Spec(
        {"clones": {"type": "list", "elements": "dict", "options": _clone_spec()}},
        examples={"clones": "{name: web-prod-daily}"},
    ),
    {
        "wait": {"type": "bool", "default": True},
        "on_timeout": {"type": "str", "default": "fail", "choices": ["fail", "cancel"]},
        "max_parallel": {"type": "int", "default": 4},
    },
)


class Settings(t.NamedTuple):
    """The checked options. single: the single form was used, so there is exactly one clone."""

    connection: ConnectionSettings
    waiting: CloneWait
    max_parallel: int
    single: bool
    clones: list[CloneRequest]

    @property
    def wait_timeout(self) -> float:
        return self.waiting.wait_timeout


def settings(params: dict[str, t.Any]) -> Settings:
    """Check the options as far as that goes without a server. Raises OptionError."""
    single, clones = _clones(params)
    connection = connection_settings(params)
    waiting = CloneWait(
        params["wait"],
        seconds(params, "wait_timeout"),
        seconds(params, "poll_interval"),
        params["on_timeout"] == "cancel",
        connection.endpoint.timeout,
    )
    if not 1 <= params["max_parallel"] <= 32:
        raise OptionError(f"max_parallel: {params['max_parallel']} is not between 1 and 32.")
    return Settings(connection, waiting, params["max_parallel"], single, clones)


def _clones(params: dict[str, t.Any]) -> tuple[bool, list[CloneRequest]]:
    """Whether the single form was used, and the clones it comes to."""
    name, items = params.get("name"), params.get("clones")
    if name is not None and items is not None:
        raise OptionError("name, clones: both are given; name makes one clone, clones makes several.")
    if name is None and items is None:
        raise OptionError("name, clones: neither is given; give name for one clone, or clones for several.")
    if items is None:
        return True, [_clone_request(params, {}, "")]
    requests = []
    places: dict[str, int] = {}
    for number, item in enumerate(items, 1):
        place = place_of("clones", number, "job", item.get("name"))
        request = _clone_request(item or {}, params, place)
        if request.name in places:
            raise OptionError(
                f'{place}name: "{request.name}" is already used by item {places[request.name]}; names must be unique.'
            )
        places[request.name] = number
        requests.append(request)
    return False, requests


def _clone_request(own: dict[str, t.Any], defaults: dict[str, t.Any], place: str) -> CloneRequest:
    values: dict[str, str | None] = {}
    explicit = set()
    for option in CLONE_OPTIONS:
        value = own.get(option)
        # Surveys and templates give an empty text where nothing was meant; a description may well be empty.
        if value is not None and (value != "" or option in ("name", "description")):
            explicit.add(option)
        else:
            value = defaults.get(option) if option != "name" else None
            if value == "" and option != "description":
                value = None
        values[option] = value
    _check_name(values["name"], place)
    if values["source_job"] is None or not values["source_job"].strip():
        raise OptionError(f"{place}source_job: is missing; name the job to copy.")
    for option, check_it in _TEXTS.items():
        value = values[option]
        if value is not None:
            check_it(option, value, place)
    references: dict[str, Reference | None] = {}
    for option, kind in (("source_job", JOB), ("backup_server", BACKUP_SERVER), ("repository", REPOSITORY)):
        given = values.pop(option)
        references[option] = reference(option, given, kind, place) if given is not None else None
    return CloneRequest(
        explicit=frozenset(explicit), place=place, **t.cast("dict[str, t.Any]", {**values, **references})
    )


def _check_name(name: str | None, place: str) -> None:
    if name is None:
        raise OptionError(f"{place}name: is missing; name the new job.")
    if not name.strip():
        raise OptionError(f"{place}name: is empty; name the new job.")
