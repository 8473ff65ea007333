# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How restore sessions are shown (em_rest restoresessions_id)."""

from __future__ import annotations

from typing import Any

from ..wire.links import Link
from ..wire.types import Field, Type, fields
from ..work.lasting import STOPPED
from ..work.restore_sessions import RestoreSession
from .kind import Kind, Style
from .links import up_to_server

# RestoredObjRef and the name of the machine are first in JSON; the one is last in XML, the other an attribute
_RESTORE_SESSION = Type(
    (
        Field("RestoredObjRef", "json"),
        Field("VmDisplayName", "json"),
        *fields(
            "JobUid", "JobName", "JobType", "CreationTimeUTC", "EndTimeUTC", "State", "Result", "Progress",
            "FailureMessage",
        ),
        Field("RestoredObjRef", "xml"),
    ),
    fields("VmDisplayName"),
    base="entity",
)  # fmt: skip


def _links(session: RestoreSession, alternate: Link) -> tuple[Link, ...]:
    related = () if session.point is None else (session.point,)
    return (up_to_server(session.server), alternate, *related)


def _reference(session: RestoreSession, _style: Style) -> dict[str, Any]:
    return {
        "Type": "RestoreSessionReference",
        "Href": session.path,
        "Name": session.name,
        "UID": session.uid,
        "Links": _links(session, Link("Alternate", f"{session.path}?format=Entity", session.name, "RestoreSession")),
    }


def _entity(session: RestoreSession, _style: Style) -> dict[str, Any]:
    switches, over = session.view.switches, session.state == STOPPED
    good = over and session.result != "Failed"
    named = {"present": good, "at_once": good or not over}.get(switches["restored_ref"], False)
    progress = None if over and switches["restore_progress"] == "missing" else session.progress
    return {
        "Type": "RestoreSession",
        "Href": f"{session.path}?format=Entity",
        "Name": session.name,
        "UID": session.uid,
        "Links": _links(session, Link("Alternate", session.path, session.name, "RestoreSessionReference")),
        "VmDisplayName": session.machine,
        "JobType": session.job_type,
        "CreationTimeUTC": session.created_text,
        "EndTimeUTC": session.end_text or None,
        "State": session.state,
        "Result": session.result,
        "Progress": progress,
        "FailureMessage": session.reason if over and switches["failure_message"] == "reason" else None,
        "RestoredObjRef": session.restored if named else None,
    }


RESTORE_SESSION = Kind(
    "RestoreSession", "RestoreSessions", _RESTORE_SESSION, _entity, _reference, "/restoreSessions", "restore session"
)
