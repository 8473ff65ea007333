# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the quick tests on every other Python that is installed, each with the newest ansible-core for it.

- On 3.10, 3.11, 3.12, 3.13 and 3.14, but the one that .venv has: the unit tests and the demo (all four kinds of job,
  twice), in an environment of its own, .venv-matrix/VERSION.
- On 3.9, where the module must still run but Ansible's newer versions do not: the demo, with .venv's Ansible and the
  module on that Python.

Ends in a table. Exit status 0 when everything that could be run passed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
MODULE_ONLY = "3.9"


def find(version: str) -> Path | None:
    """An interpreter of that version that really runs: on PATH, or among pyenv's."""
    candidates = [Path(found)] if (found := shutil.which(f"python{version}")) else []
    candidates += sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    for candidate in candidates:
        command = [str(candidate), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stdout.strip() == version:
            return candidate
    return None


def passes(command: list[str | Path]) -> bool:
    print("\n$ " + " ".join(str(part) for part in command), flush=True)
    return subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode == 0


def whole(version: str, python: Path) -> str:
    """Everything on one Python. Returns what to put into the table."""
    venv = f".venv-matrix/{version}"
    own = ROOT / venv / "bin" / "python"
    if not passes([sys.executable, "scripts/setup.py", "--venv", venv, "--python", python]):
        return "FAILED to set up"
    core = subprocess.run(
        [str(own), "-c", "from ansible.release import __version__ as v; print(v)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    for what, command in (
        ("unit tests", [own, "-m", "pytest", "-q", "tests/unit"]),
        ("demo", [own, "scripts/demo.py"]),
    ):
        if not passes(command):
            return f"FAILED: {what} (ansible-core {core})"
    return f"passed (ansible-core {core})"


def module_only(python: Path) -> str:
    """The module alone on an old Python, called by .venv's Ansible."""
    venv = ROOT / ".venv-matrix" / MODULE_ONLY
    own = venv / "bin" / "python"
    if not own.exists() and not passes([python, "-m", "venv", venv]):
        return "FAILED to set up"
    if not passes([own, "-m", "pip", "install", "--quiet", "--requirement", "requirements.txt"]):
        return "FAILED to set up"
    return (
        "passed (module only)" if passes([sys.executable, "scripts/demo.py", "--interpreter", own]) else "FAILED: demo"
    )


def main() -> int:
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    rows = []
    for version in (MODULE_ONLY, *VERSIONS):
        if version == here:
            rows.append((version, "not run: .venv has it, `make test` is for that", 0.0))
            continue
        python = find(version)
        if python is None:
            rows.append((version, "not run: not installed", 0.0))
            continue
        started = time.monotonic()
        outcome = module_only(python) if version == MODULE_ONLY else whole(version, python)
        rows.append((version, outcome, time.monotonic() - started))
    print("\nPython  outcome")
    for version, outcome, seconds in rows:
        print(f"{version:<7} {outcome}" + (f", {seconds:.0f} s" if seconds else ""))
    return 1 if any(row[1].startswith("FAILED") for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
