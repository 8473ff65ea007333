# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restore points and restore sessions, as the samples have them in XML and in each dialect of JSON."""

from __future__ import annotations

import os
import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em import moments
from ansible_collections.backupops.veeam.plugins.module_utils._module import render
from ansible_collections.backupops.veeam.plugins.module_utils._resources import restore_point, restore_session
from ansible_collections.backupops.veeam.plugins.module_utils._resources.backup_server import BackupServer
from ansible_collections.backupops.veeam.plugins.module_utils._resources.restore_point import RestorePoint
from ansible_collections.backupops.veeam.plugins.module_utils._resources.restore_session import RestoreSession

from ..conftest import SAMPLES

FORMS = [("xml", "xml"), ("v12.json", "json"), ("v13.json", "json")]
VBR01 = BackupServer("3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61", "vbr01.example.test")
REF = "urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.vm-4711"
READY = RestorePoint(
    "6384e0b3-7b55-4bcb-91f1-20682cc85dc0",
    "web01@2026-01-08 14:31:07",
    "web01",
    REF,
    moments.read("2026-01-08T14:31:07.42Z"),
    "Increment",
    "Incremental",
    True,
    VBR01,
    "771c41ae-3218-4492-a2a3-f5b7aae8ec3d",
    "fb819b38-e035-4e65-b4ea-ae5076a82518",
)


def sample(name: str) -> bytes:
    with open(os.path.join(SAMPLES, name), "rb") as file:
        return file.read()


@pytest.mark.parametrize(("ending", "media_type"), FORMS)
def test_a_point_and_whether_it_is_ready(ending: str, media_type: str) -> None:
    read = restore_point.RESTORE_POINT.read_one
    point = read(sample(f"vm-restore-point-entity.{ending}"), media_type)
    assert point == READY
    assert (point.platform, point.path) == ("VMware", f"/api/vmRestorePoints/{READY.id}")
    written = read(sample(f"vm-restore-point-not-ready.{ending}"), media_type)
    assert (written.ready, written.machine, written.ref) == (False, "web01", REF)


@pytest.mark.parametrize(
    ("links", "ready"),
    [
        ("", True),
        ('<Link Rel="Up" Type="RestorePointReference" Href="/api/restorePoints/{0}" />', True),
        ('<Link Rel="Related" Type="RestorePointReference" Href="/api/restorePoints/{0}?format=Entity" />', False),
        ('<Link Rel="Related" Type="BackupFileReference" Href="/api/backupFiles/{0}/" />', False),
        ('<Link Rel="Alternate" Type="VmRestorePointReference" Href="/api/vmRestorePoints/{0}" />', True),
    ],
)
def test_a_missing_link_does_not_say_that_it_is_being_written(links: str, ready: bool) -> None:
    body = (
        f'<VmRestorePoint xmlns="http://www.veeam.com/ent/v1.0" UID="urn:veeam:VmRestorePoint:{READY.id}" '
        f'Name="web01@2026"><Links>{links.format(READY.id)}</Links></VmRestorePoint>'
    )
    point = restore_point.RESTORE_POINT.read_one(body.encode(), "xml")
    assert (point.ready, point.machine, point.ref, point.created) == (ready, "web01", None, None)


@pytest.mark.parametrize(("ending", "media_type"), FORMS)
def test_what_a_point_is_a_part_of(ending: str, media_type: str) -> None:
    parent = restore_point.POINT_PARENT.read_one(sample(f"restore-point-entity.{ending}"), media_type)
    assert (parent.id, parent.backup_id, parent.backup_name) == (
        READY.point_id,
        "4e1f0a7c-93d2-4b65-8c0e-7d6b5a493827",
        "web-prod-daily",
    )
    file = restore_point.BACKUP_FILE.read_one(sample(f"backup-file-entity.{ending}"), media_type)
    assert file == restore_point.BackupFile(
        READY.file_id or "",
        r"D:\Backup\web-prod-daily\web-prod-dailyD2026-01-08T153012_4C1E.vib",
        734003200,
        1610612736,
        moments.read("2026-01-08T14:30:12.9Z"),
        "vib",
    )


@pytest.mark.parametrize(("ending", "media_type"), FORMS)
@pytest.mark.parametrize(
    ("name", "ended", "result"),
    [("success", True, "Success"), ("failed", True, "Failed"), ("working", False, None)],
)
def test_a_restore_session(name: str, ended: bool, result: str | None, ending: str, media_type: str) -> None:
    session: RestoreSession = restore_session.RESTORE_SESSION.read_one(
        sample(f"restore-session-{name}.{ending}"), media_type
    )
    assert (session.has_ended, session.result, session.machine) == (ended, result, "web01")
    assert session.server == VBR01
    assert session.point_ids == (READY.id if result != "Failed" else "00b6e67a-7a2a-4c2b-8180-60a7da1de808",)


def test_a_restore_point_in_results() -> None:
    url, now = "https://em.example.test:9398", (READY.created or 0) + 3600.5
    assert render.restore_point(url, READY, now) == {
        "id": READY.id,
        "uid": f"urn:veeam:VmRestorePoint:{READY.id}",
        "href": f"{url}/api/vmRestorePoints/{READY.id}",
        "name": "web01@2026-01-08 14:31:07",
        "machine": "web01",
        "ref": REF,
        "platform": "VMware",
        "created": "2026-01-08T14:31:07Z",
        "age": 3600,
        "type": "Increment",
        "algorithm": "Incremental",
        "ready": True,
        "backup": None,
        "repository": None,
        "backup_server": {"name": VBR01.name, "id": VBR01.id, "href": url + VBR01.path},
    }
    unknown = render.restore_point(url, READY._replace(created=None, ref=None, server=None), now)
    assert (unknown["created"], unknown["age"], unknown["platform"]) == (None, None, None)
    assert unknown["backup_server"] == {"name": None, "id": None, "href": None}
    assert render.restore_point(url, READY, 0.0)["age"] == 0


def test_the_newest_first_is_always_the_same_order() -> None:
    points = [READY._replace(id=identifier, created=created) for identifier, created in TIES]
    order = [point.id for point in restore_point.newest_first(points)]
    assert order == [point.id for point in restore_point.newest_first(reversed(points))] == ["c", "a", "b", "d"]


TIES: t.Final = (("a", 5.0), ("b", 5.0), ("c", 9.0), ("d", None))
