# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done with the collection as a whole: a clean copy of it, its archive, and the tools that take one of the two.

    collection.py copy       build/ansible_collections/backupops/veeam, what git knows or would add, changes included
    collection.py build      dist/backupops-veeam-VERSION.tar.gz, made from the copy
    collection.py sanity     ansible-test sanity on what the archive holds
    collection.py importer   Galaxy's importer on the archive: any error or warning fails
    collection.py docs       the web site, in build/docs/html

ansible-test refuses a checkout that does not lie under ansible_collections/backupops/veeam, also when a link leads
there, and the archive must not hold what lies about in a checkout. So the archive is made from the copy, and
ansible-test has what comes out of it, as Automation Hub has.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
COPY = BUILD / "ansible_collections" / "backupops" / "veeam"
HANDED_OUT = BUILD / "handed-out" / "ansible_collections" / "backupops" / "veeam"
DIST = ROOT / "dist"
BIN = Path(sys.executable).parent


class Failed(Exception):
    """A sentence for the last line of the output."""


def run(command: list[str | Path], cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run a command whose output is shown; its failure is the script's."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=env, check=False)
    if done.returncode:
        raise Failed(f"{Path(str(command[0])).name} failed with exit status {done.returncode}, see above")


def copy() -> None:
    """Bring the copy up to date. Only what differs is written, so that tools that remember file times stay quick."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    )
    wanted = {name for name in os.fsdecode(listed.stdout).split("\0") if name and (ROOT / name).is_file()}
    if COPY.is_dir():
        for folder, _folders, files in os.walk(COPY):
            here = Path(folder)
            for name in files:
                if (here / name).relative_to(COPY).as_posix() not in wanted:
                    (here / name).unlink()
    for name in wanted:
        source, target = ROOT / name, COPY / name
        same_mode = os.access(source, os.X_OK) == os.access(target, os.X_OK)
        if target.is_file() and same_mode and source.read_bytes() == target.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    for folder, _folders, _files in os.walk(COPY, topdown=False):
        if not os.listdir(folder):
            os.rmdir(folder)


def build(to: Path | None = None) -> Path:
    """Build the archive from the copy, in that folder or in dist/. Returns its path."""
    copy()
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    run([BIN / "ansible-galaxy", "collection", "build", "--force", "--output-path", to or DIST], cwd=COPY)
    return (to or DIST) / f"{galaxy['namespace']}-{galaxy['name']}-{galaxy['version']}.tar.gz"


def sanity(arguments: list[str]) -> None:
    """Run ansible-test sanity with the interpreter of this environment, every test, no file of exceptions."""
    shutil.rmtree(HANDED_OUT, ignore_errors=True)
    HANDED_OUT.mkdir(parents=True)
    # Not in dist/: the importer may build there at the same time.
    with tarfile.open(build(BUILD / "handed-out")) as archive:
        archive.extractall(HANDED_OUT)
    # ansible-test asks git for the files, and finds none where the next repository upwards ignores the folder.
    run(["git", "init", "--quiet", "--template=", HANDED_OUT])
    home = BUILD / "ansible-test-home"
    get_pip(home)
    real = Path(os.path.realpath(sys.executable)).parent
    env = dict(os.environ)
    # The real interpreters come before pyenv's shims, which exit with 127 for versions that are not switched on.
    env["PATH"] = os.pathsep.join([str(BIN), str(real), env.get("PATH", os.defpath)])
    env["HOME"] = str(home)
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    run([BIN / "ansible-test", "sanity", "--python", version, "--color", "no", *arguments], cwd=HANDED_OUT, env=env)


def get_pip(home: Path) -> None:
    """Prepare the home folder that ansible-test gets, so that it finds pip for the environments that it makes.

    It downloads a script for that from a host which is not reachable everywhere. Where the download fails, Python's own
    ensurepip takes the script's place. The folder is ansible-test's alone, nothing changes in the user's home.
    """
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    config = Path.home() / ".config" / "pip"
    if config.is_dir() and not (home / ".config" / "pip").exists():
        (home / ".config").mkdir(exist_ok=True)
        (home / ".config" / "pip").symlink_to(config)
    import ansible_test

    package = Path(ansible_test.__file__).parent
    source = (package / "_internal" / "python_requirements.py").read_text(encoding="utf-8")
    base = re.search(
        r"'(https://[^']*/get-pip-)%s\.py'", (package / "_util/target/setup/requirements.py").read_text("utf-8")
    )
    versions = set(re.findall(r"\bpip='([\d.]+)'", source))
    for version in versions:
        script = cache / f"get_pip_{version.replace('.', '_')}.py"
        if script.exists():
            continue
        try:
            if base is None:
                raise OSError("no address known")
            with urllib.request.urlopen(f"{base.group(1)}{version}.py", timeout=10) as answer:
                script.write_bytes(answer.read())
        except (OSError, urllib.error.URLError) as error:
            print(f"get-pip {version} cannot be downloaded ({error}), ensurepip takes its place.")
            script.write_text("import ensurepip\nensurepip.bootstrap()\n", encoding="utf-8")


def importer() -> None:
    """Run Galaxy's importer on the archive and fail on anything that it logs above INFO."""
    archive = build()
    python = ROOT / ".venv-importer" / "bin" / "python"
    work = BUILD / "importer"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    settings = work / "galaxy-importer.cfg"
    settings.write_text("[galaxy-importer]\nRUN_ANSIBLE_TEST = False\nCHECK_REQUIRED_TAGS = True\n", encoding="utf-8")
    env = dict(os.environ, GALAXY_IMPORTER_CONFIG=str(settings))
    env["PATH"] = os.pathsep.join([str(python.parent), env["PATH"]])
    done = subprocess.run(
        [str(python), "-m", "galaxy_importer.main", str(archive)],
        cwd=work,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(done.stdout)
    complaints = [line for line in done.stdout.splitlines() if re.match(r"(WARNING|ERROR|CRITICAL)", line)]
    if done.returncode:
        raise Failed(f"the importer failed with exit status {done.returncode}, see above")
    if complaints:
        raise Failed(f"complaints of the importer: {len(complaints)}; the first: {complaints[0]}")
    if "Importer processing completed successfully" not in done.stdout:
        raise Failed("the importer did not say that it completed")
    print("No error, no warning.")


def docs() -> None:
    """Build the web site from docs/ and the documentation of the plugins and roles."""
    copy()
    source, html = BUILD / "docs" / "src", BUILD / "docs" / "html"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(COPY / "docs", source)
    # the guides quote files of it
    shutil.rmtree(BUILD / "docs" / "extensions", ignore_errors=True)
    shutil.copytree(COPY / "extensions", BUILD / "docs" / "extensions")
    collections = source / "collections"
    collections.mkdir()
    run(
        [
            BIN / "antsibull-docs",
            "collection",
            "--use-current",
            "--squash-hierarchy",
            "--fail-on-error",
            "--cleanup",
            "everything",
            "--dest-dir",
            collections,
            "backupops.veeam",
        ],
        env=dict(os.environ, ANSIBLE_COLLECTIONS_PATH=str(BUILD)),
    )
    run(
        [
            BIN / "sphinx-build",
            "-q",
            "-W",
            "--keep-going",
            "-b",
            "html",
            "-d",
            BUILD / "docs" / "doctrees",
            source,
            html,
        ]
    )
    print(f"The site is at {html / 'index.html'}")


def main() -> int:
    parser = argparse.ArgumentParser(description="The collection as a whole.")
    parser.add_argument("command", choices=("copy", "build", "sanity", "importer", "docs"))
    parser.add_argument("arguments", nargs="*", help="for ansible-test, after --")
    options = parser.parse_args()
    try:
        if options.command == "sanity":
            sanity(options.arguments)
        else:
            {"copy": copy, "build": build, "importer": importer, "docs": docs}[options.command]()
    except Failed as failure:
        print(f"\n{options.command}: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
