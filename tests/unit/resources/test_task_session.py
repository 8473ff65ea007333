# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs did with machines, agent jobs and what jobs hold, as the samples have them."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em import moments
from ansible_collections.backupops.veeam.plugins.module_utils._resources.agent_job import AGENT_JOB, AgentJob
from ansible_collections.backupops.veeam.plugins.module_utils._resources.computer import COMPUTER, Computer
from ansible_collections.backupops.veeam.plugins.module_utils._resources.hierarchy import read_items
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job_entity import HOLDING_JOB, ObjectInJob
from ansible_collections.backupops.veeam.plugins.module_utils._resources.restore_point import RESTORE_POINT
from ansible_collections.backupops.veeam.plugins.module_utils._resources.task_session import (
    TASK_SESSION,
    BackupTaskSession,
)
from helpers.entities import VBR01

Sample = t.Callable[[str], bytes]
FORMS = [("xml", "xml"), ("v12.json", "json"), ("v13.json", "json")]
ROOT = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0"
QUICK = BackupTaskSession(
    "ec9a24c8-99f3-4dd1-b821-84c3bb92870b",
    "web01",
    f"urn:VMware:Vm:{ROOT}.vm-4711",
    "Completed",
    "Success",
    None,
    moments.read("2026-01-08T14:30:31.51Z"),
    moments.read("2026-01-08T14:33:02.9Z"),
    VBR01,
    "ab0469a5-c2ba-4ff7-b9d4-9080df2db07e",
    "web-prod-daily",
    "6384e0b3-7b55-4bcb-91f1-20682cc85dc0",
)


@pytest.mark.parametrize(("ending", "media_type"), FORMS)
def test_task_sessions_of_a_window(sample: Sample, ending: str, media_type: str) -> None:
    page = TASK_SESSION.read_page(sample(f"query-task-sessions-window.{ending}"), media_type)
    first, second, failed = page.items
    assert first == QUICK
    assert (page.number, page.pages, page.size) == (1, 1, 2000)
    assert (second.machine, second.has_completed, second.job) == ("web02", True, "web-prod-daily")
    assert (failed.result, failed.point_id, failed.ended) == ("Failed", None, moments.read("2026-01-08T10:06:52.03Z"))
    assert (failed.reason or "").startswith("<text chosen by the backup server")


@pytest.mark.parametrize(("ending", "media_type"), FORMS)
def test_the_task_sessions_of_one_machine(sample: Sample, ending: str, media_type: str) -> None:
    page = TASK_SESSION.read_page(sample(f"query-task-sessions-of-vm.{ending}"), media_type)
    assert {item.machine for item in page.items} == {"web01"}


def task_session(**members: t.Any) -> BackupTaskSession:
    import json

    body = {"UID": f"urn:veeam:BackupTaskSession:{QUICK.id}", "Name": "db@home@2026-01-08 10:05:22", **members}
    return t.cast(BackupTaskSession, TASK_SESSION.read_one(json.dumps(body).encode(), "json"))


def test_what_is_in_progress_has_not_completed_whatever_its_result_says() -> None:
    assert task_session(State="InProgress", Result="Success").has_completed is False
    assert task_session(State="completed", Result="None").result is None


def test_names_may_hold_what_stands_before_the_moment() -> None:
    link = {"Rel": "Up", "Type": "BackupJobSessionReference", "Href": f"/api/backupSessions/{QUICK.id}"}
    session = task_session(State="Completed", Links=[{**link, "Name": "jobs@night@2026-01-08 10:05:00"}])
    assert (session.machine, session.job, session.ref) == ("db@home", "jobs@night", None)
    assert task_session(State="Completed", Links=[{**link, "Name": None}]).job is None


@pytest.mark.parametrize(("ending", "media_type"), FORMS)
def test_agent_jobs(sample: Sample, ending: str, media_type: str) -> None:
    page = AGENT_JOB.read_page(sample(f"query-agent-jobs.{ending}"), media_type)
    assert page.items == [
        AgentJob(
            "88f3aa92-463a-48b9-854a-d5b6bb2520f9",
            "SRV Agents Daily",
            VBR01,
            "AgentBackup",
            True,
            True,
            ("Windows Servers",),
        ),
        AgentJob(
            "d2f0e009-a5af-4d00-b6ed-343884d3767a",
            "DB Linux Policy",
            VBR01,
            "AgentBackup",
            False,
            True,
            ("lnx01.example.test",),
        ),
    ]


@pytest.mark.parametrize(("ending", "media_type"), FORMS)
def test_what_jobs_hold(sample: Sample, ending: str, media_type: str) -> None:
    holding = HOLDING_JOB.read_one(sample(f"job-entity.{ending}"), media_type)
    assert (holding.job.name, holding.job.type, holding.enabled, holding.run_automatically) == (
        "TPL Gold",
        "Backup",
        True,
        True,
    )
    assert [(item.name, item.ref) for item in holding.objects] == [("web01", f"urn:VMware:Vm:{ROOT}.vm-4711")]
    assert all(isinstance(item, ObjectInJob) for item in holding.objects)
    copy = HOLDING_JOB.read_one(sample(f"job-entity-immediatecopy.{ending}"), media_type)
    assert copy.objects == ()


@pytest.mark.parametrize(("ending", "media_type"), [FORMS[0], FORMS[1]])
def test_all_machines_of_an_inventory(sample: Sample, ending: str, media_type: str) -> None:
    items = read_items(sample(f"lookup-all-vms.{ending}"), media_type)
    assert [(item.name, item.type) for item in items] == [
        (name, "Vm") for name in ("web01", "web02", "app01", "db01", "jump01")
    ]


@pytest.mark.parametrize(("ending", "media_type"), FORMS)
def test_a_window_of_restore_points(sample: Sample, ending: str, media_type: str) -> None:
    page = RESTORE_POINT.read_page(sample(f"query-vmrestorepoints-window.{ending}"), media_type)
    assert [(point.machine, point.ready) for point in page.items] == [("web01", True), ("web02", True)]
    assert page.size == 999


@pytest.mark.parametrize(("ending", "media_type"), FORMS)
def test_computers_with_an_agent(sample: Sample, ending: str, media_type: str) -> None:
    first, failed, third = COMPUTER.read_page(sample(f"query-discovered-computers.{ending}"), media_type).items
    assert first == Computer(
        # Its own href leads to a task session.
        "e25c7cad-d4d4-4bcb-82f3-626c8a382c58",
        "sql01.example.test",
        VBR01,
        "urn:AgentForWindows:VeeamAgent:00000000-0000-0000-0000-000000000000.e25c7cad-d4d4-4bcb-82f3-626c8a382c58",
        "192.0.2.21",
        "Microsoft Windows Server 2022 (64-bit)",
        True,
        "Installed",
        "6.3.1.1074",
        "Windows Servers",
    )
    assert (failed.online, failed.agent_status, failed.agent_version) == (False, "Failed", None)
    assert third.group == "Linux Servers"
