# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts of EM, their roles and their scopes (em_rest security, post_security_accounts, post_security_accounts_id,
post_security_accounts_id_roles, post_security_accounts_id_scopes, post_security_accounts_actionrebuildscope).

The query service has no type for them. An open session keeps the roles with which it was opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..estate.accounts import ACCOUNT_TYPES, Account, Scope
from ..estate.agents import AGENT_PLATFORMS
from ..estate.inventory import split_reference
from ..estate.roles import ADMINISTRATORS, ALL_ROLES, ROLE_IDS, Role
from ..resources import documents
from ..resources import security as resources
from ..resources.call import Answer, Call
from ..wire import types
from ..wire.bodies import flag_of, text_of
from ..wire.errors import ApiError, missing_node, not_known
from ..work.tasks import Work
from .common import body_values, by_id, listing, one, refuse, single, task_answer
from .table import route

_NAMES = (
    "AccountType", "AccountName", "Roles", "EnterpriseRoles", "EnterpriseRoleUid", "AllowRestoreAllVms",
    "HierarchyScopeObjects", "HierarchyScopeItems", "HierarchyObjRef", "ObjectName", "FlrSettings", "FlrInplaceOnly",
    "FlrExtentionRestrictions", "SqlSettings", "DenyInPlaceRestore",
)  # fmt: skip
_KINDS = ("RebuildAll", "RebuildUnprocessed", "RebuildForCurrentUser")


def settings(call: Call) -> Answer:
    return documents.resource(call, "EnterpriseSecuritySettings", types.SERVICE, resources.settings())


# Accounts


def _known(call: Call) -> list[Account]:
    return [account for account in call.world.state.accounts if account.known]


def _account(call: Call, identity: str) -> Account:
    return one(call, Account, {account.id: account for account in _known(call)}, identity)


def accounts(call: Call) -> Answer:
    return listing(call, Account, _known(call))


def account(call: Call, id: str) -> Answer:
    return single(call, Account, {account.id: account for account in _known(call)}, id)


def post_accounts(call: Call) -> Answer:
    if call.action == "rebuildscope":
        return rebuild(call)
    if call.action:
        raise ApiError(400, not_known("accounts have no such action"))
    return create(call)


def create(call: Call) -> Answer:
    """201 with neither body nor id."""
    values = body_values(call, "EnterpriseAccountCreateSpec", {"": ("AccountType", "AccountName", "Roles")}, _NAMES)
    kind, name = text_of(values, "AccountType") or "", text_of(values, "AccountName")
    if not name:
        raise missing_node()
    if kind not in ACCOUNT_TYPES:
        raise ApiError(400, not_known("there is no such type of account"))
    roles = tuple(_role(item).name for item in _items(values, "Roles", "EnterpriseRole"))
    if not roles:
        raise missing_node()
    if any(name.casefold() in account.spellings() for account in _known(call)):
        refuse(call, "duplicate_account", "there is such an account already")
    files, sql = values.get("FlrSettings") or {}, values.get("SqlSettings") or {}
    made = Account(
        name, "", tuple(dict.fromkeys(roles)), call.world.new_id(), kind,
        flag_of(values, "AllowRestoreAllVms", missing=True),
        tuple(_scope(call, item) for item in _items(values, "HierarchyScopeObjects", "HierarchyScopeItem")),
        flag_of(files, "FlrInplaceOnly") or flag_of(files, "FlrInlaceOnly"),
        text_of(files, "FlrExtentionRestrictions") or "", flag_of(sql, "DenyInPlaceRestore"),
    )  # fmt: skip
    call.world.state.accounts.append(made)
    return Answer(201)


def _items(values: Mapping[str, Any], holder: str, item: str) -> list[Mapping[str, Any]]:
    """Repeated elements in XML, an array of another name in JSON; holder: empty where there is none around them."""
    inside = values.get(holder) if holder else values
    if not isinstance(inside, Mapping):
        return []
    found = inside.get(item, inside.get(f"{item}s"))
    items = found if isinstance(found, list) else [found] if found is not None else []
    if not all(isinstance(value, Mapping) for value in items):
        raise ApiError(400, not_known(f"{item} is not valid"))
    return items


def _role(values: Mapping[str, Any]) -> Role:
    uid = text_of(dict(values), "EnterpriseRoleUid")
    if uid is None:
        raise missing_node()
    found = ALL_ROLES.get(uid.lower().rpartition(":")[2])
    if found is None:
        raise ApiError(400, not_known("there is no such role"))
    return found


def toggle(call: Call, id: str) -> Answer:
    """204; flips whether the account may restore all machines."""
    found = _account(call, id)
    call.world.state.change_account(found, restores_all=not found.restores_all)
    return Answer(204)


def delete(call: Call, id: str) -> Answer:
    assert call.session is not None
    found = _account(call, id)
    if found.id == call.session.account.id:
        refuse(call, "delete_own_account", "it is the account of this session")
    accounts = call.world.state.accounts
    accounts[:] = [item for item in accounts if item.id != found.id]
    return Answer(204)


# Roles


def roles(call: Call) -> Answer:
    return listing(call, Role, ALL_ROLES.values())


def role(call: Call, id: str) -> Answer:
    return single(call, Role, ALL_ROLES, id)


