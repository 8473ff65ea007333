# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-runner cancels a job, as AWX has it done: the session is closed, nothing runs on, and no clone is sent.

Runner kills the process group of ansible-playbook with SIGKILL, so that no process in it notices anything. In a pod
`ansible-runner worker` is process 1, and when that ends everything else in the pod is killed.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ansible_runner
import pytest
from helpers import ansible_runs
from helpers.ansible_runs import BIN, Emulators
from helpers.cast import DEFAULT_REPOSITORY, GOLD, PASSWORD
from helpers.routes import route
from veeam_em_emulator import Emulator

from .stopping import CLONE, LOGOUT, POLL, clones_sent, command, descendants, is_alive, until

NAMES = ["web-prod", "db-prod", "mail-prod"]
#: Where the run is when it is cancelled: the clone is on its way, or the server works on it.
HELD = {"clone": {**CLONE, "process": True}, "poll": POLL}
NO_PODS = subprocess.run(
    ["unshare", "--pid", "--fork", "--mount-proc", "true"], capture_output=True, check=False
).returncode


@dataclass
class Job:
    """What AWX hands to ansible-runner: a folder with the project, the environment of the credential, variables."""

    em: Emulator
    folder: Path
    bytecode: Path
    in_process: bool
    loop: bool = False
    known: set[int] = field(default_factory=set)

    def prepare(self, held: str) -> None:
        """The play clones one after the other, as items of one task or in a loop; the first one is held."""
        options = {
            "source_job": GOLD,
            "repository": DEFAULT_REPOSITORY,
            # the server answers when the client has been gone for long
            "timeout": 60,
            "wait_timeout": 300,
            "poll_interval": 0.1,
        }
        task: dict[str, Any] = {ansible_runs.MODULE: {**options, "clones": [{"name": name} for name in NAMES]}}
        task[ansible_runs.MODULE]["max_parallel"] = 1
        if self.loop:
            task = {ansible_runs.MODULE: {**options, "name": "{{ item }}"}, "loop": NAMES, "ignore_errors": True}
        play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task]}
        (self.folder / "project").mkdir()
        (self.folder / "project" / "play.yml").write_text(json.dumps([play]), "utf-8")
        self.em.add_fault(fault="stall", count=0, **HELD[held])

    def settings(self) -> dict[str, Any]:
        env = ansible_runs.environment(self.em, self.folder)
        del env["ANSIBLE_CALLBACKS_ENABLED"], env["ANSIBLE_CALLBACK_PLUGINS"]
        env.update(PYTHONPYCACHEPREFIX=str(self.bytecode), PATH=os.pathsep.join([str(BIN), os.environ["PATH"]]))
        return {
            "private_data_dir": str(self.folder),
            "playbook": "play.yml",
            "inventory": {
                "all": {"hosts": {"localhost": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}}}
            },
            "extravars": {"veeam_in_process": self.in_process},
            "envvars": {name: value for name, value in env.items() if os.environ.get(name) != value},
            "settings": {"pexpect_timeout": 0.1},
            "quiet": True,
        }

    def reached(self) -> bool:
        """Whether it is, or has been, where it is held: runner asks until the end."""
        if not self.known and len(self.em.fired_faults()) == 1 and len(self.em.open_sessions()) == 1:
            self.known.update(descendants(os.getpid()))
        return bool(self.known)

    def check(self) -> None:
        """Nothing of it is left, and all that it sent afterwards was the logout."""
        until("the processes end", lambda: not any(map(is_alive, self.known)), self.told)
        until("the session is closed", lambda: self.em.open_sessions() == [], self.told)
        sent = [route(entry) for entry in self.em.journal]
        held = sent.index("clone") if "task" not in sent else sent.index("task")
        assert sent[held + 1 :] == ["logout"], sent
        assert clones_sent(self.em.journal, NAMES) == {NAMES[0]: 1}

    def told(self) -> str:
        left = [command(pid) for pid in self.known if is_alive(pid)]
        return f"{[route(entry) for entry in self.em.journal]}\n{left}"

    def kill(self) -> None:
        for pid in filter(is_alive, self.known):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def job_of(all_emulators: Emulators, bytecode: Path, tmp_path: Path) -> Iterator[Callable[..., Job]]:
    all_emulators.used = []
    jobs: list[Job] = []

    def make(held: str, in_process: bool, loop: bool = False) -> Job:
        jobs.append(Job(all_emulators.get(), tmp_path, bytecode, in_process, loop))
        jobs[-1].prepare(held)
        return jobs[-1]

    yield make
    for job in jobs:
        job.kill()
    for em in all_emulators.used:
        em.clear_faults()


