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
from ansible_collections.backupops.veeam.plugins.module_utils._clone.clone import (
    CloneFailed,
    Made,
    Unverified,
    Waiting,
    clone,
    prove,
)
from ansible_collections.backupops.veeam.plugins.module_utils._clone.plan import Plan
from ansible_collections.backupops.veeam.plugins.module_utils._em.model import Job
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import Unauthorized
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Response

from .harness import (
    DEFAULT_01,
    EM_OWN_URL,
    GOLD,
    HTML,
    LOGON_AGAIN,
    REPLICA,
    URL,
    VBR01,
    VBR02,
    WEB,
    Play,
    clone_request,
    garbage,
    listing,
    lost,
    other_id,
    query,
    unreachable,
    untrusted,
)

POST = "POST /api/jobs/%s?action=clone" % GOLD.id
TASK = "GET /api/tasks/task-1"
CANCEL = "DELETE /api/tasks/task-1"
LOOK = query(WEB.name)
NEW_JOB = "GET /api/jobs/%s?format=Entity" % WEB.id
LINK = [(WEB.id, WEB.name)]
WAITING = Waiting(wait=True, wait_timeout=300.0, poll_interval=5.0, cancel_on_timeout=False, timeout=30.0)
ELSEWHERE = WEB._replace(id=other_id(1), server=VBR02)
TWIN = WEB._replace(id=other_id(2))
OLD_TOKEN_REFUSED = Unauthorized("The logon session given in session_id is not valid.", TASK, 401, permanent=True)


def plan(name: str = WEB.name, source: Job = GOLD) -> Plan:
    options: dict[str, t.Any] = {"name": name, "source_job": source.name, "description": "Cloned from TPL Gold"}
    if source is REPLICA:
        return _plan.plan(clone_request(**options), source, None)
    return _plan.plan(clone_request(**options, repository=DEFAULT_01.name), source, DEFAULT_01)


def run(play: Play, waiting: Waiting = WAITING, deadline: float | None = None) -> Made:
    """One clone as a run does it: the flow, the common look at all new jobs, then the look at this one alone."""
    until = play.clock() + waiting.wait_timeout if deadline is None else deadline
    try:
        ended = play.run(clone(play.em, plan(), waiting, until), complete=False)
        if isinstance(ended, Unverified):
            (ended,) = play.run(prove(play.em, [ended]), complete=False)
        if isinstance(ended, Unverified):
            ended = play.run(ended.read_back(), complete=False)
    finally:
        play.assert_complete()
        assert play.count("POST /api/jobs") == 1
        # A cancellation has half of one request's time of its own.
        assert play.clock() <= until + waiting.timeout / 2
    assert isinstance(ended, Made)
    return ended


def failure(play: Play, waiting: Waiting = WAITING, deadline: float | None = None) -> CloneFailed:
    with pytest.raises(CloneFailed) as raised:
        run(play, waiting, deadline)
    return raised.value


def accepted(play: Play, answer: Response | None = None) -> Play:
    """The clone is taken, and the task runs."""
    play.expect(POST, answer or play.write.task("Running", status=202))
    return play


# -- it works ------------------------------------------------------------------------------------------------------


def test_success(play: Play) -> None:
    accepted(play)
    play.expect(TASK, play.write.task("Running"))
    play.expect(TASK, play.write.task("OperationFinished", True, "OperationFinished"))
    play.expect(TASK, play.write.task("Finished", True, "Ok", LINK))
    play.expect(LOOK, play.write.jobs(WEB))
    made = run(play)
    assert (made.changed, made.job, made.warnings) == (True, WEB, ())
    assert made.msg == 'Cloned job "TPL Gold" to "web-prod-daily" on backup server vbr01.example.test.'
    assert made.task is not None
    assert made.task.task.state == "Finished"
    assert made.task.elapsed == pytest.approx(sum(play.pauses), abs=0.001)
    assert play.pauses == sorted(play.pauses)
    assert play.pauses[0] <= 0.1
    assert play.notes == []


def test_success_at_once(play: Play) -> None:
    accepted(play, play.write.task("Finished", True, "Ok", LINK, status=202))
    play.expect(LOOK, play.write.jobs(WEB))
    assert run(play).job == WEB
    assert play.pauses == []


def test_what_em_shows_of_the_job_is_the_result(play: Play) -> None:
    """Whatever was asked for, the result tells what is there."""
    shown = WEB._replace(description="EM's own", platform="HyperV")
    accepted(play, play.write.task("Finished", True, None, LINK, status=202))
    play.expect(LOOK, play.write.jobs(shown))
    assert run(play).job == shown