def _role_of(call: Call, identity: str, role_id: str) -> tuple[Account, str]:
    found = _account(call, identity)
    own = {ROLE_IDS[name]: name for name in found.roles}
    return found, by_id(call, own, role_id, "EnterpriseRole", "role")


def roles_of(call: Call, id: str) -> Answer:
    found = _account(call, id)
    items = [resources.account_in_role(found, name) for name in found.roles]
    names = ("EnterpriseAccountInRoleList", "EnterpriseAccountInRole", "EnterpriseAccountInRoles")
    return documents.resource_list(call, *names, resources.ACCOUNT_IN_ROLE, items)


def role_of(call: Call, id: str, rid: str) -> Answer:
    values = resources.account_in_role(*_role_of(call, id, rid))
    return documents.resource(call, "EnterpriseAccountInRole", resources.ACCOUNT_IN_ROLE, values)


def add_role(call: Call, id: str) -> Answer:
    found = _account(call, id)
    given = _role(body_values(call, "EnterpriseAccountInRoleCreateSpec", {}, _NAMES))
    call.world.state.change_account(found, roles=tuple(dict.fromkeys((*found.roles, given.name))))
    return Answer(201)


def delete_role(call: Call, id: str, rid: str) -> Answer:
    found, name = _role_of(call, id, rid)
    if len(found.roles) == 1:
        refuse(call, "last_role_delete", "it is the only role of the account")
    call.world.state.change_account(found, roles=tuple(item for item in found.roles if item != name))
    return Answer(204)


# Scopes


def _scope(call: Call, values: Mapping[str, Any]) -> Scope:
    reference = text_of(dict(values), "HierarchyObjRef") or ""
    platform, kind, root, _own = split_reference(reference)
    elsewhere = platform == "NasBackup" or platform in AGENT_PLATFORMS
    if not root or not elsewhere and root.lower() not in call.world.state.roots:
        # seen of an unknown hierarchy root
        raise ApiError(400, not_known("there is no such object"))
    name = text_of(dict(values), "ObjectName") or reference
    return Scope(call.world.new_id(), name, root.lower(), platform, kind, reference=reference)


def scopes_of(call: Call, id: str) -> Answer:
    found = _account(call, id)
    items = [resources.scope(found, item) for item in found.scopes]
    names = ("EnterpriseAccountHierarchyScopes", "EnterpriseAccountHierarchyScope", "EnterpriseAccountHierarchyScopes")
    return documents.resource_list(call, *names, resources.SCOPE, items)


def _scope_of(call: Call, identity: str, scope_id: str) -> tuple[Account, Scope]:
    found = _account(call, identity)
    return found, by_id(call, {item.id: item for item in found.scopes}, scope_id, "HierarchyScope", "scope")


def scope_of(call: Call, id: str, sid: str) -> Answer:
    values = resources.scope(*_scope_of(call, id, sid))
    return documents.resource(call, "EnterpriseAccountHierarchyScope", resources.SCOPE, values)


def add_scopes(call: Call, id: str) -> Answer:
    """They do not count until the scopes are built anew."""
    found = _account(call, id)
    values = body_values(call, "HierarchyScopeCreateSpec", {}, _NAMES)
    made = tuple(_scope(call, item) for item in _items(values, "", "HierarchyScopeItem"))
    if not made:
        raise missing_node()
    call.world.state.change_account(found, scopes=(*found.scopes, *made))
    return Answer(int(call.world.switches["created_status"]))


def delete_scope(call: Call, id: str, sid: str) -> Answer:
    found, gone = _scope_of(call, id, sid)
    call.world.state.change_account(found, scopes=tuple(item for item in found.scopes if item.id != gone.id))
    return Answer(204)


class Rebuild(Work):
    """Its result has no message."""

    message = None


def rebuild(call: Call) -> Answer:
    """201, and the task is finished already."""
    assert call.session is not None
    values = body_values(call, "RebuildScopeJobSpec", {}, _KINDS)
    chosen = [name for name in _KINDS if name in values]
    if len(chosen) != 1:
        raise ApiError(400, not_known("one kind of rebuilding is expected"))
    own = call.session.account.id if chosen[0] == "RebuildForCurrentUser" else None
    call.world.scopes.rebuild(own, unprocessed_alone=chosen[0] == "RebuildUnprocessed")
    call.world.collector.note_session("SecurityScopesRebuild")
    task = call.world.tasks.start(call.session, "StartRebuildScope", Rebuild(), at_once=True)
    task.advance(poll=False)
    return task_answer(call, task, 201)


ROUTES = (
    route("/security", ADMINISTRATORS, GET=settings),
    route("/security/accounts", ADMINISTRATORS, GET=accounts, POST=post_accounts),
    route("/security/accounts/{id}", ADMINISTRATORS, GET=account, POST=toggle, DELETE=delete),
    route("/security/accounts/{id}/roles", ADMINISTRATORS, GET=roles_of, POST=add_role),
    route("/security/accounts/{id}/roles/{rid}", ADMINISTRATORS, GET=role_of, DELETE=delete_role),
    route("/security/accounts/{id}/scopes", ADMINISTRATORS, GET=scopes_of, POST=add_scopes),
    route("/security/accounts/{id}/scopes/{sid}", ADMINISTRATORS, GET=scope_of, DELETE=delete_scope),
    route("/security/roles", ADMINISTRATORS, GET=roles),
    route("/security/roles/{id}", ADMINISTRATORS, GET=role),
)
