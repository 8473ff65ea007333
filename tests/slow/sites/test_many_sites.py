# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One play over twelve Enterprise Managers, of which one is down: it stops no other, and one report has them all."""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path
from typing import Any

from helpers import estate
from helpers.ansible_runs import BIN, ROOT, environment
from helpers.cast import PASSWORD, USERNAME
from veeam_em_emulator import Emulator

SITES = [f"em{number:02}" for number in range(1, 13)]
DOWN, LOCKED = "em05", "em09"


def test_twelve_sites_in_one_play(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        managers = {site: stack.enter_context(Emulator(state=estate.state(), seed=1)) for site in SITES}
        managers[DOWN].stop()
        hosts: dict[str, dict[str, Any]] = {
            site: {"veeam_em_port": em.port, "veeam_em_ca_path": em.ca_file} for site, em in managers.items()
        }
        hosts[LOCKED]["veeam_em_password"] = "another password"
        common = {"veeam_em_hostname": "127.0.0.1", "veeam_em_username": USERNAME, "veeam_em_password": PASSWORD}
        inventory = {"enterprise_managers": {"hosts": hosts, "vars": common}}
        (tmp_path / "inventory.json").write_text(json.dumps(inventory), encoding="utf-8")
        command = ["ansible-playbook", "-i", "inventory.json", "-f", "6", str(ROOT / "playbooks" / "many_sites.yml")]
        more = {"many_sites_folder": str(tmp_path), "many_sites_exclude": ["*-tmp-*"]}
        done = subprocess.run(
            [str(BIN / command[0]), *command[1:], "-e", json.dumps(more)],
            cwd=tmp_path, env=environment(None, tmp_path), capture_output=True, text=True, check=False,
        )  # fmt: skip
        output = done.stdout + done.stderr
        assert done.returncode == 2, output
        assert f"2 of 12 sites could not be read: {DOWN}, {LOCKED};" in output
        assert PASSWORD not in output and "another password" not in output
        logons = {site: sum(entry.method == "POST" for entry in em.journal) for site, em in managers.items()}
        assert logons == {**dict.fromkeys(SITES, 1), DOWN: 0}
        assert all(em.open_sessions() == [] for em in managers.values())
    report = json.loads((tmp_path / "many_sites.json").read_text(encoding="utf-8"))
    assert sorted(report) == SITES
    assert [site for site in SITES if not report[site]["read"]] == [DOWN, LOCKED]
    assert "refuses connections" in report[DOWN]["msg"] and "refused the logon of" in report[LOCKED]["msg"]
    summaries = [report[site]["summary"] for site in SITES if report[site]["read"]]
    assert all(summary == summaries[0] for summary in summaries) and summaries[0]["excluded"] == 1
    assert {machine["name"] for machine in report["em01"]["machines"]} >= {"db01", "jump01"}
    page = (tmp_path / "many_sites.md").read_text(encoding="utf-8")
    assert page.startswith("# Enterprise Managers: 12, read: 10\n")
    rows = [line for line in page.splitlines() if line.startswith("| em")]
    assert [row.split(" | ")[0] for row in rows] == [f"| {site}" for site in SITES]
    assert "could not be read: " in rows[SITES.index(DOWN)]
    assert all(row.count("|") == 11 for row in rows)