def test_without_waiting(play: Play) -> None:
    accepted(play)
    made = run(play, WAITING._replace(wait=False))
    assert (made.changed, made.job) == (True, None)
    assert made.task is not None
    assert made.task.task.id == "task-1"
    assert "task-1" in made.msg
    assert "not waited for" in made.msg


def test_a_namesake_on_another_server_does_not_count(play: Play) -> None:
    accepted(play, play.write.task("Finished", True, "Ok", LINK, status=202))
    play.expect(LOOK, play.write.jobs(ELSEWHERE, WEB))
    assert run(play).job == WEB


def test_a_state_that_is_not_documented_is_waited_for(play: Play) -> None:
    accepted(play)
    play.expect(TASK, play.write.task("Stopping", True, "x"))
    play.expect(TASK, play.write.task("Finished", True, "Ok", LINK))
    play.expect(LOOK, play.write.jobs(WEB))
    assert run(play).job == WEB


def test_a_job_that_is_listed_late(play: Play) -> None:
    accepted(play, play.write.task("Finished", True, "Ok", LINK, status=202))
    play.expect(LOOK, play.write.jobs())
    play.expect(LOOK, play.write.jobs())
    play.expect(LOOK, play.write.jobs(WEB))
    made = run(play)
    assert (made.job, made.warnings) == (WEB, ())


def test_a_job_that_is_linked_and_readable_but_not_listed(play: Play) -> None:
    accepted(play, play.write.task("Finished", True, "Ok", LINK, status=202))
    play.expect(LOOK, play.write.jobs(), many=True)
    play.expect(NEW_JOB, play.write.job(WEB))
    made = run(play)
    assert (made.changed, made.job) == (True, WEB)
    assert sum(play.pauses) < 15, "the link is sure enough not to wait for the deadline"


def test_a_job_that_is_linked_and_cannot_be_seen_yet(play: Play) -> None:
    accepted(play, play.write.task("Finished", True, "Ok", LINK, status=202))
    play.expect(LOOK, play.write.jobs(), many=True)
    play.expect(NEW_JOB, play.write.error(404, "Cannot find job"))
    made = run(play)
    assert (made.changed, made.job) == (True, WEB)
    assert len(made.warnings) == 1
    assert "does not show the job yet" in made.warnings[0]


# -- a success without a usable link -------------------------------------------------------------------------------


@pytest.mark.parametrize("related", [[], [(WEB.id, WEB.name), (TWIN.id, None)]])
def test_finished_without_one_link_and_found(play: Play, related: list[tuple[str, str | None]]) -> None:
    accepted(play, play.write.task("Finished", True, "Ok", related, status=202))
    play.expect_any({LOOK: [play.write.jobs(), play.write.jobs(ELSEWHERE), play.write.jobs(WEB)]})
    assert (run(play).job, play.count(LOOK)) == (WEB, 3)


def test_finished_without_a_link_and_never_found(play: Play) -> None:
    accepted(play, play.write.task("Finished", True, "Ok", status=202))
    play.expect(LOOK, play.write.jobs(), many=True)
    failed = failure(play)
    assert failed.result()["changed"] is True
    for word in ("unknown", "task-1", "Finished", "without a link", WEB.name, VBR01.name, "may still appear"):
        assert word in failed.msg
    assert play.clock() > 1290, "looked for until the deadline"


def test_finished_without_saying_how(play: Play) -> None:
    accepted(play, play.write.task("Finished", None, None, LINK, status=202))
    play.expect(LOOK, play.write.jobs())
    play.expect(LOOK, play.write.jobs(WEB))
    made = run(play)
    assert (made.changed, made.job) == (True, WEB)
    assert "without saying how" in made.msg


def test_a_link_without_a_name_is_as_good(play: Play) -> None:
    accepted(play, play.write.task("Finished", True, "Ok", [(WEB.id, None)], status=202))
    play.expect(LOOK, play.write.jobs(WEB))
    assert run(play).job == WEB


def test_a_link_with_another_name_to_a_job_of_the_name(play: Play) -> None:
    """As the reference's own example has it."""
    accepted(play, play.write.task("Finished", True, "Ok", [(WEB.id, "web 2026-01-05")], status=202))
    play.expect(NEW_JOB, play.write.job(WEB))
    play.expect(LOOK, play.write.jobs(WEB))
    assert run(play).job == WEB


def test_a_link_to_a_job_that_got_another_name(play: Play) -> None:
    renamed = WEB._replace(name="web-prod-daily_clone1")
    accepted(play, play.write.task("Finished", True, "Ok", [(WEB.id, renamed.name)], status=202))
    play.expect(NEW_JOB, play.write.job(renamed))
    play.expect(LOOK, play.write.jobs(), many=True)
    failed = failure(play)
    assert failed.result()["changed"] is True
    for word in ("another name", '"web-prod-daily_clone1"', "%s/api/jobs/%s" % (URL, WEB.id)):
        assert word in failed.msg
    assert EM_OWN_URL not in failed.msg


