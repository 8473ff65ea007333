# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker is as it was before, however the task ended: the same process runs Ansible's own code afterwards."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._clone import run as _clone_run
from ansible_collections.backupops.veeam.plugins.module_utils._em import logon_session as _session
from ansible_collections.backupops.veeam.plugins.module_utils._http import scheduler as _scheduler
from benchmark.emulator_process import EmulatorProcess

from .build import make_action

GOLD = {"source_job": "TPL Gold", "repository": "Default Backup Repository"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    # a process of its own: its threads and sockets are none of the worker's
    with EmulatorProcess(tmp_path_factory.mktemp("emulator"), task_steps="running:1") as em:
        yield em


@pytest.fixture
def em(running: EmulatorProcess) -> Iterator[EmulatorProcess]:
    running.reset()
    yield running
    running.control("DELETE", "faults")
    sent = [
        (entry["method"], entry["path"].split("/")[2]) for entry in running.journal() if entry["status"] in (201, 204)
    ]
    assert sent.count(("DELETE", "logonSessions")) == sent.count(("POST", "sessionMngr"))


def state_of_the_worker() -> dict[str, Any]:
    gc.collect()
    signals = set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}
    return {
        "threads": {thread.ident: thread.name for thread in threading.enumerate()},
        "file descriptors": {number: os.readlink(number_path(number)) for number in open_descriptors()},
        "signal handlers": {number.name: signal.getsignal(number) for number in signals},
        "signal mask": signal.pthread_sigmask(signal.SIG_BLOCK, []),
        "alarm": signal.getitimer(signal.ITIMER_REAL)[0] > 0,
        "environment": dict(os.environ),
        "working folder": os.getcwd(),
        "umask": os.umask(os.umask(0)),
        "warnings": (list(warnings.filters), warnings.showwarning, warnings.formatwarning),
        "default timeout": socket.getdefaulttimeout(),
        "loggers": [list(logging.getLogger(name).handlers) for name in (None, "urllib3", "requests")],
        "log level": logging.getLogger().level,
        "exception hooks": (threading.excepthook, os.sys.excepthook, os.sys.unraisablehook),  # type: ignore[attr-defined]
        "resolver": (socket.getaddrinfo, socket.create_connection, socket.socket),
    }


def open_descriptors() -> list[int]:
    return [int(name) for name in os.listdir("/proc/self/fd") if os.path.lexists(number_path(int(name)))]


def number_path(number: int) -> str:
    return "/proc/self/fd/%d" % number


def run(em: EmulatorProcess, options: dict[str, Any]) -> dict[str, Any]:
    connection = {name.lower()[9:]: value for name, value in em.environment.items()}
    action, variables = make_action({**connection, "poll_interval": 0.02, **options})
    return action.run(None, variables)


def batch(*names: str) -> dict[str, Any]:
    return {**GOLD, "clones": [{"name": name} for name in names], "max_parallel": 3}


def created(em: EmulatorProcess) -> None:
    assert run(em, {**GOLD, "name": "web"})["changed"]


def batch_created(em: EmulatorProcess) -> None:
    assert len(run(em, batch(*"abcdef"))["job_hrefs"]) == 6


def batch_with_failures(em: EmulatorProcess) -> None:
    result = run(em, {**GOLD, "clones": [{"name": "a"}, {"name": "b", "repository": "none"}, {"name": "c"}]})
    assert result["failed"]
    assert result["changed"]


def unverified(em: EmulatorProcess) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        result = run(em, {**batch("a", "b"), "validate_certs": False, "ca_path": None})
    assert result["changed"]
    assert [str(warning.message) for warning in seen if "HTTPS" in str(warning.message)] == []


def refused_options(em: EmulatorProcess) -> None:
    assert run(em, {**GOLD, "name": "x" * 51})["failed"]
    assert run(em, {"nonsense": 1})["failed"]


def wrong_password(em: EmulatorProcess) -> None:
    assert run(em, {**GOLD, "name": "web", "password": "wrong"})["failed"]


def nobody_there(em: EmulatorProcess) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert run(em, {**GOLD, "name": "web", "port": closed.getsockname()[1]})["failed"]


def not_trusted(em: EmulatorProcess) -> None:
    assert "not trusted" in run(em, {**GOLD, "name": "web", "ca_path": None})["msg"]


