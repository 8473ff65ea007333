#!/usr/bin/env python3
# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of docs/developers.md: every module with its folders, every file with what it says of itself first.

.venv/bin/python scripts/file_table.py           # writes them
.venv/bin/python scripts/file_table.py --check   # says whether they are as they should be
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "docs" / "developers.md"
MODULES = ROOT / "plugins" / "modules"
MODULE_UTILS = ROOT / "plugins" / "module_utils"
PLUGIN_UTILS = ROOT / "plugins" / "plugin_utils"
#: The folders that every module stands on, from below; those of modules come after them.
FLOORS = ("_http", "_em", "_resources", "_module")
BEGIN, END = "<!-- tables of scripts/file_table.py -->\n", "<!-- end of the tables -->\n"


def first_paragraph(path: Path) -> str:
    """What a file says of itself, on one line."""
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(said.partition("\n\n")[0].split()).replace("|", "\\|")


def files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.py")) if path.name != "__init__.py"]


def folders_of(module: Path) -> list[str]:
    """The folders of module_utils that a module takes its options and its flow from."""
    named = re.findall(r"module_utils\.(_\w+)\.", module.read_text(encoding="utf-8"))
    return [name for name in dict.fromkeys(named) if name not in FLOORS]


def tables() -> str:
    """Both tables, as the guide has them."""
    lines = ["", "| module | folders |", "| --- | --- |"]
    for module in sorted(MODULES.glob("*.py")):
        folders = ", ".join(f"`{name}`" for name in folders_of(module))
        lines.append(f"| `{module.stem}` | {folders or 'its action plugin'} |")
    lines += ["", "| file | what it says of itself |", "| --- | --- |"]
    names = sorted(path.name for path in MODULE_UTILS.iterdir() if path.is_dir() and path.name != "__pycache__")
    for name in [*FLOORS, *(name for name in names if name not in FLOORS)]:
        for path in files(MODULE_UTILS / name):
            lines.append(f"| `{path.relative_to(MODULE_UTILS).as_posix()}` | {first_paragraph(path)} |")
    for path in files(PLUGIN_UTILS):
        lines.append(f"| `{path.relative_to(PLUGIN_UTILS.parent).as_posix()}` | {first_paragraph(path)} |")
    return "\n".join(lines) + "\n\n"


def with_tables(guide: str) -> str:
    """The guide with the tables of today."""
    before, found, rest = guide.partition(BEGIN)
    _old, ended, after = rest.partition(END)
    if not (found and ended):
        raise SystemExit(
            f"{GUIDE.name} lacks the lines {BEGIN.strip()} and {END.strip()}: put them where the tables go."
        )
    return before + BEGIN + tables() + END + after


def main() -> int:
    guide = GUIDE.read_text(encoding="utf-8")
    wanted = with_tables(guide)
    if "--check" in sys.argv[1:]:
        return int(guide != wanted)
    GUIDE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
