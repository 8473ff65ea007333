# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores of machines and vApps, and their sessions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from veeam_em_emulator import Emulator, ManualClock, RunError

from .client import XML, advance
from .memory import Memory, below_api, links
from .test_machine_backups import WITH_IDS
from .test_points import DAY, ROOT, WEB01, new, run

NS = 'xmlns="http://www.veeam.com/ent/v1.0"'


@pytest.fixture
def em() -> Emulator:
    """A point of each machine of the job, and broken machines."""
    return broken(new(state=WITH_IDS, switches={"restore_length": "600s"}))


def broken(em: Emulator, *machines: str) -> Emulator:
    run(em)
    for machine in machines or ("web01", "web02"):
        em.hypervisor.break_machine(machine)
    return em


@pytest.fixture
def api(em: Emulator) -> Memory:
    return Memory(em)


def spec(keep: bool | None = None, quick: bool = False, power_on: bool = False) -> dict[str, Any]:
    more = {} if keep is None else {"KeepOriginalVM": keep}
    return {"VmRestoreSpec": {"PowerOnAfterRestore": power_on, "QuickRollback": quick, **more}}


def restore(em: Emulator, api: Memory, body: Any = None, machine: str = "web01") -> Any:
    """The finished task."""
    return api.task(f"/vmRestorePoints/{em.points(machine)[-1].id}?action=restore", body)


def session_of(api: Memory, task: Any) -> Any:
    assert task["result"]["success"], task
    [link] = links(task, "Related", "RestoreSession")
    assert link["name"] is None
    return api.get(below_api(link["href"]))


def events(em: Emulator, machine: str) -> list[str]:
    return [event.event for event in em.machine_history(machine)]


# In place, beside, anew


def test_in_place(em: Emulator, api: Memory) -> None:
    point = em.points("web01")[0]
    task = restore(em, api, spec(keep=False, power_on=True))
    assert (task["operation"], task["result"]["message"]) == ("StartVMRestore", "Ok")
    session = session_of(api, task)
    assert (session["state"], session["result"], session["restoredobjref"]) == ("Starting", "None", None)
    assert em.machine("web01").powered_on is False and em.machine("web01").data == "broken"
    advance(em, 300)
    session = session_of(api, task)
    assert (session["state"], session["progress"], session["endtimeutc"]) == ("Working", 50, None)
    advance(em, 300)
    session = session_of(api, task)
    assert (session["state"], session["result"], session["progress"]) == ("Stopped", "Success", 100)
    assert session["restoredobjref"] == WEB01 and session["jobtype"] == "RestoreVm"
    assert session["name"] == f"web01@{em.restore_sessions()[0].created[:19].replace('T', ' ')}"
    assert [link["href"][-36:] for link in links(session, "Related", "VmRestorePointReference")] == [point.id]
    web01 = em.machine("web01")
    assert (web01.data, web01.powered_on, web01.ref) == ("original", True, WEB01)
    assert web01.written == session["endtimeutc"]
    assert events(em, "web01")[-4:] == ["restore_started", "powered_off", "restored", "powered_on"]
    told = em.machine_history("web01")[-2]
    assert (told.point, told.session, told.user) == (point.id, session["uid"][-36:], "EM01\\svc-ansible")
    assert (told.task, told.server, told.by) == ("task-1", "vbr01", 2)


def test_the_demo() -> None:
    """Somebody breaks a machine: it is brought back beside the original, and then in its place."""
    em = Emulator(clock=ManualClock())
    api = Memory(em)
    em.hypervisor.break_machine("web02")
    web02 = em.machine("web02").ref
    [newest] = api.query("VmRestorePoint", f'HierarchyObjRef=="{web02}"', sortDesc="CreationTime", pageSize=1, page=1)
    path = below_api(links(newest, "Restore")[0]["href"])
    session = session_of(api, api.task(path, spec(keep=True)))
    while session["state"] != "Stopped":
        session = api.get(f"/restoreSessions/{session['uid'][-36:]}", format="Entity")
    beside = em.machine("web02_restored")
    assert (beside.data, beside.ref, em.machine("web02").data) == ("original", session["restoredobjref"], "broken")
    em.hypervisor.delete(beside.ref)
    session = session_of(api, api.task(path, spec(keep=False, power_on=True)))
    while session["state"] != "Stopped":
        session = api.get(f"/restoreSessions/{session['uid'][-36:]}", format="Entity")
    back = em.machine("web02")
    assert (back.data, back.powered_on, back.ref) == ("original", True, web02)
    assert events(em, "web02")[-7:] == [
        "data_changed", "restore_started", "restored_beside",
        "restore_started", "powered_off", "restored", "powered_on",
    ]  # fmt: skip


