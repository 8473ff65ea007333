# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CDP policies: enabled, disabled, edited; their sessions follow each other day by day."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from veeam_em_emulator import ConsoleError, Emulator, ManualClock
from veeam_em_emulator.estate.state import StateError

from .client import JSON, XML, MemoryApi, Task, advance

POLICY = "f1799a3b-fe2e-4f65-9076-c82d8b2eb983"
PATH = f"/cdpPolicies/{POLICY}"
NOON = datetime(2026, 1, 8, 12, tzinfo=timezone.utc)


@pytest.fixture
def api() -> MemoryApi:
    found = MemoryApi(Emulator(clock=ManualClock(NOON), product="12", idle_timeout=1e9), JSON)
    found.log_on()
    return found


def act(api: MemoryApi, action: str) -> int:
    return api.request("POST", f"/api{PATH}?action={action}").status


def last(api: MemoryApi) -> Task:
    return api.finish(api.em.tasks()[-1].id)


def sessions(api: MemoryApi) -> list[tuple[str, str]]:
    """Begin and state of those of the policy, newest first."""
    found = api.get(f"{PATH}/cdpReplicaSessions", format="Entity").json["CdpReplicaSessions"]
    return [(item["CreationTimeUTC"], item["State"]) for item in found]


def test_enable_and_disable_set(api: MemoryApi) -> None:
    """They do not flip, and the link says which of them there is."""
    for action, other, enabled in [("disable", "Enable", False)] * 2 + [("enable", "Disable", True)]:
        assert act(api, action) == 202
        task = last(api)
        assert (task.success, task.message, task.answer.json["Operation"]) == (True, "Ok", "UpdateCdpPolicy")
        entity = api.get(PATH, format="Entity").json
        assert (entity["ScheduleEnabled"], entity["Links"][-1]["Rel"]) == (enabled, other)
        assert (entity["NextRun"] is not None) == enabled
    history = api.em.history("CDP Tier1")
    assert [(change.action, change.kind) for change in history] == [
        ("start", "cdp"), ("disabled", "cdp"), ("enabled", "cdp"),
    ]  # fmt: skip
    assert (act(api, "start"), act(api, "clone"), act(api, "")) == (400, 400, 400)
    assert api.request("DELETE", f"/api{PATH}").status == 405


@pytest.mark.parametrize(
    ("switch", "status", "success"),
    [("ignored", 202, True), ("task_failed", 202, False), ("http_400", 400, None), ("http_500", 500, None)],
)
def test_a_policy_that_is_so_already(api: MemoryApi, switch: str, status: int, success: bool | None) -> None:
    api.em.switches["policy_so_already"] = switch
    assert act(api, "enable") == status
    assert success is None or last(api).success is success


def test_its_sessions_last_for_a_day(api: MemoryApi) -> None:
    before = sessions(api)
    assert before[0] == ("2026-01-08T09:12:44.317Z", "Working")
    assert [state for _begin, state in before[1:]] == ["Stopped"] * 3
    assert api.get(PATH, format="Entity").json["NextRun"] == "2026-01-09T09:12:44.317Z"
    advance(api.em, 24 * 3600)
    assert sessions(api)[:2] == [("2026-01-09T09:12:44.317Z", "Working"), ("2026-01-08T09:12:44.317Z", "Stopped")]
    act(api, "disable")
    last(api)
    newest = api.get("/cdpReplicaSessions", format="Entity").json["CdpReplicaSessions"][0]
    assert (newest["State"], newest["EndTimeUTC"], newest["Result"]) == ("Stopped", "2026-01-09T12:00:00Z", "Success")
    advance(api.em, 3600)
    act(api, "enable")
    last(api)
    assert sessions(api)[0] == ("2026-01-09T13:00:00Z", "Working")
    # only those of thirty days are listed, and none are made that nobody can see
    advance(api.em, 400 * 24 * 3600)
    assert 29 <= len(sessions(api)) <= 31
    assert len(api.em.world.cdp_sessions.all) < 45


