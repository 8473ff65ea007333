# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook protection_report, launched as AWX does: from a survey, with a folder for the four files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.machines_to_patch import STATE
from helpers.surveys import HEADING
from helpers.templates import Templates
from veeam_em_emulator import Emulator
from veeam_em_emulator.tester.clock import ManualClock

BLANKS = {
    "protection_report_machines": HEADING,
    "protection_report_host": "",
    "protection_report_backup_server": None,
    "protection_report_exclude": HEADING,
    "protection_report_fail_on": "",
    "protection_report_mode": None,
    "protection_report_password": "",
}
NOTHING = {"protection_summary": {}, "protection_complete": False, "protection_machines": []}


@pytest.fixture
def em() -> Iterator[Emulator]:
    with Emulator(state=STATE, task_steps="", clock=ManualClock(), seed=1) as emulator:
        yield emulator
        assert emulator.open_sessions() == []


@pytest.fixture
def templates(em: Emulator, tmp_path: Path) -> Templates:
    return Templates(em, tmp_path / "jobs")


def names_of(folder: Path) -> list[str]:
    (written,) = folder.glob("*.json")
    return sorted(machine["name"] for machine in json.loads(written.read_text("utf-8"))["machines"])


def test_blanks_are_everything_and_a_list_is_what_it_names(templates: Templates, tmp_path: Path) -> None:
    everything, some = tmp_path / "everything", tmp_path / "some"
    everything.mkdir()
    some.mkdir()
    answers = {**BLANKS, "protection_report_folder": str(everything), "protection_report_within": ""}
    launched = templates.launch("protection_report", answers)
    assert launched.successful, launched.messages
    assert len(list(everything.iterdir())) == 4
    names = names_of(everything)
    assert {"web01", "web02", "db01"} <= set(names)
    assert launched.stats["protection_complete"] is True
    assert sum(launched.stats["protection_summary"].values()) == len(names)

    answers.update(
        protection_report_folder=str(some),
        protection_report_machines=f"{HEADING}\r\nweb01\r\nweb02\r\n",
        protection_report_exclude=f"{HEADING}\nweb02",
    )
    launched = templates.launch("protection_report", answers)
    assert launched.successful, launched.messages
    assert names_of(some) == ["web01", "web02"]
    assert launched.stats["protection_summary"]["excluded"] == 1


def test_what_is_late_fails_the_job_is_in_the_files_and_is_handed_on(templates: Templates, tmp_path: Path) -> None:
    answers = {
        **BLANKS,
        "protection_report_folder": str(tmp_path),
        "protection_report_machines": f"{HEADING}\nweb01",
        "protection_report_within": "1s",
        "protection_report_fail_on": "unprotected, failing,late",
    }
    launched = templates.launch("protection_report", answers)
    assert not launched.successful
    assert "web01" in launched.messages[0]
    assert launched.stats["protection_machines"] == ["web01"]
    assert names_of(tmp_path) == ["web01"]


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"protection_report_folder": ""}, "protection_report_folder: is not set."),
        ({"protection_report_folder": "/nowhere/at/all"}, "/nowhere/at/all is not a folder"),
        ({"protection_report_fail_on": "late, lost"}, "protection_report_fail_on: lost is not a status."),
        ({"protection_report_within": "tomorrow"}, "within: tomorrow is not a duration."),
        ({"protection_report_hostname": "evil"}, "The connection of this playbook comes from the credential"),
    ],
    ids=["no folder", "not a folder", "status", "duration", "connection"],
)
def test_says_what_to_say(
    em: Emulator, templates: Templates, tmp_path: Path, answers: dict[str, Any], sentence: str
) -> None:
    """Nothing is asked of Enterprise Manager, and nothing of a job before is handed on."""
    launched = templates.launch("protection_report", {**BLANKS, "protection_report_folder": str(tmp_path), **answers})
    assert not launched.successful
    assert sentence in launched.messages[0], launched.messages
    assert launched.stats == NOTHING
    assert em.journal == []
