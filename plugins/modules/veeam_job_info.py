#!/usr/bin/python

# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: veeam_job_info
short_description: List jobs known to Veeam Backup Enterprise Manager
version_added: 1.1.0
description:
  - Returns backup, replication and backup copy jobs with schedule, retention and objects, and on demand with their last
    session and the repository of their backup.
  - With O(kind) it returns jobs for agents and file shares too. Enterprise Manager does not list jobs for tapes and
    public clouds.
  - Many jobs are read page by page, several pages at once.
  - The role Portal Administrator is needed.
author:
  - backupops.veeam contributors (@backupops)
options:
  kind:
    description:
      - The kinds of jobs to return. V(job) are backup, replication and backup copy jobs, V(agent) are jobs for
        computers with an agent, V(nas) are jobs for file shares.
      - With several kinds, one that this Enterprise Manager does not have is left out with a warning. File share jobs
        came with version 10.
    type: list
    elements: str
    choices: [job, agent, nas]
    default: [job]
    version_added: 1.2.0
  type:
    description:
      - Return only jobs of this type. V(ImmediateBackupCopy) are all backup copy jobs that were made in version 12 or
        later.
      - Only with V(job) as the only O(kind).
    type: str
    choices: [Backup, Replica, BackupCopy, ImmediateBackupCopy]
  platform:
    description:
      - Return only jobs of this platform. Backup copy jobs have V(CustomPlatform).
      - Only with V(job) as the only O(kind).
    type: str
    choices: [VMware, vCloud, HyperV, CustomPlatform]
  details:
    description:
      - If V(false), only name, ID, UID, href, kind and backup server are returned. On a large server that is about a
        ninth of the bytes.
    type: bool
    default: true
  gather:
    description:
      - What else to return. Each takes further requests for every job.
      - V(last_session) is the newest session of the job. For a backup copy job it says little.
      - V(repository) is the repository that the backup of the job is in. File share jobs have it without being asked.
    type: list
    elements: str
    choices: [last_session, repository]
    default: []
extends_documentation_fragment:
  - backupops.veeam.connection
  - backupops.veeam.attributes
  - backupops.veeam.info
  - backupops.veeam.info.only_reads
  - backupops.veeam.info.backup_server
seealso:
  - module: backupops.veeam.veeam_job
  - module: backupops.veeam.veeam_job_run
"""

EXAMPLES = r"""
- name: List all backup jobs of one backup server
  backupops.veeam.veeam_job_info:
    hostname: em01.example.test
    username: EM01\svc-ansible
    password: "{{ em_password }}"
    backup_server: vbr01.example.test
    type: Backup
  register: found

- name: Show those that are disabled
  ansible.builtin.debug:
    msg: "{{ found.jobs | rejectattr('enabled') | map(attribute='name') }}"

- name: Ask how two jobs ended the last time
  backupops.veeam.veeam_job_info:
    hostname: em01.example.test
    username: EM01\svc-ansible
    password: "{{ em_password }}"
    name: [web-prod-daily, db-prod-daily]
    gather: [last_session]
  register: found

- name: Stop where one of them failed
  ansible.builtin.assert:
    that: item.last_session is none or item.last_session.result != 'Failed'
    fail_msg: "{{ item.last_session.reasons | default([]) }}"
  loop: "{{ found.jobs }}"
  loop_control:
    label: "{{ item.name }}"

- name: List everything that runs, jobs for agents and file shares too
  backupops.veeam.veeam_job_info:
    hostname: em01.example.test
    username: EM01\svc-ansible
    password: "{{ em_password }}"
    kind: [job, agent, nas]
  register: found

- name: List the names of ten thousand jobs
  backupops.veeam.veeam_job_info:
    hostname: em01.example.test
    username: EM01\svc-ansible
    password: "{{ em_password }}"
    details: false
  register: found
"""

RETURN = r"""
msg:
  description: One sentence. What was found, or why it failed.
  returned: always
  type: str
  sample: Found 2 jobs.
changed:
  description: Always V(false).
  returned: always
  type: bool
  sample: false