def test_a_link_to_a_job_that_cannot_be_read_and_the_job_by_name(play: Play) -> None:
    accepted(play, play.write.task("Finished", True, "Ok", [(WEB.id, "another")], status=202))
    play.expect(NEW_JOB, play.write.error(404, "Cannot find job"))
    play.expect(LOOK, play.write.jobs())
    play.expect(LOOK, play.write.jobs(TWIN))
    play.expect(NEW_JOB, play.write.error(404, "Cannot find job"))
    assert run(play).job == TWIN


# -- more than one -------------------------------------------------------------------------------------------------


def says_both(failed: CloneFailed, *jobs: Job, changed: bool = True) -> None:
    assert failed.result()["changed"] is changed
    assert "There are 2 jobs" in failed.msg
    for job in jobs:
        assert "%s/api/jobs/%s" % (URL, job.id) in failed.msg


def test_two_jobs_of_the_name(play: Play) -> None:
    """Two runs at once on a server that lets both through: said as a failure that lists both."""
    accepted(play, play.write.task("Finished", True, "Ok", LINK, status=202))
    play.expect(LOOK, play.write.jobs(WEB, TWIN))
    play.expect(LOOK, play.write.jobs(WEB, TWIN))
    says_both(failure(play), WEB, TWIN)


def test_the_job_of_the_name_is_not_the_linked_one(play: Play) -> None:
    accepted(play, play.write.task("Finished", True, "Ok", LINK, status=202))
    play.expect(LOOK, play.write.jobs(TWIN))
    play.expect(LOOK, play.write.jobs(TWIN))
    play.expect(NEW_JOB, play.write.job(WEB))
    says_both(failure(play), WEB, TWIN)


def test_two_jobs_after_a_lost_answer(play: Play) -> None:
    play.expect(POST, lost)
    play.expect(LOOK, play.write.jobs(WEB, TWIN))
    says_both(failure(play), WEB, TWIN)


def test_two_jobs_after_a_refusal(play: Play) -> None:
    """Both were made by others: this task has changed nothing."""
    play.expect(POST, play.write.error(400, "Exists"))
    play.expect(LOOK, play.write.jobs(WEB, TWIN))
    says_both(failure(play), WEB, TWIN, changed=False)


def test_a_renamed_clone_beside_a_job_of_the_name(play: Play) -> None:
    renamed = TWIN._replace(name="web-prod-daily_clone1")
    accepted(play, play.write.task("Finished", True, "Ok", [(TWIN.id, renamed.name)], status=202))
    play.expect("GET /api/jobs/%s?format=Entity" % TWIN.id, play.write.job(renamed))
    play.expect(LOOK, play.write.jobs(WEB))
    failed = failure(play)
    says_both(failed, WEB, TWIN)
    assert renamed.name in failed.msg


# -- the task failed, or the request was refused -------------------------------------------------------------------


@pytest.mark.parametrize("state", ["Finished", "OperationFinished"])
@pytest.mark.parametrize("message", ["<refused by the backup server>", None])
def test_a_failed_task(play: Play, state: str, message: str | None) -> None:
    accepted(play)
    play.expect(TASK, play.write.task(state, False, message))
    play.expect(LOOK, play.write.jobs(), many=True)
    failed = failure(play)
    result = failed.result()
    assert result["changed"] is False
    assert result["error"] == {"request": TASK, "status": 200, "message": message}
    assert "Nothing was created" in failed.msg
    assert (message or "without a message") in failed.msg
    assert "task-1" in failed.msg
    assert result["task_report"].task.success is False


def test_a_failed_task_and_a_job_of_somebody_else(play: Play) -> None:
    accepted(play, play.write.task("Finished", False, "Name is taken", status=202))
    play.expect(LOOK, play.write.jobs())
    play.expect(LOOK, play.write.jobs(WEB))
    made = run(play)
    assert (made.changed, made.job) == (False, WEB)
    assert "Name is taken" in made.msg
    assert "somebody else" in made.msg


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500, 503])
def test_a_refusal_by_em(play: Play, status: int) -> None:
    play.expect(POST, play.write.error(status, "<refused by the backup server>"))
    play.expect(LOOK, play.write.jobs(ELSEWHERE), many=True)
    failed = failure(play)
    result = failed.result()
    assert result["changed"] is False
    assert result["error"]["status"] == status
    assert result["error"]["message"] == "<refused by the backup server>"
    assert result["error"]["request"] == POST.partition("?")[0]
    assert "Nothing was created" in failed.msg
    assert sum(play.pauses) < 15


