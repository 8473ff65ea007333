# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data collection: EM reads its backup servers, on request or by itself (em/collecting_data_from_backup_servers,
em_rest post_backupservers_id_collect, systemsessions_id). What it shows when it is over is what the servers had when
it began."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from ..estate.servers import BackupServer
from ..estate.state import State
from ..estate.system_sessions import COLLECT, FAILED, SUCCEEDED, WARNING, SystemSession
from ..wire.errors import not_known

# Sessions of EM itself are kept so long (get_systemsessions)
KEPT = timedelta(days=30)
# The column of EM's database; what is longer makes every collection fail (told by a user)
LONGEST_USER_NAME = 255
_BEGIN, _PREPARED = timedelta(milliseconds=31), timedelta(milliseconds=47)


class Source(Protocol):
    """Something of which EM shows an older state."""

    def collected(self, servers: frozenset[str]) -> Callable[[], None]:
        """Remember what there is now on these servers (ids). The result makes EM show it."""


@dataclass(eq=False)
class _Collection:
    """ends_at, reads: as the length of a run; one of them is None. read: for each server that is read."""

    session: SystemSession
    servers: list[BackupServer]
    ends_at: datetime | None
    reads: int | None
    read: dict[str, list[Callable[[], None]]]
    broken: bool


class Collector:
    """offline: ids of servers that EM does not reach. has_sessions: whether the product shows its own sessions."""

    def __init__(
        self,
        state: State,
        switches: Mapping[str, Any],
        utc: Callable[[], datetime],
        new_id: Callable[[], str],
        offline: set[str],
        sources: Iterable[Source],
        has_sessions: bool,
    ) -> None:
        self.state = state
        self.switches = switches
        self.utc = utc
        self.new_id = new_id
        self.offline = offline
        self._sources = tuple(sources)
        self._has_sessions = has_sessions
        self._last = start = utc()
        self.began = start
        self.sessions = [past.session(start) for past in state.past_system_sessions]
        self._going_on: list[_Collection] = []

    # Reading

    def visible(self) -> list[SystemSession]:
        """Oldest first; a client is about to read them, which counts for those that last a number of reads."""
        for collection in list(self._going_on):
            if collection.reads is not None:
                if collection.reads <= 0:
                    self._end(collection, self.utc())
                collection.reads -= 1
        oldest = self.utc() - KEPT
        return [session for session in self.sessions if session.created >= oldest]

    # Collecting

    def collect(self, server: BackupServer | None = None) -> None:
        """Begin, on request. server: the one that was asked for; by switch all are read all the same."""
        if self._going_on and self.switches["collect_while_running"] == "ignored":
            return
        one = server is not None and self.switches["collect_scope"] == "server"
        self.begin([server] if one and server is not None else list(self.state.servers.values()))

    def begin(self, servers: list[BackupServer]) -> None:
        """The same, of these servers, whatever goes on."""
        self._begin(servers, self.utc())

    def note_session(self, kind: str) -> None:
        """Something else that EM has done by itself, in no time."""
        now = self.utc()
        self.sessions.append(SystemSession(self.new_id(), kind, now, now, SUCCEEDED))

    def at_once(self) -> None:
        """EM reads everything now, without a session."""
        everything = frozenset(self.state.servers)
        for source in self._sources:
            source.collected(everything)()
        self._last = self.utc()

    def tick(self) -> None:
        """What is due by now, in its order: ends, and collections that EM begins by itself."""
        now, interval = self.utc(), timedelta(seconds=self.switches["collect_interval"])
        if not interval:
            self._last = now
        elif now - self._last > KEPT:
            # nobody can see those before
            self._last = now - KEPT
        while True:
            due = self._last + interval if interval else None
            ending = min(
                (item for item in self._going_on if item.ends_at is not None and item.ends_at <= now),
                key=lambda item: item.ends_at or now, default=None,
            )  # fmt: skip
            if ending is not None and (due is None or ending.ends_at is None or ending.ends_at <= due):
                self._end(ending, ending.ends_at or now)
            elif due is not None and due <= now:
                self._last = due
                if not self._going_on:
                    self._begin(list(self.state.servers.values()), due)
            else:
                return

    def _begin(self, servers: list[BackupServer], at: datetime) -> None:
        self._last = at
        session = SystemSession(self.new_id(), COLLECT, at)
        self.sessions.append(session)
        reached = [server for server in servers if server.id not in self.offline]
        read = {server.id: [source.collected(frozenset({server.id})) for source in self._sources] for server in reached}
        collection = _Collection(session, servers, None, None, read, self._broken(servers))
        session.note(at, "Starting data collection job...")
        session.note(at + _BEGIN, "Job successfully started.")
        for server in servers:
            session.note(at + _PREPARED, f"Preparing to collect data from {server.name}")
        length = self.switches["collect_length"]
        if length.endswith("s"):
            collection.ends_at = at + timedelta(seconds=float(length[:-1]))
        elif length != "never":
            collection.reads = int(length) if self._has_sessions else 0
        self._going_on.append(collection)
        if collection.ends_at == at or collection.reads == 0:
            self._end(collection, at)

    def _broken(self, servers: list[BackupServer]) -> bool:
        ids = {server.id for server in servers}
        long = any(
            len(item.username) > LONGEST_USER_NAME for item in self.state.credentials.values() if item.server.id in ids
        )
        return long and bool(self.switches["long_user_name"] == "breaks_collection")

    def _end(self, collection: _Collection, at: datetime) -> None:
        self._going_on.remove(collection)
        session, failed = collection.session, 0
        for server in collection.servers:
            read = collection.read.get(server.id)
            if read is None or collection.broken:
                failed += 1
                reason = "the database refuses the data" if read is not None else "the server cannot be reached"
                session.note(at, not_known(f"data collection from {server.name} has failed: {reason}"))
                continue
            for show in read:
                show()
            session.note(at, f"Data collection from {server.name} completed successfully.")
        session.note(at, "Data collection job finished.")
        session.ended = at
        session.state = SUCCEEDED if not failed else FAILED if failed == len(collection.servers) else WARNING
