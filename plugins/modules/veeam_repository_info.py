#!/usr/bin/python

# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: veeam_repository_info
short_description: List backup repositories known to Veeam Backup Enterprise Manager
version_added: 1.1.0
description:
  - Returns backup repositories with their kind, capacity and free space.
  - The role Portal User is enough.
author:
  - backupops.veeam contributors (@backupops)
extends_documentation_fragment:
  - backupops.veeam.connection
  - backupops.veeam.attributes
  - backupops.veeam.info
  - backupops.veeam.info.only_reads
  - backupops.veeam.info.backup_server
seealso:
  - module: backupops.veeam.veeam_backup_server_info
  - module: backupops.veeam.veeam_job
"""

EXAMPLES = r"""
- name: List all repositories
  backupops.veeam.veeam_repository_info:
    hostname: em01.example.test
    username: EM01\svc-ansible
    password: "{{ em_password }}"
  register: found

- name: Show those with less than 100 GiB left
  ansible.builtin.debug:
    msg: "{{ item.name }} on {{ item.backup_server.name }}: {{ item.free_space | human_readable }}"
  loop: "{{ found.repositories | rejectattr('free_space', 'none') | selectattr('free_space', '<', 107374182400) }}"
  loop_control:
    label: "{{ item.name }}"

- name: Ask for one repository of one backup server
  backupops.veeam.veeam_repository_info:
    hostname: em01.example.test
    username: EM01\svc-ansible
    password: "{{ em_password }}"
    name: Default Backup Repository
    backup_server: vbr01.example.test
  register: found

- name: Stop where it is not there
  ansible.builtin.assert:
    that: found.repositories | length == 1
"""

RETURN = r"""
msg:
  description: One sentence. What was found, or why it failed.
  returned: always
  type: str
  sample: Found 3 repositories.
changed:
  description: Always V(false).
  returned: always
  type: bool
  sample: false
repositories:
  description: The repositories, sorted by backup server and name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the repository.
      type: str
      sample: Default Backup Repository
    id:
      description: ID of the repository.
      type: str
      sample: b7e4a1d0-2c3f-4d58-9e61-7a8b9c0d1e2f
    uid:
      description: UID of the repository.
      type: str
      sample: urn:veeam:Repository:b7e4a1d0-2c3f-4d58-9e61-7a8b9c0d1e2f
    href:
      description: Href of the repository, on the host and port of the task.
      type: str
      sample: https://em01.example.test:9398/api/repositories/b7e4a1d0-2c3f-4d58-9e61-7a8b9c0d1e2f
    kind:
      description: Kind of the repository, as V(WindowsLocal), V(LinuxLocal), V(CifsShare), V(Extendable) or V(Cloud).
      type: str
      sample: WindowsLocal
    capacity:
      description: Capacity in bytes. Null where Enterprise Manager does not know it, as with object storage.
      type: int
      sample: 1079639011328
    free_space:
      description: Free space in bytes. Null where Enterprise Manager does not know it.
      type: int
      sample: 881812750336
    backup_server:
      description: The backup server that the repository is on.
      type: dict
      contains:
        name:
          description: Name of the backup server.
          type: str
          sample: vbr01.example.test
        id:
          description: ID of the backup server.
          type: str
          sample: 3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61
        href:
          description: Href of the backup server.
          type: str
          sample: https://em01.example.test:9398/api/backupServers/3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61
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

from ansible_collections.backupops.veeam.plugins.module_utils._info.repositories import SPEC, flow, settings
from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
from ansible_collections.backupops.veeam.plugins.module_utils._module.main import run_module

MODULE = Module(SPEC, settings, flow)


def main() -> None:
    run_module(MODULE)


if __name__ == "__main__":
    main()
