# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the files of a report here, where Ansible runs, and has the action `copy` bring them to the target."""

from __future__ import annotations

import os
import shutil
import tempfile
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.backupops.veeam.plugins.plugin_utils._imports import quickly

with quickly():
    from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import counted
    from ansible_collections.backupops.veeam.plugins.module_utils._protection.judge import STATUSES
    from ansible_collections.backupops.veeam.plugins.plugin_utils._report.files import files_of, sentence_on

_ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "report": {"type": "dict", "required": True},
    "folder": {"type": "path", "required": True},
    "asked": {"type": "dict", "default": {}},
    "fail_on": {"type": "list", "elements": "str", "choices": list(STATUSES), "default": []},
    "mode": {"type": "raw", "default": "0644"},
}


class ActionModule(ActionBase):
    """The module of the same name is its documentation."""

    TRANSFERS_FILES = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = t.cast("dict[str, t.Any]", super().run(tmp, task_vars))
        _validation, options = self.validate_argument_spec(_ARGUMENTS)
        if not isinstance(options["report"].get("machines"), (list, tuple)) or not options["report"].get("as_of"):
            raise AnsibleActionFail("report: is not a result of veeam_protection_info that has looked at machines.")
        texts = files_of(options["report"], options["asked"])
        folder = tempfile.mkdtemp(dir=C.DEFAULT_LOCAL_TMP)
        try:
            for name, text in texts.items():
                with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
                    file.write(text)
            copied = [self._copy(folder, name, options, task_vars or {}) for name in texts]
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        failed = next((one for one in copied if one.get("failed")), None)
        if failed is not None:
            return {
                **result,
                "failed": True,
                "changed": any(one.get("changed") for one in copied),
                "msg": failed["msg"],
            }
        written = sum(bool(one.get("changed")) for one in copied)
        bad = sentence_on(options["report"]["machines"], options["fail_on"])
        result.update(
            changed=written > 0,
            files=[os.path.join(options["folder"], name) for name in texts],
            msg=bad or f"Wrote {counted(written, 'file')}.",
            failed=bad is not None,
        )
        return result

    def _copy(self, folder: str, name: str, options: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        task = self._task.copy()
        destination = os.path.join(options["folder"], name)
        task.args = {"src": os.path.join(folder, name), "dest": destination, "mode": options["mode"]}
        task.diff = False
        copy = self._shared_loader_obj.action_loader.get(
            "ansible.legacy.copy",
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        return t.cast("dict[str, t.Any]", copy.run(task_vars=task_vars))
