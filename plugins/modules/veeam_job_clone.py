#!/usr/bin/python

# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: veeam_job_clone
short_description: Clone a job in Veeam Backup Enterprise Manager
version_added: 1.0.0
description:
  - Copies a backup, replication or backup copy job through the REST API of Veeam Backup Enterprise Manager,
    waits for the task and returns the href of the new job.
  - The API cannot create a job from nothing. Cloning a template job is the way to create one.
  - The clone is created on the backup server of the source job. If a job with exactly that name already exists
    there, nothing is sent and that job is returned.
  - A clone is never sent a second time by the same task once a byte of it has gone out. If its answer is lost, the job
    is looked for by name.
  - The role Portal Administrator is needed.
author:
  - backupops.veeam contributors (@backupops)
options:
  source_job:
    description:
      - The job to copy, by name, ID, UID (C(urn:veeam:Job:...)) or href.
      - With O(clones), the default for items that do not set it.
    type: str
    aliases: [job]
  backup_server:
    description:
      - The backup server of the source job, by name, ID, UID or href.
      - Needed only if several backup servers have a job with the name given in O(source_job).
    type: str
  name:
    description:
      - Name of the new job. It is case-sensitive. A job that does not exist yet can have at most 50 characters, and no
        blanks at the ends of its name.
      - Give either O(name) or O(clones).
    type: str
    aliases: [job_name]
  description:
    description:
      - Description of the new job.
      - Left out of the request when it is not given.
    type: str
  folder_name:
    description:
      - Name of the backup that the new job writes. It becomes C(FolderName) of a backup job and C(JobFileName) of a
        backup copy job. Replication jobs have none.
      - Defaults to the name with slashes, backslashes, colons, asterisks, question marks, double quotes, angle and
        round brackets and vertical bars replaced by underscores. Spaces are kept.
    type: str
    aliases: [job_file_name]
  repository:
    description:
      - The repository that the new job writes to, by name, ID, UID or href. It is looked up on the backup server of the
        source job.
      - Required unless the source is a replication job, which takes none.
    type: str
  vm_suffix:
    description:
      - Suffix of the names of replica VMs. Replication jobs only.
      - Defaults to C(_replica).
    type: str
  clones:
    description:
      - Several clones in one task, with one logon. Options at the top level with the same names are defaults for
        all items; a kind of job that does not have an option ignores its default.
      - Every item is tried. If some failed, the task fails at the end with complete RV(results).
      - An empty list is a success that changes nothing and does not log on.
    type: list
    elements: dict
    suboptions:
      source_job:
        description: As O(source_job).
        type: str
        aliases: [job]
      backup_server:
        description: As O(backup_server).
        type: str
      name:
        description: As O(name). Required for every item; names must be unique.
        type: str
        aliases: [job_name]
      description:
        description: As O(description).
        type: str
      folder_name:
        description: As O(folder_name).
        type: str
        aliases: [job_file_name]
      repository:
        description: As O(repository).
        type: str
      vm_suffix:
        description: As O(vm_suffix).
        type: str
  wait:
    description:
      - Wait until the job has been created. If V(false), the result contains the task but no job.
    type: bool
    default: true
  wait_timeout:
    default: 300
  poll_interval:
    default: 5
  on_timeout:
    description:
      - V(fail) fails with the last state, the elapsed seconds and the ID of the task.
      - V(cancel) also deletes the task, which may stop the clone, and reports the outcome.
    type: str
    choices: [fail, cancel]
    default: fail
extends_documentation_fragment:
  - backupops.veeam.connection
  - backupops.veeam.attributes
  - backupops.veeam.wait
attributes:
  check_mode:
    support: full
    details:
      - Everything is read, nothing is written but logon and logout. It fails where the real run would fail on what can
        be read.
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - By name on the backup server of the source job. The repository of an existing job cannot be read, so it is not
        compared.
notes:
  - A clone has the objects and the schedule of its source. M(backupops.veeam.veeam_job) makes a clone and what it is to
    protect in one task, and enables it last.
seealso:
  - module: backupops.veeam.veeam_job
  - name: Enterprise Manager REST API reference
    description: The request that this module sends.
    link: https://helpcenter.veeam.com/docs/vbr/em_rest/post_jobs_id_actionclone.html
"""

EXAMPLES = r"""
- name: Clone a template job and use the href of the new one
  backupops.veeam.veeam_job_clone:
    hostname: em01.example.test
    username: EM01\svc-ansible
    password: "{{ em_password }}"
    ca_path: /etc/pki/tls/certs/em-ca.pem
    source_job: TPL Gold
    name: web-prod-daily
    repository: Default Backup Repository
    description: Cloned from TPL Gold
  register: clone

- name: Show the href
  ansible.builtin.debug:
    msg: "{{ clone.job_href }}"

- name: Clone many jobs with one logon, without a loop
  backupops.veeam.veeam_job_clone:
    hostname: em01.example.test
    username: EM01\svc-ansible
    password: "{{ em_password }}"
    source_job: TPL Gold
    repository: Default Backup Repository
    clones:
      - name: web-prod-daily
      - name: db-prod-daily
        repository: Fast Repository
      - name: web-prod-replica
        source_job: TPL Replica
        vm_suffix: _dr
    max_parallel: 8
  register: clones

# A job template in AWX: a credential type injects VEEAM_EM_HOSTNAME, VEEAM_EM_USERNAME and VEEAM_EM_PASSWORD,
# a survey asks for the rest.
- name: Clone what the survey asked for
  backupops.veeam.veeam_job_clone:
    source_job: "{{ survey_template }}"
    name: "{{ survey_name }}"
    repository: "{{ survey_repository | default(omit) }}"

