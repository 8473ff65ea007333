# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: given
short_description: A value, or another one where it is blank
version_added: 1.2.0
description:
  - Returns the value, or O(otherwise) where the value is null, an empty text, or what a survey shows in place of an
    answer, such as C((blank)). V(false), V(0), an empty list and an empty dictionary are not blank.
  - Blank values inside of dictionaries are left out, at any depth. A dictionary in which everything was blank is blank
    itself.
  - It is made for the roles of this collection.
positional: otherwise
options:
  _input:
    description: A value. Give one that may be missing C(default(none)) first.
    type: raw
    required: true
  otherwise:
    description: What to return where the value is blank.
    type: raw
author:
  - backupops.veeam contributors (@backupops)
"""

EXAMPLES = r"""
- name: A repository that a survey may have left blank
  backupops.veeam.veeam_job:
    name: Web Shop
    source_job: TPL Gold
    repository: "{{ shop_repository | default(none) | backupops.veeam.given(omit) }}"
"""

RETURN = r"""
_value:
  description: The value, or the other one.
  type: raw
"""

import typing as t

from ansible_collections.backupops.veeam.plugins.plugin_utils._imports import quickly

with quickly():
    from ansible_collections.backupops.veeam.plugins.plugin_utils._answers import is_blank, without_blanks

try:
    # ansible-core 2.18 and older: a text that looks like a list, a dictionary or a boolean becomes one, but for this.
    from ansible.utils.native_jinja import NativeJinjaText
    from ansible.utils.unsafe_proxy import AnsibleUnsafe, wrap_var
except ImportError:

    def as_text(value: str) -> t.Any:
        return value

else:

    def as_text(value: str) -> t.Any:
        text = NativeJinjaText(value)
        return wrap_var(text) if isinstance(value, AnsibleUnsafe) else text


def given(value: t.Any, otherwise: t.Any = None) -> t.Any:
    if is_blank(value):
        return otherwise
    if isinstance(value, str):
        return as_text(value)
    rest = without_blanks(value)
    return otherwise if isinstance(value, t.Mapping) and value and not rest else rest


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"given": given}