def test_beside(em: Emulator, api: Memory) -> None:
    """Each time another machine."""
    for _unused in range(2):
        restore(em, api, spec(keep=True))
        advance(em, 600)
    kept = em.machine("web01")
    assert (kept.data, kept.powered_on) == ("broken", True)
    beside = em.machines("web01_restored")
    assert [(item.data, item.powered_on) for item in beside] == [("original", False)] * 2
    assert len({item.ref for item in [kept, *beside]}) == 3
    assert [item.restored for item in em.restore_sessions("web01")] == [item.ref for item in beside]
    assert [item["objectname"] for item in looked_up(api, beside[0].ref)] == ["web01_restored"]
    told = [event for event in em.machine_history("web01") if event.event == "restored_beside"]
    assert [event.other for event in told] == [item.ref for item in beside]
    assert events(em, beside[0].ref) == ["created", "restored"]


def looked_up(api: Memory, reference: str) -> list[Any]:
    found: list[Any] = api.get("/lookup", hierarchyRef=reference)["hierarchyitems"]
    return found


@pytest.mark.parametrize(
    ("choice", "name"), [("suffix", "web01_restored"), ("same", "web01"), ("stamped", "web01_20260106101000")]
)
def test_the_name_of_a_kept_machine(em: Emulator, api: Memory, choice: str, name: str) -> None:
    em.switches["kept_machine_name"] = choice
    restore(em, api, spec(keep=True))
    advance(em, 600)
    assert em.restore_sessions()[0].restored in [item.ref for item in em.machines(name)]


@pytest.mark.parametrize("delay", ["2", "5s"])
def test_a_new_machine_that_lookups_find_late(em: Emulator, api: Memory, delay: str) -> None:
    em.switches["show_new_machine_after"] = delay
    restore(em, api, spec(keep=True))
    advance(em, 600)
    reference = em.machine("web01_restored").ref
    for _unused in range(2):
        assert looked_up(api, reference) == []
    advance(em, 5)
    assert len(looked_up(api, reference)) == 1


def test_a_machine_that_is_gone_is_made_anew(em: Emulator, api: Memory) -> None:
    em.hypervisor.delete("web01")
    session = restore(em, api, spec(power_on=True))
    advance(em, 600)
    web01 = em.machine("web01")
    assert (web01.data, web01.powered_on) == ("original", True) and web01.ref != WEB01
    assert session_of(api, session)["restoredobjref"] == web01.ref
    assert [item.exists for item in em.machines("web01")] == [True, False]


def test_a_machine_that_was_registered_anew(em: Emulator, api: Memory) -> None:
    """Its old points do not know it any more: another one is made."""
    moved = em.hypervisor.register_anew("web01")
    restore(em, api, spec())
    advance(em, 600)
    assert {item.ref: item.data for item in em.machines("web01")} == {
        moved: "broken", em.restore_sessions()[0].restored: "original",
    }  # fmt: skip


def test_an_earlier_point(em: Emulator, api: Memory) -> None:
    run(em)
    first, second = em.points("web01")
    assert (first.data, second.data) == ("original", "broken")
    for point, data in ((second, "broken"), (first, "original")):
        api.task(f"/vmRestorePoints/{point.id}?action=restore", spec())
        advance(em, 600)
        assert em.machine("web01").data == data


def test_an_imported_point_of_which_em_does_not_know_the_machine() -> None:
    """The machine of that name in the inventories, where there is one; else it is made anew."""
    points = [
        {"machine": name, "created": "2025-11-30T21:00:00Z", "ref": None, "backup_server": "vbr01", "data": "old"}
        for name in ("web01", "legacy07")
    ]
    em = new(state={**WITH_IDS, "points": points}, switches={"restore_length": "0"})
    api = Memory(em)
    for name in ("web01", "legacy07"):
        restore(em, api, spec(), name)
        assert em.machine(name).data == "old"
    assert em.machine("web01").ref == WEB01
    assert em.machine("legacy07").ref.startswith(f"urn:VMware:Vm:{ROOT}.vm-")


def test_quick_rollback(em: Emulator, api: Memory) -> None:
    restore(em, api, spec(keep=False, quick=True, power_on=True))
    advance(em, 600)
    assert em.machine("web01").data == "original"


# Bodies


def test_without_a_body(em: Emulator, api: Memory) -> None:
    """As two clients of others send it: in place."""
    done = api.request("POST", f"/vmRestorePoints/{em.points('web01')[0].id}/?action=restore&format=Entity")
    assert done.status == 202
    api.get("/tasks/task-1"), api.get("/tasks/task-1"), api.get("/tasks/task-1")
    advance(em, 600)
    assert em.machine("web01").data == "original"


