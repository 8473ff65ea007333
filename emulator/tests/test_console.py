# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup servers know better than EM: changes that it shows late, somebody at the console, what became of jobs."""

from __future__ import annotations

from typing import Any

import pytest
from veeam_em_emulator import ConsoleError, Emulator, ManualClock

from .client import GOLD, VBR01, XML, Api, advance
from .test_control import call
from .test_edit import logged_on, machine, put, xml

# When EM shows a change


def shown(api: Api) -> str | None:
    """The description in a list of jobs."""
    return api.get("/jobs", format="Entity", filter='Name=="TPL Gold"').first("//v:Description")


def test_show_change_after(api: Api) -> None:
    api.em.switches["show_change_after"] = "2"
    assert put(api, {"Description": "new"}) == 202
    assert api.finish().success is True
    assert api.em.jobs("TPL Gold")[0].description == "new"
    assert [shown(api), shown(api), shown(api)] == ["Template, do not run", "Template, do not run", "new"]


def test_reads_of_the_job_count_too(api: Api) -> None:
    api.em.switches["show_change_after"] = "2"
    body = xml("CreateObjectInJobSpec", {"HierarchyObjRef": "urn:VMware:Vm:x.1", "HierarchyObjName": "web02"})
    api.request("POST", f"/api/jobs/{GOLD}/includes", body)
    api.finish()
    entity = api.get(f"/jobs/{GOLD}", format="Entity").text
    listed = api.get(f"/jobs/{GOLD}/includes").text
    assert ("web02" in entity, "web02" in listed) == (False, False)
    assert "web02" in api.get(f"/jobs/{GOLD}/includes").text


def test_changes_that_are_late_by_seconds_or_until_a_collect(api: Api) -> None:
    for switch in ("60s", "refresh"):
        api.em.reset()
        api.log_on()
        api.em.switches["show_change_after"] = switch
        api.request("POST", f"/api/jobs/{GOLD}?action=toggleScheduleEnabled")
        api.finish()
        entity = api.get(f"/jobs/{GOLD}", format="Entity")
        assert entity.first("v:ScheduleEnabled") == "true"
        if switch == "60s":
            advance(api.em, 60)
        else:
            advance(api.em, 10)
            assert "<ScheduleEnabled>true" in api.get(f"/jobs/{GOLD}", format="Entity").text
            api.request("POST", f"/api/backupServers/{VBR01}?action=collect")
            api.finish("task-2")
            advance(api.em, 3)
        assert "<ScheduleEnabled>false" in api.get(f"/jobs/{GOLD}", format="Entity").text


def test_collect_interval() -> None:
    """EM collects by itself, every 15 minutes by default; whatever is late shows then."""
    with Emulator(clock=ManualClock(), idle_timeout=1e6, switches={"collect_interval": 900}) as em:
        api = logged_on(em, XML)
        advance(em, 400)
        em.console.edit_job("TPL Gold", description="new", after="refresh")
        advance(em, 499)
        assert shown(api) == "Template, do not run"
        advance(em, 1)
        assert shown(api) == "Template, do not run"
        advance(em, 3)
        assert shown(api) == "new"
        em.console.delete_job("TPL Gold", after="refresh")
        em.switches["collect_interval"] = 0
        advance(em, 9000)
        assert shown(api) == "new"


def test_em_shows_a_change_when_the_task_is_finished_and_not_before(api: Api) -> None:
    put(api, {"Description": "new"})
    states = []
    for _unused in range(3):
        states.append((api.task().state, api.em.jobs("TPL Gold")[0].description == "new", shown(api) == "new"))
    assert states == [("Running", False, False), ("OperationFinished", True, False), ("Finished", True, True)]


def test_changes_in_a_row_show_in_a_row(api: Api) -> None:
    for number, (delay, text) in enumerate((("1", "first"), ("3", "second")), 1):
        api.em.switches["show_change_after"] = delay
        put(api, {"Description": text})
        api.finish(f"task-{number}")
    assert [shown(api) for _unused in range(4)] == ["Template, do not run", "first", "first", "second"]


