# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_COMMON = {"deadline": None, "print_blob": True, "suppress_health_check": [HealthCheck.too_slow]}
# The same examples every time, so that a change that has nothing to do with it does not turn red.
settings.register_profile("steady", max_examples=150, derandomize=True, **_COMMON)
# As many as `make test` has time for.
settings.register_profile("quick", max_examples=10, derandomize=True, **_COMMON)
# HYPOTHESIS_PROFILE=explore looks for new ones; a failure prints what reproduces it.
settings.register_profile("explore", max_examples=2000, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
