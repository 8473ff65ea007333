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
from helpers.cast import other_id
from helpers.documents import HTML
from helpers.entities import COPY, DEFAULT_01, DEFAULT_02, GOLD, REPLICA, S3_OFFSITE, VBR02, WEB, clone_request
from helpers.script import Script, listing, lost, query

REPOSITORY = query("Default Backup Repository", kind="Repository", entities=False)
DEADLINE = 1300.0
GET_GOLD = f"GET /api/jobs/{GOLD.id}?format=Entity"


def request(name: str = "new", source: str = "TPL Gold", place: str = "", **options: t.Any) -> CloneRequest:
    given = {"repository": "Default Backup Repository", **options}
    return clone_request(name, source, place=place, explicit=frozenset((*options, "name", "source_job")), **given)


def run(script: Script, *requests: CloneRequest) -> list[Resolved]:
    result: list[Resolved] = script.run(resolve(script.em, requests, DEADLINE))
    assert len(result) == len(requests)
    return result


def error(resolved: Resolved, kind: type[VeeamError]) -> str:
    assert resolved.__class__ is kind, resolved
    return t.cast(VeeamError, resolved).msg


# -- nothing more than is needed -----------------------------------------------------------------------------------


def test_a_clone_by_names_takes_two_queries(script: Script) -> None:
    script.expect(query("TPL Gold", "new"), script.write.jobs(GOLD))
    script.expect(REPOSITORY, script.write.repositories(DEFAULT_01, DEFAULT_02))
    (plan,) = run(script, request())
    assert isinstance(plan, Plan)
    assert (plan.source, plan.spec.values["RepositoryUid"]) == (GOLD, DEFAULT_01.uid)


def test_a_skip_takes_one_query(script: Script) -> None:
    script.expect(query("TPL Gold", WEB.name), script.write.jobs(GOLD, WEB))
    wanted = request(WEB.name)
    assert run(script, wanted) == [Existing(wanted, GOLD, WEB)]


def test_a_replica_needs_no_repository(script: Script) -> None:
    script.expect(query("TPL Replica", "new"), script.write.jobs(REPLICA))
    wanted = clone_request("new", "TPL Replica", explicit=frozenset(("name", "source_job")))
    assert isinstance(run(script, wanted)[0], Plan)


@pytest.mark.parametrize("source", [GOLD.id, GOLD.id.upper(), GOLD.uid, f"https://elsewhere/api/jobs/{GOLD.id}?x=1"])
def test_a_source_by_id(script: Script, source: str) -> None:
    script.expect(GET_GOLD, script.write.job(GOLD))
    script.expect(query("new"), script.write.jobs())
    script.expect(REPOSITORY, script.write.repositories(DEFAULT_01))
    (plan,) = run(script, request(source=source))
    assert isinstance(plan, Plan)
    assert plan.source == GOLD


@pytest.mark.parametrize("repository", [DEFAULT_01.id, DEFAULT_01.uid, "/api/repositories/" + DEFAULT_01.id])
def test_a_repository_by_id(script: Script, repository: str) -> None:
    script.expect(query("TPL Gold", "new"), script.write.jobs(GOLD))
    script.expect("GET /api/repositories/" + DEFAULT_01.id, script.write.repository(DEFAULT_01))
    (plan,) = run(script, request(repository=repository))
    assert isinstance(plan, Plan)


def test_many_at_once(script: Script) -> None:
    """Sources once, names together, each repository once, and none for what is there already."""
    wanted = [
        request("a"),
        request("b", repository=DEFAULT_01.id),
        request(WEB.name),
        request("c", "Copy to Offsite"),
        request("d", GOLD.uid),
    ]
    script.expect(GET_GOLD, script.write.job(GOLD))
    script.expect(
        query("TPL Gold", "Copy to Offsite", "a", "b", WEB.name, "c", "d"), script.write.jobs(GOLD, COPY, WEB)
    )
    script.expect("GET /api/repositories/" + DEFAULT_01.id, script.write.repository(DEFAULT_01))
    script.expect(REPOSITORY, script.write.repositories(DEFAULT_01, DEFAULT_02))
    result = run(script, *wanted)
    assert [type(item) for item in result] == [Plan, Plan, Existing, Plan, Plan]
    uids = [item.spec.values["RepositoryUid"] for item in result if isinstance(item, Plan)]
    assert uids == [DEFAULT_01.uid, DEFAULT_01.uid, DEFAULT_02.uid, DEFAULT_01.uid]


