# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as real playbooks see them: which, with what, and from how many requests."""

from __future__ import annotations

import pytest
from helpers.assertions import assert_clear, assert_refused, own_keys
from helpers.cast import DEFAULT_REPOSITORY, GOLD, GOLD_ID, REPLICA, S3_ID, UNKNOWN_ID, VBR01, VBR01_ID, VBR02
from helpers.documented import undocumented
from helpers.secrets import at_the_highest_verbosity

MODULE = "veeam_job_info"
FORMATS = pytest.mark.parametrize("media_type", ["xml", "json"])
BRIEF = {"name", "id", "uid", "href", "kind", "backup_server"}
WHOLE = BRIEF | {
    *("type", "platform", "description", "enabled", "run_automatically", "next_run", "schedule", "retry"),
    *("backup_window", "retention", "gfs", "objects", "linked_jobs", "repository"),
}


def names(step):
    return [job["name"] for job in step.result["jobs"]]


@FORMATS
@pytest.mark.parametrize("product", ["9.5u4", "12", "13"])
def test_which_are_found(emulators, new_play, product, media_type):
    em = emulators.get(product=product)
    play = new_play(em)
    play.defaults = {"media_type": media_type}
    every = play.call(MODULE)
    brief = play.call(MODULE, details=False)
    checked = play.call(MODULE, task={"check_mode": True})
    named = play.call(MODULE, name=[GOLD, UNKNOWN_ID, GOLD_ID, "No Such Job", "TPL Silver"])
    here = play.call(MODULE, name="TPL Silver", backup_server=VBR02)
    replicas = play.call(MODULE, type="Replica")
    brief_replicas = play.call(MODULE, type="Replica", details=False)
    copies = play.call(MODULE, platform="CustomPlatform", details=False)
    hyperv = play.call(MODULE, platform="HyperV", type="Backup")
    named_replica = play.call(MODULE, name=[GOLD, REPLICA], type="Replica", details=False)
    empty = play.call(MODULE, name=[])
    play.run()
    jobs = {job.id: job for job in em.jobs()}
    assert {job["id"] for job in every.result["jobs"]} == set(jobs)
    assert every.result["jobs"] == checked.result["jobs"]
    assert every.routes == brief.routes == replicas.routes == ["logon", "jobs", "logout"]
    places = [(job["backup_server"]["name"], job["name"]) for job in every.result["jobs"]]
    assert places == sorted(places)
    for job in every.result["jobs"]:
        known = jobs[job["id"]]
        assert set(job) == WHOLE
        assert (job["name"], job["type"], job["enabled"]) == (known.name, known.job_type, known.schedule_enabled)
        assert (job["objects"] is None) is ("Copy" in known.job_type) is (job["linked_jobs"] is not None)
    assert brief.result["jobs"] == [{key: job[key] for key in BRIEF} for job in every.result["jobs"]]
    assert sum(entry.bytes_sent for entry in brief.journal) < sum(entry.bytes_sent for entry in every.journal) / 2
    assert names(named) == [GOLD, "TPL Silver", "TPL Silver"]
    assert [job["backup_server"]["name"] for job in here.result["jobs"]] == [VBR02]
    assert {job["type"] for job in replicas.result["jobs"]} == {"Replica"}
    assert names(brief_replicas) == names(replicas) == [REPLICA] == names(named_replica)
    assert sorted(names(copies)) == sorted(job.name for job in jobs.values() if "Copy" in job.job_type)
    assert {job["platform"].lower() for job in hyperv.result["jobs"]} == {"hyperv"}
    assert (names(empty), empty.routes) == ([], [])
    for step in play.steps:
        assert own_keys(step.result) == {"changed", "jobs", "msg", "retries"}
        assert (step.changed, step.warnings, undocumented(MODULE, step.result)) == (False, [], [])


