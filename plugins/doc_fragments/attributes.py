# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the attributes of the modules mean, and those that all of them share."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
  diff_mode:
    description: Returns details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
  idempotent:
    description: When run twice in a row with the same arguments, outside check mode, the second run changes nothing.
  action_group:
    description: Use C(group/backupops.veeam.veeam) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - backupops.veeam.veeam
notes:
  - Where the target is the machine that Ansible runs on, and no other interpreter, C(become), C(async) or
    C(environment) is asked for, the same code runs in the Ansible worker and saves the start of a process. Set the
    variable C(veeam_in_process) to V(false) to have it run as a module in any case.
"""
