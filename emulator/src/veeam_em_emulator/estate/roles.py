# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles of accounts, and who may do what (em_rest security_roles_concept). An account may have several; they add up."""

from __future__ import annotations

from dataclasses import dataclass

ADMINISTRATOR = "Portal Administrator"
USER = "Portal User"
VM_OPERATOR = "VM Restore Operator"
FILE_OPERATOR = "File Restore Operator"
# In the order of get_security_roles, with the ids that every edition prints
ROLE_IDS = {
    ADMINISTRATOR: "5f37a46b-9ce2-40f4-8a62-b45b079257fc",
    USER: "d19a3d33-cb77-4ffe-94e6-001432483a4e",
    VM_OPERATOR: "c11c0c38-ba8b-49c7-bf70-fc2058fff1e2",
    FILE_OPERATOR: "f84a8b62-49b8-4d0c-b25b-92321b52bab6",
    "SQL Restore Operator": "f78a92b8-9f06-4f1e-b522-4f0927cabd0f",
    "Exchange Restore Operator": "f83e4c81-0815-452f-9377-9d573dd9d481",
    "Oracle Restore Operator": "e9d90e66-b6d4-49dc-8986-73cf33489623",
}
ROLES = (*ROLE_IDS, "none")

ADMINISTRATORS = frozenset({ADMINISTRATOR})
USERS = ADMINISTRATORS | {USER}
# Who restores machines or files sees backups and points, but neither files nor sessions of them
RESTORERS = USERS | {VM_OPERATOR, FILE_OPERATOR}
VM_RESTORERS = ADMINISTRATORS | {VM_OPERATOR}
FILE_RESTORERS = ADMINISTRATORS | {FILE_OPERATOR}
EVERYBODY = frozenset(ROLE_IDS)
# Failover plans are for every operator, and for no user
OPERATORS = EVERYBODY - {USER}


@dataclass(frozen=True)
class Role:
    name: str
    id: str

    @property
    def uid(self) -> str:
        return f"urn:veeam:EnterpriseRole:{self.id}"


ALL_ROLES = {identity: Role(name, identity) for name, identity in ROLE_IDS.items()}
