# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the answers of a survey are to Ansible when they arrive: on this ansible-core, from a file as AWX writes it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from helpers.ansible_runs import BIN, environment
from helpers.surveys import RESOLVES, arrived, as_awx_writes

#: What is typed, and what it is from ansible-core 2.19 on; up to 2.18 all of it stays text.
ANSWERS: dict[str, Any] = {
    "22:00": 1320,
    "8:30": 510,
    "22:00:30": 79230,
    "08:30": "08:30",
    "00:15": "00:15",
    "0123": 83,
    "089": "089",
    "2024": 2024,
    "1_000": 1000,
    "0x1f": 31,
    "1.10": 1.1,
    "1e3": "1e3",
    "yes": True,
    "off": False,
    "y": "y",
    "": None,
    "null": None,
    "~": None,
    "2026-11-29": "a date",
    "0123\n": 83,
    "0123\nyes": "0123\nyes",
    " 0123": " 0123",
    '"0123"': '"0123"',
    "(one name a line)\n0123": "(one name a line)\n0123",
    '["Web Shop"]': '["Web Shop"]',
    "{{ lookup('env', 'HOME') }}": "{{ lookup('env', 'HOME') }}",
}


def test_what_arrives(tmp_path: Path) -> None:
    """And that the helper which tests of other things go by says the same."""
    variables = {f"answer_{number:02d}": typed for number, typed in enumerate(ANSWERS)}
    listed = {"in_a_list": list(ANSWERS), "in_a_dictionary": {"0123": {"name": "22:00"}}}
    (tmp_path / "extravars").write_text(as_awx_writes({**variables, **listed}), "utf-8")
    names = [*variables, *listed]
    play = [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [
                {
                    "ansible.builtin.copy": {
                        "content": "{{ [%s] | to_json }}" % ", ".join(names),
                        "dest": str(tmp_path / "found.json"),
                        "mode": "0600",
                    }
                }
            ],
        }
    ]
    (tmp_path / "play.yml").write_text(json.dumps(play))
    done = subprocess.run(
        [BIN / "ansible-playbook", "play.yml", "-e", "@extravars"],
        cwd=tmp_path,
        env=environment(None, tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    *answers, in_a_list, in_a_dictionary = json.loads((tmp_path / "found.json").read_text())
    wanted = [arrived(typed) for typed in ANSWERS]
    as_json = json.loads(json.dumps(wanted, default=str))
    assert answers == in_a_list == as_json
    assert in_a_dictionary == json.loads(json.dumps(arrived(listed["in_a_dictionary"])))
    for typed, is_now, found in zip(ANSWERS, ANSWERS.values(), wanted, strict=True):
        if RESOLVES and is_now != "a date":
            assert (found, type(found)) == (is_now, type(is_now)), typed
        if not RESOLVES:
            assert found == typed
