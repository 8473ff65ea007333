# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A long day at the emulator, played again: with the same seed every byte is the same, through either door."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from veeam_em_emulator import Emulator, ManualClock
from veeam_em_emulator.control.views import state_view

from .client import GOLD, JSON, VBR01, Api, MemoryApi, Response, advance
from .documented import AGENTS, COPY, REPLICA

ROOT = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0"
POLICY = "/cdpPolicies/f1799a3b-fe2e-4f65-9076-c82d8b2eb983"
PLAN = "/failoverPlans/6b1c9f27-40d8-4a3e-9f5b-e27c81d0a364"
ROLE = "urn:veeam:EnterpriseRole:d19a3d33-cb77-4ffe-94e6-001432483a4e"
ACCOUNT = {
    "AccountType": "User", "AccountName": "EXAMPLE\\new", "Roles": {"EnterpriseRoles": [{"EnterpriseRoleUid": ROLE}]},
}  # fmt: skip


class Day:
    """What was sent and what came back."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.answers: list[tuple[str, int, str]] = []

    def send(self, method: str, path: str, body: Any = None) -> Response:
        text = "" if body is None else json.dumps(body)
        done = self.api.request(method, f"/api{path}", text, {"Content-Type": JSON})
        self.answers.append((f"{method} {path}", done.status, done.text))
        return done

    def do(self, method: str, path: str, body: Any = None, seconds: float = 3600) -> Any:
        """A change, and what comes of it."""
        done = self.send(method, path, body)
        assert done.status < 300, (path, done.text)
        task = json.loads(done.text)["taskId"] if done.status == 202 else None
        for _unused in range(3 if task else 0):
            last = self.send("GET", f"/tasks/{task}").json
        advance(self.api.em, seconds)
        return last if task else None

    def newest(self, kind: str, field: str = "VmDisplayName", name: str = "web01") -> str:
        query = f"/query?type={kind}&filter={field}=={name}&sortDesc=CreationTime&pageSize=1"
        return str(self.send("GET", query).json["refs"]["refs"][0]["uid"]).rpartition(":")[2]


def play(em: Emulator, api: Api) -> list[Any]:
    day = Day(api)
    assert api.log_on().status == 201
    for job in (f"/jobs/{GOLD}", f"/jobs/{REPLICA}", f"/agents/jobs/{AGENTS}"):
        day.do("POST", f"{job}?action=start")
    day.do("POST", f"/jobs/{COPY}?action=sync")
    machine = f"urn:VMware:Vm:{ROOT}.vm-4711"
    day.do("POST", f"/backupServers/{VBR01}?action=quickbackup", {"VmRef": machine})
    em.hypervisor.break_machine("web01")
    point = day.newest("VmRestorePoint")
    spec = {"PowerOnAfterRestore": True, "QuickRollback": False, "KeepOriginalVM": True}
    day.do("POST", f"/vmRestorePoints/{point}?action=restore", {"VmRestoreSpec": spec})
    day.do("POST", f"{PLAN}?action=start", {"StartNow": True})
    day.do("POST", f"{PLAN}?action=undo")
    day.do("POST", f"/vmReplicaPoints/{day.newest('VmReplicaPoint')}?action=failover")
    computer = day.newest("AgentRestorePoint", "ComputerName", "sql01.example.test")
    mount = f"/agents/agentRestorePoints/{computer}/mounts"
    day.do("POST", mount, {"OsKind": "Windows"}, seconds=1)
    day.do("POST", f"{mount}/1/C:/data.txt?action=restore", {"ToOriginalLocation": {"Overwrite": True}})
    day.do("POST", f"{POLICY}?action=disable")
    day.do("POST", "/security/accounts", ACCOUNT)
    credentials = {"Username": "new", "Description": "d", "Password": "s3cret word"}
    day.do("POST", f"/backupServers/{VBR01}/credentials?action=create", credentials)
    day.do("POST", f"/backupServers/{VBR01}?action=collect")
    for path in (
        "/jobs?format=Entity", "/backups", "/restorePoints", "/vmRestorePoints?format=Entity", "/vmReplicaPoints",
        "/agents/agentRestorePoints?format=Entity", "/restoreSessions?format=Entity", "/backupSessions?format=Entity",
        "/security/accounts", f"/backupServers/{VBR01}/credentials", "/systemSessions", "/tasks",
    ):  # fmt: skip
        assert day.send("GET", path).status == 200, path
    told = [asdict(event) for event in em.machine_history()]
    return [day.answers, told, state_view(em.world)]


def started() -> Emulator:
    switches = {"run_length": "600s", "restore_length": "600s", "kept_machine_name": "suffix"}
    return Emulator(product="13", clock=ManualClock(), seed=7, idle_timeout=1e9, switches=switches)


def test_the_same_day_again() -> None:
    em = started()
    first = play(em, MemoryApi(em, JSON))
    assert len(first[0]) > 50 and {event["event"] for event in first[1]} >= {
        "backed_up", "replicated", "restored_beside", "failed_over", "failover_undone", "files_restored",
    }  # fmt: skip
    again = started()
    assert play(again, MemoryApi(again, JSON)) == first
    with started() as served:
        assert play(served, Api(served, JSON)) == first
