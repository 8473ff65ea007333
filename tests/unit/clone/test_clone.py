# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The flow of one clone, as ordered scripts of exchanges with a clock of their own.

Three ways to end, whatever breaks: the job is there exactly once; nothing was created and the message says why; or the
outcome is unknown and the message says so. The clone request stands once in every script, so a second one fails it.
"""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._clone import plan as _plan
from ansible_collections.backupops.veeam.plugins.module_utils._clone.clone import clone
from ansible_collections.backupops.veeam.plugins.module_utils._clone.plan import Plan
from ansible_collections.backupops.veeam.plugins.module_utils._clone.prove import Unverified, prove
from ansible_collections.backupops.veeam.plugins.module_utils._clone.work import CloneFailed, CloneWait, Made
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import Unauthorized
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Response
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job import Job
from helpers.cast import other_id
from helpers.documents import EM_OWN_URL, HTML
from helpers.entities import DEFAULT_01, GOLD, REPLICA, VBR01, VBR02, WEB, clone_request
from helpers.script import LOGON_AGAIN, URL, Script, garbage, listing, lost, query, unreachable, untrusted

POST = f"POST /api/jobs/{GOLD.id}?action=clone"
TASK = "GET /api/tasks/task-1"
CANCEL = "DELETE /api/tasks/task-1"
LOOK = query(WEB.name)
NEW_JOB = f"GET /api/jobs/{WEB.id}?format=Entity"
LINK = [(WEB.id, WEB.name)]
WAITING = CloneWait(wait=True, wait_timeout=300.0, poll_interval=5.0, cancel_on_timeout=False, timeout=30.0)
ELSEWHERE = WEB._replace(id=other_id(1), server=VBR02)
TWIN = WEB._replace(id=other_id(2))
OLD_TOKEN_REFUSED = Unauthorized("The logon session given in session_id is not valid.", TASK, 401, permanent=True)


def plan(name: str = WEB.name, source: Job = GOLD) -> Plan:
    options: dict[str, t.Any] = {"name": name, "source_job": source.name, "description": "Cloned from TPL Gold"}
    if source is REPLICA:
        return _plan.plan(clone_request(**options), source, None)
    return _plan.plan(clone_request(**options, repository=DEFAULT_01.name), source, DEFAULT_01)


def run(script: Script, waiting: CloneWait = WAITING, deadline: float | None = None) -> Made:
    """One clone as a run does it: the flow, the common look at all new jobs, then the look at this one alone."""
    until = script.clock() + waiting.wait_timeout if deadline is None else deadline
    try:
        ended = script.run(clone(script.em, plan(), waiting, until), complete=False)
        if isinstance(ended, Unverified):
            (ended,) = script.run(prove(script.em, [ended]), complete=False)
        if isinstance(ended, Unverified):
            ended = script.run(ended.prove_alone(), complete=False)
    finally:
        script.assert_complete()
        assert script.count("POST /api/jobs") == 1
        # A cancellation has half of one request's time of its own.
        assert script.clock() <= until + waiting.timeout / 2
    assert isinstance(ended, Made)
    return ended


def failure(script: Script, waiting: CloneWait = WAITING, deadline: float | None = None) -> CloneFailed:
    with pytest.raises(CloneFailed) as raised:
        run(script, waiting, deadline)
    return raised.value


def accepted(script: Script, answer: Response | None = None) -> Script:
    """The clone is taken, and the task runs."""
    script.expect(POST, answer or script.write.task("Running", status=202))
    return script


# -- it works ------------------------------------------------------------------------------------------------------


def test_success(script: Script) -> None:
    accepted(script)
    script.expect(TASK, script.write.task("Running"))
    script.expect(TASK, script.write.task("OperationFinished", True, "OperationFinished"))
    script.expect(TASK, script.write.task("Finished", True, "Ok", LINK))
    script.expect(LOOK, script.write.jobs(WEB))
    made = run(script)
    assert (made.changed, made.job, made.warnings) == (True, WEB, ())
    assert made.msg == 'Cloned job "TPL Gold" to "web-prod-daily" on backup server vbr01.example.test.'
    assert made.task is not None
    assert made.task.task.state == "Finished"
    assert made.task.elapsed == pytest.approx(sum(script.pauses), abs=0.001)
    assert script.pauses == sorted(script.pauses)
    assert script.pauses[0] <= 0.1
    assert script.notes == []


def test_success_at_once(script: Script) -> None:
    accepted(script, script.write.task("Finished", True, "Ok", LINK, status=202))
    script.expect(LOOK, script.write.jobs(WEB))
    assert run(script).job == WEB
    assert script.pauses == []


def test_what_em_shows_of_the_job_is_the_result(script: Script) -> None:
    """Whatever was asked for, the result tells what is there."""
    shown = WEB._replace(description="EM's own", platform="HyperV")
    accepted(script, script.write.task("Finished", True, None, LINK, status=202))
    script.expect(LOOK, script.write.jobs(shown))
    assert run(script).job == shown


def test_without_waiting(script: Script) -> None:
    accepted(script)
    made = run(script, WAITING._replace(wait=False))
    assert (made.changed, made.job) == (True, None)
    assert made.task is not None
    assert made.task.task.id == "task-1"
    assert "task-1" in made.msg
    assert "did not wait" in made.msg


def test_a_namesake_on_another_server_does_not_count(script: Script) -> None:
    accepted(script, script.write.task("Finished", True, "Ok", LINK, status=202))
    script.expect(LOOK, script.write.jobs(ELSEWHERE, WEB))
    assert run(script).job == WEB


def test_a_state_that_is_not_documented_is_waited_for(script: Script) -> None:
    accepted(script)
    script.expect(TASK, script.write.task("Stopping", True, "x"))
    script.expect(TASK, script.write.task("Finished", True, "Ok", LINK))
    script.expect(LOOK, script.write.jobs(WEB))
    assert run(script).job == WEB


def test_a_job_that_is_listed_late(script: Script) -> None:
    accepted(script, script.write.task("Finished", True, "Ok", LINK, status=202))
    script.expect(LOOK, script.write.jobs())
    script.expect(LOOK, script.write.jobs())
    script.expect(LOOK, script.write.jobs(WEB))
    made = run(script)
    assert (made.job, made.warnings) == (WEB, ())


def test_a_job_that_is_linked_and_readable_but_not_listed(script: Script) -> None:
    accepted(script, script.write.task("Finished", True, "Ok", LINK, status=202))
    script.expect(LOOK, script.write.jobs(), many=True)
    script.expect(NEW_JOB, script.write.job(WEB))
    made = run(script)
    assert (made.changed, made.job) == (True, WEB)
    assert sum(script.pauses) < 15, "the link is sure enough not to wait for the deadline"


def test_a_job_that_is_linked_and_cannot_be_seen_yet(script: Script) -> None:
    accepted(script, script.write.task("Finished", True, "Ok", LINK, status=202))
    script.expect(LOOK, script.write.jobs(), many=True)
    script.expect(NEW_JOB, script.write.error(404, "Cannot find job"))
    made = run(script)
    assert (made.changed, made.job) == (True, WEB)
    assert len(made.warnings) == 1
    assert "does not show the job yet" in made.warnings[0]


# -- a success without a usable link -------------------------------------------------------------------------------


@pytest.mark.parametrize("related", [[], [(WEB.id, WEB.name), (TWIN.id, None)]])
def test_finished_without_one_link_and_found(script: Script, related: list[tuple[str, str | None]]) -> None:
    accepted(script, script.write.task("Finished", True, "Ok", related, status=202))
    script.expect_any({LOOK: [script.write.jobs(), script.write.jobs(ELSEWHERE), script.write.jobs(WEB)]})
    assert (run(script).job, script.count(LOOK)) == (WEB, 3)


def test_finished_without_a_link_and_never_found(script: Script) -> None:
    accepted(script, script.write.task("Finished", True, "Ok", status=202))
    script.expect(LOOK, script.write.jobs(), many=True)
    failed = failure(script)
    assert failed.result()["changed"] is True
    for word in ("unknown", "task-1", "Finished", "without a link", WEB.name, VBR01.name, "may still appear"):
        assert word in failed.msg
    assert script.clock() >= 1297.5, "looked for until the deadline, but for half a pause"


def test_finished_without_saying_how(script: Script) -> None:
    accepted(script, script.write.task("Finished", None, None, LINK, status=202))
    script.expect(LOOK, script.write.jobs())
    script.expect(LOOK, script.write.jobs(WEB))
    made = run(script)
    assert (made.changed, made.job) == (True, WEB)
    assert "without saying how" in made.msg


def test_a_link_without_a_name_is_as_good(script: Script) -> None:
    accepted(script, script.write.task("Finished", True, "Ok", [(WEB.id, None)], status=202))
    script.expect(LOOK, script.write.jobs(WEB))
    assert run(script).job == WEB


def test_a_link_with_another_name_to_a_job_of_the_name(script: Script) -> None:
    """As the reference's own example has it."""
    accepted(script, script.write.task("Finished", True, "Ok", [(WEB.id, "web 2026-01-05")], status=202))
    script.expect(NEW_JOB, script.write.job(WEB))
    script.expect(LOOK, script.write.jobs(WEB))
    assert run(script).job == WEB