def test_the_source_is_the_target(script: Script) -> None:
    """Its own name on its own server is taken: nothing to do."""
    script.expect(query("TPL Gold"), script.write.jobs(GOLD))
    wanted = request("TPL Gold")
    assert run(script, wanted) == [Existing(wanted, GOLD, GOLD)]


# -- one item's trouble --------------------------------------------------------------------------------------------


def test_errors_stand_in_their_place(script: Script) -> None:
    wanted = [
        request("a", "TPL Iron", "clones, item 1: "),
        request("b", place="clones, item 2: "),
        request("c", place="clones, item 3: ", repository="S3 Offsite"),
        request("d", place="clones, item 4: ", vm_suffix="_x"),
    ]
    script.expect(query("TPL Iron", "TPL Gold", "a", "b", "c", "d"), script.write.jobs(GOLD))
    script.expect(listing(), script.write.job_refs(GOLD, COPY))
    script.expect(
        query("Default Backup Repository", "S3 Offsite", kind="Repository", entities=False),
        script.write.repositories(DEFAULT_01, DEFAULT_02, S3_OFFSITE),
    )
    first, second, third, fourth = run(script, *wanted)
    assert error(first, NotFound).startswith('clones, item 1: source_job: there is no job "TPL Iron".')
    assert isinstance(second, Plan)
    assert error(third, NotFound).startswith('clones, item 3: repository: repository "S3 Offsite" is on ' + VBR02.name)
    assert error(fourth, OptionError).startswith("clones, item 4: vm_suffix: ")


@pytest.mark.parametrize("status", [400, 404])
def test_an_id_that_em_does_not_know(script: Script, status: int) -> None:
    wanted = [
        request("a", GOLD.id, "clones, item 1: "),
        request("b", COPY.id, "clones, item 2: "),
        request("c", GOLD.id, "clones, item 3: "),
    ]
    script.expect(GET_GOLD, script.write.error(status, "Cannot find job [x]"))
    script.expect(f"GET /api/jobs/{COPY.id}?format=Entity", script.write.job(COPY))
    script.expect(query("a", "b", "c"), script.write.jobs())
    script.expect(REPOSITORY, script.write.repositories(DEFAULT_01, DEFAULT_02))
    first, second, third = run(script, *wanted)
    for place, item in (("1", first), ("3", third)):
        message = error(item, ExchangeError)
        assert message.startswith(f"clones, item {place}: source_job: there is no job with id {GOLD.id}")
        assert "Cannot find job [x]" in message
    assert isinstance(second, Plan)
    assert t.cast(VeeamError, first).result()["error"] == {
        "request": GET_GOLD.partition("?")[0],
        "status": status,
        "message": "Cannot find job [x]",
    }


@pytest.mark.parametrize("status", [400, 404])
def test_a_repository_id_that_em_does_not_know(script: Script, status: int) -> None:
    wanted = [
        request("a", place="clones, item 1: ", repository=S3_OFFSITE.id),
        request("b", place="clones, item 2: "),
        request("c", place="clones, item 3: ", repository=S3_OFFSITE.id),
    ]
    script.expect(query("TPL Gold", "a", "b", "c"), script.write.jobs(GOLD))
    script.expect("GET /api/repositories/" + S3_OFFSITE.id, script.write.error(status, "Cannot find"))
    script.expect(REPOSITORY, script.write.repositories(DEFAULT_01))
    first, second, third = run(script, *wanted)
    for place, item in (("1", first), ("3", third)):
        message = error(item, ExchangeError)
        assert message.startswith(f"clones, item {place}: repository: there is no repository with id")
    assert isinstance(second, Plan)


