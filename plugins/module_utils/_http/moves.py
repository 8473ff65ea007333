# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moving flows on: one after the other, what is Parallel side by side, and out when the run is to stop.

A generator too: whatever takes time is handed to whoever plays it. The scheduler does that with connections and
threads; the simulation of the tests does it in virtual time, several runs at once.
"""

from __future__ import annotations

import collections
import heapq
import itertools
import typing as t

from . import signals
from .effects import Alone, Effect, Flow, Parallel, Pause, Progress, Send, Tell
from .errors import VeeamError
from .transport import Response

T = t.TypeVar("T")


class Task(t.NamedTuple):
    """One of the flows of a Parallel."""

    flow: Flow[t.Any]
    group: _Group
    place: int


class Done(t.NamedTuple):
    """The end of an exchange that was handed over."""

    task: Task
    response: Response | None
    error: VeeamError | None


class Exchange(t.NamedTuple):
    """Answered with the Response, or the error is raised. breakable: it ends early when the run is to stop."""

    effect: Send
    breakable: bool


class Wait(t.NamedTuple):
    """Answered after that many seconds, or when the run is to stop."""

    seconds: float


class HandOver(t.NamedTuple):
    """Begin this exchange beside the others. Answered at once; its end comes out of NextDone."""

    task: Task
    effect: Send


class NextDone(t.NamedTuple):
    """Answered with the next Done; with None after so many seconds, or when something else is to be looked at."""

    seconds: float | None


class EndAll(t.NamedTuple):
    """Nothing more will be handed over. abort: what is under way is broken off, and nothing is begun any more."""

    abort: bool


Move = t.Union[Exchange, Wait, HandOver, NextDone, EndAll]
Moves = t.Generator[Move, t.Any, T]


class Mover:
    """Moves the flow of one run. stop: says that the run is to stop. watch: is shown progress."""

    def __init__(
        self,
        clock: t.Callable[[], float],
        stop: signals.Stop,
        watch: t.Callable[[Progress], None] | None = None,
    ) -> None:
        self.clock = clock
        self._watch = watch
        self._stop = stop
        #: The flow has been told to stop. After that nothing keeps it from its way out.
        self._stopped = False
        #: What is under way has to come to its end first.
        self._shielded = False

    # -- being stopped ---------------------------------------------------------------------------------------------

    @property
    def is_to_stop(self) -> bool:
        return self._stop.number is not None and not self._stopped and not self._shielded

    def look_for_stop(self) -> None:
        """Raise Interrupted, once, if the run is to stop."""
        if self.is_to_stop:
            self._stopped = True
            raise self._stop.exception()

    # -- one after the other ---------------------------------------------------------------------------------------

    def run(self, flow: Flow[T], pausing: t.Callable[[], None] | None = None) -> Moves[T]:
        """Play the flow to its end. Raises what it raises. pausing hears of every pause."""
        answer: t.Any = None
        failure: BaseException | None = None
        while True:
            try:
                effect = flow.send(answer) if failure is None else flow.throw(failure)
            except StopIteration as end:
                return t.cast(T, end.value)
            answer = failure = None
            try:
                if pausing is not None and isinstance(effect, Pause):
                    pausing()
                answer = yield from self.perform(effect)
            except BaseException as error:  # pylint: disable=broad-except
                # The flow has the way out, whatever happened.
                failure = error

    def perform(self, effect: Effect) -> Moves[t.Any]:
        """Answer one effect."""
        if isinstance(effect, Alone):
            return (yield from self._run_alone(effect))
        self.look_for_stop()
        if isinstance(effect, Send):
            return (yield from self._send(effect))
        if isinstance(effect, Pause):
            yield Wait(effect.seconds)
            return self.look_for_stop()
        if isinstance(effect, Tell):
            return self.tell(effect.progress)
        if len(effect.starts) == 1:
            return [(yield from self._run_only(effect))]
        return (yield from _Parallels(self, effect).run()) if effect.starts else []

    def _run_alone(self, effect: Alone) -> Moves[t.Any]:
        before, self._shielded = self._shielded, self._shielded or effect.shielded
        try:
            self.look_for_stop()
            return (yield from self.run(effect.flow))
        finally:
            self._shielded = before

    def _run_only(self, effect: Parallel) -> Moves[t.Any]:
        """One flow needs no other connection."""
        progress = effect.progress
        try:
            return (yield from self.run(effect.starts[0](), lambda: self.tell(progress(0, 1, 0)) if progress else None))
        except VeeamError as error:
            return error

    def tell(self, progress: Progress) -> None:
        if self._watch is not None:
            self._watch(progress)

    def _send(self, effect: Send) -> Moves[Response]:
        breakable = not (effect.unbroken or self._shielded)
        try:
            return (yield Exchange(effect, breakable))
        except VeeamError:
            if breakable:
                self.look_for_stop()
            raise


class _Group:
    """The flows of one Parallel, and how far they are. owner: the one that asked for it, None for the run itself."""

    def __init__(self, effect: Parallel, owner: Task | None) -> None:
        self.effect = effect
        self.owner = owner
        self.waiting = iter(enumerate(effect.starts))
        self.results: list[t.Any] = [None] * len(effect.starts)
        self.running = self.ended = self.failed = 0

    @property
    def has_ended(self) -> bool:
        return self.ended == len(self.results)


class _Parallels:
    """Moves the flows of a Parallel on, and those of the Parallels that they ask for themselves."""

    def __init__(self, mover: Mover, effect: Parallel) -> None:
        self._mover = mover
        self._group = _Group(effect, None)
        #: Groups in which there is room, and flows whose own Parallel has ended, with its results.
        self._with_room = collections.deque([self._group])
        self._ready: collections.deque[tuple[Task, list[t.Any]]] = collections.deque()
        self._wakes: list[tuple[float, int, Task]] = []
        self._order = itertools.count()

    def run(self) -> Moves[list[t.Any]]:
        broken_off = True
        try:
            while not self._group.has_ended:
                self._mover.look_for_stop()
                yield from self._step()
            broken_off = False
        finally:
            yield EndAll(abort=broken_off)
        return self._group.results

    def _step(self) -> Moves[None]:
        """Move one flow on, or wait until one can be."""
        if self._ready:
            return (yield from self._move(*self._ready.popleft()))
        if self._with_room:
            return (yield from self._start_one(self._with_room[0]))
        left = self._wakes[0][0] - self._mover.clock() if self._wakes else None
        if left is not None and left <= 0:
            return (yield from self._move(heapq.heappop(self._wakes)[2]))
        done: Done | None = yield NextDone(left)
        if done is not None:
            yield from self._move(*done)

    def _start_one(self, group: _Group) -> Moves[None]:
        place, start = next(group.waiting, (-1, None))
        if start is None:
            self._with_room.popleft()
            return
        group.running += 1
        if group.running == group.effect.max_parallel:
            self._with_room.popleft()
        self._tell(group)
        yield from self._move(Task(start(), group, place))

    def _move(self, task: Task, value: t.Any = None, error: BaseException | None = None) -> Moves[None]:
        """Give the flow its answer, and begin what it asks for next."""
        while True:
            try:
                effect = task.flow.send(value) if error is None else task.flow.throw(error)
            except StopIteration as end:
                return self._ended(task, end.value)
            except VeeamError as failure:
                task.group.failed += 1
                return self._ended(task, failure)
            value = error = None
            if isinstance(effect, Send):
                return (yield HandOver(task, effect))
            if isinstance(effect, Pause):
                heapq.heappush(self._wakes, (self._mover.clock() + effect.seconds, next(self._order), task))
                return self._tell(task.group)
            if isinstance(effect, Parallel):
                group = _Group(effect, task)
                return self._with_room.append(group) if effect.starts else self._ready.append((task, []))
            try:
                value = yield from self._mover.perform(effect)
            except VeeamError as failure:
                error = failure

    def _ended(self, task: Task, result: t.Any) -> None:
        group = task.group
        group.results[task.place] = result
        if group.running == group.effect.max_parallel:
            self._with_room.append(group)
        group.running -= 1
        group.ended += 1
        self._tell(group)
        if group.has_ended and group.owner is not None:
            self._ready.append((group.owner, group.results))

    def _tell(self, group: _Group) -> None:
        if group.effect.progress is not None:
            self._mover.tell(group.effect.progress(group.ended, group.running, group.failed))
