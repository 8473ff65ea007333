# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring the collection awx.awx and the module community.general.mail into .venv-awx, out of the package of PyPI that
carries them and that requirements/awx.txt names. The package is downloaded, and of it only these are kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / ".venv-awx"
GENERAL = "ansible_collections/community/general/"
#: What the collections of the guides are made of, as far as the guides use them.
WANTED = (
    "ansible_collections/awx/awx/",
    *(GENERAL + part for part in ("MANIFEST.json", "galaxy.yml", "plugins/modules/mail.py")),
)


def main() -> int:
    shutil.rmtree(TARGET, ignore_errors=True)
    print("Getting awx.awx and community.general.mail ...", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary=:all:", "--ignore-requires-python", "--dest", folder]
        if subprocess.run([*command, "-r", ROOT / "requirements" / "awx.txt"], check=False).returncode:
            print("They could not be downloaded: check that a Python package index can be reached.", file=sys.stderr)
            return 1
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(TARGET, [name for name in archive.namelist() if name.startswith(WANTED)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
