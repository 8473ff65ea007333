# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The restores and failovers that run right now, of all machines."""

from __future__ import annotations

from .._em.calls import EnterpriseManager
from .._em.query import Query, any_of
from .._http.effects import Flow
from .._http.errors import Refused
from .._resources.restore_session import NEWEST, RESTORE_SESSION, RestoreSession

#: States of a session that has not ended (EM reference: restoresessions_id).
RUNNING = ("Starting", "Working", "Stopping")


def read_running(em: EnterpriseManager, deadline: float) -> Flow[list[RestoreSession]]:
    """The restore sessions that have not ended. Every role may read them."""
    query = Query(RESTORE_SESSION, any_of("State", RUNNING), "sortDesc=CreationTime")
    try:
        sessions = yield from em.query(query, deadline)
    except Refused as error:
        if error.status not in (400, 500):
            raise
        # The newest are enough: what runs began not long ago.
        sessions = yield from em.first(query._replace(filter="", size=10 * NEWEST), deadline)
    return [session for session in sessions if not session.has_ended]
