# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole documents in the format that the client asked for: single resources, lists, query results, errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..estate.jobs import Job
from ..wire import types
from ..wire.errors import ApiError
from ..wire.json_writer import Fragment, dump
from ..wire.links import Link
from ..wire.types import Type
from ..wire.xml_writer import DECLARATION, XMLNS, XMLNS_LONG, tag
from ..work.run_sessions import JobSession
from .call import Answer, Call
from .kind import Kind
from .kinds import KINDS

# Keys of Entities in a JSON query result, all but one null (recorded, 12.3 and 13)
ENTITY_KEYS = (
    "Jobs", "FailoverPlans", "Backups", "Replicas", "Repositories", "RestorePoints", "VmRestorePoints",
    "VAppRestorePoints", "VmReplicaPoints", "BackupJobSessions", "ReplicaJobSessions", "ReplicaTaskSessions",
    "RestoreSessions", "HierarchyRoots", "BackupTaskSessions", "BackupServers", "ManagedServers", "EnterpiseRoles",
    "EnterpiseAccounts", "WanAccelerators", "CloudGateways", "CloudTenants", "CloudReplicas",
    "VCloudOrganizationConfigs", "BackupFiles", "VSphereSelfServiceConfigs", "CloudPublicIps", "CloudHardwarePlans",
    "CloudVmReplicaPoints", "AgentRestorePoints", "AgentBackupJob", "CloudGatewayPools", "CloudFailoverPlans",
    "ExternalRepositories", "VlanConfigurations", "CloudFailoverSessions", "AgentProtectionGroups",
    "DiscoveredComputers", "FileServers", "NASJobs", "CdpReplicas", "CdpReplicaVms", "CdpPolicies",
    "CdpReplicaSessions", "CdpReplicaTaskSessions", "VAppReplicaPoints", "VmCdpReplicas", "VAppCdpReplicas",
    "VAppCdpReplicaVms", "SystemSessions",
)  # fmt: skip


@dataclass(frozen=True)
class Paging:
    """number counts from 1; links: First, Previous, Next, Last as they apply."""

    number: int
    size: int
    count: int
    links: tuple[Link, ...]

    def values(self) -> dict[str, Any]:
        return {"PageNum": self.number, "PageSize": self.size, "PagesCount": self.count, "Links": self.links}


def _answer(call: Call, body: str, status: int) -> Answer:
    return Answer(status, DECLARATION + body if call.media == "xml" else body, call.media)


def resource(call: Call, element: str, kind: Type, values: Mapping[str, Any], status: int = 200) -> Answer:
    if call.media == "xml":
        xmlns = XMLNS_LONG if element == "EnterpriseManager" else XMLNS
        return _answer(call, call.xml_writer().element(element, kind, values, xmlns), status)
    return _answer(call, dump(call.json_writer().value(kind, values)), status)


def error(call: Call, problem: ApiError) -> Answer:
    """Error body. Its nulls are written even by 9.5 U4 (recorded)."""
    values = {
        "Message": problem.message,
        "StatusCode": problem.status,
        "FirstChanceExceptionMessage": problem.first_chance,
    }
    if call.media == "xml":
        answer = _answer(call, call.xml_writer().element("Error", types.ERROR, values, XMLNS), problem.status)
    else:
        order = ("FirstChanceExceptionMessage", "Message", "StackTrace", "Status", "StatusCode")
        pairs = ((name, values.get(name)) for name in order)
        answer = _answer(call, dump(call.json_writer().object(pairs, keep_nulls=True)), problem.status)
    answer.headers.extend(problem.headers)
    return answer


class _Writing:
    """References or entities of one document as text; what they have in common is found out once."""

    def __init__(self, call: Call, entity: bool) -> None:
        self.entity = entity
        self.style = call.style
        self.key = (entity, call.shape)
        self.xml = call.xml_writer() if call.media == "xml" else None
        self.json = call.json_writer()

    def item(self, item: Any) -> str:
        """For jobs and their sessions it is kept until they change."""
        kind = KINDS[type(item)]
        if not isinstance(item, (Job, JobSession)):
            return self.write(kind, item, kind.element)
        text: str | None = item.cache.get(self.key)
        if text is None:
            text = item.cache[self.key] = self.write(kind, item, kind.element)
        return text

    def queried(self, kind: Kind, item: Any) -> str:
        """As elsewhere, but for the name of the element in XML."""
        if self.entity and kind.queried and self.xml is not None:
            return self.write(kind, item, kind.queried)
        return self.item(item)

    def write(self, kind: Kind, item: Any, element: str) -> str:
        values = (kind.entity if self.entity else kind.reference)(item, self.style)
        type_ = kind.type if self.entity else types.REFERENCE
        if self.xml is not None:
            return self.xml.element(element if self.entity else "Ref", type_, values)
        return self.json.fragment(type_, values).text


