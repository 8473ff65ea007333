# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that says back what it was told, in whatever encoding and wherever it can: the user must not see it."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape, quoteattr

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._clone import clone as _clone
from ansible_collections.backupops.veeam.plugins.module_utils._clone import plan as _plan
from ansible_collections.backupops.veeam.plugins.module_utils._em import calls as _calls
from veeam_em_emulator import Emulator

from slow.faults import runs

from .hostile import CLONE, DECLARATION, FLOW, JOBS, LOGON, NAMESPACE, POLL, Answers, clone

#: Another text in every encoding below.
PASSWORD = "p\u00e4ss \"w\u00f6rd\" 'x' & <y>/z\\ 100%+ \u20ac"
ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 without padding": lambda text: base64.b64encode(text.encode()).decode().rstrip("="),
    "URL": quote,
    "URL, slash": lambda text: quote(text, safe=""),
    "URL, lower case": lambda text: re.sub("%..", lambda match: match.group().lower(), quote(text, safe="")),
    "form": quote_plus,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON, Unicode": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "HTML": html.escape,
    "XML": escape,
    "XML attribute": lambda text: quoteattr(text)[1:-1],
    "Python": lambda text: repr(text)[1:-1],
}


@pytest.fixture
def change_password(em: Emulator) -> Iterator[Callable[[str], None]]:
    """Gives every account of the emulator another password."""
    before = [(account, account.password) for account in em.world.state.accounts]

    def change(password: str) -> None:
        for account, _unused in before:
            object.__setattr__(account, "password", password)

    yield change
    for account, password in before:
        object.__setattr__(account, "password", password)


@pytest.fixture(autouse=True)
def _password_that_has_to_be_escaped(change_password: Callable[[str], None]) -> None:
    change_password(PASSWORD)


def secrets_of(call: Any) -> dict[str, str]:
    """What this request tells the server."""
    told = {"password": PASSWORD, "credentials": "EM01\\svc-ansible:" + PASSWORD}
    token = call.headers.get("x-restsvcsessionid") or (call.new_session.token if call.new_session else None)
    session = call.new_session or call.session
    told["pair"] = base64.b64encode(told.pop("credentials").encode()).decode()
    if token:
        told["token"] = token
    if session is not None:
        told["session id"] = session.id
    return told


