# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the handlers share: ids in paths, answers with a task."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from ..estate.machines import Cause
from ..estate.servers import BackupServer
from ..query.paging import page, select
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.kinds import KINDS
from ..resources.tasks import task as show_task
from ..wire import types
from ..wire.bodies import parser_for, read_json, read_xml
from ..wire.errors import ACCESS_DENIED, OFFLINE, ApiError, refused
from ..work.tasks import OPERATION_FINISHED, RUNNING, Task, Work

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Items(Protocol[T_co]):
    def get(self, identity: str, /) -> T_co | None: ...


def bare_id(call: Call, identity: str, kind: str) -> str:
    """The GUID of an id in a path, which some clients give as URN."""
    prefix = f"urn:veeam:{kind}:"
    if call.world.switches["urn_in_path"] == "accepted" and identity.lower().startswith(prefix.lower()):
        return identity[len(prefix) :].lower()
    return identity.lower()


def job_id(call: Call, identity: str) -> str:
    return bare_id(call, identity, "Job")


def by_id(call: Call, items: Items[T], identity: str, kind: str, label: str) -> T:
    """The item of that id: 400 for what is no GUID, 404 for an unknown one (texts recorded for jobs)."""
    bare = bare_id(call, identity, kind)
    if not _GUID.fullmatch(bare):
        raise ApiError(400, f" ID {identity} is invalid. Type: {kind}")
    item = items.get(bare)
    if item is None or not call.world.state.knows(item):
        raise ApiError(404, f"Cannot find {label} [{identity}]")
    if call.sight is not None and not call.sight.sees(item):
        raise out_of_scope(call, f"Cannot find {label} [{identity}]")
    return item


def out_of_scope(call: Call, unknown: str) -> ApiError:
    """Of what the account's restore scopes leave out. unknown: what is said of a thing that is not there."""
    if call.world.switches["out_of_scope"] == "403":
        return ApiError(403, ACCESS_DENIED)
    return ApiError(404, unknown)


def one(call: Call, of: type[T], items: Items[T], identity: str) -> T:
    """An entity of that id."""
    kind = KINDS[of]
    return by_id(call, items, identity, kind.element, kind.label)


def single(call: Call, of: type[T], items: Items[T], identity: str) -> Answer:
    return documents.single(call, one(call, of, items, identity), wants_entity(call))


def found(call: Call, of: type, items: Iterable[Any]) -> list[Any]:
    """Those that the filter of the request lets through, sorted as it asks."""
    return select(call, of, lambda _unused: items)


def listed(call: Call, of: type, chosen: Sequence[Any], path: str | None = None) -> Answer:
    """A list of entities that are chosen and sorted. path: of the list, where it is none of the whole collection."""
    items, paging = page(call, path or KINDS[of].path, chosen, always=False)
    return documents.collection(call, KINDS[of], items, wants_entity(call), paging)


def listing(call: Call, of: type, items: Iterable[Any], path: str | None = None) -> Answer:
    """The same of those that the request asks for."""
    return listed(call, of, found(call, of, items), path)


def wants_entity(call: Call) -> bool:
    """``format=Entity`` on collections; the plural belongs to the query service and is not taken here."""
    return call.format_is("entity")


def task_type(call: Call) -> types.Type:
    return types.TASK_9 if call.world.switches["result_confirmation_members"] else types.TASK


def task_answer(call: Call, task: Task, status: int = 202) -> Answer:
    call.task = task
    return documents.resource(call, "Task", task_type(call), show_task(task), status)


def refuse(call: Call, switch: str, reason: str) -> None:
    """At the request itself, where the switch says so."""
    choice = call.world.switches[switch]
    if choice.startswith("http_"):
        raise ApiError(int(choice.removeprefix("http_")), refused(reason))


def check_online(call: Call, server: BackupServer) -> None:
    """Refuse the request itself, where the switch says that of offline servers."""
    channel = call.world.switches["offline_server"]
    if server.id in call.world.offline and channel.startswith("http_"):
        raise ApiError(int(channel.removeprefix("http_")), OFFLINE)


def task_faults(call: Call, task: Task) -> None:
    """Faults that change any task: on the request that starts it, or later on a poll."""
    for fault in call.faults:
        if fault.fault == "never_finish":
            task.hold, task.freeze = RUNNING, not fault.parameters.get("job", False)
        elif fault.fault == "stay_operation_finished":
            task.hold, task.freeze = OPERATION_FINISHED, not fault.parameters.get("job", True)
        elif fault.fault == "finish_without_link":
            task.no_link = True


def late_delay(parameters: Mapping[str, Any]) -> str:
    """When EM shows what a fault makes late: as ``show_new_job_after``."""
    if parameters.get("refresh"):
        return "refresh"
    if "seconds" in parameters:
        return f"{float(parameters['seconds']):g}s"
    return str(int(parameters.get("queries", 2)))


def start_task(call: Call, operation: str, work: Work, at_once: bool = False) -> Answer:
    assert call.session is not None
    task = call.world.tasks.start(call.session, operation, work, at_once)
    work.cause = Cause(call.number, call.session.user, call.session.id, task.id)
    task_faults(call, task)
    return task_answer(call, task)


def body_values(
    call: Call, root: str | None, mandatory: dict[str, tuple[str, ...]], names: tuple[str, ...]
) -> dict[str, Any]:
    """The request body as a dict, read by the parser that this product uses for it."""
    switches, product = call.world.switches, call.world.options.product
    headers = call.headers
    parser = parser_for(switches["body_parser"], product, headers.get("accept", ""), headers.get("content-type", ""))
    if parser == "json":
        return read_json(call.body, mandatory, any_case=product == "13", names=names)
    return read_xml(call.body, root, mandatory, strict=switches["element_order"] == "strict")
