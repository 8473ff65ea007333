# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole run of veeam_job_clone as a flow: look everything up, clone side by side, read the new jobs back."""

from __future__ import annotations

import typing as t

from .._em.calls import EnterpriseManager
from .._em.reference import quoted
from .._http.effects import Flow, Parallel, Progress, Tell
from .._http.errors import VeeamError
from .._module.run import Run
from . import result as results
from .clone import clone
from .options import Settings
from .plan import Plan
from .prove import Unverified, prove
from .resolve import Existing, Resolved, resolve
from .work import Made


def sent_by_then(names: t.Sequence[str]) -> str:
    """The sentence on what a run that broke off had sent: the names of its clones."""
    if not names:
        return "Nothing was created."
    return (
        f"Already sent, and perhaps not finished: {', '.join(map(quoted, names))}. "
        "Run the same task again: it finds what was made, and makes the rest."
    )


def flow(run: Run) -> Flow[dict[str, t.Any]]:
    """One run. In the clones form a result with failed items has failed set; everything else that fails is raised."""
    chosen: Settings = run.chosen
    outcomes: list[results.Outcome] = []
    if chosen.clones:
        outcomes = yield from run.logged_on(_outcomes(run, chosen))
    if chosen.single and isinstance(outcomes[0], VeeamError):
        raise outcomes[0]
    for outcome in outcomes:
        _warn_of(run, outcome)
    if chosen.single:
        return results.of_one(chosen, t.cast("Made | Existing | Plan", outcomes[0]), run.diff, run.retries)
    return results.of_many(chosen, outcomes, run.check_mode, run.diff, run.retries)


def _outcomes(run: Run, chosen: Settings) -> Flow[list[results.Outcome]]:
    resolved = yield from resolve(run.em, chosen.clones, run.deadline)
    if run.check_mode:
        return list(resolved)
    return (yield from _clone_all(run, chosen, resolved))


def _clone_all(run: Run, chosen: Settings, resolved: list[Resolved]) -> Flow[list[results.Outcome]]:
    em = run.em
    outcomes: list[results.Outcome] = list(resolved)
    plans = [(index, plan) for index, plan in enumerate(resolved) if isinstance(plan, Plan)]
    failed = sum(isinstance(item, VeeamError) for item in resolved)
    settled = len(resolved) - len(plans)

    def start(position: int, plan: Plan) -> Flow[Made | Unverified]:
        # The first ones have waited for the look-ups as part of their time; the others begin when they begin.
        own = run.deadline if position < chosen.max_parallel else em.clock() + chosen.waiting.wait_timeout
        return clone(em, plan, chosen.waiting, own)

    def progress(ended: int, running: int, failures: int) -> Progress:
        # What has ended here is still to be read back, so the last of them has not ended yet.
        all_but_one = min(settled + ended, len(resolved) - 1)
        return Progress(all_but_one, running, failed + failures, len(resolved))

    starts = [
        lambda position=position, plan=plan: start(position, plan) for position, (unused, plan) in enumerate(plans)
    ]
    ended: list[Made | Unverified | VeeamError] = yield Parallel(starts, chosen.max_parallel, progress)
    verified = yield from _prove_all(em, chosen.max_parallel, ended)
    for (index, _plan), outcome in zip(plans, verified):
        outcomes[index] = outcome
    if plans:
        failed = sum(isinstance(item, VeeamError) for item in outcomes)
        yield Tell(Progress(len(outcomes), 0, failed, len(outcomes)))
    return outcomes


def _prove_all(
    em: EnterpriseManager, max_parallel: int, ended: list[Made | Unverified | VeeamError]
) -> Flow[list[Made | VeeamError]]:
    """Prove the new jobs: together first, and those that EM does not show as expected one by one."""
    proved: list[t.Any] = list(ended)
    together = [(place, item) for place, item in enumerate(ended) if isinstance(item, Unverified)]
    if together:
        outcomes = yield from prove(em, [item for _place, item in together])
        for (place, _item), outcome in zip(together, outcomes):
            proved[place] = outcome
    alone = [(place, item) for place, item in enumerate(proved) if isinstance(item, Unverified)]
    looked = yield Parallel([item.prove_alone for _place, item in alone], max_parallel)
    for (place, _item), outcome in zip(alone, looked):
        proved[place] = outcome
    return proved


def _warn_of(run: Run, outcome: results.Outcome) -> None:
    if isinstance(outcome, (Made, Plan)):
        for warning in outcome.warnings:
            run.warn(warning)
    if isinstance(outcome, Made) and outcome.changed:
        for warning in outcome.plan.warnings:
            run.warn(warning)
    if isinstance(outcome, Existing) and outcome.job.type != outcome.source.type:
        run.warn(
            f'Job "{outcome.job.name}" exists, but its type is {outcome.job.type or "unknown"}, and that '
            f'of job "{outcome.source.name}" is {outcome.source.type}.'
        )
