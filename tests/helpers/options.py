# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options on their way into a module, as they are checked in a run of Ansible."""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import OptionError
from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module
from ansible_collections.backupops.veeam.plugins.module_utils._module.shapes import shaped


def as_ansible_does(module: Module, given: dict[str, t.Any]) -> dict[str, t.Any]:
    """What the module is given of them. Raises OptionError where one has not the shape that it should have."""
    options, refusal = shaped(module.spec, given)
    if refusal is not None:
        raise OptionError(refusal)
    checked = ArgumentSpecValidator(**module.spec.arguments()).validate(options)
    assert not checked.error_messages, checked.error_messages
    return dict(checked.validated_parameters)
