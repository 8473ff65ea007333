#!/usr/bin/python

# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: veeam_quick_backup
short_description: Make a restore point of a machine now, in Veeam Backup Enterprise Manager
version_added: 1.2.0
description:
  - Makes a quick backup of exactly the machines that are named, through the REST API of Veeam Backup Enterprise
    Manager, waits for its end and returns the restore point, which M(backupops.veeam.veeam_vm_restore) takes.
  - A quick backup is an increment of the job that has the machine's newest restore point, on the backup server of
    that job. A machine without any restore point is refused before anything is sent. It needs a full backup first.
  - Machines of one job are backed up one after the other, because the server refuses two of them at once. So with
    O(wait=false) all but the last machine of a job are waited for. Machines of different jobs are backed up side by
    side.
  - A quick backup is never sent a second time by the same task. If its answer is lost, the task looks for its
    session.
  - The role Portal User is enough, for machines of its scope.
author:
  - backupops.veeam contributors (@backupops)
options:
  machine:
    description:
      - The machine, by name or by reference (C(urn:VMware:Vm:...)). Names are compared exactly.
      - A name that several machines have is refused, with their references.
      - Give either O(machine) or O(machines).
    type: str
  machines:
    description:
      - Several machines in one task, with one logon. Each item is a name or a reference, or a dict with the keys
        C(machine), C(host) and C(backup_server).
      - Every machine is tried. If some failed, the task fails at the end with complete RV(results).
      - An empty list is a success that changes nothing and does not log on.
    type: list
    elements: raw
  not_older_than:
    description:
      - If the machine has a restore point that is not older than this, nothing is sent, and that one is returned. A
        duration, as a number of seconds or with a unit, such as V(15m), V(4h) or V(2d).
      - If not given, a new restore point is always made.
    type: str
  if_running:
    description:
      - What is done if the machine's job is running. V(wait) waits for the end of the run and looks again, since the
        restore point that it makes may be new enough. V(fail) fails.
    type: str
    choices: [wait, fail]
    default: wait
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
      - Everything is read, nothing is written but logon and logout. Predicts for which machines a quick backup would
        be sent.
  diff_mode:
    support: none
    details:
      - A new restore point has no state before it to compare with. RV(restore_point) says what was made.
  idempotent:
    support: partial
    details:
      - With O(not_older_than) the second run finds the restore point of the first and changes nothing. Without it,
        every run makes one more.
notes:
  - Enterprise Manager offers no quick backup for machines of Cloud Director that a job of Cloud Director processes.
  - The task sets the fact C(ansible_facts['veeam_restore_point']) in the single form, and
    C(ansible_facts['veeam_restore_points']) in the list form.
seealso:
  - module: backupops.veeam.veeam_vm_restore
  - module: backupops.veeam.veeam_restore_point_info
  - module: backupops.veeam.veeam_job_run
  - name: Enterprise Manager REST API reference
    description: The request that is sent.
    link: https://helpcenter.veeam.com/docs/vbr/em_rest/post_backupservers_id_quickbackup.html
"""

EXAMPLES = r"""
- name: A restore point of the web servers, right before they are changed
  backupops.veeam.veeam_quick_backup:
    machines: [web01, web02]
    not_older_than: 15m
  register: before

- name: One more restore point of one machine, whatever is there
  backupops.veeam.veeam_quick_backup:
    machine: urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.vm-4711

- name: Bring a machine back to that restore point, if what was done to it went wrong
  backupops.veeam.veeam_vm_restore:
    restore_point: "{{ before.restore_points['web01'].id }}"
    original: replace
    power_on: true
  when: patching is failed
"""

RETURN = r"""
changed:
  description: Whether a quick backup was sent, or may have been. In check mode, whether one would be.
  returned: always
  type: bool
  sample: true
msg:
  description: What was done and how it ended, or why it failed, with the server's reason.
  returned: always
  type: str
  sample: 'Backed up "web01": restore point of 2026-01-08T14:31:07Z.'
restore_point:
  description:
    - The restore point of the machine, ready to be restored. Null where none is known, in check mode unless there is
      one already, and with O(wait=false).
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
    - The session of the job as last seen. It looks like any run of the job. Null if none is known.
    - A failed result has it too.
  returned: single form
  type: dict
  contains:
    id:
      description: ID of the session.
      type: str
      sample: ab0469a5-c2ba-4ff7-b9d4-9080df2db07e
    state:
      description: State of the session. V(Stopped) is the end.
      type: str
      sample: Stopped
    result:
      description: V(Success), V(Warning) or V(Failed). Null while it runs.
      type: str
      sample: Success
    progress:
      description: Percent.
      type: int
      sample: 100
    start:
      description: When it began, UTC.
      type: str
      sample: '2026-01-08T14:30:11.2Z'
    end:
      description: When it ended, UTC. Null while it runs.
      type: str
      sample: '2026-01-08T14:33:20.6Z'
    retry:
      description: Whether the session is an automatic retry after a failure.
      type: bool
      sample: false
    reasons:
      description: Why it did not succeed, one text for each machine that gives a reason.
      type: list
      elements: str
      sample: []
    task_sessions:
      description: What was done with this machine, with C(name), C(state), C(result) and C(reason).
      returned: when it ended, and not with V(Success)
      type: list
      elements: dict
      sample: []
restore_points:
  description: Names of machines to their restore points.
  returned: list form
  type: dict
  sample: {}
results:
  description: One entry for each item of O(machines), in their order.
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
    msg:
      description: As RV(msg), for this item.
      type: str
      sample: 'Backed up "web01": restore point of 2026-01-08T14:31:07Z.'
    failed:
      description: Whether this item failed.
      type: bool
      sample: false
ansible_facts:
  description:
    - The same restore points as facts, for tasks that come later.
    - Read them as C(ansible_facts['veeam_restore_points']), as ansible-core is ceasing to make variables of facts, or
      take the keys of the registered result.
  returned: success
  type: dict
  contains:
    veeam_restore_point:
      description: As RV(restore_point).
      returned: single form, a restore point is known
      type: dict
    veeam_restore_points:
      description: As RV(restore_points).
      returned: list form
      type: dict
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
      sample: POST /api/backupServers/3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61
    status:
      description: HTTP status. Null where there was no answer.
      type: int
      sample: 202
    message:
      description: What the server said. Null where it said nothing readable.
      type: str
      sample: There is no full backup
"""

from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
from ansible_collections.backupops.veeam.plugins.module_utils._module.main import run_module
from ansible_collections.backupops.veeam.plugins.module_utils._quick_backup.options import SPEC, settings
from ansible_collections.backupops.veeam.plugins.module_utils._quick_backup.run import (
    flow,
    sent_by_then,
    whole_run_failed,
)

MODULE = Module(SPEC, settings, flow, failure=whole_run_failed, sent_by_then=sent_by_then)


def main() -> None:
    run_module(MODULE)


if __name__ == "__main__":
    main()
