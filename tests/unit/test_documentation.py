# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation of every module says of its options against the specification that Ansible enforces.

The modules are found, not listed: a new file in plugins/modules is tested without a change here.
"""

from __future__ import annotations

import ast
import importlib
import importlib.resources
import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.backupops.veeam.plugins.module_utils._module.connection import connection_spec
from ansible_collections.backupops.veeam.plugins.module_utils._module.definition import Module

Options = dict[str, dict[str, t.Any]]
COLLECTION = "ansible_collections.backupops.veeam"
PLUGINS = importlib.resources.files(COLLECTION) / "plugins"
ROOT = Path(__file__).resolve().parents[2]
GROUP = "group/backupops.veeam.veeam"
#: The pages with examples that users copy.
PAGES = [
    page
    for pattern in ("README.md", "docs/*.md", "emulator/README.md", "roles/*/README.md")
    for page in sorted(ROOT.glob(pattern))
    if "```yaml" in page.read_text("utf-8")
]


def names_in(folder: str) -> list[str]:
    return sorted(entry.name[:-3] for entry in (PLUGINS / folder).iterdir() if entry.name.startswith("veeam_"))


class Documented(t.NamedTuple):
    """A module as it is documented and as it is defined."""

    name: str
    module: Module
    documentation: dict[str, t.Any]
    options: Options
    examples: list[t.Any]
    returned: dict[str, t.Any]


def read_yaml(text: str) -> t.Any:
    """With the parser in C, which is ten times as quick, where PyYAML has it."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def documented(name: str) -> Documented:
    """The module with the options of the fragments that it names, as ansible-doc merges them."""
    file = importlib.import_module(f"{COLLECTION}.plugins.modules.{name}")
    documentation = read_yaml(file.DOCUMENTATION)
    for fragment in documentation["extends_documentation_fragment"]:
        plugin, _unused, section = fragment.removeprefix("backupops.veeam.").partition(".")
        found = importlib.import_module(f"{COLLECTION}.plugins.doc_fragments.{plugin}").ModuleDocFragment
        said = read_yaml(getattr(found, (section or "documentation").upper()))
        documentation.setdefault("notes", []).extend(said.get("notes", []))
        for part in ("options", "attributes"):
            own = documentation.setdefault(part, {})
            for entry, values in said.get(part, {}).items():
                own[entry] = {**values, **own.get(entry, {})}
    return Documented(
        name,
        file.MODULE,
        documentation,
        documentation["options"],
        read_yaml(file.EXAMPLES),
        read_yaml(file.RETURN),
    )


MODULES = {name: documented(name) for name in names_in("modules")}
each_module = pytest.mark.parametrize("module", MODULES.values(), ids=MODULES)
each_option = pytest.mark.parametrize(
    ("module", "option"),
    [
        pytest.param(module, option, id=f"{module.name}-{option}")
        for module in MODULES.values()
        for option in sorted({*module.options, *module.module.spec.options})
    ],
)


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


def texts(description: str | list[str]) -> str:
    return description if isinstance(description, str) else " ".join(description)


def described(options: Options) -> t.Iterator[tuple[str, str]]:
    """Name and description of every option, those within options too."""
    for name, entry in options.items():
        yield name, texts(entry["description"])
        yield from described(entry.get("suboptions", {}))


def test_there_are_modules() -> None:
    assert "veeam_job_clone" in MODULES


@each_option
def test_documentation_and_specification_agree(module: Documented, option: str) -> None:
    spec = module.module.spec.options
    assert option in module.options, "not documented"
    assert option in spec, "documented, but not there"
    assert facts(module.options[option], "suboptions") == facts(spec[option], "options")


@each_option
def test_every_variable_is_documented(module: Documented, option: str) -> None:
    said = texts(module.options[option]["description"])
    _function, variables = module.module.spec.options[option].get("fallback", (None, []))
    for variable in variables:
        assert f"E({variable})" in said
    assert said.count("E(") == len(variables)


@each_module
def test_every_option_is_described(module: Documented) -> None:
    assert [name for name, said in described(module.options) if not said.strip().endswith((".", ")"))] == []


@each_module
def test_every_module_has_the_connection_options(module: Documented) -> None:
    """The same for all, so that module_defaults of the group fit all of them."""
    for option, entry in connection_spec().items():
        assert module.module.spec.options[option] == entry


