# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The flow of one job as ordered scripts of exchanges, with a clock of their own.

The start stands once in every script, so a second one fails it.
"""

from __future__ import annotations

import json
import typing as t
from xml.sax.saxutils import quoteattr

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import Unauthorized
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Response
from ansible_collections.backupops.veeam.plugins.module_utils._job_run.one import predict, run
from ansible_collections.backupops.veeam.plugins.module_utils._job_run.work import (
    LAG,
    Ran,
    RunFailed,
    RunWait,
)
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job import Job
from helpers.cast import other_id
from helpers.documents import EM_OWN_URL, NAMESPACE, camel_keys, escape, without_nulls, xml_links
from helpers.entities import COPY, REPLICA, WEB
from helpers.script import LOGON_AGAIN, Script, garbage, lost, unreachable

WAITING = RunWait(True, False, ("Success", "Warning"), 14400.0, 30.0)
OLD, NEW, LATER, OTHER = (other_id(number) for number in (71, 72, 73, 74))
TIMES = {OLD: "2026-01-05T10:05:00.5Z", NEW: "2026-01-06T10:05:00Z", LATER: "2026-01-06T10:20:00.25Z"}
START, STOP, RETRY = (f"POST /api/jobs/{WEB.id}?action={word}" for word in ("start", "stop", "retry"))
SYNC = f"POST /api/jobs/{COPY.id}?action=sync"
TASK = "GET /api/tasks/task-1"
JOB = f"GET /api/jobs/{WEB.id}?format=Entity"


def newest(job: Job = WEB, kind: str = "BackupJobSession") -> str:
    wanted = f'filter=JobUid=="urn:veeam:Job:{job.id}"'
    return f"GET /api/query?type={kind}&{wanted}&sortDesc=CreationTime&format=Entities&pageSize=1&page=1"


NEWEST = newest()


def look(identifier: str, collection: str = "backupSessions") -> str:
    return f"GET /api/{collection}/{identifier}?format=Entity"


def machines(identifier: str, last: str = "backupSessions/%s/taskSessions") -> str:
    return f"GET /api/{last % identifier}?format=Entity"


class Sessions:
    """A writer of sessions, in the dialect of a script."""

    def __init__(self, script: Script) -> None:
        self.write = script.write

    def one(self, identifier: str, state: str, result: str = "None", progress: int = 0, **more: t.Any) -> Response:
        """The entity of a session."""
        item = self._item(identifier, state, result, progress, **more)
        if self.write.dialect == "xml":
            return self.write.response(200, self._xml(item, f' xmlns="{NAMESPACE}"'))
        return self._json(item)

    def newest(self, *items: tuple[t.Any, ...], **more: t.Any) -> Response:
        """One page of a query for sessions."""
        listed = [self._item(*item, **more) for item in items]
        name = "ReplicaJobSession" if more.get("job") is REPLICA else "BackupJobSession"
        if self.write.dialect == "xml":
            inner = "".join(self._xml(item) for item in listed)
            paging = '<PagingInfo PageNum="1" PageSize="1" PagesCount="7"><Links/></PagingInfo>'
            inner = f"<Entities><{name}s>{inner}</{name}s></Entities>{paging}"
            return self.write.response(200, f'<QueryResult xmlns="{NAMESPACE}">{inner}</QueryResult>')
        paging = {"Links": [], "PageNum": 1, "PageSize": 1, "PagesCount": 7}
        entities = {name + "s": {name + "s": listed}, "Jobs": None}
        return self._json({"Refs": None, "Entities": entities, "PagingInfo": paging})

    def machines(self, *machines: tuple[str, str, str]) -> Response:
        """The task sessions: name, result and reason of each."""
        if self.write.dialect == "xml":
            inner = "".join(
                f"<BackupTaskSession VmDisplayName={quoteattr(name)} "
                f'Name="x@2026"><State>Completed</State><Result>{result}</Result>'
                f"<Reason>{escape(reason)}</Reason></BackupTaskSession>"
                for name, result, reason in machines
            )
            body = f'<BackupTaskSessions xmlns="{NAMESPACE}">{inner}</BackupTaskSessions>'
            return self.write.response(200, body)
        listed = [
            {"VmDisplayName": name, "Name": "x@2026", "State": "Completed", "Result": result, "Reason": reason}
            for name, result, reason in machines
        ]
        return self._json({"BackupTaskSessions": listed})

    def started(self, *sessions: str, kind: str = "BackupJobSession", job: Job = WEB) -> Response:
        """The task of a start that has ended, with links to these sessions."""
        collection = "replicaSessions" if kind.startswith("Replica") else "backupSessions"
        links = [
            {
                "Rel": "Related",
                "Type": kind,
                "Href": f"{EM_OWN_URL}/api/{collection}/{identifier}?format=Entity",
            }
            for identifier in sessions
        ]
        if self.write.dialect == "xml":
            return self.write.response(
                200,
                "<Task "
                f'xmlns="{NAMESPACE}">{xml_links(links)}<TaskId>task-1</TaskId><State>Finished</State><Operation>StartJob</Operation>'
                '<Result Success="true"><Message>Ok</Message></Result></Task>',
            )
        return self._json(
            {
                "TaskId": "task-1",
                "State": "Finished",
                "Operation": "StartJob",
                "Result": {"Message": "Ok", "Success": True},
                "Links": links,
            }
        )

    def job(self, times: int, minutes: int) -> Response:
        """The entity of the job with its retries."""
        if self.write.dialect == "xml":
            inner = "<RetryTimes>%d</RetryTimes><RetryTimeout>%d</RetryTimeout>" % (times, minutes)
            inner = f"<Standart><RetryOptions>{inner}</RetryOptions></Standart>"
            body = '<Job xmlns="%s" UID="%s"><JobScheduleOptions>%s</JobScheduleOptions></Job>'
            return self.write.response(200, body % (NAMESPACE, WEB.uid, inner))
        options = {"RetryTimes": times, "RetryTimeout": minutes, "RetrySpecified1": True}
        return self._json({"UID": WEB.uid, "JobScheduleOptions": {"Standart": {"RetryOptions": options}}})

    def _item(
        self, identifier: str, state: str, result: str = "None", progress: int = 0, retry: bool = False, job: Job = WEB
    ) -> dict[str, t.Any]:
        replica = job is REPLICA
        kind = "ReplicaJobSession" if replica else "BackupJobSession"
        return {
            "IsRetry": retry,
            "JobUid": job.uid,
            "JobName": job.name,
            "CreationTimeUTC": TIMES.get(identifier, "2026-01-01T00:00:00Z"),
            "EndTimeUTC": "2026-01-07T00:00:00Z" if state == "Stopped" else None,
            "State": state,
            "Result": result,
            "Progress": progress,
            "Name": f"{job.name}@x",
            "UID": f"urn:veeam:{kind}:{identifier}",
            "Type": kind,
        }

    def _xml(self, item: dict[str, t.Any], more: str = "") -> str:
        attributes = "".join(f" {name}={quoteattr(item[name])}" for name in ("Type", "Name", "UID"))
        inner = ""
        for name, value in item.items():
            if name not in ("Type", "Name", "UID") and value is not None:
                text = str(value).lower() if isinstance(value, bool) else str(value)
                inner += f"<{name}>{escape(text)}</{name}>"
        return f"<{item['Type']}{more}{attributes}>{inner}</{item['Type']}>"

    def _json(self, members: dict[str, t.Any]) -> Response:
        if self.write.dialect == "v95u4":
            members = without_nulls(members)
        elif self.write.dialect == "v13":
            members = camel_keys(members)
        return self.write.response(200, json.dumps(members))


@pytest.fixture
def em(script: Script) -> Sessions:
    return Sessions(script)


class Seen:
    """The states that whoever watches was shown."""

    def __init__(self) -> None:
        self.states: list[str] = []

    def __call__(self, session: t.Any) -> None:
        self.states.append(f"{session.state} {session.progress}")


def ran(script: Script, state: str = "started", if_running: str = "join", **more: t.Any) -> Ran:
    job, watch = more.pop("job", WEB), more.pop("watch", Seen())
    waiting = WAITING._replace(**more)
    deadline = script.clock() + waiting.wait_timeout
    outcome = script.run(run(script.em, job, state, if_running, waiting, deadline, watch))
    assert isinstance(outcome, Ran)
    return outcome


def failure(script: Script, state: str = "started", if_running: str = "join", **more: t.Any) -> RunFailed:
    with pytest.raises(RunFailed) as raised:
        ran(script, state, if_running, **more)
    return raised.value


def started(script: Script, em: Sessions, answer: Response | None = None) -> None:
    """The job ran once; it is started, and the task names the session."""
    script.expect(NEWEST, em.newest((OLD, "Stopped", "Success", 100)))
    script.expect(START, script.write.task("Running", status=202))
    script.expect(TASK, answer or em.started(NEW))


# -- it works ------------------------------------------------------------------------------------------------------


def test_started_and_waited_for(script: Script, em: Sessions) -> None:
    started(script, em)
    script.expect(look(NEW), em.one(NEW, "Starting"))
    script.expect(look(NEW), em.one(NEW, "Working", progress=42))
    script.expect(look(NEW), em.one(NEW, "Stopped", "Success", 100))
    seen = Seen()
    outcome = ran(script, watch=seen)
    assert outcome.changed
    assert outcome.session is not None
    assert (outcome.session.id, outcome.session.result) == (NEW, "Success")
    assert outcome.msg == 'Job "web-prod-daily" ended with Success.'
    assert seen.states == ["Starting 0", "Working 42"]
    assert (list(outcome.tasks), outcome.warnings, script.notes) == ([], (), [])


def test_the_first_run_of_a_job(script: Script, em: Sessions) -> None:
    script.expect(NEWEST, em.newest())
    script.expect(START, em.started(NEW))
    script.expect(look(NEW), em.one(NEW, "Stopped", "Success", 100))
    assert ran(script).changed


def test_a_replication_job(script: Script, em: Sessions) -> None:
    script.expect(newest(REPLICA, "ReplicaJobSession"), em.newest(job=REPLICA))
    script.expect(START.replace(WEB.id, REPLICA.id), em.started(NEW, kind="ReplicaJobSession"))
    script.expect(look(NEW, "replicaSessions"), em.one(NEW, "Stopped", "Success", 100, job=REPLICA))
    assert ran(script, job=REPLICA).changed


def test_the_pauses_grow_to_the_interval(script: Script, em: Sessions) -> None:
    started(script, em)
    script.expect_any({look(NEW): [*[em.one(NEW, "Working")] * 30, em.one(NEW, "Stopped", "Success")]})
    ran(script)
    assert script.pauses[1] <= 0.1
    assert max(script.pauses) == 30
    assert script.pauses[1:] == sorted(script.pauses[1:])


def test_without_waiting(script: Script, em: Sessions) -> None:
    started(script, em)
    script.expect(look(NEW), em.one(NEW, "Working", progress=3))
    outcome = ran(script, wait=False)
    assert outcome.changed and outcome.session is not None and outcome.session.id == NEW
    assert "did not wait" in outcome.msg


def test_without_waiting_and_without_a_session_yet(script: Script, em: Sessions) -> None:
    started(script, em, em.started())
    script.expect(NEWEST, em.newest((OLD, "Stopped", "Success", 100)))
    outcome = ran(script, wait=False)
    assert (outcome.changed, outcome.session) == (True, None)
    assert "does not show yet" in outcome.msg


# -- which session it is -------------------------------------------------------------------------------------------


def test_a_task_without_a_link(script: Script, em: Sessions) -> None:
    started(script, em, em.started())
    script.expect(NEWEST, em.newest((OLD, "Stopped", "Success", 100)))
    script.expect(NEWEST, em.newest((OLD, "Stopped", "Success", 100)))
    script.expect(NEWEST, em.newest((NEW, "Working")))
    script.expect(look(NEW), em.one(NEW, "Stopped", "Success", 100))
    outcome = ran(script)
    assert outcome.session is not None and outcome.session.id == NEW


@pytest.mark.parametrize("wrong", [OLD, OTHER])
def test_a_link_to_another_session_is_not_believed(script: Script, em: Sessions, wrong: str) -> None:
    """The session from before, or one of another job."""
    started(script, em, em.started(wrong))
    if wrong == OTHER:
        script.expect(look(OTHER), em.one(OTHER, "Stopped", "Success", job=COPY))
    script.expect(NEWEST, em.newest((NEW, "Working")))
    script.expect(look(NEW), em.one(NEW, "Stopped", "Success", 100))
    outcome = ran(script)
    assert outcome.session is not None and outcome.session.id == NEW


@pytest.mark.parametrize("in_the_list", [True, False])
def test_a_linked_session_that_does_not_show_yet(script: Script, em: Sessions, in_the_list: bool) -> None:
    """One that began before it may show first, and is not what the task has started."""
    script.expect(NEWEST, em.newest())
    script.expect(START, em.started(NEW))
    script.expect(look(NEW), script.write.error(404, "Cannot find"))
    script.expect(NEWEST, em.newest())
    script.expect(NEWEST, em.newest((OLD, "Stopped", "Failed", 100)))
    script.expect(look(NEW), script.write.error(404, "Cannot find"))
    if in_the_list:
        script.expect(NEWEST, em.newest((NEW, "Working")))
    else:
        script.expect(NEWEST, em.newest((OLD, "Stopped", "Failed", 100)))
        script.expect(look(NEW), em.one(NEW, "Working"))
    script.expect(look(NEW), em.one(NEW, "Stopped", "Success", 100))
    outcome = ran(script)
    assert outcome.session is not None and outcome.session.id == NEW


def test_a_linked_session_that_never_shows(script: Script, em: Sessions) -> None:
    started(script, em, em.started(NEW))
    script.expect(look(NEW), script.write.error(404, "Cannot find"), many=True)
    script.expect(NEWEST, em.newest((OTHER, "Stopped", "Success", 100)), many=True)
    failed = failure(script)
    assert failed.result()["changed"]
    assert "not known" in failed.msg
    assert sum(script.pauses) <= LAG + 0.1


def test_a_session_from_before_is_never_taken_for_the_new_one(script: Script, em: Sessions) -> None:
    """A server that no longer shows the newest one must not make the one before it look new."""
    script.expect(NEWEST, em.newest((NEW, "Stopped", "Success", 100)))
    script.expect(START, em.started())
    script.expect(NEWEST, em.newest((OLD, "Stopped", "Success", 100)), many=True)
    failed = failure(script)
    assert failed.result()["changed"]
    assert "not known" in failed.msg
    assert sum(script.pauses) <= LAG + 0.1


# -- a run that failed ---------------------------------------------------------------------------------------------


def test_a_failed_run_names_the_machines(script: Script, em: Sessions) -> None:
    started(script, em)
    script.expect(look(NEW), em.one(NEW, "Stopped", "Failed", 100))
    script.expect(machines(NEW), em.machines(("web01", "Failed", "No space <left>."), ("web02", "Success", "")))
    failed = failure(script)
    assert failed.msg == 'Job "web-prod-daily" failed. web01: No space <left>.'
    assert [task.name for task in failed.tasks] == ["web01", "web02"]
    assert failed.session is not None and failed.session.result == "Failed"
    error = failed.result()["error"]
    assert error == {
        "request": f"GET /api/backupSessions/{NEW}",
        "status": 200,
        "message": "web01: No space <left>",
    }


def test_reasons_are_shortened_to_what_fits_a_terminal(script: Script, em: Sessions) -> None:
    started(script, em)
    script.expect(look(NEW), em.one(NEW, "Stopped", "Failed", 100))
    many = [("vm%02d" % number, "Failed", f"Error: {'x' * 3000}") for number in range(40)]
    script.expect(machines(NEW), em.machines(*many))
    failed = failure(script)
    assert len(failed.msg) < 2000
    assert failed.msg.endswith("and 32 more.")
    assert len(failed.tasks) == 40


def test_a_warning_is_no_failure_and_says_why(script: Script, em: Sessions) -> None:
    started(script, em)
    script.expect(look(NEW), em.one(NEW, "Stopped", "Warning", 100))
    script.expect(machines(NEW), em.machines(("web01", "Warning", "Low on space"), ("web02", "Success", "")))
    outcome = ran(script)
    assert outcome.msg == 'Job "web-prod-daily" ended with a warning. web01: Low on space.'


def test_a_warning_is_a_failure_where_it_is_not_accepted(script: Script, em: Sessions) -> None:
    started(script, em)
    script.expect(look(NEW), em.one(NEW, "Stopped", "Warning", 100))
    script.expect(machines(NEW), em.machines(("web01", "Warning", "Low on space")))
    assert "Warning" in failure(script, accept=("Success",)).msg


def test_reasons_that_cannot_be_read_hide_nothing(script: Script, em: Sessions) -> None:
    started(script, em)
    script.expect(look(NEW), em.one(NEW, "Stopped", "Failed", 100))
    script.expect(machines(NEW), script.write.error(403, "Access denied"))
    assert failure(script).msg == 'Job "web-prod-daily" failed.'


def test_an_end_without_a_result_is_no_success(script: Script, em: Sessions) -> None:
    started(script, em)
    script.expect(look(NEW), em.one(NEW, "Stopped", "None", 100), many=True)
    script.expect(machines(NEW), em.machines())
    assert "without a result" in failure(script).msg


def test_a_result_that_comes_a_moment_after_the_end(script: Script, em: Sessions) -> None:
    started(script, em)
    script.expect(look(NEW), em.one(NEW, "Stopped", "None", 100))
    script.expect(look(NEW), em.one(NEW, "Stopped", "Success", 100))
    assert ran(script).changed


# -- running already -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["started", "retried"])
def test_join(script: Script, em: Sessions, state: str) -> None:
    script.expect(NEWEST, em.newest((NEW, "Working", "None", 50)))
    script.expect(look(NEW), em.one(NEW, "Stopped", "Success", 100))
    outcome = ran(script, state)
    assert not outcome.changed
    assert outcome.session is not None and outcome.session.has_ended


def test_join_without_waiting(script: Script, em: Sessions) -> None:
    script.expect(NEWEST, em.newest((NEW, "Working", "None", 50)))
    outcome = ran(script, wait=False)
    assert not outcome.changed
    assert "has been running since 2026-01-06T10:05:00Z (Working, 50%)" in outcome.msg


def test_a_run_that_was_joined_and_failed(script: Script, em: Sessions) -> None:
    script.expect(NEWEST, em.newest((NEW, "Working", "None", 50)))
    script.expect(look(NEW), em.one(NEW, "Stopped", "Failed", 100))
    script.expect(machines(NEW), em.machines(("web01", "Failed", "No")))
    assert not failure(script).result()["changed"]


def test_skip(script: Script, em: Sessions) -> None:
    script.expect(NEWEST, em.newest((NEW, "Starting")))
    outcome = ran(script, if_running="skip")
    assert not outcome.changed
    assert outcome.session is not None and outcome.session.id == NEW


def test_fail(script: Script, em: Sessions) -> None:
    script.expect(NEWEST, em.newest((NEW, "Working", "None", 50)))
    failed = failure(script, if_running="fail")
    assert not failed.result()["changed"]
    assert failed.session is not None and failed.session.id == NEW
    assert "if_running" in failed.msg


# -- retry ---------------------------------------------------------------------------------------------------------


def test_retried(script: Script, em: Sessions) -> None:
    script.expect(NEWEST, em.newest((OLD, "Stopped", "Failed", 100)))
    script.expect(RETRY, em.started(NEW))
    script.expect(look(NEW), em.one(NEW, "Stopped", "Success", 100, retry=True))
    assert ran(script, "retried").changed


@pytest.mark.parametrize("result", ["Success", "Warning", "None"])
def test_only_a_failed_run_is_retried(script: Script, em: Sessions, result: str) -> None:
    script.expect(NEWEST, em.newest((OLD, "Stopped", result, 100)))
    outcome = ran(script, "retried")
    assert not outcome.changed
    assert "only a failed one can be retried" in outcome.msg


def test_a_job_that_never_ran_is_not_retried(script: Script, em: Sessions) -> None:
    script.expect(NEWEST, em.newest())
    outcome = ran(script, "retried")
    assert (outcome.changed, outcome.session) == (False, None)
    assert "has not run yet" in outcome.msg


# -- retries of the job's own --------------------------------------------------------------------------------------


def failed_once(script: Script, em: Sessions, times: int = 3, minutes: int = 10) -> None:
    started(script, em)
    script.expect(look(NEW), em.one(NEW, "Stopped", "Failed", 100))
    script.expect(JOB, em.job(times, minutes))


def test_a_retry_is_waited_for(script: Script, em: Sessions) -> None:
    failed_once(script, em)
    script.expect(NEWEST, em.newest((NEW, "Stopped", "Failed", 100)))
    script.expect(NEWEST, em.newest((LATER, "Working"), retry=True))
    script.expect(look(LATER), em.one(LATER, "Stopped", "Success", 100, retry=True))
    outcome = ran(script, wait_for_retries=True)
    assert outcome.session is not None and (outcome.session.id, outcome.session.retry) == (LATER, True)


def test_a_retry_that_does_not_come(script: Script, em: Sessions) -> None:
    """It is waited for no longer than the job's own pause, give or take the pause between two looks."""
    failed_once(script, em)
    script.expect(NEWEST, em.newest((NEW, "Stopped", "Failed", 100)), many=True)
    script.expect(machines(NEW), em.machines(("web01", "Failed", "No")))
    began = script.clock()
    assert "web01: No" in failure(script, wait_for_retries=True).msg
    assert 600 <= script.clock() - began <= 600 + 35


