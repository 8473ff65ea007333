# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running flows: order, how many at once, errors, renewals, and that nothing is left behind whatever happens."""

from __future__ import annotations

import queue
import threading
import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em.logon_session import Credentials, LogonSession
from ansible_collections.backupops.veeam.plugins.module_utils._http import scheduler as _scheduler
from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import (
    Alone,
    Flow,
    Parallel,
    Pause,
    Progress,
    Send,
    Tell,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import (
    ExchangeError,
    Interrupted,
    NoAnswer,
    NotSent,
    Unauthorized,
    VeeamError,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.scheduler import Scheduler
from ansible_collections.backupops.veeam.plugins.module_utils._http.signals import Stop
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request, Response
from helpers.documents import Writer
from helpers.servers import LONG

FOREVER = 1e12
OK = Response(200, {}, b"")
TOKEN = "X-RestSvcSessionId"
WRITE = Writer("xml")


class FarEnd:
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

    def __init__(self, far_end: FarEnd) -> None:
        self.far_end = far_end
        self.closed = False
        self.aborted = threading.Event()
        self.thread: int | None = None

    def exchange(self, request: Request, deadline: float) -> Response:
        if self.aborted.is_set():
            raise NotSent("broken off", request.label)
        token = request.headers.get(TOKEN)
        if self.thread not in (None, threading.get_ident()):
            self.far_end.wrong.append("a connection was used by two threads")
        self.thread = threading.get_ident()
        far_end = self.far_end
        with far_end.lock:
            far_end.sent.append(request.path)
            far_end.tokens.append(token)
            far_end.running += 1
            far_end.peak = max(far_end.peak, far_end.running)
            far_end.lock.notify_all()
        try:
            return far_end.answer(self, request, token)
        finally:
            with far_end.lock:
                far_end.running -= 1
                far_end.lock.notify_all()

    def abort(self) -> None:
        self.aborted.set()

    def close(self) -> None:
        self.closed = True


def run_many(
    scheduler: Scheduler,
    flows: t.Sequence[t.Callable[[], Flow[t.Any]]],
    max_parallel: int,
    progress: t.Callable[[int, int, int], Progress] | None = None,
) -> list[t.Any]:
    """What a Parallel is answered with."""

    def asking() -> Flow[list[t.Any]]:
        return (yield Parallel(flows, max_parallel, progress))

    return scheduler.run(asking())


@pytest.fixture
def far_end() -> t.Iterator[FarEnd]:
    far_end = FarEnd()
    yield far_end
    assert far_end.wrong == []
    # Whatever a test does, nothing is left running or open.
    left = [thread for thread in threading.enumerate() if thread.name == "veeam-connection"]
    assert left == []
    assert far_end.running == 0
    assert all(connection.closed for connection in far_end.connections)


@pytest.fixture
def scheduler(far_end: FarEnd) -> t.Iterator[Scheduler]:
    scheduler = Scheduler(t.cast(t.Any, far_end.connect))
    yield scheduler
    scheduler.close()


def get(path: t.Any) -> Send:
    return Send(Request("GET", f"/api/{path}"), FOREVER)


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
def test_results_are_in_order(scheduler: Scheduler, far_end: FarEnd, count: int, max_parallel: int) -> None:
    assert run_many(scheduler, many(count, requests=3), max_parallel) == list(range(count))
    assert len(far_end.sent) == 3 * count


def test_order_does_not_depend_on_who_is_first(scheduler: Scheduler, far_end: FarEnd) -> None:
    """The first answer comes last."""

    def answer(connection: FakeConnection, request: Request, token: str | None) -> Response:
        if request.path == "/api/0/0":
            far_end.wait_for(lambda: len(far_end.sent) == 4 and far_end.running == 1)
        return OK

    far_end.answer = answer
    assert run_many(scheduler, many(4), 4) == [0, 1, 2, 3]


def test_flows_with_pauses(scheduler: Scheduler, far_end: FarEnd) -> None:
    assert run_many(scheduler, many(5, requests=3, pause=0.001), 2) == [0, 1, 2, 3, 4]


def test_one_flow_needs_no_thread(scheduler: Scheduler, far_end: FarEnd) -> None:
    run_many(scheduler, many(1), 4)
    assert far_end.connections[0].thread == threading.get_ident()


def test_answers_go_to_the_flow_that_asked(scheduler: Scheduler, far_end: FarEnd) -> None:
    far_end.answer = lambda connection, request, token: Response(200, {}, request.path.encode())

    def asking(number: int) -> Flow[bool]:
        right = True
        for turn in range(20):
            effect = get("%d/%d" % (number, turn))
            response = yield effect
            right = right and response.body == effect.request.path.encode()
        return right

    assert run_many(scheduler, [lambda n=n: asking(n) for n in range(6)], 3) == [True] * 6


# -- how many at once ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("max_parallel", [2, 3, 8])
def test_max_parallel_is_reached_and_never_passed(scheduler: Scheduler, far_end: FarEnd, max_parallel: int) -> None:
    def answer(*unused: t.Any) -> Response:
        far_end.wait_for(lambda: far_end.peak >= max_parallel)
        return OK

    far_end.answer = answer
    assert run_many(scheduler, many(3 * max_parallel, requests=2), max_parallel) == list(range(3 * max_parallel))
    assert far_end.peak == max_parallel
    assert len(far_end.connections) == max_parallel


def test_one_at_a_time(scheduler: Scheduler, far_end: FarEnd) -> None:
    run_many(scheduler, many(4, requests=2), 1)
    assert far_end.peak == 1
    assert far_end.sent == ["/api/%d/%d" % (number, request) for number in range(4) for request in range(2)]


def test_a_flow_begins_when_there_is_room_for_it(scheduler: Scheduler, far_end: FarEnd) -> None:
    running = peak = 0

    def counted(number: int) -> Flow[int]:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        yield from flow(number, requests=2, pause=0.001)
        running -= 1
        return number

    run_many(scheduler, [lambda n=n: counted(n) for n in range(9)], 3)
    assert peak == 3


def test_no_more_connections_than_are_needed(scheduler: Scheduler, far_end: FarEnd) -> None:
    run_many(scheduler, many(2), 32)
    assert len(far_end.connections) <= 2


def test_progress(scheduler: Scheduler) -> None:
    """Told at every change and at every pause, in which nothing changes for long."""
    told: list[tuple[int, int, int]] = []
    flows = [*many(4, requests=2, pause=0.001), lambda: failing(VeeamError("no"))]
    run_many(scheduler, flows, 2, lambda *numbers: told.append(numbers))
    assert told[-1] == (5, 0, 1)
    assert [ended for ended, _running, _failed in told] == sorted(ended for ended, _running, _failed in told)
    assert {running for _ended, running, _failed in told} == {0, 1, 2}
    assert len(told) == 2 * 5 + 2 * 4, "each begins and ends, and there are eight pauses"


def test_progress_of_one_flow(scheduler: Scheduler) -> None:
    told: list[tuple[int, int, int]] = []
    run_many(scheduler, many(1, requests=2, pause=0.001), 2, lambda *numbers: told.append(numbers))
    assert told == [(0, 1, 0), (0, 1, 0)]


# -- errors --------------------------------------------------------------------------------------------------------


def test_an_error_is_the_result_of_its_flow(scheduler: Scheduler) -> None:
    error = VeeamError("no")
    results = run_many(
        scheduler,
        starts(lambda: flow(0), lambda: failing(error), lambda: flow(2, requests=3), lambda: failing(error)),
        2,
    )
    assert results == [0, error, 2, error]


def test_the_error_of_the_only_flow_is_its_result(scheduler: Scheduler) -> None:
    error = VeeamError("no")
    assert run_many(scheduler, starts(lambda: failing(error)), 2) == [error]


def test_a_failed_exchange_is_thrown_into_the_flow(scheduler: Scheduler, far_end: FarEnd) -> None:
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

    far_end.answer = answer
    assert run_many(scheduler, [lambda n=n: recovering(n) for n in range(3)], 2) == ["good", "lost", "good"]


def test_an_unexpected_exception_in_a_thread_is_an_error(scheduler: Scheduler, far_end: FarEnd) -> None:
    def answer(connection: FakeConnection, request: Request, token: str | None) -> Response:
        if "1/" in request.path:
            raise RuntimeError("token=secret")
        return OK

    far_end.answer = answer
    zero, one, two = run_many(scheduler, many(3), 2)
    assert (zero, two) == (0, 2)
    assert isinstance(one, VeeamError)
    assert "RuntimeError" in one.msg
    assert "secret" not in one.msg


# -- being broken off ----------------------------------------------------------------------------------------------


def waiting_for_abort(far_end: FarEnd, *stuck: str) -> None:
    """These requests are never answered until their connection is broken off; the others wait until they are sent."""

    def answer(connection: FakeConnection, request: Request, token: str | None) -> Response:
        if request.path in stuck:
            if not connection.aborted.wait(LONG):
                far_end.wrong.append("never broken off")
            raise NoAnswer("broken off", request.label)
        far_end.wait_for(lambda: set(stuck) <= set(far_end.sent))
        return OK

    far_end.answer = answer


@pytest.mark.parametrize("error", [Interrupted(15, "SIGTERM"), KeyboardInterrupt(), RuntimeError("a mistake")])
def test_whatever_breaks_out_breaks_off_the_others(scheduler: Scheduler, far_end: FarEnd, error: BaseException) -> None:
    waiting_for_abort(far_end, "/api/1/0")
    began: list[int] = []

    def late(number: int) -> Flow[int]:
        began.append(number)
        return (yield from flow(number))

    flows = starts(lambda: failing(error), lambda: flow(1), lambda: late(2), lambda: late(3))
    with pytest.raises(type(error)):
        run_many(scheduler, flows, 2)
    assert began == [], "what had not begun does not begin"
    assert "/api/2/0" not in far_end.sent


def test_a_flow_is_not_moved_on_after_the_end(scheduler: Scheduler, far_end: FarEnd) -> None:
    """The answer that was under way when the run was stopped must not lead to one more request."""
    waiting_for_abort(far_end, "/api/1/0")

    with pytest.raises(Interrupted):
        run_many(scheduler, starts(lambda: failing(Interrupted(2, "SIGINT")), lambda: flow(1, requests=5)), 2)
    assert [path for path in far_end.sent if path.startswith("/api/1/")] == ["/api/1/0"]


def stop_with(threads: _scheduler._Threads, paths: t.Sequence[t.Any], until: t.Callable[[], t.Any]) -> None:
    """What is done where a run is stopped when these requests have been handed over."""
    for path in paths:
        threads.submit(t.cast(t.Any, path), get(path))
    until()
    threads.end(abort=True)


def threads_to(connect: t.Callable[[], FakeConnection]) -> _scheduler._Threads:
    return _scheduler._Threads(t.cast(t.Any, connect), queue.SimpleQueue())


def test_what_is_queued_is_not_sent_any_more(far_end: FarEnd) -> None:
    """Where the threads have not come to it yet: here there is only one."""
    waiting_for_abort(far_end, "/api/first")
    threads = threads_to(far_end.connect)
    threads.submit(t.cast(t.Any, "first"), get("first"))
    threads._start = lambda: None  # type: ignore[method-assign]
    stop_with(threads, ["second", "third"], lambda: far_end.wait_for(lambda: "/api/first" in far_end.sent))
    assert far_end.sent == ["/api/first"]


def test_what_a_thread_has_taken_but_not_sent_is_broken_off_first(far_end: FarEnd) -> None:
    """Between taking a request and sending it a thread may be held up for any time."""
    taken, go_on = threading.Event(), threading.Event()

    class Refusing(FakeConnection):
        def exchange(self, request: Request, deadline: float) -> Response:
            taken.set()
            if not go_on.wait(LONG):
                far_end.wrong.append("never broken off")
            if self.aborted.is_set():
                raise NoAnswer("broken off", request.label)
            return super().exchange(request, deadline)

        def abort(self) -> None:
            super().abort()
            go_on.set()

    def connect() -> FakeConnection:
        far_end.connections.append(Refusing(far_end))
        return far_end.connections[-1]

    stop_with(threads_to(connect), ["first"], lambda: taken.wait(LONG))
    assert far_end.sent == []


def test_the_last_queued_request_is_taken_by_a_thread_at_the_wrong_moment(far_end: FarEnd) -> None:
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
        threads = threads_to(far_end.connect)
        threads._todo = t.cast(t.Any, Race())
        threads._todo.put(t.cast(t.Any, (0, get("x"))))
        threads.end(abort=True)

    done = threading.Thread(target=attempt, daemon=True)
    done.start()
    done.join(LONG)
    assert not done.is_alive(), "hangs"


def test_a_good_end_breaks_nothing_off(scheduler: Scheduler, far_end: FarEnd) -> None:
    run_many(scheduler, many(4), 2)
    assert not any(connection.aborted.is_set() for connection in far_end.connections)


# -- being stopped -------------------------------------------------------------------------------------------------


class Stopped:
    """A scheduler whose stop is given by the test, as a signal handler does it."""

    def __init__(self, far_end: FarEnd) -> None:
        self.stop = Stop()
        self.scheduler = Scheduler(t.cast(t.Any, far_end.connect), stop=self.stop)

    def now(self) -> None:
        self.stop._note(15, None)


@pytest.fixture
def stopped(far_end: FarEnd) -> t.Iterator[Stopped]:
    made = Stopped(far_end)
    yield made
    made.scheduler.close()


def closing(flow: Flow[t.Any], seen: list[str]) -> Flow[t.Any]:
    """A flow that sends something on its way out."""
    try:
        return (yield from flow)
    except Interrupted as stop:
        seen.append(stop.signal_name)
        raise
    finally:
        yield get("logout")


def test_a_flow_is_told_between_two_effects(stopped: Stopped, far_end: FarEnd) -> None:
    def asking() -> Flow[None]:
        yield get("a")
        stopped.now()
        yield get("b")

    seen: list[str] = []
    with pytest.raises(Interrupted):
        stopped.scheduler.run(closing(asking(), seen))
    assert far_end.sent == ["/api/a", "/api/logout"]
    assert seen == ["SIGTERM"]


@pytest.mark.parametrize("count", [1, 3])
def test_what_is_under_way_is_broken_off(stopped: Stopped, far_end: FarEnd, count: int) -> None:
    """One in this thread, or several in their own."""
    under_way = ["/api/%d/0" % number for number in range(count)]

    def answer(connection: FakeConnection, request: Request, token: str | None) -> Response:
        if request.path not in under_way:
            return OK
        far_end.wait_for(lambda: set(under_way) <= set(far_end.sent))
        if request.path == under_way[0]:
            stopped.now()
        if not connection.aborted.wait(LONG):
            far_end.wrong.append("never broken off")
        raise NoAnswer("broken off", request.label)

    def asking() -> Flow[t.Any]:
        return (yield Parallel(many(count, requests=2), 3))

    far_end.answer = answer
    seen: list[str] = []
    with pytest.raises(Interrupted):
        stopped.scheduler.run(closing(asking(), seen))
    assert sorted(far_end.sent) == sorted([*under_way, "/api/logout"])
    assert seen == ["SIGTERM"]


def test_what_must_come_to_its_end_does(stopped: Stopped, far_end: FarEnd) -> None:
    """A logon that is broken off would lose a session."""
    answers: list[Response] = []

    def answer(connection: FakeConnection, request: Request, token: str | None) -> Response:
        if request.path == "/api/logon":
            stopped.now()
            assert not connection.aborted.is_set()
        return OK

    def logging_on() -> Flow[None]:
        answers.append((yield get("logon")._replace(unbroken=True)))
        yield get("next")

    far_end.answer = answer
    with pytest.raises(Interrupted):
        stopped.scheduler.run(closing(logging_on(), []))
    assert answers == [OK], "it must be known what came of it"
    assert far_end.sent == ["/api/logon", "/api/logout"]


def test_a_shielded_flow_comes_to_its_end(stopped: Stopped, far_end: FarEnd) -> None:
    def logging_out() -> Flow[str]:
        stopped.now()
        yield get("a")
        yield Pause(0.001)
        yield get("b")
        return "out"

    def whole() -> Flow[None]:
        try:
            yield get("x")
        finally:
            assert (yield Alone(logging_out(), shielded=True)) == "out"
        yield get("y")

    with pytest.raises(Interrupted):
        stopped.scheduler.run(whole())
    assert far_end.sent == ["/api/x", "/api/a", "/api/b"]


def test_a_pause_ends_when_the_run_is_stopped(stopped: Stopped) -> None:
    """The timer strikes while nothing but a pause is under way."""
    threading.Timer(0.01, stopped.now).start()

    def pausing() -> Flow[None]:
        yield Pause(LONG * 100)

    with pytest.raises(Interrupted):
        stopped.scheduler.run(pausing())


def test_so_does_the_pause_of_one_of_several(stopped: Stopped) -> None:
    threading.Timer(0.01, stopped.now).start()

    def pausing() -> Flow[None]:
        yield Pause(LONG * 100)

    with pytest.raises(Interrupted):
        run_many(stopped.scheduler, [pausing, pausing], 2)


def test_a_second_signal_does_not_break_into_the_way_out(stopped: Stopped, far_end: FarEnd) -> None:
    def answer(connection: FakeConnection, request: Request, token: str | None) -> Response:
        stopped.now()
        if request.path == "/api/a":
            raise NoAnswer("broken off", request.label)
        assert not connection.aborted.is_set()
        return OK

    def asking() -> Flow[None]:
        yield get("a")

    far_end.answer = answer
    with pytest.raises(Interrupted):
        stopped.scheduler.run(closing(asking(), []))
    assert far_end.sent == ["/api/a", "/api/logout"]
    assert len(far_end.connections) == 2, "the one that was broken off is not used again"


def test_a_signal_strikes_when_the_answer_is_there(stopped: Stopped, far_end: FarEnd) -> None:
    """What can be broken off no more is an answer like any other; but its connection has been broken off."""
    answers: list[Response] = []

    def answer(connection: FakeConnection, request: Request, token: str | None) -> Response:
        stopped.now()
        return OK

    def asking() -> Flow[None]:
        answers.append((yield get("a")))
        yield get("b")

    far_end.answer = answer
    with pytest.raises(Interrupted):
        stopped.scheduler.run(closing(asking(), []))
    assert answers == [OK]
    assert far_end.sent == ["/api/a", "/api/logout"]


def test_a_signal_strikes_just_before_the_request(
    stopped: Stopped, far_end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it is known already what to break off."""
    look_for_stop = stopped.scheduler._mover.look_for_stop

    def struck() -> None:
        if stopped.scheduler._breakable is not None:
            stopped.now()
        look_for_stop()

    monkeypatch.setattr(stopped.scheduler._mover, "look_for_stop", struck)

    def asking() -> Flow[None]:
        yield get("a")

    with pytest.raises(Interrupted):
        stopped.scheduler.run(closing(asking(), []))
    assert far_end.sent == ["/api/logout"]


# -- Alone, Tell and Parallels in Parallels ------------------------------------------------------------------------


def logged_on(far_end: FarEnd) -> LogonSession:
    """A real session whose server accepts only the newest token."""
    tokens: list[str] = []

    def answer(connection: FakeConnection, request: Request, token: str | None) -> Response:
        with far_end.lock:
            if request.path.startswith("/api/sessionMngr"):
                tokens.append("token-%d" % (len(tokens) + 1))
                return WRITE.session(f"{len(tokens):08}-1111-4111-8111-111111111111", tokens[-1])
            if request.method == "DELETE":
                return Response(204, {}, b"")
            if token != tokens[-1]:
                return WRITE.error(401, "Over")
            return OK

    far_end.answer = answer
    return LogonSession(
        Credentials("u", "p", None), "xml", "latest", ("em", 9398), 30.0, lambda *unused: None, pytest.fail
    )


def reading(session: LogonSession, number: int, reads: int = 3) -> Flow[str]:
    """Reads that log on again after a 401."""

    def signed(path: str) -> Send:
        return Send(session.sign(get(path).request), FOREVER)

    for turn in range(reads):
        token = session.token
        response = yield signed("%d/%d" % (number, turn))
        if response.status == 401:
            yield from session.renew(token, FOREVER, "GET /api/x")
            response = yield signed("%d/%d again" % (number, turn))
            if response.status != 200:
                return "refused"
    return "read"


def test_many_flows_log_on_again_once(scheduler: Scheduler, far_end: FarEnd) -> None:
    session = logged_on(far_end)

    def inside() -> Flow[list[str]]:
        session.token = "token-0"
        return (yield Parallel([lambda n=n: reading(session, n) for n in range(8)], 4))

    assert scheduler.run(session.logged_on(inside())) == ["read"] * 8
    assert len([path for path in far_end.sent if path.startswith("/api/sessionMngr")]) == 2
    assert len([path for path in far_end.sent if path.startswith("/api/logonSessions")]) == 2
    # Each session is closed with its own token.
    assert set(far_end.tokens) == {None, "token-0", "token-1", "token-2"}


def test_a_logon_that_fails_is_the_error_of_the_flow(scheduler: Scheduler, far_end: FarEnd) -> None:
    def renewing() -> Flow[None]:
        yield get("logon")
        raise Unauthorized("over for good", "GET /api/x", 401)

    def one(number: int) -> Flow[int]:
        yield get(number)
        if number == 1:
            yield Alone(renewing())
        return number

    zero, error, two = run_many(scheduler, [lambda n=n: one(n) for n in range(3)], 2)
    assert (zero, two) == (0, 2)
    assert isinstance(error, Unauthorized)


def test_what_is_alone_runs_while_no_other_moves(scheduler: Scheduler, far_end: FarEnd) -> None:
    order: list[str] = []

    def alone() -> Flow[None]:
        order.append("begin")
        for turn in range(5):
            yield get("alone/%d" % turn)
            yield Pause(0.001)
        order.append("end")

    def one(number: int) -> Flow[None]:
        for turn in range(10):
            yield get("%d/%d" % (number, turn))
            order.append("other")
        if number == 0:
            yield Alone(alone())

    run_many(scheduler, [lambda n=n: one(n) for n in range(3)], 3)
    assert order.index("end") == order.index("begin") + 1


def test_what_is_told_reaches_who_watches(far_end: FarEnd) -> None:
    told: list[Progress] = []
    scheduler = Scheduler(t.cast(t.Any, far_end.connect), watch=told.append)

    def telling() -> Flow[None]:
        yield Tell(Progress(1, 2, 3, 6))

    scheduler.run(telling())
    assert told == [Progress(1, 2, 3, 6)]


@pytest.mark.parametrize("outer", [1, 3])
@pytest.mark.parametrize("inner", [0, 1, 4])
def test_parallels_in_parallels(scheduler: Scheduler, far_end: FarEnd, outer: int, inner: int) -> None:
    def nested(number: int) -> Flow[list[t.Any]]:
        yield get(number)
        answers = yield Parallel([lambda n=n: flow(n, requests=2, pause=0.001) for n in range(inner)], 2)
        return [number, *answers]

    results = run_many(scheduler, [lambda n=n: nested(n) for n in range(outer)], 2)
    assert results == [[number, *range(inner)] for number in range(outer)]
    assert len(far_end.sent) == outer * (1 + 2 * inner)


def test_thousands_that_end_at_once(scheduler: Scheduler) -> None:
    """None of them is moved on inside another."""

    def nothing(number: int) -> Flow[int]:
        if number < 0:
            yield get(number)
        return number

    assert run_many(scheduler, [lambda n=n: nothing(n) for n in range(5000)], 4) == list(range(5000))


# -- one flow ------------------------------------------------------------------------------------------------------


def test_run_returns_what_the_flow_returns(far_end: FarEnd) -> None:
    slept: list[float] = []
    scheduler = Scheduler(t.cast(t.Any, far_end.connect), sleep=slept.append)

    def everything() -> Flow[int]:
        response = yield get("x")
        yield Pause(7.5)
        return t.cast(int, response.status)

    assert scheduler.run(everything()) == 200
    assert slept == [7.5]
    assert len(far_end.connections) == 1
    scheduler.run(flow(1))
    assert len(far_end.connections) == 1, "kept alive"
    scheduler.close()


def test_run_raises_what_the_flow_raises(scheduler: Scheduler) -> None:
    with pytest.raises(VeeamError, match="no"):
        scheduler.run(failing(VeeamError("no")))


def test_nothing_is_opened_that_is_not_needed(far_end: FarEnd) -> None:
    scheduler = Scheduler(t.cast(t.Any, far_end.connect))
    run_many(scheduler, [], 4)
    scheduler.close()
    assert far_end.connections == []
