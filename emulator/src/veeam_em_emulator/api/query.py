# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The query service (em_rest query_service, get_query_<type>)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from ..query.paging import page
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.kinds import KINDS
from ..wire import types
from ..wire.errors import ApiError, not_known
from ..wire.links import Link
from . import elsewhere
from .table import ANYONE, QueryType, Route, route


def query(call: Call, known: Mapping[str, QueryType]) -> Answer:
    """known: by name in lower case."""
    assert call.session is not None
    name, role = (call.param("type") or "").lower(), call.session.account.role
    if not name:
        raise ApiError(400, not_known("type is missing"))
    kind = known.get(name)
    if role not in (kind.roles if kind is not None else ("Portal Administrator", "Portal User")):
        raise ApiError(403, "Access denied")
    if kind is None:
        documented = elsewhere.query_type(name)
        if documented is not None:
            raise elsewhere.missing(f"the query type {documented}")
        raise ApiError(400, not_known("there is no such type"))
    chosen, paging = page(call, "/query", kind.found(call), always=True)
    assert paging is not None
    if kind.written is not None:
        return kind.written(call, chosen, paging)
    return documents.query_result(call, KINDS[kind.of], chosen, call.format_is("entities"), paging)


def service(call: Call) -> Answer:
    """em_rest get_querysvc: ready-made queries."""
    kinds = (("Job", "Jobs"), ("Repository", "Repositories"), ("BackupServer", "BackupServers"))
    links = tuple(
        Link("Down", f"/query?type={kind}&format=Entities&sortAsc=name&pageSize=15&page=1", plural, "QueryResult")
        for kind, plural in kinds
    )
    return documents.resource(call, "QuerySvc", types.SERVICE, {"Links": links})


def routes(known: Mapping[str, QueryType]) -> tuple[Route, ...]:
    """known: the types, by name."""
    in_lower_case = {name.lower(): kind for name, kind in known.items()}
    return (
        route("/query", ANYONE, GET=partial(query, known=in_lower_case)),
        route("/querySvc", ANYONE, GET=service),
    )