@pytest.mark.parametrize("status", [400, 500])
def test_a_refusal_because_another_run_was_faster(play: Play, status: int) -> None:
    play.expect(POST, play.write.error(status, "Exists"))
    play.expect(LOOK, play.write.jobs())
    play.expect(LOOK, play.write.jobs(WEB))
    made = run(play)
    assert (made.changed, made.job, made.task) == (False, WEB, None)


def test_a_refusal_and_nobody_to_ask(play: Play) -> None:
    play.expect(POST, play.write.error(400, "No"))
    play.expect(LOOK, play.write.error(403, "Access denied"))
    failed = failure(play)
    assert failed.result()["changed"] is False
    assert "Nothing was created" not in failed.msg
    assert "could not be read" in failed.msg


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b'{"message": "Endpoint request timed out"}'])
def test_an_error_that_is_not_ems_leaves_the_outcome_open(play: Play, status: int, body: bytes) -> None:
    """A proxy that gave up does not know what EM has done with the request."""
    play.expect(POST, Response(status, {"content-type": "text/html"}, body))
    play.expect(LOOK, play.write.jobs(), many=True)
    failed = failure(play)
    assert failed.result()["changed"] is True
    assert "unknown" in failed.msg
    assert play.clock() > 1290


def test_the_session_is_over_at_the_clone(play: Play) -> None:
    """Nothing was created, and yet the request is not sent again: once means once."""
    play.expect(POST, play.write.error(401, "Over"))
    play.expect(LOGON_AGAIN, HTML)
    play.expect(LOOK, play.write.jobs(), many=True)
    failed = failure(play)
    assert failed.result()["changed"] is False
    assert failed.result()["error"]["status"] == 401
    assert "Nothing was created" in failed.msg


def test_the_session_is_over_at_the_clone_for_good(play: Play) -> None:
    play.may_log_on_again = OLD_TOKEN_REFUSED
    play.expect(POST, play.write.error(401, "Over"))
    play.expect(LOGON_AGAIN, HTML)
    failed = failure(play)
    assert failed.result()["changed"] is False
    assert failed.result()["error"]["status"] == 401
    assert "nothing was created" in failed.msg
    assert "session_id" in failed.msg


# -- the request was not sent, or its answer was lost --------------------------------------------------------------


def test_not_sent(play: Play) -> None:
    for _attempt in range(3):
        play.expect(POST, unreachable)
    with pytest.raises(CloneFailed) as raised:
        play.run(clone(play.em, plan(), WAITING, play.clock() + 300))
    failed = raised.value
    assert failed.result()["changed"] is False
    assert failed.result()["error"]["status"] is None
    assert "not sent, nothing was created" in failed.msg


def test_not_sent_for_good(play: Play) -> None:
    play.expect(POST, untrusted)
    assert "not sent, nothing was created" in failure(play).msg


def test_not_sent_at_first(play: Play) -> None:
    play.expect(POST, unreachable)
    play.expect(POST, play.write.task("Finished", True, "Ok", LINK, status=202))
    play.expect(LOOK, play.write.jobs(WEB))
    ended = play.run(clone(play.em, plan(), WAITING, play.clock() + 300), complete=False)
    (made,) = play.run(prove(play.em, [ended]))
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
def test_a_lost_answer_and_the_job_is_there(play: Play, answer: t.Any) -> None:
    play.expect(POST, answer)
    play.expect(LOOK, play.write.jobs(WEB))
    made = run(play)
    assert (made.changed, made.job, made.task) == (True, WEB, None)
    assert "the answer to the clone request was lost" in made.msg


@pytest.mark.parametrize("answer", LOST.values(), ids=LOST)
def test_a_lost_answer_and_the_job_appears_late(play: Play, answer: t.Any) -> None:
    play.expect(POST, answer)
    play.expect_any({LOOK: [play.write.jobs()] * 20 + [play.write.jobs(ELSEWHERE), play.write.jobs(WEB, ELSEWHERE)]})
    made = run(play)
    assert (made.changed, made.job) == (True, WEB)


@pytest.mark.parametrize("answer", LOST.values(), ids=LOST)
def test_a_lost_answer_and_the_job_never_appears(play: Play, answer: t.Any) -> None:
    play.expect(POST, answer)
    play.expect(LOOK, play.write.jobs(ELSEWHERE), many=True)
    failed = failure(play)
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
    assert play.clock() > 1290, "looked for until the deadline"
    assert max(play.pauses) == 5


