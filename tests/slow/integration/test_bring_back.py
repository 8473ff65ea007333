# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plays of the guide docs/bring_back.md, as they are printed there, against machines that the emulator keeps."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from helpers.ansible_runs import AnsibleRun, environment, run_ansible
from helpers.machines_to_patch import HERE, HOSTS, MACHINES, PROJECT, STATE, ref
from veeam_em_emulator import Emulator
from veeam_em_emulator.tester.clock import ManualClock

ROOT = Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs" / "bring_back.md").read_text("utf-8")
#: The playbooks of the guide, by the file name in their first line.
PLAYS = dict(re.findall(r"^```yaml\n# (\w+\.yml)\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL))


def state() -> dict[str, Any]:
    """The machines of the cast, with web01 replicated and in the failover plan of the guide."""
    wanted = copy.deepcopy(STATE)
    replica = {"name": "Replicas", "type": "Replica", "platform": "VMware", "vm_suffix": "_replica"}
    wanted["jobs"].append({**replica, "repository": "Default", "objects": [{"name": "web01", "ref": ref("web01")}]})
    wanted["sessions"].append({"job": "Replicas", "created": "2026-01-05T01:00:00Z", "length": "600s"})
    wanted["failover_plans"] = [{"name": "DR Web", "machines": ["web01"]}]
    return wanted


@pytest.fixture
def em() -> Iterator[Emulator]:
    with Emulator(state=state(), task_steps="", clock=ManualClock(), seed=1) as emulator:
        yield emulator
        assert emulator.open_sessions() == []


def run(em: Emulator, folder: Path, *command: str) -> AnsibleRun:
    """ansible-playbook in a folder that has the plays, an inventory and the roles."""
    files = {name: json.dumps(content) for name, content in PROJECT.items()}
    for name, text in {**files, **PLAYS}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    hosts = {"localhost": HERE, **HOSTS}
    inventory = {"all": {"hosts": hosts, "children": {"web": {"hosts": {"web01": {}, "web02": {}}}}}}
    (folder / "hosts.json").write_text(json.dumps(inventory), "utf-8")
    return run_ansible(["ansible-playbook", "-i", "hosts.json", *command], folder, em, environment(em, folder))


def data(em: Emulator) -> list[str]:
    return [em.machine(name).data for name in MACHINES]


def test_every_block_is_yaml() -> None:
    assert set(PLAYS) == {"patch.yml", "restore_test.yml", "site.yml", "failover.yml"}
    for block in re.findall(r"^```yaml\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL):
        assert isinstance(yaml.safe_load(block), list)


def test_before_a_patch(em: Emulator, tmp_path: Path) -> None:
    """web01 is patched; on web02 the check fails, and its restore point of a moment ago is put back."""
    done = run(em, tmp_path, "patch.yml", "-e", '{"check_fails": ["web02"]}')
    assert done.returncode == 2, done.output
    assert data(em) == ["patched", "original", "original", "original"]
    assert [session.point for session in em.restore_sessions()] == [em.points("web02")[-1].id]
    assert [len(em.points(name)) for name in MACHINES] == [3, 3, 2, 2]


def test_a_restore_test_a_site_and_a_failover(em: Emulator, tmp_path: Path) -> None:
    for name in MACHINES:
        em.hypervisor.break_machine(name)
    plays = ("restore_test.yml", "site.yml", "failover.yml")
    checked = run(em, tmp_path, *plays, "--check")
    assert checked.returncode == 0, checked.output
    assert em.restore_sessions() == []
    assert {entry.path for entry in em.journal if entry.method == "POST"} == {"/api/sessionMngr/"}

    done = run(em, tmp_path, *plays)
    assert done.returncode == 0, done.output
    assert data(em) == ["original"] * 4
    beside, *in_place, failover = em.restore_sessions()
    assert em.machine(beside.restored).name != beside.machine
    before = {name: em.points(name)[0] for name in MACHINES}
    assert {session.machine: session.point for session in in_place} == {name: p.id for name, p in before.items()}
    assert [session.machine for session in in_place][0] == "db01"
    assert failover.machine.startswith("web01")
    assert done.named("Say what became of each machine").result["msg"] == {"web01": "done"}
    assert beside.restored in done.named("Say what came of it").result["msg"]
