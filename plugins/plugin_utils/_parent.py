# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A worker notices that its ansible-playbook was killed, and logs out.

AWX cancels a job by SIGKILL to the process group of ansible-playbook, which no process in it can notice. ansible-core
2.19 and newer give each worker a group of its own: it would go on, and send clones for a job that was canceled. Older
ones do not: it would be killed with its session open. Linux can send a signal when a parent dies; elsewhere nothing
here has an effect.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import typing as t

try:
    import ctypes
except ImportError:  # a Python that was built without libffi
    ctypes = None  # type: ignore[assignment]

_PR_SET_PDEATHSIG = 1
_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class _Followed:
    """The worker that follows its parent by now. A forked process is another one."""

    worker = 0


def follow_parent(leave_group: bool) -> None:
    """From now on the death of ansible-playbook is a SIGTERM to this worker.

    leave_group: also leave its process group, if the worker is in it. That costs the terminal, which commands such as
    ssh and sudo may want to ask on. Does nothing outside a worker, nor for the second time in the same one.
    """
    parent = multiprocessing.parent_process()
    if parent is None or parent.pid is None or _Followed.worker == os.getpid():
        return
    if not _signal_at_death_of_parent(signal.SIGTERM):
        return
    _Followed.worker = os.getpid()
    if os.getppid() != parent.pid:
        # It was dead before the kernel was asked.
        signal.raise_signal(signal.SIGTERM)
        return
    with contextlib.suppress(ProcessLookupError):
        if leave_group and os.getpgrp() == os.getpgid(parent.pid):
            _leave_group()
    _hold_output(parent.pid)


def _signal_at_death_of_parent(number: int) -> bool:
    """Whether the kernel will do that."""
    if not sys.platform.startswith("linux") or ctypes is None:
        return False
    try:
        return ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(number), 0, 0, 0) == 0
    except (AttributeError, OSError):
        return False


def _hold_output(parent: int) -> None:
    """Keep what ansible-playbook prints to open until this worker ends; nothing is written there.

    After a cancel ansible-runner reads until that is closed, for up to five seconds. Where it is process 1 of a pod,
    everything is killed when it ends: that is the time for the logout.
    """
    with contextlib.suppress(OSError):
        os.open(f"/proc/{parent}/fd/1", os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)


def _leave_group() -> None:
    """Begin a session and a group, and leave a process in the old one, which hands on what that is sent: Ctrl-C."""
    handed_on = [number for number in _STOPPING if signal.getsignal(number) is not signal.SIG_IGN]
    worker = os.getpid()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, handed_on)
    try:
        if os.fork() == 0:
            _hand_on(worker, handed_on)
        os.setsid()
    except OSError:
        # No process more is allowed: the worker stays where it is.
        pass
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _hand_on(worker: int, numbers: t.Sequence[int]) -> t.NoReturn:
    """The process that stays behind: it lives as long as the worker does. The signals are blocked, and wait here."""
    try:
        if _signal_at_death_of_parent(signal.SIGKILL):
            while os.getppid() == worker:
                number = signal.sigwait(numbers)
                with contextlib.suppress(ProcessLookupError):
                    # the module's process is in the worker's group
                    os.killpg(worker, number)
    finally:
        os._exit(0)


@contextlib.contextmanager
def handing_on() -> t.Iterator[None]:
    """Around one command: SIGTERM goes to its processes too, and the worker waits for them before it ends itself.

    So a module can log out while its worker holds the output. Only where the worker leads its own group: in the group
    of others, whoever sent the signal to all of it has sent it to the module.
    """
    if _Followed.worker != os.getpid() or os.getpgrp() != os.getpid():
        yield
        return
    noted: list[int] = []

    def note(number: int, unused: t.Any) -> None:
        if not noted:
            noted.append(number)
            os.killpg(os.getpid(), number)

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before if before is not None else signal.SIG_DFL)
        if noted:
            signal.raise_signal(noted[0])
