# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole run of veeam_job_run as a flow: find the jobs, then run them side by side."""

from __future__ import annotations

import typing as t

from .._em.reference import quoted
from .._http.effects import Flow, Parallel, Progress, Tell
from .._http.errors import NotFound, OptionError, VeeamError
from .._module.progress import UnderWay
from .._module.run import Run
from .._resources.find_jobs import Known, look_up, the_known
from .._resources.job import KINDS, Job
from .._resources.job_session import JobSession, how_far
from . import plan
from . import result as results
from .one import predict, run
from .options import JobRequest, Settings
from .work import Ran, RunWait

#: Seconds after which a logon session that was renewed may be renewed again: a wait may outlive many of them.
RENEW_AGAIN_AFTER = 60.0


def sent_by_then(names: t.Sequence[str]) -> str:
    """The sentence on what a run that broke off had sent: the names of the jobs."""
    if not names:
        return "Nothing was started or stopped."
    listed = ", ".join(quoted(name) for name in dict.fromkeys(names))
    return (
        f"Already asked to start or stop: {listed}. A job that was started goes on; run the same task "
        "again to wait for it."
    )


def flow(one_run: Run) -> Flow[dict[str, t.Any]]:
    """One run. In the jobs form a result with failed items has failed set; everything else that fails is raised."""
    chosen: Settings = one_run.chosen
    one_run.session.renew_again_after = RENEW_AGAIN_AFTER
    outcomes: list[Ran | VeeamError] = []
    if chosen.jobs:
        outcomes = yield from one_run.logged_on(_outcomes(one_run, chosen))
    for outcome in outcomes:
        for warning in outcome.warnings if isinstance(outcome, Ran) else ():
            one_run.warn(warning)
    if not chosen.single:
        return results.of_many(chosen, outcomes, one_run.check_mode, one_run.retries)
    if isinstance(outcomes[0], VeeamError):
        raise outcomes[0]
    return results.of_one(outcomes[0], one_run.retries)


def _outcomes(one_run: Run, chosen: Settings) -> Flow[list[Ran | VeeamError]]:
    found = yield from _find(one_run, chosen)
    jobs = [(index, job) for index, job in enumerate(found) if isinstance(job, Job)]
    under_way = UnderWay()
    before = sum(isinstance(item, VeeamError) for item in found)

    def progress(ended: int, running: int, failed: int) -> Progress:
        return Progress(before + ended, running, before + failed, len(found), under_way.text)

    def start(position: int, job: Job) -> Flow[Ran]:
        # The first ones have waited for the look-ups as part of their time; the others begin when they begin.
        clock = one_run.clock
        deadline = one_run.deadline if position < chosen.max_parallel else clock() + chosen.wait_timeout
        if one_run.check_mode:
            return predict(one_run.em, job, chosen.state, chosen.if_running, deadline)
        return noted(job, deadline)

    def noted(job: Job, deadline: float) -> Flow[Ran]:
        def watch(session: JobSession) -> None:
            under_way.note(job.name, how_far(session), job.id)

        waiting = _waiting(chosen, job)
        try:
            return (yield from run(one_run.em, job, chosen.state, chosen.if_running, waiting, deadline, watch))
        finally:
            under_way.forget(job.id)

    starts = [lambda position=position, job=job: start(position, job) for position, (unused, job) in enumerate(jobs)]
    ended = yield Parallel(starts, chosen.max_parallel, progress)
    outcomes: list[t.Any] = list(found)
    for (index, _job), outcome in zip(jobs, ended):
        outcomes[index] = outcome
    if jobs and not one_run.check_mode:
        failed = sum(isinstance(item, VeeamError) for item in outcomes)
        yield Tell(Progress(len(outcomes), 0, failed, len(outcomes)))
    return outcomes


def _waiting(chosen: Settings, job: Job) -> RunWait:
    wait = not plan.is_copy(job) and chosen.wait is not False
    return RunWait(
        wait,
        chosen.wait_for_retries and wait,
        chosen.accept,
        chosen.wait_timeout,
        chosen.poll_interval,
        in_vain=chosen.wait is True and not wait,
    )


# -- which jobs ----------------------------------------------------------------------------------------------------


def _find(one_run: Run, chosen: Settings) -> Flow[list[Job | VeeamError]]:
    """The job of each request, or why there is none. What concerns all of them is raised."""
    requests = chosen.jobs
    all_of_them = [*requests, chosen.whole] if chosen.whole is not None else requests
    known: dict[str, Known | NotFound] = {}
    for kind in dict.fromkeys(request.kind for request in requests):
        named = [request.job for request in all_of_them if request.kind == kind]
        known[kind] = yield from look_up(one_run.em, KINDS[kind], kind, named, one_run.deadline)
    if chosen.whole is not None:
        seen = known[chosen.whole.kind]
        if isinstance(seen, Known) and chosen.whole.job.picks(seen.found.items):
            requests = [chosen.whole]
    result: list[Job | VeeamError] = []
    places: dict[str, str] = {}
    for request in requests:
        try:
            result.append(_job(request, chosen, known[request.kind], places))
        except VeeamError as error:
            result.append(error)
    return result


def _job(request: JobRequest, chosen: Settings, known: Known | NotFound, places: dict[str, str]) -> Job:
    job = the_known("job", request.job, request.backup_server, known, request.place, request.kind)
    # At the top of a list wait is a default, which those that cannot be waited for ignore.
    plan.check_kind(job, chosen.state, chosen.wait if chosen.single else None, request.place)
    if job.id in places:
        raise OptionError(
            f"{request.place}this is {quoted(job.name)}, and so is {places[job.id].rstrip(': ')}; name each job once."
        )
    places[job.id] = request.place
    return job
