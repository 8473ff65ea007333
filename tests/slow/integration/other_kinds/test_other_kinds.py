# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agent and file share jobs as real playbooks see them."""

from __future__ import annotations

import pytest
from helpers.cast import AGENTS, AGENTS_ID, SHARES, SHARES_ID, VBR01
from helpers.documented import undocumented

JOBS = [{"job": AGENTS_ID, "kind": "agent"}, {"job": SHARES, "kind": "nas"}]


@pytest.mark.parametrize(("product", "media_type"), [("9.5u4", "json"), ("12", "xml"), ("13", "json")])
def test_listed_run_and_switched(emulators, new_play, product, media_type):
    em = emulators.get(product=product)
    play = new_play(em)
    play.defaults = {"media_type": media_type}
    times = {"poll_interval": 0.05}
    listed = play.call("veeam_job_info", kind=["job", "agent", "nas"], gather=["last_session"])
    agents = play.call("veeam_job_run", kind="agent", job=AGENTS, backup_server=VBR01, **times)
    both = play.call("veeam_job_run", jobs=JOBS, **times)
    off = play.call("veeam_job", kind="agent", name=AGENTS_ID, enabled=False, **times)
    again = play.call("veeam_job", kind="agent", name=AGENTS_ID, enabled=False, **times)
    shares = play.call("veeam_job", kind="nas", name=SHARES, enabled=False, **times)
    play.run()
    has_shares = product != "9.5u4"
    kinds = {job["kind"] for job in listed.result["jobs"]}
    assert kinds == ({"job", "agent", "nas"} if has_shares else {"job", "agent"})
    assert agents.result["session"]["result"] == "Success"
    assert agents.routes.count("start-agents") == 1
    assert [item["failed"] for item in both.result["results"]] == [False, not has_shares]
    assert (off.routes.count("toggle-agents"), again.routes.count("toggle-agents")) == (1, 0)
    assert (off.changed, again.changed) == (True, False)
    if has_shares:
        assert both.routes.count("start-shares") == 1
        assert shares.routes.count("toggle-shares") == 1
        assert (shares.result["job"]["id"], shares.result["job"]["enabled"]) == (SHARES_ID, False)
    else:
        assert "has no file share jobs" in shares.result["msg"]
    for module, steps in (("veeam_job_info", [listed]), ("veeam_job_run", [agents, both]), ("veeam_job", [off, again])):
        assert [undocumented(module, step.result) for step in steps] == [[] for _step in steps]
