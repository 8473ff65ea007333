# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs: lists, entities, clone, actions, objects, edit, delete (em_rest jobs, get_jobs_id, post_jobs_id_action...)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..estate.jobs import Job, JobObject
from ..estate.roles import ADMINISTRATORS
from ..estate.servers import BackupServer
from ..query.fields_of_jobs import ObjectRow
from ..query.paging import select
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.documents import Paging
from ..resources.jobs import object_in_job
from ..resources.kinds import KINDS
from ..wire import types
from ..wire.bodies import text_of
from ..wire.errors import ApiError, not_known, refused
from ..work.clone import MANDATORY, NAMES, CloneWork, clone_spec, start_clone
from ..work.edit import EDIT_NAMES, OBJECT_NAMES, SPEC_NAMES, Edit, Reader, with_objects
from ..work.job_work import ONLY_OBJECT, AddObject, DeleteObject, DeleteWork, EditWork, Toggle, has_object
from ..work.world import World
from . import running
from .common import (
    bare_id,
    body_values,
    by_id,
    check_online,
    found,
    job_id,
    late_delay,
    listed,
    one,
    start_task,
    task_answer,
    task_faults,
    wants_entity,
)
from .table import QueryType, route


def candidates(call: Call, names: set[str] | None, kind: str = "job") -> list[Job]:
    view = call.world.view.of(kind)
    if names is None:
        return view.all()
    found = {job.id: job for name in sorted(names) for job in view.named(name)}
    return list(found.values())


def look_up(call: Call, kind: type[Job] = Job) -> list[Job]:
    """The jobs of one kind that a list request asks for; counts as a look-up of jobs."""
    assert call.session is not None
    call.world.job_lookup(call.session)
    return select(call, kind, lambda wanted: candidates(call, wanted.values("name"), kind.kind))


def jobs(call: Call) -> Answer:
    return listed(call, Job, look_up(call))


def of_server(call: Call, id: str) -> Answer:
    server = one(call, BackupServer, call.world.state.servers, id)
    return listed(call, Job, [job for job in look_up(call) if job.server is server], f"/backupServers/{server.id}/jobs")


def find(call: Call, identity: str, kind: type[Job] = Job) -> Job:
    """The job of one kind, as EM shows it. Reading it, or what is below it, counts as a look-up of jobs too."""
    if call.method in ("GET", "HEAD"):
        assert call.session is not None
        call.world.tasks.job_lookup(call.session)
        call.world.view.look_up(bare_id(call, identity, kind.type_name))
    return by_id(call, call.world.view.of(kind.kind), identity, kind.type_name, KINDS[kind].label)


def read(call: Call, id: str) -> Answer:
    return documents.single(call, find(call, id), wants_entity(call))


def act(call: Call, id: str) -> Answer:
    """POST with ``action``; which ones a job has depends on its type."""
    job = find(call, id)
    check_online(call, job.server)
    action = call.action
    if action == "clone":
        return clone(call, job)
    if action == "togglescheduleenabled":
        return start_task(call, "UpdateJob", Toggle(call.world, job, call.number))
    return running.act(call, job, action)


def clone(call: Call, source: Job) -> Answer:
    assert call.session is not None
    values = body_values(call, "JobCloneSpec", MANDATORY, NAMES)
    allow = call.fault("allow_duplicates") is not None
    task = start_clone(call.world, call.session, source, clone_spec(values), allow, call.number)
    clone_faults(call, task)
    return task_answer(call, task)


def clone_faults(call: Call, task: Any) -> None:
    """Faults that change a clone: on its POST, or later on a poll of its task."""
    work = task.work
    task_faults(call, task)
    if not isinstance(work, CloneWork):
        return
    for fault in call.faults:
        if fault.fault == "rename_clone":
            work.new_name = str(fault.parameters.get("name") or f"{work.spec.job_name}_clone1")
        elif fault.fault == "late_job":
            work.delay = late_delay(fault.parameters)
        elif fault.fault == "allow_duplicates":
            work.allow_duplicates = True


def delete(call: Call, id: str) -> Answer:
    """em_rest delete_jobs_id, since REST 1.5; refused for servers older than EM (em/em_delete_job)."""
    world = call.world
    if world.options.product == "9.5u4":
        raise ApiError(405, not_known("method not allowed"), headers=(("Allow", "GET, POST, PUT"),))
    if world.view.of("job").get(job_id(call, id)) is None and world.switches["delete_gone_job"] == "400":
        raise ApiError(400, not_known("there is no such job"))
    job = find(call, id)
    running.check_change(call, job, "delete_running_job")
    return start_task(call, "DeleteJob", DeleteWork(world, job, call.number, _too_old(world, job)))


def _too_old(world: World, job: Job) -> str | None:
    old = world.older_than_em(job.server.major)
    return refused("backup server is older than Enterprise Manager") if old else None


