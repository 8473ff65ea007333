# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One quick backup: sent once, its session found and followed to its end, and its restore point waited for.

The session is one of the machine's job and looks like any of its runs; only its task session says which machine it was
for (EM reference: post_backupservers_id_quickbackup, backuptasksessions_id).
"""

from __future__ import annotations

import math
import typing as t

from .._em import follow_task as tasks
from .._em import moments, order, wait
from .._em.calls import EnterpriseManager
from .._em.order import OrderFailed
from .._em.reference import quoted
from .._em.task import FAILED, SUCCEEDED, Task
from .._http.effects import Flow
from .._http.errors import ExchangeError, shortened
from .._http.retry import POLL
from .._machine import points as machine_points
from .._machine.options import EndWait
from .._machine.outcome import Done
from .._machine.points import Roots
from .._module import render, render_job
from .._module.progress import UnderWay
from .._resources import follow_session
from .._resources import job_session as sessions
from .._resources.follow_session import LAG, SOON
from .._resources.job_session import BACKUP_SESSION, JobSession, TaskSession, how_far, how_it_ended
from .._resources.machine import same_object
from .._resources.restore_point import RESTORE_POINT, RestorePoint
from .._resources.task_session import BackupTaskSession, read_list
from . import plan
from .jobs import JobOf, machine_runs, runs_of
from .options import FAIL
from .plan import Decision, age_in_words
from .spec import write

MAX_REASON = 300
AGAIN = "It goes on; run the same task again, with not_older_than, to wait for it."


class Context(t.NamedTuple):
    """What all machines of a task have. began: when the task began, by the server's clock."""

    em: EnterpriseManager
    url: str
    roots: Roots
    waiting: EndWait
    not_older_than: int | None
    if_running: str
    began: float | None
    under_way: UnderWay


class Item(t.NamedTuple):
    """A machine on its way. waits: for the end of its quick backup."""

    decision: Decision
    job: JobOf
    waits: bool


class Seen(t.NamedTuple):
    """What is known of a quick backup that was sent, or may have been."""

    session: JobSession | None = None
    trouble: ExchangeError | None = None


def words(
    context: Context,
    point: RestorePoint | None = None,
    session: JobSession | None = None,
    runs: t.Sequence[BackupTaskSession] = (),
) -> dict[str, t.Any]:
    """The keys of a result. runs: what the session did with the machine, where it did not succeed."""
    own = [TaskSession(run.machine, run.state, run.result, run.reason) for run in runs]
    shown_session = render_job.session(session, own) if session is not None else None
    if shown_session is not None and own:
        shown_session["task_sessions"] = render_job.task_sessions(own)
    now = context.em.server_clock.now()
    return {
        "restore_point": render.restore_point(context.url, point, now) if point is not None else None,
        "session": shown_session,
    }


def enough(context: Context, decision: Decision) -> Done:
    """Nothing has to be done."""
    age = age_in_words(decision.newest, context.em.server_clock.now())
    return Done(
        changed=False, msg=f"{decision.title} has a restore point {age}.", words=words(context, decision.newest)
    )


def predict(context: Context, item: Item) -> Done:
    """What back_up() would do."""
    decision, running = item.decision, _running(item)
    if decision.being_written is not None:
        age = age_in_words(decision.being_written, context.em.server_clock.now())
        return Done(
            changed=False,
            msg=f"Would wait for the restore point of {decision.title} {age}, which is being written.",
            words=words(context),
        )
    server = decision.newest.server.name if decision.newest.server is not None else ""
    if running is not None:
        _refuse_running(context, item, running)
        msg = f"Would wait for the run of job {quoted(_job(item))}, and then back up {decision.title} if need be."
    else:
        age = age_in_words(decision.newest, context.em.server_clock.now())
        msg = f"Would back up {decision.title} on {server}; its newest restore point is {age}."
    return Done(changed=True, msg=msg, words=words(context))


def _running(item: Item) -> JobSession | None:
    newest = item.job.newest
    return newest if newest is not None and not newest.has_ended else None


def _job(item: Item) -> str:
    return item.job.job.name if item.job.job is not None else "of the machine"


def _refuse_running(context: Context, item: Item, running: JobSession) -> None:
    if context.if_running == FAIL:
        sentence = (
            f"{item.decision.title} was not backed up, as if_running asks: its job {quoted(_job(item))} has been "
            f"running since {moments.in_sentence(running.start)} ({how_far(running)})."
        )
        raise _failed(context, item, sentence, None, changed=False, session=running)


