# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agent jobs: lists, actions, and runs whose computers show later than the run; protection groups and computers."""

from __future__ import annotations

from typing import Any

import pytest
from veeam_em_emulator import ConsoleError, Emulator, ManualClock, SessionView
from veeam_em_emulator.estate.state import StateError
from veeam_em_emulator.estate.state_file import build_state

from .client import JSON, NS, VBR01, XML, Api, MemoryApi, Task, advance

DAILY, LINUX = "88f3aa92-463a-48b9-854a-d5b6bb2520f9", "4a0c9be2-6f51-4d88-b3a7-e15c2d7f9046"
POLICY, SHARES = "d2f0e009-a5af-4d00-b6ed-343884d3767a", "d75c56e5-5b44-42e2-8535-f52c33c08543"
COMPUTERS = ["sql01.example.test", "files01.example.test", "laptop01.example.test"]
PATHS = {DAILY: f"/agents/jobs/{DAILY}", SHARES: f"/nas/jobs/{SHARES}"}


@pytest.fixture(scope="module")
def _frozen() -> Emulator:
    return Emulator(product="13", clock=ManualClock(), task_steps="", seed=1)


@pytest.fixture
def em(_frozen: Emulator) -> Emulator:
    """Its time stands still, and nothing has run."""
    _frozen.reset()
    _frozen.world.state.past_runs.clear()
    return _frozen


@pytest.fixture
def api(em: Emulator) -> MemoryApi:
    return logged_on(em)


def logged_on(em: Emulator, accept: str = XML, user: str | None = None) -> MemoryApi:
    client = MemoryApi(em, accept)
    assert (client.log_on(user) if user else client.log_on()).status == 201
    return client


def act(api: MemoryApi, action: str, job: str = DAILY) -> Task:
    """The finished task of an action, in its documented form."""
    path = PATHS.get(job, f"/agents/jobs/{job}")
    separator = "/" if path.startswith("/nas") else "?action="
    answer = api.request("POST", f"/api{path}{separator}{action}")
    assert answer.status == 202, answer.text
    return api.finish(str(answer.first("v:TaskId")))


def names(api: MemoryApi, path: str) -> list[str]:
    return [str(name) for name in api.get(path).xml.xpath("/*/v:Ref/@Name", namespaces=NS)]


def runs(em: Emulator, job: str = DAILY) -> list[SessionView]:
    return em.sessions(job)


# Reading


def test_each_kind_of_job_is_below_its_own_path(api: MemoryApi) -> None:
    assert names(api, "/agents/jobs") == ["Agents Daily", "Agents Daily", "Laptops Policy"]
    assert names(api, "/nas/jobs") == ["Home Shares"]
    assert "Agents Daily" not in names(api, "/jobs") and "Home Shares" not in names(api, "/jobs")
    found = {}
    for identity in (DAILY, SHARES):
        for collection in ("jobs", "agents/jobs", "nas/jobs"):
            found[identity, collection] = api.get(f"/{collection}/{identity}").status
    assert [status for status in found.values() if status == 200] == [200, 200]
    assert found[DAILY, "agents/jobs"] == found[SHARES, "nas/jobs"] == 200
    assert api.get("/agents/jobs/99").status == 400


def test_lists_have_links_that_lead_somewhere(api: MemoryApi) -> None:
    for collection in ("/agents/jobs", "/nas/jobs", "/agents/protectionGroups", "/agents/discoveredComputers"):
        for form in ({}, {"format": "Entity"}):
            for item in api.get(collection, **form).xml:
                for link in item.xpath("v:Links/v:Link", namespaces=NS):
                    # actions take no GET
                    if link.get("Rel") in ("Up", "Down", "Alternate", "Related"):
                        path = str(link.get("Href")).partition(":9398")[2]
                        assert api.request("GET", path).status == 200, (collection, path)


def test_names_are_shared_by_all_kinds_of_jobs_of_a_server(em: Emulator, api: MemoryApi) -> None:
    """A name that is not in /jobs need not be free."""
    api.clone("Home Shares")
    assert api.finish("task-1").success is False
    with pytest.raises(ConsoleError, match="in use"):
        em.console.create_job("Home Shares", backup_server="vbr01.example.test")


