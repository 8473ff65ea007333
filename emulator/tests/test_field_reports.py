# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What clients of others, and recordings of the real server, have shown of the emulator: once each, so that it stays
put right."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from veeam_em_emulator import Emulator, ManualClock
from veeam_em_emulator.control.views import state_view
from veeam_em_emulator.wire.dialects import PRODUCTS

from .client import GOLD, JSON, NS, VBR01, XML, MemoryApi, Response, Task, advance
from .documented import ANSWERED, PAGE, rows

ROOT = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0"


def logged_on(product: str = "12", media: str = XML) -> tuple[MemoryApi, Response]:
    api = MemoryApi(Emulator(product=product, clock=ManualClock(), idle_timeout=1e9, task_steps=""), media)
    return api, api.log_on()


def quick_backup(api: MemoryApi, kind: str = "Vm") -> Response:
    body = f'{{"VmRef": "urn:VMware:{kind}:{ROOT}.vm-4711"}}'
    headers: dict[str, str | None] = {"Accept": JSON, "Content-Type": JSON}
    return api.request("POST", f"/api/backupServers/{VBR01}?action=quickbackup", body, headers)


def test_the_state_can_be_read_after_a_quick_backup() -> None:
    api, _logon = logged_on()
    assert quick_backup(api).status == 202
    assert "QuickBackup" in json.dumps([state_view(api.em.world), [asdict(task) for task in api.em.tasks()]])


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_restore_point_has_its_machine_and_its_mounts(product: str) -> None:
    api, _logon = logged_on(product)
    point = api.query(type="VmRestorePoint", format="Entities", pageSize=1).xml.find(".//v:VmRestorePoint", NS)
    assert point is not None and point.get("VmDisplayName") == point.findtext("v:VmName", namespaces=NS)
    links = [(link.get("Rel"), str(link.get("Href")).rpartition("/")[2]) for link in point.iterfind(".//v:Link", NS)]
    assert ("Down", "mounts") in links and ("Create", "mounts") in links


@pytest.mark.parametrize("kind", ["Vm", "vm", "VM"])
def test_references_are_compared_without_letter_case(kind: str) -> None:
    api, _logon = logged_on()
    api.em.plan_runs(GOLD, {"length": "0s"})
    api.em.start_run(GOLD)
    assert quick_backup(api, kind).status == 202
    assert Task(api.get("/tasks/task-1")).success is True


@pytest.mark.parametrize("product", PRODUCTS)
def test_names_of_points_are_those_of_the_database(product: str) -> None:
    api, _logon = logged_on(product)
    advance(api.em, 0.123456)
    api.em.plan_runs(GOLD, {"length": "0s"})
    api.em.start_run(GOLD)
    newest = api.query(type="RestorePoint", sortDesc="CreationTime", pageSize=1).xml.find(".//v:Ref", NS)
    assert newest is not None
    name = str(newest.get("Name"))
    assert ("." in name) == (product == "13") and name.endswith(("AM", "PM")) == (product != "13")


SERVER_LINKS = {
    ("QuickBackup", None), ("VeeamZip", None), ("Down", "externalRepositories"), ("Down", "credentials"),
    ("Create", "credentials?action=create"), ("Down", "passwords"), ("Create", "passwords?action=create"),
}  # fmt: skip


@pytest.mark.parametrize("product", ["12", "13"])
def test_links_of_a_backup_server_and_of_the_logon(product: str) -> None:
    api, logon = logged_on(product)
    assert len(logon.xml.findall(".//v:Link", NS)) == 68
    entity = api.get(f"/backupServers/{VBR01}", format="Entity").xml
    links = {
        (str(link.get("Rel")), None if "Backup" in str(link.get("Rel")) or link.get("Rel") == "VeeamZip" else last)
        for link in entity.iterfind(".//v:Link", NS)
        for last in [str(link.get("Href")).rpartition("/")[2]]
    }
    assert links >= SERVER_LINKS


def test_ready_made_queries_have_their_types() -> None:
    api, _logon = logged_on()
    service = api.get("/querySvc").xml
    kinds = [link.get("Type") for link in service.iterfind(".//v:Link", NS)]
    assert {"JobList", "VmRestorePointList"} <= set(kinds) and len(kinds) > 35
    assert service.get("Type") == "QueryService" and str(service.get("Href")).endswith("/querySvc")
    assert [link.get("Rel") for link in service.iterfind(".//v:Link", NS)][0] == "Up"


@pytest.mark.parametrize(
    "query",
    [
        "type=ObjectInAgentBackupJob", "type=ExternalRepository", "type=Task&sortAsc=TaskUid",
        "type=Backup&filter=Platform==AgentForWindows", "type=BackupFile&filter=CompressRatio>1",
        "type=HierarchyRoot&filter=HostType==ESX",
        *(
            f"type=ManagedServer&filter=ManagedServerType=={kind}"
            for kind in ("ESX", "ESXi", "HvCluster", "Linux", "Windows", "SmbServer", "VcdSystem")
        ),
    ],
)  # fmt: skip
def test_documented_queries(query: str) -> None:
    api, _logon = logged_on("13")
    assert api.request("GET", f"/api/query?{query}").status == 200


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_file_and_its_points(product: str) -> None:
    api, _logon = logged_on(product)
    file = api.query(type="BackupFile", format="Entities", pageSize=1).xml.find(".//v:BackupFile", NS)
    assert file is not None
    kinds = {str(link.get("Href")).rpartition("/")[2]: link.get("Type") for link in file.iterfind(".//v:Link", NS)}
    assert kinds["restorePoints"] == "RestorePointReferenceList"


