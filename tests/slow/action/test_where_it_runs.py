# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision: in the worker, or as a module."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.plugins.action.normal import ActionModule as ModuleAction
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import MissingLibrary
from ansible_collections.backupops.veeam.plugins.modules.veeam_job_clone import MODULE
from ansible_collections.backupops.veeam.plugins.plugin_utils import _action as subject

from .build import ActionModule, make_action

OWN = sys.executable


def reason(**given: Any) -> str | None:
    action, variables = make_action(**given)
    return action._reason_for_module(variables)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"variables": {"ansible_python_interpreter": "auto"}},
        {"variables": {"ansible_python_interpreter": "auto_silent"}},
        {"variables": {"ansible_python_interpreter": ""}},
        {"variables": {"ansible_python_interpreter": OWN}},
        {"variables": {"ansible_python_interpreter": f" {OWN} "}},
        {"variables": {"ansible_python_interpreter": os.path.join(os.path.dirname(OWN), ".", os.path.basename(OWN))}},
        {"variables": {"veeam_in_process": True}},
        {"variables": {"veeam_in_process": "yes"}},
        {"task": {"environment": [{}, None]}},
        {
            "task": {"delegate_to": "localhost"},
            "variables": {
                "ansible_python_interpreter": "/usr/bin/other",
                "ansible_delegated_vars": {"localhost": {"ansible_python_interpreter": OWN}},
            },
        },
        {"task": {"check_mode": True, "diff": True, "no_log": True}},
    ],
)
def test_in_the_worker(given: dict[str, Any]) -> None:
    assert reason(**given) is None


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"variables": {"veeam_in_process": False}}, "veeam_in_process is false"),
        ({"variables": {"veeam_in_process": "no"}}, "veeam_in_process is false"),
        ({"variables": {"veeam_in_process": "perhaps"}}, "veeam_in_process is false"),
        ({"connection": "ssh"}, "the target is another machine"),
        ({"become": object()}, "become is set"),
        ({"task": {"async_val": 60}}, "async is set"),
        ({"task": {"environment": [{"https_proxy": "http://proxy.example.test"}]}}, "environment is set"),
        ({"variables": {"ansible_python_interpreter": "/usr/bin/other"}}, "its interpreter is /usr/bin/other"),
        (
            {"variables": {"ansible_python_interpreter": "/usr/bin/env " + OWN}},
            f"its interpreter is /usr/bin/env {OWN}",
        ),
        (
            {
                "task": {"delegate_to": "localhost"},
                "variables": {
                    "ansible_python_interpreter": OWN,
                    "ansible_delegated_vars": {"localhost": {"ansible_python_interpreter": "/usr/bin/other"}},
                },
            },
            "its interpreter is /usr/bin/other",
        ),
    ],
)
def test_as_a_module(given: dict[str, Any], why: str) -> None:
    assert reason(**given) == why


def test_as_a_module_where_a_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def require() -> None:
        raise MissingLibrary("lxml", "")

    monkeypatch.setattr(subject, "require_libraries", require)
    assert reason() == "a Python library is missing here"


def test_as_a_module_where_the_interpreter_is_a_template_that_fails() -> None:
    try:
        from ansible.template import trust_as_template
    except ImportError:
        # before ansible-core 2.19 every text was one
        trust_as_template = str
    action, variables = make_action(variables={"ansible_python_interpreter": trust_as_template("{{ nowhere }}")})
    assert action._reason_for_module(variables) == "the interpreter of the task is not known"


@pytest.mark.parametrize("forced", [True, False])
def test_run_follows_the_decision(monkeypatch: pytest.MonkeyPatch, forced: bool) -> None:
    calls = []
    monkeypatch.setattr(ModuleAction, "run", lambda self, tmp, task_vars: calls.append("module") or {"msg": "module"})
    monkeypatch.setattr(subject, "play", lambda *unused: calls.append("worker") or {"msg": "worker", "changed": False})
    options = {"hostname": "em01.example.test"}
    action, variables = make_action(options, variables={"veeam_in_process": not forced})
    expected = "module" if forced else "worker"
    assert action.run(None, variables)["msg"] == expected
    assert calls == [expected]


