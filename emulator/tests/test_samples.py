# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every answer against the sample of it: element by element, key by key, in order, with the values."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from veeam_em_emulator import Emulator, ManualClock

from .client import GOLD, JSON, REPOSITORY, VBR01, XML, Api
from .memory import Memory
from .sample_cast import CLONE, COPY, NOW, SAMPLES, STATE, client, json_shape, same, stop_all, xml_shape

NAME_FILTER = 'Name=="web-prod-daily"'


@pytest.fixture(params=["12", "13"])
def product(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True, scope="module")
def _stop() -> Any:
    yield
    stop_all()


# path, query, sample without suffix
READ = [
    ("/", {}, "api-root"),
    ("/jobs", {}, "jobs-list"),
    (f"/jobs/{GOLD}", {}, "job-ref"),
    (f"/jobs/{GOLD}", {"format": "Entity"}, "job-entity"),
    (f"/jobs/{COPY}", {"format": "Entity"}, "job-entity-immediatecopy"),
    ("/jobs", {"format": "Entity", "filter": 'Name=="TPL Gold"'}, "jobs-entities"),
    (f"/jobs/{GOLD}/includes", {}, "includes"),
    ("/query", {"type": "Job", "filter": NAME_FILTER}, "query-jobs-refs"),
    ("/query", {"type": "Job", "format": "Entities", "filter": NAME_FILTER}, "query-jobs-entities"),
    ("/query", {"type": "Repository", "format": "Entities"}, "query-repositories-entities"),
    ("/repositories", {}, "repositories-list"),
    ("/repositories", {"format": "Entity"}, "repositories-entities"),
    (f"/repositories/{REPOSITORY.rpartition(':')[2]}", {"format": "Entity"}, "repository-entity"),
    ("/backupServers", {"format": "Entity"}, "backup-servers"),
    ("/logonSessions", {}, "logon-sessions"),
    ("/hierarchyRoots/a2b0c55d-829a-4efe-bd95-125ee77ba9d0", {"format": "Entity"}, "hierarchy-root-entity"),
    ("/lookup", {"hierarchyRef": "urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.vm-4712"}, "lookup"),
]
# What the samples in JSON have of a copy job, and what it has in the cast
OF_COPY_JOB = {"Created by .\\\\veeamadmin": "Copies TPL Gold offsite", CLONE: GOLD}
CASES = [
    (path, query, sample, accept, product)
    for path, query, name in READ
    for sample, accept, product in (
        (f"{name}.xml", XML, "12"), (f"{name}.v12.json", JSON, "12"), (f"{name}.v13.json", JSON, "13"),
    )
    if (SAMPLES / sample).exists()
]  # fmt: skip


@pytest.mark.parametrize(("path", "query", "sample", "accept", "product"), CASES, ids=[case[2] for case in CASES])
def test_reading(path: str, query: dict[str, str], sample: str, accept: str, product: str) -> None:
    api = client(product, accept)
    answer = api.get(path, **query)
    assert answer.status == 200
    text = answer.text
    if sample.startswith("query-repositories"):
        # the sample is shortened to the first one
        document = json.loads(text)
        key = "repositories" if product == "13" else "Repositories"
        listed = document["entities" if product == "13" else "Entities"][key]
        del listed[key][1:]
        text = json.dumps(document)
    if sample.startswith("backup-servers"):
        text = without_links(text, "externalRepositories|credentials|passwords|veeamzip|quickbackup")
    same(text, sample, OF_COPY_JOB if sample.startswith("job-entity-immediatecopy.v") else None)


REPLICA = "2e3d4c5b-6a79-4887-96a5-b4c3d2e1f0a9"


@pytest.mark.parametrize(("suffix", "accept", "product"), [
    ("xml", XML, "12"), ("xml", XML, "13"), ("v12.json", JSON, "12"), ("v13.json", JSON, "13"),
])  # fmt: skip
def test_replica_job(suffix: str, accept: str, product: str) -> None:
    job = {
        "name": "TPL Replica", "id": REPLICA, "type": "Replica", "platform": "VMware",
        "backup_server": "vbr01.example.test", "description": "Template for replicas",
        "objects": STATE["jobs"][0]["objects"],
    }  # fmt: skip
    em = Emulator(state={**STATE, "jobs": [*STATE["jobs"], job]}, product=product, clock=ManualClock(NOW))
    text = Memory(em, media=accept).text(f"/jobs/{REPLICA}", format="Entity")
    same(text, f"job-entity-replica.{suffix}")


def without_links(text: str, ends: str) -> str:
    """Without the links that the sample, which has fewer, leaves out. ends: of their Hrefs."""
    json_link = rf'\{{"[Rr]el":"[^"]*","[Hh]ref":"[^"]*/[^"]*({ends})[^"]*"[^}}]*\}},'
    return re.sub(rf'<Link [^>]*Href="[^"]*({ends})[^"]*"[^>]*/>|{json_link}', "", text)


