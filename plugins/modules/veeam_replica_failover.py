#!/usr/bin/python

# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: veeam_replica_failover
short_description: Fail a replicated machine over, in Veeam Backup Enterprise Manager
version_added: 1.2.0
description:
  - Fails a machine over to a point of its replica through the REST API of Veeam Backup Enterprise Manager, and waits
    for the end of the failover. The replica is powered on in its production networks.
  - B(There is no way back by this API.) It can neither undo nor fail back the failover of a single machine, nor make
    it permanent. Only the backup console can. O(no_way_back) has to say that this is known. What can be undone are
    failover plans, see M(backupops.veeam.veeam_failover_plan).
  - B(A failover is never idempotent,) because Enterprise Manager does not tell whether a machine is failed over. What
    makes a play safe to repeat is a condition, as in the examples.
  - Nothing is asked of the side that is dead. All that is read are replica points, replicas and restore sessions.
  - All failovers of a task are proved before the first one is sent. A failover is never sent a second time by the
    same task. If its answer is lost, the task looks for its session. If the same task is run again while a failover
    of the machine is running, it waits for that one.
  - The role VM Restore Operator is enough, for machines of its scope.
author:
  - backupops.veeam contributors (@backupops)
options:
  replica_point:
    description:
      - The replica point, by ID, UID (C(urn:veeam:VmReplicaPoint:...)) or href.
      - Give either O(replica_point) or O(machine), or O(failovers).
    type: str
  machine:
    description:
      - The machine, by name, to fail over to the newest point of its replica. Names are compared exactly.
      - A machine that is in several replicas is refused, with the names of their jobs.
    type: str
  job:
    description:
      - The replication job, by name, ID, UID or href. Only needed where several jobs replicate the machine.
    type: str
  backup_server:
    description:
      - The backup server that has the replica, by name, ID, UID or href. Only needed where several have one.
    type: str
  created_before:
    description:
      - Fail O(machine) over to the newest point whose data is of this moment or earlier. A moment in ISO 8601 with
        V(Z) or an offset, or a duration before now, such as V(4h).
    type: str
  not_older_than:
    description:
      - Refuse a replica point that is older than this. A duration, as a number of seconds or with a unit, such as
        V(4h).
    type: str
  no_way_back:
    description:
      - Has to be V(true), here or in each item of O(failovers). It says that you know that Enterprise Manager can
        neither undo nor fail back the failover of a single machine.
    type: bool
  if_running:
    description:
      - What is done if a failover of the machine is under way. V(join) waits for it and changes nothing, V(fail)
        fails.
    type: str
    choices: [join, fail]
    default: join
  failovers:
    description:
      - Several failovers in one task, with one logon. Each item is a dict with the suboptions below; options at the top
        are defaults.
      - Every item is tried. If some failed, the task fails at the end with complete RV(results).
      - An empty list is a success that changes nothing and does not log on.
    type: list
    elements: dict
    suboptions:
      replica_point:
        description: As O(replica_point), for this item.
        type: str
      machine:
        description: As O(machine), for this item.
        type: str
      job:
        description: As O(job), for this item.
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
      no_way_back:
        description: As O(no_way_back), for this item.
        type: bool
      if_running:
        description: As O(if_running), for this item.
        type: str
        choices: [join, fail]
extends_documentation_fragment:
  - backupops.veeam.connection
  - backupops.veeam.attributes
  - backupops.veeam.session_end
  - backupops.veeam.session_end.accept
attributes:
  check_mode:
    support: full
    details:
      - Everything is read and proved, nothing is written but logon and logout. RV(msg) and RV(replica_point) say to
        what the machine would be failed over.
  diff_mode:
    support: none
    details:
      - Enterprise Manager does not show whether a machine is failed over.
  idempotent:
    support: none
    details:
      - Every run fails over again. Only while the failover of an earlier run is still running is it waited for instead.
notes:
  - Failover needs an Enterprise or Enterprise Plus licence.
