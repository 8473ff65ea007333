# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the emulator takes from the inside of uvicorn: after an upgrade, this says what broke."""

from __future__ import annotations

import inspect
import threading
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState
from veeam_em_emulator import Emulator
from veeam_em_emulator.pipeline import connection

from .client import Api, raw_connection, raw_exchange

WHERE = f"uvicorn {uvicorn.__version__} has changed; see pipeline/connection.py and doors/server.py of the emulator"


def test_the_constructor_takes_what_the_server_hands_over() -> None:
    parameters = inspect.signature(H11Protocol.__init__).parameters
    assert {"config", "server_state", "app_state", "_loop"} <= set(parameters), WHERE


@pytest.mark.parametrize("name", ["connection_made", "connection_lost", "data_received", "handle_events"])
def test_the_methods_that_are_extended_are_there(name: str) -> None:
    assert callable(getattr(H11Protocol, name, None)), f"{WHERE}: no {name}()"


def test_the_state_of_the_server_knows_its_connections_and_tasks() -> None:
    state = ServerState()
    assert isinstance(state.connections, set) and isinstance(state.tasks, set), WHERE


def test_a_connection_has_what_faults_use_while_it_answers(em: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """app, transport, flow and cycle, as they are while a fault writes the answer by itself."""
    seen: dict[str, Any] = {}
    written = threading.Event()
    real = connection.Connection.detach

    def detach(self: connection.Connection) -> None:
        seen.update(
            {
                "app is called for each request": callable(self.app),
                "transport.get_extra_info": self.transport.get_extra_info("peername") is not None,
                "transport.is_closing": self.transport.is_closing() is True,
                "flow.drain": inspect.iscoroutinefunction(self.flow.drain),
                "cycle.disconnected": self.cycle is not None and isinstance(self.cycle.disconnected, bool),
            }
        )
        real(self)
        written.set()

    monkeypatch.setattr(connection.Connection, "detach", detach)
    api = Api(em)
    api.log_on()
    em.add_fault(fault="garbage")
    api.get("/jobs")
    assert written.wait(30), f"{WHERE}: the fault was not played"
    assert [what for what, holds in seen.items() if not holds] == [], WHERE


NEXT = b"GET /api/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = NEXT.replace(b"Host", b"Connection: close\r\nHost")


@pytest.mark.parametrize(
    ("sent", "answers"),
    [
        (b"\r\n" + LAST, [200]),
        (NEXT + b"\r\n" + LAST, [200, 200]),
        (NEXT + b"\r\n\r\n" + NEXT + b"\r\n" + LAST, [200, 200, 200]),
        (b"\n" + LAST, [400]),
        (NEXT + b"x\r\n\r\n", [200, 400]),
    ],
)
def test_empty_lines_before_a_request_are_passed_over(em: Emulator, sent: bytes, answers: list[int]) -> None:
    received = raw_exchange(em, sent)
    assert [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]] == answers, WHERE


def test_an_empty_line_may_come_in_two_parts(em: Emulator) -> None:
    with raw_connection(em) as tls:
        tls.sendall(NEXT + b"\r")
        assert tls.recv(12) == b"HTTP/1.1 200"
        tls.sendall(b"\n" + LAST)
        received = b""
        while part := tls.recv(65536):
            received += part
    assert received.count(b"HTTP/1.1 200") == 1, WHERE
