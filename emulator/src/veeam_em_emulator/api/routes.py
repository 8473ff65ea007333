# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which handler a request goes to: the rows of all files of this folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..resources.call import Answer, Call
from ..wire.errors import ACCESS_DENIED, ApiError, not_known
from . import (
    agent_points,
    agents,
    backups,
    catalog,
    cdp,
    credentials,
    elsewhere,
    failover_plans,
    file_shares,
    guest_files,
    infrastructure,
    job_sessions,
    jobs,
    linked,
    logon,
    lookup,
    passwords,
    query,
    replicas,
    reports,
    repositories,
    restore_sessions,
    restores,
    security,
    servers,
    system_sessions,
    tasks,
)
from .table import QueryType, Route, first_part, known

#: A file of a resource has its rows in ROUTES and QUERIES.
FILES = (
    agent_points,
    agents,
    backups,
    catalog,
    cdp,
    credentials,
    failover_plans,
    file_shares,
    guest_files,
    infrastructure,
    job_sessions,
    jobs,
    linked,
    logon,
    lookup,
    passwords,
    replicas,
    reports,
    repositories,
    restore_sessions,
    restores,
    security,
    servers,
    system_sessions,
    tasks,
)
QUERY_TYPES: Mapping[str, QueryType] = {
    name: kind for file in FILES for name, kind in getattr(file, "QUERIES", {}).items()
}
ROUTES: tuple[Route, ...] = (*(row for file in FILES for row in file.ROUTES), *query.routes(QUERY_TYPES))


def _read_as(method: str) -> str:
    """HEAD is answered as GET, without the body."""
    return "GET" if method == "HEAD" else method


def find_open(call: Call) -> Callable[[], Answer] | None:
    """The handler of a path that needs no session."""
    for route in logon.OPEN:
        if route.pattern.fullmatch(call.path):
            method = _read_as(call.method)
            if method not in route.methods:
                raise _not_allowed(route)
            handler = route.methods[method]
            return lambda: handler(call)
    return None


#: Routes by the first part of their path, so that a request is compared with those alone that it may be meant for.
_BY_FIRST: dict[str, list[Route]] = {}
for _row in ROUTES:
    _BY_FIRST.setdefault(_row.first, []).append(_row)


def find(call: Call) -> Callable[[], Answer]:
    assert call.session is not None
    for route in _BY_FIRST.get(first_part(call.path), ()):
        match = route.pattern.fullmatch(call.path)
        if match is None:
            continue
        if not known(call, route.since):
            raise elsewhere.no_resource()
        method = _read_as(call.method)
        if method not in route.methods and (missing := elsewhere.missing_request(call)) is not None:
            raise missing
        if not call.session.may(route.allowed(method)):
            raise ApiError(403, ACCESS_DENIED)
        if method not in route.methods:
            raise _not_allowed(route)
        handler, groups = route.methods[method], match.groupdict()
        return lambda: handler(call, **groups)
    raise elsewhere.missing_path(call, _BY_FIRST)


def _not_allowed(route: Route) -> ApiError:
    allow = ", ".join(sorted(route.methods))
    return ApiError(405, not_known("method not allowed"), headers=(("Allow", allow),))
