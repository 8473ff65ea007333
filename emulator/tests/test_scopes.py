# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore scopes: who is narrowed gets shorter lists, without a word (em/veeam_backup_em_restore_scope)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from veeam_em_emulator import Emulator, ManualClock

from .client import PASSWORD, USER, advance
from .memory import Memory, below_api

WEB, APP, SQL = "web01", "app01", "sql01"
DAY = 24 * 3600


def state(role: str = "Portal User", **scope: Any) -> dict[str, Any]:
    """Two machines and a computer that are backed up, replicated and in a failover plan; ``narrow`` has web01."""
    scopes = [{"name": WEB, "root": "vc", "state": "Processed", **scope}]
    return {
        "backup_servers": [{"name": "s"}],
        "repositories": [{"name": "r"}],
        "hierarchy_roots": [
            {"name": "vc", "objects": [WEB, APP, {"name": "Prod", "type": "Folder", "members": [WEB]}]},
        ],
        "protection_groups": [{"name": "Windows"}],
        "computers": [{"name": SQL, "protection_group": "Windows"}],
        "jobs": [
            {"name": "Daily", "repository": "r", "objects": [WEB, APP]},
            {"name": "Replicas", "type": "Replica", "repository": "r", "objects": [WEB, APP]},
        ],
        "agent_jobs": [{"name": "Agents", "repository": "r", "objects": ["Windows"]}],
        "failover_plans": [{"name": "both", "machines": [WEB, APP]}, {"name": "other", "machines": [APP]}],
        "accounts": [
            {"user": USER, "password": PASSWORD},
            {"user": "wide", "password": PASSWORD, "role": role},
            {"user": "narrow", "password": PASSWORD, "role": role, "restores_all": False, "scopes": scopes},
        ],
        "switches": {"run_length": "60s", "restore_length": "60s"},
    }


def started(document: dict[str, Any], **options: Any) -> Emulator:
    em = Emulator(document, clock=ManualClock(), idle_timeout=1e9, **{"product": "12", **options})
    for job in ("Daily", "Replicas", "Agents"):
        em.start_run(job)
    advance(em, 600)
    for name in (WEB, APP):
        em.start_restore(em.points(name)[0].id)
    advance(em, 600)
    return em


@pytest.fixture(scope="module")
def em() -> Emulator:
    document = state()
    document["accounts"][2]["roles"] = ["Portal User", "VM Restore Operator", "File Restore Operator"]
    document["accounts"][1]["roles"] = document["accounts"][2]["roles"]
    return started(document)


def listed(api: Memory, path: str) -> list[Any]:
    """Entries of a list or of a query, of references or entities."""
    found = api.get(path)
    while isinstance(found, dict):
        inside = [value for key, value in found.items() if key != "paginginfo" and isinstance(value, (dict, list))]
        found = next(filter(None, inside), [])
    return list(found)


def names(api: Memory, path: str) -> list[str]:
    return [item["name"] for item in listed(api, path)]


#: list -> how many entries everybody gets, and how many whoever has web01 alone
LISTS = {
    "/vmRestorePoints": (2, 1), "/restorePoints": (3, 1), "/backups": (4, 1), "/backupFiles": (3, 1),
    "/agents/agentRestorePoints": (1, 0), "/agents/backups": (2, 0), "/vmReplicaPoints": (2, 1), "/replicas": (1, 1),
    "/failoverPlans": (2, 1), "/restoreSessions": (2, 1), "/backupTaskSessions": (3, 1), "/replicaTaskSessions": (2, 1),
    "/query?type=VmRestorePoint": (2, 1), "/query?type=Backup&format=Entities": (4, 1),
    "/query?type=RestorePoint": (3, 1), "/query?type=BackupFile": (3, 1), "/query?type=AgentRestorePoint": (1, 0),
    "/query?type=VmReplicaPoint": (2, 1), "/query?type=RestoreSession": (2, 1), "/query?type=BackupTaskSession": (3, 1),
    f"/query?type=VmRestorePoint&filter=VmDisplayName=={APP}": (1, 0),
    "/query?type=VmRestorePoint&filter=CreationTime>=2000-01-01&sortDesc=CreationTime": (2, 1),
    "/lookup?host=urn:veeam:HierarchyRoot:{root}&name=*&type=Vm": (2, 1),
    # these are narrowed by nothing that is documented
    "/backupSessions": (3, 3), "/backupServers": (1, 1), "/hierarchyRoots": (1, 1), "/repositories": (1, 1),
}  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_shorter_lists(em: Emulator, path: str) -> None:
    everything, narrow = LISTS[path]
    target = path.replace("{root}", next(iter(em.world.state.roots)))
    assert [len(listed(Memory(em, user), target)) for user in (USER, "wide", "narrow")] == [
        everything, everything, narrow,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "path",
    ["/vmRestorePoints", "/restorePoints", "/backups", "/backupFiles", "/vmReplicaPoints", "/failoverPlans",
     "/restoreSessions", "/backupTaskSessions", "/agents/agentRestorePoints"],
)  # fmt: skip
@pytest.mark.parametrize("status", ["404", "403"])
def test_what_is_outside_is_not_there(em: Emulator, path: str, status: str) -> None:
    em.switches["out_of_scope"] = status
    wide, narrow = Memory(em, "wide"), Memory(em, "narrow")
    ids = [item["uid"].rpartition(":")[2] for item in wide.get(path)["refs"]]
    shown = {item["uid"].rpartition(":")[2] for item in narrow.get(path)["refs"]}
    assert len(shown) < len(ids)
    for identity in ids:
        assert wide.request("GET", f"{path}/{identity}").status == 200
        assert narrow.request("GET", f"{path}/{identity}").status == (200 if identity in shown else int(status))


