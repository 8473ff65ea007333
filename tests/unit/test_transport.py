# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The transport against raw servers on loopback: bounds, what was sent, whom it trusts, and what it never does."""

from __future__ import annotations

import gzip
import itertools
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import typing as t
import zlib
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import trustme
from ansible_collections.backupops.veeam.plugins.module_utils._http import transport as _transport
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import (
    BadAnswer,
    ExchangeError,
    MissingLibrary,
    NoAnswer,
    NotSent,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import (
    Connection,
    Endpoint,
    Request,
    Response,
    tls_context,
)
from helpers.servers import LONG, Peer, RawServer, answer, answering, chunked, tunnelling, within

GET = Request("GET", "/api/query?type=Job&filter=Name%3D%3D%22a%20b%22")
POST = Request("POST", "/api/jobs/x?action=clone", b"<x/>", once=True)
LOGON = Request("POST", "/api/sessionMngr/?v=latest", b"", headers_suffice=True)
TOKEN = "secret-token"
HEADERS = {"Accept": "application/xml", "X-RestSvcSessionId": TOKEN}
SHORT = 1.0
MIB = 1048576


class Trust(t.NamedTuple):
    """A CA, the file that it is in, and a server's context with a certificate of it."""

    ca: trustme.CA
    path: str
    context: ssl.SSLContext

    def server_context(self, *names: str, **options: t.Any) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(*names, **options).configure_cert(context)
        return context


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    ca = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    trusted = Trust(ca, str(path), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    ca.issue_cert("127.0.0.1", "::1", "localhost").configure_cert(trusted.context)
    return trusted


def connect(server: RawServer, trust: Trust, **options: t.Any) -> Connection:
    """A connection to that server which trusts the CA of the tests alone."""
    endpoint = Endpoint(server.host, server.port, True, trust.path, False, 5.0, MIB)._replace(**options)
    return Connection(endpoint, tls_context(endpoint))


def exchange(connection: Connection, request: Request = GET, seconds: float = 10.0) -> Response:
    """One exchange that must be over in time, or the test fails."""
    return within(lambda: connection.exchange(request._replace(headers=HEADERS), time.monotonic() + seconds))


def failing(
    connection: Connection, kind: type[ExchangeError], request: Request = GET, seconds: float = 10.0
) -> ExchangeError:
    with pytest.raises(ExchangeError) as raised:
        exchange(connection, request, seconds)
    error = raised.value
    assert error.__class__ is kind, error.msg
    assert error.request == request.label
    assert TOKEN not in str(error.result())
    assert error.msg.endswith((".", "?"))
    return error


def open_connection(server: RawServer, trust: Trust, timeout: float = 30.0) -> Connection:
    """A connection that is open already, so that a short time is spent on the exchange alone, however slow the machine.

    The server must answer a first request as usual: see then().
    """
    connection = connect(server, trust, timeout=30.0)
    exchange(connection)
    connection._endpoint = connection._endpoint._replace(timeout=timeout)
    server.requests.clear()
    return connection


def then(talk: t.Callable[[Peer], t.Any]) -> t.Callable[[Peer], None]:
    """Answer the first request as usual, and then talk."""

    def both(peer: Peer) -> None:
        peer.request()
        peer.send(answer())
        talk(peer)

    return both


# -- what is sent --------------------------------------------------------------------------------------------------


def test_a_read(trust: Trust) -> None:
    with RawServer(
        answering(answer(b"<x/>", Content_Type="application/xml", X_RestSvcSessionId="t2")), trust.context
    ) as server:
        response = exchange(connect(server, trust))
    assert response.status == 200
    assert response.body == b"<x/>"
    assert response.headers["x-restsvcsessionid"] == "t2"
    (received,) = server.requests
    assert (received.method, received.target) == ("GET", GET.path)
    assert received.headers["host"] == "127.0.0.1:%d" % server.port
    assert received.headers["accept"] == "application/xml"
    assert received.headers["x-restsvcsessionid"] == TOKEN
    assert "content-length" not in received.headers
    assert "cookie" not in received.headers


def test_a_post_without_a_body_says_so(trust: Trust) -> None:
    """http.sys wants the length, and EM 13 refuses the form type that libraries like to add."""
    with RawServer(answering(answer()), trust.context) as server:
        exchange(connect(server, trust), LOGON)
    (received,) = server.requests
    assert received.headers["content-length"] == "0"
    assert "content-type" not in received.headers
    assert "transfer-encoding" not in received.headers


@pytest.mark.parametrize("body", [b"x", b"\r\nX-Injected: 1\r\n\r\nGET /evil HTTP/1.1\r\n\r\n", b"\xe4" * 70000])
def test_a_body_is_sent_with_its_length(trust: Trust, body: bytes) -> None:
    with RawServer(answering(answer()), trust.context) as server:
        exchange(connect(server, trust), POST._replace(body=body))
    (received,) = server.requests
    assert received.body == body
    assert "x-injected" not in received.headers


def test_nothing_else_is_sent(trust: Trust) -> None:
    with RawServer(answering(answer()), trust.context) as server:
        exchange(connect(server, trust))
    sent = set(server.requests[0].headers)
    assert sent <= {"host", "accept", "x-restsvcsessionid", "accept-encoding", "connection", "user-agent"}


def test_cookies_are_never_sent(trust: Trust) -> None:
    """EM prefers a cookie to the header: one that is kept would carry an old session on."""
    cookie = answer(Set_Cookie="X-RestSvcSessionId=evil; Path=/api;")
    with RawServer(answering(cookie), trust.context) as server:
        connection = connect(server, trust)
        for request in (LOGON, GET, POST, GET):
            exchange(connection, request)
    assert len(server.requests) == 4
    assert not any("cookie" in received.headers for received in server.requests)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-RestSvcSessionId": TOKEN + "\r\nX-Injected: 1"},
        {"X-RestSvcSessionId": TOKEN + "\nX-Injected: 1"},
        {"X-A: b\r\nX-Injected": "1"},
    ],
)
def test_headers_cannot_be_injected(trust: Trust, headers: dict[str, str]) -> None:
    with RawServer(answering(answer()), trust.context) as server:
        connection = connect(server, trust)
        with pytest.raises(ExchangeError):
            within(lambda: connection.exchange(GET._replace(headers=headers), time.monotonic() + 5))
    assert not any("x-injected" in received.headers for received in server.requests)


