# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs, their objects, actions, edit and delete; repositories, backup servers, inventory."""

from __future__ import annotations

import json
import uuid

import pytest
from veeam_em_emulator import Emulator

from .client import GOLD, JSON, NAMESPACE, NS, REPOSITORY, VBR01, VBR02, XML, Api
from .conftest import Start

COPY = "1d2c3b4a-5968-4776-8594-a3b2c1d0e9f8"
REPLICA = "2f6a8c04-71de-4b95-8a3f-c5d7e9b1a026"
SHIPPED = [
    "TPL Gold", "Copy to Offsite", "TPL Replica", "TPL Copy Legacy", "TPL Copy Immediate", "TPL Silver", "TPL Silver",
    "TPL Hyper-V", "TPL Cloud Director",
]  # fmt: skip


def test_lists(api: Api) -> None:
    for params in ({}, {"format": "Entity"}, {"format": "entity"}):
        assert api.names(api.get("/jobs", **params)) == SHIPPED
    # the plural belongs to the query service
    assert api.get("/jobs", format="Entities").xml.tag == f"{{{NAMESPACE}}}EntityReferences"


def test_pages_of_a_collection(em: Emulator) -> None:
    for accept in (XML, JSON):
        api = Api(em, accept)
        api.log_on()
        answer = api.get("/jobs", format="Entity", pageSize=3, page=2, filter="Platform==VMware")
        assert api.names(answer) == ["TPL Silver"]
        if accept == XML:
            assert answer.first("v:PagingInfo/@PageNum") == "2"
        else:
            assert answer.json["pagingInfo"]["pageNum"] == 2
            assert list(answer.json) == ["jobs", "pagingInfo"]


def test_jobs_of_one_server(api: Api) -> None:
    on_second = api.names(api.get(f"/backupServers/{VBR02}/jobs"))
    assert on_second == ["Copy to Offsite", "TPL Copy Legacy", "TPL Silver", "TPL Hyper-V"]
    assert api.names(api.get(f"/backupServers/{VBR01}/jobs", filter='Name=="TPL Silver"')) == ["TPL Silver"]
    assert api.names(api.get(f"/backupServers/{VBR01}/repositories")) == [
        "Default Backup Repository",
        "Fast Repository",
    ]


def test_ids(api: Api) -> None:
    assert api.get(f"/jobs/{GOLD.upper()}").status == 200
    assert api.get(f"/JOBS/{GOLD}", format="Entity").first("@Name") == "TPL Gold"
    bad = api.get("/jobs/urn:veeam:Job:1")
    assert (bad.status, bad.message) == (400, " ID urn:veeam:Job:1 is invalid. Type: Job")
    unknown = api.get("/repositories/00000000-0000-0000-0000-000000000000")
    assert (unknown.status, unknown.message) == (404, "Cannot find repository [00000000-0000-0000-0000-000000000000]")


def test_single_references(api: Api) -> None:
    for path in (f"/jobs/{GOLD}", f"/repositories/{REPOSITORY[-36:]}", f"/backupServers/{VBR01}"):
        answer = api.get(path)
        assert answer.xml.tag == f"{{{NAMESPACE}}}EntityRef"
        assert str(answer.first("@Type")).endswith("Reference")


@pytest.mark.parametrize(
    ("identity", "kind", "links"),
    [
        (GOLD, "BackupJobInfo", {"Edit", "Clone", "Start", "Stop", "Retry", "ToggleScheduleEnabled"}),
        (REPLICA, "ReplicaJobInfo", {"Edit", "Clone", "Start", "Stop", "Retry", "ToggleScheduleEnabled"}),
        (COPY, "ImmediateBackupCopyJobInfo", {"Clone", "Sync", "ToggleScheduleEnabled"}),
        ("93b7d5e1-0c4a-4f28-96b8-e1a3c5f70d94", "BackupCopyJobInfo", {"Clone", "Sync", "ToggleScheduleEnabled"}),
    ],
)
def test_what_a_job_of_each_type_has(em: Emulator, identity: str, kind: str, links: set[str]) -> None:
    api = Api(em)
    api.log_on()
    entity = api.get(f"/jobs/{identity}", format="Entity")
    children = entity.xml.xpath("v:JobInfo/*", namespaces=NS)
    assert [child.tag for child in children] == [f"{{{NAMESPACE}}}{kind}"]
    rels = {str(rel) for rel in entity.xml.xpath("v:Links/v:Link/@Rel", namespaces=NS)}
    assert links <= rels
    assert "Delete" not in rels
    assert ("Sync" in rels) == ("Copy" in kind)
    schedule = entity.xml.xpath("v:JobScheduleOptions/*", namespaces=NS)[0]
    assert schedule.tag == f"{{{NAMESPACE}}}{'ImmediateCopyMode' if 'Immediate' in kind else 'Standart'}"
    api.accept = JSON
    info = api.get(f"/jobs/{identity}", format="Entity").json["jobInfo"]
    assert [key for key, value in info.items() if value is not None] == [kind[0].lower() + kind[1:]]
    assert len(info) == 5
    sessions = api.get(f"/jobs/{identity}").text
    assert ("replicaSessions" in sessions) == (kind == "ReplicaJobInfo")


