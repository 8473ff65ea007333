# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each role may read and do (em_rest security_roles_concept): every role, every documented request that the
emulator answers. The table is that of the page, not that of the emulator."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from veeam_em_emulator import Emulator
from veeam_em_emulator.api.elsewhere import parse
from veeam_em_emulator.estate.accounts import Account
from veeam_em_emulator.estate.roles import ROLE_IDS

from .client import PASSWORD, XML, MemoryApi
from .documented import BODIES, REQUESTS, RESOURCES, Client, prepared, resource_of

#: Of the columns of the table.
LETTERS = {
    "Portal User": "U", "VM Restore Operator": "V", "File Restore Operator": "F", "SQL Restore Operator": "X",
    "Exchange Restore Operator": "X", "Oracle Restore Operator": "X",
}  # fmt: skip
#: Request (expression), who may besides an administrator. The first that fits counts; what is not there is for
#: administrators alone. ``-``: nobody else.
TABLE = [
    # before any session, or about it
    (r"GET /|POST /sessionMngr/.*|\w+ /(logonSessions|tasks)\b.*", "UVFX"),
    (r"GET /query\?type=(Task|RestoreSession|Backup|RestorePoint|VmRestorePoint|vAppRestorePoint)\b.*", "UVF"),
    (r"GET /query\?type=(Replica|vAppReplicaPoint|VmReplicaPoint)", "UVF"),
    (r"GET /query\?type=FailoverPlan", "VF"),
    (
        r"GET /query\?type=(AgentRestorePoint|BackupFile|BackupJobSession|BackupServer|BackupTaskSession|"
        r"CdpReplicaSession|CdpReplicaTaskSession|Credentials|FileServer|HierarchyRoot|ManagedServer|Passwords|"
        r"ReplicaJobSession|ReplicaTaskSession|Repository|WanAccelerator|ExternalRepository)\b.*",
        "U",
    ),
    (r"GET /query\b.*", "-"),
    (r"GET /querySvc", "UVF"),
    # points and what they are made of
    (r"GET /(backups)\b.*", "UVF"),
    (r"GET /(restorePoints|vmRestorePoints|vmReplicaPoints|agents)/?", "UVF"),
    (r"GET /(restorePoints|vmRestorePoints|vmReplicaPoints)/\{ID\}(\?.*)?", "UVF"),
    (r"GET /restorePoints/\{ID\}/vAppRestorePoints", "UVF"),
    (r"GET /restorePoints/.*", "U"),
    (r"GET /backupFiles/\{ID\}/restorePoints", "UVF"),
    (r"GET /backupFiles\b.*", "U"),
    # the second one is a misprint of the vendor's collection: it is the restore that such a path means
    (r"POST /vmRestorePoints/\{ID\}\?(action=restore|format=(restore|mounts))", "V"),
    (r"\w+ /vAppRe(store|plica)Points\b.*", "UVF"),
    (r"POST /vmReplicaPoints/\{ID\}\?action=failover", "UVF"),
    (r"\w+ /replicas\b.*", "UVF"),
    (r"GET /(vmRestorePoints|vmReplicaPoints|agents/agentRestorePoints)/\{ID\}/mounts/\{ID\}/\{filepath\}", "UVF"),
    (r"\w+ /(vmRestorePoints|vmReplicaPoints|agents/agentRestorePoints)/\{ID\}/mounts\b.*", "F"),
    (r"\w+ /(catalog|restoreSessions)\b.*", "UVFX"),
    (r"(GET|POST) /failoverPlans\b.*", "VFX"),
    # agents and file shares
    (r"GET /agents/(backups|restorePoints)\b.*", "UVF"),
    (r"GET /agents/(backupFiles|backupSessions|agentRestorePoints)\b.*", "U"),
    (r"GET /nas|GET /nas/(backupSessions|fileServers)\b.*|GET /nas/jobs/\{ID\}/backupSessions", "U"),
    # sessions and infrastructure
    (r"GET /(backup|replica|cdpReplica)(Task)?Sessions\b.*", "U"),
    (r"GET /(hierarchyRoots|lookup|lookupSvc|managedServers|externalRepositories|wanAccelerators)\b.*", "U"),
    (r"GET /(repositories|reports)\b.*", "U"),
    (r"POST /backupServers/\{ID\}\?action=(collect|quickbackup|veeamzip)", "U"),
    (r"GET /backupServers/\{ID\}/jobs", "-"),
    (r"GET /backupServers\b.*", "U"),
    # in no table
    (r"GET /systemSessions\b.*", "U"),
    (r"\w+ /(agents|nas|jobs|backupServers|backupSessions|cdpPolicies|cdpReplicas?|failoverPlans|security)\b.*", "-"),
    (r"\w+ /(cloud|selfService|vCloud)\b.*", "?"),
]