def test_a_link_to_a_job_that_got_another_name(script: Script) -> None:
    renamed = WEB._replace(name="web-prod-daily_clone1")
    accepted(script, script.write.task("Finished", True, "Ok", [(WEB.id, renamed.name)], status=202))
    script.expect(NEW_JOB, script.write.job(renamed))
    script.expect(LOOK, script.write.jobs(), many=True)
    failed = failure(script)
    assert failed.result()["changed"] is True
    for word in ("another name", '"web-prod-daily_clone1"', f"{URL}/api/jobs/{WEB.id}"):
        assert word in failed.msg
    assert EM_OWN_URL not in failed.msg


def test_a_link_to_a_job_of_another_name_that_cannot_be_read(script: Script) -> None:
    """Nothing says that the job got the wanted name."""
    accepted(script, script.write.task("Finished", True, "Ok", [(WEB.id, "web-prod-daily_clone1")], status=202))
    script.expect(NEW_JOB, script.write.error(404, "Cannot find job"))
    script.expect(LOOK, script.write.jobs(), many=True)
    script.expect(NEW_JOB, script.write.error(404, "Cannot find job"))
    failed = failure(script)
    assert failed.result()["changed"] is True
    assert 'its outcome is unknown: the task succeeded with a link to a job named "web-prod-daily_clone1"' in failed.msg
    assert "it may still appear" in failed.msg


