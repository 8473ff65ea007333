# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report in its four forms: what it says, in which order, and that no text of the server is more than text."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import typing as t
from html.parser import HTMLParser

import pytest
from ansible_collections.backupops.veeam.plugins.plugin_utils._report import markdown as _markdown
from ansible_collections.backupops.veeam.plugins.plugin_utils._report import tables as _tables
from ansible_collections.backupops.veeam.plugins.plugin_utils._report.page import as_html
from ansible_collections.backupops.veeam.plugins.plugin_utils._report.report import MEANINGS, plain, report
from helpers.protection import ASKED, ASKED_HOSTILE, EACH, HOSTILE, NOTES, found, hostile, job, machine

WHOLE = report(found(*EACH), ASKED)
WORST_FIRST = ["jump01", "app01", "db01", "legacy07", "cache03", "web02", "web01", "build-tmp-4"]


# -- what it says --------------------------------------------------------------------------------------------------


def test_the_worst_come_first_and_of_these_the_oldest() -> None:
    assert [row.name for row in WHOLE.rows] == WORST_FIRST
    assert [row.rank for row in WHOLE.rows] == sorted(row.rank for row in WHOLE.rows)


def test_the_headline_counts_without_what_is_excluded() -> None:
    assert WHOLE.headline == (
        "2 of 7 machines are protected: a restore point not older than 24 hours, and no failed run after it; 1 more is "
        "excluded."
    )
    assert report(found(EACH[5]), {"within": "90m"}).headline == (
        "1 of 1 machine is protected: a restore point not older than 1 hour, and no failed run after it."
    )
    assert report(found(), ASKED).headline.startswith("0 of 0 machines are protected")


def test_ages_go_by_the_moment_of_the_report() -> None:
    ages = {row.name: (row.point_age, row.run_age) for row in WHOLE.rows}
    assert ages["db01"] == (3 * 86400.0, 3 * 86400.0 - 533)
    assert ages["jump01"] == (None, None)
    ahead = report(found(machine("x", "protected", "r", "2026-01-08T18:00:00Z")), ASKED).rows[0]
    assert ahead.point_age == 0.0


def test_jobs_in_words() -> None:
    jobs = [
        job("plain"),
        job("off", enabled=False, run_automatically=False),
        job("by hand", run_automatically=False),
        job("tags", by="container", type="Replica"),
    ]
    (row,) = report(found(machine("x", "late", "r", jobs=jobs)), ASKED).rows
    assert row.jobs == ("plain", "off (disabled)", "by hand (not scheduled)", "tags (perhaps, by a container, Replica)")


def test_what_was_asked_for() -> None:
    assert WHOLE.asked == (("Machines", "all of the inventories"), ("Excluded", "*-tmp-*"))
    asked = {"machines": [f"web{number}" for number in range(25)], "host": "vcenter01", "backup_server": ["a", "b"]}
    words = dict(report(found(), asked).asked)
    assert words["Machines"].endswith("web18, web19 and 5 more")
    assert (words["Hosts"], words["Backup servers"]) == ("vcenter01", "a, b")


def test_every_status_has_a_meaning() -> None:
    assert list(MEANINGS) == [status for status, _count in WHOLE.counts]


def test_a_text_of_the_server_is_one_line() -> None:
    assert plain(" a\r\n\tb \u2028c ") == "a b c"
    assert plain("a\x00b\x07\ud83dc") == "a\ufffdb\ufffd\ufffdc"
    assert plain(None) == ""


