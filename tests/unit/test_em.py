# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Enterprise Manager's calls as scripts: paging, look-ups by name that prove absence, and what is sent again."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em import query as _query
from ansible_collections.backupops.veeam.plugins.module_utils._em.task import Task
from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import Parallel, Send
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import (
    BadAnswer,
    ExchangeError,
    NotSent,
    Refused,
    Unauthorized,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.retry import READ
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Response
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job import JOB, Job
from ansible_collections.backupops.veeam.plugins.module_utils._resources.repository import REPOSITORY
from helpers.cast import other_id
from helpers.documents import HTML
from helpers.entities import DEFAULT_01, DEFAULT_02, GOLD, VBR02, WEB
from helpers.script import LOGON_AGAIN, URL, Script, garbage, listing, lost, query, unreachable, untrusted

DEADLINE = 1300.0
WEB_REF = WEB._replace(type=None, platform=None, description=None)


def job(number: int, name: str | None = None) -> Job:
    return WEB._replace(id=other_id(number), name=name or "job %d" % number)


# -- the server's time ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "at"),
    [({"date": "Tue, 06 Jan 2026 10:05:00 GMT"}, 1767693900.0), ({"date": "soon"}, None), ({}, None)],
)
def test_an_answer_with_the_time_of_the_server(script: Script, headers: dict[str, str], at: float | None) -> None:
    answer = script.write.jobs(WEB)
    script.expect(query("web"), answer._replace(headers={**answer.headers, **headers}))
    found = script.run(script.em.dated(_query.by_names(JOB, ["web"]).path(), DEADLINE, READ, JOB.read_page))
    assert [item.id for item in found.value.items] == [WEB.id]
    assert found.at == at


# -- pages ---------------------------------------------------------------------------------------------------------


def test_all_pages_are_read(script: Script) -> None:
    for page in (1, 2, 3):
        script.expect(listing(page=page), script.write.job_refs(job(2 * page), job(2 * page + 1), page=page, pages=3))
    found = script.run(script.em.all(JOB.as_references, DEADLINE))
    assert [item.id for item in found] == [other_id(number) for number in range(2, 8)]


def test_a_job_that_stands_on_two_pages_counts_once(script: Script) -> None:
    """A job made in the meantime shifts the rest, so that one comes twice."""
    script.expect(listing(page=1), script.write.job_refs(job(1), job(2), page=1, pages=2))
    script.expect(listing(page=2), script.write.job_refs(job(2), job(3), page=2, pages=2))
    assert [item.id for item in script.run(script.em.all(JOB.as_references, DEADLINE))] == [
        other_id(1),
        other_id(2),
        other_id(3),
    ]


def test_an_empty_page_that_is_the_last(script: Script) -> None:
    script.expect(query("web"), script.write.jobs())
    assert script.run(script.em.named(JOB, ["web"], DEADLINE)) == []


def test_no_pages_at_all(script: Script) -> None:
    script.expect(query("web"), script.write.jobs(pages=0))
    assert script.run(script.em.named(JOB, ["web"], DEADLINE)) == []


def test_the_same_page_again_and_again(script: Script) -> None:
    script.expect(listing(page=1), script.write.job_refs(job(1), page=1, pages=9))
    for page in range(2, 10):
        script.expect(listing(page=page), script.write.job_refs(job(1), page=page, pages=9))
    with pytest.raises(BadAnswer) as raised:
        script.run(script.em.all(JOB.as_references, DEADLINE))
    assert "page 2 of 9 brought nothing new" in raised.value.msg
    assert raised.value.permanent


def test_an_empty_page_before_the_last(script: Script) -> None:
    """It would prove an absence that is none."""
    script.expect(query("web"), script.write.jobs(page=1, pages=2))
    with pytest.raises(BadAnswer):
        script.run(script.em.named(JOB, ["web"], DEADLINE))


