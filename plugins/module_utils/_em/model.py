# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the client knows of EM's resources, whatever the format on the wire was."""

from __future__ import annotations

import typing as t

#: Job types that EM lists and clones (EM reference: get_jobs, post_jobs_id_actionclone).
BACKUP = "Backup"
REPLICA = "Replica"
BACKUP_COPY = "BackupCopy"
IMMEDIATE_BACKUP_COPY = "ImmediateBackupCopy"


class BackupServer(t.NamedTuple):
    """A backup server. The Up link of another resource tells no more of it than id and name."""

    id: str
    name: str
    description: str | None = None
    version: str | None = None
    port: int | None = None

    @property
    def uid(self) -> str:
        return f"urn:veeam:BackupServer:{self.id}"

    @property
    def path(self) -> str:
        return f"/api/backupServers/{self.id}"


class Job(t.NamedTuple):
    """A job. type, platform and description are None when only its reference was read."""

    id: str
    name: str
    server: BackupServer | None
    type: str | None = None
    platform: str | None = None
    description: str | None = None

    @property
    def uid(self) -> str:
        return f"urn:veeam:Job:{self.id}"

    @property
    def path(self) -> str:
        return f"/api/jobs/{self.id}"


class Repository(t.NamedTuple):
    """A backup repository. capacity and free_space: bytes, None where EM does not know, as with object storage.

    kind, capacity and free_space are None when only its reference was read.
    """

    id: str
    name: str
    server: BackupServer | None
    kind: str | None = None
    capacity: int | None = None
    free_space: int | None = None

    @property
    def uid(self) -> str:
        return f"urn:veeam:Repository:{self.id}"

    @property
    def path(self) -> str:
        return f"/api/repositories/{self.id}"


class Backup(t.NamedTuple):
    """What a job has written. repository: the one that it is in, None where EM does not say."""

    id: str
    name: str
    repository: Repository | None


class Task(t.NamedTuple):
    """A task (EM reference: get_tasks_id). success is None while there is no result.

    related: (id, name or None) of the jobs that Related links of type Job point to, without repetition.
    sessions: (kind, id) of the job sessions that Related links point to; kind is BackupJobSession or ReplicaJobSession.
    """

    id: str
    state: str
    operation: str | None = None
    success: bool | None = None
    message: str | None = None
    related: tuple[tuple[str, str | None], ...] = ()
    sessions: tuple[tuple[str, str], ...] = ()

    @property
    def path(self) -> str:
        return f"/api/tasks/{self.id}"


class Page(t.NamedTuple):
    """One page of a query result. number and pages are None where EM sent no PagingInfo."""

    items: list[t.Any]
    number: int | None
    pages: int | None


class CloneSpec(t.NamedTuple):
    """The body of a clone request: the job type and the elements with their values, None for those left out."""

    job_type: str
    values: dict[str, str | None]
