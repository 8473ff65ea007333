# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replicas, failover plans, files of the guest and the catalog, against the samples."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest
from veeam_em_emulator.estate.failover_plans import FailoveredVm, FailoverPlan
from veeam_em_emulator.estate.ids import derived
from veeam_em_emulator.estate.jobs import Job, JobObject
from veeam_em_emulator.estate.past_runs import parse_past
from veeam_em_emulator.work.replicas import REPLICA_POINT_IDS
from veeam_em_emulator.work.restore_points import VM_POINT_IDS

from .client import JSON, XML, Api
from .sample_cast import CLONE, SAMPLES, client, same, stop_all

REPLICA_JOB = "2e3d4c5b-6a79-4887-96a5-b4c3d2e1f0a9"
REPLICA = "a2e19158-4e62-4c1b-899e-7780efe15a39"
RUNS = {
    "11111111-aaaa-4bbb-8ccc-000000000001": "2026-01-07T06:47:03.1",
    "11111111-aaaa-4bbb-8ccc-000000000002": "2026-01-08T06:47:02.7",
}
OLDER, NEWEST = (derived(identity, REPLICA_POINT_IDS, 0) for identity in RUNS)
PLAN = "b029d040-1fe0-435e-b6c6-36601c1996ec"
ROOT = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0"
POINT = "6384e0b3-7b55-4bcb-91f1-20682cc85dc0"
BACKED_UP = "22222222-aaaa-4bbb-8ccc-000000000001"
FORMATS = [("xml", XML, "12"), ("v12.json", JSON, "12"), ("v13.json", JSON, "13")]
formats = pytest.mark.parametrize(("suffix", "accept", "product"), FORMATS)


@pytest.fixture(autouse=True, scope="module")
def _stop() -> Any:
    yield
    stop_all()


def prepared(product: str, accept: str) -> Api:
    """A replication job with two points of db01, a failover plan, a point of web01."""
    api = client(product, accept)
    em = api.em
    em.switches["database"] = "sql_server"
    em.switches["restore_length"] = "0"
    state = em.world.state
    repository = state.repositories["b7e4a1d0-2c3f-4d58-9e61-7a8b9c0d1e2f"]
    db01 = JobObject("33333333-aaaa-4bbb-8ccc-000000000001", "db01", f"urn:VMware:Vm:{ROOT}.vm-4714")
    job = Job(
        name="TPL Replica", id=REPLICA_JOB, server=repository.server, job_type="Replica", repository=repository,
        objects=(db01,),
    )  # fmt: skip
    state.add_job(job)
    state.past_runs += [
        parse_past({"id": identity, "created": f"{created}Z", "length": "60s"}, job.id)
        for identity, created in RUNS.items()
    ]
    clone = state.jobs[CLONE]
    clone.repository = repository
    state.past_runs.append(parse_past({"id": BACKED_UP, "created": "2026-01-08T14:31:07Z", "length": "60s"}, CLONE))
    machines = [
        ("1dffadfa-612c-4c01-ae66-66d745b11ec2", "db01", 4714),
        ("4c86625f-13d7-423c-93e9-d58574a12dec", "app01", 4713),
    ]
    state.failover_plans[PLAN] = FailoverPlan(
        PLAN, "DR Web", repository.server, "Web tier, database first",
        tuple(FailoveredVm(identity, name, f"urn:VMware:Vm:{ROOT}.vm-{moref}") for identity, name, moref in machines),
    )  # fmt: skip
    em.world.runs._past_known = False
    em.world.runs.began = datetime.fromisoformat("2026-01-10T00:00:00+00:00")
    em.clock.advance(3 * 86400)  # type: ignore[attr-defined]
    assert api.log_on().status == 201
    return api


def ids(api: Api) -> dict[str, str]:
    """Of the sample -> of the emulator."""
    replica = next(iter(api.em.world.runs.replicas.replicas.values()), None)
    return {
        "9fc8c651_1a1d_47c4_b0c2_1f724601ecf4": NEWEST,
        "854e6a1c_8858_43ed_99f7_58b387a8f6a2": OLDER,
        REPLICA.replace("-", "_"): replica.id if replica is not None else REPLICA,
    }