def test_toggle(api: Api) -> None:
    """It flips, and the kept text of the job goes with it."""
    path = f"/jobs/{GOLD}"
    for number, enabled in ((1, "false"), (2, "true")):
        assert api.request("POST", f"/api{path}?action=toggleScheduleEnabled").status == 202
        assert api.finish(f"task-{number}").operation == "UpdateJob"
        entity = api.get(path, format="Entity")
        assert entity.first("v:ScheduleEnabled") == enabled
        assert (entity.first("v:NextRun") is None) == (enabled == "false")


@pytest.mark.parametrize(("identity", "action"), [(COPY, "start"), (GOLD, "sync"), (GOLD, "explode"), (GOLD, "")])
def test_actions_that_a_job_has_not(api: Api, identity: str, action: str) -> None:
    assert api.request("POST", f"/api/jobs/{identity}?action={action}").status == 400


def test_delete(api: Api) -> None:
    assert api.request("DELETE", f"/api/jobs/{GOLD}").status == 202
    assert api.get(f"/jobs/{GOLD}").status == 200
    assert api.finish().operation == "DeleteJob"
    assert api.get(f"/jobs/{GOLD}").status == 404
    assert api.em.jobs("TPL Gold") == []
    assert api.request("DELETE", f"/api/jobs/{GOLD}").status == 404


@pytest.mark.parametrize("method", ["DELETE", "PUT"])
def test_servers_older_than_em_refuse_changes(method: str) -> None:
    state = {
        "backup_servers": [{"name": "old", "version": "11.0.1.1261"}],
        "jobs": [{"name": "J"}],
        "accounts": [{"user": "EM01\\svc-ansible", "password": "Passw0rd!"}],
    }
    with Emulator(state=state, product="12") as em:
        api = Api(em)
        api.log_on()
        body = f'<Job xmlns="{NAMESPACE}"><Description>x</Description></Job>' if method == "PUT" else None
        query = "?action=edit" if method == "PUT" else ""
        assert api.request(method, f"/api/jobs/{em.jobs()[0].id}{query}", body).status == 202
        assert api.finish().success is False
        assert [job.description for job in em.jobs("J")] == [""]


# Objects of a job


@pytest.mark.parametrize("accept", [XML, JSON])
def test_add_and_delete_an_object(em: Emulator, accept: str) -> None:
    api = Api(em, accept)
    api.log_on()
    if accept == XML:
        inner = "<HierarchyObjRef>urn:VMware:Vm:x.vm-1</HierarchyObjRef><HierarchyObjName>new</HierarchyObjName>"
        body = f'<CreateObjectInJobSpec xmlns="{NAMESPACE}">{inner}</CreateObjectInJobSpec>'
    else:
        body = json.dumps({"HierarchyObjRef": "urn:VMware:Vm:x.vm-1", "HierarchyObjName": "new"})
    assert api.request("POST", f"/api/jobs/{GOLD}/includes", body).status == 202
    assert api.finish().operation == "UpdateJob"
    assert em.jobs("TPL Gold")[0].objects == ("web01", "new")
    machines = em.world.state.jobs[GOLD].objects
    assert api.get(f"/jobs/{GOLD}/includes/{machines[1].id}").status == 200
    assert api.request("DELETE", f"/api/jobs/{GOLD}/includes/{machines[0].id}").status == 202
    assert api.finish("task-2").success is True
    assert em.jobs("TPL Gold")[0].objects == ("new",)
    assert "web01" not in api.get(f"/jobs/{GOLD}", format="Entity").text


@pytest.mark.parametrize(("switch", "status"), [("task_failed", 202), ("http_400", 400), ("http_500", 500)])
def test_last_object_delete(api: Api, switch: str, status: int) -> None:
    api.em.switches["last_object_delete"] = switch
    machine = api.em.world.state.jobs[GOLD].objects[0].id
    assert api.request("DELETE", f"/api/jobs/{GOLD}/includes/{machine}").status == status
    if status == 202:
        assert api.finish().success is False
    assert api.em.jobs("TPL Gold")[0].objects == ("web01",)


@pytest.mark.parametrize(("choice", "status"), [("http_400", 400), ("empty", 200)])
def test_objects_of_a_copy_job(api: Api, choice: str, status: int) -> None:
    api.em.switches["objects_of_copy_job"] = choice
    answer = api.get(f"/jobs/{COPY}/includes")
    assert answer.status == status
    assert "<ObjectInJob " not in answer.text
    assert api.get(f"/jobs/{COPY}/includes/{uuid.uuid4()}").status == 400


