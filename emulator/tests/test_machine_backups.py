# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quick backup and VeeamZIP."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from veeam_em_emulator import Emulator

from .client import XML, advance
from .memory import Memory, below_api, links, ready
from .test_points import DAY, ROOT, STATE, WEB01, WEB02, new, run

SERVER = "11111111-aaaa-4bbb-8ccc-000000000001"
MAIN, SECOND = "22222222-aaaa-4bbb-8ccc-000000000001", "22222222-aaaa-4bbb-8ccc-000000000002"
OTHER, OTHER_MAIN = "11111111-aaaa-4bbb-8ccc-000000000002", "22222222-aaaa-4bbb-8ccc-000000000003"
WITH_IDS: dict[str, Any] = {
    **STATE,
    "backup_servers": [{"name": "vbr01", "id": SERVER}, {"name": "vbr02", "id": OTHER}],
    "repositories": [
        {"name": "Main", "id": MAIN, "backup_server": "vbr01"},
        {"name": "Second", "id": SECOND, "backup_server": "vbr01"},
        {"name": "Main", "id": OTHER_MAIN, "backup_server": "vbr02"},
    ],
    "hierarchy_roots": [{**root, "backup_server": "vbr01"} for root in STATE["hierarchy_roots"]],
    "jobs": [{**job, "backup_server": "vbr01"} for job in STATE["jobs"]],
    "accounts": [
        *STATE["accounts"],
        {"user": "user", "password": "Passw0rd!", "role": "Portal User"},
        {"user": "operator", "password": "Passw0rd!", "role": "VM Restore Operator"},
    ],
}
QUICK, ZIP = f"/backupServers/{SERVER}?action=quickbackup", f"/backupServers/{SERVER}?action=veeamzip"


@pytest.fixture
def em() -> Emulator:
    return new(state=WITH_IDS)


@pytest.fixture
def api(em: Emulator) -> Memory:
    return Memory(em)


def session_of(api: Memory, task: Any) -> Any:
    [link] = links(task, "Related", "BackupJobSession")
    assert link["name"] is None
    return api.get(below_api(link["href"]))


# Quick backup


def test_a_quick_backup(em: Emulator, api: Memory) -> None:
    run(em)
    em.hypervisor.write("web01", "second version")
    task = api.task(QUICK, {"VmRef": WEB01})
    assert (task["operation"], task["result"]) == ("QuickBackup", {"message": "Ok", "success": True})
    session = session_of(api, task)
    assert (session["jobname"], session["jobtype"], session["result"]) == ("Web", "Backup", "None")
    advance(em, 600)
    session = session_of(api, task)
    assert (session["state"], session["result"], len(links(session, "Related"))) == ("Stopped", "Success", 1)
    [done] = api.get(f"/backupSessions/{session['uid'][-36:]}/taskSessions", format="Entity")["backuptasksessions"]
    assert (done["vmuid"], done["result"]) == (WEB01, "Success")
    [link] = links(done, "Related", "VmRestorePoint")
    point = api.get(below_api(link["href"]))
    assert (point["pointtype"], point["vmname"], ready(point)) == ("Increment", "web01", True)
    # in the backup of the job, beside the regular points
    assert [item.data for item in em.points("web01")] == ["original", "second version"]
    assert {item.job for item in em.points("web01")} == {"Web"} and len(em.points("web02")) == 1
    told = em.machine_history("web01")[-1]
    assert (told.event, told.user, told.task, told.point) == (
        "backed_up",
        "EM01\\svc-ansible",
        "task-1",
        point["uid"][-36:],
    )


def test_the_job_with_the_newest_point_runs(em: Emulator, api: Memory) -> None:
    """web02 is in two jobs; the caller cannot choose."""
    run(em, "Folder")
    run(em, "Web")
    assert session_of(api, api.task(QUICK, {"VmRef": WEB02}))["jobname"] == "Web"
    advance(em, DAY)
    run(em, "Folder")
    assert session_of(api, api.task(QUICK, {"VmRef": WEB02}))["jobname"] == "Folder"
    advance(em, 600)
    assert [item.name for item in em.sessions()[-1].machines] == ["web02"]


