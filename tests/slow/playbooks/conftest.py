# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.templates import Templates
from veeam_em_emulator import Emulator


@pytest.fixture
def em() -> Iterator[Emulator]:
    with Emulator(task_steps="") as emulator:
        yield emulator
        assert emulator.open_sessions() == []


@pytest.fixture
def templates(em: Emulator, tmp_path: Path) -> Templates:
    return Templates(em, tmp_path)
