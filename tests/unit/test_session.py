# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The logon session: opened once, renewed at most once, closed on every way out, and its secrets kept."""

from __future__ import annotations

import base64
import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em.logon_session import Credentials, LogonSession
from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import Flow
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import (
    BadAnswer,
    ExchangeError,
    Forbidden,
    Interrupted,
    NoAnswer,
    NotSent,
    Refused,
    Unauthorized,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request, Response
from helpers.documents import HTML
from helpers.script import Script, garbage, lost, unreachable, untrusted

LOGON = "POST /api/sessionMngr/?v=latest"
FIRST, SECOND = "9c1e7d34-5a2b-4f86-b0d3-e1f2a3b4c5d6", "9c1e7d34-5a2b-4f86-b0d3-000000000002"
THIRD = "9c1e7d34-5a2b-4f86-b0d3-000000000003"
LOGOUT = "DELETE /api/logonSessions/"
GONE = Response(204, {}, b"")
PASSWORD = "Passw0rd!\xe4\u20ac"


class Opened:
    """A session on a scripted server, and what it told."""

    def __init__(self, script: Script, credentials: Credentials | None = None, api_version: str = "latest") -> None:
        self.script = script
        self.warnings: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.session = LogonSession(
            credentials or Credentials("EM01\\svc", PASSWORD, None),
            script.write.media_type,
            api_version,
            ("em.example.test", 9398),
            30.0,
            lambda *note: script.notes.append(note),
            self.warnings.append,
            script.clock,
        )

    def run(self, flow: Flow[t.Any]) -> t.Any:
        return self.script.run(flow, complete=False)

    def __enter__(self) -> LogonSession:
        try:
            self.run(self.session.open())
        except BaseException:
            self.run(self.session.close())
            raise
        return self.session

    def __exit__(self, *unused: t.Any) -> None:
        self.run(self.session.close())

    def renew(self, token: str | None = None) -> None:
        self.run(self.session.renew(token or self.session.token, self.script.clock() + 30, "GET /api/query"))


def logged_out(script: Script, session_id: str = FIRST) -> None:
    script.expect(LOGOUT + session_id, GONE)


# -- the way in ----------------------------------------------------------------------------------------------------


def test_logon_and_logout(script: Script) -> None:
    script.expect(LOGON, script.write.session(FIRST, "token-1"))
    opened = Opened(script)
    with opened as session:
        assert session.token == "token-1"
        logged_out(script)
    script.assert_complete()
    assert opened.warnings == []
    assert script.requests[0].body == b"", "no body, and so no form type either"


def test_the_answer_of_the_sample(sample: t.Callable[[str], bytes]) -> None:
    lines = sample("logon-response-headers.txt").decode().splitlines()[1:]
    headers = {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines if line)}
    script = Script()
    script.expect(LOGON, Response(201, headers, sample("logon-session.xml")))
    logged_out(script)
    with Opened(script) as session:
        assert session.token == "b3BhcXVlLXRva2VuLWV4YW1wbGU="
        assert "Cookie" not in session.sign(Request("GET", "/api/query")).headers
    script.assert_complete()


def test_the_version_that_is_asked_for(script: Script) -> None:
    script.expect("POST /api/sessionMngr/?v=v1_7", script.write.session())
    logged_out(script)
    with Opened(script, api_version="v1_7"):
        pass
    script.assert_complete()


def test_headers(script: Script) -> None:
    script.expect(LOGON, script.write.session(FIRST, "token-1"))
    logged_out(script)
    with Opened(script) as session:
        logon = script.requests[0].headers
        read = session.sign(Request("GET", "/api/query")).headers
        clone = session.sign(Request("POST", "/api/jobs/x?action=clone", b"x")).headers
        likeness = session.sign(Request("POST", "/api/sessionMngr/?v=latest", b"")).headers
    content_type = "application/" + script.write.media_type
    for headers in (logon, read, clone):
        assert headers["Accept"] == content_type
        assert "Cookie" not in headers
    assert base64.b64decode(logon["Authorization"].partition("Basic ")[2]).decode() == "EM01\\svc:" + PASSWORD
    assert "X-RestSvcSessionId" not in logon
    assert logon["Content-Type"] == clone["Content-Type"] == content_type
    assert "Content-Type" not in read
    for headers in (read, clone, likeness):
        assert headers["X-RestSvcSessionId"] == "token-1"
        assert "Authorization" not in headers, "the password goes into the logon alone"


