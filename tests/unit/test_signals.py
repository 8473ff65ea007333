# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Being stopped: a signal becomes an exception that nothing swallows, and waits where a session could be lost."""

from __future__ import annotations

import ast
import signal
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._http import retry as _retry
from ansible_collections.backupops.veeam.plugins.module_utils._http import signals as _signals
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import Interrupted
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request

STOPPING = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]


@pytest.fixture(autouse=True)
def _own_handlers() -> t.Iterator[None]:
    """Every test begins with a handler that does nothing and ends with those of pytest."""
    before = {number: signal.signal(number, _nothing) for number in (*STOPPING, signal.SIGALRM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def _nothing(*unused: t.Any) -> None:
    """Stands for whatever handler was there."""


def send(number: int) -> None:
    # To this thread: a test runner has others, which hold nothing.
    signal.raise_signal(number)


@pytest.mark.parametrize("number", STOPPING)
def test_a_signal_becomes_an_exception(number: signal.Signals) -> None:
    with pytest.raises(Interrupted) as raised, _signals.as_exceptions():
        send(number)
    assert (raised.value.signal_number, raised.value.signal_name) == (number, number.name)
    assert number.name in raised.value.result()["msg"]


def test_the_result_says_what_had_been_sent() -> None:
    stop = Interrupted(15, "SIGTERM")
    assert stop.result()["changed"] is False
    assert "Nothing was created" in stop.result()["msg"]
    stop.sent = ["web", "db"]
    assert stop.result()["changed"] is True
    for word in ('"web", "db"', "Run the same task again"):
        assert word in stop.result()["msg"]
    assert "Nothing was created" not in stop.result()["msg"]


def test_no_except_clause_for_exceptions_swallows_it() -> None:
    assert not issubclass(Interrupted, Exception)


@pytest.mark.parametrize("stopped", [False, True])
def test_the_previous_handlers_come_back(stopped: bool) -> None:
    def use() -> None:
        with _signals.as_exceptions():
            if stopped:
                send(signal.SIGTERM)

    if stopped:
        with pytest.raises(Interrupted):
            use()
    else:
        use()
    assert [signal.getsignal(number) for number in (*STOPPING, signal.SIGALRM)] == [_nothing] * 4
    send(signal.SIGTERM)


def test_held_signals_wait() -> None:
    seen: list[str] = []

    def use() -> None:
        with _signals.as_exceptions(), _signals.held():
            send(signal.SIGTERM)
            seen.append("still here")

    with pytest.raises(Interrupted):
        use()
    assert seen == ["still here"]


def test_held_within_held() -> None:
    seen: list[str] = []

    def use() -> None:
        with _signals.as_exceptions(), _signals.held():
            with _signals.held():
                send(signal.SIGINT)
            seen.append("the inner end does not let it in")

    with pytest.raises(Interrupted):
        use()
    assert len(seen) == 1


def test_ansibles_own_timer_is_held_too() -> None:
    """Ansible's `timeout:` uses SIGALRM; within a logon it would lose a session."""
    rung: list[int] = []
    signal.signal(signal.SIGALRM, lambda number, frame: rung.append(number))
    with _signals.held():
        send(signal.SIGALRM)
        assert rung == []
    assert rung == [signal.SIGALRM]


def let_in_by_another_thread(number: int) -> None:
    """As where a thread that blocks nothing gets a signal that was meant for the process."""
    thread = threading.Thread(target=signal.raise_signal, args=(number,))
    before = signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())
    # a thread begins with the mask that it is started under
    thread.start()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    thread.join()


@pytest.mark.parametrize("number", STOPPING)
def test_a_signal_that_another_thread_lets_in_is_held_too(number: signal.Signals) -> None:
    seen: list[str] = []

    def use() -> None:
        with _signals.as_exceptions(), _signals.held():
            with _signals.held():
                let_in_by_another_thread(number)
            seen.append("still here")

    with pytest.raises(Interrupted) as raised:
        use()
    assert seen == ["still here"]
    assert raised.value.signal_number == number
    with _signals.as_exceptions(), _signals.held():
        """It does not come a second time."""


def test_so_is_ansibles_own_timer() -> None:
    rung: list[int] = []
    signal.signal(signal.SIGALRM, lambda number, frame: rung.append(number))
    with _signals.as_exceptions():
        with _signals.held():
            let_in_by_another_thread(signal.SIGALRM)
            assert rung == []
        assert rung == [signal.SIGALRM]
        send(signal.SIGALRM)
        assert len(rung) == 2


def test_a_stopping_signal_comes_before_the_timer() -> None:
    """The timer's exception would hide it, and it is the one that is passed on."""

    class TaskTimeout(BaseException):
        pass

    def strike(*unused: t.Any) -> None:
        raise TaskTimeout

    def use() -> None:
        with _signals.as_exceptions(), _signals.held():
            let_in_by_another_thread(signal.SIGALRM)
            let_in_by_another_thread(signal.SIGTERM)

    signal.signal(signal.SIGALRM, strike)
    with pytest.raises(Interrupted):
        use()


def test_a_hold_in_another_thread_does_not_keep_the_main_thread_from_being_stopped() -> None:
    holding, done = threading.Event(), threading.Event()

    def elsewhere() -> None:
        with _signals.held():
            holding.set()
            done.wait()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    holding.wait()
    try:
        with pytest.raises(Interrupted), _signals.as_exceptions():
            send(signal.SIGTERM)
    finally:
        done.set()
        thread.join()


class Striking:
    """An object in whose end a signal strikes. Python drops what is raised there."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __del__(self) -> None:
        send(self.number)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_that_strikes_in_the_end_of_an_object_is_not_lost() -> None:
    seen: list[str] = []

    def use() -> None:
        with _signals.as_exceptions():
            Striking(signal.SIGTERM)
            seen.append("dropped")
            next(_retry.persistently(Request("GET", "/api/logonSessions"), _retry.LOGOUT, 1, str, lambda: 0, print))
            seen.append("logged out")
            next(_retry.persistently(Request("GET", "/api/query"), _retry.READ, 1, str, lambda: 0, print))

    with pytest.raises(Interrupted):
        use()
    assert seen == ["dropped", "logged out"]
    _signals.check()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_nor_is_ansibles_own_timer() -> None:
    class TaskTimeout(BaseException):
        pass

    def strike(*unused: t.Any) -> None:
        raise TaskTimeout

    signal.signal(signal.SIGALRM, strike)

    def use() -> None:
        with _signals.as_exceptions():
            Striking(signal.SIGALRM)
            _signals.check()

    with pytest.raises(TaskTimeout):
        use()
    _signals.check()


def test_in_another_thread_nothing_is_changed() -> None:
    handlers: list[t.Any] = []

    def elsewhere() -> None:
        with _signals.as_exceptions():
            handlers.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert handlers == [_nothing]


def test_a_second_signal_does_not_break_into_the_way_out() -> None:
    """Ctrl-C goes to the whole group and AWX sends more than one."""
    closed: list[str] = []

    def use() -> None:
        with _signals.as_exceptions():
            try:
                send(signal.SIGTERM)
            finally:
                send(signal.SIGINT)
                send(signal.SIGTERM)
                closed.append("closed")

    with pytest.raises(Interrupted) as raised:
        use()
    assert closed == ["closed"]
    assert raised.value.signal_name == "SIGTERM"


def test_an_ignored_signal_stays_ignored() -> None:
    """As nohup has it."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with _signals.as_exceptions():
        send(signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


# -- where a signal strikes ----------------------------------------------------------------------------------------

PLUGINS = Path(_signals.__file__).parent.parent


def is_loop(node: ast.AST) -> bool:
    """A comprehension without a condition jumps back where it is protected."""
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp)):
        return any(generator.ifs for generator in node.generators)
    return isinstance(node, (ast.For, ast.While))