def test_a_link_to_a_job_that_cannot_be_read_and_the_job_by_name(script: Script) -> None:
    accepted(script, script.write.task("Finished", True, "Ok", [(WEB.id, "another")], status=202))
    script.expect(NEW_JOB, script.write.error(404, "Cannot find job"))
    script.expect(LOOK, script.write.jobs())
    script.expect(LOOK, script.write.jobs(TWIN))
    script.expect(NEW_JOB, script.write.error(404, "Cannot find job"))
    assert run(script).job == TWIN


# -- more than one -------------------------------------------------------------------------------------------------


def says_both(failed: CloneFailed, *jobs: Job, changed: bool = True) -> None:
    assert failed.result()["changed"] is changed
    assert "There are 2 jobs" in failed.msg
    for job in jobs:
        assert f"{URL}/api/jobs/{job.id}" in failed.msg


def test_two_jobs_of_the_name(script: Script) -> None:
    """Two runs at once on a server that lets both through: said as a failure that lists both."""
    accepted(script, script.write.task("Finished", True, "Ok", LINK, status=202))
    script.expect(LOOK, script.write.jobs(WEB, TWIN))
    script.expect(LOOK, script.write.jobs(WEB, TWIN))
    says_both(failure(script), WEB, TWIN)


def test_the_job_of_the_name_is_not_the_linked_one(script: Script) -> None:
    accepted(script, script.write.task("Finished", True, "Ok", LINK, status=202))
    script.expect(LOOK, script.write.jobs(TWIN))
    script.expect(LOOK, script.write.jobs(TWIN))
    script.expect(NEW_JOB, script.write.job(WEB))
    says_both(failure(script), WEB, TWIN)


def test_two_jobs_after_a_lost_answer(script: Script) -> None:
    script.expect(POST, lost)
    script.expect(LOOK, script.write.jobs(WEB, TWIN))
    says_both(failure(script), WEB, TWIN)


def test_two_jobs_after_a_refusal(script: Script) -> None:
    """Both were made by others: this task has changed nothing."""
    script.expect(POST, script.write.error(400, "Exists"))
    script.expect(LOOK, script.write.jobs(WEB, TWIN))
    says_both(failure(script), WEB, TWIN, changed=False)


def test_a_renamed_clone_beside_a_job_of_the_name(script: Script) -> None:
    renamed = TWIN._replace(name="web-prod-daily_clone1")
    accepted(script, script.write.task("Finished", True, "Ok", [(TWIN.id, renamed.name)], status=202))
    script.expect(f"GET /api/jobs/{TWIN.id}?format=Entity", script.write.job(renamed))
    script.expect(LOOK, script.write.jobs(WEB))
    failed = failure(script)
    says_both(failed, WEB, TWIN)
    assert renamed.name in failed.msg


# -- the task failed, or the request was refused -------------------------------------------------------------------


@pytest.mark.parametrize("state", ["Finished", "OperationFinished"])
@pytest.mark.parametrize("message", ["<refused by the backup server>", None])
def test_a_failed_task(script: Script, state: str, message: str | None) -> None:
    accepted(script)
    script.expect(TASK, script.write.task(state, False, message))
    script.expect(LOOK, script.write.jobs(), many=True)
    failed = failure(script)
    result = failed.result()
    assert result["changed"] is False
    assert result["error"] == {"request": TASK, "status": 200, "message": message}
    assert "Nothing was created" in failed.msg
    assert (message or "it gave no message") in failed.msg
    assert "task-1" in failed.msg
    assert result["task_report"].task.success is False


def test_a_failed_task_and_a_job_of_somebody_else(script: Script) -> None:
    accepted(script, script.write.task("Finished", False, "Name is taken", status=202))
    script.expect(LOOK, script.write.jobs())
    script.expect(LOOK, script.write.jobs(WEB))
    made = run(script)
    assert (made.changed, made.job) == (False, WEB)
    assert "Name is taken" in made.msg
    assert "somebody else" in made.msg


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500, 503])
def test_a_refusal_by_em(script: Script, status: int) -> None:
    script.expect(POST, script.write.error(status, "<refused by the backup server>"))
    script.expect(LOOK, script.write.jobs(ELSEWHERE), many=True)
    failed = failure(script)
    result = failed.result()
    assert result["changed"] is False
    assert result["error"]["status"] == status
    assert result["error"]["message"] == "<refused by the backup server>"
    assert result["error"]["request"] == POST.partition("?")[0]
    assert "Nothing was created" in failed.msg
    assert sum(script.pauses) < 15


