# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin with Ansible's own objects around it, in the test's process, which stands for the worker."""

from __future__ import annotations

import os
import sys
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import connection_loader
from ansible.template import Templar
from ansible_collections.backupops.veeam.plugins.action.veeam_job_clone import ActionModule
from helpers.cast import PASSWORD, USERNAME
from veeam_em_emulator import Emulator

MODULE = "backupops.veeam.veeam_job_clone"


def make_action(
    options: dict[str, Any] | None = None,
    task: dict[str, Any] | None = None,
    variables: dict[str, Any] | None = None,
    connection: str = "local",
    become: Any = None,
    kind: type[ActionModule] = ActionModule,
) -> tuple[ActionModule, dict[str, Any]]:
    """The action as a worker has it, and the variables that its run() is given.

    task: attributes of the task, already evaluated. become: the connection's become plugin.
    kind: the class of the action, where a strategy has derived its own.
    """
    given = {"ansible_facts": {}, "ansible_playbook_python": sys.executable, **(variables or {})}
    subject = Task()
    subject.action = MODULE
    subject.args = options or {}
    subject.check_mode = subject.diff = subject.no_log = False
    subject.environment = []
    subject.async_val = 0
    for name, value in (task or {}).items():
        setattr(subject, name, value)
    loader = DataLoader()
    loader.set_basedir(os.getcwd())
    play_context = PlayContext()
    link = connection_loader.get(connection, play_context, os.devnull)
    link.become = become
    templar = Templar(loader=loader, variables=given)
    return kind(subject, link, play_context, loader, templar, None), given


def connection_options(em: Emulator) -> dict[str, Any]:
    return {
        "hostname": em.host,
        "port": em.port,
        "username": USERNAME,
        "password": PASSWORD,
        "ca_path": str(em.ca_file),
        "poll_interval": 0.02,
    }
