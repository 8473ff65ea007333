# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole run of veeam_vm_restore as a flow: prove every restore, then send them side by side."""

from __future__ import annotations

import typing as t

from .._http.effects import Flow
from .._http.errors import VeeamError
from .._machine import outcome as outcomes
from .._machine.order import Work
from .._machine.outcome import Done, Form
from .._module.progress import UnderWay
from .._module.run import Run
from .options import Settings
from .plan import Decision
from .prove import prove_all
from .restore import predict, restore

#: Seconds after which a logon session that was renewed may be renewed again: a wait may outlive many of them.
RENEW_AGAIN_AFTER = 60.0

FORM = Form(
    {"restore_point": None, "session": None, "original": None},
    "Restored",
    "Would restore",
    "restores",
    "Nothing was restored.",
)


def sent_by_then(names: t.Sequence[str]) -> str:
    """The sentence on what a run that broke off had sent: the names of the machines."""
    return outcomes.sent_by_then(
        names,
        FORM.nothing,
        "Restores already requested",
        "Each goes on; run the same task again to wait for it.",
    )


def whole_run_failed(chosen: Settings, error: VeeamError, retries: int) -> VeeamError:
    """The failure of the single form, or one that kept every item from being tried."""
    return outcomes.whole_run_failed(error, FORM, chosen.single, len(chosen.restores), retries)


def flow(run: Run) -> Flow[dict[str, t.Any]]:
    """One run. In the list form a result with failed items has failed set; everything else that fails is raised."""
    chosen: Settings = run.chosen
    run.session.renew_again_after = RENEW_AGAIN_AFTER
    ended: list[Done | VeeamError] = []
    if chosen.restores:
        ended = yield from run.logged_on(_outcomes(run, chosen))
    for item in ended:
        for warning in item.warnings if isinstance(item, Done) else ():
            run.warn(warning)
    if chosen.single:
        return outcomes.of_one(ended[0], FORM, run.retries)
    return outcomes.of_many(ended, FORM, run.check_mode, run.retries)


def _outcomes(run: Run, chosen: Settings) -> Flow[list[Done | VeeamError]]:
    decisions, roots = yield from prove_all(run.em, chosen.restores, run.deadline)
    work = Work(run.em, chosen.connection.endpoint.url, chosen.waiting, UnderWay())
    todo = [] if run.check_mode else [item for item in enumerate(decisions) if isinstance(item[1], Decision)]
    ended_before = len(decisions) - len(todo)

    def one(item: tuple[int, t.Any], deadline: float) -> Flow[Done]:
        return restore(work, item[1], roots, deadline)

    ended = yield from outcomes.side_by_side(
        run, [[item] for item in todo], one, chosen.waiting.max_parallel, work.under_way, len(decisions), ended_before
    )
    result: list[t.Any] = [predict(work, item) if isinstance(item, Decision) else item for item in decisions]
    for (index, _decision), (outcome,) in zip(todo, ended):
        result[index] = outcome
    return result
