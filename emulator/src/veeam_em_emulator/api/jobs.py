# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs: lists, entities, clone, actions, objects, edit, delete (em_rest jobs, get_jobs_id, post_jobs_id_action...)."""

from __future__ import annotations

from typing import Any

from .. import documents, resources, types
from ..bodies import text_of
from ..call import Answer, Call
from ..clone import MANDATORY, NAMES, CloneWork, clone_spec, start_clone
from ..edit import EDIT_NAMES, apply_edit
from ..errors import ApiError, missing_node, not_known, refused
from ..links import Link
from ..paging import page, select
from ..state import Job, JobObject
from ..tasks import OPERATION_FINISHED, RUNNING, Work
from ..world import World
from .common import body_values, by_id, start_task, task_answer, wants_entity


def candidates(call: Call, names: set[str] | None) -> list[Job]:
    state = call.world.state
    if names is None:
        return call.world.visible_jobs()
    found = {job.id: job for name in sorted(names) for job in state.jobs_named(name) if job.visible}
    return list(found.values())


def look_up(call: Call) -> list[Job]:
    """The jobs that a list request asks for; counts as a look-up of jobs."""
    assert call.session is not None
    call.world.job_lookup(call.session)
    return select(call, Job, lambda names: candidates(call, names))


def listing(call: Call) -> Answer:
    jobs, paging = page(call, "/jobs", look_up(call), always=False)
    return documents.collection(call, documents.JOB, jobs, wants_entity(call), paging)


def _job(call: Call, identity: str) -> Job:
    return by_id(call.world.state.jobs, identity, "Job", "job")


def read(call: Call, id: str) -> Answer:
    return documents.single(call, _job(call, id), wants_entity(call))


class Done(Work):
    """Changes to a job that are made in one go when the work is done; change: gives the links of the task."""

    def __init__(self, change: Any = None, message: str = "Ok", failure: str | None = None) -> None:
        self.change = change
        self.message = message
        self.failure = failure

    def operate(self) -> str | None:
        return self.failure

    def finish(self) -> tuple[Link, ...]:
        return self.change() or () if self.change else ()


def act(call: Call, id: str) -> Answer:
    """POST with ``action``; which ones a job has depends on its type."""
    job = _job(call, id)
    action = call.action
    if action == "clone":
        return clone(call, job)
    own = ("sync",) if "Copy" in job.job_type else ("start", "retry")
    if action not in (*own, "stop", "togglescheduleenabled"):
        raise ApiError(400, not_known("the job has no such action"))
    if action == "togglescheduleenabled":
        return start_task(call, "UpdateJob", Done(lambda: _toggle(job)))
    operation = {"start": "StartJob", "sync": "StartJobSync", "stop": "StopJob", "retry": "RetryJob"}[action]
    message = f'Job "{job.name}" triggered to {action}.'
    return start_task(call, operation, Done(lambda: _session_link(call.world, job, action), message))


def _toggle(job: Job) -> None:
    job.schedule_enabled = not job.schedule_enabled
    job.changed()


def _session_link(world: World, job: Job, action: str) -> tuple[Link, ...]:
    if action not in ("start", "retry"):
        return ()
    replica = job.job_type == "Replica"
    kind = "ReplicaJobSession" if replica else "BackupJobSession"
    path = f"/{'replicaSessions' if replica else 'backupSessions'}/{world.new_id()}?format=Entity"
    return (Link("Related", path, f"{job.name}@2026-01-05 10:05:00", kind),)


def clone(call: Call, source: Job) -> Answer:
    assert call.session is not None
    values = body_values(call, "JobCloneSpec", MANDATORY, NAMES)
    allow = call.fault("allow_duplicates") is not None
    task = start_clone(call.world, call.session, source, clone_spec(values), allow)
    clone_faults(call, task)
    return task_answer(call, task)


def clone_faults(call: Call, task: Any) -> None:
    """Faults that change a clone: on its POST, or later on a poll of its task."""
    work = task.work
    if not isinstance(work, CloneWork):
        return
    for fault in call.faults:
        if fault.fault == "never_finish":
            task.hold, task.freeze = RUNNING, not fault.parameters.get("job", False)
        elif fault.fault == "stay_operation_finished":
            task.hold, task.freeze = OPERATION_FINISHED, not fault.parameters.get("job", True)
        elif fault.fault == "finish_without_link":
            task.no_link = True
        elif fault.fault == "rename_clone":
            work.new_name = str(fault.parameters.get("name") or f"{work.spec.job_name}_clone1")
        elif fault.fault == "late_job":
            work.delay = _delay(fault.parameters)
        elif fault.fault == "allow_duplicates":
            work.allow_duplicates = True


