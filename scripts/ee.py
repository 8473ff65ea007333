# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build an execution environment from the archive in dist/, and run the demo in it. `make ee BASE=image` calls it.

EE_BUILD_ARGS and EE_RUN_ARGS in the environment are handed to podman.
--context-only stops after ansible-builder has made the build context in build/ee, which needs no container engine.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from collection import BIN, BUILD, Failed, build, run

FOLDER = BUILD / "ee"
TAG = "localhost/ee-veeam:latest"


def definition(base: str, archive: Path, package_manager: str) -> dict[str, Any]:
    """What ansible-builder is told, the same as docs/awx.md has it."""
    told: dict[str, Any] = {
        "version": 3,
        "images": {"base_image": {"name": base}},
        "dependencies": {
            "ansible_core": {"package_pip": "ansible-core>=2.16"},
            "ansible_runner": {"package_pip": "ansible-runner"},
            "galaxy": {"collections": [{"name": f"archive/{archive.name}", "type": "file"}]},
        },
        "additional_build_files": [{"src": f"dist/{archive.name}", "dest": "archive"}],
    }
    if package_manager:
        told["options"] = {"package_manager_path": package_manager}
        if package_manager.endswith("apt-get"):
            # ensurepip is a package of its own there, and the base brings pip
            told["options"]["skip_pip_install"] = True
    return told


def create_context(base: str, package_manager: str) -> Path:
    """The build context of ansible-builder. Returns its folder."""
    archive = build()
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "dist").mkdir(parents=True)
    shutil.copy2(archive, FOLDER / "dist")
    text = yaml.safe_dump(definition(base, archive, package_manager), sort_keys=False)
    (FOLDER / "execution-environment.yml").write_text(text, "utf-8")
    # Where docker is installed and podman is not, it would be called Dockerfile.
    run([BIN / "ansible-builder", "create", "--output-filename", "Containerfile"], cwd=FOLDER)
    return FOLDER / "context"


def demo() -> None:
    """Run the collection's own playbook in a container, against an emulator on this machine."""
    from veeam_em_emulator import Emulator

    with Emulator() as em:
        env = {
            "VEEAM_EM_HOSTNAME": em.host,
            "VEEAM_EM_PORT": str(em.port),
            "VEEAM_EM_USERNAME": "EM01\\svc-ansible",
            "VEEAM_EM_PASSWORD": "Passw0rd!",
            "VEEAM_EM_CA_PATH": "/tmp/em-ca.pem",
        }
        given = [part for name, value in env.items() for part in ("--env", f"{name}={value}")]
        mount = f"{em.ca_file}:/tmp/em-ca.pem:ro"
        own = os.environ.get("EE_RUN_ARGS", "").split()
        command = ["podman", "run", "--rm", "--network", "host", "--volume", mount, *own, *given, TAG]
        run([*command, "ansible-playbook", "backupops.veeam.demo"])
        made = len(em.jobs(name="Web Shop"))
        if made != 1 or em.open_sessions():
            raise Failed(f"jobs that the demo made: {made} (1 wanted); sessions left open: {len(em.open_sessions())}")


def main() -> int:
    parser = argparse.ArgumentParser(description="An execution environment with this collection.")
    parser.add_argument("--base", default="", help="image to begin with")
    parser.add_argument("--package-manager", default="", help="its package manager, where that is not /usr/bin/dnf")
    parser.add_argument("--build-arguments", default=os.environ.get("EE_BUILD_ARGS", ""), help="for podman build")
    parser.add_argument("--context-only", action="store_true", help="only make the build context")
    options = parser.parse_args()
    try:
        if not options.base:
            raise Failed("say which image to begin with: make ee BASE=registry.example.com/ee-minimal:latest")
        context = create_context(options.base, options.package_manager)
        if options.context_only:
            return 0
        if shutil.which("podman") is None:
            raise Failed(
                "podman is not installed, and it builds the image (apt install podman, dnf install podman). The build "
                f"context is in {context}; another engine can take that."
            )
        run(["podman", "build", "--tag", TAG, *options.build_arguments.split(), context])
        demo()
    except (Failed, subprocess.SubprocessError) as failure:
        print(f"\nee: {failure}", file=sys.stderr)
        return 1
    print(f"{TAG} is built, and the demo ran in it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
