# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The body of a quick backup (EM reference: post_backupservers_id_quickbackup)."""

from __future__ import annotations

from .._em import tree
from .._em.tree import Field


def write(ref: str, media_type: str) -> bytes:
    """The body of the request for one machine; several at once are several requests."""
    return tree.write("QuickBackupStartupSpec", {"VmRef": ref}, [Field("VmRef")], media_type)
