# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wire format: XML and the three JSON dialects to one kind of record. Only it and tree.py know lxml.

EM 9.5 U4 leaves absent JSON members out, 10 to 12 write null, 13 writes camelCase (EM reference:
em_web_api_specifications, resource_representation_for_ke). Keys are therefore lower-cased at the edge and
every list is read by one helper that takes null, missing, doubled and single elements alike.
"""

from __future__ import annotations

import functools
import json
import re
import typing as t

from .._http.errors import shortened
from .texts import NOT_XML

NAMESPACE = "http://www.veeam.com/ent/v1.0"
CONTENT_TYPES = {"xml": "application/xml", "json": "application/json"}

GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: Elements, attributes and members of one document. A page of 30,000 references has as many; and a document of nothing
#: but brackets would take fifty times its size in memory, and minutes.
MAX_MARKS = 1_000_000
#: JSON can escape half a surrogate pair; no UTF-8, and so no result, can carry it.
_HALF_PAIR = re.compile("[\ud800-\udfff]")


class Unreadable(Exception):
    """The bytes are not the document that was asked for. The text says why, without quoting the document.

    hint: a sentence on what to do. permanent: the same document would come again.
    """

    def __init__(self, why: str, hint: str = "", permanent: bool = False) -> None:
        super().__init__(why)
        self.hint = hint
        self.permanent = permanent


class Record(t.Protocol):
    """One element, whatever the format."""

    def text(self, name: str) -> str | None:
        """The attribute or child element of that name, None where absent or null."""

    def children(self, *names: str) -> list[t.Any]:
        """The records of a list found along the names; the last is the name of one item."""

    def has(self, name: str) -> bool:
        """Whether a member of that name is there at all, null included."""


@functools.cache
def tag(name: str) -> str:
    """The name of an element, with EM's namespace."""
    return f"{{{NAMESPACE}}}{name}"


class XmlRecord:
    """A record over an lxml element."""

    def __init__(self, element: t.Any) -> None:
        self.element = element

    def text(self, name: str) -> str | None:
        value: str | None = self.element.get(name)
        if value is not None:
            return value
        for child in self.element.iterchildren(tag(name)):
            return child.text or ""
        return None

    def children(self, *names: str) -> list[XmlRecord]:
        # The descendants are searched level by level, so that a doubled wrapper reads like a plain one.
        found = [self.element]
        for name in names[:-1]:
            for wrapper in (1, 2):
                inner = [child for parent in found for child in parent.iterchildren(tag(name))]
                if not inner and wrapper == 1:
                    return []
                found = inner or found
        return [XmlRecord(child) for parent in found for child in parent.iterchildren(tag(names[-1]))]

    def has(self, name: str) -> bool:
        return self.element.find(tag(name)) is not None


class JsonRecord:
    """A record over a JSON object whose keys are lower case."""

    def __init__(self, members: dict[str, t.Any]) -> None:
        self.members = members

    def text(self, name: str) -> str | None:
        value = self.members.get(name.lower())
        if value is None or isinstance(value, (dict, list)):
            return None
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value)

    def children(self, *names: str) -> list[JsonRecord]:
        keys = {name.lower() for name in names} | {name.lower() + "s" for name in names}
        keys |= {name.lower()[:-1] + "ies" for name in names if name.endswith("y")}
        value = self.members.get(names[0].lower())
        for _level in range(4):
            if not isinstance(value, dict):
                break
            inner = [value[key] for key in keys if key in value and isinstance(value[key], (dict, list))]
            if not inner:
                # An object that is no wrapper is the single item itself; one of nulls only is an empty wrapper.
                value = [value] if any(member is not None for member in value.values()) else []
                break
            value = inner[0]
        if value is None or value == "":
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            # What cannot be read as a list is not an empty one: that would prove an absence that is none.
            raise Unreadable(f"its {names[0]} is not a list of objects")
        return [JsonRecord(item) for item in value]

    def has(self, name: str) -> bool:
        return name.lower() in self.members