def test_as_many_retries_as_the_job_makes(script: Script, em: Sessions) -> None:
    failed_once(script, em, times=1)
    script.expect(NEWEST, em.newest((LATER, "Stopped", "Failed", 100), retry=True))
    script.expect(machines(LATER), em.machines(("web01", "Failed", "No")))
    failed = failure(script, wait_for_retries=True)
    assert failed.session is not None and failed.session.id == LATER


def test_a_job_that_does_not_retry(script: Script, em: Sessions) -> None:
    failed_once(script, em, times=0)
    script.expect(machines(NEW), em.machines(("web01", "Failed", "No")))
    failure(script, wait_for_retries=True)


def test_a_run_that_somebody_else_started_is_no_retry(script: Script, em: Sessions) -> None:
    failed_once(script, em)
    script.expect(NEWEST, em.newest((LATER, "Working"), retry=False))
    script.expect(machines(NEW), em.machines(("web01", "Failed", "No")))
    failed = failure(script, wait_for_retries=True)
    assert failed.session is not None and failed.session.id == NEW


# -- the answer is lost --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [lost, garbage, "502"])
def test_a_lost_answer_and_the_session_is_found(script: Script, em: Sessions, answer: t.Any) -> None:
    script.expect(NEWEST, em.newest((OLD, "Stopped", "Success", 100)))
    script.expect(START, script.write.response(502, "Bad gateway") if answer == "502" else answer)
    script.expect(NEWEST, em.newest((OLD, "Stopped", "Success", 100)))
    script.expect(NEWEST, em.newest((NEW, "Working")))
    script.expect(look(NEW), em.one(NEW, "Stopped", "Success", 100))
    outcome = ran(script)
    assert outcome.changed
    assert "found although" in outcome.msg


