# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How moments are written."""

from __future__ import annotations

from datetime import datetime


def stamp(moment: datetime, precise: bool = True) -> str:
    """``2026-01-05 10:05:00.659559`` without trailing zeros, or in whole seconds."""
    text = moment.isoformat(" ")[:19]
    if precise and moment.microsecond:
        text += f".{moment.microsecond:06d}".rstrip("0")
    return text


def utc_text(moment: datetime) -> str:
    return stamp(moment).replace(" ", "T") + "Z"