def allowed(request: str) -> str:
    return next(who for pattern, who in TABLE if re.fullmatch(pattern, request))


def test_the_table_has_each_request() -> None:
    for method, path in REQUESTS:
        assert allowed(f"{method} {path}"), path
    used = {next(pattern for pattern, _who in TABLE if re.fullmatch(pattern, f"{m} {p}")) for m, p in REQUESTS}
    assert len(used) == len(TABLE), [pattern for pattern, _who in TABLE if pattern not in used]


@pytest.fixture(scope="module")
def em() -> Emulator:
    return Emulator(product="13", task_steps="")


def with_roles(client: Client) -> dict[str, MemoryApi]:
    """One client for each role."""
    clients = {}
    for role in LETTERS:
        client.em.world.state.accounts.append(Account(role, PASSWORD, (role,)))
        clients[role] = MemoryApi(client.em, XML)
        assert clients[role].log_on(role).status == 201
    return clients


@pytest.mark.parametrize("name", RESOURCES)
def test_every_role_and_every_request(em: Emulator, name: str) -> None:
    client = prepared(em)
    clients, changed, wrong = with_roles(client), False, []
    for method, path in REQUESTS:
        request = f"{method} {path}"
        who = allowed(request)
        if resource_of(path) != name or who == "?" or "sessionMngr" in path or path == "/":
            continue
        if changed:
            client = prepared(em)
            clients = with_roles(client)
        changed = method != "GET"
        target, text = client.fill(method, path), BODIES.get(request, "")
        for role, api in clients.items():
            own = target.replace(client.session, api.session) if "logonSessions" in path else target
            status = api.request(method, f"/api{own}", text).status
            if status == 501:
                # it is not there for an administrator either
                assert parse(request) is not None
            elif (status != 403) != (LETTERS[role] in who):
                wrong.append(f"{role}: {request} {status}")
    assert wrong == []


def test_roles_add_up(em: Emulator) -> None:
    em.reset()
    for number, (role, status) in enumerate((("Portal User", 403), ("VM Restore Operator", 200))):
        roles = tuple(list(LETTERS)[: number + 1])
        assert roles[-1] == role
        account = Account("somebody", PASSWORD, roles)
        em.world.state.accounts[:] = [account]
        api = MemoryApi(em, XML)
        api.log_on("somebody")
        assert api.get("/failoverPlans").status == status
        assert api.get("/repositories").status == 200
    assert replace(account, roles=()).roles == ()


@pytest.mark.parametrize("role", [*ROLE_IDS])
def test_nobody_but_an_administrator_sees_jobs(em: Emulator, role: str) -> None:
    em.reset()
    em.world.state.accounts.append(Account("somebody", PASSWORD, (role,)))
    api = MemoryApi(em, XML)
    api.log_on("somebody")
    expected = 200 if role == "Portal Administrator" else 403
    assert [api.get(path).status for path in ("/jobs", "/agents/jobs", "/nas/jobs")] == [expected] * 3
    assert api.get("/jobs").message == ("" if expected == 200 else "Access denied")
