# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tables of the API are made of: routes, and types of the query service. A file of this folder has the rows of
its resources in ``ROUTES`` and ``QUERIES``; ``routes.py`` puts them together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..estate.roles import USERS
from ..resources.call import Answer, Call
from ..resources.documents import Paging
from ..wire.dialects import PRODUCTS
from ..wire.errors import ApiError, not_known

Handler = Callable[..., Answer]
Roles = frozenset[str]
#: Actions of jobs that are part of the path
ACTIONS = "(?P<action>start|stop|retry|toggleScheduleEnabled)"
_NO_WRITERS: Mapping[str, Roles] = {}


@dataclass(frozen=True)
class Route:
    """pattern: path below /api; groups are handed to the handler. roles: who may read, writers: who may do the rest,
    by method (security_roles_concept). since: the first product that has it; before, there is no such resource."""

    path: str
    pattern: re.Pattern[str]
    methods: Mapping[str, Handler]
    roles: Roles
    writers: Mapping[str, Roles]
    since: str = PRODUCTS[0]

    def allowed(self, method: str) -> Roles:
        return self.roles if method == "GET" else self.writers.get(method, self.roles)

    @property
    def first(self) -> str:
        return first_part(self.path)


def first_part(path: str) -> str:
    """First part of a path below /api, in lower case."""
    return path.lower().lstrip("/").partition("/")[0]


def route(
    path: str,
    roles: Roles,
    writers: Roles | Mapping[str, Roles] = _NO_WRITERS,
    /,
    since: str = PRODUCTS[0],
    **methods: Handler,
) -> Route:
    """path: ``{id}`` is one part of it, ``{path*}`` all that follows. writers: for all methods but GET, or by method;
    the same as roles where not given."""
    # WCF and ASP.NET match paths without letter case; ids are whatever stands there, the handler judges
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    pattern = re.sub(r"\{(\w+)\*\}", r"(?P<\1>.+?)", pattern)
    by_method = writers if isinstance(writers, Mapping) else dict.fromkeys(("POST", "PUT", "DELETE"), writers)
    return Route(path, re.compile(f"{pattern}/?", re.IGNORECASE), methods, roles, by_method, since)


@dataclass(frozen=True)
class QueryType:
    """of: class of what is found. found: what the filter lets through, sorted. roles: who may ask.

    written: the answer with one page of it, where that is no list of entities. since: the first product that has it.
    """

    of: type
    found: Callable[[Call], Sequence[Any]]
    roles: Roles = USERS
    written: Callable[[Call, Sequence[Any], Paging], Answer] | None = None
    since: str = PRODUCTS[0]


def no_type() -> ApiError:
    """Of a query type that there is not."""
    return ApiError(400, not_known("there is no such type"))


def known(call: Call, since: str) -> bool:
    """Whether the product has what came with that one."""
    return PRODUCTS.index(call.world.options.product) >= PRODUCTS.index(since)
