#!/usr/bin/python

# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: veeam_protection_info
short_description: Say for every machine whether it could be brought back, and as of when
version_added: 1.2.0
description:
  - Puts together what Veeam Backup Enterprise Manager knows of inventories, restore points, runs and jobs, and returns
    a status and the reason for each machine.
  - What cannot be known is V(unknown), with the reason, and never counts as good. Where something could not be read,
    RV(complete) is false and RV(notes) say why.
  - For 10,000 machines it takes up to 20 requests, and one more for each 100 jobs and for each further host.
  - V(protected) means that there is a recent restore point. Only a restore proves that it can be restored.
author:
  - backupops.veeam contributors (@backupops)
options:
  machines:
    description:
      - What to look at, names and references (C(urn:VMware:Vm:...)). If not given, every machine of all inventories.
      - A name that is found on several hosts returns all of them. One that is in no inventory is returned as
        V(unknown), with its restore point. Names are case-sensitive.
      - An empty list returns nothing and does not log on.
    type: list
    elements: str
  host:
    description:
      - Look only at the inventories of these hosts, such as a vCenter, each by name, ID, UID or href.
      - A vCenter that is connected to two backup servers is one host.
    type: list
    elements: str
  backup_server:
    description:
      - Look only at the inventories, restore points, runs and jobs of these backup servers, each by name, ID, UID or
        href.
    type: list
    elements: str
  within:
    description:
      - How old the newest restore point may be (the recovery point objective), in seconds, or as text such as V(15m),
        V(4h) or V(2d).
    type: str
    default: 24h
  exclude:
    description:
      - Machines that need no protection, by name, in which C(*) stands for anything, or by reference.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - backupops.veeam.connection
  - backupops.veeam.attributes
  - backupops.veeam.info.only_reads
notes:
  - Portal Administrator sees everything. A Portal User sees V(protected) where restore points and runs say so, and all
    the rest as V(unknown), because that role does not see jobs. A VM Restore Operator sees only restore points, so that
    only a machine that is named can be V(protected).
  - Enterprise Manager does not say what is in a container of a job, such as a folder or a tag. So a machine that may be
    in one, and that no job holds directly, is V(unknown) as long as it has no restore point.
  - Restore points of agents are not those of a machine of an inventory, because they have no reference. Jobs for agents
    count where they hold the name of the machine.
  - The module waits for nothing. Enterprise Manager may not yet know what backup servers did in the last 15 minutes.
seealso:
  - module: backupops.veeam.veeam_job_info
  - plugin: backupops.veeam.backed_up_within
    plugin_type: test
"""

EXAMPLES = r"""
- name: Look at every machine
  backupops.veeam.veeam_protection_info:
    hostname: em01.example.test
    username: EM01\svc-ansible
    password: "{{ em_password }}"
    exclude: ["*-tmp-*", jump01]
  register: found

- name: Show what needs a look
  ansible.builtin.debug:
    msg: "{{ item.name }} is {{ item.status }}: {{ item.reason }}"
  loop: "{{ found.machines | rejectattr('status', 'in', ['protected', 'excluded']) }}"
  loop_control:
    label: "{{ item.name }}"

- name: Stop the pipeline where a machine of the release could not be brought back to the last four hours
  backupops.veeam.veeam_protection_info:
    hostname: em01.example.test
    username: EM01\svc-ansible
    password: "{{ em_password }}"
    machines: [web01, web02, db01]
    within: 4h
  register: release
  failed_when: release.machines | rejectattr('status', 'eq', 'protected') | length > 0

- name: Patch only what has been backed up today
  ansible.builtin.debug:
    msg: "{{ item.name }} can be patched"
  loop: "{{ release.machines }}"
  loop_control:
    label: "{{ item.name }}"
  when: item is backupops.veeam.backed_up_within('24h')
"""

RETURN = r"""
msg:
  description: One sentence. What was found, or why it failed.
  returned: always
  type: str
  sample: 'Found 12 machines: 1 late, 11 protected.'
changed:
  description: Always V(false).
  returned: always
  type: bool
  sample: false
