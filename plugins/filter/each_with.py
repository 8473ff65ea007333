# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: each_with
short_description: One dictionary for each item of a list, with what all of them have in common
version_added: 1.2.0
description:
  - Turns a list of names into the list of dictionaries that the modules of this collection take.
positional: key, common
options:
  _input:
    description: A list, mostly of names.
    type: list
    elements: raw
    required: true
  key:
    description: The key that each item gets.
    type: str
    required: true
  common:
    description: What every dictionary has besides. What is blank in it is left out.
    type: dict
    default: {}
author:
  - backupops.veeam contributors (@backupops)
"""

EXAMPLES = r"""
- name: Three jobs that are all to be enabled
  backupops.veeam.veeam_job:
    jobs: "{{ ['Web Shop', 'Intranet', 'Mail'] | backupops.veeam.each_with('name', {'enabled': true}) }}"
"""

RETURN = r"""
_value:
  description: The dictionaries, in the order of the list.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.backupops.veeam.plugins.plugin_utils._imports import quickly

with quickly():
    from ansible_collections.backupops.veeam.plugins.plugin_utils._answers import without_blanks


def each_with(
    items: t.Iterable[t.Any], key: str, common: t.Mapping[str, t.Any] | None = None
) -> list[dict[str, t.Any]]:
    rest = without_blanks(common or {})
    return [{key: item, **rest} for item in items]


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"each_with": each_with}