def test_paging_links_of_the_samples_page() -> None:
    answer = client("12", XML).query(type="Job", pageSize=1, page=2)
    same(answer.text, "query-jobs-page2of3.xml")


@pytest.mark.parametrize(
    ("sample", "accept", "product"),
    [
        ("query-jobs-empty.xml", XML, "12"),
        ("query-jobs-empty.v12.json", JSON, "12"),
        ("query-jobs-empty.v13.json", JSON, "13"),
    ],
)
def test_empty_query(sample: str, accept: str, product: str) -> None:
    api = client(product, accept)
    api.em.world.state.remove_job(api.em.world.state.jobs[CLONE])
    same(api.query(type="Job", filter=NAME_FILTER).text, sample)


@pytest.mark.parametrize(
    ("sample", "accept", "product"),
    [("logon-session.xml", XML, "12"), ("logon-session.v12.json", JSON, "12"), ("logon-session.v13.json", JSON, "13")],
)
def test_logon_body(sample: str, accept: str, product: str) -> None:
    """The sample has 12 of the 68 links that were recorded."""
    api = client(product, accept)
    text = api.log_on().text
    assert len(re.findall('"[Rr]el":|<Link ', text)) == 68
    kept = ("backupServers", "jobs", "repositories")
    paths = set(re.findall(r'9398/api/([^"?]+)(?=[?"])', text)) - {*kept, "tasks", "querySvc", "lookupSvc"}
    others = "|".join(sorted(path for path in paths if not path.startswith("logonSessions")))
    same(without_links(text, f"/api/({others})"), sample)


def test_logon_headers() -> None:
    """Every header of the sample, with its value where that is not made up."""
    api = client("12", XML)
    answer = api.log_on()
    lines = (SAMPLES / "logon-response-headers.txt").read_text(encoding="utf-8").split("\n")
    expected = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
    assert answer.status == int(lines[0].split()[1])
    for name, value in expected.items():
        got = answer.headers[name.lower()]
        if name in ("Cache-Control", "Content-Type", "Server"):
            assert got == value
    assert answer.headers["set-cookie"] == f"X-RestSvcSessionId={api.token}; Path=/api;"
    assert answer.headers["location"] == f"https://em01.example.test:9398/api/logonSessions/{api.session}"


TASK_SAMPLES = [
    ("task-running", 1), ("task-operation-finished", 2), ("task-finished", 3),
]  # fmt: skip


@pytest.mark.parametrize(("name", "polls"), TASK_SAMPLES)
@pytest.mark.parametrize(
    ("suffix", "accept", "product"), [("xml", XML, "12"), ("v12.json", JSON, "12"), ("v13.json", JSON, "13")]
)
def test_task(name: str, polls: int, suffix: str, accept: str, product: str) -> None:
    api = client(product, accept)
    state = api.em.world.state
    state.remove_job(state.jobs[CLONE])
    assert api.clone("web-prod-daily").status == 202
    for _unused in range(polls):
        answer = api.get("/tasks/task-1")
    text = answer.text
    if polls == 3:
        text = text.replace(api.em.jobs("web-prod-daily")[0].id, CLONE)
    same(text, f"{name}.{suffix}")


def test_task_of_95u4() -> None:
    with Emulator(state=STATE, product="9.5u4", switches={"gzip": False}) as em:
        api = Api(em, JSON)
        api.log_on()
        same(api.clone("other").text, "task-running.v95u4.json")
        api.close()


@pytest.mark.parametrize(
    ("suffix", "accept", "product"), [("xml", XML, "12"), ("v12.json", JSON, "12"), ("v13.json", JSON, "13")]
)
def test_failed_task(suffix: str, accept: str, product: str) -> None:
    api = client(product, accept)
    api.clone("web-prod-daily")
    answer = api.finish().answer
    text = answer.text.replace(json.dumps(api.finish().message)[1:-1], "MESSAGE")
    text = re.sub("&lt;refused.*?&gt;", "MESSAGE", text)
    sample = "<text chosen by the backup server; wording not known>"
    escaped = sample.replace("<", "&lt;").replace(">", "&gt;")
    expected = (
        (SAMPLES / f"task-failed.{suffix}")
        .read_text(encoding="utf-8")
        .replace(escaped, "MESSAGE")
        .replace(sample, "MESSAGE")
    )
    if accept == XML:
        assert xml_shape(etree.fromstring(text.encode())) == xml_shape(etree.fromstring(expected.encode()))
    else:
        assert json_shape(json.loads(text)) == json_shape(json.loads(expected))


def test_tasks_of_other_operations() -> None:
    """Start, delete, collect: the finished task of each."""
    api = client("12", XML)
    api.em.switches["start_link"] = "named"
    api.em.switches["database"] = "sql_server"
    api.em.world.runs.utc = lambda: datetime(2026, 1, 5, 10, 5, tzinfo=timezone.utc)
    api.request("POST", f"/api/jobs/{CLONE}?action=start")
    api.request("DELETE", f"/api/jobs/{COPY}")
    api.request("POST", f"/api/backupServers/{VBR01}?action=collect")
    same(
        api.finish("task-1").answer.text,
        "task-start-job.xml",
        task_5="task-1",
        **{"6e5d4c3b_2a19_4807_96f5_e4d3c2b1a098": "SESSION"},
    )
    same(api.finish("task-2").answer.text, "task-delete-job.xml", task_4="task-2")
    same(api.finish("task-3").answer.text, "task-collect.xml", task_6="task-3")