@pytest.mark.parametrize(("choice", "wanted"), [("off", False), ("on", True), ("as_before", True)])
def test_power_after_a_restore_that_says_nothing_of_it(em: Emulator, api: Memory, choice: str, wanted: bool) -> None:
    em.switches["restore_without_body"] = choice
    restore(em, api)
    restore(em, api, {"VmRestoreSpec": {"QuickRollback": False}}, "web02")
    advance(em, 600)
    assert em.machine("web01").powered_on is em.machine("web02").powered_on is wanted


XML_BODIES = [
    ("<PowerOnAfterRestore>true</PowerOnAfterRestore><QuickRollback>false</QuickRollback>", True, True),
    ("<PowerOnAfterRestore>true</PowerOnAfterRestore>", True, True),
    ("<PowerOnAfterRestore>1</PowerOnAfterRestore><QuickRollback>0</QuickRollback><KeepOriginalVM>true</KeepOriginalVM>",
     True, True),
    # in another order, or with a name that one table of the documentation has
    ("<QuickRollback>false</QuickRollback><PowerOnAfterRestore>true</PowerOnAfterRestore>", False, True),
    ("<PowerOnAfter>true</PowerOnAfter><QuickRollback>false</QuickRollback>", False, True),
    ("<PowerOnAfterRestore>maybe</PowerOnAfterRestore>", False, False),
]  # fmt: skip


@pytest.mark.parametrize("choice", ["strict", "tolerant"])
@pytest.mark.parametrize(("inner", "strict", "tolerant"), XML_BODIES)
def test_bodies_in_xml(em: Emulator, choice: str, inner: str, strict: bool, tolerant: bool) -> None:
    em.switches["element_order"] = choice
    body = f"<RestoreSpec {NS}><VmRestoreSpec>{inner}</VmRestoreSpec></RestoreSpec>"
    path = f"/vmRestorePoints/{em.points('web01')[0].id}?action=restore"
    accepted = strict if choice == "strict" else tolerant
    assert Memory(em, media=XML).request("POST", path, body).status == (202 if accepted else 400)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 500), ({"VmRestoreSpec": None}, 500), ({"VmRestoreSpec": "all"}, 500), ({"RestoreSpec": spec()}, 500),
        ([], 400), ({"VCloudVAppRestoreSpec": {}}, 500), ({"VmRestoreSpec": {"QuickRollback": "x"}}, 400),
        ({"VmRestoreSpec": {"PowerOnAfter": True, "Unknown": 1}}, 202),
    ],
)  # fmt: skip
def test_bodies_in_json(em: Emulator, api: Memory, body: Any, status: int) -> None:
    assert api.post(f"/vmRestorePoints/{em.points('web01')[0].id}?action=restore", body)[0] == status


def test_letter_case_of_json_keys() -> None:
    """13 takes them in any, as it sends others."""
    text = json.dumps(spec(power_on=True))
    body = json.loads(text.replace("VmRestoreSpec", "vmRestoreSpec").replace("Power", "power"))
    for product, status in (("13", 202), ("12", 500)):
        em = broken(new(product, state=WITH_IDS))
        assert Memory(em).post(f"/vmRestorePoints/{em.points('web01')[0].id}?action=restore", body)[0] == status


@pytest.mark.parametrize("choice", ["ignored", "refused", "honoured"])
@pytest.mark.parametrize("product", ["9.5u4", "12"])
def test_keep_before_13(product: str, choice: str) -> None:
    """Ignored, it overwrites what it was to keep."""
    em = broken(new(product, state=WITH_IDS, switches={"restore_length": "0"}))
    em.switches["keep_original_before_13"] = choice
    api = Memory(em)
    if choice == "refused":
        assert api.post(f"/vmRestorePoints/{em.points('web01')[0].id}?action=restore", spec(keep=True))[0] == 400
        assert api.post(f"/vmRestorePoints/{em.points('web01')[0].id}?action=restore", spec(keep=False))[0] == 202
        return
    restore(em, api, spec(keep=True))
    assert em.machine("web01").data == ("original" if choice == "ignored" else "broken")


@pytest.mark.parametrize("choice", ["honoured", "ignored", "refused"])
def test_keep_of_hyper_v(choice: str) -> None:
    em = Emulator(clock=ManualClock(), switches={"restore_length": "0"})
    em.switches["keep_original_hyper_v"] = choice
    em.hypervisor.break_machine("hv01")
    api = Memory(em)
    status, _task = api.post(f"/vmRestorePoints/{em.points('hv01')[-1].id}?action=restore", spec(keep=True))
    assert status == (400 if choice == "refused" else 202)
    for _unused in range(3):
        api.request("GET", "/tasks/task-1")
    assert em.machine("hv01").data == ("original" if choice == "ignored" else "broken")
    if choice == "honoured":
        assert em.machine("hv01_restored").ref.startswith("urn:HyperV:Vm:8e7fef9f-87a8-48b4-bed1-632c3035a1a1.")


