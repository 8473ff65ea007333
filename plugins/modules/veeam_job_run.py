#!/usr/bin/python

# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: veeam_job_run
short_description: Start, stop or retry jobs in Veeam Backup Enterprise Manager and wait for their result
version_added: 1.1.0
description:
  - Starts a job through the REST API of Veeam Backup Enterprise Manager, waits until its session has ended, and fails
    with the names of the machines that failed and the reasons that the server gives.
  - A job that is running already is not started again. By default its running session is waited for.
  - A start is never sent a second time by the same task. If its answer is lost, the task looks for a session that is
    newer than all those from before the start.
  - If the logon session ends during the wait, the task logs on again and goes on waiting. Outages of Enterprise Manager
    that end before O(wait_timeout) do no harm.
  - For a backup copy job, O(state=started) is a synchronisation. Enterprise Manager does not say when everything has
    been copied, so the task does not wait for it.
  - With O(kind) it does the same for jobs for agents and file shares.
  - The role Portal Administrator is needed.
author:
  - backupops.veeam contributors (@backupops)
options:
  job:
    description:
      - The job, by name, ID, UID (C(urn:veeam:Job:...), C(urn:veeam:AgentBackupJob:...), C(urn:veeam:NasJob:...)) or
        href.
      - Give either O(job) or O(jobs).
    type: str
  jobs:
    description:
      - Several jobs in one task, with one logon. Each item is a name, ID, UID or href, or a dict with the keys
        C(job), C(backup_server) and C(kind).
      - One text may have several jobs with commas between them. If the whole text is the name of one, only that is
        meant.
      - Every job is tried. If some failed, the task fails at the end with complete RV(results).
      - An empty list is a success that changes nothing and does not log on.
    type: list
    elements: raw
  state:
    description:
      - V(started) starts the job, unless it is running.
      - V(stopped) stops the job. If it is not running, nothing is changed.
      - V(retried) runs the job again for the machines that failed. If its last run did not fail, nothing is changed.
    type: str
    choices: [started, stopped, retried]
    default: started
  if_running:
    description:
      - What V(started) and V(retried) do if the job is running already.
      - V(join) waits for the running session, V(skip) returns it without waiting, V(fail) fails.
      - Not used for backup copy jobs, whose session may be open for days.
    type: str
    choices: [join, skip, fail]
    default: join
  wait:
    description:
      - Wait until the session has ended. If V(false), the task ends once the job is known to have started.
      - The default is V(true), and V(false) for backup copy jobs, which cannot be waited for. With O(job), V(true) is
        refused for one of these. Among O(jobs) they are started and not waited for, as their RV(results[].msg) says.
    type: bool
  wait_timeout:
    default: 14400
  poll_interval:
    default: 30
  wait_for_retries:
    description:
      - If a session fails and the job is set to retry, wait for the retry and take its result.
      - The task waits for a retry no longer than the pause that the job itself makes before it. Whether Enterprise
        Manager retries a job that was started by hand is not documented.
    type: bool
    default: false
extends_documentation_fragment:
  - backupops.veeam.connection
  - backupops.veeam.attributes
  - backupops.veeam.job
  - backupops.veeam.wait
  - backupops.veeam.session_end.accept
attributes:
  check_mode:
    support: full
    details:
      - Everything is read, nothing is written but logon and logout. Predicts what would be started or stopped, from
        what is running at that moment.
  diff_mode:
    support: none
    details:
      - A run of a job has no state to compare. RV(msg) says what was done.
  idempotent:
    support: partial
    details:
      - V(stopped), and V(retried) where the last run did not fail, change nothing the second time.
      - V(started) starts the job again once the earlier run has ended.
notes:
  - Enterprise Manager cannot start an active full backup, and cannot stop a job after the machine that is being
    processed.
  - If the answer to a start is lost, the task looks for the new session until O(wait_timeout), for 15 minutes at most.
  - The run of an agent job ends when the session of the whole job ends. Enterprise Manager shows what happened to each
    computer some minutes late. If the run did not succeed, the task waits for that until 5 minutes after the run began,
    or until O(wait_timeout).
  - The backup server hands a job that agents manage by themselves to the agents, and does not check that they can be
    reached. If such a job is disabled, its run fails.
