# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playing a flow: one request after the other in this thread, what is Parallel on a few kept-alive connections.

moves.py says what comes when; here it is done, in real time. Threads only wait for the network, none of them for time.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
import typing as t

from . import signals
from .effects import Flow, Progress, Send
from .errors import VeeamError
from .moves import Done, EndAll, Exchange, HandOver, Move, Mover, Task, Wait
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
        stop = stop if stop is not None else signals.Stop()
        self._mover = Mover(clock, stop, watch)
        self._connection: Connection | None = None
        #: The connection in this thread whose exchange a signal breaks off, and whether one has.
        self._breakable: Connection | None = None
        self._broken_off = False
        #: What the threads have sent. Here and in _woken None only wakes.
        self._done: queue.SimpleQueue[Done | None] = queue.SimpleQueue()
        self._woken: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._threads: _Threads | None = None
        stop.wake = self._wake

    def close(self) -> None:
        """Close the connection of this thread."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _wake(self) -> None:
        """Called in a signal handler, in the middle of anything that this thread does, or by another thread."""
        # The one kind of queue whose put() may be called in the middle of itself.
        self._done.put(None)
        self._woken.put(None)
        breakable = self._breakable
        if breakable is not None and self._mover.is_to_stop:
            # First of all: another thread may see the end of the exchange at once.
            self._broken_off = True
            breakable.abort()

    def run(self, flow: Flow[T]) -> T:
        """Play the flow to its end. Raises what it raises."""
        moves = self._mover.run(flow)
        answer: t.Any = None
        failure: BaseException | None = None
        while True:
            try:
                move = moves.send(answer) if failure is None else moves.throw(failure)
            except StopIteration as end:
                return t.cast(T, end.value)
            answer = failure = None
            try:
                answer = self._do(move)
            except BaseException as error:  # pylint: disable=broad-except
                failure = error

    def _do(self, move: Move) -> t.Any:
        if isinstance(move, Exchange):
            return self._exchange(move)
        if isinstance(move, Wait):
            return self._wait(move.seconds)
        if isinstance(move, EndAll):
            threads, self._threads = self._threads, None
            return threads.end(move.abort) if threads is not None else None
        if self._threads is None:
            self._threads = _Threads(self._connect, self._done)
        if isinstance(move, HandOver):
            return self._threads.submit(move.task, move.effect)
        if move.seconds is not None and self._sleep is not None and not self._threads.under_way:
            return self._sleep(move.seconds)
        return self._threads.next_done(move.seconds)

    def _wait(self, seconds: float) -> None:
        if self._sleep is not None:
            return self._sleep(seconds)
        end = self._clock() + seconds
        left = seconds
        while left > 0 and not self._mover.is_to_stop:
            with contextlib.suppress(queue.Empty):
                self._woken.get(timeout=left)
            left = end - self._clock()

    def _exchange(self, move: Exchange) -> Response:
        if self._connection is None:
            self._connection = self._connect()
        try:
            if move.breakable:
                self._breakable = self._connection
                # Again, for a signal that came before it could know what to break off.
                self._mover.look_for_stop()
            return self._connection.exchange(move.effect.request, move.effect.deadline)
        finally:
            self._breakable = None
            if self._broken_off:
                # The way out needs another, also where the answer was there already.
                self._broken_off = False
                self.close()


class _Threads:
    """Threads that each hold one connection. They are started as they are needed, and all gone at the end.

    Threads of our own, not a ThreadPoolExecutor: what they do can be broken off, and no signal goes to them.
    """

    def __init__(self, connect: t.Callable[[], Connection], done: queue.SimpleQueue[Done | None]) -> None:
        self._connect = connect
        self._done = done
        self._todo: queue.SimpleQueue[tuple[Task, Send] | None] = queue.SimpleQueue()
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

    def submit(self, task: Task, effect: Send) -> None:
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

    def next_done(self, timeout: float | None) -> Done | None:
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
                self._done.put(Done(task, connection.exchange(effect.request, effect.deadline), None))
            except VeeamError as error:
                self._done.put(Done(task, None, error))
            except Exception as error:  # pylint: disable=broad-except
                what = f"{effect.request.label}: an error in this collection, please report it: {type(error).__name__}."
                self._done.put(Done(task, None, VeeamError(what)))
