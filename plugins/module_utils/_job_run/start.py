# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starting or retrying a job, once: after a lost answer its sessions tell whether the request arrived.

EM reference: post_jobs_id_actionstart.
"""

from __future__ import annotations

import typing as t

from .._em import follow_task as tasks
from .._em import order
from .._em.task import FAILED, SUCCEEDED, Task
from .._http.effects import Flow
from .._http.errors import ExchangeError, VeeamError
from .._resources.job_session import JobSession
from . import plan
from .look import look, named_one, newer
from .plan import Decision
from .wait import to_the_end, without_sending
from .work import LAG, SOON, Ran, RunWork


def start(work: RunWork, decision: Decision) -> Flow[Ran]:
    """Start or retry the job, and wait for the end of that run where it is waited for."""
    action, before = t.cast(str, decision.action), decision.before
    sent = yield from work.send(action)
    if isinstance(sent, order.Unaccepted):
        if sent.how != order.UNANSWERED:
            return (yield from _after_refusal(work, action, before, sent.error.reason, sent.error, _hint(action, sent)))
        found = yield from look(work, before, LAG)
    else:

        def glance(task: Task) -> Flow[JobSession | None]:
            return (yield from newer(work, before))

        followed = yield from tasks.follow(work.em, sent.task, work.patience, sent.token, glance)
        if followed.how == FAILED:
            work.changed = False
            said = order.reason_of(followed.task)
            return (yield from _after_refusal(work, action, before, said, order.failure_of(followed.task)))
        found = yield from _session_of(work, followed, before)
    if found is None:
        if not work.waiting.wait and work.trouble is None:
            return work.ran(f"Job {work.title} was {plan.DID[action]}; its session does not show yet.")
        raise work.unknown(action)
    work.session = found
    if not work.waiting.wait:
        return work.ran(f"Job {work.title} was {plan.DID[action]}; the task did not wait for its end.")
    return (yield from to_the_end(work))


def _hint(action: str, sent: order.Unaccepted) -> str:
    if sent.how != order.EXPIRED:
        return sent.error.hint
    return f"A new session was opened, but a request to {action} a job is sent only once: run the same task again."


def _session_of(work: RunWork, followed: tasks.Followed, before: JobSession | None) -> Flow[JobSession | None]:
    """The session that the task of a start led to."""
    if followed.how == tasks.SEEN:
        return t.cast(JobSession, followed.seen)
    named = []
    for kind, identifier in followed.task.sessions:
        if before is not None and identifier == before.id:
            continue
        try:
            found = yield from named_one(work, kind, identifier)
        except ExchangeError as error:
            work.trouble = error
            if error.status == 404:
                # It may show a little later.
                named.append((kind, identifier))
            continue
        if found is not None:
            return found
    if followed.how == SUCCEEDED:
        work.trouble = None
        return (yield from look(work, before, LAG if work.waiting.wait else 0.0, named))
    work.trouble = followed.trouble
    if followed.how in (tasks.LOCKED_OUT, tasks.TIMED_OUT):
        return None
    # The task cannot tell any more, or does not; the sessions can.
    return (yield from look(work, before, LAG, named))


def _after_refusal(
    work: RunWork,
    action: str,
    before: JobSession | None,
    said: str,
    cause: ExchangeError | dict[str, t.Any],
    hint: str = "",
) -> Flow[Ran]:
    """It was refused. Somebody else may have started the job in the meantime."""
    found = yield from look(work, before, tasks.grace(min(SOON, work.waiting.poll_interval)))
    if found is not None and not found.has_ended:
        work.remark, work.session = "Somebody else started it meanwhile.", found
        try:
            decision = plan.when_running(work.job, found, work.if_running)
        except VeeamError as error:
            raise work.failed(error.msg) from error
        return (yield from without_sending(work, decision))
    raise work.refused(action, said, cause, hint)
