# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tables of resources are made of: one row, a ``Kind``, for each kind of entity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..estate.jobs import Job
from ..wire.types import Type
from ..work.backups import Backups


@dataclass(frozen=True)
class Style:
    """What an entity has depends on the product, and on what else there is.

    fractional: of NextRun. order: of the objects of a job (to REST 1.6). retention: of a job, shown (recorded for 9.5
    U4: neither retention nor GFS in the entity). persistent_agent: an element of guest processing, always written.
    backups: to which sessions link. agent_job_link: from the reference of an agent job's session to the job.
    """

    product: str
    backups: Backups
    fractional: bool = False
    order: bool = False
    retention: bool = True
    persistent_agent: bool = False
    agent_job_link: bool = True

    def next_run(self, job: Job) -> str | None:
        """When it starts by itself, as EM writes it."""
        if not (job.schedule_enabled and job.next_run):
            return None
        whole = "." not in job.next_run
        return job.next_run.replace("Z", ".0000000Z") if self.fractional and whole else job.next_run


Values = Callable[[Any, Style], dict[str, Any]]


@dataclass(frozen=True)
class Kind:
    """How a kind of entity is asked for and written.

    element: of one in XML. plural: root of a list of entities in XML, its key in JSON. path: of the collection.
    label: in messages. outer: key of ``Entities`` in the JSON result of a query, where that is no ``plural``.
    queried: element of one in the XML result of a query, where that is another.
    """

    element: str
    plural: str
    type: Type
    entity: Values
    reference: Values
    path: str
    label: str
    outer: str = ""
    queried: str = ""
