# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of EM itself, data collections among them (em_rest get_systemsessions, systemsessions_id,
systemsessions_id_events). The query service has no type for them."""

from __future__ import annotations

from ..estate.roles import ADMINISTRATORS, USERS
from ..estate.system_sessions import SystemSession
from ..resources import documents
from ..resources import system_sessions as resources
from ..resources.call import Answer, Call
from ..wire.errors import ACCESS_DENIED, ApiError
from .common import one, wants_entity
from .table import route


def _shown(call: Call) -> list[SystemSession]:
    assert call.session is not None
    if call.world.switches["system_sessions_role"] == "administrator" and not call.session.may(ADMINISTRATORS):
        raise ApiError(403, ACCESS_DENIED)
    return call.world.collector.visible()


def _one(call: Call, identity: str) -> SystemSession:
    return one(call, SystemSession, {session.id: session for session in _shown(call)}, identity)


def sessions(call: Call) -> Answer:
    """Entities, whatever was asked for."""
    shown = _shown(call)
    if call.world.switches["session_order"] == "newest_first":
        shown = shown[::-1]
    return documents.resource_list(
        call, "SystemSessions", "Sessions", "Sessions", resources.SYSTEM_SESSION, map(resources.entity, shown)
    )


def read(call: Call, id: str) -> Answer:
    return documents.single(call, _one(call, id), wants_entity(call))


def events(call: Call, id: str) -> Answer:
    return documents.resource(call, "SystemSessionEvents", resources.EVENTS, resources.events(_one(call, id)))


ROUTES = (
    route("/systemSessions", USERS, since="12", GET=sessions),
    route("/systemSessions/{id}", USERS, since="12", GET=read),
    route("/systemSessions/{id}/events", USERS, since="12", GET=events),
)