seealso:
  - module: backupops.veeam.veeam_failover_plan
  - module: backupops.veeam.veeam_vm_restore
  - name: Enterprise Manager REST API reference
    description: The request that is sent.
    link: https://helpcenter.veeam.com/docs/vbr/em_rest/post_vmreplicapoints_id_actionrestore.html
"""

EXAMPLES = r"""
- name: The first site is gone, bring the database up on the second
  backupops.veeam.veeam_replica_failover:
    machine: db01
    job: db-replica
    not_older_than: 1d
    no_way_back: true
  when: disaster_is_declared | bool

- name: Fail two machines over to points from before the attack
  backupops.veeam.veeam_replica_failover:
    created_before: '2026-01-08T03:00:00Z'
    no_way_back: true
    failovers:
      - machine: db01
      - machine: app01
        job: app-replica
  when: disaster_is_declared | bool
"""

RETURN = r"""
changed:
  description: Whether a failover was sent, or may have been. In check mode, whether one would be.
  returned: always
  type: bool
  sample: true
msg:
  description: What was done and how it ended, or why it failed.
  returned: always
  type: str
  sample: 'Failed "db01" over to its replica point of 2026-01-08T06:47:02Z.'
replica_point:
  description: What the machine was failed over to, in check mode too. Null where none was found.
  returned: single form
  type: dict
  contains:
    id:
      description: ID of the replica point.
      type: str
      sample: 9fc8c651-1a1d-47c4-b0c2-1f724601ecf4
    uid:
      description: UID of the replica point.
      type: str
      sample: urn:veeam:VmReplicaPoint:9fc8c651-1a1d-47c4-b0c2-1f724601ecf4
    href:
      description: Address of the replica point, on the host and port of the task.
      type: str
      sample: https://em01.example.com:9398/api/vmReplicaPoints/9fc8c651-1a1d-47c4-b0c2-1f724601ecf4
    name:
      description: Name of the replica point.
      type: str
      sample: db01@2026-01-08 06:47:02
    machine:
      description: Name of the machine.
      type: str
      sample: db01
    created:
      description: The moment of the data, UTC.
      type: str
      sample: '2026-01-08T06:47:02Z'
    age:
      description: Age of the data in seconds, by the server's clock. Null where it does not tell the time.
      type: int
      sample: 3600
    type:
      description: Such as V(Snapshot).
      type: str
      sample: Snapshot
    algorithm:
      description: How it was made, such as V(Full).
      type: str
      sample: Full
    replica:
      description: The replica that it is in, which bears the name of its job.
      type: dict
      sample:
        id: a2e19158-4e62-4c1b-899e-7780efe15a39
        name: db-replica
    backup_server:
      description: The backup server that it is on.
      type: dict
      sample:
        name: vbr01.example.com
        id: 3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61
        href: https://em01.example.com:9398/api/backupServers/3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61
session:
  description:
    - The session of the failover as last seen. Null in check mode, with O(wait=false), and if none is known.
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
      description: What Enterprise Manager calls it.
      type: str
      sample: Failover
    machine:
      description: Name of the machine.
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
results:
  description: One entry for each item of O(failovers), in their order.
  returned: list form
  type: list
  elements: dict
  contains:
    changed:
      description: As RV(changed), for this item.
      type: bool
      sample: true
    replica_point:
      description: As RV(replica_point), for this item.
      type: dict
    session:
      description: As RV(session), for this item.
      type: dict
    msg:
      description: As RV(msg), for this item.
      type: str
      sample: 'Failed "db01" over to its replica point of 2026-01-08T06:47:02Z.'
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

from ansible_collections.backupops.veeam.plugins.module_utils._failover.options import SPEC, settings
from ansible_collections.backupops.veeam.plugins.module_utils._failover.run import flow, sent_by_then, whole_run_failed
from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
from ansible_collections.backupops.veeam.plugins.module_utils._module.main import run_module

MODULE = Module(SPEC, settings, flow, failure=whole_run_failed, sent_by_then=sent_by_then)


def main() -> None:
    run_module(MODULE)


if __name__ == "__main__":
    main()