@pytest.mark.parametrize("path", ["/api/x HTTP/1.1\r\nX-Injected: 1\r\n\r\n", "/api/x\r\nX-Injected: 1", "/api/\0"])
def test_paths_cannot_inject_headers(trust: Trust, path: str) -> None:
    with RawServer(answering(answer()), trust.context) as server:
        connection = connect(server, trust)
        try:
            exchange(connection, Request("GET", path))
        except ExchangeError:
            pass
    assert not any("x-injected" in received.headers for received in server.requests)


# -- kept alive ----------------------------------------------------------------------------------------------------


def test_one_connection_for_many_requests(trust: Trust) -> None:
    with RawServer(answering(answer(b"x")), trust.context) as server:
        connection = connect(server, trust)
        for _turn in range(3):
            exchange(connection)
    assert (server.connections, len(server.requests)) == (1, 3)


def test_a_connection_that_the_server_closes_is_opened_anew(trust: Trust) -> None:
    def talk(peer: Peer) -> None:
        peer.request()
        peer.send(answer(b"x", Connection="close"))

    with RawServer(talk, trust.context) as server:
        connection = connect(server, trust)
        assert [exchange(connection).body for _turn in range(3)] == [b"x"] * 3
    assert server.connections == 3


def test_a_connection_that_was_idle_is_not_trusted_with_a_clone(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that must not be repeated must not go into a connection that the server may have given up."""
    with RawServer(answering(answer()), trust.context) as server:
        connection = connect(server, trust)
        exchange(connection, GET)
        exchange(connection, POST)
        assert server.connections == 1, "just used"
        monkeypatch.setattr(_transport, "FRESH_FOR", -1.0)
        exchange(connection, GET)
        assert server.connections == 1, "a read may be repeated"
        exchange(connection, POST)
        assert server.connections == 2


def test_after_a_failure_the_connection_can_be_used_again(trust: Trust) -> None:
    def talk(peer: Peer) -> None:
        while peer.request() is not None:
            if len(server.requests) == 1:
                peer.send(answer(b"x", length=10))
                return
            peer.send(answer(b"good"))

    with RawServer(talk, trust.context) as server:
        connection = connect(server, trust)
        with pytest.raises(ExchangeError):
            exchange(connection)
        assert exchange(connection).body == b"good"


def test_an_unread_answer_is_not_taken_for_the_next(trust: Trust) -> None:
    """What is left of a refused answer must not be read as the answer to another request."""
    smuggled = answer(b"y" * (2 * MIB) + answer(b"evil"))
    with RawServer(answering(smuggled, answer(b"good")), trust.context) as server:
        connection = connect(server, trust)
        failing(connection, BadAnswer)
        assert exchange(connection).body == b"good"


# -- size ----------------------------------------------------------------------------------------------------------

BOMB = gzip.compress(b"\0" * (64 * MIB), 9)
TOO_LARGE = {
    "announced": answer(b"x" * (MIB + 1)),
    "in chunks": chunked(*[b"x" * 65536] * 17),
    "gzip bomb": answer(BOMB, Content_Encoding="gzip"),
    "gzip bomb in chunks": chunked(*[BOMB[i : i + 1000] for i in range(0, len(BOMB), 1000)], Content_Encoding="gzip"),
    "bytes after the end of gzip": answer(gzip.compress(b"x") + b"\0" * (MIB + 1), Content_Encoding="gzip"),
}


@pytest.mark.parametrize("data", TOO_LARGE.values(), ids=TOO_LARGE)
def test_too_large(trust: Trust, data: bytes) -> None:
    with RawServer(answering(data), trust.context) as server:
        error = failing(connect(server, trust), BadAnswer)
    assert error.permanent
    assert "max_response_size (1 MiB)" in error.msg


def test_an_endless_body(trust: Trust) -> None:
    def talk(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not peer.server.stopped.is_set():
            peer.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")

    with RawServer(talk, trust.context) as server:
        assert failing(connect(server, trust), BadAnswer).permanent


@pytest.mark.parametrize(
    "data",
    [answer(b"x" * MIB), chunked(*[b"x" * 65536] * 16), answer(gzip.compress(b"x" * MIB), Content_Encoding="gzip")],
)
def test_just_not_too_large(trust: Trust, data: bytes) -> None:
    with RawServer(answering(data), trust.context) as server:
        assert exchange(connect(server, trust)).body == b"x" * MIB


def test_what_is_announced_is_not_what_counts(trust: Trust) -> None:
    with RawServer(answering(answer(), answer(b"x", length=10**15)), trust.context) as server:
        failing(open_connection(server, trust, timeout=SHORT), NoAnswer)


# -- encodings -----------------------------------------------------------------------------------------------------

TEXT = b"<x>" + bytes(range(256)) * 1000 + b"</x>"


@pytest.mark.parametrize("pieces", [1, 7, 1000, 10**9])
def test_gzip(trust: Trust, pieces: int) -> None:
    packed = gzip.compress(TEXT)
    parts = [packed[i : i + pieces] for i in range(0, len(packed), pieces)] if pieces < 10**9 else [packed]
    with RawServer(answering(chunked(*parts, Content_Encoding="gzip")), trust.context) as server:
        assert exchange(connect(server, trust)).body == TEXT


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 131072, 300_000])
def test_gzip_at_the_edges_of_a_buffer(trust: Trust, size: int) -> None:
    text = b"a" * size
    with RawServer(answering(answer(gzip.compress(text), Content_Encoding="GZIP")), trust.context) as server:
        assert exchange(connect(server, trust)).body == text


CUT_GZIP = {
    "in the middle": gzip.compress(TEXT)[:-50],
    "before its checksum": gzip.compress(TEXT)[:-8],
    "after its head": gzip.compress(TEXT)[:10],
    "a byte": b"\x1f",
}


@pytest.mark.parametrize("packed", CUT_GZIP.values(), ids=CUT_GZIP)
def test_cut_gzip(trust: Trust, packed: bytes) -> None:
    with RawServer(answering(answer(packed, Content_Encoding="gzip")), trust.context) as server:
        assert "cut off" in failing(connect(server, trust), BadAnswer).msg


@pytest.mark.parametrize(
    "packed", [b"<x/>", b"\x1f\x8b" + b"x" * 100, zlib.compress(TEXT), gzip.compress(TEXT)[:-8] + b"x" * 8]
)
def test_what_is_no_gzip(trust: Trust, packed: bytes) -> None:
    with RawServer(answering(answer(packed, Content_Encoding="gzip")), trust.context) as server:
        failing(connect(server, trust), BadAnswer)


@pytest.mark.parametrize("encoding", ["deflate", "br", "zstd", "gzip, gzip", "x" * 5000])
def test_an_encoding_that_was_not_asked_for(trust: Trust, encoding: str) -> None:
    with RawServer(answering(answer(b"x", Content_Encoding=encoding)), trust.context) as server:
        error = failing(connect(server, trust), BadAnswer)
    assert error.permanent
    assert len(error.msg) < 300


# -- cut answers ---------------------------------------------------------------------------------------------------

CUT = {
    "nothing": b"",
    "in the status line": b"HTTP/1.1 20",
    "before the body": answer(b"", length=10),
    "in the body": answer(b"x" * 9, length=10),
    "in a chunk": chunked(b"x" * 9)[:-12],
    "before the last chunk": chunked(b"x" * 9, end=False),
}


@pytest.mark.parametrize("data", CUT.values(), ids=CUT)
@pytest.mark.parametrize("end", ["close", "reset"])
def test_a_cut_answer(trust: Trust, data: bytes, end: str) -> None:
    """Never an answer, and always known to have been sent."""

    def talk(peer: Peer) -> None:
        peer.request()
        peer.send(data)
        if end == "reset":
            peer.reset()

    with RawServer(talk, trust.context) as server, pytest.raises(ExchangeError) as raised:
        exchange(connect(server, trust), POST)
    assert type(raised.value) in (NoAnswer, BadAnswer), raised.value.msg


def test_an_answer_that_is_cut_in_its_headers(trust: Trust) -> None:
    """http.client takes it for one that ends here. It has no content type then, so nobody believes it."""

    def talk(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Le")

    with RawServer(talk, trust.context) as server:
        response = exchange(connect(server, trust), POST)
    assert response.body == b""
    assert "content-type" not in response.headers


@pytest.mark.parametrize("name", ["before the body", "in the body", "in a chunk", "before the last chunk"])
def test_the_headers_of_a_logon_suffice(trust: Trust, name: str) -> None:
    """A session that was opened must not be lost with the body of its answer."""
    data = CUT[name].replace(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 201 Created\r\nX-RestSvcSessionId: t\r\n")

    def talk(peer: Peer) -> None:
        peer.request()
        peer.send(data)

    with RawServer(talk, trust.context) as server:
        response = exchange(connect(server, trust), LOGON)
    assert (response.status, response.headers["x-restsvcsessionid"], response.body) == (201, "t", b"")


@pytest.mark.parametrize(
    "data", [b"220 mail.example.test ESMTP\r\n", b"\x16\x03\x01garbage\r\n\r\n", b"\0" * 100 + b"\r\n\r\n"]
)
def test_what_is_not_http(trust: Trust, data: bytes) -> None:
    def talk(peer: Peer) -> None:
        peer.request()
        peer.send(data)

    with RawServer(talk, trust.context) as server:
        failing(connect(server, trust), BadAnswer)


ENDLESS = {
    "header lines": itertools.chain([b"HTTP/1.1 200 OK\r\n"], itertools.repeat(b"X-A: b\r\n")),
    "one header": itertools.chain([b"HTTP/1.1 200 OK\r\nX-A: "], itertools.repeat(b"x" * 1000)),
    "a status line": itertools.chain([b"HTTP/1.1 200 "], itertools.repeat(b"x" * 1000)),
    "100 Continue": itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "empty lines": itertools.repeat(b"\r\n"),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_endless(trust: Trust, what: str) -> None:
    def talk(peer: Peer) -> None:
        peer.request()
        for part in ENDLESS[what]:
            if peer.server.stopped.is_set():
                return
            peer.send(part)

    with RawServer(then(talk), trust.context) as server:
        connection = open_connection(server, trust)
        with pytest.raises(ExchangeError) as raised:
            exchange(connection, POST, SHORT)
    assert type(raised.value) in (NoAnswer, BadAnswer), raised.value.msg


# -- time ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["head", "body", "chunks", "gzip"])
def test_a_byte_now_and_then_does_not_outlive_the_deadline(trust: Trust, what: str) -> None:
    """Every pause is shorter than timeout, so only the deadline of the whole exchange ends it."""
    packed = gzip.compress(bytes(range(256)) * 4)

    def talk(peer: Peer) -> None:
        peer.request()
        if what == "head":
            peer.drip(answer(b"x", X_Long="x" * 1000))
        elif what == "body":
            peer.send(answer(b"", length=1000))
            peer.drip(b"x" * 1000)
        elif what == "gzip":
            peer.send(answer(b"", length=len(packed), Content_Encoding="gzip"))
            peer.drip(packed)
        else:
            peer.send(chunked(end=False))
            peer.drip(b"1\r\nx\r\n" * 200)

    with RawServer(then(talk), trust.context) as server:
        error = failing(open_connection(server, trust), NoAnswer, POST, SHORT)
    assert "no complete answer" in error.msg or "no answer" in error.msg


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 200 OK\r\n", answer(b"x", length=2)])
@pytest.mark.parametrize("by", ["timeout", "deadline"])
def test_a_server_that_falls_silent(trust: Trust, data: bytes, by: str) -> None:
    def talk(peer: Peer) -> None:
        peer.request()
        peer.send(data)
        peer.stall()

    with RawServer(then(talk), trust.context) as server:
        connection = open_connection(server, trust, timeout=SHORT if by == "timeout" else 30.0)
        failing(connection, NoAnswer, POST, SHORT if by == "deadline" else 30.0)
    assert len(server.requests) == 1


def test_a_server_that_does_not_read(trust: Trust) -> None:
    with RawServer(then(lambda peer: peer.server.stopped.wait(LONG)), trust.context) as server:
        big = POST._replace(body=b"x" * (32 * MIB))
        failing(open_connection(server, trust), NoAnswer, big, SHORT)


def test_a_deadline_that_has_passed_sends_nothing(trust: Trust) -> None:
    with RawServer(answering(answer()), trust.context) as server:
        failing(connect(server, trust), NotSent, POST, -1.0)
    assert (server.connections, server.requests) == (0, [])


def test_a_deadline_that_has_passed_sends_nothing_on_an_open_connection_either(trust: Trust) -> None:
    with RawServer(answering(answer()), trust.context) as server:
        connection = connect(server, trust)
        exchange(connection)
        failing(connection, NotSent, POST, -1.0)
    assert len(server.requests) == 1


def test_a_handshake_that_stalls(trust: Trust) -> None:
    with RawServer(lambda peer: peer.stall(), None) as server:
        assert "could not be reached" in failing(connect(server, trust), NotSent, POST, SHORT).msg


def test_a_handshake_that_drips(trust: Trust) -> None:
    """The first record of a handshake, a byte at a time."""
    record = b"\x16\x03\x03\x40\x00\x02" + b"\0" * 1000
    with RawServer(lambda peer: peer.drip(record), None) as server:
        failing(connect(server, trust), NotSent, POST, SHORT)


# -- before anything is sent ---------------------------------------------------------------------------------------


def test_a_port_that_refuses(trust: Trust) -> None:
    with RawServer(answering(answer()), trust.context) as server:
        pass
    error = failing(connect(server, trust), NotSent, POST)
    assert "refuses connections" in error.msg
    assert "127.0.0.1 port %d" % server.port in error.msg
    assert not error.permanent


@pytest.mark.parametrize("end", ["close", "reset"])
@pytest.mark.parametrize("when", ["at once", "in the handshake"])
def test_a_server_that_hangs_up(trust: Trust, end: str, when: str) -> None:
    """As one that is just starting, or a balancer in front of one; it may be there the next time."""

    def talk(peer: Peer) -> None:
        if when != "at once":
            peer.sock.recv(65536)
        if end == "reset":
            peer.reset()

    with RawServer(talk, None) as server:
        error = failing(connect(server, trust), NotSent, POST)
    assert not error.permanent
    assert "broke off the connection before anything was sent" in error.msg


def test_a_server_without_tls(trust: Trust) -> None:
    def talk(peer: Peer) -> None:
        peer.sock.recv(1000)
        peer.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    with RawServer(talk, None) as server:
        error = failing(connect(server, trust), NotSent, POST)
    assert error.permanent
    assert "does not speak TLS" in error.msg
    assert "9398" in error.msg
    assert server.requests == []


def test_a_host_that_is_not_known(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*unused: t.Any, **ignored: t.Any) -> t.NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with RawServer(answering(answer()), trust.context) as server:
        connection = connect(server, trust, hostname="em.example.test")
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        error = failing(connection, NotSent, POST)
    assert error.permanent
    assert "No such host: em.example.test" in error.msg


def test_a_resolver_that_stalls(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def stalling(*unused: t.Any, **ignored: t.Any) -> list[t.Any]:
        go_on.wait(LONG)
        return []

    with RawServer(answering(answer()), trust.context) as server:
        connection = connect(server, trust, hostname="em.example.test")
        monkeypatch.setattr(socket, "getaddrinfo", stalling)
        error = failing(connection, NotSent, POST, SHORT)
        go_on.set()
    assert "could not be resolved" in error.msg
    assert not error.permanent


def test_the_next_address_is_tried(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(answering(answer(b"x")), trust.context) as gone:
        pass
    with RawServer(answering(answer(b"x")), trust.context) as server:
        connection = connect(server, trust, hostname="localhost")
        entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        addresses = [(*entry, ("127.0.0.1", gone.port)), (*entry, ("127.0.0.1", server.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *unused, **ignored: addresses)
        assert exchange(connection).body == b"x"


@pytest.mark.parametrize("how", ["stall", "reset", "close"])
def test_after_the_request_has_gone_out_it_is_never_not_sent(trust: Trust, how: str) -> None:
    """This decides whether a clone may be sent again."""

    def talk(peer: Peer) -> None:
        peer.request()
        if how == "stall":
            peer.stall()
        if how == "reset":
            peer.reset()

    with RawServer(then(talk), trust.context) as server:
        error = failing(open_connection(server, trust, timeout=SHORT), NoAnswer, POST)
    assert error.status is None
    assert len(server.requests) == 1


def test_a_kept_connection_that_breaks_under_a_clone_counts_as_sent(trust: Trust) -> None:
    def talk(peer: Peer) -> None:
        peer.request()
        peer.send(answer())
        peer.request()
        peer.reset()

    with RawServer(talk, trust.context) as server:
        connection = connect(server, trust)
        exchange(connection)
        failing(connection, NoAnswer, POST)
    assert server.connections == 1, "not sent again by the library"


# -- being broken off ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["head", "body"])
def test_abort_from_another_thread(trust: Trust, where: str) -> None:
    there = threading.Event()

    def talk(peer: Peer) -> None:
        peer.request()
        if where == "body":
            peer.send(answer(b"x", length=2))
        there.set()
        peer.stall()

    with RawServer(talk, trust.context) as server:
        connection = connect(server, trust, timeout=300.0)
        threading.Thread(target=lambda: there.wait(LONG) and connection.abort(), daemon=True).start()
        failing(connection, NoAnswer, POST, 300.0)
        failing(connection, NotSent, POST)
    assert len(server.requests) == 1, "nothing more is sent"


def aborting_at(connection: Connection, there: t.Callable[[], bool]) -> ExchangeError:
    """The failure of an exchange that is broken off where there() says so."""

    def watch() -> None:
        while not there():
            pass
        connection.abort()

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    error = failing(connection, NotSent, POST, 300.0)
    watching.join(LONG)
    assert not watching.is_alive()
    return error


def test_abort_while_the_resolver_is_asked(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *unused, **ignored: go_on.wait(LONG) and [])
    endpoint = Endpoint("em.example.test", 9, True, trust.path, False, 300.0, MIB)
    connection = Connection(endpoint, tls_context(endpoint))
    aborting_at(connection, lambda: connection._exchange.resolved is not None)
    go_on.set()


def test_abort_while_it_connects(trust: Trust) -> None:
    """A server whose queue is full does not answer."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        endpoint = Endpoint("127.0.0.1", full.getsockname()[1], True, trust.path, False, 300.0, MIB)
        waiting = []
        for _turn in range(4):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(full.getsockname())
            waiting.append(sock)
        connection = Connection(endpoint, tls_context(endpoint))
        aborting_at(connection, lambda: connection._exchange.sock is not None)
        for sock in waiting:
            sock.close()


def test_abort_in_the_handshake(trust: Trust) -> None:
    with RawServer(Peer.stall, None) as server:
        connection = connect(server, trust, timeout=300.0)
        aborting_at(connection, lambda: isinstance(connection._exchange.sock, ssl.SSLSocket))


def test_abort_before_anything_was_sent(trust: Trust) -> None:
    with RawServer(answering(answer()), trust.context) as server:
        connection = connect(server, trust)
        connection.abort()
        failing(connection, NotSent, POST)
    assert server.requests == []


# -- redirects -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308, 399])
@pytest.mark.parametrize("request_", [GET, POST, LOGON])
def test_redirects_are_refused(trust: Trust, status: int, request_: Request) -> None:
    with RawServer(answering(answer(b"stolen")), trust.context) as other:
        location = "https://svc:Passw0rd!@localhost:%d/steal?t=1" % other.port
        with RawServer(answering(answer(status="%d Moved" % status, Location=location)), trust.context) as server:
            error = failing(connect(server, trust), BadAnswer, request_)
    assert (other.connections, other.requests) == (0, [])
    assert len(server.requests) == 1
    assert error.permanent
    assert error.status == status
    assert "https://localhost:%d;" % other.port in error.msg
    assert "Passw0rd!" not in error.msg
    assert "steal" not in error.msg


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("/login", "another path"),
        ("", "another path"),
        ("http://[broken", "an unreadable address"),
        ("https://h:99999/", "an unreadable address"),
        ("HTTPS://Other.Example.Test/x", "https://other.example.test;"),
        ("https://" + "x" * 3000 + "/", "xxx"),
        ("https://\x1bc.example.test/", "https://?"),
    ],
)
def test_a_redirect_names_where_it_pointed(trust: Trust, location: str, shown: str) -> None:
    with RawServer(answering(answer(status="302 Found", Location=location)), trust.context) as server:
        error = failing(connect(server, trust), BadAnswer)
    assert shown in error.msg
    assert len(error.msg) < 600
    assert error.msg.isprintable()


