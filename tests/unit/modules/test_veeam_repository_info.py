# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs as scripts: what is asked for, and what comes of it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import OptionError, VeeamError
from ansible_collections.backupops.veeam.plugins.module_utils._resources.repository import Repository
from ansible_collections.backupops.veeam.plugins.modules.veeam_repository_info import MODULE
from helpers.cast import VBR02, other_id
from helpers.entities import DEFAULT_01, DEFAULT_02, S3_OFFSITE
from helpers.script import URL, Script, listing, query

HERE = DEFAULT_01._replace(kind="WindowsLocal", capacity=1000, free_space=10)
THERE = DEFAULT_02._replace(kind="Extendable", capacity=2000, free_space=0)
S3 = S3_OFFSITE._replace(kind="AmazonS3Compatible")
ALL = listing("Repository", entities=True)


def shown(item: Repository) -> dict[str, t.Any]:
    assert item.server is not None
    return {
        "name": item.name,
        "id": item.id,
        "uid": "urn:veeam:Repository:" + item.id,
        "href": f"{URL}/api/repositories/{item.id}",
        "kind": item.kind,
        "capacity": item.capacity,
        "free_space": item.free_space,
        "backup_server": {
            "name": item.server.name,
            "id": item.server.id,
            "href": f"{URL}/api/backupServers/{item.server.id}",
        },
    }


def found(script: Script, **options: t.Any) -> list[dict[str, t.Any]]:
    result = script.run_module(MODULE, **options)
    assert result["changed"] is False
    return t.cast("list[dict[str, t.Any]]", result["repositories"])


def test_all_of_them(script: Script) -> None:
    """By backup server and name, whatever the order of EM; -1 is no size, 0 is one."""
    script.expect(ALL, script.write.entities(S3, THERE, HERE, kind="Repository"))
    result = script.run_module(MODULE)
    assert result == {
        "changed": False,
        "repositories": [shown(HERE), shown(THERE), shown(S3)],
        "msg": "Found 3 repositories.",
        "retries": 0,
    }
    assert result["repositories"][1]["free_space"] == 0
    assert result["repositories"][2]["capacity"] is None


def test_check_mode_is_the_same(script: Script) -> None:
    script.expect(ALL, script.write.entities(HERE, kind="Repository"))
    assert script.run_module(MODULE, check_mode=True)["msg"] == "Found 1 repository."


def test_a_name_on_two_servers(script: Script) -> None:
    script.expect(query(HERE.name, kind="Repository"), script.write.entities(THERE, HERE, kind="Repository"))
    assert found(script, name=HERE.name) == [shown(HERE), shown(THERE)]


@pytest.mark.parametrize("server", [VBR02, VBR02.upper(), THERE.server.id, "/api/backupServers/" + THERE.server.id])  # type: ignore[union-attr]
def test_only_those_on_a_backup_server(script: Script, server: str) -> None:
    script.expect(ALL, script.write.entities(S3, THERE, HERE, kind="Repository"))
    assert found(script, backup_server=server) == [shown(THERE), shown(S3)]


def test_names_and_ids_together(script: Script) -> None:
    """What EM does not know is not in the result, whether it was given by id or by name."""
    script.expect(f"GET /api/repositories/{HERE.id}?format=Entity", script.write.entity("Repository", HERE))
    script.expect(f"GET /api/repositories/{other_id(1)}?format=Entity", script.write.error(404, "Not found"))
    script.expect(query(S3.name, "no such", kind="Repository"), script.write.entities(S3, kind="Repository"))
    assert found(script, name=[HERE.uid, S3.name, other_id(1), "no such"]) == [shown(HERE), shown(S3)]


def test_a_repository_that_is_named_twice_is_there_once(script: Script) -> None:
    script.expect(f"GET /api/repositories/{S3.id}?format=Entity", script.write.entity("Repository", S3))
    script.expect(query(S3.name, kind="Repository"), script.write.entities(S3, kind="Repository"))
    assert found(script, name=[S3.name, S3.id, S3.uid, S3.name]) == [shown(S3)]


def test_other_letters_are_another_name(script: Script) -> None:
    script.expect(query("s3 offsite", kind="Repository"), script.write.entities(S3, kind="Repository"))
    assert found(script, name="s3 offsite") == []


@pytest.mark.parametrize("name", [[], "", [""], " ", ["", None]])
def test_the_name_of_nothing_finds_nothing(script: Script, name: t.Any) -> None:
    """Where no name is given at all, everything is found; a name that is empty is that of nothing."""
    assert script.run_module(MODULE, logs_on=False, name=name)["msg"] == "Found 0 repositories."
    assert script.seen == []


def test_an_empty_text_is_no_backup_server(script: Script) -> None:
    """Surveys give one where nothing was meant."""
    script.expect(ALL, script.write.entities(HERE, kind="Repository"))
    assert found(script, name=None, backup_server="") == [shown(HERE)]


def test_a_refusal_is_a_failure(script: Script) -> None:
    script.expect(ALL, script.write.error(403, "Access denied"))
    with pytest.raises(VeeamError) as raised:
        script.run_module(MODULE)
    result = raised.value.result()
    assert result["error"] == {"request": "GET /api/query", "status": 403, "message": "Access denied"}
    assert result["changed"] is False


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"name": ["urn:veeam:Job:" + HERE.id]}, ("name: ", "not a UID of a repository")),
        ({"name": ["https://em/api/jobs/" + HERE.id]}, ("name: ", "not an href of a repository")),
        ({"name": ["a\x00b"]}, ("name: ", "control character")),
        ({"backup_server": HERE.uid}, ("backup_server: ", "not a UID of a backup server")),
        ({"backup_server": "a\x07"}, ("backup_server: ", "control character")),
    ],
)
def test_what_is_refused_before_logon(script: Script, options: dict[str, t.Any], words: tuple[str, str]) -> None:
    with pytest.raises(OptionError) as raised:
        script.run_module(MODULE, logs_on=False, **options)
    assert raised.value.msg.startswith(words[0])
    assert words[1] in raised.value.msg
