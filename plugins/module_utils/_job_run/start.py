# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starting or retrying a job, once: after a lost answer its sessions tell whether the request arrived.

EM reference: post_jobs_id_actionstart.
"""

from __future__ import annotations

import typing as t

from .._em import follow_task as tasks
from .._em import order, wait
from .._em.task import FAILED, SUCCEEDED, Task
from .._http.effects import Flow
from .._http.errors import ExchangeError, VeeamError
from .._resources import follow_session
from .._resources.follow_session import LAG, SOON
from .._resources.job_session import JobSession
from . import plan
from .plan import Decision
from .wait import to_the_end, without_sending
from .work import Known, Ran, RunWork


def start(work: RunWork, decision: Decision) -> Flow[Ran]:
    """Start or retry the job, and wait for the end of that run where it is waited for."""
    action, before = t.cast(str, decision.action), decision.before
    sent, known = yield from work.send(action, Known())
    if isinstance(sent, order.Unaccepted):
        if sent.is_error_of_em:
            known = yield from after_error(work, known, action, before, sent)
        elif sent.how != order.UNANSWERED:
            hint = _hint(action, sent)
            return (yield from _after_refusal(work, known, decision, sent.error.reason, sent.error, hint))
        else:
            known = yield from look_for_session(work, known, before, LAG)
    else:

        def glance(task: Task) -> Flow[JobSession | None]:
            return (yield from follow_session.newer(work.em, work.job, before, work.deadline))

        followed = yield from tasks.follow(work.em, sent.task, work.patience, sent.token, glance)
        if followed.how == FAILED:
            said, cause = order.reason_of(followed.task), order.failure_of(followed.task)
            return (yield from _after_refusal(work, known._replace(changed=False), decision, said, cause))
        known = yield from _session_of(work, known, followed, before)
    if known.session is None:
        if not work.waiting.wait and known.trouble is None:
            return work.ran(known, f"Job {work.title} was {plan.DID[action]}; its session does not show yet.")
        raise work.unknown(known, action)
    if not work.waiting.wait:
        return work.ran(known, f"Job {work.title} was {plan.DID[action]}; the task did not wait for its end.")
    return (yield from to_the_end(work, known))


def _hint(action: str, sent: order.Unaccepted) -> str:
    if sent.how != order.EXPIRED:
        return sent.error.hint
    return f"A new session was opened, but a request to {action} a job is sent only once: run the same task again."


def after_error(
    work: RunWork, known: Known, action: str, before: JobSession | None, sent: order.Unaccepted
) -> Flow[Known]:
    """Enterprise Manager answered 5xx, which proves nothing: the session that came of the request all the same."""
    error = sent.error
    known = yield from look_for_session(work, known, before, wait.grace(min(SOON, work.waiting.poll_interval)))
    if known.session is not None:
        return known
    if known.trouble is not error:
        raise work.unknown(known, action)
    hint = f"No session of it has shown up since. {error.hint}".rstrip()
    raise work.refused(known._replace(changed=False), action, error.reason, error, hint)


def look_for_session(
    work: RunWork, known: Known, before: JobSession | None, seconds: float, named: follow_session.Named = ()
) -> Flow[Known]:
    """Look for the session that came of the request for so many seconds, at least once; it may show late."""
    waited = yield from follow_session.look_for_newer(
        work.em, work.job, before, seconds, work.waiting.poll_interval, work.deadline, named
    )
    if waited.value is None:
        return known._replace(trouble=waited.trouble or known.trouble)
    known = known._replace(session=waited.value)
    if known.trouble is not None:
        known = known._replace(remark=f"Its session was found although {known.trouble.reason}.", trouble=None)
    return known


def _session_of(work: RunWork, known: Known, followed: tasks.Followed, before: JobSession | None) -> Flow[Known]:
    """The session that the task of a start led to."""
    if followed.how == tasks.SEEN:
        return known._replace(session=followed.seen)
    named = []
    for kind, identifier in followed.task.sessions:
        if before is not None and identifier == before.id:
            continue
        try:
            found = yield from follow_session.named_one(work.em, work.job, kind, identifier, work.deadline)
        except ExchangeError as error:
            if error.status == 404:
                # It may show a little later.
                named.append((kind, identifier))
            continue
        if found is not None:
            return known._replace(session=found)
    if followed.how == SUCCEEDED:
        seconds = LAG if work.waiting.wait else 0.0
        return (yield from look_for_session(work, known, before, seconds, named))
    known = known._replace(trouble=followed.trouble)
    if followed.how in (tasks.LOCKED_OUT, tasks.TIMED_OUT):
        return known
    # The task cannot tell any more, or does not; the sessions can.
    return (yield from look_for_session(work, known, before, LAG, named))


def _after_refusal(
    work: RunWork,
    known: Known,
    decision: Decision,
    said: str,
    cause: ExchangeError | dict[str, t.Any],
    hint: str = "",
) -> Flow[Ran]:
    """It was refused. Somebody else may have started the job in the meantime."""
    seconds = wait.grace(min(SOON, work.waiting.poll_interval))
    waited = yield from follow_session.look_for_newer(
        work.em, work.job, decision.before, seconds, work.waiting.poll_interval, work.deadline
    )
    found: JobSession | None = waited.value
    if found is not None and not found.has_ended:
        known = known._replace(remark="Somebody else started it in the meantime.", session=found)
        try:
            instead = plan.when_running(work.job, found, work.if_running)
        except VeeamError as error:
            raise work.failed(known, error.msg) from error
        return (yield from without_sending(work, known, instead))
    raise work.refused(known, t.cast(str, decision.action), said, cause, hint)
