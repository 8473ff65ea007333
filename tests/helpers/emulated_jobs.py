# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs of veeam_job, or of another module, against the emulator in memory: no socket, and a clock that only a
pause moves.

One request of a run can be broken in a way that is named, or the run be stopped at it.
"""

from __future__ import annotations

import gzip
import typing as t
from dataclasses import replace

from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import Alone, Flow, Parallel, Pause, Send
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import (
    Interrupted,
    NoAnswer,
    NotSent,
    VeeamError,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request, Response
from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
from ansible_collections.backupops.veeam.plugins.module_utils._module.on_signal import stopped
from ansible_collections.backupops.veeam.plugins.module_utils._module.play import begin, whole
from ansible_collections.backupops.veeam.plugins.modules.veeam_job import MODULE
from veeam_em_emulator import Emulator
from veeam_em_emulator.tester.clock import ManualClock

from helpers.cast import PASSWORD, USERNAME
from helpers.options import as_ansible_does
from helpers.sentences import slips

LATENCY = 0.02
CONNECTION = {"hostname": "em.example.test", "username": USERNAME, "password": PASSWORD, "poll_interval": 1.0}
#: What can happen to one request. "after": the server has carried it out.
FAULTS = ("not sent", "lost", "lost after", "page after", "503", "502 after", "expired", "stopped", "stopped after")
PAGE = Response(200, {"content-type": "text/html"}, b"<html><body>Sign in</body></html>")


class Failure(t.NamedTuple):
    """fault: one of FAULTS, at the request of that number in the run, counted from 0."""

    fault: str
    number: int


class Ended(t.NamedTuple):
    """result: as a playbook sees it. requests: METHOD path?query of each, those of the logon session left out."""

    result: dict[str, t.Any]
    requests: list[str]
    warnings: list[str]
    seconds: float

    @property
    def failed(self) -> bool:
        return bool(self.result.get("failed"))

    @property
    def writes(self) -> list[str]:
        return [request for request in self.requests if not request.startswith("GET ")]

    @property
    def actions(self) -> list[str]:
        return [step["action"] for step in self.result["steps"]]


class Emulated:
    """An emulator, its clock, and runs of the module against it. plays: what carries their requests."""

    plays: t.Callable[..., Play]

    def __init__(self, module: Module = MODULE, **options: t.Any) -> None:
        self.module = module
        self.plays = options.pop("plays", Play)
        self.clock = ManualClock()
        self.em = Emulator(
            clock=self.clock, **{"seed": 1, "task_steps": "running:0.3s,operation_finished:0.1s", **options}
        )
        # Of a month before the start three days are enough, and told sooner.
        past = self.em.world.state.past_runs
        past[:] = [replace(runs, days=3) if runs.days == 30 else runs for runs in past]

    def run(
        self,
        check_mode: bool = False,
        failure: Failure | None = None,
        before: t.Callable[[int, Request], None] = lambda number, request: None,
        nested: bool = False,
        **options: t.Any,
    ) -> Ended:
        """before: is told of each request before it is sent. nested: another run is in the middle of its own."""
        known = {name: value for name, value in CONNECTION.items() if name in self.module.spec.options}
        warnings: list[str] = []
        play = self.plays(self, failure, before)
        began = self.clock.monotonic()
        try:
            params = as_ansible_does(self.module, {**known, **options})
            one = begin(self.module, params, check_mode, True, warnings.append, self.clock.monotonic)
            result = play.drive(whole(self.module, one))
        except VeeamError as error:
            result = {**error.result(), "failed": True}
        except Interrupted as stop:
            result = {**stopped(self.module, one, stop).result(), "failed": True}
        assert nested or not self.em.open_sessions(), "a session was left open"
        assert "exception" not in result, result["exception"]
        assert slips(result, warnings) == []
        return Ended(result, play.requests, warnings, self.clock.monotonic() - began)

    def one(self, **options: t.Any) -> Ended:
        """A run that has to succeed."""
        ended = self.run(**options)
        assert not ended.failed, ended.result["msg"]
        return ended


class Play:
    """One run, whose effects are carried out at once."""

    def __init__(self, world: Emulated, failure: Failure | None, before: t.Callable[[int, Request], None]) -> None:
        self.world = world
        self.failure = failure
        self.before = before
        self.requests: list[str] = []
        self.stopped = False

    def drive(self, flow: Flow[t.Any]) -> t.Any:
        answer: t.Any = None
        error: BaseException | None = None
        while True:
            try:
                effect = flow.send(answer) if error is None else flow.throw(error)
            except StopIteration as end:
                return end.value
            answer = error = None
            try:
                answer = self.perform(effect)
            except (VeeamError, Interrupted) as raised:
                error = raised

    def perform(self, effect: t.Any) -> t.Any:
        if isinstance(effect, Send):
            return self.send(effect)
        if isinstance(effect, Pause):
            return self.world.clock.advance(effect.seconds)
        if isinstance(effect, Alone):
            return self.drive(effect.flow)
        if isinstance(effect, Parallel):
            return [self.outcome(start()) for start in effect.starts]
        return None

    def outcome(self, flow: Flow[t.Any]) -> t.Any:
        try:
            return self.drive(flow)
        except VeeamError as error:
            return error

    def send(self, effect: Send) -> Response:
        request = effect.request
        fault = ""
        if "/api/sessionMngr" not in request.path and "/api/logonSessions" not in request.path:
            if self.failure is not None and self.failure.number == len(self.requests):
                fault = self.failure.fault
            self.before(len(self.requests), request)
            self.requests.append(f"{request.method} {request.path}")
        self.world.clock.advance(LATENCY)
        label = request.label
        if fault == "not sent":
            raise NotSent(f"{label}: the connection was refused.", label)
        if fault == "lost":
            raise NoAnswer(f"{label}: the connection was reset.", label)
        if fault == "503":
            return Response(503, {"content-type": "text/html"}, b"<html>busy</html>")
        if fault == "stopped":
            raise Interrupted(15, "SIGTERM")
        if fault == "expired":
            self.world.em.expire_sessions()
        length = {} if request.method == "GET" else {"Content-Length": str(len(request.body or b""))}
        headers = {"Host": "em", **request.headers, **length}
        done = self.world.em.exchange(request.method, request.path, headers, request.body or b"")
        assert done.status is not None
        if fault == "lost after":
            raise NoAnswer(f"{label}: the connection was reset.", label)
        if fault == "stopped after":
            raise Interrupted(15, "SIGTERM")
        if fault == "page after":
            return PAGE
        if fault == "502 after":
            return Response(502, {"content-type": "text/html"}, b"<html>bad gateway</html>")
        headers = {name.lower(): value for name, value in done.headers}
        body = gzip.decompress(done.body) if headers.get("content-encoding") == "gzip" else done.body
        return Response(done.status, headers, body)