jobs:
  description: The jobs, sorted by backup server and name. With O(details=false) only the first six keys are there.
  returned: success
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
    uid:
      description: UID of the job.
      type: str
      sample: urn:veeam:Job:c7e19a42-0b6d-4f85-a3e1-2f4d6b8a9c0e
    href:
      description: Href of the job, on the host and port of the task.
      type: str
      sample: https://em01.example.test:9398/api/jobs/c7e19a42-0b6d-4f85-a3e1-2f4d6b8a9c0e
    kind:
      description: Kind of the job, V(job), V(agent) or V(nas).
      type: str
      sample: job
    backup_server:
      description: The backup server that the job is on.
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
    type:
      description:
        - C(JobType) of the job, V(Backup), V(Replica), V(BackupCopy), V(ImmediateBackupCopy) or V(AgentBackup). Null
          for file share jobs.
      type: str
      sample: Backup
    platform:
      description: Platform of the job, such as V(VMware) or V(AgentForWindows). Null for file share jobs.
      type: str
      sample: VMware
    description:
      description: Description of the job.
      type: str
      sample: Cloned from TPL Gold
    enabled:
      description: Whether the job is enabled. A disabled job starts neither by schedule nor after another job.
      type: bool
      sample: true
    run_automatically:
      description: Whether the job has a schedule that it runs by.
      type: bool
      sample: true
    next_run:
      description: When it runs next, in UTC. Null if no run is planned.
      type: str
      sample: '2026-01-05T21:00:00Z'
    schedule:
      description:
        - The active schedule, under its kind C(daily), C(monthly), C(periodically), C(continuously) or C(after_job).
          Null if there is none.
        - C(after_job) is the name of the other job, or its ID if that job is not listed.
        - C(utc_offset) is the server's offset in hours, null for kinds without a time of day.
      type: dict
      sample: {daily: {at: '22:00', days: [monday, tuesday]}, utc_offset: 1}
    retry:
      description: How often a failed run is retried, and after how many minutes. Null if it is not retried.
      type: dict
      sample: {times: 3, wait: 10}
    backup_window:
      description: The hours in which the job may run, a list for each day. Null if it may always run.
      type: dict
      sample: {saturday: [0, 1, 2]}
    retention:
      description:
        - How much is kept, as a number of C(days) or C(restore_points). Null for replication, backup copy and file
          share jobs.
      type: dict
      sample: {type: days, count: 14}
    gfs:
      description: Long-term retention, C(weekly), C(monthly) and C(yearly). Null if it is off.
      type: dict
      sample: {weekly: {keep: 4, day: sunday}, monthly: null, yearly: null}
    objects:
      description: What the job protects. Null for backup copy jobs.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the object. Of a file share job it is the path.
          type: str
          sample: web01
        ref:
          description: Its reference in the inventory. Null for computers and protection groups of agent jobs.
          type: str
          sample: urn:VMware:Vm:a2b0c55d-1e2f-4a3b-8c4d-5e6f7a8b9c0d.vm-101
        type:
          description: Its type. Null for agent and file share jobs.
          type: str
          sample: Vm
        id:
          description: Its ID in the job.
          type: str
          sample: 961c9350-dc5a-43d6-8efa-867995e9404e
    linked_jobs:
      description: IDs of the jobs that a backup copy job copies. Null for other jobs.
      type: list
      elements: str
      sample: [5b0d6c1e-9f84-4a37-b1c2-d3e4f5a6b7c8]
    last_session:
      description: The newest session of the job. Null if it has never run.
      returned: O(gather) has V(last_session)
      type: dict
      contains:
        id:
          description: ID of the session.
          type: str
          sample: 6e5d4c3b-2a19-4807-96f5-e4d3c2b1a098
        state:
          description: State of the session. V(Stopped) is the end.
          type: str
          sample: Stopped
        result:
          description: V(Success), V(Warning) or V(Failed). Null while it runs.
          type: str
          sample: Failed
        progress:
          description: Percent. Meaningless for a backup copy job.
          type: int
          sample: 100
        start:
          description: When it began, UTC.
          type: str
          sample: '2026-01-05T10:05:00.659559Z'
        end:
          description: When it ended, UTC. Null while it runs.
          type: str
          sample: '2026-01-05T10:22:48.134519Z'
        retry:
          description: Whether the session is an automatic retry after a failure.
          type: bool
          sample: false
        reasons:
          description: Why it did not succeed, one text for each machine that gives a reason.
          type: list
          elements: str
          sample: ['web01: Processing web01 Error: An error occurred while quiescing the virtual machine.']
    repository:
      description:
        - The repository that holds the backup of the job, the first of them if there are several. Null before the first
          run. For a file share job, the repository that it writes to.
        - Other jobs have it only if O(gather) has V(repository), and else null.
      returned: O(details) is V(true), or O(gather) has V(repository)
      type: dict
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

from ansible_collections.backupops.veeam.plugins.module_utils._info.job_options import SPEC, settings
from ansible_collections.backupops.veeam.plugins.module_utils._info.jobs import flow
from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
from ansible_collections.backupops.veeam.plugins.module_utils._module.main import run_module

MODULE = Module(SPEC, settings, flow)


def main() -> None:
    run_module(MODULE)


if __name__ == "__main__":
    main()
