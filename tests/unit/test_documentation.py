# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation says of the options against the specification that Ansible enforces."""

from __future__ import annotations

import importlib.resources
import typing as t

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.backupops.veeam.plugins.doc_fragments import attributes, connection
from ansible_collections.backupops.veeam.plugins.module_utils._clone import options as _options
from ansible_collections.backupops.veeam.plugins.modules import veeam_job_clone

Options = dict[str, dict[str, t.Any]]
COLLECTION = "ansible_collections.backupops.veeam"
DOCUMENTATION = yaml.safe_load(veeam_job_clone.DOCUMENTATION)
FRAGMENTS = {"backupops.veeam.connection": connection, "backupops.veeam.attributes": attributes}


def documented() -> Options:
    """The options of the module and of the fragments that it names, as ansible-doc merges them."""
    options: Options = {}
    for name in DOCUMENTATION["extends_documentation_fragment"]:
        fragment = yaml.safe_load(FRAGMENTS[name].ModuleDocFragment.DOCUMENTATION)
        options.update(fragment.get("options", {}))
    return {**options, **DOCUMENTATION["options"]}


def facts(entry: dict[str, t.Any], sub: str) -> dict[str, t.Any]:
    """What documentation and specification both say of an option; sub: what each calls options within it."""
    own = {
        "type": entry.get("type", "str"),
        "required": entry.get("required", False),
        "default": entry.get("default"),
        "choices": list(entry.get("choices") or []),
        "aliases": list(entry.get("aliases") or []),
        "elements": entry.get("elements"),
    }
    own["inner"] = {name: facts(inner, sub) for name, inner in (entry.get(sub) or {}).items()}
    return own


@pytest.mark.parametrize("option", sorted({*documented(), *_options.SPEC.options}))
def test_documentation_and_specification_agree(option: str) -> None:
    assert option in documented(), "not documented"
    assert option in _options.SPEC.options, "documented, but not there"
    assert facts(documented()[option], "suboptions") == facts(_options.SPEC.options[option], "options")


def texts(description: str | list[str]) -> str:
    return description if isinstance(description, str) else " ".join(description)


@pytest.mark.parametrize("option", sorted(_options.SPEC.options))
def test_every_variable_is_documented(option: str) -> None:
    described = texts(documented()[option]["description"])
    _function, variables = _options.SPEC.options[option].get("fallback", (None, []))
    for variable in variables:
        assert "E(%s)" % variable in described
    assert described.count("E(") == len(variables)


def test_every_option_is_described() -> None:
    for name, entry in documented().items():
        assert texts(entry["description"]).strip(), name
        for inner, suboption in entry.get("suboptions", {}).items():
            assert texts(suboption["description"]).strip(), inner


def test_the_settled_interface() -> None:
    """Names, types and defaults that playbooks hold on to."""
    spec = _options.SPEC.options
    settled = {
        "hostname": ("str", None),
        "port": ("int", 9398),
        "username": ("str", None),
        "password": ("str", None),
        "session_id": ("str", None),
        "validate_certs": ("bool", True),
        "ca_path": ("path", None),
        "use_proxy": ("bool", True),
        "timeout": ("float", 30),
        "api_version": ("str", "latest"),
        "media_type": ("str", "xml"),
        "source_job": ("str", None),
        "backup_server": ("str", None),
        "name": ("str", None),
        "description": ("str", None),
        "folder_name": ("str", None),
        "repository": ("str", None),
        "vm_suffix": ("str", None),
        "wait": ("bool", True),
        "wait_timeout": ("float", 300),
        "poll_interval": ("float", 5),
        "on_timeout": ("str", "fail"),
        "clones": ("list", None),
        "max_parallel": ("int", 4),
    }
    assert {name: (spec[name]["type"], spec[name].get("default")) for name in settled} == settled
    assert {name: entry["aliases"] for name, entry in spec.items() if "aliases" in entry} == {
        "source_job": ["job"],
        "name": ["job_name"],
        "folder_name": ["job_file_name"],
    }
    inner = {name: spec[name] for name in _options.CLONE_OPTIONS}
    assert spec["clones"]["options"] == inner


def tasks() -> list[dict[str, t.Any]]:
    """The arguments of every task of the examples that uses the module, with the defaults of its play."""
    found = []
    for entry in yaml.safe_load(veeam_job_clone.EXAMPLES):
        defaults = entry.get("module_defaults", {}).get("group/backupops.veeam.veeam", {})
        for task in entry.get("tasks", [entry]):
            if "backupops.veeam.veeam_job_clone" in task:
                found.append({**defaults, **task["backupops.veeam.veeam_job_clone"]})
    return found


@pytest.mark.parametrize("arguments", tasks())
def test_examples_are_accepted(arguments: dict[str, t.Any]) -> None:
    connection_of_the_environment = {"hostname": "em", "username": "u", "password": "p"}
    given = {**connection_of_the_environment, **arguments}
    given.pop("ca_path", None)
    checked = ArgumentSpecValidator(**_options.SPEC.arguments()).validate(given)
    assert not checked.error_messages
    assert _options.settings(checked.validated_parameters)


def test_examples_are_there() -> None:
    assert len(tasks()) >= 4


def test_every_module_is_in_the_action_group() -> None:
    meta = importlib.resources.files(COLLECTION) / "meta" / "runtime.yml"
    groups = yaml.safe_load(meta.read_text())["action_groups"]
    modules = importlib.resources.files(COLLECTION) / "plugins" / "modules"
    names = {entry.name[:-3] for entry in modules.iterdir() if entry.name.endswith(".py")}
    listed = {name.rpartition(".")[2] for name in groups["veeam"] if isinstance(name, str)}
    assert names - {"__init__"} == listed