def test_a_lost_answer_and_no_session(script: Script, em: Sessions) -> None:
    script.expect(NEWEST, em.newest((OLD, "Stopped", "Success", 100)))
    script.expect(START, lost)
    script.expect(NEWEST, em.newest((OLD, "Stopped", "Success", 100)), many=True)
    failed = failure(script)
    assert failed.result()["changed"], "it may have been started"
    assert "Look at its sessions" in failed.msg
    assert failed.result()["error"]["status"] is None


def test_a_start_that_was_never_sent(script: Script, em: Sessions) -> None:
    script.expect(NEWEST, em.newest())
    for _attempt in range(3):
        script.expect(START, unreachable)
    failed = failure(script)
    assert not failed.result()["changed"]
    assert "was not sent: " in failed.msg


@pytest.mark.parametrize("ending", ["gone", "says nothing", "session over"])
def test_a_task_that_tells_nothing(script: Script, em: Sessions, ending: str) -> None:
    script.expect(NEWEST, em.newest())
    script.expect(START, script.write.task("Running", status=202))
    if ending == "gone":
        script.expect(TASK, script.write.error(500, "There is no task"))
        script.expect(TASK, script.write.error(500, "There is no task"))
    elif ending == "says nothing":
        script.expect(TASK, script.write.task("Finished"))
    else:
        script.expect(TASK, script.write.error(401, "Unauthorized"))
        script.expect(LOGON_AGAIN, script.write.session())
    script.expect(NEWEST, em.newest((NEW, "Working")))
    script.expect(look(NEW), em.one(NEW, "Stopped", "Success", 100))
    assert ran(script).changed


