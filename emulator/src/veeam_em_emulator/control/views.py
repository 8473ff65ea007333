# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests see of the emulator's state, as plain values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..estate.inventory import reference_key
from ..estate.jobs import Job, JobObject
from ..estate.machines import Machine
from ..estate.state import State
from ..estate.system_sessions import SystemSession
from ..wire.times import utc_text
from ..work.agent_sessions import ComputerSession
from ..work.replicas import VmReplicaPoint
from ..work.restore_points import AgentRestorePoint, VmRestorePoint
from ..work.restore_sessions import RestoreSession
from ..work.run_sessions import JobSession
from ..work.tasks import Task
from ..work.visible_sessions import TaskSessions
from ..work.world import World


@dataclass(frozen=True)
class JobView:
    """A job on its backup server. visible: EM shows it. cloned_from: id of the source, None where it is no clone.
    kind: ``job``, ``agent``, ``nas`` or ``cdp`` (see the README)."""

    id: str
    name: str
    job_type: str
    platform: str
    server: str
    server_id: str
    description: str
    repository: str | None
    repository_id: str | None
    folder_name: str
    vm_suffix: str | None
    cloned_from: str | None
    cloned_from_name: str | None
    objects: tuple[str, ...]
    schedule_configured: bool
    schedule_enabled: bool
    visible: bool
    kind: str


@dataclass(frozen=True)
class TaskView:
    """A task of any session. session: SessionId. polls: GETs that read it. job_name, job_id: the job that it is about,
    of a clone the one that it makes."""

    id: str
    session: str
    operation: str
    state: str
    success: bool | None
    message: str | None
    polls: int
    active: bool
    job_name: str | None
    job_id: str | None


@dataclass(frozen=True)
class TaskSessionView:
    """A machine in a run, as EM shows it. size: bytes."""

    id: str
    name: str
    ref: str
    state: str
    result: str
    reason: str
    size: int


@dataclass(frozen=True)
class SessionView:
    """A session of a job, as EM shows it. created, ended: UTC, ended is None while it runs. visible: EM shows it.
    parent: id of the run that it is part of, as what a computer does in the run of an agent job."""

    id: str
    name: str
    job_id: str
    job_name: str
    job_type: str
    server: str
    created: str
    ended: str | None
    state: str
    result: str
    progress: int
    is_retry: bool
    scheduled: bool
    visible: bool
    machines: tuple[TaskSessionView, ...]
    parent: str | None = None


@dataclass(frozen=True)
class RestoreSessionView:
    """A restore, failover or restore of files, as EM shows it. created, ended: UTC, ended is None while it runs.
    visible: EM shows it. machine, ref: what it concerns. restored: reference of what was made. reason: why it failed.
    point: id of what is brought back.
    """

    id: str
    name: str
    type: str | None
    machine: str
    ref: str
    server: str
    created: str
    ended: str | None
    state: str
    result: str
    progress: int
    visible: bool
    restored: str | None
    reason: str | None
    point: str | None


def restore_session_view(session: RestoreSession) -> RestoreSessionView:
    over = bool(session.end_text)
    return RestoreSessionView(
        id=session.id, name=session.name, type=session.job_type, machine=session.machine, ref=session.reference,
        server=session.server.name, created=session.created_text, ended=session.end_text or None, state=session.state,
        result=session.result, progress=session.progress, visible=session.visible,
        restored=session.restored if over else None, reason=session.reason if over else None,
        point=session.point.path.rpartition("/")[2] if session.point is not None else None,
    )  # fmt: skip


def session_view(session: JobSession) -> SessionView:
    machines = tuple(
        TaskSessionView(
            id=item.id, name=item.machine.name, ref=item.machine.reference, state=item.state, result=item.result,
            reason=item.reason, size=item.size,
        )
        for item in TaskSessions.all_of(session)
    )  # fmt: skip
    return SessionView(
        id=session.id, name=session.name, job_id=session.job_id, job_name=session.job_name, job_type=session.job_type,
        server=session.server.name, created=session.created_text, ended=session.end_text or None, state=session.state,
        result=session.result, progress=session.progress, is_retry=session.is_retry, scheduled=session.scheduled,
        visible=session.visible, machines=machines,
        parent=session.parent.id if isinstance(session, ComputerSession) else None,
    )  # fmt: skip


