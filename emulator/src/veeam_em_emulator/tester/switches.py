# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches: every behaviour of EM that nobody has published, as a named choice. The README prints their tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from . import switches_of_answers, switches_of_jobs, switches_of_runs
from .switch import Switch

TABLE: tuple[Switch, ...] = (*switches_of_jobs.ROWS, *switches_of_runs.ROWS, *switches_of_answers.ROWS)
BY_NAME: Mapping[str, Switch] = {switch.name: switch for switch in TABLE}


class Switches(MutableMapping[str, Any]):
    """Current values; assigning checks name and value (KeyError, ValueError)."""

    def __init__(self, changes: Mapping[str, Any] | None = None) -> None:
        self._values = {switch.name: switch.default for switch in TABLE}
        self.update(changes or {})

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in BY_NAME:
            raise KeyError(f"there is no switch {name!r}; there are {', '.join(sorted(BY_NAME))}")
        try:
            self._values[name] = BY_NAME[name].check(value)
        except (TypeError, ValueError) as error:
            raise ValueError(f"switch {name}: {error}") from None

    def __delitem__(self, name: str) -> None:
        """Back to the default."""
        self._values[name] = BY_NAME[name].default

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
