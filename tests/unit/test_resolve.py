# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From names to plans, as scripts: nothing is read that is not needed, and one item's trouble is its own."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._clone.plan import CloneRequest, Plan
from ansible_collections.backupops.veeam.plugins.module_utils._clone.resolve import Existing, Resolved, resolve
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import (
    ExchangeError,
    Forbidden,
    NotFound,
    OptionError,
    Refused,
    VeeamError,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Response

from .harness import (
    COPY,
    DEFAULT_01,
    DEFAULT_02,
    GOLD,
    HTML,
    REPLICA,
    S3_OFFSITE,
    VBR02,
    WEB,
    Play,
    clone_request,
    listing,
    lost,
    other_id,
    query,
)

REPOSITORY = query("Default Backup Repository", kind="Repository", entities=False)
DEADLINE = 1300.0
GET_GOLD = "GET /api/jobs/%s?format=Entity" % GOLD.id


def request(name: str = "new", source: str = "TPL Gold", place: str = "", **options: t.Any) -> CloneRequest:
    given = {"repository": "Default Backup Repository", **options}
    return clone_request(name, source, place=place, explicit=frozenset((*options, "name", "source_job")), **given)


def run(play: Play, *requests: CloneRequest) -> list[Resolved]:
    result: list[Resolved] = play.run(resolve(play.em, requests, DEADLINE))
    assert len(result) == len(requests)
    return result


def error(resolved: Resolved, kind: type[VeeamError]) -> str:
    assert resolved.__class__ is kind, resolved
    return t.cast(VeeamError, resolved).msg


# -- nothing more than is needed -----------------------------------------------------------------------------------


def test_a_clone_by_names_takes_two_queries(play: Play) -> None:
    play.expect(query("TPL Gold", "new"), play.write.jobs(GOLD))
    play.expect(REPOSITORY, play.write.repositories(DEFAULT_01, DEFAULT_02))
    (plan,) = run(play, request())
    assert isinstance(plan, Plan)
    assert (plan.source, plan.spec.values["RepositoryUid"]) == (GOLD, DEFAULT_01.uid)


def test_a_skip_takes_one_query(play: Play) -> None:
    play.expect(query("TPL Gold", WEB.name), play.write.jobs(GOLD, WEB))
    wanted = request(WEB.name)
    assert run(play, wanted) == [Existing(wanted, GOLD, WEB)]


def test_a_replica_needs_no_repository(play: Play) -> None:
    play.expect(query("TPL Replica", "new"), play.write.jobs(REPLICA))
    wanted = clone_request("new", "TPL Replica", explicit=frozenset(("name", "source_job")))
    assert isinstance(run(play, wanted)[0], Plan)


@pytest.mark.parametrize("source", [GOLD.id, GOLD.id.upper(), GOLD.uid, "https://elsewhere/api/jobs/%s?x=1" % GOLD.id])
def test_a_source_by_id(play: Play, source: str) -> None:
    play.expect(GET_GOLD, play.write.job(GOLD))
    play.expect(query("new"), play.write.jobs())
    play.expect(REPOSITORY, play.write.repositories(DEFAULT_01))
    (plan,) = run(play, request(source=source))
    assert isinstance(plan, Plan)
    assert plan.source == GOLD


@pytest.mark.parametrize("repository", [DEFAULT_01.id, DEFAULT_01.uid, "/api/repositories/" + DEFAULT_01.id])
def test_a_repository_by_id(play: Play, repository: str) -> None:
    play.expect(query("TPL Gold", "new"), play.write.jobs(GOLD))
    play.expect("GET /api/repositories/" + DEFAULT_01.id, play.write.repository(DEFAULT_01))
    (plan,) = run(play, request(repository=repository))
    assert isinstance(plan, Plan)


def test_many_at_once(play: Play) -> None:
    """Sources once, names together, each repository once, and none for what is there already."""
    wanted = [
        request("a"),
        request("b", repository=DEFAULT_01.id),
        request(WEB.name),
        request("c", "Copy to Offsite"),
        request("d", GOLD.uid),
    ]
    play.expect(GET_GOLD, play.write.job(GOLD))
    play.expect(query("TPL Gold", "Copy to Offsite", "a", "b", WEB.name, "c", "d"), play.write.jobs(GOLD, COPY, WEB))
    play.expect("GET /api/repositories/" + DEFAULT_01.id, play.write.repository(DEFAULT_01))
    play.expect(REPOSITORY, play.write.repositories(DEFAULT_01, DEFAULT_02))
    result = run(play, *wanted)
    assert [type(item) for item in result] == [Plan, Plan, Existing, Plan, Plan]
    uids = [item.spec.values["RepositoryUid"] for item in result if isinstance(item, Plan)]
    assert uids == [DEFAULT_01.uid, DEFAULT_01.uid, DEFAULT_02.uid, DEFAULT_01.uid]


def test_the_source_is_the_target(play: Play) -> None:
    """Its own name on its own server is taken: nothing to do."""
    play.expect(query("TPL Gold"), play.write.jobs(GOLD))
    wanted = request("TPL Gold")
    assert run(play, wanted) == [Existing(wanted, GOLD, GOLD)]


# -- one item's trouble --------------------------------------------------------------------------------------------


def test_errors_stand_in_their_place(play: Play) -> None:
    wanted = [
        request("a", "TPL Iron", "clones, item 1: "),
        request("b", place="clones, item 2: "),
        request("c", place="clones, item 3: ", repository="S3 Offsite"),
        request("d", place="clones, item 4: ", vm_suffix="_x"),
    ]
    play.expect(query("TPL Iron", "TPL Gold", "a", "b", "c", "d"), play.write.jobs(GOLD))
    play.expect(listing(), play.write.job_refs(GOLD, COPY))
    play.expect(
        query("Default Backup Repository", "S3 Offsite", kind="Repository", entities=False),
        play.write.repositories(DEFAULT_01, DEFAULT_02, S3_OFFSITE),
    )
    first, second, third, fourth = run(play, *wanted)
    assert error(first, NotFound).startswith('clones, item 1: source_job: there is no job "TPL Iron".')
    assert isinstance(second, Plan)
    assert error(third, NotFound).startswith('clones, item 3: repository: repository "S3 Offsite" is on ' + VBR02.name)
    assert error(fourth, OptionError).startswith("clones, item 4: vm_suffix: ")


@pytest.mark.parametrize("status", [400, 404])
def test_an_id_that_em_does_not_know(play: Play, status: int) -> None:
    wanted = [
        request("a", GOLD.id, "clones, item 1: "),
        request("b", COPY.id, "clones, item 2: "),
        request("c", GOLD.id, "clones, item 3: "),
    ]
    play.expect(GET_GOLD, play.write.error(status, "Cannot find job [x]"))
    play.expect("GET /api/jobs/%s?format=Entity" % COPY.id, play.write.job(COPY))
    play.expect(query("a", "b", "c"), play.write.jobs())
    play.expect(REPOSITORY, play.write.repositories(DEFAULT_01, DEFAULT_02))
    first, second, third = run(play, *wanted)
    for place, item in (("1", first), ("3", third)):
        message = error(item, ExchangeError)
        assert message.startswith("clones, item %s: source_job: there is no job with id %s" % (place, GOLD.id))
        assert "Cannot find job [x]" in message
    assert isinstance(second, Plan)
    assert t.cast(VeeamError, first).result()["error"] == {
        "request": GET_GOLD.partition("?")[0],
        "status": status,
        "message": "Cannot find job [x]",
    }


@pytest.mark.parametrize("status", [400, 404])
def test_a_repository_id_that_em_does_not_know(play: Play, status: int) -> None:
    wanted = [
        request("a", place="clones, item 1: ", repository=S3_OFFSITE.id),
        request("b", place="clones, item 2: "),
        request("c", place="clones, item 3: ", repository=S3_OFFSITE.id),
    ]
    play.expect(query("TPL Gold", "a", "b", "c"), play.write.jobs(GOLD))
    play.expect("GET /api/repositories/" + S3_OFFSITE.id, play.write.error(status, "Cannot find"))
    play.expect(REPOSITORY, play.write.repositories(DEFAULT_01))
    first, second, third = run(play, *wanted)
    for place, item in (("1", first), ("3", third)):
        message = error(item, ExchangeError)
        assert message.startswith("clones, item %s: repository: there is no repository with id" % place)
    assert isinstance(second, Plan)


def test_what_looks_like_the_source(play: Play) -> None:
    play.expect(query("TPL Golb", "new"), play.write.jobs())
    play.expect(listing(), play.write.job_refs(GOLD, COPY))
    assert '"TPL Gold"' in error(run(play, request(source="TPL Golb"))[0], NotFound)


@pytest.mark.parametrize("answer", [Response(403, {}, b""), Response(404, {}, b"")])
def test_a_hint_that_cannot_be_had_is_left_out(play: Play, answer: Response) -> None:
    """The failure of a courtesy is not the failure to report."""
    play.expect(query("TPL Golb", "new"), play.write.jobs())
    play.expect(listing(), answer)
    assert 'there is no job "TPL Golb".' in error(run(play, request(source="TPL Golb"))[0], NotFound)


def test_what_looks_like_the_repository(play: Play) -> None:
    play.expect(query("TPL Gold", "new"), play.write.jobs(GOLD))
    play.expect(query("Default", kind="Repository", entities=False), play.write.repositories())
    play.expect(listing("Repository"), play.write.repositories(DEFAULT_01, S3_OFFSITE))
    message = error(run(play, request(repository="Default"))[0], NotFound)
    assert '"Default Backup Repository"' in message
    assert "S3 Offsite" not in message


def test_a_repository_hint_that_cannot_be_had_is_left_out(play: Play) -> None:
    play.expect(query("TPL Gold", "new"), play.write.jobs(GOLD))
    play.expect(query("Default", kind="Repository", entities=False), play.write.repositories())
    play.expect(listing("Repository"), Response(403, {}, b""))
    assert "there is no repository" in error(run(play, request(repository="Default"))[0], NotFound)


# -- everybody's trouble -------------------------------------------------------------------------------------------


def test_a_role_that_may_not_read_jobs(play: Play) -> None:
    play.expect(query("TPL Gold", "new"), play.write.error(403, "Access denied"))
    with pytest.raises(Forbidden, match="Portal Administrator"):
        run(play, request())


def test_a_server_that_breaks_down(play: Play) -> None:
    play.expect(query("TPL Gold", "new"), play.write.jobs(GOLD))
    play.expect(REPOSITORY, lost, many=True)
    with pytest.raises(ExchangeError):
        run(play, request())


@pytest.mark.parametrize(
    "answer", [HTML._replace(status=404), Response(404, {}, b""), Response(404, {}, b'{"message": "no route"}')]
)
def test_somebody_elses_404_does_not_mean_that_a_job_is_unknown(play: Play, answer: Response) -> None:
    play.expect(GET_GOLD, answer)
    with pytest.raises(Refused):
        run(play, request(source=GOLD.id))


@pytest.mark.parametrize("status", [403, 405, 500])
def test_another_refusal_does_not_mean_that_a_job_is_unknown(play: Play, status: int) -> None:
    play.expect(GET_GOLD, play.write.error(status, "No"), many=True)
    with pytest.raises(Refused):
        run(play, request(source=GOLD.id))


def test_another_job_than_asked_for(play: Play) -> None:
    """Whatever the server says: a job of another id is not the source."""
    play.expect(GET_GOLD, play.write.job(COPY))
    play.expect(query("new"), play.write.jobs())
    play.expect(listing(), play.write.job_refs())
    assert "there is no job" in error(run(play, request(source=GOLD.id))[0], NotFound)


def test_another_repository_than_asked_for(play: Play) -> None:
    play.expect(query("TPL Gold", "new"), play.write.jobs(GOLD))
    play.expect("GET /api/repositories/" + S3_OFFSITE.id, play.write.repository(DEFAULT_01))
    assert "there is no repository" in error(run(play, request(repository=S3_OFFSITE.id))[0], NotFound)


def test_a_target_that_is_there_twice(play: Play) -> None:
    twin = WEB._replace(id=other_id(1))
    play.expect(query("TPL Gold", WEB.name), play.write.jobs(GOLD, WEB, twin))
    assert twin.id in error(run(play, request(WEB.name))[0], NotFound)
