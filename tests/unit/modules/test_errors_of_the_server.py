# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An answer with status 5xx proves nothing, Enterprise Manager's own included: what shows afterwards counts as done."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.modules import veeam_job, veeam_job_clone, veeam_job_run
from helpers.cast import AGENTS_ID, DEFAULT_REPOSITORY, GOLD, SHARES, USERNAME
from helpers.emulated_jobs import Emulated, Ended

CLONE = {"source_job": GOLD, "repository": DEFAULT_REPOSITORY, "name": "new"}
COPY = "Copy to Offsite"


class Case(t.NamedTuple):
    """before: what is done to the emulator first. says: what the message has where it was done all the same."""

    module: t.Any
    options: dict[str, t.Any]
    action: str
    says: str = "It is there although the server answered HTTP"
    before: t.Callable[[Emulated], object] | None = None


def running(world: Emulated) -> object:
    world.em.plan_runs(GOLD, always={"length": "600s"})
    return world.em.start_run(GOLD)


def failed(world: Emulated) -> object:
    world.em.plan_runs(GOLD, {"result": "Failed", "length": "0s"})
    world.em.start_run(GOLD)
    return world.clock.advance(5)


FOUND = "Its session was found although the server answered HTTP"
CASES = {
    "clone": Case(veeam_job_clone, CLONE, "clone"),
    "clone of a list": Case(veeam_job_clone, {"clones": [CLONE]}, "clone"),
    "clone of veeam_job": Case(veeam_job, CLONE, "clone"),
    "edit": Case(veeam_job, {"name": GOLD, "description": "new"}, "edit"),
    "disable": Case(veeam_job, {"name": GOLD, "enabled": False}, "edit"),
    "add": Case(veeam_job, {"name": GOLD, "objects": ["web01", "web02"]}, "add_object"),
    "remove": Case(
        veeam_job,
        {"name": GOLD, "objects": ["web01"]},
        "remove_object",
        before=lambda world: world.em.console.edit_job(GOLD, objects=["web01", "app01"]),
    ),
    "toggle": Case(veeam_job, {"name": COPY, "enabled": False}, "toggle"),
    "toggle of an agent job": Case(veeam_job, {"name": AGENTS_ID, "kind": "agent", "enabled": False}, "toggle"),
    "toggle of a file share job": Case(veeam_job, {"name": SHARES, "kind": "nas", "enabled": False}, "toggle"),
    "delete": Case(veeam_job, {"name": GOLD, "state": "absent"}, "delete", "It is gone although the server answered"),
    "start": Case(veeam_job_run, {"job": GOLD}, "start", FOUND),
    "start without waiting": Case(veeam_job_run, {"job": GOLD, "wait": False}, "start", FOUND),
    "start of a list": Case(veeam_job_run, {"jobs": [GOLD]}, "start", FOUND),
    "start of an agent job": Case(veeam_job_run, {"job": AGENTS_ID, "kind": "agent"}, "start", FOUND),
    "start of a file share job": Case(veeam_job_run, {"job": SHARES, "kind": "nas"}, "start", FOUND),
    "retry": Case(veeam_job_run, {"job": GOLD, "state": "retried"}, "retry", FOUND, failed),
    "sync": Case(veeam_job_run, {"job": COPY}, "sync", FOUND),
    "stop": Case(
        veeam_job_run, {"job": GOLD, "state": "stopped"}, "stop", "It was stopped although the server answered", running
    ),
    "stop without waiting": Case(
        veeam_job_run,
        {"job": GOLD, "state": "stopped", "wait": False},
        "stop",
        "It was stopped although the server answered HTTP",
        running,
    ),
}  # fmt: skip
each = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
codes = pytest.mark.parametrize("code", [500, 503])


def run(case: Case, code: int, process: bool, **switches: str) -> tuple[Emulated, Ended]:
    world = Emulated(case.module.MODULE, switches=switches)
    if case.before is not None:
        case.before(world)
    world.em.clear_journal()
    world.em.add_fault(fault="status", code=code, message="Internal trouble.", process=process, action=case.action)
    return world, world.run(**case.options)


def item(ended: Ended) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", ended.result.get("results", [ended.result])[0])


@each
@codes
def test_what_was_done_all_the_same_counts(case: Case, code: int) -> None:
    world, ended = run(case, code, process=True)
    assert not ended.failed, ended.result["msg"]
    assert ended.result["changed"] is True
    assert item(ended)["changed"] is True
    assert f"{case.says}" in item(ended)["msg"]
    assert f"HTTP {code}: Internal trouble." in item(ended)["msg"]
    assert len([entry for entry in world.em.journal if entry.fault]) == 1, "it is sent once"
    if case.module is veeam_job and case.action != "delete":
        assert ended.actions, "a step that is told as done is in steps"


@each
@codes
def test_what_was_not_done_is_a_failure(case: Case, code: int) -> None:
    _world, ended = run(case, code, process=False)
    assert ended.failed
    assert ended.result["changed"] is False
    assert f"HTTP {code}: Internal trouble." in item(ended)["msg"]
    assert item(ended)["error"]["status"] == code
    assert item(ended)["error"]["message"] == "Internal trouble."


@each
def test_nothing_is_known_where_it_cannot_be_read(case: Case) -> None:
    """It may have been done, so that it counts as changed."""
    world = Emulated(case.module.MODULE)
    if case.before is not None:
        case.before(world)

    def broken_from_there(number: int, request: t.Any) -> None:
        if request.method != "GET":
            world.em.add_fault(fault="status", code=500, message="Internal trouble.", process=True, count=0)

    ended = world.run(before=broken_from_there, nested=True, **case.options)
    assert ended.failed
    assert ended.result["changed"] is True
    assert item(ended)["changed"] is True
    assert "HTTP 500: Internal trouble" in item(ended)["msg"]


@pytest.mark.parametrize("case", [case for case in CASES.values() if case.module is not veeam_job_run])
def test_a_4xx_is_a_refusal(case: Case) -> None:
    """What is there all the same was done by somebody else."""
    _world, ended = run(case, 400, process=True)
    assert ended.result["changed"] is False


# -- a logon that is denied ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", [veeam_job, veeam_job_clone, veeam_job_run], ids=lambda module: module.__name__[-9:])
@pytest.mark.parametrize("switches", [{"licence": "logon_refused"}, {"no_role_logon": "403"}])
def test_a_denied_logon_may_be_the_role_or_the_licence(module: t.Any, switches: dict[str, str]) -> None:
    """Nothing tells which of the two it is, so both are said. It is not tried again."""
    world = Emulated(module.MODULE, switches=switches)
    options: dict[str, t.Any] = {"job": GOLD} if module is veeam_job_run else CLONE
    ended = world.run(**options, username="no-role" if "no_role_logon" in switches else USERNAME)
    assert ended.failed
    assert "access denied (HTTP 403)" in ended.result["msg"]
    assert "no role in Enterprise Manager" in ended.result["msg"]
    assert "licence does not include the REST API" in ended.result["msg"]
    assert len(world.em.journal) == 1