def test_another_page_than_asked_for(script: Script) -> None:
    script.expect(listing(page=1), script.write.job_refs(job(1), page=1, pages=2))
    script.expect(listing(page=2), script.write.job_refs(job(1), page=1, pages=2))
    with pytest.raises(BadAnswer) as raised:
        script.run(script.em.all(JOB.as_references, DEADLINE))
    assert "page 1 came for page 2" in raised.value.msg


def test_fewer_pages_than_there_were(script: Script) -> None:
    """Jobs were deleted meanwhile: what is said of pages beyond the last is nobody's business."""
    script.expect(listing(page=1), script.write.job_refs(job(1), page=1, pages=3))
    script.expect(listing(page=2), script.write.job_refs(job(2), page=2, pages=2))
    script.expect(listing(page=3), script.write.error(400, "no such page"))
    found = script.run(script.em.all(JOB.as_references, DEADLINE))
    assert [item.id for item in found] == [other_id(1), other_id(2)]


def test_more_pages_than_there_were(script: Script) -> None:
    script.expect(listing(page=1), script.write.job_refs(job(1), page=1, pages=2))
    script.expect(listing(page=2), script.write.job_refs(job(2), page=2, pages=3))
    script.expect(listing(page=3), script.write.job_refs(job(3), page=3, pages=3))
    assert len(script.run(script.em.all(JOB.as_references, DEADLINE))) == 3


def test_no_page_is_asked_for_after_one_that_failed(script: Script) -> None:
    script.expect(listing(page=1), script.write.job_refs(job(1), page=1, pages=500))
    script.expect(listing(page=2), script.write.error(403, "Access denied"))
    with pytest.raises(Refused):
        script.run(script.em.all(JOB.as_references, DEADLINE))


def test_pages_are_in_flight_together() -> None:
    """The first says how many there are; the others are asked for side by side, a handful at a time."""
    flow = Script().em.all(JOB.as_references, DEADLINE)
    assert isinstance(next(flow), Send)
    effect = flow.send(Script().write.job_refs(job(1), page=1, pages=30))
    assert isinstance(effect, Parallel)
    assert (len(effect.starts), effect.max_parallel) == (29, _query.PAGES_AT_ONCE)


def test_items_are_kept_as_the_caller_wants_them(script: Script) -> None:
    script.expect(listing(page=1), script.write.job_refs(job(1), job(2), page=1, pages=2))
    script.expect(listing(page=2), script.write.job_refs(job(2), job(3), page=2, pages=2))
    everything = _query.listing(JOB.as_references)
    assert script.run(script.em.query(everything, DEADLINE, keep=lambda item: item.name)) == ["job 1", "job 2", "job 3"]


def test_endless_pages_end() -> None:
    """Every page brings something new and promises one more."""
    script = Script()
    for page in range(1, _query.MAX_PAGES + 1):
        script.expect(listing(page=page), script.write.job_refs(job(page), page=page, pages=page + 1))
    with pytest.raises(BadAnswer) as raised:
        script.run(script.em.all(JOB.as_references, DEADLINE))
    assert "more than 1000 pages" in raised.value.msg


def test_endless_pages_end_with_the_deadline() -> None:
    script = Script(request_timeout=30)
    for page in range(1, 12):
        script.expect(listing(page=page), script.write.job_refs(job(page), page=page, pages=99), takes=29)
    with pytest.raises(NotSent):
        script.run(script.em.all(JOB.as_references, DEADLINE))
    assert script.clock() <= DEADLINE


# -- every item, kept by nobody ------------------------------------------------------------------------------------

MANY = _query.Query(JOB.as_references, "", "sortDesc=CreationTime", 2000)


def many(size: int, page: int) -> str:
    return "GET /api/query?type=Job&sortDesc=CreationTime&pageSize=%d&page=%d" % (size, page)


def each(script: Script, query: _query.Query = MANY) -> list[str]:
    taken: list[str] = []
    script.run(script.em.each(query, DEADLINE, lambda item: taken.append(item.id)))
    return taken


def sized(answer: Response, size: int) -> Response:
    """The same with another PageSize."""
    body = answer.body.replace(b'PageSize="100"', b'PageSize="%d"' % size)
    for key in (b'"PageSize": ', b'"pageSize": '):
        body = body.replace(key + b"100", key + b"%d" % size)
    assert size == 100 or body != answer.body
    return answer._replace(body=body)


