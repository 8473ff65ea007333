# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run was told of a request that it sent."""

from __future__ import annotations

import re

from .history import One, Sent

FAILED_TASK = re.compile(rb'[sS]uccess"?\s*[=:]\s*"?false')
TASK = re.compile(rb"task-\d+")


def was_refused(one: One, sent: Sent) -> bool:
    """Whether the run was told that the server did not do it."""
    if sent.response is None or 400 <= sent.response.status < 500:
        return sent.response is not None or getattr(sent.error, "kind", "") == "not_sent"
    task = TASK.search(sent.response.body)
    return task is not None and any(
        look.request.path.endswith(f"/tasks/{task.group().decode()}")
        and look.entry.session == sent.entry.session
        and FAILED_TASK.search(look.response.body)
        for look in one.sent
        if look.response is not None and look.response.status == 200 and not look.entry.fault
    )
