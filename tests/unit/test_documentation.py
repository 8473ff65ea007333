# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation says against the specification that Ansible enforces, for every module that there is."""

from __future__ import annotations

import importlib
import importlib.resources
import typing as t

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.backupops.veeam.plugins.module_utils._clone import options as _options
from ansible_collections.backupops.veeam.plugins.module_utils._module.connection import connection_spec
from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module

Options = dict[str, dict[str, t.Any]]
COLLECTION = "ansible_collections.backupops.veeam"
PLUGINS = importlib.resources.files(COLLECTION) / "plugins"
MODULES = sorted(entry.name[:-3] for entry in (PLUGINS / "modules").iterdir() if entry.name.startswith("veeam_"))
#: Keys of every result. What a server or a connection said is in all of them where a task failed.
ALWAYS = {"msg", "changed", "retries", "error"}


def file_of(module: str) -> t.Any:
    return importlib.import_module("%s.plugins.modules.%s" % (COLLECTION, module))


def definition(module: str) -> Module:
    return t.cast(Module, file_of(module).MODULE)


def documentation(module: str) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", yaml.safe_load(file_of(module).DOCUMENTATION))


def documented(module: str) -> Options:
    """The options of the module and of the fragments that it names, as ansible-doc merges them."""
    options: Options = {}
    for name in documentation(module)["extends_documentation_fragment"]:
        fragment = importlib.import_module("%s.plugins.doc_fragments.%s" % (COLLECTION, name.rpartition(".")[2]))
        options.update(yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION).get("options", {}))
    return {**options, **documentation(module).get("options", {})}


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


OPTIONS = [
    (module, option) for module in MODULES for option in sorted({*documented(module), *definition(module).spec.options})
]


@pytest.mark.parametrize(("module", "option"), OPTIONS)
def test_documentation_and_specification_agree(module: str, option: str) -> None:
    spec = definition(module).spec.options
    assert option in documented(module), "not documented"
    assert option in spec, "documented, but not there"
    assert facts(documented(module)[option], "suboptions") == facts(spec[option], "options")


def texts(description: str | list[str]) -> str:
    return description if isinstance(description, str) else " ".join(description)


@pytest.mark.parametrize(("module", "option"), OPTIONS)
def test_every_variable_is_documented(module: str, option: str) -> None:
    described = texts(documented(module)[option]["description"])
    _function, variables = definition(module).spec.options[option].get("fallback", (None, []))
    for variable in variables:
        assert "E(%s)" % variable in described
    assert described.count("E(") == len(variables)


@pytest.mark.parametrize(("module", "option"), OPTIONS)
def test_every_option_is_described(module: str, option: str) -> None:
    def look(name: str, entry: dict[str, t.Any]) -> None:
        assert texts(entry["description"]).strip(), name
        for inner, suboption in (entry.get("suboptions") or {}).items():
            look(inner, suboption)

    look(option, documented(module)[option])


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_the_connection(module: str) -> None:
    spec = definition(module).spec.options
    assert {option: spec[option] for option in connection_spec()} == connection_spec()


@pytest.mark.parametrize("module", MODULES)
def test_every_result_is_described(module: str) -> None:
    def look(name: str, entry: dict[str, t.Any]) -> None:
        assert texts(entry["description"]).strip(), name
        assert entry["type"], name
        for inner, member in (entry.get("contains") or {}).items():
            look(inner, member)

    results = yaml.safe_load(file_of(module).RETURN)
    assert set(results) >= ALWAYS
    for name, entry in results.items():
        assert entry["returned"], name
        look(name, entry)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_says_what_it_does_in_check_mode(module: str) -> None:
    attributes = documentation(module)["attributes"]
    supported = attributes["check_mode"]["support"] != "none"
    assert supported is definition(module).supports_check_mode
    assert {"check_mode", "diff_mode", "idempotent"} <= set(attributes)


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
        "session_id": ["session_token"],
        "source_job": ["job"],
        "name": ["job_name"],
        "folder_name": ["job_file_name"],
    }
    inner = {name: spec[name] for name in _options.CLONE_OPTIONS}
    assert spec["clones"]["options"] == inner


def tasks(module: str) -> list[dict[str, t.Any]]:
    """The arguments of every task of the examples that uses the module, with the defaults of its play or block."""
    found: list[dict[str, t.Any]] = []

    def look(entry: dict[str, t.Any], defaults: dict[str, t.Any]) -> None:
        defaults = {**defaults, **entry.get("module_defaults", {}).get("group/backupops.veeam.veeam", {})}
        name = "backupops.veeam." + module
        if name in entry:
            found.append({**defaults, **(entry[name] or {})})
        for part in ("tasks", "block", "rescue", "always"):
            for task in entry.get(part, ()):
                look(task, defaults)

    for entry in yaml.safe_load(file_of(module).EXAMPLES):
        look(entry, {})
    return found


EXAMPLES = [(module, arguments) for module in MODULES for arguments in tasks(module)]


@pytest.mark.parametrize(("module", "arguments"), EXAMPLES)
def test_examples_are_accepted(module: str, arguments: dict[str, t.Any]) -> None:
    given = {"hostname": "em", **arguments}
    if not {"session_id", "session_token"} & set(arguments):
        given = {"username": "u", "password": "p", **given}
    given.pop("ca_path", None)
    if "logon_session_id" in given:
        given["logon_session_id"] = "9c1e7d34-5a2b-4f86-b0d3-e1f2a3b4c5d6"
    for token in {"session_id", "session_token"} & set(given):
        given[token] = "token"
    own = definition(module)
    checked = ArgumentSpecValidator(**own.spec.arguments()).validate(given)
    assert not checked.error_messages
    assert own.settings(checked.validated_parameters)


@pytest.mark.parametrize("module", MODULES)
def test_examples_are_there(module: str) -> None:
    assert tasks(module)


def test_every_module_is_in_the_action_group() -> None:
    meta = importlib.resources.files(COLLECTION) / "meta" / "runtime.yml"
    groups = yaml.safe_load(meta.read_text())["action_groups"]
    assert groups["veeam"] == MODULES


def test_every_module_has_its_action() -> None:
    """Without one it would never run in the worker."""
    actions = {entry.name[:-3] for entry in (PLUGINS / "action").iterdir() if entry.name.startswith("veeam_")}
    assert actions == set(MODULES)
