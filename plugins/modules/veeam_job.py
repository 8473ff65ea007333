#!/usr/bin/python

# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: veeam_job
short_description: Manage jobs in Veeam Backup Enterprise Manager, from the template to what they protect and when
version_added: 1.1.0
description:
  - Makes a job protect what it should, when it should, through the REST API of Veeam Backup Enterprise Manager. A job
    that does not exist is cloned from a template. Then its objects, schedule, retention and other settings are changed
    as the options say, and last of all it is enabled.
  - Only what differs is changed, and options that are not given leave the job alone. A job that needs no change costs
    one query, which up to 60 names share, those of templates included.
  - A clone is not left enabled with the content of its template. If Enterprise Manager creates it enabled, it is
    disabled at once, before anything else. If the template itself is disabled there is no such moment, so disable
    your templates.
  - Cloning, adding an object and toggling a job that cannot be edited are never sent a second time by the same task. If
    an answer is lost, the job is read until it shows what was sent. If a task was interrupted, run it again. It
    continues from what is there.
  - With O(kind) it enables and disables jobs for agents and file shares.
  - The role Portal Administrator is needed.
author:
  - backupops.veeam contributors (@backupops)
options:
  name:
    description:
      - The job, by name, ID, UID (C(urn:veeam:Job:...), C(urn:veeam:AgentBackupJob:...), C(urn:veeam:NasJob:...)) or
        href. A job that does not exist yet needs a name, of at most 50 characters and without blanks at its ends.
      - Give either O(name) or O(jobs).
    type: str
  source_job:
    description:
      - The template to clone if the job does not exist, by name, ID, UID or href. Without it, a job that does not exist
        is an error.
      - With it, the job is the one of this name on the backup server of the template.
    type: str
  repository:
    description:
      - The repository for the clone, as in M(backupops.veeam.veeam_job_clone). The repository of an existing job can be
        neither read nor changed, so it is not compared.
    type: str
  folder_name:
    description:
      - Name of the backup that the clone writes. Not compared for an existing job.
    type: str
  vm_suffix:
    description:
      - Suffix of the names of the clone's replica VMs. Not compared for an existing job.
    type: str
  description:
    description:
      - Description of the job.
    type: str
  state:
    description:
      - V(present) changes the job as the other options say, and clones it first if it does not exist.
      - V(absent) deletes the job and leaves its backups. A name that several jobs have is refused.
    type: str
    choices: [present, absent]
    default: present
  objects:
    description:
      - What the job protects. An item may also be the name or the reference alone, as text.
      - Objects that are not in the job under this name and type are looked up, all of them before anything is changed.
      - Backup and replication jobs only. An empty list is refused, as a job protects at least one object.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name in the inventory. It is case-sensitive, and no character has a special meaning.
        type: str
      type:
        description:
          - Type of the object, such as V(Vm), V(Tag), V(Folder) or V(Cluster). V(Vm) if not given.
        type: str
      host:
        description:
          - Name, ID or UID of the hierarchy root (vCenter, host) that it is below, on the backup server of the job.
          - Needed only where O(objects[].name) is found below several.
        type: str
      ref:
        description:
          - Reference into the inventory, such as C(urn:VMware:Vm:...), instead of O(objects[].name).
        type: str
      guest_processing:
        description:
          - Guest processing of the object. Used only when the object is added. It cannot be changed for an object that
            is already in the job.
          - The settings of the REST API in snake case, such as C(vss_snapshot_options),
            C(windows_guest_fs_indexing_options), C(sql_backup_options), C(oracle_backup_options),
            C(windows_credentials_id) and C(linux_credentials_id), with the values of the REST API.
        type: dict
  purge_objects:
    description:
      - Remove from the job what is not in O(objects), above all the template's own objects.
    type: bool
    default: true
  wait_for_objects:
    description:
      - For how many seconds to look for an object that the inventory does not know yet, before anything is changed.
    type: float
    default: 0
  enabled:
    description:
      - Whether the job is enabled. V(true) is set last of all, after everything else has been read back, V(false) first
        of all.
      - If not given, a clone ends up as Enterprise Manager created it, which is usually like its template, and any
        other job stays as it is. Set V(true) for jobs that are to run.
    type: bool
  run_automatically:
    description:
      - Whether the job follows its schedule. A job has to be enabled as well to start by itself. If not given, as the
        job, or the template of a clone, has it.
    type: bool
  schedule:
    description:
      - When the job runs. Give exactly one kind; the others are switched off.
    type: dict
    suboptions:
      daily:
        description:
          - Every day, or on some days of the week.
        type: dict
        suboptions:
          at:
            description:
              - Time of day, C(HH:MM), in the offset of O(schedule.utc_offset). Required.
              - Put it in quotes, because YAML reads some times without quotes as numbers.
            type: str
          days:
            description:
              - Days of the week, or V(everyday) or V(weekdays). Every day if not given.
            type: list
            elements: str
      monthly:
        description:
          - On one day of the month, given by O(schedule.monthly.week) and O(schedule.monthly.day), or by
            O(schedule.monthly.day_of_month).
        type: dict
        suboptions:
          at:
            description:
              - As O(schedule.daily.at).
            type: str
          week:
            description:
              - Which week of the month. Needs O(schedule.monthly.day).
            type: str
            choices: [first, second, third, fourth, last]
          day:
            description:
              - The day of the week.
            type: str
            choices: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]
          day_of_month:
            description:
              - The day of the month, 1 to 31.
            type: int
          months:
            description:
              - English names of months. All if not given.
            type: list
            elements: str
      periodically:
        description:
          - Every so many minutes or hours.
        type: dict
        suboptions:
          every:
            description:
              - Number of hours, 1 to 24, or minutes, 1 to 60. Required.
            type: int
          unit:
            description:
              - What O(schedule.periodically.every) counts. V(hours) if not given.
            type: str
            choices: [hours, minutes]
          hours:
            description:
              - The hours in which the job may start. All if not given.
              - A list of hours, V(0) to V(23), for each day of the week. On a day that is left out the job does not
                start.
            type: dict
      continuously:
        description:
          - One run after the other.
        type: dict
        suboptions:
          hours:
            description:
              - As O(schedule.periodically.hours).
            type: dict
      after_job:
        description:
          - After the job of this name (or with this ID, UID or href) on the same backup server. It may be one of
            O(jobs) that is made by the same task.
        type: str
      utc_offset:
        description:
          - Offset of the times from UTC in whole hours, -12 to 14. If not given, the one that the job has.
        type: int
  retry:
    description:
      - Automatic retries of a failed run. An empty dictionary turns them off.
    type: dict
    suboptions:
      times:
        description:
          - Number of retries, 1 to 999. If not given, as the job has it.
        type: int
      wait:
        description:
          - Minutes to wait before each retry, 0 to 9999. If not given, as the job has it.
        type: int
  backup_window:
    description:
      - The hours in which the job may run. An empty dictionary turns the window off.
      - A list of hours, V(0) to V(23), for each day of the week. On a day that is left out the job does not run.
    type: dict
  retention:
    description:
      - How long restore points are kept. Backup jobs only.
    type: dict
    suboptions:
      type:
        description:
          - Whether O(retention.count) is a number of days or of restore points. Required.
        type: str
        choices: [days, restore_points]
      count:
        description:
          - Number of days or restore points, 1 to 999. Required.
        type: int
  gfs:
    description:
      - Long-term retention. Kinds that are not given are turned off, and an empty dictionary turns off all. Backup jobs
        only.
    type: dict
    suboptions:
      weekly:
        description:
          - Weekly full backups.
        type: dict
        suboptions:
          keep:
            description:
              - Number of weeks to keep them, 1 to 999. Required.
            type: int
          day:
            description:
              - The day whose backup is kept. If not given, as the job has it, else V(sunday).
            type: str
            choices: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]
      monthly:
        description:
          - Monthly full backups.
        type: dict
        suboptions:
          keep:
            description:
              - Number of months to keep them, 1 to 999. Required.
            type: int
          week:
            description:
              - The week of the month whose backup is kept. If not given, as the job has it, else V(first).
            type: str
            choices: [first, last]
      yearly:
        description:
          - Yearly full backups.
        type: dict
        suboptions:
          keep:
            description:
              - Number of years to keep them, 1 to 999. Required.
            type: int
          month:
            description:
              - The month whose backup is kept. If not given, as the job has it, else V(january).
            type: str
            choices:
              - january
              - february
              - march
              - april
              - may
              - june
              - july
              - august
              - september
              - october
              - november
              - december
  force:
    description:
      - With O(state=absent), delete the job even while it is running.
    type: bool
    default: false
  jobs:
    description:
      - Several jobs in one task, with one logon. The options at the top are defaults for all items; a default that does
        not apply to the kind of an item's job is ignored.
      - Each item is a dictionary with O(name), which is required and must be unique in its kind, and with any of
        O(backup_server),
        O(source_job), O(repository), O(folder_name), O(vm_suffix), O(description), O(state), O(objects),
        O(purge_objects), O(wait_for_objects), O(enabled), O(run_automatically), O(schedule), O(retry),
        O(backup_window), O(retention), O(gfs), O(force) and O(kind), each as it is at the top.
      - Every item is tried. If some failed, the task fails at the end with complete RV(results).
      - An empty list is a success that changes nothing and does not log on.
    type: list
    elements: dict
  wait_timeout:
    default: 300
  poll_interval:
    default: 5
