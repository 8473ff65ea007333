# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Synchronising a backup copy job: its sessions do not say what it copies (EM reference: post_jobs_id_actionsync)."""

from __future__ import annotations

from .._em import follow_task as tasks
from .._em import order, wait
from .._em.task import FAILED, SUCCEEDED, Task, operation_is_finished
from .._http.effects import Flow
from .._resources.follow_session import SOON
from . import plan
from .plan import Decision
from .start import after_error, look_for_session
from .work import Known, Ran, RunWork


def sync(work: RunWork, decision: Decision) -> Flow[Ran]:
    """Start a synchronisation; how it ends cannot be known."""
    sent, known = yield from work.send(plan.SYNC, Known())
    if isinstance(sent, order.Accepted):
        followed = yield from tasks.follow(work.em, sent.task, work.patience, sent.token, _is_done)
        if followed.how == FAILED:
            said, cause = order.reason_of(followed.task), order.failure_of(followed.task)
            raise work.refused(known._replace(changed=False), plan.SYNC, said, cause)
        if followed.how in (SUCCEEDED, tasks.SEEN):
            return _started(work, (yield from look_for_session(work, known, decision.before, 0.0)))
        known = known._replace(trouble=followed.trouble)
    elif sent.is_error_of_em:
        return _started(work, (yield from after_error(work, known, plan.SYNC, decision.before, sent)))
    elif sent.how != order.UNANSWERED:
        raise work.refused(known, plan.SYNC, sent.error.reason, sent.error, sent.error.hint)
    known = yield from look_for_session(work, known, decision.before, wait.grace(SOON))
    if known.session is None:
        raise work.unknown(known, plan.SYNC)
    return _started(work, known)


def _started(work: RunWork, known: Known) -> Ran:
    msg = f"A synchronisation of job {work.title} was started; how it ends is not known here."
    if work.waiting.in_vain:
        msg += (
            " The task did not wait for its end, although wait is true: Enterprise Manager does not say when it has "
            "ended."
        )
    return work.ran(known, msg)


def _is_done(task: Task) -> Flow[bool | None]:
    """A synchronisation may stay in this state for as long as it runs."""
    yield from ()
    return True if operation_is_finished(task) and task.success else None