# -- CSV and JSON --------------------------------------------------------------------------------------------------


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv() -> None:
    text = _tables.as_csv(WHOLE)
    assert text.count("\r\n") == 9 and text.replace("\r\n", "").isprintable()
    rows = lines(text)
    assert [row["name"] for row in rows] == WORST_FIRST
    assert rows[1] == {
        "status": "failing",
        "name": "app01",
        "host": "vcenter01.example.test",
        "platform": "VMware",
        "ref": EACH[0]["ref"],
        "restore_point": "2026-01-07T22:00:10Z",
        "restore_point_age": "70256",
        "restore_point_type": "Increment",
        "last_run": "2026-01-08T10:06:52Z",
        "last_run_result": "Failed",
        "last_run_job": "app-daily",
        "jobs": "app-daily",
        "twice": "no",
        "reason": EACH[0]["reason"],
    }
    assert (rows[0]["restore_point_age"], rows[5]["jobs"], rows[5]["twice"]) == (
        "",
        "all linux (not scheduled); web-prod-daily",
        "yes",
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_is_a_formula(text: str) -> None:
    cell = _tables.text_cell(text)
    assert cell in (text, "'" + text)
    assert cell.strip(" \t\r\n\u00a0")[:1] not in tuple("=+-@\uff1d\uff0b\uff0d\uff20")
    assert cell[:1] not in ("\t", "\r", "\n")


def test_hostile_names_stay_cells() -> None:
    rows = lines(_tables.as_csv(report(hostile(), ASKED_HOSTILE)))
    assert len(rows) == len(HOSTILE)
    assert {row["name"] for row in rows} == {_tables.text_cell(plain(name)) for name in HOSTILE}
    for row in rows:
        assert None not in row
        for cell in row.values():
            assert cell[:1] not in tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")


def test_json_is_the_result_as_it_was() -> None:
    result = {**found(*EACH, notes=NOTES), "msg": "Found 8 machines.", "retries": 0, "invocation": {"password": "x"}}
    data = json.loads(_tables.as_json(result, ASKED))
    assert data == {"asked": ASKED, **found(*EACH, notes=NOTES)}
    assert list(data)[:3] == ["asked", "as_of", "complete"]


# -- Markdown ------------------------------------------------------------------------------------------------------


def test_markdown_shows_what_needs_a_look() -> None:
    text = _markdown.as_markdown(WHOLE)
    rows = [line.split("|")[2].strip() for line in text.splitlines() if line.startswith("| ") and line.count("|") == 6]
    assert rows == ["Machine", "---", *(f"`{name}`" for name in WORST_FIRST[:5])]
    assert "| late | `db01` | `vcenter01.example.test` | 3 days (2026-01-05T17:31:07Z) | restore point of" in text
    assert "| protected | 2 | a restore point is not older than was asked for |" in text
    assert "- Complete: yes" in text


def test_markdown_says_why_it_is_not_complete() -> None:
    text = _markdown.as_markdown(report(found(*EACH, complete=False, notes=NOTES), ASKED))
    assert f"- Complete: **no**\n  - {NOTES[0]}\n  - {NOTES[1]}\n" in text


def test_markdown_has_an_end() -> None:
    many = [machine(f"vm{number}", "late", "r") for number in range(_markdown.MOST_ROWS + 3)]
    text = _markdown.as_markdown(report(found(*many), ASKED))
    assert text.count("| late | `vm") == _markdown.MOST_ROWS
    assert text.endswith("\nNot listed here: 3. They are in the other files of this report.\n")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_code_in_markdown(name: str) -> None:
    shown = plain(name)
    code = _markdown.code(shown)
    assert "|" not in code
    if code.startswith("<code>"):
        assert re.fullmatch(r"<code>(?:\w|&#[0-9]+;)*</code>", code)
    elif code:
        fence = re.match("`+", code)
        assert fence is not None and code.endswith(fence.group())
        inner = code[len(fence.group()) : -len(fence.group())]
        # A run of as many backticks would end it.
        assert not re.search(f"(?<!`)`{{{len(fence.group())}}}(?!`)", inner)
    if _markdown.text(shown) == shown:
        assert not re.search(r"[<>\[\]*_`|@#\\&!$]|www|://", shown)


def test_hostile_names_stay_in_their_cells() -> None:
    text = _markdown.as_markdown(report(hostile(), ASKED_HOSTILE))
    rows = [line for line in text.splitlines() if line.startswith("| ") and line.count("|") == 6]
    assert len(rows) == len(HOSTILE) + 2
    outside = re.sub(r"<code>(?:\w|&#[0-9]+;)*</code>|(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    assert not re.search(r"evil|script|<|everybody", outside)


# -- the page ------------------------------------------------------------------------------------------------------

#: Elements and attributes that the page is made of. Whatever else there is came out of a name.
ELEMENTS = """html head meta title style body header h1 h2 p dl div dt dd time bdi ul li main section span b i label
 input table caption thead tbody tr th td strong footer script"""
ATTRIBUTES = """lang charset http-equiv content name class datetime aria-labelledby aria-label aria-hidden id role scope
 title data-status data-key data-number data-sort data-label aria-sort hidden for type autocomplete spellcheck"""


class Reader(HTMLParser):
    """What a page has: its elements and attributes, and the texts of some of them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: set[str] = set()
        self.attributes: dict[str, set[str]] = {}
        self.texts: list[tuple[str, str]] = []
        self.rest: list[str] = []
        self._open = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self._open = tag
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        self.texts.append((self._open, data))

    def handle_comment(self, data: str) -> None:
        self.rest.append(data)

    def handle_pi(self, data: str) -> None:
        self.rest.append(data)

    def unknown_decl(self, data: str) -> None:
        self.rest.append(data)

    def of(self, tag: str) -> list[str]:
        return [text for open_tag, text in self.texts if open_tag == tag]


def test_the_page_says_it_all_in_its_first_lines() -> None:
    page = as_html(WHOLE)
    head = page[: page.index('<section aria-labelledby="states">')]
    for text in (
        "2 of 7 machines are protected",
        "2026-01-08 17:31:07 UTC",
        "em01.example.test",
        "24 hours",
        "all of the inventories",
        "*-tmp-*",
        "yes, all that decides was read",
    ):
        assert text in head
    incomplete = as_html(report(found(*EACH, complete=False, notes=NOTES), ASKED))
    assert "no, see below" in incomplete
    assert incomplete.index(NOTES[1]) < incomplete.index("<main>")


def test_the_bar_has_numbers_and_words() -> None:
    page = as_html(WHOLE)
    assert (
        'aria-label="8 machines, 1 unprotected, 1 failing, 1 late, 1 paused, 1 unknown, 2 protected, 1 excluded"'
        in page
    )
    assert '<span class="protected"><b>2</b> <i>protected</i></span>' in page
    assert ".bar .protected { flex-grow: 2; }" in page
    only = as_html(report(found(EACH[5]), ASKED))
    assert ".bar .late" not in only and 'data-status="late"' not in only


def test_ages_are_words_with_the_exact_moment_beside() -> None:
    page = as_html(WHOLE)
    assert (
        '<time datetime="2026-01-05T17:31:07Z" title="2026-01-05 17:31:07 UTC">3 days'
        '<span class="exact"> 2026-01-05 17:31:07 UTC</span></time>' in page
    )


def test_rows_stand_worst_first_without_any_script() -> None:
    assert re.findall(r'<bdi class="name">([^<]*)</bdi>', as_html(WHOLE)) == WORST_FIRST


def test_a_report_without_machines() -> None:
    page = as_html(report(found(), ASKED))
    assert "There are no machines in this report." in page and "<table" not in page


@pytest.mark.parametrize("asked", [ASKED, ASKED_HOSTILE])
@pytest.mark.parametrize("result", [found(*EACH, notes=NOTES), hostile()])
def test_the_page_is_made_of_its_own_elements_alone(result: dict[str, t.Any], asked: dict[str, t.Any]) -> None:
    read = Reader(as_html(report(result, asked)))
    assert read.elements <= set(ELEMENTS.split())
    assert set(read.attributes) <= set(ATTRIBUTES.split())
    assert read.rest == []
    assert len(read.of("script")) == len(read.of("style")) == 1
    known = {"unprotected", "failing", "late", "paused", "unknown", "protected", "excluded"}
    assert read.attributes["data-status"] <= known


@pytest.mark.parametrize("name", [name for name in HOSTILE if plain(name)])
def test_a_hostile_name_is_text_in_the_page(name: str) -> None:
    result = hostile()
    result["machines"] = [one for one in result["machines"] if one["name"] == name]
    read = Reader(as_html(report(result, {**ASKED_HOSTILE, "hostname": name})))
    texts = read.of("bdi")
    assert texts.count(plain(name)) >= 4
    assert f"a reason with {plain(name)}" in texts


def test_the_page_refers_to_nothing_else() -> None:
    page = as_html(report(found(*EACH, notes=NOTES), ASKED))
    assert not re.search(r"https?:|//[a-z]|\bsrc=|\bhref=|url\(|@import|fetch\(|XMLHttpRequest|localStorage", page)


def test_the_page_allows_its_own_style_and_script_alone() -> None:
    read = Reader(as_html(WHOLE))
    (policy,) = (value for value in read.attributes["content"] if value.startswith("default-src"))
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        digest = base64.b64encode(hashlib.sha256(read.of(tag)[0].encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "onclick" not in as_html(WHOLE)
