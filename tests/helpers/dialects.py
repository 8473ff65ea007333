# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of a test that says the same of several servers or formats, one of each is run, another one of the next test.

Flows read every dialect in tests/unit and tests/simulation; what starts Ansible need not do so again.
VEEAM_TEST_DIALECTS=all runs them all.
"""

from __future__ import annotations

import os
import typing as t

import pytest

#: Parameters in which a test says the same of another server or another format.
_DIALECT = ("product", "media_type", "media")


def one_dialect_of_each(items: t.Iterable[pytest.Item]) -> set[pytest.Item]:
    """What to leave out: of a test on several products or in several formats all but one, another one each time."""
    if os.environ.get("VEEAM_TEST_DIALECTS") == "all":
        return set()
    groups: dict[tuple[t.Any, ...], list[pytest.Item]] = {}
    for item in items:
        params = dict(item.callspec.params) if hasattr(item, "callspec") else {}
        if params.keys().isdisjoint(_DIALECT):
            continue
        others = tuple((name, repr(value)) for name, value in sorted(params.items()) if name not in _DIALECT)
        groups.setdefault((getattr(item, "originalname", item.name), item.path, others), []).append(item)
    left_out: set[pytest.Item] = set()
    for turn, group in enumerate(groups.values()):
        del group[turn % len(group)]
        left_out.update(group)
    return left_out