@pytest.mark.parametrize("status", [400, 500])
def test_a_job_that_is_there_after_an_error(script: Script, status: int) -> None:
    """After a refusal another run was faster. A 5xx is no refusal."""
    script.expect(POST, script.write.error(status, "Exists"))
    script.expect(LOOK, script.write.jobs())
    script.expect(LOOK, script.write.jobs(WEB))
    made = run(script)
    assert (made.changed, made.job, made.task) == (status == 500, WEB, None)
    assert ("made by somebody else" in made.msg) is (status == 400)
    assert ("It is there although the server answered HTTP 500: Exists." in made.msg) is (status == 500)


def test_a_refusal_and_nobody_to_ask(script: Script) -> None:
    script.expect(POST, script.write.error(400, "No"))
    script.expect(LOOK, script.write.error(403, "Access denied"))
    failed = failure(script)
    assert failed.result()["changed"] is False
    assert "Nothing was created" not in failed.msg
    assert "could not be read" in failed.msg


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b'{"message": "Endpoint request timed out"}'])
def test_an_error_that_is_not_ems_leaves_the_outcome_open(script: Script, status: int, body: bytes) -> None:
    """A proxy that gave up does not know what EM has done with the request."""
    script.expect(POST, Response(status, {"content-type": "text/html"}, body))
    script.expect(LOOK, script.write.jobs(), many=True)
    failed = failure(script)
    assert failed.result()["changed"] is True
    assert "unknown" in failed.msg
    assert script.clock() > 1290


def test_the_session_is_over_at_the_clone(script: Script) -> None:
    """Nothing was created, and yet the request is not sent again: once means once."""
    script.expect(POST, script.write.error(401, "Over"))
    script.expect(LOGON_AGAIN, HTML)
    script.expect(LOOK, script.write.jobs(), many=True)
    failed = failure(script)
    assert failed.result()["changed"] is False
    assert failed.result()["error"]["status"] == 401
    assert "Nothing was created" in failed.msg


def test_the_session_is_over_at_the_clone_for_good(script: Script) -> None:
    script.may_log_on_again = OLD_TOKEN_REFUSED
    script.expect(POST, script.write.error(401, "Over"))
    script.expect(LOGON_AGAIN, HTML)
    failed = failure(script)
    assert failed.result()["changed"] is False
    assert failed.result()["error"]["status"] == 401
    assert "nothing was created" in failed.msg
    assert "session_id" in failed.msg


# -- the request was not sent, or its answer was lost --------------------------------------------------------------


def test_not_sent(script: Script) -> None:
    for _attempt in range(3):
        script.expect(POST, unreachable)
    with pytest.raises(CloneFailed) as raised:
        script.run(clone(script.em, plan(), WAITING, script.clock() + 300))
    failed = raised.value
    assert failed.result()["changed"] is False
    assert failed.result()["error"]["status"] is None
    assert "not sent; nothing was created" in failed.msg


def test_not_sent_for_good(script: Script) -> None:
    script.expect(POST, untrusted)
    assert "not sent; nothing was created" in failure(script).msg


def test_not_sent_at_first(script: Script) -> None:
    script.expect(POST, unreachable)
    script.expect(POST, script.write.task("Finished", True, "Ok", LINK, status=202))
    script.expect(LOOK, script.write.jobs(WEB))
    ended = script.run(clone(script.em, plan(), WAITING, script.clock() + 300), complete=False)
    (made,) = script.run(prove(script.em, [ended]))
    assert made.job == WEB


#: Answers to the clone request of which nobody can tell whether it was taken.
LOST = {
    "connection broken": lost,
    "cut off": garbage,
    "login page": HTML,
    "empty": Response(202, {"content-type": "application/xml"}, b""),
    "no task": Response(202, {"content-type": "application/xml"}, b"<Job/>"),
    "wrong type": Response(202, {"content-type": "text/plain"}, b"ok"),
    "no content": Response(204, {}, b""),
    "gateway": Response(502, {"content-type": "text/html"}, b"<html>Bad gateway</html>"),
}


@pytest.mark.parametrize("answer", LOST.values(), ids=LOST)
def test_a_lost_answer_and_the_job_is_there(script: Script, answer: t.Any) -> None:
    script.expect(POST, answer)
    script.expect(LOOK, script.write.jobs(WEB))
    made = run(script)
    assert (made.changed, made.job, made.task) == (True, WEB, None)
    assert "the answer to the clone request was lost" in made.msg


@pytest.mark.parametrize("answer", LOST.values(), ids=LOST)
def test_a_lost_answer_and_the_job_appears_late(script: Script, answer: t.Any) -> None:
    script.expect(POST, answer)
    script.expect_any(
        {LOOK: [script.write.jobs()] * 20 + [script.write.jobs(ELSEWHERE), script.write.jobs(WEB, ELSEWHERE)]}
    )
    made = run(script)
    assert (made.changed, made.job) == (True, WEB)


