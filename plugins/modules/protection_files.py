#!/usr/bin/python

# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: protection_files
short_description: Write what is protected as a page, as Markdown, as JSON and as CSV
version_added: 1.2.0
description:
  - Makes four files of a result of M(backupops.veeam.veeam_protection_info), C(protection.html), C(protection.md),
    C(protection.json) and C(protection.csv). The role C(backupops.veeam.protection_report) runs both modules.
  - The page is one file that needs nothing else. Text from the server stays plain text in all four files.
  - The files are made on the controller and then copied to the target, all four after all were made, and each in one
    piece.
author:
  - backupops.veeam contributors (@backupops)
options:
  report:
    description:
      - The result, as a task has registered it. A result for an empty list of machines is refused.
    type: dict
    required: true
  folder:
    description:
      - The folder on the target to write the files to. It has to be there.
    type: path
    required: true
  asked:
    description:
      - What was asked for, shown in the first lines, C(hostname), C(within), C(machines), C(host), C(backup_server) and
        C(exclude), each as it was given to the task.
    type: dict
    default: {}
  fail_on:
    description:
      - Fail, after the files were written, if a machine has one of these statuses.
    type: list
    elements: str
    choices: [unprotected, failing, late, paused, unknown, protected, excluded]
    default: []
  mode:
    description:
      - The permissions of the files.
    type: raw
    default: '0644'
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: none
    details:
      - A report of ten thousand machines would fill the screen.
  idempotent:
    description: When run twice in a row with the same arguments, outside check mode, the second run changes nothing.
    support: full
seealso:
  - module: backupops.veeam.veeam_protection_info
"""

EXAMPLES = r"""
- name: Look at every machine
  backupops.veeam.veeam_protection_info:
    hostname: em01.example.test
    username: EM01\svc-ansible
    password: "{{ em_password }}"
  register: found

- name: Write the report
  backupops.veeam.protection_files:
    report: "{{ found }}"
    folder: /var/www/reports
    asked:
      hostname: em01.example.test
"""

RETURN = r"""
msg:
  description: One sentence. What was written, or which machines have a status of O(fail_on).
  returned: always
  type: str
  sample: Wrote 4 files.
files:
  description: The files.
  returned: when the files were written
  type: list
  elements: str
  sample: [/var/www/reports/protection.html]
"""
