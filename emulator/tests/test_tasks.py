# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks: steps, scope, removal, and what the documentation leaves open."""

from __future__ import annotations

import pytest
from veeam_em_emulator import Emulator, ManualClock
from veeam_em_emulator.work.tasks import Step, parse_steps

from .client import GOLD, JSON, XML, Api, advance
from .conftest import Start


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("running:2,operation_finished:1", (Step("Running", polls=2), Step("OperationFinished", polls=1))),
        ("running:0.5s", (Step("Running", seconds=0.5),)),
        ("operation_finished", (Step("OperationFinished", polls=1),)),
        ("", ()),
    ],
)
def test_step_notation(text: str, steps: tuple[Step, ...]) -> None:
    assert parse_steps(text) == steps


@pytest.mark.parametrize("text", ["walking:1", "running:x", "running:1.5"])
def test_bad_step_notation(text: str) -> None:
    with pytest.raises(ValueError, match="task step"):
        parse_steps(text)


@pytest.mark.parametrize(
    ("steps", "states"),
    [
        ("running:2,operation_finished:1", "RROFF"),
        ("running:1,operation_finished:3", "ROOOF"),
        ("running:3", "RRRFF"),
        ("operation_finished:2", "OOFFF"),
        ("", "FFFFF"),
        ("running:0", "FFFFF"),
    ],
)
def test_steps_by_polls(start: Start, steps: str, states: str) -> None:
    """The answer to the POST always says Running and is no poll."""
    em = start(task_steps=steps)
    api = Api(em)
    api.log_on()
    assert "<State>Running</State>" in api.clone("web").text
    assert "".join(str(api.task().state)[0] for _unused in range(5)) == states
    assert [task.polls for task in em.tasks()] == [5]


def test_steps_by_seconds(start: Start) -> None:
    """They go on by themselves."""
    em = start(task_steps="running:100s,operation_finished:100s", clock=ManualClock())
    api = Api(em)
    api.log_on()
    api.clone("web")
    assert {api.task().state for _unused in range(5)} == {"Running"}
    advance(em, 100)
    assert [task.state for task in em.tasks()] == ["OperationFinished"]
    assert em.jobs("web") == []
    advance(em, 100)
    assert len(em.jobs("web")) == 1
    assert api.task().state == "Finished"


def test_look_ups_of_the_own_session_do_not_move_a_task(api: Api) -> None:
    api.clone("web")
    for _unused in range(5):
        api.get("/jobs")
    assert api.task().state == "Running"


def test_look_ups_of_another_session_do(api: Api) -> None:
    other = Api(api.em)
    other.log_on()
    api.clone("web")
    assert [other.names(other.get("/jobs")).count("web") for _unused in range(3)] == [0, 0, 1]
    assert api.task().state == "Finished"


def test_tasks_belong_to_their_session(api: Api) -> None:
    other = Api(api.em)
    other.log_on()
    api.clone("web")
    answer = other.get("/tasks/task-1")
    assert (answer.status, answer.message) == (500, "There is no backup task with id [task-1] in current rest session")
    assert len(other.get("/tasks").xml) == 0
    assert len(api.get("/tasks").xml) == 1


@pytest.mark.parametrize(("switch", "status"), [("error_500", 500), ("error_404", 404), ("visible", 200)])
def test_task_of_other_session(api: Api, switch: str, status: int) -> None:
    api.em.switches["task_of_other_session"] = switch
    other = Api(api.em)
    other.log_on()
    api.clone("web")
    assert other.get("/tasks/task-1").status == status


@pytest.mark.parametrize(("switch", "identity"), [("session", "task-1"), ("global", "task-2")])
def test_task_numbering(api: Api, switch: str, identity: str) -> None:
    api.em.switches["task_numbering"] = switch
    api.clone("one")
    other = Api(api.em)
    other.log_on()
    assert f"<TaskId>{identity}</TaskId>" in other.clone("two").text


def test_task_retention(api: Api) -> None:
    api.em.switches["task_retention"] = 2
    api.clone("web")
    api.finish()
    assert [api.get("/tasks/task-1").status for _unused in range(3)] == [200, 200, 500]
    assert len(api.get("/tasks").xml) == 0


@pytest.mark.parametrize(("switch", "made"), [("continue", 1), ("stop", 0)])
def test_tasks_after_logout(api: Api, switch: str, made: int) -> None:
    api.em.switches["tasks_after_logout"] = switch
    api.clone("web")
    api.log_out()
    assert len(api.em.jobs("web")) == made
    again = Api(api.em)
    again.log_on()
    again.clone("web")
    assert again.finish().success is not bool(made)


