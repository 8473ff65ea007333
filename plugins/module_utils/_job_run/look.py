# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking for the session that a start leads to: the one that its task names, else one newer than all from before.

EM reads its backup servers from time to time, so that a session may show late, also one from before the start.
"""

from __future__ import annotations

import typing as t

from .._em import follow_task as tasks
from .._http.effects import Flow, Pause
from .._http.errors import ExchangeError, telling
from .._resources import job_session as sessions
from .._resources.job_session import JobSession
from . import plan
from .work import SOON, RunWork

#: Kind and id of sessions.
Named = t.Sequence[tuple[str, str]]


def named_one(work: RunWork, kind: str, identifier: str) -> Flow[JobSession | None]:
    """The session that the task of a start names; None if it is one of another job. Raises ExchangeError."""
    found = yield from sessions.one(work.em, sessions.KINDS[kind], identifier, work.deadline)
    return found if found.job_id in (work.job.id, None) else None


def newer(work: RunWork, before: JobSession | None, named: Named = ()) -> Flow[JobSession | None]:
    """The newest session of the job, None if it is the one from before or none is there.

    named: those that it can only be, where the server has said so.
    """
    found = yield from sessions.newest(work.em, work.job, work.deadline)
    if found is None or not plan.is_newer(found, before):
        return None
    if not named or found.id in [identifier for _kind, identifier in named]:
        return found
    # One of somebody else, or from before.
    for kind, identifier in named:
        try:
            found = yield from named_one(work, kind, identifier)
        except ExchangeError as error:
            if error.status != 404:
                raise
        else:
            if found is not None:
                return found
    return None


def look(work: RunWork, before: JobSession | None, patience: float, named: Named = ()) -> Flow[JobSession | None]:
    """Look for a session newer than that one for so many seconds, at least once. named: as in newer().

    work.trouble is why it is not known whether what was sent arrived, and then what the looks met.
    """
    unknown = work.trouble
    until = min(work.deadline, work.em.clock() + patience)
    for pause in tasks.pauses(min(SOON, work.waiting.poll_interval)):
        try:
            found = yield from newer(work, before, named)
        except ExchangeError as error:
            found = None
            work.trouble = telling(error, work.trouble)
            if error.permanent or error.status in (401, 403):
                return None
        if found is not None and unknown is not None:
            work.remark = f"Its session was found although {unknown.reason}."
        if found is not None or work.em.clock() + pause >= until:
            return found
        yield Pause(pause)
    return None
