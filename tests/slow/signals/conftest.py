# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emulators for the tests of runs that are stopped. What the tests are made of is in stopping.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.ansible_runs import Emulators

from .stopping import Run


@pytest.fixture(scope="session")
def all_emulators() -> Iterator[Emulators]:
    emulators = Emulators()
    yield emulators
    emulators.close()


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bytecode")


@pytest.fixture
def start_of(all_emulators: Emulators, bytecode: Path, tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Makes a run that is not started yet, on an emulator whose tasks show the given steps."""
    all_emulators.used = []
    runs: list[Run] = []

    def make(*args: Any, steps: str = "", **options: Any) -> Run:
        folder = tmp_path / (f"run-{len(runs)}")
        folder.mkdir()
        runs.append(Run(all_emulators.get(task_steps=steps), folder, bytecode, *args, **options))
        return runs[-1]

    yield make
    for run in runs:
        run.kill()
    for em in all_emulators.used:
        em.clear_faults()
