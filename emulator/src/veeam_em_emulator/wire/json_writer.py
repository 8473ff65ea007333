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
#: The same for a value, made once.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


#: What the base of a type gives, behind its own members.
_OF_BASE: Mapping[str, tuple[str, ...]] = {
    "": (),
    "resource": ("Links", "Href", "Type"),
    "reference": ("Links", "UID", "Name", "Href", "Type"),
    "entity": ("Name", "UID", "Links", "Href", "Type"),
}
#: Of these, what is not written as it is.
_COMMON = frozenset({"Links", "Href"})


class JsonWriter:
    """single_as_object: a list with one element is written as that element (a reading trap, see the switch)."""

    def __init__(self, base: str, dialect: Dialect, single_as_object: bool = False) -> None:
        self.base = base
        self.dialect = dialect
        self.single_as_object = single_as_object
        self._plans: dict[int, list[tuple[str, Field | None, str]]] = {}
        self._of_links = tuple(map(dialect.key, ("Rel", "Href", "Name", "Type")))

    def array(self, items: Iterable[Any]) -> Any:
        items = list(items)
        return items[0] if self.single_as_object and len(items) == 1 else items

    def object(self, pairs: Iterable[tuple[str, Any]], keep_nulls: bool = False) -> dict[str, Any]:
        """Keys in the case of the dialect; None left out where the dialect leaves out nulls."""
        nulls = self.dialect.nulls or keep_nulls
        return {self.dialect.key(key): value for key, value in pairs if nulls or value is not None}

    def links(self, links: Iterable[Link]) -> Any:
        rel_key, href_key, name_key, type_key = self._of_links
        written = []
        for rel, path, name, kind, json_type in links:
            link = {rel_key: rel, href_key: self.base + path, name_key: name, type_key: kind if json_type else None}
            if not self.dialect.nulls:
                link = {key: value for key, value in link.items() if value is not None}
            written.append(link)
        return self.array(written)

    def value(self, kind: Type, data: Mapping[str, Any], keep_nulls: bool = False) -> dict[str, Any]:
        plan = self._plans.get(id(kind))
        if plan is None:
            plan = self._plans[id(kind)] = self._plan(kind)
        nulls = self.dialect.nulls or keep_nulls
        written: dict[str, Any] = {}
        for key, field, name in plan:
            if field is None:
                value = data.get(name)
                if value is not None and name in _COMMON:
                    value = self.links(value) if name == "Links" else self.base + value
            elif field.sparse and data.get(name) is None:
                continue
            else:
                value = data.get(name) if field.kind == "value" else self._field(field, data)
            if nulls or value is not None:
                written[key] = value
        return written

    def _plan(self, kind: Type) -> list[tuple[str, Field | None, str]]:
        """The members of a type, in their order: key, field (none for attributes and what the base gives), and name of
        the value."""
        own: list[tuple[str, Field | None, str]] = [
            (field.key, field, field.name) for field in kind.elements if field.kind != "xml"
        ]
        attributes: list[tuple[str, Field | None, str]] = [(field.key, None, field.name) for field in kind.attributes]
        if any(field.kind == "content" for field in kind.elements):
            members = attributes + own
        else:
            names = _OF_BASE[kind.base]
            members = own + attributes + [(name, None, name) for name in names]
        return [(self.dialect.key(key), field, name) for key, field, name in members]

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
        return Fragment(_encode(self.value(kind, data)))
