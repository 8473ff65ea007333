# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker follows its parent: told by the kernel, out of its group, and still reached by Ctrl-C.

tests/slow/signals has the whole of it, with ansible-runner. What only older ansible-core needs is tested here with all.
"""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.backupops.veeam.plugins.plugin_utils import _parent

FORK = multiprocessing.get_context("fork")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux sends a signal when a parent dies")


def in_a_worker(body: Callable[[Any], None]) -> tuple[Any, int | None]:
    """Run body in a process like Ansible's workers. What it sent back, None for nothing, and its exit status."""
    ours, theirs = FORK.Pipe()
    worker = FORK.Process(target=body, args=(theirs,))
    worker.start()
    theirs.close()
    try:
        told = ours.recv()
    except EOFError:
        told = None
    worker.join()
    return told, worker.exitcode


def child_of_this_process() -> int:
    return int(Path("/proc/self/task/%d/children" % os.getpid()).read_text())


def test_outside_a_worker_nothing_changes() -> None:
    before = os.getpgrp(), threading.active_count(), sorted(os.listdir("/proc/self/fd"))
    _parent.follow_parent(leave_group=True)
    assert (os.getpgrp(), threading.active_count(), sorted(os.listdir("/proc/self/fd"))) == before


def test_a_parent_that_is_dead_already_is_noticed() -> None:
    def body(pipe: Any) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.getppid = lambda: 1
        _parent.follow_parent(leave_group=False)
        pipe.send("went on")

    assert in_a_worker(body) == (None, -signal.SIGTERM)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_its_old_group_is_sent_reaches_it(number: signal.Signals) -> None:
    def body(pipe: Any) -> None:
        signal.signal(number, lambda *unused: None)
        _parent.follow_parent(leave_group=True)
        _parent.follow_parent(leave_group=True)
        left_behind = child_of_this_process()
        assert os.getpgid(left_behind) != os.getpgrp() == os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, [number])
        os.kill(left_behind, number)
        pipe.send(signal.sigwait([number]))

    assert in_a_worker(body) == (number, 0)


def test_nothing_is_left_of_it() -> None:
    def body(pipe: Any) -> None:
        _parent.follow_parent(leave_group=True)
        pipe.send(child_of_this_process())
        pipe.recv()
        os._exit(0)

    ours, theirs = FORK.Pipe()
    worker = FORK.Process(target=body, args=(theirs,))
    worker.start()
    left_behind = os.pidfd_open(ours.recv())
    try:
        ours.send("go")
        worker.join()
        # readable when the process has ended; the seconds only end a test that would hang
        assert select.select([left_behind], [], [], 60)[0] == [left_behind]
    finally:
        os.close(left_behind)


def test_an_ignored_signal_is_not_handed_on() -> None:
    """nohup has SIGHUP ignored, a shell's background jobs SIGINT."""

    def body(pipe: Any) -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        seen: list[int] = []
        _parent.follow_parent(leave_group=True)
        left_behind = child_of_this_process()
        signal.signal(signal.SIGHUP, lambda *unused: seen.append(1))
        os.kill(left_behind, signal.SIGHUP)
        # comes after it, by the same way
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        os.kill(left_behind, signal.SIGINT)
        signal.sigwait([signal.SIGINT])
        pipe.send(seen)

    assert in_a_worker(body) == ([], 0)
