# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is handed out: the archive holds what users need, the bill of materials what it needs, and the definition of the
execution environment is one that ansible-builder takes."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
#: What users need, by folder, and what ansible-galaxy adds.
HANDED_OUT = {
    "CHANGELOG.rst", "FILES.json", "LICENSE", "MANIFEST.json", "README.md", "requirements.txt",
    "changelogs", "docs", "extensions", "meta", "playbooks", "plugins", "roles",
}  # fmt: skip


@pytest.fixture(scope="module")
def scripts() -> dict[str, ModuleType]:
    """The scripts import each other by name, as a run of one has them."""
    import importlib

    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        return {name: importlib.import_module(name) for name in ("collection", "release", "ee", "matrix")}
    finally:
        sys.path.remove(str(ROOT / "scripts"))


@pytest.fixture
def archive(scripts: dict[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Built in folders of this test's own."""
    monkeypatch.setattr(scripts["collection"], "DIST", tmp_path / "dist")
    monkeypatch.setattr(scripts["collection"], "BUILD", tmp_path / "build")
    monkeypatch.setattr(scripts["collection"], "COPY", tmp_path / "build" / "copy")
    return scripts["collection"].build()


def test_the_archive_holds_what_users_need_and_nothing_else(archive: Path) -> None:
    with tarfile.open(archive) as content:
        files = [member.name for member in content.getmembers() if member.isfile()]
    assert {name.partition("/")[0] for name in files} == HANDED_OUT
    assert {name.split("/")[1] for name in files if name.startswith("extensions/")} == {"awx", "eda"}
    for name in (
        "extensions/awx/credential_type.yml",
        "extensions/eda/plugins/event_source/sessions.py",
        "extensions/eda/rulebooks/failed_backup.yml",
        "playbooks/awx_setup.yml",
        "plugins/modules/veeam_job_clone.py",
    ):
        assert name in files
    assert [name for name in files if re.search(r"(^|/)(\.|conf\.py$)|^tests?/|\.pyc$", name)] == []


def test_the_execution_environment_is_one_that_ansible_builder_takes(
    scripts: dict[str, ModuleType], archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripts["ee"], "FOLDER", tmp_path / "ee")
    monkeypatch.setattr(scripts["ee"], "build", lambda: archive)
    # As where docker is installed and podman is not.
    (tmp_path / "docker").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    context = scripts["ee"].create_context("registry.example.com/ee-minimal:latest", "/usr/bin/microdnf")
    assert (context / "_build" / "archive" / archive.name).read_bytes() == archive.read_bytes()
    assert "FROM $EE_BASE_IMAGE" in (context / "Containerfile").read_text("utf-8")


def test_the_guide_has_the_same_definition(scripts: dict[str, ModuleType]) -> None:
    text = (ROOT / "docs" / "awx.md").read_text("utf-8")
    (told,) = re.findall(r"^```yaml\n(version: 3\n.*?)^```", text, re.MULTILINE | re.DOTALL)
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text("utf-8"))
    name = Path(f"backupops-veeam-{galaxy['version']}.tar.gz")
    assert yaml.safe_load(told) == scripts["ee"].definition("registry.example.com/ee-minimal:latest", name, "")


def test_without_a_base_it_says_what_is_missing() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "ee.py"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 1
    assert "say which image to begin with" in done.stderr


def test_the_bill_of_materials_names_what_is_required(scripts: dict[str, ModuleType]) -> None:
    bom = json.loads(scripts["release"].bill_of_materials())
    assert bom["bomFormat"] == "CycloneDX"
    told = {found["name"]: found["properties"][0]["value"] for found in bom["components"]}
    wanted = dict(re.findall(r"^([a-z-]+)([<>=].*)$", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE))
    assert told == {"ansible-core": ">=2.16.0", **wanted}
    assert {"ref": "collection", "dependsOn": sorted(told)} in bom["dependencies"]


def test_checksums(scripts: dict[str, ModuleType], tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    assert scripts["release"].checksums([tmp_path / "a"]) == hashlib.sha256(b"content").hexdigest() + "  a\n"


def test_pre_commit_runs_what_make_lint_runs() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    hooks = [hook["entry"] for repo in config["repos"] for hook in repo["hooks"]]
    parts = re.search(r"^LINT := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert parts is not None
    assert sorted(hooks) == sorted("make " + name for name in parts.group(1).split() if name != "docs")


def test_few_commands_are_to_be_known() -> None:
    # Started by make itself, make would also say which folder it enters.
    command = ["make", "--no-print-directory", "help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert 4 < len(done.stdout.splitlines()) <= 11


def test_ci_and_readme_have_the_rows_of_the_matrix(scripts: dict[str, ModuleType]) -> None:
    rows = [(row.core, row.python) for row in scripts["matrix"].ROWS]
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    include = workflow["jobs"]["matrix"]["strategy"]["matrix"]["include"]
    assert [(item["core"], item["python"]) for item in include] == rows
    assert scripts["matrix"].table() in (ROOT / "README.md").read_text("utf-8"), "see scripts/matrix.py --table"