# What stands against it


def prepare(em: Emulator, name: str) -> Any:
    """Make it so that this stands against a restore of web01; the body of that."""
    if name == "restore_of_missing_machine":
        em.hypervisor.delete("web01")
    elif name == "restore_during_backup":
        em.start_run("Web")
    elif name == "second_restore":
        em.start_restore(em.points("web01")[0].id)
    elif name == "restore_of_unready_point":
        em.start_run("Web")
        advance(em, 100)
    return spec(keep=True, quick=True) if name == "keep_with_rollback" else spec()


@pytest.mark.parametrize("choice", ["task_failed", "http_400", "http_500", "session_failed", "accepted"])
@pytest.mark.parametrize(
    "name",
    ["keep_with_rollback", "restore_of_running_machine", "restore_of_missing_machine", "restore_during_backup",
     "second_restore", "restore_of_unready_point"],
)  # fmt: skip
def test_what_stands_against_it(em: Emulator, api: Memory, name: str, choice: str) -> None:
    body = prepare(em, name)
    others = ("restore_of_running_machine", "restore_during_backup", "restore_of_unready_point", "second_restore")
    for switch in others:
        em.switches[switch] = "accepted"
    if name == "restore_of_running_machine":
        em.switches["restore_of_running_machine"] = choice
    elif name == "restore_during_backup":
        em.switches["restore_during_backup"] = choice
    elif name == "second_restore":
        em.switches["second_restore"] = choice
    elif name == "restore_of_unready_point":
        em.switches["restore_of_unready_point"] = choice
    elif name == "keep_with_rollback":
        em.switches["keep_with_rollback"] = choice
    else:
        em.switches["restore_of_missing_machine"] = choice
    before = len(em.restore_sessions())
    path = f"/vmRestorePoints/{em.points('web01')[-1].id}?action=restore"
    if choice.startswith("http_"):
        status, error = api.post(path, body)
        assert status == int(choice[5:]) and "refused by the backup server" in error["message"]
        assert len(em.restore_sessions()) == before
        return
    task = api.task(path, body)
    if choice == "task_failed":
        assert not task["result"]["success"] and links(task, "Related") == [] and len(em.restore_sessions()) == before
        return
    session = session_of(api, task)
    if choice == "session_failed":
        assert (session["state"], session["result"], session["progress"]) == ("Stopped", "Failed", 0)
        assert "original" not in [item.data for item in em.machines("web01")]
    else:
        assert session["state"] != "Stopped"


def test_restores_of_several_machines_at_once(em: Emulator, api: Memory) -> None:
    assert restore(em, api, spec())["result"]["success"]
    assert restore(em, api, spec(), "web02")["result"]["success"]
    assert not restore(em, api, spec())["result"]["success"], "one of the machine is under way"
    advance(em, 600)
    assert {em.machine(name).data for name in ("web01", "web02")} == {"original"}
    assert restore(em, api, spec())["result"]["success"]


@pytest.mark.parametrize("choice", ["task_failed", "http_400"])
def test_a_server_that_em_does_not_reach(em: Emulator, api: Memory, choice: str) -> None:
    em.switches["offline_server"] = choice
    identity = em.points("web01")[0].id
    em.set_online("vbr01", False)
    if choice == "http_400":
        assert api.post(f"/vmRestorePoints/{identity}?action=restore", spec())[0] == 400
    else:
        assert "offline" in restore(em, api, spec())["result"]["message"]
    assert em.restore_sessions() == []


def test_a_point_that_retention_has_taken(em: Emulator, api: Memory) -> None:
    identity = em.points("web01")[0].id
    run(em, count=9)
    status, error = api.post(f"/vmRestorePoints/{identity}?action=restore", spec())
    assert (status, error["message"]) == (404, f"Cannot find restore point [{identity}]")
    assert api.post("/vmRestorePoints/none?action=restore", spec())[0] == 400


def test_a_point_that_goes_while_the_task_runs(em: Emulator, api: Memory) -> None:
    identity = em.points("web01")[0].id
    assert api.post(f"/vmRestorePoints/{identity}?action=restore", spec())[0] == 202
    run(em, count=9)
    for _unused in range(3):
        task = api.get("/tasks/task-1")
    assert not task["result"]["success"] and "not there any more" in task["result"]["message"]


