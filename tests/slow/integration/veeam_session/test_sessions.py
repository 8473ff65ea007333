# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One logon session for several tasks, in real playbooks."""

from __future__ import annotations

import json

import pytest
from helpers.assertions import assert_refused, own_keys
from helpers.cast import DEFAULT_REPOSITORY, GOLD, PASSWORD, UNKNOWN_ID
from helpers.documented import undocumented

MODULE = "veeam_session"
OPEN = {"register": "logon"}
TOKEN, SESSION = "{{ logon.session_id }}", "{{ logon.logon_session_id }}"


@pytest.mark.parametrize("media_type", ["xml", "json"])
@pytest.mark.parametrize("product", ["9.5u4", "12", "13"])
@pytest.mark.parametrize("check_mode", [False, True])
def test_tasks_share_one_session(emulators, new_play, product, media_type, check_mode):
    em = emulators.get(product=product)
    play = new_play(em)
    play.defaults = {"media_type": media_type}
    play.arguments = ["--check"] if check_mode else []
    play.may_stay_open = lambda session: session == opened.result.get("logon_session_id")
    opened = play.call(MODULE, task=OPEN)
    shared = [
        play.call("veeam_job_clone", session_token=TOKEN, source_job=GOLD, name="new", repository=DEFAULT_REPOSITORY),
        play.call("veeam_repository_info", session_id=TOKEN),
        play.call("veeam_job_info", session_token=TOKEN, details=False),
    ]
    closed = play.call(MODULE, state="absent", session_token=TOKEN, logon_session_id=SESSION)
    again = play.call(MODULE, state="absent", session_id=TOKEN, logon_session_id=SESSION)
    play.run()
    assert (opened.changed, opened.routes) == (True, ["logon"])
    assert own_keys(opened.result) == {"changed", "session_id", "logon_session_id", "msg", "retries"}
    assert opened.open_sessions == [opened.result["logon_session_id"]]
    for step in shared:
        assert step.status == "ok", step.result
        assert not {"logon", "logout"} & set(step.routes)
        assert {entry.session for entry in step.journal} == {opened.result["logon_session_id"]}
    assert (closed.changed, closed.routes, closed.open_sessions) == (True, ["logout"], [])
    assert (again.changed, set(again.routes), again.msg) == (False, {"logout"}, "The logon session was closed already.")
    for step in (opened, closed, again):
        assert undocumented(MODULE, step.result) == []
        assert step.warnings == []
    assert opened.result["session_id"] not in json.dumps([closed.result, again.result])
    assert opened.result["logon_session_id"] not in json.dumps([closed.result, again.result])


def test_what_is_refused(em, play):
    play.defaults = {}
    cases = [
        (play.call(MODULE, session_id="token"), ["session_id: ", "open already"]),
        (play.call(MODULE, state="absent"), ["session_id: is missing"]),
        (play.call(MODULE, state="absent", session_id="token"), ["logon_session_id: is missing"]),
        (play.call(MODULE, state="absent", session_id="token", logon_session_id="7"), ["GUID"]),
        (play.call(MODULE, password="wrong"), ["refused the logon"]),
        (play.call(MODULE, username="nobody"), ["refused the logon"]),
    ]
    play.run()
    for step, needles in cases:
        assert_refused(step, needles)
        assert undocumented(MODULE, step.result) == []
    assert [step.routes for step, _needles in cases] == [[], [], [], [], ["logon"], ["logon"]]


def test_a_session_that_has_ended_is_as_good_as_closed(em, play):
    play.defaults = {}
    play.may_stay_open = lambda session: session == opened.result.get("logon_session_id")
    opened = play.call(MODULE, task=OPEN)
    lost = play.call("veeam_repository_info", before=em.expire_sessions, session_token=TOKEN)
    closed = play.call(MODULE, state="absent", session_token=TOKEN, logon_session_id=SESSION)
    unknown = play.call(MODULE, state="absent", session_token=TOKEN, logon_session_id=UNKNOWN_ID)
    play.run()
    assert lost.failed
    assert "15 idle minutes" in lost.msg
    assert (closed.status, closed.changed) == ("ok", False)
    assert (unknown.status, unknown.changed) == ("ok", False)


def test_secrets(em, play):
    """With no_log nothing of the result is shown, at -vvvv either, and the next task can use it."""
    play.defaults = {}
    play.arguments = ["-vvvv", "--diff"]
    play.may_stay_open = lambda session: True
    opened = play.call(MODULE, task={**OPEN, "no_log": True})
    used = play.call("veeam_repository_info", session_token=TOKEN)
    closed = play.call(MODULE, state="absent", session_token=TOKEN, logon_session_id=SESSION)
    run = play.run()
    assert "censored" in opened.result
    assert (used.status, closed.changed, em.open_sessions()) == ("ok", True, [])
    (session,) = {entry.session for entry in closed.journal}
    texts = [run.output, json.dumps([opened.result, used.result, closed.result])]
    for secret in (PASSWORD, session, *em.world.sessions._by_token):
        for text in texts:
            assert secret not in text
