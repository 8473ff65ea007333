# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that work on single machines, against the samples, on every product."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from veeam_em_emulator import Emulator, ManualClock
from veeam_em_emulator.estate.ids import derived
from veeam_em_emulator.estate.inventory import InventoryObject
from veeam_em_emulator.estate.machines import CONSOLE
from veeam_em_emulator.estate.run_plans import RunPlan
from veeam_em_emulator.work.machine_restores import vm_point_link
from veeam_em_emulator.work.restore_points import VM_POINT_IDS
from veeam_em_emulator.work.restore_sessions import FILE_LEVEL_RESTORE

from . import test_samples_points as points
from .client import JSON, VBR01, XML, advance
from .memory import Memory
from .sample_cast import NOW, SAMPLES, STATE, same
from .test_samples_points import ROOT, formats

QUICK, ZIP = f"/backupServers/{VBR01}?action=quickbackup", f"/backupServers/{VBR01}?action=veeamzip"
TEXT = "text chosen by the backup server"
ZIPPED = "32d394ac-3f83-473d-adbc-ca9041142dae"
# The machine of the samples, in the inventory of the cast
WEB01 = {"name": "web01", "ref": f"{ROOT}.vm-4711"}


def prepared(product: str, accept: str) -> Memory:
    first, *others = STATE["hierarchy_roots"]
    state = {**STATE, "hierarchy_roots": [{**first, "objects": [*first["objects"], WEB01]}, *others]}
    em = Emulator(state=state, product=product, clock=ManualClock(NOW), task_steps="running:1")
    return Memory(em, media=accept)


def request(name: str, accept: str) -> str:
    return (SAMPLES / f"{name}.{'xml' if accept == XML else 'json'}").read_text(encoding="utf-8")


def fits(text: str, sample: str, product: str, task: str, more: Mapping[str, str] | None = None) -> None:
    same(text, sample, {task: "task-1", **(more or {})}, without_nulls=product == "9.5u4")


def finished(api: Memory) -> str:
    api.text("/tasks/task-1")
    return api.text("/tasks/task-1")


