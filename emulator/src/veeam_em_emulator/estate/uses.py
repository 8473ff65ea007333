# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What uses credentials and encryption passwords."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .state import State


def _texts(values: Mapping[str, Any]) -> Iterator[str]:
    for value in values.values():
        if isinstance(value, Mapping):
            yield from _texts(value)
        elif isinstance(value, str):
            yield value.lower()


def credentials_in_use(state: State, identity: str) -> bool:
    """By a file server, or by guest processing of a job or of a machine in one."""
    if any(server.credentials_id == identity for server in state.file_servers.values()):
        return True
    return any(
        identity in _texts(guest)
        for job in state.jobs.values()
        for guest in (job.guest, *(item.guest for item in job.objects))
        if guest
    )


def password_in_use(state: State, identity: str) -> bool:
    """By the storage options of a job."""
    return any(str(job.storage.get("PasswordKeyId")).lower() == identity for job in state.jobs.values())
