# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs as scripts: what is asked for, and what comes of it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import OptionError
from ansible_collections.backupops.veeam.plugins.module_utils._resources.backup_server import BackupServer
from ansible_collections.backupops.veeam.plugins.modules.veeam_backup_server_info import MODULE
from helpers.cast import other_id
from helpers.entities import VBR01, VBR02
from helpers.script import URL, Script, listing, query

FIRST = VBR01._replace(description="First", version="12.3.2.4465", port=9392)
SECOND = VBR02._replace(description="", version="13.0.1.2067", port=443)
ALL = listing("BackupServer", entities=True)


def shown(item: BackupServer) -> dict[str, t.Any]:
    return {
        "name": item.name,
        "id": item.id,
        "uid": "urn:veeam:BackupServer:" + item.id,
        "href": f"{URL}/api/backupServers/{item.id}",
        "description": item.description,
        "version": item.version,
        "port": item.port,
    }


def test_all_of_them(script: Script) -> None:
    script.expect(ALL, script.write.entities(SECOND, FIRST, kind="BackupServer"))
    assert script.run_module(MODULE) == {
        "changed": False,
        "backup_servers": [shown(FIRST), shown(SECOND)],
        "msg": "Found 2 backup servers.",
        "retries": 0,
    }


def test_what_a_server_does_not_say_is_null(script: Script) -> None:
    script.expect(ALL, script.write.entities(VBR01, kind="BackupServer"))
    assert script.run_module(MODULE)["backup_servers"] == [shown(VBR01)]


def test_by_name_and_id(script: Script) -> None:
    script.expect(f"GET /api/backupServers/{other_id(1)}?format=Entity", script.write.error(400, "Bad id"))
    script.expect(query(FIRST.name, kind="BackupServer"), script.write.entities(FIRST, kind="BackupServer"))
    result = script.run_module(MODULE, name=[FIRST.name, other_id(1)])
    assert result["backup_servers"] == [shown(FIRST)]
    assert result["msg"] == "Found 1 backup server."


def test_a_uid_of_another_kind_is_refused(script: Script) -> None:
    with pytest.raises(OptionError, match="^name: .* is not a UID of a backup server"):
        script.run_module(MODULE, logs_on=False, name=["urn:veeam:Repository:" + VBR01.id])
