# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of EM itself (em_rest systemsessions, systemsessions_id, systemsessions_id_events)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..estate.system_sessions import SystemSession
from ..wire.links import Link
from ..wire.types import Field, Type, fields
from .kind import Kind, Style

SYSTEM_SESSION = Type(
    (
        *fields("SessionType", "CreationTimeUTC", "EndTimeUTC", "State"),
        Field("Result", "object", Type(fields("Result", "Message", "IsCanceled"))),
    ),
    base="entity",
)
_EVENT = Type(fields("CreationTimeUTC", "Message", "Order"))
EVENTS = Type((Field("Events", "items", _EVENT, item="Events", json_name="Events"),), base="resource")


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}"


def _path(session: SystemSession) -> str:
    return f"/systemSessions/{session.id}"


def _events_link(session: SystemSession) -> Link:
    return Link("Down", f"{_path(session)}/events", "Events", "SystemSessionEvents")


def _reference(session: SystemSession, _style: Style) -> dict[str, Any]:
    alternate = Link("Alternate", f"{_path(session)}?format=Entity", session.name, "BackupJobSession")
    return {
        "Type": "SystemSessionReference",
        "Href": _path(session),
        "Name": session.name,
        "UID": session.uid,
        "Links": (alternate, _events_link(session)),
    }


def entity(session: SystemSession) -> dict[str, Any]:
    ended = session.ended
    return {
        "Type": "SystemSession",
        "Href": f"{_path(session)}?format=Entity",
        "Name": session.name,
        "UID": session.uid,
        "Links": (
            # so it is typed
            Link("Alternate", _path(session), session.name, "BackupJobSessionReference"),
            _events_link(session),
        ),
        "SessionType": session.kind,
        "CreationTimeUTC": f"{_moment(session.created)}Z",
        "EndTimeUTC": f"{_moment(ended)}Z" if ended is not None else None,
        "State": session.state,
        "Result": {"Result": session.state, "Message": "", "IsCanceled": False} if ended is not None else None,
    }


def events(session: SystemSession) -> dict[str, Any]:
    return {
        "Type": "SystemSessionEvents",
        "Href": f"{_path(session)}/events",
        "Links": (Link("Up", f"{_path(session)}?format=Entity", session.name, "BackupJobSession"),),
        "Events": [
            {"CreationTimeUTC": _moment(event.at), "Message": event.message, "Order": number}
            for number, event in enumerate(session.events, 1)
        ],
    }


SYSTEM_SESSION_KIND = Kind(
    "SystemSession", "SystemSessions", SYSTEM_SESSION, lambda session, _style: entity(session), _reference,
    "/systemSessions", "system session",
)  # fmt: skip
