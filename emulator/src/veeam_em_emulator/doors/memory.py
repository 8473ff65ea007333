# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second door of the emulator: exchanges in memory, without socket, TLS, thread or waiting.

The pipeline, the journal and the faults are those of the HTTPS server. Time passes only when whoever holds the
emulator's clock advances it; so a slow answer is told as one, and takes no time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..pipeline.connection import numbers
from ..pipeline.delivery import Delivery
from ..pipeline.pipeline import Pipeline
from ..tester.journal import Entry

KEPT, CLOSED, RESET = "kept", "closed", "reset"


@dataclass(eq=False)
class Exchange:
    """What comes of one request.

    seconds: how long the server takes before it sends anything (the emulator's ``latency``). status, headers, body: the
    answer; without one, status is None. headers: (name, value) as sent, Content-Length among them.
    wire: what comes where there is no proper answer: bytes as they come over the connection, and seconds in which
    nothing comes (``math.inf``: never anything again). It may have no end.
    ending: what becomes of the connection then: ``kept``, ``closed`` or ``reset``.
    entry: of the journal.
    """

    entry: Entry
    seconds: float = 0.0
    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    wire: Iterator[bytes | float] | None = None
    ending: str = KEPT


class MemoryConnection:
    """A connection that takes one request after the other. open: whether it takes another one."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._world = world = pipeline.world
        self.number = next(numbers)
        with world.lock:
            if world.faults.for_connection():
                raise ConnectionResetError("the connection was reset before TLS")
            self._generation = world.generation
        self.open = True

    def exchange(
        self, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Exchange:
        """The server carries the request out at once. target: path with query, percent-encoded.

        ConnectionResetError where the connection is not open any more.
        """
        world = self._world
        if not self.open:
            raise ConnectionResetError("the connection is closed")
        raw_path, _unused, query = target.partition("?")
        given = {name.lower(): value for name, value in (headers or {}).items()}
        received = len(method) + len(target) + 14 + sum(len(name) + len(value) + 4 for name, value in given.items())
        with world.lock:
            if self._generation != world.generation:
                self.open = False
                raise ConnectionResetError("the emulator was reset")
            call, entry = self._pipeline.arrive(method, raw_path, query, given, body, self.number, received + len(body))
            done = self._told(entry, self._pipeline.answer(call, entry, gone=False))
        if call.fault("refuse") and done.ending == KEPT:
            done.ending = CLOSED
        self.open = done.ending == KEPT
        done.seconds = world.options.latency
        return done

    def _told(self, entry: Entry, given: Delivery) -> Exchange:
        if given.reply is None:
            assert given.wire is not None
            return Exchange(entry, wire=_counted(entry, given.wire), ending=RESET if given.reset else CLOSED)
        reply = given.reply
        entry.status = reply.status
        headers = reply.whole_headers()
        more = headers[len(reply.headers) :]
        # as over HTTPS: the answer to HEAD says how long a body would be, and has none
        body = b"" if entry.method == "HEAD" else reply.body
        entry.bytes_sent = len(reply.head(*more, stays=True)) + len(body)
        return Exchange(entry, status=reply.status, headers=headers, body=body)


def _counted(entry: Entry, wire: Iterator[bytes | float]) -> Iterator[bytes | float]:
    for piece in wire:
        if isinstance(piece, bytes):
            entry.bytes_sent += len(piece)
        yield piece
