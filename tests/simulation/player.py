# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays runs in virtual time, several at once, each interleaved with the others from one seed.

What of a run moves when is the client's own code (`moves.py`), as with the real scheduler. Here is what takes time: an
exchange, a pause and a signal are events on one clock, which the emulator has too.
"""

from __future__ import annotations

import collections
import heapq
import random
import signal
from collections.abc import Callable
from typing import Any

from ansible_collections.backupops.veeam.plugins.module_utils._http import moves
from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import Flow, Progress, Send
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import Interrupted, NoAnswer, VeeamError
from ansible_collections.backupops.veeam.plugins.module_utils._http.signals import Stop
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request, Response

from .connection import MemoryConnection, VirtualClock

#: Moves in one run after which it will not end any more.
TOO_MANY = 200_000
#: A signal strikes at the first request of the logout, whichever move that is.
AT_LOGOUT = 0


class Flight:
    """An exchange under way. finish: what is done with its end."""

    def __init__(
        self, connection: MemoryConnection, effect: Send, finish: Callable[[Response | None, VeeamError | None], None]
    ) -> None:
        self.connection = connection
        self.effect = effect
        self.finish = finish
        self.over = False


class Playing:
    """One run under way. moves: how many it has made. result, or error, when it has ended."""

    def __init__(
        self, player: Player, name: str, flow: Flow[Any], connect: Callable[[], MemoryConnection], strike: int | None
    ) -> None:
        self.player = player
        self.name = name
        self.connect = connect
        self.stop = Stop()
        self.stop.wake = self._woken
        self.mover = moves.Mover(player.clock.monotonic, self.stop, self._watch)
        self.generator = self.mover.run(flow)
        #: The move at which a signal strikes.
        self.strike_at = strike
        self.moves = 0
        self.began: float | None = None
        self.ended_at: float | None = None
        self.result: Any = None
        self.error: BaseException | None = None
        self.told: list[Progress] = []
        #: Hears of every exchange: the request, its entry in the journal (None where it did not arrive), its end, and
        #: whether it arrived after the client had broken it off.
        self.seen: Callable[[Request, Any, Response | None, VeeamError | None, bool], None] = lambda *unused: None
        self.connection: MemoryConnection | None = None
        self.idle: list[MemoryConnection] = []
        self.flights: list[Flight] = []
        self.done: collections.deque[moves.Done] = collections.deque()
        #: What it waits for, and which of its waits that is.
        self.pending: moves.Move | None = None
        self.wait = 0

    @property
    def ended(self) -> bool:
        return self.ended_at is not None

    def _watch(self, progress: Progress) -> None:
        self.told.append(progress)

    def strike(self) -> None:
        """SIGTERM."""
        if not self.ended:
            self.player.log(self.name, "SIGTERM", "", "")
            self.stop._note(signal.SIGTERM, None)

    def abandon(self) -> None:
        """Let it go, wherever it is; it may still yield on its way out."""
        if not self.ended and self.began is not None:
            self.ended_at = self.player.clock.monotonic()
            for _unused in range(1000):
                try:
                    self.generator.throw(Interrupted(signal.SIGTERM, "abandoned"))
                except (StopIteration, VeeamError, Interrupted):
                    return
                except RuntimeError:
                    return

    def _woken(self) -> None:
        if not self.mover.is_to_stop or self.pending is None:
            return
        if isinstance(self.pending, moves.Exchange):
            if self.pending.breakable:
                (flight,) = self.flights
                self.connection = None
                self.player.break_off(flight)
        else:
            self.player.at(0.0, self._resumer())

    def _resumer(self, value: Any = None) -> Callable[[], None]:
        wait = self.wait

        def resume() -> None:
            if self.wait == wait and self.pending is not None:
                self.resume(value)

        return resume

    def resume(self, value: Any = None, error: BaseException | None = None) -> None:
        """Go on until it waits for something."""
        self.pending = None
        while True:
            self.wait += 1
            self.moves += 1
            assert self.moves < TOO_MANY, f"{self.name} does not end"
            try:
                move = self.generator.send(value) if error is None else self.generator.throw(error)
            except StopIteration as end:
                return self._end(end.value, None)
            except (VeeamError, Interrupted) as failure:
                return self._end(None, failure)
            if self.moves == self.strike_at or self.strike_at == AT_LOGOUT and is_logout(move):
                self.strike_at = None
                self.player.at(self.player.random.choice((0.0, 0.0, 0.01)), self.strike)
            value = error = None
            try:
                answer = self._begin(move)
            except Interrupted as stopped:
                error = stopped
                continue
            if answer is _LATER:
                self.pending = move
                return
            value = answer

    def _end(self, result: Any, error: BaseException | None) -> None:
        self.result, self.error = result, error
        self.ended_at = self.player.clock.monotonic()

    def _begin(self, move: moves.Move) -> Any:
        """Answer the move, or _LATER."""
        player = self.player
        if isinstance(move, moves.Exchange):
            if self.connection is None:
                self.connection = self.connect()
            if move.breakable:
                self.mover.look_for_stop()
            player.fly(self, Flight(self.connection, move.effect, self.resume))
            return _LATER
        if isinstance(move, moves.Wait):
            if self.mover.is_to_stop:
                return None
            player.at(move.seconds, self._resumer())
            return _LATER
        if isinstance(move, moves.HandOver):
            connection = self.idle.pop() if self.idle else self.connect()

            def finish(response: Response | None, error: VeeamError | None) -> None:
                self.idle.append(connection)
                self.done.append(moves.Done(move.task, response, error))
                if isinstance(self.pending, moves.NextDone):
                    self.resume(self.done.popleft())

            player.fly(self, Flight(connection, move.effect, finish))
            return None
        if isinstance(move, moves.EndAll):
            for flight in list(self.flights):
                assert move.abort, "something is under way at a good end"
                player.break_off(flight, tell=False)
            self.idle.clear()
            self.done.clear()
            return None
        if self.done:
            return self.done.popleft()
        if self.mover.is_to_stop:
            return None
        assert self.flights or move.seconds is not None, f"{self.name} waits for nothing"
        if move.seconds is not None:
            player.at(move.seconds, self._resumer())
        return _LATER


_LATER: Any = object()


def is_logout(move: moves.Move) -> bool:
    return isinstance(move, moves.Exchange) and move.effect.request.path.startswith("/api/logonSessions")


class Player:
    """travel: seconds that a request takes to the server. log: hears of everything, for a person."""

    def __init__(
        self,
        clock: VirtualClock,
        source: random.Random,
        travel: Callable[[], float] = lambda: 0.0,
        log: Callable[[str, str, str, str], None] = lambda *unused: None,
    ) -> None:
        self.clock = clock
        self.random = source
        self.travel = travel
        self.log = log
        self.runs: list[Playing] = []
        self._events: list[tuple[float, float, int, Callable[[], None]]] = []
        self._count = 0

    def at(self, seconds: float, action: Callable[[], None]) -> None:
        """Do that in so many seconds. What comes at the same moment comes in an order that the seed draws."""
        self._count += 1
        heapq.heappush(
            self._events, (self.clock.monotonic() + max(0.0, seconds), self.random.random(), self._count, action)
        )

    def add(
        self,
        name: str,
        flow: Flow[Any],
        connect: Callable[[], MemoryConnection],
        after: float = 0.0,
        strike: int | None = None,
    ) -> Playing:
        """A run that begins in so many seconds. strike: the number of the move at which a signal strikes."""
        run = Playing(self, name, flow, connect, strike)

        def begin() -> None:
            run.began = self.clock.monotonic()
            run.resume()

        self.runs.append(run)
        self.at(after, begin)
        return run

    def play(self) -> None:
        """Until every run has ended, and whatever else was to come has come."""
        while self._events:
            when, _order, _number, action = heapq.heappop(self._events)
            self.clock.set(max(when, self.clock.monotonic()))
            action()
        stuck = [run.name for run in self.runs if not run.ended]
        assert not stuck, f"waiting for nothing: {stuck}"

    def abandon(self) -> None:
        """Play no further."""
        for run in self.runs:
            run.abandon()

    def fly(self, run: Playing, flight: Flight) -> None:
        """Let the request travel, be answered, and its answer travel."""
        run.flights.append(flight)
        began = self.clock.monotonic()
        request, deadline = flight.effect.request, flight.effect.deadline
        patience = max(0.0, min(flight.connection._endpoint.timeout, deadline - began))

        def arrive() -> None:
            if flight.over and self.random.random() < 0.5:
                # Broken off while it was on its way, and it did not come further.
                return
            response, error = None, None
            try:
                response = flight.connection.exchange(request, deadline, began)
            except VeeamError as failure:
                error = failure
            self.log(run.name, label(request), flight.connection.last_fault, told(response, error))
            run.seen(request, flight.connection.last_entry, response, error, flight.over)
            if not flight.over:
                back = flight.connection.ends - self.clock.monotonic()
                self.at(back, lambda: end(response, error))

        def end(response: Response | None, error: VeeamError | None) -> None:
            if not flight.over:
                flight.over = True
                run.flights.remove(flight)
                flight.finish(response, error)

        self.at(min(self.travel(), patience / 2), arrive)

    def break_off(self, flight: Flight, tell: bool = True) -> None:
        """As abort() of a connection does it."""
        flight.over = True
        flight.connection.close()
        for run in self.runs:
            if flight in run.flights:
                run.flights.remove(flight)
        if tell:
            label_ = flight.effect.request.label
            flight.finish(None, NoAnswer(f"{label_}: broken off.", label_))


def label(request: Request) -> str:
    """The request in a history."""
    return f"{request.method} {request.path}"


def told(response: Response | None, error: VeeamError | None) -> str:
    """The outcome of an exchange in a history."""
    if error is not None:
        return f"{type(error).__name__}: {getattr(error, 'reason', error)}"
    assert response is not None
    return "HTTP %d" % response.status
