# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument specifications that can be put together: the options of a module and the rules between them. Pure."""

from __future__ import annotations

import typing as t

Names = t.Sequence[str]


class Spec(t.NamedTuple):
    """options and the rules between them, as AnsibleModule takes them. Below suboptions have dots: schedule.daily.

    names: lists of names, which as one text may be a single name with a comma. plain: lists of dictionaries in which a
    text stands for a dictionary with this key alone. examples: how a dictionary, or one of a list of them, is written.
    items: the options of an item of a list of dictionaries whose documentation has them in one paragraph.
    """

    options: dict[str, t.Any]
    mutually_exclusive: tuple[Names, ...] = ()
    required_together: tuple[Names, ...] = ()
    required_one_of: tuple[Names, ...] = ()
    required_if: tuple[t.Sequence[t.Any], ...] = ()
    required_by: dict[str, t.Any] = {}
    names: tuple[str, ...] = ()
    plain: dict[str, str] = {}
    examples: dict[str, str] = {}
    items: dict[str, dict[str, t.Any]] = {}

    def arguments(self) -> dict[str, t.Any]:
        """What AnsibleModule and ArgumentSpecValidator are called with."""
        return {
            "argument_spec": self.options,
            "mutually_exclusive": [list(names) for names in self.mutually_exclusive],
            "required_together": [list(names) for names in self.required_together],
            "required_one_of": [list(names) for names in self.required_one_of],
            "required_if": [list(rule) for rule in self.required_if],
            "required_by": self.required_by,
        }


def merged(*specs: Spec | dict[str, t.Any]) -> Spec:
    """All of them as one; a plain dict is options without rules. Of an option given twice the last one counts."""
    parts = [spec if isinstance(spec, Spec) else Spec(spec) for spec in specs]
    options: dict[str, t.Any] = {}
    required_by: dict[str, t.Any] = {}
    for part in parts:
        options.update(part.options)
        required_by.update(part.required_by)
    return Spec(
        options,
        tuple(names for part in parts for names in part.mutually_exclusive),
        tuple(names for part in parts for names in part.required_together),
        tuple(names for part in parts for names in part.required_one_of),
        tuple(rule for part in parts for rule in part.required_if),
        required_by,
        tuple(name for part in parts for name in part.names),
        {name: key for part in parts for name, key in part.plain.items()},
        {name: example for part in parts for name, example in part.examples.items()},
        {name: options for part in parts for name, options in part.items.items()},
    )


def wait_spec(wait_timeout: float = 300, poll_interval: float = 5) -> Spec:
    """The options of a module that waits; the numbers are their defaults, in seconds."""
    return Spec(
        {
            "wait_timeout": {"type": "float", "default": wait_timeout},
            "poll_interval": {"type": "float", "default": poll_interval},
        }
    )


def job_reference_spec(option: str = "name", aliases: Names = ()) -> Spec:
    """The options that name one job: by name, id, UID or href, and its backup server where the name is not unique."""
    named: dict[str, t.Any] = {"type": "str"}
    if aliases:
        named["aliases"] = list(aliases)
    return Spec({option: named, "backup_server": {"type": "str"}})
