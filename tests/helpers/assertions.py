# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every message and every result of a task has to be like."""

from __future__ import annotations

from typing import Any

from .ansible_runs import Step


def assert_clear(msg: str, needles: list[str]) -> None:
    """One line that ends as a sentence does, has what is needed and nothing of the program's inside."""
    assert "\n" not in msg
    assert msg[-1] in ".!?)", msg
    assert not any(word in msg for word in ("Traceback", "Error(", "<class", "None", "{'", "object at 0x")), msg
    for needle in needles:
        assert needle in msg, (needle, msg)


def assert_refused(step: Step, needles: list[str]) -> None:
    assert step.failed, step.result
    assert_clear(step.msg, needles)
    assert step.changed is False
    assert step.writes == []
    assert "ansible_facts" not in step.result


def own_keys(result: dict[str, Any]) -> set[str]:
    """The keys of the module; Ansible adds invocation and keys that begin with an underscore."""
    return {key for key in result if not key.startswith("_") and key not in ("invocation", "warnings", "deprecations")}
