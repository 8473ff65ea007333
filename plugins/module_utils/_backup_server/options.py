# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of veeam_backup_server: their specification, and every check that needs no server."""

from __future__ import annotations

import typing as t

from .._em.reference import Reference, reference
from .._http.errors import OptionError
from .._module.connection import ConnectionSettings, connection_settings, connection_spec, seconds
from .._module.spec import merged, wait_spec
from .._module.times import duration
from .._resources.backup_server import BACKUP_SERVER

COLLECTED = "collected"
SPEC = merged(
    connection_spec(),
    {
        "backup_server": {"type": "str", "required": True},
        "state": {"type": "str", "choices": [COLLECTED], "default": COLLECTED},
        "not_older_than": {"type": "str"},
        "wait": {"type": "bool", "default": True},
    },
    wait_spec(900, 5),
)


class Settings(t.NamedTuple):
    """The checked options; times in seconds. not_older_than: None where every task is to collect."""

    connection: ConnectionSettings
    server: Reference
    not_older_than: int | None
    wait: bool
    wait_timeout: float
    poll_interval: float


def settings(params: dict[str, t.Any]) -> Settings:
    """Check the options as far as that goes without a server. Raises OptionError."""
    server, age = params["backup_server"], params.get("not_older_than") or None
    if not server.strip():
        raise OptionError("backup_server: is empty; name the backup server.")
    return Settings(
        connection_settings(params),
        reference("backup_server", server, BACKUP_SERVER),
        duration("not_older_than", age) if age is not None else None,
        params["wait"],
        seconds(params, "wait_timeout"),
        seconds(params, "poll_interval"),
    )
