# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of jobs and what they leave, against the samples: sessions, tasks that start and stop them, backups."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from veeam_em_emulator import Emulator
from veeam_em_emulator.estate.ids import derived
from veeam_em_emulator.estate.jobs import Job, JobObject
from veeam_em_emulator.estate.past_runs import parse_past
from veeam_em_emulator.estate.run_plans import RunPlan
from veeam_em_emulator.work.restore_points import POINT_IDS, VM_POINT_IDS
from veeam_em_emulator.work.run_sessions import TASK_IDS

from .client import JSON, VBR01, XML, Api
from .sample_cast import CLONE, COPY, NOW, SAMPLES, STATE, client, same, stop_all

REPLICA = "2e3d4c5b-6a79-4887-96a5-b4c3d2e1f0a9"
SUCCESS = "6e5d4c3b-2a19-4807-96f5-e4d3c2b1a098"
WORKING = "7f6e5d4c-3b2a-4918-a7f6-f5e4d3c2b1a9"
FAILED = "8a7f6e5d-4c3b-4a29-b807-a6f5e4d3c2ba"
REPLICATED = "9b8a7f6e-5d4c-4b3a-8918-b7a6f5e4d3cb"
POINT, BACKUP = "a2d7d2a9_8407_4585_9649_515ecb04b35a", "c213fbfa_7b9e_4772_9ddc_3ecbdcc3fc70"
FORMATS = [("xml", XML, "12"), ("v12.json", JSON, "12"), ("v13.json", JSON, "13")]
formats = pytest.mark.parametrize(("suffix", "accept", "product"), FORMATS)
JOB_FILTER = f'JobUid=="urn:veeam:Job:{CLONE}"'


@pytest.fixture(autouse=True, scope="module")
def _stop() -> Any:
    yield
    stop_all()


def ran(em: Emulator, job: str, identity: str, created: str, ended: str, **plan: Any) -> None:
    """A run before the start."""
    begin, end = (datetime.fromisoformat(f"{text}+00:00") for text in (created, ended))
    length = f"{(end - begin).total_seconds()}s"
    entry = {"id": identity, "created": f"{created}Z", "length": length, **plan}
    em.world.state.past_runs.append(parse_past(entry, job))
    em.world.runs._past_known = False


def prepared(product: str, accept: str) -> Api:
    """The sessions of the cast."""
    api = client(product, accept)
    em = api.em
    em.switches["database"] = "postgresql"
    em.switches["backup_chains"] = "per_job"
    state = em.world.state
    job = state.jobs[CLONE]
    job.repository = state.repositories["b7e4a1d0-2c3f-4d58-9e61-7a8b9c0d1e2f"]
    server = job.server
    state.add_job(Job(name="TPL Replica", id=REPLICA, server=server, job_type="Replica", objects=job.objects))
    ran(em, CLONE, SUCCESS, "2026-01-05T10:05:00.659559", "2026-01-05T10:22:48.134519")
    begin = datetime.fromisoformat("2026-01-06T10:05:00.193292+00:00")
    ran(em, CLONE, WORKING, "2026-01-06T10:05:00.193292", str((NOW - begin) / 0.425 + begin)[:26].replace(" ", "T"))
    ran(em, REPLICA, REPLICATED, "2026-01-05T06:46:31.1", "2026-01-05T07:02:35.2")
    return api


def link(identity: str, purpose: int = POINT_IDS) -> dict[str, str]:
    return {POINT: derived(identity, purpose, 0)}


