# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection in memory tells a flow what the real one does, over TLS: every outcome through both, compared."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em.logon_session import Credentials, LogonSession
from ansible_collections.backupops.veeam.plugins.module_utils._http import transport
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import ExchangeError, NotSent
from helpers.fault_cells import FAULTS
from simulation.connection import HOSTNAME, MemoryConnection, Trouble, VirtualClock
from veeam_em_emulator import Emulator
from veeam_em_emulator.tester.faults import NAMES

SOURCE = "5b0d6c1e-9f84-4a37-b1c2-d3e4f5a6b7c8"
MIB = 1 << 20
#: Seconds that the real connection waits where a fault makes it; elsewhere nothing runs out.
SHORT, AMPLE = 1.0, 60.0
#: More outcomes than the matrix has.
MORE: list[dict[str, Any]] = [
    {"fault": "cut", "framing": "close"},
    {"fault": "cut", "at": 0},
    {"fault": "cut", "framing": "chunked", "reset": True},
    {"fault": "drip", "interval": 0.001, "part": "body", "framing": "chunked"},
    {"fault": "drip", "interval": 0.001, "framing": "close"},
    {"fault": "garbage", "part": "head", "size": 3},
    {"fault": "redirect", "location": "/api/elsewhere"},
    {"fault": "redirect", "location": "http://[", "code": 307},
    {"fault": "status", "code": 304},
    {"fault": "status", "code": 401, "body": "html"},
    {"fault": "status", "code": 503, "body": "empty", "retry_after": 7},
    {"fault": "huge_body", "size": 100},
    {"fault": "gzip_bomb", "size": 1000},
    {"fault": "reset_after", "count": 2},
    {"fault": "refuse", "count": 3},
]
#: Faults of the server rather than of the answer look like any other answer.
BEHAVIOUR = {"expire_session", "lose_task", "late_job", "never_finish", "finish_without_link", "rename_clone",
             "stay_operation_finished", "allow_duplicates", "endless_pages"}  # fmt: skip
SPECS = [fault.spec for fault in FAULTS if fault.kind not in BEHAVIOUR] + MORE
#: GET: a list, long enough to be compressed; POST: with a body, once; and the logon, whose headers suffice.
REQUESTS = {
    "get": transport.Request("GET", "/api/jobs?format=Entity"),
    "clone": transport.Request("POST", f"/api/jobs/{SOURCE}?action=clone", b"<JobCloneSpec/>", once=True),
    "logon": transport.Request("POST", "/api/sessionMngr/?v=latest", b"", headers_suffice=True),
}


@dataclasses.dataclass
class Seen:
    """What a flow sees of one exchange, and the journal of it."""

    kind: str
    status: int | None
    permanent: bool | None = None
    cut_short: bool | None = None
    sent: bool = True
    reason: str = ""
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    body: bytes = b""
    journal: list[tuple[str, str, int | None, bool, str | None]] = dataclasses.field(default_factory=list)


def seen(em: Emulator, connection: Any, request: transport.Request, deadline: float) -> Seen:
    before = len(em.journal)
    try:
        response = connection.exchange(request, deadline)
        result = Seen("answer", response.status, headers=response.headers, body=response.body)
    except ExchangeError as error:
        result = Seen(
            error.kind, error.status, error.permanent, error.cut_short, not isinstance(error, NotSent), error.reason
        )
    result.journal = [(e.method, e.path, e.status, e.processed, e.fault) for e in em.journal[before:]]
    return result


def endpoint(em: Emulator | None, timeout: float) -> transport.Endpoint:
    host, port, ca = (em.host, em.port, em.ca_file) if em else (HOSTNAME, 9398, None)
    return transport.Endpoint(host, port, True, ca, False, timeout, MIB)


@pytest.fixture(scope="module")
def real_em() -> Iterator[Emulator]:
    with Emulator(seed=3, switches={"header_case": "as_documented"}) as em:
        yield em