def test_a_task_that_never_ends_but_the_job_runs(script: Script, em: Sessions) -> None:
    script.expect(NEWEST, em.newest())
    script.expect(START, script.write.task("Running", status=202))
    script.expect(TASK, script.write.task("Running"), many=True)
    script.expect(NEWEST, em.newest((NEW, "Working")))
    script.expect(look(NEW), em.one(NEW, "Stopped", "Success", 100))
    assert ran(script).changed


# -- refused -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_task", [True, False])
def test_a_refused_start(script: Script, em: Sessions, as_task: bool) -> None:
    script.expect(NEWEST, em.newest((OLD, "Stopped", "Success", 100)))
    refusal = script.write.task("Finished", False, "The license says no", status=202)
    script.expect(START, refusal if as_task else script.write.error(400, "The license says no"))
    script.expect(NEWEST, em.newest((OLD, "Stopped", "Success", 100)), many=True)
    failed = failure(script)
    assert not failed.result()["changed"]
    assert "refused to start" in failed.msg
    assert failed.msg.count("The license says no") == 1
    assert failed.result()["error"]["message"] == "The license says no"


@pytest.mark.parametrize("as_task", [True, False])
def test_a_start_that_was_refused_because_somebody_else_was_faster(script: Script, em: Sessions, as_task: bool) -> None:
    script.expect(NEWEST, em.newest((OLD, "Stopped", "Success", 100)))
    refusal = script.write.task("Finished", False, "It runs", status=202)
    script.expect(START, refusal if as_task else script.write.error(400, "It runs"))
    # It may show a little later.
    script.expect(NEWEST, em.newest((OLD, "Stopped", "Success", 100)))
    script.expect(NEWEST, em.newest((NEW, "Working")))
    script.expect(look(NEW), em.one(NEW, "Stopped", "Success", 100))
    outcome = ran(script)
    assert not outcome.changed
    assert "Somebody else started it" in outcome.msg


