# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job of any kind, as far as its reference and a look-up by name tell it, and the one that an option names.

EM reference: get_jobs, get_jobs_id, get_agents_jobs_id, get_nas_jobs_id.
"""

from __future__ import annotations

import functools
import typing as t

from .._em import wire
from .._em.kind import Kind
from .._em.reference import Reference, near_hint, quoted, reference
from .._http.errors import NotFound, OptionError
from . import backup_server, job_kind
from .backup_server import BackupServer

#: Job types that EM lists and clones (EM reference: get_jobs, post_jobs_id_actionclone).
BACKUP = "Backup"
REPLICA = "Replica"
BACKUP_COPY = "BackupCopy"
IMMEDIATE_BACKUP_COPY = "ImmediateBackupCopy"


class Job(t.NamedTuple):
    """A job. type, platform and description are None when only its reference was read. kind: a word of job_kind.py.

    A file share job has neither type nor platform.
    """

    id: str
    name: str
    server: BackupServer | None
    type: str | None = None
    platform: str | None = None
    description: str | None = None
    kind: str = job_kind.JOB

    @property
    def uid(self) -> str:
        return f"urn:veeam:{self._row.name}:{self.id}"

    @property
    def path(self) -> str:
        return f"/api/{self._row.collection}/{self.id}"

    @property
    def uids(self) -> tuple[str, ...]:
        """Every UID under which EM may speak of it."""
        return tuple(f"urn:veeam:{name}:{self.id}" for name in (self._row.name, *self._row.more_uids))

    @property
    def title(self) -> str:
        """What it is, in a sentence: "agent job"."""
        return self._row.title

    @property
    def _row(self) -> job_kind.JobKind:
        return job_kind.ROWS[self.kind]

    def action(self, name: str) -> str:
        """The path of an action: start, stop, retry, toggleScheduleEnabled."""
        return f"{self.path}/{name}" if self._row.action_in_path else f"{self.path}?action={name}"


#: By the word of a kind the rows of those that are no name for it.
_OTHERS = {
    word: [other for other in job_kind.ROWS.values() if other.name not in (row.name, *row.more_uids)]
    for word, row in job_kind.ROWS.items()
}


def read(record: wire.Record, known: wire.Links | None = None, kind: str = job_kind.JOB) -> Job:
    """A job, from its entity or a reference. known: its links, where they were read before. Raises Unreadable."""
    said = (record.text("UID") or "").split(":")[2:3]
    if said and any(said[0].lower() == row.name.lower() for row in _OTHERS[kind]):
        # Some servers answer under an href that they print wrongly.
        raise wire.Unreadable(f"it is a {said[0]}, not a {job_kind.ROWS[kind].name}", permanent=True)
    return Job(
        wire.identifier(record, job_kind.ROWS[kind].collection),
        wire.name_of(record),
        backup_server.of_link(record, known),
        record.text("JobType"),
        record.text("Platform"),
        record.text("Description"),
        kind,
    )


def _kind(row: job_kind.JobKind) -> Kind:
    return Kind(
        row.name,
        row.plural,
        row.collection,
        functools.partial(read, kind=row.word),
        entities=True,
        element=row.element,
        title=row.title,
        more_uids=row.more_uids,
        more_hrefs=row.more_hrefs,
    )


#: By the word of the option kind. EM reference: get_query_job, get_query_agentbackupjob, get_query_nasjob.
KINDS = {word: _kind(row) for word, row in job_kind.ROWS.items()}
JOB = KINDS[job_kind.JOB]


def job_reference(option: str, value: str, kind: str, place: str = "") -> Reference:
    """Read how a user names a job of that kind. Raises OptionError, which says so where it is one of another kind."""
    try:
        return reference(option, value, KINDS[kind], place)
    except OptionError as error:
        for word, other in KINDS.items():
            if word != kind and is_one(option, value, word):
                raise OptionError(f"{error.msg} It is one of {_a(other.words)}: set kind to {word}.") from None
        raise


def is_one(option: str, value: str, kind: str) -> bool:
    """Whether it is an id, a UID or an href of a job of that kind."""
    try:
        return reference(option, value, KINDS[kind]).id is not None
    except OptionError:
        return False


def _a(title: str) -> str:
    return f"{'an' if title[0] in 'aeiou' else 'a'} {title}"


_OTHER_KINDS = (
    " Enterprise Manager lists backup, replication and backup copy jobs here; agent and file share jobs have a kind of "
    "their own."
)


def the_one(
    option: str,
    wanted: Reference,
    server: Reference | None,
    jobs: t.Iterable[Job],
    names: t.Iterable[str] = (),
    place: str = "",
    kind: str = job_kind.JOB,
) -> Job:
    """The one job that an option names. names: what else there is, for the message only. Raises NotFound.

    server: what the option backup_server names. place: the item's place in a list, before the option.
    """
    candidates = wanted.picks(jobs)
    job = quoted(wanted.text)
    if not candidates:
        other = near_hint(wanted.text, names) or (_OTHER_KINDS if kind == job_kind.JOB else "")
        raise NotFound(f"{place}{option}: there is no {job_kind.ROWS[kind].title} {job}.{other}")
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