@pytest.mark.parametrize("answer", LOST.values(), ids=LOST)
def test_a_lost_answer_and_the_job_never_appears(script: Script, answer: t.Any) -> None:
    script.expect(POST, answer)
    script.expect(LOOK, script.write.jobs(ELSEWHERE), many=True)
    failed = failure(script)
    assert failed.result()["changed"] is True
    assert failed.result()["error"]["request"] == POST.partition("?")[0]
    for word in (
        "outcome",
        "unknown",
        "was sent",
        "No task of it is known",
        WEB.name,
        VBR01.name,
        "Run the same task again",
    ):
        assert word in failed.msg
    assert script.clock() >= 1297.5, "looked for until the deadline, but for half a pause"
    assert max(script.pauses) == 5


def test_a_lost_answer_and_a_server_that_is_down_for_a_while(script: Script) -> None:
    script.expect(POST, lost)
    script.expect_any(
        {LOOK: [unreachable] * 5 + [lost, garbage, HTML, script.write.error(503, "Busy"), script.write.jobs(WEB)]}
    )
    assert run(script).job == WEB


def test_a_lost_answer_and_a_server_that_stays_down(script: Script) -> None:
    script.expect(POST, lost)
    script.expect(LOOK, unreachable, many=True)
    failed = failure(script)
    assert failed.result()["changed"] is True
    assert failed.result()["error"]["status"] is None
    assert script.clock() > 1290


def test_a_lost_answer_and_a_stalling_server(script: Script) -> None:
    script.expect(POST, lost, takes=30)
    script.expect(LOOK, lost, many=True, takes=30)
    assert failure(script).result()["changed"] is True


def test_a_lost_answer_in_a_lost_session(script: Script) -> None:
    script.expect(POST, lost)
    script.expect(LOOK, script.write.error(401, "Over"))
    script.expect(LOGON_AGAIN, HTML)
    script.expect(LOOK, script.write.jobs(WEB))
    assert run(script).job == WEB


@pytest.mark.parametrize("answer", [untrusted, Response(403, {}, b"")])
def test_a_lost_answer_and_no_hope_of_another(script: Script, answer: t.Any) -> None:
    script.expect(POST, lost)
    script.expect(LOOK, answer)
    failed = failure(script)
    assert failed.result()["changed"] is True
    assert "no job of that name was found" not in failed.msg, "nobody could look"
    assert script.pauses == []


def test_an_unusual_name_is_looked_for_in_the_listing(script: Script) -> None:
    odd = WEB._replace(name="web; (daily)")
    script.expect(POST, lost)
    script.expect(query(odd.name), script.write.jobs())
    script.expect(listing(), script.write.job_refs(odd))
    script.expect(NEW_JOB, script.write.job(odd))
    made = script.run(clone(script.em, plan(odd.name), WAITING, script.clock() + 300))
    assert made.job == odd


# -- the session ends, or the task is gone -------------------------------------------------------------------------


def test_the_session_ends_while_waiting(script: Script) -> None:
    """Log on again once, then look by name: the task is out of reach for the new session."""
    accepted(script)
    script.expect(TASK, script.write.task("Running"))
    script.expect(TASK, script.write.error(401, "Over"))
    script.expect(LOGON_AGAIN, HTML)
    script.expect(LOOK, script.write.jobs())
    script.expect(LOOK, script.write.jobs(WEB))
    made = run(script)
    assert (made.changed, made.job) == (True, WEB)
    assert "session ended" in made.msg
    assert script.token == "renewed"


def test_another_clone_found_the_session_over(script: Script) -> None:
    """The task went with the session that it belongs to, so there is no use in asking for it in the new one."""

    class Pauses(list):
        def append(self, seconds: float) -> None:
            super().append(seconds)
            script.token = "renewed"

    script.pauses = Pauses()
    accepted(script)
    script.expect(LOOK, script.write.jobs(WEB))
    made = run(script)
    assert made.job == WEB
    assert "the logon session ended while task-1 was Running" in made.msg


def test_the_session_ends_and_the_job_never_appears(script: Script) -> None:
    accepted(script)
    script.expect(TASK, script.write.error(401, "Over"))
    script.expect(LOGON_AGAIN, HTML)
    script.expect(LOOK, script.write.jobs(), many=True)
    failed = failure(script)
    assert failed.result()["changed"] is True
    assert failed.result()["error"] == {"request": TASK, "status": 401, "message": "Over"}
    assert "unknown" in failed.msg


def test_the_session_ends_a_second_time(script: Script) -> None:
    accepted(script)
    script.expect(TASK, script.write.error(401, "Over"))
    script.expect(LOGON_AGAIN, HTML)
    script.expect(LOOK, script.write.error(401, "Over"))
    script.expect(LOGON_AGAIN, HTML)
    script.expect(LOOK, script.write.error(401, "Over"))
    failed = failure(script)
    assert failed.result()["changed"] is True
    assert script.count(LOGON_AGAIN) == 2, "the session itself refuses the second"


def test_the_session_cannot_be_opened_again(script: Script) -> None:
    script.may_log_on_again = OLD_TOKEN_REFUSED
    accepted(script)
    script.expect(TASK, script.write.error(401, "Over"))
    script.expect(LOGON_AGAIN, HTML)
    failed = failure(script)
    assert failed.result()["changed"] is True
    assert failed.result()["error"]["status"] == 401
    for word in ("unknown", "session_id", "task-1", "Running"):
        assert word in failed.msg
    assert "no job of that name was found" not in failed.msg, "nobody looked"


