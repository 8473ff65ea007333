# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts of EM, their roles and scopes, as its resources (em_rest security, security_accounts_id,
security_accounts_id_roles_id, security_accounts_id_scopes_id, security_roles_id)."""

from __future__ import annotations

from typing import Any

from ..estate.accounts import Account, Scope
from ..estate.roles import ROLE_IDS, Role
from ..wire.links import Link
from ..wire.types import Field, Type, fields
from .kind import Kind, Style

_ACCOUNT = Type(
    (
        *fields("AccountType", "AllowRestoreAllVms"),
        Field("FlrSettings", "object", Type(fields("FlrInplaceOnly", "FlrExtentionRestrictions"))),
        Field("SqlSettings", "object", Type(fields("DenyInPlaceRestore"))),
    ),
    base="entity",
)
ACCOUNT_IN_ROLE = Type(fields("RoleName"), base="resource")
SCOPE = Type(fields("Name", "HierarchyRootName", "Platform", "HierarchyObjectType", "State"), base="resource")


def settings() -> dict[str, Any]:
    return {
        "Href": "/security",
        "Links": (
            Link("Down", "/security/accounts", type="EnterpriseAccountReferenceList"),
            Link("Down", "/security/roles", type="EnterpriseRoleReferenceList"),
            Link("Create", "/security/accounts"),
            Link("Start", "/security/accounts?action=rebuildScope"),
        ),
    }


def _path(account: Account) -> str:
    return f"/security/accounts/{account.id}"


def _account_reference(account: Account, _style: Style) -> dict[str, Any]:
    return {
        "Type": "EnterpriseAccountReference",
        "Href": _path(account),
        "Name": account.name,
        "UID": account.uid,
        "Links": (Link("Alternate", f"{_path(account)}?format=Entity", type="EnterpriseAccount"),),
    }


def _account_entity(account: Account, _style: Style) -> dict[str, Any]:
    path = _path(account)
    return {
        "Type": "EnterpriseAccount",
        "Href": f"{path}?format=Entity",
        "Name": account.name,
        "UID": account.uid,
        "Links": (
            Link("Alternate", path, type="EnterpriseAccountReference"),
            Link("Down", f"{path}/roles", type="EnterpriseAccountInRoleList"),
            Link("Create", f"{path}/roles", type="EnterpriseAccountInRole"),
            Link("Down", f"{path}/scopes", type="EnterpriseAccountHierarchyScopeList"),
            Link("Create", f"{path}/scopes", type="EnterpriseAccountHierarchyScope"),
            Link("Delete", path),
            Link("ToggleRestoreScopesEnabled", path),
        ),
        "AccountType": account.kind,
        "AllowRestoreAllVms": account.restores_all,
        "FlrSettings": {"FlrInplaceOnly": account.inplace_only, "FlrExtentionRestrictions": account.extensions},
        "SqlSettings": {"DenyInPlaceRestore": account.deny_sql},
    }


def account_in_role(account: Account, role: str) -> dict[str, Any]:
    path = f"{_path(account)}/roles/{ROLE_IDS[role]}"
    return {"Href": path, "Links": (Link("Delete", path),), "RoleName": role}


def scope(account: Account, item: Scope) -> dict[str, Any]:
    path = f"{_path(account)}/scopes/{item.id}"
    return {
        "Href": path,
        "Links": (Link("Delete", path),),
        "Name": item.name,
        "HierarchyRootName": item.root_id,
        "Platform": item.platform,
        "HierarchyObjectType": item.kind,
        "State": item.state,
    }


def _role_reference(role: Role, _style: Style) -> dict[str, Any]:
    path = f"/security/roles/{role.id}"
    return {
        "Type": "EnterpriseRoleReference",
        "Href": path,
        "Name": role.name,
        "UID": role.uid,
        "Links": (Link("Alternate", f"{path}?format=Entity", type="EnterpriseRole"),),
    }


def _role_entity(role: Role, _style: Style) -> dict[str, Any]:
    path = f"/security/roles/{role.id}"
    return {
        "Type": "EnterpriseRole",
        "Href": f"{path}?format=Entity",
        "Name": role.name,
        "UID": role.uid,
        "Links": (Link("Alternate", path, type="EnterpriseRoleReference"),),
    }


ACCOUNT = Kind(
    "EnterpriseAccount", "EnterpriseAccounts", _ACCOUNT, _account_entity, _account_reference, "/security/accounts",
    "account",
)  # fmt: skip
ROLE = Kind(
    "EnterpriseRole", "EnterpriseRoles", Type(base="entity"), _role_entity, _role_reference, "/security/roles", "role"
)
