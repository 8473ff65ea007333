# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin as Ansible uses it: what `ansible-inventory --list` says of every file of a folder, the stored
JSON beside it says too. To store what it says now: VEEAM_TEST_STORE=1."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers import estate
from helpers.ansible_runs import BIN, environment
from helpers.cast import PASSWORD, VBR01, VBR02
from veeam_em_emulator import Emulator
from veeam_em_emulator.tester.clock import ManualClock

FILES = Path(__file__).parent / "files"
FAILED_RUN = {"job": "app-daily", "created": "2026-01-05T08:00:00Z", "length": "600s", "machines": {"app01": "Failed"}}
TEMPLATE = "{{ 7 * 7 }}"


@pytest.fixture
def em() -> Iterator[Emulator]:
    state = estate.state(
        sessions=[FAILED_RUN],
        computers=[
            {"name": "sql01", "backup_server": VBR01, "protection_group": "Windows", "ip_address": "192.0.2.21"},
            {"name": TEMPLATE, "backup_server": VBR02, "protection_group": "Linux", "host_status": "Offline"},
        ],
    )
    with Emulator(state=state, clock=ManualClock(), seed=1) as emulator:
        yield emulator
        assert emulator.open_sessions() == []


def said(run: subprocess.CompletedProcess[str], sentence: str) -> bool:
    """Whether it is among the warnings and errors, which Ansible breaks anywhere into lines."""
    return "".join(sentence.split()) in "".join(run.stderr.split())


def listed(em: Emulator, folder: Path, file: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / "ansible-inventory"), "-i", str(file), "--list"],
        cwd=folder,
        env={**environment(em, folder), **more},
        capture_output=True,
        text=True,
    )


def of(em: Emulator, text: str) -> Any:
    """The inventory, its hrefs on a host and port that are the same in every run, and without the marks of data."""
    return json.loads(
        text.replace(f"https://{em.host}:{em.port}/", "https://em.example.test:9398/"),
        object_hook=lambda members: members.get("__ansible_unsafe", members),
    )


def unmarked(value: Any, inside: str = "") -> list[str]:
    """The texts that Ansible would take for templates, as far as they are variables of hosts."""
    if isinstance(value, dict):
        if "__ansible_unsafe" in value:
            return []
        return [text for key, member in value.items() for text in unmarked(member, key)]
    if isinstance(value, list):
        return [text for member in value for text in unmarked(member, inside)]
    return [f"{inside}: {value}"] if isinstance(value, str) else []


@pytest.mark.parametrize("file", sorted(FILES.glob("*.y*ml")), ids=lambda path: path.name)
def test_what_ansible_makes_of_each_file(em: Emulator, tmp_path: Path, file: Path) -> None:
    run = listed(em, tmp_path, file)
    stored = file.with_suffix(".json")
    found = of(em, run.stdout)
    # Newer versions say how they have written it.
    found["_meta"].pop("profile", None)
    if file.name.startswith("strict"):
        # ansible-inventory itself goes on with what other files say.
        assert said(run, "is there twice, on vcenter01.example.test and on vcenter02.example.test")
        assert found["_meta"]["hostvars"] == {}
        return
    assert run.returncode == 0, run.stderr
    if os.environ.get("VEEAM_TEST_STORE"):
        stored.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", "utf-8")
    assert found == json.loads(stored.read_text("utf-8"))
    assert unmarked(json.loads(run.stdout)["_meta"]["hostvars"]) == []


def test_the_cache_saves_the_requests_and_keeps_no_password(em: Emulator, tmp_path: Path) -> None:
    kept = tmp_path / "cache"
    file = tmp_path / "veeam.yml"
    file.write_text(
        json.dumps(
            {
                "plugin": "backupops.veeam.machines",
                "cache": True,
                "cache_plugin": "ansible.builtin.jsonfile",
                "cache_connection": str(kept),
                "keyed_groups": [{"key": "veeam_jobs", "prefix": "job"}],
            }
        )
    )
    first = listed(em, tmp_path, file)
    asked = len(em.journal)
    again = listed(em, tmp_path, file)
    assert (len(em.journal), again.stdout) == (asked, first.stdout)
    text = "".join(path.read_text("utf-8") for path in kept.iterdir())
    assert "web01" in text and PASSWORD not in text and "job_" not in text


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"VEEAM_EM_PASSWORD": "wrong"}, "refused the logon"),
        ({"VEEAM_EM_HOSTNAME": ""}, "hostname"),
    ],
)
def test_an_inventory_that_cannot_be_read_is_an_error(
    em: Emulator, tmp_path: Path, variables: dict[str, str], sentence: str
) -> None:
    run = listed(em, tmp_path, FILES / "plain.veeam.yml", **variables, ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="True")
    assert run.returncode != 0
    assert said(run, sentence) and "wrong" not in run.stderr.replace("went wrong", "")