def test_a_given_token_is_used_as_it_is(script: Script) -> None:
    """Neither logged on nor logged out: the script is empty."""
    opened = Opened(script, Credentials(None, None, "given"))
    with opened as session:
        assert session.sign(Request("GET", "/api/query")).headers["X-RestSvcSessionId"] == "given"
    assert script.requests == []
    assert opened.warnings == []


def refused(script: Script, kind: type[ExchangeError]) -> ExchangeError:
    opened = Opened(script)
    with pytest.raises(kind) as raised:
        opened.__enter__()
    script.assert_complete()
    error = raised.value
    for secret in opened.session.secrets:
        assert secret not in str(error.result())
    return error


def test_a_wrong_password(script: Script) -> None:
    """Asked once: repeated wrong passwords lock accounts."""
    script.expect(LOGON, script.write.error(401, "<wording not known>"))
    error = refused(script, Unauthorized)
    assert "EM01\\svc" in error.msg
    assert "em.example.test port 9398" in error.msg
    assert error.result()["error"] == {
        "request": "POST /api/sessionMngr/",
        "status": 401,
        "message": "<wording not known>",
    }


def test_a_role_that_may_not_log_on(script: Script) -> None:
    script.expect(LOGON, script.write.error(403, "Access denied"))
    assert "Portal Administrator" in refused(script, Forbidden).msg


@pytest.mark.parametrize(
    "answer",
    [
        HTML,
        HTML._replace(status=404),
        Response(404, {}, b""),
        Response(200, {"content-type": "application/xml"}, b""),
        Response(201, {"content-type": "application/json"}, b"{}"),
        Response(201, {"x-restsvcsessionid": ""}, b""),
        Response(201, {"x-restsvcsessionid": "a\r\nb", "location": "/api/logonSessions/" + FIRST}, b""),
        Response(201, {"x-restsvcsessionid": "t\xe4", "location": "/api/logonSessions/" + FIRST}, b""),
    ],
)
def test_not_the_api(script: Script, answer: Response) -> None:
    script.expect(LOGON, answer)
    error = refused(script, BadAnswer)
    assert "REST API port" in error.msg
    assert "9398" in error.msg
    assert error.permanent


@pytest.mark.parametrize(("failure", "kind"), [(unreachable, NotSent), (lost, NoAnswer)])
def test_a_logon_is_tried_three_times(script: Script, failure: t.Any, kind: type[ExchangeError]) -> None:
    for _attempt in range(3):
        script.expect(LOGON, failure)
    refused(script, kind)
    assert len(script.notes) == 2


def test_a_server_that_is_busy(script: Script) -> None:
    script.expect(LOGON, script.write.error(503, "Starting"))
    script.expect(LOGON, lost)
    script.expect(LOGON, script.write.session())
    logged_out(script)
    with Opened(script):
        pass
    script.assert_complete()


@pytest.mark.parametrize("status", [400, 403, 405, 415, 429, 500, 502, 504])
def test_other_refusals_are_final(script: Script, status: int) -> None:
    script.expect(LOGON, script.write.error(status, "No"))
    assert refused(script, Refused).status == status


@pytest.mark.parametrize("failure", [untrusted, garbage])
def test_other_failures_are_final(script: Script, failure: t.Any) -> None:
    script.expect(LOGON, failure)
    refused(script, ExchangeError)