def test_a_lost_answer_and_a_server_that_is_down_for_a_while(play: Play) -> None:
    play.expect(POST, lost)
    play.expect_any(
        {LOOK: [unreachable] * 5 + [lost, garbage, HTML, play.write.error(503, "Busy"), play.write.jobs(WEB)]}
    )
    assert run(play).job == WEB


def test_a_lost_answer_and_a_server_that_stays_down(play: Play) -> None:
    play.expect(POST, lost)
    play.expect(LOOK, unreachable, many=True)
    failed = failure(play)
    assert failed.result()["changed"] is True
    assert failed.result()["error"]["status"] is None
    assert play.clock() > 1290


def test_a_lost_answer_and_a_stalling_server(play: Play) -> None:
    play.expect(POST, lost, takes=30)
    play.expect(LOOK, lost, many=True, takes=30)
    assert failure(play).result()["changed"] is True


def test_a_lost_answer_in_a_lost_session(play: Play) -> None:
    play.expect(POST, lost)
    play.expect(LOOK, play.write.error(401, "Over"))
    play.expect(LOGON_AGAIN, HTML)
    play.expect(LOOK, play.write.jobs(WEB))
    assert run(play).job == WEB


@pytest.mark.parametrize("answer", [untrusted, Response(403, {}, b"")])
def test_a_lost_answer_and_no_hope_of_another(play: Play, answer: t.Any) -> None:
    play.expect(POST, lost)
    play.expect(LOOK, answer)
    failed = failure(play)
    assert failed.result()["changed"] is True
    assert "no job of that name was found" not in failed.msg, "nobody could look"
    assert play.pauses == []


def test_an_unusual_name_is_looked_for_in_the_listing(play: Play) -> None:
    odd = WEB._replace(name="web; (daily)")
    play.expect(POST, lost)
    play.expect(query(odd.name), play.write.jobs())
    play.expect(listing(), play.write.job_refs(odd))
    play.expect(NEW_JOB, play.write.job(odd))
    made = play.run(clone(play.em, plan(odd.name), WAITING, play.clock() + 300))
    assert made.job == odd


# -- the session ends, or the task is gone -------------------------------------------------------------------------


def test_the_session_ends_while_waiting(play: Play) -> None:
    """Log on again once, then look by name: the task is out of reach for the new session."""
    accepted(play)
    play.expect(TASK, play.write.task("Running"))
    play.expect(TASK, play.write.error(401, "Over"))
    play.expect(LOGON_AGAIN, HTML)
    play.expect(LOOK, play.write.jobs())
    play.expect(LOOK, play.write.jobs(WEB))
    made = run(play)
    assert (made.changed, made.job) == (True, WEB)
    assert "session ended" in made.msg
    assert play.token == "renewed"


def test_another_clone_found_the_session_over(play: Play) -> None:
    """The task went with the session that it belongs to, so there is no use in asking for it in the new one."""

    class Pauses(list):
        def append(self, seconds: float) -> None:
            super().append(seconds)
            play.token = "renewed"

    play.pauses = Pauses()
    accepted(play)
    play.expect(LOOK, play.write.jobs(WEB))
    made = run(play)
    assert made.job == WEB
    assert "the logon session ended while task-1 was Running" in made.msg


def test_the_session_ends_and_the_job_never_appears(play: Play) -> None:
    accepted(play)
    play.expect(TASK, play.write.error(401, "Over"))
    play.expect(LOGON_AGAIN, HTML)
    play.expect(LOOK, play.write.jobs(), many=True)
    failed = failure(play)
    assert failed.result()["changed"] is True
    assert failed.result()["error"] == {"request": TASK, "status": 401, "message": "Over"}
    assert "unknown" in failed.msg


def test_the_session_ends_a_second_time(play: Play) -> None:
    accepted(play)
    play.expect(TASK, play.write.error(401, "Over"))
    play.expect(LOGON_AGAIN, HTML)
    play.expect(LOOK, play.write.error(401, "Over"))
    play.expect(LOGON_AGAIN, HTML)
    play.expect(LOOK, play.write.error(401, "Over"))
    failed = failure(play)
    assert failed.result()["changed"] is True
    assert play.count(LOGON_AGAIN) == 2, "the session itself refuses the second"


def test_the_session_cannot_be_opened_again(play: Play) -> None:
    play.may_log_on_again = OLD_TOKEN_REFUSED
    accepted(play)
    play.expect(TASK, play.write.error(401, "Over"))
    play.expect(LOGON_AGAIN, HTML)
    failed = failure(play)
    assert failed.result()["changed"] is True
    assert failed.result()["error"]["status"] == 401
    for word in ("unknown", "session_id", "task-1", "Running"):
        assert word in failed.msg
    assert "no job of that name was found" not in failed.msg, "nobody looked"


