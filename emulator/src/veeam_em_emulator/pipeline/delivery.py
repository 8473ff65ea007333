# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending an answer: headers, compression, and the faults that damage, replace or withhold it.

What a fault sends is a ``Wire``, which every door plays in its own way: over HTTPS by waiting on the
emulator's clock, in memory in no time.
"""

from __future__ import annotations

import asyncio
import gzip
import http
import math
import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from ..resources import documents
from ..resources.call import Answer, Call
from ..tester.faults import Fault
from ..tester.journal import Entry
from ..wire.errors import ApiError, not_known
from ..wire.xml_writer import DECLARATION, NAMESPACE
from .connection import Connection

MEDIA = {"xml": "application/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
_RECORDED = (
    ("Cache-Control", "private"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("X-XSS-Protection", "1; mode=block"),
    ("X-Content-Type-Options", "nosniff"),
    ("Strict-Transport-Security", "max-age=31536000"),
)
CHUNK = 65536
#: Bytes to send, and seconds in which nothing is sent (``math.inf``: never anything again).
Wire = Iterator["bytes | float"]


class Reply:
    """An answer as bytes. headers: (name, value) without Content-Length, which is added when it is written."""

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def set(self, name: str, value: str | None) -> None:
        self.headers = [pair for pair in self.headers if pair[0].lower() != name.lower()]
        if value is not None:
            self.headers.append((name, value))

    def whole_headers(self) -> list[tuple[str, str]]:
        """With the Content-Length, where such an answer has one."""
        if self.status in (204, 304):
            return self.headers
        return [*self.headers, ("Content-Length", str(len(self.body)))]

    def head(self, *more: tuple[str, str], end: bool = True, stays: bool = False) -> bytes:
        """Status line and headers. stays: the connection does not end after the answer; if it does, the head says so.

        A client that is not told may send its next request just as the connection closes, and that one is lost.
        """
        try:
            phrase = http.HTTPStatus(self.status).phrase
        except ValueError:
            phrase = ""
        headers = (*self.headers, *more, *([] if stays else [("Connection", "close")]))
        lines = [f"HTTP/1.1 {self.status} {phrase}", *(f"{name}: {value}" for name, value in headers)]
        return ("\r\n".join(lines) + "\r\n" + ("\r\n" if end else "")).encode("latin-1")


_CASES: dict[str, Callable[[str], str]] = {"as_documented": str, "lower": str.lower, "upper": str.upper}


def reply_for(call: Call, answer: Answer) -> Reply:
    """Headers as this product sends them (recorded response of 12.1; 13 has Nginx in front)."""
    world = call.world
    switches, product = world.switches, world.options.product
    headers = [("Date", _date(int(world.clock.utc().timestamp()))), *_RECORDED]
    server = switches["server_header"]
    if server == "auto":
        server = "nginx" if product == "13" else "Microsoft-HTTPAPI/2.0"
    if server != "none":
        headers.append(("Server", server))
    headers += answer.headers
    session = call.new_session or (call.session if switches["token_in_every_response"] else None)
    if session is not None:
        headers.append(("X-RestSvcSessionId", session.token))
    given = answer.body or b""
    body = given.encode("utf-8", "surrogatepass") if isinstance(given, str) else given
    if answer.body is not None:
        headers.append(("Content-Type", MEDIA.get(answer.media, answer.media)))
        if answer.media == "json" and switches["json_bom"]:
            body = b"\xef\xbb\xbf" + body
        if switches["gzip"] and len(body) > 1024 and "gzip" in call.headers.get("accept-encoding", "").lower():
            body = _compressed(body) if len(body) < 65536 else gzip.compress(body, compresslevel=1, mtime=0)
            headers.append(("Content-Encoding", "gzip"))
    world.answers += 1
    case = switches["header_case"]
    if case == "random":
        # the same in every run, so that a test that fails fails again
        case = _random_case(world.answers)
    change = _CASES[case]
    return Reply(answer.status, [(change(name), value) for name, value in headers], body)


@lru_cache(maxsize=4096)
def _random_case(number: int) -> str:
    return random.Random(number).choice(("as_documented", "lower", "upper"))


@lru_cache(maxsize=256)
def _compressed(body: bytes) -> bytes:
    """Clients ask for the same again and again."""
    return gzip.compress(body, compresslevel=1, mtime=0)


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


def replacement(call: Call, fault: Fault) -> Answer | None:
    """The answer that a replacing fault gives in place of the real one; None if it writes it by itself."""
    values = fault.parameters
    if fault.fault == "html":
        return documents.html_page(200, "Veeam Backup Enterprise Manager")
    if fault.fault == "empty":
        return Answer(200, "", call.media)
    if fault.fault == "redirect":
        answer = Answer(int(values.get("code", 302)), "", "text/html")
        answer.headers.append(("Location", str(values["location"])))
        return answer
    if fault.fault == "status":
        return _status(call, int(values["code"]), values)
    if fault.fault == "dtd":
        name = str(values.get("system", "file:///etc/hostname"))
        return Answer(200, _with_doctype(f'<!ENTITY x SYSTEM "{name}">', "x"), "xml")
    if fault.fault == "entities":
        return Answer(200, _many_entities(int(values.get("depth", 9))), "xml")
    if fault.fault == "deep_json":
        depth = int(values.get("depth", 100_000))
        if call.media == "json":
            return Answer(200, '{"Links":' + "[" * depth + "]" * depth + "}", "json")
        nested = "<a>" * depth + "</a>" * depth
        return Answer(200, f'{DECLARATION}<Links xmlns="{NAMESPACE}">{nested}</Links>', "xml")
    return None


def _status(call: Call, code: int, values: dict[str, Any]) -> Answer:
    kind = values.get("body", "error")
    if kind == "html":
        answer = documents.html_page(code, f"{code}")
    elif kind == "empty" or code in (204, 304):
        answer = Answer(code, "" if code not in (204, 304) else None, call.media)
    else:
        answer = documents.error(call, ApiError(code, str(values.get("message") or not_known("answer of a fault"))))
    if code == 401:
        answer.headers.append(("WWW-Authenticate", "Basic Realm=RestSvc"))
    if values.get("retry_after") is not None:
        answer.headers.append(("Retry-After", str(values["retry_after"])))
    return answer


def _many_entities(depth: int) -> str:
    """Ten times as much with every level."""
    lines = ['<!ENTITY a0 "aaaaaaaaaa">']
    lines += [f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, depth + 1)]
    return _with_doctype("".join(lines), f"a{depth}")


def _with_doctype(declarations: str, entity: str) -> str:
    task = f'<Task xmlns="{NAMESPACE}"><TaskId>&{entity};</TaskId></Task>'
    return f"{DECLARATION}<!DOCTYPE Task [{declarations}]>{task}"


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
            reply.body = b"\xef\xbb\xbf" + _plain(reply)
        elif damage.fault == "content_type":
            reply.set("Content-Type", str(damage.parameters.get("type", "text/plain")))
    fault = call.fault(*_BY_NAME)
    if fault is None:
        return Delivery(reply)
    if reply.status == 204:
        # there must be a body to damage
        reply.status = 200
    reset = fault.fault == "cut" and bool(fault.parameters.get("reset", False))
    return Delivery(wire=_BY_NAME[fault.fault](entry, reply, fault.parameters), reset=reset)


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


def _plain(reply: Reply) -> bytes:
    return gzip.decompress(reply.body) if reply.body[:2] == b"\x1f\x8b" else reply.body


async def _send(entry: Entry, reply: Reply, send: Any) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.whole_headers()]
    # before the first byte goes out: whoever has the answer finds it in the journal
    entry.status = reply.status
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def _framed(reply: Reply, values: dict[str, Any]) -> tuple[bytes, bytes]:
    """Head and body by ``framing``: ``length`` (default), ``chunked``, or ``close`` (the end of the connection)."""
    framing = values.get("framing", "length")
    if framing == "chunked":
        size = f"{len(reply.body):x}\r\n".encode("ascii")
        return reply.head(("Transfer-Encoding", "chunked")), size + reply.body + b"\r\n0\r\n\r\n"
    if framing == "close":
        return reply.head(), reply.body
    return reply.head(("Content-Length", str(len(reply.body)))), reply.body


def _drip(entry: Entry, reply: Reply, values: dict[str, Any]) -> Wire:
    """One byte per ``interval`` seconds, from the status line (``part: head``) or from the body on."""
    interval = float(values.get("interval", 1))
    head, body = _framed(reply, values)
    at_once, slowly = (head, body) if values.get("part", "head") == "body" else (b"", head + body)
    entry.status = reply.status
    if at_once:
        yield at_once
    for place in range(len(slowly)):
        yield interval
        yield slowly[place : place + 1]


def _cut(entry: Entry, reply: Reply, values: dict[str, Any]) -> Wire:
    """``at``: bytes of the body that are sent, or a share of it below 1 (default the half)."""
    head, body = _framed(reply, values)
    at = float(values.get("at", 0.5))
    entry.status = reply.status
    yield head + body[: int(len(body) * at) if at < 1 else int(at)]


def _garbage(entry: Entry, reply: Reply, values: dict[str, Any]) -> Wire:
    """Bytes without meaning as body (``part: body``), or in place of the whole answer (``part: head``)."""
    noise = random.Random(1).randbytes(int(values.get("size", 512)))
    if values.get("part", "body") == "head":
        yield noise + b"\r\n\r\n"
    else:
        entry.status = reply.status
        reply.set("Content-Encoding", None)
        reply.body = noise
        head, body = _framed(reply, values)
        yield head + body


def _slow_headers(entry: Entry, reply: Reply, values: dict[str, Any]) -> Wire:
    """The status line, then one header per ``interval`` seconds for ever."""
    entry.status = reply.status
    yield reply.head(end=False)
    number = 0
    while True:
        number += 1
        yield float(values.get("interval", 1))
        yield f"X-Filler-{number}: 0\r\n".encode("ascii")


def _endless_headers(entry: Entry, reply: Reply, values: dict[str, Any]) -> Wire:
    entry.status = reply.status
    yield reply.head(end=False)
    number = 0
    while True:
        lines = "".join(f"X-Filler-{number + i}: {'0' * 64}\r\n" for i in range(100))
        number += 100
        yield lines.encode("ascii")


def _padding(reply: Reply) -> tuple[bytes, bytes, bytes]:
    """(before, repeated, after): a valid document again when put together, however often the middle comes."""
    body = _plain(reply)
    if body.startswith(b"<?xml"):
        declaration, _unused, rest = body.partition(b"?>")
        return declaration + b"?><!--", b"x" * CHUNK, b"-->" + rest
    return b"", b" " * CHUNK, body


def _huge_body(entry: Entry, reply: Reply, values: dict[str, Any]) -> Wire:
    """The right document behind ``size`` bytes of comment or blanks (default 1 GiB)."""
    before, filler, after = _padding(reply)
    size = int(values.get("size", 1 << 30))
    reply.set("Content-Encoding", None)
    entry.status = reply.status
    yield reply.head(("Content-Length", str(len(before) + size + len(after)))) + before
    while size > 0:
        yield filler[:size]
        size -= len(filler)
    yield after


def _endless_body(entry: Entry, reply: Reply, values: dict[str, Any]) -> Wire:
    before, filler, _unused = _padding(reply)
    reply.set("Content-Encoding", None)
    entry.status = reply.status
    chunk = f"{len(filler):x}\r\n".encode("ascii") + filler + b"\r\n"
    start = f"{len(before):x}\r\n".encode("ascii") + before + b"\r\n" if before else b""
    yield reply.head(("Transfer-Encoding", "chunked")) + start
    while True:
        yield chunk


@lru_cache(maxsize=4)
def _bomb(before: bytes, filler: bytes, size: int, after: bytes) -> bytes:
    """gzip of before + size bytes of filler + after, made from one compressed block that is repeated."""
    block = filler * 16
    count = max(1, size // len(block))
    parts = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = parts.compress(before) + parts.flush(zlib.Z_FULL_FLUSH)
    middle = zlib.compressobj(9, zlib.DEFLATED, -15)
    repeated = middle.compress(block) + middle.flush(zlib.Z_FULL_FLUSH)
    tail = zlib.compressobj(9, zlib.DEFLATED, -15)
    end = tail.compress(after) + tail.flush(zlib.Z_FINISH)
    checksum = zlib.crc32(before)
    for _unused in range(count):
        checksum = zlib.crc32(block, checksum)
    checksum = zlib.crc32(after, checksum)
    total = len(before) + count * len(block) + len(after)
    header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    trailer = checksum.to_bytes(4, "little") + (total & 0xFFFFFFFF).to_bytes(4, "little")
    return header + start + repeated * count + end + trailer


def _gzip_bomb(entry: Entry, reply: Reply, values: dict[str, Any]) -> Wire:
    """A small compressed body that becomes ``size`` bytes (default 1 GiB)."""
    before, filler, after = _padding(reply)
    body = _bomb(before, filler, int(values.get("size", 1 << 30)), after)
    reply.set("Content-Encoding", "gzip")
    reply.body = body
    entry.status = reply.status
    yield reply.head(("Content-Length", str(len(body))))
    for place in range(0, len(body), CHUNK):
        yield body[place : place + CHUNK]


_BY_NAME: dict[str, Callable[[Entry, Reply, dict[str, Any]], Wire]] = {
    "drip": _drip,
    "cut": _cut,
    "garbage": _garbage,
    "slow_headers": _slow_headers,
    "endless_headers": _endless_headers,
    "huge_body": _huge_body,
    "endless_body": _endless_body,
    "gzip_bomb": _gzip_bomb,
}
