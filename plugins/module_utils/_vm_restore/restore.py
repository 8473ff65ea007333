# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One restore: read once more, sent once, its session found and followed to its end.

A finished task only means that the restore has begun, and nothing is ever sent a second time: a restore overwrites
again, or makes one more machine (EM reference: post_vmrestorepoints_id_actionrestore, restoresessions_id).
"""

from __future__ import annotations

import typing as t

from .._em import follow_task as tasks
from .._em import order, wait
from .._em.calls import EnterpriseManager
from .._em.order import OrderFailed
from .._em.task import FAILED, SUCCEEDED, Task, read_tasks
from .._http.effects import Flow
from .._http.errors import ExchangeError, Refused
from .._http.retry import POLL
from .._machine.options import EndWait
from .._machine.outcome import Done, Watching
from .._machine.pick import when
from .._machine.points import Roots
from .._module import shown
from .._resources import follow_session, restore_session
from .._resources.follow_session import LAG, SOON
from .._resources.restore_point import RESTORE_POINT, RestorePoint
from .._resources.restore_session import RestoreSession
from . import plan
from .plan import Decision
from .prove import read_running
from .spec import write

#: What EM calls the task of a restore (EM reference: post_vmrestorepoints_id_actionrestore).
OPERATION = "StartVMRestore"
_CONSOLE = "Enterprise Manager gives no reason; the backup console of that server shows it, under History."
AGAIN = "Run the same task again: it does not start a second one, but waits for this one."


class Context(t.NamedTuple):
    """What all restores of a task have. url: the address of EM, for hrefs."""

    em: EnterpriseManager
    url: str
    roots: Roots
    waiting: EndWait
    watching: Watching


class Sent(t.NamedTuple):
    """What is known of a restore that was sent, or may have been. session: None while none shows."""

    session: RestoreSession | None
    trouble: ExchangeError | None = None
    task: Task | None = None


def words(context: Context, decision: Decision, session: RestoreSession | None = None) -> dict[str, t.Any]:
    """The keys of a result."""
    now = context.em.server_clock.now()
    return {
        "restore_point": shown.restore_point(context.url, decision.point, now),
        "session": shown.restore_session(context.url, session) if session is not None else None,
        "original": decision.request.original,
    }


def predict(context: Context, decision: Decision) -> Done:
    """What restore() would do."""
    what = f"the restore point of {decision.title} of {when(decision.point)}"
    if decision.joins is not None:
        return Done(False, f"A restore from {what} runs already.", words(context, decision, decision.joins))
    msg = f"Would restore {what} {plan.what_happens(decision)}."
    return Done(True, msg, words(context, decision))


def restore(context: Context, decision: Decision, deadline: float) -> Flow[Done]:
    """Restore it, or wait for the restore that runs already. Raises OrderFailed. deadline: monotonic seconds."""
    if decision.joins is not None:
        return (yield from _to_the_end(context, decision, decision.joins, False, deadline, ""))
    before = yield from _prove_again(context, decision, deadline)
    if isinstance(before, RestoreSession):
        return (yield from _to_the_end(context, decision, before, False, deadline, ""))
    sent = yield from _send(context, decision, before, deadline)
    if sent.session is None:
        if sent.trouble is None and not context.waiting.wait:
            return Done(
                True, f"The restore of {decision.title} has begun; it was not waited for.", words(context, decision)
            )
        raise _unknown(context, decision, sent)
    remark = f" Its session was found although {sent.trouble.reason}." if sent.trouble is not None else ""
    if not context.waiting.wait:
        msg = f"The restore of {decision.title} has begun; it was not waited for.{remark}"
        return Done(True, msg, words(context, decision))
    return (yield from _to_the_end(context, decision, sent.session, True, deadline, remark))


def _prove_again(context: Context, decision: Decision, deadline: float) -> Flow[set[str] | RestoreSession]:
    """Read the point and what runs right before it is sent: since the proof minutes may have passed.

    Returns the ids of the sessions of this machine's name that are there before, or the restore to be waited for.
    Raises OrderFailed where it must not be sent any more.
    """
    em, proved = context.em, decision.point
    try:
        read: RestorePoint = yield from em.one(RESTORE_POINT, proved.id, deadline)
        before = yield from restore_session.of_machine(em, proved.machine, deadline)
        running, others = yield from read_running(em, deadline)
    except ExchangeError as error:
        if isinstance(error, Refused) and error.status == 404:
            sentence = (
                f"The restore point of {decision.title} of {when(proved)} is gone: retention has removed it meanwhile. "
                "Nothing was restored."
            )
            raise _failed(context, decision, sentence, error, changed=False) from error
        sentence = f"Nothing was restored for {decision.title}: {error.msg}"
        raise _failed(context, decision, sentence, error, changed=False) from error
    if not plan.same_as_proved(proved, read):
        sentence = (
            f"The restore point of {decision.title} of {when(proved)} is not what it was when the task began; nothing "
            "was restored. Run the task again."
        )
        raise _failed(context, decision, sentence, None, changed=False)
    joined = plan.when_running(decision.request, proved, running, others, context.roots)
    return joined if joined is not None else {session.id for session in before}


def _send(context: Context, decision: Decision, before: set[str], deadline: float) -> Flow[Sent]:
    """Send it, once, and find its session. Raises OrderFailed where it was refused."""
    em, waiting = context.em, context.waiting
    until = deadline - wait.last_look(waiting.wait_timeout)
    body = write(decision.spec, em.media_type)
    request = em.order("POST", f"{decision.point.path}?action=restore", decision.point.machine, until, body)
    sent = yield from order.send(em, request, deadline)
    if isinstance(sent, order.Unaccepted):
        if sent.how == order.UNANSWERED:
            return (yield from _find(context, decision, before, deadline, sent.error))
        why = sent.locked_out.msg if sent.locked_out is not None else sent.error.msg
        verb = "was not sent" if sent.how == order.NOT_SENT else "was refused"
        again = " A restore is sent only once: run the task again." if sent.how == order.EXPIRED else ""
        sentence = f"The restore of {decision.title} {verb}, nothing was restored: {why}{again}"
        raise _failed(context, decision, sentence, sent.error, changed=False) from sent.error
    patience = tasks.Patience(min(deadline, em.clock() + LAG), min(SOON, waiting.poll_interval))

    def glance(task: Task) -> Flow[RestoreSession | None]:
        return (yield from _new_one(context, decision, before, deadline))

    followed = yield from tasks.follow(em, sent.task, patience, sent.token, glance)
    if followed.how == FAILED:
        said = order.reason_of(followed.task).rstrip(".")
        sentence = f"The restore of {decision.title} was refused, nothing was restored: {said}."
        raise _failed(context, decision, sentence, order.failure_of(followed.task), changed=False)
    if followed.how == tasks.SEEN:
        return Sent(followed.seen, None, followed.task)
    linked = [identifier for kind, identifier in followed.task.sessions if kind == "RestoreSession"]
    if not linked and not waiting.wait and followed.how == SUCCEEDED:
        return Sent(None, None, followed.task)
    trouble = followed.trouble if followed.how != SUCCEEDED else None
    found = yield from _find(context, decision, before, deadline, trouble, linked)
    return found._replace(task=followed.task)


def _find(
    context: Context,
    decision: Decision,
    before: set[str],
    deadline: float,
    trouble: ExchangeError | None,
    linked: t.Sequence[str] = (),
) -> Flow[Sent]:
    """Look for the session of what was sent, or may have been. linked: those that its task names."""

    def look() -> Flow[RestoreSession | None]:
        for identifier in linked:
            try:
                return (yield from restore_session.one(context.em, identifier, deadline))
            except Refused as error:
                if error.status not in (400, 404):
                    raise
        if linked:
            return None
        return (yield from _new_one(context, decision, before, deadline))

    until = min(deadline, context.em.clock() + LAG)
    longest = min(SOON, context.waiting.poll_interval)
    waited = yield from wait.until_shown(context.em.clock, look, until, longest)
    return Sent(waited.value, trouble or waited.trouble if waited.value is None else trouble)


def _new_one(context: Context, decision: Decision, before: set[str], deadline: float) -> Flow[RestoreSession | None]:
    """The restore of this point that was not there before: that of a task of this logon session, else any.

    Two people who restore one point in the same minute cannot be told apart.
    """
    em, point = context.em, decision.point
    own: list[str] = []
    try:
        listed = yield from em.get("/api/tasks", deadline, POLL, read_tasks, renew=False)
        own = [
            identifier
            for task in listed
            if (task.operation or OPERATION).lower() == OPERATION.lower()
            for kind, identifier in task.sessions
            if kind == "RestoreSession"
        ]
    except ExchangeError:
        # Tasks end with their logon session; the sessions tell it too.
        own = []
    found = yield from restore_session.of_machine(em, point.machine, deadline)
    new = [
        session
        for session in found
        if session.id not in before
        and plan.is_restore(session)
        and (point.id in session.point_ids or not session.point_ids)
        and (session.server is None or point.server is None or session.server.id == point.server.id)
    ]
    return next((session for session in new if session.id in own), new[0] if new else None)


def _to_the_end(
    context: Context, decision: Decision, session: RestoreSession, changed: bool, deadline: float, remark: str
) -> Flow[Done]:
    """Wait for the end of the restore, where that is asked for, and judge it."""
    waiting = context.waiting
    if not waiting.wait:
        return Done(
            changed, f"A restore of {decision.title} from this restore point runs already.", words(context, decision)
        )

    def again(seen: RestoreSession, until: float) -> Flow[RestoreSession]:
        return restore_session.one(context.em, seen.id, until, POLL)

    def watch(seen: RestoreSession) -> None:
        percent = f", {seen.progress} %" if seen.progress else ""
        context.watching.show(decision.point.machine, f"{seen.state}{percent}")

    try:
        followed = yield from follow_session.follow(context.em, session, again, deadline, waiting.poll_interval, watch)
    finally:
        context.watching.forget(decision.point.machine)
    seen: RestoreSession = followed.session
    where = f"session {seen.id} on {seen.server.name}" if seen.server else f"session {seen.id}"
    if followed.how != follow_session.ENDED:
        met = f" The last request failed: {followed.trouble.reason}." if followed.trouble is not None else ""
        how = (
            f"has not ended within wait_timeout ({waiting.wait_timeout:g} seconds)"
            if followed.how == follow_session.TIMED_OUT
            else "cannot be followed any more"
        )
        sentence = f"The restore of {decision.title} {how}: it is {seen.state} ({where}).{met} It goes on. {AGAIN}"
        raise _failed(context, decision, sentence, followed.trouble, changed, seen)
    result = seen.result or "without a result"
    if seen.result not in waiting.accept:
        times = f"began {seen.start or 'at an unknown time'}, ended {seen.end or 'at an unknown time'}"
        sentence = f"The restore of {decision.title} ended: {result} ({where}, {times}). {_CONSOLE}"
        cause = {"request": f"GET {seen.path}", "status": 200, "message": seen.result}
        raise _failed(context, decision, sentence, cause, changed, seen)
    did = "Restored" if changed else "Waited for the restore of"
    msg = f"{did} {decision.title} from its restore point of {when(decision.point)} {plan.what_happens(decision)}"
    warning = " It ended with a warning." if result != "Success" else ""
    return Done(changed, f"{msg}.{warning}{remark}", words(context, decision, seen))


def _unknown(context: Context, decision: Decision, sent: Sent) -> OrderFailed:
    why = f" ({sent.trouble.reason})" if sent.trouble is not None else ""
    sentence = (
        f"The restore of {decision.title} was sent, but what became of it is not known{why}: no session of it has "
        "shown since. Look at the restore sessions before you run the task again."
    )
    return _failed(context, decision, sentence, sent.trouble, changed=True)


def _failed(
    context: Context,
    decision: Decision,
    sentence: str,
    cause: ExchangeError | dict[str, t.Any] | None,
    changed: bool,
    session: RestoreSession | None = None,
) -> OrderFailed:
    place = decision.request.place
    return OrderFailed(f"{place}{sentence}", changed, cause, **words(context, decision, session))