extends_documentation_fragment:
  - backupops.veeam.connection
  - backupops.veeam.attributes
  - backupops.veeam.job
  - backupops.veeam.wait
attributes:
  check_mode:
    support: full
    details:
      - Everything is read and looked up, nothing is written but logon and logout. RV(steps) and the diff are those of
        the real run as far as they can be predicted. A job that would be cloned is taken to have the content of its
        template. The task does not wait for O(wait_for_objects).
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - Everything that can be read of the job is compared. Its repository, proxies, exclusions, the order of its
        objects and their guest processing cannot be.
notes:
  - Backup copy jobs cannot be edited through this API. Only O(enabled) of one that exists can be changed; other options
    that differ are refused before anything is changed.
  - Agent and file share jobs can only be enabled and disabled. With V(agent) or V(nas) as O(kind), every option about
    the job but O(enabled) is refused before logon, and so is V(absent) as O(state). Agents that manage a job by
    themselves may learn of the change up to 6 hours later.
  - An existing job that is enabled and runs automatically, and still protects exactly what its O(source_job) does
    although O(objects) asks for something else, is taken for a clone that an interrupted run left. It is disabled
    before its content is changed and enabled again at the end, unless O(enabled=false). Any other job that is to stay
    enabled is changed without being disabled.
  - Jobs cannot be renamed, and their repository, proxies, exclusions, storage settings and order of objects cannot be
    changed through this API.