OBSTACLES = {
    "quick_backup_without_job": "no backup job has that machine",
    "quick_backup_without_full": "the job has no restore point of that machine yet",
    "quick_backup_running_job": "the job is running",
    "quick_backup_cloud_director": "the machine is in a job of Cloud Director",
}


def asked(em: Emulator, name: str) -> str:
    """The reference of a machine for which the precondition does not hold."""
    if name == "quick_backup_cloud_director":
        run(em, "Cloud")
        return next(item.ref for item in em.machines("front"))
    if name == "quick_backup_running_job":
        run(em)
        em.start_run("Web")
    if name == "quick_backup_without_job":
        return f"urn:VMware:Vm:{ROOT}.vm-99"
    return WEB01


@pytest.mark.parametrize(
    ("name", "choice"),
    [
        *((name, choice) for name in OBSTACLES for choice in ("task_failed", "http_400", "http_500", "session_failed")),
        ("quick_backup_without_full", "accepted"), ("quick_backup_running_job", "accepted"),
    ],
)  # fmt: skip
def test_what_stands_against_it(em: Emulator, api: Memory, name: str, choice: str) -> None:
    if name == "quick_backup_without_full":
        em.switches["quick_backup_without_full"] = choice
    elif name == "quick_backup_running_job":
        em.switches["quick_backup_running_job"] = choice
    elif name == "quick_backup_without_job":
        em.switches["quick_backup_without_job"] = choice
    else:
        em.switches["quick_backup_cloud_director"] = choice
    reference = asked(em, name)
    before = len(em.sessions())
    if choice.startswith("http_"):
        status, error = api.post(QUICK, {"VmRef": reference})
        assert status == int(choice[5:]) and OBSTACLES[name] in error["message"]
        assert len(em.sessions()) == before
        return
    task = api.task(QUICK, {"VmRef": reference})
    if choice == "task_failed":
        assert not task["result"]["success"] and OBSTACLES[name] in task["result"]["message"]
        assert links(task, "Related") == [] and len(em.sessions()) == before
        return
    session = session_of(api, task)
    if choice == "accepted":
        assert session["state"] != "Stopped"
        return
    assert (session["state"], session["result"]) == ("Stopped", "Failed")
    [done] = api.get(f"/backupSessions/{session['uid'][-36:]}/taskSessions", format="Entity")["backuptasksessions"]
    assert OBSTACLES[name] in done["reason"] and links(done, "Related") == []


def test_two_machines_of_one_job_at_once(em: Emulator, api: Memory) -> None:
    run(em)
    assert api.task(QUICK, {"VmRef": WEB01})["result"]["success"]
    assert not api.task(QUICK, {"VmRef": WEB02})["result"]["success"]
    advance(em, 600)
    assert api.task(QUICK, {"VmRef": WEB02})["result"]["success"]


def test_a_scheduled_run_waits_for_it(em: Emulator, api: Memory) -> None:
    em.switches["schedule_fires"] = True
    run(em)
    begun = len(em.sessions("Web"))
    # the job starts every day at 21:00 in the zone of its schedule
    due = datetime.fromisoformat(em.world.state.jobs[em.jobs("Web")[0].id].next_run.replace("Z", "+00:00"))
    advance(em, (due - em.clock.utc()).total_seconds() - 60)
    api.task(QUICK, {"VmRef": WEB01})
    advance(em, 120)
    assert len(em.sessions("Web")) == begun + 1
    advance(em, 480)
    sessions = em.sessions("Web")[begun:]
    assert [len(item.machines) for item in sessions] == [1, 2]
    assert sessions[1].created == sessions[0].ended and sessions[1].scheduled


def test_retention_counts_it_with_the_point_before(em: Emulator, api: Memory) -> None:
    job = em.world.state.jobs[em.jobs("Web")[0].id]
    job.retention = {"RetainCycles": 2, "RetainDaysToKeep": 99, "RetainLimitType": "Cycles"}
    run(em)
    api.task(QUICK, {"VmRef": WEB01})
    advance(em, DAY)
    run(em)
    assert len(em.points("web01")) == 3
    run(em)
    assert len(em.points("web01")) == 2, "the quick one goes with its regular one"


