# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which handler answers which path and method, for whom, and what the rest gets (404, 405, 501)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..resources.call import Answer, Call
from ..wire.errors import ApiError, not_known
from . import (
    agents,
    backups,
    credentials,
    elsewhere,
    job_sessions,
    jobs,
    linked,
    logon,
    lookup,
    managed_servers,
    query,
    reports,
    repositories,
    servers,
    tasks,
)

Handler = Callable[..., Answer]
ANYONE = frozenset({"Portal Administrator", "Portal User", "Restore Operator"})
USERS = frozenset({"Portal Administrator", "Portal User"})
ADMINISTRATORS = frozenset({"Portal Administrator"})


@dataclass(frozen=True)
class Route:
    """pattern: path below /api; groups are handed to the handler. roles: who may read, writers: who may do the rest
    (security_roles_concept)."""

    pattern: re.Pattern[str]
    methods: Mapping[str, Handler]
    roles: frozenset[str]
    writers: frozenset[str]


def _route(path: str, roles: frozenset[str], writers: frozenset[str] | None = None, /, **methods: Handler) -> Route:
    """writers: the same as roles where not given."""
    # WCF and ASP.NET match paths without letter case; ids are whatever stands there, the handler judges
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    return Route(re.compile(f"{pattern}/?", re.IGNORECASE), methods, roles, roles if writers is None else writers)


