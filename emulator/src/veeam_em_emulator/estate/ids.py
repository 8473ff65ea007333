# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ids and references that come out the same in every run."""

from __future__ import annotations

import uuid
from functools import lru_cache

_NAMESPACE = uuid.UUID("4be4c63b-9c28-4e67-a1f2-0d5f7b9e6a10")
_MASK = 0x9E3779B97F4B
_UNMASK = pow(_MASK, -1, 1 << 48)


@lru_cache(maxsize=4096)
def stable_id(*parts: str) -> str:
    """A GUID that is the same in every run, for things that the state file gives no id."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(parts)))


def vm_reference(root: str, moref: str, platform: str = "VMware") -> str:
    """root: name or id of the hierarchy root."""
    identity = root if len(root) == 36 and root.count("-") == 4 else stable_id("root", root)
    return f"urn:{platform}:Vm:{identity}.{moref}"


def derived(identity: str, purpose: int, number: int) -> str:
    """A GUID made from another one, its last twelve digits are others. Making it again from the result, with the same
    numbers, gives the first one."""
    mask = (purpose * 65536 + number + 1) * _MASK % (1 << 48)
    return f"{identity[:24]}{int(identity[24:], 16) ^ mask:012x}"


def derived_as(derived_id: str, identity: str) -> tuple[int, int]:
    """Purpose and number with which an id was made from another one."""
    mask = int(derived_id[24:], 16) ^ int(identity[24:], 16)
    return divmod(mask * _UNMASK % (1 << 48) - 1, 65536)
