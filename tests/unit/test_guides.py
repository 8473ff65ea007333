# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No guide lacks what there is: each module in the pages that list them, each file in the developers' guide."""

from __future__ import annotations

import ast
import importlib.util
import re
import typing as t
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
#: Where each module is named, and how it looks there.
PAGES = {
    "README.md": "| `{}` |",
    "docs/index.md": "[{0}](collections/{0}_module.rst)",
    "docs/developers.md": "| `{}` |",
}


def file_table() -> t.Any:
    spec = importlib.util.spec_from_file_location("file_table", ROOT / "scripts" / "file_table.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_lists_the_modules_has_each_of_them(page: str, module: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    line = PAGES[page].format(module)
    assert line in text, f"{page} lacks {line}"


def test_the_developers_guide_has_what_the_files_say_of_themselves() -> None:
    guide = (ROOT / "docs" / "developers.md").read_text("utf-8")
    assert guide == file_table().with_tables(guide), "run `make format`, or .venv/bin/python scripts/file_table.py"


def test_every_file_says_what_it_is_for() -> None:
    script = file_table()
    folders = (script.MODULE_UTILS, script.PLUGIN_UTILS)
    assert [path for folder in folders for path in script.files(folder) if not script.first_paragraph(path)] == []


def said_by_the_client() -> str:
    """Every text of the client's code; an ellipsis stands for what is put into it."""
    texts = []
    for path in sorted((ROOT / "plugins" / "module_utils").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else "…" for part in node.values]
                texts.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
    return "\n".join(texts)


def test_messages_that_the_guide_explains_are_messages_of_the_client() -> None:
    guide = (ROOT / "docs" / "getting_started.md").read_text("utf-8")
    table = re.findall(r"^\| (`.*`) \| .* \|$", guide.partition("## When it fails")[2], re.MULTILINE)
    quoted = [quote for row in table for quote in re.findall(r"`([^`]+)`", row)]
    assert len(quoted) > 5
    said = said_by_the_client()
    assert [quote for quote in quoted if quote not in said] == []


@pytest.mark.parametrize("guide", ["docs/developers.md", "docs/adding_a_module.md"])
def test_files_that_a_guide_names_are_there(guide: str) -> None:
    text = (ROOT / guide).read_text("utf-8")
    named = set(re.findall(r"`((?:plugins|tests|scripts|docs|emulator|playbooks|roles)/[\w./-]+)`", text))
    named |= {f"plugins/module_utils/{name}" for name in re.findall(r"`(_\w+/\w+\.py)`", text)}
    # The module that the guide makes is in no checkout; tests/slow/tools makes it as the guide says.
    assert sorted(name for name in named if "managed_server" not in name and not (ROOT / name).exists()) == []