seealso:
  - module: backupops.veeam.veeam_job
  - module: backupops.veeam.veeam_job_info
  - name: Enterprise Manager REST API reference
    description: The request that starts a job.
    link: https://helpcenter.veeam.com/docs/vbr/em_rest/post_jobs_id_actionstart.html
"""

EXAMPLES = r"""
# All examples take the connection from VEEAM_EM_HOSTNAME, VEEAM_EM_USERNAME and VEEAM_EM_PASSWORD.

- name: Back up before the upgrade, and stop the play if that fails
  backupops.veeam.veeam_job_run:
    job: erp-prod-daily

- name: Run two jobs side by side, at most two hours each
  backupops.veeam.veeam_job_run:
    jobs:
      - web-prod-daily
      - job: sql-prod-daily
        backup_server: vbr02.example.test
    accept: [Success]
    wait_timeout: 7200
  register: runs

- name: Show how each of them ended
  ansible.builtin.debug:
    msg: "{{ runs.results | map(attribute='session.result') }}"

- name: Start a job and go on at once
  backupops.veeam.veeam_job_run:
    job: web-prod-daily
    wait: false

- name: Run a job again for the machines that failed
  backupops.veeam.veeam_job_run:
    job: web-prod-daily
    state: retried

- name: Stop what is running before the storage is taken down
  backupops.veeam.veeam_job_run:
    jobs: [web-prod-daily, sql-prod-daily]
    state: stopped

- name: Back up computers and a file share, one beside the other
  backupops.veeam.veeam_job_run:
    jobs:
      - job: Windows Servers
        kind: agent
      - job: Home Shares
        kind: nas

- name: Synchronise a backup copy job
  backupops.veeam.veeam_job_run:
    job: Copy to Offsite
"""

RETURN = r"""
changed:
  description: Whether a job was started or stopped, or may have been. In check mode, whether one would be.
  returned: always
  type: bool
  sample: true
msg:
  description: What was done and how it ended, or why it failed, with the machines that failed and the server's reasons.
  returned: always
  type: str
  sample: 'Job "web-prod-daily" ended with Success.'
session:
  description:
    - The session of the job as last seen. Null if none is known.
    - A failed result has it too.
  returned: single form
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
      sample: Success
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
    task_sessions:
      description: What was done with each machine.
      returned: when it ended, and not with V(Success)
      type: list
      elements: dict
      contains:
        name:
          description: Name of the machine, the computer or the file share.
          type: str
          sample: web01
        state:
          description: V(InProgress), V(Pending) or V(Completed).
          type: str
          sample: Completed
        result:
          description: V(Success), V(Warning) or V(Failed). Null until the machine is finished.
          type: str
          sample: Failed
        reason:
          description: The reason that the server gives. Null if it gives none.
          type: str
          sample: 'Processing web01 Error: An error occurred while quiescing the virtual machine.'
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
    session:
      description: As RV(session), for this item.
      type: dict
    msg:
      description: As RV(msg), for this item.
      type: str
      sample: 'Job "web-prod-daily" ended with Success.'
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
      sample: GET /api/backupSessions/8a7f6e5d-4c3b-4a29-b807-a6f5e4d3c2ba
    status:
      description: HTTP status. Null where there was no answer.
      type: int
      sample: 200
    message:
      description: What the server said. Null where it said nothing readable.
      type: str
      sample: 'web01: Processing web01 Error: An error occurred while quiescing the virtual machine'
"""

from ansible_collections.backupops.veeam.plugins.module_utils._job_run.options import SPEC, settings
from ansible_collections.backupops.veeam.plugins.module_utils._job_run.result import whole_run_failed
from ansible_collections.backupops.veeam.plugins.module_utils._job_run.run import flow, sent_by_then
from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
from ansible_collections.backupops.veeam.plugins.module_utils._module.main import run_module

MODULE = Module(SPEC, settings, flow, failure=whole_run_failed, sent_by_then=sent_by_then)


def main() -> None:
    run_module(MODULE)


if __name__ == "__main__":
    main()
