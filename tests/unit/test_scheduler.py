# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running flows: order, how many at once, errors, renewals, and that nothing is left behind whatever happens."""

from __future__ import annotations

import queue
import threading
import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em.session import Credentials, LogonSession
from ansible_collections.backupops.veeam.plugins.module_utils._http import scheduler as _scheduler
from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import Flow, LogonAgain, Pause, Send
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import (
    ExchangeError,
    Interrupted,
    NoAnswer,
    Unauthorized,
    VeeamError,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.scheduler import Scheduler
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request, Response

from .harness import Writer

FOREVER = 1e12
LONG = 20.0
OK = Response(200, {}, b"")
WRITE = Writer("xml")


class World:
    """The far end of all connections. answer is called in the threads that send."""

    def __init__(self) -> None:
        self.lock = threading.Condition()
        self.connections: list[FakeConnection] = []
        self.sent: list[str] = []
        self.tokens: list[str | None] = []
        #: What other threads found wrong; an exception there would only become an answer.
        self.wrong: list[str] = []
        self.running = 0
        self.peak = 0
        self.answer: t.Callable[[FakeConnection, Request, str | None], Response] = lambda *unused: OK

    def connect(self) -> FakeConnection:
        connection = FakeConnection(self)
        self.connections.append(connection)
        return connection

    def wait_for(self, condition: t.Callable[[], bool]) -> None:
        """Wait for what other threads do; that it never happens fails the test."""
        with self.lock:
            if not self.lock.wait_for(condition, LONG):
                self.wrong.append("it never happened")


class FakeConnection:
    """What the scheduler knows of a connection."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.closed = False
        self.aborted = threading.Event()
        self.thread: int | None = None

    def exchange(self, request: Request, headers: dict[str, str], deadline: float, token: str | None) -> Response:
        if self.thread not in (None, threading.get_ident()):
            self.world.wrong.append("a connection was used by two threads")
        self.thread = threading.get_ident()
        world = self.world
        with world.lock:
            world.sent.append(request.path)
            world.tokens.append(headers.get("X-RestSvcSessionId"))
            world.running += 1
            world.peak = max(world.peak, world.running)
            world.lock.notify_all()
        try:
            return world.answer(self, request, token)._replace(token=token)
        finally:
            with world.lock:
                world.running -= 1
                world.lock.notify_all()

    def abort(self) -> None:
        self.aborted.set()

    def close(self) -> None:
        self.closed = True


class NoSession:
    """A session that takes no part."""

    token = "token"

    def __init__(self) -> None:
        self.renewals: list[str | None] = []

    def headers(self, request: Request) -> dict[str, str]:
        return {"X-RestSvcSessionId": "token"}

    def renew(self, refused: str | None, deadline: float, request: str) -> None:
        self.renewals.append(refused)


@pytest.fixture
def world() -> t.Iterator[World]:
    world = World()
    yield world
    assert world.wrong == []
    # Whatever a test does, nothing is left running or open.
    left = [thread for thread in threading.enumerate() if thread.name == "veeam-connection"]
    assert left == []
    assert world.running == 0
    assert all(connection.closed for connection in world.connections)


@pytest.fixture
def scheduler(world: World) -> t.Iterator[Scheduler]:
    scheduler = Scheduler(t.cast(t.Any, world.connect))
    scheduler.session = t.cast(t.Any, NoSession())
    yield scheduler
    scheduler.close()


def get(path: t.Any) -> Send:
    return Send(Request("GET", "/api/%s" % path), FOREVER)


def flow(number: int, requests: int = 1, pause: float = 0.0) -> Flow[int]:
    for request in range(requests):
        yield get("%d/%d" % (number, request))
        if pause:
            yield Pause(pause)
    return number


def failing(error: BaseException) -> Flow[t.Any]:
    yield get("failing")
    raise error


def starts(*flows: t.Callable[[], Flow[t.Any]]) -> list[t.Callable[[], Flow[t.Any]]]:
    return list(flows)


def many(count: int, **options: t.Any) -> list[t.Callable[[], Flow[int]]]:
    return [lambda number=number: flow(number, **options) for number in range(count)]


# -- results -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 2, 7])
@pytest.mark.parametrize("max_parallel", [1, 2, 32])
def test_results_are_in_order(scheduler: Scheduler, world: World, count: int, max_parallel: int) -> None:
    assert scheduler.run_many(many(count, requests=3), max_parallel) == list(range(count))
    assert len(world.sent) == 3 * count


def test_order_does_not_depend_on_who_is_first(scheduler: Scheduler, world: World) -> None:
    """The first answer comes last."""

    def answer(connection: FakeConnection, request: Request, token: str | None) -> Response:
        if request.path == "/api/0/0":
            world.wait_for(lambda: len(world.sent) == 4 and world.running == 1)
        return OK

    world.answer = answer
    assert scheduler.run_many(many(4), 4) == [0, 1, 2, 3]


def test_flows_with_pauses(scheduler: Scheduler, world: World) -> None:
    assert scheduler.run_many(many(5, requests=3, pause=0.001), 2) == [0, 1, 2, 3, 4]


def test_one_flow_needs_no_thread(scheduler: Scheduler, world: World) -> None:
    scheduler.run_many(many(1), 4)
    assert world.connections[0].thread == threading.get_ident()


def test_answers_go_to_the_flow_that_asked(scheduler: Scheduler, world: World) -> None:
    world.answer = lambda connection, request, token: Response(200, {}, request.path.encode())

    def asking(number: int) -> Flow[bool]:
        right = True
        for turn in range(20):
            effect = get("%d/%d" % (number, turn))
            response = yield effect
            right = right and response.body == effect.request.path.encode()
        return right

    assert scheduler.run_many([lambda n=n: asking(n) for n in range(6)], 3) == [True] * 6


# -- how many at once ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("max_parallel", [2, 3, 8])
def test_max_parallel_is_reached_and_never_passed(scheduler: Scheduler, world: World, max_parallel: int) -> None:
    def answer(*unused: t.Any) -> Response:
        world.wait_for(lambda: world.peak >= max_parallel)
        return OK

    world.answer = answer
    assert scheduler.run_many(many(3 * max_parallel, requests=2), max_parallel) == list(range(3 * max_parallel))
    assert world.peak == max_parallel
    assert len(world.connections) == max_parallel


def test_one_at_a_time(scheduler: Scheduler, world: World) -> None:
    scheduler.run_many(many(4, requests=2), 1)
    assert world.peak == 1
    assert world.sent == ["/api/%d/%d" % (number, request) for number in range(4) for request in range(2)]


def test_a_flow_begins_when_there_is_room_for_it(scheduler: Scheduler, world: World) -> None:
    running = peak = 0

    def counted(number: int) -> Flow[int]:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        yield from flow(number, requests=2, pause=0.001)
        running -= 1
        return number

    scheduler.run_many([lambda n=n: counted(n) for n in range(9)], 3)
    assert peak == 3


def test_no_more_connections_than_are_needed(scheduler: Scheduler, world: World) -> None:
    scheduler.run_many(many(2), 32)
    assert len(world.connections) <= 2


def test_progress(scheduler: Scheduler) -> None:
    """Told at every change and at every pause, in which nothing changes for long."""
    told: list[tuple[int, int, int]] = []
    flows = [*many(4, requests=2, pause=0.001), lambda: failing(VeeamError("no"))]
    scheduler.run_many(flows, 2, lambda *numbers: told.append(numbers))
    assert told[-1] == (5, 0, 1)
    assert [ended for ended, _running, _failed in told] == sorted(ended for ended, _running, _failed in told)
    assert {running for _ended, running, _failed in told} == {0, 1, 2}
    assert len(told) == 2 * 5 + 2 * 4, "each begins and ends, and there are eight pauses"


def test_progress_of_one_flow(scheduler: Scheduler) -> None:
    told: list[tuple[int, int, int]] = []
    scheduler.run_many(many(1, requests=2, pause=0.001), 2, lambda *numbers: told.append(numbers))
    assert told == [(0, 1, 0), (0, 1, 0)]


# -- errors --------------------------------------------------------------------------------------------------------


def test_an_error_is_the_result_of_its_flow(scheduler: Scheduler) -> None:
    error = VeeamError("no")
    results = scheduler.run_many(
        starts(lambda: flow(0), lambda: failing(error), lambda: flow(2, requests=3), lambda: failing(error)), 2
    )
    assert results == [0, error, 2, error]


def test_the_error_of_the_only_flow_is_its_result(scheduler: Scheduler) -> None:
    error = VeeamError("no")
    assert scheduler.run_many(starts(lambda: failing(error)), 2) == [error]


def test_a_failed_exchange_is_thrown_into_the_flow(scheduler: Scheduler, world: World) -> None:
    def answer(connection: FakeConnection, request: Request, token: str | None) -> Response:
        if "1/" in request.path:
            raise NoAnswer("lost", request.label)
        return OK

    def recovering(number: int) -> Flow[str]:
        try:
            yield get("%d/0" % number)
        except ExchangeError as error:
            yield get("again")
            return error.msg
        return "good"

    world.answer = answer
    assert scheduler.run_many([lambda n=n: recovering(n) for n in range(3)], 2) == ["good", "lost", "good"]


def test_an_unexpected_exception_in_a_thread_is_an_error(scheduler: Scheduler, world: World) -> None:
    def answer(connection: FakeConnection, request: Request, token: str | None) -> Response:
        if "1/" in request.path:
            raise RuntimeError("token=secret")
        return OK

    world.answer = answer
    zero, one, two = scheduler.run_many(many(3), 2)
    assert (zero, two) == (0, 2)
    assert isinstance(one, VeeamError)
    assert "RuntimeError" in one.msg
    assert "secret" not in one.msg


# -- being broken off ----------------------------------------------------------------------------------------------


def waiting_for_abort(world: World, *stuck: str) -> None:
    """These requests are never answered until their connection is broken off; the others wait until they are sent."""

    def answer(connection: FakeConnection, request: Request, token: str | None) -> Response:
        if request.path in stuck:
            if not connection.aborted.wait(LONG):
                world.wrong.append("never broken off")
            raise NoAnswer("broken off", request.label)
        world.wait_for(lambda: set(stuck) <= set(world.sent))
        return OK

    world.answer = answer


@pytest.mark.parametrize("error", [Interrupted(15, "SIGTERM"), KeyboardInterrupt(), RuntimeError("a mistake")])
def test_whatever_breaks_out_breaks_off_the_others(scheduler: Scheduler, world: World, error: BaseException) -> None:
    waiting_for_abort(world, "/api/1/0")
    began: list[int] = []

    def late(number: int) -> Flow[int]:
        began.append(number)
        return (yield from flow(number))

    flows = starts(lambda: failing(error), lambda: flow(1), lambda: late(2), lambda: late(3))
    with pytest.raises(type(error)):
        scheduler.run_many(flows, 2)
    assert began == [], "what had not begun does not begin"
    assert "/api/2/0" not in world.sent


def test_a_flow_is_not_moved_on_after_the_end(scheduler: Scheduler, world: World) -> None:
    """The answer that was under way when the run was stopped must not lead to one more request."""
    waiting_for_abort(world, "/api/1/0")

    with pytest.raises(Interrupted):
        scheduler.run_many(starts(lambda: failing(Interrupted(2, "SIGINT")), lambda: flow(1, requests=5)), 2)
    assert [path for path in world.sent if path.startswith("/api/1/")] == ["/api/1/0"]


def stop_with(
    scheduler: Scheduler, size: int, paths: t.Sequence[t.Any], until: t.Callable[[], t.Any] = lambda: None
) -> None:
    """A run that is stopped when these requests have been handed over."""
    with _scheduler._Pool(scheduler, size) as pool:
        for index, path in enumerate(paths):
            pool.submit(index, get(path))
        until()
        raise Interrupted(15, "SIGTERM")


def test_what_is_queued_is_not_sent_any_more(scheduler: Scheduler, world: World) -> None:
    waiting_for_abort(world, "/api/first")
    with pytest.raises(Interrupted):
        stop_with(
            scheduler, 1, ["first", "second", "third"], lambda: world.wait_for(lambda: "/api/first" in world.sent)
        )
    assert world.sent == ["/api/first"]


def test_what_a_thread_has_taken_but_not_sent_is_broken_off_first(scheduler: Scheduler, world: World) -> None:
    """Between taking a request and sending it a thread may be held up for any time."""
    taken, go_on = threading.Event(), threading.Event()

    class Slow(NoSession):
        def headers(self, request: Request) -> dict[str, str]:
            taken.set()
            if not go_on.wait(LONG):
                world.wrong.append("never broken off")
            return {}

    class Refusing(FakeConnection):
        def exchange(self, request: Request, headers: dict[str, str], deadline: float, token: str | None) -> Response:
            if self.aborted.is_set():
                raise NoAnswer("broken off", request.label)
            return super().exchange(request, headers, deadline, token)

        def abort(self) -> None:
            super().abort()
            go_on.set()

    def connect() -> FakeConnection:
        world.connections.append(Refusing(world))
        return world.connections[-1]

    scheduler._connect = t.cast(t.Any, connect)
    scheduler.session = t.cast(t.Any, Slow())
    with pytest.raises(Interrupted):
        stop_with(scheduler, 1, ["first"], lambda: taken.wait(LONG))
    assert world.sent == []


def test_the_last_queued_request_is_taken_by_a_thread_at_the_wrong_moment(scheduler: Scheduler, world: World) -> None:
    """Seen in the queue, and gone when it is to be taken back: whoever waits for it then waits for ever."""

    class Race:
        """A queue whose only request is taken by somebody else as soon as one has looked at it."""

        def __init__(self) -> None:
            self.inner: queue.SimpleQueue[t.Any] = queue.SimpleQueue()

        def empty(self) -> bool:
            found = self.inner.empty()
            while not self.inner.empty():
                self.inner.get_nowait()
            return found

        def __getattr__(self, name: str) -> t.Any:
            return getattr(self.inner, name)

    def attempt() -> None:
        pool = _scheduler._Pool(scheduler, 1)
        pool._todo = t.cast(t.Any, Race())
        pool._todo.put((0, get("x")))
        pool.__exit__(Interrupted, Interrupted(15, "SIGTERM"), None)

    done = threading.Thread(target=attempt, daemon=True)
    done.start()
    done.join(LONG)
    assert not done.is_alive(), "hangs"


def test_a_good_end_breaks_nothing_off(scheduler: Scheduler, world: World) -> None:
    scheduler.run_many(many(4), 2)
    assert not any(connection.aborted.is_set() for connection in world.connections)


# -- sessions ------------------------------------------------------------------------------------------------------


def logged_on(world: World, scheduler: Scheduler) -> LogonSession:
    """A real session whose server accepts only the newest token."""
    tokens: list[str] = []

    def answer(connection: FakeConnection, request: Request, token: str | None) -> Response:
        with world.lock:
            if request.path.startswith("/api/sessionMngr"):
                tokens.append("token-%d" % (len(tokens) + 1))
                return WRITE.session("%08d-1111-4111-8111-111111111111" % len(tokens), tokens[-1])
            if request.method == "DELETE":
                return Response(204, {}, b"")
            if token != tokens[-1]:
                return WRITE.error(401, "Over")
            return OK

    world.answer = answer
    session = LogonSession(
        Credentials("u", "p", None),
        "xml",
        "latest",
        ("em", 9398),
        30.0,
        scheduler.run,
        lambda *unused: None,
        pytest.fail,
    )
    scheduler.session = session
    return session


def reading(session: LogonSession, number: int, reads: int = 3) -> Flow[str]:
    """Reads that log on again after a 401."""
    for turn in range(reads):
        token = session.token
        response = yield get("%d/%d" % (number, turn))
        if response.status == 401:
            yield LogonAgain(token, FOREVER, "GET /api/x")
            response = yield get("%d/%d again" % (number, turn))
            if response.status != 200:
                return "refused"
    return "read"


def test_many_flows_log_on_again_once(scheduler: Scheduler, world: World) -> None:
    with logged_on(world, scheduler) as session:
        session.token = "token-0"
        assert scheduler.run_many([lambda n=n: reading(session, n) for n in range(8)], 4) == ["read"] * 8
    assert len([path for path in world.sent if path.startswith("/api/sessionMngr")]) == 2
    assert len([path for path in world.sent if path.startswith("/api/logonSessions")]) == 2
    assert set(world.tokens) == {None, "token-0", "token-2"}


def test_a_logon_that_fails_is_the_error_of_the_flow(scheduler: Scheduler, world: World) -> None:
    class Closed(NoSession):
        def renew(self, refused: str | None, deadline: float, request: str) -> None:
            raise Unauthorized("over for good", request, 401)

    def one(number: int) -> Flow[int]:
        yield get(number)
        if number == 1:
            yield LogonAgain("token", FOREVER, "GET /api/x")
        return number

    scheduler.session = t.cast(t.Any, Closed())
    zero, error, two = scheduler.run_many([lambda n=n: one(n) for n in range(3)], 2)
    assert (zero, two) == (0, 2)
    assert isinstance(error, Unauthorized)


# -- one flow ------------------------------------------------------------------------------------------------------


def test_run_returns_what_the_flow_returns(world: World) -> None:
    slept: list[float] = []
    scheduler = Scheduler(t.cast(t.Any, world.connect), sleep=slept.append)
    session = NoSession()
    scheduler.session = t.cast(t.Any, session)

    def everything() -> Flow[int]:
        response = yield get("x")
        yield Pause(7.5)
        yield LogonAgain("old", FOREVER, "GET /api/x")
        return t.cast(int, response.status)

    assert scheduler.run(everything()) == 200
    assert slept == [7.5]
    assert session.renewals == ["old"]
    assert len(world.connections) == 1
    scheduler.run(flow(1))
    assert len(world.connections) == 1, "kept alive"
    scheduler.close()


def test_run_raises_what_the_flow_raises(scheduler: Scheduler) -> None:
    with pytest.raises(VeeamError, match="no"):
        scheduler.run(failing(VeeamError("no")))


def test_nothing_is_opened_that_is_not_needed(world: World) -> None:
    scheduler = Scheduler(t.cast(t.Any, world.connect))
    scheduler.run_many([], 4)
    scheduler.close()
    assert world.connections == []