def through_both(real_em: Emulator, spec: dict[str, Any], request: transport.Request, times: int) -> list[list[Seen]]:
    slow = spec["fault"] in ("stall", "drip", "slow_headers") and spec.get("interval", 1) > 0.01
    timeout = SHORT if slow else AMPLE
    found = []
    for real in (True, False):
        if real:
            em = real_em
            em.reset()
            connection: Any = transport.Connection(endpoint(em, timeout), transport.tls_context(endpoint(em, timeout)))
            clock: Any = time.monotonic
        else:
            virtual = VirtualClock()
            clock = virtual.monotonic
            em = Emulator(clock=virtual, seed=3, switches={"header_case": "as_documented"})
            connection = MemoryConnection(endpoint(None, timeout), em, clock)
        try:
            # a proper request first, so that the one that is hit comes over a connection that is open
            session = LogonSession(
                Credentials("EM01\\svc-ansible", "Passw0rd!", None), "xml", "latest", ("em", 1), 30.0,
                lambda *unused: None, lambda text: None,
            )  # fmt: skip
            logon = session.sign(session._logon_request)
            session.token = connection.exchange(logon, clock() + AMPLE).headers["x-restsvcsessionid"]
            mine = request._replace(headers=(logon if request.headers_suffice else session.sign(request)).headers)
            em.add_fault(**({} if spec["fault"] == "refuse" else {"path": "^/api/(jobs|session)"}), **spec)
            if spec["fault"] == "refuse":
                connection.close()
            part = [seen(em, connection, mine, clock() + timeout * 1.6)]
            for _unused in range(times):
                # Whatever happened, the connection can be used again. Whether one that the server is just closing takes
                # another request is a matter of moments, so that is not compared.
                connection.close()
                part.append(seen(em, connection, mine, clock() + AMPLE))
            found.append(part)
        finally:
            connection.close()
    return found


def comparable(one: Seen) -> Seen:
    """Without what tells times and addresses."""
    reason = one.reason
    for text in ("127.0.0.1 port", "em.example.test port"):
        reason = reason.replace(text, "SERVER")
    words = [word for word in reason.split() if not any(char.isdigit() for char in word)]
    kept = {name: value for name, value in one.headers.items() if name not in ("date", "content-length")}
    return dataclasses.replace(one, reason=" ".join(words), headers=kept)


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("spec", SPECS, ids=[" ".join(map(str, spec.values())).replace(" ", "-") for spec in SPECS])
def test_what_a_flow_sees(real_em: Emulator, spec: dict[str, Any], name: str) -> None:
    real, virtual = through_both(real_em, spec, REQUESTS[name], 2)
    for one, other in zip(real, virtual, strict=True):
        assert comparable(other) == comparable(one)
        if one.body.count(b"<LogonSession") or one.headers.get("content-encoding") == "gzip":
            continue
        assert len(other.body) == len(one.body)


def test_every_fault_goes_through_both() -> None:
    assert {spec["fault"] for spec in SPECS} | BEHAVIOUR == NAMES


@pytest.mark.parametrize("unnoticed", [True, False])
def test_a_connection_that_is_just_closing(unnoticed: bool) -> None:
    """A request may go out on it and never arrive; the real one does either, as it happens."""
    virtual = VirtualClock()
    em = Emulator(clock=virtual)
    em.add_fault(fault="garbage")
    connection = MemoryConnection(endpoint(None, 30), em, virtual.monotonic, lambda: unnoticed)
    seen(em, connection, REQUESTS["get"], 10.0)
    one = seen(em, connection, REQUESTS["get"], 10.0)
    assert (one.kind, len(one.journal)) == (("no_answer", 0) if unnoticed else ("answer", 1))
    assert seen(em, connection, REQUESTS["get"], 10.0).kind == "answer"


def test_no_time_left() -> None:
    """Nothing is sent when the deadline has passed."""
    virtual = VirtualClock()
    em = Emulator(clock=virtual)
    connection = MemoryConnection(endpoint(None, 30), em, virtual.monotonic)
    one = seen(em, connection, REQUESTS["get"], virtual.monotonic())
    assert (one.kind, one.cut_short, one.journal) == ("not_sent", True, [])


def test_a_slow_server_is_given_up_at_the_same_moment() -> None:
    virtual = VirtualClock()
    em = Emulator(clock=virtual, latency=100.0)
    connection = MemoryConnection(endpoint(None, 30), em, virtual.monotonic)
    one = seen(em, connection, REQUESTS["get"], 1000.0)
    assert (one.kind, one.cut_short, connection.ends) == ("no_answer", False, 30.0)
    one = seen(em, connection, REQUESTS["get"], 12.0)
    assert (one.kind, one.cut_short, connection.ends) == ("no_answer", True, 12.0)
    # an idle connection is not trusted with what must not be repeated
    virtual.set(200.0)
    numbers = set()
    for request in (REQUESTS["get"], REQUESTS["clone"]):
        seen(em, connection, request, 300.0)
        numbers.add(em.journal[-1].connection)
    assert len(numbers) == 2


def test_a_mistake_in_the_emulator_is_no_broken_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    virtual = VirtualClock()
    em = Emulator(clock=virtual)
    monkeypatch.setattr(em._pipeline, "answer", lambda *unused, **more: {}["gone"])
    connection = MemoryConnection(endpoint(None, 30), em, virtual.monotonic)
    with pytest.raises(Trouble):
        connection.exchange(REQUESTS["get"], 10.0)