def test_actions_that_a_point_has_not(em: Emulator, api: Memory) -> None:
    path = f"/vmRestorePoints/{em.points('web01')[0].id}"
    assert api.post(f"{path}?action=dissolve")[0] == 400
    # printed wrongly in a collection of requests; not the same as action=restore
    assert api.post(f"{path}?format=restore")[0] == 501
    assert em.restore_sessions() == []


@pytest.mark.parametrize("choice", ["refused", "accepted"])
def test_who_may(em: Emulator, choice: str) -> None:
    em.switches["portal_user_restore"] = choice
    path = f"/vmRestorePoints/{em.points('web01')[0].id}?action=restore"
    assert Memory(em, "user").post(path, spec())[0] == (202 if choice == "accepted" else 403)
    operator = Memory(em, "operator")
    assert operator.task(path, spec())["result"]["success"]
    assert len(operator.get("/restoreSessions")["refs"]) == 1
    assert len(operator.query("RestoreSession")) == 1


# Plans


def test_a_restore_that_fails_by_plan(em: Emulator, api: Memory) -> None:
    em.plan_restores({"length": "37s", "result": "Failed", "reason": "no space"}, "Warning", machine="web01")
    task = restore(em, api, spec())
    advance(em, 37)
    session = session_of(api, task)
    assert (session["result"], session["progress"], session["failuremessage"]) == ("Failed", 0, None)
    assert session["restoredobjref"] is None
    em.switches["failure_message"] = "reason"
    assert session_of(api, task)["failuremessage"] == "no space"
    assert (em.machine("web01").data, em.machine("web01").powered_on) == ("broken", True)
    assert (events(em, "web01")[-1], em.machine_history("web01")[-1].detail) == ("restore_failed", "no space")
    task = restore(em, api, spec())
    advance(em, 600)
    assert session_of(api, task)["result"] == "Warning" and em.machine("web01").data == "original"


@pytest.mark.parametrize("choice", ["original", "broken"])
def test_what_a_restore_that_fails_leaves(em: Emulator, api: Memory, choice: str) -> None:
    em.switches["failed_restore_leaves"] = choice
    em.hypervisor.write("web01", "as before")
    em.plan_restores(machine="web01", always="Failed")
    restore(em, api, spec())
    advance(em, 600)
    web01 = em.machine("web01")
    assert (web01.data, web01.powered_on) == (("as before", True) if choice == "original" else ("broken", False))
    # beside it nothing happens to the original
    em.hypervisor.write("web01", "as before")
    restore(em, api, spec(keep=True))
    advance(em, 600)
    assert em.machine("web01").data == "as before" and em.machines("web01_restored") == []


@pytest.mark.parametrize("plan", ["Good", {"length": "soon"}, {"results": "Failed"}, ["Failed"], {"result": "None"}])
def test_plans_that_cannot_be(em: Emulator, plan: Any) -> None:
    with pytest.raises(RunError):
        em.plan_restores(plan, machine="web01")


# Sessions


def test_a_restore_that_lasts_reads(em: Emulator, api: Memory) -> None:
    em.switches["restore_length"] = "2"
    task = restore(em, api, spec())
    seen = [session_of(api, task)["state"] for _unused in range(4)]
    assert seen == ["Starting", "Working", "Stopped", "Stopped"]
    em.plan_restores({"length": "never"}, machine="web01")
    task = restore(em, api, spec())
    advance(em, 10 * DAY)
    assert [session_of(api, task)["state"] for _unused in range(9)][-1] == "Working"


def test_lists_have_a_month(em: Emulator, api: Memory) -> None:
    restore(em, api, spec(keep=True))
    advance(em, DAY)
    restore(em, api, spec(keep=True), "web02")
    assert [item["name"][:5] for item in api.get("/restoreSessions")["refs"]] == ["web02", "web01"]
    advance(em, 29 * DAY + 1)
    listed = api.get("/restoreSessions", format="Entity")["restoresessions"]
    assert [item["vmdisplayname"] for item in listed] == ["web02"]
    assert len(api.query("RestoreSession")) == 2
    em.switches["query_sessions"] = "last_30_days"
    assert len(api.query("RestoreSession")) == 1
    advance(em, DAY)
    assert api.get("/restoreSessions")["refs"] == []
    # by its id it is there
    assert api.get(f"/restoreSessions/{em.restore_sessions()[0].id}")["name"].startswith("web01@")


