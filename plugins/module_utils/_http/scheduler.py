# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playing a flow: one request after the other in this thread, what is Parallel on a few kept-alive connections.

One loop moves parallel flows on and keeps their pauses; threads only wait for the network, none of them for time.
"""

from __future__ import annotations

import collections
import contextlib
import heapq
import itertools
import queue
import threading
import time
import typing as t

from . import signals
from .effects import Alone, Effect, Flow, Parallel, Pause, Progress, Send, Tell
from .errors import VeeamError
from .transport import Connection, Response

T = t.TypeVar("T")


class Scheduler:
    """Plays one run.

    connect: opens a connection. stop: says that the run is to stop. watch: is shown progress.
    sleep: passes the time where nothing else is waited for; by default it ends early when the run is to stop.
    """

    def __init__(
        self,
        connect: t.Callable[[], Connection],
        clock: t.Callable[[], float] = time.monotonic,
        sleep: t.Callable[[float], None] | None = None,
        stop: signals.Stop | None = None,
        watch: t.Callable[[Progress], None] | None = None,
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._sleep = sleep
        self._watch = watch
        self._stop = stop if stop is not None else signals.Stop()
        self._stop.wake = self._wake
        #: The flow has been told to stop. After that nothing keeps it from its way out.
        self._stopped = False
        #: What is under way has to come to its end first.
        self._shielded = False
        self._connection: Connection | None = None
        #: The connection in this thread whose exchange a signal breaks off.
        self._breakable: Connection | None = None
        #: What the threads have sent, for the loop of _Parallels. Here and in _woken None only wakes.
        self._done: queue.SimpleQueue[_Done | None] = queue.SimpleQueue()
        self._woken: queue.SimpleQueue[None] = queue.SimpleQueue()

    def close(self) -> None:
        """Close the connection of this thread."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    # -- being stopped ---------------------------------------------------------------------------------------------

    def _wake(self) -> None:
        """Called in a signal handler, in the middle of anything that this thread does."""
        # The one kind of queue whose put() may be called in the middle of itself.
        self._done.put(None)
        self._woken.put(None)
        if self._breakable is not None and self._is_to_stop:
            self._breakable.abort()

    @property
    def _is_to_stop(self) -> bool:
        return self._stop.number is not None and not self._stopped and not self._shielded

    def _look_for_stop(self) -> None:
        if self._is_to_stop:
            self._stopped = True
            raise self._stop.exception()

    # -- one after the other ---------------------------------------------------------------------------------------

    def run(self, flow: Flow[T], pausing: t.Callable[[], None] | None = None) -> T:
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
                answer = self._perform(effect)
            except BaseException as error:  # pylint: disable=broad-except
                # The flow has the way out, whatever happened.
                failure = error

    def _perform(self, effect: Effect) -> t.Any:
        if isinstance(effect, Alone):
            return self._run_alone(effect)
        self._look_for_stop()
        if isinstance(effect, Send):
            return self._send_here(effect)
        if isinstance(effect, Pause):
            return self._pause_here(effect.seconds)
        if isinstance(effect, Tell):
            return self._tell(effect.progress)
        if len(effect.starts) == 1:
            return [self._run_only(effect)]
        return _Parallels(self, effect).run() if effect.starts else []

    def _run_alone(self, effect: Alone) -> t.Any:
        before, self._shielded = self._shielded, self._shielded or effect.shielded
        try:
            self._look_for_stop()
            return self.run(effect.flow)
        finally:
            self._shielded = before

    def _run_only(self, effect: Parallel) -> t.Any:
        """One flow needs no thread."""
        progress = effect.progress
        try:
            return self.run(effect.starts[0](), lambda: self._tell(progress(0, 1, 0)) if progress else None)
        except VeeamError as error:
            return error

    def _tell(self, progress: Progress) -> None:
        if self._watch is not None:
            self._watch(progress)

    def _pause_here(self, seconds: float) -> None:
        if self._sleep is not None:
            return self._sleep(seconds)
        end = self._clock() + seconds
        left = seconds
        while left > 0 and not self._is_to_stop:
            with contextlib.suppress(queue.Empty):
                self._woken.get(timeout=left)
            left = end - self._clock()
        return self._look_for_stop()

    def _send_here(self, effect: Send) -> Response:
        if self._connection is None:
            self._connection = self._connect()
        try:
            if not (effect.unbroken or self._shielded):
                self._breakable = self._connection
                # Again, for a signal that came before it could know what to break off.
                self._look_for_stop()
            return self._connection.exchange(effect.request, effect.deadline)
        except VeeamError:
            if self._breakable is not None and self._is_to_stop:
                # It was broken off, and a connection that was can not be used any more.
                self.close()
                self._look_for_stop()
            raise
        finally:
            self._breakable = None


class _Task(t.NamedTuple):
    """One of the flows of a Parallel."""

    flow: Flow[t.Any]
    group: _Group
    place: int


class _Done(t.NamedTuple):
    """The end of a request that a thread has sent."""

    task: _Task
    response: Response | None
    error: VeeamError | None


