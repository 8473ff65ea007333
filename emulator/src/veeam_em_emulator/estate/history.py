# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every change of each job, by whom and when: so a test can assert that none was ever enabled with wrong content."""

from __future__ import annotations

from dataclasses import dataclass

from ..tester.clock import Clock
from .jobs import Job

# Number of the request in the journal, ``console`` (somebody at the backup server), or ``start`` (the state file)
By = int | str


@dataclass(frozen=True)
class JobChange:
    """A job on its backup server after a change of it. time: seconds since the epoch, as in the journal.

    action: ``start`` (as it was before anything changed it), ``created``, ``edited``, ``objects``, ``toggled``,
    ``renamed``, ``deleted``. schedule: the blocks of the schedule that are enabled. exists: false once it is deleted.
    kind: ``job``, ``agent`` or ``nas``.
    """

    number: int
    time: float
    by: By
    action: str
    id: str
    name: str
    server: str
    description: str
    enabled: bool
    configured: bool
    objects: tuple[str, ...]
    references: tuple[str, ...]
    schedule: tuple[str, ...]
    exists: bool = True
    kind: str = "job"

    @property
    def fires(self) -> bool:
        """Whether its schedule starts the job."""
        return self.exists and self.enabled and self.configured


def enabled_blocks(job: Job) -> tuple[str, ...]:
    return tuple(
        name
        for mode in job.schedule.values()
        for name, block in mode.items()
        if isinstance(block, dict) and block.get("Enabled")
    )


class History:
    """Only jobs that change are in it, each with its state at the start."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._start = clock.utc().timestamp()
        self._known: set[str] = set()
        self.changes: list[JobChange] = []

    def note_start(self, job: Job) -> None:
        """Before the first change of a job."""
        if job.id not in self._known:
            self._note(job, "start", "start", exists=True, time=self._start)

    def note(self, job: Job, by: By, action: str, exists: bool = True) -> None:
        self._note(job, by, action, exists, self._clock.utc().timestamp())

    def _note(self, job: Job, by: By, action: str, exists: bool, time: float) -> None:
        self._known.add(job.id)
        self.changes.append(self.row(job, by, action, exists, time))

    def row(self, job: Job, by: By, action: str, exists: bool, time: float) -> JobChange:
        return JobChange(
            number=len(self.changes) + 1, time=time, by=by, action=action, id=job.id, name=job.name,
            server=job.server.name, description=job.description, enabled=job.schedule_enabled,
            configured=job.schedule_configured, objects=tuple(machine.name for machine in job.objects),
            references=tuple(machine.reference for machine in job.objects), schedule=enabled_blocks(job),
            exists=exists, kind=job.kind,
        )  # fmt: skip

    def of(self, named: str) -> list[JobChange]:
        """Every change of the jobs that ever had this name, or of the one with this id; oldest first."""
        ids = {change.id for change in self.changes if named in (change.name, change.id)}
        return [change for change in self.changes if change.id in ids]
