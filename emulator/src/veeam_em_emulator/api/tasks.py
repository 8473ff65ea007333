# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks of the session (em_rest tasks, get_tasks_id, delete_task_id)."""

from __future__ import annotations

from collections.abc import Sequence

from ..estate.roles import EVERYBODY, RESTORERS
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.documents import Paging
from ..resources.tasks import task as show_task
from ..wire.errors import ApiError
from ..work.tasks import Task
from .common import found, task_answer, task_type
from .jobs import clone_faults
from .table import QueryType, route


def _task(call: Call, identity: str) -> Task:
    assert call.session is not None
    task = call.world.tasks.find(call.session, identity)
    if task is not None and call.fault("lose_task"):
        task.lost = True
        task = None
    if task is None:
        status = 404 if call.world.switches["task_of_other_session"] == "error_404" else 500
        raise ApiError(status, f"There is no backup task with id [{identity}] in current rest session")
    return task


def listing(call: Call) -> Answer:
    assert call.session is not None
    tasks = call.world.tasks
    own = tasks.of_session(call.session)
    for task in own:
        tasks.poll(task)
    items = [show_task(task) for task in own]
    return documents.resource_list(call, "Tasks", "Task", "Tasks", task_type(call), items)


def read(call: Call, id: str) -> Answer:
    task = _task(call, id)
    clone_faults(call, task)
    call.world.tasks.poll(task)
    if task.work.vanished:
        task = _task(call, id)
    return task_answer(call, task, status=200)


def delete(call: Call, id: str) -> Answer:
    """204. The pages contradict each other on what it does to a running task; the switch decides."""
    world, task = call.world, _task(call, id)
    rule = world.switches["delete_running_task"]
    if task.active and rule == "ignored":
        return Answer(204)
    world.tasks.remove(task)
    if task.active and rule == "stops":
        task.cancel()
    elif task.active:
        task.orphan = True
    return Answer(204)


def _query(call: Call) -> list[Task]:
    assert call.session is not None
    return found(call, Task, call.world.tasks.of_session(call.session))


def _write_query(call: Call, tasks: Sequence[Task], paging: Paging) -> Answer:
    values = [show_task(task) for task in tasks]
    return documents.query_resources(call, ("Tasks", "Task", "Tasks"), task_type(call), values, paging)


ROUTES = (
    route("/tasks", EVERYBODY, GET=listing),
    route("/tasks/{id}", EVERYBODY, GET=read, DELETE=delete),
)
QUERIES = {"Task": QueryType(Task, _query, RESTORERS, _write_query)}