def test_nobody_restores_or_backs_up_what_is_outside() -> None:
    document = state()
    document["accounts"][2]["roles"] = ["Portal User", "VM Restore Operator"]
    em = started(document)
    api = Memory(em, "narrow")
    server = below_api(api.get("/backupServers")["refs"][0]["href"])
    for name, status in ((WEB, 202), (APP, 404)):
        assert api.post(f"{server}?action=quickbackup", {"VmRef": em.machine(name).ref})[0] == status
        advance(em, 600)
        assert api.post(f"/vmRestorePoints/{em.points(name)[0].id}?action=restore")[0] == status
        replica = next(item for item in em.world.runs.replicas.points.values() if item.machine.name == name)
        assert api.post(f"/vmReplicaPoints/{replica.id}?action=failover")[0] == status
        zip_it = {
            "VmRef": em.machine(name).ref, "RepositoryUid": next(iter(em.world.state.repositories.values())).uid,
            "CompressionLevel": 3, "BackupRetention": "Never",
        }  # fmt: skip
        assert api.post(f"{server}?action=veeamzip", zip_it)[0] == status


@pytest.mark.parametrize(("whole", "count"), [("whole", 2), ("scope", 1)])
def test_lookups_of_the_narrowed(em: Emulator, whole: str, count: int) -> None:
    em.switches["scoped_lookup"] = whole
    root = next(iter(em.world.state.roots))
    path = f"/lookup?host=urn:veeam:HierarchyRoot:{root}&name=*&type=Vm"
    assert len(listed(Memory(em, "narrow"), path)) == count


def test_the_catalog_is_narrowed_too() -> None:
    document = state()
    em = started(document)
    guest = {"WindowsGuestFSIndexingOptions": {"FileSystemIndexingMode": "EveryFolders"}}
    for item in em.world.runs.backups.vm_points():
        object.__setattr__(item.machine, "guest", guest)
    assert names(Memory(em, "wide"), "/catalog/vms") == [WEB, APP]
    narrow = Memory(em, "narrow")
    assert names(narrow, "/catalog/vms") == [WEB]
    assert narrow.request("GET", f"/catalog/vms/{APP}/vmRestorePoints").status == 404


def shown(em: Emulator) -> list[str]:
    return sorted({item["name"].partition("@")[0] for item in Memory(em, "narrow").get("/vmRestorePoints")["refs"]})


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"name": "Prod"}, [WEB]),
        ({"name": "vc", "ref": "urn:VMware:Vc:{root}.{root}"}, []),
        ({"name": WEB, "state": "Unprocessed"}, []),
        ({"name": APP}, [APP]),
    ],
)
def test_what_a_scope_holds(scope: dict[str, Any], expected: list[str]) -> None:
    assert shown(started(state(**scope))) == expected


def test_the_computers_of_a_protection_group() -> None:
    document = state()
    em = started(document)
    group = next(iter(em.world.state.groups.values()))
    admin = Memory(em)
    account = next(item for item in em.world.state.accounts if item.user == "narrow")
    spec = {"HierarchyScopeItems": [{"HierarchyObjRef": group.reference, "ObjectName": group.name}]}
    assert admin.request("POST", f"/security/accounts/{account.id}/scopes", json.dumps(spec)).status == 201
    assert admin.post("/security/accounts?action=rebuildScope", {"RebuildUnprocessed": {}})[0] == 201
    assert len(Memory(em, "narrow").get("/agents/agentRestorePoints")["refs"]) == 1


def test_an_administrator_is_never_narrowed() -> None:
    em = started(state(role="Portal Administrator"))
    assert shown(em) == [APP, WEB]


def rebuild(em: Emulator) -> None:
    Memory(em).post("/security/accounts?action=rebuildScope", {"RebuildAll": {}})


def wait_a_day(em: Emulator) -> None:
    advance(em, DAY)


@pytest.mark.parametrize("how", [rebuild, wait_a_day])
def test_a_new_machine_is_missing_until_the_scopes_are_built(how: Callable[[Emulator], None]) -> None:
    em = started(state(name="Prod"))
    root = next(iter(em.world.state.roots))
    folder = next(item for _root, item, _found in em.world.inventory.all() if item.name == "Prod")
    em.world.inventory.replace(root, folder, folder._replace(members=(WEB, APP)))
    assert shown(em) == [WEB]
    before = len(em.system_sessions())
    how(em)
    assert shown(em) == [APP, WEB]
    assert [item.session_type for item in em.system_sessions()[before:]] == ["SecurityScopesRebuild"]


def test_an_estate_without_scopes_builds_none() -> None:
    document = state()
    del document["accounts"][2:]
    em = started(document)
    advance(em, 3 * DAY)
    assert [item.session_type for item in em.system_sessions()] == []