def test_sessions_that_cannot_be_read_start_nothing(script: Script, em: Sessions) -> None:
    script.expect(NEWEST, script.write.error(403, "Access denied"))
    failed = failure(script)
    assert not failed.result()["changed"]
    assert "Nothing was sent" in failed.msg
    assert failed.result()["error"]["status"] == 403


# -- the wait ------------------------------------------------------------------------------------------------------


def test_the_wait_goes_on_in_a_new_logon_session(script: Script, em: Sessions) -> None:
    started(script, em)
    script.expect(look(NEW), script.write.error(401, "Unauthorized"))
    script.expect(LOGON_AGAIN, script.write.session())
    script.expect(look(NEW), em.one(NEW, "Working", progress=10))
    script.expect(look(NEW), em.one(NEW, "Stopped", "Success", 100))
    assert ran(script).changed
    assert script.token == "renewed"


def test_a_session_that_cannot_be_renewed(script: Script, em: Sessions) -> None:
    script.may_log_on_again = Unauthorized("The logon session given is over.", look(NEW), 401, permanent=True)
    started(script, em)
    script.expect(look(NEW), em.one(NEW, "Working", progress=10))
    script.expect(look(NEW), script.write.error(401, "Unauthorized"))
    script.expect(LOGON_AGAIN, script.write.session())
    failed = failure(script)
    assert failed.result()["changed"]
    assert "Working, 10%" in failed.msg and NEW in failed.msg
    assert "The logon session given is over." in failed.msg


