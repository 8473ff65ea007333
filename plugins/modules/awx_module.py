#!/usr/bin/python

# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: awx_module
short_description: Run a module of awx.awx or ansible.controller
version_added: 1.2.0
description:
  - Runs a module of C(awx.awx) or C(ansible.controller), whichever O(collection) names. The modules of both have the
    same names and options.
  - It is made for the playbooks C(awx_setup) and C(awx_surveys) of this collection. With ansible-core 2.18 and older, a
    task whose action is a template makes Ansible warn in playbooks of a collection.
author:
  - backupops.veeam contributors (@backupops)
options:
  collection:
    description:
      - The collection, such as V(awx.awx).
    type: str
    required: true
  module:
    description:
      - The name of the module in it, such as V(job_template).
    type: str
    required: true
  options:
    description:
      - The options of that module.
    type: dict
    required: true
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
    details:
      - The modules of both collections support it.
  diff_mode:
    description: Returns details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: none
"""

EXAMPLES = r"""
- name: A project
  backupops.veeam.awx_module:
    collection: awx.awx
    module: project
    options:
      name: Veeam
      organization: Default
      scm_type: git
      scm_url: https://git.example.com/automation.git
"""

RETURN = r"""
id:
  description: The id of what was found or made, and whatever else the module returns.
  type: int
  returned: success
  sample: 7
"""
