# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The query service (em_rest query_service, get_query_<type>)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..estate.infrastructure import Credentials, DiscoveredComputer, ManagedServer
from ..estate.jobs import Job
from ..estate.servers import BackupServer, HierarchyRoot, Repository
from ..query.fields import ObjectRow
from ..query.paging import page, select
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.infrastructure import CREDENTIALS_INFO, credentials_values
from ..resources.jobs import object_in_job
from ..resources.kind import Kind
from ..resources.kinds import KINDS
from ..resources.tasks import task as show_task
from ..wire import types
from ..wire.errors import ApiError, not_known
from ..wire.links import Link
from ..work.tasks import Task
from . import backups, elsewhere, job_sessions, jobs
from .common import task_type


def query(call: Call) -> Answer:
    assert call.session is not None
    world, state, role = call.world, call.world.state, call.session.account.role
    kind = (call.param("type") or "").lower()
    if not kind:
        raise ApiError(400, not_known("type is missing"))
    administrator = role == "Portal Administrator"
    if kind in ("job", "objectinjob") and not administrator or role == "Restore Operator" and kind != "task":
        raise ApiError(403, "Access denied")
    if kind == "job":
        items = jobs.look_up(call)
        return _entities(call, KINDS[Job], items)
    if kind == "repository":
        return _entities(call, KINDS[Repository], select(call, Repository, lambda _name: state.repositories.values()))
    if kind == "backupserver":
        return _entities(call, KINDS[BackupServer], select(call, BackupServer, lambda _name: state.servers.values()))
    if kind == "hierarchyroot":
        return _entities(call, KINDS[HierarchyRoot], select(call, HierarchyRoot, lambda _name: state.roots.values()))
    if kind == "task":
        session = call.session
        found = select(call, Task, lambda _unused: world.tasks.of_session(session))
        chosen, paging = page(call, "/query", found, always=True)
        assert paging is not None
        return documents.query_resources(
            call, ("Tasks", "Task", "Tasks"), task_type(call), [show_task(task) for task in chosen], paging
        )
    if kind == "objectinjob":
        rows = [ObjectRow(job, machine) for job in world.view.jobs() for machine in job.objects]
        chosen, paging = page(call, "/query", select(call, ObjectRow, lambda _unused: rows), always=True)
        assert paging is not None
        values = [object_in_job(row.job, row.machine, with_links=True, style=call.style) for row in chosen]
        return documents.query_resources(
            call, ("sInObjectJob", "ObjectInJob", "ObjectInJobs"), types.OBJECT_IN_JOB, values, paging
        )
    if kind == "credentials":
        found = select(call, Credentials, lambda _name: state.credentials.values())
        chosen, paging = page(call, "/query", found, always=True)
        assert paging is not None
        names = ("CredentialsList", "CredentialsInfo", world.switches["credentials_list_name"])
        return documents.query_resources(
            call, names, CREDENTIALS_INFO, [credentials_values(item) for item in chosen], paging
        )
    if kind == "managedserver":
        return _entities(call, KINDS[ManagedServer], select(call, ManagedServer, lambda _name: state.managed_servers()))
    if kind == "discoveredcomputer":
        if not administrator:
            raise ApiError(403, "Access denied")
        return _entities(
            call,
            KINDS[DiscoveredComputer],
            select(call, DiscoveredComputer, lambda _name: state.computers.values()),
        )
    if kind in job_sessions.QUERIES:
        return _entities(call, *job_sessions.query(call, kind))
    if kind in backups.QUERIES:
        return _entities(call, *backups.query(call, kind))
    name = elsewhere.query_type(kind)
    if name is not None:
        raise elsewhere.missing(call, f"the query type {name}")
    raise ApiError(400, not_known("there is no such type"))


def _entities(call: Call, kind: Kind, found: Sequence[Any]) -> Answer:
    chosen, paging = page(call, "/query", found, always=True)
    assert paging is not None
    return documents.query_result(call, kind, chosen, call.format_is("entities"), paging)


def service(call: Call) -> Answer:
    """em_rest get_querysvc: ready-made queries."""
    kinds = (("Job", "Jobs"), ("Repository", "Repositories"), ("BackupServer", "BackupServers"))
    links = tuple(
        Link("Down", f"/query?type={kind}&format=Entities&sortAsc=name&pageSize=15&page=1", plural, "QueryResult")
        for kind, plural in kinds
    )
    return documents.resource(call, "QuerySvc", types.SERVICE, {"Links": links})
