#!/usr/bin/python

# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: veeam_restore_point_info
short_description: List the restore points of machines in Veeam Backup Enterprise Manager
version_added: 1.2.0
description:
  - Lists what machines could be brought back from, newest first, through the REST API of Veeam Backup Enterprise
    Manager.
  - The role VM Restore Operator is enough, except for O(job), which needs Portal Administrator, and for V(files) in
    O(gather), which needs Portal User.
  - An account below Portal Administrator sees only the machines of its restore scope, without a word on the others.
    So only for a Portal Administrator does a machine that is not in the result have no restore point.
author:
  - backupops.veeam contributors (@backupops)
options:
  machines:
    description:
      - Names or references (C(urn:VMware:Vm:...)) of machines. If not given, the restore points of all machines are
        listed.
      - Names are compared exactly, with the name that the machine had when the backup was made. A machine without any
        restore point is simply not in the result. If several machines have the name, all of them are.
      - An empty list, or an empty name, finds nothing.
    type: list
    elements: str
  host:
    description:
      - Only machines on this hierarchy root (a vCenter, a host), by name, ID, UID or href. One that does not exist is
        an error.
  backup_server:
    description:
      - Only restore points on this backup server, by name, ID, UID or href. One that does not exist is an error.
  job:
    description:
      - Only restore points in the backups of this job, by name, ID, UID or href.
    type: str
  created_after:
    description:
      - Only restore points whose data is of this moment or later. A moment in ISO 8601 with V(Z) or an offset, or a
        duration before now, such as V(4h) or V(2d).
    type: str
  created_before:
    description:
      - Only restore points whose data is of this moment or earlier. A moment or a duration, as in O(created_after).
    type: str
  newest:
    description:
      - At most this many restore points of each machine, the newest ones.
    type: int
  ready:
    description:
      - Only restore points that can be restored. If V(false), those that are still being written are listed too.
    type: bool
    default: true
  gather:
    description:
      - What else is read, with further requests. V(backup) is the backup and the repository that a restore point is in,
        V(files) its file with sizes.
    type: list
    elements: str
    choices: [backup, files]
    default: []
extends_documentation_fragment:
  - backupops.veeam.connection
  - backupops.veeam.attributes
  - backupops.veeam.machine
  - backupops.veeam.info.only_reads
notes:
  - Ages go by the clock of the server.
  - A vCenter that is connected to two backup servers gives a machine two references. A role below Portal User does not
    see that they are one, so a reference in O(machines) then fails if there are restore points with the other one too.
  - Enterprise Manager knows no size of the restore point of one machine, only of the file that it is in.
seealso:
  - module: backupops.veeam.veeam_quick_backup
  - module: backupops.veeam.veeam_vm_restore
  - name: Enterprise Manager REST API reference
    description: The resource that the module lists.
    link: https://helpcenter.veeam.com/docs/vbr/em_rest/vmrestorepoints.html
"""

EXAMPLES = r"""
- name: What could the web servers be brought back from?
  backupops.veeam.veeam_restore_point_info:
    machines: [web01, web02]
  register: points

- name: The newest restore point of each machine, and where it is
  backupops.veeam.veeam_restore_point_info:
    newest: 1
    gather: [backup]

- name: The last one from before the migration
  backupops.veeam.veeam_restore_point_info:
    machines: [db01]
    created_before: '2026-01-08T18:00:00+01:00'
    newest: 1

- name: Everything that one job has kept of the last two days, with sizes
  backupops.veeam.veeam_restore_point_info:
    job: web-prod-daily
    created_after: 2d
    gather: [files]
"""

RETURN = r"""
changed:
  description: Always V(false).
  returned: always
  type: bool
  sample: false
restore_points:
  description: The restore points, by machine, newest first.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: ID of the restore point.
      type: str
      sample: 6384e0b3-7b55-4bcb-91f1-20682cc85dc0
    uid:
      description: UID of the restore point.
      type: str
      sample: urn:veeam:VmRestorePoint:6384e0b3-7b55-4bcb-91f1-20682cc85dc0
    href:
      description: Address of the restore point, on the host and port of the task.
      type: str
      sample: https://em01.example.com:9398/api/vmRestorePoints/6384e0b3-7b55-4bcb-91f1-20682cc85dc0
    name:
      description: Name of the restore point. Its form differs between servers.
      type: str
      sample: web01@2026-01-08 14:31:07
    machine:
      description: Name of the machine when the backup was made.
      type: str
      sample: web01
    ref:
      description: Reference of the machine. Null where Enterprise Manager has none.
      type: str
      sample: urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.vm-4711
    platform:
      description: V(VMware), V(HyperV) or V(vCloud). Null without a reference.
      type: str
      sample: VMware
    created:
      description: The moment of the data, UTC.
      type: str
      sample: '2026-01-08T14:31:07Z'
    age:
      description: Age of the data in seconds, by the server's clock. Null where it does not tell the time.
      type: int
      sample: 3600
    type:
      description: V(Full), V(Increment) or V(ReverseIncrement).
      type: str
      sample: Increment
    algorithm:
      description: How the backup was made, such as V(Incremental).
      type: str
      sample: Incremental
    ready:
      description: Whether it can be restored. False while it is being written.
      type: bool
      sample: true
    backup:
      description: The backup that it is in, with C(id), C(uid) and C(name). Null unless asked for.
      type: dict
      sample:
        id: 4e1f0a7c-93d2-4b65-8c0e-7d6b5a493827
        uid: 'urn:veeam:Backup:4e1f0a7c-93d2-4b65-8c0e-7d6b5a493827'
        name: web-prod-daily
    repository:
      description: The repository that it is in, with C(id), C(uid) and C(name). Null unless asked for.
      type: dict
      sample:
        id: b7e4a1d0-2c3f-4d58-9e61-7a8b9c0d1e2f
        uid: 'urn:veeam:Repository:b7e4a1d0-2c3f-4d58-9e61-7a8b9c0d1e2f'
        name: Default Backup Repository
    backup_server:
      description: The backup server that it is on.
      type: dict
      sample:
        name: vbr01.example.com
        id: 3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61
        href: 'https://em01.example.com:9398/api/backupServers/3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61'
    files:
      description:
        - The file that it is in. Sizes are bytes, C(size) on disk and C(data_size) as read from the machines. With a
          backup of several machines in one file they are those of all of them.
      returned: if O(gather) has V(files)
      type: list
      elements: dict
      sample:
        - path: 'D:\Backup\web-prod-daily\web-prod-dailyD2026-01-08T153012_4C1E.vib'
          size: 734003200
          data_size: 1610612736
          created: '2026-01-08T14:30:12Z'
          type: vib
msg:
  description: How many were found, or why the task failed.
  returned: always
  type: str
  sample: Found 14 restore points.
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

from ansible_collections.backupops.veeam.plugins.module_utils._info.restore_point_options import SPEC, settings
from ansible_collections.backupops.veeam.plugins.module_utils._info.restore_points import flow
from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
from ansible_collections.backupops.veeam.plugins.module_utils._module.main import run_module

MODULE = Module(SPEC, settings, flow)


def main() -> None:
    run_module(MODULE)


if __name__ == "__main__":
    main()
