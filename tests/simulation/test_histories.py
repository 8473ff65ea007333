# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Histories in virtual time: some that nobody chose, all that ever failed, and that failures are found and told."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import history, mutations
from .history import Plan, RunPlan
from .kinds import GROUPS, KINDS

SEEDS = Path(__file__).with_name("seeds.txt")
SERVERS = history.Servers()
#: In each half, and where the first begins: the same on every machine, every day, so that a failure is the change's.
HISTORIES, FIRST = 12, 20000500


def kept() -> list[tuple[int, str]]:
    lines = SEEDS.read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return [(int(row[0]), row[1]) for row in rows]


@pytest.mark.parametrize(("seed", "modules"), kept())
def test_what_once_failed(seed: int, modules: str) -> None:
    kinds = GROUPS[modules] if modules in GROUPS else {modules: KINDS[modules]}
    plan = history.draw(seed, kinds)
    broken, _unused = history.failure(plan, kinds, SERVERS)
    assert broken is None, history.report(plan, kinds, SERVERS)


@pytest.mark.parametrize("part", range(2))
def test_drawn_histories(part: int) -> None:
    """A few that nobody chose; `make simulate` draws new ones, for as long as it is asked to."""
    first = FIRST + HISTORIES * part
    for seed in range(first, first + HISTORIES):
        plan = history.draw(seed, KINDS)
        broken, _unused = history.failure(plan, KINDS, SERVERS)
        assert broken is None, history.report(plan, KINDS, SERVERS)


def test_a_seed_is_one_history() -> None:
    """The same plan, the same order, the same words."""
    for seed in range(40, 43):
        tables = []
        for servers in (history.Servers(), SERVERS):
            played = history.History(history.draw(seed, KINDS), KINDS, servers)
            played.play()
            tables.append(played.table())
        assert tables[0] == tables[1]


def test_seeds_differ() -> None:
    plans = [history.draw(seed, KINDS) for seed in range(300)]
    assert len({str(plan) for plan in plans}) == 300
    assert {len(plan.runs) for plan in plans} == {1, 2, 3}
    assert {len(plan.faults) for plan in plans} >= {0, 1, 2, 3, 4, 6}
    assert {run.module for plan in plans for run in plan.runs} == set(KINDS)
    assert any(run.strike for plan in plans for run in plan.runs)
    assert any(plan.console for plan in plans)


def test_what_is_seen_of_a_good_history() -> None:
    options = {
        "source_job": "TPL Gold", "repository": "Default Backup Repository", "name": "web-1", "timeout": 30.0,
        "wait_timeout": 60.0, "poll_interval": 0.5,
    }  # fmt: skip
    plan = Plan(
        1,
        runs=(RunPlan("veeam_job_clone", options),),
        faults=({"fault": "reset_after", "method": "POST", "path": "action=clone"},),
    )
    played = history.History(plan, KINDS, SERVERS)
    played.play()
    table = played.table()
    assert "reset_after" in table
    assert "POST /api/jobs/5b0d6c1e..?action=clone" in table
    assert "NoAnswer" in table
    assert "no faults any more" in table
    ended = [(one.name, one.result["changed"]) for one in (*played.runs, *played.clean)]
    assert ended == [("run 1", True), ("foretold 1", False), ("again 1", False)]


def test_every_mutation_can_be_made() -> None:
    folder = Path(history.Run.__init__.__code__.co_filename).parents[1]
    for mutation in mutations.MUTATIONS:
        text = (folder / mutation.file).read_text(encoding="utf-8")
        assert mutations.mutated(mutation, text) != text
