# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role protection_report in one play: its files, what makes it fail and what then becomes of them, and blanks."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers import estate
from helpers.ansible_runs import environment, run_ansible
from veeam_em_emulator import Emulator
from veeam_em_emulator.tester.clock import ManualClock

FILES = ["protection.csv", "protection.html", "protection.json", "protection.md"]
FAILED_RUN = {"job": "app-daily", "created": "2026-01-05T08:00:00Z", "length": "600s", "machines": {"app01": "Failed"}}


@pytest.fixture
def em() -> Iterator[Emulator]:
    with Emulator(state=estate.state(sessions=[FAILED_RUN]), clock=ManualClock(), seed=1) as emulator:
        yield emulator
        assert emulator.open_sessions() == []


def role(name: str, **variables: Any) -> dict[str, Any]:
    """The role with these variables; what it fails with is shown, and the next goes on."""
    given = {f"protection_report_{option}": value for option, value in variables.items()}
    return {
        "block": [{"ansible.builtin.include_role": {"name": "backupops.veeam.protection_report"}, "vars": given}],
        "rescue": [{"ansible.builtin.debug": {"msg": "{{ ansible_failed_result.msg }}"}, "name": f"failed: {name}"}],
        "always": [
            {
                "ansible.builtin.debug": {"msg": "{{ protection_report_summary | default('none') }}"},
                "name": f"summary: {name}",
            }
        ],
    }


def test_the_role(em: Emulator, tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("whole", "some", "bad", "blank", "kept", "checked")}
    for folder in folders.values():
        folder.mkdir()
    (folders["kept"] / "protection.md").write_text("of yesterday", "utf-8")
    blanks = {"machines": "", "host": None, "backup_server": [], "within": "", "exclude": "", "fail_on": "", "mode": ""}
    tasks = [
        role("whole", folder=str(folders["whole"]), exclude=["*-tmp-*"]),
        role("some", folder=str(folders["some"]), machines="web01\ndb01", within="4d", mode="0600"),
        role("bad", folder=str(folders["bad"]), exclude="*-tmp-*", fail_on="late, failing"),
        role("blank", folder=str(folders["blank"]), **blanks),
        role("nowhere", folder=str(tmp_path / "nowhere")),
        role("no folder", folder=""),
        role("no status", folder=str(folders["kept"]), fail_on=["late", "overdue"]),
        role("refused", folder=str(folders["kept"]), password="wrong"),
        {**role("checked", folder=str(folders["checked"])), "check_mode": True},
    ]
    (tmp_path / "site.yml").write_text(
        json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]), "utf-8"
    )
    run = run_ansible(["ansible-playbook", "site.yml"], tmp_path, em, environment(em, tmp_path))
    assert run.returncode == 0, run.output

    found = {name: sorted(path.name for path in folder.iterdir()) for name, folder in folders.items()}
    assert found == {
        "whole": FILES, "some": FILES, "bad": FILES, "blank": FILES, "kept": ["protection.md"], "checked": [],
    }  # fmt: skip
    assert (folders["kept"] / "protection.md").read_text("utf-8") == "of yesterday"

    data = json.loads((folders["whole"] / "protection.json").read_text("utf-8"))
    assert {(one["name"], one["host"]["name"]): one["status"] for one in data["machines"]} == estate.EXPECTED
    assert data["asked"] == {"hostname": em.host, "within": "24h", "exclude": ["*-tmp-*"]}
    with (folders["whole"] / "protection.csv").open(newline="", encoding="utf-8") as file:
        assert [row["status"] for row in csv.DictReader(file)].count("protected") == 2
    page = (folders["whole"] / "protection.html").read_text("utf-8")
    assert len(re.findall(r'<tr role="row" data-status="', page)) == len(estate.EXPECTED)
    assert "2 of 10 machines are protected" in (folders["whole"] / "protection.md").read_text("utf-8")

    some = json.loads((folders["some"] / "protection.json").read_text("utf-8"))
    assert {one["name"] for one in some["machines"]} == {"web01", "db01"}
    assert some["asked"]["machines"] == ["web01", "db01"]
    assert (folders["some"] / "protection.json").stat().st_mode & 0o777 == 0o600
    assert (folders["whole"] / "protection.json").stat().st_mode & 0o777 == 0o644
    blank = json.loads((folders["blank"] / "protection.json").read_text("utf-8"))
    assert len(blank["machines"]) == len(estate.EXPECTED) and blank["asked"] == {"hostname": em.host, "within": "24h"}

    failed = {step.name.partition(": ")[2]: step.msg for step in run.steps if step.name.startswith("failed: ")}
    assert set(failed) == {"bad", "nowhere", "no folder", "no status", "refused"}
    assert failed["bad"].startswith("3 machines are not as wanted: app01 is failing (the run of job")
    assert "nowhere is not a folder on localhost. Make it first;" in failed["nowhere"]
    assert failed["no folder"].startswith("protection_report_folder: is not set.")
    assert failed["no status"].startswith("protection_report_fail_on: overdue is not a status.")
    assert "refused the logon" in failed["refused"]
    # Recorded also where it fails because of a status.
    summaries = {step.name.partition(": ")[2]: step.msg for step in run.steps if step.name.startswith("summary: ")}
    assert summaries["bad"]["late"] == 2 and summaries["bad"]["failing"] == 1
    asked = [step for step in run.steps if step.name.endswith("Look at the machines")]
    # Nothing was asked where a variable was wrong.
    assert len(asked) == 6
