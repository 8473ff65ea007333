# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the handlers share: ids in paths, answers with a task."""

from __future__ import annotations

import re
from typing import Any, Protocol, TypeVar

from .. import documents, resources, types
from ..bodies import parser_for, read_json, read_xml
from ..call import Answer, Call
from ..errors import ApiError
from ..tasks import Task, Work

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
    if item is None:
        raise ApiError(404, f"Cannot find {label} [{identity}]")
    return item


def wants_entity(call: Call) -> bool:
    """``format=Entity`` on collections; the plural belongs to the query service and is not taken here."""
    return call.format_is("entity")


def task_type(call: Call) -> types.Type:
    return types.TASK_9 if call.world.switches["result_confirmation_members"] else types.TASK


def task_answer(call: Call, task: Task, status: int = 202) -> Answer:
    call.task = task
    return documents.resource(call, "Task", task_type(call), resources.task(task), status)


def start_task(call: Call, operation: str, work: Work, at_once: bool = False) -> Answer:
    assert call.session is not None
    return task_answer(call, call.world.tasks.start(call.session, operation, work, at_once))


def body_values(call: Call, root: str, mandatory: dict[str, tuple[str, ...]], names: tuple[str, ...]) -> dict[str, Any]:
    """The request body as a dict, read by the parser that this product uses for it."""
    switches, product = call.world.switches, call.world.options.product
    headers = call.headers
    parser = parser_for(switches["body_parser"], product, headers.get("accept", ""), headers.get("content-type", ""))
    if parser == "json":
        return read_json(call.body, mandatory, any_case=product == "13", names=names)
    return read_xml(call.body, root, mandatory, strict=switches["element_order"] == "strict")