def test_an_outage_on_the_way(script: Script, em: Sessions) -> None:
    started(script, em)
    script.expect(look(NEW), em.one(NEW, "Working", progress=10))
    for answer in (lost, unreachable, garbage, script.write.error(503, "Busy"), script.write.error(500, "Oops")):
        script.expect(look(NEW), answer)
    script.expect(look(NEW), em.one(NEW, "Stopped", "Success", 100))
    assert ran(script).changed
    assert len(script.notes) == 5, "a warning names them"


def test_a_server_that_is_down_is_asked_less_and_less_often(script: Script, em: Sessions) -> None:
    started(script, em)
    script.expect(look(NEW), em.one(NEW, "Working", progress=10))
    script.expect_any({look(NEW): [*[lost] * 40, em.one(NEW, "Working"), em.one(NEW, "Stopped", "Success", 100)]})
    ran(script, poll_interval=15.0)
    outage, after = script.pauses[-41:-1], script.pauses[-1]
    assert outage == sorted(outage)
    assert outage[-1] == 60, "not longer, so that the end is not seen too late"
    assert after == 15, "it is there again"


def test_one_answer_that_does_not_know_the_session_is_a_hiccup(script: Script, em: Sessions) -> None:
    started(script, em)
    script.expect(look(NEW), em.one(NEW, "Working"))
    script.expect(look(NEW), script.write.error(404, "Cannot find"))
    script.expect(look(NEW), em.one(NEW, "Stopped", "Success", 100))
    assert ran(script).changed


