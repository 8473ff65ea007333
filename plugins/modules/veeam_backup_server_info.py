#!/usr/bin/python

# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: veeam_backup_server_info
short_description: List the backup servers of Veeam Backup Enterprise Manager
version_added: 1.1.0
description:
  - Returns the backup servers that Enterprise Manager knows, with their version and port.
  - The role Portal User is enough.
author:
  - backupops.veeam contributors (@backupops)
extends_documentation_fragment:
  - backupops.veeam.connection
  - backupops.veeam.attributes
  - backupops.veeam.info
  - backupops.veeam.info.only_reads
seealso:
  - module: backupops.veeam.veeam_repository_info
"""

EXAMPLES = r"""
- name: List all backup servers
  backupops.veeam.veeam_backup_server_info:
    hostname: em01.example.test
    username: EM01\svc-ansible
    password: "{{ em_password }}"
  register: found

- name: Stop where one of them is older than version 12
  ansible.builtin.assert:
    that: item.version is version('12', '>=')
  loop: "{{ found.backup_servers }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
msg:
  description: One sentence. What was found, or why it failed.
  returned: always
  type: str
  sample: Found 2 backup servers.
changed:
  description: Always V(false).
  returned: always
  type: bool
  sample: false
backup_servers:
  description: The backup servers, sorted by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the backup server.
      type: str
      sample: vbr01.example.test
    id:
      description: ID of the backup server.
      type: str
      sample: 3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61
    uid:
      description: UID of the backup server.
      type: str
      sample: urn:veeam:BackupServer:3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61
    href:
      description: Href of the backup server, on the host and port of the task.
      type: str
      sample: https://em01.example.test:9398/api/backupServers/3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61
    description:
      description: Description of the backup server.
      type: str
      sample: First backup server
    version:
      description: Version of Veeam Backup & Replication on it.
      type: str
      sample: 12.3.2.4465
    port:
      description: Port on which Enterprise Manager reaches it.
      type: int
      sample: 9392
retries:
  description: How many requests were tried again after a failure; a warning names each.
  returned: always
  type: int
  sample: 0
error:
  description: What the server or the connection said.
  returned: failure that came from the server or the connection
  type: dict
  contains:
    request:
      description: Method and path of the request.
      type: str
      sample: GET /api/query
    status:
      description: HTTP status. Null where there was no answer.
      type: int
      sample: 403
    message:
      description: What the server said. Null where it said nothing readable.
      type: str
      sample: Access denied
"""

from ansible_collections.backupops.veeam.plugins.module_utils._info.backup_servers import SPEC, flow, settings
from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
from ansible_collections.backupops.veeam.plugins.module_utils._module.main import run_module

MODULE = Module(SPEC, settings, flow)


def main() -> None:
    run_module(MODULE)


if __name__ == "__main__":
    main()
