# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source sessions as one flow without an end: log on, look, tell, remember, pause.

It remembers ids, not times: EM learns of the end of a session when it collects from its backup server, so the newest
end that was seen says nothing of those that still come.
"""

from __future__ import annotations

import functools
import typing as t

from .._em.moments import read as read_moment
from .._em.server_clock import ServerClock
from .._http.effects import Flow, Pause
from .._http.errors import ExchangeError, Unauthorized
from .._module.run import Server
from .._module.secrets import scrubber
from .._resources import run_details
from .._resources.job_kind import JOB
from .._resources.job_session import BACKUP_SESSION, REPLICA_SESSION, JobSession, TaskSession
from . import event
from .memory import DEPTHS, OVERLAP, Memory
from .options import Settings
from .read import ended_since
from .state_file import State

#: What could not be read for longer is told, in seconds.
GAP = 900.0
#: A logon session ends after 15 idle minutes, so it is not kept over a longer pause.
LONGEST_IDLE = 600.0
#: While nothing can be read, it is tried as often at least.
LONGEST_RETRY = 60.0
#: Sessions of replication jobs are another resource. Where there has never been one, they are asked for no more often.
RARELY = 300.0
#: How often it is looked again whether the computers of an agent job that has just failed show, in seconds.
LOOK_AGAIN = 5.0
#: So many are told again at the most when the process is killed.
MOST_UNSAVED = 20
#: So many polls wait for why a session failed; then it is told without.
TRIES = 3


class Store(t.Protocol):
    """What outlasts a restart."""

    def load(self) -> State | None:
        """What was saved. Raises OptionError."""

    def save(self, state: State) -> None:
        """Raises OSError."""


class Source:
    """tell: hands an event on; it returns when that is done, or raises Interrupted. warn: tells a person.

    clock: monotonic seconds. wall: seconds since 1970, where EM's answers do not say.
    """

    def __init__(
        self,
        chosen: Settings,
        tell: t.Callable[[dict[str, t.Any]], None],
        warn: t.Callable[[str], None],
        clock: t.Callable[[], float],
        wall: t.Callable[[], float],
        store: Store | None = None,
    ) -> None:
        self._chosen = chosen
        self._tell = tell
        self._warn = warn
        self._clock = clock
        self._wall = wall
        self._store = store
        self._server_clock = ServerClock(clock)
        self._secrets: list[str] = []
        self._scrub = scrubber(())
        self._memories: dict[str, Memory] = {}
        self._kinds = (BACKUP_SESSION, REPLICA_SESSION) if JOB in chosen.kinds else (BACKUP_SESSION,)
        #: The first look tells from when on sessions are told: after it this is settled, for restarts too.
        self._settled = False
        self._began = clock()
        self._waited = False
        #: When each depth is looked at again, by the monotonic clock, and when replicas are, where there are none.
        self._due = [self._began] * len(DEPTHS)
        self._replicas_due = self._began
        #: The last moment up to which everything was read, by EM's clock, and the gap that was told and goes on.
        self._read_until: float | None = None
        self._missed: dict[str, t.Any] | None = None
        #: EM could be read before: whatever goes wrong then is no mistake in the options.
        self._has_read = False
        #: Of sessions whose reasons could not be read: how often that was tried.
        self._tried: dict[str, int] = {}
        #: How many were told and are not in the state file yet.
        self._unsaved = 0
        self._cannot_save = False

    def flow(self) -> Flow[None]:
        """The whole of it. Raises VeeamError where it cannot go on, and logs out on every way out."""
        saved = self._store.load() if self._store is not None else None
        if saved is not None:
            self._memories = {
                kind.name: saved.memories[kind.name] for kind in self._kinds if kind.name in saved.memories
            }
            self._missed = saved.missed
            self._settled = bool(self._memories)
            # It was stopped before EM could be read for the first time.
            self._waited = not self._settled
            self._has_read = True
        while True:
            pause = yield from self._logged_on()
            yield Pause(pause)

    # -- looking -------------------------------------------------------------------------------------------------

    def _logged_on(self) -> Flow[float]:
        """Look as long as that succeeds in one logon session. Returns the pause before the next one, in seconds."""
        server = Server(self._chosen.connection, _unheard, self._say, self._clock, self._server_clock)
        try:
            yield from server.session.logged_on(self._looks(server))
        except ExchangeError as error:
            self._hide(server)
            self._failed(error, server)
            return min(self._chosen.interval, LONGEST_RETRY)
        return float(self._chosen.interval)

    def _looks(self, server: Server) -> Flow[None]:
        token = server.session.token
        while True:
            self._hide(server)
            yield from self._look(server)
            self._succeeded()
            if self._chosen.interval > LONGEST_IDLE or server.session.token != token:
                # One that had to be renewed meanwhile is closed with the one before it: none may pile up.
                return
            yield Pause(self._chosen.interval)

    def _look(self, server: Server) -> Flow[None]:
        now = self._clock()
        level = max(number for number, due in enumerate(self._due) if now >= due)
        for kind in self._kinds:
            memory = self._memories.get(kind.name)
            if memory is None:
                memory = self._memories[kind.name] = Memory(self._floor())
            if memory.newest is None and kind is REPLICA_SESSION:
                if now < self._replicas_due:
                    continue
                self._replicas_due = now + RARELY
            since = memory.since(DEPTHS[level][0], self._now())
            yield from ended_since(server.em, kind, since, functools.partial(self._take, server, memory))
            memory.forget(self._now())
        for number in range(level + 1):
            self._due[number] = now + DEPTHS[number][1]
        if not self._settled:
            self._settled = True
            self._save()

    def _floor(self) -> float:
        """What ended before is not told."""
        if self._settled:
            # Added to a source that was started without it.
            return self._started()
        if self._chosen.start_from is not None:
            return self._chosen.start_from
        # A gap that was there already when it was started again began when it was started first.
        began = self._missed["from"] if self._missed is not None else self._started()
        # The clocks of backup servers differ from EM's.
        return t.cast(float, began) - OVERLAP

    def _started(self) -> float:
        """When the source was started, by EM's clock."""
        return self._now() - (self._clock() - self._began)

    def _is_old(self) -> bool:
        """Whether sessions that are seen now had ended before the source was started: they are known, and not told."""
        if self._settled or self._chosen.start_from is not None:
            return False
        # The first look sees nothing but such, unless it had to wait for EM. When a session ended says little of that:
        # by the clock of its backup server, that may be before the source was started although it was after.
        return not self._waited

    def _take(self, server: Server, memory: Memory, sessions: list[JobSession]) -> Flow[None]:
        """Tell what is new of one page, in its order."""
        try:
            for session in sessions:
                ended = read_moment(session.end)
                if not session.has_ended or ended is None or memory.knows(session.id, ended):
                    continue
                if not self._is_old() and event.is_wanted(session, self._chosen):
                    yield from self._tell_of(server, session)
                memory.remember(session.id, ended)
                self._unsaved += 1
                if self._unsaved >= MOST_UNSAVED:
                    self._save()
        finally:
            if self._unsaved:
                self._save()

    def _tell_of(self, server: Server, session: JobSession) -> Flow[None]:
        tasks: list[TaskSession] | None = []
        if session.result != "Success":
            if self._unsaved:
                # That takes its time, in which the process may be killed.
                self._save()
            tasks = yield from self._machines(server, session)
            self._hide(server)
        self._hand_on(event.ended(session, tasks, self._chosen))
        self._tried.pop(session.id, None)

    def _machines(self, server: Server, session: JobSession) -> Flow[list[TaskSession] | None]:
        """What the run did with each machine. None where EM does not tell."""
        try:
            lasted = session.seconds or 0.0
            job, deadline = event.job_of(session), self._clock() + LONGEST_RETRY
            return (yield from run_details.machines_of_ended(server.em, job, session, deadline, LOOK_AGAIN, lasted))
        except Unauthorized:
            raise
        except ExchangeError as error:
            tried = self._tried[session.id] = self._tried.get(session.id, 0) + 1
            if tried < TRIES and not (error.status is not None and 400 <= error.status < 500):
                raise
            name = session.job_name or session.job_id
            self._say(f'Why the run of "{name}" did not succeed cannot be read: {error.reason}.')
            return None

    # -- how it goes -----------------------------------------------------------------------------------------------

    def _now(self) -> float:
        """Seconds since 1970 by EM's clock."""
        now = self._server_clock.now()
        return now if now is not None else self._wall()

    def _succeeded(self) -> None:
        self._has_read = True
        self._read_until = self._now()
        if self._missed is not None:
            gap, self._missed = self._missed, None
            self._hand_on(event.missed(gap["from"], self._read_until, gap["reason"], self._chosen))
            self._save()

    def _failed(self, error: ExchangeError, server: Server) -> None:
        """Go on, unless that is hopeless. Raises the error where it is."""
        refused = isinstance(error, Unauthorized) and (server.session.is_hopeless or server.session.is_given)
        # What is wrong for good in the very first answer is a mistake in the options. Later it may be a proxy, or a
        # server that is being updated.
        if refused or (error.permanent and not self._has_read and not self._waited):
            raise error
        self._waited = True
        self._say(f"The sessions of jobs cannot be read: {error.reason}. The source keeps trying.")
        if self._read_until is None:
            self._read_until = self._started()
        if self._missed is None and self._now() - self._read_until > GAP:
            reason = self._scrub(error.reason)
            self._missed = {"from": self._read_until, "reason": reason}
            self._hand_on(event.missed(self._read_until, None, reason, self._chosen))
            self._save()

    def _hide(self, server: Server) -> None:
        """From now on hide the secrets of this logon."""
        secrets = server.session.secrets
        if secrets != self._secrets:
            self._secrets, self._scrub = secrets, scrubber(secrets)

    def _hand_on(self, told: dict[str, t.Any]) -> None:
        self._tell(self._scrub(told))

    def _say(self, text: str) -> None:
        self._warn(self._scrub(text))

    def _save(self) -> None:
        self._unsaved = 0
        # What the first look has seen is of use only when it is complete.
        complete = self._settled or self._chosen.start_from is not None
        if self._store is None or not (complete or self._missed is not None):
            return
        try:
            self._store.save(State(self._memories if complete else {}, self._missed))
            self._cannot_save = False
        except OSError as error:
            if not self._cannot_save:
                self._say(
                    f"state_file: {self._chosen.state_file} cannot be written ({error.strerror}); after a restart, "
                    "sessions may be reported again."
                )
            self._cannot_save = True


def _unheard(*unused: t.Any) -> None:
    """Of requests that are sent again nobody needs to hear: nothing may pile up in a source that never ends."""