def test_what_looks_like_the_source(script: Script) -> None:
    script.expect(query("TPL Golb", "new"), script.write.jobs())
    script.expect(listing(), script.write.job_refs(GOLD, COPY))
    assert '"TPL Gold"' in error(run(script, request(source="TPL Golb"))[0], NotFound)


@pytest.mark.parametrize("answer", [Response(403, {}, b""), Response(404, {}, b"")])
def test_a_hint_that_cannot_be_had_is_left_out(script: Script, answer: Response) -> None:
    """The failure of a courtesy is not the failure to report."""
    script.expect(query("TPL Golb", "new"), script.write.jobs())
    script.expect(listing(), answer)
    assert 'there is no job "TPL Golb".' in error(run(script, request(source="TPL Golb"))[0], NotFound)


def test_what_looks_like_the_repository(script: Script) -> None:
    script.expect(query("TPL Gold", "new"), script.write.jobs(GOLD))
    script.expect(query("Default", kind="Repository", entities=False), script.write.repositories())
    script.expect(listing("Repository"), script.write.repositories(DEFAULT_01, S3_OFFSITE))
    message = error(run(script, request(repository="Default"))[0], NotFound)
    assert '"Default Backup Repository"' in message
    assert "S3 Offsite" not in message


def test_a_repository_hint_that_cannot_be_had_is_left_out(script: Script) -> None:
    script.expect(query("TPL Gold", "new"), script.write.jobs(GOLD))
    script.expect(query("Default", kind="Repository", entities=False), script.write.repositories())
    script.expect(listing("Repository"), Response(403, {}, b""))
    assert "there is no repository" in error(run(script, request(repository="Default"))[0], NotFound)


# -- everybody's trouble -------------------------------------------------------------------------------------------


def test_a_role_that_may_not_read_jobs(script: Script) -> None:
    script.expect(query("TPL Gold", "new"), script.write.error(403, "Access denied"))
    with pytest.raises(Forbidden, match="Portal Administrator"):
        run(script, request())


def test_a_server_that_breaks_down(script: Script) -> None:
    script.expect(query("TPL Gold", "new"), script.write.jobs(GOLD))
    script.expect(REPOSITORY, lost, many=True)
    with pytest.raises(ExchangeError):
        run(script, request())


@pytest.mark.parametrize(
    "answer", [HTML._replace(status=404), Response(404, {}, b""), Response(404, {}, b'{"message": "no route"}')]
)
def test_somebody_elses_404_does_not_mean_that_a_job_is_unknown(script: Script, answer: Response) -> None:
    script.expect(GET_GOLD, answer)
    with pytest.raises(Refused):
        run(script, request(source=GOLD.id))


@pytest.mark.parametrize("status", [403, 405, 500])
def test_another_refusal_does_not_mean_that_a_job_is_unknown(script: Script, status: int) -> None:
    script.expect(GET_GOLD, script.write.error(status, "No"), many=True)
    with pytest.raises(Refused):
        run(script, request(source=GOLD.id))


def test_another_job_than_asked_for(script: Script) -> None:
    """Whatever the server says: a job of another id is not the source."""
    script.expect(GET_GOLD, script.write.job(COPY))
    script.expect(query("new"), script.write.jobs())
    script.expect(listing(), script.write.job_refs())
    assert "there is no job" in error(run(script, request(source=GOLD.id))[0], NotFound)


def test_another_repository_than_asked_for(script: Script) -> None:
    script.expect(query("TPL Gold", "new"), script.write.jobs(GOLD))
    script.expect("GET /api/repositories/" + S3_OFFSITE.id, script.write.repository(DEFAULT_01))
    assert "there is no repository" in error(run(script, request(repository=S3_OFFSITE.id))[0], NotFound)


def test_a_target_that_is_there_twice(script: Script) -> None:
    twin = WEB._replace(id=other_id(1))
    script.expect(query("TPL Gold", WEB.name), script.write.jobs(GOLD, WEB, twin))
    assert twin.id in error(run(script, request(WEB.name))[0], NotFound)
