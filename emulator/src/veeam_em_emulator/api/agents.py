# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agent jobs, protection groups and computers with an agent (em_rest agents, agents_jobs_id, agents_protectiongroups,
agents_discoveredcomputers). The API starts and stops the jobs, and switches their schedule; it makes and changes
nothing else of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..estate.agents import AgentJob, DiscoveredComputer, ProtectionGroup
from ..estate.file_shares import NasJob
from ..estate.ids import derived
from ..estate.jobs import Job
from ..estate.roles import ADMINISTRATORS, RESTORERS
from ..query.fields_of_jobs import AgentObjectRow, ObjectRow
from ..resources import agents as resources
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.documents import Paging
from ..wire import types
from ..work.job_work import Toggle
from . import elsewhere, running
from .common import by_id, check_online, found, listed, listing, one, single, start_task, wants_entity
from .jobs import find, look_up, rows
from .table import ACTIONS, QueryType, no_type, route

TWIN_IDS = 21
_OBJECTS = ("ObjectsInAgentBackupJob", "ObjectInAgentBackupJob", "ObjectInAgentBackupJobs")


def service(call: Call) -> Answer:
    return documents.resource(call, "Agents", types.SERVICE, resources.service())


# Jobs


def jobs(call: Call) -> Answer:
    return listed(call, AgentJob, look_up(call, AgentJob))


def _or_share(call: Call, identity: str) -> Job:
    """An agent job. The Href that is printed of a file share job leads here too."""
    if call.world.switches["wrong_hrefs"] == "answered":
        share = call.world.view.of("nas").get(identity.lower())
        if share is not None:
            return find(call, identity, NasJob)
    return find(call, identity, AgentJob)


def job(call: Call, id: str) -> Answer:
    return documents.single(call, _or_share(call, id), wants_entity(call))


def act(call: Call, id: str) -> Answer:
    return act_on(call, find(call, id, AgentJob), call.action)


def act_by_path(call: Call, id: str, action: str) -> Answer:
    """``/start`` where the documentation has ``?action=start``."""
    if call.world.switches["job_action_form"] != "both":
        raise elsewhere.no_resource()
    return act_on(call, find(call, id, AgentJob), action.lower())


def act_on(call: Call, job: Job, action: str) -> Answer:
    """action: in lower case."""
    check_online(call, job.server)
    if action == "togglescheduleenabled":
        return start_task(call, "UpdateJob", Toggle(call.world, job, call.number))
    return running.act(call, job, action)


def includes(call: Call, id: str) -> Answer:
    job = find(call, id, AgentJob)
    items = [resources.object_in_job(job, item, call.style) for item in job.objects]
    return documents.resource_list(call, *_OBJECTS, resources.OBJECT_IN_AGENT_JOB, items)


def include(call: Call, id: str, oid: str) -> Answer:
    job = find(call, id, AgentJob)
    item = by_id(call, {item.id: item for item in job.objects}, oid, "ObjectInAgentBackupJob", "object")
    values = resources.object_in_job(job, item, call.style)
    return documents.resource(call, "ObjectInAgentBackupJob", resources.OBJECT_IN_AGENT_JOB, values)


def _objects(call: Call) -> list[ObjectRow]:
    """It has a page, but is not in the list of types; the name of its list is made like the others."""
    if call.world.switches["agent_objects_query"] == "http_400":
        raise no_type()
    return rows(call, AgentObjectRow, AgentJob)


def _write_objects(call: Call, items: Sequence[ObjectRow], paging: Paging) -> Answer:
    values = [resources.object_in_job(row.job, row.machine, call.style) for row in items]
    return documents.query_resources(call, _OBJECTS, resources.OBJECT_IN_AGENT_JOB, values, paging)


# Protection groups


def groups(call: Call) -> Answer:
    return listing(call, ProtectionGroup, call.world.state.groups.values())


def group(call: Call, id: str) -> Answer:
    return single(call, ProtectionGroup, call.world.state.groups, id)


# Computers


def _known_computers(call: Call) -> list[DiscoveredComputer]:
    """As EM shows them: by switch one that is in several groups is there once for each."""
    computers: Iterable[DiscoveredComputer] = call.world.state.computers.values()
    if call.world.switches["computer_in_groups"] == "links":
        return list(computers)
    return [
        replace(item, id=derived(item.id, TWIN_IDS, number) if number else item.id, groups=(group,))
        for item in computers
        for number, group in enumerate(item.groups)
    ]


def computers(call: Call) -> Answer:
    return listing(call, DiscoveredComputer, _known_computers(call))


def computers_of_group(call: Call, id: str) -> Answer:
    group = one(call, ProtectionGroup, call.world.state.groups, id)
    own = [item for item in _known_computers(call) if group in item.groups]
    return listing(call, DiscoveredComputer, own, f"/agents/protectionGroups/{group.id}/discoveredComputers")


def computer(call: Call, id: str) -> Answer:
    return single(call, DiscoveredComputer, {item.id: item for item in _known_computers(call)}, id)


ROUTES = (
    route("/agents", RESTORERS, GET=service),
    route("/agents/jobs", ADMINISTRATORS, GET=jobs),
    route("/agents/jobs/{id}", ADMINISTRATORS, GET=job, POST=act),
    route("/agents/jobs/{id}/includes", ADMINISTRATORS, since="11", GET=includes),
    route("/agents/jobs/{id}/includes/{oid}", ADMINISTRATORS, since="11", GET=include),
    route(f"/agents/jobs/{{id}}/{ACTIONS}", ADMINISTRATORS, POST=act_by_path),
    route("/agents/protectionGroups", ADMINISTRATORS, GET=groups),
    route("/agents/protectionGroups/{id}", ADMINISTRATORS, GET=group),
    route("/agents/protectionGroups/{id}/discoveredComputers", ADMINISTRATORS, GET=computers_of_group),
    route("/agents/discoveredComputers", ADMINISTRATORS, GET=computers),
    route("/agents/discoveredComputers/{id}", ADMINISTRATORS, GET=computer),
)
QUERIES = {
    "AgentBackupJob": QueryType(AgentJob, lambda call: look_up(call, AgentJob), ADMINISTRATORS),
    "ObjectInAgentBackupJob": QueryType(AgentObjectRow, _objects, ADMINISTRATORS, _write_objects, since="11"),
    "AgentProtectionGroup": QueryType(
        ProtectionGroup, lambda call: found(call, ProtectionGroup, call.world.state.groups.values()), ADMINISTRATORS
    ),
    "DiscoveredComputer": QueryType(
        DiscoveredComputer, lambda call: found(call, DiscoveredComputer, _known_computers(call)), ADMINISTRATORS
    ),
}
