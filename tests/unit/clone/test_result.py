# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results from outcomes: every key that playbooks hold on to, and no secret in any text."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._clone import plan as _plan
from ansible_collections.backupops.veeam.plugins.module_utils._clone import result as _result
from ansible_collections.backupops.veeam.plugins.module_utils._clone.options import Settings
from ansible_collections.backupops.veeam.plugins.module_utils._clone.plan import Plan
from ansible_collections.backupops.veeam.plugins.module_utils._clone.resolve import Existing
from ansible_collections.backupops.veeam.plugins.module_utils._clone.work import CloneFailed, CloneWait, Made
from ansible_collections.backupops.veeam.plugins.module_utils._em.logon_session import Credentials
from ansible_collections.backupops.veeam.plugins.module_utils._em.order import TaskReport
from ansible_collections.backupops.veeam.plugins.module_utils._em.task import Task
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import (
    NoAnswer,
    NotFound,
    Unauthorized,
    VeeamError,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Endpoint
from ansible_collections.backupops.veeam.plugins.module_utils._module.connection import ConnectionSettings
from ansible_collections.backupops.veeam.plugins.module_utils._module.secrets import ByName, scrub
from helpers.entities import DEFAULT_01, GOLD, VBR01, WEB, clone_request
from helpers.script import URL

REQUEST = clone_request(WEB.name, "TPL Gold", repository=DEFAULT_01.name, description="Cloned from TPL Gold")
PLAN = _plan.plan(REQUEST, GOLD, DEFAULT_01)
REPORT = TaskReport(Task("task-1", "Finished", "CloneJob", True, "Ok", ((WEB.id, WEB.name),)), 1.25)
LOST = NoAnswer("GET /api/tasks/task-1: no answer.", "GET /api/tasks/task-1")
FAILED_TASK = {"request": "GET /api/tasks/task-1", "status": 200, "message": "Name is taken"}

MADE = Made(PLAN, True, WEB, REPORT, "Cloned.")
RACE = Made(PLAN, False, WEB, REPORT, "Somebody else was faster.")
SENT = Made(PLAN, True, None, REPORT, "Accepted.")
EXISTING = Existing(REQUEST, GOLD, WEB)
NOT_FOUND = NotFound("source_job: there is no job.")
UNKNOWN = CloneFailed("The outcome is unknown.", True, LOST, task_report=REPORT)
REFUSED = CloneFailed("Enterprise Manager could not make it.", False, FAILED_TASK, task_report=REPORT)
NOT_SENT = CloneFailed("Not sent.", False, LOST)

OUTCOMES: dict[str, t.Any] = {
    "made": MADE,
    "race": RACE,
    "sent": SENT,
    "existing": EXISTING,
    "would": PLAN,
    "not found": NOT_FOUND,
    "unknown": UNKNOWN,
    "refused": REFUSED,
    "not sent": NOT_SENT,
}
#: changed, job known, task known, failed
FACTS = {
    "made": (True, True, True, False),
    "race": (False, True, True, False),
    "sent": (True, False, True, False),
    "existing": (False, True, False, False),
    "would": (True, False, False, False),
    "not found": (False, False, False, True),
    "unknown": (True, False, True, True),
    "refused": (False, False, True, True),
    "not sent": (False, False, False, True),
}
HREF = f"{URL}/api/jobs/{WEB.id}"
JOB = {
    "name": WEB.name,
    "id": WEB.id,
    "uid": "urn:veeam:Job:" + WEB.id,
    "href": HREF,
    "type": "Backup",
    "platform": "VMware",
    "description": "Cloned from TPL Gold",
    "backup_server": {"name": VBR01.name, "id": VBR01.id, "href": f"{URL}/api/backupServers/{VBR01.id}"},
}
TASK = {
    "id": "task-1",
    "href": URL + "/api/tasks/task-1",
    "state": "Finished",
    "operation": "CloneJob",
    "success": True,
    "message": "Ok",
    "elapsed": 1.25,
}


def chosen(*names: str) -> Settings:
    """The single form, or the clones form with these names."""
    clones = [REQUEST._replace(name=name) for name in names] or [REQUEST]
    return Settings(
        ConnectionSettings(
            Endpoint("em.example.test", 9398, True, None, True, 30.0, 64), Credentials("u", "p", None), "xml", "latest"
        ),
        CloneWait(True, 300.0, 5.0, False, 30.0),
        4,
        not names,
        clones,
    )


def single(outcome: t.Any, diff: bool = False) -> dict[str, t.Any]:
    """The result of the single form, whether it is a success or not."""
    if isinstance(outcome, VeeamError):
        return _result.whole_run_failed(chosen(), outcome, 3).result()
    return _result.of_one(chosen(), outcome, diff, 3)


# -- the single form -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OUTCOMES)
def test_keys_of_the_single_form(name: str) -> None:
    result = single(OUTCOMES[name])
    changed, job, task, failed = FACTS[name]
    assert result["changed"] is changed
    assert result["job"] == (JOB if job else None)
    assert result["job_href"] == (HREF if job else None)
    assert result.get("task") == (TASK if task else None)
    assert ("task" in result) is task
    assert isinstance(result["msg"], str)
    assert result["retries"] == 3
    if failed:
        assert "ansible_facts" not in result
    else:
        facts = result["ansible_facts"]
        assert facts["veeam_job_hrefs"] == ({WEB.name: HREF} if job else {})
        assert facts.get("veeam_job_href") == (HREF if job else None)
        assert ("veeam_job_href" in facts) is job
    assert "diff" not in result


ERRORS: dict[str, t.Any] = {
    "not found": None,
    "unknown": {"request": "GET /api/tasks/task-1", "status": None, "message": None},
    "refused": FAILED_TASK,
    "not sent": {"request": "GET /api/tasks/task-1", "status": None, "message": None},
}


@pytest.mark.parametrize("name", ERRORS)
def test_error_where_the_server_or_the_connection_spoke(name: str) -> None:
    assert single(OUTCOMES[name]).get("error") == ERRORS[name]


@pytest.mark.parametrize(
    ("name", "after"), [("made", True), ("sent", True), ("would", True), ("race", False), ("existing", False)]
)
def test_diff_of_the_single_form(name: str, after: bool) -> None:
    diff = single(OUTCOMES[name], diff=True)["diff"]
    if after:
        assert diff["before"] is None
        assert diff["after"] == PLAN.after()
    else:
        assert diff["before"] == diff["after"] == JOB


def test_the_diff_of_check_mode_is_that_of_the_real_run() -> None:
    assert single(PLAN, diff=True)["diff"] == single(MADE, diff=True)["diff"]


def test_a_failure_before_the_clone_says_that_nothing_was_created() -> None:
    refused = Unauthorized("The logon was refused.", "POST /api/sessionMngr/", 401, message="No")
    result = single(refused)
    assert result["msg"] == "The logon was refused. Nothing was created."
    assert result["error"] == {"request": "POST /api/sessionMngr/", "status": 401, "message": "No"}
    assert result["changed"] is False


# -- the clones form -----------------------------------------------------------------------------------------------


def many(*names: str, diff: bool = False, check_mode: bool = False) -> dict[str, t.Any]:
    return _result.of_many(chosen(*names), [OUTCOMES[name] for name in names], check_mode, diff, 3)


@pytest.mark.parametrize("name", OUTCOMES)
def test_keys_of_an_item(name: str) -> None:
    (item,) = many(name)["results"]
    changed, job, task, failed = FACTS[name]
    assert {"changed", "job_href", "job", "task", "msg", "failed"} <= set(item)
    assert item["changed"] is changed
    assert item["failed"] is failed
    assert item["job"] == (JOB if job else None)
    assert item["job_href"] == (HREF if job else None)
    assert item["task"] == (TASK if task else None)
    assert item.get("error") == ERRORS.get(name)


def test_a_batch_that_went_well() -> None:
    result = many("made", "existing", "race")
    assert result["changed"] is True
    assert result["job_hrefs"] == dict.fromkeys(("made", "existing", "race"), HREF)
    assert result["ansible_facts"] == {"veeam_job_hrefs": result["job_hrefs"]}
    assert "failed" not in result
    assert "error" not in result
    assert result["msg"] == "Cloned 1 of 3 jobs, 2 were there already."
    assert result["retries"] == 3


def test_a_batch_in_which_some_failed() -> None:
    result = many("not found", "made", "refused", "existing")
    assert result["failed"] is True
    assert result["changed"] is True
    assert [item["failed"] for item in result["results"]] == [True, False, True, False]
    assert result["job_hrefs"] == {"made": HREF, "existing": HREF}
    assert result["error"] == FAILED_TASK, "the first that has one"
    assert "ansible_facts" not in result, "Ansible drops the facts of a failed task"
    assert result["msg"] == (
        "Cloned 1 of 4 jobs, 1 was there already, 2 failed. First failure: source_job: there is no job."
    )


@pytest.mark.parametrize(
    ("names", "changed"),
    [
        (("existing",), False),
        (("not found", "refused"), False),
        (("unknown", "existing"), True),
        (("sent",), True),
        (("would",), True),
    ],
)
def test_changed_is_true_if_any_was_made_or_may_have_been(names: tuple[str, ...], changed: bool) -> None:
    assert many(*names)["changed"] is changed


def test_what_is_only_predicted_has_no_href() -> None:
    result = many("would", "existing", "sent", check_mode=True)
    assert result["job_hrefs"] == {"existing": HREF}
    assert result["msg"].startswith("Would clone 2 of 3 jobs")


def test_an_empty_batch() -> None:
    result = _result.of_many(chosen()._replace(single=False, clones=[]), [], False, True, 0)
    assert result["changed"] is False
    assert result["results"] == []
    assert result["job_hrefs"] == {}
    assert result["diff"] == []
    assert result["ansible_facts"] == {"veeam_job_hrefs": {}}
    assert "failed" not in result


def test_diff_of_a_batch_has_one_for_each_that_changes() -> None:
    names = ("made", "existing", "would", "race", "not found", "sent")
    assert [diff["after"] for diff in many(*names, diff=True)["diff"]] == [PLAN.after()] * 3


def test_a_batch_of_which_nothing_was_tried() -> None:
    error = Unauthorized("The logon was refused.", "POST /api/sessionMngr/", 401)
    result = _result.whole_run_failed(chosen("a", "b"), error, 2).result()
    assert result["changed"] is False
    assert result["job_hrefs"] == {}
    assert result["retries"] == 2
    assert result["error"]["status"] == 401
    assert len(result["results"]) == 2
    for item in result["results"]:
        assert {"changed", "job_href", "job", "task", "msg", "failed"} <= set(item)
        assert item["failed"] is True
        assert item["msg"] == result["msg"] == "The logon was refused. Nothing was created."


def test_a_job_without_a_server() -> None:
    result = single(Existing(REQUEST, GOLD, WEB._replace(server=None)))
    assert result["job"]["backup_server"] == {"name": None, "id": None, "href": None}


def test_hrefs_on_an_ipv6_address() -> None:
    connection = chosen().connection
    endpoint = connection.endpoint._replace(hostname="2001:db8::1")
    settings = chosen()._replace(connection=connection._replace(endpoint=endpoint))
    assert _result.of_one(settings, MADE, False, 0)["job_href"] == ("https://[2001:db8::1]:9398/api/jobs/" + WEB.id)


# -- secrets -------------------------------------------------------------------------------------------------------

SECRET = "Passw0rd!"
SCRUBBED: list[tuple[t.Any, t.Any]] = [
    ("no secret", "no secret"),
    ("is Passw0rd! and Passw0rd!", "is ******** and ********"),
    (SECRET, "********"),
    ({"a": [SECRET, {"b": "x" + SECRET}]}, {"a": ["********", {"b": "x********"}]}),
    (ByName({SECRET: 1}), {"********": 1}),
    ({SECRET: SECRET}, {SECRET: "********"}),
    ((SECRET, 1), ["********", 1]),
    ({"n": 1, "t": True, "f": 1.5, "o": None}, {"n": 1, "t": True, "f": 1.5, "o": None}),
    ([], []),
    ("", ""),
    ("token tok", "******** tok"),
]


@pytest.mark.parametrize(("value", "expected"), SCRUBBED)
def test_scrub(value: t.Any, expected: t.Any) -> None:
    assert scrub(value, [SECRET, "token", "ab"]) == expected


def test_a_secret_of_two_characters_would_spoil_every_text() -> None:
    assert scrub("abc", ["ab", ""]) == "abc"


@pytest.mark.parametrize("secrets", [["Passw0rd!", "Passw0rd!23"], ["Passw0rd!23", "Passw0rd!"]])
def test_a_secret_within_another_leaves_nothing_over(secrets: list[str]) -> None:
    """The password and a token may begin alike; what is left of the longer one would be half of it."""
    assert "23" not in scrub("x Passw0rd!23 y", secrets)


def test_a_plan_is_an_outcome() -> None:
    assert isinstance(PLAN, Plan)
