#!/usr/bin/python

# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: veeam_failover_plan_info
short_description: List failover plans in Veeam Backup Enterprise Manager
version_added: 1.2.0
description:
  - Lists failover plans with their machines, through the REST API of Veeam Backup Enterprise Manager.
  - The role VM Restore Operator is enough. A Portal User may not do it.
author:
  - backupops.veeam contributors (@backupops)
extends_documentation_fragment:
  - backupops.veeam.connection
  - backupops.veeam.attributes
  - backupops.veeam.info
  - backupops.veeam.info.only_reads
  - backupops.veeam.info.backup_server
seealso:
  - module: backupops.veeam.veeam_failover_plan
"""

EXAMPLES = r"""
- name: The failover plans of one backup server
  backupops.veeam.veeam_failover_plan_info:
    backup_server: vbr02.example.com
  register: plans

- name: Which machines does this plan fail over, and in which order?
  backupops.veeam.veeam_failover_plan_info:
    name: DR Web
"""

RETURN = r"""
changed:
  description: Always V(false).
  returned: always
  type: bool
  sample: false
failover_plans:
  description: The plans, by backup server and name.
  returned: success
  type: list
  elements: dict
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
msg:
  description: How many were found, or why the task failed.
  returned: always
  type: str
  sample: Found 2 failover plans.
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

from ansible_collections.backupops.veeam.plugins.module_utils._info.failover_plans import SPEC, flow, settings
from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
from ansible_collections.backupops.veeam.plugins.module_utils._module.main import run_module

MODULE = Module(SPEC, settings, flow)


def main() -> None:
    run_module(MODULE)


if __name__ == "__main__":
    main()
