# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module of the collection for AWX that a variable names."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

_ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "collection": {"type": "str", "required": True},
    "module": {"type": "str", "required": True},
    "options": {"type": "dict", "required": True},
}


class ActionModule(ActionBase):
    """The module of the same name is its documentation."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(_ARGUMENTS)
        name = f"{options['collection']}.{options['module']}"
        loaders = self._shared_loader_obj
        if not loaders.module_loader.has_plugin(name):
            raise AnsibleActionFail(
                f"{name} is not installed. Install the collection {options['collection']}, or name the one that is "
                "there: awx.awx or ansible.controller."
            )
        task = self._task.copy()
        task.action = name
        task.args = options["options"]
        action = loaders.action_loader.get(
            name if loaders.action_loader.has_plugin(name) else "ansible.legacy.normal",
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=loaders,
        )
        return t.cast("dict[str, t.Any]", action.run(task_vars=task_vars))