@formats
@pytest.mark.parametrize(
    ("name", "identity"), [("backup-session-success", SUCCESS), ("backup-session-working", WORKING)]
)
def test_session(name: str, identity: str, suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    same(api.get(f"/backupSessions/{identity}", format="Entity").text, f"{name}.{suffix}", **link(identity))


def failed(product: str, accept: str) -> Api:
    """The session of which one machine has failed."""
    api = prepared(product, accept)
    state = api.em.world.state
    job = state.jobs[CLONE]
    second = JobObject(
        "f5b8dae2-4c63-4071-9e8f-ad1c2b3a4f5e", "web02", job.objects[0].reference.replace("4711", "4712")
    )
    job.objects = (*job.objects, second)
    state.past_runs.clear()
    machines = {"web01": "Failed", "web02": {"result": "Success", "size": 214748364800}}
    ran(api.em, CLONE, FAILED, "2026-01-07T10:05:00.5", "2026-01-07T10:09:11.25", machines=machines)
    return api


@formats
def test_failed_session(suffix: str, accept: str, product: str) -> None:
    """The point that the other machine has made all the same is not in the sample."""
    text = failed(product, accept).get(f"/backupSessions/{FAILED}", format="Entity").text
    point = derived(FAILED, POINT_IDS, 0)
    text = re.sub(rf"<Link [^>]*{point}[^>]*/>|,\{{[^}}]*{point}[^}}]*\}}", "", text)
    same(text, f"backup-session-failed.{suffix}")


@formats
def test_task_sessions(suffix: str, accept: str, product: str) -> None:
    """The sample's machines begin later than the run, and at the same time."""
    text = failed(product, accept).get(f"/backupSessions/{FAILED}/taskSessions", format="Entity").text
    text = re.sub(r"(?<=web0[12]@)2026-01-07 10:05:00.5", "2026-01-07 10:05:22.39912", text)
    text = text.replace("web02@2026-01-07 10:07:05.875", "web02@2026-01-07 10:05:22.39912")
    text = text.replace("2026-01-07T10:05:00.5Z", "2026-01-07T10:05:22.39912Z")
    text = re.sub(r"2026-01-07T10:0[79][0-9:.]*Z", "2026-01-07T10:06:52.728467Z", text)
    ids = {
        "0bae7844_d3d7_4097_95b8_893315310c51": derived(FAILED, TASK_IDS, 0),
        "1cbf8955_e4e8_41a8_a6c9_904426421d62": derived(FAILED, TASK_IDS, 1),
        "fb87163e_687d_4006_96c9_0451b5423b85": derived(FAILED, VM_POINT_IDS, 1),
    }
    same(text, f"backup-task-sessions.{suffix}", **ids)


@formats
def test_sessions_of_a_job(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    path = f"/jobs/{CLONE}/backupSessions"
    same(api.get(path, format="Entity").text, f"backup-sessions-of-job.{suffix}", **link(SUCCESS))
    if accept == XML:
        del api.em.world.runs.visible.of_job(CLONE)[1]
        same(api.get(path).text, "backup-sessions-refs.xml")


def test_sessions_of_a_job_of_95u4() -> None:
    with Emulator(state=STATE, product="9.5u4", switches={"gzip": False, "database": "postgresql"}) as em:
        em.world.runs.utc = lambda: NOW
        job = em.world.state.jobs[CLONE]
        job.repository = next(iter(em.world.state.repositories.values()))
        ran(em, CLONE, SUCCESS, "2026-01-05T10:05:00.659559", "2026-01-05T10:22:48.134519")
        api = Api(em, JSON)
        api.log_on()
        text = api.get(f"/jobs/{CLONE}/backupSessions", format="entity").text
        same(text, "backup-sessions-of-job.v95u4.json", **link(SUCCESS))
        api.close()


@formats
def test_replica_sessions(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    same(api.get(f"/replicaSessions/{REPLICATED}", format="Entity").text, f"replica-session.{suffix}")
    path = f"/jobs/{REPLICA}/replicaSessions"
    same(api.get(path, format="Entity").text, f"replica-sessions-of-job.{suffix}")


@formats
def test_query_for_the_sessions_of_a_job(suffix: str, accept: str, product: str) -> None:
    query = {"type": "BackupJobSession", "format": "Entities", "sortDesc": "CreationTime", "filter": JOB_FILTER}
    same(prepared(product, accept).query(**query).text, f"query-sessions-of-job.{suffix}", **link(SUCCESS))


@formats
def test_query_for_the_sessions_of_a_copy_job(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    runs, job = api.em.world.runs, api.em.world.state.jobs[COPY]
    runs.running(COPY)
    for identity, job_id, name, created, length in (
        ("0c1d2e3f-4a5b-4c6d-8e7f-9a0b1c2d3e4f", COPY, job.name, "2026-01-05T00:00:00.173", "never"),
        ("1d2e3f4a-5b6c-4d7e-9f80-0b1c2d3e4f5a", "ab12cd34-ef56-4a78-9b90-c1d2e3f4a5b6",
         f"{job.name}\\Backup Job 1", "2026-01-05T05:17:38.22142", "443.658179s"),
    ):  # fmt: skip
        moment = datetime.fromisoformat(f"{created}+00:00")
        session = runs._new(job_id, name, job, RunPlan(length=length), (), id=identity, created=moment)
        if length == "never":
            session.final_progress = 0
        else:
            session.job_type = "ImmediateBackupCopyWorker"
        runs._begin(session)
    query = {"type": "BackupJobSession", "format": "Entities", "filter": 'BackupServerName=="vbr02.example.test"'}
    same(api.query(**query).text, f"query-sessions-copy.{suffix}")


@formats
def test_backups(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    found = api.query(type="Backup", format="Entities", filter=JOB_FILTER)
    [backup] = api.em.world.runs.backups.of_job(CLONE)
    same(found.text, f"query-backups-of-job.{suffix}", **{BACKUP: backup.id})
    same(api.get(f"/backups/{backup.id}", format="Entity").text, f"backup-entity.{suffix}", **{BACKUP: backup.id})


TASKS = [
    ("task-start-job", f"/jobs/{CLONE}?action=start", "task-5", 3, SUCCESS),
    ("task-start-running", f"/jobs/{CLONE}?action=start", "task-5", 1, ""),
    ("task-start-replica", f"/jobs/{REPLICA}?action=start", "task-6", 3, REPLICATED),
    ("task-sync-job", f"/jobs/{COPY}?action=sync", "task-7", 2, ""),
    ("task-stop-job", f"/jobs/{CLONE}?action=stop", "task-8", 3, ""),
    ("task-retry-job", f"/jobs/{CLONE}?action=retry", "task-9", 3, ""),
    ("task-stop-session", f"/backupSessions/{WORKING}?action=stop", "task-10", 3, ""),
    ("task-collect-backup-server", f"/backupServers/{VBR01}?action=collect", "task-15", 1, ""),
]


@formats
@pytest.mark.parametrize(("name", "path", "task", "polls", "session"), TASKS)
def test_tasks(
    name: str, path: str, task: str, polls: int, session: str, suffix: str, accept: str, product: str
) -> None:
    api = prepared(product, accept)
    em = api.em
    if name == "task-start-job" and accept == XML:
        # its other form, of an older page
        em.switches["start_link"] = "named"
        em.switches["database"] = "sql_server"
        em.world.runs.utc = lambda: datetime.fromisoformat("2026-01-05T10:05:00+00:00")
    em.switches["retry_not_failed"] = "accepted"
    if "stop" not in name:
        em.world.state.past_runs.clear()
    if session:
        em.world.runs.new_id = lambda: session
    answer = api.request("POST", f"/api{path}")
    assert answer.status == 202, answer.text
    for _unused in range(polls):
        answer = api.get("/tasks/task-1")
    sample = f"{name}.{suffix}"
    if not (SAMPLES / sample).exists():
        assert name == "task-collect-backup-server" and suffix == "xml"
        return
    expected = {task.replace("-", "_"): "task-1"}
    text = answer.text
    if sample == "task-sync-job.xml":
        # printed without it on this page alone
        text = text.replace('<Link Rel="Delete" Type="Task"', '<Link Rel="Delete"')
    same(text, sample, **expected)


@formats
def test_start_without_a_link(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    api.em.switches["start_link"] = "absent"
    api.em.world.state.past_runs.clear()
    api.request("POST", f"/api/jobs/{CLONE}?action=start")
    same(api.finish().answer.text, f"task-start-job-no-link.{suffix}", task_5="task-1")


@formats
def test_quick_backup(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    api.em.world.state.past_runs.clear()
    api.em.world.runs.new_id = lambda: SUCCESS
    api.em.switches["quick_backup_without_full"] = "accepted"
    body = (SAMPLES / f"quickbackup-request.{'xml' if accept == XML else 'json'}").read_text(encoding="utf-8")
    answer = api.request("POST", f"/api/backupServers/{VBR01}?action=quickbackup", body)
    assert answer.status == 202, answer.text
    same(api.finish().answer.text, f"task-quickbackup.{suffix}", task_14="task-1")
    [session] = api.em.sessions()
    assert (session.job_name, [item.name for item in session.machines]) == ("TPL Gold", ["web01"])
