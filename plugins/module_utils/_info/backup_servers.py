# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""veeam_backup_server_info: its options and its flow."""

from __future__ import annotations

import functools
import typing as t

from .._http.effects import Flow
from .._module import render
from .._module.connection import connection_spec
from .._module.run import Run
from .._module.spec import merged
from .._resources.backup_server import BACKUP_SERVER
from .reading import NAME_SPEC, CommonSettings, common_settings, read, result

SPEC = merged(connection_spec(), NAME_SPEC)


def settings(params: dict[str, t.Any]) -> CommonSettings:
    """Check the options as far as that goes without a server. Raises OptionError."""
    return common_settings(params, BACKUP_SERVER)


def flow(run: Run) -> Flow[dict[str, t.Any]]:
    """The whole run."""
    found = yield from read(run, BACKUP_SERVER, functools.partial(render.backup_server, run.chosen.url))
    return result(found, "backup_servers", "backup server", "backup servers")
