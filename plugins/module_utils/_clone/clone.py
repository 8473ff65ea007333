# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Making one clone: send it once, and follow its task, to the proof or to a look-up by name.

EM has no request id, and a task is lost with its session (EM reference: post_jobs_id_actionclone, tasks). So whatever
breaks after the request has gone out ends in a look-up by name on the right backup server until the deadline.
"""

from __future__ import annotations

import typing as t

from .._em import follow_task as tasks
from .._em import order
from .._em.calls import EnterpriseManager
from .._em.task import ENDED, FAILED, SUCCEEDED, Task
from .._http.effects import Flow
from .._http.errors import ExchangeError
from .._resources.job import JOB, Job
from .look import after_error, find, made_all_the_same, refuse_several
from .plan import Plan
from .prove import Unverified, prove_alone
from .spec import write
from .work import RUN_AGAIN, CloneFailed, CloneWait, CloneWork, Known, Made


def clone(em: EnterpriseManager, plan: Plan, waiting: CloneWait, deadline: float) -> Flow[Made | Unverified]:
    """Clone as planned. Raises CloneFailed, whose msg says what is known: sent or not, task, state, where to look.

    deadline: monotonic time up to which the outcome is waited for.
    """
    work = CloneWork(em, plan, waiting, deadline, em.clock())
    return (yield from work.guarded(Known(), _send(work)))


def _send(work: CloneWork) -> Flow[Made | Unverified]:
    # Never sent twice once a byte of it has gone out.
    path, body = f"{work.plan.source.path}?action=clone", write(work.plan.spec, work.em.media_type)
    request = work.em.order("POST", path, work.name, work.patience.until, body)
    sent = yield from order.send(work.em, request, work.deadline)
    if isinstance(sent, order.Unaccepted):
        if sent.how == order.NOT_SENT:
            raise _not_sent(work, sent.error) from sent.error
        if sent.is_error_of_em:
            return (yield from after_error(work, sent))
        if sent.how == order.UNANSWERED:
            why = f"the answer to the clone request was lost ({sent.error.reason})"
            return (yield from find(work, Known(), why, sent.error))
        return (yield from _after_refusal(work, sent))
    known = Known(sent.task)
    if not work.waiting.wait:
        return work.accepted(known)
    return (yield from work.guarded(known, _follow(work, sent.task, sent.token)))


def _not_sent(work: CloneWork, error: ExchangeError) -> CloneFailed:
    if work.em.clock() >= work.patience.until:
        why = f"the look-ups before it took all of wait_timeout ({work.waiting.wait_timeout:g} seconds)"
    else:
        why = error.reason
    sentence = f"The clone {work.title} was not sent; nothing was created: {why}. {error.hint}"
    return work.not_made(Known(), sentence.rstrip(), error)


def _after_refusal(work: CloneWork, refusal: order.Unaccepted) -> Flow[Made]:
    error, locked_out = refusal.error, refusal.locked_out
    if locked_out is not None:
        sentence = f"The clone {work.title} was refused; nothing was created: {locked_out.msg}"
        raise work.not_made(Known(), sentence, error) from locked_out
    hint = error.hint
    if refusal.how == order.EXPIRED:
        hint = "A new session was opened, but a clone is sent only once: run the same task again."
    what = f"refused the clone {work.title}"
    return (yield from made_all_the_same(work, Known(), what, error.reason, error, hint))


def _follow(work: CloneWork, task: Task, token: str | None) -> Flow[Made | Unverified]:
    """Follow the task to its end, or to a look-up by name where it has none."""

    def glance(unused: Task) -> Flow[list[Job] | None]:
        return work.on_server((yield from work.em.named(JOB, [work.name], work.deadline))) or None

    followed = yield from tasks.follow(work.em, task, work.patience, token, glance)
    task, trouble = followed.task, followed.trouble
    known = Known(task, followed.ended_at)
    if followed.how == SUCCEEDED:
        if known.linked is not None and work.other_name(known) is None:
            return Unverified(work, known)
        return (yield from prove_alone(work, known))
    if followed.how == FAILED:
        said, what = task.message or "it gave no message", f"could not make the clone {work.title} ({task.id} failed)"
        return (yield from made_all_the_same(work, known, what, said, order.failure_of(task)))
    if followed.how == tasks.SEEN:
        refuse_several(work, known, followed.seen)
        warning = f"{task.id} of clone {work.title} is still {task.state}, but the job is there."
        return work.made(known._replace(warnings=(warning,)), followed.seen[0])
    if followed.how == tasks.TIMED_OUT:
        return (yield from _after_timeout(work, known, trouble))
    if followed.how == tasks.LOCKED_OUT:
        raise work.unknown(known, trouble, trouble) from trouble
    why = {
        ENDED: f"{task.id} finished without saying how",
        tasks.SESSION_OVER: f"the logon session ended while {task.id} was {task.state}",
        tasks.LOST: f"{task.id} cannot be read any more ({trouble.reason if trouble is not None else ''})",
    }[followed.how]
    return (yield from find(work, known, why, trouble))


def _after_timeout(work: CloneWork, known: Known, trouble: ExchangeError | None) -> Flow[t.NoReturn]:
    task = t.cast(Task, known.task)
    sentence = (
        f"The clone {work.title} was accepted, but not finished within wait_timeout "
        f"({work.waiting.wait_timeout:g} seconds): {task.id} is {task.state} after {work.elapsed(known):.1f} seconds."
    )
    if trouble is not None:
        sentence += f" The last request failed: {trouble.reason}."
    if work.waiting.cancel_on_timeout:
        try:
            # Half of one request's time; the logout has the other half.
            yield from work.em.cancel(task, work.em.clock() + work.waiting.timeout / 2)
        except ExchangeError as error:
            sentence += f" Cancelling {task.id} failed: {error.reason}."
        else:
            sentence += f" {task.id} was removed, as on_timeout asks."
    sentence += f" The job may still appear on backup server {work.server}."
    raise work.went_wrong(known, f"{sentence} {RUN_AGAIN}", trouble)
