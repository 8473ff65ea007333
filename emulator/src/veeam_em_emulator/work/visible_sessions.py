# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sessions of jobs that EM shows, in lists in the order of their creation, and those that it does not show yet."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..wire.times import utc_text
from .lasting import STOPPED
from .run_sessions import TASK_IDS, JobSession, ReplicaJobSession, ReplicaTaskSession, SessionIndex, TaskSession

# `GET /backupSessions` returns the sessions of that time (get_backupsessions)
LISTED = timedelta(days=30)


@dataclass
class _Hidden:
    """A session that EM does not show yet: for so many reads, until a time, a refresh, or as EM's states are old."""

    session: JobSession
    lookups: int = 0
    until: datetime | None = None
    refresh: bool = False


class TaskSessions:
    """By id, see ``by_id``."""

    def __init__(self) -> None:
        self._index = SessionIndex()
        self.add = self._index.add
        # a server of ten thousand machines has very many, and every page of a list looks at all of them
        self._made: dict[str, list[TaskSession]] = {}

    def of(self, session: JobSession) -> list[TaskSession]:
        """Those of an agent job's run are, by switch, in the sessions of its computers alone. Not to be changed."""
        if session.computers and session.view.switches["agent_task_sessions"] == "computers":
            return []
        made = self._made.get(session.id)
        # a state may give two sessions the same id
        if made is None or (made and made[0].session is not session):
            made = self._made[session.id] = self.all_of(session)
        return made

    @staticmethod
    def all_of(session: JobSession) -> list[TaskSession]:
        kind = ReplicaTaskSession if session.replica else TaskSession
        return [kind(session, number) for number in range(len(session.machines))]

    def get(self, identity: str) -> TaskSession | None:
        for session, number in self._index.find(identity, TASK_IDS):
            if session.visible and number < len(self.of(session)):
                return self.of(session)[number]
        return None


class VisibleSessions:
    """all: by id, also those that EM does not show."""

    def __init__(self) -> None:
        self.all: dict[str, JobSession] = {}
        self.machines = TaskSessions()
        self._listed: dict[type, list[JobSession]] = {JobSession: [], ReplicaJobSession: []}
        self._by_job: dict[str, list[JobSession]] = {}
        self._moving: list[JobSession] = []
        self._hidden: list[_Hidden] = []

    def get(self, identity: str) -> JobSession | None:
        """The session of that id, as EM shows it."""
        session = self.all.get(identity)
        return session if session is not None and session.visible else None

    def listed(self, kind: type) -> list[JobSession]:
        """Backup or replica sessions. Not to be changed."""
        return self._listed[kind]

    def of_job(self, job_id: str) -> list[JobSession]:
        return self._by_job.get(job_id, [])

    @staticmethod
    def since(sessions: list[JobSession], text: str) -> list[JobSession]:
        """Those that were created at or after a time (``2026-01-05T10:05:00``)."""
        return sessions[bisect_left(sessions, text, key=lambda session: session.created_text[:-1]) :]

    def recent(self, sessions: list[JobSession], now: datetime) -> list[JobSession]:
        """Of the last 30 days."""
        return self.since(sessions, utc_text(now - LISTED)[:-1])

    # What EM shows

    def add(self, session: JobSession, delay: str = "0", lag: bool = False) -> None:
        """delay: number of reads for which it is not shown yet, ``1.5s``, or ``refresh``. lag: its states are old."""
        self.all[session.id] = session
        self.machines.add(session)
        if delay == "0" and not lag:
            self._list(session)
            return
        session.visible = False
        if delay == "refresh":
            self._hidden.append(_Hidden(session, refresh=True))
        elif delay.endswith("s"):
            self._hidden.append(_Hidden(session, until=session.created + timedelta(seconds=float(delay[:-1]))))
        else:
            self._hidden.append(_Hidden(session, lookups=int(delay)))

    def _list(self, session: JobSession) -> None:
        session.visible = True
        kind = ReplicaJobSession if session.replica else JobSession
        for sessions in (self._listed[kind], self._by_job.setdefault(session.job_id, [])):
            if sessions and sessions[-1].created > session.created:
                insort(sessions, session, key=lambda item: item.created)
            else:
                sessions.append(session)
        self._moving.append(session)

    def hurry(self, sessions: Iterable[JobSession], at: datetime) -> None:
        """These are shown at that time at the latest."""
        for entry in self._hidden:
            if entry.session in sessions and not entry.refresh:
                entry.lookups, entry.until = 0, at if entry.until is None else min(entry.until, at)

    def collected(self, servers: frozenset[str]) -> Callable[[], None]:
        """See ``collection.Source``."""
        waiting = [entry for entry in self._hidden if entry.refresh and entry.session.server.id in servers]

        def show() -> None:
            for entry in waiting:
                entry.refresh = False

        return show

    def count_read(self, identity: str | None = None) -> None:
        """A list is read, or the session of that id, shown or not."""
        for entry in self._hidden:
            if identity is None or entry.session.id == identity:
                entry.lookups = max(0, entry.lookups - 1)

    def update_states(self, at: datetime) -> None:
        """Bring the states that EM shows up to that time."""
        if self._moving:
            for session in self._moving:
                session.update_view(at)
            self._moving = [session for session in self._moving if session.state != STOPPED]

    def discover(self, at: datetime) -> None:
        """Show those whose delay is over."""
        for entry in list(self._hidden):
            if not entry.refresh and not entry.lookups and at >= (entry.until or entry.session.created):
                self._hidden.remove(entry)
                self._list(entry.session)
