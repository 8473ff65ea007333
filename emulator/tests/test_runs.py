# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of jobs: start, stop, retry and synchronisation, and the sessions that live from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from veeam_em_emulator import Emulator, ManualClock
from veeam_em_emulator.api.job_sessions import _candidates, _task_candidates
from veeam_em_emulator.estate.run_plans import RunError, RunPlan, parse_plan
from veeam_em_emulator.query.filters import parse
from veeam_em_emulator.query.paging import Wanted
from veeam_em_emulator.work.run_sessions import JobSession, TaskSession

from .client import GOLD, JSON, NS, XML, Api, Response, advance
from .test_control import call
from .test_jobs import COPY, REPLICA

LEGACY = "93b7d5e1-0c4a-4f28-96b8-e1a3c5f70d94"
SILVER = "7d1f3b59-c608-4e24-9fa7-1b3d5f709c2e"


@pytest.fixture(scope="module")
def _frozen() -> Iterator[Emulator]:
    with Emulator(product="12", clock=ManualClock()) as em:
        yield em


@pytest.fixture
def em(_frozen: Emulator) -> Emulator:
    """Its time stands still; a job with three machines; nothing has run."""
    _frozen.reset()
    _frozen.world.state.past_runs.clear()
    job = _frozen.world.state.jobs[GOLD]
    machine = job.objects[0]
    job.objects = tuple(
        type(machine)(f"{machine.id[:-1]}{n}", f"web0{n}", f"{machine.reference}{n}") for n in (1, 2, 3)
    )
    return _frozen


@pytest.fixture
def api(em: Emulator) -> Api:
    client = Api(em)
    client.log_on()
    return client


def act(api: Api, action: str = "start", job: str = GOLD, collection: str = "jobs") -> Any:
    """The finished task of an action."""
    answer = api.request("POST", f"/api/{collection}/{job}?action={action}")
    assert answer.status == 202, answer.text
    identity = answer.first("v:TaskId")
    return api.finish(str(identity))


def facts(answer: Response) -> tuple[str, str, int]:
    return str(answer.first("v:State")), str(answer.first("v:Result")), int(str(answer.first("v:Progress")))


def session(api: Api, identity: str) -> Response:
    answer = api.get(f"/backupSessions/{identity}", format="Entity")
    assert answer.status == 200
    return answer


def machines(api: Api, identity: str) -> list[tuple[str, str, str, str]]:
    """Name, state, result, reason of each."""
    answer = api.get(f"/backupSessions/{identity}/taskSessions", format="Entity")
    assert answer.status == 200
    return [
        (
            item.get("VmDisplayName") or "",
            *(item.findtext(f"v:{name}", "", NS) for name in ("State", "Result", "Reason")),
        )
        for item in answer.xml.iterfind("v:BackupTaskSession", NS)
    ]


# A run


def test_a_run_by_time(em: Emulator, api: Api) -> None:
    em.plan_runs("TPL Gold", {"length": "600s"})
    identity = act(api).job_id
    began = em.clock.utc()
    assert facts(session(api, identity)) == ("Starting", "None", 0)
    assert session(api, identity).first("v:EndTimeUTC") is None
    advance(em, 60)
    assert facts(session(api, identity)) == ("Working", "None", 10)
    assert [item[1] for item in machines(api, identity)] == ["InProgress", "Pending", "Pending"]
    advance(em, 240)
    assert facts(session(api, identity)) == ("Working", "None", 50)
    assert [item[1:3] for item in machines(api, identity)] == [
        ("Completed", "Success"), ("InProgress", "Success"), ("Pending", "None")]  # fmt: skip
    em.switches["running_task_result"] = "None"
    assert [item[2] for item in machines(api, identity)] == ["Success", "None", "None"]
    advance(em, 800)
    answer = session(api, identity)
    assert facts(answer) == ("Stopped", "Success", 100)
    assert answer.first("v:EndTimeUTC") == f"{began:%Y-%m-%dT}10:10:00Z"
    assert [item[1:] for item in machines(api, identity)] == [("Completed", "Success", "")] * 3


