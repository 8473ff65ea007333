# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The test backed_up_within: on points, machines and lists, and what it says to everything else."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleError
from ansible_collections.backupops.veeam.plugins.test.backed_up_within import TestModule as Plugin

HOUR = 3600
FRESH: dict[str, t.Any] = {"created": "2026-01-08T14:31:07Z", "age": 3 * HOUR, "ready": True}
OLD: dict[str, t.Any] = {**FRESH, "age": 25 * HOUR}
UNREADY: dict[str, t.Any] = {**FRESH, "ready": False}
backed_up_within = Plugin().tests()["backed_up_within"]


def machine(status: str, point: dict[str, t.Any] | None) -> dict[str, t.Any]:
    return {"name": "web01", "status": status, "restore_point": point}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (FRESH, True),
        (OLD, False),
        (UNREADY, False),
        ({**FRESH, "age": None}, False),
        ({**FRESH, "age": 24 * HOUR}, True),
        ({**FRESH, "age": 24 * HOUR + 1}, False),
        (machine("protected", FRESH), True),
        (machine("failing", FRESH), True),
        (machine("excluded", FRESH), True),
        (machine("unknown", FRESH), False),
        (machine("late", OLD), False),
        (machine("unprotected", None), False),
        ({"changed": True, "restore_point": FRESH}, True),
        (None, False),
        ([], False),
        ([FRESH, machine("protected", FRESH)], True),
        ((FRESH, FRESH), True),
        ([FRESH, OLD], False),
        ([FRESH, None], False),
        ([FRESH, []], False),
    ],
)
def test_what_is_backed_up(value: t.Any, expected: bool) -> None:
    assert backed_up_within(value, "24h") is expected


@pytest.mark.parametrize("within", ["3h", "180m", "10800", 10800, "1d"])
def test_durations(within: t.Any) -> None:
    assert backed_up_within(FRESH, within) is True
    assert backed_up_within(FRESH, 3 * HOUR - 1) is False


@pytest.mark.parametrize(
    "value", ["web01", 5, True, {}, {"name": "web01"}, {"age": 5}, [FRESH, "web01"], [OLD, "web01"]]
)
def test_what_is_no_result_is_an_error(value: t.Any) -> None:
    with pytest.raises(AnsibleError, match=r"^backupops.veeam.backed_up_within: a (str|int|bool|dictionary) .*machine"):
        backed_up_within(value, "24h")


@pytest.mark.parametrize("within", ["", "soon", "0", -5, None, "1.5h"])
def test_what_is_no_duration_is_an_error(within: t.Any) -> None:
    with pytest.raises(AnsibleError, match="^backupops.veeam.backed_up_within: within"):
        backed_up_within(FRESH, within)
