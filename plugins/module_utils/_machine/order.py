# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What brings a machine back, or fails it over: sent once, its restore session found and followed to its end.

A finished task only means that it has begun, and nothing is ever sent a second time: a restore overwrites again, or
makes one more machine (EM reference: post_vmrestorepoints_id_actionrestore, post_vmreplicapoints_id_actionrestore,
restoresessions_id).
"""

from __future__ import annotations

import typing as t

from .._em import follow_task as tasks
from .._em import moments, order, wait
from .._em.calls import EnterpriseManager
from .._em.order import OrderFailed
from .._em.reference import quoted
from .._em.task import FAILED, PENDING, SUCCEEDED, Task, read_tasks, verdict
from .._http.effects import Flow
from .._http.errors import ExchangeError
from .._http.retry import POLL
from .._module.progress import UnderWay
from .._resources import follow_session, restore_session
from .._resources.backup_server import BackupServer
from .._resources.follow_session import LAG, SOON
from .._resources.job_session import how_it_ended
from .._resources.restore_session import RestoreSession
from .options import EndWait

CONSOLE = "Enterprise Manager gives no reason; the backup console of that server shows it, under History."
AGAIN = "Run the task again, with if_running: join, to wait for this one; no second one is started."


class Work(t.NamedTuple):
    """What all items of a task have. url: the address of EM, for hrefs."""

    em: EnterpriseManager
    url: str
    waiting: EndWait
    under_way: UnderWay


class Order(t.NamedTuple):
    """What is sent for one machine.

    noun: "restore". nothing: "nothing was restored". operation: what EM calls its task. point_id: of the restore or
    replica point, which its session names. is_kind: whether a session is of this kind. words: the keys of a result,
    with the session where one is known. place: "restores, item 2: ".
    """

    machine: str
    noun: str
    nothing: str
    operation: str
    path: str
    body: bytes | None
    point_id: str
    server: BackupServer | None
    is_kind: t.Callable[[RestoreSession], bool]
    words: t.Callable[[RestoreSession | None], dict[str, t.Any]]
    place: str = ""

    @property
    def title(self) -> str:
        """What it is, for messages: the restore of "web01"."""
        return f"The {self.noun} of {quoted(self.machine)}"

    def failed(
        self,
        sentence: str,
        cause: ExchangeError | dict[str, t.Any] | None,
        changed: bool,
        session: RestoreSession | None = None,
    ) -> OrderFailed:
        """The failure of it. changed: it was done, or may have been."""
        return OrderFailed(f"{self.place}{sentence}", changed, cause, **self.words(session))


class Sent(t.NamedTuple):
    """What is known of what was sent, or may have been. session: None while none shows."""

    session: RestoreSession | None
    trouble: ExchangeError | None = None


def send(work: Work, what: Order, before: t.Collection[str], deadline: float) -> Flow[Sent]:
    """Send it, once, and find its session. Raises OrderFailed. before: ids of the sessions of that name from before.

    Where nobody waits for the end, no session is looked for that the task does not name.
    """
    em, waiting = work.em, work.waiting
    until = deadline - wait.last_look(waiting.wait_timeout)
    sent = yield from order.send(em, em.order("POST", what.path, what.machine, until, what.body), deadline)
    if isinstance(sent, order.Unaccepted):
        if sent.how == order.UNANSWERED:
            return (yield from _find(work, what, before, deadline, sent.error))
        why = sent.locked_out.msg if sent.locked_out is not None else sent.error.msg
        verb = "was not sent" if sent.how == order.NOT_SENT else "was refused"
        again = " It is sent only once: run the task again." if sent.how == order.EXPIRED else ""
        raise what.failed(
            f"{what.title} {verb}; {what.nothing}: {why}{again}", sent.error, changed=False
        ) from sent.error
    patience = tasks.Patience(min(deadline, em.clock() + LAG), min(SOON, waiting.poll_interval))

    def glance(task: Task) -> Flow[RestoreSession | None]:
        return (yield from _new_one(work, what, before, deadline))

    followed = yield from tasks.follow(em, sent.task, patience, sent.token, glance)
    if followed.how == FAILED:
        said = order.reason_of(followed.task).rstrip(".")
        sentence = f"{what.title} was refused; {what.nothing}: {said}."
        raise what.failed(sentence, order.failure_of(followed.task), changed=False)
    if followed.how == tasks.SEEN:
        return Sent(followed.seen)
    linked = [identifier for kind, identifier in followed.task.sessions if kind == restore_session.RESTORE_SESSION.name]
    if not linked and not waiting.wait and followed.how == SUCCEEDED:
        return Sent(None)
    trouble = followed.trouble if followed.how != SUCCEEDED else None
    return (yield from _find(work, what, before, deadline, trouble, linked))


def _find(
    work: Work,
    what: Order,
    before: t.Collection[str],
    deadline: float,
    trouble: ExchangeError | None,
    linked: t.Sequence[str] = (),
) -> Flow[Sent]:
    """Look for the session of what was sent, or may have been. linked: those that its task names."""

    def look() -> Flow[RestoreSession | None]:
        if linked:
            return (yield from wait.known(restore_session.one(work.em, linked[0], deadline)))
        return (yield from _new_one(work, what, before, deadline))

    until = min(deadline, work.em.clock() + LAG)
    waited = yield from wait.until_shown(work.em.clock, look, until, min(SOON, work.waiting.poll_interval))
    if waited.value is None and waited.trouble is None and not linked:
        # No task has told which it is, and none will: it is most likely the one that shows.
        try:
            waited = wait.Waited((yield from _new_one(work, what, before, deadline, anyway=True)))
        except ExchangeError as error:
            waited = wait.Waited(None, error)
    return Sent(waited.value, trouble or (waited.trouble if waited.value is None else None))


def _new_one(
    work: Work, what: Order, before: t.Collection[str], deadline: float, anyway: bool = False
) -> Flow[RestoreSession | None]:
    """The session of this point that was not there before: that of a task of this logon session, else any.

    None is taken while a task of this logon session may still tell which it is. Two people who do the same with one
    point in the same minute cannot be told apart where no task tells. anyway: no task is waited for any more.
    """
    linked, may_tell = yield from _linked(work, what, deadline)
    listed = yield from restore_session.of_machine(work.em, what.machine, deadline)
    new = [session for session in listed if session.id not in before and _may_be_of(session, what)]
    for session in new:
        if session.id in linked:
            return session
    # A page that is cut short may show another's alone.
    for identifier in linked:
        if identifier not in before and all(session.id != identifier for session in listed):
            own = yield from wait.known(restore_session.one(work.em, identifier, deadline))
            if own is None:
                may_tell = True
            elif _may_be_of(own, what) and own.machine == what.machine:
                return own
    return None if may_tell and not anyway else next(iter(new), None)


def _may_be_of(session: RestoreSession, what: Order) -> bool:
    same_server = session.server is None or what.server is None or session.server.id == what.server.id
    return what.is_kind(session) and same_server and (what.point_id in session.point_ids or not session.point_ids)


def _linked(work: Work, what: Order, deadline: float) -> Flow[tuple[list[str], bool]]:
    """The sessions that tasks of this logon session link to, and whether one that has not ended may link to more."""
    try:
        listed = yield from work.em.get("/api/tasks", deadline, POLL, read_tasks, renew=False)
    except ExchangeError:
        # Tasks end with their logon session; the sessions tell it too.
        return [], False
    same = [task for task in listed if (task.operation or what.operation).lower() == what.operation.lower()]
    linked = [
        identifier
        for task in same
        for kind, identifier in task.sessions
        if kind == restore_session.RESTORE_SESSION.name
    ]
    return linked, any(verdict(task) == PENDING for task in same)


def follow(work: Work, what: Order, session: RestoreSession, changed: bool, deadline: float) -> Flow[RestoreSession]:
    """Follow the session to its end, and judge it. Raises OrderFailed where it did not end well, or cannot be followed.

    changed: it was begun by this task.
    """
    waiting = work.waiting

    def again(seen: RestoreSession, until: float) -> Flow[RestoreSession]:
        return restore_session.one(work.em, seen.id, until, POLL)

    def watch(seen: RestoreSession) -> None:
        percent = f", {seen.progress}%" if seen.progress else ""
        work.under_way.note(what.machine, f"{seen.state}{percent}")

    try:
        followed = yield from follow_session.follow(work.em, session, again, deadline, waiting.poll_interval, watch)
    finally:
        work.under_way.forget(what.machine)
    seen: RestoreSession = followed.session
    where = f"session {seen.id} on {seen.server.name}" if seen.server else f"session {seen.id}"
    if followed.how != follow_session.ENDED:
        met = f" The last request failed: {followed.trouble.reason}." if followed.trouble is not None else ""
        how = (
            f"has not ended within wait_timeout ({waiting.wait_timeout:g} seconds)"
            if followed.how == follow_session.TIMED_OUT
            else "cannot be followed any more"
        )
        sentence = f"{what.title} {how}: it was last seen {seen.state} ({where}).{met} It may go on. {AGAIN}"
        raise what.failed(sentence, followed.trouble, changed, seen)
    if seen.result not in waiting.accept:
        times = f"began {moments.in_sentence(seen.start)}, ended {moments.in_sentence(seen.end)}"
        how = how_it_ended(seen.result, waiting.accept)
        cause = {"request": f"GET {seen.path}", "status": 200, "message": seen.result}
        raise what.failed(f"{what.title} {how} ({where}, {times}). {CONSOLE}", cause, changed, seen)
    return seen


def unknown(what: Order, sent: Sent) -> OrderFailed:
    """It was sent, and nothing tells what became of it."""
    why = f" ({sent.trouble.reason})" if sent.trouble is not None else ""
    sentence = (
        f"{what.title} was sent, but what became of it is not known{why}: no session of it has shown up since. Look at "
        "the restore sessions before you run the task again."
    )
    return what.failed(sentence, sent.trouble, changed=True)
