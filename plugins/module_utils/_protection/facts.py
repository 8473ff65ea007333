# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was read of a machine, as values. Moments are seconds since 1970, by the server's clock."""

from __future__ import annotations

import typing as t

from .exclude import Exclusions

#: How a read went. HIDDEN: the role does not allow it. ABSENT: it went well, and the machine is not in it.
READ, FAILED, HIDDEN, ABSENT = "read", "failed", "hidden", "absent"

#: How a job holds a machine: by its own reference or name, or by a container that may hold it.
OBJECT, CONTAINER = "object", "container"

#: Types of jobs whose settings decide. A replica is no restore point, and a copy has what its source has.
DECIDING = ("backup", "agentbackup")


class Point(t.NamedTuple):
    """A restore point. entity: what else is known of it, for the result."""

    created: float
    entity: t.Any = None


class LastRun(t.NamedTuple):
    """What a run that has ended did with the machine. job: its name, None where EM does not say."""

    job: str | None
    result: str | None
    end: float
    reason: str | None = None

    @property
    def has_failed(self) -> bool:
        return (self.result or "").lower() == "failed"


class Job(t.NamedTuple):
    """A job that may protect machines."""

    name: str
    id: str
    type: str | None
    enabled: bool
    run_automatically: bool

    @property
    def decides(self) -> bool:
        return (self.type or "").lower() in DECIDING

    @property
    def rests(self) -> bool:
        """Whether it will not run by itself."""
        return not (self.enabled and self.run_automatically)


class Held(t.NamedTuple):
    """That a job holds the machine. container: the name of what may hold it, where it is by a container."""

    job: Job
    by: str
    container: str | None = None


class Facts(t.NamedTuple):
    """One machine.

    refs: all its references; one vCenter on two backup servers gives it two. is_named: the user asked for it.
    inventory, points, runs, jobs: how the read that decides went.
    newest: its newest ready restore point. foreign: the newest point of its name that has another reference, or none,
    and that no other machine accounts for. last_run: None where there is none. doubtful: a failed run that may be its
    own, or that of another machine of its name.
    """

    name: str
    refs: tuple[str, ...]
    is_named: bool = False
    inventory: str = READ
    points: str = READ
    newest: Point | None = None
    foreign: Point | None = None
    runs: str = READ
    last_run: LastRun | None = None
    doubtful: LastRun | None = None
    jobs: str = READ
    held: tuple[Held, ...] = ()

    @property
    def by_object(self) -> list[Job]:
        """The jobs that hold it by itself and decide."""
        return [held.job for held in self.held if held.by == OBJECT and held.job.decides]

    @property
    def by_container(self) -> list[Held]:
        return [held for held in self.held if held.by == CONTAINER and held.job.decides]

    @property
    def twice(self) -> bool:
        """Whether several jobs protect it. By a container nobody can tell."""
        return sum(job.enabled for job in self.by_object) > 1


class Question(t.NamedTuple):
    """What is asked of all machines. within: seconds. now: the moment of the answers."""

    within: int
    now: float
    exclude: Exclusions