def _lower_keys(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key.lower(): _lower_keys(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_lower_keys(item) for item in value]
    return value


def _parse_xml(body: bytes) -> XmlRecord:
    from lxml import etree

    if re.match(rb"[^>]{0,200}utf-?7", body, re.IGNORECASE):
        raise Unreadable("it is UTF-7, in which its elements cannot be counted")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _not_well_formed(body, parser) from error
    info = root.getroottree().docinfo
    if info.internalDTD is not None or info.externalDTD is not None or info.doctype:
        raise Unreadable("it carries a document type declaration, which Enterprise Manager never sends")
    namespace, _brace, name = root.tag.rpartition("}")
    if namespace != "{" + NAMESPACE:
        # Not etree.QName: the parser lets names pass that it refuses, such as ":Error".
        raise Unreadable(f"its root element <{shortened(name, 60)}> is not one of Enterprise Manager's")
    return XmlRecord(root)


#: What stands for a character, or is one, that XML 1.0 cannot carry.
_REFERENCE = re.compile(rb"&#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def _not_well_formed(body: bytes, parser: t.Any) -> Unreadable:
    """What is wrong with a document: names can hold characters that a server writes into XML, although it may not."""
    from lxml import etree

    found: list[str] = []

    def left_out(match: re.Match[bytes]) -> bytes:
        code = int(match.group(1), 16) if match.group(1) else int(match.group(2))
        if code <= 0x10FFFF and not NOT_XML.search(chr(code)):
            return match.group()
        found.append(match.group().decode())
        return b"?"

    def replaced(match: re.Match[bytes]) -> bytes:
        found.append(f"U+{match.group()[0]:04X}")
        return b"?"

    cleaned = _CONTROL.sub(replaced, _REFERENCE.sub(left_out, body))
    try:
        if found:
            etree.fromstring(cleaned, parser)
            why = f"it holds a character that XML cannot carry ({found[0]})"
            return Unreadable(why, "It can be read with media_type: json.", permanent=True)
    except (etree.XMLSyntaxError, ValueError):
        pass
    return Unreadable("it is not well-formed XML")


def _reject_constant(name: str) -> t.NoReturn:
    raise ValueError(name)


def _parse_json(body: bytes) -> JsonRecord:
    try:
        # utf-8-sig: EM may put a byte-order mark before JSON.
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_reject_constant)
        if b"\\ud" in body or b"\\uD" in body:
            # Those that were halves of a whole pair are one character by now.
            value = json.loads(_HALF_PAIR.sub("\ufffd", json.dumps(value, ensure_ascii=False)))
        if isinstance(value, dict):
            return JsonRecord(_lower_keys(value))
    except (ValueError, RecursionError) as error:
        raise Unreadable("it is not well-formed JSON") from error
    raise Unreadable("it is JSON, but not an object")


def parse(body: bytes, media_type: str, roots: tuple[str, ...], members: tuple[str, ...]) -> Record:
    """The document as a record, checked to be the one that was asked for.

    roots: names of the root elements that XML may have.
    members: in JSON, which has no root name, one of these members must be there.
    Raises Unreadable.
    """
    if not body.strip():
        raise Unreadable("it is empty")
    if sum(body.count(mark) for mark in (b"{[," if media_type == "json" else b"<=")) > MAX_MARKS:
        raise Unreadable("it has more than a million elements")
    if media_type == "json":
        record = _parse_json(body)
        if not any(record.has(member) for member in members):
            raise Unreadable(f"it has none of the members {', '.join(members)}")
        return record
    document = _parse_xml(body)
    name = document.element.tag.rpartition("}")[2]
    if name not in roots:
        raise Unreadable(f"its root element is <{shortened(name, 60)}>, not <{'> or <'.join(roots)}>")
    return document


def identifier(record: Record, collection: str) -> str:
    """The GUID, from the UID (urn:veeam:Type:{guid}) or from the Href (…/collection/{guid}?…)."""
    for text in (record.text("UID"), record.text("Href")):
        tail = (text or "").partition("?")[0].rstrip("/").replace(":", "/").rpartition("/")[2]
        if GUID.fullmatch(tail):
            return tail.lower()
    raise Unreadable(f"an entry under {collection} has neither a UID nor an Href")


#: (Rel, Type, Href, Name) of each link.
Links = t.Iterable[tuple[str, str, str, "str | None"]]


def links(record: Record) -> Links:
    """(Rel, Type, Href, Name) of each link, one after the other. Rel and Type are lower-cased."""
    for link in record.children("Links", "Link"):
        yield (
            (link.text("Rel") or "").lower(),
            (link.text("Type") or "").lower(),
            link.text("Href") or "",
            link.text("Name"),
        )


def href_id(href: str) -> str | None:
    tail = href.partition("?")[0].rstrip("/").rpartition("/")[2]
    return tail.lower() if GUID.fullmatch(tail) else None


def name_of(record: Record) -> str:
    # An entry without a name matches no name; it must not hide the entries around it.
    return record.text("Name") or ""


def read_session_id(body: bytes, media_type: str) -> str:
    """SessionId of a LogonSession (EM reference: post_sessionmngr)."""
    record = parse(body, media_type, ("LogonSession",), ("SessionId",))
    identifier = (record.text("SessionId") or "").strip()
    if not GUID.fullmatch(identifier):
        raise Unreadable("it has no usable SessionId")
    return identifier


def read_session_ids(body: bytes, media_type: str) -> list[str]:
    """The SessionIds of the user's sessions (EM reference: get_loginsessions)."""
    record = parse(body, media_type, ("LogonSessions",), ("LogonSessions",))
    # XML has them right under the root, JSON in a member of its name.
    names = ("LogonSession",) if media_type == "xml" else ("LogonSessions",)
    found = [(session.text("SessionId") or "").strip() for session in record.children(*names)]
    return [identifier for identifier in found if GUID.fullmatch(identifier)]


def number_of(text: str | None) -> int | None:
    """A number of something; None where there is none, or a -1 in its place."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,19}", text) else None


class Page(t.NamedTuple):
    """One page of a query result. number, pages and size are None where EM sent no PagingInfo.

    size: how many entries EM puts on a page, which may be fewer than it was asked for.
    """

    items: list[t.Any]
    number: int | None
    pages: int | None
    size: int | None = None


def read_page(body: bytes, media_type: str, wrapper: str, item: str, convert: t.Callable[[Record], t.Any]) -> Page:
    """One page of a query. wrapper and item: names of the list and of each entity in it."""
    record = parse(body, media_type, ("QueryResult",), ("Refs", "Entities", "PagingInfo"))
    records = record.children("Refs", "Ref")
    for entities in record.children("Entities"):
        # One list is called by the singular in JSON.
        records = records + (entities.children(wrapper, item) or entities.children(item, item))
    paging = next(iter(record.children("PagingInfo")), None)
    number = number_of(paging.text("PageNum")) if paging else None
    count = number_of(paging.text("PagesCount")) if paging else None
    if not records and count is None:
        # An empty answer is believed only where EM also says how many pages there are.
        raise Unreadable("it has neither entries nor a PagesCount")
    size = number_of(paging.text("PageSize")) if paging else None
    return Page([convert(entry) for entry in records], number, count, size)


def read_error(body: bytes) -> str | None:
    """The message of EM's Error document, in whichever format it came; None where the body is no such document."""
    for media_type in ("xml", "json"):
        try:
            record = parse(body, media_type, ("Error",), ("StatusCode",))
        except Unreadable:
            continue
        if media_type == "json" and not record.has("Message"):
            continue
        message = record.text("Message") or record.text("FirstChanceExceptionMessage") or ""
        return shortened(" ".join(message.split()), 1000)
    return None
