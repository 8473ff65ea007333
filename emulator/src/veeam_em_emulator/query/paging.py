# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Selecting, sorting and cutting into pages, for the query service and for collections (em_rest pagesize_and_page)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from ..resources.call import Call
from ..resources.documents import Paging
from ..wire.dialects import encode_value
from ..wire.errors import ApiError, not_known
from ..wire.links import Link
from . import fields as query_fields
from . import filters
from .field import moment_in
from .filters import FilterError

#: Nothing is later, as clients write it that want everything.
_LAST = datetime(9999, 12, 31, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Wanted:
    """What a filter demands of every match, so that not all items need to be looked at. tree: None without a filter.

    Fields in lower case.
    """

    kind: type
    rules: Mapping[str, Any]
    tree: Any = None

    def values(self, field: str) -> set[str] | None:
        """None where a match may have any."""
        if self.tree is None or query_fields.unheard(self.kind, field, self.rules):
            return None
        return filters.values_wanted(self.tree, field)

    def least(self, field: str) -> datetime | None:
        """The time that a match must at least have."""
        return None if self.tree is None else filters.least_wanted(self.tree, field, moment_in)

    def most(self, field: str) -> datetime | None:
        """What it must have at most, with the rest of the millisecond that EM may not show."""
        found = None if self.tree is None else filters.most_wanted(self.tree, field, moment_in)
        if found is None or found > _LAST:
            return None
        return found + timedelta(milliseconds=1)


Candidates = Callable[[Wanted], Iterable[Any]]


def select(call: Call, kind: type, items: Candidates, order: str = "") -> list[Any]:
    """The items that the ``filter`` of the request lets through, sorted as it asks.

    items: gives the candidates. order: name of the field, in lower case, by which they come sorted.
    """
    rules = call.world.switches
    try:
        text = call.param("filter")
        chosen = (
            list(items(Wanted(kind, rules)))
            if text is None or not text.strip()
            else _filtered(text, kind, items, rules)
        )
        if call.world.state.other_servers:
            chosen = [item for item in chosen if call.world.state.knows(item)]
        sight = call.sight
        if sight is not None:
            chosen = [item for item in chosen if sight.sees(item)]
        for name, reverse in (("sortAsc", False), ("sortDesc", True)):
            field = call.param(name)
            if not field:
                continue
            if query_fields.unheard(kind, field, rules):
                continue
            key = query_fields.field_of(kind, field, rules).key
            if field.lower() != order:
                chosen.sort(key=key, reverse=reverse)
            elif reverse:
                chosen.reverse()
        return chosen
    except FilterError as problem:
        if rules["invalid_filter"] == "empty":
            return []
        status = 500 if rules["invalid_filter"] == "http_500" else 400
        raise ApiError(status, not_known(f"filter cannot be read: {problem}")) from None


def _filtered(text: str, kind: type, items: Candidates, rules: Any) -> list[Any]:
    tree = filters.parse(text, rules)
    wanted = query_fields.predicate(tree, kind, rules)
    return [item for item in items(Wanted(kind, rules, tree)) if wanted(item)]


def _positive(call: Call, name: str) -> int | None:
    text = call.param(name)
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ApiError(400, not_known(f"{name} is not a number above zero"))
    return int(text)


def page(
    call: Call, path: str, items: Sequence[Any], always: bool, usual: int | None = None, own_query: bool = False
) -> tuple[Sequence[Any], Paging | None]:
    """One page of the items. always: also without ``pageSize`` (queries); a collection then comes whole.

    usual: size of a page where the client gives none. own_query: the path has a query string already, which stands for
    that of the request.
    """
    size, number = _positive(call, "pageSize"), _positive(call, "page") or 1
    if size is None:
        if not always:
            return items, None
        size = usual or call.world.switches["default_page_size"] or max(1, len(items))
    limit = call.world.switches["max_page_size"]
    if limit:
        size = min(size, limit)
    count = max(1, -(-len(items) // size))
    if call.fault("endless_pages"):
        # there is always one page more, and it says so
        count = number + 1
    elif number > count:
        rule = call.world.switches["page_beyond_end"]
        if rule == "error":
            raise ApiError(400, not_known("there is no such page"))
        if rule == "last":
            number = count
    chosen = items[(number - 1) * size : number * size]
    targets = [("First", 1)]
    if number > 1:
        targets.append(("Previous", min(number - 1, count)))
    if number < count:
        targets.append(("Next", number + 1))
    targets.append(("Last", count))
    kept = (
        ""
        if own_query
        else "".join(
            f"{key}={encode_value(call.world.options.product, value)}&"
            for key, value in call.params
            if key.lower() not in ("pagesize", "page")
        )
    )
    links = tuple(
        Link(rel, f"{path}{'&' if own_query else '?'}{kept}pageSize={size}&page={target}") for rel, target in targets
    )
    return chosen, Paging(number, size, count, links)
