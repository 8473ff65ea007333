#!/usr/bin/python

# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: veeam_session
short_description: Open or close a logon session of Veeam Backup Enterprise Manager
version_added: 1.1.0
description:
  - Opens a logon session that several tasks share, and closes it again. The other modules log on and out by themselves;
    with the token of a session in their option O(session_id) they do not.
  - A task of Enterprise Manager can be read only in the session that started it.
  - The result is a secret. Set C(no_log) on the task that opens the session.
  - Any role is enough. What the session may be used for depends on the role of the account.
author:
  - backupops.veeam contributors (@backupops)
options:
  state:
    description:
      - V(present) opens a new session every time. It needs O(username) and O(password), and refuses O(session_id).
      - V(absent) closes the session that O(session_id) and O(logon_session_id) name. If it is closed already, nothing
        changes.
    type: str
    choices: [present, absent]
    default: present
  logon_session_id:
    description:
      - ID of the session to close, as RV(logon_session_id) has it. Enterprise Manager needs it as well as the token.
    type: str
extends_documentation_fragment:
  - backupops.veeam.connection
  - backupops.veeam.attributes
attributes:
  check_mode:
    support: full
    details:
      - A session is opened and closed in check mode too, so that the other tasks of a play have one. Nothing else is
        changed on the server.
  diff_mode:
    support: none
    details:
      - Nothing of a session can be compared.
  idempotent:
    support: partial
    details:
      - Closing a session is idempotent, opening one is not.
notes:
  - The session that O(state=present) opens is not one that the task opens for itself. It stays open until it is closed.
  - A task ends after four times O(timeout) at the latest.
  - A session ends by itself after 15 idle minutes. A longer pause between two tasks of the play ends it.
seealso:
  - module: backupops.veeam.veeam_job
  - module: backupops.veeam.veeam_job_clone
"""

EXAMPLES = r"""
- name: Several tasks in one logon session
  module_defaults:
    group/backupops.veeam.veeam:
      hostname: em01.example.test
  block:
    - name: Log on
      backupops.veeam.veeam_session:
        username: EM01\svc-ansible
        password: "{{ em_password }}"
      register: logon
      no_log: true

    - name: Clone a job
      backupops.veeam.veeam_job_clone:
        session_token: "{{ logon.session_id }}"
        source_job: TPL Gold
        name: web-prod-daily
        repository: Default Backup Repository

    - name: List the repositories
      backupops.veeam.veeam_repository_info:
        session_token: "{{ logon.session_id }}"
      register: found
  always:
    - name: Log out
      backupops.veeam.veeam_session:
        state: absent
        session_token: "{{ logon.session_id }}"
        logon_session_id: "{{ logon.logon_session_id }}"
      when: logon.session_id is defined
      no_log: true
"""

RETURN = r"""
msg:
  description: One sentence. What was done, or why it failed.
  returned: always
  type: str
  sample: Opened a logon session on em01.example.test. It ends after 15 idle minutes.
changed:
  description: A session was opened or closed.
  returned: always
  type: bool
  sample: true
session_id:
  description:
    - Token of the session, for the option O(session_id) of the other modules, or its alias O(session_token).
    - It is a secret. Whoever has it can do what its user can.
  returned: O(state=present), success
  type: str
  sample: OWMxZTdkMzQtNWEyYi00Zjg2LWIwZDMtZTFmMmEzYjRjNWQ2
logon_session_id:
  description:
    - ID of the session, which is needed to close it.
    - It is a secret too. Up to Enterprise Manager 12.1 the token can be computed from it.
  returned: O(state=present), success
  type: str
  sample: 9c1e7d34-5a2b-4f86-b0d3-e1f2a3b4c5d6
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
      sample: POST /api/sessionMngr/
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
from ansible_collections.backupops.veeam.plugins.module_utils._session.session import SPEC, flow, settings

MODULE = Module(SPEC, settings, flow, hands_out=("session_id", "logon_session_id"))


def main() -> None:
    run_module(MODULE)


if __name__ == "__main__":
    main()