@pytest.mark.parametrize("switch", ["dead", "answered"])
def test_hrefs_that_are_printed_wrongly(em: Emulator, api: MemoryApi, switch: str) -> None:
    em.switches["wrong_hrefs"] = switch
    wanted = {"dead": 404, "answered": 200}[switch]
    for collection, named in (
        ("/nas/jobs", "/api/agents/jobs/"), ("/nas/fileServers", "/api/repositories/"),
        ("/agents/discoveredComputers", "/api/backupTaskSessions/"),
    ):  # fmt: skip
        reference = api.get(collection).xml[0]
        href = str(reference.get("Href")).partition(":9398")[2]
        assert href.startswith(named)
        answer = api.request("GET", href)
        assert answer.status == wanted
        assert wanted == 404 or answer.xml.get("UID") == reference.get("UID")


def test_what_is_in_an_agent_job(api: MemoryApi) -> None:
    found = api.get(f"/agents/jobs/{DAILY}/includes")
    assert found.xml.xpath("//v:ObjectInJobId/../v:Name/text()", namespaces=NS) == [
        "Windows Servers", "laptop01.example.test",
    ]  # fmt: skip
    first = str(found.first("//v:ObjectInJobId"))
    assert api.get(f"/agents/jobs/{DAILY}/includes/{first}").first("v:DisplayName") == "Windows Servers"
    assert api.request("POST", f"/api/agents/jobs/{DAILY}/includes", "<x/>").status == 405


@pytest.mark.parametrize("product", ["9.5u4", "10", "11", "12"])
def test_what_older_products_do_not_have(product: str) -> None:
    api = logged_on(Emulator(product=product))
    assert api.get("/agents/jobs").status == 200
    assert api.get("/nas/jobs").status == (404 if product == "9.5u4" else 200)
    assert api.query(type="NasJob").status == (400 if product == "9.5u4" else 200)
    includes = api.get(f"/agents/jobs/{DAILY}/includes")
    assert includes.status == (404 if product in ("9.5u4", "10") else 200)
    if includes.status == 200:
        assert (includes.first("//v:Order") is not None) == (product == "11")


# Queries


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"type": "AgentBackupJob"}, 3),
        ({"type": "AgentBackupJob", "filter": "Platform==AgentForLinux"}, 1),
        ({"type": "AgentBackupJob", "filter": 'Name=="Agents Daily";BackupServerName=="vbr01.example.test"'}, 1),
        ({"type": "AgentBackupJob", "filter": "ScheduleEnabled==false"}, 1),
        ({"type": "NasJob", "sortAsc": "NextRun"}, 1),
        ({"type": "AgentProtectionGroup", "filter": "UID==ae2dce23-c431-4c9f-b6ee-208e3a446678"}, 1),
        ({"type": "DiscoveredComputer", "filter": 'ProtectionGroupName=="Windows Servers"'}, 2),
        ({"type": "FileServer"}, 1),
    ],
)
def test_queries(api: MemoryApi, query: dict[str, str], count: int) -> None:
    assert len(api.query(**query).xml.xpath("v:Refs/v:Ref", namespaces=NS)) == count
    whole = api.query(**query, format="Entities")
    assert len(whole.xml.xpath("v:Entities/*/*", namespaces=NS)) == count


def test_fields_that_a_type_does_not_have(api: MemoryApi) -> None:
    """AgentBackupJob has no NextRun."""
    assert api.query(type="AgentBackupJob", sortAsc="NextRun").status == 400


@pytest.mark.parametrize(("switch", "status"), [("answered", 200), ("http_400", 400)])
def test_query_for_what_is_in_agent_jobs(em: Emulator, api: MemoryApi, switch: str, status: int) -> None:
    em.switches["agent_objects_query"] = switch
    answer = api.query(type="ObjectInAgentBackupJob", filter=f'JobUid=="urn:veeam:Job:{DAILY}"')
    assert answer.status == status
    if status == 200:
        assert answer.xml.xpath("//v:Name/text()", namespaces=NS) == ["Windows Servers", "laptop01.example.test"]


