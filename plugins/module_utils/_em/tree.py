# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Blocks of EM's documents as neutral trees: dicts under EM's PascalCase names, the same from XML and every JSON.

A tree holds texts, numbers, booleans, lists of texts, dicts of day to hours, and trees. What was absent or null is not
in it. A block is described by its fields, in the order that XML wants.
"""

from __future__ import annotations

import json
import re
import typing as t

from . import wire

Tree = dict[str, t.Any]

#: Kinds of fields. texts: repeated elements, a list in JSON. paths: the same inside a wrapper of Path elements. days:
#: of Day elements with a name, in JSON a list of names and values.
TEXT, NUMBER, FLAG, TEXTS, PATHS, DAYS, BLOCK = "text", "number", "flag", "texts", "paths", "days", "block"


class Field(t.NamedTuple):
    """One element of a block.

    attribute: an attribute in XML. json: its names in JSON where they differ; all are read, and all are written.
    """

    name: str
    kind: str = TEXT
    fields: tuple[Field, ...] = ()
    attribute: bool = False
    json: tuple[str, ...] = ()

    @property
    def json_names(self) -> tuple[str, ...]:
        return self.json or (self.name,)


def block(name: str, *fields: Field) -> Field:
    """A field that is a block of fields."""
    return Field(name, BLOCK, fields)


#: On the wire an attribute of most blocks, an element of few. It comes first of a block's fields.
ENABLED = Field("Enabled", FLAG, attribute=True)


# -- reading -------------------------------------------------------------------------------------------------------


def read(record: wire.Record, fields: t.Sequence[Field], off: bool = True) -> Tree:
    """What a record holds of these fields. off: also of blocks that say of themselves that they are not enabled."""
    if isinstance(record, wire.XmlRecord):
        return _from_xml(record.element, fields, off)
    return _from_json(t.cast(wire.JsonRecord, record).members, fields, off)


def member(record: wire.Record, *names: str) -> wire.Record | None:
    """The record found along the names, None where it is absent or null."""
    found: wire.Record | None = record
    for name in names:
        if isinstance(found, wire.XmlRecord):
            found = next(map(wire.XmlRecord, found.element.iterchildren(wire.tag(name))), None)
        elif found is not None:
            inner = t.cast(wire.JsonRecord, found).members.get(name.lower())
            found = wire.JsonRecord(inner) if isinstance(inner, dict) else None
    return found


def _from_xml(element: t.Any, fields: t.Sequence[Field], off: bool) -> Tree:
    if not off and fields[0].name == ENABLED.name and _is_off(element):
        return {fields[0].name: False}
    # The first of each name; only TEXTS has several.
    inside: dict[str, t.Any] = {}
    for child in element:
        inside.setdefault(child.tag, child)
    tree: Tree = {}
    for field in fields:
        found = inside.get(wire.tag(field.name))
        if found is None:
            if not field.attribute:
                continue
            value = _scalar(element.get(field.name), field.kind)
        elif field.kind == BLOCK:
            value = _from_xml(found, field.fields, off)
        elif field.kind == TEXTS:
            value = [child.text or "" for child in element.iterchildren(found.tag)]
        elif field.kind == PATHS:
            value = [child.text or "" for child in found]
        elif field.kind == DAYS:
            value = {child.get("Name") or "": child.text or "" for child in found}
        else:
            value = _scalar(found.text or "", field.kind)
        if value is not None:
            tree[field.name] = value
    return tree


def _is_off(element: t.Any) -> bool:
    for child in element.iterchildren(wire.tag(ENABLED.name)):
        return _scalar(child.text or "", FLAG) is False
    return _scalar(element.get(ENABLED.name), FLAG) is False


def _from_json(members: dict[str, t.Any], fields: t.Sequence[Field], off: bool) -> Tree:
    tree: Tree = {}
    for field in fields:
        found = (members.get(name.lower()) for name in field.json_names)
        sent = next((value for value in found if value is not None), None)
        value = _json_value(sent, field, off) if sent is not None else None
        if value is not None:
            tree[field.name] = value
            if not off and value is False and field.name == ENABLED.name:
                break
    return tree


def _json_value(sent: t.Any, field: Field, off: bool) -> t.Any:
    if field.kind == BLOCK:
        return _from_json(sent, field.fields, off) if isinstance(sent, dict) else None
    if field.kind in (TEXTS, PATHS, DAYS):
        if isinstance(sent, dict):
            # Days, Day, Paths: an object around the list.
            sent = next((value for value in sent.values() if isinstance(value, list)), [])
        items = sent if isinstance(sent, list) else [sent]
        if field.kind != DAYS:
            return [str(item) for item in items if not isinstance(item, (dict, list))]
        return {str(item.get("name")): str(item.get("value")) for item in items if isinstance(item, dict)}
    return _scalar(wire.JsonRecord({"value": sent}).text("value"), field.kind)


_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,9}\s*")


def _scalar(text: str | None, kind: str) -> t.Any:
    """The value of a text; what is no number stays the text that it is, so that nothing of it gets lost."""
    if text is None:
        return None
    if kind == FLAG:
        return _FLAGS.get(text.strip().lower())
    if kind == NUMBER and _NUMBER.fullmatch(text):
        return int(text)
    return text


# -- writing -------------------------------------------------------------------------------------------------------


def write(root: str, tree: Tree, fields: t.Sequence[Field], media_type: str, kind: str = "") -> bytes:
    """The tree as the body of a request. kind: the attribute Type of the root element. JSON has no root."""
    if media_type == "json":
        # Requests are PascalCase in every version.
        return json.dumps(_to_json(tree, fields), ensure_ascii=False).encode("utf-8")
    from lxml import etree

    namespaces: t.Any = {None: wire.NAMESPACE}
    element = etree.Element(f"{{{wire.NAMESPACE}}}{root}", nsmap=namespaces)
    if kind:
        element.set("Type", kind)
    _to_xml(element, tree, fields, etree.SubElement)
    return etree.tostring(element, xml_declaration=True, encoding="utf-8")


def _to_json(tree: Tree, fields: t.Sequence[Field]) -> dict[str, t.Any]:
    members: dict[str, t.Any] = {}
    for field in fields:
        if field.name in tree:
            value = tree[field.name]
            if field.kind == BLOCK:
                value = _to_json(value, field.fields)
            elif field.kind == DAYS:
                value = {"Days": [{"Name": name, "Value": hours} for name, hours in value.items()]}
            members.update((name, value) for name in field.json_names)
    return members


def _to_xml(element: t.Any, tree: Tree, fields: t.Sequence[Field], sub_element: t.Any) -> None:
    for field in fields:
        if field.name not in tree:
            continue
        value = tree[field.name]
        if field.attribute:
            element.set(field.name, _text(value))
            continue
        tag = f"{{{wire.NAMESPACE}}}{field.name}"
        if field.kind == TEXTS:
            for item in value:
                sub_element(element, tag).text = _text(item)
            continue
        child = sub_element(element, tag)
        if field.kind == BLOCK:
            _to_xml(child, value, field.fields, sub_element)
        elif field.kind == PATHS:
            for item in value:
                sub_element(child, f"{{{wire.NAMESPACE}}}Path").text = _text(item)
        elif field.kind == DAYS:
            for name, hours in value.items():
                sub_element(child, f"{{{wire.NAMESPACE}}}Day", Name=name).text = _text(hours)
        else:
            # An empty text is an empty element, which lxml writes for None too.
            child.text = _text(value) or None


def _text(value: t.Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
