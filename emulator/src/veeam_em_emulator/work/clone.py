# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloning a job (em_rest post_jobs_id_actionclone), with every unpublished reaction behind a switch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..estate.history import By
from ..estate.jobs import Job
from ..estate.servers import BackupServer, Repository
from ..wire.bodies import text_of
from ..wire.errors import OFFLINE, ApiError, missing_node, refused
from ..wire.links import Link
from .tasks import JobName, Task, Work
from .world import World

# What each kind of clone info needs, and the name of its folder element
MANDATORY: dict[str, tuple[str, ...]] = {
    "BackupJobCloneInfo": ("JobName", "RepositoryUid"),
    "ReplicaJobCloneInfo": ("JobName", "VmSuffix"),
    "BackupCopyJobCloneInfo": ("JobName", "RepositoryUid"),
    "ImmediateBackupCopyJobCloneInfo": ("JobName", "RepositoryUid"),
}
FOLDER = {
    "BackupJobCloneInfo": "FolderName",
    "BackupCopyJobCloneInfo": "JobFileName",
    "ImmediateBackupCopyJobCloneInfo": "JobFileName",
}
_OLD = "the backup server is older than Enterprise Manager"
NAMES = (*MANDATORY, "JobName", "FolderName", "JobFileName", "RepositoryUid", "VmSuffix", "Description")


@dataclass(frozen=True)
class CloneSpec:
    kind: str
    job_name: str
    folder_name: str | None
    repository_uid: str | None
    vm_suffix: str | None
    description: str | None


def clone_spec(values: dict[str, Any]) -> CloneSpec:
    kinds = [kind for kind in MANDATORY if values.get(kind) is not None]
    if len(kinds) != 1:
        raise missing_node()
    kind = kinds[0]
    info = values[kind]
    name = text_of(info, "JobName")
    if not name:
        raise missing_node()
    return CloneSpec(
        kind=kind,
        job_name=name,
        folder_name=text_of(info, FOLDER[kind]) if kind in FOLDER else None,
        repository_uid=text_of(info, "RepositoryUid"),
        vm_suffix=text_of(info, "VmSuffix"),
        description=text_of(info, "Description"),
    )


class CloneWork(Work):
    """The clone while its task runs. The name is reserved from the POST on.

    allow_duplicates, new_name, delay: set by faults (``late_job`` and so on).
    """

    def __init__(self, world: World, source: Job, spec: CloneSpec, repository: Repository | None, by: By) -> None:
        self.world = world
        self.source = source
        self.by = by
        self.spec = spec
        self.repository = repository
        self.failure: str | None = None
        self.allow_duplicates = False
        self.new_name: str | None = None
        self.delay: str | None = None
        self.job: Job | None = None
        self._reservation = (source.server.id, spec.job_name)
        self._first = not name_taken(world, source.server, spec.job_name)
        world.reserved.append(self._reservation)

    def _release(self) -> None:
        # the same name may be reserved twice; these are equal, so it does not matter which one goes
        self.world.reserved.remove(self._reservation)

    def of_job(self) -> JobName:
        return JobName(self.spec.job_name, None) if self.job is None else JobName(self.job.name, self.job.id)

    def operate(self) -> str | None:
        self._release()
        if self.failure is not None:
            return self.failure
        source = self.world.state.jobs.get(self.source.id)
        if source is None:
            return refused("the job is not on the backup server any more")
        if source.server.id in self.world.offline:
            return OFFLINE
        self.source = source
        rule = "allowed" if self.allow_duplicates else self.world.switches["duplicate_name"]
        name = self.new_name or self.spec.job_name
        others = not self._first and reserved(self.world, self.source.server, name)
        taken = others or exists(self.world, self.source.server, name)
        if taken and rule == "renamed":
            name = free_name(self.world, self.source.server, name)
        elif taken and rule != "allowed":
            return refused("the job name is in use")
        self.job = self._make(name)
        # taken until EM shows it
        self.world.reserved.append(self._reservation)
        return None

    def _make(self, name: str) -> Job:
        source, spec, switches = self.source, self.spec, self.world.switches
        description = spec.description
        if description is None:
            description = source.description if switches["clone_description_omitted"] == "source" else ""
        enabled = {"true": True, "false": False}.get(switches["clone_schedule_enabled"], source.schedule_enabled)
        replica = source.job_type == "Replica"
        return source.copy(
            name=name, id=self.world.new_id(), description=description, schedule_enabled=enabled,
            repository=source.repository if replica else self.repository,
            folder_name="" if replica else spec.folder_name or spec.job_name,
            vm_suffix=spec.vm_suffix if replica else None,
            objects=tuple(replace(machine, id=self.world.new_id()) for machine in source.objects),
            linked_jobs=tuple((self.world.new_id(), target) for _unused, target in source.linked_jobs),
            cloned_from=source.id, cloned_from_name=source.name,
        )  # fmt: skip

    def finish(self) -> tuple[Link, ...]:
        assert self.job is not None
        self._release()
        self.world.add_job(self.job, self.by)
        delay = self.delay if self.delay is not None else self.world.switches["show_new_job_after"]
        if delay != "0":
            self.world.hide(self.job, delay)
        return (Link("Related", f"/jobs/{self.job.id}?format=Entity", self.job.name, "Job"),)

    def cancel(self) -> None:
        self._release()


