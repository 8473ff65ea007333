# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a virtual environment for this checkout. `make setup` calls it, with nothing but Python's standard library.

It leaves behind, in the folder named by --venv (default `.venv`):

- ansible-core and every tool of the requirements file, the newest that the interpreter supports;
- the emulator as an editable installation, so that its code is the checkout's;
- a link to the checkout in site-packages, where `ansible`, `ansible-playbook`, `ansible-doc` and the rest find the
  collection from whatever folder they are called. Where another copy is installed that they would find first, it says
  so, and how to get rid of that.

Exit status 0, or 1 after a few lines on standard error that say why and what to do.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OLDEST = (3, 10)
CANDIDATES = ("python3", "python3.13", "python3.12", "python3.11", "python3.10", "python3.14")


class SetupError(Exception):
    """A sentence that says why, and one or more that say what to do."""

    def __init__(self, why, what_to_do):
        Exception.__init__(self, why)
        self.what_to_do = what_to_do


def say(text):
    print(text)
    sys.stdout.flush()


def run(command, **kwargs):
    """Run a command. Returns (exit status, everything it printed)."""
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        universal_newlines=True,
        check=False,
        **kwargs,
    )
    return done.returncode, done.stdout


def version_of(python):
    """(major, minor) of an interpreter, None where it does not run: pyenv has shims for versions that are off, say."""
    try:
        status, out = run([python, "-c", "import sys; print('%d %d' % sys.version_info[:2])"])
    except OSError:
        return None
    found = re.search(r"^(\d+) (\d+)$", out, re.MULTILINE)
    return (int(found.group(1)), int(found.group(2))) if status == 0 and found else None


def base_of(python):
    """The interpreter that an environment was made with, the interpreter itself where it is in none.

    With .venv active, python3 is the one in .venv, which may be about to be removed.
    """
    status, out = run([python, "-c", "import sys; print(getattr(sys, '_base_executable', sys.executable))"])
    base = out.strip()
    return base if status == 0 and os.access(base, os.X_OK) else python


def find_python(asked):
    if asked:
        version = version_of(asked)
        if version is None:
            raise SetupError(
                f"the interpreter {asked!r} (PYTHON=...) does not run",
                "Give Python 3.10 or newer: make setup PYTHON=python3.12",
            )
        if version < OLDEST:
            raise SetupError(
                "%s is Python %d.%d, too old for the tools" % ((asked,) + version),
                "Give Python 3.10 or newer: make setup PYTHON=python3.12",
            )
        return base_of(asked)
    for candidate in CANDIDATES:
        version = version_of(candidate)
        if version is not None and version >= OLDEST:
            return base_of(candidate)
    raise SetupError(
        "no Python of 3.10 or newer was found on PATH",
        "Install one (apt install python3 python3-venv, dnf install python3.12), "
        "or name it: make setup PYTHON=/path/to/python3.12",
    )


def bin_of(venv, name):
    return os.path.join(venv, "bin", name)


def is_usable(venv, wanted):
    """Whether the environment runs, belongs to this place and has the version that was asked for."""
    version = version_of(bin_of(venv, "python"))
    if version is None or version < OLDEST or (wanted is not None and version != wanted):
        return False
    try:
        with open(os.path.join(venv, ".location")) as marker:
            return marker.read().strip() == venv
    except OSError:
        return False


def make_venv(venv, asked):
    wanted = version_of(find_python(asked)) if asked else None
    if is_usable(venv, wanted):
        return
    python = find_python(asked)
    say("Making %s with Python %d.%d ..." % ((os.path.relpath(venv, ROOT),) + version_of(python)))
    if os.path.isdir(venv):
        shutil.rmtree(venv)
    status, out = run([python, "-m", "venv", venv])
    if status:
        shutil.rmtree(venv, ignore_errors=True)
        raise SetupError(
            f"Python's venv module could not make an environment: {last_line(out)}",
            "On Debian and Ubuntu it is a package of its own: apt install python3-venv. Then run the command again.",
        )
    with open(os.path.join(venv, ".location"), "w") as marker:
        marker.write(venv + "\n")


NETWORK = (
    r"Temporary failure in name resolution|Name or service not known|Network is unreachable|Connection refused|"
    r"certificate verify failed|Cannot connect to proxy|timed out|dns error|error sending request|from versions: none"
)


def last_line(text):
    """What says most in an installer's output: the trouble with the network, else the last line that tells an error."""
    network = re.search(NETWORK, text)
    if network:
        return network.group(0)
    lines = [line.strip() for line in text.splitlines() if line.strip() and "notice" not in line]
    errors = [line for line in lines if re.match(r"(ERROR|error|Error|×|Caused by)", line)]
    return (errors or lines or ["it printed nothing"])[-1]


def installer(venv):
    """The commands that install, the quick one first. uv takes seconds where pip takes a minute.

    Compiled like pip does it: else every start of Ansible would compile its libraries anew where nothing may write
    bytecode, and that is half of its time.
    """
    python = bin_of(venv, "python")
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    if not os.path.exists(bin_of(venv, "uv")):
        run(pip + ["--retries", "1", "uv"])
    if not os.path.exists(bin_of(venv, "uv")):
        return [pip]
    return [[bin_of(venv, "uv"), "pip", "install", "--quiet", "--compile-bytecode", "--python", python], pip]