@pytest.mark.parametrize("status", [500, 404])
def test_the_task_is_gone(play: Play, status: int) -> None:
    gone = play.write.error(status, "There is no backup task with id [task-1] in current rest session")
    accepted(play)
    play.expect(TASK, gone)
    play.expect(TASK, gone)
    play.expect(LOOK, play.write.jobs())
    play.expect(LOOK, play.write.jobs(WEB))
    made = run(play)
    assert (made.changed, made.job) == (True, WEB)
    assert "cannot be read any more" in made.msg


@pytest.mark.parametrize("status", [500, 404])
def test_one_error_is_a_hiccup(play: Play, status: int) -> None:
    accepted(play)
    for _turn in range(3):
        play.expect(TASK, play.write.error(status, "Hiccup"))
        play.expect(TASK, play.write.task("Running"))
    play.expect(TASK, play.write.task("Finished", True, "Ok", LINK))
    play.expect(LOOK, play.write.jobs(WEB))
    made = run(play)
    assert (made.job, made.warnings) == (WEB, ())


@pytest.mark.parametrize("status", [400, 403, 405])
def test_the_task_is_refused(play: Play, status: int) -> None:
    """The task alone can tell of a failure, so it is asked again; from the second time on with a look at the job."""
    accepted(play)
    play.expect(TASK, play.write.error(status, "No"))
    play.expect(TASK, play.write.error(status, "No"))
    play.expect(LOOK, play.write.jobs())
    play.expect(TASK, play.write.error(status, "No"))
    play.expect(LOOK, play.write.jobs(WEB))
    made = run(play)
    assert (made.job, len(made.warnings)) == (WEB, 1)


@pytest.mark.parametrize("status", [400, 403, 405])
def test_the_task_is_refused_and_fails(play: Play, status: int) -> None:
    accepted(play)
    play.expect(TASK, play.write.error(status, "No"))
    play.expect(TASK, play.write.task("Finished", False, "The repository is full"))
    play.expect(LOOK, play.write.jobs(), many=True)
    failed = failure(play)
    assert failed.result()["changed"] is False
    assert "The repository is full" in failed.msg


def test_the_task_is_gone_and_the_job_never_appears(play: Play) -> None:
    accepted(play)
    play.expect(TASK, play.write.error(500, "There is no backup task"), many=True)
    play.expect(LOOK, play.write.jobs(), many=True)
    failed = failure(play)
    assert failed.result()["changed"] is True
    assert play.count(TASK) == 2
    assert failed.result()["error"]["status"] == 500


def test_a_permanent_failure_while_waiting(play: Play) -> None:
    accepted(play)
    play.expect(TASK, untrusted)
    play.expect(TASK, untrusted)
    play.expect(LOOK, play.write.jobs(WEB))
    assert run(play).job == WEB


def test_a_server_that_asks_for_more_patience_than_there_is(play: Play) -> None:
    """It is asked again all the same, after half of the time that is left, and the job is looked for at the end."""
    accepted(play)
    play.expect(TASK, play.write.error(503, "Later", **{"retry-after": "86400"}), many=True)
    play.expect(LOOK, play.write.jobs(WEB))
    assert run(play, WAITING._replace(wait_timeout=20.0)).job == WEB
    assert 2 <= play.count(TASK) <= 10
    assert max(play.pauses) > 8


@pytest.mark.parametrize("answer", [lost, unreachable, garbage, HTML, Response(503, {}, b""), Response(429, {}, b"")])
def test_trouble_while_waiting_passes(play: Play, answer: t.Any) -> None:
    accepted(play)
    looks = [play.write.jobs()] * 5 + [play.write.jobs(WEB)]
    play.expect_any({TASK: [answer] * 6 + [play.write.task("Finished", True, "Ok", LINK)], LOOK: looks})
    made = run(play)
    assert (made.job, made.warnings) == (WEB, ())
    assert len(play.notes) == 6


@pytest.mark.parametrize("answer", [lost, unreachable, garbage, HTML, Response(503, {}, b""), Response(429, {}, b"")])
def test_a_task_that_cannot_be_read_at_all(play: Play, answer: t.Any) -> None:
    """The job itself is looked for from the second failure on, so nobody waits for the end of wait_timeout."""
    accepted(play)
    play.expect_any({TASK: answer, LOOK: [play.write.jobs(), play.write.jobs(), play.write.jobs(WEB)]})
    made = run(play)
    assert (made.changed, made.job) == (True, WEB)
    assert "the job is there" in made.warnings[0]
    assert (play.count(TASK), play.count(LOOK)) == (4, 3)
    assert sum(play.pauses) < 10


