# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a session that has ended to the event that rules see, and which sessions are events at all. Pure."""

from __future__ import annotations

import typing as t

from .._em import moments
from .._module import render, render_job
from .._resources.job import Job
from .._resources.job_kind import AGENT, JOB, NAS
from .._resources.job_session import JobSession, TaskSession
from .options import Settings

#: Kinds of jobs by the type that a session names. Every other type is of kind job, those of replicas and copies too.
_KINDS = {"agentbackup": AGENT, "nasbackup": NAS}
#: Parts of a run that has a session of its own: a computer of an agent job, the copying of a copy job.
_PARTS = ("agentmanagement", "immediatebackupcopyworker")


def kind_of(session: JobSession) -> str:
    """The kind of its job."""
    return _KINDS.get((session.job_type or "").lower(), JOB)


def job_of(session: JobSession) -> Job:
    """Its job, as far as the session tells: that takes no role that shows jobs."""
    name, job_id = session.job_name or "", session.job_id or ""
    return Job(job_id, name, session.server, session.job_type, kind=kind_of(session))


def is_part(session: JobSession) -> bool:
    """Whether it is no run of a job, but a part of one."""
    return (session.job_type or "").lower() in _PARTS


def is_wanted(session: JobSession, chosen: Settings) -> bool:
    """Whether the options ask for it."""
    if is_part(session) or kind_of(session) not in chosen.kinds:
        return False
    if chosen.results is not None and session.result not in chosen.results:
        return False
    return chosen.jobs is None or session.job_name in chosen.jobs or session.job_id in chosen.jobs


def ended(session: JobSession, tasks: t.Sequence[TaskSession] | None, chosen: Settings) -> dict[str, t.Any]:
    """The event. tasks: what the run did with each machine, where it did not succeed; None where that is not known."""
    url = chosen.connection.endpoint.url
    failed = None if tasks is None else [task for task in tasks if task.result != "Success"]
    return {
        "session": {
            **render_job.session(session, tasks or ()),
            "uid": session.uid,
            "href": url + session.path,
            "task_sessions": None if failed is None else render_job.task_sessions(failed),
        },
        "job": {
            "name": session.job_name,
            "id": session.job_id,
            "kind": kind_of(session),
            "type": session.job_type,
            "backup_server": dict(render.server(url, session.server)),
        },
        "enterprise_manager": chosen.connection.endpoint.hostname,
    }


def missed(begin: float, end: float | None, reason: str, chosen: Settings) -> dict[str, t.Any]:
    """The event of a gap in which nothing could be read. end: None while it lasts."""
    gap = {"from": moments.write(begin), "to": moments.write(end) if end is not None else None, "reason": reason}
    return {"missed": gap, "enterprise_manager": chosen.connection.endpoint.hostname}