def edit(call: Call, id: str) -> Answer:
    """em_rest put_jobs_id_actionedit, put_method."""
    world, job = call.world, find(call, id)
    rule = world.switches["put_without_action"]
    if call.action != "edit":
        if call.action or rule == "refused":
            raise ApiError(400, not_known("the job has no such action"))
        if rule == "ignored":
            return start_task(call, "EditJob", EditWork(world, job, call.number, None))
    running.check_change(call, job, "edit_running_job")
    body = Edit(job, body_values(call, "Job", {}, EDIT_NAMES), world.switches, call.style.retention)
    failure = _too_old(world, job)
    refusals = [
        ("edit_copy_job", "Copy" in job.job_type, "backup copy jobs cannot be edited"),
        ("edit_beyond", bool(body.beyond(job)), f"an edit cannot change {', '.join(body.beyond(job))}"),
        ("edit_options", bool(body.options()), f"an edit cannot change {', '.join(body.options())}"),
    ]
    for switch, concerned, reason in refusals:
        channel = world.switches[switch]
        if concerned and channel.startswith("http_"):
            raise ApiError(int(channel.removeprefix("http_")), refused(reason))
        if concerned and channel == "task_failed":
            failure = failure or refused(reason)
    return start_task(call, "EditJob", EditWork(world, job, call.number, body, failure))


def _with_objects(call: Call, identity: str) -> Job:
    job = find(call, identity)
    if not with_objects(job):
        raise ApiError(400, not_known("a job of this type has no objects"))
    return job


def includes(call: Call, id: str) -> Answer:
    empty = call.world.switches["objects_of_copy_job"] == "empty"
    job = find(call, id) if empty else _with_objects(call, id)
    items = [object_in_job(job, machine, with_links=True, style=call.style) for machine in job.objects]
    return documents.resource_list(call, "ObjectsInJob", "ObjectInJob", "ObjectInJobs", types.OBJECT_IN_JOB, items)


def _machine(call: Call, job: Job, identity: str) -> JobObject:
    return by_id(call, {machine.id: machine for machine in job.objects}, identity, "ObjectInJob", "object")


def include(call: Call, id: str, oid: str) -> Answer:
    job = _with_objects(call, id)
    values = object_in_job(job, _machine(call, job, oid), with_links=True, style=call.style)
    return documents.resource(call, "ObjectInJob", types.OBJECT_IN_JOB, values)


def add_object(call: Call, id: str) -> Answer:
    """em_rest post_jobs_id_includes."""
    world, job = call.world, _with_objects(call, id)
    values = body_values(call, "CreateObjectInJobSpec", {"": OBJECT_NAMES[:2]}, SPEC_NAMES)
    name = text_of(values, "HierarchyObjName")
    machine = Reader(world.switches).new_object(values, world.new_id(), name)
    channel = world.switches["duplicate_object"]
    if channel.startswith("http_") and has_object(job, machine):
        raise ApiError(int(channel.removeprefix("http_")), refused("the object is in the job already"))
    running.check_change(call, job, "edit_running_job")
    return start_task(call, "UpdateJob", AddObject(world, job, call.number, machine))


def delete_object(call: Call, id: str, oid: str) -> Answer:
    job = _with_objects(call, id)
    machine = _machine(call, job, oid)
    channel = call.world.switches["last_object_delete"]
    if len(job.objects) == 1 and channel != "task_failed":
        raise ApiError(int(channel.removeprefix("http_")), ONLY_OBJECT)
    running.check_change(call, job, "edit_running_job")
    return start_task(call, "UpdateJob", DeleteObject(call.world, job, call.number, machine))


def rows(call: Call, kind: type[ObjectRow], of: type[Job]) -> list[ObjectRow]:
    """The objects of all jobs of one kind."""
    jobs = call.world.view.of(of.kind).all()
    return found(call, kind, [kind(job, item) for job in jobs for item in job.objects])


def _objects(call: Call) -> list[ObjectRow]:
    return rows(call, ObjectRow, Job)


def _write_objects(call: Call, rows: Sequence[ObjectRow], paging: Paging) -> Answer:
    values = [object_in_job(row.job, row.machine, with_links=True, style=call.style) for row in rows]
    names = ("sInObjectJob", "ObjectInJob", "ObjectInJobs")
    return documents.query_resources(call, names, types.OBJECT_IN_JOB, values, paging)


ROUTES = (
    route("/jobs", ADMINISTRATORS, GET=jobs),
    route("/jobs/{id}", ADMINISTRATORS, GET=read, POST=act, PUT=edit, DELETE=delete),
    route("/jobs/{id}/includes", ADMINISTRATORS, GET=includes, POST=add_object),
    route("/jobs/{id}/includes/{oid}", ADMINISTRATORS, GET=include, DELETE=delete_object),
    route("/backupServers/{id}/jobs", ADMINISTRATORS, GET=of_server),
)
QUERIES = {
    "Job": QueryType(Job, look_up, ADMINISTRATORS),
    "ObjectInJob": QueryType(ObjectRow, _objects, ADMINISTRATORS, _write_objects),
}
