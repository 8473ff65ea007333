# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the tests on every ansible-core that the collection supports, each on a Python that supports it.

- For each row of ROWS an environment of its own, .venv-matrix/CORE, with the newest patch of that ansible-core: unit
  tests, those of the action plugin, the integration tests, the playbooks for job templates, jobs that ansible-runner
  cancels, Ctrl-C, and the demo. The oldest ansible-core has the oldest libraries that requirements.txt allows.
- On Python 3.9, where the module must still run but Ansible's newer versions do not: the demo, with .venv's Ansible and
  the module on that Python with the oldest libraries, as enterprise distributions have them.

ONLY=2.16 (make matrix) or --only runs that row alone. --table prints the table of README. Ends in a table of what ran.
Exit status 0 when everything that could be run passed.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
MODULE_ONLY = "3.9"


class Row(NamedTuple):
    """core: a minor version of ansible-core; python: one that it supports; supported: all that it does."""

    core: str
    python: str
    supported: str
    oldest_libraries: bool = False


ROWS = (
    Row("2.16", "3.10", "3.10 to 3.12", oldest_libraries=True),
    Row("2.17", "3.12", "3.10 to 3.12"),
    Row("2.18", "3.11", "3.11 to 3.13"),
    Row("2.19", "3.13", "3.11 to 3.13"),
    Row("2.20", "3.12", "3.12 to 3.14"),
    Row("2.21", "3.13", "3.12 to 3.14"),
)


def table() -> str:
    """README's table of supported versions."""
    lines = ["| ansible-core | Python of Ansible | `make matrix` runs it on |", "| --- | --- | --- |"]
    for row in ROWS:
        libraries = ", with the oldest libraries" if row.oldest_libraries else ""
        lines.append(f"| {row.core} | {row.supported} | {row.python}{libraries} |")
    return "\n".join(lines) + "\n"


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


def oldest(text: str) -> list[str]:
    """What to install for the lower bounds in it: requests==2.25.* for requests>=2.25,<3."""
    return [f"{name}=={version}.*" for name, version in re.findall(r"^([a-z-]+)>=(\d+\.\d+)", text, re.MULTILINE)]


def oldest_libraries() -> list[str]:
    return oldest((ROOT / "requirements.txt").read_text())


def versions_in(python: Path, *names: str) -> str:
    """What that interpreter has installed of these: "requests 2.25.1, lxml 4.6.5"."""
    code = "import sys, importlib.metadata as m; print(', '.join(f'{n} {m.version(n)}' for n in sys.argv[1:]))"
    done = subprocess.run([str(python), "-c", code, *names], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def whole(row: Row, python: Path) -> str:
    """Everything on one ansible-core. Returns what to put into the table."""
    venv = f".venv-matrix/{row.core}"
    own = ROOT / venv / "bin" / "python"
    if not passes([sys.executable, "scripts/setup.py", "--venv", venv, "--python", python]):
        return "FAILED to set up"
    # Tools that want newer versions are not used here; the emulator, that does too, can do what these tests need.
    versions = [f"ansible-core=={row.core}.*", *(oldest_libraries() if row.oldest_libraries else [])]
    if not passes([own, "-m", "pip", "install", "--quiet", "--no-warn-conflicts", *versions]):
        return "FAILED to set up"
    using = versions_in(own, "ansible-core", "requests", "lxml")
    pytest = [own, "-m", "pytest", "-q"]
    checks: list[tuple[str, list[str | Path]]] = [
        ("tests", [*pytest, "tests/unit", "tests/door", "tests/slow/action", "-n", "2"]),
        ("integration", [*pytest, "tests/slow/integration", "-n", "3"]),
        ("playbooks", [*pytest, "tests/slow/playbooks", "tests/slow/sites", "-n", "3"]),
        ("cancel", [*pytest, "tests/slow/signals/test_cancelled.py", "-n", "3"]),
        ("Ctrl-C", [*pytest, "tests/slow/signals/test_stopped.py", "-n", "3", "-k", "clone-sent-SIG"]),
        ("demo", [own, "scripts/demo.py"]),
    ]
    for what, command in checks:
        if not passes(command):
            return f"FAILED: {what} ({using})"
    return f"passed {', '.join(what for what, _command in checks)} ({using})"


def module_only(python: Path) -> str:
    """The module alone on an old Python, called by .venv's Ansible."""
    venv = ROOT / ".venv-matrix" / MODULE_ONLY
    own = venv / "bin" / "python"
    if not own.exists() and not passes([python, "-m", "venv", venv]):
        return "FAILED to set up"
    if not passes([own, "-m", "pip", "install", "--quiet", *oldest_libraries()]):
        return "FAILED to set up"
    using = versions_in(own, "requests", "lxml")
    done = passes([sys.executable, "scripts/demo.py", "--interpreter", own])
    return f"passed (module only, {using})" if done else f"FAILED: demo ({using})"


def main() -> int:
    parser = argparse.ArgumentParser(description="The tests on every ansible-core that is supported.")
    parser.add_argument(
        "--only", default="", help="one row: a minor version of ansible-core, or 3.9 for the module alone"
    )
    parser.add_argument("--table", action="store_true", help="print README's table of supported versions")
    options = parser.parse_args()
    if options.table:
        print(table(), end="")
        return 0
    done = []
    for row in (None, *ROWS):
        name, version = (row.core, row.python) if row else (MODULE_ONLY, MODULE_ONLY)
        if options.only not in ("", name):
            continue
        python = find(version)
        started = time.monotonic()
        if python is None:
            outcome = f"not run: no Python {version} is installed"
        else:
            outcome = whole(row, python) if row else module_only(python)
        done.append((row.core if row else "module", version, outcome, time.monotonic() - started))
    if not done:
        print(f"There is no row {options.only}.", file=sys.stderr)
        return 2
    print("\nansible-core  Python  outcome")
    for core, version, outcome, seconds in done:
        print(f"{core:<13} {version:<7} {outcome}, {seconds:.0f} s")
    return 1 if any(outcome.startswith("FAILED") for _core, _version, outcome, _seconds in done) else 0


if __name__ == "__main__":
    sys.exit(main())
