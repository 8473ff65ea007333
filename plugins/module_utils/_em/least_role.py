# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The least role that may send a request, for the hint after a 403. Pure.

EM reference: security_roles_concept. What is in no row takes an administrator, or is in no column of that table.
"""

from __future__ import annotations

import re

ADMINISTRATOR, USER, RESTORE_OPERATOR = "Portal Administrator", "Portal User", "VM Restore Operator"

#: Searched in "METHOD path?query", in this order. Files that a point is in, and the points in a file, are for users.
_ROWS = (
    (
        r"^GET /api/query\?type=(HierarchyRoot|BackupServer|Repository|BackupFile|AgentRestorePoint|"
        r"(Backup|Replica)(Job|Task)Session)\b",
        USER,
    ),
    (r"^GET /api/(lookup|hierarchyRoots|backupServers|repositories|backupFiles|agents/backupSessions)\b", USER),
    (r"^GET /api/(backup|replica)(Task)?Sessions\b", USER),
    (r"^GET /api/nas/(jobs/[^/]+/)?backupSessions\b", USER),
    (r"^GET /api/restorePoints/[^/]+/(vmRestorePoints|backupFiles|agentRestorePoints)\b", USER),
    (r"^POST /api/backupServers/[^/]+\?action=(quickbackup|collect)$", USER),
    (
        r"^GET /api/query\?type=(VmRestorePoint|RestorePoint|Backup|RestoreSession|Replica|VmReplicaPoint|"
        r"FailoverPlan|Task)\b",
        RESTORE_OPERATOR,
    ),
    (r"^(GET|POST) /api/(vmRestorePoints|vAppRestorePoints|vmReplicaPoints|failoverPlans)\b", RESTORE_OPERATOR),
    (r"^GET /api/(restorePoints|backups|replicas|restoreSessions)\b", RESTORE_OPERATOR),
    (r"^(GET|DELETE) /api/(tasks|logonSessions)\b", RESTORE_OPERATOR),
)


def least_role(method: str, path: str) -> str:
    """The role for that request; path: with its query."""
    asked = f"{method} {path}"
    return next((role for pattern, role in _ROWS if re.search(pattern, asked)), ADMINISTRATOR)
