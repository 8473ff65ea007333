# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/adding_a_module.md, done word for word in a copy of the checkout: its files, its changes, its commands.

A block belongs to the file that the text names last before it. A diff is found by its own lines, each time once.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[3]
GUIDE = ROOT / "docs" / "adding_a_module.md"


class Block(NamedTuple):
    """A block of the guide, and the file that it is for."""

    file: str
    language: str
    text: str


def blocks(guide: str) -> list[Block]:
    found: list[Block] = []
    parts = re.split(r"^```(\w+)\n(.*?)^```$", guide, flags=re.MULTILINE | re.DOTALL)
    for before, language, text in zip(parts[::3], parts[1::3], parts[2::3], strict=False):
        named = re.findall(r"`([\w./-]+\.(?:py|md|yml))`", before)
        found.append(Block(named[-1] if named else found[-1].file, language, text))
    return found


def commands(guide: str) -> list[str]:
    return re.findall(r"^ {4}(.+)$", guide.rpartition("run the tests:")[2], re.MULTILINE)


def copy_of_the_checkout(target: Path) -> None:
    """What git knows or would add, and a .venv that holds what the checkout's does, so that nothing is set up."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode("utf-8").split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    venv = target / ".venv"
    venv.mkdir()
    for entry in (ROOT / ".venv").iterdir():
        if entry.name not in (".location", ".stamp"):
            (venv / entry.name).symlink_to(entry)
    (venv / ".location").write_text(f"{venv}\n", "utf-8")
    (venv / ".stamp").touch()


def apply(block: Block, checkout: Path) -> None:
    path = checkout / block.file
    if block.language != "diff":
        assert not path.exists(), block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, "utf-8")
        return
    lines = block.text.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if line[0] in " -")
    new = "".join(line[1:] for line in lines if line[0] in " +")
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{block.file} does not have this once:\n{old}"
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.timeout(600)
def test_the_guide_works_word_for_word(tmp_path: Path) -> None:
    guide = GUIDE.read_text("utf-8")
    collections = tmp_path / "collections"
    checkout = collections / "ansible_collections" / "backupops" / "veeam"
    copy_of_the_checkout(checkout)
    for empty in re.findall(r"an empty `([\w./-]+)`", guide):
        (checkout / empty).parent.mkdir(parents=True)
        (checkout / empty).touch()
    for block in blocks(guide):
        apply(block, checkout)
    # The copy comes before the checkout that .venv knows.
    env = {**os.environ, "PYTHONPATH": str(collections)}
    env.pop("PYTHON", None)
    asked = commands(guide)
    assert asked[0] == "make format"
    assert len(asked) > 3
    for command in asked:
        done = subprocess.run(shlex.split(command), cwd=checkout, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout[-8000:]}{done.stderr[-2000:]}"
    # The guide's code is in the house style itself.
    new = [block for block in blocks(guide) if block.language == "python"]
    assert [block.file for block in new if (checkout / block.file).read_text("utf-8") != block.text] == []
    ruff = [".venv/bin/ruff", "check", *(block.file for block in new)]
    linted = subprocess.run(ruff, cwd=checkout, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout
