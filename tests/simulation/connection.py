# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's connection in memory, to the emulator's second door: no socket, no TLS, and time that is only counted.

What the client makes of bytes and errors is its own code (`transport.Exchanges`); this file only carries them.
`test_connection.py` compares it with the real connection.
"""

from __future__ import annotations

import http.client
import io
from collections.abc import Callable, Iterator
from typing import Any

import urllib3
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import (
    Endpoint,
    Exchanges,
    Request,
    Response,
)
from veeam_em_emulator import Emulator, Entry, Exchange, ManualClock
from veeam_em_emulator import MemoryConnection as Line

HOSTNAME, PORT = "em.example.test", 9398


class VirtualClock(ManualClock):
    """Can be set to a moment, so that nothing is lost by adding up."""

    def start_again(self) -> None:
        """For another history; nobody may have a time of before."""
        self._offset = 0.0

    def set(self, now: float) -> None:
        assert now >= self._offset, "time does not go back"
        if self._watchers:
            self.advance(now - self._offset)
        self._offset = now


class Trouble(BaseException):
    """The emulator itself broke. Not an Exception, so that the client does not take it for a broken connection."""


class MemoryConnection(Exchanges):
    """One kept-alive connection. An exchange is over at once; ends says at which time it would have been.

    unnoticed: whether a request goes out on a connection that the server has closed a moment ago.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        em: Emulator,
        clock: Callable[[], float],
        unnoticed: Callable[[], bool] = lambda: False,
    ) -> None:
        self._em = em
        self._unnoticed = unnoticed
        self._clock = clock
        self._local = clock()
        self._line: Line | None = None
        #: Whether urllib3 compares the length that was announced, as it does from 2.0 on.
        self.compares_length = True
        #: What hit the last exchange, and its entry in the journal, if it arrived.
        self.last_fault = ""
        self.last_entry: Entry | None = None
        super().__init__(endpoint, self._now)

    def _now(self) -> float:
        return max(self._local, self._clock())

    @property
    def ends(self) -> float:
        return self._now()

    def close(self) -> None:
        self._line = None

    def exchange(self, request: Request, deadline: float, began: float | None = None) -> Response:
        """began: when the client began with it, if that was before now."""
        self._local = self._clock() if began is None else began
        return super().exchange(request, deadline)

    def spend(self, seconds: float) -> None:
        """Let time pass while nothing comes; the client gives up as soon as it may not wait any longer."""
        left = self._exchange.remaining()
        if seconds >= left:
            self._local = self._now() + left
            raise TimeoutError("timed out")
        self._local = self._now() + seconds

    def _send(self, request: Request, headers: dict[str, str]) -> Any:
        self.last_fault, self.last_entry = "", None
        self._exchange.remaining()
        if self._line is not None and not self._line.open and self._unnoticed():
            self._exchange.sent = True
            self.last_fault = "closing"
            raise ConnectionResetError("it was just closing")
        if self._line is None or not self._line.open:
            self._line = None
            try:
                self._line = self._em.connect()
            except ConnectionResetError:
                self.last_fault = "refuse"
                raise
        self._exchange.sent = True
        try:
            sent = {"Host": "%s:%d" % (HOSTNAME, PORT), **headers}
            done = self._line.exchange(request.method, request.path, sent, request.body or b"")
        except ConnectionResetError:
            raise
        except Exception as error:
            raise Trouble(f"{type(error).__name__}: {error}") from error
        self.last_fault, self.last_entry = done.entry.fault or "", done.entry
        if done.seconds:
            self.spend(done.seconds)
        if done.status is not None:
            return _Answer(done.status, {name.lower(): value for name, value in done.headers}, done.body)
        return self._read_wire(request, done)

    def _read_wire(self, request: Request, done: Exchange) -> Any:
        assert done.wire is not None
        pipe = _Pipe(self, done.wire, done.ending == "reset")
        answer = http.client.HTTPResponse(_Socket(pipe), method=request.method)  # type: ignore[arg-type]
        answer.begin()
        headers = urllib3.HTTPHeaderDict(answer.headers.items())
        raw = urllib3.HTTPResponse(
            body=answer, headers=headers, status=answer.status, preload_content=False, decode_content=False,
            original_response=answer, request_method=request.method, enforce_content_length=self.compares_length,
        )  # fmt: skip
        return _Damaged(answer.status, headers, raw)


class _Answer:
    """A proper answer as the transport reads it."""

    def __init__(self, status_code: int, headers: dict[str, str], body: bytes) -> None:
        self.status_code = status_code
        self.headers = headers
        self.raw = self
        self._body = body

    def read(self, size: int, decode_content: bool) -> bytes:
        part, self._body = self._body[:size], self._body[size:]
        return part

    def close(self) -> None:
        """Nothing is held."""


class _Damaged:
    def __init__(self, status_code: int, headers: Any, raw: Any) -> None:
        self.status_code = status_code
        self.headers = headers
        self.raw = raw

    def close(self) -> None:
        self.raw.close()


class _Socket:
    def __init__(self, pipe: _Pipe) -> None:
        self._pipe = pipe

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._pipe, 65536)


class _Pipe(io.RawIOBase):
    """The reading side of the connection."""

    def __init__(self, connection: MemoryConnection, wire: Iterator[bytes | float], reset: bool) -> None:
        super().__init__()
        self._connection = connection
        self._wire = wire
        self._reset = reset
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection._exchange.remaining()
        while not self._left:
            piece = next(self._wire, None)
            if piece is None:
                if self._reset:
                    raise ConnectionResetError("reset by peer")
                return 0
            if isinstance(piece, bytes):
                self._left = memoryview(piece)
            else:
                self._connection.spend(piece)
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size
