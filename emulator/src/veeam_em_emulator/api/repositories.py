# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories (em_rest repositories, repositories_id)."""

from __future__ import annotations

from ..estate.servers import Repository
from ..query.paging import page, select
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.kinds import KINDS
from .common import by_id, wants_entity


def listing(call: Call) -> Answer:
    found = select(call, Repository, lambda _unused: call.world.state.repositories.values())
    chosen, paging = page(call, "/repositories", found, always=False)
    return documents.collection(call, KINDS[Repository], chosen, wants_entity(call), paging)


def read(call: Call, id: str) -> Answer:
    repository = by_id(call, call.world.state.repositories, id, "Repository", "repository")
    return documents.single(call, repository, wants_entity(call))
