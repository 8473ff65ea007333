# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Query URLs: the filter grammar, which names it carries safely, and how many fit."""

from __future__ import annotations

import itertools
import typing as t
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em import query as _query
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job import JOB
from ansible_collections.backupops.veeam.plugins.module_utils._resources.repository import REPOSITORY
from helpers.names import ODD


def parts(path: str) -> dict[str, str]:
    """The decoded query, refused where it could be read in two ways."""
    split = urlsplit(path)
    assert split.path == "/api/query"
    # A blank must be %20: what a server makes of + in a filter is its own business.
    assert "+" not in split.query
    found = parse_qsl(split.query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(found)) == len(found)
    return dict(found)


def test_a_look_up_by_name() -> None:
    assert parts(_query.by_names(JOB, ["web"]).path()) == {
        "type": "Job",
        "filter": 'Name=="web"',
        "format": "Entities",
        "pageSize": "100",
        "page": "1",
    }


def test_a_look_up_by_name_of_references() -> None:
    assert parts(_query.by_names(REPOSITORY, ["a", "b c"]).path(3)) == {
        "type": "Repository",
        "filter": 'Name=="a",Name=="b c"',
        "pageSize": "100",
        "page": "3",
    }


def test_a_listing_has_a_fixed_order() -> None:
    assert parts(_query.listing(JOB.as_references).path()) == {
        "type": "Job",
        "sortAsc": "Name",
        "pageSize": "500",
        "page": "1",
    }


@pytest.mark.parametrize("name", [*ODD, "a\nb"])
def test_no_name_leaves_its_value(name: str) -> None:
    path = _query.by_names(JOB, [name]).path()
    assert path.isascii()
    assert not any(char in path for char in " \r\n#")
    assert parts(path)["filter"] == f'Name=="{name}"'
    assert unquote(path).endswith("&pageSize=100&page=1")


PLAIN = ["web-prod-daily", "TPL Gold", "a_b.c-d 9", " ", "-", "9"]
NOT_PLAIN = [
    "",
    "a;b",
    "a,b",
    "a(b",
    "a)b",
    "a\\b",
    "a&b",
    "a%b",
    "a'b",
    'a"b',
    "a=b",
    "a/b",
    "a:b",
    "a*b",
    "\xe4",
    "a\tb",
    "a\n",
]


@pytest.mark.parametrize("name", PLAIN)
def test_plain(name: str) -> None:
    assert _query.is_plain(name)


@pytest.mark.parametrize("name", [*NOT_PLAIN, *(name for name in ODD if name != "two  blanks")])
def test_not_plain(name: str) -> None:
    """What the reference does not document as plain inside quotes may be misread, so absence needs a listing."""
    assert not _query.is_plain(name)


def test_only_a_quote_cannot_stand_in_a_filter() -> None:
    assert [name for name in (*PLAIN, *NOT_PLAIN) if not _query.is_filterable(name)] == ['a"b']


CHUNKS: list[tuple[str, list[str], list[list[str]]]] = [
    ("none", [], []),
    ("one", ["a"], [["a"]]),
    ("source and target", ["a", "b"], [["a", "b"]]),
    ("source and target, one not plain", ["a;b", "c"], [["c", "a;b"]]),
    ("twice the same", ["a", "a"], [["a"]]),
    ("plain apart from others", ["a", "b;", "c"], [["a", "c"], ["b;"]]),
    ("only others", ["a;", "b;", "c;"], [["a;", "b;", "c;"]]),
    ("a quote is left to the listing", ['a"', "b"], [["b"]]),
    ("only a quote", ['a"'], []),
]


@pytest.mark.parametrize(("names", "expected"), [row[1:] for row in CHUNKS], ids=[row[0] for row in CHUNKS])
def test_chunks(names: list[str], expected: list[list[str]]) -> None:
    assert _query.chunks(JOB, names) == expected


def test_chunks_by_number() -> None:
    names = ["job %d" % number for number in range(120)]
    chunks = _query.chunks(JOB, names)
    assert [len(chunk) for chunk in chunks] == [60, 60]
    assert sum(chunks, []) == names


@pytest.mark.parametrize("name", ["x" * 49, "\U0001f600" * 49, "a;" * 24])
def test_chunks_by_length(name: str) -> None:
    names = ["%s%02d" % (name, number) for number in range(70)]
    chunks = _query.chunks(JOB, names)
    assert sum(chunks, []) == names
    for chunk in chunks:
        assert len(_query.by_names(JOB, chunk).path()) <= _query.MAX_URL
    for chunk, following in itertools.pairwise(chunks):
        too_long = len(_query.by_names(JOB, [*chunk, following[0]]).path()) > _query.MAX_URL
        assert too_long or len(chunk) == _query.MAX_NAMES, "as few as possible"


def test_one_name_longer_than_a_url_is_asked_for_alone() -> None:
    long = "x" * (_query.MAX_URL + 1)
    assert _query.chunks(JOB, ["a", long, "b"]) == [["a"], [long], ["b"]]


def test_names_are_those_of_a_generator_too() -> None:
    names: t.Iterator[str] = (name for name in ("a", "b"))
    assert _query.chunks(JOB, names) == [["a", "b"]]
