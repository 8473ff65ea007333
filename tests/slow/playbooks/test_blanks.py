# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles with what the survey of a job template sends for a question that is left blank."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml
from door.test_roles import MAKE_JOBS, ROLES
from helpers.ansible_runs import COLLECTION, ROOT, environment, run_ansible
from veeam_em_emulator import Emulator


def variables_of(role: str) -> list[str]:
    specified = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text("utf-8"))
    return list(specified["argument_specs"]["main"]["options"])


def test_blank_is_not_set(em: Emulator, tmp_path: Path) -> None:
    """Every variable of every role in each spelling of nothing, and inside of its list, without a warning."""
    plays = []
    for blank in ("", None, "(blank: as it is)"):
        for role in MAKE_JOBS:
            needed = ROLES[role]
            blanks = dict.fromkeys(variables_of(role), blank)
            items = {name: [{**item, "description": blank, "repository": blank} for item in value]
                     for name, value in needed.items() if isinstance(value, list)}  # fmt: skip
            for variables in ({**blanks, **needed, **items}, blanks):
                play = {"hosts": "localhost", "gather_facts": False}
                plays.append({**play, "roles": [{"role": f"{COLLECTION}.{role}", "vars": variables}]})
    (tmp_path / "site.yml").write_text(json.dumps(plays), "utf-8")
    run = run_ansible(["ansible-playbook", "site.yml"], tmp_path, em, environment(em, tmp_path))
    assert run.returncode == 0, run.output
    for role in MAKE_JOBS:
        assert {f"{role} a", f"{role} b"} <= {job.name for job in em.jobs()}
    assert re.findall(r"\[(?:DEPRECATION )?WARNING\].*", run.output) == []
