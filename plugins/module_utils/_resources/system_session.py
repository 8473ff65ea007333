# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions of Enterprise Manager itself, above all its data collections: when it read which backup server, and how.

Products before 12 do not have them. EM keeps them for 30 days, promises no order, and has no query for them (EM
reference: get_systemsessions, systemsessions_id, systemsessions_id_events).
"""

from __future__ import annotations

import re
import typing as t

from .._em import moments, product, wire
from .._em.calls import EnterpriseManager
from .._em.kind import Kind
from .._em.wire import Record, Unreadable
from .._http.effects import Flow
from .._http.errors import Refused
from .._http.retry import POLL, READ

COLLECT = "collectjob"
SUCCEEDED, WARNING = "CompletedSuccessfully", "CompletedWarning"
_UNDER_WAY = "inprogress"


class SystemSession(t.NamedTuple):
    """state, as EM says it: InProgress, CompletedSuccessfully, CompletedWarning, Failed. start, end: UTC, in EM's own
    spelling."""

    id: str
    type: str
    state: str
    start: str | None
    end: str | None

    @property
    def uid(self) -> str:
        return f"urn:veeam:SystemSession:{self.id}"

    @property
    def path(self) -> str:
        return f"/api/systemSessions/{self.id}"

    @property
    def has_ended(self) -> bool:
        return self.state.lower() != _UNDER_WAY

    @property
    def result(self) -> str | None:
        return self.state if self.has_ended else None

    @property
    def went_well(self) -> bool:
        """Warnings included."""
        return self.state.lower() in (SUCCEEDED.lower(), WARNING.lower())

    @property
    def is_collection(self) -> bool:
        return self.type.lower() == COLLECT

    @property
    def began(self) -> float:
        """Seconds since 1970; 0 where EM does not say."""
        return moments.read(self.start) or 0.0

    @property
    def ended_at(self) -> float | None:
        """Seconds since 1970; None while it runs, and where EM does not say."""
        return moments.read(self.end) if self.has_ended else None


def read(record: Record) -> SystemSession:
    """A system session from its entity. Raises Unreadable."""
    state = (record.text("State") or "").strip()
    if not state:
        raise Unreadable("a system session has no State")
    return SystemSession(
        wire.identifier(record, "systemSessions"),
        (record.text("SessionType") or "").strip(),
        state,
        (record.text("CreationTimeUTC") or "").strip() or None,
        (record.text("EndTimeUTC") or "").strip() or None,
    )


SYSTEM_SESSION = Kind("SystemSession", "SystemSessions", "systemSessions", read, entities=True)


def read_list(body: bytes, media_type: str) -> list[SystemSession]:
    """All of them: entities, even where these were not asked for."""
    record = wire.parse(body, media_type, ("SystemSessions",), ("Sessions",))
    return [read(item) for item in record.children("Sessions")]


def read_events(body: bytes, media_type: str) -> list[str]:
    """What EM noted in a session, in its order."""
    record = wire.parse(body, media_type, ("SystemSessionEvents",), ("Events",))
    told = [(wire.number_of(item.text("Order")) or 0, item.text("Message") or "") for item in record.children("Events")]
    return [message for _order, message in sorted(told, key=lambda event: event[0]) if message]


def collections(em: EnterpriseManager, deadline: float, purpose: str = READ) -> Flow[list[SystemSession] | None]:
    """The data collections of the last 30 days; None where this product does not tell. Raises ExchangeError."""
    try:
        found = yield from em.get("/api/systemSessions", deadline, purpose, read_list)
    except Refused as error:
        if not (error.from_api and error.status == 404) or (yield from product.is_12_or_newer(em, deadline)):
            raise
        return None
    return [session for session in found if session.is_collection]


def again(em: EnterpriseManager) -> t.Callable[[SystemSession, float], Flow[SystemSession]]:
    """Reads a system session once more."""
    return lambda seen, deadline: em.one(SYSTEM_SESSION, seen.id, deadline, POLL)


def events(em: EnterpriseManager, session: SystemSession, deadline: float) -> Flow[list[str]]:
    """What EM noted in it: for each backup server that was read, how that went. Raises ExchangeError."""
    return (yield from em.get(f"{session.path}/events", deadline, READ, read_events))


def that_name(messages: t.Iterable[str], name: str) -> list[str]:
    """The messages in which the name of a backup server stands; one that is a part of another name does not count."""
    pattern = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])(?!\.\w)", re.IGNORECASE)
    return [message for message in messages if pattern.search(message)]
