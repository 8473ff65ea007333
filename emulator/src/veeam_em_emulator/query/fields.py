# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields that can be used in ``filter``, ``sortAsc`` and ``sortDesc``, by type (em_rest get_query_<type>)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import fields_of_backups, fields_of_estate, fields_of_jobs
from .field import QueryField
from .filters import Condition, Every, FilterError, Some

FIELDS: Mapping[type, Mapping[str, QueryField]] = {
    **fields_of_jobs.FIELDS,
    **fields_of_backups.FIELDS,
    **fields_of_estate.FIELDS,
}
# Kinds that the query service does not have, as accounts, have no fields


def field_of(kind: type, name: str, rules: Mapping[str, Any]) -> QueryField:
    field = FIELDS.get(kind, {}).get(name.lower())
    if field is None or not field.documented and rules["undocumented_fields"] == "refused":
        raise FilterError(f"there is no field {name!r}")
    return field


def unheard(kind: type, name: str, rules: Mapping[str, Any]) -> bool:
    """Whether the server passes over conditions on that field."""
    field = FIELDS.get(kind, {}).get(name.lower())
    return field is not None and not field.documented and rules["undocumented_fields"] == "ignored"


def predicate(tree: Any, kind: type, rules: Mapping[str, Any]) -> Callable[[Any], bool]:
    """Test for one item, made from the tree of a filter."""
    if isinstance(tree, Condition):
        if unheard(kind, tree.field, rules):
            return lambda _item: True
        return field_of(kind, tree.field, rules).test(tree, rules)
    if isinstance(tree, Some):
        names = _one_of(tree, kind, rules)
        if names is not None and names[0].documented:
            # a client that looks for many jobs at once asks so; a test for each name would take the square of the time
            field, values = names
            if rules["string_compare"] == "sensitive":
                return lambda item: field.get(item) in values
            folded = {value.casefold() for value in values}
            return lambda item: field.get(item).casefold() in folded
    tests = [predicate(part, kind, rules) for part in tree.parts]
    if isinstance(tree, Every) and len(tests) == 2:
        # a window of time, over very many
        first, second = tests
        return lambda item: first(item) and second(item)
    if isinstance(tree, Every):
        return lambda item: all(test(item) for test in tests)
    return lambda item: any(test(item) for test in tests)


def _one_of(tree: Some, kind: type, rules: Mapping[str, Any]) -> tuple[QueryField, set[str]] | None:
    """Field and values of ``F=="a",F=="b",...`` on a text field."""
    fields, values = set(), set()
    for part in tree.parts:
        if not isinstance(part, Condition) or part.operator != "==":
            return None
        fields.add(part.field.lower())
        values.add(part.value)
    if len(fields) != 1:
        return None
    field = field_of(kind, fields.pop(), rules)
    return (field, values) if field.kind == "text" else None
