# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Enterprise Manager's calls as scripts: paging, look-ups by name that prove absence, and what is sent again."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em import query as _query
from ansible_collections.backupops.veeam.plugins.module_utils._em.kinds import JOB, REPOSITORY
from ansible_collections.backupops.veeam.plugins.module_utils._em.model import CloneSpec, Job, Task
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import (
    BadAnswer,
    ExchangeError,
    NotSent,
    Refused,
    Unauthorized,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Response

from .harness import (
    DEFAULT_01,
    DEFAULT_02,
    GOLD,
    HTML,
    LOGON_AGAIN,
    URL,
    VBR02,
    WEB,
    Play,
    garbage,
    listing,
    lost,
    other_id,
    query,
    unreachable,
    untrusted,
)

DEADLINE = 1300.0
WEB_REF = WEB._replace(type=None, platform=None, description=None)


def job(number: int, name: str | None = None) -> Job:
    return WEB._replace(id=other_id(number), name=name or "job %d" % number)


# -- pages ---------------------------------------------------------------------------------------------------------


def test_all_pages_are_read(play: Play) -> None:
    for page in (1, 2, 3):
        play.expect(listing(page=page), play.write.job_refs(job(2 * page), job(2 * page + 1), page=page, pages=3))
    found = play.run(play.em.all(JOB.as_references, DEADLINE))
    assert [item.id for item in found] == [other_id(number) for number in range(2, 8)]


def test_a_job_that_stands_on_two_pages_counts_once(play: Play) -> None:
    """A job made in the meantime shifts the rest, so that one comes twice."""
    play.expect(listing(page=1), play.write.job_refs(job(1), job(2), page=1, pages=2))
    play.expect(listing(page=2), play.write.job_refs(job(2), job(3), page=2, pages=2))
    assert [item.id for item in play.run(play.em.all(JOB.as_references, DEADLINE))] == [
        other_id(1),
        other_id(2),
        other_id(3),
    ]


def test_an_empty_page_that_is_the_last(play: Play) -> None:
    play.expect(query("web"), play.write.jobs())
    assert play.run(play.em.named(JOB, ["web"], DEADLINE)) == []


def test_no_pages_at_all(play: Play) -> None:
    play.expect(query("web"), play.write.jobs(pages=0))
    assert play.run(play.em.named(JOB, ["web"], DEADLINE)) == []


def test_the_same_page_again_and_again(play: Play) -> None:
    play.expect(listing(page=1), play.write.job_refs(job(1), page=1, pages=9))
    play.expect(listing(page=2), play.write.job_refs(job(1), page=2, pages=9))
    with pytest.raises(BadAnswer) as raised:
        play.run(play.em.all(JOB.as_references, DEADLINE))
    assert "page 2 of 9 brought nothing new" in raised.value.msg
    assert raised.value.permanent


def test_an_empty_page_before_the_last(play: Play) -> None:
    """It would prove an absence that is none."""
    play.expect(query("web"), play.write.jobs(page=1, pages=2))
    with pytest.raises(BadAnswer):
        play.run(play.em.named(JOB, ["web"], DEADLINE))


def test_another_page_than_asked_for(play: Play) -> None:
    play.expect(listing(page=1), play.write.job_refs(job(1), page=1, pages=2))
    play.expect(listing(page=2), play.write.job_refs(job(1), page=1, pages=2))
    with pytest.raises(BadAnswer) as raised:
        play.run(play.em.all(JOB.as_references, DEADLINE))
    assert "page 1 came for page 2" in raised.value.msg


def test_endless_pages_end() -> None:
    """Every page brings something new and promises one more."""
    play = Play()
    for page in range(1, _query.MAX_PAGES + 1):
        play.expect(listing(page=page), play.write.job_refs(job(page), page=page, pages=page + 1))
    with pytest.raises(BadAnswer) as raised:
        play.run(play.em.all(JOB.as_references, DEADLINE))
    assert "more than 1000 pages" in raised.value.msg


def test_endless_pages_end_with_the_deadline() -> None:
    play = Play(request_timeout=30)
    for page in range(1, 12):
        play.expect(listing(page=page), play.write.job_refs(job(page), page=page, pages=99), takes=29)
    with pytest.raises(NotSent):
        play.run(play.em.all(JOB.as_references, DEADLINE))
    assert play.clock() <= DEADLINE


# -- names ---------------------------------------------------------------------------------------------------------


def test_one_query_finds_source_and_target(play: Play) -> None:
    play.expect(query("TPL Gold", "web-prod-daily"), play.write.jobs(GOLD, WEB))
    assert play.run(play.em.named(JOB, ["TPL Gold", "web-prod-daily"], DEADLINE)) == [GOLD, WEB]


def test_names_compare_exactly(play: Play) -> None:
    """A server may compare without case, or like SQL without blanks at the end."""
    near = [job(1, "TPL GOLD"), job(2, "TPL Gold "), job(3, " TPL Gold"), job(4, "TPL"), job(5, "tpl gold")]
    play.expect(query("TPL Gold"), play.write.jobs(*near))
    assert play.run(play.em.named(JOB, ["TPL Gold"], DEADLINE)) == []


def test_a_job_of_the_name_is_found_among_near_ones(play: Play) -> None:
    play.expect(query("TPL Gold"), play.write.jobs(job(1, "TPL GOLD"), GOLD))
    assert play.run(play.em.named(JOB, ["TPL Gold"], DEADLINE)) == [GOLD]


def test_the_same_name_on_two_servers(play: Play) -> None:
    other = GOLD._replace(id=other_id(1), server=VBR02)
    play.expect(query("TPL Gold"), play.write.jobs(GOLD, other))
    assert play.run(play.em.named(JOB, ["TPL Gold"], DEADLINE)) == [GOLD, other]


def test_an_unusual_name_that_the_filter_finds(play: Play) -> None:
    odd = job(1, "a;b,(c)")
    play.expect(query("a;b,(c)"), play.write.jobs(odd))
    assert play.run(play.em.named(JOB, ["a;b,(c)"], DEADLINE)) == [odd]


def test_an_unusual_name_that_the_filter_does_not_find(play: Play) -> None:
    """How EM reads unusual characters in a filter is not known: only the listing proves absence."""
    odd = job(1, "a;b,(c)")
    play.expect(query("a;b,(c)"), play.write.jobs(job(2, "a")))
    play.expect(listing(), play.write.job_refs(job(2, "a"), odd))
    play.expect("GET /api/jobs/%s?format=Entity" % odd.id, play.write.job(odd))
    assert play.run(play.em.named(JOB, ["a;b,(c)"], DEADLINE)) == [odd]


@pytest.mark.parametrize("status", [400, 500])
def test_an_unusual_name_that_the_filter_chokes_on(play: Play, status: int) -> None:
    odd = job(1, "50%")
    play.expect(query("50%"), play.write.error(status, "Bad filter"), many=True)
    play.expect(listing(), play.write.job_refs(odd))
    play.expect("GET /api/jobs/%s?format=Entity" % odd.id, play.write.job(odd))
    assert play.run(play.em.named(JOB, ["50%"], DEADLINE)) == [odd]


def test_a_plain_name_beside_an_unusual_one_is_in_doubt_too(play: Play) -> None:
    play.expect(query("web", "a;b"), play.write.jobs())
    play.expect(listing(), play.write.job_refs(job(1, "web")))
    play.expect("GET /api/jobs/%s?format=Entity" % other_id(1), play.write.job(job(1, "web")))
    assert play.run(play.em.named(JOB, ["a;b", "web"], DEADLINE)) == [job(1, "web")]


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_refusal_is_no_absence(play: Play, status: int) -> None:
    play.expect(query("web"), play.write.error(status, "No"), many=True)
    with pytest.raises(Refused) as raised:
        play.run(play.em.named(JOB, ["web"], DEADLINE))
    assert raised.value.status == status


@pytest.mark.parametrize("status", [403, 404, 503])
def test_only_a_choked_filter_leads_to_the_listing(play: Play, status: int) -> None:
    play.expect(query("a;b"), play.write.error(status, "No"), many=True)
    with pytest.raises(Refused):
        play.run(play.em.named(JOB, ["a;b"], DEADLINE))


def test_a_refused_listing_is_no_absence(play: Play) -> None:
    play.expect(listing(), play.write.error(404, "No"))
    with pytest.raises(Refused):
        play.run(play.em.named(JOB, ['a"b'], DEADLINE))


def test_a_name_with_a_quote_goes_to_the_listing_at_once(play: Play) -> None:
    odd = job(1, 'say "x"')
    play.expect(listing(), play.write.job_refs(odd, job(2)))
    play.expect("GET /api/jobs/%s?format=Entity" % odd.id, play.write.job(odd))
    assert play.run(play.em.named(JOB, ['say "x"'], DEADLINE)) == [odd]


def test_unusual_names_are_listed_once(play: Play) -> None:
    play.expect(query("a", "b"), play.write.jobs(job(1, "a"), job(2, "b")))
    play.expect(query("c;", "d;"), play.write.jobs(job(3, "c;")))
    play.expect(listing(), play.write.job_refs(job(1, "a"), job(3, "c;")))
    found = play.run(play.em.named(JOB, ["a", "c;", "b", "d;"], DEADLINE))
    assert {item.name for item in found} == {"a", "b", "c;"}


def test_no_names_no_request(play: Play) -> None:
    assert play.run(play.em.named(JOB, [], DEADLINE)) == []


def test_repositories_are_read_as_references(play: Play) -> None:
    play.expect(
        query("Default Backup Repository", kind="Repository", entities=False),
        play.write.repositories(DEFAULT_01, DEFAULT_02),
    )
    assert play.run(play.em.named(REPOSITORY, [DEFAULT_01.name], DEADLINE)) == [DEFAULT_01, DEFAULT_02]


def test_an_unusual_repository_name_needs_no_second_read(play: Play) -> None:
    odd = DEFAULT_01._replace(name="a&b")
    play.expect(query("a&b", kind="Repository", entities=False), play.write.repositories())
    play.expect(listing("Repository"), play.write.repositories(odd, DEFAULT_02))
    assert play.run(play.em.named(REPOSITORY, ["a&b"], DEADLINE)) == [odd]


# -- single resources ----------------------------------------------------------------------------------------------


def test_single_resources(play: Play) -> None:
    play.expect("GET /api/jobs/%s?format=Entity" % GOLD.id, play.write.job(GOLD))
    play.expect("GET /api/repositories/" + DEFAULT_01.id, play.write.repository(DEFAULT_01))
    assert play.run(play.em.one(JOB, GOLD.id, DEADLINE), complete=False) == GOLD
    assert play.run(play.em.one(REPOSITORY, DEFAULT_01.id, DEADLINE)) == DEFAULT_01


def test_an_href_is_on_the_host_and_port_of_the_user(play: Play) -> None:
    assert play.em.href(GOLD.path) == "%s/api/jobs/%s" % (URL, GOLD.id)


def test_another_task_is_not_believed(play: Play) -> None:
    play.expect("GET /api/tasks/task-1", play.write.task("Finished", True, "Ok", task_id="task-2"))
    with pytest.raises(BadAnswer) as raised:
        play.run(play.em.task(Task("task-1", "Running"), DEADLINE))
    assert "another task" in raised.value.msg


# -- what is asked again -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [lost, unreachable, garbage, HTML])
def test_a_read_is_asked_again(play: Play, failure: t.Any) -> None:
    play.expect(query("web"), failure)
    play.expect(query("web"), failure)
    play.expect(query("web"), play.write.jobs(job(1, "web")))
    assert play.run(play.em.named(JOB, ["web"], DEADLINE)) == [job(1, "web")]
    assert len(play.notes) == 2
    assert len(play.pauses) == 2


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_read_is_asked_again_after_a_status(play: Play, status: int) -> None:
    play.expect(query("web"), play.write.error(status, "Busy"))
    play.expect(query("web"), play.write.jobs())
    assert play.run(play.em.named(JOB, ["web"], DEADLINE)) == []


@pytest.mark.parametrize("failure", [lost, unreachable, garbage, HTML])
def test_a_read_is_not_asked_for_ever(play: Play, failure: t.Any) -> None:
    for _attempt in range(4):
        play.expect(query("web"), failure)
    with pytest.raises(ExchangeError):
        play.run(play.em.named(JOB, ["web"], DEADLINE))


def test_what_cannot_be_mended_is_not_asked_again(play: Play) -> None:
    play.expect(query("web"), untrusted)
    with pytest.raises(NotSent):
        play.run(play.em.named(JOB, ["web"], DEADLINE))


@pytest.mark.parametrize(
    "answer",
    [
        Response(200, {"content-type": "application/xml"}, b""),
        Response(200, {}, b'<QueryResult xmlns="http://www.veeam.com/ent/v1.0"/>'),
        Response(200, {"content-type": "application/json"}, b'{"Refs": []}'),
        Response(204, {}, b""),
        Response(202, {"content-type": "application/xml"}, b""),
        Response(404, {"content-type": "text/html"}, b"<html>"),
        Response(200, {"content-type": "application/xml"}, b"<QueryResult"),
    ],
)
def test_absence_is_never_what_a_bad_answer_says(answer: Response) -> None:
    play = Play()
    play.expect(query("web"), answer, many=True)
    with pytest.raises(ExchangeError):
        play.run(play.em.named(JOB, ["web"], DEADLINE))


def test_a_read_logs_on_again_once(play: Play) -> None:
    play.expect(query("web"), play.write.error(401, "Over"))
    play.expect(LOGON_AGAIN, HTML)
    play.expect(query("web"), play.write.jobs())
    assert play.run(play.em.named(JOB, ["web"], DEADLINE)) == []
    assert play.token == "renewed"


def test_a_read_does_not_log_on_again_for_ever(play: Play) -> None:
    play.expect(query("web"), play.write.error(401, "Over"))
    play.expect(LOGON_AGAIN, HTML)
    play.expect(query("web"), play.write.error(401, "Over"))
    with pytest.raises(Unauthorized):
        play.run(play.em.named(JOB, ["web"], DEADLINE))


def test_a_read_that_cannot_log_on_again(play: Play) -> None:
    play.may_log_on_again = Unauthorized("Not any more.", "GET /api/query", 401)
    play.expect(query("web"), play.write.error(401, "Over"))
    play.expect(LOGON_AGAIN, HTML)
    with pytest.raises(Unauthorized, match="Not any more"):
        play.run(play.em.named(JOB, ["web"], DEADLINE))


def test_a_task_is_never_asked_for_in_another_session(play: Play) -> None:
    play.expect("GET /api/tasks/task-1", play.write.error(401, "Over"))
    with pytest.raises(Unauthorized):
        play.run(play.em.task(Task("task-1", "Running"), DEADLINE))


SPEC = CloneSpec("Replica", {"JobName": "new", "VmSuffix": "_r"})
CLONE = "POST /api/jobs/%s?action=clone" % GOLD.id


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_clone_is_accepted(play: Play, status: int) -> None:
    play.expect(CLONE, play.write.task("Running", status=status))
    assert play.run(play.em.clone(GOLD, SPEC, DEADLINE)) == Task("task-1", "Running", "CloneJob")
    assert play.requests[0].once
    assert play.requests[0].body


@pytest.mark.parametrize("failure", [lost, garbage, HTML, *[Response(code, {}, b"") for code in (204, 404, 500, 503)]])
def test_a_clone_is_never_sent_twice(play: Play, failure: t.Any) -> None:
    play.expect(CLONE, failure)
    with pytest.raises(ExchangeError):
        play.run(play.em.clone(GOLD, SPEC, DEADLINE))
    assert play.notes == []


@pytest.mark.parametrize("status", [401, 403, 429, 500, 502, 503, 504])
def test_a_clone_that_was_answered_is_never_sent_twice(play: Play, status: int) -> None:
    play.expect(CLONE, play.write.error(status, "No", **{"retry-after": "1"}))
    with pytest.raises(Refused):
        play.run(play.em.clone(GOLD, SPEC, DEADLINE))


def test_a_clone_is_sent_again_only_where_nothing_was_sent(play: Play) -> None:
    play.expect(CLONE, unreachable)
    play.expect(CLONE, unreachable)
    play.expect(CLONE, play.write.task("Running", status=202))
    assert play.run(play.em.clone(GOLD, SPEC, DEADLINE)).id == "task-1"


def test_a_clone_that_cannot_be_sent(play: Play) -> None:
    for _attempt in range(3):
        play.expect(CLONE, unreachable)
    with pytest.raises(NotSent):
        play.run(play.em.clone(GOLD, SPEC, DEADLINE))


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_cancellation(play: Play, status: int) -> None:
    play.expect("DELETE /api/tasks/task-1", Response(status, {}, b""))
    play.run(play.em.cancel(Task("task-1", "Running"), DEADLINE))


@pytest.mark.parametrize("status", [301, 401, 404, 500])
def test_a_refused_cancellation(play: Play, status: int) -> None:
    play.expect("DELETE /api/tasks/task-1", play.write.error(status, "No"))
    with pytest.raises(ExchangeError):
        play.run(play.em.cancel(Task("task-1", "Running"), DEADLINE))


def test_every_request_has_the_deadline(play: Play) -> None:
    play.expect(query("a;b"), play.write.jobs())
    play.expect(listing(), play.write.job_refs())
    play.run(play.em.named(JOB, ["a;b"], DEADLINE))
    assert set(play.deadlines) == {DEADLINE}
