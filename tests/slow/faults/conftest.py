# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulator for each test process, as if just started in every test; and the table at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from helpers.fault_cells import FAULTS
from simulation.connection import VirtualClock
from veeam_em_emulator import Emulator

#: Of the lines of the table.
ORDER = [fault.name for fault in FAULTS]


@pytest.fixture(scope="session")
def running_emulator() -> Iterator[Emulator]:
    with Emulator() as em:
        yield em


@pytest.fixture(scope="session")
def emulator_in_memory() -> Emulator:
    return Emulator(clock=VirtualClock(), seed=1)


@pytest.fixture
def virtual_em(emulator_in_memory: Emulator) -> Emulator:
    """In virtual time, in memory."""
    emulator_in_memory.reset()
    return emulator_in_memory


@pytest.fixture
def em(running_emulator: Emulator) -> Emulator:
    running_emulator.reset()
    return running_emulator


def pytest_terminal_summary(terminalreporter: Any) -> None:
    cells: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            told = dict(getattr(report, "user_properties", ())).get("cells")
            if told is not None and report.when == "call":
                cells[told[0]] += told[1]
                held[told[0]] += told[2]
    if not cells:
        return
    terminalreporter.section("faults")
    terminalreporter.write_line("%-28s %7s %7s" % ("fault", "cells", "held"))
    for fault, number in sorted(cells.items(), key=lambda item: ORDER.index(item[0])):
        terminalreporter.write_line("%-28s %7d %7d" % (fault, number, held[fault]), red=held[fault] < number)
    terminalreporter.write_line("%-28s %7d %7d" % ("all", sum(cells.values()), sum(held.values())))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits comes first, so that nothing is left to wait for in the end."""
    items.sort(key=lambda item: item.path.name != "test_playbook.py")