# -- certificates --------------------------------------------------------------------------------------------------

NOW = datetime.now(timezone.utc)


def test_a_certificate_for_another_name(trust: Trust) -> None:
    with RawServer(answering(answer()), trust.server_context("em01.example.test")) as server:
        error = failing(connect(server, trust), NotSent, POST)
    assert error.permanent
    assert "certificate of 127.0.0.1 port %d is not trusted" % server.port in error.msg
    assert "127.0.0.1" in error.msg.partition("not trusted")[2], "which name was wanted"
    assert server.requests == []


def test_an_expired_certificate(trust: Trust) -> None:
    context = trust.server_context("127.0.0.1", not_before=NOW - timedelta(9), not_after=NOW - timedelta(1))
    with RawServer(answering(answer()), context) as server:
        error = failing(connect(server, trust), NotSent, POST)
    assert error.permanent
    assert "expired" in error.msg
    assert server.requests == []


def test_an_unknown_ca(trust: Trust) -> None:
    stranger = Trust(trustme.CA(), trust.path, trust.context)
    with RawServer(answering(answer()), stranger.server_context("127.0.0.1")) as server:
        error = failing(connect(server, trust), NotSent, POST)
    assert error.permanent
    for word in ("not trusted", "ca_path", trust.path, "validate_certs"):
        assert word in error.msg
    assert server.requests == []


