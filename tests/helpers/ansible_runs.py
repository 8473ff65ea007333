# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real ansible-playbook against the real emulator: HTTPS, the certificate verified, the journal looked at.

One start of Ansible is dear, so a test puts many cases into one run: each `play.clone(...)` is a task, `play.run()`
runs them all, and then each step knows its result and its requests. The emulator runs in the test's own process and
can be changed between two tasks (`before=`).

VEEAM_TEST_PATH says which of the two ways the module takes, `in_process` (as in a user's playbook) or `module`.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from veeam_em_emulator import Emulator

from .cast import PASSWORD, USERNAME, VBR01
from .routes import WRITES, routes, sent

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
COLLECTION = "backupops.veeam"
MODULE = COLLECTION + ".veeam_job_clone"
IN_PROCESS = os.environ.get("VEEAM_TEST_PATH", "in_process") != "module"


@dataclass
class Step:
    """One task of a run: what it did and what it asked of the emulator."""

    name: str
    status: str = "not run"
    result: dict[str, Any] = field(default_factory=dict)
    journal: list[Any] = field(default_factory=list)
    open_sessions: list[str] = field(default_factory=list)

    @property
    def routes(self) -> list[str]:
        return routes(self.journal)

    @property
    def writes(self) -> list[str]:
        """What the task sent that changes something, logon and logout aside."""
        return [word for word in self.routes if word in WRITES or " " in word]

    @property
    def clones_sent(self) -> list[Any]:
        return sent(self.journal, "clone")

    @property
    def failed(self) -> bool:
        return self.status == "failed"

    @property
    def changed(self) -> bool:
        return self.result["changed"]

    @property
    def msg(self) -> str:
        return self.result["msg"]

    @property
    def warnings(self) -> list[str]:
        return [str(warning) for warning in self.result.get("warnings", ())]


@dataclass
class AnsibleRun:
    """A finished run of an Ansible command. output: everything it printed; steps: its tasks, in order."""

    returncode: int
    output: str
    steps: list[Step]

    def named(self, name: str) -> Step:
        """The one task whose name ends so (Ansible puts the role before it)."""
        found = [step for step in self.steps if step.name.endswith(name)]
        assert len(found) == 1, (name, [step.name for step in self.steps])
        return found[0]


def environment(em: Emulator | None, folder: Path, connection: bool = True) -> dict[str, str]:
    """The test's own environment without the user's settings; with the connection to the emulator, if wanted."""
    hidden = ("ansible_", "veeam_", "http_proxy", "https_proxy", "all_proxy", "no_proxy")
    env = {name: value for name, value in os.environ.items() if not name.lower().startswith(hidden)}
    # A start takes half the time where the bytecode of the collection is at hand.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    # Ansible refuses /dev/null as a configuration file, an empty one hides that of the user
    (folder / "ansible.cfg").touch()
    env.update(
        ANSIBLE_CONFIG=str(folder / "ansible.cfg"),
        ANSIBLE_HOME=str(folder / "ansible-home"),
        ANSIBLE_REMOTE_TMP=str(folder / "remote-tmp"),
        ANSIBLE_NOCOLOR="1",
        ANSIBLE_NOCOWS="1",
        ANSIBLE_INVENTORY_UNPARSED_WARNING="False",
        ANSIBLE_LOCALHOST_WARNING="False",
        ANSIBLE_CALLBACK_PLUGINS=str(Path(__file__).parent / "callback"),
        ANSIBLE_CALLBACKS_ENABLED="veeam_steps",
        ANSIBLE_LOAD_CALLBACK_PLUGINS="1",
        # The options as Ansible understood them are a part of results; from 2.21 on only where that is asked for.
        ANSIBLE_INJECT_INVOCATION="True",
    )
    if em is not None and connection:
        env.update(
            VEEAM_EM_HOSTNAME=em.host,
            VEEAM_EM_PORT=str(em.port),
            VEEAM_EM_USERNAME=USERNAME,
            VEEAM_EM_PASSWORD=PASSWORD,
            VEEAM_EM_CA_PATH=str(em.ca_file),
        )
    return env


def run_ansible(
    command: Sequence[str],
    folder: Path,
    em: Emulator | None,
    env: dict[str, str],
    before: dict[str, Callable[[], object]] | None = None,
) -> AnsibleRun:
    """Run a command of Ansible, whose callback plugin tells of each task. before: called at the start of that task."""
    steps: list[Step] = []
    ours, theirs = socket.socketpair()
    printed = folder / "output.txt"
    with printed.open("wb") as output:
        process = subprocess.Popen(
            [str(BIN / command[0]), *command[1:], *([] if IN_PROCESS else ["-e", "veeam_in_process=false"])],
            cwd=folder,
            env={**env, "VEEAM_TEST_SOCKET": str(theirs.fileno())},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    theirs.close()
    try:
        with ours, ours.makefile("rb") as messages:
            seen = len(em.journal) if em else 0
            for line in messages:
                message = json.loads(line)
                if message["event"] == "start":
                    if before and message["name"] in before:
                        before[message["name"]]()
                    seen = len(em.journal) if em else 0
                    steps.append(Step(message["name"]))
                else:
                    step = steps[-1]
                    step.status, step.result = message["status"], message["result"]
                    if em:
                        step.journal = list(em.journal)[seen:]
                        step.open_sessions = list(em.open_sessions())
                ours.sendall(b"+")
        process.wait()
    except BaseException:
        # A run that hangs is ended by the limit of every test.
        print(printed.read_text("utf-8", "replace"))
        raise
    finally:
        process.kill()
        process.wait()
    return AnsibleRun(process.returncode, printed.read_text("utf-8", "replace"), steps)


class Play:
    """A playbook of one play on localhost that is written as the test goes, and run once.

    The connection is in the environment, the pauses of the wait are short; both can be set otherwise.
    """

    def __init__(self, em: Emulator, folder: Path) -> None:
        self.em = em
        self.folder = folder
        self.env = environment(em, folder)
        self.defaults: dict[str, Any] = {"poll_interval": 0.02, "wait_timeout": 60}
        self.keywords: dict[str, Any] = {}
        self.arguments: list[str] = []
        self.steps: list[Step] = []
        self.may_stay_open: Callable[[str], bool] = lambda session: False
        self._tasks: list[dict[str, Any]] = []
        self._before: dict[str, Callable[[], object]] = {}

    def task(self, task: dict[str, Any], before: Callable[[], object] | None = None) -> Step:
        """Add any task."""
        name = "step %d" % (len(self._tasks) + 1)
        self._tasks.append({"ignore_errors": True, **task, "name": name})
        if before is not None:
            self._before[name] = before
        self.steps.append(Step(name))
        return self.steps[-1]

    def call(
        self,
        module: str,
        before: Callable[[], object] | None = None,
        task: dict[str, Any] | None = None,
        **options: Any,
    ) -> Step:
        """Add a task with this module of the collection. task: keywords of the task beside it.

        Options that are None are left out.
        """
        given = {option: value for option, value in options.items() if value is not None}
        return self.task({f"{COLLECTION}.{module}": given, **(task or {})}, before)

    def clone(
        self, before: Callable[[], object] | None = None, task: dict[str, Any] | None = None, **options: Any
    ) -> Step:
        """Add a task with veeam_job_clone."""
        return self.call("veeam_job_clone", before, task, **options)

    def run(self) -> AnsibleRun:
        """Run what was added and fill in the steps. No session may be open after any of them."""
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "module_defaults": {"group/backupops.veeam.veeam": self.defaults},
            **self.keywords,
            "tasks": self._tasks,
        }
        path = self.folder / "play.yml"
        path.write_text(json.dumps([play], indent=1), "utf-8")
        run = run_ansible(
            ["ansible-playbook", str(path), *self.arguments], self.folder, self.em, self.env, self._before
        )
        by_name = {step.name: step for step in run.steps}
        for step in self.steps:
            assert step.name in by_name, run.output
            vars(step).update(vars(by_name[step.name]))
            left = [session for session in step.open_sessions if not self.may_stay_open(session)]
            assert not left, f"{step.name} left a session open, requests: {step.routes}"
        return run


class Emulators:
    """The emulators of a test process, one for each way they are asked for; the test finds them as if just started."""

    def __init__(self) -> None:
        self._running: dict[str, Emulator] = {}
        self.used: list[Emulator] = []

    def get(self, **options: Any) -> Emulator:
        """An emulator that finishes its tasks at the first poll, unless asked otherwise."""
        options = {"task_steps": "", **options}
        key = json.dumps(options, sort_keys=True, default=str)
        if key not in self._running:
            self._running[key] = Emulator(**options).__enter__()
        em = self._running[key]
        if em not in self.used:
            em.reset()
            self.used.append(em)
        return em

    def close(self) -> None:
        for em in self._running.values():
            em.__exit__(None, None, None)


def job_of(em: Emulator, name: str, server: str = VBR01) -> Any:
    """The one job of that name that is really on that backup server."""
    found = em.jobs(name=name, server=server)
    assert len(found) == 1, f"{len(found)} jobs {name!r} on {server}"
    return found[0]


def job_href(em: Emulator, job: Any) -> str:
    """On the host and port that the task was given, whatever the emulator calls itself."""
    return "https://%s:%d/api/jobs/%s" % (em.host, em.port, job.id)


def open_session(em: Emulator) -> tuple[str, str]:
    """Log on as a user does who shares one session between tasks. Returns token and SessionId."""
    credentials = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    request = urllib.request.Request(
        f"https://{em.host}:{em.port}/api/sessionMngr/?v=latest",
        method="POST",
        headers={"Authorization": "Basic " + credentials, "Content-Length": "0"},
    )
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(em.ca_file))),
    )
    with opener.open(request) as answer:
        token = answer.headers["X-RestSvcSessionId"]
    (session,) = em.open_sessions()
    return token, session
