# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replicas and their points, failover of machines and of plans, and what becomes of the machines."""

from __future__ import annotations

import json
from typing import Any

import pytest
from veeam_em_emulator import Emulator, ManualClock, StateError
from veeam_em_emulator.estate.accounts import Account
from veeam_em_emulator.estate.machines import CONSOLE
from veeam_em_emulator.estate.state_file import build_state

from .client import PASSWORD, VBR01, advance
from .memory import Memory, below_api, links

JOB = "2f6a8c04-71de-4b95-8a3f-c5d7e9b1a026"
PLAN = "6b1c9f27-40d8-4a3e-9f5b-e27c81d0a364"
ROOT = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0"
WEB01 = f"urn:VMware:Vm:{ROOT}.vm-4711"


@pytest.fixture
def em() -> Emulator:
    lengths = {"run_length": "60s", "restore_length": "600s"}
    return Emulator(clock=ManualClock(), idle_timeout=1e9, switches=lengths)


def replicate(em: Emulator, data: str | None = None) -> None:
    """A run of the replication job, with other data on the machine."""
    if data is not None:
        em.hypervisor.write("web01", data)
    em.start_run(JOB)
    advance(em, 3600)


def points(api: Memory) -> list[Any]:
    """Newest first."""
    return api.query("VmReplicaPoint", sortDesc="CreationTime", pageSize=100)


def fail_over(api: Memory, point: Any) -> dict[str, Any]:
    """Its session, after the task."""
    task = api.task(f"{below_api(point['href']).partition('?')[0]}?action=failover")
    assert task["result"]["success"] is True, task
    [link] = links(task, "Related")
    assert (link["type"], link["name"]) == ("RestoreSession", None)
    session: dict[str, Any] = api.get(below_api(link["href"]))
    return session


def told(em: Emulator, *events: str) -> list[tuple[str, str]]:
    return [(event.event, event.name) for event in em.machine_history() if not events or event.event in events]


def test_what_runs_leave(em: Emulator) -> None:
    api = Memory(em)
    before = len(points(api))
    assert before == 7, "of a month of runs the newest seven"
    replicate(em, "second")
    [replica] = api.query("Replica", f'JobUid=="urn:veeam:Job:{JOB}"')
    assert replica["name"] == "TPL Replica" and replica["platform"] == "VMware"
    newest = points(api)
    assert len(newest) == 7
    assert (newest[0]["vmname"], newest[0]["pointtype"], newest[0]["algorithm"]) == ("web01", "Snapshot", "Full")
    listed = api.get(f"{below_api(replica['href']).partition('?')[0]}/vmReplicaPoints", format="Entity")
    assert {item["uid"] for item in listed["vmreplicapoints"]} == {item["uid"] for item in newest}
    [event] = [event for event in em.machine_history() if event.event == "replicated"]
    assert (event.name, event.data, event.job) == ("web01", "second", "TPL Replica")
    assert event.point == newest[0]["uid"].rpartition(":")[2]
    # the copy is a machine of its own, switched off, and no look-up finds it
    copy = em.machine(event.other or "")
    assert (copy.name, copy.data, copy.powered_on, copy.root) == ("web01_replica", "second", False, None)


def test_a_run_that_fails_leaves_nothing(em: Emulator) -> None:
    api = Memory(em)
    before = points(api)
    em.plan_runs(JOB, "Failed")
    replicate(em)
    assert [item["uid"] for item in points(api)] == [item["uid"] for item in before]
    assert told(em) == [("replication_failed", "web01")]


def test_filters(em: Emulator) -> None:
    api = Memory(em)
    replicate(em)
    newest = points(api)[0]
    replica = links(newest, "Up", "ReplicaReference")[0]["name"]
    assert len(api.query("VmReplicaPoint", f'ReplicaName=="{replica}";VmDisplayName=="web01"', pageSize=100)) == 7
    since = newest["creationtimeutc"]
    assert len(api.query("VmReplicaPoint", f'CreationTime>="{since}";Type==Snapshot;Algorithm==Full')) == 1
    assert api.query("VmReplicaPoint", 'BackupServerName=="vbr02.example.test"') == []
    assert api.query("Replica", 'RepositoryName=="nowhere"') == []
    assert [plan["name"] for plan in api.query("FailoverPlan", 'Description=="Web tier"')] == ["DR Web"]


