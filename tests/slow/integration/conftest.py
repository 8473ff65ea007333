# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the integration tests. What they are made of is in tests/helpers/ansible_runs.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from helpers.ansible_runs import Emulators, Play
from veeam_em_emulator import Emulator


@pytest.fixture(scope="session")
def all_emulators() -> Iterator[Emulators]:
    emulators = Emulators()
    yield emulators
    emulators.close()


@pytest.fixture
def emulators(all_emulators: Emulators) -> Iterator[Emulators]:
    """Emulators by their options. After the test none of them may have a session open."""
    all_emulators.used = []
    yield all_emulators
    for em in all_emulators.used:
        em.clear_faults()
        assert em.open_sessions() == []
        for entry in em.journal:
            assert "cookie" not in entry.headers, f"a cookie was sent back: {entry.method} {entry.path}"


@pytest.fixture
def em(emulators: Emulators) -> Emulator:
    """The shipped state, product 13, tasks that are finished at the first poll."""
    return emulators.get()


@pytest.fixture
def play(em: Emulator, tmp_path: Path) -> Play:
    return Play(em, tmp_path)


@pytest.fixture
def new_play(tmp_path: Path) -> Callable[[Emulator], Play]:
    """For tests with several runs or several emulators: a play in a folder of its own."""
    count = iter(range(1000))

    def make(em: Emulator) -> Play:
        folder = tmp_path / ("play-%d" % next(count))
        folder.mkdir()
        return Play(em, folder)

    return make