def test_without_ca_path_a_private_ca_is_unknown(trust: Trust) -> None:
    with RawServer(answering(answer()), trust.context) as server:
        error = failing(connect(server, trust, ca_path=None), NotSent, POST)
    assert "ca_path (not set)" in error.msg
    assert server.requests == []


def test_without_validation_anything_goes(trust: Trust) -> None:
    stranger = Trust(trustme.CA(), trust.path, trust.context)
    with RawServer(answering(answer(b"x")), stranger.server_context("other.example.test")) as server:
        connection = connect(server, trust, validate_certs=False, ca_path=None)
        assert exchange(connection).body == b"x"


def test_every_request_is_checked(trust: Trust) -> None:
    """Also where the connection is opened anew, with another certificate than before."""

    class Changing:
        first = True

        def wrap_socket(self, sock: socket.socket, server_side: bool) -> ssl.SSLSocket:
            context = trust.context if self.first else trust.server_context("em01.example.test")
            self.first = False
            return context.wrap_socket(sock, server_side=server_side)

    def talk(peer: Peer) -> None:
        peer.request()
        peer.send(answer(b"x", Connection="close"))

    with RawServer(talk, t.cast(t.Any, Changing())) as server:
        connection = connect(server, trust)
        exchange(connection)
        assert "not trusted" in failing(connection, NotSent, POST).msg
    assert len(server.requests) == 1


