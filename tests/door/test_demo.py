# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's story: from a template to a job that protects three machines, and its first backup; told twice."""

from __future__ import annotations

import json
from pathlib import Path

from helpers.ansible_runs import ROOT, environment, run_ansible
from veeam_em_emulator import Emulator


def test_demo(em: Emulator, tmp_path: Path) -> None:
    """The second run finds the same job as it should be, and does not start it again."""
    report = tmp_path / "report.json"
    command = ["ansible-playbook", str(ROOT / "playbooks" / "demo.yml"), "-e", f"demo_report={report}"]
    results = []
    for changed in (True, False):
        run = run_ansible(command, tmp_path, em, environment(em, tmp_path))
        assert run.returncode == 0, run.output
        results.append(json.loads(report.read_text("utf-8")))
        assert results[-1]["job"]["changed"] is changed
    first, second = results
    assert first["job"]["job_href"] == second["job"]["job_href"]
    assert [item["name"] for item in second["job"]["job"]["objects"]] == ["web02", "app01", "db01"]
    assert first["run"]["session"]["result"] == "Success" and second["run"]["skipped"]
    for action in ("clone", "start"):
        assert sum(entry.method == "POST" and f"action={action}" in entry.query_string for entry in em.journal) == 1