def test_sessions_of_machines_and_queries(api: MemoryApi) -> None:
    [newest, *_older] = api.get(f"{PATH}/cdpReplicaSessions").json["Refs"]
    path = f"/cdpReplicaSessions/{newest['UID'].rpartition(':')[2]}"
    assert api.get(path).json["Type"] == "CdpReplicaSessionReference"
    [task] = api.get(f"{path}/cdpReplicaTaskSessions", format="Entity").json["CdpReplicaTaskSessions"]
    assert (task["VmDisplayName"], task["State"], task["Result"]) == ("db01", "InProgress", "Success")
    assert task["PolicySessionUid"] == newest["UID"]
    # so it is printed
    assert "/api/replicaTaskSessions/" in task["Href"]
    own = f"/cdpReplicaTaskSessions/{task['UID'].rpartition(':')[2]}"
    assert api.get(own, format="Entity").json == task
    assert len(api.get("/cdpReplicaTaskSessions").json["Refs"]) == 4

    def count(kind: str, text: str) -> int:
        return len(api.query(type=kind, filter=text).json["Refs"]["Refs"])

    assert count("CdpReplicaSession", 'CreationTimeUTC>="2026-01-07"') == 2
    assert count("CdpReplicaSession", f"PolicyUid==urn:veeam:CdpPolicy:{POLICY};State==Stopped") == 3
    assert count("CdpReplicaSession", 'PolicyName=="CDP Tier1"') == 4
    assert count("CdpReplicaTaskSession", "VmDisplayName==db01;State==Completed") == 3
    assert count("CdpReplicaTaskSession", f"PolicySessionUid=={newest['UID']}") == 1
    assert count("CdpPolicy", "ScheduleEnabled==true") == 1
    # the times are called otherwise than those of all other sessions
    assert api.query(type="CdpReplicaSession", filter='CreationTime>="2026-01-07"').status == 400
    assert api.query(type="CdpReplica").status == 501


def test_objects(api: MemoryApi) -> None:
    text = json.dumps({"HierarchyObjRef": "urn:VMware:Vm:x.vm-9", "HierarchyObjName": "db02"})
    assert api.request("POST", f"/api{PATH}/includes", text).status == 202
    assert last(api).answer.json["Operation"] == "UpdateCdpPolicy"
    items = api.get(f"{PATH}/includes").json["ObjectInJobs"]
    assert [item["Name"] for item in items] == ["db01", "db02"]
    first = f"{PATH}/includes/{items[0]['ObjectInJobId']}"
    assert api.get(first).json["Name"] == "db01"
    assert api.request("DELETE", f"/api{first}").status == 202
    last(api)
    assert [item["Name"] for item in api.get(f"{PATH}/includes").json["ObjectInJobs"]] == ["db02"]
    only = f"{PATH}/includes/{items[1]['ObjectInJobId']}"
    assert api.request("DELETE", f"/api{only}").status == 202
    assert last(api).success is False
    for switch in ("http_400", "http_500"):
        api.em.switches["last_object_delete"] = switch
        assert api.request("DELETE", f"/api{only}").status == int(switch[-3:])
        api.em.switches["duplicate_object"] = switch
        assert api.request("POST", f"/api{PATH}/includes", text).status == int(switch[-3:])
    assert api.request("POST", f"/api{PATH}/includes", "{}").status == 500


@pytest.mark.parametrize("switch", ["task_failed", "http_400", "http_500"])
def test_a_policy_of_cloud_director_takes_no_single_machine(switch: str) -> None:
    state = {
        "backup_servers": [{"name": "s"}],
        "cdp_policies": [{"name": "CDP Tier1", "id": POLICY, "platform": "vCloud"}],
        "accounts": [{"user": "EM01\\svc-ansible", "password": "Passw0rd!"}],
    }
    api = MemoryApi(Emulator(state, clock=ManualClock(NOON)), JSON)
    api.log_on()
    api.em.switches["cloud_policy_machine"] = switch
    for kind, refused in (("Vm", True), ("Vapp", False)):
        text = json.dumps({"HierarchyObjRef": f"urn:vCloud:{kind}:x.1", "HierarchyObjName": "a"})
        status = api.request("POST", f"/api{PATH}/includes", text).status
        assert status == (int(switch[-3:]) if refused and switch != "task_failed" else 202)
        assert status != 202 or last(api).success is not refused