class Echo:
    """heard: every form of every secret that was said to the client."""

    def __init__(self, answers: Answers, encode: Callable[[str], str]) -> None:
        self._answers = answers
        self._encode = encode
        self.heard: set[str] = set()

    def words(self, call: Any) -> str:
        found = [self._encode(secret) for secret in secrets_of(call).values()]
        self.heard.update(found)
        return f"You sent: {' and '.join(found)}."

    def refuse(self, pattern: str, status: int, media: str) -> None:
        """An Error document with all of them."""

        def what(call: Any, reply: Any) -> None:
            words = self.words(call)
            if media == "json":
                reply.body = json.dumps({"Message": words, "StatusCode": status}).encode()
            else:
                error = '<Error xmlns="%s" StatusCode="%d" Message=%s/>'
                reply.body = (error % (NAMESPACE, status, quoteattr(words))).encode()
            reply.status = status
            reply.set("Content-Encoding", None)
            reply.set("Content-Type", "application/" + media)

        self._answers.change(pattern, what)

    def assert_unheard(self, done: runs.Run) -> None:
        assert self.heard, "nothing was echoed"
        # as it is, not as JSON would write it once more
        text = "\n".join(texts(done.result) + done.warnings)
        for secret in self.heard:
            assert secret not in text, (secret, text)
            # a beginning is as bad
            assert secret[: len(secret) // 2 + 4] not in text, (secret, text)


def texts(value: Any) -> list[str]:
    """Every text in a result, keys included."""
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in texts(part)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


def run(em: Emulator, **more: Any) -> runs.Run:
    return clone(em, password=PASSWORD, **more)


@pytest.mark.parametrize("media", ["xml", "json"])
@pytest.mark.parametrize("how", ENCODINGS)
@pytest.mark.parametrize("request_", ["query", "clone"])
def test_an_echo_in_any_encoding(em, answers, how, request_, media):
    echo = Echo(answers, ENCODINGS[how])
    echo.refuse(FLOW[request_], 403, media)
    done = run(em, media_type=media)
    echo.assert_unheard(done)
    assert done.failed
    assert "You sent: ******** and ******** and " in done.result["error"]["message"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("request_", FLOW)
def test_an_echo_at_any_request(em, answers, request_, status):
    """In msg, error, message and warnings, those of a logout that fails and of requests that were repeated included."""
    echo = Echo(answers, str)
    echo.refuse(FLOW[request_], status, "xml")
    echo.assert_unheard(run(em))


@pytest.mark.parametrize("length", range(985, 1001, 3))
def test_an_echo_that_is_cut_off(em, answers, length):
    """Messages are shortened; what is left of a secret at the end must be hidden as well."""
    echo = Echo(answers, str)
    echo.words = lambda call: echo.heard.add(PASSWORD) or "x" * length + PASSWORD + "x" * 100
    echo.refuse(JOBS, 403, "xml")
    done = run(em)
    echo.assert_unheard(done)
    assert PASSWORD[:4] not in "".join(texts(done.result))


def test_an_echo_that_ends_a_sentence(em, answers, change_password):
    """The full stop at the end of a message is taken off, here it belongs to the password."""
    secret = "full stop."
    change_password(secret)
    answers.say(JOBS, f'<Error xmlns="{NAMESPACE}" StatusCode="403" Message="{secret}"/>', status=403)
    done = clone(em, password=secret)
    assert done.failed
    assert "full stop" not in done.text


def test_an_echo_that_is_folded(em, answers, change_password):
    """Blanks and line breaks become one blank in a message."""
    secret = "two  blanks\tand a tab"
    change_password(secret)
    answers.say(JOBS, f'<Error xmlns="{NAMESPACE}" StatusCode="403" Message="{secret}"/>', status=403)
    done = clone(em, password=secret)
    assert done.failed
    assert "blanks and" not in done.text


PLACES: dict[str, Callable[[Any, str], None]] = {
    "reason": lambda reply, words: setattr(reply, "status", 418),
    "content type": lambda reply, words: reply.set("Content-Type", f"x/{words}"),
    "encoding": lambda reply, words: reply.set("Content-Encoding", words),
    "redirect to a host": lambda reply, words: (setattr(reply, "status", 302), reply.set("Location", f"//{words}/")),
    "redirect": lambda reply, words: (setattr(reply, "status", 302), reply.set("Location", f"https://x/{words}")),
    "retry": lambda reply, words: (setattr(reply, "status", 503), reply.set("Retry-After", words)),
    "root element": lambda reply, words: setattr(reply, "body", b"<%s/>" % words.encode()),
    "root element of EM's": lambda reply, words: setattr(reply, "body", (f"<{words} xmlns='{NAMESPACE}'/>").encode()),
    "job name": lambda reply, words: setattr(reply, "body", reply.body.replace(b"TPL Gold", words.encode())),
    "page": lambda reply, words: setattr(reply, "body", b'{"PagingInfo":{"PageNum":"%s"}}' % words.encode()),
}


@pytest.mark.parametrize("secret", ["Passw0rd" * 12, "Passw0rd123"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("request_", ["query", "clone", "poll"])
def test_an_echo_in_another_place(em, answers, change_password, place, request_, secret):
    """Some of these places are shown in lower case, or cut off."""
    change_password(secret)
    em.switches["gzip"] = False
    answers.change(FLOW[request_], lambda call, reply: PLACES[place](reply, secret))
    done = clone(em, password=secret)
    shown = "\n".join(texts(done.result) + done.warnings).lower()
    assert "passw0rd" not in shown


@pytest.mark.parametrize("media", ["xml", "json"])
def test_an_echo_in_what_a_task_says(em, answers, media):
    em.switches["duplicate_name"] = "task_failed"
    echo = Echo(answers, str)

    def fail(call: Any, reply: Any) -> None:
        words = echo.words(call)
        if media == "json":
            document: Any = {"TaskId": "task-1", "State": "Finished", "Result": {"Success": "false", "Message": words}}
            reply.body = json.dumps(document).encode()
        else:
            result = f'<Result Success="false"><Message>{escape(words)}</Message></Result>'
            text = '%s<Task xmlns="%s"><TaskId>task-1</TaskId><State>Finished</State>%s</Task>'
            reply.body = (text % (DECLARATION, NAMESPACE, result)).encode()
        reply.set("Content-Encoding", None)

    answers.change(POLL, fail)
    done = run(em, media_type=media)
    echo.assert_unheard(done)
    assert done.failed
    assert done.result["task"]["message"].startswith("You sent: ******** and ********")


def test_an_echo_in_a_traceback(em, answers, monkeypatch):
    """An error of the collection's own shows a traceback, and an exception may hold anything."""
    echo = Echo(answers, str)
    echo.refuse("^nothing", 400, "xml")
    told: dict[str, str] = {}
    answers.change(JOBS, lambda call, reply: told.update(secrets_of(call)))

    def break_down(*unused: Any, **ignored: Any) -> None:
        raise RuntimeError(f"{' '.join(told.values())} {told!r}")

    for module, name in ((_plan, "check_kind"), (_clone, "write"), (_calls, "read_task")):
        with monkeypatch.context() as patched:
            patched.setattr(module, name, break_down)
            done = run(em)
        assert done.failed
        assert "please report it" in done.result["msg"]
        assert "Traceback" in done.result["exception"]
        echo.heard.update(told.values())
        echo.assert_unheard(done)
        echo.heard.update(repr(secret)[1:-1] for secret in told.values())
        echo.assert_unheard(done)
        assert em.open_sessions() == []


@pytest.mark.parametrize("request_", [LOGON, JOBS, CLONE, POLL])
def test_a_server_cannot_steer_the_terminal(em, answers, request_):
    """Ansible prints msg and warnings as they are. JSON can carry control characters."""
    escape_codes = "\x1b]0;title\x07\x1b[2J\x9b31m\r\x08gone\u0085"
    words = json.dumps({"Message": "a" + escape_codes, "StatusCode": 500})
    answers.say(request_, words, "json", status=500)
    done = run(em, media_type="json")
    for text in [done.result["msg"], *done.warnings]:
        assert not [char for char in text if ord(char) < 32 or 127 <= ord(char) < 160], repr(text)
    assert "[2J" in done.text or request_ == POLL


def test_the_state_of_a_task_cannot_steer_it_either(em, answers):
    code = "\x1b[2J"
    answers.say(POLL, json.dumps({"TaskId": "task-1", "State": "Run" + code}), "json")
    done = run(em, media_type="json")
    shown = " ".join([done.result["msg"], *done.warnings])
    assert "Run [2J" in shown
    assert code not in shown
