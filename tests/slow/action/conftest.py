# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the tests of the action plugin. Runs of Ansible are made as in the integration tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers import ansible_runs
from veeam_em_emulator import Emulator


@pytest.fixture(autouse=True)
def _both_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests choose the path themselves, whatever VEEAM_TEST_PATH says."""
    monkeypatch.setattr(ansible_runs, "IN_PROCESS", True)


@pytest.fixture(scope="session")
def running_emulator() -> Iterator[Emulator]:
    with Emulator(task_steps="") as em:
        yield em


@pytest.fixture
def em(running_emulator: Emulator) -> Iterator[Emulator]:
    """The shipped state, tasks finished at the first poll. No session may be left open."""
    running_emulator.reset()
    yield running_emulator
    running_emulator.clear_faults()
    assert running_emulator.open_sessions() == []
