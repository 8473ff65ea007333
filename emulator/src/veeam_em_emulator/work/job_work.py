# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that change one job: made on its backup server when Running ends, read by EM when the task is finished."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..estate.em_view import Late
from ..estate.history import By
from ..estate.inventory import reference_key
from ..estate.jobs import Job, JobObject
from ..wire.errors import OFFLINE, refused
from ..wire.links import Link
from .edit import Edit
from .tasks import JobName, Work
from .world import World

DOUBLE_LINK, ONLY_LINK = "it is linked already", "it is the only link of the job"
ONLY_OBJECT = refused("only one object is left in the job")


class JobWork(Work):
    """by: number of the request. failure: why it will fail, known from the start."""

    delay = "show_change_after"  # switch: when EM shows the change after the task has finished
    while_running: str | None = None  # switch: whether it can be made while the job runs

    def __init__(self, world: World, job: Job, by: By, failure: str | None = None) -> None:
        self.world = world
        self.identity = job.id
        self.name = job.name
        self.by = by
        self.failure = failure
        self._late: Late | None = None

    def of_job(self) -> JobName:
        return JobName(self.name, self.identity)

    def operate(self) -> str | None:
        job = self.world.state.jobs.get(self.identity)
        if job is None:
            return refused("the job is not on the backup server any more")
        if job.server.id in self.world.offline:
            return OFFLINE
        if self.failure is not None:
            return self.failure
        rule = self.while_running
        if rule is not None and self.world.switches[rule] != "accepted" and self.world.runs.running(job.id):
            return refused("the job is running")
        # EM goes on to show it as it was
        late = self.world.view.hold(job.id, job.copy())
        failure = self.change(job)
        if failure is not None:
            self.world.view.release(late, "0")
            return failure
        self._late = late
        return None

    def finish(self) -> tuple[Link, ...]:
        if self._late is not None:
            self.world.view.release(self._late, self.world.switches[self.delay])
        return ()

    def change(self, job: Job) -> str | None:
        """Change the job on its backup server; a text is the message of a failure."""
        return None

    def apply(self, job: Job, action: str, changes: Mapping[str, Any]) -> None:
        self.world.change_job(job, self.by, action, changes)


class Toggle(JobWork):
    def change(self, job: Job) -> str | None:
        self.apply(job, "toggled", {"schedule_enabled": not job.schedule_enabled})
        return None


class EditWork(JobWork):
    """The body is merged with what the job is when the work is done, not when the request came."""

    while_running = "edit_running_job"

    def __init__(self, world: World, job: Job, by: By, edit: Edit | None, failure: str | None = None) -> None:
        super().__init__(world, job, by, failure)
        self.edit = edit

    def change(self, job: Job) -> str | None:
        changes = self.edit.changes(job, self.world.new_id) if self.edit else {}
        if changes.get("objects") == ():
            return ONLY_OBJECT
        if job.linked_backups:
            # not a word is said of them (backup_copy_job_options)
            changes = {**changes, "linked_backups": ()}
        self.apply(job, "edited", changes)
        return None


class DeleteWork(JobWork):
    delay = "show_deletion_after"
    while_running = "delete_running_job"

    def change(self, job: Job) -> str | None:
        # its sessions stay
        for session in self.world.runs.running(job.id):
            self.world.runs.stop(session)
        self.world.remove_job(job, self.by)
        return None

    def finish(self) -> tuple[Link, ...]:
        self.vanished = self.world.switches["delete_task"] == "vanishes"
        return super().finish()


class ObjectWork(JobWork):
    while_running = "edit_running_job"

    def __init__(self, world: World, job: Job, by: By, machine: JobObject) -> None:
        super().__init__(world, job, by)
        self.machine = machine


class AddObject(ObjectWork):
    def change(self, job: Job) -> str | None:
        if has_object(job, self.machine):
            rule = self.world.switches["duplicate_object"]
            if rule == "ignored":
                return None
            if rule != "allowed":
                return refused("the object is in the job already")
        self.apply(job, "objects", {"objects": (*job.objects, self.machine)})
        return None


class DeleteObject(ObjectWork):
    """Whether it is the last one is judged when the work is done."""

    def change(self, job: Job) -> str | None:
        kept = tuple(machine for machine in job.objects if machine.id != self.machine.id)
        if not kept:
            return ONLY_OBJECT
        self.apply(job, "objects", {"objects": kept})
        return None


class LinkWork(JobWork):
    """Of a copy job. links: attribute that is meant. What it is linked to besides, backups, an edit drops."""

    while_running = "edit_running_job"

    def __init__(self, world: World, job: Job, by: By, links: str, failure: str | None = None) -> None:
        super().__init__(world, job, by, failure)
        self.links = links

    def link(self, job: Job, links: tuple[tuple[str, str], ...]) -> None:
        dropped = {} if self.world.switches["links_drop_backups"] == "kept" else {"linked_backups": ()}
        self.apply(job, "links", {self.links: links, **dropped})


class AddLink(LinkWork):
    def __init__(self, world: World, job: Job, by: By, links: str, target: str, failure: str | None = None) -> None:
        super().__init__(world, job, by, links, failure)
        self.target = target

    def change(self, job: Job) -> str | None:
        known = getattr(job, self.links)
        if any(target == self.target for _oid, target in known):
            rule = self.world.switches["duplicate_link"]
            if rule == "ignored":
                return None
            if rule != "allowed":
                return refused(DOUBLE_LINK)
        self.link(job, (*known, (self.world.new_id(), self.target)))
        return None


class DeleteLink(LinkWork):
    def __init__(self, world: World, job: Job, by: By, links: str, oid: str) -> None:
        super().__init__(world, job, by, links)
        self.oid = oid

    def change(self, job: Job) -> str | None:
        kept = tuple(link for link in getattr(job, self.links) if link[0] != self.oid)
        if self.world.switches["last_link_delete"] == "task_failed" and link_count(job) == 1:
            return refused(ONLY_LINK)
        self.link(job, kept)
        return None


def link_count(job: Job) -> int:
    return len(job.linked_jobs) + len(job.linked_repositories) + len(job.linked_backups)


def has_object(job: Job, machine: JobObject) -> bool:
    return any(reference_key(other.reference) == reference_key(machine.reference) for other in job.objects)