@pytest.mark.parametrize("body", [b"", b"<LogonSession", b"{", b"<html/>", b"\xff"])
def test_a_session_whose_body_broke_off_is_closed_all_the_same(script: Script, body: bytes) -> None:
    script.expect(LOGON, script.write.session(FIRST, "token-1")._replace(body=body))
    logged_out(script)
    with Opened(script) as session:
        assert session.token == "token-1"
    script.assert_complete()


STRAY = "GET /api/logonSessions"


@pytest.mark.parametrize("location", ["", "/", "https://em/api/logonSessions/", "https://em/api/logonSessions/../jobs"])
def test_a_session_without_a_name_is_not_used_but_found_and_closed(script: Script, location: str) -> None:
    answer = script.write.session(token="token-1")
    script.expect(LOGON, answer._replace(body=b"", headers={**answer.headers, "location": location}))
    script.expect(STRAY, script.write.sessions(FIRST))
    logged_out(script)
    refused(script, BadAnswer)
    script.assert_complete()


@pytest.mark.parametrize("ids", [(), (FIRST, SECOND)])
def test_a_session_without_a_name_among_others_is_left_alone(script: Script, ids: tuple[str, ...]) -> None:
    """Nobody can tell which of them it is, and one may be at work for somebody else."""
    answer = script.write.session()
    script.expect(LOGON, answer._replace(body=b"", headers={"x-restsvcsessionid": "token-1"}))
    script.expect(STRAY, script.write.sessions(*ids))
    opened = Opened(script)
    with pytest.raises(BadAnswer), opened:
        pass
    script.assert_complete()
    assert len(opened.warnings) == 1


def test_a_session_without_a_name_that_cannot_be_found(script: Script) -> None:
    answer = script.write.session()
    script.expect(LOGON, answer._replace(body=b"", headers={"x-restsvcsessionid": "token-1"}))
    script.expect(STRAY, HTML, many=True)
    opened = Opened(script)
    with pytest.raises(BadAnswer), opened:
        pass
    assert len(opened.warnings) == 1
    assert "without naming it" in opened.warnings[0]


def unnamed(script: Script, token: str) -> Response:
    """The answer of a logon that a proxy replaced; the session is open, and its token stands in the headers."""
    return script.write.error(502, "Bad gateway", **{"x-restsvcsessionid": token})


def renewed_at_the_second_attempt(opened: Opened) -> str | None:
    """The token in use at the end of a run that waits for hours, whose session is renewed again where that failed."""
    with opened as session:
        session.renew_again_after = 60.0
        with pytest.raises(Refused):
            opened.renew()
        opened.renew()
        return session.token


def test_a_session_without_a_name_is_closed_although_another_was_opened_after_it(script: Script) -> None:
    """Where it is renewed again; its own token tells which it is, and closes it."""
    script.expect(LOGON, script.write.session(FIRST, "token-1"))
    script.expect(LOGON, unnamed(script, "token-2"))
    script.expect(LOGON, script.write.session(THIRD, "token-3"))
    script.expect(STRAY, script.write.sessions(SECOND, FIRST, THIRD))
    for session_id in (FIRST, SECOND, THIRD):
        logged_out(script, session_id)
    opened = Opened(script)
    assert renewed_at_the_second_attempt(opened) == "token-3"
    script.assert_complete()
    assert opened.warnings == []
    signed = [request.headers["X-RestSvcSessionId"] for request in script.requests[3:]]
    assert signed == ["token-2", "token-1", "token-2", "token-3"]


def test_each_of_several_sessions_without_a_name_is_looked_for(script: Script) -> None:
    """One of them is not open: the answer came from a cache, say."""
    script.expect(LOGON, script.write.session(FIRST, "token-1"))
    script.expect(LOGON, unnamed(script, "token-2"))
    script.expect(LOGON, unnamed(script, "token-3"))
    for _attempt in range(3):
        script.expect(STRAY, script.write.error(401, "Not valid"))
    script.expect(STRAY, script.write.sessions(FIRST, THIRD))
    logged_out(script, FIRST)
    logged_out(script, THIRD)
    opened = Opened(script)
    with opened as session:
        session.renew_again_after = 60.0
        for _time in range(2):
            with pytest.raises(Refused):
                opened.renew()
    script.assert_complete()
    assert len(opened.warnings) == 1
    assert [request.headers["X-RestSvcSessionId"] for request in script.requests[3:7]] == 3 * ["token-2"] + ["token-3"]


