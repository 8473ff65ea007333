# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of this repository: what `make setup` promises, and what is said when something is missing."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
DECOY = """
DOCUMENTATION = '''
module: veeam_job_clone
short_description: Not the one of the checkout
description: [Not the one of the checkout.]
author: [nobody]
'''
from ansible.module_utils.basic import AnsibleModule
AnsibleModule({name: {} for name in ("hostname", "username", "password", "clones")}).exit_json(msg="decoy")
"""
PLAYBOOK = """
- hosts: localhost
  gather_facts: false
  tasks:
    - backupops.veeam.veeam_job_clone:
        hostname: em01.example.test
        username: nobody
        password: nothing
        clones: []
"""


def load(name: str) -> ModuleType:
    """A script of scripts/ as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def decoys(tmp_path: Path) -> dict[str, str]:
    """An environment in which other copies of the collection lie in every place where Ansible looks."""
    for place in ("home/.ansible/collections", "on_path", "in_config", "playbooks/collections"):
        folder = tmp_path / place / "ansible_collections" / "backupops" / "veeam" / "plugins" / "modules"
        folder.mkdir(parents=True)
        (folder / "veeam_job_clone.py").write_text(DECOY)
    (tmp_path / "playbooks" / "play.yml").write_text(PLAYBOOK)
    (tmp_path / "ansible.cfg").write_text(f"[defaults]\ncollections_path = {tmp_path / 'in_config'}\n")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "VEEAM_EM_"))}
    env.update(HOME=str(tmp_path / "home"), ANSIBLE_LOCALHOST_WARNING="False")
    return env


@pytest.mark.parametrize("on_path", [False, True])
def test_commands_take_the_collection_of_the_checkout(decoys: dict[str, str], tmp_path: Path, on_path: bool) -> None:
    if on_path:
        decoys["ANSIBLE_COLLECTIONS_PATH"] = str(tmp_path / "on_path")

    def run(*command: str) -> str:
        done = subprocess.run(
            [str(BIN / command[0]), *command[1:]], cwd=tmp_path, env=decoys, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "Not the one of the checkout" not in run("ansible-doc", "backupops.veeam.veeam_job_clone")
    assert '"msg": "decoy"' not in run("ansible-playbook", "-v", "playbooks/play.yml")
    arguments = '{"hostname": "em01.example.test", "username": "nobody", "password": "nothing", "clones": []}'
    assert '"msg": "decoy"' not in run("ansible", "localhost", "-m", "backupops.veeam.veeam_job_clone", "-a", arguments)


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
    (copy / "tests" / "output").mkdir(parents=True)
    (copy / "tests" / "output" / "kept").write_text("what ansible-test keeps between runs")
    (checkout / "removed").unlink()
    collection.copy()

    found = {
        path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file() and ".git" not in path.parts
    }
    assert found == {".gitignore", "committed", "untracked", "tests/output/kept"}
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
