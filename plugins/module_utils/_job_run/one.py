# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One job: start, stop or retry it once, whichever its newest session calls for, and wait for the end of its run."""

from __future__ import annotations

import typing as t

from .._em.calls import EnterpriseManager
from .._em.reference import quoted
from .._http.effects import Flow
from .._http.errors import ExchangeError, VeeamError
from .._resources import job_session as sessions
from .._resources.follow_session import Watch
from .._resources.job import Job
from .._resources.job_session import JobSession
from . import plan
from .start import start
from .stop import stop
from .sync import sync
from .wait import without_sending
from .work import Known, Ran, RunFailed, RunWait, RunWork


def run(
    em: EnterpriseManager, job: Job, state: str, if_running: str, waiting: RunWait, deadline: float, watch: Watch
) -> Flow[Ran]:
    """Bring the job into the state. Raises VeeamError, mostly RunFailed. deadline: monotonic seconds."""
    work = RunWork(em, job, if_running, waiting, deadline, watch, em.clock())
    try:
        newest = yield from sessions.newest(em, job, deadline)
    except ExchangeError as error:
        raise work.failed(Known(), f"Nothing was sent for job {work.title}: {error.msg}", error) from error
    try:
        decision = plan.decide(job, newest, state, if_running)
    except VeeamError as error:
        raise work.failed(Known(session=newest), error.msg) from error
    if decision.action is None:
        return (yield from without_sending(work, Known(), decision))
    if decision.action == plan.STOP:
        return (yield from stop(work, t.cast(JobSession, newest)))
    if decision.action == plan.SYNC:
        return (yield from sync(work, decision))
    return (yield from start(work, decision))


def predict(em: EnterpriseManager, job: Job, state: str, if_running: str, deadline: float) -> Flow[Ran]:
    """What run() would do, from what can be read."""
    newest = yield from sessions.newest(em, job, deadline)
    try:
        decision = plan.decide(job, newest, state, if_running)
    except VeeamError as error:
        raise RunFailed(error.msg, changed=False, session=newest) from error
    if decision.action is None:
        return Ran(job, changed=False, session=newest, tasks=(), msg=decision.msg)
    msg = f"Would {plan.TO[decision.action]} job {quoted(job.name)}."
    stopped = newest if decision.action == plan.STOP else None
    return Ran(job, changed=True, session=stopped, tasks=(), msg=msg)
