# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The query service (em_rest query_service, get_query_<type>)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from ..estate.roles import EVERYBODY, RESTORERS
from ..query.paging import page
from ..resources import documents
from ..resources.call import Answer, Call
from ..resources.kinds import KINDS
from ..resources.services import query_links
from ..wire.errors import ACCESS_DENIED, ApiError, not_known
from ..wire.types import SERVICE
from . import elsewhere
from .table import QueryType, Route, known, no_type, route


def query(call: Call, types: Mapping[str, QueryType]) -> Answer:
    """types: by name in lower case."""
    assert call.session is not None
    name = (call.param("type") or "").lower()
    if not name:
        raise ApiError(400, not_known("type is missing"))
    kind = types.get(name)
    if not call.session.may(RESTORERS if kind is None else kind.roles):
        raise ApiError(403, ACCESS_DENIED)
    if kind is None or not known(call, kind.since):
        documented = elsewhere.query_type(name) if kind is None else None
        if documented is not None:
            raise elsewhere.missing(f"the query type {documented}")
        raise no_type()
    chosen, paging = page(call, "/query", kind.found(call), always=True)
    assert paging is not None
    if kind.written is not None:
        return kind.written(call, chosen, paging)
    return documents.query_result(call, KINDS[kind.of], chosen, call.format_is("entities"), paging)


def service(call: Call) -> Answer:
    """em_rest get_querysvc: ready-made queries."""
    assert call.session is not None
    links = query_links(call.session, call.world.options.product)
    values = {"Type": "QueryService", "Href": "/querySvc", "Links": links}
    return documents.resource(call, "QuerySvc", SERVICE, values)


def routes(types: Mapping[str, QueryType]) -> tuple[Route, ...]:
    """types: by name."""
    in_lower_case = {name.lower(): kind for name, kind in types.items()}
    return (
        route("/query", EVERYBODY, GET=partial(query, types=in_lower_case)),
        route("/querySvc", RESTORERS, GET=service),
    )