def test_lists_of_tasks() -> None:
    for suffix, accept in (("xml", XML), ("v12.json", JSON)):
        api = client("12", accept)
        state = api.em.world.state
        state.remove_job(state.jobs[CLONE])
        api.clone("web-prod-daily")
        task = api.finish("task-1")
        query = api.query(type="Task").text.replace(task.job_id, CLONE)
        if accept == XML:
            same(query, "query-tasks.xml")
        api.request("POST", f"/api/jobs/{GOLD}?action=toggleScheduleEnabled")
        same(api.get("/tasks").text.replace(task.job_id, CLONE), f"tasks-list.{suffix}")


ERRORS: list[tuple[str, str]] = [
    ("error-400-bad-id", "/jobs/99999"),
    ("error-404-job", f"/jobs/{CLONE}"),
    ("error-500-unknown-task", "/tasks/task-7"),
]


ERROR_CASES = [
    (name, path, suffix, accept, product)
    for name, path in ERRORS
    for suffix, accept, product in (("xml", XML, "12"), ("json", JSON, "12"), ("v13.json", JSON, "13"))
    if (SAMPLES / f"{name}.{suffix}").exists()
]


@pytest.mark.parametrize(("name", "path", "suffix", "accept", "product"), ERROR_CASES)
def test_errors(name: str, path: str, suffix: str, accept: str, product: str) -> None:
    api = client(product, accept)
    api.em.world.state.remove_job(api.em.world.state.jobs[CLONE])
    same(api.get(path).text, f"{name}.{suffix}")


@pytest.mark.parametrize(("suffix", "accept", "other"), [("xml", XML, JSON), ("json", JSON, XML)])
def test_errors_of_access_and_format(suffix: str, accept: str, other: str) -> None:
    api = client("12", accept)
    path = f"/api/jobs/{GOLD}?action=clone"
    foreign = Api(api.em, other).body("BackupJobCloneInfo", JobName="x", RepositoryUid=REPOSITORY)
    same(api.request("POST", path, foreign).text, f"error-400-wrong-format.{suffix}")
    api.token = "nonsense"
    same(api.get("/jobs").text, f"error-401.{suffix}")


@pytest.mark.parametrize(("suffix", "accept"), [("xml", XML), ("json", JSON)])
def test_error_of_a_role(suffix: str, accept: str) -> None:
    with Emulator(product="12") as em:
        api = Api(em, accept)
        api.log_on("portal-user")
        answer = api.get("/jobs")
        assert answer.status == 403
        same(answer.text, f"error-403.{suffix}")
        api.close()


def test_error_of_a_missing_node() -> None:
    api = client("12", XML)
    body = api.body("BackupJobCloneInfo", JobName="x", FolderName="x")
    answer = api.request("POST", f"/api/jobs/{GOLD}?action=clone", body)
    assert answer.status == 500
    same(answer.text, "error-500-missing-node.xml")


REQUESTS = [
    ("clone-request-backup", "POST", f"/jobs/{GOLD}?action=clone", "CloneJob"),
    ("clone-request-immediatecopy", "POST", f"/jobs/{COPY}?action=clone", "CloneJob"),
    ("clone-request-replica", "POST", f"/jobs/{GOLD}?action=clone", "CloneJob"),
    ("clone-request-backupcopy", "POST", f"/jobs/{COPY}?action=clone", "CloneJob"),
    ("create-object-in-job", "POST", f"/jobs/{GOLD}/includes", "UpdateJob"),
    ("edit-job", "PUT", f"/jobs/{CLONE}?action=edit", "EditJob"),
]


@pytest.mark.parametrize(("name", "method", "path", "operation"), REQUESTS)
@pytest.mark.parametrize("accept", [XML, JSON])
def test_request_bodies_are_accepted(
    name: str, method: str, path: str, operation: str, accept: str, product: str
) -> None:
    api = client(product, accept)
    api.em.switches["kind_mismatch"] = "accepted"
    body = (SAMPLES / f"{name}.{'xml' if accept == XML else 'json'}").read_text(encoding="utf-8")
    answer = api.request(method, f"/api{path}", body)
    assert answer.status == 202, answer.text
    assert answer.text.count(operation) == 1


def test_no_sample_is_left_out() -> None:
    """Each file in the folder is named in a file of tests, or made from a name that is."""
    text = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_samples*.py"))
    left = []
    for path in SAMPLES.iterdir():
        stem = path.name.split(".")[0]
        if stem not in text and path.name != "README.md":
            left.append(path.name)
    assert left == []
