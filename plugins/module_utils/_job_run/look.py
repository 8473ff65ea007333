# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking for the session that a start leads to: one that is newer than the newest from before."""

from __future__ import annotations

from .._em import job_session as sessions
from .._em import task as tasks
from .._em.job_session import JobSession
from .._http.effects import Flow, Pause
from .._http.errors import ExchangeError
from . import plan
from .work import SOON, RunWork


def newer(work: RunWork, before: JobSession | None) -> Flow[JobSession | None]:
    """The newest session of the job, None if it is the one from before or none is there."""
    found = yield from sessions.newest(work.em, work.job, work.deadline)
    return found if plan.is_newer(found, before) else None


def look(work: RunWork, before: JobSession | None, patience: float) -> Flow[JobSession | None]:
    """Look for a session newer than that one for so many seconds, at least once.

    work.trouble is why it is not known whether what was sent arrived, and then what the looks met.
    """
    unknown = work.trouble
    until = min(work.deadline, work.em.clock() + patience)
    for pause in tasks.pauses(min(SOON, work.waiting.poll_interval)):
        try:
            found = yield from newer(work, before)
        except ExchangeError as error:
            found = None
            work.trouble = tasks.telling(error, work.trouble)
            if error.permanent or error.status in (401, 403):
                return None
        if found is not None and unknown is not None:
            work.remark = "Its session was found although %s." % unknown.reason
        if found is not None or work.em.clock() + pause >= until:
            return found
        yield Pause(pause)
    return None
