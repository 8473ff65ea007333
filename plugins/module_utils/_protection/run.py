# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""veeam_protection_info: the whole flow, and its result."""

from __future__ import annotations

import typing as t

from .._em.moments import write
from .._http.effects import Flow
from .._http.errors import counted
from .._module import render
from .._module.run import Run
from .._resources.machine import platform_of
from .assemble import Looked, facts_of
from .facts import CONTAINER, Facts, Held, LastRun, Question
from .judge import STATUSES, Verdict, judge
from .options import Settings
from .reading import Found, Reader

#: So many jobs that may hold a machine by a container are shown of each machine; the reason counts the others.
MOST_CONTAINERS = 10


def flow(run: Run) -> Flow[dict[str, t.Any]]:
    """The whole run."""
    chosen: Settings = run.chosen
    if chosen.asked.machines == ():
        return {"changed": False, **_result([], "", (), complete=True)}
    found = yield from run.logged_on(Reader(run.em, chosen.asked, run.deadline).read())
    return {"changed": False, **protection(found, chosen.connection.endpoint.url)}


def protection(found: Found, url: str) -> dict[str, t.Any]:
    """What was read, judged, as results show it. url: the address that hrefs begin with."""
    question = Question(found.asked.within, found.now, found.asked.exclude)
    words = _Words(url, found.now)
    machines = [words.machine(looked, judge(looked.facts, question)) for looked in facts_of(found)]
    machines.sort(key=_place)
    return _result(machines, write(found.now), found.notes, found.complete)


def _place(machine: dict[str, t.Any]) -> tuple[str, ...]:
    host = machine["host"]
    return (host["name"] or "", host["id"] or "", machine["name"] or "", machine["ref"] or "")


def _result(machines: list[dict[str, t.Any]], as_of: str, notes: t.Sequence[str], complete: bool) -> dict[str, t.Any]:
    summary = dict.fromkeys(STATUSES, 0)
    for machine in machines:
        summary[machine["status"]] += 1
    by_status = ", ".join(f"{count} {status}" for status, count in summary.items() if count)
    return {
        "machines": machines,
        "summary": summary,
        "complete": complete,
        "as_of": as_of or None,
        "notes": list(notes),
        "msg": f"Found {counted(len(machines), 'machine')}{': ' if by_status else ''}{by_status}.",
    }


class _Words:
    """Machines as results show them. What is the same for many is one object, not to be changed."""

    def __init__(self, url: str, now: float) -> None:
        self._url, self._now = url, now
        self._jobs: dict[tuple[Held, ...], list[dict[str, t.Any]]] = {}

    def machine(self, looked: Looked, verdict: Verdict) -> dict[str, t.Any]:
        facts = looked.facts
        ref = facts.refs[0] if facts.refs else None
        point = facts.newest.entity if facts.newest is not None else None
        return {
            "name": facts.name or None,
            "ref": ref,
            "platform": platform_of(ref),
            "host": looked.host,
            "status": verdict.status,
            "reason": verdict.reason,
            "restore_point": render.restore_point(self._url, point, self._now) if point is not None else None,
            "last_run": last_run(facts.last_run),
            "jobs": self._shown_jobs(facts),
            "twice": facts.twice,
        }

    def _shown_jobs(self, facts: Facts) -> list[dict[str, t.Any]]:
        known = self._jobs.get(facts.held)
        if known is None:
            containers = [held for held in facts.held if held.by == CONTAINER][:MOST_CONTAINERS]
            objects = [held for held in facts.held if held.by != CONTAINER]
            known = self._jobs[facts.held] = [job(held) for held in objects + containers]
        return known


def job(held: Held) -> dict[str, t.Any]:
    """A job that holds a machine."""
    return {
        "name": held.job.name,
        "id": held.job.id,
        "type": held.job.type,
        "enabled": held.job.enabled,
        "run_automatically": held.job.run_automatically,
        "by": held.by,
    }


def last_run(run: LastRun | None) -> dict[str, t.Any] | None:
    """The newest run that has ended."""
    if run is None:
        return None
    return {"job": run.job, "result": run.result, "end": write(run.end), "reason": run.reason}
