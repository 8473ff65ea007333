# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample of the matrix through real ansible-playbook, in the worker and as a module.

Every fault is in it, at one request of the flow after the other, so every request is hit by many.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from helpers.ansible_runs import Play, Step
from helpers.fault_cells import ALWAYS, BATCH, FAULTS, MADE, ONCE, REQUESTS, SINGLE, Cell, expected, session_may_stay
from veeam_em_emulator import Emulator

from . import runs

#: Cells in one run of ansible-playbook, which is dear to start.


def sample() -> list[Cell]:
    """Each fault once, in turn at each request that it can hit, in turn in each way of running it."""
    chosen = []
    combinations = itertools.cycle(itertools.product(("xml", "json"), (SINGLE, BATCH), ("refused", "allowed")))
    for number, fault in enumerate(FAULTS):
        requests = [request for request in REQUESTS.values() if request.name in fault.at]
        request = requests[number % len(requests)]
        media, form, duplicates = next(combinations)
        chosen.append(Cell(fault, request, media, form, duplicates, ALWAYS if number % 5 == 4 else ONCE))
    return chosen


def as_run(step: Step, names: list[str]) -> runs.Run:
    """A task of a playbook as the matrix knows a run."""
    result = {key: value for key, value in step.result.items() if not key.startswith("_ansible")}
    warnings = step.warnings
    items = dict(zip(names, result["results"], strict=True)) if "results" in result else {}
    items = items or {names[0]: {**result, "failed": step.failed}}
    return runs.Run(names, result, step.failed, warnings, step.journal, 0.0, items)


@dataclass
class Snapshot:
    """What was there between the two runs of a cell."""

    host: str
    port: int
    everything: list[Any]
    open_sessions: list[str]
    fired: list[dict[str, Any]]

    def jobs(self, name: str, server: str) -> list[Any]:
        return [job for job in self.everything if (job.name, job.server) == (name, server)]


class Trial:
    """A cell in a playbook: its task, and the same task once more without the fault."""

    def __init__(self, cell: Cell, play: Play, secrets: set[str]) -> None:
        self.cell = cell
        self.em = play.em
        self.secrets = secrets
        self.between: Snapshot | None = None
        times = runs.ample_times(cell)
        self.first = play.clone(before=self._begin, **as_options(cell, times))
        self.second = play.clone(before=self._halve, **as_options(cell, runs.AMPLE, 0.5))

    def _begin(self) -> None:
        self.secrets.update(runs.secrets(self.em))
        self.em.reset()
        self.em.switches["duplicate_name"] = "allowed" if self.cell.duplicates == "allowed" else "task_failed"
        self.em.add_fault(**self.cell.spec())

    def _halve(self) -> None:
        em = self.em
        self.between = Snapshot(em.host, em.port, em.jobs(), em.open_sessions(), em.fired_faults())
        em.clear_faults()
        runs.finish_tasks(em)

    def check(self) -> None:
        cell, between = self.cell, self.between
        assert between is not None
        assert between.fired, "the fault did not hit anything"
        done = as_run(self.first, cell.names)
        outcomes = {runs.outcome(between, item, name) for name, item in done.items.items()}
        may_be = expected(cell) | ({MADE} if cell.form == BATCH else frozenset())
        assert outcomes <= may_be, (outcomes, may_be, self.first.result)
        if not session_may_stay(cell):
            assert between.open_sessions == []
        for name in cell.names:
            assert len(runs.clone_requests(self.first.journal, name)) <= 1
        assert not self.second.failed, self.second.result
        for entry in (*self.first.journal, *self.second.journal):
            assert "cookie" not in entry.headers


#: How many of the sample each way has: what a module does is what the worker does, and takes a second more to begin.
WAYS = {"worker": slice(None), "module": slice(3, None, 8)}


@pytest.mark.parametrize("way", WAYS)
def test_sample(way: str, em: Emulator, tmp_path: Path) -> None:
    play = Play(em, tmp_path)
    play.may_stay_open = lambda session: True
    play.arguments = ["-vvvv"]
    if way == "module":
        play.arguments += ["-e", "veeam_in_process=false"]
    secrets: set[str] = set()
    trials = [Trial(cell, play, secrets) for cell in sample()[WAYS[way]]]
    run = play.run()
    secrets.update(runs.secrets(em))
    for trial in trials:
        trial.check()
    shown = [secret for secret in secrets if secret in run.output]
    assert shown == [], "a secret is shown"
    assert ("runs in the Ansible worker" in run.output) is (way == "worker")


def as_options(cell: Cell, times: tuple[float, float], poll_interval: float = 0.05) -> dict[str, Any]:
    given: dict[str, Any] = {
        "source_job": runs.SOURCE,
        "repository": runs.REPOSITORY,
        "timeout": times[0],
        "wait_timeout": times[1],
        "poll_interval": poll_interval,
        "max_response_size": 1,
        "media_type": cell.media,
    }
    if cell.form == SINGLE:
        return {**given, "name": cell.names[0]}
    return {**given, "clones": [{"name": name} for name in cell.names]}
