# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/protection.md prints, as it is printed there but for the reader's own server and folder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import estate
from helpers.ansible_runs import AnsibleRun, environment, run_ansible
from veeam_em_emulator import Emulator
from veeam_em_emulator.tester.clock import ManualClock

GUIDE = (Path(__file__).resolve().parents[4] / "docs" / "protection.md").read_text("utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def block(words: str) -> str:
    """The one block that has these words."""
    (found,) = [one for one in BLOCKS if words in one]
    return str(found)


@pytest.fixture
def em() -> Iterator[Emulator]:
    state = estate.state()
    state["jobs"].append({**state["jobs"][0], "name": "Catch-all"})
    with Emulator(state=state, clock=ManualClock(), seed=1) as emulator:
        yield emulator
        assert emulator.open_sessions() == []


def played(em: Emulator, folder: Path, *arguments: str) -> AnsibleRun:
    env = {**environment(em, folder), "ANSIBLE_INVENTORY_ENABLED": "backupops.veeam.machines,ini"}
    return run_ansible(["ansible-playbook", *arguments], folder, em, env)


def test_the_report_of_every_night_with_exclusions_from_git(em: Emulator, tmp_path: Path) -> None:
    (tmp_path / "exclusions.yml").write_text(block("# exclusions.yml"), "utf-8")
    text = block("# report.yml").replace("/var/www/html/backup", str(tmp_path))
    (tmp_path / "report.yml").write_text(text, "utf-8")
    done = played(em, tmp_path, "report.yml")
    assert done.returncode == 0, done.output
    found = json.loads((tmp_path / "protection.json").read_text("utf-8"))
    status = {one["name"]: one["status"] for one in found["machines"]}
    assert (status["old-tmp-1"], status["jump01"], status["db01"]) == ("excluded", "excluded", "late")


def test_a_pipeline_stops_where_a_machine_is_late(em: Emulator, tmp_path: Path) -> None:
    (tmp_path / "hosts.ini").write_text("[release]\nweb01\ndb01\n", "utf-8")
    (tmp_path / "release.yml").write_text(block("Stop where a machine of the release is not protected"), "utf-8")
    done = played(em, tmp_path, "-i", "hosts.ini", "release.yml")
    assert done.returncode == 2, done.output
    assert "db01" in done.named("Say which").msg
    (tmp_path / "hosts.ini").write_text("[release]\nweb02\n", "utf-8")
    text = (tmp_path / "release.yml").read_text("utf-8").replace("4h", "24h")
    (tmp_path / "release.yml").write_text(text, "utf-8")
    done = played(em, tmp_path, "-i", "hosts.ini", "release.yml")
    assert done.returncode == 0, done.output


def test_what_is_unprotected_is_protected(em: Emulator, tmp_path: Path) -> None:
    (tmp_path / "veeam.yml").write_text(block("# veeam.yml").replace("em01.example.com", em.host), "utf-8")
    (tmp_path / "protect.yml").write_text(block("hosts: veeam_unprotected"), "utf-8")
    done = played(em, tmp_path, "-i", "veeam.yml", "protect.yml", "--check")
    assert done.returncode == 0, done.output
    assert done.named("Put it into the job of its team").changed