class _Group:
    """The flows of one Parallel, and how far they are. owner: the one that asked for it, None for the run itself."""

    def __init__(self, effect: Parallel, owner: _Task | None) -> None:
        self.effect = effect
        self.owner = owner
        self.waiting = iter(enumerate(effect.starts))
        self.results: list[t.Any] = [None] * len(effect.starts)
        self.running = self.ended = self.failed = 0

    @property
    def has_ended(self) -> bool:
        return self.ended == len(self.results)


class _Parallels:
    """The loop that moves the flows of a Parallel on, and those of the Parallels that they ask for themselves."""

    def __init__(self, scheduler: Scheduler, effect: Parallel) -> None:
        self._scheduler = scheduler
        self._group = _Group(effect, None)
        #: Groups in which there is room, and flows whose own Parallel has ended, with its results.
        self._with_room = collections.deque([self._group])
        self._ready: collections.deque[tuple[_Task, list[t.Any]]] = collections.deque()
        self._wakes: list[tuple[float, int, _Task]] = []
        self._order = itertools.count()
        self._threads = _Threads(scheduler._connect, scheduler._done)

    def run(self) -> list[t.Any]:
        broken_off = True
        try:
            while not self._group.has_ended:
                self._scheduler._look_for_stop()
                self._step()
            broken_off = False
        finally:
            self._threads.end(abort=broken_off)
        return self._group.results

    def _step(self) -> None:
        """Move one flow on, or wait until one can be."""
        scheduler = self._scheduler
        if self._ready:
            return self._move(*self._ready.popleft())
        if self._with_room:
            return self._start_one(self._with_room[0])
        left = self._wakes[0][0] - scheduler._clock() if self._wakes else None
        if left is not None and left <= 0:
            return self._move(heapq.heappop(self._wakes)[2])
        if left is not None and scheduler._sleep is not None and not self._threads.under_way:
            return scheduler._sleep(left)
        done = self._threads.next_done(left)
        return self._move(*done) if done is not None else None

    def _start_one(self, group: _Group) -> None:
        place, start = next(group.waiting, (-1, None))
        if start is None:
            self._with_room.popleft()
            return
        group.running += 1
        if group.running == group.effect.max_parallel:
            self._with_room.popleft()
        self._tell(group)
        self._move(_Task(start(), group, place))

    def _move(self, task: _Task, value: t.Any = None, error: BaseException | None = None) -> None:
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
                return self._threads.submit(task, effect)
            if isinstance(effect, Pause):
                heapq.heappush(self._wakes, (self._scheduler._clock() + effect.seconds, next(self._order), task))
                return self._tell(task.group)
            if isinstance(effect, Parallel):
                group = _Group(effect, task)
                return self._with_room.append(group) if effect.starts else self._ready.append((task, []))
            try:
                value = self._scheduler._perform(effect)
            except VeeamError as failure:
                error = failure

    def _ended(self, task: _Task, result: t.Any) -> None:
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
            self._scheduler._tell(group.effect.progress(group.ended, group.running, group.failed))


class _Threads:
    """Threads that each hold one connection. They are started as they are needed, and all gone at the end.

    Threads of our own, not a ThreadPoolExecutor: what they do can be broken off, and no signal goes to them.
    """

    def __init__(self, connect: t.Callable[[], Connection], done: queue.SimpleQueue[_Done | None]) -> None:
        self._connect = connect
        self._done = done
        self._todo: queue.SimpleQueue[tuple[_Task, Send] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._connections: list[Connection] = []
        #: How many requests have been handed over and have not come back.
        self.under_way = 0

    def end(self, abort: bool) -> None:
        """Let the threads end and close their connections. abort: in the middle of what they do."""
        if abort:
            # What has not been sent yet must not be sent any more. A thread may take the last of it meanwhile.
            with contextlib.suppress(queue.Empty):
                while True:
                    self._todo.get_nowait()
            for connection in self._connections:
                connection.abort()
        for _thread in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join()
        for connection in self._connections:
            connection.close()
        self._threads, self._connections = [], []
        # What is left is of nobody's interest any more.
        with contextlib.suppress(queue.Empty):
            while True:
                self._done.get_nowait()

    def submit(self, task: _Task, effect: Send) -> None:
        """Queue a request; its end comes out of next_done()."""
        self.under_way += 1
        if self.under_way > len(self._threads):
            self._start()
        self._todo.put((task, effect))

    def _start(self) -> None:
        connection = self._connect()
        self._connections.append(connection)
        thread = threading.Thread(target=self._work, args=(connection,), daemon=True, name="veeam-connection")
        with signals.no_signals():
            thread.start()
        self._threads.append(thread)

    def next_done(self, timeout: float | None) -> _Done | None:
        """The next ended request; None when the time is up first, or when something else is to be looked at."""
        try:
            done = self._done.get(timeout=timeout)
        except queue.Empty:
            return None
        if done is not None:
            self.under_way -= 1
        return done

    def _work(self, connection: Connection) -> None:
        while True:
            job = self._todo.get()
            if job is None:
                return
            task, effect = job
            try:
                self._done.put(_Done(task, connection.exchange(effect.request, effect.deadline), None))
            except VeeamError as error:
                self._done.put(_Done(task, None, error))
            except Exception as error:  # pylint: disable=broad-except
                what = "%s: unexpected %s" % (effect.request.label, type(error).__name__)
                self._done.put(_Done(task, None, VeeamError(what)))