@pytest.mark.parametrize(
    "days", [{"Day": [{"Name": "Sunday", "#text": "0,0"}]}, {"Days": [{"Name": "Sunday", "Value": "0,0"}]}]
)
def test_both_forms_of_a_schedule_in_json(api: MemoryApi, days: dict[str, Any]) -> None:
    options = {"RPOSchedule": {"TimePeriods": days, "Enabled": "false"}, "RecoveryPointObjectiveSeconds": "15"}
    text = json.dumps({"PolicyScheduleOptions": {"CdpReplica": options}})
    assert api.request("PUT", f"/api{PATH}", text).status == 202
    assert last(api).answer.json["Operation"] == "EditCdpPolicy"
    shown = api.get(PATH, format="Entity").json["PolicyScheduleOptions"]["CdpReplica"]
    assert shown["RPOSchedule"] == {"TimePeriods": {"Days": [{"Name": "Sunday", "Value": "0,0"}]}, "Enabled": False}
    assert (shown["RecoveryPointObjectiveSeconds"], shown["ShortTermRetentionHours"]) == (15, 4)


def test_the_rest_of_an_edit(api: MemoryApi) -> None:
    item = api.em.world.state.jobs[POLICY].objects[0]
    info = {
        "Includes": {"ObjectInJobs": [{"HierarchyObjRef": item.reference}, {"HierarchyObjRef": "u:1", "Name": "db02"}]},
        "GuestProcessingOptions": {"VssSnapshotOptions": {"VssSnapshotMode": "RequireSuccess"}},
    }
    text = json.dumps({"Description": "new", "CdpPolicyInfo": {"CdpReplicaPolicyInfo": info}})
    assert api.request("PUT", f"/api{PATH}", text).status == 202
    last(api)
    policy = api.em.world.state.jobs[POLICY]
    assert ([item.name for item in policy.objects], policy.description) == (["db01", "db02"], "new")
    assert policy.guest["VssSnapshotOptions"] == {"VssSnapshotMode": "RequireSuccess", "IsCopyOnly": True}
    for wrong in ("x", {"CdpReplica": {"LongTermRetentionHours": "x"}}):
        assert api.request("PUT", f"/api{PATH}", json.dumps({"PolicyScheduleOptions": wrong})).status == 400


def test_nobody_runs_a_policy(api: MemoryApi) -> None:
    em = api.em
    assert "CDP Tier1" not in [job.name for job in em.jobs()]
    assert [job.name for job in em.jobs(kind="cdp")] == ["CDP Tier1"]
    assert api.get(f"/jobs/{POLICY}").status == 404
    for attempt in (lambda: em.start_run("CDP Tier1"), lambda: em.plan_runs("CDP Tier1", "Failed")):
        with pytest.raises(KeyError, match="has no runs"):
            attempt()
    em.switches["schedule_fires"] = True
    advance(em, 48 * 3600)
    assert em.sessions("CDP Tier1") == []


def test_the_console(api: MemoryApi) -> None:
    made = api.em.console.create_job("CDP New", kind="cdp", backup_server="vbr01.example.test", objects=["db01"])
    assert api.get(f"/cdpPolicies/{made}", format="Entity").json["PolicyType"] == "CdpReplica"
    assert len(api.get(f"/cdpPolicies/{made}/cdpReplicaSessions").json["Refs"]) == 1
    api.em.console.delete_job(made)
    assert api.get(f"/cdpPolicies/{made}").status == 404
    assert api.em.world.cdp_sessions.all[-1].ended is not None
    with pytest.raises(ConsoleError, match="retention"):
        api.em.console.edit_job("CDP Tier1", retention={"RetainCycles": 3})


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"platform": "HyperV"}, "platform 'HyperV' is not one of VMware, vCloud"),
        ({"session_at": "25:00"}, "session_at: '25:00' is not a time of day"),
        ({"repository": "r"}, "unknown key repository"),
    ],
)
def test_mistakes_in_the_state_file(entry: dict[str, Any], told: str) -> None:
    with pytest.raises(StateError) as failed:
        Emulator({"backup_servers": [{"name": "s"}], "cdp_policies": [{"name": "p", **entry}]})
    assert told in str(failed.value)
    with pytest.raises(StateError, match="has no runs"):
        Emulator({"backup_servers": [{"name": "s"}], "cdp_policies": [{"name": "p"}], "sessions": [{"job": "p"}]})


@pytest.mark.parametrize("product", ["9.5u4", "10"])
def test_before_11_there_are_none(product: str) -> None:
    api = MemoryApi(Emulator(product=product, clock=ManualClock()), XML)
    api.log_on()
    assert [api.get(path).status for path in ("/cdpPolicies", PATH, "/cdpReplicaSessions")] == [404] * 3
    assert api.query(type="CdpPolicy").status == 400
