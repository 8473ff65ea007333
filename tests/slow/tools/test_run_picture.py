# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""README's picture of a terminal has the words of a run of today."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PICTURE = ROOT / "docs" / "run.svg"


def test_the_picture_has_the_words_of_a_run() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "run_picture.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_picture_loads_nothing_and_names_no_machine() -> None:
    svg = PICTURE.read_text("utf-8")
    assert re.findall(r"(?:url\((?!#)|href=|src=)[^)\s]*", svg) == []
    assert re.findall(r"127\.0\.0\.1|/tmp/|/home/|:\d{4,5}\b", svg) == []
    assert "docs/run.svg" in (ROOT / "README.md").read_text("utf-8")