def test_query_for_what_is_in_file_share_jobs(api: MemoryApi) -> None:
    answer = api.query(type="NasObject", filter='FileServerName=="\\\\nas01.example.test\\home"')
    assert answer.xml.xpath("v:Resources/v:NASObjects/v:NASObject/v:FileOrFolder/text()", namespaces=NS) == [
        "\\\\nas01.example.test\\home"
    ]
    api.accept = JSON
    assert list(api.query(type="NasObject").json["resources"]["nasObjects"]) == ["nasObjects"]


# Actions


@pytest.mark.parametrize("job", [DAILY, SHARES])
def test_start_and_stop(em: Emulator, api: MemoryApi, job: str) -> None:
    task = act(api, "start", job)
    operation, stop = ("StartJob", "StopAgentJob") if job == DAILY else ("StartNasJob", "StopNasJob")
    name = "Agents Daily" if job == DAILY else "Home Shares"
    assert (task.operation, task.message, task.related) == (operation, f'Job "{name}" triggered to start.', [])
    [session] = runs(em, job)
    assert session.job_type == ("AgentBackup" if job == DAILY else "NasBackup")
    again = act(api, "start", job)
    assert (again.success, len(runs(em, job))) == (False, 1)
    stopped = act(api, "stop", job)
    assert (stopped.operation, stopped.message) == (stop, f'Job "{name}" triggered to stop.')
    for _unused in range(3):
        api.get(f"/backupSessions/{session.id}")
    assert (runs(em, job)[0].state, runs(em, job)[0].result) == ("Stopped", "Failed")


@pytest.mark.parametrize("job", [DAILY, SHARES])
def test_toggle_flips(em: Emulator, api: MemoryApi, job: str) -> None:
    [before] = [found for found in em.jobs(kind=None) if found.id == job]
    for wanted in (False, True):
        task = act(api, "toggleScheduleEnabled", job)
        assert (task.operation, task.message) == ("UpdateJob", "Ok")
        answer = api.get(PATHS[job], format="Entity")
        assert answer.first("v:ScheduleEnabled") == str(wanted).lower()
    assert [(change.action, change.enabled, change.kind) for change in em.history(job)] == [
        ("start", True, before.kind), ("toggled", False, before.kind), ("toggled", True, before.kind),
    ]  # fmt: skip


@pytest.mark.parametrize("switch", ["documented", "both"])
def test_forms_of_actions(em: Emulator, api: MemoryApi, switch: str) -> None:
    em.switches["job_action_form"] = switch
    other = {DAILY: f"/api/agents/jobs/{DAILY}/start", SHARES: f"/api/nas/jobs/{SHARES}?action=start"}
    statuses = [api.request("POST", path).status for path in other.values()]
    assert statuses == ([404, 405] if switch == "documented" else [202, 202])
    assert api.request("POST", f"/api/agents/jobs/{DAILY}?action=clone").status == 400
    assert api.request("DELETE", f"/api/agents/jobs/{DAILY}").status == 405


@pytest.mark.parametrize(("switch", "count"), [("absent", 0), ("present", 1)])
def test_link_of_a_start(em: Emulator, api: MemoryApi, switch: str, count: int) -> None:
    em.switches["agent_start_link"] = switch
    task = act(api, "start")
    assert (len(task.related), task.message) == (count, 'Job "Agents Daily" triggered to start.')
    if count:
        assert str(task.related[0]["href"]).endswith(f"/backupSessions/{runs(em)[0].id}?format=Entity")


def test_retry_is_for_failed_computers(em: Emulator, api: MemoryApi) -> None:
    em.switches["computers_at_end"] = "shown"
    assert act(api, "retry").success is False
    em.plan_runs(DAILY, {"length": "600s", "machines": {"files01.example.test": "Failed"}})
    act(api, "start")
    advance(em, 700)
    assert runs(em)[0].result == "Failed"
    task = act(api, "retry")
    assert (task.operation, task.success) == ("RetryAgentJob", True)
    advance(em, 700)
    retried = runs(em)[-1]
    assert (retried.is_retry, [item.name for item in retried.machines]) == (True, ["files01.example.test"])