def back_up(context: Context, item: Item, deadline: float) -> Flow[Done]:
    """Back the machine up, unless a point that is new enough comes up meanwhile. Raises OrderFailed."""
    if item.decision.being_written is not None:
        written = yield from _until_ready(context, item, item.decision.being_written.id, deadline)
        if written.value is not None:
            age = age_in_words(written.value, context.em.server_clock.now())
            msg = f"{item.decision.title} has a restore point {age}, which was still being written."
            return Done(changed=False, msg=msg, words=words(context, written.value))
    running = _running(item)
    if running is not None:
        _refuse_running(context, item, running)
        made = yield from _wait_for_run(context, item, running, deadline)
        if made is not None:
            return Done(changed=False, msg=_made_meanwhile(context, item, made), words=words(context, made, running))
    seen = yield from _send(context, item, deadline)
    if isinstance(seen, Done):
        return seen
    if seen.session is None:
        if seen.trouble is None and not item.waits:
            return Done(
                changed=True,
                msg=f"The quick backup of {item.decision.title} has begun; the task did not wait for its end.",
                words=words(context),
            )
        raise _unknown(context, item, seen)
    remark = f" Its session was found although {seen.trouble.reason}." if seen.trouble is not None else ""
    if not item.waits:
        msg = f"The quick backup of {item.decision.title} has begun; the task did not wait for its end.{remark}"
        return Done(changed=True, msg=msg, words=words(context, None, seen.session))
    return (yield from _to_the_end(context, item, seen.session, deadline, remark))


# -- while the job runs ----------------------------------------------------------------------------------------------


def _wait_for_run(context: Context, item: Item, running: JobSession, deadline: float) -> Flow[RestorePoint | None]:
    """Wait for the end of the run, and look for a point of it that will do instead of a quick backup."""
    yield from _follow(context, item, running, deadline, changed=False)
    now = context.em.server_clock.now()
    new = yield from _new_point(context, item, deadline)
    if new is None:
        return None
    if context.not_older_than is None:
        # One that was made since the task began is the one that was asked for.
        since = context.began
        return new if since is not None and new.created is not None and new.created >= since else None
    return new if plan.is_new_enough(new, context.not_older_than, now) else None


def _made_meanwhile(context: Context, item: Item, made: RestorePoint) -> str:
    age = age_in_words(made, context.em.server_clock.now())
    return f"{item.decision.title} has a restore point {age}, which a run of its job has made in the meantime."


def _new_point(context: Context, item: Item, deadline: float) -> Flow[RestorePoint | None]:
    """The newest ready point of the machine that was not there when the task began."""
    decision = item.decision
    found, _alike = yield from machine_points.read(
        context.em, [decision.machine.name], [], context.roots, deadline, POLL
    )
    return plan.newer_than(decision.machine, decision.newest, found, context.roots)


# -- sending -------------------------------------------------------------------------------------------------------


def _send(context: Context, item: Item, deadline: float) -> Flow[Seen | Done]:
    """Send it, once, and find its session. Raises OrderFailed where it was refused."""
    em, waiting, decision = context.em, context.waiting, item.decision
    until = deadline - wait.last_look(waiting.wait_timeout)
    server = t.cast(t.Any, decision.newest.server)
    body = write(decision.ref, em.media_type)
    request = em.order("POST", f"{server.path}?action=quickbackup", decision.machine.name, until, body)
    asked = em.server_clock.now()
    sent = yield from order.send(em, request, deadline)
    if isinstance(sent, order.Unaccepted):
        if sent.how == order.UNANSWERED:
            return (yield from _find(context, item, asked, deadline, sent.error))
        error = sent.error
        if sent.how == order.REFUSED:
            return (yield from _after_refusal(context, item, deadline, error.reason, error))
        why = sent.locked_out.msg if sent.locked_out is not None else error.msg
        verb = "was not sent" if sent.how == order.NOT_SENT else "was refused"
        again = " It is sent only once: run the task again." if sent.how == order.EXPIRED else ""
        sentence = f"The quick backup of {decision.title} {verb}: {why}{again}"
        raise _failed(context, item, sentence, error, changed=False) from error
    patience = tasks.Patience(min(deadline, em.clock() + LAG), min(SOON, waiting.poll_interval))

    def glance(task: Task) -> Flow[JobSession | None]:
        return (yield from _new_session(context, item, asked, deadline))

    followed = yield from tasks.follow(em, sent.task, patience, sent.token, glance)
    if followed.how == FAILED:
        said = order.reason_of(followed.task)
        return (yield from _after_refusal(context, item, deadline, said, order.failure_of(followed.task)))
    if followed.how == tasks.SEEN:
        return Seen(followed.seen)
    linked = [identifier for kind, identifier in followed.task.sessions if kind == BACKUP_SESSION.name]
    if not linked and not item.waits and followed.how == SUCCEEDED:
        return Seen()
    trouble = followed.trouble if followed.how != SUCCEEDED else None
    return (yield from _find(context, item, asked, deadline, trouble, linked))


