# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which jobs hold which machines: by their own reference, by name, or by a container of their host that may. Pure.

What is in a container, and what of it is left out, no request of EM tells (EM reference: get_query_objectinjob).
"""

from __future__ import annotations

import typing as t

from .._resources.agent_job import AgentJob
from .._resources.job import BACKUP_COPY, IMMEDIATE_BACKUP_COPY
from .._resources.job_entity import JobHoldings
from .._resources.machine import parse_ref, same_object
from .evidence import Key, Machine
from .facts import CONTAINER, OBJECT, Held, Job

COPIES = (BACKUP_COPY, IMMEDIATE_BACKUP_COPY)


class Holdings:
    """What jobs hold. unique_ids: id of a root to what is the same for all roots of one host."""

    def __init__(
        self,
        unique_ids: t.Mapping[str, str],
        jobs: t.Iterable[JobHoldings] = (),
        agent_jobs: t.Iterable[AgentJob] = (),
    ) -> None:
        self._objects: dict[Key, dict[str, Held]] = {}
        #: By the key of the host; under "" those whose host cannot be told.
        self._containers: dict[str, dict[str, Held]] = {}
        self._names: dict[str, dict[str, Held]] = {}
        #: Names of machines that jobs hold by themselves, for those that no inventory tells.
        self.named: dict[Key, tuple[str, str]] = {}
        for holding in jobs:
            self._add(holding, unique_ids)
        for agent_job in agent_jobs:
            job = Job(
                agent_job.name,
                agent_job.id,
                agent_job.type or "AgentBackup",
                agent_job.enabled,
                agent_job.run_automatically,
            )
            for name in agent_job.names:
                self._names.setdefault(name, {})[job.id] = Held(job, OBJECT)
        self._sorted = {host: _in_order(held.values()) for host, held in self._containers.items()}

    def _add(self, holding: JobHoldings, unique_ids: t.Mapping[str, str]) -> None:
        job = Job(holding.job.name, holding.job.id, holding.job.type, holding.enabled, holding.run_automatically)
        for item in holding.objects:
            parts = parse_ref(item.ref)
            if parts.type == "vm":
                key = same_object(item.ref, unique_ids)
                self._objects.setdefault(key, {})[job.id] = Held(job, OBJECT)
                self.named[key] = min(self.named.get(key, (item.name, item.ref)), (item.name, item.ref))
            else:
                host = self._containers.setdefault(unique_ids.get(parts.root, parts.root), {})
                # Of several of one job the first by name stands for all.
                names = [item.name, *([host[job.id].container or ""] if job.id in host else [])]
                host[job.id] = Held(job, CONTAINER, min(names))

    def names_of(self, name: str) -> list[str]:
        """The names of the jobs for agents that hold this name."""
        return [held.job.name for held in self._names.get(name, {}).values()]

    def of(self, key: Key, machine: Machine) -> tuple[Held, ...]:
        """The jobs of a machine: first those that hold it by itself, then those that may by a container."""
        own = {**self._names.get(machine.name, {}), **self._objects.get(key, {})}
        containers = self._sorted.get(machine.host.key, ()) + self._sorted.get("", ())
        if not own:
            return containers
        return _in_order(own.values()) + tuple(held for held in containers if held.job.id not in own)


def _in_order(held: t.Iterable[Held]) -> tuple[Held, ...]:
    return tuple(sorted(held, key=lambda one: (not one.job.decides, one.job.name, one.job.id)))


def copies_of(jobs: t.Iterable[JobHoldings]) -> frozenset[tuple[str, str]]:
    """Backup server and name of the copy jobs."""
    return frozenset(
        (holding.job.server.id if holding.job.server else "", holding.job.name)
        for holding in jobs
        if holding.job.type in COPIES
    )