def test_offline_server(em: Emulator, api: MemoryApi) -> None:
    em.set_online("vbr01.example.test", False)
    for job in (DAILY, SHARES):
        for action in ("start", "toggleScheduleEnabled"):
            assert act(api, action, job).success is False
    assert em.sessions() == [] and em.history() == []


def test_policy_that_is_disabled(em: Emulator, api: MemoryApi) -> None:
    """It can be started, and its run fails; a job that the server runs is done all the same."""
    em.switches["run_length"] = 0
    assert act(api, "start", POLICY).success is True
    [run] = runs(em, POLICY)
    assert (run.result, run.machines[0].reason) == ("Failed", "<the policy is disabled; wording not known>")
    act(api, "toggleScheduleEnabled")
    act(api, "start")
    assert runs(em)[0].result == "Success"
    em.switches["start_disabled_job"] = "task_failed"
    assert act(api, "start").success is False
    assert act(api, "start", POLICY).success is True


# Runs


def children(api: MemoryApi, run: str) -> list[dict[str, str]]:
    found = api.get(f"/backupSessions/{run}/agentManagementSessions", format="Entity")
    keys = ("JobName", "JobType", "State", "Result")
    return [{key: str(item.findtext(f"v:{key}", namespaces=NS)) for key in keys} for item in found.xml]


def test_computers_show_later_than_the_run(em: Emulator, api: MemoryApi) -> None:
    """An empty list is no end, and all of them ended is none either: the run's own session says it."""
    em.plan_runs(DAILY, {"length": "1000s", "machines": {"files01.example.test": "Failed"}})
    act(api, "start")
    [run] = runs(em)
    assert children(api, run.id) == []
    # they begin after 20 s
    advance(em, 20 + 119)
    assert children(api, run.id) == []
    advance(em, 1)
    assert [item["JobName"] for item in children(api, run.id)] == [f"Agents Daily - {name}" for name in COMPUTERS]
    assert {item["State"] for item in children(api, run.id)} == {"Working"}
    advance(em, 300)
    states = [(item["State"], item["Result"]) for item in children(api, run.id)]
    assert states == [("Stopped", "Success"), ("Working", "None"), ("Working", "None")]
    advance(em, 500)
    states = [(item["State"], item["Result"]) for item in children(api, run.id)]
    assert states == [("Stopped", "Success"), ("Stopped", "Failed"), ("Stopped", "Success")]
    assert api.get(f"/backupSessions/{run.id}", format="Entity").first("v:State") == "Working"
    advance(em, 100)
    ended = api.get(f"/backupSessions/{run.id}", format="Entity")
    assert (ended.first("v:State"), ended.first("v:Result")) == ("Stopped", "Failed")


@pytest.mark.parametrize("switch", ["3", "600s"])
def test_when_computers_show(em: Emulator, api: MemoryApi, switch: str) -> None:
    em.switches["show_computers_after"] = switch
    em.plan_runs(DAILY, {"length": "1000s"})
    act(api, "start")
    [run] = runs(em)
    if switch == "3":
        advance(em, 50)
        assert [len(children(api, run.id)) for _unused in range(4)] == [0, 0, 0, 3]
    else:
        advance(em, 619)
        assert children(api, run.id) == []
        advance(em, 1)
        assert len(children(api, run.id)) == 3


@pytest.mark.parametrize(("switch", "count"), [("shown", 3), ("late", 0)])
def test_computers_when_the_run_is_over(em: Emulator, api: MemoryApi, switch: str, count: int) -> None:
    em.switches["computers_at_end"] = switch
    em.plan_runs(DAILY, {"length": "60s"})
    act(api, "start")
    advance(em, 60)
    [run] = runs(em)
    assert (run.state, len(children(api, run.id))) == ("Stopped", count)
    advance(em, 120)
    assert len(children(api, run.id)) == 3


@pytest.mark.parametrize("length", ["2", "0", "0s", "600s", "never"])
def test_length_of_a_run(em: Emulator, api: MemoryApi, length: str) -> None:
    """By reads those of the computers count as well, so that a client that asks for nothing else comes to the end."""
    em.switches["show_computers_after"] = "0s"
    em.switches["run_length"] = length
    act(api, "start")
    advance(em, 21)
    [run] = runs(em)
    for _unused in range(6):
        advance(em, 200 if length == "600s" else 0)
        found = children(api, run.id)
    ended = length != "never"
    assert {item["State"] for item in found} == ({"Stopped"} if ended else {"Working"})
    assert api.get(f"/backupSessions/{run.id}", format="Entity").first("v:State") == ("Stopped" if ended else "Working")


