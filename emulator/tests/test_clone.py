# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloning: four kinds, two formats, every product, and each unknown reaction in all its variants."""

from __future__ import annotations

import json
import re

import pytest
from veeam_em_emulator import Emulator

from .client import GOLD, JSON, NAMESPACE, REPOSITORY, REPOSITORY_VBR02, XML, Api
from .conftest import Start

S3 = "urn:veeam:Repository:d2f1e0c9-b8a7-4696-8574-635241302f1e"
KINDS = {
    "BackupJobCloneInfo": (GOLD, {"FolderName": "folder", "RepositoryUid": REPOSITORY, "Description": "made"}),
    "ReplicaJobCloneInfo": ("2f6a8c04-71de-4b95-8a3f-c5d7e9b1a026", {"VmSuffix": "_copy", "Description": "made"}),
    "BackupCopyJobCloneInfo": (
        "93b7d5e1-0c4a-4f28-96b8-e1a3c5f70d94",
        {"JobFileName": "folder", "RepositoryUid": S3, "Description": "made"},
    ),
    "ImmediateBackupCopyJobCloneInfo": (
        "1d2c3b4a-5968-4776-8594-a3b2c1d0e9f8",
        {"JobFileName": "folder", "RepositoryUid": S3, "Description": "made"},
    ),
}
COPY = KINDS["ImmediateBackupCopyJobCloneInfo"][0]


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("accept", [XML, JSON])
@pytest.mark.parametrize("product", ["9.5u4", "10", "11", "12", "13"])
def test_clone(start: Start, product: str, accept: str, kind: str) -> None:
    """The clone keeps type, platform, machines, schedule; it appears exactly when the task is finished."""
    em = start(product=product)
    api = Api(em, accept)
    api.log_on()
    source_id, values = KINDS[kind]
    source = next(job for job in em.jobs() if job.id == source_id)
    answer = api.clone("new job", source_id, kind, **values)
    assert answer.status == 202
    # the pages of 9.0 and 9.5 do not know OperationFinished
    wanted = ["Running", "Finished"] if product == "9.5u4" else ["Running", "OperationFinished", "Finished"]
    states = []
    for _unused in wanted:
        assert em.jobs("new job") == []
        task = api.task()
        states.append(task.state)
    assert states == wanted
    assert (task.success, task.message, task.operation) == (True, "Ok", "CloneJob")
    [job] = em.jobs("new job", source.server)
    assert task.job_id == job.id
    assert (job.job_type, job.platform, job.objects) == (source.job_type, source.platform, source.objects)
    assert (job.description, job.cloned_from, job.cloned_from_name) == ("made", source.id, source.name)
    if kind == "ReplicaJobCloneInfo":
        assert (job.vm_suffix, job.repository, job.folder_name) == ("_copy", None, "")
    else:
        repository = "Default Backup Repository" if kind == "BackupJobCloneInfo" else "S3 Offsite"
        assert (job.vm_suffix, job.repository, job.folder_name) == (None, repository, "folder")
    entity = api.get(f"/jobs/{job.id}", format="Entity")
    assert entity.status == 200
    original = (
        api.get(f"/jobs/{source.id}", format="Entity").text.replace(source.id, job.id).replace(source.name, job.name)
    )
    different = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
    for text in (source.description, "made"):
        original = original.replace(text, "TEXT")
    assert different.sub("ID", original) == different.sub("ID", entity.text.replace("made", "TEXT"))


def test_each_clone_has_an_id_of_its_own(start: Start) -> None:
    ids = set()
    for _unused in range(2):
        api = Api(start())
        api.log_on()
        api.clone("web")
        ids.add(api.finish().job_id)
    assert len(ids) == 2


def outcome(api: Api, status: int, task: str = "task-1") -> str:
    """``http_400``, ``http_500``, ``task_failed`` or ``made``."""
    if status != 202:
        return f"http_{status}"
    return "made" if api.finish(task).success else "task_failed"


def test_a_failed_task_has_no_link_and_neutral_words(api: Api) -> None:
    api.clone("TPL Gold")
    task = api.finish()
    assert (task.success, task.related) == (False, [])
    assert re.fullmatch(r"<refused by the backup server: .*; wording not known>", str(task.message))


def test_a_failed_task_skips_operation_finished(api: Api) -> None:
    api.clone("TPL Gold")
    assert [api.task().state for _unused in range(3)] == ["Running", "Finished", "Finished"]


# Duplicate names


@pytest.mark.parametrize("switch", ["task_failed", "http_400", "http_500"])
def test_duplicate_name_refused(api: Api, switch: str) -> None:
    api.em.switches["duplicate_name"] = switch
    assert outcome(api, api.clone("TPL Gold").status) == switch
    assert len(api.em.jobs("TPL Gold")) == 1


