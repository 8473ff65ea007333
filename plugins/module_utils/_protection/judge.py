# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what was read of a machine to its status and the reason. Pure; the module, the report and the inventory use it.

The first rule that speaks decides. What a read that failed, or that the role does not allow, might have said is never
taken for good: it can make a status unknown, and nothing else.
"""

from __future__ import annotations

import typing as t

from .._em.moments import in_words, write
from .._http.errors import shortened
from .facts import FAILED, HIDDEN, READ, Facts, Job, LastRun, Point, Question

EXCLUDED, UNKNOWN, FAILING, PROTECTED = "excluded", "unknown", "failing", "protected"
PAUSED, LATE, UNPROTECTED = "paused", "late", "unprotected"

#: Worst first, as reports show them.
STATUSES = (UNPROTECTED, FAILING, LATE, PAUSED, UNKNOWN, PROTECTED, EXCLUDED)


class Verdict(t.NamedTuple):
    """reason: always one sentence."""

    status: str
    reason: str


def judge(facts: Facts, question: Question) -> Verdict:
    """The status of one machine."""
    excluded_by = question.exclude.naming(facts.name, facts.refs)
    if excluded_by is not None:
        return Verdict(EXCLUDED, f'exclude has "{excluded_by}"')
    return _unreadable(facts, question) or _by_runs_and_points(facts, question) or _by_jobs(facts, question)


# -- the rules, in their order -------------------------------------------------------------------------------------


def _unreadable(facts: Facts, question: Question) -> Verdict | None:
    """What decides could not be read, or is of another machine."""
    newest = _newest(facts.newest, question)
    if facts.points != READ:
        return Verdict(UNKNOWN, f"its restore points {_why(facts.points)}")
    if facts.inventory == FAILED:
        return Verdict(UNKNOWN, f"the inventory that it would be in could not be read; {newest}")
    if facts.runs == FAILED:
        return Verdict(UNKNOWN, f"its runs could not be read, so it is not known whether it fails; {newest}")
    if HIDDEN in (facts.inventory, facts.runs):
        # Such a role sees points and nothing else. What nobody named may be anything.
        if facts.is_named and _is_fresh(facts.newest, question):
            return None
        sees = "sees restore points only" if facts.inventory == HIDDEN else "does not see runs"
        return Verdict(UNKNOWN, f"the role of the account {sees}; {newest}")
    if facts.newest is None and facts.foreign is not None:
        return Verdict(
            UNKNOWN,
            f"{_newest(facts.foreign, question)}, has its name but not its reference: it may have been registered "
            "again, or restored beside the original",
        )
    if facts.inventory != READ:
        return Verdict(UNKNOWN, f"it is in no inventory; {newest}")
    return None


def _by_runs_and_points(facts: Facts, question: Question) -> Verdict | None:
    newest = _newest(facts.newest, question)
    for run in (facts.last_run, facts.doubtful):
        if run is None or not run.has_failed or (facts.newest is not None and facts.newest.created > run.end):
            continue
        failure = f"{_run(run)}; {newest}"
        if run is facts.doubtful:
            return Verdict(UNKNOWN, f"{failure}; that run may be of another machine of its name")
        if facts.jobs == HIDDEN:
            return Verdict(UNKNOWN, f"{failure}; the role of the account does not see jobs")
        return Verdict(FAILING, failure)
    return Verdict(PROTECTED, newest) if _is_fresh(facts.newest, question) else None


def _by_jobs(facts: Facts, question: Question) -> Verdict:
    """There is no point that is new enough."""
    newest = _newest(facts.newest, question)
    if facts.newest is not None:
        newest += f", older than {in_words(question.within)}"
    if facts.jobs != READ:
        return Verdict(UNKNOWN, f"{newest}; the jobs that may hold it {_why(facts.jobs)}")
    holding = facts.by_object
    if facts.newest is not None:
        if holding and all(job.rests for job in holding):
            do = "does not run by itself" if len(holding) == 1 else "do not run by themselves"
            return Verdict(PAUSED, f"{newest}; {_jobs(holding)} {do}")
        return Verdict(LATE, newest)
    if holding:
        return Verdict(LATE, f"{newest}, although {_jobs(holding)} {'holds' if len(holding) == 1 else 'hold'} it")
    containers = facts.by_container
    if containers:
        where = [f'"{held.container}" in job "{held.job.name}"' for held in containers]
        return Verdict(UNKNOWN, f"{newest} and no job by its name, but it may be in {_first(where)}")
    return Verdict(UNPROTECTED, f"{newest}, and no job that holds it")


# -- words ---------------------------------------------------------------------------------------------------------


def _is_fresh(point: Point | None, question: Question) -> bool:
    return point is not None and question.now - point.created <= question.within


def _newest(point: Point | None, question: Question) -> str:
    if point is None:
        return "no restore point"
    return f"restore point of {write(point.created)}, {in_words(question.now - point.created)} old"


def _run(run: LastRun) -> str:
    job = f'job "{run.job}"' if run.job else "a job"
    said = f": {shortened(' '.join(run.reason.split()).rstrip('.'), 200)}" if run.reason else ""
    return f"the run of {job} that ended {write(run.end)} failed{said}"


def _why(read: str) -> str:
    return "could not be read" if read == FAILED else "are not shown to the role of the account"


def _jobs(jobs: t.Iterable[Job]) -> str:
    return _first([f'job "{job.name}"' for job in jobs])


def _first(texts: t.Iterable[str]) -> str:
    """The first three, and how many more there are."""
    distinct = sorted(set(texts))
    more = [f"{len(distinct) - 3} more"] if len(distinct) > 3 else []
    return " and ".join([", ".join(distinct[:3]), *more])
