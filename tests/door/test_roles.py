# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One start of Ansible for every role there is: each does what it says, and what makes jobs nothing the second time."""

from __future__ import annotations

import json
from pathlib import Path

from helpers.ansible_runs import COLLECTION, ROOT, environment, run_ansible
from helpers.cast import DEFAULT_REPOSITORY, GOLD
from helpers.routes import WRITES
from veeam_em_emulator import Emulator

#: The variables of each role. Those that make jobs make a and b, with the role's name before theirs.
ROLES = {
    "job_clone": {
        "job_clone_source_job": GOLD,
        "job_clone_repository": DEFAULT_REPOSITORY,
        "job_clone_poll_interval": 0.02,
        "job_clone_clones": [{"name": "job_clone a"}, {"name": "job_clone b"}],
    },
    "jobs": {
        "jobs_source_job": GOLD,
        "jobs_repository": DEFAULT_REPOSITORY,
        "jobs_poll_interval": 0.02,
        "jobs": [
            {"name": "jobs a", "objects": [{"name": "web02"}], "schedule": {"daily": {"at": "22:00"}}},
            {"name": "jobs b", "objects": [{"name": "db01"}], "enabled": False},
        ],
    },
    "protection_report": {"protection_report_folder": "{{ playbook_dir }}"},
}
MAKE_JOBS = [role for role in ROLES if role != "protection_report"]


def test_every_role_is_played() -> None:
    assert set(ROLES) == {path.name for path in (ROOT / "roles").iterdir()}


def test_every_role_twice(em: Emulator, tmp_path: Path) -> None:
    plays = [
        {
            "name": f"{role}, {which}",
            "hosts": "localhost",
            "gather_facts": False,
            "roles": [{"role": f"{COLLECTION}.{role}", "vars": ROLES[role]}],
        }
        for which, roles in (("first", ROLES), ("again", MAKE_JOBS))
        for role in roles
    ]
    (tmp_path / "site.yml").write_text(json.dumps(plays), "utf-8")
    run = run_ansible(["ansible-playbook", "site.yml"], tmp_path, em, environment(em, tmp_path))
    assert run.returncode == 0, run.output
    for role in MAKE_JOBS:
        assert {f"{role} a", f"{role} b"} <= {job.name for job in em.jobs()}
    at_work = [step for step in run.steps if "logon" in step.routes]
    first, again = at_work[: len(ROLES)], at_work[len(ROLES) :]
    assert [step.changed for step in first] == [role in MAKE_JOBS for role in ROLES]
    assert [step.changed for step in again] == [False] * len(MAKE_JOBS)
    assert not any(WRITES & set(step.routes) for step in again)
    written = {"protection.html", "protection.md", "protection.json", "protection.csv"}
    assert written <= {path.name for path in tmp_path.iterdir()}
    machines = json.loads((tmp_path / "protection.json").read_text("utf-8"))["machines"]
    assert {"web01", "sqlsrv03", "DC"} <= {machine["name"] for machine in machines}