@pytest.mark.parametrize("names", [["127.0.0.1"], ["em01.example.test"]])
def test_the_host_is_checked_also_where_the_library_does_not_name_it(trust: Trust, names: list[str]) -> None:
    """urllib3 1.26 hands a name on to the context, and no address."""
    with RawServer(answering(answer()), trust.server_context(*names)) as server:
        context = tls_context(Endpoint("127.0.0.1", server.port, True, trust.path, False, 5.0, MIB))
        with socket.create_connection(("127.0.0.1", server.port), LONG) as sock:
            if names == ["127.0.0.1"]:
                context.wrap_socket(sock).close()
            else:
                with pytest.raises(ssl.SSLCertVerificationError):
                    context.wrap_socket(sock)


def test_only_the_given_ca_is_trusted(trust: Trust) -> None:
    endpoint = Endpoint("em", 9398, True, trust.path, False, 5.0, MIB)
    assert len(tls_context(endpoint).get_ca_certs()) == 1
    assert len(tls_context(endpoint._replace(ca_path=None)).get_ca_certs()) > 1


def test_an_exchange_brings_no_other_ca_in(trust: Trust) -> None:
    """urllib3 loads what it is told into the context, beside what is there; requests tells it its own bundle."""
    endpoint = Endpoint("127.0.0.1", 0, True, trust.path, False, 5.0, MIB)
    context = tls_context(endpoint)
    with RawServer(answering(answer()), trust.context) as server:
        exchange(Connection(endpoint._replace(port=server.port), context))
    assert len(context.get_ca_certs()) == 1


