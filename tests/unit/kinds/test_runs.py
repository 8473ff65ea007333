# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Agent and file share jobs that are started, stopped and retried: whole runs against the emulator in memory."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.modules.veeam_job_run import MODULE
from helpers.cast import AGENTS, AGENTS_ID, GOLD, POLICY, SHARES, SHARES_ID, VBR01
from helpers.emulated_jobs import Emulated, Ended, Failure

#: How each of the two is named in a task.
NAMED = {
    "agent": {"kind": "agent", "job": AGENTS, "backup_server": VBR01},
    "nas": {"kind": "nas", "job": SHARES},
}
START = {
    "agent": f"POST /api/agents/jobs/{AGENTS_ID}?action=start",
    "nas": f"POST /api/nas/jobs/{SHARES_ID}/start",
}
BOTH = pytest.mark.parametrize("kind", list(NAMED))
#: What a product knows of agents and file shares.
KNOWN = [
    (product, kind)
    for product in ("9.5u4", "10", "11", "12", "13")
    for kind in NAMED
    if (product, kind) != ("9.5u4", "nas")
]


def world(product: str = "13", **switches: t.Any) -> Emulated:
    return Emulated(MODULE, product=product, switches=switches)


def runs_of(emulated: Emulated, kind: str) -> list[t.Any]:
    """The runs since the emulator began; those of computers are none."""
    job = AGENTS_ID if kind == "agent" else SHARES_ID
    return [view for view in emulated.em.sessions() if view.job_id == job]


def plan(emulated: Emulated, kind: str, *following: t.Any) -> None:
    emulated.em.plan_runs(NAMED[kind]["job"], *following, server=VBR01)


def computers(ended: Ended) -> dict[str, tuple[t.Any, t.Any]]:
    return {one["name"]: (one["result"], one["reason"]) for one in ended.result["session"]["task_sessions"]}


@pytest.mark.parametrize("media_type", ["xml", "json"])
@pytest.mark.parametrize(("product", "kind"), KNOWN)
def test_every_product_in_both_formats(product: str, kind: str, media_type: str) -> None:
    emulated = world(product=product)
    ended = emulated.one(**NAMED[kind], media_type=media_type)
    assert ended.writes == [START[kind]]
    (run,) = runs_of(emulated, kind)
    assert (ended.result["session"]["id"], ended.result["session"]["result"]) == (run.id, "Success")
    assert ended.result["changed"] is True


def test_a_product_without_file_share_jobs() -> None:
    ended = world(product="9.5u4").run(**NAMED["nas"])
    assert ended.failed
    assert ended.result["msg"] == "kind: this Enterprise Manager has no file share jobs, which came with version 10."
    assert ended.writes == []


def test_one_kind_that_is_missing_does_not_keep_the_others() -> None:
    ended = world(product="9.5u4").run(jobs=[{"job": SHARES, "kind": "nas"}, {"job": AGENTS_ID, "kind": "agent"}])
    missing, ran = ended.result["results"]
    assert missing["msg"].startswith(f'job "{SHARES}" (jobs, item 1): kind: this Enterprise Manager has no file share')
    assert (ran["failed"], ran["session"]["result"]) == (False, "Success")


def test_a_job_of_each_kind_in_one_task() -> None:
    emulated = world()
    ended = emulated.one(jobs=[GOLD, {"job": AGENTS_ID, "kind": "agent"}, {"job": SHARES, "kind": "nas"}])
    assert [item["session"]["result"] for item in ended.result["results"]] == ["Success"] * 3
    assert ended.result["msg"].startswith("Ran 3 of 3 jobs.")


def test_the_kind_at_the_top_is_that_of_items_without_one() -> None:
    ended = world().one(kind="nas", jobs=[SHARES, {"job": GOLD, "kind": "job"}])
    assert [item["failed"] for item in ended.result["results"]] == [False, False]


