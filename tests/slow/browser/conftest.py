# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser of the system, driven by playwright, and a page in it that is watched for what it must not do."""

from __future__ import annotations

import os
import shutil
import typing as t
from pathlib import Path

import pytest

if t.TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: playwright's own download is not wanted: the system's package is kept by the system.
COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "There is no Chromium on PATH, so what the page of the report looks like and does was not tested. "
    "Install it: apt-get install chromium (Debian), dnf install chromium (Fedora)."
)


# Not for the whole session: while it is open, an event loop runs in this thread, and no other test could start its own.
@pytest.fixture(scope="module")
def browser() -> t.Iterator[Browser]:
    """The browser. A person may be without one, CI may not."""
    command = next(filter(None, map(shutil.which, COMMANDS)), None)
    if command is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    from playwright.sync_api import sync_playwright

    # Root has no user namespaces to make a sandbox with; the page is ours, and everything on it is looked at here.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=command, args=arguments)
        yield opened
        opened.close()


class Watched(t.NamedTuple):
    """A page, and what was seen of it: messages of the console, errors, dialogs, and addresses that it asked for."""

    page: Page
    trouble: list[str]
    asked: list[str]


class Opening(t.Protocol):
    def __call__(self, text: str, failed: list[str] | None = None, **context: t.Any) -> Watched: ...


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> t.Iterator[Opening]:
    """Opens a text as a page. Whatever the test does with it, at the end it has asked for and broken nothing."""
    watched: list[tuple[Watched, str]] = []

    def open_page(text: str, failed: list[str] | None = None, **context: t.Any) -> Watched:
        file = tmp_path / f"protection{len(watched)}.html"
        file.write_text(text, "utf-8")
        page = browser.new_context(**context).new_page()
        page.set_default_timeout(60_000)
        one, failures = Watched(page, [], []), failed if failed is not None else []
        page.on("console", lambda message: one.trouble.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: one.trouble.append(str(error)))
        page.on("dialog", lambda dialog: one.trouble.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: one.asked.append(request.url))
        page.on("requestfailed", lambda request: failures.append(f"{request.url} {request.failure}"))
        page.context.on("page", lambda other: one.trouble.append(f"another page: {other.url}"))
        page.goto(file.as_uri())
        watched.append((one, file.as_uri()))
        return one

    yield open_page
    for one, address in watched:
        assert one.page.url == address
        assert one.asked == [address]
        assert one.trouble == []
        one.page.context.close()