def _after_refusal(
    context: Context,
    item: Item,
    deadline: float,
    said: str,
    cause: ExchangeError | dict[str, t.Any],
) -> Flow[Done]:
    """It was refused. Where the job runs meanwhile, that is why, and its run makes a point of the machine too."""
    running: JobSession | None = None
    if item.job.job is not None:
        try:
            newest = yield from sessions.newest(context.em, item.job.job, deadline)
        except ExchangeError:
            newest = None
        running = newest if newest is not None and not newest.has_ended else None
    if running is not None and context.if_running != FAIL:
        made = yield from _wait_for_run(context, item, running, deadline)
        if made is not None:
            return Done(changed=False, msg=_made_meanwhile(context, item, made), words=words(context, made, running))
    sentence = f"Enterprise Manager refused the quick backup of {item.decision.title}: {said.rstrip('.')}."
    if running is not None:
        sentence += f" Its job {quoted(_job(item))} was running ({how_far(running)})."
    elif isinstance(cause, ExchangeError) and cause.hint:
        sentence += f" {cause.hint}"
    raise _failed(context, item, sentence, cause, changed=False, session=running)


def _find(
    context: Context,
    item: Item,
    asked: float | None,
    deadline: float,
    trouble: ExchangeError | None,
    linked: t.Sequence[str] = (),
) -> Flow[Seen]:
    """Look for the session of what was sent, or may have been. linked: those that its task names."""

    def look() -> Flow[JobSession | None]:
        for identifier in linked:
            session: JobSession | None = yield from wait.known(
                sessions.one(context.em, BACKUP_SESSION, identifier, deadline)
            )
            if session is not None:
                return session
        if linked:
            return None
        return (yield from _new_session(context, item, asked, deadline))

    until = min(deadline, context.em.clock() + LAG)
    waited = yield from wait.until_shown(context.em.clock, look, until, min(SOON, context.waiting.poll_interval))
    return Seen(waited.value, trouble or (waited.trouble if waited.value is None else None))


def _new_session(context: Context, item: Item, asked: float | None, deadline: float) -> Flow[JobSession | None]:
    """The first run that this machine is in and that was not there before; whoever started it, it makes a new point.

    asked: when it was sent, by the server's clock. A run from before the task shows late, and its point is older than
    what was asked for; one from before what was sent counts while it goes on, for then that was refused.
    """
    runs = yield from machine_runs(context.em, [item.decision.machine.name], deadline)
    going_on: JobSession | None = None
    for run in reversed(runs_of(item.decision, runs.items, context.roots)):
        if not item.job.is_new(run) or run.session_id is None:
            continue
        session: JobSession = yield from sessions.one(context.em, BACKUP_SESSION, run.session_id, deadline)
        if _is_since(session, asked):
            return session
        if going_on is None and not session.has_ended and _is_since(session, context.began):
            going_on = session
    return going_on


def _is_since(session: JobSession, moment: float | None) -> bool:
    """Whether it began then or later, by clocks that tell whole seconds; where that is not known, it may have."""
    start = moments.read(session.start)
    return moment is None or start is None or start >= math.floor(moment)


# -- the end -------------------------------------------------------------------------------------------------------


def _follow(context: Context, item: Item, session: JobSession, deadline: float, changed: bool) -> Flow[JobSession]:
    """Follow the session to its end. Raises OrderFailed where it cannot be followed, or the time is up."""
    em, name = context.em, item.decision.machine.name
    try:
        followed = yield from follow_session.follow(
            em,
            session,
            follow_session.same_job_session(em),
            deadline,
            context.waiting.poll_interval,
            lambda seen: context.under_way.note(name, how_far(seen)),
        )
    finally:
        context.under_way.forget(name)
    seen: JobSession = followed.session
    if followed.how == follow_session.ENDED:
        return seen
    met = f" The last request failed: {followed.trouble.reason}." if followed.trouble is not None else ""
    how = (
        f"has not ended within wait_timeout ({context.waiting.wait_timeout:g} seconds)"
        if followed.how == follow_session.TIMED_OUT
        else "cannot be followed any more"
    )
    what = f"The quick backup of {item.decision.title}" if changed else f"The run of job {quoted(_job(item))}"
    sentence = f"{what} {how}: its session {seen.id} is {how_far(seen)}.{met} {AGAIN}"
    raise _failed(context, item, sentence, followed.trouble, changed, seen)