def job_view(world: World, job: Job) -> JobView:
    repository = job.repository
    return JobView(
        id=job.id, name=job.name, job_type=job.job_type, platform=job.platform, server=job.server.name,
        server_id=job.server.id, description=job.description, repository=repository.name if repository else None,
        repository_id=repository.id if repository else None, folder_name=job.folder_name, vm_suffix=job.vm_suffix,
        cloned_from=job.cloned_from, cloned_from_name=job.cloned_from_name,
        objects=tuple(machine.name for machine in job.objects), schedule_configured=job.schedule_configured,
        schedule_enabled=job.schedule_enabled, visible=world.view.get(job.id) is not None,
        kind=job.kind,
    )  # fmt: skip


def task_view(task: Task) -> TaskView:
    result = task.result() or {}
    job = task.work.of_job()
    return TaskView(
        id=task.id, session=task.session.id, operation=task.operation, state=task.state,
        success=result.get("Success"), message=result.get("Message"), polls=task.polls, active=task.active,
        job_name=job.name if job else None, job_id=job.id if job else None,
    )  # fmt: skip


@dataclass(frozen=True)
class MachineView:
    """A machine as it is. ref: the first of refs, one for each inventory that has it. root, backup_server: of that one,
    None where no inventory has it. written: UTC, when its disks were changed last, None for never since the start.
    """

    ref: str
    refs: tuple[str, ...]
    name: str
    root: str | None
    backup_server: str | None
    exists: bool
    powered_on: bool
    data: str
    written: str | None


def machine_view(world: World, machine: Machine) -> MachineView:
    references = world.machines.references(machine)
    root = world.state.roots.get(reference_key(references[0]).root)
    return MachineView(
        ref=references[0], refs=tuple(references), name=machine.name, root=root.name if root else None,
        backup_server=root.server.name if root else None, exists=machine.exists, powered_on=machine.powered_on,
        data=machine.data, written=utc_text(machine.written) if machine.written is not None else None,
    )  # fmt: skip


POINT_KINDS = ("vm", "agent", "replica")


@dataclass(frozen=True)
class PointView:
    """One machine in a restore point. created: UTC, the moment of the data. data: what was on its disks then. ref: None
    where EM does not know the machine. type: ``Full``, ``Increment``, or ``Snapshot`` of a replica. ready: EM says that
    it can be restored. kind: ``vm``, ``agent`` (of a computer) or ``replica``; backup: of the latter, its replica.
    """

    id: str
    name: str
    machine: str
    ref: str | None
    created: str
    type: str
    ready: bool
    data: str
    job: str
    backup: str
    repository: str | None
    backup_server: str
    kind: str


def point_view(world: World, item: VmRestorePoint) -> PointView:
    backup = item.point.backup
    return PointView(
        id=item.id, name=item.name, machine=item.machine.name, ref=item.reference or None, created=item.created_text,
        type=item.point_type, ready=item.ready, data=world.runs.backups.data_of(item), job=backup.job_name,
        backup=backup.name, repository=backup.repository.name, backup_server=backup.server.name,
        kind="agent" if isinstance(item, AgentRestorePoint) else "vm",
    )  # fmt: skip


def replica_point_view(world: World, item: VmReplicaPoint) -> PointView:
    replica = item.replica
    return PointView(
        id=item.id, name=item.name, machine=item.machine.name, ref=item.machine.reference, created=item.created_text,
        type=item.point_type, ready=item.ready, data=world.runs.replicas.data_of(item), job=item.session.job_name,
        backup=replica.name, repository=replica.repository.name if replica.repository is not None else None,
        backup_server=replica.server.name, kind="replica",
    )  # fmt: skip


def point_views(world: World, machine: str | None, kind: str = "vm") -> list[PointView]:
    """machine: only those of that name or reference. ValueError for a kind that there is not."""
    if kind not in POINT_KINDS:
        raise ValueError(f"kind {kind!r} is not one of {', '.join(POINT_KINDS)}")
    world.runs.update_view()
    backups = world.runs.backups
    backups.settle()
    if kind == "replica":
        copies = sorted(world.runs.replicas.points.values(), key=lambda item: item.created)
        return [replica_point_view(world, item) for item in copies if _is_of(item.machine, machine)]
    if kind == "agent":
        return [point_view(world, item) for item in backups.agent_points() if _is_of(item.machine, machine)]
    if machine is None:
        found = backups.vm_points()
    elif machine.lower().startswith("urn:"):
        found = backups.vm_points_of([machine])
    else:
        found = [item for item in backups.vm_points_named([machine]) if item.machine.name == machine]
    return [point_view(world, item) for item in found]


