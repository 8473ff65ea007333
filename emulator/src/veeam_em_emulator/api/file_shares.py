# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""File share jobs and file servers (em_rest nas, nas_jobs_id, nas_fileservers_id). Actions are paths here, and the API
makes and changes nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from ..estate.file_shares import FileServer, NasJob
from ..estate.roles import ADMINISTRATORS, USERS
from ..query.fields_of_jobs import NasObjectRow, ObjectRow
from ..resources import documents
from ..resources import file_shares as resources
from ..resources.call import Answer, Call
from ..resources.documents import Paging
from ..wire import types
from ..wire.errors import ApiError, not_known
from .agents import act_on
from .common import by_id, found, listed, listing, single, wants_entity
from .jobs import find, look_up, rows
from .table import ACTIONS, QueryType, route

_OBJECTS = ("NASObjects", "NASObject", "NASObjects")


def service(call: Call) -> Answer:
    return documents.resource(call, "NASService", types.SERVICE, resources.service())


def jobs(call: Call) -> Answer:
    return listed(call, NasJob, look_up(call, NasJob))


def job(call: Call, id: str) -> Answer:
    return documents.single(call, find(call, id, NasJob), wants_entity(call))


def act(call: Call, id: str, action: str) -> Answer:
    return act_on(call, find(call, id, NasJob), action.lower())


def act_by_query(call: Call, id: str) -> Answer:
    """``?action=start`` where the documentation has ``/start``."""
    if call.world.switches["job_action_form"] != "both":
        raise ApiError(405, not_known("method not allowed"), headers=(("Allow", "GET"),))
    return act_on(call, find(call, id, NasJob), call.action)


def _job(call: Call, identity: str) -> NasJob:
    job = find(call, identity, NasJob)
    assert isinstance(job, NasJob)
    return job


def includes(call: Call, id: str) -> Answer:
    items = resources.objects_of(_job(call, id), with_links=True)
    return documents.resource_list(call, *_OBJECTS, resources.NAS_OBJECT, items)


def include(call: Call, id: str, oid: str) -> Answer:
    items = {str(item["ObjectInJobId"]): item for item in resources.objects_of(_job(call, id), with_links=True)}
    values = by_id(call, items, oid, "NasObject", "object")
    return documents.resource(call, "NASObject", resources.NAS_OBJECT, values)


def _write_objects(call: Call, items: Sequence[ObjectRow], paging: Paging) -> Answer:
    values = [resources.nas_object_of_row(row) for row in items]
    return documents.query_resources(call, _OBJECTS, resources.NAS_OBJECT, values, paging)


def servers(call: Call) -> Answer:
    return listing(call, FileServer, call.world.state.file_servers.values())


def server(call: Call, id: str) -> Answer:
    return single(call, FileServer, call.world.state.file_servers, id)


ROUTES = (
    route("/nas", USERS, since="10", GET=service),
    route("/nas/jobs", ADMINISTRATORS, since="10", GET=jobs),
    route("/nas/jobs/{id}", ADMINISTRATORS, since="10", GET=job, POST=act_by_query),
    route("/nas/jobs/{id}/includes", ADMINISTRATORS, since="10", GET=includes),
    route("/nas/jobs/{id}/includes/{oid}", ADMINISTRATORS, since="10", GET=include),
    route(f"/nas/jobs/{{id}}/{ACTIONS}", ADMINISTRATORS, since="10", POST=act),
    route("/nas/fileServers", USERS, since="10", GET=servers),
    route("/nas/fileServers/{id}", USERS, since="10", GET=server),
)
QUERIES = {
    "NasJob": QueryType(NasJob, lambda call: look_up(call, NasJob), ADMINISTRATORS, since="10"),
    "NasObject": QueryType(
        NasObjectRow, lambda call: rows(call, NasObjectRow, NasJob), ADMINISTRATORS, _write_objects, since="10"
    ),
    "FileServer": QueryType(
        FileServer, lambda call: found(call, FileServer, call.world.state.file_servers.values()), since="10"
    ),
}
