# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers as bytes: status, headers and body, as each product sends them."""

from __future__ import annotations

import gzip
import http
import random
from collections.abc import Callable
from email.utils import formatdate
from functools import lru_cache

from ..resources.call import Answer, Call

MEDIA = {"xml": "application/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
_RECORDED = (
    ("Cache-Control", "private"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("X-XSS-Protection", "1; mode=block"),
    ("X-Content-Type-Options", "nosniff"),
    ("Strict-Transport-Security", "max-age=31536000"),
)


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
