# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slips that sentences put together from parts may have, in whatever a run tells its user."""

from __future__ import annotations

import re
import typing as t

#: A word twice, a value that is none, a full stop or a colon after nothing, one of many.
_SLIPS = re.compile(
    r"\b(a|an|the|of|is|on|to|in|it|its|backup server) \1\b"
    r"|\b(None|nan|inf)\b"
    r"|(?<!\.)\.\.(?!\.)|[:,(] ?[.)](?!\.)|(?<=\w) [.,;:]|  "
    r"|\b1 (more )?(jobs|machines|objects|points|restore points|clones|times|tickets|servers|replicas)\b"
)
_NAMES = re.compile(r'"[^"]*"')


def slips(result: t.Mapping[str, t.Any], warnings: t.Iterable[str] = ()) -> list[str]:
    """The sentences of a result and its warnings that have one. Names, which stand in quotes, may be anything."""
    sentences = [result, *(result.get("results") or ())]
    said = [str(part.get("msg", "")) for part in sentences if isinstance(part, t.Mapping)]
    return [sentence for sentence in [*said, *warnings] if _SLIPS.search(_NAMES.sub('"…"', sentence))]
