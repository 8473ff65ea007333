# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes out with a request, and to whom: the header of EM, and nothing that lies about on the machine."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from helpers.servers import RawServer, tunnelling
from veeam_em_emulator import Emulator

from slow.faults import runs

from . import measured
from .hostile import FLOW, LOGON, clone, clones_sent

#: The requests of a run without a fault, in order. The task is looked at three times.
ORDER = ["logon", "query", "repository", "clone", "poll", "poll", "poll", "query", "logout"]
PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


def authorization(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Heard:
    """The credentials in each request, as they came; the journal hides them."""

    def __init__(self, answers: Any) -> None:
        self.requests: list[dict[str, str]] = []
        answers.change("", lambda call, reply: self.requests.append(dict(call.headers)))

    def assert_proper(self, tokens: list[str]) -> None:
        """Name and password at the logons alone, after that the token alone, and no cookie."""
        assert self.requests
        for headers in self.requests:
            assert "cookie" not in headers
            assert "proxy-authorization" not in headers
            given = headers.get("authorization"), headers.get("x-restsvcsessionid")
            if given[1] is None:
                assert given == (authorization(runs.USERNAME, runs.PASSWORD), None)
            else:
                assert given[0] is None
                assert given[1] in tokens


def tokens_of(em: Emulator) -> list[str]:
    return list(em.world.sessions._by_token)


@pytest.fixture
def heard(answers: Any) -> Heard:
    return Heard(answers)


# -- cookies -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [["web"], ["web", "db", "mail"]])
@pytest.mark.parametrize("renewed", [False, True])
def test_cookies_are_never_sent_back(em, answers, heard, names, renewed):
    """EM prefers a cookie to the header. Here every answer sets some, the logon of the renewed session too."""
    answers.change(
        "",
        lambda call, reply: reply.headers.extend(
            [
                ("Set-Cookie", "X-RestSvcSessionId=stale; Path=/"),
                ("Set-Cookie", "other=1; Domain=127.0.0.1; Path=/api; Secure; HttpOnly"),
                ("Set-Cookie2", "third=1; Version=1"),
            ]
        ),
    )
    if renewed:
        em.add_fault(fault="expire_session", method="GET", path="type=Repository")
    done = runs.run(em, runs.options(em, names, len(names) == 1, runs.AMPLE))
    assert not done.failed, done.result
    assert len(tokens_of(em)) == 1 + renewed
    heard.assert_proper(tokens_of(em))
    assert len(heard.requests) == len(em.journal)
    assert em.open_sessions() == []


# -- .netrc --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["HOME", "NETRC"])
@pytest.mark.parametrize("given", ["password", "session_id"])
def test_a_netrc_neither_adds_nor_replaces(em, heard, tmp_path, monkeypatch, how, given):
    """requests looks there by itself, and what it finds beats the header."""
    netrc = tmp_path / ".netrc"
    netrc.write_text(
        "".join(f"machine {host} login netrc-user password netrc-password\n" for host in ("127.0.0.1", "localhost"))
        + "default login netrc-user password netrc-password\n"
    )
    netrc.chmod(0o600)
    monkeypatch.setenv(how, str(tmp_path if how == "HOME" else netrc))
    more = {}
    if given == "session_id":
        session = em.world.sessions.open(em.world.state.accounts[0], "v1_7")
        more = {"session_id": session.token}
    done = clone(em, times=runs.AMPLE, **more)
    assert not done.failed, done.result
    heard.assert_proper(tokens_of(em))
    assert em.open_sessions() == ([] if given == "password" else [session.id])


# -- proxies -------------------------------------------------------------------------------------------------------


@pytest.fixture
def proxy() -> Iterator[RawServer]:
    """Opens the tunnels that it is asked for and writes down what it is asked."""
    with RawServer(tunnelling, None) as server:
        yield server


@pytest.mark.parametrize("names", [["web"], ["web", "db", "mail"]])
def test_a_proxy_sees_nothing_but_connect(em, heard, proxy, monkeypatch, names):
    """Its own password goes to it alone, and no secret of EM's goes to it outside of TLS."""
    for variable in PROXY_VARIABLES:
        monkeypatch.setenv(variable, "http://proxy-user:proxy-password@127.0.0.1:%d" % proxy.port)
    done = runs.run(em, runs.options(em, names, len(names) == 1, runs.AMPLE, use_proxy=True))
    assert not done.failed, done.result
    assert em.open_sessions() == []
    heard.assert_proper(tokens_of(em))
    assert len({entry.connection for entry in em.journal}) == proxy.connections
    secrets = [secret.encode() for secret in runs.secrets(em)]
    for received in proxy.requests:
        assert (received.method, received.target) == ("CONNECT", "127.0.0.1:%d" % em.port)
        assert set(received.headers) <= {"host", "proxy-authorization", "user-agent", "proxy-connection"}
        assert received.headers["proxy-authorization"] == authorization("proxy-user", "proxy-password")
        assert not [secret for secret in secrets if secret in b"\n".join(received.lines)]
    assert "proxy-password" not in done.text


def test_use_proxy_false_ignores_the_variables(em, proxy, monkeypatch):
    for variable in PROXY_VARIABLES:
        monkeypatch.setenv(variable, "http://127.0.0.1:%d" % proxy.port)
    done = clone(em, times=runs.AMPLE, use_proxy=False)
    assert not done.failed, done.result
    assert proxy.connections == 0


@pytest.mark.parametrize("status", ["302 Found", "407 Proxy Authentication Required", "200 Moved"])
def test_a_proxy_cannot_send_it_elsewhere(em, monkeypatch, elsewhere, status):
    """Neither by a redirect in answer to CONNECT, nor by taking part in the talk itself."""

    def talk(peer: Any) -> None:
        peer.request()
        text = "HTTP/1.1 %s\r\nLocation: %s/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        peer.send((text % (status, elsewhere.origin)).encode())
        peer.request()

    with RawServer(talk, None) as bad:
        monkeypatch.setenv("HTTPS_PROXY", "http://proxy-user:proxy-password@127.0.0.1:%d" % bad.port)
        done = clone(em, use_proxy=True)
        requests = list(bad.requests)
    assert done.failed
    assert "proxy-password" not in done.text
    assert {received.method for received in requests} == {"CONNECT"}
    assert em.journal == []


# -- whom to trust, at every request -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["other_name", "expired", "self_signed"])
@pytest.mark.parametrize("after", range(1, len(ORDER)))
def test_the_certificate_is_checked_on_every_connection(em, answers, kind, after):
    """After that many answers somebody else takes over the address, with a certificate that must not be believed.

    So nothing may be sent any more, and least of all the clone or the logout with its token.
    """
    stranger = Emulator(certificate=kind)._context
    server = em._server
    own = server.context
    count = iter(range(1, 1000))

    def take_over(call: Any, reply: Any) -> None:
        if next(count) == after:
            reply.set("Connection", "close")
            server.context = stranger

    answers.change("", take_over)
    try:
        done = clone(em)
    finally:
        server.context = own
    assert [entry.method for entry in em.journal] == [FLOW[name].split()[0].lstrip("^") for name in ORDER[:after]]
    assert "is not trusted" in done.text
    assert clones_sent(done.journal) == (after > ORDER.index("clone"))
    if after <= ORDER.index("clone"):
        assert done.failed and not done.result["changed"]
        assert "ca_path" in done.result["msg"] and "validate_certs" in done.result["msg"]


def test_the_ca_path_counts_for_all_requests(em, answers):
    """Every request on a connection of its own, the logout included, with an authority that only ca_path knows."""
    answers.change("", lambda call, reply: reply.set("Connection", "close"))
    done = clone(em, times=runs.AMPLE)
    assert not done.failed, done.result
    assert [entry.method for entry in em.journal] == [FLOW[name].split()[0].lstrip("^") for name in ORDER]
    assert len({entry.connection for entry in em.journal}) == len(ORDER)
    assert em.open_sessions() == []


@pytest.mark.parametrize("kind", ["default", "other_name", "expired", "self_signed"])
def test_without_validation_no_library_prints_a_warning(kind, tmp_path):
    """In a process of its own, as the libraries warn once only and pytest catches warnings."""
    with Emulator(certificate=kind) as em:
        params = runs.options(em, ["web"], True, runs.AMPLE, validate_certs=False, ca_path=None)
        finished = subprocess.run(
            [sys.executable, "-W", "always", str(measured.__file__)],
            input=json.dumps(params),
            capture_output=True,
            text=True,
            check=False,
        )
        assert em.open_sessions() == []
        assert em.jobs("web")
    assert finished.stderr == ""
    assert finished.stdout.count("\n") == 1


def test_a_given_session_is_used_as_it_is(em, heard):
    """No logon, no logout, and no other credentials, even if they are given too."""
    session = em.world.sessions.open(em.world.state.accounts[0], "v1_7")
    done = clone(em, times=runs.AMPLE, session_id=session.token)
    assert not done.failed, done.result
    assert {headers.get("x-restsvcsessionid") for headers in heard.requests} == {session.token}
    assert not [headers for headers in heard.requests if "authorization" in headers]
    assert [entry.path for entry in em.journal if "ession" in entry.path] == []
    assert em.open_sessions() == [session.id]


@pytest.mark.parametrize("token", ["", "to\xe4ken", "x" * 70_000], ids=["empty", "not ASCII", "too long"])
def test_a_token_that_no_header_can_carry(em, answers, token):
    """What a server gives as its token would go into every further request."""
    answers.change(LOGON, lambda call, reply: reply.set("X-RestSvcSessionId", token))
    done = clone(em)
    assert done.failed
    assert not done.result["changed"]
    assert {entry.path for entry in em.journal} <= {"/api/sessionMngr/"}
    assert "xxxxxxxx" not in done.text
