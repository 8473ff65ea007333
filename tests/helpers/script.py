# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripted exchanges: which requests a flow sends, in which order, and what each is answered."""

from __future__ import annotations

import typing as t
from urllib.parse import unquote

from ansible_collections.backupops.veeam.plugins.module_utils._em.calls import EnterpriseManager
from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import (
    Alone,
    Flow,
    Parallel,
    Pause,
    Send,
    Tell,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import (
    BadAnswer,
    ExchangeError,
    NoAnswer,
    NotSent,
    VeeamError,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request, Response
from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
from ansible_collections.backupops.veeam.plugins.module_utils._module.play import begin, whole

from .documents import HTML, Writer
from .flows import drive
from .options import as_ansible_does

URL = "https://em.example.test:9398"


class Clock:
    """A monotonic clock that only the test moves."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds


#: An answer of a script: a response, or what the transport would raise.
Answer = Response | t.Callable[[Request], ExchangeError]


def lost(request: Request) -> ExchangeError:
    """The request went out and the connection broke before an answer came."""
    return NoAnswer(f"{request.label}: em.example.test port 9398 broke the connection.", request.label)


def unreachable(request: Request) -> ExchangeError:
    """The connection failed before a byte was sent."""
    return NotSent("em.example.test port 9398 refuses connections.", request.label)


def untrusted(request: Request) -> ExchangeError:
    """A failure that no repetition can cure."""
    return NotSent("The certificate of em.example.test port 9398 is not trusted.", request.label, permanent=True)


def garbage(request: Request) -> ExchangeError:
    """An answer that was cut off."""
    return BadAnswer(f"{request.label}: the answer was cut off after 3 bytes.", request.label, 200)


class Step:
    """One expected request. many: it may come any number of times, at least once. takes: seconds that it lasts."""

    def __init__(self, request: str, answer: Answer, many: bool = False, takes: float = 0.0) -> None:
        self.request = request
        self.answers = [answer]
        self.many = many
        self.takes = takes
        self.used = 0

    def __repr__(self) -> str:
        return self.request + (" (any number)" if self.many else "")

    def matches(self, request: str) -> Step | None:
        """The step that answers this request."""
        return self if self.request == request else None

    def unused(self) -> list[Step]:
        """What the test wanted to see and did not."""
        return [] if self.used else [self]

    def take(self) -> Answer:
        """The next answer; the last one stays."""
        self.used += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Phase:
    """Several requests in any order and number; each with its answers in turn, the last of which stays.

    Each must come at least once.
    """

    many = True

    def __init__(self, answers: dict[str, Answer | list[Answer]], takes: float = 0.0) -> None:
        self.inner = []
        for request, given in answers.items():
            step = Step(request, HTML, many=True, takes=takes)
            step.answers = list(given) if isinstance(given, list) else [given]
            self.inner.append(step)

    def __repr__(self) -> str:
        return f"any of {self.inner!r}"

    def matches(self, request: str) -> Step | None:
        return next((step for step in self.inner if step.request == request), None)

    def unused(self) -> list[Step]:
        return [step for step in self.inner if not step.used]

    @property
    def used(self) -> int:
        return min(step.used for step in self.inner)


def query(*names: str, kind: str = "Job", entities: bool = True, page: int = 1) -> str:
    """How a look-up by name is written in a script."""
    wanted = ",".join(f'Name=="{name}"' for name in names)
    return "GET /api/query?type=%s&filter=%s%s&pageSize=100&page=%d" % (
        kind,
        wanted,
        "&format=Entities" if entities else "",
        page,
    )


def listing(kind: str = "Job", page: int = 1, entities: bool = False) -> str:
    """How a listing of everything is written in a script."""
    how = "&format=Entities&pageSize=100" if entities else "&pageSize=500"
    return "GET /api/query?type=%s&sortAsc=Name%s&page=%d" % (kind, how, page)


LOGON = "POST /api/sessionMngr/?v=latest"
LOGOUT = "DELETE /api/logonSessions/9c1e7d34-5a2b-4f86-b0d3-e1f2a3b4c5d6"
LOGON_AGAIN = "log on again"


class LogonAgain(t.NamedTuple):
    """What the session of a script asks for instead of a logon."""

    token: str | None


class ScriptedSession:
    """A session whose renewal is one step of the script."""

    def __init__(self, script: Script) -> None:
        self._script = script

    @property
    def token(self) -> str | None:
        return self._script.token

    def sign(self, request: Request) -> Request:
        return request

    def renew(self, refused: str | None, deadline: float, request: str) -> Flow[None]:
        yield t.cast(t.Any, LogonAgain(refused))


class Script:
    """Drives a flow against a script. A request that is not the next one, or one that never comes, fails the test."""

    def __init__(self, dialect: str = "xml", request_timeout: float = 30.0) -> None:
        self.clock = Clock()
        self.write = Writer(dialect)
        self.steps: list[Step | Phase] = []
        self.request_timeout = request_timeout
        self.token: str | None = "token"
        self.requests: list[Request] = []
        self.seen: list[str] = []
        self.pauses: list[float] = []
        self.notes: list[tuple[Request, ExchangeError]] = []
        self.deadlines: list[float] = []
        self.warnings: list[str] = []
        self.may_log_on_again: VeeamError | None = None
        self.em = EnterpriseManager(
            URL, self.write.media_type, ScriptedSession(self), lambda *note: self.notes.append(note), self.clock
        )

    def expect(self, request: str, answer: Answer, many: bool = False, takes: float = 0.0) -> None:
        """Add a step to the script."""
        self.steps.append(Step(request, answer, many, takes))

    def expect_any(self, answers: dict[str, Answer | list[Answer]], takes: float = 0.0) -> None:
        """Add a phase to the script."""
        self.steps.append(Phase(answers, takes))

    def run(self, flow: Flow[t.Any], complete: bool = True) -> t.Any:
        """Run the flow to its end. complete: the script must be at its end, too."""
        try:
            result = self._run(flow)
        except VeeamError:
            if complete:
                self.assert_complete()
            raise
        if complete:
            self.assert_complete()
        return result

    def run_module(self, module: Module, *, logs_on: bool = True, check_mode: bool = False, **options: t.Any) -> t.Any:
        """The result of a whole run. logs_on: put the logon before the script, and the logout after it."""
        flow = self.flow_of(module, check_mode, **options)
        if logs_on:
            self.steps.insert(0, Step(LOGON, self.write.session()))
            self.expect(LOGOUT, Response(204, {}, b""))
        return self.run(flow)

    def flow_of(self, module: Module, check_mode: bool = False, **options: t.Any) -> Flow[t.Any]:
        """A whole run with these options, which are checked as Ansible does."""
        given = {"hostname": "em.example.test", "media_type": self.write.media_type, **options}
        if not {"session_id", "session_token"} & set(options):
            given = {"username": "EM01\\svc", "password": "Passw0rd!", **given}
        params = as_ansible_does(module, given)
        return whole(module, begin(module, params, check_mode, False, self.warnings.append, self.clock))

    def assert_complete(self) -> None:
        missing = [unused for step in self.steps for unused in step.unused()]
        assert not missing, "never asked for: {!r}\nasked for:\n{}".format(missing, "\n".join(self.seen))

    def count(self, beginning: str) -> int:
        """How many requests began like that."""
        return sum(seen.startswith(beginning) for seen in self.seen)

    def _run(self, flow: Flow[t.Any]) -> t.Any:
        return drive(flow, self._perform)

    def _one_of(self, start: t.Callable[[], Flow[t.Any]]) -> t.Any:
        """Of flows that are played side by side, one after the other will do for a script."""
        try:
            return self._run(start())
        except VeeamError as error:
            return error

    def _perform(self, effect: t.Any) -> t.Any:
        if isinstance(effect, Pause):
            assert effect.seconds > 0, "a busy loop"
            self.pauses.append(effect.seconds)
            self.clock.forward(effect.seconds)
            return None
        if isinstance(effect, Tell):
            return None
        if isinstance(effect, Alone):
            return self._run(effect.flow)
        if isinstance(effect, Parallel):
            return [self._one_of(start) for start in effect.starts]
        if isinstance(effect, LogonAgain):
            if effect.token != self.token:
                return None
            self._next(LOGON_AGAIN).take()
            if self.may_log_on_again is not None:
                raise self.may_log_on_again
            self.token = "renewed"
            return None
        assert isinstance(effect, Send)
        request = effect.request
        self.deadlines.append(effect.deadline)
        if self.clock() >= effect.deadline:
            # What the transport does when there is no time left for a single byte.
            raise NotSent("em.example.test port 9398 could not be reached in time.", request.label)
        step = self._next(f"{request.method} {unquote(request.path)}")
        self.requests.append(request)
        self.clock.forward(min(step.takes, self.request_timeout, effect.deadline - self.clock()))
        answer = step.take()
        if isinstance(answer, Response):
            return answer
        raise answer(request)

    def _next(self, request: str) -> Step:
        self.seen.append(request)
        while self.steps:
            step = self.steps[0]
            matching = step.matches(request)
            if matching is not None:
                if not step.many:
                    self.steps.pop(0)
                return matching
            if not (step.many and step.used):
                break
            self.steps.pop(0)
        raise AssertionError(
            "not in the script: {}\nexpected: {!r}\nasked for:\n{}".format(
                request, self.steps[:1], "\n".join(self.seen)
            )
        )