def _is_of(thing: JobObject, named: str | None) -> bool:
    """Whether it is the machine of that name or reference; None is any."""
    return named in (None, thing.name) or named is not None and reference_key(thing.reference) == reference_key(named)


@dataclass(frozen=True)
class SystemSessionView:
    """A session of EM itself, such as a data collection. ended is None while it is in progress. events: messages."""

    id: str
    name: str
    session_type: str
    created: str
    ended: str | None
    state: str
    events: tuple[str, ...]


def system_session_view(session: SystemSession) -> SystemSessionView:
    return SystemSessionView(
        id=session.id, name=session.name, session_type=session.kind, created=utc_text(session.created),
        ended=utc_text(session.ended) if session.ended is not None else None, state=session.state,
        events=tuple(event.message for event in session.events),
    )  # fmt: skip


def inventory_view(world: World) -> list[dict[str, Any]]:
    """Every object of the inventory; found: lookups find it by now."""
    roots = world.state.roots
    return [
        {
            "ref": item.reference, "type": item.kind, "name": item.name, "found": found,
            "root": roots[root_id].name, "backup_server": roots[root_id].server.name,
        }
        for root_id, item, found in world.inventory.all()
    ]  # fmt: skip


_SECTIONS = {"jobs": "job", "agent_jobs": "agent", "nas_jobs": "nas", "cdp_policies": "cdp"}


def _estate_view(state: State) -> dict[str, Any]:
    """What jobs are about besides virtual machines, and who may see it. Nothing here is a secret."""
    return {
        "protection_groups": [
            {"id": group.id, "name": group.name, "ref": group.reference, "backup_server": group.server.name}
            for group in state.groups.values()
        ],
        "computers": [
            {
                "id": computer.id, "name": computer.name, "ref": computer.reference,
                "backup_server": computer.server.name, "protection_groups": [group.name for group in computer.groups],
                "host_status": computer.host_status, "agent_status": computer.agent_status,
            }
            for computer in state.computers.values()
        ],
        "file_servers": [
            {"id": item.id, "name": item.name, "backup_server": item.server.name}
            for item in state.file_servers.values()
        ],
        "failover_plans": [
            {
                "id": plan.id, "name": plan.name, "backup_server": plan.server.name,
                "machines": [machine.name for machine in plan.machines],
            }
            for plan in state.failover_plans.values()
        ],
        "accounts": [
            {
                "id": account.id, "user": account.user, "roles": list(account.roles),
                "restores_all": account.restores_all, "scopes": [scope.name for scope in account.scopes],
            }
            for account in state.accounts
        ],
    }  # fmt: skip


def _point_counts(world: World) -> dict[str, int]:
    """There may be very many; ``/_emulator/points`` has them."""
    runs = world.runs
    runs.update_view()
    runs.backups.settle()
    counts = (len(runs.backups.vm_points()), len(runs.backups.agent_points()), len(runs.replicas.points))
    return dict(zip(POINT_KINDS, counts, strict=True))


def state_view(world: World) -> dict[str, Any]:
    return {
        "product": world.options.product,
        "sessions": [{"id": session.id, "user": session.user} for session in world.sessions.all_open()],
        "backup_servers": [{"id": s.id, "name": s.name, "version": s.version} for s in world.state.servers.values()],
        "repositories": [
            {"id": r.id, "name": r.name, "backup_server": r.server.name} for r in world.state.repositories.values()
        ],
        **{
            section: [asdict(job_view(world, job)) for job in world.state.jobs.values() if job.kind == kind]
            for section, kind in _SECTIONS.items()
        },
        **_estate_view(world.state),
        "tasks": [asdict(task_view(task)) for task in world.tasks.all],
        "restores": [asdict(restore_session_view(session)) for session in world.restores.all.values()],
        "points": _point_counts(world),
        "machines": [asdict(machine_view(world, machine)) for machine in world.machines.all()],
        "system_sessions": [asdict(system_session_view(session)) for session in world.collector.sessions],
    }