def _delay(parameters: dict[str, Any]) -> str:
    if parameters.get("refresh"):
        return "refresh"
    if "seconds" in parameters:
        return f"{float(parameters['seconds']):g}s"
    return str(int(parameters.get("queries", 2)))


def delete(call: Call, id: str) -> Answer:
    """em_rest delete_jobs_id; refused for servers older than EM (em/em_delete_job)."""
    world, job = call.world, _job(call, id)
    return start_task(call, "DeleteJob", Done(lambda: world.state.remove_job(job), failure=_too_old(world, job)))


def _too_old(world: World, job: Job) -> str | None:
    old = world.older_than_em(job.server.major)
    return refused("backup server is older than Enterprise Manager") if old else None


def edit(call: Call, id: str) -> Answer:
    """em_rest put_jobs_id_actionedit."""
    world, job = call.world, _job(call, id)
    rule = world.switches["put_without_action"]
    if call.action != "edit":
        if call.action or rule == "refused":
            raise ApiError(400, not_known("the job has no such action"))
        if rule == "ignored":
            return start_task(call, "EditJob", Done())
    values = body_values(call, "Job", {}, EDIT_NAMES)
    changed = apply_edit(job, values, reset=world.switches["partial_put"] == "reset")
    return start_task(call, "EditJob", Done(lambda: _replace(job, changed), failure=_too_old(world, job)))


def _replace(job: Job, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        setattr(job, name, value)
    job.changed()


def _with_objects(call: Call, identity: str) -> Job:
    job = _job(call, identity)
    if job.job_type not in ("Backup", "Replica"):
        raise ApiError(400, not_known("a job of this type has no objects"))
    return job


def includes(call: Call, id: str) -> Answer:
    job = _with_objects(call, id)
    items = [resources.object_in_job(job, machine, with_links=True) for machine in job.objects]
    return documents.resource_list(call, "ObjectsInJob", "ObjectInJob", "ObjectInJobs", types.OBJECT_IN_JOB, items)


def _machine(job: Job, identity: str) -> JobObject:
    return by_id({machine.id: machine for machine in job.objects}, identity, "ObjectInJob", "object")


def include(call: Call, id: str, oid: str) -> Answer:
    job = _with_objects(call, id)
    values = resources.object_in_job(job, _machine(job, oid), with_links=True)
    return documents.resource(call, "ObjectInJob", types.OBJECT_IN_JOB, values)


def add_object(call: Call, id: str) -> Answer:
    """em_rest post_jobs_id_includes."""
    job = _with_objects(call, id)
    names = ("HierarchyObjRef", "HierarchyObjName", "GuestProcessingOptions")
    values = body_values(call, "CreateObjectInJobSpec", {"": names[:2]}, names)
    reference, name = text_of(values, names[0]), text_of(values, names[1])
    if not reference or not name:
        raise missing_node()
    machine = JobObject(call.world.new_id(), name, reference)
    return start_task(call, "UpdateJob", Done(lambda: _replace(job, {"objects": (*job.objects, machine)})))


class DeleteObject(Work):
    """Whether it is the last one is judged when the work is done."""

    def __init__(self, job: Job, machine: JobObject) -> None:
        self.job = job
        self.machine = machine

    def operate(self) -> str | None:
        kept = tuple(machine for machine in self.job.objects if machine.id != self.machine.id)
        if not kept:
            return refused("the only object of a job cannot be removed")
        _replace(self.job, {"objects": kept})
        return None


def delete_object(call: Call, id: str, oid: str) -> Answer:
    job = _with_objects(call, id)
    machine = _machine(job, oid)
    channel = call.world.switches["last_object_delete"]
    if len(job.objects) == 1 and channel != "task_failed":
        raise ApiError(int(channel.removeprefix("http_")), refused("the only object of a job cannot be removed"))
    return start_task(call, "UpdateJob", DeleteObject(job, machine))
