# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore points that no job here has made, from the section ``points`` of a state file: imported backups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .inventory import ORIGINAL
from .run_plans import GIGABYTE, moment_of
from .servers import BackupServer, Repository

KEYS = frozenset(
    {"machine", "backup_server", "repository", "backup", "created", "ref", "id", "type", "data", "size", "ready",
     "platform"}
)  # fmt: skip


@dataclass(frozen=True)
class ImportedPoint:
    """One machine in one restore point. id: of the machine's point, empty where it does not matter. reference: empty
    where EM does not know the machine. session_id, job_id: of what has made it, which EM does not have. full: it is
    in a file of its own. size: bytes of the machine."""

    machine: str
    server: BackupServer
    repository: Repository
    backup: str
    backup_id: str
    session_id: str
    job_id: str
    created: datetime
    platform: str
    reference: str = ""
    id: str = ""
    full: bool = True
    data: str = ORIGINAL
    size: int = 20 * GIGABYTE
    ready: bool = True


def parse_import(
    entry: Mapping[str, Any], server: BackupServer, repository: Repository, ids: Mapping[str, Any]
) -> ImportedPoint:
    """ids: ``backup_id``, ``session_id``, ``job_id``. RunError, KeyError (what is missing)."""
    created = moment_of(str(entry["created"]))
    given: dict[str, Any] = {}
    for key in ("id", "data"):
        if entry.get(key):
            given[key] = str(entry[key]).lower() if key == "id" else str(entry[key])
    if "size" in entry:
        given["size"] = int(entry["size"])
    if "ready" in entry:
        given["ready"] = bool(entry["ready"])
    return ImportedPoint(
        machine=str(entry["machine"]), server=server, repository=repository,
        backup=str(entry.get("backup") or entry["machine"]), created=created,
        platform=str(entry.get("platform") or "VMware"), reference=str(entry.get("ref") or ""),
        full=entry.get("type", "Full") == "Full", **given, **ids,
    )  # fmt: skip
