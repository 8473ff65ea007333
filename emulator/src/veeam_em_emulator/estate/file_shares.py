# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""File shares and the jobs that back them up (em_rest nas_jobs_id, nas_jobs_id_includes, nas_fileservers_id; jobs and
sessions recorded on 10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .jobs import Job, JobObject
from .servers import BackupServer, Repository

SERVER_TYPES = ("FileServer", "SmbServer", "NfsServer")


@dataclass(frozen=True)
class FileServer:
    """name: its path, or the name of a managed server. host_id: what references name beside its own id.

    credentials_id: of an SMB server. cache: repository of its cache.
    """

    id: str
    name: str
    server: BackupServer
    host_id: str
    server_type: str = "SmbServer"
    credentials_id: str = ""
    cache: Repository | None = None
    processing_mode: str = "Direct"
    snapshot_path: str | None = None

    @property
    def uid(self) -> str:
        return f"urn:veeam:FileServer:{self.id}"

    @property
    def reference(self) -> str:
        return f"urn:NasBackup:FileServer:{self.host_id}.{self.id}"


@dataclass(frozen=True)
class NasObject(JobObject):
    """A path in a job. included, excluded: masks, None where there are none."""

    file_server: FileServer | None = None
    included: tuple[str, ...] | None = None
    excluded: tuple[str, ...] | None = None


@dataclass(frozen=True)
class LongTerm:
    """How long versions of files are kept beyond the short term."""

    period: int
    period_type: str
    repository: Repository
    file_types: str = ""


@dataclass(eq=False)
class NasJob(Job):
    """A backup job of file shares; of all kinds of jobs the only one whose repository EM shows.

    short_term: number of ``short_term_type`` (Day or Month) for which every version is kept.
    """

    kind: ClassVar[str] = "nas"
    type_name: ClassVar[str] = "NasJob"
    collection: ClassVar[str] = "/nas/jobs"

    job_type: str = "NasBackup"
    platform: str = "CustomPlatform"
    short_term: int = 28
    short_term_type: str = "Day"
    long_term: LongTerm | None = None
