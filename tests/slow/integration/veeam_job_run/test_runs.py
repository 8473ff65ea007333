# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that are started, stopped and retried, in real playbooks on the real emulator."""

from __future__ import annotations

import pytest
from helpers.ansible_runs import job_of, open_session
from helpers.assertions import assert_clear, assert_refused, own_keys
from helpers.cast import GOLD, GOLD_ID, PASSWORD, REPLICA, UNKNOWN_ID, VBR01, VBR02

MODULE = "veeam_job_run"
SILVER = "TPL Silver"
COPIES = ("Copy to Offsite", "TPL Copy Legacy", "TPL Copy Immediate")
MEDIA_TYPES = pytest.mark.parametrize("media_type", ["xml", "json"])
PRODUCTS = pytest.mark.parametrize("product", ["13", "12", "9.5u4"])
SESSION_KEYS = {"id", "state", "result", "progress", "start", "end", "retry", "reasons"}


def starts(em, job=GOLD, server=VBR01):
    """The runs that this job has had since the emulator began."""
    return em.sessions(job, server)


@MEDIA_TYPES
@PRODUCTS
def test_started_and_waited_for(emulators, new_play, product, media_type):
    em = emulators.get(product=product)
    play = new_play(em)
    play.defaults["media_type"] = media_type
    step = play.call(MODULE, job=GOLD)
    replica = play.call(MODULE, job=REPLICA)
    play.run()
    assert step.routes[:5] == ["logon", "jobs", "sessions", "start", "task"]
    assert set(step.routes[5:-1]) == {"session"} and step.routes[-1] == "logout"
    (session,) = starts(em)
    assert own_keys(step.result) - {"failed"} == {"changed", "msg", "session", "retries"}
    assert step.changed is True
    assert set(step.result["session"]) == SESSION_KEYS
    assert step.result["session"] == {
        **step.result["session"],
        "id": session.id,
        "state": "Stopped",
        "result": "Success",
        "retry": False,
        "reasons": [],
    }
    assert step.result["session"]["end"] >= step.result["session"]["start"]
    assert step.msg == 'Job "TPL Gold" ended with Success.'
    assert replica.changed and replica.result["session"]["id"] == starts(em, REPLICA)[0].id


@MEDIA_TYPES
def test_whatever_the_server_tells_of_the_start(emulators, new_play, subtests, media_type):
    """The session is found with and without a link, at once and late, and never started twice."""
    em = emulators.get()
    play = new_play(em)
    play.defaults["media_type"] = media_type
    start = dict(em.switches)
    cases = {}
    for switches in (
        {"start_link": "present"},
        {"start_link": "absent"},
        {"start_link": "named"},
        {"start_link": "absent", "show_session_after": "2"},
        {"start_link": "present", "show_session_after": "3"},
        {"database": "sql_server"},
        {"run_length": "5"},
    ):
        cases[str(switches)] = play.call(
            MODULE, before=lambda switches=switches: em.switches.update({**start, **switches}), job=GOLD
        )
    play.run()
    for place, (name, step) in enumerate(cases.items()):
        with subtests.test(name):
            assert step.status == "ok", step.result
            assert step.writes == ["start"]
            assert step.result["session"]["id"] == starts(em)[place].id
            assert step.result["session"]["result"] == "Success"


@MEDIA_TYPES
def test_a_run_that_fails(em, play, media_type):
    play.defaults["media_type"] = media_type
    em.plan_runs(GOLD, {"machines": {"web01": {"result": "Failed", "reason": "The disk <is> full."}}})
    step = play.call(MODULE, job=GOLD)
    accepted = play.call(MODULE, before=lambda: em.plan_runs(GOLD, "Failed"), job=GOLD, accept=["Success", "Failed"])
    warned = play.call(MODULE, before=lambda: em.plan_runs(GOLD, "Warning"), job=GOLD)
    strict = play.call(MODULE, before=lambda: em.plan_runs(GOLD, "Warning"), job=GOLD, accept=["Success"])
    play.run()
    assert step.failed and step.changed is True
    assert_clear(step.msg, ["TPL Gold", "failed", "web01: The disk <is> full"])
    session = step.result["session"]
    assert session["result"] == "Failed" and session["reasons"] == ["web01: The disk <is> full."]
    assert session["task_sessions"] == [
        {"name": "web01", "state": "Completed", "result": "Failed", "reason": "The disk <is> full."}
    ]
    assert step.result["error"] == {
        "request": f"GET /api/backupSessions/{session['id']}",
        "status": 200,
        "message": "web01: The disk <is> full",
    }
    assert step.routes[-2:] == ["machines", "logout"]
    assert accepted.status == "ok" and accepted.result["session"]["task_sessions"][0]["result"] == "Failed"
    assert warned.status == "ok" and warned.result["session"]["result"] == "Warning"
    assert strict.failed and "Warning" in strict.msg


