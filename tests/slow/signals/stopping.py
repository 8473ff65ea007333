# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of ansible-playbook that is stopped at a known request, and what is left of it.

A fault of the emulator holds the request; its record of what fired says when the request is there. Nothing is
measured in seconds but bounds, and those only end a test that would hang.
"""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.backupops.veeam.plugins.module_utils._module import play as _play
from helpers import ansible_runs
from helpers.cast import DEFAULT_REPOSITORY, GOLD, PASSWORD, USERNAME, VBR01
from helpers.routes import BY_WORD, route
from veeam_em_emulator import Emulator

#: Seconds after which something that is waited for will not come any more.
BOUND = 90.0
#: Seconds of Ansible's `timeout:` where the test itself rings the alarm that the keyword has set.
NEVER = 3600

# What a clone by names sends. The second query for jobs is the one that reads the new job back.
LOGON, JOBS, REPOSITORIES, CLONE, POLL, LOGOUT = (
    BY_WORD[word].fault for word in ("logon", "jobs", "repositories", "clone", "task", "logout")
)

#: Looks at a task after which the next pauses are long enough (0.8 s and more) to be struck in.
POLLS_BEFORE_THE_PAUSE = 7


@dataclass(frozen=True)
class Stage:
    """Where a run is stopped.

    fault: what holds it there; each: every clone of the run is held, not just one request. opened: whether EM has a
    session open by then. options: of the task, beside the usual ones. steps: what its tasks show, see the emulator.
    """

    name: str
    fault: dict[str, Any] | None
    each: bool = False
    opened: bool = True
    options: dict[str, Any] = field(default_factory=dict)
    steps: str = ""

    def __str__(self) -> str:
        return self.name

    def prepare(self, em: Emulator, clones: int) -> None:
        if self.fault is not None:
            em.add_fault(**{"fault": "stall", "count": clones if self.each else 1, **self.fault})

    def reached(self, em: Emulator, clones: int) -> bool:
        """Whether the run is there."""
        if self.fault is None:
            polls = Counter(entry.path for entry in em.journal if route(entry) == "task" and entry.status == 200)
            return len(polls) == clones and min(polls.values()) >= POLLS_BEFORE_THE_PAUSE
        there = len(em.fired_faults()) == (clones if self.each else 1)
        return there and (not self.opened or len(em.open_sessions()) == 1)


STAGES = [
    # The one session that nobody can close is the one that EM opens and never tells of, so this logon is not carried
    # out. The next one is: the client knows its session from the headers, although the body does not end in time.
    Stage("logon", {**LOGON}, opened=False, options={"timeout": 5}),
    Stage("answer-to-logon", {**LOGON, "fault": "drip", "part": "body", "interval": 0.05}, options={"timeout": 5}),
    Stage("source-query", {**JOBS}),
    Stage("repository-query", {**REPOSITORIES}),
    Stage("clone-sent", {**CLONE, "process": True}, each=True),
    Stage("clone-lost", {**CLONE, "process": False}, each=True),
    Stage("poll", {**POLL}, each=True),
    Stage("between-polls", None, options={"poll_interval": 5}, steps="running:%d" % (POLLS_BEFORE_THE_PAUSE + 1)),
    Stage("read-back", {**JOBS, "on": 2}),
    # A logout has a quarter of `timeout` for its first attempt.
    Stage("logout", {**LOGOUT}, options={"timeout": 12}),
]


@dataclass(frozen=True)
class Waiting(Stage):
    """In the pause between two looks at something that is under way. looks: their word in the table of requests."""

    looks: str = "session"

    def reached(self, em: Emulator, clones: int) -> bool:
        seen = Counter(entry.path for entry in em.journal if route(entry) == self.looks and entry.status == 200)
        return max(seen.values(), default=0) >= POLLS_BEFORE_THE_PAUSE


@dataclass
class Stopped:
    """A run that is over, and all its processes with it.

    output: what Ansible printed, at -vvv. requests: all that it sent, as journal entries; later: those that came after
    it was struck.
    """

    returncode: int
    output: str
    requests: list[Any]
    later: list[Any]


class Run:
    """ansible-playbook with one task, in a session of its own, so that its process group is its own too.

    names: of the clones that the task makes. module, wanted: another module than veeam_job_clone, and what it is asked.
    """

    def __init__(
        self,
        em: Emulator,
        folder: Path,
        bytecode: Path,
        names: Sequence[str],
        in_process: bool,
        module: str = "veeam_job_clone",
        wanted: dict[str, Any] | None = None,
        **keywords: Any,
    ) -> None:
        self.em = em
        self.bytecode = bytecode
        self.names = list(names)
        self.module_name = module
        self.options: dict[str, Any] = {
            "hostname": em.host,
            "port": em.port,
            "username": USERNAME,
            "password": PASSWORD,
            "ca_path": str(em.ca_file),
            "timeout": 6,
            "wait_timeout": 20,
            "poll_interval": 0.1,
            **(wanted if wanted is not None else self._clones()),
        }
        self.in_process = in_process
        self.keywords = keywords
        self.folder = folder
        self.printed = folder / "output.txt"
        self.began = 0
        self.known: set[int] = set()
        self.process: subprocess.Popen[bytes] | None = None

    def _clones(self) -> dict[str, Any]:
        one = {"name": self.names[0]} if len(self.names) == 1 else {"clones": [{"name": name} for name in self.names]}
        return {"source_job": GOLD, "repository": DEFAULT_REPOSITORY, **one}

    # -- the life of it --------------------------------------------------------------------------------------------

    def start(self) -> None:
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [{f"{ansible_runs.COLLECTION}.{self.module_name}": self.options, **self.keywords}],
        }
        (self.folder / "play.yml").write_text(json.dumps([play]), "utf-8")
        env = ansible_runs.environment(self.em, self.folder, connection=False)
        del env["ANSIBLE_CALLBACKS_ENABLED"]
        # A start takes half the time where the bytecode of Ansible and its libraries is at hand.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        env["PYTHONPYCACHEPREFIX"] = str(self.bytecode)
        self.began = len(self.em.journal)
        with self.printed.open("wb") as output:
            self.process = subprocess.Popen(
                [ansible_runs.BIN / "ansible-playbook", "play.yml", "-vvv"]
                + ([] if self.in_process else ["-e", "veeam_in_process=false"]),
                cwd=self.folder,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def leaves_no_file(self) -> bool:
        """Whether Ansible never writes the options into a file, which it leaves where it is when it is stopped."""
        return self.in_process or bool(self.keywords.get("vars", {}).get("ansible_pipelining"))

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def has_ended(self) -> bool:
        """Whether the main process has."""
        return self.process is not None and self.process.poll() is not None

    def wait_for(self, what: str, condition: Callable[[], bool]) -> None:
        """Wait for something that the run does; it must not end before."""

        def is_there() -> bool:
            ended = self.has_ended
            # Not asked again: what was seen may be gone by then.
            there = condition()
            assert there or not ended, f"ended before {what}:\n{self.text()}"
            return there

        until(what, is_there, self.text)

    def tree(self) -> list[int]:
        """The process ids of all that belongs to the run, the main process first."""
        found = [self.pid, *descendants(self.pid)]
        self.known.update(found)
        return found

    def worker(self) -> int:
        """Ansible forks one for each task and host."""
        (found,) = (pid for pid, parent in parents().items() if parent == self.pid and is_alive(pid))
        return found

    def module(self) -> int | None:
        """The module's process; None where the worker does its work, or where it came through a pipe."""
        found = [pid for pid in descendants(self.pid) if re.search(rb"python[^\0]*\0[^\0]*AnsiballZ_", command(pid))]
        return found[-1] if found else None

    def finish(self, tree: Sequence[int], struck_at: int) -> Stopped:
        """Wait until none of these processes is left."""
        assert self.process is not None
        try:
            self.process.wait(BOUND)
        except subprocess.TimeoutExpired:
            pytest.fail("Ansible does not end:\n" + self.text())
        until("the processes end", lambda: not any(map(is_alive, tree)), self.text)
        journal = list(self.em.journal)
        return Stopped(
            self.process.returncode,
            self.text(),
            journal[self.began :],
            journal[struck_at:],
        )

    def kill(self) -> None:
        """Leave nothing behind, whatever became of the test."""
        if self.process is None:
            return
        left = self.known if self.has_ended else {*self.known, *self.tree()}
        for pid in filter(is_alive, left):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def text(self) -> str:
        """What it has printed so far."""
        return self.printed.read_text("utf-8", "replace")


