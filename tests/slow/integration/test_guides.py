# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks of the guides, as they are printed there: in check mode on an empty page, then for real, then again."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from helpers.ansible_runs import AnsibleRun, environment, run_ansible
from helpers.cast import PASSWORD
from veeam_em_emulator import Emulator

ROOT = Path(__file__).resolve().parents[3]
GUIDES = ("README.md", "docs/getting_started.md", "roles/jobs/README.md", "roles/job_clone/README.md")


def playbook_of(guide: str) -> str:
    """The first block that is a playbook."""
    blocks = re.findall(r"^```yaml\n(.*?)^```", (ROOT / guide).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return next(block for block in blocks if isinstance(yaml.safe_load(block), list) and "hosts:" in block)


@pytest.mark.parametrize("guide", GUIDES)
def test_first_playbook(guide: str, em: Emulator, tmp_path: Path) -> None:
    em.switches["run_length"] = "0s"
    # The reader's own server and password are in the place of these.
    (tmp_path / "site.yml").write_text(playbook_of(guide).replace("em01.example.com", em.host), "utf-8")
    env = environment(em, tmp_path)
    own = json.dumps({"vault_em_password": PASSWORD})

    def run(*more: str) -> AnsibleRun:
        done = run_ansible(["ansible-playbook", "site.yml", "-e", own, *more], tmp_path, em, env)
        assert done.returncode == 0, done.output
        return done

    before = sorted(job.name for job in em.jobs())
    assert any(step.changed for step in run("--check", "--diff").steps)
    assert sorted(job.name for job in em.jobs()) == before
    run()
    assert len(em.jobs()) > len(before)
    assert [step.name for step in run().steps if step.changed] == []
