# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs as scripts: what is sent, what is handed out, and what never is."""

from __future__ import annotations

import json
import signal
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.backupops.veeam.plugins.module_utils._em.logon_session import LogonSession
from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import Alone, Send, Tell
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import Interrupted, OptionError, VeeamError
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request, Response
from ansible_collections.backupops.veeam.plugins.module_utils._module import play as _play
from ansible_collections.backupops.veeam.plugins.modules.veeam_session import MODULE
from helpers.script import LOGON, LOGOUT, Script, lost

SESSION = LOGOUT.rpartition("/")[2]
STRAY = "9c1e7d34-5a2b-4f86-b0d3-000000000002"
GIVEN = {"state": "absent", "session_token": "token-1", "logon_session_id": SESSION}


@pytest.mark.parametrize("check_mode", [False, True])
def test_present_opens_one_and_leaves_it_open(script: Script, check_mode: bool) -> None:
    """In check mode too: the other tasks of a play need one."""
    script.expect(LOGON, script.write.session())
    assert script.run_module(MODULE, logs_on=False, check_mode=check_mode) == {
        "changed": True,
        "session_id": "token-1",
        "logon_session_id": SESSION,
        "msg": "Opened a logon session on em.example.test. It ends after 15 idle minutes.",
        "retries": 0,
    }


def test_the_password_is_not_in_the_result(script: Script) -> None:
    script.expect(LOGON, script.write.session(token="token-1"))
    assert "Passw0rd" not in json.dumps(script.run_module(MODULE, logs_on=False))


@pytest.mark.parametrize("check_mode", [False, True])
def test_absent_closes_it(script: Script, check_mode: bool) -> None:
    script.expect(LOGOUT, Response(204, {}, b""))
    result = script.run_module(MODULE, logs_on=False, check_mode=check_mode, **GIVEN)
    assert result == {"changed": True, "msg": "Closed the logon session.", "retries": 0}
    assert script.requests[0].headers["X-RestSvcSessionId"] == "token-1"


@pytest.mark.parametrize("status", [401, 404])
def test_absent_where_it_is_closed_already(script: Script, status: int) -> None:
    """Once may be a proxy's page; twice is believed."""
    script.expect(LOGOUT, script.write.error(status, "Not authorized"))
    script.expect(LOGOUT, script.write.error(status, "Not authorized"))
    result = script.run_module(MODULE, logs_on=False, **GIVEN)
    assert result == {"changed": False, "msg": "The logon session was closed already.", "retries": 0}


def test_a_session_that_cannot_be_closed(script: Script) -> None:
    script.expect(LOGOUT, lost, many=True)
    with pytest.raises(VeeamError) as raised:
        script.run_module(MODULE, logs_on=False, **GIVEN)
    result = raised.value.result()
    assert result["error"]["request"] == "DELETE /api/logonSessions/..."
    assert SESSION not in json.dumps(result)


def test_a_message_that_tells_token_and_id(script: Script) -> None:
    """A server may say anything; only what is handed out on purpose is shown."""
    script.expect(LOGOUT, script.write.error(403, f"token-1 and {SESSION} may not"), many=True)
    with pytest.raises(VeeamError) as raised:
        script.run_module(MODULE, logs_on=False, **GIVEN)
    assert "token-1" not in json.dumps(raised.value.result())
    assert SESSION not in json.dumps(raised.value.result())


def test_a_logon_that_is_refused(script: Script) -> None:
    script.expect(LOGON, script.write.error(401, "Not authorized"))
    with pytest.raises(VeeamError, match="refused the logon"):
        script.run_module(MODULE, logs_on=False)


def test_what_an_attempt_that_failed_has_opened_is_closed(script: Script) -> None:
    """And not the one that is handed out."""
    script.expect(LOGON, script.write.error(503, "Starting", **{"x-restsvcsessionid": "token-0"}))
    script.expect(LOGON, script.write.session())
    script.expect("GET /api/logonSessions", script.write.sessions(STRAY, SESSION))
    script.expect(LOGOUT.replace(SESSION, STRAY), Response(204, {}, b""))
    result = script.run_module(MODULE, logs_on=False)
    assert (result["session_id"], result["logon_session_id"]) == ("token-1", SESSION)
    assert [request.headers.get("X-RestSvcSessionId") for request in script.requests[2:]] == ["token-0", "token-0"]


def test_a_run_that_is_stopped_leaves_none_behind(script: Script) -> None:
    """The logon is not broken off; the run is stopped right after it, and then nobody knows of the session."""
    flow = script.flow_of(MODULE)
    logon = next(flow)
    assert isinstance(logon, Send)
    assert logon.unbroken
    assert isinstance(flow.send(script.write.session()), Tell)
    way_out = flow.throw(Interrupted(15, "SIGTERM"))
    assert isinstance(way_out, Alone)
    assert way_out.shielded
    logout = next(way_out.flow)
    assert isinstance(logout, Send)
    assert f"{logout.request.method} {logout.request.path}" == LOGOUT


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"session_id": "token-1"}, "session_id: names a logon session that is open already"),
        ({"logon_session_id": SESSION}, "logon_session_id: names a logon session that is open already"),
        ({"state": "absent"}, "session_id: is missing"),
        ({"state": "absent", "session_id": "token-1"}, "logon_session_id: is missing"),
        ({"state": "absent", "session_id": "", "logon_session_id": SESSION}, "session_id: is missing"),
        ({**GIVEN, "logon_session_id": "42"}, "logon_session_id: is not the id of a logon session"),
        ({**GIVEN, "logon_session_id": SESSION + "/.."}, "logon_session_id: is not the id of a logon session"),
    ],
)
def test_what_is_refused(script: Script, options: dict[str, t.Any], words: str) -> None:
    with pytest.raises(OptionError) as raised:
        script.run_module(MODULE, logs_on=False, **options)
    assert raised.value.msg.startswith(words)
    assert "token-1" not in raised.value.msg


class StoppedAtTheEnd:
    """Stands for the connection. A signal strikes when the session has been handed over, before the run returns."""

    def __init__(self, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[str] = []
        self._answers = {LOGON: script.write.session(), LOGOUT: Response(204, {}, b"")}
        hand_over = LogonSession.hand_over

        def struck(session: LogonSession) -> tuple[str, str]:
            handed_over = hand_over(session)
            signal.raise_signal(signal.SIGTERM)
            return handed_over

        monkeypatch.setattr(LogonSession, "hand_over", struck)
        monkeypatch.setattr(_play, "Connection", lambda *unused: self)
        monkeypatch.setattr(_play, "tls_context", lambda endpoint: None)

    def exchange(self, request: Request, deadline: float) -> Response:
        self.sent.append(f"{request.method} {request.path}")
        return self._answers[self.sent[-1]]

    def abort(self) -> None:
        """There is nothing to break off."""

    def close(self) -> None:
        """There is nothing to close."""


def test_a_session_that_nobody_gets_is_closed(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the last request and the result; the handler that was there gets the signal from whoever called."""
    connection = StoppedAtTheEnd(script, monkeypatch)
    options = {"hostname": "em.example.test", "username": "u", "password": "p", "media_type": script.write.media_type}
    checked = ArgumentSpecValidator(**MODULE.spec.arguments()).validate(options)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with pytest.raises(Interrupted) as raised:
            _play.play(MODULE, checked.validated_parameters, False, False, lambda text: None)
        assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGTERM, before)
    assert connection.sent == [LOGON, LOGOUT]
    assert raised.value.signal_number == signal.SIGTERM
