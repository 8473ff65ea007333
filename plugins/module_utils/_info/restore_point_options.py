# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of veeam_restore_point_info."""

from __future__ import annotations

import typing as t

from .._em.reference import Reference, reference
from .._em.texts import check_name
from .._http.errors import OptionError
from .._machine.options import WHERE, MachineRequest, given, machine_request, where
from .._module.connection import ConnectionSettings, connection_settings, connection_spec
from .._module.shapes import OneText
from .._module.spec import Spec, merged
from .._module.times import When, when
from .._resources.job import JOB
from .reading import LONGEST

BACKUP, FILES = "backup", "files"
SPEC = merged(
    connection_spec(),
    WHERE,
    Spec({"machines": {"type": "list", "elements": "str"}}, names=("machines",)),
    {
        "job": {"type": "str"},
        "created_after": {"type": "str"},
        "created_before": {"type": "str"},
        "newest": {"type": "int"},
        "ready": {"type": "bool", "default": True},
        "gather": {"type": "list", "elements": "str", "choices": [BACKUP, FILES], "default": []},
    },
)


class Settings(t.NamedTuple):
    """The checked options. machines: None for all. newest: points of each machine at the most, None for all.

    whole: the name that all of the machines together may be, where they were given as one text with commas.
    everywhere: host and backup_server alone, as a machine would be named with them.
    """

    connection: ConnectionSettings
    machines: list[MachineRequest] | None
    everywhere: MachineRequest
    job: Reference | None
    after: When | None
    before: When | None
    newest: int | None
    ready: bool
    gather: frozenset[str]
    whole: str | None = None

    @property
    def wait_timeout(self) -> float:
        return LONGEST

    @property
    def url(self) -> str:
        return self.connection.endpoint.url


def settings(params: dict[str, t.Any]) -> Settings:
    """Check the options as far as that goes without a server. Raises OptionError."""
    narrowed = where(params)
    host, server = narrowed
    texts = params["machines"]
    machines = whole = None
    if texts is not None:
        if len(texts) == 1 and isinstance(texts[0], OneText) and len(texts[0].parts) > 1:
            check_name("machines", texts[0])
            whole, texts = str(texts[0]), texts[0].parts
        # An empty name finds nothing, as an empty list does.
        named = [text for text in dict.fromkeys(texts) if text.strip()]
        machines = [machine_request(text, narrowed, "", "machines") for text in named]
    newest = params["newest"]
    if newest is not None and newest < 1:
        raise OptionError(f"newest: {newest} is not above zero; leave it out for all restore points.")
    job = given(params, "job")
    times = {option: given(params, option) for option in ("created_after", "created_before")}
    after, before = (when(option, value) if value is not None else None for option, value in times.items())
    return Settings(
        connection_settings(params),
        machines,
        MachineRequest("", None, None, host, server),
        reference("job", job, JOB) if job is not None else None,
        after,
        before,
        newest,
        params["ready"],
        frozenset(params["gather"] or ()),
        whole,
    )