class Mixin:
    """What a strategy adds to every action."""

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        return {**super().run(tmp, task_vars), "mixed in": True}  # type: ignore[misc]


@pytest.mark.parametrize("bases", [(Mixin, ActionModule), (ActionModule,), (type("Own", (ActionModule,), {}),)])
def test_strategies_may_derive_from_it(monkeypatch: pytest.MonkeyPatch, bases: tuple[type, ...]) -> None:
    """mitogen makes a class of its own for each task, named as the task is, in a module of its own."""
    monkeypatch.setattr(subject, "play", lambda module, *unused: {"msg": str(module is MODULE), "changed": False})
    kind: Any = type("backupops.veeam.veeam_job_clone", bases, {"__module__": "ansible_mitogen.strategy"})
    action, variables = make_action({"hostname": "em01.example.test"}, kind=kind)
    result = action.run(None, variables)
    assert result["msg"] == "True"
    assert result.get("mixed in", False) is (Mixin in bases)


def test_what_cannot_be_handed_over_is_left_to_ansible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ModuleAction, "run", lambda self, tmp, task_vars: {"msg": "module"})
    action, variables = make_action({"hostname": "em01.example.test", "name": object()})
    assert action.run(None, variables) == {"msg": "module"}


# -- the same interpreter ------------------------------------------------------------------------------------------


@pytest.fixture
def pythons(tmp_path: Path) -> dict[str, str]:
    """A system's Python under several names, and two virtual environments that link to it."""
    (tmp_path / "usr" / "bin").mkdir(parents=True)
    real = tmp_path / "usr" / "bin" / "python3.11"
    real.write_text("#!/bin/sh\n")
    real.chmod(0o755)
    (tmp_path / "usr" / "bin" / "python3").symlink_to("python3.11")
    (tmp_path / "bin").symlink_to("usr/bin")
    (tmp_path / "usr" / "local").mkdir()
    (tmp_path / "usr" / "local" / "python3").symlink_to(real)
    for name in ("one", "two"):
        folder = tmp_path / name / "bin"
        folder.mkdir(parents=True)
        (tmp_path / name / "pyvenv.cfg").write_text(f"home = {real.parent}\n")
        (folder / "python").symlink_to(real)
        (folder / "python3").symlink_to("python")
    (tmp_path / "link").symlink_to("one")
    other = tmp_path / "usr" / "bin" / "python3.12"
    other.write_text("#!/bin/sh\n")
    return {
        "system": str(real),
        "python3": str(tmp_path / "usr" / "bin" / "python3"),
        "merged": str(tmp_path / "bin" / "python3"),
        "local": str(tmp_path / "usr" / "local" / "python3"),
        "one": str(tmp_path / "one" / "bin" / "python"),
        "one again": str(tmp_path / "one" / "bin" / "python3"),
        "one by link": str(tmp_path / "link" / "bin" / "python"),
        "two": str(tmp_path / "two" / "bin" / "python"),
        "other": str(other),
        "missing": str(tmp_path / "no" / "python"),
    }


@pytest.mark.parametrize(
    ("wanted", "own", "same"),
    [
        ("system", "system", True),
        ("python3", "system", True),
        ("merged", "system", True),
        ("local", "system", True),
        ("one", "one", True),
        ("one again", "one", True),
        ("one by link", "one", True),
        ("system", "one", False),
        ("one", "system", False),
        ("two", "one", False),
        ("other", "system", False),
        ("missing", "system", False),
    ],
)
def test_same_interpreter(pythons: dict[str, str], wanted: str, own: str, same: bool) -> None:
    assert subject.is_same_interpreter(pythons[wanted], pythons[own]) is same


def test_interpreter_without_a_folder_is_looked_for_on_the_path(
    pythons: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.path.dirname(pythons["system"]))
    assert subject.is_same_interpreter("python3", pythons["system"])
    assert not subject.is_same_interpreter("python3", pythons["one"])
    assert not subject.is_same_interpreter("python9", pythons["system"])


def test_interpreter_in_the_home_folder(pythons: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", os.path.dirname(os.path.dirname(os.path.dirname(pythons["one"]))))
    assert subject.is_same_interpreter("~/one/bin/python", pythons["one"])
