# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of the report in a real browser: searched and sorted, by keyboard too, read without scripts, on a phone, in
the dark and on paper. That it asks for nothing and breaks nothing is checked after each test (conftest.py)."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.plugin_utils._report.page import as_html
from ansible_collections.backupops.veeam.plugins.plugin_utils._report.report import plain, report
from helpers.protection import ASKED, ASKED_HOSTILE, EACH, HOSTILE, NOTES, found, hostile, machine

if t.TYPE_CHECKING:
    from playwright.sync_api import Page

    from .conftest import Opening

WHOLE = as_html(report(found(*EACH, complete=False, notes=NOTES), ASKED))
OF_HOSTILE = as_html(report(hostile(), ASKED_HOSTILE))
WORST_FIRST = ["jump01", "app01", "db01", "legacy07", "cache03", "web02", "web01", "build-tmp-4"]
WIDE: dict[str, t.Any] = {"viewport": {"width": 1280, "height": 800}}
#: The narrowest that people have; WCAG asks for 320 pixels.
NARROW: dict[str, t.Any] = {"viewport": {"width": 320, "height": 640}}


VISIBLE = """() => [...document.querySelectorAll("tbody tr")]
  .filter((row) => row.getClientRects().length)
  .sort((a, b) => a.getBoundingClientRect().y - b.getBoundingClientRect().y)
  .map((row) => row.querySelector(".name").textContent)"""


def shown(page: Page) -> list[str]:
    """The names in the table, as far as they can be seen, from top to bottom."""
    return t.cast("list[str]", page.evaluate(VISIBLE))


def sorted_by(page: Page) -> dict[str, str]:
    """The columns that say that they are sorted, and how."""
    return {
        re.sub(r"\W+$", "", header.inner_text()): t.cast(str, header.get_attribute("aria-sort"))
        for header in page.locator("th[aria-sort]").all()
    }


def test_search(opened: Opening) -> None:
    page = opened(WHOLE, **WIDE).page
    assert shown(page) == WORST_FIRST
    search = page.get_by_role("searchbox", name="Search")
    for text, names, count in (
        ("db01", ["db01"], "1 of 8 shown"),
        ("VCENTER02", ["cache03"], "1 of 8 shown"),
        ("late", ["db01"], "1 of 8 shown"),
        ("web daily", ["web02", "web01"], "2 of 8 shown"),
        ("freeze the guest", ["app01"], "1 of 8 shown"),
        ("2026-01-08 14:31", ["web01"], "1 of 8 shown"),
        ("nothing of that kind", [], "0 of 8 shown"),
        ("<b>", [], "0 of 8 shown"),
    ):
        search.fill(text)
        assert shown(page) == names, text
        assert page.get_by_role("status").inner_text() == count
    search.press("Escape")
    assert shown(page) == WORST_FIRST


def test_sort_by_mouse(opened: Opening) -> None:
    page = opened(WHOLE, **WIDE).page
    assert sorted_by(page) == {"Status": "ascending"}
    for column, names in {
        "Machine": ["app01", "build-tmp-4", "cache03", "db01", "jump01", "legacy07", "web01", "web02"],
        # The freshest first, and what has none at the end.
        "Restore point": ["web01", "web02", "app01", "db01", "legacy07"],
        "Last run": ["web01", "web02", "app01", "db01"],
        "Status": ["jump01", "app01", "db01", "legacy07", "cache03"],
    }.items():
        button = page.get_by_role("columnheader", name=column).get_by_role("button")
        button.click()
        assert shown(page)[: len(names)] == names
        assert sorted_by(page) == {column: "ascending"}
        button.click()
        assert shown(page)[::-1][: len(names)] == names
        assert sorted_by(page) == {column: "descending"}


def test_everything_by_keyboard(opened: Opening) -> None:
    page = opened(WHOLE, **WIDE).page
    visited = []
    for _stop in range(20):
        page.keyboard.press("Tab")
        label = page.evaluate("(document.activeElement.id || document.activeElement.textContent).trim()")
        visited.append(label)
        if label == "Machine":
            break
    # The seven states, the search, and the columns from the left.
    assert visited[7:] == ["search", "Status", "Machine"]
    assert visited[3].startswith("1 paused")
    page.keyboard.press("Enter")
    assert shown(page)[:2] == ["app01", "build-tmp-4"]
    page.keyboard.press("Space")
    assert shown(page)[:2] == ["web02", "web01"]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("vcenter02")
    assert shown(page) == ["cache03"]
    # Where the focus is can be seen.
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_states_narrow_the_table(opened: Opening) -> None:
    page = opened(WHOLE, **WIDE).page
    late, failing = (page.get_by_role("button", name=re.compile(word)) for word in ("1 late", "1 failing"))
    late.click()
    assert shown(page) == ["db01"]
    failing.press("Space")
    assert shown(page) == ["app01", "db01"]
    assert [late.get_attribute("aria-pressed"), failing.get_attribute("aria-pressed")] == ["true", "true"]
    page.get_by_role("searchbox").fill("app")
    assert shown(page) == ["app01"]
    late.click()
    failing.click()
    page.get_by_role("searchbox").fill("")
    assert shown(page) == WORST_FIRST


