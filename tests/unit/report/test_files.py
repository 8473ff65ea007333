# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The four files of a report, and the sentence on what is not as wanted."""

from __future__ import annotations

import json

import pytest
from ansible_collections.backupops.veeam.plugins.plugin_utils._report.files import files_of, sentence_on
from helpers.protection import ASKED, EACH, found, machine


def test_four_files() -> None:
    files = files_of(found(*EACH), {**ASKED, "machines": [], "host": "", "backup_server": None})
    assert set(files) == {"protection.html", "protection.md", "protection.json", "protection.csv"}
    assert files["protection.html"].startswith("<!DOCTYPE html>") and files["protection.html"].count("</html>") == 1
    # What was left blank was not asked for.
    assert json.loads(files["protection.json"])["asked"] == ASKED


@pytest.mark.parametrize("statuses", [[], ["paused", "unknown"]])
def test_nothing_to_say(statuses: list[str]) -> None:
    assert sentence_on(EACH[5:7], statuses) is None


def test_which_machines_are_not_as_wanted() -> None:
    assert sentence_on(EACH, ["late"]) == (
        "1 machine is not as wanted: db01 is late (restore point of 2026-01-05T17:31:07Z, 3 days old, older than 24 "
        "hours)."
    )
    many = [machine(f"vm{number:02}", "late", "r") for number in range(25)]
    said = sentence_on(many, ["late"]) or ""
    assert said.startswith("25 machines are not as wanted: vm00 is late (r); vm01") and said.endswith(
        "(r); and 5 more."
    )
