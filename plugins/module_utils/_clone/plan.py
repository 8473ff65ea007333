# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planning clones: pure decisions on what was asked for and what was read. No clock, no socket.

Errors are raised before anything is written and name the option, the candidates, or what EM lacks.
"""

from __future__ import annotations

import re
import typing as t

from .._em.reference import Reference, hint, quoted
from .._em.texts import check_new_name, difference, folded
from .._http.errors import NotFound, OptionError
from .._resources.backup_server import BackupServer
from .._resources.job import BACKUP, BACKUP_COPY, IMMEDIATE_BACKUP_COPY, REPLICA, Job, the_one
from .._resources.repository import Repository
from .spec import CLONE_ELEMENTS, CloneSpec

#: Characters of the name of a new job. One that exists may have a longer name.
MAX_NAME = 50
DEFAULT_VM_SUFFIX = "_replica"
_NOT_IN_FILE_NAMES = re.compile(r'[/\\:*?"<>()|]')
#: Element that an option fills, by job type.
_FOLDER_ELEMENT = {BACKUP: "FolderName", BACKUP_COPY: "JobFileName", IMMEDIATE_BACKUP_COPY: "JobFileName"}
_KIND_NAMES = {
    BACKUP: "a backup job",
    REPLICA: "a replication job",
    BACKUP_COPY: "a backup copy job",
    IMMEDIATE_BACKUP_COPY: "an immediate backup copy job",
}


class CloneRequest(t.NamedTuple):
    """One clone as the user asked for it.

    explicit: options set on purpose for this clone, as opposed to defaults for a whole list.
    place: "" or the item's place in the list, to begin a sentence with.
    """

    name: str
    source_job: Reference
    backup_server: Reference | None = None
    description: str | None = None
    folder_name: str | None = None
    repository: Reference | None = None
    vm_suffix: str | None = None
    explicit: frozenset[str] = frozenset()
    place: str = ""


class Plan(t.NamedTuple):
    """A clone that is ready to be sent. alike: jobs on the same backup server whose names only look the same."""

    request: CloneRequest
    source: Job
    server: BackupServer
    spec: CloneSpec
    alike: tuple[Job, ...] = ()

    @property
    def warnings(self) -> list[str]:
        """What to say of jobs that people may take for the new one."""
        return [
            f"The name of the new job {quoted(self.request.name)} differs only in "
            f"{difference(self.request.name, job.name)} from that of job {quoted(job.name)} ({job.id}) on the same "
            "backup server."
            for job in self.alike
        ]

    def after(self) -> dict[str, t.Any]:
        """What is asked of EM, for a diff."""
        return {
            "name": self.request.name,
            "type": self.source.type,
            "source_job": self.source.name,
            "backup_server": self.server.name,
            **{name: value for name, value in self.spec.values.items() if name != "JobName" and value is not None},
        }


def default_folder_name(name: str) -> str:
    """The name with what a file system refuses turned into underscores, as the documented examples do."""
    return _NOT_IN_FILE_NAMES.sub("_", name)


def _server_of(kind: str, name: str, server: BackupServer | None) -> BackupServer:
    if server is None:
        raise NotFound(f"Enterprise Manager does not say on which backup server {kind} {quoted(name)} is (no Up link).")
    return server


def find_source(request: CloneRequest, jobs: t.Iterable[Job], names: t.Iterable[str] = ()) -> Job:
    """The one job to copy. names: what else there is, for the message only."""
    source = the_one("source_job", request.source_job, request.backup_server, jobs, names, request.place)
    _server_of("job", source.name, source.server)
    if source.type not in CLONE_ELEMENTS:
        raise NotFound(
            f"{request.place}source_job: Enterprise Manager cannot clone job {quoted(source.name)} of "
            f"type {source.type or 'unknown'}, only {', '.join(CLONE_ELEMENTS)}."
        )
    return source


def check_kind(request: CloneRequest, source: Job) -> None:
    """Refuse options that the source's kind has no element for, and a repository that is missing."""
    kind = _KIND_NAMES[t.cast(str, source.type)]
    foreign = {"repository", "folder_name"} if source.type == REPLICA else {"vm_suffix"}
    for option in sorted(foreign & request.explicit):
        raise OptionError(
            f"{request.place}{option}: job {quoted(source.name)} is {kind}, and the clone of one takes no "
            f"{option}; remove the option."
        )
    if source.type != REPLICA and request.repository is None:
        raise OptionError(
            f"{request.place}repository: job {quoted(source.name)} is {kind}; name the repository on "
            f"backup server {source.server.name if source.server else ''} that the copy writes to."
        )