@dataclass(frozen=True)
class Strike:
    """How a run is stopped. target: group, main, everything, module or, for Ansible's `timeout:`, alarm."""

    number: signal.Signals
    target: str

    def __str__(self) -> str:
        return "timeout" if self.is_timeout else f"{self.number.name}-to-{self.target}"

    @property
    def is_timeout(self) -> bool:
        return self.number == signal.SIGALRM

    @property
    def keywords(self) -> dict[str, Any]:
        return {"timeout": NEVER} if self.is_timeout else {}

    def at(self, run: Run) -> None:
        if self.is_timeout:
            # The keyword has set an alarm in the worker. Here it rings when the run has come where it should be.
            os.kill(run.worker(), self.number)
        elif self.target == "group":
            # A terminal does that, and whoever cancels politely.
            os.killpg(run.pid, self.number)
        elif self.target == "main":
            os.kill(run.pid, self.number)
        elif self.target == "module":
            module = run.module()
            assert module is not None
            os.kill(module, self.number)
        else:
            # The manager of services or of containers does that.
            for pid in run.tree():
                if is_alive(pid):
                    os.kill(pid, self.number)


def strike_at(run: Run, stage: Stage, strike: Strike) -> tuple[list[int], int]:
    """Start the run and stop it at that stage. Its processes, and the number of requests by then."""
    clones = len(run.names) or 1
    run.options.update(stage.options)
    run.keywords.update(strike.keywords)
    stage.prepare(run.em, clones)
    run.start()
    run.wait_for("it reaches the stage " + stage.name, lambda: stage.reached(run.em, clones))
    tree = run.tree()
    assert (run.module() is None) == run.leaves_no_file, [command(pid) for pid in tree]
    seen = len(run.em.journal)
    strike.at(run)
    return tree, seen


