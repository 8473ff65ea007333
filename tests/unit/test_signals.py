# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Being stopped: a signal is noted and wakes who waits, and nothing is raised where it strikes."""

from __future__ import annotations

import signal
import threading
import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import Interrupted
from ansible_collections.backupops.veeam.plugins.module_utils._http.signals import Stop, no_signals

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
    # To this thread: a test runner has others.
    signal.raise_signal(number)


@pytest.mark.parametrize("number", [*STOPPING, signal.SIGALRM])
def test_a_signal_is_noted_and_wakes(number: signal.Signals) -> None:
    """Ansible's `timeout:` is SIGALRM."""
    stop = Stop()
    woken: list[int | None] = []
    stop.wake = lambda: woken.append(stop.number)
    with stop.listening():
        assert stop.number is None
        send(number)
    assert stop.number == number
    assert woken == [number], "whoever wakes finds the number"
    assert (stop.exception().signal_number, stop.exception().signal_name) == (number, number.name)
    assert number.name in stop.exception().result()["msg"]


def test_the_result_says_what_had_been_sent() -> None:
    stop = Interrupted(15, "SIGTERM")
    assert stop.result()["changed"] is False
    stop.sent, stop.sentence = ["web", "db"], "Already sent: web, db."
    assert stop.result()["changed"] is True
    sentence = stop.result()["msg"]
    assert sentence == "Stopped by SIGTERM; a session that the task opened was closed. Already sent: web, db."


def test_no_except_clause_for_exceptions_swallows_it() -> None:
    assert not issubclass(Interrupted, Exception)


@pytest.mark.parametrize("struck", [False, True])
def test_the_previous_handlers_come_back(struck: bool) -> None:
    stop = Stop()
    with stop.listening():
        if struck:
            send(signal.SIGTERM)
    assert [signal.getsignal(number) for number in (*STOPPING, signal.SIGALRM)] == [_nothing] * 4
    send(signal.SIGINT)
    assert stop.number == (signal.SIGTERM if struck else None)


@pytest.mark.parametrize("number", STOPPING)
@pytest.mark.parametrize("timer_first", [True, False])
def test_a_stopping_signal_comes_before_the_timer(number: signal.Signals, timer_first: bool) -> None:
    """The timer's exception would hide it, and it is the one that is passed on."""
    stop = Stop()
    with stop.listening():
        for each in [signal.SIGALRM, number] if timer_first else [number, signal.SIGALRM]:
            send(each)
    assert stop.number == number


def test_of_two_the_first_counts() -> None:
    stop = Stop()
    with stop.listening():
        send(signal.SIGTERM)
        send(signal.SIGINT)
    assert stop.number == signal.SIGTERM


def test_a_signal_that_another_thread_lets_in_is_noted_too() -> None:
    stop = Stop()
    with stop.listening():
        thread = threading.Thread(target=signal.raise_signal, args=(signal.SIGTERM,))
        thread.start()
        thread.join()
    assert stop.number == signal.SIGTERM


def test_a_signal_that_strikes_in_the_end_of_an_object_is_not_lost() -> None:
    """Python drops what is raised there; here nothing is."""

    class Striking:
        def __del__(self) -> None:
            send(signal.SIGTERM)

    stop = Stop()
    with stop.listening():
        Striking()
    assert stop.number == signal.SIGTERM


def test_in_another_thread_nothing_is_changed() -> None:
    handlers: list[t.Any] = []

    def elsewhere() -> None:
        with Stop().listening():
            handlers.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert handlers == [_nothing]


def test_an_ignored_signal_stays_ignored() -> None:
    """As nohup has it."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    stop = Stop()
    with stop.listening():
        send(signal.SIGHUP)
    assert stop.number is None
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_a_timer_that_is_nobodys_stays_as_it_is() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    with Stop().listening():
        assert signal.getsignal(signal.SIGALRM) is signal.SIG_IGN


def test_a_thread_started_without_signals_takes_none() -> None:
    """The kernel gives a signal to any thread that lets it in, and that wakes no other."""
    masks: list[t.Any] = []
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    thread = threading.Thread(target=lambda: masks.append(signal.pthread_sigmask(signal.SIG_BLOCK, [])))
    with no_signals():
        thread.start()
    thread.join()
    assert {*STOPPING, signal.SIGALRM} <= masks[0]
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before