def cut_off(em: EmulatorProcess) -> None:
    em.control("POST", "faults", {"fault": "reset_after", "method": "POST", "path": "/api/jobs.*", "count": 0})
    assert run(em, batch(*"abcd"))["changed"]


def proxy_is_gone(em: EmulatorProcess) -> None:
    os.environ["https_proxy"] = "http://127.0.0.1:9"
    try:
        assert "proxy" in run(em, {**GOLD, "name": "web"})["msg"]
    finally:
        del os.environ["https_proxy"]


def broken_inside(em: EmulatorProcess) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_clone_run, "_clone_all", lambda *unused: 1 // 0)
        assert "ZeroDivisionError" in run(em, {**GOLD, "name": "web"})["msg"]


def killed(em: EmulatorProcess) -> None:
    """SIGTERM in the middle: logged out first, then the worker's own handler gets it."""
    seen: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
    try:
        with at_poll(em, lambda: os.kill(os.getpid(), signal.SIGTERM)):
            result = run(em, {**GOLD, "name": "web"})
        assert seen == [signal.SIGTERM]
        assert em.journal()[-1]["method"] == "DELETE"
        assert result["failed"]
        assert "SIGTERM" in result["msg"]
    finally:
        signal.signal(signal.SIGTERM, before)


def killed_in_a_batch(em: EmulatorProcess) -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        with at_poll(em, lambda: os.kill(os.getpid(), signal.SIGINT)):
            assert run(em, batch(*"abcdef"))["failed"]
        assert seen == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, before)


def struck_at_the_end_of(owner: type, end: str, em: EmulatorProcess) -> None:
    """SIGINT on the very way into what must be done at the end."""
    seen: list[int] = []
    own = getattr(owner, end)

    def strike(*args: Any, **options: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return own(*args, **options)

    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(owner, end, strike)
            assert run(em, batch(*"abc"))["failed"]
        assert seen == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, before)


def struck_at_the_end_of_the_session(em: EmulatorProcess) -> None:
    struck_at_the_end_of(_session.LogonSession, "close", em)


def struck_at_the_end_of_the_threads(em: EmulatorProcess) -> None:
    struck_at_the_end_of(_scheduler._Threads, "end", em)


class TaskTimeout(BaseException):
    """As Ansible's own."""


def timed_out(em: EmulatorProcess) -> None:
    """The `timeout:` of the task: Ansible raises in its SIGALRM handler, and that must come out as it is."""

    def strike(number: int, frame: Any) -> None:
        raise TaskTimeout

    before = signal.signal(signal.SIGALRM, strike)
    try:
        with at_poll(em, lambda: os.kill(os.getpid(), signal.SIGALRM)), pytest.raises(TaskTimeout):
            run(em, batch(*"abcdef"))
    finally:
        signal.signal(signal.SIGALRM, before)


class at_poll:
    """Does something once the emulator has seen the first look at a task, which then never finishes."""

    def __init__(self, em: EmulatorProcess, strike: Callable[[], None]) -> None:
        self.em = em
        self.thread = threading.Thread(target=self._watch, args=(strike,))

    def __enter__(self) -> None:
        self.em.control(
            "POST", "faults", {"fault": "never_finish", "method": "POST", "path": "/api/jobs.*", "count": 0}
        )
        self.thread.start()

    def __exit__(self, *unused: object) -> None:
        self.thread.join()

    def _watch(self, strike: Callable[[], None]) -> None:
        # A worker has no thread that would take its signals, so this one must not either.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        # it gives up when the run is over without a poll
        while not any(entry["path"].startswith("/api/tasks/") for entry in self.em.journal()):
            if any(entry["method"] == "DELETE" for entry in self.em.journal()):
                return
        strike()


@pytest.mark.parametrize(
    "end",
    [
        created, batch_created, batch_with_failures, unverified, refused_options, wrong_password, nobody_there,
        not_trusted, cut_off, proxy_is_gone, broken_inside, killed, killed_in_a_batch, timed_out,
        struck_at_the_end_of_the_session, struck_at_the_end_of_the_threads,
    ],
)  # fmt: skip
def test_worker_is_as_before(end: Callable[[EmulatorProcess], None], em: EmulatorProcess, tmp_path: Path) -> None:
    # what is imported or opened once and for all is no leak
    run(em, {**GOLD, "name": "first"})
    em.clear_journal()
    before = state_of_the_worker()
    end(em)
    after = state_of_the_worker()
    for what, value in before.items():
        assert after[what] == value, what
