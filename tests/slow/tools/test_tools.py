# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of this repository: what `make setup` promises, and what is said when something is missing."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent


def load(name: str) -> ModuleType:
    """A script of scripts/ as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def clean_environment(home: Path) -> dict[str, str]:
    """The environment of somebody who has set nothing for Ansible."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "VEEAM_EM_"))}
    return {**env, "HOME": str(home)}


def test_commands_find_the_collection_of_the_checkout_from_any_folder(tmp_path: Path) -> None:
    def run(*command: str) -> str:
        done = subprocess.run(
            [str(BIN / command[0]), *command[1:]],
            cwd=tmp_path,
            env=clean_environment(tmp_path),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    found = json.loads(run("ansible-doc", "--json", "backupops.veeam.veeam_job_clone"))
    filename = found["backupops.veeam.veeam_job_clone"]["doc"]["filename"]
    assert Path(filename).resolve() == ROOT / "plugins" / "modules" / "veeam_job_clone.py"
    arguments = '{"hostname": "em01.example.test", "username": "nobody", "password": "nothing", "clones": []}'
    assert "clones is empty" in run("ansible", "localhost", "-m", "backupops.veeam.veeam_job_clone", "-a", arguments)


def test_setup_tells_of_copies_that_ansible_would_find_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / ".ansible" / "collections" / "ansible_collections" / "backupops" / "veeam"
    for name, value in clean_environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    for name in [name for name in os.environ if name.startswith("ANSIBLE_")]:
        monkeypatch.delenv(name)
    setup = load("setup")
    assert setup.copies_in_front(str(BIN.parent)) == []
    copy.mkdir(parents=True)
    assert setup.copies_in_front(str(BIN.parent)) == [str(copy)]


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("#!/bin/sh\nexit 127\n", "does not run"),
        ("#!/bin/sh\necho 3 9\n", "is Python 3.9, too old"),
    ],
)
def test_setup_says_what_is_wrong_with_the_interpreter(tmp_path: Path, script: str, why: str) -> None:
    python = tmp_path / "python"
    python.write_text(script)
    python.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "scripts/setup.py", "--venv", str(tmp_path / "venv"), "--python", str(python)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    last, what_to_do = done.stderr.splitlines()[-2:]
    assert last.startswith("Setup failed: ") and why in last
    assert what_to_do.startswith("What to do: ")
    assert not (tmp_path / "venv").exists()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("error: Request failed\n  Caused by: dns error: failed to lookup address\n", "dns error"),
        (
            "Retrying ... Temporary failure in name resolution\nERROR: No matching distribution",
            "Temporary failure in name resolution",
        ),
        (
            "Collecting x\nERROR: Could not build wheels for lxml\nnotice: a new pip",
            "ERROR: Could not build wheels for lxml",
        ),
        ("", "it printed nothing"),
    ],
)
def test_reason_why_an_installation_failed(said: str, reason: str) -> None:
    assert load("setup").last_line(said) == reason


def test_copy_holds_what_git_knows_or_would_add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout, copy = tmp_path / "checkout", tmp_path / "copy"
    checkout.mkdir()
    subprocess.run(["git", "init", "--quiet", str(checkout)], check=True)
    (checkout / ".gitignore").write_text("ignored\n")
    for name in ("committed", "removed", "untracked", "ignored"):
        (checkout / name).write_text(name)
    subprocess.run(["git", "add", "committed", "removed"], cwd=checkout, check=True)
    (checkout / "committed").write_text("changed since")
    collection = load("collection")
    monkeypatch.setattr(collection, "ROOT", checkout)
    monkeypatch.setattr(collection, "COPY", copy)

    collection.copy()
    (checkout / "removed").unlink()
    collection.copy()

    found = {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()}
    assert found == {".gitignore", "committed", "untracked"}
    assert (copy / "committed").read_text() == "changed since"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            'fatal: [localhost]: FAILED! => {"changed": false, "msg": "No job of the name \\"TPL Gold\\"."}',
            'No job of the name "TPL Gold".',
        ),
        ("\x1b[0;31m[ERROR]: couldn't resolve module\x1b[0m\n", "couldn't resolve module"),
        ("something else\n", "something else"),
    ],
)
def test_reason_why_the_demo_failed(said: str, reason: str) -> None:
    assert load("demo").reason(said) == reason
