# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wire format against the samples: every answer that the client reads, every request that it writes."""

from __future__ import annotations

import json
import os
import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._clone.spec import CloneSpec, write
from ansible_collections.backupops.veeam.plugins.module_utils._em import wire as _wire
from ansible_collections.backupops.veeam.plugins.module_utils._em.task import Task, read_task
from ansible_collections.backupops.veeam.plugins.module_utils._em.wire import Page
from ansible_collections.backupops.veeam.plugins.module_utils._resources.backup_server import BackupServer
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job import JOB
from ansible_collections.backupops.veeam.plugins.module_utils._resources.repository import REPOSITORY
from helpers.entities import COPY, DEFAULT_01, DEFAULT_02, GOLD, VBR01, VBR02, WEB
from lxml import etree

from .conftest import SAMPLES

Sample = t.Callable[[str], bytes]

GOLD_REF = GOLD._replace(type=None, platform=None, description=None)
WEB_REF = WEB._replace(type=None, platform=None, description=None)
UNKNOWN_TEXT = "<text chosen by the backup server; wording not known>"

TASKS = {
    "task-running": Task("task-1", "Running", "CloneJob"),
    "task-operation-finished": Task("task-1", "OperationFinished", "CloneJob", True, "OperationFinished"),
    "task-finished": Task("task-1", "Finished", "CloneJob", True, "Ok", ((WEB.id, "web-prod-daily"),)),
    "task-failed": Task("task-1", "Finished", "CloneJob", False, UNKNOWN_TEXT),
    "task-collect": Task(
        "task-6",
        "Finished",
        "CollectingBackupServer",
        True,
        "Data collection started. To view results, go to Sessions.",
    ),
    "task-delete-job": Task("task-4", "Finished", "DeleteJob", True, "Ok"),
    # A Related link of another type than Job is no link to a job.
    "task-start-job": Task(
        "task-5",
        "Finished",
        "StartJob",
        True,
        'Job "web-prod-daily" triggered to start.',
        sessions=(("BackupJobSession", "6e5d4c3b-2a19-4807-96f5-e4d3c2b1a098"),),
    ),
    "task-start-replica": Task(
        "task-6",
        "Finished",
        "StartJob",
        True,
        "Ok",
        sessions=(("ReplicaJobSession", "9b8a7f6e-5d4c-4b3a-8918-b7a6f5e4d3cb"),),
    ),
    "task-start-job-no-link": Task("task-5", "Finished", "StartJob", True, 'Job "web-prod-daily" triggered to start.'),
    "task-start-running": Task("task-5", "Running", "StartJob"),
    "task-retry-job": Task("task-9", "Finished", "RetryJob", True, 'Job "web-prod-daily" triggered to retry.'),
    "task-stop-job": Task("task-8", "Finished", "StopJob", True, 'Job "web-prod-daily" triggered to stop.'),
    "task-sync-job": Task("task-7", "OperationFinished", "StartJobSync", True, "OperationFinished"),
}

JOB_PAGES = {
    "query-jobs-refs": Page([WEB_REF], 1, 1, 100),
    "query-jobs-entities": Page([WEB], 1, 1, 100),
    "query-jobs-empty": Page([], 1, 1, 100),
    "query-jobs-page2of3": Page([WEB_REF], 2, 3, 1),
}

ERRORS = {
    "error-400-bad-id": "ID 99999 is invalid. Type: Job",
    "error-400-wrong-format": "Node [root] does not exist.",
    "error-401": "<body wording not known>",
    "error-403": "Access denied",
    "error-404-job": "Cannot find job [c7e19a42-0b6d-4f85-a3e1-2f4d6b8a9c0e]",
    "error-500-missing-node": "Object reference not set to an instance of an object.",
    "error-500-unknown-task": "There is no backup task with id [task-7] in current rest session",
}

JOBS = {"job-entity": GOLD, "job-entity-immediatecopy": COPY, "job-ref": GOLD_REF}