def loops_that_leak(source: str) -> list[int]:
    """Lines of the loops inside a `with` or `try` of the same function, where signals are not held.

    Since Python 3.12 a loop may jump back to its start outside of what these protect, and that is where Python runs
    signal handlers: what they raise then passes the end of the `with`, or the `finally`, by.
    """
    found = []

    def look(node: ast.AST, guarded: bool) -> None:
        for child in ast.iter_child_nodes(node):
            inside = guarded
            if isinstance(child, (ast.FunctionDef, ast.Lambda)):
                inside = False
            elif isinstance(child, ast.Try):
                inside = True
            elif isinstance(child, ast.With):
                if any(ast.unparse(item.context_expr).endswith("held()") for item in child.items):
                    continue
                inside = True
            elif is_loop(child) and guarded:
                found.append(child.lineno)
            look(child, inside)

    look(ast.parse(source), False)
    return found


def test_loops_that_leak_are_found() -> None:
    head = "def run():\n    with pool:\n"
    assert loops_that_leak(head + "        while busy: work()") == [3]
    assert loops_that_leak(head + "        return [one for one in all if one]") == [3]
    assert loops_that_leak(head + "        return [one for one in all]") == []
    assert loops_that_leak(head + "        def work():\n            while busy: pass") == []
    assert loops_that_leak("for one in all:\n    with pool: pass") == []
    assert loops_that_leak("try:\n    for one in all: pass\nfinally: end()") == [2]
    assert loops_that_leak("with _signals.held():\n    for one in all: pass") == []


@pytest.mark.parametrize("path", sorted(PLUGINS.rglob("*.py")), ids=lambda path: path.name)
def test_what_a_handler_raises_passes_no_end_by(path: Path) -> None:
    assert loops_that_leak(path.read_text()) == []
