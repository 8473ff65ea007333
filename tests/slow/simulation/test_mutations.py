# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulation finds a mistake that is put into the client."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from simulation import mutations


@pytest.mark.parametrize(
    "name",
    ["the clone is sent again after a 503", "one attempt at the logout", "a lost clone is said not to have been made"],
)
def test_a_mistake_is_found(name: str) -> None:
    """From the first seed on, so always after as many histories; `make mutations` tries all of them."""
    command = [sys.executable, str(Path(mutations.__file__)), "--seconds", "600", "--only", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert name in done.stdout