@pytest.mark.parametrize("status", [500, 404])
def test_the_task_is_gone(script: Script, status: int) -> None:
    gone = script.write.error(status, "There is no backup task with id [task-1] in current rest session")
    accepted(script)
    script.expect(TASK, gone)
    script.expect(TASK, gone)
    script.expect(LOOK, script.write.jobs())
    script.expect(LOOK, script.write.jobs(WEB))
    made = run(script)
    assert (made.changed, made.job) == (True, WEB)
    assert "cannot be read any more" in made.msg


@pytest.mark.parametrize("status", [500, 404])
def test_one_error_is_a_hiccup(script: Script, status: int) -> None:
    accepted(script)
    for _turn in range(3):
        script.expect(TASK, script.write.error(status, "Hiccup"))
        script.expect(TASK, script.write.task("Running"))
    script.expect(TASK, script.write.task("Finished", True, "Ok", LINK))
    script.expect(LOOK, script.write.jobs(WEB))
    made = run(script)
    assert (made.job, made.warnings) == (WEB, ())


@pytest.mark.parametrize("status", [400, 403, 405])
def test_the_task_is_refused(script: Script, status: int) -> None:
    """The task alone can tell of a failure, so it is asked again; from the second time on with a look at the job."""
    accepted(script)
    script.expect(TASK, script.write.error(status, "No"))
    script.expect(TASK, script.write.error(status, "No"))
    script.expect(LOOK, script.write.jobs())
    script.expect(TASK, script.write.error(status, "No"))
    script.expect(LOOK, script.write.jobs(WEB))
    made = run(script)
    assert (made.job, len(made.warnings)) == (WEB, 1)


@pytest.mark.parametrize("status", [400, 403, 405])
def test_the_task_is_refused_and_fails(script: Script, status: int) -> None:
    accepted(script)
    script.expect(TASK, script.write.error(status, "No"))
    script.expect(TASK, script.write.task("Finished", False, "The repository is full"))
    script.expect(LOOK, script.write.jobs(), many=True)
    failed = failure(script)
    assert failed.result()["changed"] is False
    assert "The repository is full" in failed.msg


def test_the_task_is_gone_and_the_job_never_appears(script: Script) -> None:
    accepted(script)
    script.expect(TASK, script.write.error(500, "There is no backup task"), many=True)
    script.expect(LOOK, script.write.jobs(), many=True)
    failed = failure(script)
    assert failed.result()["changed"] is True
    assert script.count(TASK) == 2
    assert failed.result()["error"]["status"] == 500


def test_a_permanent_failure_while_waiting(script: Script) -> None:
    accepted(script)
    script.expect(TASK, untrusted)
    script.expect(TASK, untrusted)
    script.expect(LOOK, script.write.jobs(WEB))
    assert run(script).job == WEB


def test_a_server_that_asks_for_more_patience_than_there_is(script: Script) -> None:
    """It is asked again all the same, after half of the time that is left, and the job is looked for at the end."""
    accepted(script)
    script.expect(TASK, script.write.error(503, "Later", **{"retry-after": "86400"}), many=True)
    script.expect(LOOK, script.write.jobs(WEB))
    assert run(script, WAITING._replace(wait_timeout=20.0)).job == WEB
    assert 2 <= script.count(TASK) <= 10
    assert max(script.pauses) > 8


@pytest.mark.parametrize("answer", [lost, unreachable, garbage, HTML, Response(503, {}, b""), Response(429, {}, b"")])
def test_trouble_while_waiting_passes(script: Script, answer: t.Any) -> None:
    accepted(script)
    looks = [script.write.jobs()] * 5 + [script.write.jobs(WEB)]
    script.expect_any({TASK: [answer] * 6 + [script.write.task("Finished", True, "Ok", LINK)], LOOK: looks})
    made = run(script)
    assert (made.job, made.warnings) == (WEB, ())
    assert len(script.notes) == 6


@pytest.mark.parametrize("answer", [lost, unreachable, garbage, HTML, Response(503, {}, b""), Response(429, {}, b"")])
def test_a_task_that_cannot_be_read_at_all(script: Script, answer: t.Any) -> None:
    """The job itself is looked for from the second failure on, so nobody waits for the end of wait_timeout."""
    accepted(script)
    script.expect_any({TASK: answer, LOOK: [script.write.jobs(), script.write.jobs(), script.write.jobs(WEB)]})
    made = run(script)
    assert (made.changed, made.job) == (True, WEB)
    assert "the job is there" in made.warnings[0]
    assert (script.count(TASK), script.count(LOOK)) == (4, 3)
    assert sum(script.pauses) < 10


