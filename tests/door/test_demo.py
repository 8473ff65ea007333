# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's story: from a template to a job that protects three machines, its first backup, and a machine that breaks
and is brought back; told twice."""

from __future__ import annotations

import json
from pathlib import Path

from helpers.ansible_runs import ROOT, environment, run_ansible
from veeam_em_emulator import Emulator


def test_demo(em: Emulator, tmp_path: Path) -> None:
    """The second run finds the same job as it should be, and does not start it again."""
    report = tmp_path / "report.json"
    variables = {"demo_report": str(report), "demo_emulator": em.url.removesuffix("/api/")}
    command = ["ansible-playbook", str(ROOT / "playbooks" / "demo.yml"), "-e", json.dumps(variables)]
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
    # web02 was broken, its restore point tried beside it, and then put in its place; the second run does none of it
    backup = first["run"]["session"]
    (point,) = first["points"]["restore_points"]
    assert [first[restore]["restore_point"]["id"] for restore in ("beside", "in_place")] == [point["id"]] * 2
    assert point["id"] == em.points("web02")[-1].id and backup["start"][:19] <= point["created"]
    events = [(event.event, event.data) for event in em.machine_history("web02")]
    assert ("data_changed", "broken") in events and em.machine("web02").data == "original"
    beside = em.machine(first["beside"]["session"]["restored_ref"])
    assert (beside.data, beside.name != "web02", em.machine("web02").powered_on) == ("original", True, True)
    for restore in ("points", "beside", "in_place"):
        assert second[restore]["skipped"]
    for action in ("clone", "start"):
        assert sum(entry.method == "POST" and f"action={action}" in entry.query_string for entry in em.journal) == 1
