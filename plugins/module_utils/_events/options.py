# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of the event source sessions: their specification, and every check that needs no server."""

from __future__ import annotations

import re
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .._em.texts import check_name
from .._em.wire import GUID
from .._http.errors import OptionError
from .._module.connection import ConnectionSettings, connection_settings, connection_spec
from .._module.shapes import shaped
from .._module.spec import Spec, merged
from .._module.times import duration, moment
from .._resources.job_kind import WORDS
from .._resources.job_session import RESULTS

NOW = "now"

SPEC = merged(
    connection_spec(),
    Spec(
        {
            "interval": {"type": "str", "default": "60"},
            "jobs": {"type": "list", "elements": "str"},
            "results": {"type": "list", "elements": "str", "choices": list(RESULTS)},
            "kinds": {"type": "list", "elements": "str", "choices": list(WORDS), "default": list(WORDS)},
            "start_from": {"type": "str", "default": NOW},
            "state_file": {"type": "path"},
        },
        names=("jobs",),
    ),
)
#: What ansible-rulebook itself puts among the arguments of a source.
_NOT_OURS = ("eda_feedback_queue",)
_POINTS_TO = re.compile(r"(?:urn:veeam:[A-Za-z]+:|(?:https?://|/api/).*/)([^/?]+)(?:\?.*)?", re.IGNORECASE)


class Settings(t.NamedTuple):
    """The checked options.

    interval: seconds. jobs: names, and ids in lower case; None for all. results: None for all. start_from: seconds
    since 1970, None for now. state_file: its path, None for none.
    """

    connection: ConnectionSettings
    interval: int
    jobs: frozenset[str] | None
    results: frozenset[str] | None
    kinds: frozenset[str]
    start_from: float | None
    state_file: str | None

    @property
    def server(self) -> str:
        """Which Enterprise Manager it is."""
        return f"{self.connection.endpoint.hostname}:{self.connection.endpoint.port}"


def settings(arguments: t.Mapping[str, t.Any]) -> Settings:
    """Check the arguments of the source in a rulebook. Raises OptionError."""
    given = {name: value for name, value in arguments.items() if name not in _NOT_OURS and value not in (None, "")}
    unknown = sorted(str(name) for name in given if name not in SPEC.options and name != "session_token")
    if unknown:
        raise OptionError(
            f"{unknown[0]}: is not an option of this event source; it has {', '.join(sorted(SPEC.options))}."
        )
    options, refusal = shaped(SPEC, given)
    if refusal is not None:
        raise OptionError(refusal)
    validation = ArgumentSpecValidator(**SPEC.arguments()).validate(options)
    if validation.error_messages:
        raise OptionError(f"{validation.error_messages[0].rstrip('.')}.")
    params = validation.validated_parameters
    return Settings(
        connection_settings(params),
        _interval(params["interval"]),
        _jobs(params["jobs"]),
        frozenset(params["results"]) if params["results"] is not None else None,
        frozenset(params["kinds"]),
        None if params["start_from"] == NOW else _start(params["start_from"]),
        params["state_file"],
    )


def _interval(text: str) -> int:
    seconds = duration("interval", text)
    if seconds > 86400:
        raise OptionError(f"interval: {text} is longer than a day.")
    return seconds


def _start(text: str) -> float:
    try:
        return moment("start_from", text)
    except OptionError as error:
        raise OptionError(f"{error.msg.rstrip('.')}; or write {NOW}.") from None


def _jobs(names: list[str] | None) -> frozenset[str] | None:
    if names is None:
        return None
    wanted = set()
    for name in names:
        if not name.strip():
            continue
        check_name("jobs", name)
        points_to = _POINTS_TO.fullmatch(name)
        identifier = points_to.group(1) if points_to else name
        wanted.add(identifier.lower() if GUID.fullmatch(identifier) else name)
    if not wanted:
        raise OptionError("jobs: names no job, so nothing would ever be reported; leave it out for all jobs.")
    return frozenset(wanted)