def test_show_deletion_after(api: Api) -> None:
    api.em.switches["show_deletion_after"] = "1"
    api.request("DELETE", f"/api/jobs/{GOLD}")
    api.finish()
    assert api.em.jobs("TPL Gold") == []
    assert "TPL Gold" in api.get("/jobs").text
    assert "TPL Gold" not in api.get("/jobs").text


# The console


def test_create(em: Emulator) -> None:
    api = logged_on(em, XML)
    identity = em.console.create_job(
        "web", backup_server="vbr02.example.test", objects=["db01"], repository="S3 Offsite", schedule_enabled=False
    )
    answer = api.get(f"/jobs/{identity}", format="Entity")
    assert (answer.first("@Name"), answer.first("v:ScheduleEnabled")) == ("web", "false")
    assert em.jobs("web")[0].repository == "S3 Offsite"
    em.console.create_job("web", backup_server="vbr01.example.test", after="refresh")
    assert api.names(api.get("/jobs", filter="Name==web")) == ["web"]
    em.refresh()
    assert api.names(api.get("/jobs", filter="Name==web")) == ["web", "web"]


def test_a_job_that_em_does_not_know_yet_is_in_the_way_of_a_clone(em: Emulator) -> None:
    api = logged_on(em, XML)
    em.console.create_job("web", backup_server="vbr01.example.test", after="refresh")
    api.clone("web")
    assert api.finish().success is False


@pytest.mark.parametrize("after", [0, "refresh"])
def test_rename_edit_delete(em: Emulator, after: Any) -> None:
    api = logged_on(em, XML)
    late = after == "refresh"
    em.console.rename_job("TPL Gold", "TPL Platinum", after=after)
    assert em.world.state.jobs_named("TPL Gold") == []
    assert api.names(api.get("/jobs", filter='Name=="TPL Gold"')) == (["TPL Gold"] if late else [])
    assert api.names(api.get("/jobs", filter='Name=="TPL Platinum"')) == ([] if late else ["TPL Platinum"])
    em.console.edit_job(
        GOLD, enabled=False, objects=["web02"], schedule={"OptionsDaily": {"Time": "05:00:00"}}, after=after
    )
    text = api.get(f"/jobs/{GOLD}", format="Entity").text
    assert ("<ScheduleEnabled>true" in text, "web01" in text, "22:00:00.0000000+01:00" in text) == (late, late, True)
    em.refresh()
    text = api.get(f"/jobs/{GOLD}", format="Entity").text
    assert ("<ScheduleEnabled>false" in text, "web02" in text, "05:00:00.0000000+01:00" in text) == (True, True, True)
    em.console.delete_job("TPL Platinum", after=after)
    assert api.get(f"/jobs/{GOLD}").status == (200 if late else 404)
    # EM accepts the request and cannot do it
    status = api.request("POST", f"/api/jobs/{GOLD}?action=toggleScheduleEnabled").status
    assert status == (202 if late else 404)
    if late:
        assert api.finish().success is False
        assert api.clone("web").status == 202
        assert api.finish("task-2").success is False
    em.refresh()
    assert api.get(f"/jobs/{GOLD}").status == 404


def test_what_the_console_refuses(em: Emulator) -> None:
    console = em.console
    for attempt in (
        lambda: console.edit_job("TPL Silver", enabled=False),
        lambda: console.edit_job("none", enabled=False),
        lambda: console.edit_job("TPL Gold", colour="red"),
        lambda: console.edit_job("TPL Gold", schedule={"RetryOptions": {"RetryTimes": "x"}}),
        lambda: console.edit_job("TPL Gold", objects=[{"ref": "x"}]),
        lambda: console.rename_job("TPL Gold", "TPL Silver"),
        lambda: console.create_job("TPL Gold", backup_server="vbr01.example.test"),
        lambda: console.create_job("x", backup_server="vbr01.example.test", colour="red"),
        lambda: console.create_job("x"),
        lambda: console.delete_job("TPL Gold", after="soon"),
    ):
        with pytest.raises(ConsoleError):
            attempt()
    assert em.history() == []
    console.edit_job("TPL Silver", backup_server="vbr02.example.test", enabled=False)
    assert [job.schedule_enabled for job in em.jobs("TPL Silver")] == [True, False]


