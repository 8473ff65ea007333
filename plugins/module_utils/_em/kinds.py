# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One row for each kind of resource: what it is called in queries, UIDs, hrefs and documents, and how it is read.

EM reference: query_type, uid, and the page of each resource.
"""

from __future__ import annotations

import typing as t

from . import wire
from .inventory import read_root
from .job import read_job_entity, read_shown_job
from .model import Page


class Kind(t.NamedTuple):
    """A kind of resource.

    name: in query?type=, in UIDs (urn:veeam:Job:...), and of its element. plural: name of its lists.
    collection: part of its hrefs (/api/jobs/{id}). read: makes the model of an entity or a reference.
    entities: whether entities are asked for; references take about a ninth of the bytes.
    """

    name: str
    plural: str
    collection: str
    read: t.Callable[[wire.Record], t.Any]
    entities: bool

    @property
    def as_references(self) -> Kind:
        """The same kind, read from references only."""
        return self._replace(entities=False)

    @property
    def as_entities(self) -> Kind:
        """The same kind, read from entities."""
        return self._replace(entities=True)

    @property
    def words(self) -> str:
        """The kind in a sentence: "backup server"."""
        return "".join(" " + char.lower() if char.isupper() else char for char in self.name).strip()

    def path(self, identifier: str) -> str:
        """Path and query of one resource."""
        return f"/api/{self.collection}/{identifier}{'?format=Entity' if self.entities else ''}"

    def read_one(self, body: bytes, media_type: str) -> t.Any:
        """The resource, as entity or reference. Raises Unreadable."""
        return self.read(wire.parse(body, media_type, (self.name, "EntityRef"), ("UID", "Href")))

    def read_page(self, body: bytes, media_type: str) -> Page:
        """One page of a query for it, entities or references. Raises Unreadable."""
        return wire.read_page(body, media_type, self.plural, self.name, self.read)


#: EM reference: get_jobs_id, get_query_job.
JOB = Kind("Job", "Jobs", "jobs", wire.job, entities=True)
#: The same with all that EM says of it.
WHOLE_JOB = JOB._replace(read=read_job_entity)
SHOWN_JOB = JOB._replace(read=read_shown_job)
#: EM reference: repositories_id, get_query_repository. Who looks one up needs no more of it than a reference has.
REPOSITORY = Kind("Repository", "Repositories", "repositories", wire.repository, entities=False)
#: EM reference: backups_id, get_query_backup.
BACKUP = Kind("Backup", "Backups", "backups", wire.backup, entities=True)
#: EM reference: backupservers_id, get_query_backupserver.
BACKUP_SERVER = Kind("BackupServer", "BackupServers", "backupServers", wire.backup_server, entities=True)
#: EM reference: hierarchyroots_id, get_query_hierarchyroot.
HIERARCHY_ROOT = Kind("HierarchyRoot", "HierarchyRoots", "hierarchyRoots", read_root, entities=True)
