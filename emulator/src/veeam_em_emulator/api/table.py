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

from ..resources.call import Answer, Call
from ..resources.documents import Paging

Handler = Callable[..., Answer]
ANYONE = frozenset({"Portal Administrator", "Portal User", "Restore Operator"})
USERS = frozenset({"Portal Administrator", "Portal User"})
ADMINISTRATORS = frozenset({"Portal Administrator"})


@dataclass(frozen=True)
class Route:
    """pattern: path below /api; groups are handed to the handler. roles: who may read, writers: who may do the rest
    (security_roles_concept)."""

    path: str
    pattern: re.Pattern[str]
    methods: Mapping[str, Handler]
    roles: frozenset[str]
    writers: frozenset[str]

    @property
    def first(self) -> str:
        """First part of the path, in lower case."""
        return self.path.lower().lstrip("/").partition("/")[0]


def route(path: str, roles: frozenset[str], writers: frozenset[str] | None = None, /, **methods: Handler) -> Route:
    """writers: the same as roles where not given."""
    # WCF and ASP.NET match paths without letter case; ids are whatever stands there, the handler judges
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    return Route(path, re.compile(f"{pattern}/?", re.IGNORECASE), methods, roles, roles if writers is None else writers)


@dataclass(frozen=True)
class QueryType:
    """of: class of what is found. found: what the filter lets through, sorted. roles: who may ask.

    written: the answer with one page of it, where that is no list of entities.
    """

    of: type
    found: Callable[[Call], Sequence[Any]]
    roles: frozenset[str] = USERS
    written: Callable[[Call, Sequence[Any], Paging], Answer] | None = None