def test_running_already(em, play):
    def running():
        em.reset()
        em.plan_runs(GOLD, {"length": "12"})
        em.start_run(GOLD)

    join = play.call(MODULE, before=running, job=GOLD)
    unwaited = play.call(MODULE, before=running, job=GOLD, wait=False)
    skip = play.call(MODULE, before=running, job=GOLD, if_running="skip")
    fail = play.call(MODULE, before=running, job=GOLD, if_running="fail")
    again = play.call(MODULE, before=running, job=GOLD, state="retried")
    play.run()
    for step in (join, unwaited, skip, fail, again):
        assert step.writes == [] and step.changed is False, step.name
    assert join.result["session"]["result"] == "Success"
    assert again.result["session"]["result"] == "Success"
    for step in (unwaited, skip, fail):
        assert step.result["session"]["state"] in ("Starting", "Working")
        assert step.result["session"]["result"] is None
    assert fail.failed and "if_running" in fail.msg


@MEDIA_TYPES
def test_a_start_is_never_sent_twice(em, play, subtests, media_type):
    """Whatever becomes of its answer: the run that came of it is found, and it is the only one."""
    play.defaults["media_type"] = media_type
    cases = {}
    for fault in ("reset_after", "cut", "empty", "garbage", "html", "content_type", "lose_task", "expire_session"):

        def spoil(fault=fault):
            em.reset()
            path = "/api/tasks/" if fault in ("lose_task", "expire_session") else "action=start"
            em.add_fault(fault=fault, path=path)

        cases[fault] = play.call(MODULE, before=spoil, job=GOLD, wait_timeout=20)
    play.run()
    for fault, step in cases.items():
        with subtests.test(fault):
            assert step.status == "ok", step.result
            assert step.changed is True
            assert step.writes == ["start"]
            assert step.result["session"]["result"] == "Success"


def test_a_start_that_did_not_arrive(em, play):
    """EM cannot tell that it was never carried out, so it is not sent again; the message says what to do."""
    em.add_fault(fault="reset_before", path="action=start")
    lost = play.call(MODULE, job=GOLD, wait_timeout=6)
    play.run()
    assert lost.failed and lost.changed is True
    assert lost.writes == ["start"]
    assert starts(em) == []
    assert_clear(lost.msg, ["not known", "Look at its sessions"])


def test_the_wait_survives_the_end_of_the_logon_session(em, play):
    em.plan_runs(GOLD, always={"length": "6"})
    step = play.call(MODULE, before=lambda: em.add_fault(fault="expire_session", path="backupSessions", on=3), job=GOLD)
    outage = play.call(
        MODULE,
        before=lambda: em.add_fault(fault="status", code=503, path="backupSessions", on=2, count=4),
        job=GOLD,
    )
    play.run()
    assert step.status == "ok" and step.result["session"]["result"] == "Success"
    assert step.routes.count("logon") == 2 and step.writes == ["start"]
    assert outage.status == "ok" and outage.writes == ["start"]
    assert outage.result["retries"] >= 3 and outage.warnings


def test_a_given_session_that_ends_on_the_way(em, play):
    em.plan_runs(GOLD, {"length": "never"})
    token, session = open_session(em)
    play.may_stay_open = lambda open_one: open_one == session
    play.defaults["session_id"] = token
    step = play.call(MODULE, before=lambda: em.add_fault(fault="expire_session", path="backupSessions", on=3), job=GOLD)
    play.run()
    assert step.failed and step.changed is True
    assert "logon" not in step.routes
    assert_clear(step.msg, ["session_id", starts(em)[0].id])
    assert token not in step.msg