def test_duplicate_name_allowed(api: Api) -> None:
    api.em.switches["duplicate_name"] = "allowed"
    assert outcome(api, api.clone("TPL Gold").status) == "made"
    assert len(api.em.jobs("TPL Gold")) == 2


def test_duplicate_name_renamed(api: Api) -> None:
    api.em.switches["duplicate_name"] = "renamed"
    for number in (1, 2):
        api.clone("TPL Gold")
        task = api.finish(f"task-{number}")
        assert task.related[0]["name"] == f"TPL Gold_clone{number}"
    assert len(api.em.jobs("TPL Gold")) == 1


def test_duplicate_name_by_its_short_form(em: Emulator) -> None:
    em.switches["duplicate_name"] = "http_error"
    assert em.switches["duplicate_name"] == "http_400"


def test_a_name_of_another_server_is_free(api: Api) -> None:
    assert outcome(api, api.clone("Copy to Offsite").status) == "made"
    assert {job.server for job in api.em.jobs("Copy to Offsite")} == {"vbr01.example.test", "vbr02.example.test"}


@pytest.mark.parametrize(("switch", "result"), [("sensitive", "made"), ("insensitive", "task_failed")])
def test_name_compare(api: Api, switch: str, result: str) -> None:
    api.em.switches["name_compare"] = switch
    assert outcome(api, api.clone("tpl GOLD").status) == result


@pytest.mark.parametrize("switch", ["http_400", "http_500"])
def test_a_name_that_a_running_clone_holds_is_taken_at_the_post(api: Api, switch: str) -> None:
    api.em.switches["duplicate_name"] = switch
    assert api.clone("web").status == 202
    assert f"http_{api.clone('web').status}" == switch
    assert api.finish("task-1").success is True
    assert len(api.em.jobs("web")) == 1


@pytest.mark.parametrize("first", ["task-1", "task-2"])
def test_the_later_clone_of_a_name_loses_whichever_is_polled_first(api: Api, first: str) -> None:
    assert (api.clone("web").status, api.clone("web").status) == (202, 202)
    second = {"task-1": "task-2", "task-2": "task-1"}[first]
    results = {first: api.finish(first).success, second: api.finish(second).success}
    assert results == {"task-1": True, "task-2": False}
    assert len(api.em.jobs("web")) == 1


def test_the_later_clone_wins_when_the_first_is_stopped(api: Api) -> None:
    api.clone("web")
    api.clone("web")
    assert api.request("DELETE", "/api/tasks/task-1").status == 204
    assert api.finish("task-2").success is True


# Repository


@pytest.mark.parametrize(
    "uid",
    [
        REPOSITORY_VBR02,
        "urn:veeam:Repository:00000000-0000-0000-0000-000000000000",
        "b7e4a1d0-2c3f-4d58-9e61-7a8b9c0d1e2f",
        "Default Backup Repository",
        "urn:veeam:BackupServer:b7e4a1d0-2c3f-4d58-9e61-7a8b9c0d1e2f",
    ],
)
@pytest.mark.parametrize("switch", ["task_failed", "http_400", "http_500", "accepted"])
def test_bad_repository(api: Api, uid: str, switch: str) -> None:
    api.em.switches["bad_repository"] = switch
    result = outcome(api, api.clone("web", RepositoryUid=uid).status)
    assert result == ("made" if switch == "accepted" else switch)
    assert len(api.em.jobs("web")) == (switch == "accepted")


# Names


@pytest.mark.parametrize("switch", ["task_failed", "http_400", "http_500", "accepted"])
def test_name_too_long(api: Api, switch: str) -> None:
    api.em.switches["name_too_long"] = switch
    assert outcome(api, api.clone("n" * 50).status) == "made"
    assert outcome(api, api.clone("n" * 51).status, "task-2") == ("made" if switch == "accepted" else switch)


@pytest.mark.parametrize(
    ("product", "result"),
    [("9.5u4", "made"), ("10", "made"), ("11", "made"), ("12", "made"), ("13", "task_failed")],
)
def test_names_of_51_characters_by_product(start: Start, product: str, result: str) -> None:
    """name_too_long "auto": clients in production send them to 11 and 12; the documentation says 50."""
    api = Api(start(product=product))
    api.log_on()
    assert outcome(api, api.clone("n" * 51).status) == result


def test_name_limit(api: Api) -> None:
    api.em.switches["name_limit"] = 5
    assert outcome(api, api.clone("12345").status) == "made"
    assert outcome(api, api.clone("123456").status, "task-2") == "task_failed"


