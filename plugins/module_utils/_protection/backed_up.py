# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether something of a result has a restore point that is new enough: a point, a machine, or a list of them. Pure."""

from __future__ import annotations

import typing as t

from .judge import UNKNOWN


class NotAResult(Exception):
    """It is neither a restore point nor a machine. The text says what it is."""


def is_backed_up(value: t.Any, within: float) -> bool:
    """Whether each has a ready restore point that is not older than within, in seconds. Raises NotAResult.

    Ages are those of the result: by the server's clock, at the time of its answer. Nothing, an empty list, and a
    machine whose status is unknown have none.
    """
    if value is None:
        return False
    if isinstance(value, (list, tuple)):
        # All of them, so that what is no result is found wherever it stands.
        answers = [is_backed_up(one, within) for one in value]
        return bool(answers) and all(answers)
    if not isinstance(value, t.Mapping):
        raise NotAResult(f"a {type(value).__name__} is neither a restore point nor a machine of a result")
    if "restore_point" in value:
        # A machine of veeam_protection_info, or the result of a task that made a restore point.
        return value.get("status") != UNKNOWN and is_backed_up(value["restore_point"], within)
    if "age" not in value or "ready" not in value:
        raise NotAResult(
            "a dictionary without age and ready is not a restore point, and one without restore_point is not a machine"
        )
    age = value["age"]
    return bool(value["ready"]) and isinstance(age, (int, float)) and age <= within
