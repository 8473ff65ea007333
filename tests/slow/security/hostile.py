# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator turned against its client: any answer to any request, and listeners that must hear nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from helpers.routes import BY_WORD
from helpers.servers import RawServer, answer, answering
from veeam_em_emulator import Emulator
from veeam_em_emulator.pipeline import pipeline

from slow.faults import runs

#: (timeout, wait_timeout) in seconds, enough for a busy machine: a run that keeps the promise is over after their sum.
TIMES = (3.0, 5.0)
NAMESPACE = "http://www.veeam.com/ent/v1.0"
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'

#: The requests of a run, in order, as regular expressions for `METHOD path?query` (see Answers).
LOGON, JOBS, REPOSITORY, CLONE, POLL, LOGOUT = (
    BY_WORD[word].pattern for word in ("logon", "jobs", "repositories", "clone", "task", "logout")
)
FLOW = {"logon": LOGON, "query": JOBS, "repository": REPOSITORY, "clone": CLONE, "poll": POLL, "logout": LOGOUT}
#: Root element and JSON member of the document that answers each request.
ROOTS = {
    LOGON: ("LogonSession", "SessionId"),
    JOBS: ("QueryResult", "Entities"),
    REPOSITORY: ("QueryResult", "Refs"),
    CLONE: ("Task", "TaskId"),
    POLL: ("Task", "TaskId"),
}


def fault_at(request: str) -> dict[str, str]:
    """Method and path of that request, as the faults of the emulator want them."""
    method, _unused, path = request.removeprefix("^").partition(" ")
    return {"method": method, "path": path}


class Answers:
    """What the emulator says instead of, or beside, what it would say. `heard` counts the answers by request.

    change(pattern, what): what(call, reply) may alter status, headers and body of each answer to those requests.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._changes: list[tuple[str, Callable[[Any, Any], None]]] = []
        real = pipeline.reply_for

        def reply_for(call: Any, given: Any) -> Any:
            reply = real(call, given)
            # the pipeline has taken the base off by now, if it got that far
            path = call.path if call.path.startswith("/api") else "/api" + call.path
            asked = "{} {}?{}".format(call.method, path, "&".join("{}={}".format(*pair) for pair in call.params))
            for pattern, what in self._changes:
                if re.search(pattern, asked):
                    what(call, reply)
            return reply

        monkeypatch.setattr(pipeline, "reply_for", reply_for)

    def change(self, pattern: str, what: Callable[[Any, Any], None]) -> None:
        self._changes.append((pattern, what))

    def say(
        self, pattern: str, body: str | bytes, media: str = "xml", status: int | None = None, **headers: str
    ) -> None:
        """Always this body."""

        def what(call: Any, reply: Any) -> None:
            if call.task is not None:
                # as with the faults of the emulator: who never learns the task's id cannot poll it
                call.task.orphan = True
            reply.body = body.encode() if isinstance(body, str) else body
            reply.set("Content-Encoding", None)
            reply.set("Content-Type", f"application/{media}; charset=utf-8")
            if status is not None or reply.status == 204:
                reply.status = status or 200
            for name, value in headers.items():
                reply.set(name.replace("_", "-"), value)

        self.change(pattern, what)

    def clear(self) -> None:
        self._changes.clear()


def clone(em: Emulator, name: str = "web", times: tuple[float, float] = TIMES, **more: Any) -> runs.Run:
    """One run of the module's code for one clone."""
    return runs.run(em, runs.options(em, [name], True, times, **more))


def listener(em: Emulator | None) -> AbstractContextManager[RawServer]:
    """A server that the client must leave alone. It writes down what it hears, and its certificate, the emulator's own,
    would be believed. em: None for one without TLS."""
    return RawServer(answering(answer(b"stolen")), em._context if em is not None else None)


def clones_sent(journal: list[Any]) -> int:
    return sum(entry.method == "POST" and entry.query.get("action") == "clone" for entry in journal)


def assert_one_sentence(msg: str) -> None:
    """One line of reasonable length that ends as a sentence does and shows nothing of the program's inside."""
    assert msg.isprintable(), msg
    assert len(msg) < 1000, msg[:2000]
    assert msg[-1] in ".?!)", msg
    for word in ("Traceback", "Error(", "<class", "object at 0x", "lxml", "please report it"):
        assert word not in msg, msg
