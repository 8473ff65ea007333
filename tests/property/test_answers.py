# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any bytes from the server end in a model that is fit for use or in a clear error, never in another exception."""

from __future__ import annotations

import json
import os
import typing as t
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em import answers as _answers
from ansible_collections.backupops.veeam.plugins.module_utils._em import http_status as _http_status
from ansible_collections.backupops.veeam.plugins.module_utils._em import wire as _wire
from ansible_collections.backupops.veeam.plugins.module_utils._em.texts import NOT_XML
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import ExchangeError, Refused
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request, Response
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job import JOB
from hypothesis import example, given
from hypothesis import strategies as st

from .parsers import READERS, REQUEST, case, check, own_reader, samples, usable

DOCUMENTS = samples()
READER = st.sampled_from(list(READERS))
MEDIA_TYPE = st.sampled_from(["xml", "json"])
GUIDS = ("5b0d6c1e-9f84-4a37-b1c2-d3e4f5a6b7c8", "C7E19A42-0B6D-4F85-A3E1-2F4D6B8A9C0E")

#: Words that the readers look for.
NAMES = [
    *("Refs", "Ref", "Entities", "Jobs", "Job", "Repositories", "Repository", "Links", "Link", "PagingInfo", "Result"),
    *("Rel", "Type", "Href", "Name", "UID", "TaskId", "State", "Operation", "Success", "Message", "PageNum"),
    *("PagesCount", "PageSize", "JobType", "Platform", "Description", "SessionId", "LogonSessions", "LogonSession"),
    *("StatusCode", "FirstChanceExceptionMessage", "Task", "QueryResult", "EntityRef", "Error", "Other"),
]
VALUES = [
    *("Up", "Related", "Delete", "Job", "BackupServerReference", "Finished", "Running", "true", "false", "", " ", "1"),
    *("task-1", "..", "urn:veeam:Job:" + GUIDS[0], f"https://x/api/jobs/{GUIDS[0]}?format=Entity", *GUIDS, "0", "-1"),
    *("/api/backupServers/" + GUIDS[1], "\u20ac\U0001f600", "99999999999", "a" * 300, "\r\n\t"),
]
NAME = st.sampled_from(NAMES)
VALUE = st.sampled_from(VALUES) | st.text(max_size=20)


@given(body=st.binary(max_size=400), media_type=MEDIA_TYPE, reader=READER)
def test_any_bytes(body: bytes, media_type: str, reader: str) -> None:
    check(body, media_type, reader)


@given(body=st.text(max_size=200), media_type=MEDIA_TYPE, reader=READER)
def test_any_text(body: str, media_type: str, reader: str) -> None:
    check(body.encode("utf-8", "surrogatepass"), media_type, reader)


@pytest.mark.parametrize("reader", READERS)
def test_any_sample_for_any_reader(reader: str) -> None:
    for name, body in DOCUMENTS.items():
        for media_type in ("xml", "json"):
            try:
                check(body, media_type, reader)
            except Exception as error:
                raise AssertionError(f"{reader} of {name} as {media_type}") from error


@given(number=st.integers(0, 2**62))
def test_any_damage_to_a_sample(number: int) -> None:
    check(*case("property", number, DOCUMENTS))


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name.startswith(("task", "query", "job-ref"))])
def test_a_sample_that_is_cut_is_never_believed(name: str) -> None:
    """Not one of the beginnings of a document is a document, whoever reads it; each has its turn all over it.

    `make test` tries every fifth.
    """
    body = DOCUMENTS[name].rstrip()
    media_type = name.rpartition(".")[2]
    readers = ("read_task", "page of Job", "one Job", "page of Repository")
    quick = os.environ.get("HYPOTHESIS_PROFILE") == "quick"
    step = 37 if len(body) >= 2000 else 5 if quick else 1
    for turn, end in enumerate(range(0, len(body), step)):
        reader = readers[turn % len(readers)]
        assert check(body[:end], media_type, reader) == "BadAnswer", (end, reader)


# -- documents that are well-formed, but not EM's ------------------------------------------------------------------

SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | VALUE
JSON = st.recursive(
    SCALAR | st.dictionaries(NAME, SCALAR, max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAME | st.text(max_size=8), inner, max_size=6),
    max_leaves=30,
)


def shuffled_case(value: t.Any, data: st.DataObject) -> t.Any:
    """Keys in the letter case of another version."""
    how = data.draw(st.sampled_from(["as it is", "lower", "camel"]))

    def change(inside: t.Any) -> t.Any:
        if isinstance(inside, dict):
            cased = {
                "as it is": lambda key: key,
                "lower": lambda key: key.lower(),
                "camel": lambda key: key[:1].lower() + key[1:],
            }[how]
            return {cased(key): change(member) for key, member in inside.items()}
        if isinstance(inside, list):
            return [change(member) for member in inside]
        return inside

    return change(value)


@given(document=JSON, reader=READER, data=st.data())
def test_any_json(document: t.Any, reader: str, data: st.DataObject) -> None:
    body = json.dumps(shuffled_case(document, data), ensure_ascii=data.draw(st.booleans()))
    check(body.encode("utf-8", "surrogatepass"), "json", reader)


@given(
    listed=JSON,
    wrapper=st.sampled_from(["Refs", "Jobs", "Repositories", "Links", "Result", "PagingInfo"]),
    paging=JSON | st.just({"PageNum": 1, "PagesCount": 1}),
    reader=READER,
)
def test_any_json_inside_an_answer(listed: t.Any, wrapper: str, paging: t.Any, reader: str) -> None:
    document = {
        "PagingInfo": paging,
        "Entities": {wrapper: listed},
        wrapper: listed,
        "TaskId": "task-1",
        "State": "Finished",
        "UID": "urn:veeam:Job:" + GUIDS[0],
        "Href": None,
    }
    check(json.dumps(document).encode(), "json", reader)


