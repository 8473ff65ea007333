# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guides say of the repository is so: files they link to, commands they name, the role's variables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
GUIDES = [
    ROOT / "README.md",
    ROOT / "emulator" / "README.md",
    ROOT / "roles" / "job_clone" / "README.md",
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


def role_file(name: str) -> Any:
    return yaml.safe_load((ROOT / "roles" / "job_clone" / name).read_text("utf-8"))


def test_role_hands_every_variable_to_the_module() -> None:
    specified = role_file("meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    task = role_file("tasks/main.yml")[0]["block"][0]["backupops.veeam.veeam_job_clone"]
    handed_over = {option: re.findall(r"job_clone_\w+", value)[0] for option, value in task.items()}
    assert handed_over == {name.removeprefix("job_clone_"): name for name in specified}


def test_role_documents_every_option_of_the_module() -> None:
    """An option that is new in the module is not forgotten in the role. name and folder_name go into the items."""
    from ansible_collections.backupops.veeam.plugins.module_utils._clone.options import SPEC

    specified = role_file("meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    module = SPEC.options
    assert {f"job_clone_{name}" for name in module if name not in ("name", "folder_name")} == set(specified)
    for name, variable in specified.items():
        option = module[name.removeprefix("job_clone_")]
        assert variable["type"] == option.get("type", "str"), name
        assert variable.get("choices") == option.get("choices"), name
        assert variable.get("no_log", False) == option.get("no_log", False), name
    items = specified["job_clone_clones"]["options"]
    assert set(items) == set(module["clones"]["options"])
