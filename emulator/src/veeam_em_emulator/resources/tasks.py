# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How tasks are shown."""

from __future__ import annotations

from typing import Any

from ..wire.links import Link
from ..work.tasks import Task


def task(item: Task) -> dict[str, Any]:
    """em_rest tasks_id."""
    path = f"/tasks/{item.id}"
    return {
        "Type": "Task",
        "Href": path,
        "Links": (Link("Delete", path, type="Task", json_type=False), *item.links()),
        "TaskId": item.id,
        "State": item.state,
        "Operation": item.operation,
        "Result": item.result(),
    }