CLONES = {
    "clone-request-backup": CloneSpec(
        "Backup",
        {
            "JobName": "web-prod-daily",
            "FolderName": "web-prod-daily",
            "RepositoryUid": DEFAULT_01.uid,
            "Description": "Cloned from TPL Gold",
        },
    ),
    "clone-request-replica": CloneSpec(
        "Replica",
        {"JobName": "web-prod-replica", "VmSuffix": "_replica", "Description": "Cloned replication job"},
    ),
    "clone-request-backupcopy": CloneSpec(
        "BackupCopy",
        {
            "JobName": "copy-2",
            "JobFileName": "copy-2",
            "RepositoryUid": "urn:veeam:Repository:d2f1e0c9-b8a7-4696-8574-635241302f1e",
            "Description": "Cloned copy job",
        },
    ),
    "clone-request-immediatecopy": CloneSpec(
        "ImmediateBackupCopy",
        {
            "JobName": "copy-3",
            "JobFileName": "copy-3",
            "RepositoryUid": "urn:veeam:Repository:d2f1e0c9-b8a7-4696-8574-635241302f1e",
            "Description": "Cloned copy job",
        },
    ),
}


def stem(name: str) -> str:
    return name.partition(".")[0]


def files(*beginnings: str) -> list[str]:
    """The samples whose names, up to the first point, are among these."""
    found = sorted(path.name for path in SAMPLES.iterdir() if stem(path.name) in beginnings)
    assert found
    return found


def media_type(name: str) -> str:
    return name.rpartition(".")[2]


ENTITY = DEFAULT_01._replace(kind="WindowsLocal", capacity=1079639011328, free_space=881812750336)


@pytest.mark.parametrize("name", files(*TASKS))
def test_task(sample: Sample, name: str) -> None:
    assert read_task(sample(name), media_type(name)) == TASKS[stem(name)]


@pytest.mark.parametrize("name", files(*JOB_PAGES))
def test_page_of_jobs(sample: Sample, name: str) -> None:
    assert JOB.read_page(sample(name), media_type(name)) == JOB_PAGES[stem(name)]


@pytest.mark.parametrize("name", files("query-repositories-entities"))
def test_page_of_repositories(sample: Sample, name: str) -> None:
    assert REPOSITORY.read_page(sample(name), media_type(name)) == Page([ENTITY], 1, 1, 100)


@pytest.mark.parametrize("name", files(*JOBS))
def test_job(sample: Sample, name: str) -> None:
    job = JOB.read_one(sample(name), media_type(name))
    # The samples of the copy job come from two sources, which describe it differently.
    assert job._replace(description=None) == JOBS[stem(name)]._replace(description=None)
    assert bool(job.description) == bool(JOBS[stem(name)].description)


@pytest.mark.parametrize("name", files("repository-entity"))
def test_repository(sample: Sample, name: str) -> None:
    assert REPOSITORY.read_one(sample(name), media_type(name)) == ENTITY


@pytest.mark.parametrize("name", files("logon-session"))
def test_logon_session(sample: Sample, name: str) -> None:
    assert _wire.read_session_id(sample(name), media_type(name)) == "9c1e7d34-5a2b-4f86-b0d3-e1f2a3b4c5d6"


@pytest.mark.parametrize("name", files("logon-sessions"))
def test_logon_sessions(sample: Sample, name: str) -> None:
    assert _wire.read_session_ids(sample(name), media_type(name)) == ["9c1e7d34-5a2b-4f86-b0d3-e1f2a3b4c5d6"]


@pytest.mark.parametrize("name", files(*ERRORS))
def test_error(sample: Sample, name: str) -> None:
    assert _wire.read_error(sample(name)) == ERRORS[stem(name)]


