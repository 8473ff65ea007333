# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job works on, as it is now: its machines, what its containers hold, what it copies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..estate.agents import computers_of, machines_of
from ..estate.inventory import is_machine
from ..estate.jobs import Job, JobObject
from ..estate.machines import Machines
from ..estate.state import State


class Contents:
    """past: of runs before the start, it is found out once."""

    def __init__(self, state: State, machines: Machines) -> None:
        self.state = state
        self.machines = machines
        self._past: dict[int, tuple[JobObject, ...]] = {}

    def of(self, job: Job, past: bool = False) -> tuple[JobObject, ...]:
        """Of a container what it holds; where nobody has said what that is, the container itself."""
        if job.kind == "agent":
            return machines_of(computers_of(job, self.state.computers.values()))
        if "Copy" in job.job_type:
            sources = (self.state.jobs.get(linked) for _unused, linked in job.linked_jobs)
            return tuple(machine for source in sources if source is not None for machine in self.of(source, past))
        if job.kind != "job" or all(map(is_machine, job.objects)):
            return job.objects
        if not past:
            return tuple(self._expand(job))
        known = self._past.get(id(job.objects))
        if known is None:
            known = self._past[id(job.objects)] = tuple(self._expand(job))
        return known

    def clear(self) -> None:
        self._past.clear()

    def _expand(self, job: Job) -> Iterator[JobObject]:
        seen: set[str] = set()
        for thing in job.objects:
            held = None if is_machine(thing) else self.machines.inventory.machines_in(thing.reference)
            inside = [thing]
            if held is not None:
                inside = [replace(thing, name=item.name, reference=item.reference, holder=thing) for item in held]
            for machine in inside:
                if machine.reference not in seen:
                    seen.add(machine.reference)
                    yield machine
