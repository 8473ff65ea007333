# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backup servers as real playbooks see them."""

from __future__ import annotations

import pytest
from helpers.assertions import assert_refused, own_keys
from helpers.cast import S3_ID, UNKNOWN_ID, VBR01, VBR01_ID, VBR02, VBR02_ID
from helpers.documented import undocumented
from helpers.secrets import at_the_highest_verbosity

MODULE = "veeam_backup_server_info"


@pytest.mark.parametrize("media_type", ["xml", "json"])
@pytest.mark.parametrize("product", ["9.5u4", "12", "13"])
def test_which_are_found(emulators, new_play, product, media_type):
    em = emulators.get(product=product)
    play = new_play(em)
    play.defaults = {"media_type": media_type}
    every = play.call(MODULE)
    named = play.call(MODULE, name=[VBR02, "nowhere", UNKNOWN_ID, VBR02_ID])
    checked = play.call(MODULE, username="portal-user", task={"check_mode": True})
    empty = play.call(MODULE, name=[])
    refused = play.call(MODULE, name="/api/repositories/" + S3_ID)
    play.run()
    assert every.routes == ["logon", "servers", "logout"]
    assert every.result["backup_servers"] == checked.result["backup_servers"]
    assert [item["name"] for item in every.result["backup_servers"]] == [VBR01, VBR02]
    first = every.result["backup_servers"][0]
    assert first == {
        "name": VBR01,
        "id": VBR01_ID,
        "uid": "urn:veeam:BackupServer:" + VBR01_ID,
        "href": "https://%s:%d/api/backupServers/%s" % (em.host, em.port, VBR01_ID),
        "description": "",
        "version": first["version"],
        "port": 443 if product == "13" else 9392,
    }
    assert first["version"].startswith({"9.5u4": "9.5", "12": "12.", "13": "13."}[product])
    assert named.routes == ["logon", "server", "server", "servers", "logout"]
    assert [item["id"] for item in named.result["backup_servers"]] == [VBR02_ID]
    assert (empty.result["backup_servers"], empty.routes) == ([], [])
    assert_refused(refused, ["name: ", "href of a backup server"])
    for step in (every, named, checked, empty):
        assert own_keys(step.result) == {"changed", "backup_servers", "msg", "retries"}
        assert (step.changed, undocumented(MODULE, step.result)) == (False, [])


def test_secrets(em, play):
    play.defaults = {}
    play.call(MODULE)
    play.call(MODULE, name="nowhere", username="nobody")
    at_the_highest_verbosity(play)
    assert [step.status for step in play.steps] == ["ok", "failed"]
