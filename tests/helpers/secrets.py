# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret of a run is in what Ansible printed, logged or returned."""

from __future__ import annotations

import base64
import json
from typing import Any

from veeam_em_emulator import Emulator

from .ansible_runs import AnsibleRun, Play
from .cast import PASSWORD, USERNAME


def secrets_of(em: Emulator) -> list[str]:
    """What the server knows of this run's logons and must be seen nowhere else."""
    basic = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    return [PASSWORD, basic, *em.world.sessions._by_token]


def at_the_highest_verbosity(play: Play) -> AnsibleRun:
    """Run the play with -vvvv, the password as an option, and look everywhere."""
    play.arguments = ["-vvvv", "--diff"]
    log = play.folder / "ansible.log"
    play.env["ANSIBLE_LOG_PATH"] = str(log)
    del play.env["VEEAM_EM_PASSWORD"]
    play.defaults["password"] = PASSWORD
    run = play.run()
    texts: dict[str, Any] = {"output": run.output, "log": log.read_text("utf-8")}
    texts.update((step.name, json.dumps({**step.result, "invocation": None})) for step in play.steps)
    for secret in secrets_of(play.em):
        for where, text in texts.items():
            assert secret not in text, f"{where}: {text[max(0, text.find(secret) - 200) :][:280]}"
    return run