def test_the_session_in_use_is_closed_last(script: Script) -> None:
    """A 401 may be a mistake: the first session is closed as well, with the token of the second."""
    script.expect(LOGON, script.write.session(FIRST, "token-1"))
    script.expect(LOGON, script.write.session(SECOND, "token-2"))
    logged_out(script, FIRST)
    logged_out(script, SECOND)
    opened = Opened(script)
    with opened as session:
        opened.renew()
        assert session.token == "token-2"
    script.assert_complete()


def renewed(script: Script) -> Opened:
    """A session, and a second one that has replaced it after a 401."""
    script.expect(LOGON, script.write.session(FIRST, "token-1"))
    script.expect(LOGON, script.write.session(SECOND, "token-2"))
    opened = Opened(script)
    opened.run(opened.session.open())
    opened.renew()
    return opened


def logouts(script: Script, session_id: str) -> list[str]:
    """The tokens with which it was to be closed."""
    found = [request for request in script.requests if request.path.endswith(session_id)]
    return [request.headers["X-RestSvcSessionId"] for request in found]


def test_each_session_is_closed_with_its_own_token(script: Script) -> None:
    opened = renewed(script)
    logged_out(script, FIRST)
    logged_out(script, SECOND)
    opened.run(opened.session.close())
    script.assert_complete()
    assert (logouts(script, FIRST), logouts(script, SECOND)) == (["token-1"], ["token-2"])


def test_a_session_whose_own_token_is_refused_is_closed_with_the_token_in_use(script: Script) -> None:
    opened = renewed(script)
    script.expect(LOGOUT + FIRST, script.write.error(401, "Over"))
    logged_out(script, FIRST)
    logged_out(script, SECOND)
    opened.run(opened.session.close())
    script.assert_complete()
    assert logouts(script, FIRST) == ["token-1", "token-2"]
    assert opened.warnings == []


def test_the_token_in_use_may_be_over_too(script: Script) -> None:
    """A 401 on it says nothing of the other session, whose own token was refused only once."""
    opened = renewed(script)
    script.expect(LOGOUT + FIRST, script.write.error(401, "By mistake"))
    script.expect(LOGOUT + FIRST, script.write.error(401, "Over"))
    logged_out(script, FIRST)
    script.expect(LOGOUT + SECOND, script.write.error(401, "Over"), many=True)
    opened.run(opened.session.close())
    script.assert_complete()
    assert logouts(script, FIRST) == ["token-1", "token-2", "token-1"]
    assert opened.warnings == []


def test_sessions_that_are_all_over_are_no_trouble(script: Script) -> None:
    opened = renewed(script)
    script.expect(LOGOUT + FIRST, script.write.error(401, "Over"), many=True)
    script.expect(LOGOUT + SECOND, script.write.error(401, "Over"), many=True)
    opened.run(opened.session.close())
    assert logouts(script, FIRST) == ["token-1", "token-2", "token-1"]
    assert logouts(script, SECOND) == ["token-2", "token-2"]
    assert opened.warnings == []


@pytest.mark.parametrize("ids", [(FIRST, SECOND), (SECOND, FIRST), (FIRST, SECOND, THIRD), (FIRST,)])
def test_a_second_session_without_a_name_is_told_from_the_first(script: Script, ids: tuple[str, ...]) -> None:
    script.expect(LOGON, script.write.session(FIRST, "token-1"))
    answer = script.write.session(token="token-2")
    script.expect(LOGON, answer._replace(body=b"", headers={"x-restsvcsessionid": "token-2"}))
    script.expect(STRAY, script.write.sessions(*ids))
    logged_out(script, FIRST)
    found = len(ids) == 2
    if found:
        logged_out(script, SECOND)
    opened = Opened(script)
    with opened, pytest.raises(BadAnswer):
        opened.renew()
    script.assert_complete()
    assert logouts(script, FIRST) == ["token-1"]
    assert logouts(script, SECOND) == (["token-2"] if found else [])
    assert len(opened.warnings) == (not found)