seealso:
  - module: backupops.veeam.veeam_job_clone
  - module: backupops.veeam.veeam_job_run
  - name: Enterprise Manager REST API reference
    description: The request that edits a job.
    link: https://helpcenter.veeam.com/docs/vbr/em_rest/put_jobs_id_actionedit.html
"""

EXAMPLES = r"""
- name: A job that protects three machines every night, made from a template where it is missing
  backupops.veeam.veeam_job:
    hostname: em01.example.test
    username: EM01\svc-ansible
    password: "{{ em_password }}"
    ca_path: /etc/pki/tls/certs/em-ca.pem
    name: web-prod-daily
    source_job: TPL Gold
    repository: Default Backup Repository
    objects: [web01, web02, web03]
    schedule:
      daily:
        at: "22:00"
        days: weekdays
    retention:
      type: days
      count: 14
    run_automatically: true
    enabled: true
  register: job

- name: Show what was done
  ansible.builtin.debug:
    msg: "{{ job.steps | map(attribute='action') }}"

- name: Many jobs with one logon, with common values at the top
  backupops.veeam.veeam_job:
    source_job: TPL Gold
    repository: Default Backup Repository
    retry:
      times: 3
      wait: 10
    enabled: true
    run_automatically: true
    jobs:
      - name: db-prod-daily
        objects:
          - name: db01
            guest_processing:
              vss_snapshot_options:
                vss_snapshot_mode: RequireSuccess
                is_copy_only: false
              windows_credentials_id: 70275b03-e805-49e1-9535-1867c62371e2
        schedule:
          daily:
            at: "21:00"
        gfs:
          weekly:
            keep: 4
            day: sunday
          monthly:
            keep: 12
            week: first
      - name: files-prod-daily
        objects:
          - name: gold
            type: Tag
            host: vcenter01.example.test
        schedule:
          after_job: db-prod-daily

- name: Show what a nightly run would put right, and change nothing
  backupops.veeam.veeam_job:
    jobs: "{{ veeam_jobs }}"
  check_mode: true
  diff: true

- name: Add a machine to a job and leave the others in it
  backupops.veeam.veeam_job:
    name: web-prod-daily
    objects:
      - name: web04
    purge_objects: false
    wait_for_objects: 600

- name: Disable a job
  backupops.veeam.veeam_job:
    name: web-prod-daily
    enabled: false

- name: Disable an agent job and a file share job
  backupops.veeam.veeam_job:
    enabled: false
    jobs:
      - name: Windows Servers
        kind: agent
      - name: Home Shares
        kind: nas

- name: Delete a job; its backups stay
  backupops.veeam.veeam_job:
    name: web-prod-daily
    backup_server: vbr01.example.test
    state: absent
"""

RETURN = r"""
msg:
  description: One sentence. What was done, or why it failed and what is known.
  returned: always
  type: str
  sample: 'Created job "web-prod-daily": cloned from "TPL Gold", added 3 objects, removed 1 object,
    changed schedule, enabled.'
changed:
  description: Something was changed, may have been changed (answer lost, timeout), or in check mode would be changed.
  returned: always
  type: bool
  sample: true
job_href:
  description: Href of the job, on the host and port of the task. Null if the job does not exist.
  returned: single form
  type: str
  sample: https://em01.example.test:9398/api/jobs/c7e19a42-0b6d-4f85-a3e1-2f4d6b8a9c0e
