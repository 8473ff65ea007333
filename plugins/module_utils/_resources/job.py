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
from .._em.reference import Reference, near_hint, quoted
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
        other = near_hint(wanted.text, names)
        other = other or " Enterprise Manager lists backup, replication and backup copy jobs only."
        raise NotFound(f"{place}{option}: there is no job {job}.{other}")
    if server is not None:
        on_server = [item for item in candidates if server.is_server(item.server)]
        if not on_server:
            where = ", ".join(_servers_of(candidates))
            raise NotFound(f"{place}{option}: job {job} is not on backup_server {quoted(server.text)}, but on {where}.")
        candidates = on_server
    if len(candidates) > 1:
        raise NotFound(f"{place}{option}: job {job} {_several(option, candidates)}.")
    return candidates[0]


def _several(option: str, jobs: t.Sequence[Job]) -> str:
    """Where the jobs are that have the same name, and how to name one of them."""
    servers = _servers_of(jobs)
    ids = ", ".join(sorted(job.id for job in jobs))
    listed = ", ".join(servers)
    if len(servers) == len(jobs):
        return (
            f"exists on {len(servers)} backup servers: {listed}; set backup_server to one of them, or give its id in "
            f"{option} ({ids})"
        )
    where = f"{len(servers)} backup servers" if len(servers) > 1 else "backup server"
    return f"exists {len(jobs)} times on {where} {listed}; give its id in {option} ({ids})"


def _servers_of(jobs: t.Iterable[Job]) -> list[str]:
    return sorted({job.server.name if job.server else "an unknown backup server" for job in jobs})
