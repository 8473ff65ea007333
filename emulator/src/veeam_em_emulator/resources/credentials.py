# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How credentials and encryption passwords are shown (em_rest backupservers_id_credentials,
backupservers_id_passwords)."""

from __future__ import annotations

from typing import Any

from ..estate.infrastructure import Credentials, EncryptionPassword
from ..estate.servers import BackupServer
from ..wire.links import Link
from ..wire.types import Type, fields

CREDENTIALS_INFO = Type(fields("Id", "Username", "Description", "Password"), base="resource")
PASSWORD_INFO = Type(fields("Id", "Hint", "LastModificationDate"), base="resource")


def _resource(server: BackupServer, collection: str, identity: str, kind: str) -> dict[str, Any]:
    path = f"/backupServers/{server.id}/{collection}/{identity}"
    return {
        "Type": kind,
        "Href": path,
        "Links": (
            Link("Up", f"/backupServers/{server.id}?format=Entity", server.name, "BackupServer"),
            Link("Edit", path, type=kind),
            Link("Delete", path, type=kind),
        ),
        "Id": identity,
    }


def credentials_values(item: Credentials) -> dict[str, Any]:
    """EM never gives out a password."""
    own = _resource(item.server, "credentials", item.id, "Credentials")
    return {**own, "Username": item.username, "Description": item.description, "Password": ""}


def password_values(item: EncryptionPassword) -> dict[str, Any]:
    own = _resource(item.server, "passwords", item.id, "PasswordKey")
    return {**own, "Hint": item.hint, "LastModificationDate": item.modified}
