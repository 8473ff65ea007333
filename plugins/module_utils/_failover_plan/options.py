# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of veeam_failover_plan: their specification, and every check that needs no server."""

from __future__ import annotations

import typing as t

from .._em.reference import Reference, reference
from .._em.texts import check_name
from .._http.errors import OptionError
from .._machine.options import EndWait, end_wait, given, wait_options
from .._module.connection import ConnectionSettings, connection_settings, connection_spec, seconds
from .._module.spec import merged
from .._module.times import moment
from .._resources.backup_server import BACKUP_SERVER
from .._resources.failover_plan import FAILOVER_PLAN

STARTED, UNDONE = "started", "undone"
JOIN, FAIL = "join", "fail"
_WAIT = wait_options()
SPEC = merged(
    connection_spec(),
    {
        "plan": {"type": "str", "required": True},
        "backup_server": {"type": "str"},
        "state": {"type": "str", "choices": [STARTED, UNDONE], "required": True},
        "as_of": {"type": "str"},
        "if_running": {"type": "str", "choices": [JOIN, FAIL], "default": JOIN},
    },
    _WAIT._replace(options={name: spec for name, spec in _WAIT.options.items() if name != "max_parallel"}),
)


class Settings(t.NamedTuple):
    """The checked options. as_of: seconds since 1970; None: the newest points of all."""

    connection: ConnectionSettings
    plan: Reference
    server: Reference | None
    state: str
    as_of: float | None
    if_running: str
    waiting: EndWait

    @property
    def wait_timeout(self) -> float:
        return self.waiting.wait_timeout


def settings(params: dict[str, t.Any]) -> Settings:
    """Check the options as far as that goes without a server. Raises OptionError."""
    plan, server, as_of = (given(params, option) for option in ("plan", "backup_server", "as_of"))
    if plan is None:
        raise OptionError("plan: is empty; name the failover plan.")
    check_name("plan", plan)
    if as_of is not None and params["state"] == UNDONE:
        raise OptionError("as_of: goes with state: started; an undo has no moment.")
    return Settings(
        connection_settings(params),
        reference("plan", plan, FAILOVER_PLAN),
        reference("backup_server", server, BACKUP_SERVER) if server is not None else None,
        params["state"],
        moment("as_of", as_of) if as_of is not None else None,
        params["if_running"],
        end_wait({**params, "max_parallel": 1}, seconds),
    )
