#!/usr/bin/python

# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: veeam_vm_restore
short_description: Bring a machine back from a restore point, in Veeam Backup Enterprise Manager
version_added: 1.2.0
description:
  - Restores a whole machine from one of its restore points, in place or beside its original, through the REST API of
    Veeam Backup Enterprise Manager, and waits for the end of the restore.
  - B(A restore is never idempotent. Every run changes something,) because Enterprise Manager cannot tell whether a
    machine is as a restore point has it. What makes a play safe to repeat is a condition, as in the examples.
  - What happens to the original has no default. With O(original=replace) the machine is powered off and its disks are
    overwritten, and there is no way back from that.
  - All restores of a task are proved before the first one is sent. Each has to be of exactly one machine and one
    restore point that can be restored. Right before it is sent, the restore point is read once more.
  - A restore is never sent a second time by the same task. If its answer is lost, the task looks for its session. If
    the same task is run again while a restore of that restore point is running, it waits for that one.
  - The role VM Restore Operator is enough, for machines of its scope.
author:
  - backupops.veeam contributors (@backupops)
options:
  restore_point:
    description:
      - The restore point, by ID, UID (C(urn:veeam:VmRestorePoint:...)) or href.
      - Give either O(restore_point) or O(machine), or O(restores).
    type: str
  machine:
    description:
      - The machine, by name or by reference (C(urn:VMware:Vm:...)), to restore from its newest restore point. Names are
        compared exactly.
      - A name that several machines have is refused, with their references. So is a reference where the role does not
        see that a machine has a second one, of another backup server; set O(backup_server) then.
    type: str
  created_before:
    description:
      - Restore O(machine) from the newest restore point whose data is of this moment or earlier. A moment in ISO 8601
        with V(Z) or an offset, or a duration before now, such as V(4h).
    type: str
  not_older_than:
    description:
      - Refuse a restore point that is older than this. A duration, as a number of seconds or with a unit, such as
        V(4h) or V(2d).
    type: str
  original:
    description:
      - What happens to the machine that is there. It has to be written down, here or in each item of O(restores).
      - V(replace) restores in place. The machine is powered off and its disks are replaced. If it is gone, it is made
        again.
      - V(keep) restores a second machine beside the original, under a name that the server chooses. This needs
        Enterprise Manager 13. An older one may ignore the setting and overwrite the original, so there the task is
        refused before anything is sent. Machines of Cloud Director can be kept with any version; they need O(new_name).
    type: str
    choices: [keep, replace]
  power_on:
    description:
      - Power the restored machine on.
    type: bool
    default: false
  quick_rollback:
    description:
      - Only write the blocks that have changed since the restore point. Only with O(original=replace). It needs
        change tracking on the machine, and is not for damage below the guest system.
    type: bool
    default: false
  new_name:
    description:
      - Name of the restored machine, for machines of Cloud Director, where O(original=keep) needs it. For all others
        the server chooses the name, and this is refused.
    type: str
  if_running:
    description:
      - What is done if a restore of the same restore point is running. V(join) waits for it and changes nothing,
        V(fail) fails.
      - A restore of the same machine from another restore point is always a failure.
    type: str
    choices: [join, fail]
    default: join
  restores:
    description:
      - Several restores in one task, with one logon. Each item is a dict with the suboptions below; options at the top
        are defaults.
      - Every item is tried. If some failed, the task fails at the end with complete RV(results).
      - An empty list is a success that changes nothing and does not log on.
    type: list
    elements: dict
    suboptions:
      restore_point:
        description: As O(restore_point), for this item.
        type: str
      machine:
        description: As O(machine), for this item.
        type: str
      host:
        description: As O(host), for this item.
        type: str
      backup_server:
        description: As O(backup_server), for this item.
        type: str
      created_before:
        description: As O(created_before), for this item.
        type: str
      not_older_than:
        description: As O(not_older_than), for this item.
        type: str
      original:
        description: As O(original), for this item.
        type: str
        choices: [keep, replace]
      power_on:
        description: As O(power_on), for this item.
        type: bool
      quick_rollback:
        description: As O(quick_rollback), for this item.
        type: bool
      new_name:
        description: As O(new_name), for this item.
        type: str
      if_running:
        description: As O(if_running), for this item.
        type: str
        choices: [join, fail]
extends_documentation_fragment:
  - backupops.veeam.connection
  - backupops.veeam.attributes
  - backupops.veeam.machine
  - backupops.veeam.session_end
  - backupops.veeam.session_end.accept
attributes:
  check_mode:
    support: full
    details:
      - Everything is read and proved, nothing is written but logon and logout. RV(msg) and RV(restore_point) say what
        would be restored.
  diff_mode:
    support: none
    details:
      - Enterprise Manager does not show what is on a machine. RV(restore_point) says what it was restored from.
  idempotent:
    support: none
    details:
      - Every run restores again. Only while the restore of an earlier run is still running is it waited for instead.