@pytest.mark.parametrize("answer", [lost, garbage, HTML, Response(503, {}, b"")])
def test_a_good_end_that_cannot_be_read_back(script: Script, answer: t.Any) -> None:
    """The task has said that the job is made and linked to it: nobody waits for long to see it by name too."""
    accepted(script, script.write.task("Finished", True, "Ok", LINK, status=202))
    script.expect_any({LOOK: answer, NEW_JOB: script.write.job(WEB)})
    assert run(script).job == WEB
    assert sum(script.pauses) < 30


def test_another_task_is_no_news(script: Script) -> None:
    accepted(script)
    script.expect(TASK, script.write.task("Finished", False, "Not yours", task_id="task-2"))
    script.expect(TASK, script.write.task("Finished", True, "Ok", LINK))
    script.expect(LOOK, script.write.jobs(WEB))
    assert run(script).job == WEB


# -- the task does not end -----------------------------------------------------------------------------------------


def test_operation_finished_for_ever_and_the_job_is_there(script: Script) -> None:
    accepted(script)
    script.expect_any(
        {
            TASK: script.write.task("OperationFinished", True, "OperationFinished"),
            LOOK: [script.write.jobs(), script.write.jobs(WEB)],
        }
    )
    made = run(script)
    assert (made.changed, made.job) == (True, WEB)
    assert len(made.warnings) == 1
    assert "still OperationFinished" in made.warnings[0]
    assert sum(script.pauses) < 60, "a grace period, not the whole of wait_timeout"


def test_operation_finished_for_ever_and_no_job(script: Script) -> None:
    accepted(script)
    script.expect_any({TASK: script.write.task("OperationFinished", True, "x"), LOOK: script.write.jobs(ELSEWHERE)})
    failed = failure(script)
    assert failed.result()["changed"] is True
    for word in ("wait_timeout", "task-1", "OperationFinished", "seconds", "may still appear", VBR01.name):
        assert word in failed.msg
    assert script.clock() > 1290


def test_operation_finished_is_not_success(script: Script) -> None:
    """Its Success may be true before there is anything to see."""
    accepted(script)
    script.expect(TASK, script.write.task("OperationFinished", True, "OperationFinished"))
    script.expect(TASK, script.write.task("Finished", False, "No"))
    script.expect(LOOK, script.write.jobs(), many=True)
    assert failure(script).result()["changed"] is False


#: wait_timeout, poll_interval: the last look must come however they are to each other.
TIMES = [(300, 5), (60, 5), (20, 5), (3, 5), (3, 0.1), (0.3, 5), (1000, 300), (10, 10)]


@pytest.mark.parametrize(("wait_timeout", "poll_interval"), TIMES)
def test_a_task_that_never_ends(script: Script, wait_timeout: float, poll_interval: float) -> None:
    accepted(script)
    script.expect_any({TASK: script.write.task("Running"), LOOK: script.write.jobs()})
    waiting = WAITING._replace(wait_timeout=wait_timeout, poll_interval=poll_interval)
    failed = failure(script, waiting)
    assert failed.result()["changed"] is True
    for word in ("wait_timeout", "task-1 is Running after", "may still appear"):
        assert word in failed.msg
    report = failed.result()["task_report"]
    assert report.elapsed == pytest.approx(sum(script.pauses), abs=0.001)
    assert f"after {report.elapsed:.1f} seconds" in failed.msg
    assert script.count(LOOK) == 1


@pytest.mark.parametrize(("wait_timeout", "poll_interval"), TIMES)
def test_a_task_that_never_ends_but_the_job_is_there(script: Script, wait_timeout: float, poll_interval: float) -> None:
    accepted(script)
    script.expect_any({TASK: script.write.task("Running"), LOOK: script.write.jobs(WEB)})
    made = run(script, WAITING._replace(wait_timeout=wait_timeout, poll_interval=poll_interval))
    assert (made.changed, made.job) == (True, WEB)
    assert "still Running" in made.warnings[0]


@pytest.mark.parametrize("answer", [lost, unreachable, HTML])
def test_a_task_that_cannot_be_asked_any_more(script: Script, answer: t.Any) -> None:
    accepted(script)
    script.expect_any({TASK: [script.write.task("Running"), answer], LOOK: answer})
    failed = failure(script)
    assert failed.result()["changed"] is True
    assert "The last request failed" in failed.msg
    assert failed.result()["error"]["request"] in (TASK, LOOK.partition("?")[0])
    assert script.clock() <= 1300


def test_a_timeout_that_cancels(script: Script) -> None:
    accepted(script)
    script.expect_any({TASK: script.write.task("Running"), LOOK: script.write.jobs()})
    script.expect(CANCEL, Response(204, {}, b""))
    failed = failure(script, WAITING._replace(cancel_on_timeout=True))
    assert failed.result()["changed"] is True
    assert "task-1 was removed" in failed.msg


@pytest.mark.parametrize("answer", [lost, Response(500, {}, b""), HTML])
def test_a_timeout_whose_cancellation_fails(script: Script, answer: t.Any) -> None:
    accepted(script)
    script.expect_any({TASK: script.write.task("Running"), LOOK: script.write.jobs()})
    if answer is HTML:
        answer = HTML._replace(status=302)
    script.expect(CANCEL, answer)
    failed = failure(script, WAITING._replace(cancel_on_timeout=True))
    assert "Cancelling task-1 failed" in failed.msg
    assert "was removed" not in failed.msg


