# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How EM itself and the sessions of its clients are shown."""

from __future__ import annotations

from typing import Any

from ..estate.sessions import Session
from ..wire.links import Link


def logon_session(session: Session, catalogue: tuple[Link, ...] = ()) -> dict[str, Any]:
    """em_rest logging_on (with the service catalogue) and get_loginsessions (without)."""
    path = f"/logonSessions/{session.id}"
    links = catalogue or (Link("Up", "/", type="EnterpriseManager"),)
    return {
        "Type": "LogonSession",
        "Href": path,
        "Links": (*links, Link("Delete", path)),
        "UserName": session.user,
        "SessionId": session.id,
    }


def enterprise_manager(versions: tuple[str, ...]) -> dict[str, Any]:
    """em_rest http_authentication."""
    return {
        "Links": (
            Link("Down", "/logonSessions", type="LogonSessionList"),
            Link("Create", "/sessionMngr/?v=latest", type="LogonSession"),
        ),
        "SupportedVersions": [
            {"Name": version, "Links": (Link("Create", f"/sessionMngr/?v={version}", type="LogonSession"),)}
            for version in versions
        ],
    }