@each_module
def test_every_returned_key_says_when_and_of_which_type(module: Documented) -> None:
    def check(returned: dict[str, t.Any], place: str) -> None:
        for name, entry in returned.items():
            assert texts(entry["description"]).strip(), place + name
            assert entry["type"], place + name
            check(entry.get("contains") or {}, place + name + ".")

    check(module.returned, "")
    assert module.returned, "nothing is said of the result"
    assert [name for name, entry in module.returned.items() if not entry.get("returned")] == []


@each_module
def test_check_mode_is_documented_as_it_is(module: Documented) -> None:
    support = module.documentation["attributes"]["check_mode"]["support"]
    assert (support != "none") is module.module.supports_check_mode


@each_module
def test_every_module_says_that_it_logs_out_and_how_long_it_takes(module: Documented) -> None:
    notes = " ".join(module.documentation["notes"])
    assert "A session that a task opens for itself is closed" in notes
    assert "wait_timeout" in module.options or " at the latest" in notes


@each_module
def test_no_option_is_described_twice(module: Documented) -> None:
    """A text that two modules share is in a fragment, so that it is changed in one place."""
    mine = read_yaml(importlib.import_module(f"{COLLECTION}.plugins.modules.{module.name}").DOCUMENTATION)
    others = [other for other in MODULES.values() if other.name != module.name]
    for option, entry in mine.get("options", {}).items():
        if "description" in entry:
            same = [other.options[option] for other in others if option in other.options]
            assert texts(entry["description"]) not in [texts(other["description"]) for other in same]


def aliases(options: Options) -> set[str]:
    return {alias for entry in options.values() for alias in entry.get("aliases", ())}


def tasks(module: Documented, entries: t.Iterable[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """The arguments of every task in them that uses the module, with the defaults of its play and blocks."""
    found: list[dict[str, t.Any]] = []

    def look(entry: dict[str, t.Any], defaults: dict[str, t.Any]) -> None:
        set_here = entry.get("module_defaults", {})
        # Ansible ends the play where there is no such group.
        assert {name for name in set_here if name.startswith("group/")} <= {GROUP}
        defaults = {**defaults, **set_here.get(GROUP, {})}
        if "backupops.veeam." + module.name in entry:
            found.append({**defaults, **entry["backupops.veeam." + module.name]})
        for part in ("tasks", "block", "rescue", "always"):
            for task in entry.get(part, ()):
                look(task, defaults)

    for entry in entries:
        look(entry, {})
    return found


def assert_accepted(module: Documented, arguments: dict[str, t.Any]) -> None:
    assert set(arguments) <= {*module.options, *aliases(module.options)}
    if "{{" in str(arguments):
        return  # only a run of Ansible knows the values
    given = {"hostname": "em", "username": "u", "password": "p", **arguments}
    given.pop("ca_path", None)
    checked = ArgumentSpecValidator(**module.module.spec.arguments()).validate(given)
    assert not checked.error_messages
    assert module.module.settings(checked.validated_parameters)


@each_module
def test_examples_are_accepted(module: Documented) -> None:
    assert tasks(module, module.examples), "there is no example"
    for arguments in tasks(module, module.examples):
        assert_accepted(module, arguments)


def yaml_blocks(page: Path) -> list[t.Any]:
    return [
        read_yaml(block)
        for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_examples_of_a_guide_are_accepted(page: Path) -> None:
    for block in yaml_blocks(page):
        entries = block if isinstance(block, list) else [block]
        for module in MODULES.values():
            for arguments in tasks(module, [entry for entry in entries if isinstance(entry, dict)]):
                assert_accepted(module, arguments)


def test_every_module_is_in_the_action_group() -> None:
    meta = importlib.resources.files(COLLECTION) / "meta" / "runtime.yml"
    groups = read_yaml(meta.read_text())["action_groups"]
    listed = {name.rpartition(".")[2] for name in groups["veeam"] if isinstance(name, str)}
    assert listed == set(MODULES)


def test_every_module_has_its_action() -> None:
    assert names_in("action") == sorted(MODULES)
    for name, module in MODULES.items():
        action = importlib.import_module(f"{COLLECTION}.plugins.action.{name}").ActionModule
        assert (action.own.name, action.own.definition) == (name, module.module)


@each_module
def test_a_module_is_thin(module: Documented) -> None:
    """Documentation, imports, MODULE and main(): what it does is in module_utils, where it can be tested."""
    tree = ast.parse((PLUGINS / "modules" / (module.name + ".py")).read_text())
    functions = [node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    assert functions == ["main"]
