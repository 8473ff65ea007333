# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module as a process of its own: AnsibleModule around one run."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from .._http.errors import Interrupted, VeeamError
from .definition import Module
from .run import run
from .secrets import censored


def run_module(definition: Module) -> None:
    """Take the options from Ansible, run the module and show what came of it. Does not return."""
    module = AnsibleModule(supports_check_mode=definition.supports_check_mode, **definition.spec.arguments())
    try:
        result = run(definition, module.params, module.check_mode, module._diff, module.warn)
    except VeeamError as error:
        result = {**error.result(), "failed": True}
    except Interrupted as stop:
        result = {**stop.result(), "failed": True}
    result = censored(result, module.no_log)
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
