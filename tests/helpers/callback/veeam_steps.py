# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the test that started Ansible when a task starts and how it ended, and waits for its nod each time.

So a test can change the emulator between two tasks of one run, and knows which request belongs to which task.
The other end of the socket is in conftest.py, AnsibleRun.
"""

from __future__ import annotations

import json
import os
import socket

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: veeam_steps
type: notification
short_description: Reports tasks to the test
description: Reports the start and the end of each task over a socket that the test has opened.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "veeam_steps"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._socket = socket.socket(fileno=int(os.environ["VEEAM_TEST_SOCKET"]))
        self._socket.set_inheritable(False)

    def _tell(self, **message):
        self._socket.sendall(json.dumps(message, default=str).encode() + b"\n")
        if not self._socket.recv(1):
            raise SystemExit("the test has gone away")

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._tell(event="start", name=task.get_name().strip(), action=task.action)

    def _ended(self, status, result):
        self._tell(event="end", status=status, result=dict(result._result))

    def v2_runner_on_ok(self, result):
        self._ended("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._ended("failed", result)

    def v2_runner_on_skipped(self, result):
        self._ended("skipped", result)

    def v2_runner_on_unreachable(self, result):
        self._ended("unreachable", result)
