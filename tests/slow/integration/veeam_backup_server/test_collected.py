# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reading of a backup server as real playbooks see it."""

from __future__ import annotations

import pytest
from helpers.assertions import assert_refused
from helpers.cast import VBR01, VBR01_ID
from helpers.documented import undocumented

MODULE = "veeam_backup_server"


@pytest.mark.parametrize(("product", "media_type"), [("9.5u4", "xml"), ("12", "json"), ("13", "xml")])
def test_it_is_read(emulators, new_play, product, media_type):
    em = emulators.get(product=product)
    em.switches["collect_length"] = "2"
    play = new_play(em)
    play.defaults = {"media_type": media_type, "backup_server": VBR01, "poll_interval": 0.05}
    foretold = play.call(MODULE, task={"check_mode": True})
    done = play.call(MODULE)
    recent = play.call(MODULE, not_older_than="1h")
    at_once = play.call(MODULE, wait=False)
    unknown = play.call(MODULE, backup_server="nowhere")
    refused = play.call(MODULE, not_older_than="soon")
    play.run()
    tells = product != "9.5u4"
    assert (foretold.changed, foretold.writes) == (True, [])
    assert done.changed
    assert done.routes.count("collect") == 1
    assert done.result["backup_server"] == {
        "name": VBR01,
        "id": VBR01_ID,
        "href": "https://%s:%d/api/backupServers/%s" % (em.host, em.port, VBR01_ID),
    }
    if tells:
        assert done.result["session"]["state"] == "CompletedSuccessfully"
        assert done.routes[-2:] == ["events", "logout"]
    else:
        assert done.result["session"] is None
    assert recent.changed is not tells
    assert ("collect" in recent.routes) is not tells
    assert (at_once.changed, at_once.result["session"]) == (True, None)
    assert_refused(refused, ["not_older_than: ", "is not a duration"])
    assert 'there is no backup server "nowhere"' in unknown.result["msg"]
    for step in (foretold, done, recent, at_once):
        assert undocumented(MODULE, step.result) == []