@formats
def test_quick_backup(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    done = api.request("POST", QUICK, request("quickbackup-request", accept))
    assert done.status == 202, done.body
    fits(done.body.decode(), f"task-quickbackup-running.{suffix}", product, "task-41")
    text = finished(api)
    text = text.replace("refused by the backup server: the job has no restore point of that machine yet", TEXT)
    fits(text, f"task-quickbackup-failed.{suffix}", product, "task-41")


@formats
def test_veeamzip(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    done = api.request("POST", ZIP, request("veeamzip-request", accept))
    assert done.status == 202, done.body
    text = finished(api)
    fits(text, f"task-veeamzip.{suffix}", product, "task-42", {ZIPPED: api.em.sessions()[0].id})


@pytest.mark.parametrize("accept", [XML, JSON])
@pytest.mark.parametrize("product", ["12", "13"])
def test_what_the_requests_of_the_samples_ask_for(product: str, accept: str) -> None:
    api = prepared(product, accept)
    api.em.switches["quick_backup_without_full"] = "accepted"
    for name, path, job in (
        ("quickbackup-request", QUICK, "TPL Gold"),
        ("veeamzip-request", ZIP, "web01_2026-01-08T130000"),
    ):
        assert api.request("POST", path, request(name, accept)).status == 202
        api.request("GET", f"/tasks/task-{len(api.em.tasks())}")
        api.request("GET", f"/tasks/task-{len(api.em.tasks())}")
        session = api.em.sessions()[-1]
        assert (session.job_name, [machine.name for machine in session.machines]) == (job, ["web01"])


# Restores

RESTORED, LOST, KEPT, FILES = (
    "2ba69b61-2fb9-475d-9286-90dd651ddde1", "77053f32-df07-4122-80fb-c1a327d11e45",
    "76c77ff1-2e84-4184-9c3d-e6627ec56be3", "e38a5c24-c757-4011-9154-ee45212d7bd5",
)  # fmt: skip
OLD_POINT = "00b6e67a-7a2a-4c2b-8180-60a7da1de808"
SPEC = "/vmRestorePoints/{}?action=restore"


def story(product: str, accept: str) -> Memory:
    """The points of the samples, at the time of the first restore."""
    return points.prepared(product, accept, now=points.moment("09 08:12:04.33"))


def restored(api: Memory, identity: str, session: str, plan: Mapping[str, str], keep: bool = False) -> None:
    """A restore begins now."""
    em = api.em
    em.plan_restores(plan, machine="web01")
    em.world.restores.new_id = lambda: session
    em.start_restore(identity, keep=keep)


def at(api: Memory, time: str) -> None:
    advance(api.em, (points.moment(time) - api.em.clock.utc()).total_seconds())


def told(text: str, sample: str, product: str, more: Mapping[str, str] | None = None) -> None:
    texts = {**points.ids(), **points.TIMES, OLD_POINT: derived(points.SECOND, VM_POINT_IDS, 0), **(more or {})}
    same(text, sample, texts, without_nulls=product == "9.5u4")


def quick_point() -> str:
    return derived(points.QUICK, VM_POINT_IDS, 0)


@formats
def test_tasks_of_a_restore(suffix: str, accept: str, product: str) -> None:
    api = story(product, accept)
    api.em.world.restores.new_id = lambda: RESTORED
    path = SPEC.format(quick_point())
    done = api.request("POST", path, request("restore-request", accept))
    assert done.status == 202, done.body
    fits(done.body.decode(), f"task-restore-running.{suffix}", product, "task-43")
    for _unused in range(2):
        api.text("/tasks/task-1")
    fits(api.text("/tasks/task-1"), f"task-restore.{suffix}", product, "task-43")
    # another one of the same machine
    assert api.request("POST", path, request("restore-request-quick", accept)).status == 202
    for _unused in range(3):
        text = api.text("/tasks/task-2")
    text = text.replace("refused by the backup server: another restore of the machine is under way", TEXT)
    same(text, f"task-restore-failed.{suffix}", {"task-43": "task-2"}, without_nulls=product == "9.5u4")


@formats
def test_a_restore_session(suffix: str, accept: str, product: str) -> None:
    api = story(product, accept)
    restored(api, quick_point(), RESTORED, {"length": "1183.47s"})
    at(api, "09 08:24:42")
    told(api.text(f"/restoreSessions/{RESTORED}", format="Entity"), f"restore-session-working.{suffix}", product)
    at(api, "09 08:31:47.8")
    told(api.text(f"/restoreSessions/{RESTORED}", format="Entity"), f"restore-session-success.{suffix}", product)
    at(api, "09 09:00:15.07")
    restored(api, derived(points.SECOND, VM_POINT_IDS, 0), LOST, {"length": "37.83s", "result": "Failed"})
    at(api, "09 09:01:00")
    told(api.text(f"/restoreSessions/{LOST}", format="Entity"), f"restore-session-failed.{suffix}", product)
    at(api, "09 10:02:33.1")
    restored(api, derived(points.SECOND, VM_POINT_IDS, 0), KEPT, {"length": "1052.54s"}, keep=True)
    at(api, "09 10:20:06")
    text = 'VmDisplayName=="web01";Type==RestoreVm;CreationTime>="2026-01-09T08:00:00Z"'
    found = points.query(api, "RestoreSession", text)
    new = api.em.machine("web01_restored").ref
    more = {f"{ROOT}.vm-4790": new, **points.links(product)}
    told(found, f"query-restoresessions.{suffix}", product, more)


@formats
def test_restore_sessions_of_files_too(suffix: str, accept: str, product: str) -> None:
    api = story(product, accept)
    em = api.em
    restored(api, quick_point(), RESTORED, {"length": "1183.47s"})
    at(api, "09 09:40:00.5")
    restores, point = em.world.restores, em.world.runs.backups.vm_point(quick_point())
    assert point is not None
    restores.new_id = lambda: FILES
    restores.start(
        job_type=FILE_LEVEL_RESTORE, server=point.server, machine="web01", reference=point.machine.reference,
        point=vm_point_link(point), act=lambda _session: None, cause=CONSOLE, plan=RunPlan(length="1269.7s"),
    )  # fmt: skip
    em.switches["session_order"] = "oldest_first"
    at(api, "09 10:02:00")
    told(api.text("/restoreSessions", format="Entity"), f"restore-sessions-entities.{suffix}", product)


@formats
def test_the_task_of_a_vapp(suffix: str, accept: str, product: str) -> None:
    api = story(product, accept)
    em, vapp = api.em, cloud_director(api)
    em.world.restores.new_id = lambda: "d8685fae-e505-47e5-a1a3-97e01b399179"
    assert api.request("POST", f"/vAppRestorePoints/{vapp}?action=restore").status == 202
    for _unused in range(2):
        api.text("/tasks/task-1")
    fits(api.text("/tasks/task-1"), f"task-restore-vapp.{suffix}", product, "task-44")


def cloud_director(api: Memory) -> str:
    """A vApp with the machine of the samples is backed up; the id of its point. The machine's own has that of the
    samples."""
    em = api.em
    state, inventory = em.world.state, em.world.inventory
    root = next(item for item in state.roots.values() if item.host_type == "VcdSystem")
    reference = f"urn:vCloud:Vapp:{root.id}.urn:vcloud:vapp:b74b07e1-88c0-4daa-9211-92cac75e7724"
    inventory.add(root.id, InventoryObject(reference, "Vapp", "shop", members=("DC",)))
    entry = {
        "name": "Cloud", "platform": "vCloud", "backup_server": "vbr02.example.test",
        "repository": "Default Backup Repository", "objects": [{"name": "shop", "ref": reference}],
    }  # fmt: skip
    em.console.create_job(**entry)
    em.plan_runs("Cloud", {"length": "60s"})
    em.start_run("Cloud")
    advance(em, 60)
    em.points()
    [vapp] = em.world.runs.backups.vapp_points()
    return vapp.id


@pytest.mark.parametrize("accept", [XML, JSON])
@pytest.mark.parametrize("product", ["12", "13"])
@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("restore-request", ["web01"]), ("restore-request-quick", ["web01"]),
        ("restore-request-keep", ["web01", "web01_restored"]),
        ("restore-request-vcloud", ["DC", "app01-restored"]), ("restore-request-vcloud-old", ["DC"]),
        ("restore-request-vapp", ["DC", "app01-restored"]),
    ],
)  # fmt: skip
def test_what_restores_of_the_samples_ask_for(name: str, names: list[str], product: str, accept: str) -> None:
    if not (SAMPLES / f"{name}.{'xml' if accept == XML else 'json'}").exists():
        assert name == "restore-request-vcloud-old", "no client sends that in JSON"
        return
    api = story(product, accept)
    em = api.em
    em.switches["restore_length"] = "0"
    em.switches["keep_original_before_13"] = "honoured"
    path, body = SPEC.format(quick_point()), request(name, accept)
    if "vcloud" in name or "vapp" in name:
        vapp = cloud_director(api)
        point = em.points("DC")[0].id
        body = body.replace("595a762e-ec3a-4aba-b835-7a0961b8578b", point)
        path = f"/vAppRestorePoints/{vapp}?action=restore" if "vapp" in name else SPEC.format(point)
    em.hypervisor.break_machine(names[0])
    assert api.request("POST", path, body).status == 202
    for _unused in range(3):
        api.text("/tasks/task-1")
    assert [session.result for session in em.restore_sessions()] == ["Success"]
    assert {em.machine(item).data for item in names[:-1]} <= {"broken"}
    assert em.machine(names[-1]).data == "original"