def _to_the_end(context: Context, item: Item, session: JobSession, deadline: float, remark: str) -> Flow[Done]:
    decision, waiting = item.decision, context.waiting
    session = yield from _follow(context, item, session, deadline, changed=True)
    own, unread = yield from _own_runs(context, item, session, deadline)
    result = own[0].result if own and own[0].has_completed else session.result
    if result not in waiting.accept:
        reason = next((run.reason for run in own if run.reason), session.failure)
        said = f" {shortened(' '.join(reason.split()).rstrip('.'), MAX_REASON)}." if reason else ""
        unreadable = f" The reason could not be read: {unread.reason}." if unread is not None else ""
        ended = how_it_ended(result, waiting.accept)
        sentence = f"The quick backup of {decision.title} {ended} (session {session.id}).{said}{unreadable}{remark}"
        cause = {"request": f"GET {session.path}", "status": 200, "message": reason or result}
        raise _failed(context, item, sentence, cause, changed=True, session=session, runs=own)
    waited = yield from _point_of(context, item, own, deadline)
    if waited.value is None:
        why = f": {waited.trouble.reason}" if waited.trouble is not None else ""
        sentence = (
            f"The quick backup of {decision.title} {how_it_ended(result)} (session {session.id}), but its restore "
            f"point has not shown up{why}. Enterprise Manager may show it later; run the same task again, with "
            f"not_older_than.{remark}"
        )
        raise _failed(context, item, sentence, waited.trouble, changed=True, session=session, runs=own)
    point: RestorePoint = waited.value
    warning = " It ended with a warning." if result == "Warning" else ""
    msg = f"Backed up {decision.title}: restore point {age_in_words(point, None)}.{warning}{remark}"
    return Done(changed=True, msg=msg, words=words(context, point, session, own if result != "Success" else ()))


def _own_runs(
    context: Context, item: Item, session: JobSession, deadline: float
) -> Flow[tuple[list[BackupTaskSession], ExchangeError | None]]:
    """What the session did with this machine, and why that could not be read, where it could not."""
    until = max(deadline, context.em.clock() + 30.0)
    try:
        runs = yield from context.em.get(f"{session.path}/taskSessions?format=Entity", until, POLL, read_list)
    except ExchangeError as error:
        return [], error
    return runs_of(item.decision, runs, context.roots), None


def _point_of(context: Context, item: Item, own: t.Sequence[BackupTaskSession], deadline: float) -> Flow[wait.Waited]:
    """The point that was made, as soon as it is ready: it shows before it can be restored."""
    named = next((run.point_id for run in own if run.point_id is not None), None)
    return (yield from _until_ready(context, item, named, deadline))


def _until_ready(context: Context, item: Item, named: str | None, deadline: float) -> Flow[wait.Waited]:
    """Look for a point until it can be restored. named: its id; None: the newest that was not there before."""
    key = same_object(item.decision.ref, context.roots.unique)

    def look() -> Flow[RestorePoint | None]:
        if named is not None:
            point: RestorePoint | None = yield from wait.known(context.em.one(RESTORE_POINT, named, look_until(), POLL))
            if point is None:
                return None
            mine = point.ref is None or same_object(point.ref, context.roots.unique) == key
            return point if point.ready and mine else None
        return (yield from _new_point(context, item, look_until()))

    def look_until() -> float:
        return max(deadline, context.em.clock() + SOON)

    until = min(deadline, context.em.clock() + LAG)
    return (yield from wait.until_shown(context.em.clock, look, until, min(SOON, context.waiting.poll_interval)))


def _unknown(context: Context, item: Item, seen: Seen) -> OrderFailed:
    why = f" ({seen.trouble.reason})" if seen.trouble is not None else ""
    sentence = (
        f"The quick backup of {item.decision.title} was sent, but what became of it is not known{why}: no session "
        "of it has shown up since. Run the same task again, with not_older_than."
    )
    return _failed(context, item, sentence, seen.trouble, changed=True)


def _failed(
    context: Context,
    item: Item,
    sentence: str,
    cause: ExchangeError | dict[str, t.Any] | None,
    changed: bool,
    session: JobSession | None = None,
    runs: t.Sequence[BackupTaskSession] = (),
) -> OrderFailed:
    place = item.decision.request.place
    return OrderFailed(f"{place}{sentence}", changed, cause, **words(context, None, session, runs))