def test_objects_of_a_job(api: Api) -> None:
    assert api.get(f"/jobs/{GOLD}/includes/no-guid").status == 400
    incomplete = (
        f'<CreateObjectInJobSpec xmlns="{NAMESPACE}"><HierarchyObjName>x</HierarchyObjName></CreateObjectInJobSpec>'
    )
    assert api.request("POST", f"/api/jobs/{GOLD}/includes", incomplete).status == 500


# Edit

STANDART = "<Standart><RetryOptions><RetryTimes>5</RetryTimes></RetryOptions></Standart>"
RETRY = f"<JobScheduleOptions>{STANDART}</JobScheduleOptions>"


def edit(api: Api, inner: str, query: str = "?action=edit") -> int:
    body = inner if inner.startswith("{") else f'<Job xmlns="{NAMESPACE}" Type="Job">{inner}</Job>'
    return api.request("PUT", f"/api/jobs/{GOLD}{query}", body).status


@pytest.mark.parametrize(("switch", "timeout"), [("merge", "10"), ("reset", None)])
def test_partial_put(api: Api, switch: str, timeout: str | None) -> None:
    api.em.switches["partial_put"] = switch
    assert edit(api, f"<Description>new</Description>{RETRY}") == 202
    assert api.finish().operation == "EditJob"
    entity = api.get(f"/jobs/{GOLD}", format="Entity")
    assert entity.first("v:Description") == "new"
    assert entity.first("//v:RetryTimes") == "5"
    assert entity.first("//v:RetryTimeout") == timeout
    assert entity.first("v:ScheduleEnabled") == "true"


@pytest.mark.parametrize(("switch", "status", "description"), [
    ("accepted", 202, "new"), ("ignored", 202, "Template, do not run"), ("refused", 400, "Template, do not run"),
])  # fmt: skip
def test_put_without_action(api: Api, switch: str, status: int, description: str) -> None:
    api.em.switches["put_without_action"] = switch
    assert edit(api, "<Description>new</Description>", "?format=Entity") == status
    if status == 202:
        api.finish()
    assert api.em.jobs("TPL Gold")[0].description == description


def test_edit_in_json_with_real_types_and_with_text(em: Emulator) -> None:
    api = Api(em, JSON)
    api.log_on()
    daily = {"Enabled": "false", "Kind": "SelectedDays", "Days": ["Monday"], "Time": "2026-02-01T06:30:00"}
    retention = {"RetainCycles": 3, "RetainLimitType": "Cycles"}
    values = {
        "ScheduleEnabled": "false",
        "JobScheduleOptions": {"Standart": {"OptionsDaily": daily, "RetryOptions": {"RetryTimes": "4"}}},
        "JobInfo": {"BackupJobInfo": {"SimpleRetentionPolicy": retention}},
    }
    assert edit(api, json.dumps(values)) == 202
    api.finish()
    entity = api.get(f"/jobs/{GOLD}", format="Entity").json
    options = entity["jobScheduleOptions"]["standart"]
    assert (entity["scheduleEnabled"], options["retryOptions"]["retryTimes"]) == (False, 4)
    assert options["optionsDaily"]["days"] == ["Monday"]
    assert options["optionsDaily"]["time"].endswith("T06:30:00")
    policy = entity["jobInfo"]["backupJobInfo"]["simpleRetentionPolicy"]
    assert (policy["retainCycles"], policy["retainLimitType"], policy["retainDaysToKeep"]) == (3, "Cycles", 7)


def test_an_entity_that_was_read_can_be_sent_back(start: Start) -> None:
    """13: its own camelCase is taken back (inferred from a client that does so)."""
    api = Api(start(product="13"), JSON)
    api.log_on()
    entity = api.get(f"/jobs/{GOLD}", format="Entity").json
    entity["description"] = "changed"
    assert edit(api, json.dumps(entity), "?format=Entity") == 202
    api.finish()
    after = api.get(f"/jobs/{GOLD}", format="Entity").json
    assert after == entity


@pytest.mark.parametrize("inner", [
    "<ScheduleEnabled>perhaps</ScheduleEnabled>",
    "<ScheduleEnabled>true</ScheduleEnabled><Description>x</Description>",
    "<Colour>red</Colour>",
])  # fmt: skip
def test_edit_bodies_that_the_schema_refuses(api: Api, inner: str) -> None:
    assert edit(api, inner) == 400


@pytest.mark.parametrize("query", ["?action=create", "?action=paint", ""])
def test_actions_that_a_server_has_not(api: Api, query: str) -> None:
    assert api.request("POST", f"/api/backupServers/{VBR01}{query}").status == 400
