# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Building of query URLs: the filter grammar, what it carries safely, and how many names fit into one URL.

EM reference: optional_query_parameters, query_and_or, query_comparison, pagesize_and_page.
"""

from __future__ import annotations

import re
import typing as t
from urllib.parse import quote

from .kind import Kind

#: Characters that the reference documents as plain inside a quoted value. How a server reads others is not known.
_PLAIN = re.compile(r"[A-Za-z0-9_. -]+")
#: Proxies and web servers cut off at 8 KiB for the whole request line; this leaves them room.
MAX_URL = 6000
#: A hundred jobs and the few templates that they are made from are two queries.
MAX_NAMES = 60
PAGE_SIZE = 100
LISTING_PAGE_SIZE = 500
MAX_PAGES = 1000
#: Each takes a connection of its own. What waits to be read is held in memory, so it is a handful.
PAGES_AT_ONCE = 4


def is_plain(name: str) -> bool:
    """Whether a filter that does not find this name proves that it is not there."""
    return _PLAIN.fullmatch(name) is not None


def is_filterable(name: str) -> bool:
    """Whether the name can stand in a filter at all: the reference contradicts itself on quotes inside a value."""
    return '"' not in name


def any_of(field: str, values: t.Iterable[str]) -> str:
    """Any of these values, not yet percent-encoded. A comma is OR."""
    return ",".join(f'{field}=="{value}"' for value in values)


class Query(t.NamedTuple):
    """One query. filter: not yet percent-encoded. sort: such as sortDesc=CreationTime. size: entries of a page."""

    kind: Kind
    filter: str = ""
    sort: str = ""
    size: int = PAGE_SIZE

    def path(self, page: int = 1) -> str:
        """Path and query of one page."""
        parts = [f"type={self.kind.name}"]
        if self.filter:
            parts.append(f"filter={quote(self.filter, safe='')}")
        if self.sort:
            parts.append(self.sort)
        if self.kind.entities:
            parts.append("format=Entities")
        parts.append(f"pageSize={self.size}&page={page}")
        return "/api/query?" + "&".join(parts)


def by_names(kind: Kind, names: t.Iterable[str], field: str = "Name") -> Query:
    """What has any of these names, on any backup server. field: what the filter calls the name."""
    return Query(kind, any_of(field, names))


def listing(kind: Kind, filter: str = "") -> Query:
    """Everything, or all that the filter lets pass."""
    # A fixed order, so that pages neither repeat nor skip while jobs come and go.
    return Query(kind, filter, "sortAsc=Name", PAGE_SIZE if kind.entities else LISTING_PAGE_SIZE)


def chunks(kind: Kind, names: t.Iterable[str], field: str = "Name", most: int = MAX_NAMES) -> list[list[str]]:
    """The filterable names, in as few groups as URL length allows, of at most so many.

    Plain names come first and apart from the others, so that a name the server may misread puts no plain one
    in doubt; a handful of names stays together, since one request then usually settles all of them.
    """
    distinct = [name for name in dict.fromkeys(names) if is_filterable(name)]
    plain = [name for name in distinct if is_plain(name)]
    other = [name for name in distinct if not is_plain(name)]
    groups = [plain + other] if len(distinct) <= 2 else [plain, other]
    room = MAX_URL - len(by_names(kind, [""], field).path()) + _length("", field)
    result: list[list[str]] = []
    for group in groups:
        current: list[str] = []
        length = 0
        for name in group:
            if current and (len(current) >= most or length + _length(name, field) > room):
                result.append(current)
                current = []
                length = 0
            current.append(name)
            length += _length(name, field)
        if current:
            result.append(current)
    return result


def _length(name: str, field: str) -> int:
    """Characters that the name takes in a URL, with the comma that joins it to the one before."""
    return len(quote(f",{any_of(field, [name])}", safe=""))