def test_a_session_that_is_gone(script: Script, em: Sessions) -> None:
    started(script, em)
    script.expect(look(NEW), em.one(NEW, "Working"))
    script.expect(look(NEW), script.write.error(404, "Cannot find"))
    script.expect(look(NEW), script.write.error(404, "Cannot find"))
    failed = failure(script)
    assert "could not be followed" in failed.msg and failed.result()["changed"]


def test_the_time_is_up(script: Script, em: Sessions) -> None:
    started(script, em)
    script.expect(look(NEW), em.one(NEW, "Working", progress=42), many=True)
    began = script.clock()
    failed = failure(script, wait_timeout=600.0)
    assert "has not ended within wait_timeout (600 seconds)" in failed.msg
    assert "Working, 42%" in failed.msg and NEW in failed.msg
    assert failed.result()["changed"]
    assert script.clock() - began == pytest.approx(600, abs=0.1)


# -- stop ----------------------------------------------------------------------------------------------------------


def test_stopped(script: Script, em: Sessions) -> None:
    script.expect(NEWEST, em.newest((NEW, "Working", "None", 50)))
    script.expect(STOP, script.write.task("Finished", True, "Ok", status=202))
    script.expect(look(NEW), em.one(NEW, "Stopping"))
    script.expect(look(NEW), em.one(NEW, "Stopped", "Failed", 50))
    outcome = ran(script, "stopped")
    assert outcome.changed
    assert outcome.msg == 'Stopped job "web-prod-daily".'
    assert outcome.session is not None and outcome.session.has_ended


@pytest.mark.parametrize("newest_is", [(), ((OLD, "Stopped", "Success", 100),)])
def test_nothing_to_stop(script: Script, em: Sessions, newest_is: t.Any) -> None:
    script.expect(NEWEST, em.newest(*newest_is))
    outcome = ran(script, "stopped")
    assert not outcome.changed
    assert outcome.msg == 'Job "web-prod-daily" is not running.'


def test_stopped_without_waiting(script: Script, em: Sessions) -> None:
    script.expect(NEWEST, em.newest((NEW, "Working", "None", 50)))
    script.expect(STOP, script.write.task("Finished", True, "Ok", status=202))
    script.expect(look(NEW), em.one(NEW, "Stopping"))
    assert ran(script, "stopped", wait=False).changed


def test_a_stop_whose_answer_is_lost_is_looked_for(script: Script, em: Sessions) -> None:
    script.expect(NEWEST, em.newest((NEW, "Working", "None", 50)))
    script.expect(STOP, lost)
    script.expect(look(NEW), em.one(NEW, "Stopped", "Failed", 50))
    outcome = ran(script, "stopped")
    assert outcome.changed and "lost" in outcome.msg


def test_a_stop_is_sent_again_while_the_session_runs(script: Script, em: Sessions) -> None:
    script.expect(NEWEST, em.newest((NEW, "Working", "None", 50)))
    script.expect(STOP, lost)
    script.expect(look(NEW), em.one(NEW, "Working"))
    script.expect(STOP, script.write.task("Finished", True, "Ok", status=202))
    script.expect(look(NEW), em.one(NEW, "Stopped", "Failed", 50))
    assert ran(script, "stopped").changed


@pytest.mark.parametrize("as_task", [True, False])
def test_a_stop_that_is_refused_because_it_ended(script: Script, em: Sessions, as_task: bool) -> None:
    script.expect(NEWEST, em.newest((NEW, "Working", "None", 50)))
    refusal = script.write.task("Finished", False, "It is not running", status=202)
    script.expect(STOP, refusal if as_task else script.write.error(404, "Cannot find"))
    script.expect(look(NEW), em.one(NEW, "Stopped", "Success", 100))
    outcome = ran(script, "stopped")
    assert not outcome.changed
    assert outcome.msg == 'Job "web-prod-daily" is no longer running.'


