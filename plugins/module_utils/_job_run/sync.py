# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Synchronising a backup copy job: its sessions do not say what it copies (EM reference: post_jobs_id_actionsync)."""

from __future__ import annotations

from .._em import follow_task as tasks
from .._em import order
from .._em.task import FAILED, SUCCEEDED, Task, operation_is_finished
from .._http.effects import Flow
from . import plan
from .look import look
from .plan import Decision
from .work import SOON, Ran, RunWork


def sync(work: RunWork, decision: Decision) -> Flow[Ran]:
    """Start a synchronisation; how it ends cannot be known."""
    sent = yield from work.send(plan.SYNC)
    if isinstance(sent, order.Accepted):
        followed = yield from tasks.follow(work.em, sent.task, work.patience, sent.token, _is_done)
        if followed.how == FAILED:
            work.changed = False
            said = order.reason_of(followed.task)
            raise work.refused(plan.SYNC, said, order.failure_of(followed.task))
        if followed.how in (SUCCEEDED, tasks.SEEN):
            work.session = yield from look(work, decision.before, 0.0)
            return _started(work)
        work.trouble = followed.trouble
    elif sent.how != order.UNANSWERED:
        raise work.refused(plan.SYNC, sent.error.reason, sent.error, sent.error.hint)
    work.session = yield from look(work, decision.before, tasks.grace(SOON))
    if work.session is None:
        raise work.unknown(plan.SYNC)
    return _started(work)


def _started(work: RunWork) -> Ran:
    return work.ran(f"A synchronisation of job {work.title} was started; how it ends is not known here.")


def _is_done(task: Task) -> Flow[bool | None]:
    """A synchronisation may stay in this state for as long as it runs."""
    yield from ()
    return True if operation_is_finished(task) and task.success else None
