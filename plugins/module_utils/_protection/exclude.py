# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Machines that are meant not to be protected: names, in which * stands for anything, or references. Pure."""

from __future__ import annotations

import re
import typing as t


class Exclusions:
    """texts: as the user wrote them. Names compare exactly, references without letter case."""

    def __init__(self, texts: t.Iterable[str] = ()) -> None:
        self._names: dict[str, str] = {}
        self._refs: dict[str, str] = {}
        self._patterns: list[tuple[re.Pattern[str], str]] = []
        for text in texts:
            if text.lower().startswith("urn:"):
                self._refs.setdefault(text.lower(), text)
            elif "*" in text:
                # \Z and not $: a name may end in a line break.
                pattern = ".*".join(re.escape(part) for part in re.split(r"\*+", text))
                self._patterns.append((re.compile(pattern + r"\Z", re.DOTALL), text))
            else:
                self._names.setdefault(text, text)

    def naming(self, name: str, refs: t.Iterable[str]) -> str | None:
        """What excludes the machine, in the user's words; None where nothing does."""
        found = self._names.get(name)
        if found is None and self._refs:
            found = next((self._refs[ref.lower()] for ref in refs if ref.lower() in self._refs), None)
        if found is None:
            found = next((text for pattern, text in self._patterns if pattern.match(name)), None)
        return found
