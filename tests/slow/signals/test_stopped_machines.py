# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real ansible-playbook is stopped in each of the modules that back up, bring back and fail over machines: at the
order, sent or lost, in the wait for its end, and where only something is read.

It logs out and sends nothing more; the same task run again takes up what goes on, and nothing is done twice. Every
request of each of them is broken off in tests/slow/faults/test_machines_broken_off.py, without a process.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from .stopping import Run, Stage, Strike, check_promises, route, run_again, stop

TERM, INT = signal.SIGTERM, signal.SIGINT
MACHINE, JOB, SERVER = "web02", "TPL Silver", "vbr01.example.test"
#: Reads of its session that a run or a restore lasts: it goes on when the task is run again.
LENGTH = "20"


@dataclass(frozen=True)
class Task:
    """wanted: its options. action: of the order, None where it only reads. done: the event in the machines' history."""

    module: str
    wanted: dict[str, Any]
    action: str | None = None
    done: str = ""


QUICK_BACKUP = Task("veeam_quick_backup", {"machine": MACHINE, "not_older_than": "1h"}, "quickbackup", "backed_up")
RESTORE = Task("veeam_vm_restore", {"machine": MACHINE, "original": "replace"}, "restore", "restored")
FAILOVER = Task("veeam_replica_failover", {"machine": "web01", "no_way_back": True}, "failover", "failed_over")
PLAN = Task("veeam_failover_plan", {"plan": "DR Web", "state": "started"}, "start", "failed_over")
POINTS = Task("veeam_restore_point_info", {"machines": [MACHINE]})
PLANS = Task("veeam_failover_plan_info", {})


def order(task: Task, process: bool) -> Stage:
    fault = {"method": "POST", "path": f"action={task.action}$", "process": process}
    return Stage("order-sent" if process else "order-lost", fault)


def reading(path: str, on: int = 1) -> Stage:
    return Stage("read", {"method": "GET", "path": path, "on": on})


CELLS = [
    (QUICK_BACKUP, order(QUICK_BACKUP, True), TERM, True),
    (QUICK_BACKUP, order(QUICK_BACKUP, False), INT, True),
    (QUICK_BACKUP, reading(r"^/api/backupSessions/.*format=Entity$", 2), TERM, True),
    (RESTORE, order(RESTORE, True), INT, True),
    (RESTORE, order(RESTORE, True), TERM, False),
    (RESTORE, order(RESTORE, False), TERM, True),
    (RESTORE, reading(r"^/api/restoreSessions/", 2), INT, True),
    (FAILOVER, order(FAILOVER, True), TERM, True),
    (FAILOVER, order(FAILOVER, False), INT, False),
    (PLAN, order(PLAN, True), INT, True),
    (PLAN, order(PLAN, False), TERM, True),
    (POINTS, reading("type=VmRestorePoint"), TERM, True),
    (PLANS, reading("type=FailoverPlan"), INT, True),
]


def named(cell: tuple[Task, Stage, signal.Signals, bool]) -> str:
    task, stage, number, in_process = cell
    return f"{'worker' if in_process else 'module'}-{task.module.removeprefix('veeam_')}-{stage}-{number.name}"


@pytest.mark.parametrize("cell", CELLS, ids=named)
def test_it_is_stopped_and_taken_up(
    cell: tuple[Task, Stage, signal.Signals, bool], start_of: Callable[..., Run]
) -> None:
    task, stage, number, in_process = cell
    run = start_of([], in_process, module=task.module, wanted=task.wanted)
    if task.action is None:
        # It does not wait for anything.
        del run.options["wait_timeout"], run.options["poll_interval"]
    # No run from before the start is as young as a task asks for, whatever time of day it is.
    run.em.clock.advance(7200)
    run.em.switches["restore_length"] = LENGTH
    run.em.plan_runs(JOB, always={"length": LENGTH}, server=SERVER)
    done = stop(run, stage, Strike(number, "group"))
    assert done.returncode != 0, done.output
    check_promises(run, done)
    assert [route(entry) for entry in done.later] == ["logout"]

    run.em.clear_faults()
    if task.action is None:
        return
    result = run_again(run)
    orders = [entry for entry in run.em.journal if entry.query.get("action") == task.action and entry.processed]
    assert len(orders) == 1, orders
    assert result["changed"] is (stage.name == "order-lost")
    assert [event.event for event in run.em.machine_history() if event.event == task.done] == [task.done]
    assert run.em.open_sessions() == []
