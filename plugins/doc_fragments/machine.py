# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options that name a machine."""

    DOCUMENTATION = r"""
options:
  host:
    description:
      - The hierarchy root (a vCenter, a host) that the machine is on, by name, ID, UID or href. Only needed where
        several machines have the name.
      - A vCenter that is connected to two backup servers is one host.
    type: str
  backup_server:
    description:
      - The backup server that has the restore points, by name, ID, UID or href. Only needed where several machines have
        the name.
    type: str
"""
