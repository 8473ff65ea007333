# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job of exactly that name on the source's backup server is the target, whatever characters the name has."""

from __future__ import annotations

import itertools
from functools import partial

import pytest
from helpers.ansible_runs import job_href, job_of
from helpers.cast import DEFAULT_REPOSITORY, GOLD, PASSWORD, REPLICA, USERNAME, VBR01, VBR02
from helpers.names import ODD

SKIP = ["logon", "jobs", "logout"]
QUERY_SWITCHES = [
    {"filter_reserved": reserved, "quote_rule": rule, "string_compare": compare}
    for reserved, rule, compare in itertools.product(
        ("literal", "misparsed", "refused"), ("doubled_inner", "doubled_outer"), ("insensitive", "sensitive")
    )
]


@pytest.mark.parametrize("media_type", ["xml", "json"])
def test_names_with_any_character(em, play, subtests, media_type):
    """However the server reads its own filters, each name is cloned once and found again, exactly it."""
    play.defaults.update(source_job=GOLD, repository=DEFAULT_REPOSITORY, media_type=media_type, max_parallel=8)
    start = dict(em.switches)

    def look(jobs):
        jobs.update({name: em.jobs(name=name, server=VBR01) for name in ODD})

    cases = []
    for switches in QUERY_SWITCHES:
        clones = [{"name": name} for name in ODD]

        def set_up(switches=switches):
            em.reset()
            em.switches.update({**start, **switches})

        jobs = {}

        first = play.clone(before=set_up, clones=clones)
        cases.append((switches, first, play.clone(before=partial(look, jobs), clones=clones), jobs))
    play.run()
    for switches, first, second, jobs in cases:
        with subtests.test(str(switches)):
            assert first.changed, first.msg
            assert first.routes.count("clone") == len(ODD)
            hrefs = {}
            for name in ODD:
                assert len(jobs[name]) == 1, name
                hrefs[name] = job_href(em, jobs[name][0])
            assert first.result["job_hrefs"] == hrefs
            assert second.writes == []
            assert second.changed is False, second.msg
            assert second.result["job_hrefs"] == hrefs


@pytest.mark.parametrize("reserved", ["literal", "misparsed", "refused"])
def test_one_odd_name_at_a_time(em, play, subtests, reserved):
    """The same in the single form, where source and target are looked up together."""
    em.switches["filter_reserved"] = reserved
    cases = []
    for name in ('say "hello"', "a;b", "a & b", "Zürich"):
        options = {"source_job": GOLD, "name": name, "repository": DEFAULT_REPOSITORY}
        cases.append((name, play.clone(**options), play.clone(**options)))
    play.run()
    for name, first, second in cases:
        with subtests.test(name):
            assert first.changed, first.msg
            href = job_href(em, job_of(em, name))
            assert first.result["job_href"] == second.result["job_href"] == href
            assert (second.changed, second.writes) == (False, [])


@pytest.mark.parametrize("reserved", ["literal", "misparsed", "refused"])
def test_odd_names_of_sources_servers_and_repositories(emulators, new_play, subtests, reserved):
    odd = ['TPL "1"; (ü), & 50 %', " TPL 2 "]
    em = emulators.get(
        state={
            "backup_servers": [{"name": "vbr ü, 1"}, {"name": "vbr02"}],
            "repositories": [
                {"name": name, "backup_server": server}
                for name in ('R "x"; ü', " R ")
                for server in ("vbr ü, 1", "vbr02")
            ],
            "jobs": [{"name": name, "backup_server": server} for name in odd for server in ("vbr ü, 1", "vbr02")],
            "accounts": [{"user": USERNAME, "password": PASSWORD}],
        }
    )
    em.switches["filter_reserved"] = reserved
    play = new_play(em)
    cases = []
    for source, repository, server in itertools.product(odd, ('R "x"; ü', " R "), ("vbr ü, 1", "vbr02")):
        name = f"copy {len(cases)}"
        cases.append(
            (
                (source, repository, server),
                name,
                play.clone(source_job=source, repository=repository, backup_server=server, name=name),
            )
        )
    play.run()
    for (source, repository, server), name, step in cases:
        with subtests.test(source=source, repository=repository, server=server):
            assert step.changed, step.msg
            job = job_of(em, name, server)
            assert (job.cloned_from_name, job.repository) == (source, repository)


