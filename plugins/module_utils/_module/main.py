# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module as a process of its own: AnsibleModule around one run."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule

from .._http.errors import Interrupted, OptionError, VeeamError
from .definition import Module
from .play import play
from .secrets import censored
from .shapes import shaped
from .spec import Spec


class _CheckedFirst(AnsibleModule):
    """Looks at the shapes of the options before they are validated. What it has to say goes before what Ansible has."""

    our_spec: t.ClassVar[Spec]
    refusal: str | None = None
    params: dict[str, t.Any]

    def _load_params(self) -> None:
        super()._load_params()
        self.params, self.refusal = shaped(self.our_spec, self.params)

    def fail_json(self, msg: str, **more: t.Any) -> None:
        if self.refusal is not None:
            msg, more = self.refusal, {"changed": False}
        super().fail_json(msg, **more)


def run_module(definition: Module) -> None:
    """Take the options from Ansible, run the module and show what came of it. Does not return."""
    kind = type("Checked", (_CheckedFirst,), {"our_spec": definition.spec})
    module = kind(supports_check_mode=definition.supports_check_mode, **definition.spec.arguments())
    try:
        if module.refusal is not None:
            raise OptionError(module.refusal)
        result = play(definition, module.params, module.check_mode, module._diff, module.warn)
    except VeeamError as error:
        result = {**error.result(), "failed": True}
    except Interrupted as stop:
        result = {**stop.result(), "failed": True}
    result = censored(result, module.no_log)
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
