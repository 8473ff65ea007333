# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress is seen, not too often, and never in the way of what others print."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import Progress
from ansible_collections.backupops.veeam.plugins.plugin_utils import _progress as subject
from helpers.ansible_runs import BIN, MODULE, Play
from helpers.cast import DEFAULT_REPOSITORY, GOLD
from veeam_em_emulator import Emulator

from .build import connection_options, make_action

LINE = "veeam_job_clone: "


class Screen:
    """Ansible's display, which only notes."""

    def __init__(self, verbosity: int) -> None:
        self.verbosity = verbosity
        self.lines: list[str] = []

    def display(self, text: str, stderr: bool = False) -> None:
        assert stderr, "standard output belongs to the callback"
        self.lines.append(text)

    def vvv(self, text: str) -> None:
        """Not shown."""


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Screen:
    made = Screen(getattr(request, "param", 0))
    monkeypatch.setattr(subject, "display", made)
    return made


def test_lines_come_now_and_then(screen: Screen) -> None:
    now = 100.0
    lines = subject.Lines("veeam_job_clone", lambda: now)
    for second in range(13):
        now = 100.0 + second
        lines.tell(Progress(second, 4, 1, 20), float(second))
    now = 113.0
    lines.tell(Progress(20, 0, 1, 20), 13.0)
    assert screen.lines == [
        LINE + "5 of 20 done, 4 running, 1 failed, 5 s",
        LINE + "10 of 20 done, 4 running, 1 failed, 10 s",
        LINE + "20 of 20 done, 0 running, 1 failed, 13 s",
    ]


@pytest.mark.parametrize(
    ("screen", "total", "shown"), [(0, 10, 0), (0, 11, 1), (1, 1, 1), (1, 10, 1)], indirect=["screen"]
)
def test_who_sees_them(screen: Screen, total: int, shown: int) -> None:
    subject.Lines("veeam_job_clone").tell(Progress(total, 0, 0, total), 1.0)
    assert len(screen.lines) == shown


def test_what_may_take_hours_is_seen_without_asking(screen: Screen) -> None:
    now = 100.0
    lines = subject.Lines("veeam_job_run", lambda: now)
    for second in range(0, 70, 2):
        now = 100.0 + second
        lines.tell(Progress(0, 1, 0, 1, "web: Working, %d%%" % second), float(second))
    now = 170.0
    lines.tell(Progress(1, 0, 0, 1), 70.0)
    assert screen.lines == [
        "veeam_job_run: 0 of 1 done, 1 running, 0 failed, 30 s; web: Working, 30%",
        "veeam_job_run: 0 of 1 done, 1 running, 0 failed, 60 s; web: Working, 60%",
    ]


def run(em: Emulator, task: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    action, variables = make_action(
        {**connection_options(em), "source_job": GOLD, "repository": DEFAULT_REPOSITORY, **options}, task
    )
    return action.run(None, variables)


def names(count: int) -> list[dict[str, str]]:
    return [{"name": "clone %02d" % number} for number in range(count)]


def test_end_of_a_large_batch(em: Emulator, screen: Screen) -> None:
    items = [*names(11), {"name": "bad", "repository": "none"}]
    assert run(em, clones=items)["failed"]
    assert [line.rpartition(",")[0] for line in screen.lines] == [LINE + "12 of 12 done, 0 running, 1 failed"]


def test_failures_on_the_way_are_counted(em: Emulator, screen: Screen) -> None:
    em.add_fault(fault="status", code=403, method="POST", path="/api/jobs.*", count=2)
    assert run(em, clones=names(11))["failed"]
    assert [line.rpartition(",")[0] for line in screen.lines] == [LINE + "11 of 11 done, 0 running, 2 failed"]


@pytest.mark.parametrize("screen", [1], indirect=True)
def test_one_clone_that_takes_its_time(em: Emulator, screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the task is an occasion for a line."""
    monkeypatch.setattr(subject, "_PROGRESS_INTERVAL", 0)
    em.add_fault(fault="never_finish", method="POST", path="/api/jobs.*")
    assert run(em, name="web", wait_timeout=3)["failed"]
    assert screen.lines[0].startswith(LINE + "0 of 1 done, 1 running, 0 failed")
    assert screen.lines[-1].startswith(LINE + "1 of 1 done, 0 running, 1 failed")


def test_nothing_to_wait_for(em: Emulator, screen: Screen) -> None:
    run(em, clones=names(11))
    screen.lines.clear()
    assert not run(em, clones=names(11))["changed"]
    assert screen.lines == []


@pytest.mark.parametrize("screen", [1], indirect=True)
@pytest.mark.parametrize("task", [{"no_log": True}])
def test_silence(em: Emulator, screen: Screen, task: dict[str, Any]) -> None:
    run(em, task, clones=names(11))
    assert screen.lines == []


JSON_CALLBACK = """
import json
from ansible.plugins.callback import CallbackBase
DOCUMENTATION = "name: whole\\ntype: stdout\\nshort_description: JSON\\ndescription: One JSON document, at the end."
class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME = 2.0, "stdout", "whole"
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.ended = []
    def v2_runner_on_ok(self, result):
        self.ended.append(sorted(result._result["job_hrefs"]))
    def v2_playbook_on_stats(self, stats):
        self._display.display(json.dumps(self.ended))
"""


def test_standard_output_stays_what_the_callback_makes_of_it(em: Emulator, tmp_path: Path) -> None:
    """As with ansible.posix.json, whose output is piped into jq."""
    play = Play(em, tmp_path)
    folder = tmp_path / "callbacks"
    folder.mkdir()
    (folder / "whole.py").write_text(JSON_CALLBACK)
    options = {"source_job": GOLD, "repository": DEFAULT_REPOSITORY, "clones": names(11), "poll_interval": 0.02}
    playbook = [{"hosts": "localhost", "gather_facts": False, "tasks": [{MODULE: options}]}]
    (tmp_path / "play.yml").write_text(json.dumps(playbook))
    play.env.update(ANSIBLE_CALLBACK_PLUGINS=str(folder), ANSIBLE_STDOUT_CALLBACK="whole")
    del play.env["ANSIBLE_CALLBACKS_ENABLED"]
    done = subprocess.run(
        [BIN / "ansible-playbook", "play.yml"], cwd=tmp_path, env=play.env, capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout) == [[item["name"] for item in names(11)]]
    assert done.stderr.count(LINE) == 1


def test_awx_sees_progress_as_an_event(em: Emulator, tmp_path: Path) -> None:
    """ansible-runner, which is what AWX runs, takes the lines up and finishes as without them."""
    runner = pytest.importorskip("ansible_runner")
    play = Play(em, tmp_path)
    options = {"source_job": GOLD, "repository": DEFAULT_REPOSITORY, "clones": names(11), "poll_interval": 0.02}
    playbook = [{"hosts": "localhost", "gather_facts": False, "tasks": [{MODULE: options, "register": "made"}]}]
    env = {name: value for name, value in play.env.items() if not name.startswith("ANSIBLE_CALLBACK")}
    env["PATH"] = f"{BIN}:{env['PATH']}"
    (tmp_path / "runner").mkdir()
    done = runner.run(private_data_dir=str(tmp_path / "runner"), playbook=playbook, envvars=env, quiet=True)
    events = list(done.events)
    assert done.status == "successful"
    assert [event for event in events if event["event"] == "verbose" and LINE in event["stdout"]]
    ended = [event for event in events if event["event"] == "runner_on_ok"]
    assert len(ended[0]["event_data"]["res"]["job_hrefs"]) == 11