def test_the_host_of_the_replicas_can_be_one_that_em_knows() -> None:
    state = {
        "backup_servers": [{"name": "vbr"}],
        "hierarchy_roots": [{"name": "vc", "objects": ["web01"]}, {"name": "dr"}],
        "jobs": [{"name": "rep", "type": "Replica", "objects": ["web01"], "replica_host": "dr", "vm_suffix": "-dr"}],
        "accounts": [{"user": "EM01\\svc-ansible", "password": "Passw0rd!"}],
    }
    em = Emulator(state=state, clock=ManualClock(), switches={"run_length": "0"})
    em.start_run("rep")
    copy = em.machine("web01-dr")
    assert (copy.root, copy.powered_on, copy.data) == ("dr", False, "original")
    assert ("created", "web01-dr") in told(em)


def test_failover(em: Emulator) -> None:
    api = Memory(em)
    replicate(em, "second")
    replicate(em, "third")
    em.hypervisor.break_machine("web01")
    second = points(api)[1]
    session = fail_over(api, second)
    assert (session["state"], session["result"], session["jobtype"], session["vmdisplayname"]) == (
        "Starting", "None", "RestoreVm", "web01",
    )  # fmt: skip
    assert below_api(links(session, "Related")[0]["href"]) == below_api(second["href"]).partition("?")[0]
    assert em.machine("web01_replica").powered_on is False
    advance(em, 300)
    session = api.get(below_api(session["href"]))
    assert (session["state"], session["progress"]) == ("Working", 50)
    advance(em, 300)
    session = api.get(below_api(session["href"]))
    assert (session["state"], session["result"], session["progress"]) == ("Stopped", "Success", 100)
    copy = em.machine("web01_replica")
    assert (copy.data, copy.powered_on) == ("second", True)
    assert session["restoredobjref"] == copy.ref
    assert em.machine("web01").data == "broken", "the source is left alone"
    [event] = [event for event in em.machine_history() if event.event == "failed_over"]
    assert (event.session, event.other) == (session["uid"].rpartition(":")[2], WEB01)
    assert event.user and event.task and event.point == second["uid"].rpartition(":")[2]
    assert [view.result for view in em.restore_sessions()] == ["Success"]


def test_a_failover_that_fails(em: Emulator) -> None:
    api = Memory(em)
    em.plan_restores({"result": "Failed", "reason": "no host", "length": "10s"})
    session = fail_over(api, points(api)[0])
    advance(em, 10)
    session = api.get(below_api(session["href"]))
    assert (session["result"], session["restoredobjref"], session["failuremessage"]) == ("Failed", None, None)
    em.switches["failure_message"] = "reason"
    assert api.get(below_api(session["href"]))["failuremessage"] == "no host"
    assert em.machine("web01_replica").powered_on is False
    assert told(em, "failed_over") == []


@pytest.mark.parametrize(
    ("switch", "status"),
    [("task_failed", 202), ("http_400", 400), ("http_500", 500), ("session_failed", 202), ("accepted", 202)],
)
def test_failover_of_what_has_failed_over(em: Emulator, switch: str, status: int) -> None:
    em.switches["failover_again"] = switch
    em.switches["restore_length"] = "0"
    api = Memory(em)
    older, newest = points(api)[1], points(api)[0]
    fail_over(api, older)
    path = f"{below_api(newest['href']).partition('?')[0]}?action=failover"
    if status != 202:
        assert api.post(path)[0] == status
        return
    task = api.task(path)
    assert task["result"]["success"] is (switch != "task_failed")
    results = [view.result for view in em.restore_sessions()]
    assert results == {"task_failed": ["Success"], "session_failed": ["Success", "Failed"]}.get(switch, ["Success"] * 2)
    assert len(told(em, "failed_over")) == (2 if switch == "accepted" else 1)


@pytest.mark.parametrize(("switch", "value"), [("RestoreVm", "RestoreVm"), ("null", None), ("other", "type of a fail")])
def test_type_of_the_session(em: Emulator, switch: str, value: str | None) -> None:
    em.switches["failover_session_type"] = switch
    api = Memory(em)
    kind = fail_over(api, points(api)[0])["jobtype"]
    assert kind is None if value is None else value in kind
    assert len(api.query("RestoreSession", 'VmDisplayName=="web01"')) == 1


@pytest.mark.parametrize(("switch", "count"), [("present", 1), ("absent", 0)])
def test_link_of_the_session(em: Emulator, switch: str, count: int) -> None:
    em.switches["failover_session_link"] = switch
    api = Memory(em)
    assert len(links(fail_over(api, points(api)[0]), "Related")) == count