@pytest.mark.parametrize("answer", [lost, garbage, HTML, Response(503, {}, b"")])
def test_a_good_end_that_cannot_be_read_back(play: Play, answer: t.Any) -> None:
    """The task has said that the job is made and linked to it: nobody waits for long to see it by name too."""
    accepted(play, play.write.task("Finished", True, "Ok", LINK, status=202))
    play.expect_any({LOOK: answer, NEW_JOB: play.write.job(WEB)})
    assert run(play).job == WEB
    assert sum(play.pauses) < 30


def test_another_task_is_no_news(play: Play) -> None:
    accepted(play)
    play.expect(TASK, play.write.task("Finished", False, "Not yours", task_id="task-2"))
    play.expect(TASK, play.write.task("Finished", True, "Ok", LINK))
    play.expect(LOOK, play.write.jobs(WEB))
    assert run(play).job == WEB


# -- the task does not end -----------------------------------------------------------------------------------------


def test_operation_finished_for_ever_and_the_job_is_there(play: Play) -> None:
    accepted(play)
    play.expect_any(
        {
            TASK: play.write.task("OperationFinished", True, "OperationFinished"),
            LOOK: [play.write.jobs(), play.write.jobs(WEB)],
        }
    )
    made = run(play)
    assert (made.changed, made.job) == (True, WEB)
    assert len(made.warnings) == 1
    assert "still OperationFinished" in made.warnings[0]
    assert sum(play.pauses) < 60, "a grace period, not the whole of wait_timeout"


def test_operation_finished_for_ever_and_no_job(play: Play) -> None:
    accepted(play)
    play.expect_any({TASK: play.write.task("OperationFinished", True, "x"), LOOK: play.write.jobs(ELSEWHERE)})
    failed = failure(play)
    assert failed.result()["changed"] is True
    for word in ("wait_timeout", "task-1", "OperationFinished", "seconds", "may still appear", VBR01.name):
        assert word in failed.msg
    assert play.clock() > 1290


def test_operation_finished_is_not_success(play: Play) -> None:
    """Its Success may be true before there is anything to see."""
    accepted(play)
    play.expect(TASK, play.write.task("OperationFinished", True, "OperationFinished"))
    play.expect(TASK, play.write.task("Finished", False, "No"))
    play.expect(LOOK, play.write.jobs(), many=True)
    assert failure(play).result()["changed"] is False


#: wait_timeout, poll_interval: the last look must come however they are to each other.
TIMES = [(300, 5), (60, 5), (20, 5), (3, 5), (3, 0.1), (0.3, 5), (1000, 300), (10, 10)]


@pytest.mark.parametrize(("wait_timeout", "poll_interval"), TIMES)
def test_a_task_that_never_ends(play: Play, wait_timeout: float, poll_interval: float) -> None:
    accepted(play)
    play.expect_any({TASK: play.write.task("Running"), LOOK: play.write.jobs()})
    waiting = WAITING._replace(wait_timeout=wait_timeout, poll_interval=poll_interval)
    failed = failure(play, waiting)
    assert failed.result()["changed"] is True
    for word in ("wait_timeout", "task-1 is Running after", "may still appear"):
        assert word in failed.msg
    report = failed.result()["task_report"]
    assert report.elapsed == pytest.approx(sum(play.pauses), abs=0.001)
    assert "after %.1f seconds" % report.elapsed in failed.msg
    assert play.count(LOOK) == 1


@pytest.mark.parametrize(("wait_timeout", "poll_interval"), TIMES)
def test_a_task_that_never_ends_but_the_job_is_there(play: Play, wait_timeout: float, poll_interval: float) -> None:
    accepted(play)
    play.expect_any({TASK: play.write.task("Running"), LOOK: play.write.jobs(WEB)})
    made = run(play, WAITING._replace(wait_timeout=wait_timeout, poll_interval=poll_interval))
    assert (made.changed, made.job) == (True, WEB)
    assert "still Running" in made.warnings[0]


@pytest.mark.parametrize("answer", [lost, unreachable, HTML])
def test_a_task_that_cannot_be_asked_any_more(play: Play, answer: t.Any) -> None:
    accepted(play)
    play.expect_any({TASK: [play.write.task("Running"), answer], LOOK: answer})
    failed = failure(play)
    assert failed.result()["changed"] is True
    assert "The last request failed" in failed.msg
    assert failed.result()["error"]["request"] in (TASK, LOOK.partition("?")[0])
    assert play.clock() <= 1300


