# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guides say of the repository is so: files they link to, commands they name, the role's variables."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
GUIDES = [
    ROOT / "README.md",
    ROOT / "emulator" / "README.md",
    *sorted((ROOT / "roles").glob("*/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
# made by antsibull-docs when the site is built
GENERATED = "collections/"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(guide: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", guide.read_text("utf-8"))
    dead = [
        target
        for target in targets
        if "://" not in target and not target.startswith(GENERATED) and not (guide.parent / target).exists()
    ]
    assert dead == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_exist(guide: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = re.findall(r"(?:^ {4}|`)make ([a-z][a-z-]*)", guide.read_text("utf-8"), re.MULTILINE)
    assert [name for name in named if name not in targets] == []


def test_web_site_has_every_guide() -> None:
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    listed = set(re.findall(r"^[a-z_]+$", index, re.MULTILINE))
    assert listed == {path.stem for path in (ROOT / "docs").glob("*.md")} - {"index"}


#: The module that a role stands on, and what its list of jobs is called there and in the module.
ROLES = {
    "job_clone": ("veeam_job_clone", "job_clone_clones", "clones"),
    "jobs": ("veeam_job", "jobs", "jobs"),
}
#: Options that only an item can have, where the role has none for all.
ITEMS_ONLY = {"job_clone": {"name", "folder_name"}, "jobs": {"name"}}


def role_file(role: str, name: str) -> Any:
    return yaml.safe_load((ROOT / "roles" / role / name).read_text("utf-8"))


def variable(role: str, option: str) -> str:
    """What an option of the module is called in the role."""
    _module, mine, theirs = ROLES[role]
    return mine if option == theirs else f"{role}_{option}"


@pytest.mark.parametrize("role", ROLES)
def test_role_hands_every_variable_to_the_module(role: str) -> None:
    specified = role_file(role, "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    task = role_file(role, "tasks/main.yml")[0]["block"][0]["backupops.veeam." + ROLES[role][0]]
    # what the playbook for job templates understood comes before the variable itself
    handed_over = {option: re.findall(rf"\b{role}(?!_asked)\w*", value)[-1] for option, value in task.items()}
    assert handed_over == {option: variable(role, option) for option in handed_over}
    assert set(handed_over.values()) == set(specified)


@pytest.mark.parametrize("role", ROLES)
def test_role_documents_every_option_of_the_module(role: str) -> None:
    """An option that is new in the module is not forgotten in the role."""
    module_name, mine, theirs = ROLES[role]
    module = importlib.import_module("ansible_collections.backupops.veeam.plugins.modules." + module_name)
    options = module.MODULE.spec.options
    specified = role_file(role, "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert {variable(role, name) for name in options if name not in ITEMS_ONLY[role]} == set(specified)
    for name, option in options.items():
        if name in ITEMS_ONLY[role]:
            continue
        described = specified[variable(role, name)]
        kind = option.get("type", "str")
        # Ansible checks the specification before the role can take a blank for nothing: only texts may have their type.
        assert described["type"] == (kind if kind in ("str", "path") and "choices" not in option else "raw"), name
        said = "\n".join(described["description"])
        assert [choice for choice in option.get("choices", ()) if f"V({choice})" not in said] == [], name
        assert described.get("no_log", False) == option.get("no_log", False), name
    said = "\n".join(specified[mine]["description"])
    of_an_item = options[theirs].get("options") or module.MODULE.spec.items[theirs]
    assert [name for name in of_an_item if f"C({name})" not in said] == []


def test_the_report_takes_what_the_module_takes() -> None:
    module = importlib.import_module("ansible_collections.backupops.veeam.plugins.modules.veeam_protection_info")
    own = {"folder", "fail_on", "mode"}
    variables = {f"protection_report_{option}" for option in {*module.MODULE.spec.options, *own}}
    specified = role_file("protection_report", "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert set(specified) == variables
    asks = next(
        task["backupops.veeam.veeam_protection_info"]
        for task in role_file("protection_report", "tasks/main.yml")
        if "backupops.veeam.veeam_protection_info" in task
    )
    assert {option: re.findall(r"protection_report_(?!asked\b)\w*", value)[0] for option, value in asks.items()} == {
        option: f"protection_report_{option}" for option in module.MODULE.spec.options
    }
    for option, entry in module.MODULE.spec.options.items():
        assert specified[f"protection_report_{option}"].get("no_log", False) == entry.get("no_log", False)


#: Those that take no variables: what they do is all in the event, or in themselves.
WITHOUT_VARIABLES = {"demo", "retry_failed_job"}
PLAYBOOKS = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml") if path.stem not in WITHOUT_VARIABLES)
PREFIXES = {"clone_jobs": "job_clone", "report_event": "report", "ticket_late_machines": "ticket"}


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_guides_have_every_variable_of_a_playbook(playbook: str) -> None:
    """Those that its first lines name, and those that it reads and has no value of its own for."""
    text = (ROOT / "playbooks" / f"{playbook}.yml").read_text("utf-8")
    prefix = PREFIXES.get(playbook, playbook)
    head = text.partition("\n- name:")[0]
    named = set(re.findall(rf"^#.*?\b({prefix}_[a-z_]+)", head, re.MULTILINE))
    given = set(re.findall(rf"\b({prefix}_[a-z_]+) \| default\(none\) \| backupops", text))
    guides = "".join(path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md"))
    assert named | given
    assert [name for name in sorted(named | given) if f"`{name}`" not in guides] == []