def test_letter_case_counts(em, play, subtests):
    """The server may answer a filter with names in another case; they are other names."""
    options = {"source_job": GOLD, "repository": DEFAULT_REPOSITORY}
    start = dict(em.switches)
    created = [
        play.clone(
            before=lambda compare=compare: em.switches.update({**start, "string_compare": compare}),
            **options,
            name=name,
        )
        for compare, name in (("insensitive", "tpl gold"), ("sensitive", "Tpl Gold"), ("insensitive", "tPl gOlD"))
    ]
    again = play.clone(**options, name="tPl gOlD")
    wrong_case = play.clone(source_job="tpl GOLD", name="never", repository=DEFAULT_REPOSITORY)
    both = [{"name": "case"}, {"name": "CASE"}, {"name": "Case"}]
    batch = [
        play.clone(**options, clones=both[:1]),
        play.clone(**options, clones=both),
        play.clone(**options, clones=both),
    ]
    refused = play.clone(
        before=lambda: em.switches.update({**start, "name_compare": "insensitive"}), **options, name="TPL gold"
    )
    play.run()
    assert [[item["changed"] for item in step.result["results"]] for step in batch] == [
        [True],
        [False, True, True],
        [False, False, False],
    ]
    assert batch[2].result["job_hrefs"] == {name: job_href(em, job_of(em, name)) for name in ("case", "CASE", "Case")}
    assert [step.changed for step in created] == [True] * 3
    assert again.changed is False
    assert again.result["job_href"] == created[2].result["job_href"]
    with subtests.test("the source too"):
        assert wrong_case.failed
        assert all(text in wrong_case.msg for text in ("source_job", "tpl GOLD", GOLD))
        assert wrong_case.writes == []
    with subtests.test("a server that takes them for the same refuses"):
        assert refused.failed
        assert refused.writes == ["clone"]
        assert refused.changed is False
        assert refused.result["error"]["message"] in refused.msg
        assert em.jobs(name="TPL gold") == []


def test_a_job_on_another_server_does_not_count(em, play):
    """TPL Silver is on both, and so is the clone in the end."""
    options = {"source_job": "TPL Silver", "name": "silver", "repository": DEFAULT_REPOSITORY}
    one = play.clone(**options, backup_server=VBR01)
    two = play.clone(**options, backup_server=VBR02)
    again = [play.clone(**options, backup_server=server) for server in (VBR01, VBR02)]
    play.run()
    for step, server in ((one, VBR01), (two, VBR02)):
        assert step.changed
        assert step.result["job"]["backup_server"]["name"] == server
        assert step.result["job_href"] == job_href(em, job_of(em, "silver", server))
    assert [step.changed for step in again] == [False, False]
    assert [step.result["job_href"] for step in again] == [step.result["job_href"] for step in (one, two)]


def test_a_job_of_another_type_is_found_with_a_warning(em, play):
    step = play.clone(source_job=GOLD, name=REPLICA, repository=DEFAULT_REPOSITORY)
    play.run()
    assert step.status == "ok"
    assert step.routes == SKIP
    assert step.changed is False
    assert step.result["job"]["type"] == "Replica"
    (warning,) = step.warnings
    assert all(text in warning for text in (REPLICA, "Replica", GOLD, "Backup"))


def test_a_present_job_needs_nothing_else(em, play):
    """What a skip does not need is not read: an unknown repository does not matter, and nothing is written."""
    options = {"source_job": GOLD, "name": "there"}
    first = play.clone(**options, repository=DEFAULT_REPOSITORY)
    second = play.clone(**options, repository="No Such Repository", description="other", folder_name="other")
    source_itself = play.clone(source_job=GOLD, name=GOLD, repository=DEFAULT_REPOSITORY)
    by_id = play.clone(source_job=job_of(em, GOLD).id, name="there", repository=DEFAULT_REPOSITORY)
    play.run()
    assert first.changed
    assert second.routes == SKIP
    assert second.changed is False
    assert second.result["job"] == first.result["job"]
    assert source_itself.routes == SKIP
    assert source_itself.result["job_href"] == job_href(em, job_of(em, GOLD))
    assert by_id.routes == ["logon", "job", "jobs", "logout"]
    assert by_id.result["job_href"] == first.result["job_href"]


@pytest.mark.parametrize("jobs", [10, 3000])
def test_requests_do_not_grow_with_the_server(emulators, new_play, jobs):
    em = emulators.get(jobs=jobs)
    play = new_play(em)
    options = {"source_job": GOLD, "name": "one more", "repository": DEFAULT_REPOSITORY}
    first, second = play.clone(**options), play.clone(**options)
    play.run()
    assert first.routes == ["logon", "jobs", "repositories", "clone", "task", "jobs", "logout"]
    assert second.routes == SKIP
    assert sum(entry.bytes_sent for entry in first.journal) < 50_000