def test_a_timeout_that_cancels(play: Play) -> None:
    accepted(play)
    play.expect_any({TASK: play.write.task("Running"), LOOK: play.write.jobs()})
    play.expect(CANCEL, Response(204, {}, b""))
    failed = failure(play, WAITING._replace(cancel_on_timeout=True))
    assert failed.result()["changed"] is True
    assert "task-1 was removed" in failed.msg


@pytest.mark.parametrize("answer", [lost, Response(500, {}, b""), HTML])
def test_a_timeout_whose_cancellation_fails(play: Play, answer: t.Any) -> None:
    accepted(play)
    play.expect_any({TASK: play.write.task("Running"), LOOK: play.write.jobs()})
    if answer is HTML:
        answer = HTML._replace(status=302)
    play.expect(CANCEL, answer)
    failed = failure(play, WAITING._replace(cancel_on_timeout=True))
    assert "Cancelling task-1 failed" in failed.msg
    assert "was removed" not in failed.msg


def test_nothing_is_cancelled_but_a_timeout(play: Play) -> None:
    accepted(play)
    play.expect(TASK, play.write.task("Finished", False, "No"))
    play.expect(LOOK, play.write.jobs(), many=True)
    failure(play, WAITING._replace(cancel_on_timeout=True))


def test_a_deadline_that_has_passed_already(play: Play) -> None:
    """The look-ups have taken all the time: nothing may be sent any more."""
    with pytest.raises(CloneFailed) as raised:
        play.run(clone(play.em, plan(), WAITING, play.clock()))
    assert raised.value.result()["changed"] is False
    assert play.requests == []


# -- many at once --------------------------------------------------------------------------------------------------


def batch(play: Play, count: int) -> list[Unverified]:
    """Clones that have all succeeded with a link to job number so-and-so."""
    ended = []
    for number in range(1, count + 1):
        play.expect(POST, play.write.task("Finished", True, "Ok", [(other_id(number), None)], status=202))
        flow = clone(play.em, plan("job %d" % number), WAITING, play.clock() + 300)
        ended.append(play.run(flow, complete=False))
    return ended


def job(number: int, name: str | None = None, server: t.Any = VBR01) -> Job:
    return WEB._replace(id=other_id(number), name=name or "job %d" % number, server=server)


def test_a_batch_is_proved_by_one_query(play: Play) -> None:
    ended = batch(play, 3)
    play.expect(query("job 1", "job 2", "job 3"), play.write.jobs(job(2), job(1), job(3), job(9, "job 1", VBR02)))
    made = play.run(prove(play.em, ended))
    assert [item.job for item in made] == [job(1), job(2), job(3)]
    assert all(item.changed for item in made)


def test_what_a_batch_does_not_show_as_expected_remains(play: Play) -> None:
    ended = batch(play, 4)
    play.expect(
        query("job 1", "job 2", "job 3", "job 4"), play.write.jobs(job(1), job(2), job(7, "job 2"), job(8, "job 3"))
    )
    result = play.run(prove(play.em, ended))
    assert isinstance(result[0], Made)
    assert result[1:] == ended[1:], "two of the name, another than the linked one, none"
    play.expect(query("job 4"), play.write.jobs(job(4)))
    assert play.run(result[3].read_back()).job == job(4)


@pytest.mark.parametrize("answer", [untrusted, Response(403, {}, b"")])
def test_a_batch_that_cannot_be_proved_together(play: Play, answer: t.Any) -> None:
    ended = batch(play, 2)
    play.expect(query("job 1", "job 2"), answer)
    assert play.run(prove(play.em, ended)) == ended


# -- all in all ----------------------------------------------------------------------------------------------------


def test_errors_are_about_hosts_that_the_user_knows(play: Play) -> None:
    accepted(play, play.write.task("Finished", True, "Ok", LINK, status=202))
    play.expect(LOOK, play.write.jobs(WEB, TWIN), many=True)
    assert EM_OWN_URL not in failure(play).msg


def test_the_body_follows_the_plan(play: Play) -> None:
    accepted(play)
    run(play, WAITING._replace(wait=False))
    body = play.requests[0].body
    assert body is not None
    for text in ("BackupJobCloneInfo", WEB.name, DEFAULT_01.uid, "Cloned from TPL Gold"):
        assert text.encode() in body


def test_a_mistake_in_the_client_does_not_hide_what_was_sent(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*unused: t.Any) -> t.Any:
        raise ValueError("a bug")

    monkeypatch.setattr(play.em, "task", broken)
    accepted(play)
    failed = failure(play)
    assert failed.result()["changed"] is True
    assert "ValueError: a bug" in failed.msg
    assert "may have been sent" in failed.msg
    assert failed.result()["task_report"].task.id == "task-1"
