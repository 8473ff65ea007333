# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one table of what the client sends: each request in a word, how it is recognized, and which of them write."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

GUID = r"[0-9a-f-]{36}"


class Route(NamedTuple):
    """A request. path: a regular expression for `path?query`, whole. writes: whether it changes what is protected."""

    word: str
    method: str
    path: str
    writes: bool = False

    @property
    def pattern(self) -> str:
        """A regular expression that is searched in `METHOD path?query`."""
        return f"^{self.method} {self.path}"

    @property
    def fault(self) -> dict[str, str]:
        """How a fault of the emulator is told to hit this request."""
        return {"method": self.method, "path": f"^{self.path}$"}


ROUTES = (
    Route("logon", "POST", r"/api/sessionMngr/\?v=\w+"),
    Route("logout", "DELETE", r"/api/logonSessions/" + GUID),
    Route("jobs", "GET", r"/api/query\?type=Job&.*"),
    Route("repositories", "GET", r"/api/query\?type=Repository&.*"),
    Route("job", "GET", rf"/api/jobs/{GUID}(\?format=Entity)?"),
    Route("servers", "GET", r"/api/query\?type=BackupServer&.*"),
    Route("backups", "GET", r"/api/query\?type=Backup&.*"),
    Route("repository", "GET", rf"/api/repositories/{GUID}(\?format=Entity)?"),
    Route("server", "GET", rf"/api/backupServers/{GUID}\?format=Entity"),
    Route("clone", "POST", rf"/api/jobs/{GUID}\?action=clone", writes=True),
    Route("sessions", "GET", r"/api/query\?type=(Backup|Replica)JobSession&.*"),
    Route("session", "GET", rf"/api/(backup|replica)Sessions/{GUID}\?format=Entity"),
    Route("machines", "GET", rf"/api/(backup|replica)Sessions/{GUID}/(taskSessions|repicaTaskSessions)\?format=Entity"),
    Route("start", "POST", rf"/api/jobs/{GUID}\?action=start", writes=True),
    Route("stop", "POST", rf"/api/jobs/{GUID}\?action=stop", writes=True),
    Route("retry", "POST", rf"/api/jobs/{GUID}\?action=retry", writes=True),
    Route("sync", "POST", rf"/api/jobs/{GUID}\?action=sync", writes=True),
    Route("agent-jobs", "GET", r"/api/query\?type=AgentBackupJob&.*"),
    Route("share-jobs", "GET", r"/api/query\?type=NasJob&.*"),
    Route("agent-job", "GET", rf"/api/agents/jobs/{GUID}(\?format=Entity)?"),
    Route("share-job", "GET", rf"/api/nas/jobs/{GUID}(\?format=Entity)?"),
    Route("list-of-sessions", "GET", rf"/api/(agents|nas)/jobs/{GUID}/backupSessions\?format=Entity"),
    Route("start-agents", "POST", rf"/api/agents/jobs/{GUID}\?action=start", writes=True),
    Route("start-shares", "POST", rf"/api/nas/jobs/{GUID}/start", writes=True),
    Route("toggle-agents", "POST", rf"/api/agents/jobs/{GUID}\?action=toggleScheduleEnabled", writes=True),
    Route("toggle-shares", "POST", rf"/api/nas/jobs/{GUID}/toggleScheduleEnabled", writes=True),
    Route("collect", "POST", rf"/api/backupServers/{GUID}\?action=collect", writes=True),
    Route("collections", "GET", r"/api/systemSessions"),
    Route("collection", "GET", rf"/api/systemSessions/{GUID}\?format=Entity"),
    Route("events", "GET", rf"/api/systemSessions/{GUID}/events"),
    Route("task", "GET", r"/api/tasks/task-\d+"),
    Route("cancel", "DELETE", r"/api/tasks/task-\d+", writes=True),
)
BY_WORD = {route.word: route for route in ROUTES}
WRITES = {route.word for route in ROUTES if route.writes}


def route(entry: Any) -> str:
    """A journal entry in one word; a request that the client has no business to send stays as it was sent."""
    path = entry.path + ("?" + entry.query_string if entry.query_string else "")
    known = (known.word for known in ROUTES if known.method == entry.method and re.fullmatch(known.path, path))
    return next(known, f"{entry.method} {path}")


def routes(journal: Iterable[Any]) -> list[str]:
    """Every request of a journal in one word."""
    return [route(entry) for entry in journal]


def sent(journal: Iterable[Any], word: str) -> list[Any]:
    """The requests of a journal that are this one."""
    return [entry for entry in journal if route(entry) == word]
