# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links: {Rel, Href, Name, Type} with the path below /api instead of the whole Href."""

from __future__ import annotations

from typing import NamedTuple


class Link(NamedTuple):
    """path begins with a slash and is put behind the base URL when the link is written.

    ``json_type``: JSON of 10-12 writes some links without a Type that XML has (the Delete link of a task).
    """

    rel: str
    path: str
    name: str | None = None
    type: str | None = None
    json_type: bool = True
