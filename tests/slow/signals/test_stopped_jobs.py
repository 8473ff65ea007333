# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real ansible-playbook is stopped at every step of veeam_job and in the start and the wait of veeam_job_run, for
each kind of job.

It logs out and sends nothing more, and the same task run again ends as wanted, with one job or one run of it.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from helpers.cast import AGENTS_ID, DEFAULT_REPOSITORY, GOLD, SHARES
from helpers.routes import BY_WORD

from .stopping import Run, Stage, Strike, Waiting, check_nothing_more, check_promises, route, run_again, stop

TERM, INT = signal.SIGTERM, signal.SIGINT
WEB = "web-prod"
OBJECTS = ["db01", "web02"]
WISH: dict[str, Any] = {
    "name": WEB,
    "source_job": GOLD,
    "repository": DEFAULT_REPOSITORY,
    "objects": [{"name": name} for name in OBJECTS],
    "schedule": {"daily": {"at": "22:00", "days": "weekdays"}},
    "enabled": True,
}
#: The changes in the order in which they are sent: the action, and which one of that kind it is.
CHANGES = {
    "clone": ("clone", 1),
    "disable": ("edit", 1),
    "add": ("add_object", 1),
    "remove": ("remove_object", 1),
    "edit": ("edit", 2),
    "enable": ("edit", 3),
}


@dataclass(frozen=True)
class RunOf:
    """A job, or jobs of a kind, and the requests that start a run of it and switch it off, where it has a switch."""

    kind: str
    job: str
    start: str
    toggle: str = ""

    @property
    def options(self) -> dict[str, Any]:
        return {"job": self.job, "kind": self.kind}


JOB = RunOf("job", GOLD, "start")
KINDS = [
    RunOf("agent", AGENTS_ID, "start-agents", "toggle-agents"),
    RunOf("nas", SHARES, "start-shares", "toggle-shares"),
]


def run_stages(of: RunOf) -> list[Stage]:
    start = BY_WORD[of.start].fault
    # No task links to the session of an agent or file share job: it is looked for.
    shows = [Stage("shows", {**BY_WORD["sessions"].fault, "on": 2})] if of.toggle else []
    return [
        Stage("start-sent", {**start, "process": True}),
        Stage("start-lost", {**start, "process": False}),
        *shows,
        Stage("look", {**BY_WORD["session"].fault}),
        Waiting("pause", None, options={"poll_interval": 5}),
    ]


def change_cells() -> Iterator[Any]:
    """Every change, one with SIGTERM and the next with SIGINT; what was sent has been carried out before it, or not.

    As a module where a change is sent that must not be sent twice.
    """
    for position, (change, (action, on)) in enumerate(CHANGES.items()):
        for in_process in (True, False) if change == "add" else (True,):
            number = (TERM, INT)[(position + in_process) % 2]
            process = position // 2 % 2 == 0
            stage = Stage(change, {"action": action, "on": on, "process": process})
            where = "worker" if in_process else "module"
            name = f"{where}-{change}-{'sent' if process else 'lost'}-{number.name}"
            yield pytest.param(stage, Strike(number, "group"), in_process, id=name)


def run_cells() -> Iterator[Any]:
    for of in (JOB, *KINDS):
        # Runs of file share jobs are followed as those of agents are; only their start is another request.
        stages = run_stages(of)[: 2 if of.kind == "nas" else None]
        for position, stage in enumerate(stages):
            for in_process in (True, False) if stage.name == "look" else (True,):
                number = (TERM, INT)[(position + in_process) % 2]
                where = "worker" if in_process else "module"
                name = f"{where}-{of.kind}-{stage}-{number.name}"
                yield pytest.param(of, stage, Strike(number, "group"), in_process, id=name)


def toggle_cells() -> Iterator[Any]:
    for position, of in enumerate(KINDS):
        for process in (True, False):
            name = "sent" if process else "lost"
            number = (TERM, INT)[(position + process) % 2]
            stage = Stage(name, {**BY_WORD[of.toggle].fault, "process": process})
            yield pytest.param(of, stage, Strike(number, "group"), id=f"worker-{of.kind}-{name}-{number.name}")


@pytest.mark.parametrize(("stage", "strike", "in_process"), list(change_cells()))
def test_a_job_is_stopped_at_each_change(
    stage: Stage, strike: Strike, in_process: bool, start_of: Callable[..., Run]
) -> None:
    run = start_of([WEB], in_process, module="veeam_job", wanted=WISH)
    done = stop(run, stage, strike)
    assert done.returncode != 0, done.output
    check_promises(run, done)
    check_nothing_more(stage, done)

    run.em.clear_faults()
    run_again(run)
    (job,) = run.em.jobs(name=WEB)
    assert run.em.open_sessions() == []
    made = run.em.history(WEB)
    assert (made[-1].enabled, sorted(made[-1].objects)) == (True, OBJECTS)
    # But for the moment in which the server makes it as enabled as its template is.
    assert [change.objects for change in enabled_with_others(made)] in ([], [made[0].objects]), made
    again = run_again(run)
    assert (again["changed"], again["job"]["id"]) == (False, job.id)


def enabled_with_others(made: list[Any]) -> list[Any]:
    return [change for change in made if change.enabled and sorted(change.objects) != OBJECTS]


@pytest.mark.parametrize(("of", "stage", "strike", "in_process"), list(run_cells()))
def test_a_run_is_stopped_in_its_start_and_its_wait(
    of: RunOf, stage: Stage, strike: Strike, in_process: bool, start_of: Callable[..., Run]
) -> None:
    run = start_of([], in_process, module="veeam_job_run", wanted=of.options)
    run.em.plan_runs(of.job, {"length": "20"})
    done = stop(run, stage, strike)
    assert done.returncode != 0, done.output
    check_promises(run, done)
    check_nothing_more(stage, done)
    started = stage.name != "start-lost"
    assert len(run.em.sessions(of.job)) == started
    if started:
        assert run.em.sessions(of.job)[0].state != "Stopped", "the job goes on"

    run.em.clear_faults()
    result = run_again(run)
    (session,) = run.em.sessions(of.job)
    # It joins the run that the first had started.
    assert (result["changed"], result["session"]["id"]) == (not started, session.id)
    assert result["session"]["result"] == "Success"
    assert run.em.open_sessions() == []


@pytest.mark.parametrize(("of", "stage", "strike"), list(toggle_cells()))
def test_a_switch_is_stopped(of: RunOf, stage: Stage, strike: Strike, start_of: Callable[..., Run]) -> None:
    """A second toggle would switch the job on again."""
    wanted = {"name": of.job, "kind": of.kind, "enabled": False}
    run = start_of([], True, module="veeam_job", wanted=wanted)
    done = stop(run, stage, strike)
    assert done.returncode != 0, done.output
    check_promises(run, done)
    check_nothing_more(stage, done)

    run.em.clear_faults()
    result = run_again(run)
    assert (result["changed"], result["job"]["enabled"]) == (stage.name == "lost", False)
    toggles = [entry for entry in run.em.journal if route(entry) == of.toggle and entry.processed]
    assert len(toggles) == 1
    assert run.em.open_sessions() == []