def test_stop_of_a_run(em: Emulator, api: MemoryApi) -> None:
    em.plan_runs(DAILY, {"length": "1000s"})
    act(api, "start")
    advance(em, 400)
    [run] = runs(em)
    act(api, "stop")
    for _unused in range(2):
        ended = api.get(f"/backupSessions/{run.id}", format="Entity")
    assert (ended.first("v:State"), ended.first("v:Result")) == ("Stopped", "Failed")
    assert [item["Result"] for item in children(api, run.id)] == ["Success", "Failed", "Failed"]


def test_stop_of_one_computer(em: Emulator, api: MemoryApi) -> None:
    em.plan_runs(DAILY, {"length": "1000s"})
    act(api, "start")
    advance(em, 200)
    [run, first, *_rest] = (
        runs(em)[:2]
        if False
        else [found for found in em.sessions() if found.job_id == DAILY]
        + [found for found in em.sessions() if found.parent]
    )
    assert api.request("POST", f"/api/backupSessions/{first.id}?action=stop").status == 202
    api.finish("task-2")
    assert [item["State"] for item in children(api, run.id)] == ["Stopped", "Working", "Working"]
    advance(em, 800)
    found = {item["JobName"].rpartition(" - ")[2]: item["Result"] for item in children(api, run.id)}
    assert found == dict(zip(COMPUTERS, ["Failed", "Success", "Success"], strict=True))
    assert em.sessions(DAILY)[0].result == "Failed"


@pytest.mark.parametrize(("switch", "counts"), [("computers", [0, 1]), ("all", [3, 1])])
def test_task_sessions(em: Emulator, api: MemoryApi, switch: str, counts: list[int]) -> None:
    em.switches["agent_task_sessions"] = switch
    em.plan_runs(DAILY, {"length": "60s", "machines": {"sql01.example.test": {"result": "Failed", "reason": "disk"}}})
    act(api, "start")
    advance(em, 60)
    [run] = em.sessions(DAILY)
    part = next(found for found in em.sessions() if found.parent)
    found = [api.get(f"/backupSessions/{item.id}/taskSessions", format="Entity") for item in (run, part)]
    assert [len(answer.xml) for answer in found] == counts
    assert found[1].first("//v:Reason") == "disk"
    listed = api.query(type="BackupTaskSession", filter="VmDisplayName==sql01.example.test")
    assert len(listed.xml.xpath("v:Refs/v:Ref", namespaces=NS)) == len([count for count in counts if count])
    for reference in listed.xml.xpath("v:Refs/v:Ref", namespaces=NS):
        assert api.request("GET", str(reference.get("Href")).partition(":9398")[2]).status == 200
    assert [item.reason for item in run.machines] == ["disk", "", ""]


@pytest.mark.parametrize("switch", ["Job", "AgentBackupJob"])
def test_job_uid_of_sessions(em: Emulator, api: MemoryApi, switch: str) -> None:
    em.switches["agent_session_job_uid"] = switch
    em.switches["run_length"] = 0
    act(api, "start")
    [run] = em.sessions(DAILY)
    found = api.get(f"/backupSessions/{run.id}", format="Entity")
    assert found.first("v:JobUid") == f"urn:veeam:{switch}:{DAILY}"
    # EM finds them by the bare id in any case
    assert len(api.query(type="BackupJobSession", filter=f'JobUid=="{DAILY}"').xml.xpath("//v:Ref", namespaces=NS)) == 1


