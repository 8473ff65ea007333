# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options of a module that starts something for machines and waits for its end."""

    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Wait until the session has ended. If V(false), the task ends once the server has taken the request.
    type: bool
    default: true
  wait_timeout:
    description:
      - Maximum time in seconds for everything that is done for one machine, including lookups and waiting. What the
        server is working on when the time is up goes on there.
    type: float
    default: 14400
  poll_interval:
    description:
      - Maximum pause in seconds between two looks at what the server is working on. The first pauses are shorter and
        grow.
    type: float
    default: 30
  max_parallel:
    description:
      - How many machines of one task are worked on at the same time, 1 to 32.
    type: int
    default: 4
"""

    ACCEPT = r"""
options:
  accept:
    description:
      - Results of a session that are not a failure of the task.
    type: list
    elements: str
    choices: [Success, Warning, Failed]
    default: [Success, Warning]
"""