def test_the_environments_ca_bundle_does_not_come_in(
    trust: Trust, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stranger = Trust(trustme.CA(), trust.path, trust.context)
    bundle = tmp_path / "bundle.pem"
    stranger.ca.cert_pem.write_to_path(str(bundle))
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(variable, str(bundle))
    with RawServer(answering(answer()), stranger.server_context("127.0.0.1")) as server:
        failing(connect(server, trust), NotSent)


@pytest.mark.parametrize("validate", [True, False])
def test_tls_1_2_at_least(trust: Trust, validate: bool) -> None:
    context = tls_context(Endpoint("em", 9398, validate, trust.path, False, 5.0, MIB))
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.check_hostname is validate
    assert context.verify_mode == (ssl.CERT_REQUIRED if validate else ssl.CERT_NONE)


@pytest.mark.parametrize(
    "content", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"]
)
def test_a_ca_path_that_is_no_bundle(tmp_path: Path, content: str) -> None:
    path = tmp_path / "ca.pem"
    path.write_text(content)
    with pytest.raises(ExchangeError) as raised:
        tls_context(Endpoint("em", 9398, True, str(path), False, 5.0, MIB))
    assert raised.value.msg.startswith("ca_path: ")
    assert str(path) in raised.value.msg
    assert raised.value.permanent


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl names the files of such a folder")
def test_a_ca_path_that_is_a_folder(trust: Trust, tmp_path: Path) -> None:
    command = ["openssl", "x509", "-hash", "-noout", "-in", trust.path]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    shutil.copy(trust.path, tmp_path / (name + ".0"))
    with RawServer(answering(answer(b"x")), trust.context) as server:
        assert exchange(connect(server, trust, ca_path=str(tmp_path))).body == b"x"


def test_an_empty_folder_trusts_nobody(trust: Trust, tmp_path: Path) -> None:
    with RawServer(answering(answer()), trust.context) as server:
        failing(connect(server, trust, ca_path=str(tmp_path)), NotSent)


# -- proxies -------------------------------------------------------------------------------------------------------


@pytest.fixture
def proxy() -> t.Iterator[RawServer]:
    with RawServer(tunnelling, None) as server:
        yield server


PROXY_VARIABLES = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]