def test_a_run_by_reads(api: Api) -> None:
    api.em.switches["run_length"] = "3"
    identity = act(api).job_id
    seen = [facts(session(api, identity)) for _unused in range(5)]
    assert seen == [
        ("Starting", "None", 0), ("Working", "None", 33), ("Working", "None", 66),
        ("Stopped", "Success", 100), ("Stopped", "Success", 100),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (f"/jobs/{GOLD}/backupSessions", {}),
        ("/backupSessions", {}),
        ("/query", {"type": "BackupJobSession", "filter": f'JobUid=="urn:veeam:Job:{GOLD}"'}),
    ],
)
def test_every_read_of_a_session_counts(api: Api, path: str, query: dict[str, str]) -> None:
    act(api)
    for _unused in range(3):
        assert api.get(path, **query).status == 200
    assert [item.state for item in api.em.sessions("TPL Gold")] == ["Stopped"]
    # what is read of other kinds or jobs does not
    act(api)
    for _unused in range(3):
        api.get("/replicaSessions")
        api.get(f"/jobs/{SILVER}/backupSessions")
        api.get("/backupTaskSessions")
    assert [item.state for item in api.em.sessions("TPL Gold")] == ["Stopped", "Starting"]


def test_a_failed_run_with_reasons(em: Emulator, api: Api) -> None:
    em.plan_runs(GOLD, {"length": 0, "machines": {"web02": "Failed", "web03": {"result": "Warning", "reason": "low"}}})
    identity = act(api).job_id
    answer = session(api, identity)
    assert facts(answer) == ("Stopped", "Failed", 100)
    assert answer.first("v:FailureMessage") is None
    assert machines(api, identity) == [
        ("web01", "Completed", "Success", ""),
        ("web02", "Completed", "Failed",
         "Processing web02 Error: An error occurred while quiescing the virtual machine."),
        ("web03", "Completed", "Warning", "low"),
    ]  # fmt: skip


def test_plans_are_used_once_and_then_the_jobs_own(em: Emulator, api: Api) -> None:
    em.plan_runs("TPL Gold", "Failed", "Warning", always={"result": "Success", "length": 0})
    em.switches["run_length"] = 0
    assert [em.start_run("TPL Gold").result for _unused in range(4)] == ["Failed", "Warning", "Success", "Success"]


def test_a_run_that_never_ends(em: Emulator, api: Api) -> None:
    em.plan_runs("TPL Gold", {"length": "never"})
    identity = act(api).job_id
    advance(em, 20 * 86400)
    api.log_on()
    assert facts(session(api, identity))[:2] == ("Working", "None")


def test_retries_are_sessions_of_their_own(em: Emulator, api: Api) -> None:
    retries = [{"machines": {"web02": "Failed"}, "length": "10s"}, {"length": "10s"}]
    em.plan_runs("TPL Gold", {"length": "60s", "machines": {"web02": "Failed"}, "retries": retries, "retry_after": 30})
    act(api)
    advance(em, 89)
    assert [(item.is_retry, item.result) for item in em.sessions("TPL Gold")] == [(False, "Failed")]
    # a long night at once: everything happens at its time all the same
    advance(em, 4 * 3600)
    api.log_on()
    found = em.sessions("TPL Gold")
    assert [(item.is_retry, item.result) for item in found] == [(False, "Failed"), (True, "Failed"), (True, "Success")]
    assert [[machine.name for machine in item.machines] for item in found] == [
        ["web01", "web02", "web03"], ["web02"], ["web02"]]  # fmt: skip
    assert [item.created[14:19] for item in found][1:] == [_later(found[0].created, 90), _later(found[0].created, 130)]
    answer = api.get(f"/jobs/{GOLD}/backupSessions", format="Entity")
    assert answer.xml.xpath("//v:IsRetry/text()", namespaces=NS) == ["true", "true", "false"]
    assert answer.xml.xpath("//v:Result/text()", namespaces=NS) == ["Success", "Failed", "Failed"]
    em.switches["session_order"] = "oldest_first"
    answer = api.get(f"/jobs/{GOLD}/backupSessions", format="Entity")
    assert answer.xml.xpath("//v:IsRetry/text()", namespaces=NS) == ["false", "true", "true"]
    em.switches["session_order"] = "newest_first"