@pytest.mark.parametrize("as_task", [True, False])
def test_a_stop_that_is_refused_after_one_whose_answer_was_lost(script: Script, em: Sessions, as_task: bool) -> None:
    """It may have been the first one that stopped it."""
    script.expect(NEWEST, em.newest((NEW, "Working", "None", 50)))
    script.expect(STOP, lost)
    script.expect(look(NEW), em.one(NEW, "Working"))
    refusal = script.write.task("Finished", False, "It is not running", status=202)
    script.expect(STOP, refusal if as_task else script.write.error(404, "Cannot find"))
    script.expect(look(NEW), em.one(NEW, "Stopped", "Failed", 50))
    outcome = ran(script, "stopped")
    assert outcome.changed
    assert outcome.msg.startswith('Job "web-prod-daily" is no longer running. The answer to the stop was lost (')


@pytest.mark.parametrize("as_task", [True, False])
def test_a_refused_stop(script: Script, em: Sessions, as_task: bool) -> None:
    script.expect(NEWEST, em.newest((NEW, "Working", "None", 50)))
    refusal = script.write.task("Finished", False, "No", status=202)
    script.expect(STOP, refusal if as_task else script.write.error(400, "No"))
    script.expect(look(NEW), em.one(NEW, "Working"))
    failed = failure(script, "stopped")
    assert not failed.result()["changed"]
    assert "refused to stop" in failed.msg


def test_a_stop_whose_session_is_over_twice(script: Script, em: Sessions) -> None:
    script.expect(NEWEST, em.newest((NEW, "Working", "None", 50)))
    for _turn in range(2):
        script.expect(STOP, script.write.error(401, "Unauthorized"))
        script.expect(LOGON_AGAIN, script.write.session())
        script.expect(look(NEW), em.one(NEW, "Working"))
    failed = failure(script, "stopped")
    assert not failed.result()["changed"]
    assert "refused to stop" in failed.msg


# -- copy jobs -----------------------------------------------------------------------------------------------------


def test_a_copy_job_is_synchronised_even_while_its_container_runs(script: Script, em: Sessions) -> None:
    script.expect(newest(COPY), em.newest((OLD, "Working"), job=COPY))
    script.expect(SYNC, script.write.task("Running", status=202))
    script.expect(TASK, script.write.task("Finished", True, "Ok"))
    script.expect(newest(COPY), em.newest((OLD, "Working"), job=COPY))
    outcome = ran(script, job=COPY, wait=False)
    assert (outcome.changed, outcome.session) == (True, None)


def test_a_synchronisation_whose_task_stays_in_operation_finished(script: Script, em: Sessions) -> None:
    script.expect(newest(COPY), em.newest(job=COPY))
    script.expect(SYNC, script.write.task("Running", status=202))
    script.expect(TASK, script.write.task("OperationFinished", True, "OperationFinished"), many=True)
    script.expect(newest(COPY), em.newest((NEW, "Working"), job=COPY))
    outcome = ran(script, job=COPY, wait=False)
    assert outcome.changed and outcome.session is not None
    assert sum(script.pauses) < 60


def test_a_synchronisation_whose_answer_is_lost_is_not_sent_again(script: Script, em: Sessions) -> None:
    script.expect(newest(COPY), em.newest((OLD, "Working"), job=COPY))
    script.expect(SYNC, lost)
    script.expect(newest(COPY), em.newest((OLD, "Working"), job=COPY), many=True)
    failed = failure(script, job=COPY, wait=False)
    assert failed.result()["changed"]
    assert "not known" in failed.msg


def test_a_refused_synchronisation(script: Script, em: Sessions) -> None:
    script.expect(newest(COPY), em.newest(job=COPY))
    script.expect(SYNC, script.write.error(400, "No"))
    assert not failure(script, job=COPY, wait=False).result()["changed"]


# -- check mode ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "newest_is", "changed", "says"),
    [
        ("started", (), True, "Would start"),
        ("started", ((OLD, "Stopped", "Success"),), True, "Would start"),
        ("started", ((NEW, "Working"),), False, "has been running since"),
        ("stopped", ((NEW, "Working"),), True, "Would stop"),
        ("stopped", (), False, "is not running"),
        ("retried", ((OLD, "Stopped", "Failed"),), True, "Would retry"),
        ("retried", ((OLD, "Stopped", "Success"),), False, "only a failed one"),
    ],
)
def test_prediction(script: Script, em: Sessions, state: str, newest_is: t.Any, changed: bool, says: str) -> None:
    script.expect(NEWEST, em.newest(*newest_is))
    outcome = script.run(predict(script.em, WEB, state, "join", script.clock() + 60))
    assert outcome.changed is changed
    assert says in outcome.msg


def test_a_prediction_fails_where_the_run_would(script: Script, em: Sessions) -> None:
    script.expect(NEWEST, em.newest((NEW, "Working")))
    with pytest.raises(RunFailed):
        script.run(predict(script.em, WEB, "started", "fail", script.clock() + 60))
