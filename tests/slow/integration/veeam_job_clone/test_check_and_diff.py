# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode reads everything and writes nothing; the diff is the same in check mode and in the real run."""

from __future__ import annotations

import pytest
from helpers.ansible_runs import job_href, job_of
from helpers.assertions import assert_refused
from helpers.cast import DEFAULT_REPOSITORY, DEFAULT_REPOSITORY_ON_VBR01_ID, GOLD, PASSWORD, REPLICA, VBR01

from .mistakes import FOUND_BY_READING, GOOD

CHECK = {"check_mode": True}
DIFF = {"diff": True}
BOTH = {**CHECK, **DIFF}


def test_check_mode_reads_and_does_not_write(em, play):
    """As the keyword of a task. The next real run then changes, the next check does not."""
    options = {**GOOD, "description": "checked"}
    check = play.clone(**options, task=CHECK)
    again = play.clone(**options, task=CHECK)
    real = play.clone(**options)
    after = play.clone(**options, task=CHECK)
    play.run()
    for step in (check, again):
        assert step.routes == ["logon", "jobs", "repositories", "logout"]
        assert step.status == "ok"
        assert step.changed is True
        assert (step.result["job_href"], step.result["job"]) == (None, None)
        assert "task" not in step.result
        assert step.result["ansible_facts"] == {"veeam_job_hrefs": {}}
        assert all(text in step.msg for text in ("Would", "web", GOLD, VBR01))
    assert real.changed is True
    assert after.routes == ["logon", "jobs", "logout"]
    assert after.changed is False
    assert after.result["job"] == real.result["job"]
    assert after.result["ansible_facts"]["veeam_job_href"] == job_href(em, job_of(em, "web"))


def test_check_mode_of_the_whole_run_and_of_lists(em, play):
    play.arguments = ["--check"]
    single = play.clone(**GOOD)
    replica = play.clone(source_job=REPLICA, name="replica")
    batch = play.clone(source_job=GOLD, repository=DEFAULT_REPOSITORY, clones=[{"name": "a"}, {"name": GOLD}])
    empty = play.clone(clones=[])
    play.run()
    assert single.routes == ["logon", "jobs", "repositories", "logout"]
    assert replica.routes == ["logon", "jobs", "logout"]
    assert batch.routes == ["logon", "jobs", "repositories", "logout"]
    assert empty.routes == []
    assert [step.changed for step in (single, replica, batch, empty)] == [True, True, True, False]
    predicted, present = batch.result["results"]
    assert (predicted["changed"], predicted["job_href"], predicted["task"], predicted["failed"]) == (
        True,
        None,
        None,
        False,
    )
    assert (present["changed"], present["job_href"]) == (False, job_href(em, job_of(em, GOLD)))
    assert batch.result["job_hrefs"] == {GOLD: present["job_href"]}
    assert em.tasks() == []


def test_check_mode_fails_where_the_real_run_would(em, play, subtests):
    """With the same sentence. The table is that of the real run's test."""
    checks = [play.clone(**options, task=CHECK) for _what, options, _needles, _spoken in FOUND_BY_READING]
    others = {
        "wrong password": (play.clone(**GOOD, password="wrong", task=CHECK), ["check username and password"]),
        "no rights": (play.clone(**GOOD, username="portal-user", task=CHECK), ["Portal Administrator"]),
        "51 characters": (play.clone(**{**GOOD, "name": "x" * 51}, task=CHECK), ["51", "50"]),
    }
    batch = play.clone(source_job=GOLD, clones=[{"name": "a", "repository": "Nowhere"}, {"name": GOLD}], task=CHECK)
    play.run()
    for (what, _options, needles, _spoken), step in zip(FOUND_BY_READING, checks, strict=True):
        with subtests.test(what):
            assert_refused(step, needles)
    for what, (step, needles) in others.items():
        with subtests.test(what):
            assert_refused(step, needles)
    with subtests.test("list"):
        assert batch.failed
        assert [item["failed"] for item in batch.result["results"]] == [True, True]
        assert "Nowhere" in batch.result["results"][0]["msg"]