def _later(text: str, seconds: int) -> str:
    total = int(text[14:16]) * 60 + int(text[17:19]) + seconds
    return f"{total // 60 % 60:02d}:{total % 60:02d}"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"length": "soon"}, "reads"), ({"result": "Good"}, "not one of"), ({"size": -1}, "bytes"),
        ({"lenght": 1}, "unknown key lenght"), ({"machines": []}, "mapping"), ({"retries": "Success"}, "list"),
        ({"machines": {"a": {"reslut": 1}}}, "machine a: unknown"), (7, "mapping"), ({"retry_after": "x"}, "seconds"),
    ],
)  # fmt: skip
def test_plans_that_cannot_be(spec: Any, words: str) -> None:
    with pytest.raises(RunError, match=words):
        parse_plan(spec)


def test_plans_in_the_state_file() -> None:
    state = {
        "backup_servers": [{"name": "s"}],
        "jobs": [{"name": "J", "objects": ["a"], "runs": {"length": "5s"}, "next_runs": ["Failed"]}],
    }
    em = Emulator(state=state, clock=ManualClock())
    assert em.world.state.jobs_named("J")[0].runs == RunPlan(length="5s")
    em.start_run("J")
    em.start_run("J")
    advance(em, 5)
    em.sessions()
    em.sessions()
    assert [item.result for item in em.sessions("J")] == ["None", "Success"]


# Actions


def test_start_has_a_link(em: Emulator, api: Api) -> None:
    task = act(api)
    assert (task.operation, task.success, task.message) == ("StartJob", True, "Ok")
    [link] = task.related
    assert (link["type"], link.get("name")) == ("BackupJobSession", None)
    assert str(link["href"]).endswith(f"/backupSessions/{em.sessions()[0].id}?format=Entity")
    [link] = act(api, job=REPLICA).related
    assert link["type"] == "ReplicaJobSession"
    path = str(link["href"]).partition("/api")[2].partition("?")[0]
    assert api.get(path, format="Entity").first("v:JobName") == "TPL Replica"


@pytest.mark.parametrize("choice", ["absent", "named"])
def test_start_link(em: Emulator, api: Api, choice: str) -> None:
    em.switches["start_link"] = choice
    task = act(api)
    assert task.message == 'Job "TPL Gold" triggered to start.'
    assert [link["name"] for link in task.related] == ([em.sessions()[0].name] if choice == "named" else [])
    del em.switches["start_link"]
    assert em.switches["start_link"] == "present"


@pytest.mark.parametrize("choice", ["task_failed", "http_400", "http_500", "ignored"])
def test_start_of_a_job_that_runs(em: Emulator, api: Api, choice: str) -> None:
    em.switches["start_running_job"] = choice
    act(api)
    _refused(api, "start", choice)
    assert len(em.sessions()) == 1


@pytest.mark.parametrize("choice", ["accepted", "task_failed", "http_400", "http_500"])
def test_start_of_a_disabled_job(em: Emulator, api: Api, choice: str) -> None:
    em.switches["start_disabled_job"] = choice
    em.world.state.jobs[GOLD].schedule_enabled = False
    _refused(api, "start", choice)
    assert len(em.sessions()) == (choice == "accepted")


def _refused(api: Api, action: str, choice: str, collection: str = "jobs", job: str = GOLD) -> None:
    answer = api.request("POST", f"/api/{collection}/{job}?action={action}")
    if choice.startswith("http_"):
        assert answer.status == int(choice[5:])
        assert answer.message.startswith("<refused")
    else:
        assert answer.status == 202
        task = api.finish(str(answer.first("v:TaskId")))
        assert task.success is (choice != "task_failed")