def test_where_sessions_are(em: Emulator, api: MemoryApi) -> None:
    em.switches["run_length"] = 0
    for job in (DAILY, SHARES):
        act(api, "start", job)
    advance(em, 30)
    assert len(names(api, "/agents/backupSessions")) == 4
    assert len(names(api, "/nas/backupSessions")) == 1
    assert len(names(api, "/backupSessions")) == 5
    assert len(names(api, f"/agents/jobs/{DAILY}/backupSessions")) == 1
    assert len(names(api, f"/nas/jobs/{SHARES}/backupSessions")) == 1
    assert api.query(type="BackupJobSession", filter="JobType==NasBackup").status == 200
    session = api.get("/nas/backupSessions", format="Entity")
    assert session.first("//v:JobUid") == f"urn:veeam:Job:{SHARES}"
    up = [str(link) for link in session.xml.xpath("//v:Link[@Type='JobReference']/@Href", namespaces=NS)]
    assert up == [f"https://em01.example.test:9398/api/jobs/{SHARES}"]
    assert api.request("GET", up[0].partition(":9398")[2]).status == 404
    portal = logged_on(em, user="portal-user")
    assert portal.get("/agents/backupSessions").status == 200
    assert portal.get(f"/nas/jobs/{SHARES}/backupSessions").status == 200
    assert portal.get(f"/agents/jobs/{DAILY}/backupSessions").status == 403


def test_computers_that_cannot_be_reached(em: Emulator, api: MemoryApi) -> None:
    em.switches["run_length"] = 0
    state = em.world.state
    for computer in list(state.computers.values()):
        if computer.name == "sql01.example.test":
            state.computers[computer.id] = type(computer)(**{**vars(computer), "host_status": "Offline"})
    act(api, "start")
    assert [item.result for item in em.sessions(DAILY)[0].machines] == ["Failed", "Success", "Success"]
    em.plan_runs(DAILY, {"machines": {"sql01.example.test": "Success"}}, "Warning")
    act(api, "start")
    assert {item.result for item in em.sessions(DAILY)[1].machines} == {"Success"}
    act(api, "start")
    assert {item.result for item in em.sessions(DAILY)[2].machines} == {"Warning"}


def test_schedule_starts_them(em: Emulator) -> None:
    em.switches["schedule_fires"] = True
    em.switches["run_length"] = "60s"
    advance(em, 24 * 3600)
    started = {(found.job_name, found.job_type) for found in em.sessions() if found.scheduled and not found.parent}
    assert {("Agents Daily", "AgentBackup"), ("Home Shares", "NasBackup")} <= started
    assert not any(name == "Laptops Policy" for name, _kind in started)


def test_past_runs_of_the_demo() -> None:
    em = Emulator(product="13", clock=ManualClock(), seed=1)
    past = em.sessions("Agents Daily", "vbr01.example.test", past=True)
    assert 29 <= len(past) <= 31
    assert {found.result for found in past} == {"Success", "Warning", "Failed"}
    parts = [found for found in em.sessions(past=True) if found.parent == past[0].id]
    assert [found.job_name for found in parts] == [f"Agents Daily - {name}" for name in COMPUTERS]
    assert all(past[0].created < found.created < str(found.ended) < str(past[0].ended) for found in parts)
    again = Emulator(product="13", clock=ManualClock(), seed=1)
    assert [found.id for found in again.sessions(past=True)] == [found.id for found in em.sessions(past=True)]


# The console, and what EM sees of it


def test_console(em: Emulator, api: MemoryApi) -> None:
    em.switches["show_console_change_after"] = "refresh"
    made = em.console.create_job(
        "Agents New", kind="agent", backup_server="vbr01.example.test", objects=["sql01.example.test"]
    )
    em.console.edit_job(SHARES, enabled=False)
    assert api.get(f"/agents/jobs/{made}").status == 404
    assert api.get(f"/nas/jobs/{SHARES}", format="Entity").first("v:ScheduleEnabled") == "true"
    assert [(job.name, job.visible) for job in em.jobs("Agents New", kind="agent")] == [("Agents New", False)]
    collected = api.request("POST", f"/api/backupServers/{VBR01}?action=collect")
    api.finish(str(collected.first("v:TaskId")))
    em.clock.advance(3)
    assert api.get(f"/agents/jobs/{made}").status == 200
    assert api.get(f"/nas/jobs/{SHARES}", format="Entity").first("v:ScheduleEnabled") == "false"
    em.console.edit_job(made, schedule={"OptionsDaily": {"Enabled": False}}, after=0)
    assert api.get(f"/agents/jobs/{made}", format="Entity").first("//v:OptionsDaily/@Enabled") == "false"
    with pytest.raises(ConsoleError, match="no protection group"):
        em.console.edit_job(made, objects=["nobody"])
    with pytest.raises(ConsoleError, match="retention"):
        em.console.edit_job(made, retention={"RetainCycles": 3})
    em.console.delete_job(made, after=0)
    assert api.get(f"/agents/jobs/{made}").status == 404


