# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EM does by itself: sessions of its own (em_rest systemsessions_id, systemsessions_id_events)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .run_plans import RunError, moment_of

COLLECT = "CollectJob"
SESSION_TYPES = (
    "CatalogConsolidation", "CatalogCrawlJob", "CatalogReplicationJob", COLLECT, "SecurityScopesRebuild", "VcPluginJob",
    "LicAutoUpdate", "DatabaseMaintenance", "HistoryCollectJob", "LicenseRevoke", "SyncCheckForProductUpdatesOption",
    "LogExport",
)  # fmt: skip
IN_PROGRESS, SUCCEEDED, WARNING, FAILED = "InProgress", "CompletedSuccessfully", "CompletedWarning", "Failed"
STATES = (IN_PROGRESS, SUCCEEDED, WARNING, FAILED)
KEYS = frozenset({"type", "id", "ago", "created", "length", "state", "events"})


@dataclass(frozen=True)
class SystemEvent:
    at: datetime
    message: str


@dataclass(eq=False)
class SystemSession:
    """ended: None while it is in progress."""

    id: str
    kind: str
    created: datetime
    ended: datetime | None = None
    state: str = IN_PROGRESS
    events: list[SystemEvent] = field(default_factory=list)

    @property
    def uid(self) -> str:
        return f"urn:veeam:SystemSession:{self.id}"

    @property
    def name(self) -> str:
        """``Collect Job @2026-01-05 11:00:03.418220``."""
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.kind)
        return f"{words} @{self.created:%Y-%m-%d %H:%M:%S.%f}"

    def note(self, at: datetime, message: str) -> None:
        self.events.append(SystemEvent(at, message))


@dataclass(frozen=True)
class PastSession:
    """A session before the start. created: a time, or seconds before the start. events: seconds after its begin."""

    id: str
    kind: str
    created: datetime | float
    length: float
    state: str
    events: tuple[tuple[float, str], ...] = ()

    def session(self, start: datetime) -> SystemSession:
        created = start - timedelta(seconds=self.created) if isinstance(self.created, float) else self.created
        session = SystemSession(self.id, self.kind, created, state=self.state)
        if self.state != IN_PROGRESS:
            session.ended = created + timedelta(seconds=self.length)
        for seconds, message in self.events:
            session.note(created + timedelta(seconds=seconds), message)
        return session


def parse_past_session(entry: Mapping[str, Any], identity: str) -> PastSession:
    """RunError."""
    kind, state = str(entry.get("type", COLLECT)), str(entry.get("state", SUCCEEDED))
    for value, choices, label in ((kind, SESSION_TYPES, "type"), (state, STATES, "state")):
        if value not in choices:
            raise RunError(f"{label} {value!r} is not one of {', '.join(choices)}")
    if ("ago" in entry) == ("created" in entry):
        raise RunError("either ago or created is expected")
    created = _seconds(entry["ago"], "ago") if "ago" in entry else moment_of(str(entry["created"]))
    events = entry.get("events") or {}
    if not isinstance(events, Mapping):
        raise RunError("events: a mapping of seconds after the begin to messages is expected")
    told = tuple((_seconds(at, "events"), str(message)) for at, message in events.items())
    return PastSession(identity, kind, created, _seconds(entry.get("length", "20s"), "length"), state, told)


def _seconds(value: Any, label: str) -> float:
    try:
        seconds = float(str(value).removesuffix("s"))
        if 0 <= seconds < 1e9:
            return seconds
    except ValueError:
        pass
    raise RunError(f"{label}: {value!r} is not a number of seconds")
