# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run did with each of its machines, of any kind of job.

The run of an agent job is a container: each of its computers has a session of its own below it, of a hidden job that is
named "job - computer". EM shows these late, some minutes after they began (EM reference: get_backupsessions_id,
get_backupsessions_id_agentmanagementsessions).
"""

from __future__ import annotations

import typing as t

from .._em import wait
from .._em.calls import EnterpriseManager
from .._http.effects import Flow
from .._http.errors import ExchangeError, Refused
from .._http.retry import READ
from . import job_kind
from . import job_session as sessions
from .job import Job
from .job_session import BACKUP_SESSION, JobSession, TaskSession

#: Seconds after the begin of a run by which the sessions of its computers show, if ever.
COMPUTERS_LATE = 300.0
#: Seconds that asking for the reasons may take at the most where the time is up.
TIME_FOR_REASONS = 30.0


def machines(em: EnterpriseManager, job: Job, run: JobSession, deadline: float) -> Flow[list[TaskSession]]:
    """What the run did with each machine, as far as EM shows it now. Raises ExchangeError."""
    found = yield from _shown(em, job, run, deadline)
    return found.machines


def machines_of_ended(
    em: EnterpriseManager, job: Job, run: JobSession, deadline: float, poll_interval: float, lasted: float
) -> Flow[list[TaskSession]]:
    """The same of a run that ended without Success: the computers that say why are waited for, until the deadline.

    There is one look even after that. lasted: seconds since the run began. poll_interval: the longest pause between two
    looks, in seconds.
    """
    # The run may have ended just before the deadline, and its reasons are worth one more answer.
    bound = max(deadline, em.clock() + min(TIME_FOR_REASONS, em.timeout))
    if job.kind != job_kind.AGENT:
        return (yield from machines(em, job, run, bound))
    seen = _Shown([], explain=False)

    def look() -> Flow[_Shown | None]:
        nonlocal seen
        seen = yield from _shown(em, job, run, bound)
        return seen if seen.explain else None

    until = min(deadline, em.clock() + max(0.0, COMPUTERS_LATE - lasted))
    waited = yield from wait.until_shown(em.clock, look, until, poll_interval)
    if waited.trouble is not None and not seen.machines:
        raise waited.trouble
    return seen.machines


class _Shown(t.NamedTuple):
    """explain: one of the machines did not succeed either, and none is still under way."""

    machines: list[TaskSession]
    explain: bool


def _shown(em: EnterpriseManager, job: Job, run: JobSession, deadline: float) -> Flow[_Shown]:
    own = yield from sessions.task_sessions(em, run, deadline)
    if own or job.kind != job_kind.AGENT:
        return _Shown(own, explain=True)
    computers = yield from _computers(em, run, deadline)
    told = []
    for computer in computers:
        told.append((yield from _computer(em, job, computer, deadline)))
    ended = all(computer.has_ended for computer in computers)
    return _Shown(told, ended and any(computer.result not in (None, "Success") for computer in computers))


def _computers(em: EnterpriseManager, run: JobSession, deadline: float) -> Flow[list[JobSession]]:
    address = f"{run.path}/agentManagementSessions?format=Entity"
    try:
        return (yield from em.get(address, deadline, READ, sessions.read_sessions(BACKUP_SESSION)))
    except Refused as error:
        if error.status in (400, 404):
            # There is no such list of this session.
            return []
        raise


def _computer(em: EnterpriseManager, job: Job, session: JobSession, deadline: float) -> Flow[TaskSession]:
    """One computer, with its reason where it has one."""
    before = f"{job.name} - "
    name = session.job_name or ""
    name = name[len(before) :] if name.startswith(before) else name
    reason: str | None = None
    if session.result not in (None, "Success"):
        try:
            tasks = yield from sessions.task_sessions(em, session, deadline)
        except ExchangeError as error:
            if error.status != 404:
                raise
            tasks = []
        reason = next((task.reason for task in tasks if task.reason), None)
        name = name or next((task.name for task in tasks), "")
    return TaskSession(name, "Completed" if session.has_ended else "InProgress", session.result, reason)
