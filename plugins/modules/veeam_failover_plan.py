#!/usr/bin/python

# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: veeam_failover_plan
short_description: Start or undo a failover plan, in Veeam Backup Enterprise Manager
version_added: 1.2.0
description:
  - Starts a failover plan through the REST API of Veeam Backup Enterprise Manager and waits until each of its
    machines is failed over, or undoes one.
  - B(Neither is idempotent,) because Enterprise Manager does not tell whether a plan is started. What makes a play
    safe to repeat is a condition, as in the examples.
  - Enterprise Manager does not link the start of a plan to what comes of it. The task looks for the sessions of the
    plan's machines. A machine of which none has shown is C(unknown), never done, and the task fails and names it.
  - A start is never sent a second time by the same task. If the same task is run again while failovers of its
    machines are under way, it waits for those.
  - The role VM Restore Operator is enough. A Portal User may not do it.
author:
  - backupops.veeam contributors (@backupops)
options:
  plan:
    description:
      - The failover plan, by name, ID, UID (C(urn:veeam:FailoverPlan:...)) or href.
    type: str
    required: true
  backup_server:
    description:
      - The backup server that has the plan, by name, ID, UID or href. Only needed where several have one of that
        name.
    type: str
  state:
    description:
      - V(started) fails the machines of the plan over, in their order.
      - V(undone) takes that back. The changes that were made on the replicas are lost. The task waits until the
        server has taken the request, since nothing else tells what becomes of it.
    type: str
    choices: [started, undone]
    required: true
  as_of:
    description:
      - Fail over to the newest points from before this moment, in ISO 8601 with V(Z) or an offset. If not given, to the
        newest points there are. Only with O(state=started).
    type: str
  if_running:
    description:
      - What V(started) does if a failover of one of the machines is under way. V(join) waits for it and changes
        nothing, V(fail) fails.
    type: str
    choices: [join, fail]
    default: join
  wait:
    description:
      - Wait until each machine is failed over. If V(false), the task ends once the server has taken the request.
    type: bool
    default: true
  wait_timeout:
    description:
      - Maximum time in seconds for the whole task. What the server is working on when the time is up goes on there.
    type: float
    default: 14400
  poll_interval:
    description:
      - Maximum pause in seconds between two looks at the sessions. The first pauses are shorter and grow.
    type: float
    default: 30
extends_documentation_fragment:
  - backupops.veeam.connection
  - backupops.veeam.attributes
  - backupops.veeam.session_end.accept
attributes:
  check_mode:
    support: full
    details:
      - Everything is read, nothing is written but logon and logout. RV(msg) says what would be started or undone.
  diff_mode:
    support: none
    details:
      - Enterprise Manager does not show whether a plan is started.
  idempotent:
    support: none
    details:
      - Every run starts or undoes the plan. Only while failovers of an earlier run are under way are they waited for
        instead.
notes:
  - The server leaves out machines that are in failover or failback already. They have no new session, so they are
    reported as C(unknown).
seealso:
  - module: backupops.veeam.veeam_failover_plan_info
  - module: backupops.veeam.veeam_replica_failover
  - name: Enterprise Manager REST API reference
    description: The request that starts a plan.
    link: https://helpcenter.veeam.com/docs/vbr/em_rest/post_failoverplans_id_start.html
"""

EXAMPLES = r"""
- name: The first site is gone
  backupops.veeam.veeam_failover_plan:
    plan: DR Web
    state: started
  when: disaster_is_declared | bool

- name: The same, with data from before the attack
  backupops.veeam.veeam_failover_plan:
    plan: DR Web
    state: started
    as_of: '2026-01-08T03:00:00Z'
  when: disaster_is_declared | bool

- name: It was a drill, take it back
  backupops.veeam.veeam_failover_plan:
    plan: DR Web
    state: undone
  when: drill_is_over | bool
"""

RETURN = r"""
changed:
  description: Whether the plan was started or undone, or may have been. In check mode, whether it would be.
  returned: always
  type: bool
  sample: true
msg:
  description: What was done and how it ended, or why it failed.
  returned: always
  type: str
  sample: Failed over the machines of failover plan "DR Web".
failover_plan:
  description: The plan. Null where none was found.
  returned: always
  type: dict
  contains:
    name:
      description: Name of the plan.
      type: str
      sample: DR Web
    id:
      description: ID of the plan.
      type: str
      sample: b029d040-1fe0-435e-b6c6-36601c1996ec
    uid:
      description: UID of the plan.
      type: str
      sample: urn:veeam:FailoverPlan:b029d040-1fe0-435e-b6c6-36601c1996ec
    href:
      description: Address of the plan, on the host and port of the task.
      type: str
      sample: https://em01.example.com:9398/api/failoverPlans/b029d040-1fe0-435e-b6c6-36601c1996ec
    description:
      description: Description of the plan.
      type: str
      sample: Web tier, database first
    backup_server:
      description: The backup server that it is on.
      type: dict
      sample:
        name: vbr01.example.com
        id: 3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61
        href: https://em01.example.com:9398/api/backupServers/3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61
    machines:
      description: Its machines, in their order, with C(name), C(ref) and C(order).
      type: list
      elements: dict
      sample:
        - name: db01
          ref: urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.vm-4714
          order: 0
machines:
  description: What became of each machine of the plan. Empty for V(undone), in check mode and with O(wait=false).
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the machine.
      type: str
      sample: db01
    ref:
      description: Reference of the machine.
      type: str
      sample: urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.vm-4714
    status:
      description: V(done), V(failed), V(running), or V(unknown) where no session of it has shown.
      type: str
      sample: done
    session:
      description:
        - The session of its failover, as M(backupops.veeam.veeam_replica_failover) returns it. Null if none is known.
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

from ansible_collections.backupops.veeam.plugins.module_utils._failover_plan.options import SPEC, settings
from ansible_collections.backupops.veeam.plugins.module_utils._failover_plan.run import (
    flow,
    sent_by_then,
    whole_run_failed,
)
from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
from ansible_collections.backupops.veeam.plugins.module_utils._module.main import run_module

MODULE = Module(SPEC, settings, flow, failure=whole_run_failed, sent_by_then=sent_by_then)


def main() -> None:
    run_module(MODULE)


if __name__ == "__main__":
    main()
