# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions of jobs: read from every dialect's samples, and asked for in as few requests as possible."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em.wire import Unreadable
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import BadAnswer, Refused
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Response
from ansible_collections.backupops.veeam.plugins.module_utils._resources import job_session as _sessions
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job_session import (
    BACKUP_SESSION,
    REPLICA_SESSION,
    JobSession,
    TaskSession,
)
from helpers.entities import COPY, REPLICA, VBR01, WEB
from helpers.script import Script, lost

Sample = t.Callable[[str], bytes]

SUCCESS = JobSession(
    "6e5d4c3b-2a19-4807-96f5-e4d3c2b1a098",
    BACKUP_SESSION,
    WEB.id,
    WEB.name,
    "Stopped",
    "Success",
    100,
    "2026-01-05T10:05:00.659559Z",
    "2026-01-05T10:22:48.134519Z",
    False,
    tasks="taskSessions",
    job_type="Backup",
    server=VBR01,
)
WORKING = JobSession(
    "7f6e5d4c-3b2a-4918-a7f6-f5e4d3c2b1a9",
    BACKUP_SESSION,
    WEB.id,
    WEB.name,
    "Working",
    None,
    42,
    "2026-01-06T10:05:00.193292Z",
    None,
    False,
    tasks="taskSessions",
    job_type="Backup",
    server=VBR01,
)
FAILED = JobSession(
    "8a7f6e5d-4c3b-4a29-b807-a6f5e4d3c2ba",
    BACKUP_SESSION,
    WEB.id,
    WEB.name,
    "Stopped",
    "Failed",
    100,
    "2026-01-07T10:05:00.5Z",
    "2026-01-07T10:09:11.25Z",
    False,
    tasks="taskSessions",
    job_type="Backup",
    server=VBR01,
)
OF_REPLICA = JobSession(
    "9b8a7f6e-5d4c-4b3a-8918-b7a6f5e4d3cb",
    REPLICA_SESSION,
    "2e3d4c5b-6a79-4887-96a5-b4c3d2e1f0a9",
    "TPL Replica",
    "Stopped",
    "Success",
    100,
    "2026-01-05T06:46:31.1Z",
    "2026-01-05T07:02:35.2Z",
    False,
    tasks="repicaTaskSessions",
    job_type="Replica",
    server=VBR01,
)
#: The samples of one entity, and of lists without and with a query's frame around them.
ONE = {
    "backup-session-success": SUCCESS,
    "backup-session-working": WORKING,
    "backup-session-failed": FAILED,
    "replica-session": OF_REPLICA,
}
ENDINGS = (".xml", ".v12.json", ".v13.json")
#: The quiescing of a machine failed; the other one went well.
TASKS = [
    TaskSession(
        "web01",
        "Completed",
        "Failed",
        "Processing web01 Error: An error occurred while quiescing the virtual machine.",
    ),
    TaskSession("web02", "Completed", "Success", None),
]
FILTER = 'filter=JobUid=="urn:veeam:Job:%s"'
NEWEST = "GET /api/query?type=BackupJobSession&%s&sortDesc=CreationTime&format=Entities&pageSize=1&page=1" % (
    FILTER % WEB.id
)
OF_JOB = f"GET /api/jobs/{WEB.id}/backupSessions?format=Entity"


def format_of(name: str) -> str:
    return name.rpartition(".")[2]


def of_sample(sample: Sample, name: str, status: int = 200) -> Response:
    return Response(status, {"content-type": "application/" + format_of(name)}, sample(name))


@pytest.fixture(params=[("xml", ".xml"), ("v12", ".v12.json"), ("v13", ".v13.json")], ids=lambda param: param[0])
def ending(request: pytest.FixtureRequest) -> str:
    """How the files of the samples in a dialect end."""
    return t.cast(str, request.param[1])


@pytest.fixture
def script(ending: str) -> Script:
    return Script("xml" if ending == ".xml" else ending[1:4])


# -- reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("end", ENDINGS)
def test_one_session(sample: Sample, name: str, end: str) -> None:
    found = ONE[name].kind.read_one(sample(name + end), format_of(end))
    assert found == ONE[name]


@pytest.mark.parametrize("end", [*ENDINGS, ".v95u4.json"])
def test_sessions_of_a_job(sample: Sample, end: str) -> None:
    found = _sessions.read_sessions(BACKUP_SESSION)(sample("backup-sessions-of-job" + end), format_of(end))
    assert found == ([SUCCESS] if end == ".v95u4.json" else [WORKING, SUCCESS])


@pytest.mark.parametrize("end", ENDINGS)
def test_sessions_of_a_replication_job(sample: Sample, end: str) -> None:
    found = _sessions.read_sessions(REPLICA_SESSION)(sample("replica-sessions-of-job" + end), format_of(end))
    assert found == [OF_REPLICA]


@pytest.mark.parametrize("end", ENDINGS)
def test_a_query_for_sessions(sample: Sample, end: str) -> None:
    page = BACKUP_SESSION.read_page(sample("query-sessions-of-job" + end), format_of(end))
    assert (page.items, page.number, page.pages) == ([WORKING, SUCCESS], 1, 1)


@pytest.mark.parametrize("end", ENDINGS)
def test_a_copy_job_works_in_sessions_of_a_hidden_job(sample: Sample, end: str) -> None:
    page = BACKUP_SESSION.read_page(sample("query-sessions-copy" + end), format_of(end))
    container, worker = page.items
    assert (container.job_id, container.state, container.result, container.progress) == (COPY.id, "Working", None, 0)
    assert worker.job_id != COPY.id
    assert worker.job_name == "Copy to Offsite\\Backup Job 1"


