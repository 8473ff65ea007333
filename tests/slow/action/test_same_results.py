# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nobody can tell which path ran: the same tasks on both, results, requests and printed lines compared."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from helpers.ansible_runs import MODULE, AnsibleRun, Play, Step, run_ansible
from helpers.cast import DEFAULT_REPOSITORY, GOLD, GOLD_ID, PASSWORD, USERNAME, VBR01_ID
from veeam_em_emulator import Emulator

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VOLATILE = (
    (re.compile(r'("elapsed": )[0-9.]+'), r"\1SECONDS"),
    (re.compile(r"within [0-9.]+ seconds|after [0-9.]+ seconds"), "in SECONDS"),
    # which clone of a batch is accepted first
    (re.compile(r"\btask-[0-9]+"), "task-N"),
)


def neutral(text: str) -> str:
    """The text with ids numbered in their order and without what differs from run to run."""
    for pattern, replacement in _VOLATILE:
        text = pattern.sub(replacement, text)
    ids: dict[str, str] = {GOLD_ID: GOLD_ID, VBR01_ID: VBR01_ID}
    return _GUID.sub(lambda found: ids.setdefault(found.group(), f"ID-{len(ids)}"), text)


def requests(step: Step) -> list[str]:
    """What was sent. How often a task is looked at depends on the clock, and so does the order in a batch."""
    waited = {"task", "jobs"}
    return sorted(route for route in step.routes if route not in waited) + sorted(waited & set(step.routes))


class BothPaths:
    """The same playbook in the worker and as a module, each on an emulator that was just reset."""

    def __init__(self, em: Emulator, folder: Path) -> None:
        self.em = em
        self.folder = folder
        self.steps: dict[str, tuple[Step, Step]] = {}
        self.runs: list[AnsibleRun] = []

    def run(self, write: Callable[[Play], None], *arguments: str, **environment: str) -> None:
        plays = []
        for path in ("in_process", "module"):
            self.em.reset()
            folder = self.folder / path
            folder.mkdir()
            play = Play(self.em, folder)
            play.env.update(environment)
            if path == "in_process":
                # Nowhere to put a module: a task that takes the other path fails.
                play.env["ANSIBLE_REMOTE_TMP"] = "/dev/null/no-module-here"
            else:
                play.env.update(ANSIBLE_REMOTE_TMP=str(folder / "modules"), ANSIBLE_KEEP_REMOTE_FILES="1")
            play.arguments = ["-e", f"veeam_in_process={'true' if path == 'in_process' else 'false'}", *arguments]
            write(play)
            self.runs.append(play.run())
            plays.append(play)
        modules = list((self.folder / "module" / "modules").rglob("AnsiballZ_veeam_job_clone.py"))
        clones = [step for step in plays[0].steps if step.name not in plays[0].others]  # type: ignore[attr-defined]
        assert len(modules) == len(clones), "the second run was to use the module in every task"
        for step, twin in zip(plays[0].steps, plays[1].steps, strict=True):
            self.steps[step.name] = (step, twin)

    def compare(self) -> None:
        for name, (step, twin) in self.steps.items():
            assert step.status == twin.status, (name, step.result, twin.result)
            assert requests(step) == requests(twin), name
            mine, other = (self._neutral(json.dumps(item.result, indent=1, sort_keys=True)) for item in (step, twin))
            assert mine == other, name
        assert self._neutral(self.runs[0].output) == self._neutral(self.runs[1].output)

    def _neutral(self, text: str) -> str:
        return neutral(re.sub(re.escape(str(self.folder)) + "/(in_process|module)", "FOLDER", text))


@pytest.fixture
def both(em: Emulator, tmp_path: Path) -> Iterator[BothPaths]:
    paths = BothPaths(em, tmp_path)
    yield paths
    assert paths.runs, "nothing was compared"


def others(play: Play, *names: str) -> None:
    """Names of tasks that do not run the module at all."""
    play.others = set(names)  # type: ignore[attr-defined]


WEB = {"source_job": GOLD, "name": "web", "repository": DEFAULT_REPOSITORY}


