# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Histories of the event source: some that nobody chose; `make simulate SOURCES=yes` goes on for longer."""

from __future__ import annotations

import pytest

from . import sources

EMULATORS = sources.Emulators()
#: In each half, and where the first begins: the same on every machine, every day.
HISTORIES, FIRST = 3, 20000500


@pytest.mark.parametrize("part", range(2))
def test_drawn_histories(part: int) -> None:
    first = FIRST + HISTORIES * part
    for seed in range(first, first + HISTORIES):
        broken, watched = sources.failure(sources.draw(seed), EMULATORS)
        assert broken is None, f"{watched.table()}\n{broken}"


def test_a_seed_is_one_history() -> None:
    tables = []
    for emulators in (sources.Emulators(), EMULATORS):
        _broken, watched = sources.failure(sources.draw(7), emulators)
        tables.append(watched.table())
    assert tables[0] == tables[1]


def test_seeds_differ() -> None:
    plans = [sources.draw(seed) for seed in range(300)]
    assert len({str(plan) for plan in plans}) == 300
    assert {what for plan in plans for _at, what, _lasts in plan.steps} == {"restart", "kill", "away", "expire"}
    assert any(plan.faults for plan in plans) and any(plan.start_from for plan in plans)
    assert {ran.job for plan in plans for ran in plan.runs} == set(sources.JOBS)