@pytest.mark.parametrize("media_type", ["xml", "json"])
def test_diff_of_one_clone(em, play, media_type):
    """Empty before, what is sent after: the same in check mode and in the real run. Then nothing differs."""
    options = {**GOOD, "description": "for the diff", "media_type": media_type}
    check = play.clone(**options, task=BOTH)
    real = play.clone(**options, task=DIFF)
    unchanged = play.clone(**options, task=DIFF)
    unchanged_check = play.clone(**options, task=BOTH)
    without = play.clone(**options)
    play.run()
    after = {
        "name": "web",
        "type": "Backup",
        "source_job": GOLD,
        "backup_server": VBR01,
        "FolderName": "web",
        "RepositoryUid": "urn:veeam:Repository:" + DEFAULT_REPOSITORY_ON_VBR01_ID,
        "Description": "for the diff",
    }
    for step in (check, real):
        assert not step.result["diff"]["before"]
        assert step.result["diff"]["after"] == after
    assert check.result["diff"] == real.result["diff"]
    for step in (unchanged, unchanged_check):
        assert step.changed is False
        assert step.result["diff"]["before"] == step.result["diff"]["after"]
        assert step.result["diff"]["before"]["id"] == job_of(em, "web").id
    assert "diff" not in without.result


def test_diff_of_a_replication_job_and_without_a_description(em, play):
    step = play.clone(source_job=REPLICA, name="replica", task=BOTH)
    play.run()
    assert step.result["diff"]["after"] == {
        "name": "replica",
        "type": "Replica",
        "source_job": REPLICA,
        "backup_server": VBR01,
        "VmSuffix": "_replica",
    }


def test_diff_of_a_list(em, play):
    """One for each item that changes, in order; items that are there or fail have none."""
    options = {
        "source_job": GOLD,
        "repository": DEFAULT_REPOSITORY,
        "clones": [{"name": "a"}, {"name": GOLD}, {"name": "b", "repository": "Nowhere"}, {"name": "c"}],
    }
    check = play.clone(**options, task=BOTH)
    real = play.clone(**options, task=DIFF)
    again = play.clone(**{**options, "clones": [{"name": "a"}, {"name": "c"}]}, task=DIFF)
    play.run()
    for step in (check, real):
        assert step.failed
        assert [diff["after"]["name"] for diff in step.result["diff"]] == ["a", "c"]
        assert not any(diff["before"] for diff in step.result["diff"])
    assert check.result["diff"] == real.result["diff"]
    assert again.result["diff"] == []


def test_diff_on_the_screen(em, play):
    """--diff of the whole run prints added lines that an administrator can read, and nothing for what is there."""
    play.arguments = ["--diff"]
    play.clone(**GOOD, description="to be read")
    play.clone(source_job=GOLD, repository=DEFAULT_REPOSITORY, clones=[{"name": "first"}, {"name": "second"}])
    run = play.run()
    for line in ('+    "name": "web"', '+    "Description": "to be read"', f'+    "source_job": "{GOLD}"'):
        assert line in run.output, run.output
    assert '+    "name": "first"' in run.output
    assert '+    "name": "second"' in run.output
    assert 'after: job "web"' in run.output
    assert PASSWORD not in run.output
    again = play.run()
    assert "+++" not in again.output
    assert '"name": "web"' not in again.output


def test_diff_of_a_job_that_somebody_else_made_meanwhile(em, play):
    """The server refuses, and the job is there by then: unchanged, so nothing differs."""

    def set_up():
        em.switches.update(duplicate_name="http_400")
        winner = em.world.state.jobs[job_of(em, GOLD).id].copy(name="web", id="00000000-1111-4222-8333-555555555555")
        em.world.state.add_job(winner)
        em.world.hide(winner, "1")

    step = play.clone(before=set_up, **GOOD, task=DIFF)
    play.run()
    assert step.status == "ok", step.msg
    assert step.writes == ["clone"]
    assert step.changed is False
    assert step.result["job"]["id"] == "00000000-1111-4222-8333-555555555555"
    assert step.result["diff"]["before"] == step.result["diff"]["after"]
