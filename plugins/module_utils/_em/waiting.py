# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for a task: what its state means and how long to pause between two looks at it.

EM reference: get_tasks_id. Running and OperationFinished are not the end; Result/Success decides.
"""

from __future__ import annotations

import typing as t

from .model import Task

FIRST_PAUSE = 0.02
GROWTH = 2.0

PENDING, SUCCEEDED, FAILED, ENDED = "pending", "succeeded", "failed", "ended"


def verdict(task: Task) -> str:
    """What the task says of the clone.

    pending: not the end, whatever it says of success. ended: finished, but it does not say how.
    A state that is not documented counts as pending; the deadline bounds it.
    """
    state = task.state.lower()
    if task.success is False and state in ("finished", "operationfinished"):
        return FAILED
    if state == "finished":
        return SUCCEEDED if task.success else ENDED
    return PENDING


def operation_is_finished(task: Task) -> bool:
    """Done on the backup server, but EM has not yet read the new job into its own database."""
    return task.state.lower() == "operationfinished"


def pauses(poll_interval: float) -> t.Iterator[float]:
    """Pauses in seconds: short at first, growing to poll_interval."""
    pause = min(FIRST_PAUSE, poll_interval)
    while True:
        yield pause
        pause = min(pause * GROWTH, poll_interval)


def grace(poll_interval: float) -> float:
    """Seconds to go on looking where a good end is likely but not sure: twice the longest pause."""
    return 2 * poll_interval


def last_look(wait_timeout: float) -> float:
    """Seconds before the deadline at which the job itself is looked for, although its task has not ended."""
    return min(5.0, 0.1 * wait_timeout)
