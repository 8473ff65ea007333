# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job, as far as its reference and a look-up by name tell it, and the one that an option names.

EM reference: get_jobs, get_jobs_id.
"""

from __future__ import annotations

import typing as t

from .._em import wire
from .._em.kind import Kind
from .._em.reference import Reference, near_hint, near_names, quoted
from .._http.errors import NotFound
from . import backup_server
from .backup_server import BackupServer

#: Job types that EM lists and clones (EM reference: get_jobs, post_jobs_id_actionclone).
BACKUP = "Backup"
REPLICA = "Replica"
BACKUP_COPY = "BackupCopy"
IMMEDIATE_BACKUP_COPY = "ImmediateBackupCopy"


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


def read(record: wire.Record, known: wire.Links | None = None) -> Job:
    """A job, from its entity or a reference. known: its links, where they were read before."""
    return Job(
        wire.identifier(record, "jobs"),
        wire.name_of(record),
        backup_server.of_link(record, known),
        record.text("JobType"),
        record.text("Platform"),
        record.text("Description"),
    )


#: EM reference: get_jobs_id, get_query_job.
JOB = Kind("Job", "Jobs", "jobs", read, entities=True)


def the_one(
    option: str,
    wanted: Reference,
    server: Reference | None,
    jobs: t.Iterable[Job],
    names: t.Iterable[str] = (),
    place: str = "",
) -> Job:
    """The one job that an option names. names: what else there is, for the message only. Raises NotFound.

    server: what the option backup_server names. place: the item's place in a list, before the option.
    """
    candidates = wanted.picks(jobs)
    job = quoted(wanted.text)
    if not candidates:
        hint = near_hint(near_names(wanted.text, names))
        hint = hint or " Enterprise Manager lists backup, replication and backup copy jobs only."
        raise NotFound(f"{place}{option}: there is no job {job}.{hint}")
    if server is not None:
        on_server = [item for item in candidates if server.is_server(item.server)]
        if not on_server:
            raise NotFound(
                f"{place}{option}: job {job} is not on backup_server {server.text}, but on {_where(candidates)}."
            )
        candidates = on_server
    if len(candidates) > 1:
        servers = {item.server for item in candidates}
        what = "set backup_server" if len(servers) == len(candidates) else f"give its id in {option}"
        raise NotFound(f"{place}{option}: job {job} is there {len(candidates)} times, on {_where(candidates)}; {what}.")
    return candidates[0]


def _where(jobs: t.Iterable[Job]) -> str:
    return ", ".join(
        sorted(f"{job.server.name if job.server else 'unknown backup server'} (id {job.id})" for job in jobs)
    )