def stop(run: Run, stage: Stage, strike: Strike) -> Stopped:
    """Start the run, stop it at that stage and wait for the end of all its processes."""
    return run.finish(*strike_at(run, stage, strike))


# -- what must hold ------------------------------------------------------------------------------------------------


def secrets(em: Emulator) -> list[str]:
    """The password as it is and as it travels, and whatever names a session of this emulator."""
    pair = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    with em.world.lock:
        sessions = list(em.world.sessions._by_id.values())
    return [PASSWORD, pair, *(session.token for session in sessions), *(session.id for session in sessions)]


def clones_sent(journal: Sequence[Any], names: Sequence[str]) -> Counter[str]:
    """How many clone requests ask for a job of each name."""
    sent: Counter[str] = Counter()
    for entry in journal:
        if route(entry) == "clone":
            sent.update(name for name in names if f">{name}<" in entry.body)
    assert sum(sent.values()) == sum(route(entry) == "clone" for entry in journal)
    return sent


def check_promises(run: Run, done: Stopped) -> None:
    """No session left, nothing sent twice, nothing told."""
    routes = [route(entry) for entry in done.requests]
    assert run.em.open_sessions() == [], routes
    sent = clones_sent(done.requests, run.names)
    assert max(sent.values(), default=0) <= 1, sent
    for name in run.names:
        assert len(run.em.jobs(name=name)) <= sent[name]
    # it is the output of this run, and was not empty when it was searched
    assert "TASK [" in done.output
    told = secrets(run.em)
    for secret in told:
        assert secret not in done.output, done.output
    if run.leaves_no_file:
        found = [path for path in run.folder.rglob("*") if path.is_file() and path.name != "play.yml"]
        assert run.printed in found
        for path in found:
            assert not [secret for secret in told if secret.encode() in path.read_bytes()], path


def check_convergence(run: Run) -> None:
    """The same task again, with no fault and left alone, ends with exactly one job of each name."""
    run.em.clear_faults()
    seen = len(run.em.journal)
    run_again(run, wait_timeout=60)
    assert max(clones_sent(run.em.journal[seen:], run.names).values(), default=0) <= 1
    check_one_of_each(run)


def run_again(run: Run, **options: Any) -> dict[str, Any]:
    """The result of the same task, in this process; it succeeds."""
    module = import_module("ansible_collections.backupops.veeam.plugins.modules." + run.module_name).MODULE
    given = {**run.options, "use_proxy": False, "timeout": 30, "poll_interval": 0.1, **options}
    checked = ArgumentSpecValidator(**module.spec.arguments()).validate(given)
    assert not checked.error_messages, checked.error_messages
    result = _play.play(module, checked.validated_parameters, check_mode=False, diff=False, warn=list[str]().append)
    assert not result.get("failed"), result
    return result


def check_nothing_more(stage: Stage, done: Stopped) -> None:
    """All that it sent after it was struck is the logout."""
    later = [route(entry) for entry in done.later]
    if isinstance(stage, Waiting):
        # The pause may have ended just then.
        later = [word for word in later if word != stage.looks]
    assert later == ["logout"], later


def check_one_of_each(run: Run) -> None:
    made = {name: [job.server for job in run.em.jobs(name=name)] for name in run.names}
    assert made == {name: [VBR01] for name in run.names}
    assert run.em.open_sessions() == []


# -- processes -----------------------------------------------------------------------------------------------------


def until(what: str, condition: Callable[[], bool], told: Callable[[], str]) -> None:
    """Wait for a condition, and fail if it does not come true."""
    end = time.monotonic() + BOUND
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"waited in vain until {what}:\n{told()}")
        # leaves the processor to the run; nothing depends on its length
        time.sleep(0.01)


def parents() -> dict[int, int]:
    """Process id to that of its parent, of all processes."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            status = stat_of(int(name))
            if status:
                found[int(name)] = int(status[1])
    return found


def stat_of(pid: int) -> list[str]:
    """State, parent and so on; empty where there is no such process."""
    try:
        # the name before it may have blanks and brackets
        return Path("/proc/%d/stat" % pid).read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return []


def is_alive(pid: int) -> bool:
    # One that has ended and waits for whoever adopted it to take notice has ended.
    return stat_of(pid)[:1] not in ([], ["Z"], ["X"])


def descendants(pid: int) -> list[int]:
    """All below that process, parents before their children."""
    children: dict[int, list[int]] = {}
    for child, parent in parents().items():
        children.setdefault(parent, []).append(child)
    found = list(children.get(pid, ()))
    for each in found:
        found.extend(children.get(each, ()))
    return found


def command(pid: int) -> bytes:
    try:
        return Path("/proc/%d/cmdline" % pid).read_bytes()
    except OSError:
        return b""