@pytest.mark.parametrize(
    ("switch", "readable", "made"), [("stops", False, 0), ("ignored", True, 1), ("removed", False, 1)]
)
def test_delete_running_task(api: Api, switch: str, readable: bool, made: int) -> None:
    api.em.switches["delete_running_task"] = switch
    api.clone("web")
    api.task()
    answer = api.request("DELETE", "/api/tasks/task-1")
    assert (answer.status, answer.body) == (204, b"")
    assert (api.get("/tasks/task-1").status == 200) is readable
    for _unused in range(3):
        api.get("/jobs")
        if readable:
            api.task()
    assert len(api.em.jobs("web")) == made


def test_delete_after_the_work_is_done_does_not_undo_it(api: Api) -> None:
    api.clone("web")
    assert [api.task().state for _unused in range(2)][-1] == "OperationFinished"
    api.request("DELETE", "/api/tasks/task-1")
    assert len(api.em.jobs("web")) == 1


def test_delete_of_a_finished_task(api: Api) -> None:
    api.clone("web")
    api.finish()
    assert api.request("DELETE", "/api/tasks/task-1").status == 204
    assert api.get("/tasks/task-1").status == 500
    assert api.request("DELETE", "/api/tasks/task-1").status == 500
    assert len(api.em.jobs("web")) == 1


@pytest.mark.parametrize(("switch", "success"), [("true", True), ("missing", None)])
@pytest.mark.parametrize("accept", [XML, JSON])
def test_operation_finished_success(em: Emulator, accept: str, switch: str, success: bool | None) -> None:
    api = Api(em, accept)
    api.log_on()
    em.switches["operation_finished_success"] = switch
    api.clone("web")
    task = [api.task() for _unused in range(2)][-1]
    assert (task.state, task.success, task.related) == ("OperationFinished", success, [])


@pytest.mark.parametrize(
    ("switch", "states", "success"), [("skipped", "RFF", False), ("true", "ROF", True), ("false", "ROF", False)]
)
def test_failed_task_operation_finished(api: Api, switch: str, states: str, success: bool) -> None:
    api.em.switches["failed_task_operation_finished"] = switch
    api.clone("TPL Gold")
    tasks = [api.task() for _unused in range(3)]
    assert "".join(str(task.state)[0] for task in tasks) == states
    assert tasks[1].success is success
    assert tasks[2].success is False


@pytest.mark.parametrize(("switch", "names"), [
    ("present", ["web"]), ("absent", []), ("other_name", ["web 2026-01-05"]), ("doubled", ["web", "web"]),
])  # fmt: skip
def test_finished_link(api: Api, switch: str, names: list[str]) -> None:
    api.em.switches["finished_link"] = switch
    api.clone("web")
    task = api.finish()
    assert [link["name"] for link in task.related] == names
    assert len(api.em.jobs("web")) == 1


@pytest.mark.parametrize("accept", [XML, JSON])
def test_result_confirmation_members(em: Emulator, accept: str) -> None:
    api = Api(em, accept)
    api.log_on()
    em.switches["result_confirmation_members"] = True
    api.clone("web")
    text = api.finish().answer.text
    if accept == XML:
        assert '<Result Success="true" CredentialsNeeded="false" ConfirmationNeeded="false">' in text
    else:
        assert '"result":{"message":"Ok","success":true,"credentialsNeeded":false,"confirmationNeeded":false}' in text


def test_query_of_tasks(api: Api) -> None:
    api.clone("one")
    api.clone("two")
    api.finish("task-2")
    finished = api.query(type="Task", filter="State==finished")
    assert finished.first("//v:TaskId") == "task-2"
    assert len(api.query(type="task", filter='Operation=="CloneJob"').xml.xpath("//*[local-name()='Task']")) == 2
    assert api.task("task-1").state == "Running"


def test_views(api: Api) -> None:
    api.clone("web")
    [task] = api.em.tasks()
    assert (task.id, task.session, task.state, task.polls, task.job_name, task.job_id) == (
        "task-1", api.session, "Running", 0, "web", None,
    )  # fmt: skip
    done = api.finish()
    [task] = api.em.tasks()
    assert (task.state, task.success, task.job_id, task.active) == ("Finished", True, done.job_id, False)
    assert api.em.jobs()[0].id == GOLD
