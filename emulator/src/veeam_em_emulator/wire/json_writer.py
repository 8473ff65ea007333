# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON representation: dicts in the order of EM, with parts that were written before kept as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from .dialects import Dialect
from .links import Link
from .types import Field, Type


class Fragment:
    """JSON text that is already written."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def dump(value: Any) -> str:
    """json.dumps, compact, that understands Fragment."""
    if isinstance(value, str):
        return _text(value)
    if value is None:
        return "null"
    if isinstance(value, Fragment):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join([f"{_text(key)}:{dump(item)}" for key, item in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ",".join([dump(item) for item in value]) + "]"
    return json.dumps(value)


#: What json.dumps(ensure_ascii=False) does with a text, without what leads there.
_text = json.encoder.encode_basestring


class JsonWriter:
    """single_as_object: a list with one element is written as that element (a reading trap, see the switch)."""

    def __init__(self, base: str, dialect: Dialect, single_as_object: bool = False) -> None:
        self.base = base
        self.dialect = dialect
        self.single_as_object = single_as_object

    def array(self, items: Iterable[Any]) -> Any:
        items = list(items)
        return items[0] if self.single_as_object and len(items) == 1 else items

    def object(self, pairs: Iterable[tuple[str, Any]], keep_nulls: bool = False) -> dict[str, Any]:
        """Keys in the case of the dialect; None left out where the dialect leaves out nulls."""
        nulls = self.dialect.nulls or keep_nulls
        return {self.dialect.key(key): value for key, value in pairs if nulls or value is not None}

    def links(self, links: Iterable[Link]) -> Any:
        return self.array(
            self.object(
                (
                    ("Rel", link.rel),
                    ("Href", self.base + link.path),
                    ("Name", link.name),
                    ("Type", link.type if link.json_type else None),
                )
            )
            for link in links
        )

    def value(self, kind: Type, data: Mapping[str, Any], keep_nulls: bool = False) -> dict[str, Any]:
        own = [
            (field.key, self._field(field, data))
            for field in kind.elements
            if field.kind != "xml" and (not field.sparse or data.get(field.name) is not None)
        ]
        attributes = [(field.key, data.get(field.name)) for field in kind.attributes]
        if any(field.kind == "content" for field in kind.elements):
            return self.object(attributes + own, keep_nulls)
        pairs = own + attributes
        if kind.base:
            links = data.get("Links")
            path = data.get("Href")
            href = None if path is None else self.base + path
            common = [("Links", None if links is None else self.links(links))]
            if kind.base == "entity":
                common = [("Name", data.get("Name")), ("UID", data.get("UID")), *common]
            elif kind.base == "reference":
                common = [*common, ("UID", data.get("UID")), ("Name", data.get("Name"))]
            pairs += [*common, ("Href", href), ("Type", data.get("Type"))]
        return self.object(pairs, keep_nulls)

    def _field(self, field: Field, data: Mapping[str, Any]) -> Any:
        if field.kind == "json":
            # a constant is not there where nulls are left out
            return data.get(field.name, field.constant if self.dialect.nulls else None)
        value = data.get(field.name)
        if value is None:
            return None
        if field.kind == "object":
            assert field.of is not None
            return self.value(field.of, value)
        if field.kind == "list":
            assert field.of is not None
            return {self.dialect.key(field.plural): self.array(self.value(field.of, item) for item in value)}
        if field.kind == "items":
            assert field.of is not None
            return self.array(self.value(field.of, item) for item in value)
        if field.kind in ("repeat", "paths"):
            return list(value)
        if field.kind == "links":
            return self.links(value)
        if field.kind == "time":
            if self.dialect.utc_times:
                return value.utc()
            return value.json(with_offset=field.constant == "offset")
        return value

    def fragment(self, kind: Type, data: Mapping[str, Any]) -> Fragment:
        return Fragment(json.dumps(self.value(kind, data), ensure_ascii=False, separators=(",", ":")))
