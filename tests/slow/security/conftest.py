# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulator for each test process, as if just started in every test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.ansible_runs import Play
from veeam_em_emulator import Emulator

from .hostile import Answers
from .listener import Listener


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may depend on what the shell of whoever runs it has set."""
    for variable in list(os.environ):
        if variable.startswith(("VEEAM_EM_", "ANSIBLE_")) or variable.lower().endswith("_proxy"):
            monkeypatch.delenv(variable)


@pytest.fixture(scope="session")
def running_emulator() -> Iterator[Emulator]:
    with Emulator() as em:
        yield em


@pytest.fixture
def em(running_emulator: Emulator) -> Emulator:
    running_emulator.reset()
    return running_emulator


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    return Answers(monkeypatch)


@pytest.fixture
def play(em: Emulator, tmp_path: Path) -> Play:
    """A real ansible-playbook, run once for what the test puts into it."""
    return Play(em, tmp_path)


@pytest.fixture
def elsewhere() -> Iterator[Listener]:
    """Another origin: whatever arrives there, even a bare connection, fails the test."""
    with Listener() as listener:
        yield listener
        assert listener.arrived() == [], "something went to another origin"
