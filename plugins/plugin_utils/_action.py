# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module of this collection in the Ansible worker, where that would run the module anyway; else the module itself.

A module costs a packed file, a new interpreter and its imports, about 300 ms a task, before it does anything.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import signal
import sys
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as ModuleAction
from ansible.utils.display import Display
from ansible_collections.backupops.veeam.plugins.plugin_utils._imports import quickly

# Up here and not in run(): Ansible loads action plugins in the process that forks the workers, so that requests, lxml
# and the client are imported once a playbook and not once a task (docs/performance.md has the figures).
with quickly():
    from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import (
        Interrupted,
        MissingLibrary,
        VeeamError,
    )
    from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import require_libraries
    from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
    from ansible_collections.backupops.veeam.plugins.module_utils._module.play import play
    from ansible_collections.backupops.veeam.plugins.module_utils._module.secrets import censored
    from ansible_collections.backupops.veeam.plugins.plugin_utils._as_module import NotSerializable, run_as_module
    from ansible_collections.backupops.veeam.plugins.plugin_utils._parent import follow_parent, handing_on
    from ansible_collections.backupops.veeam.plugins.plugin_utils._progress import Lines

    with contextlib.suppress(MissingLibrary):
        require_libraries()

display = Display()

#: Values of ansible_python_interpreter that leave the choice to Ansible.
_ANY_INTERPRETER = ("", "auto", "auto_silent", "auto_legacy", "auto_legacy_silent")


class Own(t.NamedTuple):
    """The module that an action stands for."""

    name: str
    definition: Module


class VeeamAction(ModuleAction):
    """Decides where the task runs, and runs it. own: the module, set in plugins/action.

    Nothing happens when a class is made: strategies such as mitogen's derive one of their own for each task.
    """

    own: t.ClassVar[Own]

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        variables = task_vars or {}
        # Elsewhere, or as somebody else, ssh and sudo may need the terminal.
        follow_parent(leave_group=self._connection.transport == "local" and self._connection.become is None)
        reason = self._reason_for_module(variables)
        if reason is None:
            display.vvv(f"{self.own.name} runs in the Ansible worker.")
            try:
                with _working_folder(self._loader.get_basedir()):
                    return run_as_module(self, variables, self.own.definition.spec, self._run_here)
            except NotSerializable:
                reason = "an option cannot be handed over"
        display.vvv(f"{self.own.name} runs as a module: {reason}.")
        return t.cast("dict[str, t.Any]", super().run(tmp, task_vars))

    def _run_here(
        self, params: dict[str, t.Any], check_mode: bool, diff: bool, warn: t.Callable[[str], None]
    ) -> dict[str, t.Any]:
        no_log = bool(self._task.no_log)
        watch = None if no_log else Lines(self.own.name).tell
        try:
            return censored(play(self.own.definition, params, check_mode, diff, warn, watch), no_log)
        except VeeamError as error:
            return censored({**error.result(), "failed": True}, no_log)
        except Interrupted as stop:
            # The session is closed and the worker's own handler is back: it gets the signal that was meant for it.
            signal.raise_signal(stop.signal_number)
            return {**stop.result(), "failed": True}

    def _low_level_execute_command(self, *args: t.Any, **options: t.Any) -> dict[str, t.Any]:
        # The module is one of these, and making its folder before another.
        with handing_on():
            return t.cast("dict[str, t.Any]", super()._low_level_execute_command(*args, **options))

    # -- where -----------------------------------------------------------------------------------------------------

    def _reason_for_module(self, variables: dict[str, t.Any]) -> str | None:
        """Why the task has to run as a module, None where this process can do the same."""
        if not boolean(self._templar.template(variables.get("veeam_in_process", True)), strict=False):
            return "veeam_in_process is false"
        if self._connection.transport != "local":
            return "the target is another machine"
        if self._connection.become is not None:
            return "become is set"
        if self._task.async_val:
            return "async is set"
        if any(self._task.environment or ()):
            return "environment is set"
        wanted = self._wanted_interpreter(variables)
        if wanted is None:
            return "the interpreter of the task is not known"
        if wanted not in _ANY_INTERPRETER and not is_same_interpreter(wanted, sys.executable):
            return f"its interpreter is {wanted}"
        try:
            require_libraries()
        except MissingLibrary:
            return "a Python library is missing here"
        return None

    def _wanted_interpreter(self, variables: dict[str, t.Any]) -> str | None:
        """What Ansible would be told to run the module with, as it looks that up itself; None where that fails."""
        if self._task.delegate_to:
            variables = variables.get("ansible_delegated_vars", {}).get(self._task.delegate_to, {})
        try:
            value = self._templar.template(C.config.get_config_value("INTERPRETER_PYTHON", variables=variables))
        except AnsibleError:
            # The module will fail with Ansible's own words.
            return None
        return str(value or "").strip()


def module_of(action: str) -> Own:
    """The module of the same name as the file of plugins/action. action: that file's __name__."""
    name = action.rpartition(".")[2]
    with quickly():
        file = importlib.import_module("ansible_collections.backupops.veeam.plugins.modules." + name)
    return Own(name, file.MODULE)


def is_same_interpreter(wanted: str, own: str) -> bool:
    """Whether both commands start the same Python with the same libraries.

    A virtual environment is told by its pyvenv.cfg: its python is a link to one that has other libraries.
    """
    found = os.path.expanduser(wanted) if os.sep in wanted else shutil.which(wanted)
    if not found or not own:
        return False
    return _identity(found) == _identity(own)


def _identity(python: str) -> tuple[str, str | None]:
    path = os.path.abspath(python)
    folder = os.path.dirname(path)
    home = next((place for place in (folder, os.path.dirname(folder)) if _has_pyvenv(place)), None)
    return os.path.realpath(path), home and os.path.realpath(home)


def _has_pyvenv(folder: str) -> bool:
    return os.path.isfile(os.path.join(folder, "pyvenv.cfg"))


@contextlib.contextmanager
def _working_folder(folder: str) -> t.Iterator[None]:
    """Relative paths in options count from the playbook's folder, as they do for a module on this machine."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
