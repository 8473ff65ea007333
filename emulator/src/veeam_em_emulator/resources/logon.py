# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How EM itself and the sessions of its clients are shown."""

from __future__ import annotations

from typing import Any

from ..estate.sessions import Session
from ..wire.links import Link

CATALOGUE = (
    Link("Up", "/", type="EnterpriseManager"),
    Link("Down", "/backupServers", type="BackupServerReferenceList"),
    Link("Down", "/jobs", type="JobReferenceList"),
    Link("Down", "/repositories", type="RepositoryReferenceList"),
    Link("Down", "/tasks", type="TaskList"),
    Link("Down", "/querySvc", type="QueryService"),
    Link("Down", "/lookupSvc", type="LookupService"),
    Link("Down", "/backupServers?format=Entity", type="BackupServerList"),
    Link("Create", "/backupServers?action=create"),
    Link("Down", "/jobs?format=Entity", type="JobList"),
    Link("Down", "/repositories?format=Entity", type="RepositoryList"),
)


def logon_session(session: Session, catalogue: bool) -> dict[str, Any]:
    """em_rest logging_on (with the service catalogue) and get_loginsessions (without)."""
    path = f"/logonSessions/{session.id}"
    return {
        "Type": "LogonSession",
        "Href": path,
        "Links": (*(CATALOGUE if catalogue else CATALOGUE[:1]), Link("Delete", path)),
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