def test_queries(em: Emulator, api: Memory) -> None:
    begun = em.clock.utc()
    restore(em, api, spec())
    advance(em, 60)
    restore(em, api, spec(), "web02")
    advance(em, 560)
    first, second = em.restore_sessions()
    for text, wanted in (
        ('VmDisplayName=="web01"', [first]), ("Type==RestoreVm", [first, second]), ("State==Working", [second]),
        ("Result==Success", [first]), (f'UID=="{first.id}"', [first]),
        (f'UID=="urn:veeam:RestoreSession:{first.id}"', [first]),
        (f'CreationTime>="{begun:%Y-%m-%dT%H:%M:%SZ}"', [first, second]), ("Type==FileLevelRestore", []),
        (f'CreationTime>"{begun:%Y-%m-%dT%H:%M:%SZ}"', [second]), ('BackupServerName=="vbr01"', [first, second]),
        (f'EndTime<="{first.ended}"', [first]),
    ):  # fmt: skip
        found = api.query("RestoreSession", text, sortAsc="CreationTime")
        assert [item["uid"][-36:] for item in found] == [item.id for item in wanted], text
    newest = api.query("RestoreSession", sortDesc="CreationTime", pageSize=1, page=1)
    assert [item["vmdisplayname"] for item in newest] == ["web02"]


@pytest.mark.parametrize("choice", ["present", "absent", "at_once"])
def test_the_reference_of_what_was_restored(em: Emulator, api: Memory, choice: str) -> None:
    em.switches["restored_ref"] = choice
    task = restore(em, api, spec())
    assert session_of(api, task)["restoredobjref"] == (WEB01 if choice == "at_once" else None)
    advance(em, 600)
    assert session_of(api, task)["restoredobjref"] == (None if choice == "absent" else WEB01)


@pytest.mark.parametrize(("choice", "good", "bad"), [("100", 100, 0), ("0", 0, 0), ("missing", None, None)])
def test_progress_at_the_end(em: Emulator, api: Memory, choice: str, good: int | None, bad: int | None) -> None:
    em.switches["restore_progress"] = choice
    em.plan_restores("Failed", machine="web02")
    tasks = [restore(em, api, spec()), restore(em, api, spec(), "web02")]
    advance(em, 600)
    assert [session_of(api, task)["progress"] for task in tasks] == [good, bad]


@pytest.mark.parametrize("by", ["switch", "fault"])
def test_a_session_that_em_shows_late(em: Emulator, api: Memory, by: str) -> None:
    if by == "switch":
        em.switches["show_restore_session_after"] = "5s"
    else:
        em.add_fault(fault="late_job", action="restore", seconds=5)
    task = restore(em, api, spec())
    [link] = links(task, "Related")
    assert api.request("GET", below_api(link["href"])).status == 404 and api.query("RestoreSession") == []
    assert [item.visible for item in em.restore_sessions()] == [False]
    advance(em, 5)
    assert session_of(api, task)["state"] == "Working" and len(api.query("RestoreSession")) == 1


def test_states_that_are_old(em: Emulator, api: Memory) -> None:
    em.switches["session_lag"] = 60
    task = restore(em, api, spec())
    advance(em, 630)
    assert (session_of(api, task)["state"], em.machine("web01").data) == ("Working", "original")
    advance(em, 60)
    assert session_of(api, task)["state"] == "Stopped"


@pytest.mark.parametrize(("fault", "begun"), [("reset_after", 1), ("reset_before", 0), ("finish_without_link", 1)])
def test_under_faults(em: Emulator, api: Memory, fault: str, begun: int) -> None:
    em.add_fault(fault=fault, action="restore")
    api.request("POST", f"/vmRestorePoints/{em.points('web01')[0].id}?action=restore", json.dumps(spec()))
    # a client that does not know its task asks for sessions
    for _unused in range(4):
        api.query("RestoreSession")
        if fault == "finish_without_link":
            assert links(api.get("/tasks/task-1"), "Related") == []
    assert len(em.restore_sessions()) == begun


def test_the_same_in_every_run() -> None:
    def ids() -> list[str]:
        em = broken(new(state=WITH_IDS, seed=7))
        api = Memory(em)
        restore(em, api, spec(keep=True))
        advance(em, 600)
        return [em.points("web01")[0].id, em.restore_sessions()[0].id]

    assert ids() == ids()


def test_reset(em: Emulator, api: Memory) -> None:
    em.plan_restores("Failed", machine="web01")
    restore(em, api, spec(keep=True))
    em.reset()
    assert em.restore_sessions() == [] and em.world.restores.plans_of == {}
    assert Memory(em).query("RestoreSession") == []


# Cloud Director

CLOUD = {"restore_length": "600s"}


@pytest.fixture
def cloud() -> Emulator:
    em = new(state=WITH_IDS, switches=CLOUD)
    run(em, "Cloud")
    for name in ("front", "back"):
        em.hypervisor.break_machine(name)
    return em


def root_of(em: Emulator) -> str:
    return next(root.id for root in em.world.state.roots.values() if root.name == "cloud")


