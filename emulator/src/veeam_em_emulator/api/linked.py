# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a copy job copies: linked jobs and linked repositories (em_rest get_jobs_id_linked_jobs, ..._repositories)."""

from __future__ import annotations

from typing import Any

from ..estate.jobs import Job
from ..estate.roles import ADMINISTRATORS
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.jobs import linked_job, linked_repository
from ..wire import types
from ..wire.errors import ApiError, not_known
from .common import by_id, one
from .table import route


def _copy_job(call: Call, identity: str) -> Job:
    job = one(call, Job, call.world.view.of("job"), identity)
    if "Copy" not in job.job_type:
        raise ApiError(400, not_known("a job of this type has no linked objects"))
    return job


def _jobs(call: Call, identity: str) -> dict[str, dict[str, Any]]:
    job = _copy_job(call, identity)
    return {oid: linked_job(job, oid, linked, with_links=True) for oid, linked in job.linked_jobs}


def _repositories(call: Call, identity: str) -> dict[str, dict[str, Any]]:
    job = _copy_job(call, identity)
    return {oid: linked_repository(job, oid, linked, with_links=True) for oid, linked in job.linked_repositories}


def jobs(call: Call, id: str) -> Answer:
    found = _jobs(call, id).values()
    return documents.resource_list(
        call, "LinkedJobResourceObjects", "LinkedJobObject", "LinkedJobObjects", types.LINKED_JOB_OBJECT, found
    )


def job(call: Call, id: str, oid: str) -> Answer:
    values = by_id(call, _jobs(call, id), oid, "LinkedJobObject", "linked job")
    return documents.resource(call, "LinkedJobObject", types.LINKED_JOB_OBJECT, values)


def repositories(call: Call, id: str) -> Answer:
    return documents.resource_list(
        call,
        "LinkedBackupRepositoryResourceObjects",
        "LinkedBackupRepository",
        "LinkedBackupRepositories",
        types.LINKED_BACKUP_REPOSITORY,
        _repositories(call, id).values(),
    )


def repository(call: Call, id: str, oid: str) -> Answer:
    values = by_id(call, _repositories(call, id), oid, "LinkedBackupRepositoryObject", "linked repository")
    return documents.resource(call, "LinkedBackupRepository", types.LINKED_BACKUP_REPOSITORY, values)


ROUTES = (
    route("/jobs/{id}/linkedJobs", ADMINISTRATORS, GET=jobs),
    route("/jobs/{id}/linkedJobs/{oid}", ADMINISTRATORS, GET=job),
    route("/jobs/{id}/linkedBackupRepositories", ADMINISTRATORS, GET=repositories),
    route("/jobs/{id}/linkedBackupRepositories/{oid}", ADMINISTRATORS, GET=repository),
)