def test_clones(both: BothPaths) -> None:
    def write(play: Play) -> None:
        others(play)
        play.clone(**WEB, task={"check_mode": True, "diff": True})
        play.clone(**WEB, description="Web", task={"diff": True})
        play.clone(**WEB, task={"diff": True})
        play.clone(**WEB, task={"check_mode": True})
        play.clone(**{**WEB, "name": "unwaited"}, wait=False)
        play.clone(
            clones=[{"name": "a"}, {"name": "b", "description": ""}], source_job=GOLD, repository=DEFAULT_REPOSITORY
        )
        play.clone(
            clones=[
                {"name": "a"},
                {"name": "c"},
                {"name": "d", "source_job": "TPL Golf"},
                {"name": "e", "vm_suffix": "x"},
            ],
            source_job=GOLD,
            repository=DEFAULT_REPOSITORY,
            task={"diff": True},
        )
        play.clone(clones=[])
        play.clone(**{**WEB, "name": "secret"}, task={"no_log": True})
        play.clone(**{**WEB, "name": "{{ item }}"}, task={"loop": ["web", "l1", "l1"], "register": "looped"})
        play.clone(
            job=GOLD, job_name="aliases", job_file_name="f", repository=DEFAULT_REPOSITORY, task={"changed_when": False}
        )
        play.clone(source_job="TPL Silver", job=GOLD, name="both", repository=DEFAULT_REPOSITORY)
        play.clone(**{**WEB, "name": 17}, wait_timeout="20", max_parallel="2", wait="yes")
        play.clone(**{**WEB, "name": "delegated"}, task={"delegate_to": "localhost"})
        play.clone(
            **{**WEB, "name": "retried"},
            before=lambda: play.em.add_fault(fault="status", code=503, method="GET", path="/api/query.*"),
        )
        play.clone(**{**WEB, "name": "kept " + PASSWORD})

    both.run(write)
    both.compare()
    failed = [step for step, _twin in both.steps.values() if step.failed]
    assert len(failed) == 1, [step.msg for step in failed]
    by_options = list(both.steps.values())
    assert by_options[0][0].result["diff"]["before"] is None
    assert "Both option source_job and its alias job are set." in by_options[11][0].warnings
    assert by_options[14][0].result["retries"] == 1
    assert PASSWORD not in json.dumps(by_options[15][0].result)
    if "invocation" in by_options[1][0].result:
        assert by_options[1][0].result["invocation"]["module_args"]["poll_interval"] == 0.02


def test_failures(both: BothPaths) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = closed.getsockname()[1]

        def write(play: Play) -> None:
            others(play)
            play.clone(**WEB, unknown_option=1)
            play.clone(**WEB, clones=[{"name": "a", "nmae": "b"}])
            play.clone(**WEB, port="many")
            play.clone(**WEB, media_type="yaml")
            play.clone(**WEB, wait="perhaps", timeout="soon")
            play.clone(clones="one, two")
            play.clone(clones=[{"name": ["list"]}])
            play.clone(**{**WEB, "name": "x" * 51})
            play.clone(clones=[{"name": "twice"}, {"name": "twice"}], source_job=GOLD, repository=DEFAULT_REPOSITORY)
            play.clone(source_job=GOLD)
            play.clone(**WEB, password="wrong password")
            play.clone(**WEB, username="portal-user")
            play.clone(**WEB, username=PASSWORD, password=PASSWORD)
            play.clone(**WEB, hostname="no-such-host.invalid")
            play.clone(**WEB, port=nobody)
            play.clone(**WEB, ca_path="no/such/file.pem")
            play.clone(**WEB, ca_path=str(Path(__file__)))
            play.clone(**{**WEB, "source_job": "TPL Silver"})
            play.clone(**{**WEB, "repository": "Default"})
            play.clone(**{**WEB, "source_job": "TPL Replica"})
            play.clone(**WEB, task={"no_log": True}, password="wrong")
            play.clone(**WEB, session_id="00000000-0000-0000-0000-000000000000")
            play.clone(
                **WEB, before=lambda: play.em.add_fault(fault="status", code=403, method="POST", path="/api/jobs.*")
            )
            play.clone(
                **{**WEB, "name": "late"},
                wait_timeout=6,
                poll_interval=5,
                before=lambda: play.em.add_fault(fault="never_finish", method="POST", path="/api/jobs.*", count=0),
            )

        both.run(write)
    both.compare()
    assert {step.status for step, _twin in both.steps.values()} == {"failed"}


