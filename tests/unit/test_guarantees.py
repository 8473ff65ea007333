# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tests and mutations that docs/guarantees.md names for its promises exist."""

from __future__ import annotations

import re
from pathlib import Path

from simulation.mutations import MUTATIONS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", PAGE))
    files = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "emulator" / "tests").rglob("test_*.py")]
    there = {
        name for path in files for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), re.M)
    }
    assert named
    assert named - there == set()


def test_every_mutation_that_is_named_exists() -> None:
    named = set(re.findall(r'mutation "([^"]+)"', PAGE))
    assert named
    assert named - {mutation.name for mutation in MUTATIONS} == set()