@pytest.mark.parametrize("body", [{}, {"VmRef": ""}, {"VmRef": None}])
def test_without_a_machine(api: Memory, body: dict[str, Any]) -> None:
    assert api.post(QUICK, body)[0] == 500


def test_who_may(em: Emulator) -> None:
    run(em)
    assert Memory(em, "user").task(QUICK, {"VmRef": WEB01})["result"]["success"]
    assert Memory(em, "operator").post(QUICK, {"VmRef": WEB01})[0] == 403
    assert Memory(em, "operator").post(ZIP, {})[0] == 403


@pytest.mark.parametrize("path", [QUICK, ZIP])
@pytest.mark.parametrize("choice", ["task_failed", "http_400"])
def test_of_a_server_that_em_does_not_reach(em: Emulator, api: Memory, path: str, choice: str) -> None:
    run(em)
    em.switches["offline_server"] = choice
    em.set_online("vbr01", False)
    body = {"VmRef": WEB01} if path == QUICK else zipped()
    if choice == "http_400":
        assert api.post(path, body)[0] == 400
    else:
        assert "offline" in api.task(path, body)["result"]["message"]


@pytest.mark.parametrize(("path", "action"), [(QUICK, "quick_backup"), (ZIP, "veeamzip")])
def test_a_session_that_em_shows_late(em: Emulator, api: Memory, path: str, action: str) -> None:
    run(em)
    em.add_fault(fault="late_job", action=action, seconds=5)
    [link] = links(api.task(path, {"VmRef": WEB01} if path == QUICK else zipped()), "Related")
    assert api.request("GET", below_api(link["href"])).status == 404
    advance(em, 5)
    assert api.request("GET", below_api(link["href"])).status == 200


# VeeamZIP


def zipped(**more: Any) -> dict[str, Any]:
    return {
        "VmRef": WEB01, "RepositoryUid": f"urn:veeam:Repository:{SECOND}", "CompressionLevel": 3,
        "DisableGuestQuiescence": True, "BackupRetention": "In1Week", **more,
    }  # fmt: skip


def test_a_veeamzip(em: Emulator, api: Memory) -> None:
    """A full backup that belongs to no job; found by the name of its session's job."""
    task = api.task(ZIP, zipped())
    assert (task["operation"], task["result"]["message"]) == ("VeeamZip", "Ok")
    advance(em, 600)
    session = session_of(api, task)
    name = session["jobname"]
    assert (name, session["result"]) == ("web01_2026-01-05T110000", "Success")
    [backup] = api.query("Backup", f'Name=="{name}"')
    assert api.query("Backup", f"JobUid=={session['joburi'] if 'joburi' in session else session['jobuid']}") == [backup]
    assert [link["name"] for link in links(backup, "Up")][0] == "Second"
    [point] = em.points("web01")
    assert (point.type, point.repository, point.ready) == ("Full", "Second", True)
    assert em.jobs(name) == [] and [job.name for job in em.jobs()] == ["Web", "Folder", "Cloud", "Copy"]
    # each makes another one
    api.task(ZIP, zipped())
    advance(em, 600)
    assert [item.type for item in em.points("web01")] == ["Full", "Full"]
    assert len({item.backup for item in em.points("web01")}) == 2


def test_a_veeamzip_of_several_machines(em: Emulator) -> None:
    api = Memory(em, media=XML)
    body = (
        '<VeeamZipStartupSpec xmlns="http://www.veeam.com/ent/v1.0">'
        f"<VmRef>{WEB01}</VmRef><VmRef>{WEB02}</VmRef><RepositoryUid>{MAIN}</RepositoryUid>"
        "<CompressionLevel>0</CompressionLevel><BackupRetention>Never</BackupRetention></VeeamZipStartupSpec>"
    )
    assert api.request("POST", ZIP, body).status == 400
    assert api.request("POST", ZIP, body.replace(">0<", ">5<")).status == 202
    for _unused in range(3):
        api.request("GET", "/tasks/task-1")
    advance(em, 600)
    assert [item.machine for item in em.points()] == ["web01", "web02"]
    assert len({item.backup for item in em.points()}) == 1