@FORMATS
@pytest.mark.parametrize("product", ["9.5u4", "12", "13"])
def test_last_session_and_repository(emulators, new_play, product, media_type):
    em = emulators.get(product=product)
    play = new_play(em)
    play.defaults = {"media_type": media_type}

    def fail():
        em.plan_runs(GOLD, {"machines": {"web01": {"result": "Failed", "reason": "The disk is full."}}, "length": "1"})

    never = play.call(MODULE, name=GOLD, gather=["last_session", "repository"])
    ran = play.call("veeam_job_run", before=fail, job=GOLD, accept=["Failed"], poll_interval=0.02)
    after = play.call(MODULE, name=GOLD, gather=["last_session", "repository"])
    brief = play.call(MODULE, name=GOLD, gather=["last_session"], details=False)
    every = play.call(MODULE, gather=["last_session", "repository"], details=False)
    play.run()
    (job,) = never.result["jobs"]
    assert (job["last_session"], job["repository"]) == (None, None)
    (job,) = after.result["jobs"]
    expected = {key: value for key, value in ran.result["session"].items() if key != "task_sessions"}
    assert job["last_session"] == expected
    assert job["last_session"]["reasons"] == ["web01: The disk is full."]
    assert after.routes == ["logon", "jobs", "sessions", "machines", "backups", "logout"]
    assert set(brief.result["jobs"][0]) == BRIEF | {"last_session"}
    assert brief.result["jobs"][0]["last_session"] == expected
    by_name = {(item["backup_server"]["name"], item["name"]): item for item in every.result["jobs"]}
    silver = by_name[VBR01, "TPL Silver"]
    assert silver["last_session"]["state"] == "Stopped"
    assert silver["repository"]["name"] == DEFAULT_REPOSITORY
    assert every.routes.count("sessions") == every.routes.count("backups") == len(by_name)
    for step in (never, after, brief, every):
        assert undocumented(MODULE, step.result) == []


@FORMATS
def test_a_job_that_runs_after_another_one(em, play, media_type):
    """By the name of the other job, wherever that comes from."""
    play.defaults = {"media_type": media_type}
    (first,) = em.jobs(name=REPLICA)
    chained = {
        "OptionsDaily": {"Enabled": False},
        "OptionsDaisyChaining": {"Enabled": True, "PreviousJobUid": "urn:veeam:Job:" + first.id},
    }
    em.console.edit_job(GOLD, schedule=chained)
    one = play.call(MODULE, name=GOLD)
    every = play.call(MODULE)
    play.run()
    for step in (one, every):
        (job,) = [job for job in step.result["jobs"] if job["name"] == GOLD]
        assert job["schedule"] == {"after_job": REPLICA, "utc_offset": None}
    assert one.routes == ["logon", "jobs", "job", "logout"]
    assert every.routes == ["logon", "jobs", "logout"]


@pytest.mark.parametrize("details", [True, False])
def test_many_jobs(emulators, new_play, details):
    """Page by page, several pages in flight, all of them in order."""
    em = emulators.get(jobs=2600)
    play = new_play(em)
    play.defaults = {}
    step = play.call(MODULE, details=details)
    play.run()
    assert step.status == "ok", step.msg
    assert {job["id"] for job in step.result["jobs"]} == {job.id for job in em.jobs()}
    pages = [entry for entry in step.journal if entry.path == "/api/query"]
    size = 100 if details else 500
    assert sorted(int(entry.query["page"]) for entry in pages) == list(range(1, -(-len(em.jobs()) // size) + 1))
    assert {entry.query["pageSize"] for entry in pages} == {str(size)}
    assert len({entry.connection for entry in pages}) > 1, "one page after the other"


def test_failures(em, play):
    play.defaults = {}
    user = play.call(MODULE, username="portal-user")
    filtered = play.call(
        MODULE,
        type="Replica",
        details=False,
        before=lambda: em.add_fault(fault="status", code=400, path="filter=", body="error", count=0),
    )
    broken = play.call(
        MODULE,
        gather=["last_session"],
        before=lambda: (
            em.clear_faults(),
            em.add_fault(fault="html", path="JobSession", count=0),
        ),
    )
    refused = play.call(MODULE, before=em.clear_faults, name="urn:veeam:Repository:" + S3_ID)
    play.run()
    assert user.failed
    assert_clear(user.msg, ["403", "Portal Administrator"])
    assert user.routes == ["logon", "jobs", "logout"]
    assert names(filtered) == [REPLICA]
    assert set(filtered.result["jobs"][0]) == BRIEF
    assert broken.failed
    assert_clear(broken.msg, ["HTML page"])
    assert_refused(refused, ["name: ", "UID of a job"])
    for step in play.steps:
        assert undocumented(MODULE, step.result) == []
        assert step.routes == [] or step.routes[-1] == "logout"


def test_secrets(em, play):
    play.defaults = {}
    echo = {"fault": "status", "code": 400, "message": "you sent Passw0rd!", "body": "error", "path": "type=Job"}
    play.call(MODULE, gather=["last_session", "repository"])
    play.call(MODULE, before=lambda: em.add_fault(**echo))
    at_the_highest_verbosity(play)
    assert [step.status for step in play.steps] == ["ok", "failed"]
    assert play.steps[0].result["jobs"][0]["backup_server"]["id"] == VBR01_ID
