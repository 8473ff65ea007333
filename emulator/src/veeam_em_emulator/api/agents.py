# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Computers with an agent (em_rest agents_discoveredcomputers, agents_discoveredcomputers_id)."""

from __future__ import annotations

from ..estate.infrastructure import DiscoveredComputer
from ..query.paging import page, select
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.kinds import KINDS
from .common import by_id, wants_entity


def computers(call: Call) -> Answer:
    found = select(call, DiscoveredComputer, lambda _unused: call.world.state.computers.values())
    chosen, paging = page(call, "/agents/discoveredComputers", found, always=False)
    return documents.collection(call, KINDS[DiscoveredComputer], chosen, wants_entity(call), paging)


def computer(call: Call, id: str) -> Answer:
    found = by_id(call, call.world.state.computers, id, "DiscoveredComputer", "discovered computer")
    return documents.single(call, found, wants_entity(call))
