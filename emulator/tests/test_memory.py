# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door in memory: the same requests as over HTTPS, with the same answers, journal and faults."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import pytest
from veeam_em_emulator import Emulator, Exchange, ManualClock

from .client import GOLD, XML, basic, raw_exchange

LOGON = {"Authorization": basic("EM01\\svc-ansible", "Passw0rd!"), "Accept": XML, "Content-Length": "0"}


def make(**arguments: Any) -> Emulator:
    return Emulator(clock=ManualClock(), seed=7, **arguments)


def log_on(em: Emulator) -> Mapping[str, str]:
    """The headers of the requests that follow."""
    done = em.exchange("POST", "/api/sessionMngr/?v=latest", LOGON)
    assert done.status == 201
    headers = {name.lower(): value for name, value in done.headers}
    return {"X-RestSvcSessionId": headers["x-restsvcsessionid"], "Accept": XML}


def test_a_session_and_its_requests() -> None:
    em = make()
    headers = log_on(em)
    assert len(em.open_sessions()) == 1
    connection = em.connect()
    jobs = connection.exchange("GET", "/api/query?type=Job&filter=Name==%22TPL%20Gold%22", headers)
    assert jobs.status == 200
    assert b"TPL Gold" in jobs.body
    assert ("Content-Length", str(len(jobs.body))) in jobs.headers
    assert connection.exchange("DELETE", f"/api/logonSessions/{em.open_sessions()[0]}", headers).status == 204
    assert em.open_sessions() == []
    assert [entry.connection for entry in em.journal[1:]] == [connection.number] * 2


def test_the_journal_is_that_of_https() -> None:
    """All of it, but for the numbers of the connections and the order of headers."""
    target = "/api/jobs?pageSize=3&filter=%22Passw0rd!%22"
    entries = []
    for memory in (True, False):
        em = make()
        raw = {**LOGON, "Host": "em", "Connection": "close"}
        if memory:
            em.exchange("POST", "/api/sessionMngr/?v=latest", raw)
            em.exchange("GET", target, {"Host": "em", "Connection": "close"})
        else:
            with em:
                for method, path, headers in (
                    ("POST", "/api/sessionMngr/?v=latest", raw),
                    ("GET", target, {"Host": "em", "Connection": "close"}),
                ):
                    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
                    raw_exchange(em, f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode())
        entries.append([{**entry.as_dict(), "connection": 0, "bytes_sent": 0} for entry in em.journal])
    assert entries[0] == entries[1]
    assert entries[0][1]["status"] == 401
    assert "Passw0rd" not in str(entries)


@pytest.mark.parametrize(
    ("fault", "ending", "processed"),
    [("reset_before", "reset", False), ("reset_after", "reset", True), ("stall", "closed", False)],
)
def test_no_answer(fault: str, ending: str, processed: bool) -> None:
    em = make()
    headers = log_on(em)
    em.add_fault(fault=fault)
    connection = em.connect()
    done = connection.exchange("GET", "/api/jobs", headers)
    assert (done.status, done.ending, done.entry.processed) == (None, ending, processed)
    assert done.wire is not None
    assert list(done.wire) == ([math.inf] if fault == "stall" else [])
    with pytest.raises(ConnectionResetError):
        connection.exchange("GET", "/api/jobs", headers)
    assert [record["fault"] for record in em.fired_faults()] == [fault]


def test_a_slow_answer_takes_no_time() -> None:
    em = make(latency=3.0)
    headers = log_on(em)
    before = em.clock.monotonic()
    em.add_fault(fault="drip", interval=60, part="body")
    done = em.exchange("GET", "/api/jobs", headers)
    assert done.seconds == 3.0
    assert done.wire is not None
    pieces = list(done.wire)
    head, body = pieces[0], pieces[1:]
    assert isinstance(head, bytes) and head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert body[::2] == [60.0] * (len(body) // 2)
    assert b"".join(piece for piece in body if isinstance(piece, bytes)).endswith(b"</Jobs>") or len(body) > 100
    assert em.clock.monotonic() == before
    assert done.entry.bytes_sent == sum(len(piece) for piece in pieces if isinstance(piece, bytes))


def test_what_has_no_end_can_be_left() -> None:
    em = make()
    headers = log_on(em)
    em.add_fault(fault="endless_body")
    done = em.exchange("GET", "/api/jobs", headers)
    assert done.wire is not None
    for _unused in range(100):
        assert next(done.wire)


def test_refused_connections() -> None:
    em = make()
    headers = log_on(em)
    em.add_fault(fault="refuse", path="/api/jobs", count=2)
    connection = em.connect()
    done = connection.exchange("GET", "/api/jobs", headers)
    assert (done.status, done.ending, connection.open) == (200, "closed", False)
    for _unused in range(2):
        with pytest.raises(ConnectionResetError):
            em.connect()
    assert em.exchange("GET", "/api/jobs", headers).status == 200


def test_a_reset_ends_what_was_open() -> None:
    em = make()
    connection = em.connect()
    em.reset()
    with pytest.raises(ConnectionResetError):
        connection.exchange("GET", "/api/")
    assert em.journal == []


def test_both_doors_lead_to_one_server() -> None:
    """What one of them does, the other one shows."""
    with make() as em:
        headers = log_on(em)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        request = f"GET /api/jobs/{GOLD} HTTP/1.1\r\nHost: em\r\nConnection: close\r\n{head}\r\n"
        answer = raw_exchange(em, request.encode())
        in_memory = em.exchange("GET", f"/api/jobs/{GOLD}", headers)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(in_memory.body)


def test_the_same_seed_makes_the_same_bytes() -> None:
    def play() -> list[Exchange]:
        em = make()
        headers = log_on(em)
        return [em.exchange("GET", path, headers) for path in ("/api/jobs", "/api/logonSessions")]

    first, second = ([dataclasses.replace(done, entry=None) for done in play()] for _unused in range(2))  # type: ignore
    for one, other in zip(first, second, strict=True):
        assert (one.status, one.headers, one.body) == (other.status, other.headers, other.body)