@pytest.mark.parametrize("product", ["12", "13"])
def test_times_have_the_digits_of_the_database(product: str) -> None:
    api, _logon = logged_on(product)
    advance(api.em, 0.123456)
    api.em.plan_runs(GOLD, {"length": "0s"})
    api.em.start_run(GOLD)
    answer = api.query(type="RestorePoint", format="Entities", sortDesc="CreationTime", pageSize=1)
    digits = str(answer.first("//v:BackupDateUTC")).rstrip("Z").rpartition(".")[2]
    assert len(digits) == (6 if product == "13" else 3)


@pytest.mark.parametrize(
    "path",
    ["/vmRestorePoints", "/restorePoints", "/backups", "/query?type=VmRestorePoint", "/query?type=RestorePoint",
     "/query?type=Backup", "/restoreSessions", "/query?type=RestoreSession", "/tasks", "/replicas", "/vmReplicaPoints",
     "/failoverPlans", "/query?type=FailoverPlan", "/query?type=Replica", "/catalog/vms"],
)  # fmt: skip
def test_who_restores_machines_reads(path: str) -> None:
    api, _logon = logged_on()
    api.log_on("restore-operator")
    assert api.request("GET", f"/api{path}").status == 200


def test_most_of_what_is_documented_is_answered() -> None:
    assert sum(outcome == ANSWERED for outcome in rows(PAGE.read_text(encoding="utf-8")).values()) >= 230


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_client_that_logs_on_anew_for_each_request_adds_a_machine(product: str) -> None:
    """A Terraform provider of 9.5 U4: never polls, addresses the job by its UID, writes xsd and xsi without xmlns."""
    em = Emulator(product=product, clock=ManualClock(), idle_timeout=1e9)
    includes = f"/api/jobs/urn:veeam:Job:{GOLD}/includes"

    def sent(method: str, body: str = "") -> Response:
        api = MemoryApi(em, XML)
        api.log_on()
        return api.request(method, includes, body, {"Accept": XML, "Content-Type": XML})

    added = sent(
        "POST",
        '<CreateObjectInJobSpec xmlns="http://www.veeam.com/ent/v1.0" xsd="http://www.w3.org/2001/XMLSchema" '
        'xsi="http://www.w3.org/2001/XMLSchema-instance"><HierarchyObjRef>urn:VMware:Vm:'
        f"{ROOT}.vm-4712</HierarchyObjRef><HierarchyObjName>web02</HierarchyObjName><DisplayName>web02</DisplayName>"
        "<Order>0</Order><GuestProcessingOptions><VssSnapshotOptions><VssSnapshotMode>RequireSuccess</VssSnapshotMode>"
        "<IsCopyOnly>false</IsCopyOnly></VssSnapshotOptions></GuestProcessingOptions></CreateObjectInJobSpec>",
    )
    assert added.status == 202, added.body
    for _turn in range(3):
        names = [item.findtext("v:Name", namespaces=NS) for item in sent("GET").xml.iterfind("v:ObjectInJob", NS)]
    assert names == ["web01", "web02"]


def test_attributes_that_are_not_known_do_not_hide_elements_that_are_not() -> None:
    api, _logon = logged_on()
    body = (
        '<CreateObjectInJobSpec xmlns="http://www.veeam.com/ent/v1.0" xsd="x">'
        "<HierarchyObjName>web02</HierarchyObjName>"
        f"<HierarchyObjRef>urn:VMware:Vm:{ROOT}.vm-4712</HierarchyObjRef></CreateObjectInJobSpec>"
    )
    headers: dict[str, str | None] = {"Accept": XML, "Content-Type": XML}
    assert api.request("POST", f"/api/jobs/{GOLD}/includes", body, headers).status == 400


@pytest.mark.parametrize(
    ("product", "choice", "status"),
    [("9.5u4", "auto", 200), ("12", "auto", 200), ("13", "auto", 404), ("13", "read", 200), ("12", "not_found", 404)],
)
def test_a_query_that_is_encoded_with_its_question_mark(product: str, choice: str, status: int) -> None:
    """A script for Zabbix encodes all that follows /api/, so that blanks are plus signs."""
    api, _logon = logged_on(product, JSON)
    api.em.switches["encoded_query"] = choice
    path = "query%3Ftype%3DJob%26filter%3DName%3D%3D%22TPL+Gold%22%26format%3dentities"
    answer = api.request("GET", f"/api/{path}", "", {"Accept": JSON})
    assert answer.status == status
    if status == 200:
        assert answer.text.count("TPL Gold") and "TPL Silver" not in answer.text
    assert api.request("GET", f"/api/{path}?pageSize=1", "", {"Accept": JSON}).status == status


@pytest.mark.parametrize(("product", "choice", "second"), [
    ("12", "present", "JobReference"), ("12", "absent", "BackupJobSessionReferenceList"),
    ("13", "absent", "JobReference"),
])  # fmt: skip
def test_the_second_link_of_a_session_of_an_agent_job(product: str, choice: str, second: str) -> None:
    """A client that starts an agent job and waits for its computers takes the second one for their list."""
    api, _logon = logged_on(product)
    api.em.switches["agent_job_link"] = choice
    found = api.get("/agents/backupSessions").xml.findall("v:Ref", NS)
    run = next(item for item in found if "Agents Daily@" in str(item.get("Name")))
    assert run.findall("v:Links/v:Link", NS)[1].get("Type") == second
