# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of a line of progress: which items of a task are under way, and how far each of them is. Pure.

When a line is shown is the matter of plugin_utils/_progress.py; the numbers in it are those of _http/effects.py.
"""

from __future__ import annotations

#: Items that a line names.
MAX_SHOWN = 3


class UnderWay:
    """How far each item is that has begun and not ended."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def note(self, name: str, how_far: str, key: str | None = None) -> None:
        """How far the item of that name is. key: where two items may have the same name."""
        self._texts[key or name] = f"{name}: {how_far}"

    def forget(self, key: str) -> None:
        """It has ended. key: its name, where it was noted without a key."""
        self._texts.pop(key, None)

    @property
    def text(self) -> str:
        """The items that run, as one line has room for them."""
        texts = list(self._texts.values())
        more = [f"and {len(texts) - MAX_SHOWN} more"] if len(texts) > MAX_SHOWN else []
        return ", ".join(texts[:MAX_SHOWN] + more)