def test_a_run_that_takes_too_long(em, play):
    em.plan_runs(GOLD, {"length": "never"})
    step = play.call(MODULE, job=GOLD, wait_timeout=6)
    play.run()
    assert step.failed and step.changed is True
    assert_clear(step.msg, ["wait_timeout (6 seconds)", starts(em)[0].id, "run the same task again"])
    assert step.result["session"]["state"] in ("Starting", "Working")


def test_stopped(em, play):
    def running():
        em.plan_runs(GOLD, {"length": "never"})
        em.start_run(GOLD)

    check = play.call(MODULE, before=running, job=GOLD, state="stopped", task={"check_mode": True})
    stop = play.call(MODULE, job=GOLD, state="stopped")
    again = play.call(MODULE, job=GOLD, state="stopped")
    lost = play.call(
        MODULE,
        before=lambda: [running(), em.add_fault(fault="reset_after", path="action=stop")],
        job=GOLD,
        state="stopped",
    )
    play.run()
    assert check.changed and check.writes == [] and "Would stop" in check.msg
    assert stop.changed and stop.writes == ["stop"]
    assert stop.result["session"]["state"] == "Stopped"
    assert stop.status == "ok", "stopping it is what was wanted, whatever EM makes of the run"
    assert not again.changed and again.writes == [] and again.msg == 'Job "TPL Gold" is not running.'
    assert lost.changed and lost.status == "ok"
    assert [session.state for session in starts(em)] == ["Stopped", "Stopped"]


def test_retried(em, play):
    never = play.call(MODULE, job=GOLD, state="retried")
    first = play.call(MODULE, before=lambda: em.plan_runs(GOLD, "Failed"), job=GOLD)
    retry = play.call(MODULE, job=GOLD, state="retried")
    again = play.call(MODULE, job=GOLD, state="retried")
    play.run()
    assert not never.changed and "has not run yet" in never.msg
    assert first.failed
    assert retry.changed and retry.writes == ["retry"] and retry.result["session"]["result"] == "Success"
    assert not again.changed and again.writes == [] and "only a failed one" in again.msg


def test_retries_of_the_job_s_own(em, play):
    em.plan_runs(GOLD, always={"result": "Failed", "length": "1", "retries": ["Success"], "retry_after": 0.2})
    alone = play.call(MODULE, job=GOLD)
    play.call(MODULE, job=GOLD, accept=["Success", "Warning", "Failed"])
    waited = play.call(MODULE, job=GOLD, wait_for_retries=True)
    play.run()
    assert alone.failed and alone.result["session"]["retry"] is False
    assert waited.status == "ok", waited.result
    assert waited.result["session"]["retry"] is True and waited.result["session"]["result"] == "Success"


def test_check_mode(em, play):
    play.keywords["check_mode"] = True
    start = play.call(MODULE, job=GOLD)
    unknown = play.call(MODULE, job="No Such Job")
    copy = play.call(MODULE, job=COPIES[0])
    play.run()
    assert start.changed and start.writes == [] and start.msg == 'Would start job "TPL Gold".'
    assert start.result["session"] is None
    assert unknown.failed
    assert copy.changed and copy.writes == []
    assert em.sessions() == []


def test_copy_jobs_are_synchronised_and_not_waited_for(em, play):
    syncs = [play.call(MODULE, job=job) for job in COPIES]
    waited = play.call(MODULE, job=COPIES[0], wait=True)
    stopped = play.call(MODULE, job=COPIES[0], state="stopped")
    mixed = play.call(MODULE, jobs=[COPIES[0], GOLD], wait=True)
    play.run()
    for step in syncs:
        assert step.status == "ok" and step.changed and step.writes == ["sync"], step.result
    assert_refused(waited, ["backup copy job", "wait"])
    assert_refused(stopped, ["backup copy job", "state: started"])
    assert mixed.status == "ok", "at the top of a list wait is a default"
    assert sorted(mixed.writes) == ["start", "sync"]
    assert mixed.result["results"][1]["session"]["result"] == "Success"


