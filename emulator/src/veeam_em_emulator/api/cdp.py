# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CDP policies and their sessions (em_rest cdppolicies, post_cdppolicies_id_actionenable, put_cdppolicies_id,
cdppolicies_id_includes, cdpreplicasessions). A policy cannot be started, stopped, made or deleted here."""

from __future__ import annotations

from ..estate.cdp import CdpPolicy
from ..estate.inventory import is_machine
from ..estate.jobs import JobObject
from ..estate.roles import ADMINISTRATORS, USERS
from ..resources import cdp as resources
from ..resources import documents
from ..resources.call import Answer, Call
from ..wire.bodies import text_of
from ..wire.errors import ApiError, refused
from ..work.cdp_sessions import CdpSession, CdpTaskSession
from ..work.cdp_work import SO_ALREADY, CdpEdit, SetEnabled
from ..work.edit import OBJECT_NAMES, SPEC_NAMES, Reader, names_of
from ..work.job_work import ONLY_OBJECT, AddObject, DeleteObject, EditWork, has_object
from . import elsewhere
from .common import body_values, by_id, check_online, found, listed, listing, one, refuse, start_task, wants_entity
from .jobs import find, look_up
from .table import QueryType, route

_EDIT_NAMES = tuple(sorted({*names_of(resources.POLICY.type), "Value", "Name", "Type"} - {"Links", "Href"}))
_NO_MACHINES = "a policy of Cloud Director takes no single machine"


def policies(call: Call) -> Answer:
    return listed(call, CdpPolicy, look_up(call, CdpPolicy))


def _policy(call: Call, identity: str) -> CdpPolicy:
    policy = find(call, identity, CdpPolicy)
    assert isinstance(policy, CdpPolicy)
    return policy


def read(call: Call, id: str) -> Answer:
    return documents.single(call, _policy(call, id), wants_entity(call))


def act(call: Call, id: str) -> Answer:
    policy = _policy(call, id)
    if call.action not in ("enable", "disable"):
        raise elsewhere.missing_action(call, "a policy")
    check_online(call, policy.server)
    enabled = call.action == "enable"
    if policy.schedule_enabled == enabled:
        refuse(call, "policy_so_already", SO_ALREADY)
    return start_task(call, "UpdateCdpPolicy", SetEnabled(call.world, policy, call.number, enabled))


def edit(call: Call, id: str) -> Answer:
    policy = _policy(call, id)
    check_online(call, policy.server)
    body = CdpEdit(policy, body_values(call, "CdpPolicy", {}, _EDIT_NAMES), call.world.switches)
    return start_task(call, "EditCdpPolicy", EditWork(call.world, policy, call.number, body))


def includes(call: Call, id: str) -> Answer:
    policy = _policy(call, id)
    items = [resources.object_in_policy(policy, item, with_links=True, style=call.style) for item in policy.objects]
    names = ("ObjectsInJob", "ObjectInJob", "ObjectInJobs")
    return documents.resource_list(call, *names, resources.OBJECT_IN_POLICY, items)


def _object(call: Call, policy: CdpPolicy, identity: str) -> JobObject:
    return by_id(call, {item.id: item for item in policy.objects}, identity, "ObjectInJob", "object")


def include(call: Call, id: str, oid: str) -> Answer:
    policy = _policy(call, id)
    values = resources.object_in_policy(policy, _object(call, policy, oid), with_links=True, style=call.style)
    return documents.resource(call, "ObjectInJob", resources.OBJECT_IN_POLICY, values)


def add_object(call: Call, id: str) -> Answer:
    world, policy = call.world, _policy(call, id)
    values = body_values(call, "CreateObjectInJobSpec", {"": OBJECT_NAMES[:2]}, SPEC_NAMES)
    item = Reader(world.switches).new_object(values, world.new_id(), text_of(values, "HierarchyObjName"))
    check_online(call, policy.server)
    if has_object(policy, item):
        refuse(call, "duplicate_object", "the object is in the policy already")
    failure = None
    if policy.platform == "vCloud" and is_machine(item):
        refuse(call, "cloud_policy_machine", _NO_MACHINES)
        failure = refused(_NO_MACHINES)
    work = AddObject(world, policy, call.number, item)
    work.failure = failure
    return start_task(call, "UpdateCdpPolicy", work)


def delete_object(call: Call, id: str, oid: str) -> Answer:
    policy = _policy(call, id)
    item = _object(call, policy, oid)
    check_online(call, policy.server)
    channel = call.world.switches["last_object_delete"]
    if len(policy.objects) == 1 and channel.startswith("http_"):
        raise ApiError(int(channel.removeprefix("http_")), ONLY_OBJECT)
    return start_task(call, "UpdateCdpPolicy", DeleteObject(call.world, policy, call.number, item))


# Sessions


def _newest_first(call: Call, sessions: list[CdpSession]) -> list[CdpSession]:
    if call.param("sortAsc") or call.param("sortDesc") or call.world.switches["session_order"] == "oldest_first":
        return sessions
    return sessions[::-1]


def sessions(call: Call) -> Answer:
    return listed(call, CdpSession, _newest_first(call, found(call, CdpSession, call.world.cdp_sessions.recent())))


def sessions_of(call: Call, id: str) -> Answer:
    policy = _policy(call, id)
    own = [session for session in call.world.cdp_sessions.recent() if session.policy_id == policy.id]
    return listed(
        call, CdpSession, _newest_first(call, found(call, CdpSession, own)), f"{policy.path}/cdpReplicaSessions"
    )


def _session(call: Call, identity: str) -> CdpSession:
    return one(call, CdpSession, {session.id: session for session in call.world.cdp_sessions.all}, identity)


def session(call: Call, id: str) -> Answer:
    return documents.single(call, _session(call, id), wants_entity(call))


def tasks_of(call: Call, id: str) -> Answer:
    item = _session(call, id)
    tasks = call.world.cdp_sessions.machines_of(item)
    return listing(call, CdpTaskSession, tasks, f"/cdpReplicaSessions/{item.id}/cdpReplicaTaskSessions")


def _tasks(call: Call) -> list[CdpTaskSession]:
    known = call.world.cdp_sessions
    return [task for session in known.recent() for task in known.machines_of(session)]


def tasks(call: Call) -> Answer:
    return listing(call, CdpTaskSession, _tasks(call))


def task(call: Call, id: str) -> Answer:
    item = one(call, CdpTaskSession, {task.id: task for task in _tasks(call)}, id)
    return documents.single(call, item, wants_entity(call))


ROUTES = (
    route("/cdpPolicies", ADMINISTRATORS, since="11", GET=policies),
    route("/cdpPolicies/{id}", ADMINISTRATORS, since="11", GET=read, POST=act, PUT=edit),
    route("/cdpPolicies/{id}/includes", ADMINISTRATORS, since="11", GET=includes, POST=add_object),
    route("/cdpPolicies/{id}/includes/{oid}", ADMINISTRATORS, since="11", GET=include, DELETE=delete_object),
    route("/cdpPolicies/{id}/cdpReplicaSessions", ADMINISTRATORS, since="11", GET=sessions_of),
    route("/cdpReplicaSessions", USERS, since="11", GET=sessions),
    route("/cdpReplicaSessions/{id}", USERS, since="11", GET=session),
    route("/cdpReplicaSessions/{id}/cdpReplicaTaskSessions", USERS, since="11", GET=tasks_of),
    route("/cdpReplicaTaskSessions", USERS, since="11", GET=tasks),
    route("/cdpReplicaTaskSessions/{id}", USERS, since="11", GET=task),
)
QUERIES = {
    "CdpPolicy": QueryType(CdpPolicy, lambda call: look_up(call, CdpPolicy), ADMINISTRATORS, since="11"),
    "CdpReplicaSession": QueryType(
        CdpSession, lambda call: found(call, CdpSession, call.world.cdp_sessions.all), USERS, since="11"
    ),
    "CdpReplicaTaskSession": QueryType(
        CdpTaskSession, lambda call: found(call, CdpTaskSession, _tasks(call)), USERS, since="11"
    ),
}
