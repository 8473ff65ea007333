# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that damage an answer, slow it down, or make too much of it.

What a fault sends is a ``Wire``, which every door plays in its own way: over HTTPS by waiting on the emulator's clock,
in memory in no time.
"""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from ..tester.journal import Entry
from .replies import Reply

CHUNK = 65536
#: Bytes to send, and seconds in which nothing is sent (``math.inf``: never anything again).
Wire = Iterator["bytes | float"]


def plain(reply: Reply) -> bytes:
    return gzip.decompress(reply.body) if reply.body[:2] == b"\x1f\x8b" else reply.body


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
    body = plain(reply)
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


DAMAGES: dict[str, Callable[[Entry, Reply, dict[str, Any]], Wire]] = {
    "drip": _drip,
    "cut": _cut,
    "garbage": _garbage,
    "slow_headers": _slow_headers,
    "endless_headers": _endless_headers,
    "huge_body": _huge_body,
    "endless_body": _endless_body,
    "gzip_bomb": _gzip_bomb,
}
