# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the quick tests on every other Python that is installed, and on the oldest of everything that is promised.

- On 3.10, 3.11, 3.12, 3.13 and 3.14, but the one that .venv has: the unit tests, those of the action plugin, and
  the demo (all four kinds of job, twice), with the newest ansible-core for it, in an environment of its own,
  .venv-matrix/VERSION.
- On 3.10 once more with the oldest ansible-core that meta/runtime.yml allows and the oldest libraries that
  requirements.txt allows: the integration tests too.
- On 3.9, where the module must still run but Ansible's newer versions do not: the demo, with .venv's Ansible and the
  module on that Python with the oldest libraries, as enterprise distributions have them.

Ends in a table. Exit status 0 when everything that could be run passed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
MODULE_ONLY = "3.9"
#: The one that ansible-core and both libraries have run on since their oldest versions.
OLDEST_ON = "3.10"


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


def oldest_ansible() -> list[str]:
    requires = re.search(r'requires_ansible: "(>=[\d.]+)"', (ROOT / "meta" / "runtime.yml").read_text())
    assert requires is not None
    return oldest("ansible-core" + requires.group(1))


def versions_in(python: Path, *names: str) -> str:
    """What that interpreter has installed of these: "requests 2.25.1, lxml 4.6.5"."""
    code = "import sys, importlib.metadata as m; print(', '.join(f'{n} {m.version(n)}' for n in sys.argv[1:]))"
    done = subprocess.run([str(python), "-c", code, *names], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def whole(name: str, python: Path, older: list[str]) -> str:
    """Everything on one Python, with older versions put in place of the newest. Returns what to put into the table."""
    venv = f".venv-matrix/{name.replace(' ', '-')}"
    own = ROOT / venv / "bin" / "python"
    if not passes([sys.executable, "scripts/setup.py", "--venv", venv, "--python", python]):
        return "FAILED to set up"
    # Tools that want newer libraries are not used here; the emulator, that does too, can do what these tests need.
    if older and not passes([own, "-m", "pip", "install", "--quiet", "--no-warn-conflicts", *older]):
        return "FAILED to set up"
    using = versions_in(own, "ansible-core", "requests", "lxml")
    checks: list[tuple[str, list[str | Path]]] = [
        ("tests", [own, "-m", "pytest", "-q", "tests/unit", "tests/action", "-n", "2"]),
        ("demo", [own, "scripts/demo.py"]),
    ]
    if older:
        checks.append(("integration", [own, "-m", "pytest", "-q", "tests/integration", "-n", "3"]))
    for what, command in checks:
        if not passes(command):
            return f"FAILED: {what} ({using})"
    return f"passed ({using})"


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
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    rows = []
    for name in (MODULE_ONLY, f"{OLDEST_ON} oldest", *VERSIONS):
        version, _space, is_oldest = name.partition(" ")
        if name == here:
            rows.append((name, "not run: .venv has it, `make test` is for that", 0.0))
            continue
        python = find(version)
        if python is None:
            rows.append((name, "not run: not installed", 0.0))
            continue
        started = time.monotonic()
        older = [*oldest_ansible(), *oldest_libraries()] if is_oldest else []
        outcome = module_only(python) if version == MODULE_ONLY else whole(name, python, older)
        rows.append((name, outcome, time.monotonic() - started))
    print("\nPython       outcome")
    for name, outcome, seconds in rows:
        print(f"{name:<12} {outcome}" + (f", {seconds:.0f} s" if seconds else ""))
    return 1 if any(row[1].startswith("FAILED") for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