def test_each_item_is_handed_over(script: Script) -> None:
    for page in (1, 2, 3):
        answer = script.write.job_refs(job(2 * page), job(2 * page + 1), page=page, pages=3)
        script.expect(many(2000, page), sized(answer, 2000))
    assert each(script) == [other_id(number) for number in range(2, 8)]


def test_a_server_that_answers_smaller_pages_is_asked_for_those(script: Script) -> None:
    script.expect(many(2000, 1), script.write.job_refs(job(1), page=1, pages=2))
    script.expect(many(100, 2), script.write.job_refs(job(2), page=2, pages=2))
    assert each(script) == [other_id(1), other_id(2)]


@pytest.mark.parametrize("status", [400, 500])
def test_a_server_that_refuses_large_pages_is_asked_for_small_ones(script: Script, status: int) -> None:
    script.expect(many(2000, 1), script.write.error(status, "Page size"), many=True)
    script.expect(many(100, 1), script.write.job_refs(job(1), page=1, pages=1))
    assert each(script) == [other_id(1)]


def test_what_is_refused_for_something_else_is_not_asked_twice(script: Script) -> None:
    script.expect(many(2000, 1), script.write.error(403, "Access denied"))
    with pytest.raises(Refused):
        each(script)


def test_small_pages_that_are_refused_are_refused(script: Script) -> None:
    script.expect(many(2000, 1), script.write.error(400, "Filter"))
    script.expect(many(100, 1), script.write.error(400, "Filter"))
    with pytest.raises(Refused):
        each(script)


def test_pages_that_come_meanwhile_are_read_too(script: Script) -> None:
    """What is made pushes others to later pages; what goes away leaves fewer."""
    script.expect(many(2000, 1), sized(script.write.job_refs(job(1), page=1, pages=2), 2000))
    script.expect(many(2000, 2), sized(script.write.job_refs(job(1), page=2, pages=3), 2000))
    script.expect(many(2000, 3), sized(script.write.job_refs(page=3, pages=2), 2000))
    assert each(script) == [other_id(1), other_id(1)]


def test_an_empty_page_before_the_last_is_an_error(script: Script) -> None:
    script.expect(many(2000, 1), sized(script.write.job_refs(job(1), page=1, pages=3), 2000))
    script.expect(many(2000, 2), sized(script.write.job_refs(page=2, pages=3), 2000))
    script.expect(many(2000, 3), sized(script.write.job_refs(job(3), page=3, pages=3), 2000))
    with pytest.raises(BadAnswer, match="page 2 of 3 brought nothing new"):
        each(script)


def test_a_page_that_fails_is_an_error_and_the_others_are_not_asked_for(script: Script) -> None:
    script.expect(many(2000, 1), sized(script.write.job_refs(job(1), page=1, pages=9), 2000))
    script.expect(many(2000, 2), script.write.error(403, "Access denied"))
    with pytest.raises(Refused):
        each(script)


def test_what_is_handed_over_may_say_that_it_was_not_asked_for(script: Script) -> None:
    class NotThat(Exception):
        pass

    def refuse(item: t.Any) -> None:
        raise NotThat

    script.expect(many(2000, 1), sized(script.write.job_refs(job(1), page=1, pages=9), 2000))
    with pytest.raises(NotThat):
        script.run(script.em.each(MANY, DEADLINE, refuse))


# -- names ---------------------------------------------------------------------------------------------------------


def test_one_query_finds_source_and_target(script: Script) -> None:
    script.expect(query("TPL Gold", "web-prod-daily"), script.write.jobs(GOLD, WEB))
    assert script.run(script.em.named(JOB, ["TPL Gold", "web-prod-daily"], DEADLINE)) == [GOLD, WEB]


