# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as a user has it: its archive, installed into an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds ansible_collections, as `ansible-galaxy collection install` has made it of the archive."""
    folder = tmp_path_factory.mktemp("installed")
    env = {**os.environ, "ANSIBLE_HOME": str(folder / "home")}
    # What git knows or would add, as scripts/collection.py takes it, but not in build/, where others may be at work.
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    copy = folder / "copy"
    for name in filter(None, map(os.fsdecode, names)):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((ROOT / name).read_bytes())
    build = [str(BIN / "ansible-galaxy"), "collection", "build", "--output-path", str(folder)]
    subprocess.run(build, cwd=copy, env=env, check=True, capture_output=True)
    (archive,) = folder.glob("*.tar.gz")
    install = [
        str(BIN / "ansible-galaxy"),
        "collection",
        "install",
        "--offline",
        "--force",
        "-p",
        str(folder),
        str(archive),
    ]
    subprocess.run(install, cwd=folder, env=env, check=True, capture_output=True)
    return folder