@pytest.mark.parametrize("choice", ["task_failed", "http_400", "http_500", "ignored", "accepted"])
def test_retry_of_a_job_that_has_not_failed(em: Emulator, api: Api, choice: str) -> None:
    em.switches["retry_not_failed"] = choice
    em.plan_runs("TPL Gold", always={"length": 0})
    act(api)
    session(api, em.sessions()[0].id)
    _refused(api, "retry", choice)
    assert [item.is_retry for item in em.sessions()] == [False, True][: 1 + (choice == "accepted")]


def test_retry_works_on_what_has_failed(em: Emulator, api: Api) -> None:
    em.plan_runs("TPL Gold", {"length": "0s", "machines": {"web03": "Failed"}}, {"length": "0s"})
    act(api)
    task = act(api, "retry")
    assert (task.operation, task.message, task.related) == ("RetryJob", 'Job "TPL Gold" triggered to retry.', [])
    found = em.sessions()
    assert [(item.result, item.is_retry, len(item.machines)) for item in found] == [
        ("Failed", False, 3), ("Success", True, 1)]  # fmt: skip


@pytest.mark.parametrize("choice", ["ignored", "task_failed", "http_400", "http_404", "http_500"])
def test_stop_of_what_does_not_run(em: Emulator, api: Api, choice: str) -> None:
    em.switches["stop_idle_job"] = choice
    _refused(api, "stop", choice)
    em.plan_runs("TPL Gold", {"length": "0s"})
    identity = act(api).job_id
    _refused(api, "stop", choice, "backupSessions", identity)


@pytest.mark.parametrize("what", ["jobs", "backupSessions"])
def test_stop(em: Emulator, api: Api, what: str) -> None:
    em.plan_runs("TPL Gold", {"length": "600s"})
    em.switches["stop_length"] = "5s"
    identity = act(api).job_id
    advance(em, 300)
    task = act(api, "stop", GOLD if what == "jobs" else identity, what)
    name = em.sessions()[0].name
    if what == "jobs":
        assert (task.operation, task.message) == ("StopJob", 'Job "TPL Gold" triggered to stop.')
    else:
        assert (task.operation, task.message) == ("StopJobSession", f'Job Session "{name}" triggered to stop.')
    assert task.related == []
    assert facts(session(api, identity)) == ("Stopping", "None", 50)
    advance(em, 5)
    assert facts(session(api, identity))[:2] == ("Stopped", "Failed")
    assert [item[2] for item in machines(api, identity)] == ["Success", "Failed", "Failed"]


@pytest.mark.parametrize("choice", ["Failed", "Warning", "Success", "None"])
def test_result_of_a_stopped_run(em: Emulator, api: Api, choice: str) -> None:
    em.switches["stopped_result"] = choice
    identity = act(api).job_id
    act(api, "stop")
    assert [facts(session(api, identity))[:2] for _unused in range(3)] == [
        ("Stopping", "None"), ("Stopped", choice), ("Stopped", choice)]  # fmt: skip


def test_stop_after_the_machine(em: Emulator, api: Api) -> None:
    em.switches["stop_kind"] = "after_machine"
    em.plan_runs("TPL Gold", {"length": "600s"})
    identity = act(api).job_id
    advance(em, 300)
    act(api, "stop")
    advance(em, 99)
    assert facts(session(api, identity))[0] == "Stopping"
    advance(em, 1)
    assert facts(session(api, identity))[0] == "Stopped"
    assert [item[2] for item in machines(api, identity)] == ["Success", "Success", "Failed"]
    em.switches["stop_kind"] = "at_once"
    em.plan_runs("TPL Gold", {"length": "600s"})
    identity = act(api).job_id
    advance(em, 300)
    act(api, "stop")
    assert [facts(session(api, identity))[0] for _unused in range(2)] == ["Stopping", "Stopped"]
    assert [item[2] for item in machines(api, identity)] == ["Success", "Failed", "Failed"]


