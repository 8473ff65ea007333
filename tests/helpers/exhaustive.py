# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters that say the same once more: `make test` has the first, `make test-rest` the others."""

from __future__ import annotations

import typing as t

import pytest


def first_of(values: t.Iterable[t.Any], first: int = 1) -> list[t.Any]:
    """The values as parameters of a test, all but so many of them exhaustive."""
    return [
        value if place < first else pytest.param(value, marks=pytest.mark.exhaustive)
        for place, value in enumerate(values)
    ]


#: Parameters in which a test says the same of another server or another format.
_DIALECT = ("product", "media_type", "media")


def one_dialect_of_each(items: t.Iterable[pytest.Item]) -> None:
    """Of a test on several products or in several formats, mark all but one; which one, goes in turn."""
    groups: dict[tuple[t.Any, ...], list[pytest.Item]] = {}
    for item in items:
        params = dict(item.callspec.params) if hasattr(item, "callspec") else {}
        if params.keys().isdisjoint(_DIALECT):
            continue
        others = tuple((name, repr(value)) for name, value in sorted(params.items()) if name not in _DIALECT)
        groups.setdefault((getattr(item, "originalname", item.name), item.path, others), []).append(item)
    for turn, group in enumerate(groups.values()):
        del group[turn % len(group)]
        for item in group:
            item.add_marker(pytest.mark.exhaustive)
