# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many jobs or machines, for tests of large servers; always with the same names and ids."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from .ids import stable_id, vm_reference
from .inventory import InventoryObject
from .jobs import Job, JobObject
from .past_runs import PastRuns
from .run_plans import RunPlan
from .servers import BackupServer, HierarchyRoot, Repository
from .state import State, StateError

_MACHINES_OF_A_JOB = 100
_POINTS = 14


def add_jobs(state: State, count: int) -> None:
    """``Job 00001`` and so on, spread over the backup servers."""
    servers = _servers(state, count, "jobs")
    for number in range(1, count + 1):
        name = f"Job {number:05d}"
        machine = JobObject(stable_id("object", name), f"vm{number:05d}", vm_reference("generated", f"vm-{number}"))
        server = servers[number % len(servers)]
        state.add_job(_job(state, name, server, (machine,), description=f"Generated job {number}"))


def add_machines(state: State, count: int) -> None:
    """``machine00001`` and so on, in an inventory ``generated`` of the first backup server, a hundred in each of the
    jobs ``Machines 001`` ...; each has been backed up in the last 14 nights."""
    if not count:
        return
    server = _servers(state, count, "machines")[0]
    root = stable_id("root", server.name, "generated")
    names = [f"machine{number:05d}" for number in range(1, count + 1)]
    machines = tuple(
        InventoryObject(f"urn:VMware:Vm:{root}.vm-{number}", "Vm", name) for number, name in enumerate(names, 1)
    )
    state.roots[root] = HierarchyRoot("generated", root, server, stable_id("unique", root), objects=machines)
    retention = {"RetainCycles": _POINTS, "RetainDaysToKeep": _POINTS, "RetainLimitType": "Cycles"}
    for number, first in enumerate(range(0, count, _MACHINES_OF_A_JOB)):
        name = f"Machines {number + 1:03d}"
        objects = tuple(
            JobObject(stable_id("object", name, item.name), item.name, item.reference)
            for item in machines[first : first + _MACHINES_OF_A_JOB]
        )
        job = _job(state, name, server, objects, retention=retention)
        state.add_job(job)
        nightly = timedelta(hours=19, seconds=number)
        state.past_runs.append(PastRuns(job.id, (RunPlan(length="3600s"),), days=_POINTS, at=nightly))


def _servers(state: State, count: int, what: str) -> list[BackupServer]:
    servers = list(state.servers.values())
    if count and not servers:
        raise StateError(f"{what} cannot be generated without a backup server")
    return servers


def _job(state: State, name: str, server: BackupServer, objects: tuple[JobObject, ...], **more: Any) -> Job:
    repository: Repository | None = next((r for r in state.repositories.values() if r.server is server), None)
    return Job(
        name=name, id=stable_id("job", name), server=server, repository=repository, folder_name=name, objects=objects,
        **more,
    )  # fmt: skip