@pytest.mark.parametrize(("switch", "name"), [("source", "web01"), ("replica", "web01_replica")])
def test_name_of_the_machine_in_a_point(em: Emulator, switch: str, name: str) -> None:
    em.switches["replica_point_name"] = switch
    api = Memory(em)
    point = points(api)[0]
    assert (point["vmname"], point["vmdisplayname"]) == (name, name)
    assert len(api.query("VmReplicaPoint", f'VmDisplayName=="{name}"', pageSize=100)) == 7


# Sessions


@pytest.mark.parametrize(("switch", "reads"), [("0", 0), ("2", 2)])
def test_a_session_that_em_shows_late(em: Emulator, switch: str, reads: int) -> None:
    em.switches["show_restore_session_after"] = switch
    em.switches["restore_length"] = "never"
    api = Memory(em)
    em.world.failovers.start(_point(em, api), CONSOLE)
    seen = [len(api.query("RestoreSession")) for _unused in range(4)]
    assert seen == [0] * reads + [1] * (4 - reads)
    assert len(em.restore_sessions()) == 1


def test_a_session_that_em_shows_after_some_reads_of_it(em: Emulator) -> None:
    em.switches["show_restore_session_after"] = "2"
    em.switches["restore_length"] = "never"
    api = Memory(em)
    em.world.failovers.start(_point(em, api), CONSOLE)
    (session,) = em.restore_sessions()
    assert [api.request("GET", f"/restoreSessions/{session.id}").status for _unused in range(4)] == [404, 404, 200, 200]


def test_a_session_that_em_shows_after_a_time(em: Emulator) -> None:
    em.switches["show_restore_session_after"] = "5s"
    api = Memory(em)
    em.world.failovers.start(_point(em, api), CONSOLE)
    assert api.query("RestoreSession") == []
    advance(em, 5)
    assert len(api.query("RestoreSession")) == 1


def _point(em: Emulator, api: Memory) -> Any:
    points(api)
    return next(iter(em.world.runs.replicas.points.values()))


@pytest.mark.parametrize(("switch", "progress"), [("100", 100), ("0", 0), ("missing", None)])
def test_progress_of_what_is_over(em: Emulator, switch: str, progress: int | None) -> None:
    em.switches["restore_progress"] = switch
    em.switches["restore_length"] = "0"
    api = Memory(em)
    assert fail_over(api, points(api)[0])["progress"] == progress


@pytest.mark.parametrize(("switch", "there"), [("present", True), ("absent", False)])
def test_reference_of_what_was_made(em: Emulator, switch: str, there: bool) -> None:
    em.switches["restored_ref"] = switch
    em.switches["restore_length"] = "0"
    api = Memory(em)
    assert bool(fail_over(api, points(api)[0])["restoredobjref"]) is there


def test_length_in_reads_and_thirty_days(em: Emulator) -> None:
    em.switches["restore_length"] = "2"
    api = Memory(em)
    session = fail_over(api, points(api)[0])
    path = below_api(session["href"])
    assert [api.get(path)["state"] for _unused in range(3)] == ["Working", "Stopped", "Stopped"]
    assert len(api.get("/restoreSessions")["refs"]) == 1
    advance(em, 31 * 86400)
    api = Memory(em)
    assert api.get("/restoreSessions")["refs"] == []
    em.switches["query_sessions"] = "last_30_days"
    assert api.query("RestoreSession") == []
    em.switches["query_sessions"] = "all"
    assert len(api.query("RestoreSession", "Type==RestoreVm;State==Stopped;Result==Success")) == 1
    assert api.get(path)["result"] == "Success"


# Plans


def plan_task(api: Memory, action: str, body: Any = None) -> Any:
    return api.task(f"/failoverPlans/{PLAN}?action={action}", body)


