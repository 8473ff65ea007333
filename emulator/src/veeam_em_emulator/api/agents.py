# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Computers with an agent (em_rest agents_discoveredcomputers, agents_discoveredcomputers_id)."""

from __future__ import annotations

from ..estate.infrastructure import DiscoveredComputer
from ..resources.call import Answer, Call
from .common import found, listing, single
from .table import ADMINISTRATORS, QueryType, route


def computers(call: Call) -> Answer:
    return listing(call, DiscoveredComputer, call.world.state.computers.values())


def computer(call: Call, id: str) -> Answer:
    return single(call, DiscoveredComputer, call.world.state.computers, id)


ROUTES = (
    route("/agents/discoveredComputers", ADMINISTRATORS, GET=computers),
    route("/agents/discoveredComputers/{id}", ADMINISTRATORS, GET=computer),
)
QUERIES = {
    "DiscoveredComputer": QueryType(
        DiscoveredComputer,
        lambda call: found(call, DiscoveredComputer, call.world.state.computers.values()),
        ADMINISTRATORS,
    ),
}
