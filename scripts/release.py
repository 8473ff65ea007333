# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release hands out, in dist/: the archive, what it needs, checksums, and signatures where a key is given.

    backupops-veeam-VERSION.tar.gz        the collection, as `make build` makes it
    backupops-veeam-VERSION.cdx.json      a CycloneDX bill of materials: the collection and what requirements.txt names
    backupops-veeam-VERSION.MANIFEST.asc  with --key: signature of the archive's MANIFEST.json, for ansible-galaxy
    SHA256SUMS, SHA256SUMS.asc            checksums of the files above; their signature with --key

Ends with what `ansible-galaxy collection verify` says of the archive, installed from nothing else.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import yaml
from collection import BIN, BUILD, DIST, ROOT, Failed, build, run


def bill_of_materials() -> str:
    """The collection and its libraries. They are ranges, so a component has the range as a property and no version."""
    from cyclonedx.model import Property
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot5
    from packageurl import PackageURL

    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text("utf-8"))
    own = Component(
        name=f"{galaxy['namespace']}.{galaxy['name']}",
        version=galaxy["version"],
        type=ComponentType.LIBRARY,
        bom_ref="collection",
        description=galaxy["description"],
    )
    bom = Bom()
    bom.metadata.component = own
    needed = []
    for name, wanted in requirements():
        needed.append(
            Component(
                name=name,
                type=ComponentType.LIBRARY,
                bom_ref=name,
                purl=PackageURL("pypi", name=name),
                properties=[Property(name="requirement", value=wanted)],
            )
        )
        bom.components.add(needed[-1])
    bom.register_dependency(own, needed)
    return JsonV1Dot5(bom).output_as_string(indent=2)


def requirements() -> list[tuple[str, str]]:
    """What the collection needs: its libraries, and the ansible-core of meta/runtime.yml."""
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text("utf-8"))
    text = (ROOT / "requirements.txt").read_text("utf-8")
    return [("ansible-core", runtime["requires_ansible"]), *re.findall(r"^([a-z-]+)([<>=].*)$", text, re.MULTILINE)]


def checksums(files: list[Path]) -> str:
    return "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)


def sign(file: Path, signature: Path, key: str) -> Path:
    run(["gpg", "--batch", "--yes", "--armor", "--detach-sign", "--local-user", key, "--output", signature, file])
    return signature


def verify(archive: Path, signature: Path | None, keyring: str) -> None:
    """Install the archive alone, and have ansible-galaxy say whether all in it is as its manifest says."""
    place = BUILD / "release"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    signed = ["--signature", signature.resolve().as_uri(), "--keyring", keyring] if signature and keyring else []
    galaxy = [BIN / "ansible-galaxy", "collection"]
    # the checkout is in this environment's site-packages, and must not be found there
    env = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(place), "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "False"}
    run([*galaxy, "install", archive, "--offline"], cwd=place, env=env)
    run([*galaxy, "verify", "backupops.veeam", "--offline", *signed], cwd=place, env=env)


def main() -> int:
    parser = argparse.ArgumentParser(description="What a release hands out.")
    parser.add_argument("--key", default="", help="id of the key to sign with, as gpg takes it")
    parser.add_argument("--keyring", default="", help="file with the public key, to verify the signature with")
    options = parser.parse_args()
    try:
        archive = build()
        base = archive.name.removesuffix(".tar.gz")
        files = [archive, DIST / f"{base}.cdx.json"]
        files[1].write_text(bill_of_materials() + "\n", "utf-8")
        signature = None
        if options.key:
            with tarfile.open(archive) as content:
                manifest = content.extractfile("MANIFEST.json")
                assert manifest is not None
                (BUILD / "MANIFEST.json").write_bytes(manifest.read())
            signature = sign(BUILD / "MANIFEST.json", DIST / f"{base}.MANIFEST.asc", options.key)
            files.append(signature)
        sums = DIST / "SHA256SUMS"
        sums.write_text(checksums(files), "utf-8")
        if options.key:
            sign(sums, DIST / "SHA256SUMS.asc", options.key)
        verify(archive, signature, options.keyring)
        if subprocess.run(
            [shutil.which("sha256sum") or "true", "--check", sums.name], cwd=DIST, check=False
        ).returncode:
            raise Failed("the checksums do not fit")
    except Failed as failure:
        print(f"\nrelease: {failure}", file=sys.stderr)
        return 1
    print(
        "In dist/: "
        + ", ".join(file.name for file in [*files, sums])
        + ("" if options.key else "; not signed, no KEY.")
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