def test_without_scripts_it_says_the_same(opened: Opening) -> None:
    page = opened(WHOLE, java_script_enabled=False, **WIDE).page
    assert shown(page) == WORST_FIRST
    assert not page.get_by_label("Search").is_visible()
    assert page.get_by_role("button").count() == 0
    assert page.get_by_role("img").get_attribute("aria-label") == (
        "8 machines, 1 unprotected, 1 failing, 1 late, 1 paused, 1 unknown, 2 protected, 1 excluded"
    )
    assert page.get_by_text(NOTES[0]).is_visible()


def test_hostile_names_do_nothing(opened: Opening) -> None:
    page = opened(OF_HOSTILE, **WIDE).page
    assert page.evaluate("window.broken") is None
    names = page.locator("tbody .name").evaluate_all("cells => cells.map(cell => cell.textContent)")
    assert sorted(names) == sorted(plain(name) for name in HOSTILE)
    # Nor where they are typed, or moved about.
    for name in HOSTILE[:8]:
        page.get_by_role("searchbox").fill(name)
        assert name in page.locator("tbody tr:visible .name").all_text_contents()
    page.get_by_role("searchbox").fill("")
    page.get_by_role("columnheader", name="Machine").get_by_role("button").click()
    page.locator("tbody tr").first.hover()
    assert page.evaluate("window.broken") is None
    assert page.evaluate("document.querySelectorAll('a, img, svg, iframe, link, base, form').length") == 0


def test_its_policy_keeps_out_what_gets_in_all_the_same(opened: Opening) -> None:
    """Were a name markup one day, its script would not run, and its picture not be asked for."""
    broken = WHOLE.replace(">jump01<", "><script>window.broken=1</script><img src='https://evil.example.test/x'><")
    failed: list[str] = []
    watched = opened(broken, failed=failed, **WIDE)
    assert watched.page.evaluate("window.broken") is None
    assert len(watched.trouble) == 2 and all("Content Security Policy" in line for line in watched.trouble)
    watched.trouble.clear()
    assert watched.asked.pop() == "https://evil.example.test/x"
    assert failed == ["https://evil.example.test/x csp"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "size"), [(WHOLE, WIDE), (WHOLE, NARROW), (OF_HOSTILE, WIDE)], ids=["wide", "narrow", "hostile"]
)
def test_accessibility(opened: Opening, scheme: str, size: dict[str, t.Any], text: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = opened(text, color_scheme=scheme, **size).page
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("text", [WHOLE, OF_HOSTILE], ids=["plain", "hostile"])
def test_a_narrow_screen_has_nothing_beyond_its_edge(opened: Opening, text: str) -> None:
    page = opened(text, **NARROW).page
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    # What a column's head says stands with each value.
    label = page.locator("tbody tr").first.locator("td").nth(2)
    assert page.evaluate("cell => getComputedStyle(cell, '::before').content", label.element_handle()) == '"Host: "'


def test_the_dark_page_is_dark(opened: Opening) -> None:
    colours = [
        opened(WHOLE, color_scheme=scheme, **WIDE).page.evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    assert colours == ["rgb(255, 255, 255)", "rgb(16, 22, 29)"]


def test_the_exact_moment_on_hover_and_on_paper(opened: Opening) -> None:
    page = opened(WHOLE, **WIDE).page
    age = page.locator("time", has_text="3 days").first
    exact = age.locator(".exact")
    assert age.get_attribute("title") == "2026-01-05 17:31:07 UTC"
    box = exact.bounding_box()
    assert box is not None and box["width"] <= 1
    page.emulate_media(media="print")
    box = exact.bounding_box()
    assert box is not None and box["width"] > 50
    assert exact.inner_text().strip() == "2026-01-05 17:31:07 UTC"
    assert not page.get_by_label("Search").is_visible()


def test_it_prints_on_a4(opened: Opening) -> None:
    many = [machine(f"vm{number:03}", "late", "r", "2026-01-05T17:31:07Z") for number in range(100)]
    page = opened(as_html(report(found(*EACH, *many), ASKED)), **WIDE).page
    paper = page.pdf(prefer_css_page_size=True)
    boxes = set(re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", paper))
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {(842, 595)}
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) > 2
    # A head that comes again on each page is painted without its buttons, so on paper it is text.
    page.emulate_media(media="print")
    heads = page.locator("thead th")
    assert not page.locator("thead button").first.is_visible()
    said = heads.evaluate_all("all => all.map(one => getComputedStyle(one, '::before').content)")
    assert said == [
        f'"{head}"' for head in ("Status", "Machine", "Host", "Restore point", "Last run", "Jobs", "Reason")
    ]
