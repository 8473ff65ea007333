# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: answers
short_description: Read the variables of a playbook for job templates
version_added: 1.2.0
description:
  - Reads variables that come from a survey, from a workflow or from extra variables, each by its kind, in whatever
    spelling they arrive. It is made for the playbooks of this collection.
  - Absent, blank and null mean the same, and so does what a survey shows in their place, a text such as
    C((blank)) or C((blank, the job has to exist)).
  - From ansible-core 2.19 on, YAML gives types to the answers of a survey of AWX. C(22:00) arrives as 1320, C(0123) as
    83, C(yes) as true. What can be recognised is taken for what was meant. For the rest there is a sentence in
    C(refused) that says how to write it.
author:
  - backupops.veeam contributors (@backupops)
options:
  _terms:
    description:
      - A dictionary of the names of variables and their kinds.
      - C(names) of what exists, as a list, as text with one name a line, as a list in JSON, or as a single value. A
        number is taken for its digits.
      - C(new names) under which something may be made. Those that arrived as numbers are in C(unsure).
      - C(name) of what exists.
      - C(text) that is written down. A number is refused, because it may have been written otherwise.
      - C(ids), as C(names), and also as lines cut out of JSON.
      - C(words), as C(names), or with commas between them, in lower case.
      - C(time) of day. A number of minutes, or of seconds, is the time that has been written.
      - C(moment), with a time zone, or how long ago it is. A number is refused, because 22:00 arrives as one.
      - C(duration), with a unit. A number is refused, because 1:30 arrives as one.
      - C(number), whole.
      - C(yes or no).
      - C(hrefs), a dictionary of names and hrefs.
      - C(points), a dictionary of machines and their restore points, or the IDs of these. Of each its C(id) and
        C(created) are kept.
      - C(jobs), C(clones) and C(runs), lists of dictionaries as the modules take them.
      - C(machines), as C(names), or a list of dictionaries with C(machine), C(host) and C(backup_server). They become
        such dictionaries.
      - C(anything), which is only looked at for being blank.
    required: true
"""

EXAMPLES = r"""
- name: Which jobs, and when
  ansible.builtin.debug:
    msg: "{{ answers.jobs_names }} at {{ answers.jobs_daily_at }}"
  vars:
    answers: "{{ lookup('backupops.veeam.answers', {'jobs_names': 'new names', 'jobs_daily_at': 'time'}) }}"
"""

RETURN = r"""
_list:
  description:
    - One dictionary. Each variable has its value, an empty list or null where it is blank. Beside them are C(refused),
      a list of sentences, and C(unsure), a list of dictionaries with C(variable), C(name) and C(sentence).
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible_collections.backupops.veeam.plugins.plugin_utils._imports import quickly

with quickly():
    from ansible_collections.backupops.veeam.plugins.plugin_utils._answers import read_all


class LookupModule(LookupBase):
    def run(self, terms: list[t.Any], variables: t.Any = None, **kwargs: t.Any) -> list[dict[str, t.Any]]:
        if len(terms) != 1 or not isinstance(terms[0], t.Mapping):
            raise AnsibleError("answers: give one dictionary of the names of variables and their kinds.")
        known = variables or {}
        given = {name: self._templar.template(known[name]) for name in terms[0] if name in known}
        return [read_all(terms[0], given)]
