# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts of EM, their roles and their scopes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from veeam_em_emulator import Emulator, ManualClock
from veeam_em_emulator.estate.roles import ROLE_IDS
from veeam_em_emulator.estate.state import StateError

from .client import JSON, PASSWORD, USER, MemoryApi

USER_ROLE, VM_ROLE = ROLE_IDS["Portal User"], ROLE_IDS["VM Restore Operator"]
VM = "urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.vm-4711"


@pytest.fixture
def api() -> MemoryApi:
    found = MemoryApi(Emulator(clock=ManualClock(), product="12"), JSON)
    found.log_on()
    return found


def accounts(api: MemoryApi) -> dict[str, str]:
    """Name -> path of those that EM has."""
    found = api.get("/security/accounts").json["Refs"]
    return {item["Name"]: item["Href"].partition("/api")[2] for item in found}


def roles(api: MemoryApi, path: str) -> list[str]:
    return [item["RoleName"] for item in api.get(f"{path}/roles").json["EnterpriseAccountInRoles"]]


def spec(**more: Any) -> str:
    values = {
        "AccountType": "User", "AccountName": "EXAMPLE\\new",
        "Roles": {"EnterpriseRoles": [{"EnterpriseRoleUid": f"urn:veeam:EnterpriseRole:{USER_ROLE}"}]},
    }  # fmt: skip
    return json.dumps({**values, **more})


def test_what_there_is_at_the_start(api: MemoryApi) -> None:
    """An account without a role is none of EM's."""
    assert list(accounts(api)) == [USER, "portal-user", "restore-operator", "file-operator", "sql-operator"]
    entity = api.get(accounts(api)["portal-user"], format="Entity").json
    assert (entity["AccountType"], entity["AllowRestoreAllVms"]) == ("User", True)
    assert roles(api, accounts(api)["restore-operator"]) == ["VM Restore Operator"]
    names = [item["Name"] for item in api.get("/security/roles").json["Refs"]]
    assert names == list(ROLE_IDS)
    assert api.get(f"/security/roles/{VM_ROLE}", format="Entity").json["Name"] == "VM Restore Operator"
    links = [link["Href"].rpartition("/api")[2] for link in api.get("/security").json["Links"]]
    assert links[0] == "/security/accounts" and links[-1].endswith("rebuildScope")
    assert api.query(type="EnterpriseAccount").status == 400


def test_an_account_is_made_and_deleted(api: MemoryApi) -> None:
    scopes = {"HierarchyScopeItems": [{"HierarchyObjRef": VM, "ObjectName": "web01"}]}
    text = spec(
        AllowRestoreAllVms="false", HierarchyScopeObjects=scopes, FlrSettings={"FlrInplaceOnly": True},
        SqlSettings={"DenyInPlaceRestore": True},
    )  # fmt: skip
    answer = api.request("POST", "/api/security/accounts", text)
    assert (answer.status, answer.body, "location" in answer.headers) == (201, b"", False)
    path = accounts(api)["EXAMPLE\\new"]
    entity = api.get(path, format="Entity").json
    assert (entity["AllowRestoreAllVms"], entity["FlrSettings"]["FlrInplaceOnly"]) == (False, True)
    assert entity["SqlSettings"] == {"DenyInPlaceRestore": True}
    [scope] = api.get(f"{path}/scopes").json["EnterpriseAccountHierarchyScopes"]
    assert (scope["Name"], scope["State"]) == ("web01", "Unprocessed")
    assert scope["HierarchyRootName"] == "a2b0c55d-829a-4efe-bd95-125ee77ba9d0"
    # nobody knows its password
    assert MemoryApi(api.em, JSON).log_on("EXAMPLE\\new", "").status == 401
    assert api.request("DELETE", f"/api{path}").status == 204
    assert api.request("DELETE", f"/api{path}").status == 404
    assert "EXAMPLE\\new" not in accounts(api)


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"AccountName": None}, 500),
        ({"AccountName": ""}, 500),
        ({"AccountType": "Robot"}, 400),
        ({"Roles": {}}, 500),
        ({"Roles": {"EnterpriseRoles": ["x"]}}, 400),
        ({"Roles": {"EnterpriseRoles": [{}]}}, 500),
        ({"Roles": {"EnterpriseRoles": [{"EnterpriseRoleUid": "urn:veeam:EnterpriseRole:x"}]}}, 400),
        ({"AllowRestoreAllVms": "perhaps"}, 400),
        ({"HierarchyScopeObjects": {"HierarchyScopeItems": [{"HierarchyObjRef": "urn:VMware:Vm:x.vm-1"}]}}, 400),
    ],
)
def test_accounts_that_cannot_be_made(api: MemoryApi, values: dict[str, Any], status: int) -> None:
    assert api.request("POST", "/api/security/accounts", spec(**values)).status == status
    assert len(accounts(api)) == 5


@pytest.mark.parametrize("switch", ["http_400", "http_500", "accepted"])
def test_an_account_that_is_there_already(api: MemoryApi, switch: str) -> None:
    api.em.switches["duplicate_account"] = switch
    answer = api.request("POST", "/api/security/accounts", spec(AccountName="SVC-ANSIBLE@em01"))
    assert answer.status == (201 if switch == "accepted" else int(switch[-3:]))


def test_the_toggle_flips(api: MemoryApi) -> None:
    path = accounts(api)["restore-operator"]
    seen = []
    for _unused in range(3):
        assert api.request("POST", f"/api{path}").status == 204
        seen.append(api.get(path, format="Entity").json["AllowRestoreAllVms"])
    assert seen == [False, True, False]