def find_existing(request: CloneRequest, source: Job, jobs: t.Iterable[Job]) -> Job | None:
    """The job that bears the wanted name on the source's backup server."""
    server = _server_of("job", source.name, source.server)
    found = []
    for job in jobs:
        if job.name == request.name and _server_of("job", job.name, job.server).id == server.id:
            found.append(job)
    if len(found) > 1:
        raise NotFound(
            f"{request.place}name: there are {len(found)} jobs {quoted(request.name)} on backup server "
            f"{server.name} (ids {', '.join(sorted(job.id for job in found))}); delete or rename all but "
            "one."
        )
    return found[0] if found else None


def check_new(request: CloneRequest) -> None:
    """Refuse names that nothing new may get. A job that is there already is managed whatever its name."""
    if len(request.name) > MAX_NAME:
        raise OptionError(
            f'{request.place}name: "{request.name[:20]}…" has {len(request.name)} characters; Enterprise Manager '
            f"allows {MAX_NAME} for a new job."
        )
    for option, text in (
        ("name", request.name),
        ("folder_name", request.folder_name),
        ("vm_suffix", request.vm_suffix),
    ):
        check_new_name(option, text or "", request.place)


def needs_repository(source: Job) -> bool:
    """Whether a clone of this job takes a repository at all."""
    return source.type != REPLICA


def find_repository(
    request: CloneRequest,
    source: Job,
    repositories: t.Iterable[Repository],
    others: t.Iterable[Repository] = (),
) -> Repository:
    """The repository on the source's backup server. others: what else there is, for the message only."""
    server = _server_of("job", source.name, source.server)
    wanted = t.cast(Reference, request.repository)
    asked = wanted.text
    candidates = wanted.picks(repositories)
    here = [item for item in candidates if item.server is not None and item.server.id == server.id]
    if len(here) > 1:
        raise NotFound(
            f"{request.place}repository: there are {len(here)} repositories {quoted(asked)} on backup "
            f"server {server.name}; give the id ({', '.join(item.id for item in here)})."
        )
    if here:
        return here[0]
    if candidates:
        servers = sorted({item.server.name for item in candidates if item.server}) or ["an unknown backup server"]
        raise NotFound(
            f"{request.place}repository: repository {quoted(asked)} is on {', '.join(servers)}, but the "
            f"copy of job {quoted(source.name)} is made on {server.name} and needs a repository there."
        )
    names = [item.name for item in others if item.server is not None and item.server.id == server.id]
    there = hint(asked, names, "repositories there")
    raise NotFound(
        f"{request.place}repository: there is no repository {quoted(asked)} on backup server {server.name}.{there}"
    )


def plan(request: CloneRequest, source: Job, repository: Repository | None, alike: t.Iterable[Job] = ()) -> Plan:
    """The clone request: the elements of the source's kind, filled from the options.

    alike: the jobs that were read, among which there may be some whose names look the same.
    """
    kind = t.cast(str, source.type)
    values: dict[str, str | None] = {"JobName": request.name, "Description": request.description}
    if source.type == REPLICA:
        values["VmSuffix"] = request.vm_suffix if request.vm_suffix is not None else DEFAULT_VM_SUFFIX
    else:
        values["RepositoryUid"] = t.cast(Repository, repository).uid
        folder = request.folder_name if request.folder_name is not None else default_folder_name(request.name)
        values[_FOLDER_ELEMENT[kind]] = folder
    server = _server_of("job", source.name, source.server)
    return Plan(request, source, server, CloneSpec(kind, values), _alike(request.name, server, alike))


def _alike(name: str, server: BackupServer, jobs: t.Iterable[Job]) -> tuple[Job, ...]:
    """The jobs on this backup server that people may take for the one of that name."""
    looks = folded(name)
    here = (job for job in jobs if job.server is not None and job.server.id == server.id)
    return tuple(job for job in here if job.name != name and folded(job.name) == looks)
