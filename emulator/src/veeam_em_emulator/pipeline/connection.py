# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One TCP connection: uvicorn's HTTP/1.1 protocol with its transport in reach, for faults below HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
import socket
import struct
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..tester.clock import Clock, stands_still, watching
from ..tester.journal import Entry

#: Of all connections of this process.
numbers = itertools.count(1)
EXTENSION = "veeam_em_emulator.connection"


class CountingTransport:
    """The transport, adding what is written to the journal entry of the request that is being answered."""

    def __init__(self, transport: asyncio.Transport, connection: Connection) -> None:
        self._transport = transport
        self._connection = connection

    def write(self, data: bytes) -> None:
        if self._connection.entry is not None:
            self._connection.entry.bytes_sent += len(data)
        self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Connection(H11Protocol):
    """number: unique in this process. lost: set when the connection is gone. held: a fault keeps it busy.

    clock: on which it waits.
    """

    def __init__(self, *args: Any, clock: Clock, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.number = next(numbers)
        self.clock = clock
        self.lost = asyncio.Event()
        #: A pause may be over: the connection is gone, or somebody has advanced the clock.
        self._stirred = asyncio.Event()
        self.held = False
        self.entry: Entry | None = None
        self.received = 0
        inner: Any = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope[EXTENSION] = self
            try:
                await inner(scope, receive, send)
            except asyncio.CancelledError:
                # the emulator stops; uvicorn would report that as an error of the application
                self.detach()

        self.app = app

    def connection_made(self, transport: Any) -> None:
        super().connection_made(CountingTransport(transport, self))  # type: ignore[arg-type]

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()
        self._stirred.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        super().data_received(data)

    def handle_events(self) -> None:
        """Empty lines before a request are passed over (RFC 9112, 2.2): a client whose last header ends with a line
        break of its own sends one after each request."""
        if self.conn.their_state is h11.IDLE:
            while (waiting := self.conn.trailing_data[0]).startswith(b"\r\n"):
                self.conn._receive_buffer.maybe_extract_at_most(2)
            if waiting == b"\r":
                return
        super().handle_events()

    # For faults

    def detach(self) -> None:
        """The answer is written here and not through ASGI; uvicorn must not add one of its own."""
        self.cycle.disconnected = True

    async def write(self, data: bytes) -> bool:
        """Write and wait until the client has read enough; False when the connection is gone."""
        if self.lost.is_set() or self.transport.is_closing():
            return False
        self.transport.write(data)
        await self.flow.drain()
        # endless answers must leave room for other connections even when the client reads fast
        await asyncio.sleep(0)
        return not self.lost.is_set()

    async def pause(self, seconds: float) -> bool:
        """Wait until they have passed on the clock; False when the connection is gone before."""
        loop = asyncio.get_running_loop()
        end = self.clock.monotonic() + seconds

        def stir() -> None:
            # the emulator may have been stopped by then, and its loop with it
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._stirred.set)

        with watching(self.clock, stir):
            while not self.lost.is_set():
                self._stirred.clear()
                left = end - self.clock.monotonic()
                if left <= 0:
                    return True
                by_itself = not (math.isinf(left) or stands_still(self.clock))
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._stirred.wait(), left if by_itself else None)
        return False

    def reset(self) -> None:
        """Drop the connection with a TCP reset."""
        raw = self.transport.get_extra_info("socket")
        if raw is not None and not self.lost.is_set():
            linger_off(raw)
        self.transport.abort()

    def close(self) -> None:
        self.transport.close()


def linger_off(raw: Any) -> None:
    """Closing this socket sends RST instead of FIN."""
    try:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        pass
