# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AnsibleModule and the action `normal` do around a module, for code that runs in the Ansible worker itself.

Options pass the same JSON, the same validation and the same masking, and the result goes through the parser that reads
a module's output. So a playbook cannot tell the two apart, on any ansible-core from 2.16 to 2.21.
"""

from __future__ import annotations

import inspect
import json
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import OptionError
from ansible_collections.backupops.veeam.plugins.module_utils._module.secrets import holds, signs_of
from ansible_collections.backupops.veeam.plugins.module_utils._module.shapes import shaped

if t.TYPE_CHECKING:
    from ansible.plugins.action import ActionBase
    from ansible_collections.backupops.veeam.plugins.module_utils._module.spec import Spec

#: Called with the options, check mode, diff mode and warn(); returns what exit_json() or fail_json() would be given.
Body = t.Callable[[dict[str, t.Any], bool, bool, t.Callable[[str], None]], dict[str, t.Any]]


class NotSerializable(Exception):
    """An option holds what no module could be given. Ansible itself has the sentence for it."""


def run_as_module(action: ActionBase, task_vars: dict[str, t.Any], spec: Spec, body: Body) -> dict[str, t.Any]:
    """Validate the task's options, run body with them and return its result as that of a module.

    Raises NotSerializable, before anything else has happened.
    """
    given, flags = _options(action, task_vars)
    options, wrong = shaped(spec, given)
    validation = ArgumentSpecValidator(**spec.arguments()).validate(options)
    params = {**options, **validation.validated_parameters}
    warnings = [
        f"Both option {given['option']} and its alias {given['alias']} are set." for given in validation._warnings
    ]
    refusal = _refusal(validation, flags["_ansible_module_name"])
    if wrong is not None:
        result: dict[str, t.Any] = {**OptionError(wrong).result(), "failed": True}
    elif refusal is not None:
        result = {"failed": True, "msg": refusal}
    else:
        check_mode, diff = bool(flags["_ansible_check_mode"]), bool(flags["_ansible_diff"])
        result = body(params, check_mode, diff, warnings.append)
    # ansible-core 2.21 says whether it wants this key, older ones always do.
    if flags.get("_ansible_inject_invocation", True):
        result["invocation"] = {"module_args": params}
    if warnings:
        result["warnings"] = list(dict.fromkeys(warnings))
    if validation._deprecations:
        result["deprecations"] = [_deprecation(found) for found in validation._deprecations]
    masked = _masked(result, validation._no_log_values)
    result.clear()
    return _received(action, masked)


def _options(action: ActionBase, task_vars: dict[str, t.Any]) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """The options as they would arrive in a module, and what Ansible tells a module besides (_ansible_...)."""
    given = dict(action._task.args)
    action._update_module_args(action._task.action, given, task_vars)
    flags = {name: given.pop(name) for name in list(given) if name.startswith("_ansible_")}
    try:
        # Vaulted, unsafe and tagged values become plain ones, dates become text.
        return json.loads(_to_json(given)), flags
    except (TypeError, ValueError) as error:
        raise NotSerializable from error


def _to_json(given: dict[str, t.Any]) -> str:
    try:
        from ansible.module_utils.common.json import Direction, get_module_encoder
    except ImportError:
        # ansible-core 2.16 to 2.18
        from ansible.module_utils.common.json import AnsibleJSONEncoder

        return json.dumps(given, cls=AnsibleJSONEncoder, vault_to_text=True)
    return json.dumps(given, cls=get_module_encoder("legacy", Direction.CONTROLLER_TO_MODULE))


def _refusal(validation: ValidationResult, name: str) -> str | None:
    """AnsibleModule's sentence for options that do not fit the specification."""
    if not validation.error_messages:
        return None
    sentence = validation.errors.msg
    if isinstance(validation.errors[0], UnsupportedError):
        sentence = f"Unsupported parameters for ({name}) module: {sentence}"
    return t.cast(str, sentence)


def _deprecation(found: dict[str, t.Any]) -> dict[str, t.Any]:
    when = {key: found[key] for key in ("version", "date") if found.get(key) is not None} or {"version": None}
    return {"msg": found["msg"], **when, "collection_name": found.get("collection_name")}


def _masked(result: dict[str, t.Any], secrets: set[str]) -> dict[str, t.Any]:
    """The result as AnsibleModule masks it, without a look into each text of what holds no secret at all."""
    signs = signs_of(secrets)
    # Inside of lists and dicts these are texts to ansible-core before 2.19, but not as JSON writes them.
    everywhere = any(sign in "True False None" for sign in signs)

    def masked(value: t.Any) -> t.Any:
        # A secret such as "True" must not turn the result's own yes, no and null into asterisks.
        if value is None or isinstance(value, bool):
            return value
        return remove_values(value, secrets) if everywhere or holds(value, signs) else value

    return {key: masked(value) for key, value in result.items()}


def _received(action: ActionBase, result: dict[str, t.Any]) -> dict[str, t.Any]:
    """The result as the action `normal` has it from a module that printed it."""
    text = json.dumps(result)
    output = {"rc": 0, "stdout": text, "stdout_lines": [], "stderr": "", "stderr_lines": []}
    # A result of megabytes is not there twice while it is read.
    result.clear()
    try:
        parse = action._parse_returned_data
        arguments = (output, "legacy") if "profile" in inspect.signature(parse).parameters else (output,)
        parsed = parse(*arguments)
        # ansible-core 2.21 has a type of its own for results
        return parsed if isinstance(parsed, dict) else parsed.as_result_dict(for_round_trip=True)
    except (AttributeError, TypeError):
        # A later ansible-core with another parser: only its wording "Module failed" is lost.
        return t.cast("dict[str, t.Any]", json.loads(text))
