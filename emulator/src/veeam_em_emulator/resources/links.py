# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links that many resources have."""

from __future__ import annotations

from ..estate.servers import BackupServer
from ..wire.links import Link


def up_to_server(server: BackupServer) -> Link:
    return Link("Up", f"/backupServers/{server.id}", server.name, "BackupServerReference")
