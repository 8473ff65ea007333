# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs of veeam_protection_info against the emulator in memory: what comes of a state with a machine of each
status, with which requests, for which role, and when reads fail."""

from __future__ import annotations

import re
import typing as t
from urllib.parse import unquote

import pytest
from ansible_collections.backupops.veeam.plugins.modules.veeam_protection_info import MODULE
from helpers import estate
from helpers.cast import PASSWORD, VBR01, VBR02
from helpers.emulated_jobs import Emulated, Ended

FAILED_RUN = {"job": "app-daily", "created": "2026-01-05T08:00:00Z", "length": "600s", "machines": {"app01": "Failed"}}
ROLES = {"portal-user", "restore-operator"}
XML_JSON = ["xml", "json"]


def world(product: str = "13", **options: t.Any) -> Emulated:
    state = options.pop("state", None) or estate.state(sessions=[FAILED_RUN])
    return Emulated(MODULE, state=state, product=product, **options)


@pytest.fixture
def still() -> Emulated:
    """A world as it is at first."""
    return world()


def asked(world: Emulated, **options: t.Any) -> Ended:
    return world.one(**{"exclude": ["*-tmp-*"], **options})


def statuses(ended: Ended) -> dict[tuple[str | None, str | None], str]:
    """(name, host) to status."""
    return {(one["name"], one["host"]["name"]): one["status"] for one in ended.result["machines"]}


def only(ended: Ended) -> dict[str, t.Any]:
    (machine,) = ended.result["machines"]
    return t.cast("dict[str, t.Any]", machine)


def kinds(ended: Ended) -> list[str]:
    """Of each request what it asks for."""
    found = []
    for request in ended.requests:
        query = re.search(r"type=(\w+)", request)
        found.append("lookup" if "/lookup" in request else query.group(1) if query else request)
    return found


# -- what comes of it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", XML_JSON)
@pytest.mark.parametrize("product", ["9.5u4", "12", "13"])
def test_a_machine_of_each_status(product: str, media_type: str) -> None:
    ended = asked(world(product), media_type=media_type)
    assert statuses(ended) == estate.EXPECTED
    assert ended.result["complete"] is True and ended.result["notes"] == []
    assert ended.result["as_of"] == estate.NOW
    assert ended.result["msg"] == (
        "Found 11 machines: 1 unprotected, 1 failing, 2 late, 1 paused, 3 unknown, 2 protected, 1 excluded."
    )
    assert ended.writes == []


def test_one_machine_in_full(still: Emulated) -> None:
    (web01,) = [
        one for one in asked(still).result["machines"] if one["status"] == "protected" and one["name"] == "web01"
    ]
    point = web01.pop("restore_point")
    assert web01 == {
        "name": "web01",
        "ref": estate.ref("web01"),
        "platform": "VMware",
        "host": {"name": "vcenter01.example.test", "id": estate.VCENTER},
        "status": "protected",
        "reason": "restore point of 2026-01-05T07:00:00Z, 3 hours old",
        "last_run": None,
        "jobs": [
            {
                "name": name,
                "id": next(job.id for job in still.em.jobs(name)),
                "type": "Backup",
                "enabled": True,
                "run_automatically": True,
                "by": "object",
            }
            for name in ("all web", "web-prod-daily")
        ],
        "twice": True,
    }
    assert (point["machine"], point["created"], point["age"], point["ready"]) == (
        "web01",
        "2026-01-05T07:00:00Z",
        10800,
        True,
    )
    assert point["backup_server"]["name"] == VBR01 and point["href"].startswith("https://em.example.test:9398/api/")


def test_one_vcenter_on_two_backup_servers_is_one_host(still: Emulated) -> None:
    ended = asked(still)
    hosts = {one["host"]["id"] for one in ended.result["machines"]}
    assert hosts == {estate.VCENTER, estate.OTHER}
    (web02,) = [one for one in ended.result["machines"] if one["name"] == "web02"]
    # Its point is known by the reference of the other root.
    assert web02["restore_point"]["ref"] == estate.ref("web02", estate.VCENTER_ON_VBR02)
    assert web02["ref"] == estate.ref("web02")


def test_the_run_that_failed_is_told(still: Emulated) -> None:
    (app01,) = [one for one in asked(still).result["machines"] if one["name"] == "app01"]
    assert app01["last_run"] == {
        "job": "app-daily",
        "result": "Failed",
        "end": "2026-01-05T08:10:00Z",
        "reason": "Processing app01 Error: An error occurred while quiescing the virtual machine.",
    }


def test_a_run_after_the_failure_makes_it_good() -> None:
    emulated = world()
    emulated.em.start_run("app-daily", VBR01)
    emulated.clock.advance(600)
    later = [dict(FAILED_RUN), {**FAILED_RUN, "created": "2026-01-05T09:00:00Z", "machines": {}}]
    ended = asked(world(state=estate.state(sessions=later)))
    (app01,) = [one for one in ended.result["machines"] if one["name"] == "app01"]
    assert (app01["status"], app01["last_run"]["result"]) == ("protected", "Success")


def test_how_old_it_may_be(still: Emulated) -> None:
    found = statuses(asked(still, within="2h"))
    assert found["web01", "vcenter01.example.test"] == "late"
    assert statuses(asked(still, within="4d"))["db01", "vcenter01.example.test"] == "protected"


def test_the_last_run_is_not_bound_by_that(still: Emulated) -> None:
    (app01,) = asked(still, machines=["app01"], within="30m").result["machines"]
    assert (app01["status"], app01["last_run"]["end"]) == ("failing", "2026-01-05T08:10:00Z")
    (app01,) = [one for one in asked(still, within="30m").result["machines"] if one["name"] == "app01"]
    assert (app01["status"], app01["last_run"]["end"]) == ("failing", "2026-01-05T08:10:00Z")


# -- with few requests ---------------------------------------------------------------------------------------------


def test_the_requests_for_all(still: Emulated) -> None:
    assert kinds(asked(still)) == [
        "HierarchyRoot",
        "lookup",
        "lookup",
        "lookup",
        "Job",
        "AgentBackupJob",
        "VmRestorePoint",
        "BackupTaskSession",
        # Those without a point in the window, by name, and those that have none by reference.
        "VmRestorePoint",
        "BackupTaskSession",
        "VmRestorePoint",
    ]


def test_the_requests_for_one(still: Emulated) -> None:
    ended = asked(still, machines=["db01"])
    assert kinds(ended)[:1] + kinds(ended)[4:] == [
        "HierarchyRoot",
        "Job",
        "AgentBackupJob",
        "VmRestorePoint",
        "BackupTaskSession",
    ]
    looked_up = [unquote(request) for request in ended.requests if "/lookup" in request]
    assert len(looked_up) == 3 and all("&name=db01&" in request for request in looked_up)
    points = unquote(ended.requests[6])
    assert 'filter=VmDisplayName=="db01"' in points and "CreationTime" not in points.partition("&sort")[0]


def test_windows_have_an_end(still: Emulated) -> None:
    """What is made meanwhile does not push others to other pages."""
    windows = [unquote(request) for request in asked(still).requests[6:8]]
    assert 'filter=CreationTime>="2026-01-04T10:00:00Z";CreationTime<="2026-01-05T11:00:00Z"' in windows[0]
    assert 'filter=EndTime>="2026-01-04T10:00:00Z";EndTime<="2026-01-05T11:00:00Z"' in windows[1]
    assert all("pageSize=2000" in window and "sortDesc=" in window for window in windows)


def test_nothing_is_asked_for_nothing(still: Emulated) -> None:
    ended = still.one(machines=[])
    assert (ended.requests, ended.result["machines"], ended.result["as_of"]) == ([], [], None)


def test_many_machines_and_few_requests() -> None:
    """A tenth of them without a point in the window."""
    count = 600
    objects = [
        {"name": f"vm{number:05}", "ref": f"urn:VMware:Vm:{estate.VCENTER}.vm-{number}"} for number in range(count)
    ]
    roots = [{"name": "vcenter01", "id": estate.VCENTER, "backup_server": VBR01, "objects": objects}]
    points = [
        {"machine": one["name"], "created": "2026-01-05T07:00:00Z", "ref": one["ref"], "backup_server": VBR01}
        for number, one in enumerate(objects)
        if number % 10
    ]
    ended = asked(world(state=estate.state(hierarchy_roots=roots, jobs=[], points=points)))
    assert ended.result["summary"]["protected"] == count * 9 // 10
    assert ended.result["summary"]["unprotected"] == count // 10
    assert kinds(ended).count("VmRestorePoint") == 1 + 2 + 2
    assert kinds(ended).count("BackupTaskSession") == 1 + 2


# -- which machines ------------------------------------------------------------------------------------------------


def test_a_name_on_several_hosts_is_all_of_them(still: Emulated) -> None:
    assert statuses(asked(still, machines=["web01"])) == {
        ("web01", "vcenter01.example.test"): "protected",
        ("web01", "vcenter02.example.test"): "unknown",
    }


@pytest.mark.parametrize("reference", [estate.ref("web01"), estate.ref("web01", estate.VCENTER_ON_VBR02)])
def test_a_reference_is_one_of_them(still: Emulated, reference: str) -> None:
    assert only(asked(still, machines=[reference]))["host"]["id"] == estate.VCENTER
    assert only(asked(still, machines=[reference, reference]))["status"] == "protected"


@pytest.mark.parametrize("named", ["vcenter02.example.test", estate.OTHER, f"urn:veeam:HierarchyRoot:{estate.OTHER}"])
def test_a_host(still: Emulated, named: str) -> None:
    ended = asked(still, host=named)
    assert statuses(ended) == {
        ("cache03", "vcenter02.example.test"): "unknown",
        ("web01", "vcenter02.example.test"): "unknown",
    }
    assert kinds(ended).count("lookup") == 1


def test_a_backup_server_is_its_inventories_points_and_jobs(still: Emulated) -> None:
    found = statuses(asked(still, backup_server=VBR02, host=["vcenter01.example.test"]))
    assert found["web02", "vcenter01.example.test"] == "protected"
    # The other server protects these.
    assert found["web01", "vcenter01.example.test"] == "unprotected"
    assert found["db01", "vcenter01.example.test"] == "unprotected"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"host": "vcenter09"}, 'host: there is no host "vcenter09".'),
        ({"backup_server": "vbr09"}, 'backup_server: there is no backup server "vbr09".'),
        (
            {"host": "vcenter02.example.test", "backup_server": VBR01},
            'host: there is no host "vcenter02.example.test" on that backup server.',
        ),
        ({"within": "soon"}, "within: soon is not a duration."),
        ({"machines": ["urn:veeam:Job:c7e19a42-0b6d-4f85-a3e1-2f4d6b8a9c0e"]}, "machines: urn:veeam:Job:c7e19a42"),
        ({"machines": ["web\n01"]}, "machines: contains a line break"),
        ({"exclude": ["web\t*"]}, "exclude: contains a tab"),
    ],
)
def test_mistakes(still: Emulated, options: dict[str, t.Any], sentence: str) -> None:
    ended = still.run(**options)
    assert ended.failed and ended.result["msg"].startswith(sentence), ended.result["msg"]


def test_what_is_in_no_inventory_is_unknown_with_its_points(still: Emulated) -> None:
    imported = only(asked(still, machines=["imported01"]))
    assert (imported["status"], imported["ref"], imported["host"]) == ("unknown", None, {"name": None, "id": None})
    assert imported["restore_point"]["created"] == "2026-01-05T01:00:00Z"
    assert imported["reason"] == "it is in no inventory; restore point of 2026-01-05T01:00:00Z, 9 hours old"
    nobody = only(asked(still, machines=["nobody"]))
    assert (nobody["status"], nobody["restore_point"]) == ("unknown", None)
    gone = only(asked(still, machines=[f"urn:VMware:Vm:{estate.VCENTER}.vm-9"]))
    assert (gone["name"], gone["status"], gone["host"]["name"]) == ("anew01", "unknown", "vcenter01.example.test")
    nothing = only(asked(still, machines=[f"urn:VMware:Vm:{estate.VCENTER}.vm-77"]))
    assert (nothing["name"], nothing["status"]) == (None, "unknown")


def test_names_in_one_text(still: Emulated) -> None:
    assert set(statuses(asked(still, machines="db01, app01"))) == {
        ("db01", "vcenter01.example.test"),
        ("app01", "vcenter01.example.test"),
    }


def test_a_name_with_a_comma() -> None:
    state = estate.state()
    state["hierarchy_roots"][2]["objects"].append(
        {"name": "db01, old", "ref": estate.ref("cache03", estate.OTHER) + "0"}
    )
    ended = asked(world(state=state), machines="db01, old")
    assert set(statuses(ended)) == {("db01, old", "vcenter02.example.test")}


def test_a_machine_that_was_renamed_is_found_by_its_reference() -> None:
    state = estate.state()
    state["points"].append(
        {"machine": "formerly", "created": "2026-01-01T07:00:00Z", "ref": estate.ref("jump01"), "backup_server": VBR01}
    )
    ended = asked(world(state=state), machines=["jump01"])
    assert (only(ended)["status"], only(ended)["restore_point"]["machine"]) == ("late", "formerly")


# -- roles ---------------------------------------------------------------------------------------------------------


def as_role(still: Emulated, user: str, **options: t.Any) -> Ended:
    return asked(still, username=user, password=PASSWORD, **options)


def test_a_portal_user_sees_what_is_protected(still: Emulated) -> None:
    ended = as_role(still, "portal-user")
    expected = {
        machine: status if status in ("protected", "excluded") else "unknown"
        for machine, status in estate.EXPECTED.items()
    }
    assert statuses(ended) == expected
    assert ended.result["complete"] is False
    assert ended.result["notes"][0].startswith("The role of the account does not see jobs; Portal Administrator does.")
    assert all(one["jobs"] == [] for one in ended.result["machines"])


def test_an_operator_sees_what_is_named_and_has_a_point(still: Emulated) -> None:
    names = ["web01", "db01", "jump01", "imported01"]
    ended = as_role(still, "restore-operator", machines=names)
    assert {name: status for (name, _host), status in statuses(ended).items()} == {
        "web01": "protected",
        "db01": "unknown",
        "jump01": "unknown",
        "imported01": "protected",
    }
    assert ended.result["complete"] is False
    assert ended.result["notes"][0].startswith("The role of the account does not see inventories, runs and jobs")
    assert set(kinds(ended)) == {"HierarchyRoot", "VmRestorePoint"}


def test_nothing_that_was_not_named_is_good_for_an_operator(still: Emulated) -> None:
    ended = as_role(still, "restore-operator")
    assert set(statuses(ended).values()) == {"unknown"}
    assert ("web01", None) in statuses(ended)
    assert ended.result["complete"] is False


def test_an_operator_cannot_be_told_what_a_host_is(still: Emulated) -> None:
    ended = still.run(username="restore-operator", host="vcenter01.example.test")
    assert ended.failed and "HTTP 403" in ended.result["msg"]


# -- reads that fail -----------------------------------------------------------------------------------------------


def broken(**fault: t.Any) -> Emulated:
    return world(faults=[{"fault": "status", "code": 500, "count": 99, **fault}])


#: What a read that fails makes unknown: all, or what has no new point and does not fail.
READS: dict[str, tuple[str, set[str]]] = {
    "type=VmRestorePoint": (
        "Restore points could not be read",
        {"protected", "failing", "late", "paused", "unprotected"},
    ),
    "type=BackupTaskSession": (
        "Runs of jobs could not be read",
        {"protected", "failing", "late", "paused", "unprotected"},
    ),
    "type=Job&": ("Jobs could not be read", {"late", "paused", "unprotected"}),
    "type=AgentBackupJob": ("Jobs for agents could not be read", {"late", "paused", "unprotected"}),
}


@pytest.mark.parametrize("path", READS)
def test_a_read_that_fails(path: str) -> None:
    note, lost = READS[path]
    ended = asked(broken(path=path))
    expected = {machine: "unknown" if status in lost else status for machine, status in estate.EXPECTED.items()}
    assert statuses(ended) == expected
    assert ended.result["complete"] is False
    assert any(text.startswith(note) and "HTTP 500" in text for text in ended.result["notes"])


def test_an_inventory_that_fails_leaves_its_machines_unknown(still: Emulated) -> None:
    ended = asked(broken(path=estate.OTHER))
    assert {
        machine: status for machine, status in statuses(ended).items() if machine[1] == "vcenter01.example.test"
    } == {machine: status for machine, status in estate.EXPECTED.items() if machine[1] == "vcenter01.example.test"}
    assert ended.result["complete"] is False
    assert ended.result["notes"][0].startswith("The inventory of vcenter02.example.test on vbr02.example.test")


def test_one_vcenter_has_to_be_read_on_one_server() -> None:
    ended = asked(broken(path=estate.VCENTER_ON_VBR02))
    assert statuses(ended) == estate.EXPECTED
    assert ended.result["complete"] is False


def test_machines_whose_inventory_failed_do_not_vanish() -> None:
    emulated = world(
        faults=[
            {"fault": "status", "code": 500, "count": 99, "path": root}
            for root in (estate.VCENTER, estate.VCENTER_ON_VBR02)
        ]
    )
    found = statuses(asked(emulated))
    # Those that have a point in the window, or a job of their own.
    for name in ("web01", "web02", "app01", "db01", "legacy07", "new01"):
        assert found[name, "vcenter01.example.test"] == "unknown"
    assert "protected" not in found.values()


@pytest.mark.parametrize(
    "fault", [{"fault": "status", "code": 500}, {"fault": "status", "code": 403}, {"fault": "html"}]
)
def test_no_read_that_fails_makes_anything_look_better(still: Emulated, fault: dict[str, t.Any]) -> None:
    """Whichever request it is, and however often it is asked again: a status stays as it is, or becomes unknown."""
    came_through = 0
    for request in asked(still).requests:
        path = re.escape(request.partition(" ")[2].partition("&page=")[0])
        ended = world(faults=[{"count": 99, "path": path, **fault}]).run(exclude=["*-tmp-*"])
        if ended.failed:
            assert "HierarchyRoot" in request
            continue
        came_through += 1
        for machine, status in statuses(ended).items():
            assert status in (estate.EXPECTED.get(machine, "unknown"), "unknown"), (request, machine)
        assert not set(estate.EXPECTED) - set(statuses(ended)) or "lookup" in request or "HierarchyRoot" in request
    assert came_through >= 10


# -- what is not known of the server -------------------------------------------------------------------------------


@pytest.mark.parametrize("fields", ["answered", "ignored", "refused"])
def test_a_server_that_does_not_find_by_reference(fields: str) -> None:
    """That is in no page of the reference. What it answers is held against what was asked for."""
    state = estate.state(sessions=[FAILED_RUN])
    state["points"].append(
        {"machine": "formerly", "created": "2026-01-01T07:00:00Z", "ref": estate.ref("jump01"), "backup_server": VBR01}
    )
    ended = asked(world(state=state, switches={"undocumented_fields": fields}))
    found = statuses(ended)
    assert found.pop(("jump01", "vcenter01.example.test")) == ("late" if fields == "answered" else "unprotected")
    assert found == {machine: status for machine, status in estate.EXPECTED.items() if machine[0] != "jump01"}
    notes = [] if fields == "answered" else ["This server does not find restore points by the reference of a machine."]
    assert [note.partition(" So ")[0] for note in ended.result["notes"]] == notes
    assert ended.result["complete"] is True


@pytest.mark.parametrize("fields", ["answered", "ignored", "refused"])
@pytest.mark.parametrize("name", ['quo"ted', "Größe (1)", "a,b;c", "*"])
def test_a_name_that_no_filter_carries_for_sure(name: str, fields: str) -> None:
    """Where a server does not find it by reference either, nothing is said of it."""
    state = estate.state()
    state["hierarchy_roots"][2]["objects"] = [{"name": name, "ref": estate.ref("cache03", estate.OTHER)}]
    emulated = world(state={**state, "jobs": []}, switches={"undocumented_fields": fields})
    ended = asked(emulated, host="vcenter02.example.test")
    assert only(ended)["status"] == ("unprotected" if fields == "answered" else "unknown")
    assert ended.result["complete"] is (fields == "answered")


@pytest.mark.parametrize("size", [1, 2, 100])
def test_a_server_with_smaller_pages(size: int) -> None:
    ended = asked(world(switches={"max_page_size": size}))
    assert statuses(ended) == estate.EXPECTED
    assert kinds(ended).count("VmRestorePoint") > 3 or size == 100


@pytest.mark.parametrize("beyond", ["empty", "error", "last"])
def test_a_page_beyond_the_end_is_not_asked_for(beyond: str) -> None:
    assert statuses(asked(world(switches={"max_page_size": 2, "page_beyond_end": beyond}))) == estate.EXPECTED


def test_pages_without_end_are_an_error_and_make_nothing_good() -> None:
    ended = asked(world(faults=[{"fault": "endless_pages", "count": 0, "path": "type=VmRestorePoint"}]))
    assert set(statuses(ended).values()) <= {"unknown", "excluded"}
    assert ended.result["complete"] is False


@pytest.mark.parametrize("hidden", ["shown", "hidden"])
def test_a_point_that_is_being_written_proves_nothing(hidden: str) -> None:
    emulated = world(switches={"unfinished_points": hidden, "run_length": "never"})
    emulated.em.start_run("new-daily", VBR01)
    emulated.clock.advance(60)
    (new01,) = [one for one in asked(emulated).result["machines"] if one["name"] == "new01"]
    assert (new01["status"], new01["restore_point"]) == ("late", None)