def test_names_are_those_of_the_kind_alone() -> None:
    ended = world().run(job=SHARES)
    assert "there is no job" in ended.result["msg"]
    assert "agent and file share jobs have a kind of their own" in ended.result["msg"]
    assert 'there is no file share job "TPL Gold"' in world().run(job=GOLD, kind="nas").result["msg"]


@BOTH
def test_check_mode_reads_only(kind: str) -> None:
    emulated = world()
    ended = emulated.one(**NAMED[kind], check_mode=True)
    assert (ended.writes, ended.result["changed"]) == ([], True)
    assert ended.result["msg"] == f'Would start job "{NAMED[kind]["job"]}".'


@BOTH
def test_one_that_runs_is_joined_and_stopped(kind: str) -> None:
    emulated = world(run_length="40s")
    emulated.em.start_run(NAMED[kind]["job"], server=VBR01)
    joined = emulated.one(**NAMED[kind], poll_interval=5)
    assert (joined.writes, joined.result["changed"]) == ([], False)
    emulated.em.start_run(NAMED[kind]["job"], server=VBR01)
    stopped = emulated.one(**NAMED[kind], state="stopped")
    assert stopped.writes == [START[kind].replace("start", "stop")]
    assert stopped.result["session"]["state"] == "Stopped"
    assert emulated.one(**NAMED[kind], state="stopped").result["changed"] is False


@BOTH
def test_only_a_failed_one_is_retried(kind: str) -> None:
    emulated = world()
    emulated.one(**NAMED[kind])
    assert emulated.one(**NAMED[kind], state="retried").writes == []
    plan(emulated, kind, "Failed")
    assert emulated.run(**NAMED[kind]).failed
    ended = emulated.one(**NAMED[kind], state="retried")
    assert ended.writes == [START[kind].replace("start", "retry")]
    assert ended.result["session"]["result"] == "Success"


@BOTH
@pytest.mark.parametrize("fault", ["lost after", "502 after", "page after"])
def test_a_start_whose_answer_is_lost_is_sent_once(kind: str, fault: str) -> None:
    emulated = world()
    number = emulated.one(**NAMED[kind], check_mode=True).requests
    ended = emulated.one(**NAMED[kind], failure=Failure(fault, len(number)))
    assert ended.writes == [START[kind]]
    assert len(runs_of(emulated, kind)) == 1
    assert ended.result["session"]["id"] == runs_of(emulated, kind)[0].id


@BOTH
def test_a_session_that_shows_late_is_waited_for(kind: str) -> None:
    emulated = world(show_session_after="3")
    assert emulated.one(**NAMED[kind]).result["session"]["id"] == runs_of(emulated, kind)[0].id


@pytest.mark.parametrize("uid", ["Job", "AgentBackupJob"])
@pytest.mark.parametrize("link", ["absent", "present"])
def test_whatever_the_sessions_call_the_job(uid: str, link: str) -> None:
    emulated = world(agent_session_job_uid=uid, agent_start_link=link)
    emulated.one(**NAMED["agent"])
    again = emulated.one(**NAMED["agent"])
    assert again.result["session"]["id"] == runs_of(emulated, "agent")[-1].id


# -- the computers of a run ----------------------------------------------------------------------------------------

BAD = {"machines": {"laptop01.example.test": {"result": "Failed", "reason": "The volume is locked."}}}


@pytest.mark.parametrize("task_sessions", ["computers", "all"])
@pytest.mark.parametrize("product", ["9.5u4", "12", "13"])
def test_the_computers_that_failed_are_named_with_their_reasons(product: str, task_sessions: str) -> None:
    emulated = world(product=product, agent_task_sessions=task_sessions, show_computers_after="0")
    plan(emulated, "agent", BAD)
    ended = emulated.run(**NAMED["agent"])
    assert ended.failed
    assert computers(ended)["laptop01.example.test"] == ("Failed", "The volume is locked.")
    assert len(computers(ended)) > 1
    assert "laptop01.example.test: The volume is locked" in ended.result["msg"]