@pytest.mark.parametrize("name", [name for name in files(*TASKS, *JOB_PAGES, *JOBS) if name.endswith(".json")])
def test_json_may_begin_with_a_byte_order_mark(sample: Sample, name: str) -> None:
    readers: dict[str, t.Callable[..., t.Any]] = {"task": read_task, "query": JOB.read_page}
    read = readers.get(name.partition("-")[0], JOB.read_one)
    assert read(b"\xef\xbb\xbf" + sample(name), "json") == read(sample(name), "json")


def canonical(document: bytes) -> bytes:
    """XML without the differences that do not count; the order of elements does."""
    parser = etree.XMLParser(remove_blank_text=True)
    root = etree.fromstring(document, parser)
    # Prefixes that nothing uses.
    etree.cleanup_namespaces(root)
    return t.cast(bytes, etree.tostring(root, method="c14n"))


@pytest.mark.parametrize("name", CLONES)
def test_clone_request_in_xml(sample: Sample, name: str) -> None:
    assert canonical(write(CLONES[name], "xml")) == canonical(sample(name + ".xml"))


@pytest.mark.parametrize("name", CLONES)
def test_clone_request_in_json(sample: Sample, name: str) -> None:
    written = json.loads(write(CLONES[name], "json"))
    expected = json.loads(sample(name + ".json"))
    assert written == expected
    (members,), (wanted) = written.values(), expected.values()
    assert [list(members)] == [list(info) for info in wanted], "the samples' order"


@pytest.mark.parametrize("name", CLONES)
@pytest.mark.parametrize("format_", ["xml", "json"])
def test_description_is_left_out_where_none_is_given(name: str, format_: str) -> None:
    spec = CLONES[name]._replace(values={**CLONES[name].values, "Description": None})
    assert b"Description" not in write(spec, format_)


@pytest.mark.parametrize("format_", ["xml", "json"])
def test_an_empty_description_is_sent(format_: str) -> None:
    spec = CLONES["clone-request-replica"]
    spec = spec._replace(values={**spec.values, "Description": ""})
    assert b"Description" in write(spec, format_)


def test_xml_request_declares_its_encoding_and_namespace() -> None:
    body = write(CLONES["clone-request-backup"], "xml")
    assert body.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    assert etree.fromstring(body).tag == "{http://www.veeam.com/ent/v1.0}JobCloneSpec"


def test_no_sample_lies_about_unread() -> None:
    read = {*TASKS, *JOB_PAGES, *JOBS, *ERRORS, *CLONES, "query-repositories-entities", "repository-entity"}
    read |= {"logon-session", "logon-sessions", "logon-response-headers", "README"}
    # Those of test_job_session.py.
    read |= {"backup-session-success", "backup-session-working", "backup-session-failed", "backup-sessions-of-job"}
    read |= {"backup-task-sessions", "replica-session", "replica-sessions-of-job"}
    read |= {"query-sessions-of-job", "query-sessions-copy"}
    # Those of resources/test_restore_point.py.
    read |= {"vm-restore-point-entity", "vm-restore-point-not-ready", "restore-point-entity", "backup-file-entity"}
    read |= {"restore-session-success", "restore-session-failed", "restore-session-working"}
    # Those of the whole job, and of edits, are read in job/test_words.py.
    read |= {"job-entity-replica"} | {name for name in map(stem, os.listdir(SAMPLES)) if name.startswith("edit-job-")}
    # Those of resources/test_task_session.py.
    read |= {"query-task-sessions-window", "query-task-sessions-of-vm", "query-agent-jobs"}
    read |= {"query-vmrestorepoints-window", "lookup-all-vms", "query-discovered-computers"}
    assert {stem(path.name) for path in SAMPLES.iterdir()} <= read


def test_the_cast_is_the_samples(sample: Sample) -> None:
    """The other tests build on this cast; if it drifted from the samples they would test another world."""
    assert BackupServer("3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61", "vbr01.example.test") == VBR01
    assert DEFAULT_01.name == DEFAULT_02.name
    assert DEFAULT_02.server == VBR02
    assert JOB.read_one(sample("job-entity.xml"), "xml").server == VBR01