@pytest.mark.parametrize("switch", ["http_400", "http_500"])
def test_roles(api: MemoryApi, switch: str) -> None:
    """One that is open keeps the roles with which it was opened."""
    api.em.switches["last_role_delete"] = switch
    path, operator = accounts(api)["restore-operator"], MemoryApi(api.em, JSON)
    operator.log_on("restore-operator")
    text = json.dumps({"EnterpriseRoleUid": f"urn:veeam:EnterpriseRole:{USER_ROLE}"})
    for _unused in range(2):
        assert api.request("POST", f"/api{path}/roles", text).status == 201
    assert roles(api, path) == ["VM Restore Operator", "Portal User"]
    assert operator.get("/repositories").status == 403
    operator.log_on("restore-operator")
    assert operator.get("/repositories").status == 200
    assert api.get(f"{path}/roles/{USER_ROLE}").json["RoleName"] == "Portal User"
    assert api.request("DELETE", f"/api{path}/roles/{VM_ROLE}").status == 204
    assert api.request("DELETE", f"/api{path}/roles/{VM_ROLE}").status == 404
    assert api.request("DELETE", f"/api{path}/roles/{USER_ROLE}").status == int(switch[-3:])
    assert roles(api, path) == ["Portal User"]
    assert api.request("POST", f"/api{path}/roles", "{}").status == 500


@pytest.mark.parametrize("switch", ["accepted", "http_400", "http_500"])
def test_ones_own_account(api: MemoryApi, switch: str) -> None:
    api.em.switches["delete_own_account"] = switch
    gone = switch == "accepted"
    assert api.request("DELETE", f"/api{accounts(api)[USER]}").status == (204 if gone else int(switch[-3:]))
    # the session goes on
    assert api.get("/jobs").status == 200
    assert MemoryApi(api.em, JSON).log_on(USER, PASSWORD).status == (401 if gone else 201)
    api.em.reset()
    assert MemoryApi(api.em, JSON).log_on(USER, PASSWORD).status == 201


def test_scopes_and_their_rebuilding(api: MemoryApi) -> None:
    path = accounts(api)["restore-operator"]
    items = [{"HierarchyObjRef": VM, "ObjectName": "web01"}, {"HierarchyObjRef": VM.replace("4711", "4712")}]
    assert api.request("POST", f"/api{path}/scopes", json.dumps({"HierarchyScopeItems": items})).status == 201
    assert api.request("POST", f"/api{path}/scopes", "{}").status == 500
    unknown = {"HierarchyScopeItems": [{"HierarchyObjRef": "urn:VMware:Vm:00000000-0000-4000-8000-000000000000.vm-1"}]}
    assert api.request("POST", f"/api{path}/scopes", json.dumps(unknown)).status == 400

    def states() -> list[str]:
        return [item["State"] for item in api.get(f"{path}/scopes").json["EnterpriseAccountHierarchyScopes"]]

    def rebuild(kind: str) -> Any:
        answer = api.request("POST", "/api/security/accounts?action=rebuildScope", json.dumps({kind: {}}))
        assert (answer.status, answer.json["Operation"], answer.json["State"]) == (201, "StartRebuildScope", "Finished")
        assert answer.json["Result"] == {"Message": None, "Success": True}

    rebuild("RebuildForCurrentUser")
    assert states() == ["Unprocessed"] * 2
    rebuild("RebuildUnprocessed")
    assert states() == ["Processed"] * 2
    rebuild("RebuildAll")
    assert [item.session_type for item in api.em.system_sessions()] == ["SecurityScopesRebuild"] * 3
    assert api.request("POST", "/api/security/accounts?action=rebuildScope", "{}").status == 400
    assert api.request("POST", "/api/security/accounts?action=paint", "{}").status == 400
    first = api.get(f"{path}/scopes").json["EnterpriseAccountHierarchyScopes"][0]["Href"].partition("/api")[2]
    assert api.get(first).json["Name"] == "web01"
    assert api.request("DELETE", f"/api{first}").status == 204
    assert api.request("DELETE", f"/api{first}").status == 404
    assert states() == ["Processed"]


def test_it_is_for_administrators(api: MemoryApi) -> None:
    path = accounts(api)["portal-user"]
    user = MemoryApi(api.em, JSON)
    user.log_on("portal-user")
    for method, target in (
        ("GET", "/security"), ("GET", "/security/roles"), ("GET", path), ("POST", path), ("DELETE", path),
        ("POST", f"{path}/roles"), ("POST", "/security/accounts?action=rebuildScope"),
    ):  # fmt: skip
        assert user.request(method, f"/api{target}", "{}").status == 403


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"type": "Robot"}, "type 'Robot' is not one of User,"),
        ({"scopes": [{"name": "x"}]}, "root is missing"),
        ({"scopes": [{"name": "x", "root": "y", "state": "z"}]}, "state 'z' is not one of Unprocessed,"),
        ({"scopes": ["x"]}, "scopes: a mapping is expected"),
        ({"roles": ["Boss"]}, "role 'Boss' is not one of Portal Administrator,"),
    ],
)
def test_mistakes_in_the_state_file(entry: dict[str, Any], told: str) -> None:
    with pytest.raises(StateError, match="accounts, entry 1") as failed:
        Emulator({"backup_servers": [{"name": "s"}], "accounts": [{"user": "u", "password": "p", **entry}]})
    assert told in str(failed.value)
