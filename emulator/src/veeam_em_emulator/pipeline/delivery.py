# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending an answer: as it is, or what the faults of the request make of it."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import Any

from ..resources.call import Call
from ..tester.faults import Fault
from ..tester.journal import Entry
from .connection import Connection
from .damaged import DAMAGES, Wire, plain
from .replies import Reply


@dataclass
class Delivery:
    """How a request is answered: by the reply as it is, or by what a fault sends, after which the connection ends.

    reset: it ends with a TCP reset.
    """

    reply: Reply | None = None
    wire: Wire | None = None
    reset: bool = False


def delivery(call: Call, entry: Entry, reply: Reply) -> Delivery:
    """The reply, or what the faults of the request make of it."""
    for damage in call.faults:
        if damage.fault == "bom" and reply.body:
            reply.set("Content-Encoding", None)
            reply.body = b"\xef\xbb\xbf" + plain(reply)
        elif damage.fault == "content_type":
            reply.set("Content-Type", str(damage.parameters.get("type", "text/plain")))
    fault = call.fault(*DAMAGES)
    if fault is None:
        return Delivery(reply)
    if reply.status == 204:
        # there must be a body to damage
        reply.status = 200
    reset = fault.fault == "cut" and bool(fault.parameters.get("reset", False))
    return Delivery(wire=DAMAGES[fault.fault](entry, reply, fault.parameters), reset=reset)


def silence(fault: Fault) -> Delivery:
    """No answer: the connection is reset, or stays open for ever."""
    if fault.fault == "stall":
        return Delivery(wire=iter([math.inf]))
    return Delivery(wire=iter(()), reset=True)


async def deliver(connection: Connection, entry: Entry, given: Delivery, send: Any) -> None:
    """Send it over HTTPS."""
    if given.reply is not None:
        await _send(entry, given.reply, send)
        return
    assert given.wire is not None
    connection.held = True
    try:
        # some take a moment to be made; other connections must not wait for it
        piece = await asyncio.to_thread(next, given.wire, None)
        while piece is not None:
            going = await (connection.write(piece) if isinstance(piece, bytes) else connection.pause(piece))
            if not going:
                return
            piece = next(given.wire, None)
        if given.reset:
            connection.reset()
        else:
            connection.close()
    finally:
        connection.held = False
        connection.detach()


async def _send(entry: Entry, reply: Reply, send: Any) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.whole_headers()]
    # before the first byte goes out: whoever has the answer finds it in the journal
    entry.status = reply.status
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