def test_start_and_undo_of_a_plan(em: Emulator) -> None:
    api = Memory(em)
    replicate(em, "second")
    task = plan_task(api, "start", {"StartNow": True})
    assert task["operation"] == "StartFailoverPlan" and task["result"] == {"message": "Ok", "success": True}
    assert links(task, "Related") == []
    assert [session["vmdisplayname"] for session in api.query("RestoreSession")] == ["web01"]
    assert em.machine("web01_replica").powered_on is False
    advance(em, 600)
    copy = em.machine("web01_replica")
    assert (copy.powered_on, copy.data) == (True, "second")
    # a machine that has failed over is left out
    plan_task(api, "start", {"StartNow": True})
    assert len(em.restore_sessions()) == 1
    em.hypervisor.write("web01_replica", "while failed over")
    undone = plan_task(api, "undo")
    assert (undone["operation"], undone["result"]["success"]) == ("UndoFailoverPlan", True)
    copy = em.machine("web01_replica")
    assert (copy.powered_on, copy.data) == (False, "second")
    assert told(em, "failed_over", "failover_undone") == [
        ("failed_over", "web01_replica"), ("failover_undone", "web01_replica"),
    ]  # fmt: skip
    assert {event.job for event in em.machine_history() if event.event == "failover_undone"} == {"DR Web"}


def test_a_plan_takes_the_points_before_a_date(em: Emulator) -> None:
    api = Memory(em)
    replicate(em, "second")
    moment = em.clock.utc().strftime("%Y-%m-%dT%H:%M:%SZ")
    replicate(em, "third")
    plan_task(api, "start", {"StartDate": moment})
    advance(em, 600)
    assert em.machine("web01_replica").data == "second"


@pytest.mark.parametrize("body", [{}, {"StartNow": False}, {"StartDate": "tomorrow"}, {"StartDate": ""}])
def test_a_plan_has_to_be_told_when(em: Emulator, body: dict[str, Any]) -> None:
    status, _answer = Memory(em).post(f"/failoverPlans/{PLAN}?action=start", body)
    assert status in (400, 500)
    assert em.tasks() == []


@pytest.mark.parametrize(
    ("switch", "status"), [("task_failed", 202), ("http_400", 400), ("http_500", 500), ("accepted", 202)]
)
@pytest.mark.parametrize("action", ["start", "undo"])
def test_a_plan_that_is_under_way(em: Emulator, switch: str, status: int, action: str) -> None:
    em.switches["busy_failover_plan"] = switch
    api = Memory(em)
    points(api)
    plan_task(api, "start", {"StartNow": True})
    body = {"StartNow": True} if action == "start" else None
    if status != 202:
        assert api.post(f"/failoverPlans/{PLAN}?action={action}", body)[0] == status
    else:
        assert plan_task(api, action, body)["result"]["success"] is (switch == "accepted")


@pytest.mark.parametrize(("switch", "success"), [("accepted", True), ("task_failed", False)])
def test_undo_of_a_plan_that_has_done_nothing(em: Emulator, switch: str, success: bool) -> None:
    em.switches["idle_plan_undo"] = switch
    assert plan_task(Memory(em), "undo")["result"]["success"] is success
    assert em.machine_history() == []


def test_edit_of_a_plan(em: Emulator) -> None:
    api = Memory(em)
    done = api.request("PUT", f"/failoverPlans/{PLAN}", json.dumps({"Description": "Tested", "Name": "Other"}))
    assert done.status == 202
    task = json.loads(done.body)
    while api.get(f"/tasks/{task['taskId']}")["state"] != "Finished":
        pass
    plan = api.get(f"/failoverPlans/{PLAN}", format="Entity")
    assert (plan["description"], plan["name"]) == ("Tested", "DR Web"), "nothing but the description can be changed"
    em.reset()
    assert Memory(em).get(f"/failoverPlans/{PLAN}", format="Entity")["description"] == "Web tier"


def test_what_em_cannot_do_is_not_there(em: Emulator) -> None:
    api = Memory(em)
    point = below_api(points(api)[0]["href"]).partition("?")[0]
    for action in ("undofailover", "failback", "permanentfailover", "commit"):
        assert api.post(f"{point}?action={action}")[0] == 400
    assert api.request("DELETE", f"/failoverPlans/{PLAN}").status == 405
    assert api.request("POST", "/failoverPlans").status == 405
    assert api.post(f"/failoverPlans/{PLAN}?action=test")[0] == 400


def test_a_backup_server_that_is_offline(em: Emulator) -> None:
    api = Memory(em)
    point = points(api)[0]
    em.set_online("vbr01.example.test", False)
    path = f"{below_api(point['href']).partition('?')[0]}?action=failover"
    assert api.task(path)["result"]["success"] is False
    assert plan_task(api, "start", {"StartNow": True})["result"]["success"] is False
    assert em.restore_sessions() == []


