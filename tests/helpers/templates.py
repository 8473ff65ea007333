# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks for job templates as AWX runs them: through ansible-runner, the credential in the environment, the
answers tagged as AWX tags them, and what they hand on to the next node of a workflow."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import ansible_runner
import pexpect
from veeam_em_emulator import Emulator

from .cast import PASSWORD, USERNAME
from .surveys import as_awx_writes

BIN = Path(sys.executable).parent


@dataclass
class Launched:
    """status: successful or failed. messages: what failed tasks said. stats: what the next node gets.

    shown: the messages of debug tasks. warnings: lines of Ansible's own. printed: all that it printed."""

    status: str
    messages: list[str] = field(default_factory=list)
    stats: dict[str, Any] = field(default_factory=dict)
    shown: list[Any] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    printed: str = ""

    @property
    def successful(self) -> bool:
        return self.status == "successful"


_EXPECT = pexpect.spawn.expect


def _to_the_end(child: Any, pattern: Any, timeout: float = -1, **more: Any) -> Any:
    """Runner gives the last of the output five seconds, which on a busy machine may not be enough to read it."""
    return _EXPECT(child, pattern, timeout=120 if pattern is pexpect.EOF else timeout, **more)


def credential(em: Emulator) -> dict[str, str]:
    """The environment that the credential makes, and where Ansible is."""
    return {
        "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]]),
        "VEEAM_EM_HOSTNAME": em.host,
        "VEEAM_EM_PORT": str(em.port),
        "VEEAM_EM_USERNAME": USERNAME,
        "VEEAM_EM_PASSWORD": PASSWORD,
        "VEEAM_EM_CA_PATH": str(em.ca_file),
        "NO_PROXY": em.host,
    }


@dataclass
class Templates:
    """Job templates, each with a private folder as AWX makes one for every job, and an inventory with localhost."""

    em: Emulator
    folder: Path
    launched: int = 0

    def launch(
        self,
        playbook: str,
        answers: Mapping[str, Any] | None = None,
        artifacts: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        warnings: str = "",
        hosts: Mapping[str, Any] | None = None,
        project: Mapping[str, Any] | None = None,
        check_mode: bool = False,
    ) -> Launched:
        """Launch the playbook. answers: variables with their names. artifacts: what a node before handed on.

        environment: in place of that of the credential; what is None there is left out. warnings: a pattern for those
        that the run may bring; no other is allowed. hosts: of the inventory beside localhost, with their variables.
        project: files beside the one of one line that imports the playbook.
        """
        self.launched += 1
        folder = self.folder / str(self.launched)
        imported = [{"ansible.builtin.import_playbook": f"backupops.veeam.{playbook}"}]
        for path, content in {f"{playbook}.yml": imported, **(project or {})}.items():
            file = folder / "project" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(content), "utf-8")
        (folder / "env").mkdir()
        (folder / "env" / "extravars").write_text(as_awx_writes({**(artifacts or {}), **(answers or {})}), "utf-8")
        env = {**credential(self.em), **(environment or {})}
        with mock.patch.object(pexpect.spawn, "expect", _to_the_end):
            run = ansible_runner.run(
                private_data_dir=str(folder),
                playbook=f"{playbook}.yml",
                inventory={"all": {"hosts": {"localhost": {}, **(hosts or {})}}},
                envvars={name: value for name, value in env.items() if value is not None},
                quiet=True,
                **({"cmdline": "--check"} if check_mode else {}),
            )
        launched = outcome(run)
        unexpected = [line for line in launched.warnings if not (warnings and re.search(warnings, line))]
        assert unexpected == [], unexpected
        return launched


def outcome(run: Any) -> Launched:
    """What a finished run of ansible-runner tells."""
    launched = Launched(run.status)
    printed = run.stdout.read()
    assert PASSWORD not in printed
    launched.printed = printed
    launched.warnings = re.findall(r"\[(?:DEPRECATION )?WARNING\].*", printed)
    for event in run.events:
        data = event.get("event_data", {})
        if event["event"] == "runner_on_failed":
            launched.messages.append(str(data["res"].get("msg") or data["res"].get("reason")))
        if event["event"] == "runner_on_ok" and data.get("task_action", "").endswith("debug"):
            launched.shown.append(data["res"].get("msg"))
        if event["event"] == "playbook_on_stats":
            launched.stats = data.get("artifact_data", {})
    return launched