@formats
def test_replica(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    listed = api.get("/replicas").text
    identity = ids(api)[REPLICA.replace("-", "_")]
    assert identity in listed
    same(api.get(f"/replicas/{identity}", format="Entity").text, f"replica-entity.{suffix}", **ids(api))
    text = f'JobUid=="urn:veeam:Job:{REPLICA_JOB}"'
    answer = api.query(type="Replica", format="Entities", filter=text, pageSize=100, page=1)
    same(answer.text, f"query-replicas.{suffix}", **ids(api))


@formats
def test_replica_point(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    api.get("/vmReplicaPoints")
    same(api.get(f"/vmReplicaPoints/{NEWEST}", format="Entity").text, f"vm-replica-point.{suffix}", **ids(api))
    text = 'ReplicaName=="TPL Replica";VmDisplayName=="db01"'
    answer = api.query(
        type="VmReplicaPoint", format="Entities", sortDesc="CreationTime", filter=text, pageSize=100, page=1
    )
    # up to 12 a blank in a link is a plus (recorded)
    blanks = {"TPL%20Replica": "TPL+Replica"} if product == "12" else {}
    same(answer.text, f"query-vmreplicapoints.{suffix}", blanks, **ids(api))


@formats
def test_failover_task(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    api.get("/vmReplicaPoints")
    running = api.request("POST", f"/api/vmReplicaPoints/{NEWEST}?action=failover")
    same(running.text, f"task-failover-running.{suffix}", task_45="task-1")
    finished = api.finish().answer.text
    [session] = api.em.restore_sessions()
    same(finished, f"task-failover.{suffix}", task_45="task-1", d8685fae_e505_47e5_a1a3_97e01b399179=session.id)


def without_other_options(text: str) -> str:
    """The sample has the first of the guest processing options alone."""
    if text.startswith("<"):
        return re.sub(r"(</VssSnapshotOptions>).*?(?=</GuestProcessingOptions>)", r"\1", text, flags=re.S)

    def cut(value: Any) -> Any:
        if isinstance(value, dict):
            found = {key: cut(item) for key, item in value.items()}
            snapshot = next((key for key in found if key.lower() == "vsssnapshotoptions"), None)
            return found if snapshot is None else {snapshot: found[snapshot]}
        return [cut(item) for item in value] if isinstance(value, list) else value

    return json.dumps(cut(json.loads(text)))


@formats
def test_failover_plan(suffix: str, accept: str, product: str) -> None:
    api = prepared(product, accept)
    same(api.get("/failoverPlans").text, f"failover-plans.{suffix}")
    same(without_other_options(api.get(f"/failoverPlans/{PLAN}", format="Entity").text), f"failover-plan.{suffix}")


@formats
@pytest.mark.parametrize(
    ("method", "action", "body", "sample", "number"),
    [
        ("POST", "?action=start", "failoverplan-start-now", "task-failoverplan-start", "task_46"),
        ("POST", "?action=start", "failoverplan-start-date", "task-failoverplan-start", "task_46"),
        ("POST", "?action=undo", "", "task-failoverplan-undo", "task_47"),
        ("PUT", "", "failoverplan-edit", "task-failoverplan-edit", "task_48"),
    ],
)
def test_tasks_of_a_plan(
    method: str, action: str, body: str, sample: str, number: str, suffix: str, accept: str, product: str
) -> None:
    api = prepared(product, accept)
    text = (SAMPLES / f"{body}.{suffix[-4:].lstrip('.')}").read_text(encoding="utf-8") if body else ""
    assert api.request(method, f"/api/failoverPlans/{PLAN}{action}", text).status == 202
    same(api.finish().answer.text, f"{sample}.{suffix}", **{number: "task-1"})
    if method == "PUT":
        assert "tested 2026-01" in api.get(f"/failoverPlans/{PLAN}", format="Entity").text


# Files of the guest


def mounted(product: str, accept: str) -> tuple[Api, str, dict[str, str]]:
    """Path of a mount, and ids."""
    api = prepared(product, accept)
    assert api.get("/vmRestorePoints").status == 200
    point = derived(BACKED_UP, VM_POINT_IDS, 0)
    assert api.request("POST", f"/api/vmRestorePoints/{point}/mounts").status == 202
    return api, f"/vmRestorePoints/{point}/mounts/1", {POINT.replace("-", "_"): point}


@formats
def test_mount(suffix: str, accept: str, product: str) -> None:
    api, path, known = mounted(product, accept)
    same(api.finish().answer.text, f"task-mount.{suffix}", task_49="task-1", **known)
    same(api.get(path).text, f"mount-entity.{suffix}", **known)
    listed = api.get(f"{path}/E:/Shared%20Data", action="listAll", pageSize=100, page=1)
    same(listed.text, f"mount-listing.{suffix}", **known)
    body = (SAMPLES / f"mount-request.{suffix[-4:].lstrip('.')}").read_text(encoding="utf-8")
    assert api.request("POST", f"/api{path.rpartition('/')[0]}", body).status == 202


@formats
@pytest.mark.parametrize(
    ("request_", "sample", "number"),
    [
        ("file-restore-request-download", "task-file-restore-download", "task_50"),
        ("file-restore-request-original", "task-file-restore-original", "task_51"),
    ],
)
def test_file_restore(request_: str, sample: str, number: str, suffix: str, accept: str, product: str) -> None:
    api, path, known = mounted(product, accept)
    api.finish()
    body = (SAMPLES / f"{request_}.{suffix[-4:].lstrip('.')}").read_text(encoding="utf-8")
    assert api.request("POST", f"/api{path}/E:/Shared%20Data/offers.docx?action=restore", body).status == 202
    same(api.finish("task-2").answer.text, f"{sample}.{suffix}", **{number: "task-2"}, **known)


def test_catalog() -> None:
    api, path, known = mounted("12", XML)
    point = path.split("/")[2]
    below = f"/catalog/vms/web01/vmRestorePoints/{point}"
    same(api.get(below, format="Entity").text, "catalog-vm-restore-point.xml", **known)
    api.finish()
    assert api.request("POST", f"/api{below}?action=browse").status == 202
    same(api.finish("task-2").answer.text, "task-catalog-browse.xml", task_52="task-2", **known)
    assert api.request("POST", f"/api{below}/guestfs/C:/data.txt?action=restore").status == 202
    text = api.finish("task-3").answer.text
    [session] = api.em.restore_sessions()
    # in this sample alone the Delete link of a task has no type
    text = text.replace('Rel="Delete" Type="Task"', 'Rel="Delete"')
    same(text, "task-catalog-restore.xml", task_53="task-3", e38a5c24_c757_4011_9154_ee45212d7bd5=session.id)