notes:
  - Enterprise Manager gives no reason for a restore that failed, and cannot stop one. The backup console can.
  - Whole machines can be restored with an Enterprise or Enterprise Plus licence. Restores of agents and of single disks
    do not exist in this API.
seealso:
  - module: backupops.veeam.veeam_restore_point_info
  - module: backupops.veeam.veeam_quick_backup
  - name: Enterprise Manager REST API reference
    description: The request that is sent.
    link: https://helpcenter.veeam.com/docs/vbr/em_rest/post_vmrestorepoints_id_actionrestore.html
"""

EXAMPLES = r"""
- name: Bring a machine back in place, if the check after the change says that it is broken
  backupops.veeam.veeam_vm_restore:
    machine: web01
    not_older_than: 4h
    original: replace
    power_on: true
  when: web_check is failed

- name: Restore a copy beside the original, to look at yesterday's data
  backupops.veeam.veeam_vm_restore:
    machine: db01
    created_before: '2026-01-08T00:00:00Z'
    original: keep

- name: Bring several machines back from exactly these restore points
  backupops.veeam.veeam_vm_restore:
    original: replace
    restores:
      - restore_point: 6384e0b3-7b55-4bcb-91f1-20682cc85dc0
      - restore_point: 8ee674ba-8cf4-4076-8f6e-7c5e3c7f3889
        power_on: true
  when: patching is failed
"""

RETURN = r"""
changed:
  description: Whether a restore was sent, or may have been. In check mode, whether one would be.
  returned: always
  type: bool
  sample: true
msg:
  description: What was done and how it ended, or why it failed.
  returned: always
  type: str
  sample: 'Restored "web01" from its restore point of 2026-01-08T14:31:07Z in place.'
restore_point:
  description: What the machine was restored from, in check mode too. Null where none was found.
  returned: single form
  type: dict
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
session:
  description:
    - The restore session as last seen. Null in check mode, with O(wait=false), and if none is known.
    - A failed result has it too.
  returned: single form
  type: dict
  contains:
    id:
      description: ID of the session.
      type: str
      sample: 2ba69b61-2fb9-475d-9286-90dd651ddde1
    uid:
      description: UID of the session.
      type: str
      sample: urn:veeam:RestoreSession:2ba69b61-2fb9-475d-9286-90dd651ddde1
    href:
      description: Address of the session, on the host and port of the task.
      type: str
      sample: https://em01.example.com:9398/api/restoreSessions/2ba69b61-2fb9-475d-9286-90dd651ddde1
    type:
      description: What was done, such as V(RestoreVm).
      type: str
      sample: RestoreVm
    machine:
      description: Name of the machine when the backup was made.
      type: str
      sample: web01
    state:
      description: V(Starting), V(Working), V(Stopping) or V(Stopped), which is the end.
      type: str
      sample: Stopped
    result:
      description: V(Success), V(Warning) or V(Failed). Null while it runs.
      type: str
      sample: Success
    start:
      description: When it began, UTC.
      type: str
      sample: '2026-01-09T08:12:04.33Z'
    end:
      description: When it ended, UTC. Null while it runs.
      type: str
      sample: '2026-01-09T08:31:47.8Z'
    progress:
      description: Percent. Enterprise Manager may say 0 or nothing for a session that has ended.
      type: int
      sample: 100
    restored_ref:
      description: Reference of the machine that came of it. Null where Enterprise Manager does not say.
      type: str
      sample: urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.vm-4711
original:
  description: As O(original).
  returned: single form
  type: str
  sample: replace
results:
  description: One entry for each item of O(restores), in their order.
  returned: list form
  type: list
  elements: dict
  contains:
    changed:
      description: As RV(changed), for this item.
      type: bool
      sample: true
    restore_point:
      description: As RV(restore_point), for this item.
      type: dict
    session:
      description: As RV(session), for this item.
      type: dict
    original:
      description: As RV(original), for this item.
      type: str
      sample: replace
    msg:
      description: As RV(msg), for this item.
      type: str
      sample: 'Restored "web01" from its restore point of 2026-01-08T14:31:07Z in place.'
    failed:
      description: Whether this item failed.
      type: bool
      sample: false
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
      sample: GET /api/restoreSessions/2ba69b61-2fb9-475d-9286-90dd651ddde1
    status:
      description: HTTP status. Null where there was no answer.
      type: int
      sample: 200
    message:
      description: What the server said. Null where it said nothing readable.
      type: str
      sample: Failed
"""

from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
from ansible_collections.backupops.veeam.plugins.module_utils._module.main import run_module
from ansible_collections.backupops.veeam.plugins.module_utils._vm_restore.options import SPEC, settings
from ansible_collections.backupops.veeam.plugins.module_utils._vm_restore.run import (
    flow,
    sent_by_then,
    whole_run_failed,
)

MODULE = Module(SPEC, settings, flow, failure=whole_run_failed, sent_by_then=sent_by_then)


def main() -> None:
    run_module(MODULE)


if __name__ == "__main__":
    main()
