# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories as real playbooks see them."""

from __future__ import annotations

import pytest
from helpers.assertions import assert_clear, assert_refused, own_keys
from helpers.cast import (
    DEFAULT_REPOSITORY,
    DEFAULT_REPOSITORY_ON_VBR01_ID,
    DEFAULT_REPOSITORY_ON_VBR02_ID,
    S3,
    S3_ID,
    UNKNOWN_ID,
    VBR01,
    VBR01_ID,
    VBR02,
    VBR02_ID,
)
from helpers.documented import undocumented
from helpers.secrets import at_the_highest_verbosity

MODULE = "veeam_repository_info"
FORMATS = pytest.mark.parametrize("media_type", ["xml", "json"])


def ids(step):
    return [repository["id"] for repository in step.result["repositories"]]


@FORMATS
@pytest.mark.parametrize("product", ["9.5u4", "12", "13"])
def test_which_are_found(emulators, new_play, product, media_type):
    em = emulators.get(product=product)
    play = new_play(em)
    play.defaults = {"media_type": media_type}
    every = play.call(MODULE)
    checked = play.call(MODULE, task={"check_mode": True})
    named = play.call(MODULE, name=DEFAULT_REPOSITORY)
    here = play.call(MODULE, name=[DEFAULT_REPOSITORY], backup_server=VBR02.upper())
    mixed = play.call(MODULE, name=[UNKNOWN_ID, "urn:veeam:Repository:" + S3_ID, "Nowhere"])
    nobody = play.call(MODULE, name="Nowhere")
    empty = play.call(MODULE, name=[])
    user = play.call(MODULE, username="portal-user")
    play.run()
    assert every.result["repositories"] == checked.result["repositories"] == user.result["repositories"]
    assert every.routes == checked.routes == ["logon", "repositories", "logout"]
    places = [(item["backup_server"]["name"], item["name"]) for item in every.result["repositories"]]
    assert places == sorted(places)
    assert {DEFAULT_REPOSITORY_ON_VBR01_ID, DEFAULT_REPOSITORY_ON_VBR02_ID, S3_ID} <= set(ids(every))
    assert every.msg == f"Found {len(places)} repositories."
    assert ids(named) == [DEFAULT_REPOSITORY_ON_VBR01_ID, DEFAULT_REPOSITORY_ON_VBR02_ID]
    assert ids(here) == [DEFAULT_REPOSITORY_ON_VBR02_ID]
    assert mixed.routes == ["logon", "repository", "repository", "repositories", "logout"]
    address = "https://%s:%d/api" % (em.host, em.port)
    assert mixed.result["repositories"] == [
        {
            "name": S3,
            "id": S3_ID,
            "uid": "urn:veeam:Repository:" + S3_ID,
            "href": f"{address}/repositories/{S3_ID}",
            "kind": "AmazonS3Compatible",
            "capacity": None,
            "free_space": None,
            "backup_server": {"name": VBR02, "id": VBR02_ID, "href": f"{address}/backupServers/{VBR02_ID}"},
        }
    ]
    first = named.result["repositories"][0]
    assert first["capacity"] > first["free_space"] > 0
    assert first["backup_server"]["id"] == VBR01_ID
    assert (nobody.status, ids(nobody)) == ("ok", [])
    assert (ids(empty), empty.routes) == ([], [])
    for step in play.steps:
        assert step.changed is False
        assert step.warnings == []
        assert own_keys(step.result) == {"changed", "repositories", "msg", "retries"}
        assert undocumented(MODULE, step.result) == []


@FORMATS
def test_pages(emulators, new_play, media_type):
    servers = [{"name": "vbr%02d" % number} for number in range(1, 10)]
    em = emulators.get(
        state={
            "backup_servers": servers,
            "repositories": [{"name": "Main", "backup_server": server["name"]} for server in servers],
            "jobs": [],
            "accounts": [{"user": "EM01\\svc-ansible", "password": "Passw0rd!"}],
        }
    )
    play = new_play(em)
    play.defaults = {"media_type": media_type}
    step = play.call(MODULE, before=lambda: em.switches.update(max_page_size=2))
    play.run()
    assert [item["backup_server"]["name"] for item in step.result["repositories"]] == [
        server["name"] for server in servers
    ]
    assert step.routes == ["logon", *["repositories"] * 5, "logout"]
    pages = [entry for entry in step.journal if entry.path == "/api/query"]
    assert sorted(entry.query["page"] for entry in pages) == ["1", "2", "3", "4", "5"]
    assert len({entry.connection for entry in pages}) > 1, "one page after the other"


def test_failures(em, play):
    play.defaults = {}

    def spoil(**fault):
        def change():
            em.clear_faults()
            em.add_fault(**fault)

        return change

    refused = [
        (play.call(MODULE, name="urn:veeam:Job:" + S3_ID), ["name: ", "UID of a repository"]),
        (
            play.call(MODULE, backup_server="https://em/api/jobs/" + S3_ID),
            ["backup_server: ", "href of a backup server"],
        ),
        (play.call(MODULE, password="wrong"), ["refused the logon"]),
    ]
    restored = play.call(MODULE, before=spoil(fault="status", code=503, path="type=Repository"))
    html = play.call(MODULE, before=spoil(fault="html", path="type=Repository", count=0))
    play.run()
    for step, needles in refused:
        assert_refused(step, needles)
        assert undocumented(MODULE, step.result) == []
    assert (restored.status, restored.result["retries"]) == ("ok", 1)
    assert html.failed
    assert_clear(html.msg, ["HTML page"])
    assert html.routes[-1] == "logout"
    assert undocumented(MODULE, html.result) == []


def test_secrets(em, play):
    play.defaults = {}
    echo = {"fault": "status", "code": 400, "message": "you sent Passw0rd!", "body": "error", "path": "type=Repository"}
    good = play.call(MODULE)
    bad = play.call(MODULE, before=lambda: em.add_fault(**echo))
    at_the_highest_verbosity(play)
    assert (good.status, bad.status) == ("ok", "failed")
    assert VBR01 in str(good.result)
