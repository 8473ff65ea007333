# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore sessions: read them, wait for their end (em_rest restoresessions). They cannot be stopped."""

from __future__ import annotations

from collections.abc import Sequence

from ..estate.roles import EVERYBODY, RESTORERS
from ..resources.call import Answer, Call
from ..resources.kinds import KINDS
from ..work.restore_sessions import RestoreSession
from .common import bare_id, found, listed, single
from .table import QueryType, route


def _listed(call: Call, recent: bool) -> Sequence[RestoreSession]:
    restores = call.world.restores
    assert call.session is not None
    call.world.tasks.job_lookup(call.session)
    restores.count_read(lambda _session: True)
    return found(call, RestoreSession, restores.listed(recent))


def sessions(call: Call) -> Answer:
    chosen = _listed(call, recent=True)
    asked = call.param("sortAsc") or call.param("sortDesc")
    if not asked and call.world.switches["session_order"] != "oldest_first":
        chosen = chosen[::-1]
    return listed(call, RestoreSession, chosen)


def session(call: Call, id: str) -> Answer:
    restores = call.world.restores
    identity = bare_id(call, id, KINDS[RestoreSession].element)
    restores.count_read(lambda item: item.id == identity)
    return single(call, RestoreSession, restores, id)


ROUTES = (
    route("/restoreSessions", EVERYBODY, GET=sessions),
    route("/restoreSessions/{id}", EVERYBODY, GET=session),
)
QUERIES = {
    "RestoreSession": QueryType(
        RestoreSession,
        lambda call: _listed(call, recent=call.world.switches["query_sessions"] == "last_30_days"),
        RESTORERS,
    ),
}