def test_computers_that_show_late_are_waited_for() -> None:
    emulated = world(show_computers_after="120s", computers_at_end="late")
    plan(emulated, "agent", {**BAD, "length": "30s"})
    ended = emulated.run(**NAMED["agent"])
    assert computers(ended)["laptop01.example.test"][0] == "Failed"
    assert 100 < ended.seconds < 300


def test_computers_are_waited_for_within_the_deadline_only() -> None:
    emulated = world(show_computers_after="2000s", computers_at_end="late")
    plan(emulated, "agent", {**BAD, "length": "30s"})
    ended = emulated.run(**NAMED["agent"], wait_timeout=100.0)
    assert ended.result["session"]["task_sessions"] == []
    assert ended.result["session"]["result"] == "Failed"
    assert ended.seconds < 110


def test_computers_that_never_show_are_given_up() -> None:
    emulated = world(show_computers_after="2000s", computers_at_end="late")
    plan(emulated, "agent", {**BAD, "length": "30s"})
    ended = emulated.run(**NAMED["agent"])
    assert "Failed" in ended.result["msg"] or "failed" in ended.result["msg"]
    assert ended.seconds < 310


def test_a_policy_that_is_disabled_fails_and_says_so() -> None:
    ended = world().run(kind="agent", job=POLICY)
    assert ended.failed
    assert ended.result["session"]["result"] == "Failed"


def test_a_file_share_that_failed_is_named() -> None:
    emulated = world()
    plan(
        emulated, "nas", {"machines": {r"\\nas01.example.test\home": {"result": "Failed", "reason": "No such share."}}}
    )
    ended = emulated.run(**NAMED["nas"])
    assert computers(ended) == {r"\\nas01.example.test\home": ("Failed", "No such share.")}


# -- options -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "named",
    [
        AGENTS_ID,
        f"urn:veeam:AgentBackupJob:{AGENTS_ID}",
        f"urn:veeam:Job:{AGENTS_ID}",
        f"https://em01.example.test:9398/api/agents/jobs/{AGENTS_ID}?format=Entity",
        f"/api/agents/jobs/{AGENTS_ID}",
    ],
)
def test_how_an_agent_job_may_be_named(named: str) -> None:
    assert world().one(kind="agent", job=named, check_mode=True).result["changed"]


@pytest.mark.parametrize(
    "named",
    [
        f"urn:veeam:NasJob:{SHARES_ID}",
        f"/api/nas/jobs/{SHARES_ID}",
        # As Enterprise Manager prints it in lists, and in sessions.
        f"/api/agents/jobs/{SHARES_ID}",
        f"/api/jobs/{SHARES_ID}",
    ],
)
def test_how_a_file_share_job_may_be_named(named: str) -> None:
    assert world().one(kind="nas", job=named, check_mode=True).result["changed"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"job": f"/api/agents/jobs/{AGENTS_ID}"}, "It is one of an agent job: set kind to agent."),
        ({"job": f"urn:veeam:NasJob:{SHARES_ID}"}, "It is one of a file share job: set kind to nas."),
        ({"job": f"/api/jobs/{AGENTS_ID}", "kind": "agent"}, "It is one of a job: set kind to job."),
        ({"jobs": [{"job": "a", "kind": "tape"}]}, 'job "a" (jobs, item 1): kind: tape is not one of job, agent, nas.'),
        ({"jobs": ["a", {"job": "a", "kind": ""}]}, 'job "a" (jobs, item 2): is the same as item 1; name each once.'),
        ({"job": AGENTS, "kind": "agent"}, "exists on 2 backup servers"),
        ({"job": "00000000-1111-4222-8333-444444444444", "kind": "nas"}, "job: there is no file share job with id"),
    ],
)
def test_one_sentence(options: dict[str, t.Any], says: str) -> None:
    ended = world().run(**options)
    assert ended.failed
    assert says in ended.result["msg"]
    assert ended.writes == []


def test_the_same_name_in_two_kinds_is_two_jobs() -> None:
    ended = world().run(jobs=[{"job": SHARES, "kind": "nas"}, {"job": SHARES, "kind": "job"}])
    assert [item["failed"] for item in ended.result["results"]] == [False, True]