job:
  description: The job as last read. Null if it does not exist.
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
    kind:
      description: As the option.
      type: str
      sample: job
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
      sample: Nightly backup of the web servers
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
    enabled:
      description: As the option.
      type: bool
      sample: true
    run_automatically:
      description: As the option.
      type: bool
      sample: true
    next_run:
      description: When it runs next, in UTC. Null if no run is planned.
      type: str
      sample: "2026-01-05T21:00:00Z"
    schedule:
      description:
        - The active schedule, as in the option, and C(utc_offset), which is null for kinds without a time of day.
          Null if there is none.
        - Days are always a list. C(after_job) is the name of the other job, or its ID if that job is not listed.
      type: dict
      sample:
        daily:
          at: "22:00"
          days: [monday, tuesday, wednesday, thursday, friday]
        utc_offset: 1
    retry:
      description: C(times) and C(wait), as in the option. Null if a failed run is not retried.
      type: dict
      sample:
        times: 3
        wait: 10
    backup_window:
      description: The hours in which the job may run, a list for each day. Null if it may always run.
      type: dict
      sample:
    retention:
      description:
        - C(type) and C(count), as in the option. Null for replication, backup copy and file share jobs.
      type: dict
      sample:
        type: days
        count: 14
    gfs:
      description:
        - C(weekly), C(monthly) and C(yearly), as in the option, each null if it is off. Null if all are off.
      type: dict
      sample:
    objects:
      description: What the job protects. Null for copy jobs.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the object in the job. Of a file share job it is the path.
          type: str
          sample: web01
        ref:
          description: Reference into the inventory. Null for agent jobs.
          type: str
          sample: urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.vm-4711
        type:
          description: Type of the object. Null for agent and file share jobs.
          type: str
          sample: Vm
        id:
          description: ID of the object in this job.
          type: str
          sample: e4a7c9d1-3b52-4f60-8d7e-9c0b1a2f3e4d
    linked_jobs:
      description: IDs of the jobs that a copy job copies. Null for others.
      type: list
      elements: str
      sample:
    repository:
      description:
        - The repository that a file share job writes to, C(name), C(id) and C(uid). Null for others, whose repository
          Enterprise Manager does not show.
      type: dict
      sample:
        name: Default Backup Repository
        id: b7e4a1d0-2c3f-4d58-9e61-7a8b9c0d1e2f
        uid: urn:veeam:Repository:b7e4a1d0-2c3f-4d58-9e61-7a8b9c0d1e2f
steps:
  description: What was sent, or in check mode would be sent, in this order.
  returned: single form
  type: list
  elements: dict
  contains:
    action:
      description: V(clone), V(disable), V(add_object), V(remove_object), V(edit), V(enable) or V(delete).
      type: str
      sample: add_object
    what:
      description: The template, object, options or job concerned.
      type: str
      sample: web01
    task:
      description: The task as it was last seen, as in M(backupops.veeam.veeam_job_clone). Null if none was seen.
      returned: not in check mode
      type: dict
results:
  description: One entry for each item of O(jobs), in their order.
  returned: jobs form
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
    steps:
      description: As RV(steps), for this item.
      type: list
      elements: dict
    msg:
      description: As RV(msg), for this item.
      type: str
      sample: Job "web-prod-daily" needs no change.
    failed:
      description: Whether this item failed.
      type: bool
      sample: false
job_hrefs:
  description: Name to href of the jobs that exist and did not fail.
  returned: jobs form
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
      returned: single form, when the job exists
      type: str
      sample: https://em01.example.test:9398/api/jobs/c7e19a42-0b6d-4f85-a3e1-2f4d6b8a9c0e
    veeam_job_hrefs:
      description: Name to href of the jobs of this task that exist.
      returned: always
      type: dict
      sample:
        web-prod-daily: https://em01.example.test:9398/api/jobs/c7e19a42-0b6d-4f85-a3e1-2f4d6b8a9c0e
retries:
  description:
    - How many requests were tried again after a failure; a warning names each.
    - Requests that change something are among them only where nothing of them had been sent.
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
      sample: PUT /api/jobs/c7e19a42-0b6d-4f85-a3e1-2f4d6b8a9c0e
    status:
      description: HTTP status. Null where there was no answer.
      type: int
      sample: 403
    message:
      description: What the server said. Null where it said nothing readable.
      type: str
      sample: Access denied
"""

from ansible_collections.backupops.veeam.plugins.module_utils._job.options import SPEC, settings
from ansible_collections.backupops.veeam.plugins.module_utils._job.result import sent_by_then, whole_run_failed
from ansible_collections.backupops.veeam.plugins.module_utils._job.run import flow
from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
from ansible_collections.backupops.veeam.plugins.module_utils._module.main import run_module

MODULE = Module(SPEC, settings, flow, failure=whole_run_failed, sent_by_then=sent_by_then)


def main() -> None:
    run_module(MODULE)


if __name__ == "__main__":
    main()
