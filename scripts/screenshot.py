# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make docs/protection.png, the picture of the report's page, with Chromium.

`--folder DIR` makes one of each way to look at it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from ansible_collections.backupops.veeam.plugins.plugin_utils._report.page import as_html  # noqa: E402
from ansible_collections.backupops.veeam.plugins.plugin_utils._report.report import report  # noqa: E402
from helpers.protection import ASKED, EACH, found, job, machine, run  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

#: A house in which most is well.
WELL = [
    machine(
        f"web{number:02}",
        "protected",
        f"restore point of 2026-01-08T14:{number:02}:07Z, 3 hours old",
        f"2026-01-08T14:{number:02}:07Z",
        last_run=run("Success", "2026-01-08T14:50:00Z"),
        jobs=[job("web-prod-daily")],
    )
    for number in range(3, 27)
]
WIDE = {"width": 1240, "height": 860}
WAYS = {
    "light": {"viewport": WIDE},
    "dark": {"viewport": WIDE, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 390, "height": 844}},
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where to put light.png, dark.png, narrow.png and print.pdf")
    folder = parser.parse_args().folder
    command = shutil.which("chromium") or shutil.which("google-chrome")
    if command is None:
        print("There is no Chromium on PATH: apt-get install chromium.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        page_file = Path(made) / "protection.html"
        page_file.write_text(as_html(report(found(*EACH, *WELL), ASKED)), "utf-8")
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=command, args=arguments)
        for name, way in WAYS.items() if folder else [("light", WAYS["light"])]:
            page = browser.new_context(**way).new_page()
            page.goto(page_file.as_uri())
            target = folder / f"{name}.png" if folder else ROOT / "docs" / "protection.png"
            page.screenshot(path=target, full_page=bool(folder))
            if folder and name == "light":
                page.pdf(path=folder / "print.pdf", prefer_css_page_size=True)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
