# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An emulator that finishes its tasks at the first poll. Few tests here need one, so each has its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from veeam_em_emulator import Emulator


@pytest.fixture
def em() -> Iterator[Emulator]:
    with Emulator(task_steps="") as emulator:
        yield emulator
        emulator.clear_faults()
        assert emulator.open_sessions() == []