def test_names_compare_exactly(script: Script) -> None:
    """A server may compare without case, or like SQL without blanks at the end."""
    near = [job(1, "TPL GOLD"), job(2, "TPL Gold "), job(3, " TPL Gold"), job(4, "TPL"), job(5, "tpl gold")]
    script.expect(query("TPL Gold"), script.write.jobs(*near))
    assert script.run(script.em.named(JOB, ["TPL Gold"], DEADLINE)) == []


def test_a_job_of_the_name_is_found_among_near_ones(script: Script) -> None:
    script.expect(query("TPL Gold"), script.write.jobs(job(1, "TPL GOLD"), GOLD))
    assert script.run(script.em.named(JOB, ["TPL Gold"], DEADLINE)) == [GOLD]


def test_the_same_name_on_two_servers(script: Script) -> None:
    other = GOLD._replace(id=other_id(1), server=VBR02)
    script.expect(query("TPL Gold"), script.write.jobs(GOLD, other))
    assert script.run(script.em.named(JOB, ["TPL Gold"], DEADLINE)) == [GOLD, other]


def test_an_unusual_name_that_the_filter_finds(script: Script) -> None:
    odd = job(1, "a;b,(c)")
    script.expect(query("a;b,(c)"), script.write.jobs(odd))
    assert script.run(script.em.named(JOB, ["a;b,(c)"], DEADLINE)) == [odd]


def test_an_unusual_name_that_the_filter_does_not_find(script: Script) -> None:
    """How EM reads unusual characters in a filter is not known: only the listing proves absence."""
    odd = job(1, "a;b,(c)")
    script.expect(query("a;b,(c)"), script.write.jobs(job(2, "a")))
    script.expect(listing(), script.write.job_refs(job(2, "a"), odd))
    script.expect(f"GET /api/jobs/{odd.id}?format=Entity", script.write.job(odd))
    assert script.run(script.em.named(JOB, ["a;b,(c)"], DEADLINE)) == [odd]


@pytest.mark.parametrize("status", [400, 500])
def test_an_unusual_name_that_the_filter_chokes_on(script: Script, status: int) -> None:
    odd = job(1, "50%")
    script.expect(query("50%"), script.write.error(status, "Bad filter"), many=True)
    script.expect(listing(), script.write.job_refs(odd))
    script.expect(f"GET /api/jobs/{odd.id}?format=Entity", script.write.job(odd))
    assert script.run(script.em.named(JOB, ["50%"], DEADLINE)) == [odd]


def test_a_plain_name_beside_an_unusual_one_is_in_doubt_too(script: Script) -> None:
    script.expect(query("web", "a;b"), script.write.jobs())
    script.expect(listing(), script.write.job_refs(job(1, "web")))
    script.expect(f"GET /api/jobs/{other_id(1)}?format=Entity", script.write.job(job(1, "web")))
    assert script.run(script.em.named(JOB, ["a;b", "web"], DEADLINE)) == [job(1, "web")]


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_refusal_is_no_absence(script: Script, status: int) -> None:
    script.expect(query("web"), script.write.error(status, "No"), many=True)
    with pytest.raises(Refused) as raised:
        script.run(script.em.named(JOB, ["web"], DEADLINE))
    assert raised.value.status == status


@pytest.mark.parametrize("status", [403, 404, 503])
def test_only_a_choked_filter_leads_to_the_listing(script: Script, status: int) -> None:
    script.expect(query("a;b"), script.write.error(status, "No"), many=True)
    with pytest.raises(Refused):
        script.run(script.em.named(JOB, ["a;b"], DEADLINE))


def test_a_refused_listing_is_no_absence(script: Script) -> None:
    script.expect(listing(), script.write.error(404, "No"))
    with pytest.raises(Refused):
        script.run(script.em.named(JOB, ['a"b'], DEADLINE))


def test_a_name_with_a_quote_goes_to_the_listing_at_once(script: Script) -> None:
    odd = job(1, 'say "x"')
    script.expect(listing(), script.write.job_refs(odd, job(2)))
    script.expect(f"GET /api/jobs/{odd.id}?format=Entity", script.write.job(odd))
    assert script.run(script.em.named(JOB, ['say "x"'], DEADLINE)) == [odd]