NAMES = [
    "a & b <c> \"d\" 'e'",
    "tab\tand\nline",
    "日本語 ёж ñ",
    "😀 emoji",
    "50% off; (now), \\here",
    "  blanks  ",
    "]]>",
    "\r",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("accept", [XML, JSON])
def test_names_survive(em: Emulator, name: str, accept: str) -> None:
    """From the request into the state and back, in both formats (XML reads a bare return as a line feed)."""
    api = Api(em, accept)
    api.log_on()
    api.clone(name, Description=name, FolderName=name)
    task = api.finish()
    [job] = [job for job in em.jobs() if job.cloned_from]
    assert (job.name, job.description, job.folder_name) == (name, name, name)
    assert task.related[0]["name"] == name
    assert name in api.names(api.get("/jobs"))
    assert em.journal[1].body


@pytest.mark.parametrize("name", ["a\x01b", "a\x00b", "\ud800", "a\uffffb"])
def test_names_that_xml_cannot_carry(em: Emulator, name: str) -> None:
    api = Api(em, JSON)
    api.log_on()
    body = json.dumps({"BackupJobCloneInfo": {"JobName": name, "RepositoryUid": REPOSITORY}})
    assert api.request("POST", f"/api/jobs/{GOLD}?action=clone", body).status == 400


# Other settings of the clone


@pytest.mark.parametrize("switch", ["task_failed", "http_400", "http_500", "accepted"])
def test_kind_mismatch(api: Api, switch: str) -> None:
    api.em.switches["kind_mismatch"] = switch
    status = api.clone("web", COPY, "BackupJobCloneInfo", RepositoryUid=S3).status
    assert outcome(api, status) == ("made" if switch == "accepted" else switch)


@pytest.mark.parametrize(("switch", "description"), [("source", "Template, do not run"), ("empty", "")])
def test_clone_description_omitted(api: Api, switch: str, description: str) -> None:
    api.em.switches["clone_description_omitted"] = switch
    api.clone("web")
    api.finish()
    assert api.em.jobs("web")[0].description == description


def test_an_empty_description_is_not_an_omitted_one(api: Api) -> None:
    api.clone("web", Description="")
    api.finish()
    assert api.em.jobs("web")[0].description == ""


@pytest.mark.parametrize(("switch", "enabled"), [("source", True), ("true", True), ("false", False)])
def test_clone_schedule_enabled(api: Api, switch: str, enabled: bool) -> None:
    api.em.switches["clone_schedule_enabled"] = switch
    api.clone("web")
    api.finish()
    assert api.em.jobs("web")[0].schedule_enabled is enabled


@pytest.mark.parametrize(("switch", "status"), [("accepted", 202), ("refused", 500)])
@pytest.mark.parametrize("accept", [XML, JSON])
def test_missing_folder_name(em: Emulator, switch: str, status: int, accept: str) -> None:
    api = Api(em, accept)
    api.log_on()
    em.switches["missing_folder_name"] = switch
    body = api.body("BackupJobCloneInfo", JobName="web", RepositoryUid=REPOSITORY)
    assert api.request("POST", f"/api/jobs/{GOLD}?action=clone", body).status == status
    if status == 202:
        api.finish()
        assert em.jobs("web")[0].folder_name == "web"


@pytest.mark.parametrize(("switch", "result"), [("refused", "task_failed"), ("accepted", "made")])
def test_older_server_clone(switch: str, result: str) -> None:
    state = {
        "backup_servers": [{"name": "old", "version": "11.0.1.1261"}],
        "repositories": [{"name": "R"}],
        "jobs": [{"name": "J", "repository": "R"}],
        "accounts": [{"user": "EM01\\svc-ansible", "password": "Passw0rd!"}],
    }
    with Emulator(state=state, product="12", switches={"older_server_clone": switch}) as em:
        api = Api(em)
        api.log_on()
        uid = f"urn:veeam:Repository:{next(iter(em.world.state.repositories))}"
        assert outcome(api, api.clone("web", em.jobs()[0].id, RepositoryUid=uid).status) == result


@pytest.mark.parametrize("show", ["1", "refresh", "3600s", 0])
def test_show_new_job_after(api: Api, show: str | int) -> None:
    api.em.switches["show_new_job_after"] = show
    api.clone("web")
    task = api.finish()
    assert task.success is True
    found = [api.names(api.get("/jobs")).count("web") for _unused in range(2)]
    assert found == {"1": [0, 1], "0": [1, 1]}.get(str(show), [0, 0])
    # the name counts as taken on the backup server, shown or not
    assert outcome(api, api.clone("web").status, "task-2") == "task_failed"
    api.em.refresh()
    assert api.names(api.get("/jobs")).count("web") == 1


# Bodies


@pytest.mark.parametrize("switch", ["strict", "tolerant"])
@pytest.mark.parametrize(
    "inner",
    [
        f"<JobName>w</JobName><RepositoryUid>{REPOSITORY}</RepositoryUid><FolderName>w</FolderName>",
        f"<JobName>w</JobName><Description/><RepositoryUid>{REPOSITORY}</RepositoryUid>",
        f"<JobName>w</JobName><RepositoryUid>{REPOSITORY}</RepositoryUid><Colour>red</Colour>",
    ],
)
def test_element_order(api: Api, inner: str, switch: str) -> None:
    api.em.switches["element_order"] = switch
    body = f'<JobCloneSpec xmlns="{NAMESPACE}"><BackupJobCloneInfo>{inner}</BackupJobCloneInfo></JobCloneSpec>'
    answer = api.request("POST", f"/api/jobs/{GOLD}?action=clone", body)
    assert answer.status == (400 if switch == "strict" else 202)


def test_the_immediate_kind_has_an_order_of_its_own(api: Api) -> None:
    inner = f"<JobName>w</JobName><JobFileName>w</JobFileName><RepositoryUid>{S3}</RepositoryUid>"
    kind = "ImmediateBackupCopyJobCloneInfo"
    body = f'<JobCloneSpec xmlns="{NAMESPACE}"><{kind}>{inner}</{kind}></JobCloneSpec>'
    assert api.request("POST", f"/api/jobs/{COPY}?action=clone", body).status == 400


@pytest.mark.parametrize(
    ("accept", "body", "status"),
    [
        (XML, "", 400),
        (XML, "<JobCloneSpec>", 400),
        (XML, "<JobCloneSpec/>", 400),
        (XML, f'<JobCloneSpec xmlns="{NAMESPACE}"/>', 400),
        (XML, f'<JobCloneSpec xmlns="{NAMESPACE}"><BackupJobCloneInfo/></JobCloneSpec>', 500),
        (XML, f'<!DOCTYPE x><JobCloneSpec xmlns="{NAMESPACE}"/>', 400),
        (JSON, "", 400),
        (JSON, "[1]", 400),
        (JSON, "{}", 500),
        (JSON, '{"JobCloneSpec":{"BackupJobCloneInfo":{"JobName":"w"}}}', 500),
        (JSON, '{"BackupJobCloneInfo":{"JobName":"w"}}', 500),
        (JSON, '{"BackupJobCloneInfo":{"JobName":null,"RepositoryUid":"x"}}', 500),
        (JSON, '{"BackupJobCloneInfo":{"JobName":7,"RepositoryUid":"x"}}', 400),
        (JSON, '{"BackupJobCloneInfo":"w"}', 500),
        (JSON, "[" * 100000, 400),
    ],
)
def test_bodies_that_are_no_clone(em: Emulator, accept: str, body: str, status: int) -> None:
    api = Api(em, accept)
    api.log_on()
    assert api.request("POST", f"/api/jobs/{GOLD}?action=clone", body).status == status
    assert em.tasks() == []


@pytest.mark.parametrize(("product", "status"), [("12", 500), ("13", 202)])
def test_camel_case_bodies(start: Start, product: str, status: int) -> None:
    """13 takes any case (inferred), earlier ones do not find their nodes."""
    api = Api(start(product=product), JSON)
    api.log_on()
    body = json.dumps({"backupJobCloneInfo": {"jobName": "w", "folderName": "w", "repositoryUid": REPOSITORY}})
    assert api.request("POST", f"/api/jobs/{GOLD}?action=clone", body).status == status


@pytest.mark.parametrize(
    ("product", "switch", "accept", "content_type", "body", "status"),
    [
        ("12", "auto", XML, XML, XML, 202),
        ("12", "auto", JSON, JSON, JSON, 202),
        ("12", "auto", JSON, XML, XML, 400),
        ("12", "auto", XML, JSON, JSON, 400),
        ("12", "auto", XML, JSON, XML, 202),
        ("12", "auto", f"{XML}, {JSON};q=0.1", XML, XML, 400),
        ("12", "auto", "*/*", XML, XML, 202),
        ("12", "auto", "*/*", JSON, JSON, 400),
        ("13", "auto", JSON, XML, XML, 202),
        ("13", "auto", XML, JSON, JSON, 202),
        ("13", "auto", XML, JSON, XML, 400),
        ("13", "auto", XML, "text/plain", XML, 415),
        ("13", "accept", JSON, XML, XML, 400),
        ("12", "content_type", JSON, XML, XML, 202),
    ],
)
def test_body_parser(
    start: Start, product: str, switch: str, accept: str, content_type: str, body: str, status: int
) -> None:
    em = start(product=product)
    em.switches["body_parser"] = switch
    api = Api(em, body)
    api.log_on()
    text = api.body("BackupJobCloneInfo", JobName="w", FolderName="w", RepositoryUid=REPOSITORY)
    headers: dict[str, str | None] = {"Accept": accept, "Content-Type": content_type}
    answer = api.request("POST", f"/api/jobs/{GOLD}?action=clone", text, headers)
    assert answer.status == status
    if status == 400:
        assert answer.message == "Node [root] does not exist."