def _same(world: World, one: str, other: str) -> bool:
    return one == other or (world.switches["name_compare"] == "insensitive" and one.casefold() == other.casefold())


def exists(world: World, server: BackupServer, name: str) -> bool:
    """Whether the backup server has a job of that name, shown by EM or not."""
    return any(job.server is server and _same(world, job.name, name) for job in world.state.jobs_named(name))


def reserved(world: World, server: BackupServer, name: str) -> bool:
    """Whether a running clone holds that name."""
    return any(owner == server.id and _same(world, other, name) for owner, other in world.reserved)


def name_taken(world: World, server: BackupServer, name: str) -> bool:
    return reserved(world, server, name) or exists(world, server, name)


def free_name(world: World, server: BackupServer, name: str) -> str:
    """Named as the web UI names its clones (em/cloning_backup_replication_jobs)."""
    number = 1
    while name_taken(world, server, f"{name}_clone{number}"):
        number += 1
    return f"{name}_clone{number}"


def start_clone(world: World, session: Any, source: Job, spec: CloneSpec, allow_duplicates: bool, by: By) -> Task:
    """Check what is checked at the POST, reserve the name, start the task. ApiError where a switch says so."""
    switches = world.switches
    repository, bad_repository = _repository(world, source, spec)
    failures = []

    def check(condition: bool, switch: str, reason: str) -> None:
        if not condition:
            return
        channel = switches[switch]
        if channel == "auto":
            channel = "task_failed" if world.options.product == "13" else "accepted"
        if channel == "http_400":
            raise ApiError(400, refused(reason))
        if channel == "http_500":
            raise ApiError(500, refused(reason))
        if channel in ("task_failed", "refused"):
            failures.append(refused(reason))

    if switches["missing_folder_name"] == "refused" and spec.kind in FOLDER and spec.folder_name is None:
        raise missing_node()
    check(world.older_than_em(source.server.major), "older_server_clone", _OLD)
    own = f"{source.job_type}JobCloneInfo"
    check(spec.kind != own, "kind_mismatch", f"{spec.kind} on a job of type {source.job_type}")
    check(len(spec.job_name) > switches["name_limit"], "name_too_long", "the job name is too long")
    check(bad_repository, "bad_repository", "no such repository on the backup server")
    if not allow_duplicates and switches["duplicate_name"].startswith("http_"):
        check(name_taken(world, source.server, spec.job_name), "duplicate_name", "the job name is in use")
    work = CloneWork(world, source, spec, repository, by)
    work.failure = failures[0] if failures else None
    work.allow_duplicates = allow_duplicates
    return world.tasks.start(session, "CloneJob", work)


def _repository(world: World, source: Job, spec: CloneSpec) -> tuple[Repository | None, bool]:
    """Target repository (that of the source where none can be told), and whether the one asked for is bad."""
    if spec.repository_uid is None:
        return source.repository, False
    prefix = "urn:veeam:Repository:"
    identity = spec.repository_uid[len(prefix) :] if spec.repository_uid.startswith(prefix) else ""
    found = world.state.repositories.get(identity.lower())
    if found is None:
        return source.repository, True
    return found, found.server is not source.server