def test_unusual_names_are_listed_once(script: Script) -> None:
    script.expect(query("a", "b"), script.write.jobs(job(1, "a"), job(2, "b")))
    script.expect(query("c;", "d;"), script.write.jobs(job(3, "c;")))
    script.expect(listing(), script.write.job_refs(job(1, "a"), job(3, "c;")))
    found = script.run(script.em.named(JOB, ["a", "c;", "b", "d;"], DEADLINE))
    assert {item.name for item in found} == {"a", "b", "c;"}


def test_no_names_no_request(script: Script) -> None:
    assert script.run(script.em.named(JOB, [], DEADLINE)) == []


def test_repositories_are_read_as_references(script: Script) -> None:
    script.expect(
        query("Default Backup Repository", kind="Repository", entities=False),
        script.write.repositories(DEFAULT_01, DEFAULT_02),
    )
    assert script.run(script.em.named(REPOSITORY, [DEFAULT_01.name], DEADLINE)) == [DEFAULT_01, DEFAULT_02]


def test_an_unusual_repository_name_needs_no_second_read(script: Script) -> None:
    odd = DEFAULT_01._replace(name="a&b")
    script.expect(query("a&b", kind="Repository", entities=False), script.write.repositories())
    script.expect(listing("Repository"), script.write.repositories(odd, DEFAULT_02))
    assert script.run(script.em.named(REPOSITORY, ["a&b"], DEADLINE)) == [odd]


# -- single resources ----------------------------------------------------------------------------------------------


def test_single_resources(script: Script) -> None:
    script.expect(f"GET /api/jobs/{GOLD.id}?format=Entity", script.write.job(GOLD))
    script.expect("GET /api/repositories/" + DEFAULT_01.id, script.write.repository(DEFAULT_01))
    assert script.run(script.em.one(JOB, GOLD.id, DEADLINE), complete=False) == GOLD
    assert script.run(script.em.one(REPOSITORY, DEFAULT_01.id, DEADLINE)) == DEFAULT_01


def test_an_href_is_on_the_host_and_port_of_the_user(script: Script) -> None:
    assert script.em.href(GOLD.path) == f"{URL}/api/jobs/{GOLD.id}"


def test_another_task_is_not_believed(script: Script) -> None:
    script.expect("GET /api/tasks/task-1", script.write.task("Finished", True, "Ok", task_id="task-2"))
    with pytest.raises(BadAnswer) as raised:
        script.run(script.em.task(Task("task-1", "Running"), DEADLINE))
    assert "another task" in raised.value.msg


# -- what is asked again -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [lost, unreachable, garbage, HTML])
def test_a_read_is_asked_again(script: Script, failure: t.Any) -> None:
    script.expect(query("web"), failure)
    script.expect(query("web"), failure)
    script.expect(query("web"), script.write.jobs(job(1, "web")))
    assert script.run(script.em.named(JOB, ["web"], DEADLINE)) == [job(1, "web")]
    assert len(script.notes) == 2
    assert len(script.pauses) == 2


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_read_is_asked_again_after_a_status(script: Script, status: int) -> None:
    script.expect(query("web"), script.write.error(status, "Busy"))
    script.expect(query("web"), script.write.jobs())
    assert script.run(script.em.named(JOB, ["web"], DEADLINE)) == []


@pytest.mark.parametrize("failure", [lost, unreachable, garbage, HTML])
def test_a_read_is_not_asked_for_ever(script: Script, failure: t.Any) -> None:
    for _attempt in range(4):
        script.expect(query("web"), failure)
    with pytest.raises(ExchangeError):
        script.run(script.em.named(JOB, ["web"], DEADLINE))


def test_what_cannot_be_mended_is_not_asked_again(script: Script) -> None:
    script.expect(query("web"), untrusted)
    with pytest.raises(NotSent):
        script.run(script.em.named(JOB, ["web"], DEADLINE))


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
    script = Script()
    script.expect(query("web"), answer, many=True)
    with pytest.raises(ExchangeError):
        script.run(script.em.named(JOB, ["web"], DEADLINE))