def test_nothing_is_cancelled_but_a_timeout(script: Script) -> None:
    accepted(script)
    script.expect(TASK, script.write.task("Finished", False, "No"))
    script.expect(LOOK, script.write.jobs(), many=True)
    failure(script, WAITING._replace(cancel_on_timeout=True))


def test_a_deadline_that_has_passed_already(script: Script) -> None:
    """The look-ups have taken all the time: nothing may be sent any more."""
    with pytest.raises(CloneFailed) as raised:
        script.run(clone(script.em, plan(), WAITING, script.clock()))
    assert raised.value.result()["changed"] is False
    assert script.requests == []


# -- many at once --------------------------------------------------------------------------------------------------


def batch(script: Script, count: int) -> list[Unverified]:
    """Clones that have all succeeded with a link to job number so-and-so."""
    ended = []
    for number in range(1, count + 1):
        script.expect(POST, script.write.task("Finished", True, "Ok", [(other_id(number), None)], status=202))
        flow = clone(script.em, plan("job %d" % number), WAITING, script.clock() + 300)
        ended.append(script.run(flow, complete=False))
    return ended


def job(number: int, name: str | None = None, server: t.Any = VBR01) -> Job:
    return WEB._replace(id=other_id(number), name=name or "job %d" % number, server=server)


def test_a_batch_is_proved_by_one_query(script: Script) -> None:
    ended = batch(script, 3)
    script.expect(query("job 1", "job 2", "job 3"), script.write.jobs(job(2), job(1), job(3), job(9, "job 1", VBR02)))
    made = script.run(prove(script.em, ended))
    assert [item.job for item in made] == [job(1), job(2), job(3)]
    assert all(item.changed for item in made)


def test_what_a_batch_does_not_show_as_expected_remains(script: Script) -> None:
    ended = batch(script, 4)
    script.expect(
        query("job 1", "job 2", "job 3", "job 4"), script.write.jobs(job(1), job(2), job(7, "job 2"), job(8, "job 3"))
    )
    result = script.run(prove(script.em, ended))
    assert isinstance(result[0], Made)
    assert all(isinstance(item, Unverified) for item in result[1:]), (
        "two of the name, another than the linked one, none"
    )
    script.expect(query("job 4"), script.write.jobs(job(4)))
    assert script.run(result[3].prove_alone()).job == job(4)


@pytest.mark.parametrize("answer", [lost, unreachable, HTML])
def test_two_that_were_seen_together_remain_two(script: Script, answer: t.Any) -> None:
    """Although nothing can be read any more when this one is looked at alone."""
    ended = batch(script, 2)
    script.expect(query("job 1", "job 2"), script.write.jobs(job(1), job(2), job(7, "job 1")))
    result = script.run(prove(script.em, ended))
    script.expect(query("job 1"), answer, many=True)
    with pytest.raises(CloneFailed, match="There are 2 jobs now"):
        script.run(result[0].prove_alone(), complete=False)


def test_the_first_of_a_batch_is_read_back_in_the_time_of_the_last(script: Script) -> None:
    """It waited for the others, and not for Enterprise Manager."""
    ended = batch(script, 2)
    ended[0] = ended[0]._replace(work=ended[0].work._replace(deadline=script.clock() - 1))
    script.expect(query("job 1", "job 2"), script.write.jobs(job(2)))
    result = script.run(prove(script.em, ended))
    script.expect(query("job 1"), script.write.jobs(job(1)))
    made = script.run(result[0].prove_alone())
    assert (made.job, made.warnings) == (job(1), ())


@pytest.mark.parametrize("answer", [untrusted, Response(403, {}, b"")])
def test_a_batch_that_cannot_be_proved_together(script: Script, answer: t.Any) -> None:
    ended = batch(script, 2)
    script.expect(query("job 1", "job 2"), answer)
    assert script.run(prove(script.em, ended)) == ended


# -- all in all ----------------------------------------------------------------------------------------------------


def test_errors_are_about_hosts_that_the_user_knows(script: Script) -> None:
    accepted(script, script.write.task("Finished", True, "Ok", LINK, status=202))
    script.expect(LOOK, script.write.jobs(WEB, TWIN), many=True)
    assert EM_OWN_URL not in failure(script).msg


def test_the_body_follows_the_plan(script: Script) -> None:
    accepted(script)
    run(script, WAITING._replace(wait=False))
    body = script.requests[0].body
    assert body is not None
    for text in ("BackupJobCloneInfo", WEB.name, DEFAULT_01.uid, "Cloned from TPL Gold"):
        assert text.encode() in body


def test_a_mistake_in_the_client_does_not_hide_what_was_sent(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*unused: t.Any) -> t.Any:
        raise ValueError("a bug")

    monkeypatch.setattr(script.em, "task", broken)
    accepted(script)
    failed = failure(script)
    assert failed.result()["changed"] is True
    assert "ValueError: a bug" in failed.msg
    assert "may have been sent" in failed.msg
    assert failed.result()["task_report"].task.id == "task-1"