@pytest.mark.parametrize("choice", ["accepted", "task_failed", "http_400", "http_500"])
def test_delete_of_a_job_that_runs(em: Emulator, api: Api, choice: str) -> None:
    em.switches["delete_running_job"] = choice
    identity = act(api).job_id
    answer = api.request("DELETE", f"/api/jobs/{GOLD}")
    if choice.startswith("http_"):
        assert answer.status == int(choice[5:])
    else:
        assert api.finish(str(answer.first("v:TaskId"))).success is (choice == "accepted")
    assert (em.jobs("TPL Gold") == []) == (choice == "accepted")
    # the session outlives the job
    shown = [facts(session(api, identity))[0] for _unused in range(3)][-1]
    assert shown == "Stopped"


def test_replica_sessions_cannot_be_stopped(em: Emulator, api: Api) -> None:
    act(api, job=REPLICA)
    identity = em.sessions()[0].id
    assert api.request("POST", f"/api/replicaSessions/{identity}?action=stop").status == 405
    assert api.request("POST", f"/api/backupSessions/{identity}?action=stop").status == 404
    assert api.request("POST", f"/api/jobs/{REPLICA}?action=stop").status == 202


def test_synchronisation(em: Emulator, api: Api) -> None:
    """The copy job's own session goes on and says nothing; the work shows in those of hidden jobs."""
    em.plan_runs(COPY, always={"length": "60s"})
    task = act(api, "sync", COPY)
    assert (task.operation, task.success, task.related) == ("StartJobSync", True, [])
    assert task.message == 'Job "Copy to Offsite" triggered to sync.'
    advance(em, 60)
    container, worker = em.sessions()
    assert (container.job_id, container.job_type, container.state, container.progress) == (
        COPY, "ImmediateBackupCopy", "Working", 0)  # fmt: skip
    assert (worker.job_name, worker.job_type) == ("Copy to Offsite\\TPL Gold", "ImmediateBackupCopyWorker")
    assert (worker.state, worker.result, len(worker.machines)) == ("Stopped", "Success", 3)
    assert worker.job_id not in [job.id for job in em.jobs()]
    act(api, "sync", COPY)
    _refused(api, "sync", "task_failed", job=COPY)
    found = em.sessions("Copy to Offsite")
    assert [(item.state, item.result, item.progress) for item in found] == [
        ("Stopped", "Success", 0), ("Starting", "None", 0)]  # fmt: skip


def test_synchronisation_of_a_periodic_copy_job(em: Emulator, api: Api) -> None:
    em.plan_runs(LEGACY, {"length": "0s"})
    act(api, "sync", LEGACY)
    assert [(item.job_type, item.result, len(item.machines)) for item in em.sessions()] == [
        ("BackupCopy", "Success", 3)
    ]


# What EM shows of it


def test_sessions_that_em_shows_late(em: Emulator, api: Api) -> None:
    em.switches["show_session_after"] = "5s"
    em.plan_runs("TPL Gold", {"length": "600s"})
    identity = act(api).job_id
    path = f"/jobs/{GOLD}/backupSessions"
    assert api.get(f"/backupSessions/{identity}").status == 404
    assert len(api.get(path).xml) == 0
    advance(em, 5)
    assert len(api.get(path).xml) == 1
    assert api.get(f"/backupSessions/{identity}").status == 200


@pytest.mark.parametrize(
    "path",
    [f"/jobs/{GOLD}/backupSessions", "/backupSessions/{id}", "/backupSessions/{id}/taskSessions",
     "/query?type=BackupJobSession", "/query?type=BackupTaskSession", "/backupTaskSessions"],
)  # fmt: skip
def test_sessions_that_em_shows_after_some_reads(em: Emulator, api: Api, path: str) -> None:
    """Whatever a client looks at: none waits in vain because it looks elsewhere."""
    em.switches["show_session_after"] = "2"
    em.plan_runs("TPL Gold", {"length": "600s"})
    identity = act(api).job_id
    looks = [api.get(path.format(id=identity)) for _unused in range(4)]
    shown = [look.status == 200 and identity in look.body.decode() for look in looks]
    assert shown == [False, False, True, True]