@pytest.mark.parametrize("variable", PROXY_VARIABLES)
def test_a_proxy_is_used(trust: Trust, proxy: RawServer, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:%d" % proxy.port)
    with RawServer(answering(answer(b"x")), trust.context) as server:
        connection = connect(server, trust, use_proxy=True)
        assert exchange(connection).body == b"x"
        assert exchange(connection, POST).body == b"x"
        connection.close()
    (opened,) = proxy.requests
    assert (opened.method, opened.target) == ("CONNECT", "127.0.0.1:%d" % server.port)
    assert TOKEN.encode() not in b"\n".join(opened.lines)
    assert len(server.requests) == 2


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_proxy_may_want_tls(trust: Trust, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """ca_path is for EM; the proxy's certificate is checked with the CAs of the system."""
    monkeypatch.setenv("SSL_CERT_FILE", trust.path)
    with (
        RawServer(tunnelling, trust.context) as proxy,
        RawServer(answering(answer(b"x")), trust.context) as server,
        RawServer(answering(answer(b"x")), trust.server_context("em01.example.test")) as stranger,
    ):
        monkeypatch.setenv("HTTPS_PROXY", "https://%s:%d" % (host, proxy.port))
        connection = connect(server, trust, use_proxy=True)
        assert exchange(connection).body == b"x"
        assert exchange(connection, POST).body == b"x"
        connection.close()
        assert "not trusted" in failing(connect(stranger, trust, use_proxy=True), NotSent, POST).msg
    assert proxy.connections == 2
    assert len(server.requests) == 2
    assert stranger.requests == []


def test_a_proxy_is_not_used_without_use_proxy(trust: Trust, proxy: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in PROXY_VARIABLES:
        monkeypatch.setenv(variable, "http://127.0.0.1:%d" % proxy.port)
    with RawServer(answering(answer(b"x")), trust.context) as server:
        assert exchange(connect(server, trust, use_proxy=False)).body == b"x"
    assert proxy.connections == 0


@pytest.mark.parametrize("exception", ["127.0.0.1", "*", "10.0.0.1,127.0.0.0/8"])
def test_a_proxy_is_not_used_for_exceptions(
    trust: Trust, proxy: RawServer, monkeypatch: pytest.MonkeyPatch, exception: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:%d" % proxy.port)
    monkeypatch.setenv("NO_PROXY", exception)
    with RawServer(answering(answer(b"x")), trust.context) as server:
        assert exchange(connect(server, trust, use_proxy=True)).body == b"x"
    assert proxy.connections == 0


def test_a_proxy_for_plain_http_is_not_ours(trust: Trust, proxy: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:%d" % proxy.port)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:%d" % proxy.port)
    with RawServer(answering(answer(b"x")), trust.context) as server:
        exchange(connect(server, trust, use_proxy=True))
    assert proxy.connections == 0


def test_certificates_are_checked_behind_a_proxy(
    trust: Trust, proxy: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:%d" % proxy.port)
    with RawServer(answering(answer()), trust.server_context("em01.example.test")) as server:
        connection = connect(server, trust, use_proxy=True)
        assert "not trusted" in failing(connection, NotSent, POST).msg
    assert server.requests == []


def refusing(status: str) -> t.Callable[[Peer], None]:
    def talk(peer: Peer) -> None:
        peer.request()
        peer.send(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    return talk


BAD_PROXIES: dict[str, tuple[t.Callable[[Peer], None], str, bool]] = {
    "wants a password": (refusing("407 Proxy Authentication Required"), "answered HTTP 407 (Proxy Authenticat", True),
    "refuses": (
        refusing("403 Forbidden"),
        "answered HTTP 403 (Forbidden) when it was asked for a connection to ",
        True,
    ),
    "cannot connect": (refusing("502 Bad Gateway"), "answered HTTP 502 (Bad Gateway)", False),
    "says the password back": (refusing("599 Passw0rd!"), "answered HTTP 599 when it was asked", False),
    "hangs up": (lambda peer: None, "broke off the connection.", False),
    "resets": (lambda peer: peer.reset(), "broke off the connection.", False),
    "stalls": (lambda peer: peer.stall(), "gave no answer within", False),
    "drips": (lambda peer: peer.drip(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1000), "gave no answer within", False),
    "never ends": (
        lambda peer: (  # type: ignore[misc]
            [peer.send(b"HTTP/1.1 200 OK\r\n")] and [peer.send(b"X: y\r\n") for _unused in itertools.count()]  # type: ignore[func-returns-value]
        ),
        "",
        False,
    ),
    "is no proxy": (lambda peer: peer.send(b"SSH-2.0-x\r\n"), "could not be used (", False),
}


@pytest.mark.parametrize("what", BAD_PROXIES)
def test_a_proxy_that_does_not_work(trust: Trust, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """What fails before the tunnel is open was not sent. The sentence is about the proxy, and not about the server."""
    behaves, says, permanent = BAD_PROXIES[what]
    with (
        RawServer(behaves, None) as proxy,
        RawServer(answering(answer()), trust.context) as server,
    ):
        monkeypatch.setenv("HTTPS_PROXY", "http://user:Passw0rd!@127.0.0.1:%d" % proxy.port)
        error = failing(connect(server, trust, use_proxy=True), NotSent, POST, SHORT)
    assert error.msg.startswith("The proxy http://127.0.0.1:%d %s" % (proxy.port, says))
    assert "use_proxy=false" in error.msg
    assert error.permanent is permanent
    assert "Passw0rd!" not in error.msg
    assert server.requests == []


def test_a_proxy_that_is_not_there(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(answering(answer()), None) as gone:
        pass
    monkeypatch.setenv("HTTPS_PROXY", "http://user:Passw0rd!@127.0.0.1:%d" % gone.port)
    with RawServer(answering(answer()), trust.context) as server:
        error = failing(connect(server, trust, use_proxy=True), NotSent, POST)
    assert error.msg.startswith("The proxy http://127.0.0.1:%d refuses connections." % gone.port)
    assert not error.permanent
    assert "use_proxy" in error.msg
    assert "Passw0rd!" not in error.msg


WRONG_PROXIES = {
    "http://no-such-proxy.invalid:3128": "The proxy http://no-such-proxy.invalid:3128 cannot be resolved: there is",
    "http://user:Passw0rd!@no-such-proxy.invalid:1": "The proxy http://no-such-proxy.invalid:1 cannot be resolved: ",
    "no-such-proxy.invalid:3128": "The proxy http://no-such-proxy.invalid:3128 cannot be resolved: there is",
    "http://host:99999": "http://host:99999 is not the address of a proxy.",
    "http://host:0": "http://host:0 is not the address of a proxy.",
    "http://host:port": "http://host:port is not the address of a proxy.",
    "http://user:Passw0rd!@host:99999": "http://host:99999 is not the address of a proxy.",
    "DIRECT": "DIRECT is not the address of a proxy.",
    "http://": "http:// is not the address of a proxy.",
    "ftp://host": "ftp://host is not the address of a proxy.",
    "a proxy": "a proxy is not the address of a proxy.",
    "http://ho\x07st:1": "http://ho?st:1 is not the address of a proxy.",
    "socks5://user:Passw0rd!@host:1080": "The proxy socks5://host:1080 is a SOCKS proxy, which cannot be used here.",
    "SOCKS5H://host:1080": "The proxy socks5h://host:1080 is a SOCKS proxy, which cannot be used here.",
    "http://user:Passw0rd!/x@host:1": "The address of the proxy http://host:1 has characters in its user na",
}


@pytest.mark.parametrize("address", WRONG_PROXIES)
def test_a_proxy_that_cannot_be(trust: Trust, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Another try would not help."""
    monkeypatch.setenv("HTTPS_PROXY", address)
    with RawServer(answering(answer()), trust.context) as server:
        error = failing(connect(server, trust, use_proxy=True), NotSent, POST)
    assert error.msg.startswith(WRONG_PROXIES[address])
    assert error.permanent
    assert "Passw0rd!" not in error.msg
    assert server.connections == 0


@pytest.mark.parametrize("address", ["", " ", "\t"])
def test_a_blank_is_no_proxy(trust: Trust, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    with RawServer(answering(answer(b"x")), trust.context) as server:
        assert exchange(connect(server, trust, use_proxy=True)).body == b"x"


def test_a_certificate_of_the_proxy_that_is_not_trusted(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is checked with the authorities of the system; that of the server behind it with ca_path."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with (
        RawServer(tunnelling, trust.context) as proxy,
        RawServer(answering(answer()), trust.context) as server,
    ):
        monkeypatch.setenv("HTTPS_PROXY", "https://127.0.0.1:%d" % proxy.port)
        error = failing(connect(server, trust, use_proxy=True), NotSent, POST)
    assert error.msg.startswith("The certificate of the proxy https://127.0.0.1:%d is not trusted: " % proxy.port)
    assert "not with ca_path" in error.msg
    assert error.permanent
    assert server.connections == 0


def test_a_proxy_that_speaks_no_tls(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        RawServer(refusing("400 Bad Request"), None) as proxy,
        RawServer(answering(answer()), trust.context) as server,
    ):
        monkeypatch.setenv("HTTPS_PROXY", "https://127.0.0.1:%d" % proxy.port)
        error = failing(connect(server, trust, use_proxy=True), NotSent, POST, SHORT)
    assert error.msg.startswith("The proxy https://127.0.0.1:%d " % proxy.port)


def test_a_certificate_behind_a_proxy_names_both(
    trust: Trust, proxy: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be the server's, or one that the proxy made."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:%d" % proxy.port)
    with RawServer(answering(answer()), trust.server_context("em01.example.test")) as server:
        error = failing(connect(server, trust, use_proxy=True), NotSent, POST)
    assert error.msg.startswith("The certificate of 127.0.0.1 port %d is not trusted: " % server.port)
    assert "The connection goes through the proxy http://127.0.0.1:%d, which may present a" % proxy.port in error.msg


def test_what_is_lost_behind_a_proxy_is_lost_at_the_server(
    trust: Trust, proxy: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:%d" % proxy.port)
    with RawServer(lambda peer: peer.stall(), None) as server:
        error = failing(connect(server, trust, use_proxy=True), NotSent, POST, SHORT)
    assert error.msg.startswith("127.0.0.1 port %d could not be reached within" % server.port)
    assert error.msg.endswith("The connection goes through the proxy http://127.0.0.1:%d." % proxy.port)


# -- addresses -----------------------------------------------------------------------------------------------------


def test_ipv6(trust: Trust) -> None:
    with RawServer(answering(answer(b"x")), trust.context, "::1") as server:
        assert exchange(connect(server, trust)).body == b"x"
    assert server.requests[0].headers["host"] == "[::1]:%d" % server.port


def test_a_name(trust: Trust) -> None:
    with RawServer(answering(answer(b"x")), trust.context) as server:
        assert exchange(connect(server, trust, hostname="localhost")).body == b"x"
    assert server.requests[0].headers["host"] == "localhost:%d" % server.port


# -- libraries -----------------------------------------------------------------------------------------------------


def test_requests_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_transport, "REQUESTS_IMPORT_ERROR", "Traceback: no requests")
    with pytest.raises(MissingLibrary) as raised:
        _transport.require_libraries()
    result = raised.value.result()
    assert "Failed to import the required Python library (requests)" in result["msg"]
    assert sys.executable in result["msg"]
    assert result["exception"] == "Traceback: no requests"


def test_lxml_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lxml.etree", None)
    with pytest.raises(MissingLibrary) as raised:
        _transport.require_libraries()
    assert "Failed to import the required Python library (lxml)" in raised.value.msg


def test_the_module_can_be_loaded_without_requests() -> None:
    """So that the sentence can be said at all."""
    code = (
        "import sys; sys.modules['requests'] = None; "
        "from ansible_collections.backupops.veeam.plugins.modules import veeam_job_clone; "
        "from ansible_collections.backupops.veeam.plugins.module_utils._http import transport; "
        "assert veeam_job_clone.MODULE and transport.REQUESTS_IMPORT_ERROR"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ})


def test_a_label_says_no_more_than_method_and_path() -> None:
    assert GET.label == "GET /api/query"
    assert Request("DELETE", "/api/secret", shown_path="/api/...").label == "DELETE /api/..."
    assert "secret" not in repr(Request("GET", "/api/x", headers={"token": "secret"}))
