# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault at every request of the other modules' flows, in virtual time: the promises hold, and the next run comes
to what is wanted. A flow more is one entry of FLOWS.

Each fault hits every third request, in turn in XML and in JSON, and each begins at another one; with
VEEAM_TEST_CELLS=all it hits each in both.
"""

from __future__ import annotations

import functools
import os
from typing import Any

import pytest
from helpers.cast import AGENTS, SHARES
from helpers.fault_cells import FAULTS, Fault
from simulation import history
from simulation.history import Plan, RunPlan
from simulation.kinds import KINDS, REPOSITORY, SERVER, SOURCE

_TIMES = {"timeout": 5.0, "wait_timeout": 60.0, "poll_interval": 0.5}
_JOB = {
    **_TIMES, "name": "web-1", "backup_server": SERVER, "source_job": SOURCE, "repository": REPOSITORY,
    "state": "present", "objects": [{"name": "web02"}], "description": "for the web", "enabled": True,
}  # fmt: skip
_RUN = {**_TIMES, "wait_timeout": 600.0, "job": SOURCE, "backup_server": SERVER, "wait": True}
_QUIET = {"length": "5s", "result": "Success", "running": False}
_AGENTS = {**_TIMES, "wait_timeout": 600.0, "job": AGENTS, "kind": "agent", "backup_server": SERVER, "wait": True}
_SHARES = {**_AGENTS, "job": SHARES, "kind": "nas"}
_SWITCHED = {**_TIMES, "backup_server": SERVER, "enabled": False}
#: From the template to a job that is enabled; a run; and the stop of one. The same of agent and file share jobs, which
#: are switched by a toggle; and the reading of a backup server.
FLOWS: dict[str, RunPlan] = {
    "job": RunPlan("veeam_job", _JOB),
    "run": RunPlan("veeam_job_run", {**_RUN, "state": "started"}, server=_QUIET),
    "stop": RunPlan(
        "veeam_job_run", {**_RUN, "state": "stopped"}, server={**_QUIET, "running": True, "length": "900s"}
    ),
    "agent run": RunPlan("veeam_job_run of other kinds", {**_AGENTS, "state": "started"}, server=_QUIET),
    "agent run that fails": RunPlan(
        "veeam_job_run of other kinds", {**_AGENTS, "state": "started"}, server={**_QUIET, "result": "Failed"}
    ),
    "agent stop": RunPlan(
        "veeam_job_run of other kinds",
        {**_AGENTS, "state": "stopped"},
        server={**_QUIET, "running": True, "length": "900s"},
    ),
    "share run": RunPlan("veeam_job_run of other kinds", {**_SHARES, "state": "started"}, server=_QUIET),
    "agent off": RunPlan("veeam_job of other kinds", {**_SWITCHED, "name": AGENTS, "kind": "agent"}),
    "share off": RunPlan("veeam_job of other kinds", {**_SWITCHED, "name": SHARES, "kind": "nas"}),
    "collect": RunPlan(
        "veeam_backup_server", {**_TIMES, "backup_server": SERVER, "not_older_than": None, "wait": True}
    ),
}
MEDIA = ("xml", "json")
STEPS = "running:0.1s,operation_finished:0.1s"
SERVERS = history.Servers()


def played(flow: str, media: str, faults: tuple[dict[str, Any], ...] = ()) -> Plan:
    run = FLOWS[flow]
    options = {**run.options, "media_type": media}
    # The server's tasks take time, not polls: one whose answer was lost is done soon all the same, and not after the
    # steps that follow it.
    return Plan(1, steps=STEPS, runs=(RunPlan(run.module, options, server=run.server),), faults=faults)


@functools.cache
def requests(flow: str, media: str) -> int:
    """How many requests a run sends when nothing breaks."""
    clean = history.History(played(flow, media), KINDS, SERVERS)
    clean.play()
    (one,) = clean.runs
    assert one.result["changed"]
    return len(one.sent)


def chosen(flow: str, fault: Fault) -> list[tuple[int, str]]:
    """The number of each request that the fault hits, and the format in which."""
    every = [(number, media) for media in MEDIA for number in range(1, requests(flow, media) + 1)]
    if os.environ.get("VEEAM_TEST_CELLS") == "all":
        return every
    turn = FAULTS.index(fault)
    return [
        (number, media)
        for number, media in every
        if (number + turn) % 3 == 0 and media == MEDIA[(number // 3 + turn) % len(MEDIA)]
    ]


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "_"))
def test_fault_at_every_request(fault: Fault, flow: str, record_property: Any) -> None:
    hit = 0
    for number, media in chosen(flow, fault):
        spec = {**fault.spec, "path": "^/api/", "on": number}
        plan = played(flow, media, (spec,))
        broken, _unused = history.failure(plan, KINDS, SERVERS)
        assert broken is None, history.report(plan, KINDS, SERVERS)
        hit += 1
    assert hit
    record_property("cells", [fault.name, hit, hit])