@pytest.mark.parametrize(
    ("kept", "hours"),
    [("Tonight", 13), ("TomorrowNight", 37), ("In3days", 72), ("In1Week", 168), ("In7Years", 2556 * 24)],
)
def test_it_deletes_itself(em: Emulator, api: Memory, kept: str, hours: float) -> None:
    """The night ends at midnight of the backup server, an hour before it does in UTC."""
    api.task(ZIP, zipped(BackupRetention=kept))
    advance(em, hours * 3600 - 1)
    assert len(em.points()) == 1
    advance(em, 1)
    assert em.points() == [] == api.query("Backup")


def test_the_longest_came_with_11() -> None:
    em = new("10", state=WITH_IDS)
    assert Memory(em).post(ZIP, zipped(BackupRetention="In7Years"))[0] == 400


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"VmRef": ""}, 500), ({"VmRef": []}, 500), ({"RepositoryUid": None}, 500), ({"BackupRetention": "Soon"}, 400),
        ({"CompressionLevel": 6}, 400), ({"CompressionLevel": "high"}, 400), ({"CompressionLevel": True}, 400),
        ({"DisableGuestQuiescence": "maybe"}, 400), ({"PasswordKeyId": "secret"}, 400),
    ],
)  # fmt: skip
def test_bodies_that_cannot_be(api: Memory, more: dict[str, Any], status: int) -> None:
    assert api.post(ZIP, zipped(**more))[0] == status


@pytest.mark.parametrize("choice", ["task_failed", "http_400", "http_500", "session_failed"])
@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"VmRef": f"urn:VMware:Vm:{ROOT}.vm-99"}, "no such machine"),
        ({"VmRef": "urn:HyperV:Vm:x.020aa5ab"}, "none of vSphere"),
        ({"RepositoryUid": f"urn:veeam:Repository:{OTHER_MAIN}"}, "not on the backup server"),
        ({"RepositoryUid": "urn:veeam:Repository:none"}, "not on the backup server"),
    ],
)
def test_what_stands_against_a_veeamzip(
    em: Emulator, api: Memory, more: dict[str, Any], words: str, choice: str
) -> None:
    em.switches["veeamzip_refused"] = choice
    if choice.startswith("http_"):
        status, error = api.post(ZIP, zipped(**more))
        assert status == int(choice[5:]) and words in error["message"]
        return
    task = api.task(ZIP, zipped(**more))
    if choice == "task_failed":
        assert words in task["result"]["message"] and em.sessions() == []
        return
    session = session_of(api, task)
    assert (session["state"], session["result"]) == ("Stopped", "Failed")
    assert em.points() == []


@pytest.mark.parametrize(("choice", "status"), [("refused", 500), ("accepted", 202)])
@pytest.mark.parametrize("order", ["strict", "tolerant"])
def test_a_veeamzip_without_a_level(choice: str, status: int, order: str) -> None:
    """As a client of others sends it: retention first, and a spelling that only a tolerant server passes over."""
    em = new(state=WITH_IDS, switches={"element_order": order})
    em.switches["veeamzip_without_level"] = choice
    body = (
        '<VeeamZipStartupSpec xmlns="http://www.veeam.com/ent/v1.0">'
        f"<VmRef>{WEB01}</VmRef><RepositoryUid>{MAIN}</RepositoryUid><BackupRetention>Never</BackupRetention>"
    )
    sent = Memory(em, media=XML)
    assert sent.request("POST", ZIP, f"{body}</VeeamZipStartupSpec>").status == status
    misspelt = sent.request("POST", ZIP, f"{body}<Compressionlevel>3</Compressionlevel></VeeamZipStartupSpec>").status
    assert misspelt == (400 if status == 202 and order == "strict" else status)
