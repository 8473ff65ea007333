# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a copy job copies: linked jobs and linked repositories (em_rest jobs_id_linked_jobs,
jobs_id_linked_repositories; changed in 13 alone)."""

from __future__ import annotations

from typing import Any

from ..estate.jobs import Job
from ..estate.roles import ADMINISTRATORS
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.jobs import linked_job, linked_repository
from ..wire import types
from ..wire.bodies import text_of
from ..wire.errors import WRONG_FORMAT, ApiError, not_known, refused
from ..work.job_work import DOUBLE_LINK, ONLY_LINK, AddLink, DeleteLink, link_count
from . import running
from .common import Items, body_values, by_id, one, refuse, start_task
from .table import route

_UNKNOWN = "there is nothing of that UID to be linked"


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


def _add(call: Call, identity: str, links: str, field: str, known: Items[Any], kinds: tuple[str, ...]) -> Answer:
    """The root of the request in XML is on no page; in JSON it has none."""
    job = _changeable(call, identity)
    switches = call.world.switches
    if call.body.lstrip()[:1] == b"<" and switches["link_request_root"] == "refused":
        raise ApiError(400, WRONG_FORMAT)
    values = body_values(call, None, {"": (field,)}, (field,))
    uid = text_of(values, field) or ""
    urn, target = uid.rpartition(":")[0], uid.rpartition(":")[2].lower()
    failure = None
    if urn not in kinds or known.get(target) is None:
        refuse(call, "bad_link", _UNKNOWN)
        failure = refused(_UNKNOWN)
    if any(linked == target for _oid, linked in getattr(job, links)):
        refuse(call, "duplicate_link", DOUBLE_LINK)
    running.check_change(call, job, "edit_running_job")
    return start_task(call, "UpdateJob", AddLink(call.world, job, call.number, links, target, failure))


def _delete(call: Call, identity: str, links: str, oid: str, label: str) -> Answer:
    job = _changeable(call, identity)
    by_id(call, dict(getattr(job, links)), oid, "LinkedObject", label)
    if link_count(job) == 1:
        refuse(call, "last_link_delete", ONLY_LINK)
    running.check_change(call, job, "edit_running_job")
    return start_task(call, "UpdateJob", DeleteLink(call.world, job, call.number, links, oid.lower()))


def _changeable(call: Call, identity: str) -> Job:
    if call.world.options.product != "13":
        raise ApiError(405, not_known("method not allowed"), headers=(("Allow", "GET"),))
    return _copy_job(call, identity)


def add_job(call: Call, id: str) -> Answer:
    """em_rest post_jobs_id_linked_jobs."""
    kinds = ("urn:veeam:Job", "urn:veeam:AgentBackupJob", "urn:veeam:NasJob")
    return _add(call, id, "linked_jobs", "LinkedJobUid", call.world.state.jobs, kinds)


def delete_job(call: Call, id: str, oid: str) -> Answer:
    return _delete(call, id, "linked_jobs", oid, "linked job")


def add_repository(call: Call, id: str) -> Answer:
    """em_rest post_jobs_id_linked_repositories."""
    known = call.world.state.repositories
    return _add(call, id, "linked_repositories", "LinkedBackupRepositoryUid", known, ("urn:veeam:Repository",))


def delete_repository(call: Call, id: str, oid: str) -> Answer:
    return _delete(call, id, "linked_repositories", oid, "linked repository")


ROUTES = (
    route("/jobs/{id}/linkedJobs", ADMINISTRATORS, GET=jobs, POST=add_job),
    route("/jobs/{id}/linkedJobs/{oid}", ADMINISTRATORS, GET=job, DELETE=delete_job),
    route("/jobs/{id}/linkedBackupRepositories", ADMINISTRATORS, GET=repositories, POST=add_repository),
    route("/jobs/{id}/linkedBackupRepositories/{oid}", ADMINISTRATORS, GET=repository, DELETE=delete_repository),
)