@pytest.mark.parametrize("end", ENDINGS)
def test_task_sessions(sample: Sample, end: str) -> None:
    assert _sessions.read_task_sessions(BACKUP_SESSION)(sample("backup-task-sessions" + end), format_of(end)) == TASKS


def test_a_machine_without_a_name_of_its_own() -> None:
    body = b'{"BackupTaskSessions":[{"Name":"web01@2026-01-07 10:05:22","State":"Pending","Result":"None"}]}'
    assert _sessions.read_task_sessions(BACKUP_SESSION)(body, "json") == [TaskSession("web01", "Pending", None, None)]


@pytest.mark.parametrize("body", [b'{"State":null,"JobUid":"x"}', b'{"Name":"x"}', b'{"State":"Working"}'])
def test_what_is_no_session_is_not_read_as_one(body: bytes) -> None:
    with pytest.raises(Unreadable):
        BACKUP_SESSION.read_one(body, "json")


def test_reasons_name_the_machine() -> None:
    assert _sessions.reasons(FAILED, TASKS) == ["web01: " + str(TASKS[0].reason)]
    assert _sessions.reasons(FAILED, []) == []
    assert _sessions.reasons(FAILED._replace(failure="Out of space"), [TASKS[1]]) == ["Out of space"]


# -- asking --------------------------------------------------------------------------------------------------------


def newest(script: Script, job: t.Any = WEB) -> JobSession | None:
    found = script.run(_sessions.newest(script.em, job, script.clock() + 60))
    assert found is None or isinstance(found, JobSession)
    return found


def test_the_newest_session_of_a_job_costs_one_request(script: Script, sample: Sample, ending: str) -> None:
    script.expect(NEWEST, of_sample(sample, "query-sessions-of-job" + ending))
    assert newest(script) == WORKING


def test_a_job_that_never_ran(script: Script) -> None:
    script.expect(NEWEST, script.write.jobs())
    assert newest(script) is None


def test_replication_jobs_have_sessions_of_their_own(script: Script) -> None:
    script.expect(NEWEST.replace("BackupJob", "ReplicaJob").replace(WEB.id, REPLICA.id), script.write.jobs())
    assert newest(script, REPLICA) is None


@pytest.mark.parametrize("status", [400, 500])
def test_a_server_that_does_not_understand_the_query(script: Script, sample: Sample, ending: str, status: int) -> None:
    script.expect(NEWEST, script.write.error(status, "No"), many=True)
    script.expect(OF_JOB, of_sample(sample, "backup-sessions-of-job" + ending))
    assert newest(script) == WORKING


def test_a_server_that_ignores_the_filter(script: Script, sample: Sample, ending: str) -> None:
    script.expect(NEWEST, of_sample(sample, "query-sessions-copy" + ending))
    script.expect(OF_JOB, of_sample(sample, "backup-sessions-of-job" + ending))
    assert newest(script) == WORKING


def test_other_refusals_are_raised(script: Script) -> None:
    script.expect(NEWEST, script.write.error(403, "Access denied"))
    with pytest.raises(Refused):
        newest(script)


def test_one_session_by_its_id(script: Script, sample: Sample, ending: str) -> None:
    script.expect(f"GET /api/backupSessions/{WORKING.id}?format=Entity", lost)
    script.expect(
        f"GET /api/backupSessions/{WORKING.id}?format=Entity", of_sample(sample, "backup-session-working" + ending)
    )
    assert script.run(_sessions.one(script.em, BACKUP_SESSION, WORKING.id, script.clock() + 60)) == WORKING


def test_another_session_than_the_one_asked_for(script: Script, sample: Sample, ending: str) -> None:
    script.expect(
        f"GET /api/backupSessions/{SUCCESS.id}?format=Entity", of_sample(sample, "backup-session-working" + ending)
    )
    with pytest.raises(BadAnswer, match="another session"):
        script.run(_sessions.one(script.em, BACKUP_SESSION, SUCCESS.id, script.clock() + 60))


def test_the_machines_of_a_session(script: Script, sample: Sample, ending: str) -> None:
    script.expect(
        f"GET /api/backupSessions/{FAILED.id}/taskSessions?format=Entity",
        of_sample(sample, "backup-task-sessions" + ending),
    )
    assert script.run(_sessions.task_sessions(script.em, FAILED, script.clock() + 60)) == TASKS


@pytest.mark.parametrize("tasks", [None, "repicaTaskSessions", "replicaTaskSessions"])
def test_the_machines_of_a_replication_are_where_its_link_says(
    script: Script, sample: Sample, tasks: str | None
) -> None:
    empty = (
        Response(
            200, {"content-type": "application/xml"}, b'<ReplicaTaskSessions xmlns="http://www.veeam.com/ent/v1.0"/>'
        )
        if script.write.media_type == "xml"
        else script.write.json({"ReplicaTaskSessions": []}, 200)
    )
    where = f"GET /api/replicaSessions/{OF_REPLICA.id}/{tasks or 'repicaTaskSessions'}?format=Entity"
    script.expect(where, empty)
    assert script.run(_sessions.task_sessions(script.em, OF_REPLICA._replace(tasks=tasks), script.clock() + 60)) == []


@pytest.mark.parametrize(
    ("result", "accept", "words"),
    [
        ("Success", ("Success",), "ended with Success"),
        ("Warning", ("Success", "Warning"), "ended with a warning"),
        ("Warning", ("Success",), "ended with a warning, which is a failure because Warning is not in accept"),
        ("Success", ("Failed",), "ended with Success, which is a failure because Success is not in accept"),
        ("Failed", ("Success",), "failed"),
        ("Failed", ("Failed",), "failed"),
        (None, ("Success",), "ended without a result"),
    ],
)
def test_how_it_ended(result: str | None, accept: tuple[str, ...], words: str) -> None:
    assert _sessions.how_it_ended(result, accept) == words