def test_states_that_are_old(em: Emulator, api: Api) -> None:
    em.switches["session_lag"] = 60
    em.plan_runs("TPL Gold", {"length": "600s"})
    identity = act(api).job_id
    assert api.get(f"/backupSessions/{identity}").status == 404
    advance(em, 61)
    assert facts(session(api, identity)) == ("Starting", "None", 0)
    advance(em, 570)
    assert facts(session(api, identity))[0] == "Working"
    advance(em, 29)
    assert facts(session(api, identity))[0] == "Stopped"


@pytest.mark.parametrize(("choice", "precise"), [("auto", False), ("sql_server", False), ("postgresql", True)])
def test_names_of_sessions(em: Emulator, api: Api, choice: str, precise: bool) -> None:
    advance(em, 0.5)
    em.switches["database"] = choice
    act(api)
    name = em.sessions()[0].name
    assert name.startswith("TPL Gold@2026-01-")
    assert name.endswith(".5") == precise
    assert api.get(f"/jobs/{GOLD}/backupSessions").first("//v:Ref/@Name") == name
    assert api.names(api.query(type="BackupJobSession", filter=f'Name=="{name}"')) == [name]
    advance(em, 0.5)


def test_only_a_month_is_listed(em: Emulator, api: Api) -> None:
    em.plan_runs("TPL Gold", {"length": "60s"})
    act(api)
    advance(em, 30 * 86400 + 1)
    api.log_on()
    act(api)
    for path in ("/backupSessions", f"/jobs/{GOLD}/backupSessions"):
        assert len(api.get(path).xml) == 1
    em.switches["query_sessions"] = "all"
    assert len(api.query(type="BackupJobSession").xml.findall(".//v:Ref", NS)) == 2
    em.switches["query_sessions"] = "last_30_days"
    assert len(api.query(type="BackupJobSession").xml.findall(".//v:Ref", NS)) == 1


@pytest.mark.parametrize("accept", [XML, JSON])
def test_queries(em: Emulator, accept: str) -> None:
    api = Api(em, accept)
    api.log_on()
    em.switches["run_length"] = "60s"
    for job in ("TPL Gold", "TPL Replica", "Copy to Offsite"):
        em.start_run(job)
    em.start_run("TPL Silver", "vbr02.example.test")
    em.plan_runs("TPL Gold", "Failed")
    advance(em, 100)
    em.start_run("TPL Gold")
    advance(em, 100)

    def names(text: str, kind: str = "BackupJobSession", **more: Any) -> list[str]:
        answer = api.query(type=kind, filter=text, **more)
        assert answer.status == 200, answer.text
        return [name.partition("@")[0] for name in _refs(api, answer)]

    for uid in (f'"urn:veeam:Job:{GOLD}"', GOLD):
        assert names(f"JobUid=={uid}") == ["TPL Gold", "TPL Gold"]
    last = em.sessions("TPL Gold")[-1]
    newest = api.query(type="BackupJobSession", filter=f"JobUid=={GOLD}", sortDesc="CreationTime", pageSize=1)
    assert _refs(api, newest) == [last.name]
    assert names("Result==Failed") == ["TPL Gold"]
    assert names('(result=="Failed",result=="Warning");JobType==Backup') == ["TPL Gold"]
    assert names(f'CreationTime>="{last.created.rstrip("Z")}"') == ["TPL Gold"]
    assert names(f'CreationTime<"{last.created}"', sortAsc="JobName") == ["Copy to Offsite", "TPL Gold", "TPL Silver"]
    assert names('BackupServerName=="vbr02.example.test"') == ["Copy to Offsite", "TPL Silver"]
    assert names("State==Working") == []
    assert names(f"JobUid=={REPLICA}", "ReplicaJobSession") == ["TPL Replica"]
    assert names(f"JobUid=={REPLICA}") == []
    assert names(f"JobSessionUid=={last.id}", "BackupTaskSession") == ["web01", "web02", "web03"]
    assert names('Result==Failed;VmDisplayName=="web02"', "BackupTaskSession") == ["web02"]
    assert names("", "ReplicaTaskSession") == ["web01"]


