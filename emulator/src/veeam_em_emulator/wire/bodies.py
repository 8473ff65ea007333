# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Request bodies: which parser reads them, the schema for XML, the same plain dict from both formats."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib import resources
from typing import Any

from lxml import etree

from .errors import WRONG_FORMAT, ApiError, missing_node, not_known
from .xml_writer import NAMESPACE

# Everything that XML 1.0 cannot carry; JSON could, but a job of such a name could never be written as XML
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_ATTRIBUTE_NOT_ALLOWED = "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1"


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    text = (resources.files("veeam_em_emulator") / "schema" / "requests.xsd").read_bytes()
    return etree.XMLSchema(etree.fromstring(text))


def parser_for(rule: str, product: str, accept: str, content_type: str) -> str:
    """``xml`` or ``json``. Up to 12 the server picks the parser from Accept, not from Content-Type
    (recorded on an older version); of 13 it is not known, the usual web stack goes by Content-Type."""
    if rule == "auto":
        rule = "content_type" if product == "13" else "accept"
    if rule == "accept":
        return "json" if "application/json" in accept.lower() else "xml"
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        return "json"
    if kind in ("application/xml", "text/xml"):
        return "xml"
    raise ApiError(415, not_known("content type of the body is not supported"))


def read_xml(body: bytes, root: str | None, mandatory: dict[str, tuple[str, ...]], strict: bool) -> dict[str, Any]:
    """Children of ``root`` as a dict. mandatory: element -> names that it must have (``""`` is the root itself).
    root: None is any.

    Missing mandatory elements are 500 as recorded on a real server, every other violation of the schema 400.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        tree = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise ApiError(400, WRONG_FORMAT) from None
    if b"<!DOCTYPE" in body:
        raise ApiError(400, not_known("document type declarations are refused"))
    if root is not None and tree.tag != f"{{{NAMESPACE}}}{root}":
        raise ApiError(400, WRONG_FORMAT)
    values = _element(tree)
    _check_mandatory(values, mandatory)
    if strict and root is not None and not _follows_schema(tree):
        raise ApiError(400, not_known("body does not follow the schema"))
    return values


def _follows_schema(tree: Any) -> bool:
    """Attributes that the schema does not have are passed over: a client sends ``xsd`` and ``xsi`` without a prefix."""
    if _schema().validate(tree):
        return True
    errors: Any = _schema().error_log
    return all(error.type_name == _ATTRIBUTE_NOT_ALLOWED for error in errors)


def _element(element: Any) -> dict[str, Any]:
    """Child elements by name: text or dict, a list where repeated; attributes beside them."""
    values: dict[str, Any] = {str(name): value for name, value in element.attrib.items()}
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name = etree.QName(child).localname
        value: Any = _element(child) if len(child) or child.attrib else (child.text or "")
        if isinstance(value, dict) and not len(child) and child.text:
            value["Value"] = child.text
        if name in values:
            known = values[name]
            values[name] = [*known, value] if isinstance(known, list) else [known, value]
        else:
            values[name] = value
    return values


def read_json(
    body: bytes, mandatory: dict[str, tuple[str, ...]], any_case: bool, names: tuple[str, ...]
) -> dict[str, Any]:
    """JSON object without wrapper.

    any_case: keys in any letter case are taken for those in ``names`` (13, inferred: its deserializer takes back what
    it has sent).
    """
    try:
        values = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise ApiError(400, WRONG_FORMAT) from None
    if not isinstance(values, dict):
        raise ApiError(400, WRONG_FORMAT)
    if any_case:
        values = _recase(values, {name.lower(): name for name in names})
    _check_mandatory(values, mandatory)
    return dict(values)


def _recase(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {names.get(key.lower(), key): _recase(item, names) for key, item in value.items()}
    return [_recase(item, names) for item in value] if isinstance(value, list) else value


def _check_mandatory(values: dict[str, Any], mandatory: dict[str, tuple[str, ...]]) -> None:
    for place, names in mandatory.items():
        holder = values.get(place) if place else values
        if holder is None:
            continue
        if not isinstance(holder, dict) or any(holder.get(name) is None for name in names):
            raise missing_node()


def list_of(values: dict[str, Any], name: str) -> list[str]:
    """Texts of an element that may be there several times."""
    value = values.get(name)
    items = value if isinstance(value, list) else [value]
    return [text for item in items if (text := text_of({name: item}, name)) is not None]


def flag_of(values: dict[str, Any], name: str, missing: bool = False) -> bool:
    """A boolean; XML and some clients in JSON write it as text. missing: where it is left out or null."""
    value = values.get(name)
    if value is None:
        return missing
    text = str(value).strip().lower()
    if text not in ("true", "false", "1", "0"):
        raise ApiError(400, not_known(f"value of {name} is not valid"))
    return text in ("true", "1")


def text_of(values: dict[str, Any], name: str) -> str | None:
    """A text element, None where it is missing or null."""
    value = values.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or _NO_XML.search(value):
        raise ApiError(400, not_known(f"value of {name} is not valid"))
    return value