@MEDIA_TYPES
def test_several_jobs(em, play, media_type):
    play.defaults["media_type"] = media_type
    em.plan_runs(SILVER, {"machines": {"db01": "Failed"}}, server=VBR02)
    step = play.call(
        MODULE,
        jobs=[
            GOLD,
            {"job": SILVER, "backup_server": VBR01},
            {"job": SILVER, "backup_server": VBR02},
            REPLICA,
            "nobody",
        ],
    )
    good = play.call(MODULE, jobs=[GOLD, {"job": SILVER, "backup_server": VBR01}])
    nothing = play.call(MODULE, jobs=[])
    twice = play.call(MODULE, jobs=[GOLD, GOLD_ID])
    play.run()
    assert step.failed and step.changed is True
    results = step.result["results"]
    assert [item["failed"] for item in results] == [False, False, True, False, True]
    assert [item["changed"] for item in results] == [True, True, True, True, False]
    assert "db01: " in results[2]["msg"] and "there is no job" in results[4]["msg"]
    assert_clear(step.msg, ["Ran 3 of 5 jobs, 2 failed.", "db01: ", "nobody"])
    assert step.routes.count("logon") == 1 and step.writes.count("start") == 4
    assert (
        good.status == "ok"
        and [set(item) for item in good.result["results"]] == [{"changed", "session", "msg", "failed"}] * 2
    )
    assert nothing.status == "ok" and nothing.changed is False and nothing.routes == []
    assert twice.failed and [item["failed"] for item in twice.result["results"]] == [False, True]
    assert twice.writes == ["start"], "one job is started once, whatever it is called"


def test_mistakes(em, play):
    ambiguous = play.call(MODULE, job=SILVER)
    near = play.call(MODULE, job="TPL Golf")
    unknown = play.call(MODULE, job=UNKNOWN_ID)
    nothing = play.call(MODULE)
    rights = play.call(MODULE, job=GOLD, username="portal-user")
    old = play.call(MODULE, job=GOLD, accept=[])
    play.run()
    assert_refused(ambiguous, [SILVER, VBR01, VBR02, "backup_server"])
    assert_refused(near, ["TPL Golf", GOLD])
    assert_refused(unknown, [UNKNOWN_ID])
    assert_refused(nothing, ["job", "jobs"])
    assert_refused(rights, ["HTTP 403"])
    assert_refused(old, ["accept"])
    for step in (nothing, old):
        assert step.routes == []


def test_refused_by_the_server(em, play, subtests):
    cases = {}
    start = dict(em.switches)
    for how in ("task_failed", "http_400", "http_500"):
        cases[how] = play.call(
            MODULE,
            before=lambda how=how: em.switches.update({**start, "start_disabled_job": how}),
            job=GOLD,
        )
    em.console.edit_job(GOLD, enabled=False)
    play.run()
    for how, step in cases.items():
        with subtests.test(how):
            assert step.failed and step.writes == ["start"], step.result
            assert step.changed is False
            assert_clear(step.msg, ["refused to start", GOLD])
            assert step.result["error"]["message"]
    assert em.sessions() == []


def test_secrets(em, play):
    play.arguments = ["-vvvv"]
    echo = {"fault": "status", "code": 400, "message": f"you sent {PASSWORD}", "path": "action=start"}
    play.call(MODULE, before=lambda: em.add_fault(**echo), job=GOLD)
    play.call(
        MODULE,
        before=lambda: em.plan_runs(GOLD, {"machines": {"web01": {"result": "Failed", "reason": f"pw {PASSWORD}"}}}),
        job=GOLD,
    )
    tokens = list(em.world.sessions._by_token)
    output = play.run().output
    assert all(step.failed for step in play.steps)
    for secret in (PASSWORD, *tokens, *em.world.sessions._by_token):
        assert secret not in output


def test_the_job_is_the_one_that_was_meant(em, play):
    by_id = play.call(MODULE, job=GOLD_ID)
    play.run()
    assert by_id.status == "ok"
    assert [session.job_id for session in em.sessions()] == [job_of(em, GOLD).id]
