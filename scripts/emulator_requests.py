#!/usr/bin/env python
# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/emulator_requests.md: what the emulator answers of all that the documentation of the REST API prints."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "emulator"))

from tests.documented import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
print(f"{PAGE} is made anew")
