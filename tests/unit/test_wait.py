# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task's state means, and how the pauses between two looks grow."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em import waiting as _wait
from ansible_collections.backupops.veeam.plugins.module_utils._em.model import Task

VERDICTS = [
    # Only Finished is the end, and only Success decides; OperationFinished may fail, but it cannot succeed yet.
    ("Running", None, "pending"),
    ("Running", True, "pending"),
    ("Running", False, "pending"),
    ("OperationFinished", None, "pending"),
    ("OperationFinished", True, "pending"),
    ("OperationFinished", False, "failed"),
    ("Finished", True, "succeeded"),
    ("Finished", False, "failed"),
    ("Finished", None, "ended"),
    ("finished", True, "succeeded"),
    ("FINISHED", False, "failed"),
    ("operationfinished", False, "failed"),
    ("Stopped", None, "pending"),
    ("Stopped", True, "pending"),
    ("Stopped", False, "pending"),
    ("NotFinished", True, "pending"),
    ("FinishedSoon", True, "pending"),
]


@pytest.mark.parametrize(("state", "success", "expected"), VERDICTS)
def test_verdict(state: str, success: bool | None, expected: str) -> None:
    assert _wait.verdict(Task("task-1", state, "CloneJob", success)) == expected


@pytest.mark.parametrize(("state", "expected"), [("OperationFinished", True), ("Finished", False), ("Running", False)])
def test_operation_is_finished(state: str, expected: bool) -> None:
    assert _wait.operation_is_finished(Task("task-1", state)) is expected


def take(count: int, poll_interval: float) -> list[float]:
    return list(itertools.islice(_wait.pauses(poll_interval), count))


def test_pauses_are_short_at_first_and_grow_to_the_interval() -> None:
    pauses = take(20, 5)
    assert pauses[0] == 0.02
    assert pauses[-1] == 5
    assert pauses == sorted(pauses)
    assert sum(pauses[:6]) < 3, "a quick clone is seen quickly"


@pytest.mark.parametrize("poll_interval", [0.001, 0.05, 0.1, 0.15, 1, 60, 3600])
def test_no_pause_is_longer_than_the_interval(poll_interval: float) -> None:
    pauses = take(60, poll_interval)
    assert max(pauses) == poll_interval
    assert min(pauses) > 0


@pytest.mark.parametrize(("wait_timeout", "expected"), [(300, 5), (50, 5), (20, 2), (1, 0.1)])
def test_the_last_look_leaves_time_for_itself(wait_timeout: float, expected: float) -> None:
    assert _wait.last_look(wait_timeout) == pytest.approx(expected)
    assert _wait.last_look(wait_timeout) < wait_timeout