def test_a_read_logs_on_again_once(script: Script) -> None:
    script.expect(query("web"), script.write.error(401, "Over"))
    script.expect(LOGON_AGAIN, HTML)
    script.expect(query("web"), script.write.jobs())
    assert script.run(script.em.named(JOB, ["web"], DEADLINE)) == []
    assert script.token == "renewed"


def test_a_read_does_not_log_on_again_for_ever(script: Script) -> None:
    script.expect(query("web"), script.write.error(401, "Over"))
    script.expect(LOGON_AGAIN, HTML)
    script.expect(query("web"), script.write.error(401, "Over"))
    with pytest.raises(Unauthorized):
        script.run(script.em.named(JOB, ["web"], DEADLINE))


def test_a_read_that_cannot_log_on_again(script: Script) -> None:
    script.may_log_on_again = Unauthorized("Not any more.", "GET /api/query", 401)
    script.expect(query("web"), script.write.error(401, "Over"))
    script.expect(LOGON_AGAIN, HTML)
    with pytest.raises(Unauthorized, match="Not any more"):
        script.run(script.em.named(JOB, ["web"], DEADLINE))


def test_a_task_is_never_asked_for_in_another_session(script: Script) -> None:
    script.expect("GET /api/tasks/task-1", script.write.error(401, "Over"))
    with pytest.raises(Unauthorized):
        script.run(script.em.task(Task("task-1", "Running"), DEADLINE))


CLONE = f"POST /api/jobs/{GOLD.id}?action=clone"


def send_clone(script: Script) -> t.Any:
    """A request that changes something."""
    return script.run(script.em.order("POST", f"{GOLD.path}?action=clone", "new", DEADLINE, b"a body"))


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_clone_is_accepted(script: Script, status: int) -> None:
    script.expect(CLONE, script.write.task("Running", status=status))
    assert send_clone(script) == Task("task-1", "Running", "CloneJob")
    assert script.requests[0].once
    assert script.requests[0].body


@pytest.mark.parametrize("failure", [lost, garbage, HTML, *[Response(code, {}, b"") for code in (204, 404, 500, 503)]])
def test_a_clone_is_never_sent_twice(script: Script, failure: t.Any) -> None:
    script.expect(CLONE, failure)
    with pytest.raises(ExchangeError):
        send_clone(script)
    assert script.notes == []


@pytest.mark.parametrize("status", [401, 403, 429, 500, 502, 503, 504])
def test_a_clone_that_was_answered_is_never_sent_twice(script: Script, status: int) -> None:
    script.expect(CLONE, script.write.error(status, "No", **{"retry-after": "1"}))
    with pytest.raises(Refused):
        send_clone(script)


def test_a_clone_is_sent_again_only_where_nothing_was_sent(script: Script) -> None:
    script.expect(CLONE, unreachable)
    script.expect(CLONE, unreachable)
    script.expect(CLONE, script.write.task("Running", status=202))
    assert send_clone(script).id == "task-1"


def test_a_clone_that_cannot_be_sent(script: Script) -> None:
    for _attempt in range(3):
        script.expect(CLONE, unreachable)
    with pytest.raises(NotSent):
        send_clone(script)


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_cancellation(script: Script, status: int) -> None:
    script.expect("DELETE /api/tasks/task-1", Response(status, {}, b""))
    script.run(script.em.cancel(Task("task-1", "Running"), DEADLINE))


@pytest.mark.parametrize("status", [301, 401, 404, 500])
def test_a_refused_cancellation(script: Script, status: int) -> None:
    script.expect("DELETE /api/tasks/task-1", script.write.error(status, "No"))
    with pytest.raises(ExchangeError):
        script.run(script.em.cancel(Task("task-1", "Running"), DEADLINE))


def test_every_request_has_the_deadline(script: Script) -> None:
    script.expect(query("a;b"), script.write.jobs())
    script.expect(listing(), script.write.job_refs())
    script.run(script.em.named(JOB, ["a;b"], DEADLINE))
    assert set(script.deadlines) == {DEADLINE}
