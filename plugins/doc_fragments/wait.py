# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Waiting and parallel work, for modules that change or run jobs. Each has its own defaults for the times."""

    DOCUMENTATION = r"""
options:
  wait_timeout:
    description:
      - Maximum time in seconds for everything that is done for one job, including lookups and waiting. What the server
        is working on when the time is up goes on there.
    type: float
  poll_interval:
    description:
      - Maximum pause in seconds between two looks at what the server is working on. The first pauses are shorter and
        grow.
    type: float
  max_parallel:
    description:
      - How many jobs of one task are worked on at the same time, 1 to 32.
    type: int
    default: 4
"""