both_ways = pytest.mark.parametrize("in_process", [True, False], ids=["worker", "module"])


@both_ways
@pytest.mark.parametrize("held", sorted(HELD))
def test_canceled(held: str, in_process: bool, job_of: Callable[..., Job]) -> None:
    job = job_of(held, in_process)
    run = ansible_runner.run(cancel_callback=job.reached, **job.settings())
    assert run.status == "canceled", run.stdout.read()
    job.check()
    assert PASSWORD not in run.stdout.read()


@both_ways
def test_canceled_in_a_loop(in_process: bool, job_of: Callable[..., Job]) -> None:
    """The worker is the same for all items: it must end, and not only the item."""
    job = job_of("poll", in_process, loop=True)
    run = ansible_runner.run(cancel_callback=job.reached, **job.settings())
    assert run.status == "canceled", run.stdout.read()
    job.check()


@both_ways
@pytest.mark.parametrize("held", sorted(HELD))
def test_timeout_of_the_template(held: str, in_process: bool, job_of: Callable[..., Job]) -> None:
    """Its clock is runner's `job_timeout`; the test lets it run out when the job is where it should be."""
    job = job_of(held, in_process)
    settings = job.settings()
    settings["settings"]["job_timeout"] = 3600
    runner = ansible_runner.interface.init_runner(**settings)

    def watch() -> bool:
        if job.reached():
            runner.config.job_timeout = 1e-9
        return False

    runner.cancel_callback = watch
    runner.run()
    assert runner.status == "timeout", runner.stdout.read()
    job.check()


def test_a_logout_that_takes_its_time_does_not_hold_up_runner(job_of: Callable[..., Job]) -> None:
    """The worker keeps the output open, and runner must not wait for that without end, or fail."""
    job = job_of("poll", in_process=True)
    job.em.add_fault(fault="stall", count=0, **LOGOUT)
    run = ansible_runner.run(cancel_callback=job.reached, **job.settings())
    assert run.status == "canceled", run.stdout.read()
    until("it logs out", lambda: "logout" in [route(entry) for entry in job.em.journal], job.told)
    job.em.clear_faults()
    until("the processes end", lambda: not any(map(is_alive, job.known)), job.told)
    assert clones_sent(job.em.journal, NAMES) == {NAMES[0]: 1}


@both_ways
@pytest.mark.skipif(
    NO_PODS != 0, reason="unshare --pid --mount-proc is not permitted here, so there is no pod to cancel"
)
def test_a_pod_is_deleted(in_process: bool, job_of: Callable[..., Job], tmp_path: Path) -> None:
    job = job_of("poll", in_process)
    order, answer = tmp_path / "order", tmp_path / "answer"
    settings = job.settings()
    # as AWX has it: for so long runner waits for a killed ansible-playbook whose output is still open
    del settings["settings"]
    with order.open("wb") as stream:
        ansible_runner.run(streamer="transmit", _output=stream, **settings)
    with order.open("rb") as given, answer.open("wb") as taken:
        pod = subprocess.Popen(
            ["unshare", "--pid", "--fork", "--mount-proc", BIN / "ansible-runner", "worker"],
            stdin=given,
            stdout=taken,
            stderr=subprocess.STDOUT,
            env={"HOME": str(tmp_path), "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]])},
        )
        said = functools.partial(answer.read_text, "utf-8", "replace")
        until("it is held", lambda: job.reached() or pod.poll() is not None, said)
        # the pod's process 1 is the only child of unshare
        os.kill(descendants(pod.pid)[0], signal.SIGTERM)
        pod.wait()
    job.check()