#: What XML can carry.
XML_TEXT = VALUE.filter(lambda text: not NOT_XML.search(text))


@st.composite
def elements(draw: t.Callable[..., t.Any], depth: int = 4) -> str:
    name = draw(NAME)
    attributes = draw(st.dictionaries(NAME, XML_TEXT, max_size=4))
    inner = draw(XML_TEXT).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if depth:
        inner += "".join(draw(st.lists(elements(depth - 1), max_size=3)))
    written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{written}>{inner}</{name}>"


ROOTS = st.sampled_from(["QueryResult", "Task", "Job", "EntityRef", "Repository", "LogonSession", "Error", "Other"])
NAMESPACES = st.sampled_from([f' xmlns="{_wire.NAMESPACE}"'] * 6 + ["", ' xmlns="x"', f' xmlns:v="{_wire.NAMESPACE}"'])


@given(root=ROOTS, namespace=NAMESPACES, inner=st.lists(elements(), max_size=4), reader=READER)
def test_any_xml(root: str, namespace: str, inner: list[str], reader: str) -> None:
    check(f"<{root}{namespace}>{''.join(inner)}</{root}>".encode(), "xml", reader)


# -- samples of which one value is something else ------------------------------------------------------------------


def leaves(value: t.Any, path: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[t.Any, ...]]:
    """The paths of all values that hold no others."""
    inner: t.Iterable[tuple[t.Any, t.Any]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    else:
        yield path
    for key, member in inner:
        yield from leaves(member, (*path, key))


#: Half a surrogate pair too: JSON can escape one.
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
#: The smallest of each kind, so that what is changed matters.
SMALL = [name for name in DOCUMENTS if name.startswith(("task-", "query-jobs-refs", "job-ref", "logon-session."))]


@pytest.mark.parametrize("name", [name for name in SMALL if name.endswith(".json")])
@given(data=st.data())
def test_any_value_in_place_of_another_in_json(name: str, data: st.DataObject) -> None:
    document = json.loads(DOCUMENTS[name])
    path = data.draw(st.sampled_from(list(leaves(document))))
    parent = document
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = data.draw(ANY_TEXT | SCALAR | st.just([]) | st.just({}))
    check(json.dumps(document).encode(), "json", own_reader(name))


@pytest.mark.parametrize("name", [name for name in SMALL if name.endswith(".xml")])
@given(data=st.data())
def test_any_value_in_place_of_another_in_xml(name: str, data: st.DataObject) -> None:
    root = ElementTree.fromstring(DOCUMENTS[name])
    element = data.draw(st.sampled_from(list(root.iter())))
    text = data.draw(ANY_TEXT.map(lambda drawn: NOT_XML.sub("", drawn)) | XML_TEXT)
    attribute = data.draw(st.sampled_from(["", *element.attrib]))
    if attribute:
        element.set(attribute, text)
    else:
        element.text = text
    check(ElementTree.tostring(root, encoding="utf-8"), "xml", own_reader(name))


# -- status, headers, errors ---------------------------------------------------------------------------------------


@given(
    status=st.integers(100, 999),
    content_type=st.text(st.characters(max_codepoint=255), max_size=60),
    retry_after=st.text(st.characters(max_codepoint=255), max_size=40),
    body=st.binary(max_size=100) | st.sampled_from(list(DOCUMENTS.values())),
    media_type=MEDIA_TYPE,
)
@example(status=503, content_type="", retry_after="\xb2", body=b"", media_type="xml")
def test_any_status_and_headers(status: int, content_type: str, retry_after: str, body: bytes, media_type: str) -> None:
    response = Response(status, {"content-type": content_type, "retry-after": retry_after}, body)
    failure: ExchangeError | None = None
    try:
        _answers.read(REQUEST, response, media_type, (200,), JOB.read_page)
    except ExchangeError as error:
        failure = error
    if failure is None:
        assert status == 200
        return
    usable(failure.result())
    assert failure.retry_after is None or failure.retry_after >= 0
    assert isinstance(failure, Refused) is (status >= 400)


@given(body=st.binary(max_size=300) | JSON.map(lambda document: json.dumps(document).encode()))
def test_an_error_is_read_or_not(body: bytes) -> None:
    message = _wire.read_error(body)
    assert message is None or len(message) <= 1000
    usable(message)


@given(number=st.integers(0, 2**62))
def test_any_damage_to_an_error(number: int) -> None:
    body, _media_type, _reader = case("error", number, {k: v for k, v in DOCUMENTS.items() if k.startswith("error")})
    usable(_wire.read_error(body))
    error = _http_status.refusal(Request("POST", "/api/x"), Response(500, {}, body))
    assert error.from_api is (_wire.read_error(body) is not None)


@given(data=st.binary(max_size=60))
def test_absence_is_never_what_damage_says(data: bytes) -> None:
    """A page without entries that is believed says itself how many pages there are."""
    for name in ("query-jobs-refs.xml", "query-jobs-refs.v12.json", "query-jobs-refs.v13.json"):
        body = DOCUMENTS[name]
        middle = len(body) // 2
        for damaged in (data + body, body + data, body[:middle] + data + body[middle:], data):
            check(damaged, name.rpartition(".")[2], "page of Job")
