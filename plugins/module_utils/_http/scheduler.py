# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running flows: one alone, or many with a few in flight, on a few kept-alive connections.

One loop moves all flows on and keeps their pauses; threads only wait for the network, none of them for time.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import queue
import threading
import time
import typing as t

from .._em.session import LogonSession
from . import signals
from .effects import Effect, Flow, LogonAgain, Pause, Send
from .errors import VeeamError
from .transport import Connection, Response

T = t.TypeVar("T")


class Scheduler:
    """connect opens a further connection; session is set before the first flow runs."""

    session: LogonSession

    def __init__(
        self,
        connect: t.Callable[[], Connection],
        clock: t.Callable[[], float] = time.monotonic,
        sleep: t.Callable[[float], None] = time.sleep,
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._sleep = sleep
        self._connection: Connection | None = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _own_connection(self) -> Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _send(self, connection: Connection, effect: Send) -> Response:
        session = self.session
        token = session.token
        return connection.exchange(effect.request, session.headers(effect.request), effect.deadline, token)

    def run(self, flow: Flow[T], pausing: t.Callable[[], None] = lambda: None) -> T:
        """Run one flow to its end, in this thread and on its own connection. pausing hears of every pause."""
        answer: t.Any = None
        failure: VeeamError | None = None
        while True:
            try:
                effect = flow.send(answer) if failure is None else flow.throw(failure)
            except StopIteration as end:
                return t.cast(T, end.value)
            if isinstance(effect, Pause):
                pausing()
            answer = failure = None
            try:
                answer = self._perform(effect)
            except VeeamError as error:
                failure = error

    def _perform(self, effect: Effect) -> t.Any:
        if isinstance(effect, Send):
            return self._send(self._own_connection(), effect)
        if isinstance(effect, LogonAgain):
            return self.session.renew(effect.token, effect.deadline, effect.request)
        return self._sleep(effect.seconds)

    def run_many(
        self,
        starts: t.Sequence[t.Callable[[], Flow[T]]],
        max_parallel: int,
        progress: t.Callable[[int, int, int], None] = lambda ended, running, failed: None,
    ) -> list[T | VeeamError]:
        """Run the flows, at most max_parallel at a time, and return what each of them ended with, in order.

        progress hears (ended, running, failed) after each change and at each pause.
        """
        if len(starts) == 1:
            try:
                return [self.run(starts[0](), lambda: progress(0, 1, 0))]
            except VeeamError as error:
                return [error]
        results: list[T | VeeamError | None] = [None] * len(starts)
        flows: dict[int, Flow[T]] = {}
        waiting = iter(range(len(starts)))
        wakes: list[tuple[float, int, int]] = []
        order = itertools.count()
        ended = failed = 0

        pool = _Pool(self, min(max_parallel, len(starts)))

        def move(index: int, value: t.Any = None, error: VeeamError | None = None) -> None:
            """Give the flow its answer and take its next wish."""
            nonlocal ended, failed
            flow = flows[index]
            while True:
                try:
                    effect = flow.throw(error) if error is not None else flow.send(value)
                except StopIteration as end:
                    results[index] = end.value
                except VeeamError as failure:
                    results[index] = failure
                    failed += 1
                else:
                    if isinstance(effect, Send):
                        pool.submit(index, effect)
                    elif isinstance(effect, Pause):
                        heapq.heappush(wakes, (self._clock() + effect.seconds, next(order), index))
                        progress(ended, len(flows), failed)
                    else:
                        value = error = None
                        try:
                            self._perform(effect)
                        except VeeamError as failure:
                            error = failure
                        continue
                    return
                del flows[index]
                ended += 1
                progress(ended, len(flows), failed)
                return

        def move_all() -> None:
            while ended < len(starts):
                while len(flows) < max_parallel:
                    index = next(waiting, None)
                    if index is None:
                        break
                    flows[index] = starts[index]()
                    progress(ended, len(flows), failed)
                    move(index)
                if not flows:
                    continue
                now = self._clock()
                if wakes and wakes[0][0] <= now:
                    move(heapq.heappop(wakes)[2])
                    continue
                done = pool.next_done(wakes[0][0] - now if wakes else None)
                if done is not None:
                    move(*done)

        # The loop is in a function of its own: since Python 3.12, what a signal handler raises at the end of a loop's
        # body passes a `with` or `finally` around the loop by, if that is in the same function.
        try:
            with pool:
                move_all()
        finally:
            # Once more, for a signal that struck on the way into the end above.
            pool.end(abort=True)
        return t.cast("list[T | VeeamError]", results)


class _Pool:
    """Threads that each hold one connection. They are started as they are needed, and all gone at the end."""

    def __init__(self, scheduler: Scheduler, size: int) -> None:
        self._scheduler = scheduler
        self._size = size
        self._todo: queue.SimpleQueue[tuple[int, Send] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[int, t.Any, VeeamError | None]] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._connections: list[Connection] = []
        self._under_way = 0

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, kind: t.Any, *unused: t.Any) -> None:
        self.end(abort=kind is not None)

    def end(self, abort: bool) -> None:
        """Let the threads end and close their connections. abort: in the middle of what they do."""
        with signals.held():
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

    def submit(self, index: int, effect: Send) -> None:
        """Queue a request; its end comes out of next_done()."""
        self._under_way += 1
        if self._under_way > len(self._threads) and len(self._threads) < self._size:
            self._start()
        self._todo.put((index, effect))

    def _start(self) -> None:
        connection = self._scheduler._connect()
        self._connections.append(connection)
        thread = threading.Thread(target=self._work, args=(connection,), daemon=True, name="veeam-connection")
        # Signals are the main thread's: a new thread inherits the mask it is started under.
        with signals.held():
            thread.start()
            # here, because what was held back comes out at the end of this block
            self._threads.append(thread)

    def next_done(self, timeout: float | None) -> tuple[int, t.Any, VeeamError | None] | None:
        """The next ended request (index, response, error); None when the time is up first."""
        try:
            done = self._done.get(timeout=timeout)
        except queue.Empty:
            return None
        self._under_way -= 1
        return done

    def _work(self, connection: Connection) -> None:
        while True:
            job = self._todo.get()
            if job is None:
                return
            index, effect = job
            try:
                self._done.put((index, self._scheduler._send(connection, effect), None))
            except VeeamError as error:
                self._done.put((index, None, error))
            except Exception as error:  # pylint: disable=broad-except
                self._done.put(
                    (index, None, VeeamError("%s: unexpected %s" % (effect.request.label, type(error).__name__)))
                )
