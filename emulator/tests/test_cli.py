# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command: start, ready file, port 0, Ctrl-C, mistakes."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from veeam_em_emulator.cli import main, write_atomically

COMMAND = [sys.executable, "-m", "veeam_em_emulator"]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    arguments = [
        "--port", "0", "--ready-file", str(tmp_path / "ready.json"), "--ca-file", str(tmp_path / "ca.pem"),
        "--product", "12", "--jobs", "5", "--switch", "json_bom=true", "--hostname", "em.test",
        "--state", "minimal.yml",
        "--task-steps", "running:2", "--latency", "0.001", "--idle-timeout", "60",
    ]  # fmt: skip
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process
        if process.poll() is None:
            process.kill()


def ready(process: subprocess.Popen[str], folder: Path) -> dict[str, object]:
    """The two lines of output, then the ready file."""
    assert process.stdout is not None
    first, second = process.stdout.readline(), process.stdout.readline()
    path = folder / "ready.json"
    while not path.exists():
        assert process.poll() is None
        time.sleep(0.01)
    values: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    assert first == f"Listening on {values['url']}\n"
    assert second == f"CA certificate: {folder / 'ca.pem'}\n"
    return values


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_life(running: subprocess.Popen[str], tmp_path: Path, number: signal.Signals) -> None:
    values = ready(running, tmp_path)
    assert list(values) == ["host", "port", "url", "ca_file", "pid"]
    assert values["pid"] == running.pid
    assert values["url"] == f"https://127.0.0.1:{values['port']}/api/"
    context = ssl.create_default_context(cafile=str(values["ca_file"]))
    base = f"https://127.0.0.1:{values['port']}"
    with urllib.request.urlopen(f"{base}/api/", context=context) as answer:
        assert b"https://em.test:9398/api/logonSessions" in answer.read()
    with urllib.request.urlopen(f"{base}/_emulator/switches", context=context) as answer:
        assert json.load(answer)["json_bom"] is True
    with urllib.request.urlopen(f"{base}/_emulator/state", context=context) as answer:
        state = json.load(answer)
        assert (state["product"], len(state["jobs"])) == ("12", 9)
    os.kill(running.pid, number)
    out, error = running.communicate()
    assert (running.returncode, out, error) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--product", "14"], "invalid choice: '14'"),
        (["--state", "nowhere.yml"], "there is no state file 'nowhere.yml'"),
        (["--switch", "nonsense=1"], "there is no switch 'nonsense'"),
        (["--switch", "nonsense"], "name=value is expected"),
        (["--switch", "duplicate_name=maybe"], "switch duplicate_name: 'maybe' is not one of"),
        (["--switch", "task_retention=some"], "switch task_retention: 'some' is not a whole number"),
        (["--switch", "collect_interval=soon"], "switch collect_interval: 'soon' is not a number"),
        (["--task-steps", "walking:1"], "task step 'walking'"),
        (["--ca-file", "/nowhere/ca.pem"], "--ca-file /nowhere/ca.pem: cannot be written"),
        (["--ready-file", "/nowhere/ready"], "--ready-file /nowhere/ready: cannot be written"),
    ],
)
def test_mistakes(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--port", "0", *arguments])
    assert exit_.value.code == 2
    assert message in capsys.readouterr().err


def test_port_in_use(running: subprocess.Popen[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port = ready(running, tmp_path)["port"]
    assert main(["--port", str(port)]) == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in capsys.readouterr().err


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    for option in ("host", "port", "state", "product", "task-steps", "latency", "ca-file", "ready-file", "hostname",
                   "idle-timeout", "switch", "jobs", "log-level"):  # fmt: skip
        assert f"--{option}" in text


def test_a_file_is_seen_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(str(path), "one")
    write_atomically(str(path), "two")
    assert path.read_text(encoding="utf-8") == "two"
    assert [item.name for item in tmp_path.iterdir()] == ["file"]