def single(call: Call, item: Any, entity: bool) -> Answer:
    """A job, repository and so on as root: entity or EntityRef."""
    text = _Writing(call, entity).item(item)
    if call.media == "json":
        return _answer(call, text, 200)
    element = KINDS[type(item)].element if entity else "Ref"
    root = element if entity else "EntityRef"
    inner = text[len(element) + 1 :]
    if inner.endswith(f"</{element}>"):
        inner = inner[: -len(element) - 3] + f"</{root}>"
    return _answer(call, f"<{root}{XMLNS}{inner}", 200)


def collection(call: Call, kind: Kind, items: Sequence[Any], entity: bool, paging: Paging | None) -> Answer:
    """``/jobs`` and its like; PagingInfo only where the client asked for a page."""
    writing = _Writing(call, entity)
    texts = [writing.item(item) for item in items]
    root = kind.plural if entity else "EntityReferences"
    if call.media == "xml":
        return _answer(call, tag(root, XMLNS, "".join(texts) + _paging_xml(call, paging)), 200)
    writer = call.json_writer()
    pairs: list[tuple[str, Any]] = [(kind.plural if entity else "Refs", writer.array(map(Fragment, texts)))]
    if paging is not None:
        pairs.append(("PagingInfo", writer.value(types.PAGING_INFO, paging.values())))
    return _answer(call, dump(writer.object(pairs)), 200)


def resource_list(
    call: Call, root: str, element: str, plural: str, kind: Type, items: Iterable[Mapping[str, Any]]
) -> Answer:
    """Lists of what is no entity: tasks, sessions, objects in a job, hierarchy items."""
    if call.media == "xml":
        writer = call.xml_writer()
        return _answer(call, tag(root, XMLNS, "".join(writer.element(element, kind, item) for item in items)), 200)
    json = call.json_writer()
    return _answer(call, dump(json.object([(plural, json.array(json.value(kind, item) for item in items))])), 200)


def null_list(call: Call, plural: str) -> Answer:
    """A JSON list document whose list is null."""
    return _answer(call, dump(call.json_writer().object([(plural, None)])), 200)


def _paging_xml(call: Call, paging: Paging | None) -> str:
    if paging is None:
        return ""
    return call.xml_writer().element("PagingInfo", types.PAGING_INFO, paging.values())


def query_result(call: Call, kind: Kind, items: Sequence[Any], entity: bool, paging: Paging) -> Answer:
    """em_rest query_service: Refs or Entities; jobs, repositories, servers, roots."""
    writing = _Writing(call, entity)
    texts = [writing.queried(kind, item) for item in items]
    empty = call.world.switches["empty_refs"]
    if call.media == "xml":
        inner = ""
        if texts or empty == "empty":
            inner = tag(kind.plural if entity else "Refs", "", "".join(texts))
        content = tag("Entities", "", inner) if entity and inner else inner
        return _answer(call, tag("QueryResult", XMLNS, content + _paging_xml(call, paging)), 200)
    writer = call.json_writer()
    key = kind.plural if entity else "Refs"
    if texts:
        array = writer.array(map(Fragment, texts))
        shape = "wrapped" if entity else call.world.switches["refs_shape"]
        listed: Any = array if shape == "array" else {writer.dialect.key("Ref" if shape == "singular" else key): array}
    else:
        listed = {"empty": {writer.dialect.key(key): []}, "array": []}.get(empty)
    pairs: list[tuple[str, Any]] = []
    missing = not texts and empty == "missing"
    if entity:
        entities = writer.object((name, listed if name == (kind.outer or key) else None) for name in ENTITY_KEYS)
        pairs = [("Refs", None), ("Entities", entities)]
    else:
        pairs = [("Refs", listed), ("Entities", None)]
    if missing:
        pairs = [pair for pair in pairs if pair[0] != ("Entities" if entity else "Refs")]
    pairs += [("Resources", None), ("Links", None), ("PagingInfo", writer.value(types.PAGING_INFO, paging.values()))]
    return _answer(call, dump(writer.object(pairs)), 200)


def query_resources(
    call: Call, names: tuple[str, str, str], kind: Type, items: Sequence[Mapping[str, Any]], paging: Paging
) -> Answer:
    """Query for what is no entity. names: element of the list, element of an item, key in JSON."""
    outer, element, plural = names
    if call.media == "xml":
        writer = call.xml_writer()
        inner = tag(outer, "", "".join(writer.element(element, kind, item) for item in items))
        return _answer(call, tag("QueryResult", XMLNS, tag("Resources", "", inner) + _paging_xml(call, paging)), 200)
    json = call.json_writer()
    listed = json.array(json.value(kind, item) for item in items)
    if call.world.switches["resources_shape"] == "wrapped":
        listed = {json.dialect.key(plural): listed}
    pairs = (
        ("Refs", None), ("Entities", None), ("Resources", {json.dialect.key(outer): listed}), ("Links", None),
        ("PagingInfo", json.value(types.PAGING_INFO, paging.values())),
    )  # fmt: skip
    return _answer(call, dump(json.object(pairs)), 200)


def html_page(status: int, title: str) -> Answer:
    body = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Answer(status, body, "text/html; charset=utf-8")