def test_the_same_seed_gives_the_same_ids() -> None:
    def ids() -> list[str]:
        em = Emulator(clock=ManualClock(), idle_timeout=1e9, seed=7, switches={"run_length": "60s"})
        api = Memory(em)
        replicate(em)
        fail_over(api, points(api)[0])
        return [item["uid"] for item in (*points(api), *api.query("RestoreSession"))] + [m.ref for m in em.machines()]

    assert ids() == ids()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"failover_plans": [{"name": "p", "machines": ["x"]}]}, "'x' is in no replication job of vbr: give its ref"),
        ({"failover_plans": [{"machines": []}]}, "name is missing"),
        ({"failover_plans": [{"name": "p", "machines": "x"}]}, "a list is expected"),
        ({"failover_plans": [{"name": "p", "machines": [{"name": "x", "order": 1}]}]}, "unknown key order"),
        ({"jobs": [{"name": "j", "type": "Replica", "replica_host": "x"}]}, "replica_host 'x' is not in"),
    ],
)
def test_mistakes_in_the_state_file(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(StateError, match=message):
        build_state({"backup_servers": [{"name": "vbr"}], **entry}, "13")


def test_plans_of_the_state_file() -> None:
    state = {
        "backup_servers": [{"name": "vbr", "id": VBR01}],
        "jobs": [{"name": "j", "type": "Replica", "objects": [{"name": "a", "ref": WEB01}]}],
        "failover_plans": [{"name": "p", "machines": ["a", {"name": "b", "ref": "urn:VMware:Vm:x.vm-2"}]}],
    }
    [plan] = build_state(state, "13").failover_plans.values()
    assert [(machine.name, machine.reference) for machine in plan.machines] == [
        ("a", WEB01),
        ("b", "urn:VMware:Vm:x.vm-2"),
    ]


ADMINISTRATOR, USER = "Portal Administrator", "Portal User"
VM_OPERATOR, FILE_OPERATOR, SQL_OPERATOR = "VM Restore Operator", "File Restore Operator", "SQL Restore Operator"
RESTORERS = {ADMINISTRATOR, USER, VM_OPERATOR, FILE_OPERATOR}
OPERATORS = {ADMINISTRATOR, VM_OPERATOR, FILE_OPERATOR, SQL_OPERATOR}
EVERYBODY = {*RESTORERS, SQL_OPERATOR}
FILES = {ADMINISTRATOR, FILE_OPERATOR}
POINT = "/vmReplicaPoints/00000000-0000-4000-8000-000000000000"
WHO = [
    ("GET", "/replicas", RESTORERS),
    ("GET", "/vmReplicaPoints", RESTORERS),
    ("POST", f"{POINT}?action=failover", RESTORERS),
    ("GET", "/query?type=Replica", RESTORERS),
    ("GET", "/query?type=VmReplicaPoint", RESTORERS),
    ("GET", "/failoverPlans", OPERATORS),
    ("GET", f"/failoverPlans/{PLAN}", OPERATORS),
    ("POST", f"/failoverPlans/{PLAN}?action=start", OPERATORS),
    ("POST", f"/failoverPlans/{PLAN}?action=undo", OPERATORS),
    ("GET", "/query?type=FailoverPlan", OPERATORS - {SQL_OPERATOR}),
    ("PUT", f"/failoverPlans/{PLAN}", {ADMINISTRATOR}),
    ("GET", "/restoreSessions", EVERYBODY),
    ("GET", "/query?type=RestoreSession", RESTORERS),
    ("GET", f"{POINT}/mounts", FILES),
    ("POST", f"{POINT}/mounts", FILES),
    ("GET", f"{POINT}/mounts/1", FILES),
    ("GET", f"{POINT}/mounts/1/C:", RESTORERS),
    ("POST", f"{POINT}/mounts/1/C:?action=restore", FILES),
    ("DELETE", f"{POINT}/mounts/1", FILES),
    ("GET", "/catalog/vms", EVERYBODY),
]


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_who_may_do_what(em: Emulator, role: str) -> None:
    """The table of the documentation (security_roles_concept), row by row."""
    em.world.state.accounts.append(Account("EM01\\somebody", PASSWORD, (role,)))
    api = Memory(em, user="EM01\\somebody")
    allowed = {(method, path) for method, path, _who in WHO if api.request(method, path, "{}").status != 403}
    assert allowed == {(method, path) for method, path, who in WHO if role in who}