def cloud_spec(em: Emulator, name: str | None = None, **more: Any) -> dict[str, Any]:
    point = em.points("front")[0].id
    return {
        "PowerOnAfterRestore": True, "HierarchyRootUid": f"urn:veeam:HierarchyRoot:{root_of(em)}",
        "QuickRollback": False,
        "VmRestoreParameters": {"VmRestorePointUid": f"urn:veeam:VmRestorePoint:{point}", "VmNewName": name,
                                "DatastoreRef": "", **more},
    }  # fmt: skip


@pytest.mark.parametrize("name", [None, "front-restored"])
def test_a_machine_of_cloud_director(cloud: Emulator, name: str | None) -> None:
    api = Memory(cloud)
    task = restore(cloud, api, {"VmRestoreSpec": cloud_spec(cloud, name)}, "front")
    advance(cloud, 600)
    assert session_of(api, task)["restoredobjref"].startswith("urn:vCloud:Vm:")
    assert cloud.machine(name or "front").data == "original"
    assert cloud.machine("front").data == ("original" if name is None else "broken")


def test_a_machine_of_cloud_director_by_the_old_schema(cloud: Emulator) -> None:
    api = Memory(cloud, media=XML)
    vapp = next(item.reference for _root, item, _found in cloud.world.inventory.all() if item.name == "shop")
    point = cloud.points("front")[0].id
    inner = (
        f"<PowerOnAfterRestore>true</PowerOnAfterRestore><HierarchyRootUid>{root_of(cloud)}</HierarchyRootUid>"
        f"<vAppRef>{vapp}</vAppRef><VmRestoreParameters><VmRestorePointUid>urn:veeam:VmRestorePoint:{point}"
        "</VmRestorePointUid><VmNewName>front-restored</VmNewName></VmRestoreParameters>"
    )
    body = f"<RestoreSpec {NS}><vCloudVmRestoreSpec>{inner}</vCloudVmRestoreSpec></RestoreSpec>"
    assert api.request("POST", f"/vmRestorePoints/{point}?action=restore", body).status == 202
    for _unused in range(3):
        api.request("GET", "/tasks/task-1")
    advance(cloud, 600)
    assert cloud.machine("front-restored").data == "original"
    held = cloud.world.inventory.machines_in(vapp)
    assert held is not None and [item.name for item in held] == ["front", "back", "front-restored"]


@pytest.mark.parametrize("choice", ["task_failed", "http_400", "http_500", "session_failed"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"HierarchyRootUid": ROOT[:-1] + "1"}, "no such hierarchy root"),
        ({"vAppRef": "urn:vCloud:Vapp:x.y"}, "no such vApp"),
        ({"VmRestoreParameters": {"VmRestorePointUid": ROOT}}, "another one"),
    ],
)  # fmt: skip
def test_targets_that_are_not_there(cloud: Emulator, change: dict[str, Any], words: str, choice: str) -> None:
    cloud.switches["restore_target_refused"] = choice
    api = Memory(cloud)
    body = {"VCloudVmRestoreSpec": {**cloud_spec(cloud), **change}}
    path = f"/vmRestorePoints/{cloud.points('front')[0].id}?action=restore"
    if choice.startswith("http_"):
        status, error = api.post(path, body)
        assert status == int(choice[5:]) and words in error["message"]
        return
    task = api.task(path, body)
    if choice == "task_failed":
        assert words in task["result"]["message"]
    else:
        assert session_of(api, task)["result"] == "Failed"
    assert cloud.machine("front").data == "broken"


def test_parameters_that_are_missing(cloud: Emulator) -> None:
    path = f"/vmRestorePoints/{cloud.points('front')[0].id}?action=restore"
    body = {"VCloudVmRestoreSpec": {**cloud_spec(cloud), "VmRestoreParameters": None}}
    assert Memory(cloud).post(path, body)[0] == 500
    # without any it is as a machine of vSphere
    assert Memory(cloud).post(path, spec())[0] == 202


def vapp_path(api: Memory) -> str:
    [found] = api.query("vAppRestorePoint", plural="VAppRestorePoints")
    return below_api(links(found, "Restore")[0]["href"])


def vapp_spec(em: Emulator, new_name: str | None, *names: str | None) -> dict[str, Any]:
    vms = [
        {"VmRestorePointUid": f"urn:veeam:VmRestorePoint:{em.points(machine)[0].id}", "VmNewName": name}
        for machine, name in zip(("front", "back"), names, strict=False)
    ]
    return {"VCloudVAppRestoreSpec": {
        "PowerOnAfterRestore": False, "HierarchyRootUid": f"urn:veeam:HierarchyRoot:{root_of(em)}", "OrgVdcRef": "",
        "VAppNewName": new_name, "VmsRestoreParameters": vms}}  # fmt: skip