def test_where_options_come_from(both: BothPaths) -> None:
    def write(play: Play) -> None:
        others(play)
        (play.folder / "here.pem").write_bytes(Path(play.em.ca_file).read_bytes())
        for variable in ("HOSTNAME", "PORT", "CA_PATH", "PASSWORD"):
            del play.env[f"VEEAM_EM_{variable}"]
        connection = {"hostname": play.em.host, "port": play.em.port, "password": PASSWORD}
        # relative to the playbook, though Ansible is started elsewhere
        play.defaults.update(connection, ca_path="here.pem")
        play.keywords["vars"] = {"the_name": "{{ 'tem' ~ 'plated' }}"}
        play.clone(**{**WEB, "name": "{{ the_name }}"})
        play.task({MODULE: "{{ options }}", "vars": {"options": {**connection, **WEB, "name": "splat"}}})
        play.task(
            {
                MODULE: {**WEB, "name": "nothing set", "hostname": "{{ omit }}"},
                "module_defaults": {"group/backupops.veeam.veeam": {}},
            }
        )
        play.task(
            {
                MODULE: {**WEB, "name": "own defaults"},
                "module_defaults": {MODULE: {**connection, "ca_path": "{{ playbook_dir }}/here.pem", "timeout": 5}},
            }
        )
        play.clone(**{**WEB, "name": "2026-01-01"}, description="{{ '2026-01-01' | to_datetime('%Y-%m-%d') }}")
        play.clone(**{**WEB, "name": "unsafe"}, description="{{ lookup('ansible.builtin.env', 'BRACES') }}")

    both.run(write, BRACES="{{ not_a_template }}")
    both.compare()
    steps = [step for step, _twin in both.steps.values()]
    assert [step.status for step in steps] == ["ok", "ok", "failed", "ok", "ok", "ok"]
    assert steps[2].msg == "hostname: is missing; give it, or set the environment variable VEEAM_EM_HOSTNAME."
    assert steps[5].result["job"]["description"] == "{{ not_a_template }}"


def test_verbose_output_is_the_same(both: BothPaths) -> None:
    def write(play: Play) -> None:
        others(play)
        play.clone(**WEB)
        play.clone(**WEB, task={"diff": True})
        play.clone(**WEB, password="wrong password")

    both.run(write, "-v", ANSIBLE_DISPLAY_ARGS_TO_STDOUT="1")
    for run in both.runs:
        assert PASSWORD not in run.output
        run.output = re.sub(r".*veeam_job_clone: 1 of 1 done.*\n", "", run.output)
    both.compare()


def test_interrupted_by_task_timeout(em: Emulator, tmp_path: Path) -> None:
    """Ansible's `timeout:` stops the wait; the session is closed (the fixture looks)."""
    play = Play(em, tmp_path)
    others(play)
    step = play.clone(
        **WEB,
        task={"timeout": 1},
        before=lambda: em.add_fault(fault="never_finish", method="POST", path="/api/jobs.*", count=0),
    )
    play.run()
    assert step.failed
    assert "veeam_job_clone" in step.msg or "timed out" in step.msg.lower() or "expected time frame" in step.msg
    assert step.routes[-1] == "logout"


def test_adhoc(em: Emulator, tmp_path: Path) -> None:
    results = []
    for path in ("true", "false"):
        em.reset()
        play = Play(em, tmp_path)
        arguments = ["-m", MODULE, "-a", json.dumps({**WEB, "poll_interval": 0.02})]
        run = run_ansible(
            ["ansible", "localhost", *arguments, "-e", "veeam_in_process=" + path], tmp_path, em, play.env
        )
        results.append((run.returncode, neutral(run.output)))
    assert results[0] == results[1]
    assert results[0][0] == 0
    assert USERNAME not in results[0][1]
