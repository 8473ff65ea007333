# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """How an existing job is named, beside the option that names it."""

    DOCUMENTATION = r"""
options:
  backup_server:
    description:
      - The backup server of the job, by name, ID, UID or href. Needed only if the job is given by a name that several
        backup servers have.
      - With a list of jobs, the default for items that do not set it.
    type: str
  kind:
    description:
      - The kind of the job. V(job) are backup, replication and backup copy jobs, V(agent) are jobs for computers with
        an agent, V(nas) are jobs for file shares.
      - Names are looked up among the jobs of that kind alone.
      - With a list of jobs, the default for items that do not set it.
    type: str
    choices: [job, agent, nas]
    default: job
    version_added: 1.2.0
"""