# Before any session
OPEN = (
    _route("", frozenset(), GET=logon.root),
    _route("/sessionMngr", frozenset(), POST=logon.log_on),
)
ROUTES = (
    _route("/logonSessions", ANYONE, GET=logon.sessions),
    _route("/logonSessions/{id}", ANYONE, GET=logon.session, DELETE=logon.log_out),
    _route("/jobs", ADMINISTRATORS, GET=jobs.listing),
    _route("/jobs/{id}", ADMINISTRATORS, GET=jobs.read, POST=jobs.act, PUT=jobs.edit, DELETE=jobs.delete),
    _route("/jobs/{id}/includes", ADMINISTRATORS, GET=jobs.includes, POST=jobs.add_object),
    _route("/jobs/{id}/includes/{oid}", ADMINISTRATORS, GET=jobs.include, DELETE=jobs.delete_object),
    _route("/jobs/{id}/backupSessions", ADMINISTRATORS, GET=job_sessions.of_job),
    _route("/jobs/{id}/replicaSessions", ADMINISTRATORS, GET=job_sessions.replicas_of_job),
    _route("/jobs/{id}/linkedJobs", ADMINISTRATORS, GET=linked.jobs),
    _route("/jobs/{id}/linkedJobs/{oid}", ADMINISTRATORS, GET=linked.job),
    _route("/jobs/{id}/linkedBackupRepositories", ADMINISTRATORS, GET=linked.repositories),
    _route("/jobs/{id}/linkedBackupRepositories/{oid}", ADMINISTRATORS, GET=linked.repository),
    _route("/backupSessions", USERS, GET=job_sessions.listing),
    _route("/backupSessions/{id}", USERS, ADMINISTRATORS, GET=job_sessions.read, POST=job_sessions.act),
    _route("/backupSessions/{id}/taskSessions", USERS, GET=job_sessions.tasks_of),
    _route("/backupTaskSessions", USERS, GET=job_sessions.tasks),
    _route("/backupTaskSessions/{id}", USERS, GET=job_sessions.task),
    _route("/replicaSessions", USERS, GET=job_sessions.replicas),
    _route("/replicaSessions/{id}", USERS, GET=job_sessions.read_replica),
    # spelled so in links; with its `l` on its own page
    _route("/replicaSessions/{id}/rep(?:l)?icaTaskSessions", USERS, GET=job_sessions.tasks_of_replica),
    _route("/rep(?:l)?icaTaskSessions", USERS, GET=job_sessions.replica_tasks),
    _route("/rep(?:l)?icaTaskSessions/{id}", USERS, GET=job_sessions.replica_task),
    _route("/backups", USERS, GET=backups.backups),
    _route("/backups/{id}", USERS, GET=backups.backup),
    _route("/backups/{id}/restorePoints", USERS, GET=backups.points_of_backup),
    _route("/backups/{id}/backupFiles", USERS, GET=backups.files_of_backup),
    _route("/restorePoints", USERS, GET=backups.points),
    _route("/restorePoints/{id}", USERS, GET=backups.point),
    _route("/restorePoints/{id}/vmRestorePoints", USERS, GET=backups.machines_of_point),
    _route("/restorePoints/{id}/backupFiles", USERS, GET=backups.files_of_point),
    _route("/vmRestorePoints", USERS, GET=backups.vm_points),
    _route("/vmRestorePoints/{id}", USERS, GET=backups.vm_point),
    _route("/backupFiles", USERS, GET=backups.files),
    _route("/backupFiles/{id}", USERS, GET=backups.file),
    _route("/backupFiles/{id}/restorePoints", USERS, GET=backups.points_of_file),
    _route("/backupFiles/{id}/vmRestorePoints", USERS, GET=backups.machines_of_file),
    _route("/reports/summary", USERS, GET=reports.summary),
    _route("/reports/summary/{name}", USERS, GET=reports.frame),
    _route("/query", ANYONE, GET=query.query),
    _route("/querySvc", ANYONE, GET=query.service),
    _route("/lookup", USERS, GET=lookup.lookup),
    _route("/lookupSvc", USERS, GET=lookup.service),
    _route("/hierarchyRoots", USERS, GET=lookup.roots),
    _route("/hierarchyRoots/{id}", USERS, GET=lookup.root),
    _route("/repositories", USERS, GET=repositories.listing),
    _route("/repositories/{id}", USERS, GET=repositories.read),
    _route("/repositories/{id}/backups", USERS, GET=backups.of_repository),
    _route("/backupServers", USERS, GET=servers.listing),
    _route("/backupServers/{id}", USERS, GET=servers.read, POST=servers.act),
    _route("/backupServers/{id}/jobs", ADMINISTRATORS, GET=servers.jobs),
    _route("/backupServers/{id}/repositories", USERS, GET=servers.repositories),
    _route("/backupServers/{id}/managedServers", USERS, GET=managed_servers.of_server),
    _route("/backupServers/{id}/credentials", USERS, ADMINISTRATORS, GET=credentials.listing, POST=credentials.create),
    _route(
        "/backupServers/{id}/credentials/{cid}",
        USERS,
        ADMINISTRATORS,
        GET=credentials.read,
        PUT=credentials.edit,
        DELETE=credentials.delete,
    ),
    _route("/managedServers", USERS, GET=managed_servers.listing),
    _route("/managedServers/{id}", USERS, GET=managed_servers.read),
    _route("/agents/discoveredComputers", ADMINISTRATORS, GET=agents.computers),
    _route("/agents/discoveredComputers/{id}", ADMINISTRATORS, GET=agents.computer),
    _route("/tasks", ANYONE, GET=tasks.listing),
    _route("/tasks/{id}", ANYONE, GET=tasks.read, DELETE=tasks.delete),
)


def find_open(call: Call) -> Callable[[], Answer] | None:
    """The handler of a path that needs no session."""
    for route in OPEN:
        if route.pattern.fullmatch(call.path):
            if call.method not in route.methods:
                raise _not_allowed(route)
            handler = route.methods[call.method]
            return lambda: handler(call)
    return None


def find(call: Call) -> Callable[[], Answer]:
    assert call.session is not None
    for route in ROUTES:
        match = route.pattern.fullmatch(call.path)
        if match is None:
            continue
        method = "GET" if call.method == "HEAD" else call.method
        if elsewhere.documented_method(call) and method not in route.methods:
            raise elsewhere.missing(call)
        if call.session.account.role not in (route.roles if method == "GET" else route.writers):
            raise ApiError(403, "Access denied")
        if method not in route.methods:
            raise _not_allowed(route)
        handler, groups = route.methods[method], match.groupdict()
        return lambda: handler(call, **groups)
    if elsewhere.documented_path(call):
        raise elsewhere.missing(call)
    raise ApiError(404, not_known("there is no such resource"))


def _not_allowed(route: Route) -> ApiError:
    allow = ", ".join(sorted(route.methods))
    return ApiError(405, not_known("method not allowed"), headers=(("Allow", allow),))