# -- the way out ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [RuntimeError("x"), KeyboardInterrupt(), Interrupted(15, "SIGTERM"), SystemExit(1)])
def test_logout_on_every_way_out(script: Script, error: BaseException) -> None:
    script.expect(LOGON, script.write.session())
    logged_out(script)

    def use() -> None:
        with Opened(script):
            raise error

    with pytest.raises(type(error)):
        use()
    script.assert_complete()


@pytest.mark.parametrize("failure", [unreachable, lost, garbage, HTML, Response(500, {}, b""), Response(503, {}, b"")])
def test_a_logout_that_fails_only_warns(script: Script, failure: t.Any) -> None:
    script.expect(LOGON, script.write.session(FIRST, "token-1"))
    script.expect(LOGOUT + FIRST, failure, many=True)
    opened = Opened(script)
    with opened:
        before = script.clock()
    script.assert_complete()
    assert len(opened.warnings) == 1
    assert "could not be closed" in opened.warnings[0]
    assert "token-1" not in opened.warnings[0]
    assert script.clock() - before <= 15, "half of one request's time"


def test_no_message_of_a_logout_holds_the_session_id(script: Script) -> None:
    """Up to EM 12.1 the token can be computed from it."""
    script.expect(LOGON, script.write.session(FIRST, "token-1"))
    script.expect(LOGOUT + FIRST, lost, many=True)
    opened = Opened(script)
    with opened:
        pass
    for text in [*opened.warnings, *(request.label for request, _error in script.notes)]:
        assert FIRST not in text


def test_a_logout_is_tried_again(script: Script) -> None:
    script.expect(LOGON, script.write.session())
    script.expect(LOGOUT + FIRST, lost)
    logged_out(script)
    opened = Opened(script)
    with opened:
        pass
    script.assert_complete()
    assert opened.warnings == []


@pytest.mark.parametrize("status", [401, 404])
def test_a_session_that_is_gone_already_is_no_trouble(script: Script, status: int) -> None:
    script.expect(LOGON, script.write.session())
    script.expect(LOGOUT + FIRST, script.write.error(status, "Gone"), many=True)
    opened = Opened(script)
    with opened:
        pass
    script.assert_complete()
    assert opened.warnings == []


# -- renewal -------------------------------------------------------------------------------------------------------


def test_renewed_once_and_both_are_closed(script: Script) -> None:
    script.expect(LOGON, script.write.session(FIRST, "token-1"))
    script.expect(LOGON, script.write.session(SECOND, "token-2"))
    script.expect_any({LOGOUT + FIRST: GONE, LOGOUT + SECOND: GONE})
    opened = Opened(script)
    with opened as session:
        opened.renew()
        assert session.token == "token-2"
    script.assert_complete()
    assert script.count(LOGOUT) == 2


def test_not_renewed_where_that_was_done_already(script: Script) -> None:
    script.expect(LOGON, script.write.session(FIRST, "token-1"))
    script.expect(LOGON, script.write.session(SECOND, "token-2"))
    script.expect_any({LOGOUT + FIRST: GONE, LOGOUT + SECOND: GONE})
    opened = Opened(script)
    with opened:
        opened.renew()
        opened.renew("token-1")
    script.assert_complete()


