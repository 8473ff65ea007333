# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole run of veeam_quick_backup as a flow: decide for every machine, then back them up, job by job."""

from __future__ import annotations

import typing as t

from .._http.effects import Flow
from .._http.errors import VeeamError
from .._machine import outcome as outcomes
from .._machine import points as machine_points
from .._machine.outcome import Done, Form
from .._module.progress import UnderWay
from .._module.run import Run
from .._module.secrets import ByName
from .._resources.backup_server import name_missing_servers
from . import plan
from .backup import Context, Item, back_up, enough, predict
from .jobs import jobs_of
from .options import Settings
from .plan import Decision

#: Seconds after which a logon session that was renewed may be renewed again: a wait may outlive many of them.
RENEW_AGAIN_AFTER = 60.0

FORM = Form(
    {"restore_point": None, "session": None},
    "Backed up",
    "Would back up",
    "machines",
    "Nothing was backed up.",
)


def sent_by_then(names: t.Sequence[str]) -> str:
    """The sentence on what a run that broke off had sent: the names of the machines."""
    return outcomes.sent_by_then(
        names,
        FORM.nothing,
        "Quick backups already requested",
        "Each goes on; run the same task again, with not_older_than, to wait for it.",
    )


def whole_run_failed(chosen: Settings, error: VeeamError, retries: int) -> VeeamError:
    """The failure of the single form, or one that kept every machine from being tried."""
    return outcomes.whole_run_failed(error, FORM, chosen.single, len(chosen.machines), retries)


def flow(run: Run) -> Flow[dict[str, t.Any]]:
    """One run. In the list form a result with failed items has failed set; everything else that fails is raised."""
    chosen: Settings = run.chosen
    run.session.renew_again_after = RENEW_AGAIN_AFTER
    ended: list[Done | VeeamError] = []
    if chosen.machines:
        ended = yield from run.logged_on(_outcomes(run, chosen))
    if chosen.single:
        result = outcomes.of_one(ended[0], FORM, run.retries)
        if result["restore_point"] is not None:
            result["ansible_facts"] = {"veeam_restore_point": result["restore_point"]}
        return result
    result = outcomes.of_many(ended, FORM, run.check_mode, run.retries)
    made = [item["restore_point"] for item in result["results"] if item["restore_point"] is not None]
    result["restore_points"] = ByName((point["machine"], point) for point in made)
    result["ansible_facts"] = {"veeam_restore_points": result["restore_points"]}
    return result


def _outcomes(run: Run, chosen: Settings) -> Flow[list[Done | VeeamError]]:
    em = run.em
    roots = yield from machine_points.read_roots(em, run.deadline)
    asked = [*chosen.machines, *([chosen.whole] if chosen.whole is not None else [])]
    points, _alike = yield from machine_points.read(
        em,
        [request.name for request in asked if request.name is not None],
        [request.ref for request in chosen.machines if request.ref is not None],
        roots,
        run.deadline,
    )
    if chosen.whole is not None and any(point.machine == chosen.whole.name for point in points):
        chosen = chosen._replace(machines=[chosen.whole])
    now = em.server_clock.now()
    context = Context(
        em,
        chosen.connection.endpoint.url,
        roots,
        chosen.waiting,
        chosen.not_older_than,
        chosen.if_running,
        now,
        UnderWay(),
    )
    decided: list[Decision | VeeamError] = []
    for request in chosen.machines:
        try:
            decided.append(plan.decide(request, points, roots, chosen.not_older_than, now))
        except VeeamError as error:
            decided.append(error)
    servers = [(request.server, request.place) for request in chosen.machines]
    decided = yield from name_missing_servers(em, decided, servers, run.deadline)
    plan.each_once(decided, roots)
    needed = [(index, item) for index, item in enumerate(decided) if isinstance(item, Decision) and not item.is_enough]
    result: list[t.Any] = [
        enough(context, item) if isinstance(item, Decision) and item.is_enough else item for item in decided
    ]
    jobs = yield from jobs_of(
        em, [decision for _index, decision in needed], roots, chosen.waiting.max_parallel, run.deadline
    )
    items = [(index, Item(decision, job, chosen.waiting.wait)) for (index, decision), job in zip(needed, jobs)]
    if run.check_mode:
        for index, item in items:
            try:
                result[index] = predict(context, item)
            except VeeamError as error:
                result[index] = error
        return result
    groups = list(_by_job(items).values())

    def work(item: tuple[int, Item], deadline: float) -> Flow[Done]:
        return back_up(context, item[1], deadline)

    ended = yield from outcomes.side_by_side(
        run,
        groups,
        work,
        chosen.waiting.max_parallel,
        context.under_way,
        len(decided),
        len(decided) - len(items),
    )
    for group, found in zip(groups, ended):
        for (index, _item), outcome in zip(group, found):
            result[index] = outcome
    return result


def _by_job(items: t.Sequence[tuple[int, Item]]) -> dict[str, list[tuple[int, Item]]]:
    """Machines of one job go one after the other, since the server refuses two at once.

    Where the job of one machine is not known, all of that server do. Only the first of a group finds its job as it was
    read, and all but the last are waited for, so that the next one can begin.
    """
    unknown = {_server(item) for _index, item in items if item.job.job is None}
    groups: dict[str, list[tuple[int, Item]]] = {}
    for index, item in items:
        server, known = _server(item), item.job.job
        key = known.id if known is not None and server not in unknown else f"server {server}"
        first = key not in groups
        job = item.job if first else item.job._replace(newest=None)
        groups.setdefault(key, []).append((index, item._replace(job=job)))
    for group in groups.values():
        group[:-1] = [(index, item._replace(waits=True)) for index, item in group[:-1]]
    return groups


def _server(item: Item) -> str:
    server = item.decision.newest.server
    return server.id if server is not None else ""
