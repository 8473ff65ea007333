# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole run of veeam_backup_server as a flow: ask Enterprise Manager to read a server, and see that it has.

The task of a collect ends at once; the collection is a session of EM itself, to which the task does not link. To read a
server once more does no harm, so what was lost, or left out because a collection was under way, is asked for again (EM
reference: post_backupservers_id_actioncollect, get_systemsessions).
"""

from __future__ import annotations

import typing as t

from .._em import follow_task as tasks
from .._em import moments, order, wait
from .._em.follow_task import Patience
from .._em.order import OrderFailed
from .._em.reference import quoted
from .._em.task import FAILED
from .._http.effects import Flow
from .._http.errors import ExchangeError
from .._module import render
from .._module.run import Run
from .._resources import follow_session, system_session
from .._resources.backup_server import BACKUP_SERVER, BackupServer
from .._resources.system_session import WARNING, SystemSession, that_name
from . import plan
from .options import Settings

#: How often a collection is asked for in one task.
MAX_SENDS = 3
#: Seconds after which a collection that was asked for, and does not show, is asked for again.
SECONDS_TO_SHOW = 30.0
#: Seconds for the messages of a session that ended just before the time was up.
TIME_FOR_EVENTS = 30.0


def flow(run: Run) -> Flow[dict[str, t.Any]]:
    """The whole run."""
    return (yield from run.logged_on(_Task(run).result()))


class _Seen(t.NamedTuple):
    """A collection, and what EM noted in it."""

    session: SystemSession
    events: list[str]


class _Task:
    def __init__(self, run: Run) -> None:
        self.run = run
        self.em = run.em
        self.chosen: Settings = run.chosen
        self.deadline = run.deadline
        self.server = BackupServer("", "")
        self.servers: list[BackupServer] = []
        #: Ids of the collections that are none of this task.
        self.known: set[str] = set()
        self.changed = False

    @property
    def title(self) -> str:
        return f"backup server {quoted(self.server.name)}"

    def result(self) -> Flow[dict[str, t.Any]]:
        self.servers = yield from self.em.all(BACKUP_SERVER.as_references, self.deadline)
        self.server = plan.the_server(self.chosen.server, self.servers)
        before = yield from system_session.collections(self.em, self.deadline)
        self.known = {session.id for session in before or ()}
        enough = yield from self._recent(before)
        if enough is not None:
            end = moments.in_sentence(enough.session.end)
            return self._told(f"Enterprise Manager read {self.title} at {end}, which is new enough.", enough)
        if self.run.check_mode:
            self.changed = True
            return self._told(f"Would ask Enterprise Manager to read {self.title}.")
        return (yield from self._collect(tells=before is not None))

    def _recent(self, collections: list[SystemSession] | None) -> Flow[_Seen | None]:
        """The collection that makes another one needless."""
        seconds, now = self.chosen.not_older_than, self.em.server_clock.now()
        if seconds is None or collections is None or now is None:
            return None
        for session in plan.recent(collections, now, seconds):
            seen = yield from self._seen(session)
            if plan.is_about(seen.events, self.server, self.servers):
                return seen
        return None

    def _seen(self, session: SystemSession) -> Flow[_Seen]:
        until = max(self.deadline, self.em.clock() + min(TIME_FOR_EVENTS, self.em.timeout))
        return _Seen(session, (yield from system_session.events(self.em, session, until)))

    # -- sending ---------------------------------------------------------------------------------------------------

    def _collect(self, tells: bool) -> Flow[dict[str, t.Any]]:
        lost: ExchangeError | None = None
        for sends in range(1, MAX_SENDS + 1):
            last = sends == MAX_SENDS
            lost = yield from self._send()
            if lost is None and not self.chosen.wait:
                return self._told(f"Asked Enterprise Manager to read {self.title}; the task did not wait for its end.")
            if not tells:
                if lost is None:
                    return self._told(
                        f"Asked Enterprise Manager to read {self.title}. Versions before 12 do not say when they have."
                    )
                continue
            seen = yield from self._look(None if last else SECONDS_TO_SHOW)
            if seen is not None:
                return self._judged(seen)
        why = f" ({lost.reason})" if lost is not None else ""
        raise self._failed(
            f"Enterprise Manager was asked to read {self.title}, but whether it did is not known{why}: no collection "
            "has shown up since. Run the same task again.",
            lost,
        )

    def _send(self) -> Flow[ExchangeError | None]:
        """Ask once, and follow the task. Returns what kept the answer from being known. Raises OrderFailed."""
        until = self.deadline - wait.last_look(self.chosen.wait_timeout)
        request = self.em.order("POST", f"{self.server.path}?action=collect", self.server.name, until)
        sent = yield from order.send(self.em, request, self.deadline)
        if isinstance(sent, order.Unaccepted):
            error = sent.error
            if sent.how == order.NOT_SENT:
                raise self._failed(f"Enterprise Manager was not asked to read {self.title}: {error.msg}", error)
            if sent.locked_out is not None:
                why = sent.locked_out.msg
                raise self._failed(f"Enterprise Manager refused to read {self.title}: {why}", error)
            if sent.how == order.REFUSED:
                raise self._refused(error.reason, error, error.hint)
            # A session that was over is a new one by now; and whatever else was lost may have arrived.
            self.changed = self.changed or sent.how != order.EXPIRED
            return error
        patience = Patience(until, min(follow_session.SOON, self.chosen.poll_interval))
        followed = yield from tasks.follow(self.em, sent.task, patience, sent.token)
        if followed.how == FAILED:
            raise self._refused(order.reason_of(followed.task), order.failure_of(followed.task))
        self.changed = True
        if followed.how == tasks.LOCKED_OUT:
            error = t.cast(ExchangeError, followed.trouble)
            raise self._failed(f"Whether Enterprise Manager has read {self.title} is not known: {error.msg}", error)
        return followed.trouble if followed.how in (tasks.LOST, tasks.SESSION_OVER, tasks.TIMED_OUT) else None

    # -- looking ---------------------------------------------------------------------------------------------------

    def _look(self, seconds: float | None) -> Flow[_Seen | None]:
        """The collection that came of it, at its end. seconds: how long to look for one that does not show, while no
        other is under way; None for as long as there is time."""
        while True:
            shown = yield from self._new_one(seconds)
            if shown is None:
                return None
            session = yield from self._followed(shown)
            try:
                seen = yield from self._seen(session)
            except ExchangeError as error:
                raise self._failed(
                    f"Enterprise Manager has read from backup servers since; whether {self.title} was among them could "
                    f"not be read: {error.msg}",
                    error,
                    _Seen(session, []),
                ) from error
            if plan.is_about(seen.events, self.server, self.servers):
                return seen
            # It read other servers only.
            self.known.add(shown.id)

    def _new_one(self, seconds: float | None) -> Flow[SystemSession | None]:
        quiet_since = self.em.clock()

        def look() -> Flow[SystemSession | None]:
            nonlocal quiet_since
            found = (yield from system_session.collections(self.em, self.deadline)) or []
            if any(not session.has_ended for session in found):
                quiet_since = self.em.clock()
            return plan.newest(found, self.known)

        waited = yield from wait.until_shown(
            self.em.clock,
            look,
            lambda: self.deadline if seconds is None else min(self.deadline, quiet_since + seconds),
            self.chosen.poll_interval,
        )
        if waited.trouble is not None:
            error = waited.trouble
            raise self._failed(
                f"Whether Enterprise Manager has read {self.title} could not be read: {error.msg}", error
            ) from error
        return t.cast("SystemSession | None", waited.value)

    def _followed(self, session: SystemSession) -> Flow[SystemSession]:
        followed = yield from follow_session.follow(
            self.em, session, system_session.again(self.em), self.deadline, self.chosen.poll_interval
        )
        if followed.how == follow_session.ENDED:
            return t.cast(SystemSession, followed.session)
        if followed.how == follow_session.TIMED_OUT:
            msg = (
                f"Enterprise Manager has not read {self.title} within wait_timeout ({self.chosen.wait_timeout:g} "
                "seconds). It goes on reading."
            )
        else:
            msg = f"How the collection from {self.title} ended could not be read."
        if followed.trouble is not None:
            msg += f" The last request failed: {followed.trouble.reason}."
        raise self._failed(msg, followed.trouble, _Seen(followed.session, []))

    # -- how it ends -----------------------------------------------------------------------------------------------

    def _judged(self, seen: _Seen) -> dict[str, t.Any]:
        session = seen.session
        said = that_name(seen.events, self.server.name)
        if session.state.lower() == WARNING.lower():
            # Which server it is about, only the messages can tell.
            told = f" It said of this server: {said[-1]}" if said else ""
            self.run.warn(f"The collection in which {self.title} was read ended with a warning.{told}")
        elif not session.went_well:
            why = f": {said[-1]}" if said else ", and does not say why."
            cause = {"request": f"GET {session.path}", "status": 200, "message": said[-1] if said else session.state}
            raise self._failed(f"Enterprise Manager could not read {self.title}{why}", cause, seen)
        return self._told(f"Enterprise Manager has read {self.title}.", seen)

    def _refused(self, said: str, cause: ExchangeError | dict[str, t.Any], hint: str = "") -> OrderFailed:
        sentence = f"Enterprise Manager refused to read {self.title}: {said.rstrip('.')}. {hint}"
        return self._failed(sentence.rstrip(), cause)

    def _told(self, msg: str, seen: _Seen | None = None) -> dict[str, t.Any]:
        return {"changed": self.changed, **self._facts(seen), "msg": msg}

    def _failed(
        self, msg: str, cause: ExchangeError | dict[str, t.Any] | None, seen: _Seen | None = None
    ) -> OrderFailed:
        return OrderFailed(msg, self.changed, cause, **self._facts(seen))

    def _facts(self, seen: _Seen | None) -> dict[str, t.Any]:
        url = self.chosen.connection.endpoint.url
        session = render.system_session(url, seen.session, seen.events) if seen is not None else None
        return {"backup_server": render.server(url, self.server), "session": session}
