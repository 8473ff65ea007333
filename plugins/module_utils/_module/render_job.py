# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job with everything that EM tells of it, and the sessions of its runs, as results show them. Pure.

What is not known is null.
"""

from __future__ import annotations

import typing as t

from .._resources.job_entity import EDITABLE, JobEntity, object_words, option_words
from .._resources.job_session import JobSession, TaskSession, reasons
from .._resources.repository import Repository
from .render import job, repository_brief


def whole_job(url: str, entity: JobEntity, names: t.Mapping[str, str]) -> dict[str, t.Any]:
    """A job with everything that EM tells of it. names: id to name of other jobs and of repositories, where known."""
    edited = option_words(entity, names)
    words = {**job(url, entity.job), "kind": entity.kind, "enabled": entity.enabled}
    words["run_automatically"] = edited["run_automatically"]
    words["next_run"] = entity.next_run
    words.update((option, edited[option]) for option in EDITABLE[2:])
    words["objects"] = object_words(entity)
    words["linked_jobs"] = list(entity.linked) if entity.linked is not None else None
    held_in = entity.repository
    words["repository"] = repository_brief(Repository(held_in, names.get(held_in) or "", None)) if held_in else None
    return words


def session(item: JobSession, tasks: t.Iterable[TaskSession] = ()) -> dict[str, t.Any]:
    """A session of a job. tasks: its task sessions, of a run that did not succeed."""
    return {
        "id": item.id,
        "state": item.state,
        "result": item.result,
        "progress": item.progress,
        "start": item.start,
        "end": item.end,
        "retry": item.retry,
        "reasons": reasons(item, tasks),
    }


def task_sessions(items: t.Iterable[TaskSession]) -> list[dict[str, t.Any]]:
    """What a run did with each machine."""
    return [item._asdict() for item in items]
