# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an HTTP request to its answer: journal, faults, session, handler, delivery.

Requests come in by two doors: as the ASGI application of the HTTPS server, and from ``memory.py``. Both call arrive()
and answer(), and differ only in how they pass what comes of it on.
"""

from __future__ import annotations

import gzip
import re
import zlib
from typing import Any
from urllib.parse import parse_qsl, unquote

from ..api import routes
from ..api.logon import credentials, unauthorized
from ..estate.sessions import Session
from ..resources import documents
from ..resources.call import Answer, Call, header_pairs
from ..tester.faults import HARMLESS, REPLACING
from ..tester.journal import Entry, Redactor
from ..wire.errors import ApiError, not_known
from ..work.world import World
from .connection import EXTENSION, Connection
from .delivery import Delivery, deliver, delivery, silence
from .replaced import replacement
from .replies import reply_for

TOKEN_HEADER = "x-restsvcsessionid"
_ORIGIN = re.compile(r"\Ahttps?://[^/]*", re.IGNORECASE)
_BASE = re.compile(r"/api(/.*)?", re.IGNORECASE | re.DOTALL)


class Pipeline:
    """The ASGI application for everything outside the control interface."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        connection: Connection = scope[EXTENSION]
        connection.entry = None
        body, complete = await _read(receive)
        world = self.world
        with world.lock:
            generation = world.generation
            call, entry = self.arrive(
                scope["method"], scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1"),
                header_pairs(scope["headers"]), body, connection.number, connection.received,
            )  # fmt: skip
        connection.received = 0
        if not complete:
            return
        if world.options.latency:
            await connection.pause(world.options.latency)
        with world.lock:
            if generation != world.generation:
                # reset since it arrived: this request belongs to a world that is gone
                connection.detach()
                connection.reset()
                return
            given = self.answer(call, entry, connection.lost.is_set())
        connection.entry = entry
        await deliver(connection, entry, given, send)
        if call.fault("refuse"):
            connection.close()

    def arrive(
        self,
        method: str,
        raw_path: str,
        query: str,
        headers: dict[str, str],
        body: bytes,
        connection: int,
        received: int,
    ) -> tuple[Call, Entry]:
        """The request as Call and journal entry, with the faults that hit it. headers: lower-case names.

        connection: its number. received: bytes of it, as HTTP.
        """
        world = self.world
        raw_path = plain_path(raw_path)
        rule = world.switches["encoded_query"]
        if rule == "read" or rule == "auto" and world.options.product != "13":
            raw_path, query = with_encoded_query(raw_path, query)
        params = parse_qsl(query, keep_blank_values=True)
        world.requests = number = world.requests + 1
        target = f"{raw_path}?{query}" if query else raw_path
        given = credentials(headers.get("authorization", ""))
        redactor = self._redactor(given[1] if given else None)
        path = redactor.text(unquote(raw_path))
        faults = world.faults.for_request(method, (target, unquote(target.replace("+", " "))), number, path)
        call = Call(
            world=world, method=method, path=unquote(raw_path), params=params, headers=headers,
            body=_decoded(headers, body), faults=faults, number=number,
        )  # fmt: skip
        entry = Entry(
            number=number, method=method, path=path, query_string=redactor.text(query),
            query={key: redactor.text(value) for key, value in params}, headers=redactor.headers(headers),
            connection=connection, body=redactor.text(call.body.decode("utf-8", "replace")),
            user=given[0] if given else None, authorization_present="authorization" in headers,
            bytes_received=received, fault=",".join(fault.fault for fault in faults) or None,
            time=world.clock.utc().timestamp(),
        )  # fmt: skip
        world.journal.append(entry)
        return call, entry

    def answer(self, call: Call, entry: Entry, gone: bool) -> Delivery:
        """Carry the request out, as far as its faults let it be. gone: the client has left meanwhile."""
        answer = self._carry_out(call, entry)
        if gone and call.task is not None and call.method == "POST":
            call.task.orphan = True
        silent = call.fault("reset_before", "reset_after", "stall")
        if silent is not None:
            return silence(silent)
        replacing = call.fault(*REPLACING)
        given = replacement(call, replacing) if replacing is not None else None
        return delivery(call, entry, reply_for(call, given or answer))

    def _redactor(self, password: str | None) -> Redactor:
        passwords = {account.password for account in self.world.state.accounts if account.password}
        if password:
            passwords.add(password)
        return Redactor(self.world.sessions.has_token, sorted(passwords, key=len, reverse=True))

    def _carry_out(self, call: Call, entry: Entry) -> Answer:
        """Run the handler unless a fault forbids it, and apply the faults that change what the server does."""
        world = self.world
        world.tick()
        foreign = call.fault("other_origin_hrefs")
        if foreign:
            call.base_url = str(foreign.parameters.get("origin", "https://attacker.example.test")) + "/api"
        known = self._session(call)
        call.session = known if known is not None and known.open else None
        expire = call.fault("expire_session")
        if expire:
            everybody = expire.parameters.get("scope") == "all"
            for session in world.sessions.all_open() if everybody else [call.session]:
                if session is not None:
                    world.end_session(session, logged_out=False)
        if known is not None:
            entry.session, entry.user = known.id, known.user
        if not all(fault.processes for fault in call.faults):
            return Answer(204)
        entry.processed = True
        try:
            answer = self._handle(call)
        except ApiError as problem:
            answer = self._error(call, problem)
        if call.new_session is not None:
            entry.session, entry.user = call.new_session.id, call.new_session.user
            if expire:
                world.end_session(call.new_session, logged_out=False)
        self._after(call)
        return answer

    def _after(self, call: Call) -> None:
        tasks = self.world.tasks
        if call.task is not None and call.method != "GET":
            # a client that never sees the task id cannot poll
            call.task.orphan = any(fault.fault not in HARMLESS for fault in call.faults)
        if call.fault("lose_task"):
            if call.task is not None:
                call.task.lost = True
            elif call.session is not None and "/tasks/" not in call.path.lower():
                for task in tasks.of_session(call.session):
                    task.lost = True

    def _session(self, call: Call) -> Session | None:
        """The session of the request, open or over; a cookie beats the header (http_authentication)."""
        token = call.headers.get(TOKEN_HEADER)
        for part in call.headers.get("cookie", "").split(";"):
            name, _unused, value = part.strip().partition("=")
            if name.lower() == TOKEN_HEADER:
                token = value
        session = self.world.sessions.with_token(token) if token else None
        if session is not None and session.open:
            session.used = self.world.clock.monotonic()
        return session

    def _handle(self, call: Call) -> Answer:
        below = _BASE.fullmatch(call.path)
        if below is None:
            return documents.html_page(404, "404 Not Found")
        call.path = below.group(1) or ""
        handler = routes.find_open(call)
        switches, product = self.world.switches, self.world.options.product
        rule = switches["post_without_length"]
        bare = call.method == "POST" and not call.headers.keys() & {"content-length", "transfer-encoding"}
        if bare and (rule == "refused" or rule == "auto" and product != "13"):
            raise ApiError(411, not_known("length required"))
        if handler is not None:
            return handler()
        if call.session is None or not call.session.open:
            raise unauthorized()
        if switches["licence"] == "requests_refused":
            raise ApiError(403, not_known("licence edition does not include the REST API"))
        return routes.find(call)()

    def _error(self, call: Call, problem: ApiError) -> Answer:
        body = self.world.switches["unauthorized_body"] if problem.status == 401 else "error"
        if body == "error":
            return documents.error(call, problem)
        answer = documents.html_page(401, "401 Unauthorized") if body == "html" else Answer(401, "", call.media)
        answer.headers.extend(problem.headers)
        return answer


def plain_path(target: str) -> str:
    """The path of a request target in origin or absolute form (RFC 9112, 3.2); slashes in a row are one, as to IIS."""
    return re.sub("/{2,}", "/", _ORIGIN.sub("", target)) or "/"


def with_encoded_query(raw_path: str, query: str) -> tuple[str, str]:
    """Path and query where the client has percent-encoded the ``?`` and what follows: http.sys decodes the path before
    it is parsed, so that a ``?`` in it begins the query all the same."""
    path, mark, encoded = re.sub("%3f", "%3F", raw_path).partition("%3F")
    if not mark:
        return raw_path, query
    return path, "&".join(filter(None, (unquote(encoded), query)))


async def _read(receive: Any) -> tuple[bytes, bool]:
    """Body and whether it came whole."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(parts), False
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts), True


def _decoded(headers: dict[str, str], body: bytes) -> bytes:
    if headers.get("content-encoding", "").lower() == "gzip":
        try:
            return gzip.decompress(body)
        except (OSError, EOFError, zlib.error):
            return body
    return body