def _refs(api: Api, answer: Response) -> list[str]:
    if api.accept == XML:
        return [str(name) for name in answer.xml.xpath("//v:Ref/@Name", namespaces=NS)]
    refs = answer.json["Refs"]["Refs"]
    return [item["Name"] for item in refs]


def test_task_sessions_by_their_own_address(em: Emulator, api: Api) -> None:
    em.plan_runs("TPL Gold", {"length": 0})
    identity = act(api).job_id
    session(api, identity)
    [first, *_unused] = em.sessions()[0].machines
    answer = api.get(f"/backupTaskSessions/{first.id}", format="Entity")
    assert answer.first("v:VmUid") == first.ref
    assert len(api.get("/backupTaskSessions").xml) == 3
    assert api.get(f"/backupTaskSessions/{GOLD}").status == 404
    assert api.get("/backupTaskSessions/web01").status == 400
    act(api, job=REPLICA)
    replica = em.sessions("TPL Replica")[0]
    for spelling in ("repica", "replica"):
        assert len(api.get(f"/replicaSessions/{replica.id}/{spelling}TaskSessions").xml) == 1
        assert api.get(f"/{spelling}TaskSessions/{replica.machines[0].id}").status == 200
        assert len(api.get(f"/{spelling}TaskSessions").xml) == 1
    assert api.get(f"/backupTaskSessions/{replica.machines[0].id}").status == 404


def test_roles(em: Emulator) -> None:
    em.start_run("TPL Gold")
    api = Api(em)
    api.log_on("portal-user")
    identity = em.sessions()[0].id
    for path in ("/backupSessions", f"/backupSessions/{identity}", f"/backupSessions/{identity}/taskSessions"):
        assert api.get(path).status == 200
    assert api.get("/query", type="BackupJobSession").status == 200
    assert api.get(f"/jobs/{GOLD}/backupSessions").status == 403
    assert api.request("POST", f"/api/backupSessions/{identity}?action=stop").status == 403


def test_jobs_are_named_by_id_or_name(em: Emulator) -> None:
    em.plan_runs("TPL Silver", "Failed", server="vbr02.example.test")
    em.switches["run_length"] = "0s"
    assert em.start_run(SILVER).machines[0].name == "web02"
    advance(em, 1)
    em.start_run("TPL Silver", "vbr02.example.test")
    advance(em, 1)
    assert [item.result for item in em.sessions("TPL Silver")] == ["Success", "Failed"]
    assert [item.server for item in em.sessions("TPL Silver", "vbr02.example.test")] == ["vbr02.example.test"]
    with pytest.raises(KeyError, match="no jobs fit"):
        em.plan_runs("nobody", "Failed")


def test_control_interface(em: Emulator, api: Api) -> None:
    spec = {"job": "TPL Gold", "next": [{"length": "30s", "machines": {"web01": "Failed"}}], "start": True}
    started = call(api, "POST", "/runs", spec)
    assert (started.status, started.json["state"], started.json["job_id"]) == (201, "Starting", GOLD)
    advance(em, 30)
    assert [item["result"] for item in call(api, "GET", "/runs").json] == ["Failed"]
    assert call(api, "POST", "/runs", {"job": GOLD, "always": {"length": "5s"}}).status == 204
    assert em.world.state.jobs[GOLD].runs == RunPlan(length="5s")
    for wrong in ({}, {"job": "nobody"}, {"job": GOLD, "next": "Failed"}, {"job": GOLD, "next": ["Bad"]},
                  {"job": GOLD, "then": []}):  # fmt: skip
        assert call(api, "POST", "/runs", wrong).status == 400


# What stands in the way


