# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: backed_up_within
short_description: Whether there is a restore point that is new enough
version_added: 1.2.0
description:
  - True where a restore point, a machine, or each of a list of them has a restore point that can be restored and is
    not older than was asked for.
  - The age is that of the result, by the clock of Enterprise Manager when it answered. A result that was stored does
    not grow older.
author:
  - backupops.veeam contributors (@backupops)
positional: _input, within
options:
  _input:
    description:
      - A restore point of a result, a machine of M(backupops.veeam.veeam_protection_info), or a list of them.
      - False for nothing, for an empty list, and for a machine whose status is V(unknown).
    type: raw
    required: true
  within:
    description:
      - How old the restore point may be, in seconds, or as text such as V(15m), V(4h) or V(2d).
    type: str
    required: true
seealso:
  - module: backupops.veeam.veeam_protection_info
"""

EXAMPLES = r"""
- name: Ask what is protected
  backupops.veeam.veeam_protection_info:
    hostname: em01.example.test
    username: EM01\svc-ansible
    password: "{{ em_password }}"
    machines: [web01, web02, db01]
  register: found

- name: Stop the release where one of them could not be brought back to today
  ansible.builtin.assert:
    that: found.machines is backupops.veeam.backed_up_within('24h')
    fail_msg: >-
      {{ found.machines | reject('backupops.veeam.backed_up_within', '24h') | map(attribute='reason') | join('; ') }}
"""

RETURN = r"""
_value:
  description: Whether each has a restore point that is new enough.
  type: bool
"""

import typing as t

from ansible.errors import AnsibleError
from ansible_collections.backupops.veeam.plugins.plugin_utils._imports import quickly

with quickly():
    from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import OptionError
    from ansible_collections.backupops.veeam.plugins.module_utils._module.times import duration
    from ansible_collections.backupops.veeam.plugins.module_utils._protection.backed_up import NotAResult, is_backed_up


def backed_up_within(value: t.Any, within: t.Any) -> bool:
    """Raises AnsibleError where it is no result, or no duration."""
    try:
        return is_backed_up(value, duration("within", str(within)))
    except (NotAResult, OptionError) as error:
        raise AnsibleError(f"backupops.veeam.backed_up_within: {str(error).rstrip('.')}.") from error


class TestModule:
    """What Ansible looks for."""

    def tests(self) -> dict[str, t.Callable[..., bool]]:
        return {"backed_up_within": backed_up_within}