machines:
  description: The machines, sorted by host and name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the machine. Null for a reference that leads to nothing.
      type: str
      sample: web01
    ref:
      description: Its reference in the inventory. Null for a name that is in no inventory and has no restore point.
      type: str
      sample: urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.vm-4711
    platform:
      description: V(VMware), V(HyperV) or V(vCloud). Null without a reference.
      type: str
      sample: VMware
    host:
      description: The root of its inventory. One vCenter on two backup servers is one host.
      type: dict
      contains:
        name:
          description: Name of the host. Null where it is not known.
          type: str
          sample: vcenter01.example.test
        id:
          description: ID of its root. Null where it is not known.
          type: str
          sample: a2b0c55d-829a-4efe-bd95-125ee77ba9d0
    status:
      description:
        - The first of these that is true.
        - V(excluded), O(exclude) names it.
        - V(unknown), what decides could not be read, or is not shown to the role of the account; or it is in no
          inventory; or restore points of its name have another reference, and none has its own; or the newest run that
          failed may be that of another machine of its name.
        - V(failing), the newest run that has ended failed, and no restore point is newer.
        - V(protected), a restore point is not older than O(within).
        - V(paused), it is older, and jobs hold the machine itself, but all of them are disabled or do not run
          automatically.
        - V(late), it is older, or there is none although a job holds the machine itself.
        - V(unknown), there is none, but a job holds a container that the machine may be in.
        - V(unprotected), there is none, and no job holds the machine or a container of its host.
      type: str
      sample: protected
    reason:
      description: Why, in one sentence.
      type: str
      sample: restore point of 2026-01-08T14:31:07Z, 3 hours old
    restore_point:
      description: Its newest restore point that can be restored. Null if there is none.
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
          description: Href of the restore point, on the host and port of the task.
          type: str
          sample: https://em01.example.test:9398/api/vmRestorePoints/6384e0b3-7b55-4bcb-91f1-20682cc85dc0
        name:
          description: Name of the restore point.
          type: str
          sample: web01@2026-01-08 14:31:07
        machine:
          description: The name that the machine had when the backup was made.
          type: str
          sample: web01
        ref:
          description: The reference that the machine had when the backup was made.
          type: str
          sample: urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.vm-4711
        platform:
          description: Platform of the machine.
          type: str
          sample: VMware
        created:
          description: The moment of the data, UTC.
          type: str
          sample: '2026-01-08T14:31:07Z'
        age:
          description: Seconds from then to RV(as_of).
          type: int
          sample: 10800
        type:
          description: V(Full), V(Increment) or V(ReverseIncrement).
          type: str
          sample: Increment
        algorithm:
          description: How it was made.
          type: str
          sample: Incremental
        ready:
          description: Whether it can be restored. Always V(true) here.
          type: bool
          sample: true
        backup:
          description: Always null here.
          type: dict
        repository:
          description: Always null here.
          type: dict
        backup_server:
          description: The backup server that has it.
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
    last_run:
      description:
        - What the newest run that has ended did with the machine, however old it is. Runs of copy jobs and of
          replication jobs are not among them. Null if there is none.
      type: dict
      contains:
        job:
          description: Name of the job. Null where it is not told.
          type: str
          sample: web-prod-daily
        result:
          description: V(Success), V(Warning) or V(Failed).
          type: str
          sample: Success
        end:
          description: When it ended, UTC.
          type: str
          sample: '2026-01-08T14:33:02Z'
        reason:
          description: Why it did not succeed. Null where it did.
          type: str
          sample: 'Processing web01 Error: An error occurred while quiescing the virtual machine.'
    jobs:
      description:
        - The jobs that hold the machine itself, and then, at most ten, those that hold a container of its host. An
          empty list where the role of the account does not see jobs.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the job.
          type: str
          sample: web-prod-daily
        id:
          description: ID of the job.
          type: str
          sample: c7e19a42-0b6d-4f85-a3e1-2f4d6b8a9c0e
        type:
          description: Type of the job. Only V(Backup) and V(AgentBackup) decide on a status.
          type: str
          sample: Backup
        enabled:
          description: Whether the job is enabled.
          type: bool
          sample: true
        run_automatically:
          description: Whether the job has a schedule that it runs by.
          type: bool
          sample: true
        by:
          description: V(object), the job holds the machine itself; V(container), by a container that it may be in.
          type: str
          sample: object
    twice:
      description: Whether several enabled backup jobs hold the machine itself.
      type: bool
      sample: false
summary:
  description: How many machines have each status.
  returned: success
  type: dict
  sample: {unprotected: 0, failing: 0, late: 1, paused: 0, unknown: 0, protected: 11, excluded: 0}
complete:
  description: Whether everything that decides was read.
  returned: success
  type: bool
  sample: true
as_of:
  description: The moment of all of this, by the clock of Enterprise Manager, UTC. Null where nothing was asked.
  returned: success
  type: str
  sample: '2026-01-08T17:31:07Z'
notes:
  description: What could not be read, and what follows from that, a sentence each.
  returned: success
  type: list
  elements: str
  sample: []
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

from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
from ansible_collections.backupops.veeam.plugins.module_utils._module.main import run_module
from ansible_collections.backupops.veeam.plugins.module_utils._protection.options import SPEC, settings
from ansible_collections.backupops.veeam.plugins.module_utils._protection.run import flow

MODULE = Module(SPEC, settings, flow)


def main() -> None:
    run_module(MODULE)


if __name__ == "__main__":
    main()