@pytest.mark.parametrize("choice", ["task_failed", "http_400", "http_500"])
def test_backup_servers_that_em_does_not_reach(em: Emulator, api: Api, choice: str) -> None:
    em.switches["offline_server"] = choice
    em.switches["run_length"] = "never"
    identity = act(api).job_id
    em.set_online("vbr01.example.test", False)
    for action in ("start", "stop", "retry", "toggleScheduleEnabled"):
        _refused(api, action, choice)
    _refused(api, "stop", choice, "backupSessions", identity)
    answer = api.request("DELETE", f"/api/jobs/{GOLD}")
    if choice == "task_failed":
        assert api.finish(str(answer.first("v:TaskId"))).success is False
        assert api.clone("web").status == 202
    else:
        assert answer.status == api.clone("web").status == int(choice[5:])
    # the other server is reached
    em.start_run("TPL Hyper-V")
    assert call(api, "POST", "/servers", {"backup_server": "vbr01.example.test", "online": True}).status == 204
    assert act(api, "stop").success
    assert [item.state for item in em.sessions("TPL Gold")] == ["Stopping"]
    assert len(em.jobs("TPL Gold")) == 1 and em.jobs("web") == []
    for wrong in ({"backup_server": "none", "online": True}, {"backup_server": "vbr01.example.test"}, []):
        assert call(api, "POST", "/servers", wrong).status == 400
    with pytest.raises(KeyError):
        em.set_online("none", True)


def test_backup_servers_that_are_offline_at_the_start() -> None:
    em = Emulator(state={"backup_servers": [{"name": "s", "online": False}]})
    assert em.world.offline == set(em.world.state.servers)


@pytest.mark.parametrize("choice", ["null", "reason"])
def test_the_message_of_a_session_that_has_failed(em: Emulator, choice: str) -> None:
    em.switches["failure_message"] = choice
    em.plan_runs("TPL Gold", {"length": 0, "machines": {"web02": {"result": "Failed", "reason": "No space."}}})
    session = em.start_run("TPL Gold")
    for accept in (XML, JSON):
        api = Api(em, accept)
        api.log_on()
        answer = api.get(f"/backupSessions/{session.id}", format="Entity")
        shown = answer.first("v:FailureMessage") if accept == XML else answer.json["FailureMessage"]
        assert shown == ("No space." if choice == "reason" else None)


def test_queries_for_one_job_do_not_go_through_all_sessions(em: Emulator) -> None:
    for _unused in range(3):
        for job in ("TPL Gold", "TPL Replica", "TPL Hyper-V"):
            em.plan_runs(job, {"length": "1s"})
            em.start_run(job)
        advance(em, 60)
    runs = em.world.runs
    runs.update_view()
    last = em.sessions("TPL Gold")[-1]
    for text, count in (
        (f'JobUid=="urn:veeam:Job:{GOLD}"', 3), (f"State==Stopped;JobUid=={GOLD}", 3), ("State==Stopped", 6),
        (f"CreationTime>={last.created}", 2), (f"JobUid=={GOLD};CreationTime>={last.created}", 1),
        (f"JobUid=={LEGACY}", 0),
    ):  # fmt: skip
        assert len(_candidates(runs, JobSession, Wanted(JobSession, em.switches, parse(text, em.switches)))) == count, (
            text
        )
    for text, count in ((f"JobSessionUid=={last.id}", 3), ("VmDisplayName==WEB01", 3), ("Result==Success", 12)):
        wanted = Wanted(TaskSession, em.switches, parse(text, em.switches))
        assert len(_task_candidates(runs, TaskSession, wanted, True)) == count, text


def test_single_runs_of_one_job_are_several() -> None:
    """Each with an id and restore points of its own, the same in every run."""
    moments = ("2026-01-03T22:00:00Z", "2026-01-04T22:00:00Z")
    state = {
        "backup_servers": [{"name": "vbr01.example.test"}],
        "repositories": [{"name": "Default"}],
        "hierarchy_roots": [{"name": "vcenter01.example.test", "objects": ["web01"]}],
        "jobs": [
            {"name": "Shop", "type": "Backup", "platform": "VMware", "repository": "Default", "objects": ["web01"]},
        ],
        "sessions": [{"job": "Shop", "created": created, "length": "600s"} for created in moments],
    }
    first, again = (Emulator(state=state, clock=ManualClock(), seed=1) for _ in range(2))
    assert len({session.id for session in first.sessions("Shop", past=True)}) == 2
    assert len({point.id for point in first.points("web01")}) == 2
    assert [point.id for point in first.points("web01")] == [point.id for point in again.points("web01")]
