# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules that list resources have in common."""

    DOCUMENTATION = r"""
options:
  name:
    description:
      - What to return, each by name, ID, UID (C(urn:veeam:...)) or href. If not given, everything is returned.
      - A name that several backup servers have returns all of them. What does not exist is missing from the result.
        Names are case-sensitive.
      - An empty list or text returns nothing and does not log on.
      - One text may have several names with commas between them. If the whole text is the name of one, only that is
        returned.
    type: list
    elements: str
"""

    BACKUP_SERVER = r"""
options:
  backup_server:
    description:
      - Return only what is on this backup server, given by name, ID, UID or href. One that does not exist is an error.
    type: str
"""

    ONLY_READS = r"""
attributes:
  check_mode:
    support: full
    details:
      - The module only reads, so check mode makes no difference.
  diff_mode:
    support: none
    details:
      - The module changes nothing.
  idempotent:
    support: full
notes:
  - A task ends after 1,800 seconds at the latest, with a failure if it has not read everything by then.
"""