- name: Set the connection once for a whole play
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/backupops.veeam.veeam:
      hostname: em01.example.test
      username: EM01\svc-ansible
      password: "{{ em_password }}"
  tasks:
    - name: Clone a job that is found on two backup servers
      backupops.veeam.veeam_job_clone:
        source_job: TPL Silver
        backup_server: vbr02.example.test
        name: files-weekly
        repository: S3 Offsite
        wait_timeout: 600
        on_timeout: cancel

# Ad hoc, with the connection in the environment:
#   ansible localhost -m backupops.veeam.veeam_job_clone \
#     -a "source_job='TPL Gold' name=web-prod-daily repository='Default Backup Repository'"
"""

RETURN = r"""
msg:
  description: One sentence. What was done, or why it failed and what is known.
  returned: always
  type: str
  sample: 'Cloned job "TPL Gold" to "web-prod-daily" on backup server vbr01.example.test.'
changed:
  description: A clone was created, may have been created (lost answer, timeout), or would be created in check mode.
  returned: always
  type: bool
  sample: true
job_href:
  description: Href of the new or existing job, on the host and port of the task. Null while it is not known.
  returned: single form
  type: str
  sample: https://em01.example.test:9398/api/jobs/c7e19a42-0b6d-4f85-a3e1-2f4d6b8a9c0e
job:
  description: The new or existing job. Null while it is not known.
  returned: single form
  type: dict
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
      description: The same as RV(job_href).
      type: str
      sample: https://em01.example.test:9398/api/jobs/c7e19a42-0b6d-4f85-a3e1-2f4d6b8a9c0e
    type:
      description: C(JobType) of the job, V(Backup), V(Replica), V(BackupCopy) or V(ImmediateBackupCopy).
      type: str
      sample: Backup
    platform:
      description: Platform of the job.
      type: str
      sample: VMware
    description:
      description: Description of the job.
      type: str
      sample: Cloned from TPL Gold
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
task:
  description: The task of the clone as it was last seen.
  returned: when a clone was sent
  type: dict
  contains:
    id:
      description: ID of the task.
      type: str
      sample: task-1
    href:
      description: Href of the task. Only the session that sent the clone can read it.
      type: str
      sample: https://em01.example.test:9398/api/tasks/task-1
    state:
      description: State of the task, V(Running), V(OperationFinished) or V(Finished).
      type: str
      sample: Finished
    operation:
      description: What the task does.
      type: str
      sample: CloneJob
    success:
      description: Whether it succeeded. Null while there is no result.
      type: bool
      sample: true
    message:
      description: What the server says of the result.
      type: str
      sample: Ok
    elapsed:
      description: Seconds since the clone was sent.
      type: float
      sample: 4.2
results:
  description: One entry for each item of O(clones), in their order.
  returned: clones form
  type: list
  elements: dict
  contains:
    changed:
      description: As RV(changed), for this item.
      type: bool
      sample: true
    job_href:
      description: As RV(job_href), for this item.
      type: str
      sample: https://em01.example.test:9398/api/jobs/c7e19a42-0b6d-4f85-a3e1-2f4d6b8a9c0e
    job:
      description: As RV(job), for this item.
      type: dict
    task:
      description: As RV(task), for this item. Null if no clone was sent.
      type: dict
    msg:
      description: As RV(msg), for this item.
      type: str
      sample: 'Job "web-prod-daily" is on backup server vbr01.example.test already.'
    failed:
      description: Whether this item failed.
      type: bool
      sample: false
job_hrefs:
  description: Name to href of the jobs that were made or found.
  returned: clones form
  type: dict
  sample:
    web-prod-daily: https://em01.example.test:9398/api/jobs/c7e19a42-0b6d-4f85-a3e1-2f4d6b8a9c0e
ansible_facts:
  description:
    - Facts, set unless the task failed. Read them as C(ansible_facts['veeam_job_hrefs']), as ansible-core is ceasing to
      make variables of facts, or take the keys of the registered result.
  returned: success
  type: dict
  contains:
    veeam_job_href:
      description: The same as RV(job_href).
      returned: single form, when the job is known
      type: str
      sample: https://em01.example.test:9398/api/jobs/c7e19a42-0b6d-4f85-a3e1-2f4d6b8a9c0e
    veeam_job_hrefs:
      description: Name to href of the jobs that this task made or found.
      returned: always
      type: dict
      sample:
        web-prod-daily: https://em01.example.test:9398/api/jobs/c7e19a42-0b6d-4f85-a3e1-2f4d6b8a9c0e
retries:
  description:
    - How many requests were tried again after a failure; a warning names each.
    - The request of a clone is among them only where nothing of it had been sent.
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
      sample: POST /api/jobs/5b0d6c1e-9f84-4a37-b1c2-d3e4f5a6b7c8
    status:
      description: HTTP status. Null where there was no answer.
      type: int
      sample: 403
    message:
      description: What the server said. Null where it said nothing readable.
      type: str
      sample: Access denied
"""

from ansible_collections.backupops.veeam.plugins.module_utils._clone.options import SPEC, settings
from ansible_collections.backupops.veeam.plugins.module_utils._clone.result import whole_run_failed
from ansible_collections.backupops.veeam.plugins.module_utils._clone.run import flow, sent_by_then
from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
from ansible_collections.backupops.veeam.plugins.module_utils._module.main import run_module

MODULE = Module(SPEC, settings, flow, failure=whole_run_failed, sent_by_then=sent_by_then)


def main() -> None:
    run_module(MODULE)


if __name__ == "__main__":
    main()