# History


def test_history_of_a_job_that_a_clone_made() -> None:
    with Emulator(clock=ManualClock(), task_steps="") as em:
        api = logged_on(em, XML)
        api.clone("web")
        api.finish("task-1")
        identity = em.jobs("web")[0].id
        advance(em, 5)
        put(api, {"ScheduleEnabled": False}, identity)
        api.finish("task-2")
        em.console.edit_job("web", objects=["web02"])
        em.console.rename_job("web", "web-prod")
        api.request("DELETE", f"/api/jobs/{identity}")
        api.finish("task-5".replace("5", "3"))
        rows = em.history("web")
        posts = {entry.number: entry.method for entry in em.journal}
        assert [(row.action, row.name, row.enabled, row.objects) for row in rows] == [
            ("created", "web", True, ("web01",)),
            ("edited", "web", False, ("web01",)),
            ("edited", "web", False, ("web02",)),
            ("renamed", "web-prod", False, ("web02",)),
            ("deleted", "web-prod", False, ("web02",)),
        ]
        assert [posts.get(row.by, row.by) for row in rows] == ["POST", "PUT", "console", "console", "DELETE"]  # type: ignore[call-overload]
        assert [row.fires for row in rows] == [True, False, False, False, False]
        assert rows[1].time - rows[0].time == 5
        assert [row.exists for row in rows] == [True] * 4 + [False]
        assert rows[0].schedule == ("OptionsDaily",)


def test_history_begins_with_the_state_at_the_start(api: Api) -> None:
    assert api.em.history() == []
    put(api, {"JobInfo": {"BackupJobInfo": {"Includes": {"ObjectInJob": [machine("web02", 4712)]}}}})
    api.finish()
    assert [(row.by, row.action, row.objects) for row in api.em.history(GOLD)] == [
        ("start", "start", ("web01",)),
        (2, "edited", ("web02",)),
    ]
    api.em.reset()
    assert api.em.history() == []


def test_an_edit_that_changes_nothing_leaves_no_trace(api: Api) -> None:
    put(api, {"ScheduleEnabled": True})
    assert api.finish().success is True
    assert api.em.history() == []


# Over HTTP


def test_the_control_interface_has_the_console_and_the_history(api: Api) -> None:
    answer = call(api, "POST", "/jobs", {"name": "web", "backup_server": "vbr01.example.test", "objects": ["web02"]})
    assert answer.status == 201
    identity = answer.json["id"]
    changes = {"enabled": False, "after": "refresh"}
    assert call(api, "PATCH", "/jobs/TPL%20Silver?backup_server=vbr02.example.test", changes).status == 204
    assert [job.schedule_enabled for job in api.em.jobs("TPL Silver")] == [True, False]
    off = {"format": "Entity", "filter": "ScheduleEnabled==false"}
    assert api.names(api.get("/jobs", **off)) == []
    assert call(api, "POST", "/refresh").status == 204
    assert api.names(api.get("/jobs", **off)) == ["TPL Silver"]
    assert call(api, "DELETE", f"/jobs/{identity}").status == 204
    rows = call(api, "GET", "/history?job=web").json
    assert [(row["action"], row["by"], row["objects"], row["fires"]) for row in rows] == [
        ("created", "console", ["web02"], True),
        ("deleted", "console", ["web02"], False),
    ]
    assert len(call(api, "GET", "/history").json) == 4
    for method, path, value in (
        ("POST", "/jobs", {}), ("POST", "/jobs", {"name": "x", "colour": "red"}), ("PATCH", "/jobs/none", {}),
        ("PATCH", "/jobs/TPL%20Gold", []), ("DELETE", "/jobs/TPL%20Silver", None),
    ):  # fmt: skip
        answer = call(api, method, path, value)
        assert answer.status == 400 and answer.json["error"]
