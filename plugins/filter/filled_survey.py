# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: filled_survey
short_description: A survey of AWX with names to choose from
version_added: 1.2.0
description:
  - Turns questions of a survey into choices. The first choice says that nothing is chosen, and is the default. A name
    that YAML would read as something else is in double quotes, so that the answer arrives as it is.
  - It is made for the playbooks C(awx_setup) and C(awx_surveys) of this collection. Give either O(names) or O(found).
positional: blanks
options:
  _input:
    description: The survey, as AWX stores it.
    type: dict
    required: true
  blanks:
    description: The variables whose questions are filled, each with its first choice, such as C((blank)).
    type: dict
    required: true
  names:
    description: What there is to choose from, a list for each of these variables.
    type: dict
  found:
    description: The survey that a job template has already. Choices that are in it stay.
    type: dict
author:
  - backupops.veeam contributors (@backupops)
"""

EXAMPLES = r"""
- name: A survey with a choice of repositories
  ansible.builtin.set_fact:
    survey: >-
      {{ lookup('ansible.builtin.file', 'survey.yml') | from_yaml
         | backupops.veeam.filled_survey({'jobs_repository': '(blank)'}, names={'jobs_repository': repositories}) }}
"""

RETURN = r"""
_value:
  description: The survey.
  type: dict
"""

import typing as t

from ansible_collections.backupops.veeam.plugins.plugin_utils._imports import quickly

with quickly():
    from ansible_collections.backupops.veeam.plugins.plugin_utils._surveys import filled, still_filled


def filled_survey(
    survey: t.Mapping[str, t.Any],
    blanks: t.Mapping[str, str],
    names: t.Mapping[str, t.Iterable[str]] | None = None,
    found: t.Mapping[str, t.Any] | None = None,
) -> dict[str, t.Any]:
    return filled(survey, blanks, names) if names is not None else still_filled(survey, blanks, found)


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"filled_survey": filled_survey}