@pytest.mark.parametrize("choice", ["RestoreVm", "RestoreVApp"])
def test_a_vapp_in_place(cloud: Emulator, choice: str) -> None:
    cloud.switches["vapp_restore_type"] = choice
    api = Memory(cloud, "operator")
    task = api.task(vapp_path(api))
    assert task["operation"] == "StartvAppRestore"
    session = session_of(api, task)
    assert (session["jobtype"], session["vmdisplayname"]) == (choice, "shop")
    assert [link["type"] for link in links(session, "Related")] == ["VAppRestorePointReference"]
    advance(cloud, 600)
    assert {cloud.machine(name).data for name in ("front", "back")} == {"original"}


def test_a_vapp_under_another_name(cloud: Emulator) -> None:
    api = Memory(cloud)
    api.task(vapp_path(api), vapp_spec(cloud, "shop-restored", "front-restored", None))
    advance(cloud, 600)
    assert cloud.machine("front").data == "broken" and cloud.machine("front-restored").data == "original"
    assert sorted(item.data for item in cloud.machines("back")) == ["broken", "original"]
    vapp = next(item for _root, item, _found in cloud.world.inventory.all() if item.name == "shop-restored")
    held = cloud.world.inventory.machines_in(vapp.reference)
    assert held is not None and [item.name for item in held] == ["front-restored", "back"]


def test_only_one_machine_of_a_vapp(cloud: Emulator) -> None:
    api = Memory(cloud)
    api.task(vapp_path(api), vapp_spec(cloud, None, None))
    advance(cloud, 600)
    assert (cloud.machine("front").data, cloud.machine("back").data) == ("original", "broken")


@pytest.mark.parametrize("vms", [[], [{"VmRestorePointUid": ROOT}], [{"VmRestorePointUid": "none"}]])
def test_machines_that_a_vapp_has_not(cloud: Emulator, vms: list[Any]) -> None:
    api = Memory(cloud)
    body = vapp_spec(cloud, None)
    body["VCloudVAppRestoreSpec"]["VmsRestoreParameters"] = vms
    task = api.task(vapp_path(api), body)
    assert not task["result"]["success"] and cloud.machine("front").data == "broken"


def test_bodies_of_a_vapp_that_cannot_be(cloud: Emulator) -> None:
    api = Memory(cloud)
    path = vapp_path(api)
    assert api.post(path, spec())[0] == 500
    assert api.post(path, {"VCloudVAppRestoreSpec": {"VmsRestoreParameters": ["x"]}})[0] == 500
    assert api.post(path.replace("restore", "dissolve", 1).replace("Points", "Points"), None)[0] in (400, 404)
    # the fragment that a page prints
    body = vapp_spec(cloud, None, None)
    [one] = body["VCloudVAppRestoreSpec"]["VmsRestoreParameters"]
    body["VCloudVAppRestoreSpec"]["VmsRestoreParameters"] = {"Vm": one}
    assert api.post(path, body)[0] == 202


# From outside


def control(em: Emulator, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Over HTTPS, as a test in another language."""
    from .client import Api

    em.start()
    client = Api(em)
    text = None if body is None else json.dumps(body)
    answer = client.request(method, f"/_emulator{path}", text, {"Content-Type": "application/json"})
    client.close()
    return answer.status, answer.json if answer.body else None


def test_over_the_control_interface(em: Emulator) -> None:
    with em:
        point = control(em, "GET", "/points?machine=web01")[1][0]["id"]
        assert control(em, "POST", "/restores", {"machine": "web01", "next": ["Failed"]}) == (204, None)
        status, begun = control(em, "POST", "/restores", {"start": point})
        assert (status, begun["machine"], begun["point"]) == (201, "web01", point)
        advance(em, 600)
        [ended] = control(em, "GET", "/restores?machine=web01")[1]
        assert (ended["result"], ended["id"]) == ("Failed", begun["id"])
        assert control(em, "GET", "/state")[1]["restores"] == [ended]
        control(em, "POST", "/restores", {"start": point, "keep": True, "power_on": True})
        advance(em, 600)
        assert em.machine("web01_restored").powered_on
        for body, words in (
            ([1], "is expected"), ({}, "is expected"), ({"next": 1}, "is expected"),
            ({"again": 1}, "unknown key again"),
            ({"always": "Failed"}, "a machine is expected"),
            ({"start": "none"}, "no restore point 'none'"), ({"machine": "web01", "next": ["Good"]}, "not one of"),
        ):  # fmt: skip
            status, error = control(em, "POST", "/restores", body)
            assert status == 400 and words in error["error"]