def test_control_interface_tells_the_kinds_apart(em: Emulator) -> None:
    with em:
        client = Api(em)
        state = client.request("GET", "/_emulator/state").json
    assert [job["kind"] for job in state["agent_jobs"] + state["nas_jobs"]] == ["agent"] * 3 + ["nas"]
    assert {job["kind"] for job in state["jobs"]} == {"job"}


# Computers in groups


@pytest.fixture
def grouped() -> Emulator:
    return Emulator(
        state={
            "backup_servers": [{"name": "vbr01"}],
            "protection_groups": [{"name": "A"}, {"name": "B", "platform": "AgentForLinux"}],
            "computers": [{"name": "one", "protection_groups": ["A", "B"]}, {"name": "two", "protection_group": "A"}],
            "agent_jobs": [{"name": "Both", "objects": ["A", "B", "one"]}],
            "accounts": [{"user": "EM01\\svc-ansible", "password": "Passw0rd!"}],
        },
        switches={"run_length": "0"},
    )


@pytest.mark.parametrize(("switch", "count"), [("links", 2), ("entities", 3)])
def test_a_computer_in_two_groups(grouped: Emulator, switch: str, count: int) -> None:
    grouped.switches["computer_in_groups"] = switch
    api = logged_on(grouped)
    found = api.get("/agents/discoveredComputers", format="Entity")
    assert len(found.xml) == count
    ups = [
        str(name)
        for name in found.xml[0].xpath("v:Links/v:Link[@Type='AgentProtectionGroupReference']/@Name", namespaces=NS)
    ]
    assert ups == (["A", "B"] if switch == "links" else ["A"])
    for item in found.xml:
        identity = str(item.get("UID")).rpartition(":")[2]
        assert api.get(f"/agents/discoveredComputers/{identity}").status == 200
    group = str(api.get("/agents/protectionGroups").xml[1].get("UID")).rpartition(":")[2]
    assert names(api, f"/agents/protectionGroups/{group}/discoveredComputers") == ["one"]
    # a run works on it once
    grouped.start_run("Both")
    assert [item.name for item in grouped.sessions("Both")[0].machines] == ["one", "two"]


@pytest.mark.parametrize(
    ("section", "entry", "message"),
    [
        ("agent_jobs", {"name": "x", "objects": ["nobody"]}, "no protection group and no computer"),
        ("agent_jobs", {"name": "x", "platform": "VMware"}, "platform 'VMware' is not one of"),
        ("agent_jobs", {"name": "x", "daily_at": "1:30"}, "daily_at '1:30' is not a time of day"),
        ("agent_jobs", {"name": "x", "type": "Backup"}, "unknown key type"),
        ("nas_jobs", {"name": "x", "objects": ["\\\\nas\\x"]}, "no file server of vbr01 fits"),
        ("nas_jobs", {"name": "x", "long_term": {"period": 3}}, "long_term: repository is missing"),
        ("nas_jobs", {"name": "x", "short_term_type": "Week"}, "short_term_type 'Week' is not one of Day, Month"),
        ("computers", {"name": "x", "agent_status": "Well"}, "agent_status 'Well' is not one of"),
        ("file_servers", {"name": "x", "credentials": "y"}, "credentials 'y' are not on vbr01"),
        ("protection_groups", {"name": "x", "members": []}, "unknown key members"),
        ("protection_groups", ["x"], "a mapping is expected"),
    ],
)  # fmt: skip
def test_mistakes_in_the_state_file(section: str, entry: Any, message: str) -> None:
    with pytest.raises(StateError, match=f"^{section}, entry 1.*{message.replace(chr(92), '.')}"):
        build_state({"backup_servers": [{"name": "vbr01"}], section: [entry]}, "13")