def test_renewed_again_where_a_run_waits_for_hours(script: Script) -> None:
    """But not at once: a server that refuses its own new sessions is not asked for more and more of them."""
    script.expect(LOGON, script.write.session(FIRST, "token-1"))
    script.expect(LOGON, script.write.session(SECOND, "token-2"))
    script.expect(LOGON, script.write.session(THIRD, "token-3"))
    script.expect_any({LOGOUT + FIRST: GONE, LOGOUT + SECOND: GONE, LOGOUT + THIRD: GONE})
    opened = Opened(script)
    with opened as session:
        session.renew_again_after = 60.0
        opened.renew()
        script.clock.forward(59)
        with pytest.raises(Unauthorized):
            opened.renew()
        script.clock.forward(1)
        opened.renew()
        assert session.token == "token-3"
    script.assert_complete()


def test_a_logon_that_failed_does_not_count_where_it_may_be_renewed_again(script: Script) -> None:
    script.expect(LOGON, script.write.session(FIRST, "token-1"))
    for _attempt in range(3):
        script.expect(LOGON, script.write.error(503, "Starting"))
    script.expect(LOGON, script.write.session(SECOND, "token-2"))
    script.expect_any({LOGOUT + FIRST: GONE, LOGOUT + SECOND: GONE})
    assert renewed_at_the_second_attempt(Opened(script)) == "token-2"
    script.assert_complete()


@pytest.mark.parametrize("again_after", [None, 60.0])
def test_credentials_that_were_refused_are_not_sent_again(script: Script, again_after: float | None) -> None:
    """By the next job of a list, say: repeated wrong passwords lock accounts."""
    script.expect(LOGON, script.write.session(FIRST, "token-1"))
    script.expect(LOGON, script.write.error(401, "Locked"))
    script.expect_any({LOGOUT + FIRST: GONE})
    opened = Opened(script)
    with opened as session:
        session.renew_again_after = again_after
        for _job in range(2):
            with pytest.raises(Unauthorized, match="refused the logon"):
                opened.renew()
            script.clock.forward(100)
    script.assert_complete()


def test_never_renewed_a_second_time(script: Script) -> None:
    script.expect(LOGON, script.write.session(FIRST, "token-1"))
    script.expect(LOGON, script.write.session(SECOND, "token-2"))
    script.expect_any({LOGOUT + FIRST: GONE, LOGOUT + SECOND: GONE})
    opened = Opened(script)
    with opened:
        opened.renew()
        with pytest.raises(Unauthorized) as raised:
            opened.renew()
    script.assert_complete()
    assert "second time" in raised.value.msg
    assert raised.value.request == "GET /api/query"


def test_a_given_token_is_never_replaced(script: Script) -> None:
    opened = Opened(script, Credentials(None, None, "given"))
    with opened as session:
        with pytest.raises(Unauthorized) as raised:
            opened.renew()
        assert session.token == "given"
    assert script.requests == []
    assert "session_id" in raised.value.msg
    assert "given" not in raised.value.msg.replace("given in session_id", "")
    assert raised.value.permanent


def test_a_renewal_that_fails_closes_the_first(script: Script) -> None:
    script.expect(LOGON, script.write.session(FIRST, "token-1"))
    script.expect(LOGON, script.write.error(401, "Locked"))
    logged_out(script)
    opened = Opened(script)
    with opened, pytest.raises(Unauthorized):
        opened.renew()
    script.assert_complete()


# -- secrets -------------------------------------------------------------------------------------------------------


def test_secrets(script: Script) -> None:
    script.expect(LOGON, script.write.session(FIRST, "token-1"))
    script.expect(LOGON, script.write.session(SECOND, "token-2"))
    script.expect_any({LOGOUT + FIRST: GONE, LOGOUT + SECOND: GONE})
    opened = Opened(script)
    with opened as session:
        opened.renew()
        basic = base64.b64encode(("EM01\\svc:" + PASSWORD).encode()).decode()
        assert {PASSWORD, basic, "token-1", "token-2"} <= set(session.secrets)


def test_the_secret_of_a_given_session(script: Script) -> None:
    assert "given" in Opened(script, Credentials(None, None, "given")).session.secrets