def environment(venv):
    """uv does not read pip's configuration: an index that is set there is handed on, so that no other is asked."""
    env = dict(os.environ)
    status, out = run([bin_of(venv, "python"), "-m", "pip", "config", "list"])
    index = re.search(r"^(?:global|install|:env:)\.index-url='(.*)'$", out, re.MULTILINE) if status == 0 else None
    if index and "UV_DEFAULT_INDEX" not in env:
        env["UV_DEFAULT_INDEX"] = index.group(1)
    env["UV_LINK_MODE"] = env.get("UV_LINK_MODE", "copy")
    return env


def install(venv, arguments, what):
    say(f"Installing {what} ...")
    said = ""
    env = environment(venv)
    for command in installer(venv):
        status, said = run(command + arguments, cwd=ROOT, env=env)
        if status == 0:
            return
    sys.stderr.write(said)
    if re.search(NETWORK, said):
        raise SetupError(
            f"{what} could not be downloaded: {last_line(said)}",
            "Check that a Python package index can be reached from this machine: behind a proxy set https_proxy, "
            "for an index of your own set PIP_INDEX_URL. Then run the command again, it goes on where it stopped.",
        )
    raise SetupError(
        f"{what} could not be installed: {last_line(said)}",
        "The lines above are the installer's. `make clean` removes the environment, `make setup` makes a new one.",
    )


def site_packages(venv):
    status, out = run([bin_of(venv, "python"), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
    if status:
        raise SetupError(
            f"the environment's Python does not run: {last_line(out)}", f"Remove {venv} and run make setup again."
        )
    return out.strip()


def link(target, name):
    """A symbolic link, whatever was there before."""
    os.makedirs(os.path.dirname(name), exist_ok=True)
    if os.path.islink(name) or os.path.isfile(name):
        os.remove(name)
    elif os.path.isdir(name):
        shutil.rmtree(name)
    os.symlink(target, name)


def link_collection(venv):
    """Make the environment's commands find the collection in this checkout: Ansible searches sys.path after its
    configured places. mypy_path of pyproject.toml has a tree of its own, since mypy refuses site-packages there."""
    for tree in (site_packages(venv), os.path.join(venv, "collections")):
        link(ROOT, os.path.join(tree, "ansible_collections", "backupops", "veeam"))


def copies_in_front(venv):
    """Other copies of the collection, which Ansible as configured here would find before the checkout's."""
    code = "from ansible import constants; print('\\n'.join(constants.COLLECTIONS_PATHS))"
    status, out = run([bin_of(venv, "python"), "-c", code], cwd=ROOT)
    if status:
        raise SetupError(f"Ansible's configuration cannot be read: {last_line(out)}", "Look into ansible.cfg.")
    places = [os.path.join(path, "ansible_collections", "backupops", "veeam") for path in out.splitlines()]
    return [place for place in places if os.path.isdir(place) and os.path.realpath(place) != os.path.realpath(ROOT)]


def check(venv):
    """The environment does what it is for: Ansible starts. Returns its version."""
    status, out = run([bin_of(venv, "ansible"), "--version"], cwd=os.path.expanduser("~"))
    found = re.search(r"\[core (\S+)\]", out)
    if status or not found:
        raise SetupError(
            f"ansible was installed but does not start: {last_line(out)}",
            "`make clean` removes the environment; then run make setup.",
        )
    return found.group(1)


def main():
    parser = argparse.ArgumentParser(description="Make a virtual environment for this checkout.")
    parser.add_argument("--venv", default=".venv", help="its folder, relative to the checkout (default: %(default)s)")
    parser.add_argument("--requirements", default="requirements/dev.txt", help="what to install (default: %(default)s)")
    parser.add_argument(
        "--python", default="", help="interpreter to make it with (default: the first of 3.10 or newer on PATH)"
    )
    parser.add_argument("--tools-only", action="store_true", help="no emulator and no link to the collection")
    options = parser.parse_args()
    venv = os.path.join(ROOT, options.venv)
    try:
        make_venv(venv, options.python)
        install(venv, ["-r", options.requirements], "the tools of " + options.requirements)
        if not options.tools_only:
            install(venv, ["-e", "./emulator"], "the emulator")
            link_collection(venv)
            core = check(venv)
            version = "%d.%d" % version_of(bin_of(venv, "python"))
            say(f"Ready: {options.venv} has ansible-core {core} on Python {version}, the tools, and this checkout.")
            for place in copies_in_front(venv):
                say(
                    "\nAnother copy of the collection is in %s.\nAnsible finds that one before this checkout's. "
                    "To use the checkout, remove it: rm -r %s" % (place, shlex.quote(place))
                )
    except SetupError as error:
        sys.stderr.write(f"\nSetup failed: {error}\nWhat to do: {error.what_to_do}\n")
        return 1
    except OSError as error:
        sys.stderr.write(
            f"\nSetup failed: {error}\nWhat to do: see that the folder can be written and the disk is not full.\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
