# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/protection.md prints, as it is printed there but for the reader's own server and folders.

The email is sent in tests/slow/playbooks/test_protection_guide.py.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from helpers import estate
from helpers.ansible_runs import BIN, AnsibleRun, environment, run_ansible
from helpers.cast import PASSWORD, USERNAME
from veeam_em_emulator import Emulator
from veeam_em_emulator.tester.clock import ManualClock

GUIDE = (Path(__file__).resolve().parents[4] / "docs" / "protection.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(?:yaml|sh)\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
#: Words of each block, in their order. Each is played by a test of this file, but for the email.
WORDS = (
    "Look at every machine",
    "status: protected",
    "Patch only what has been backed up today",
    "# report.yml",
    "# /etc/veeam-report.env",
    "# mail.yml",
    "# exclusions.yml",
    "Stop where a machine of the release is not protected",
    "protection_report_fail_on",
    "# veeam.yml",
    "hosts: veeam_unprotected",
)


def block(words: str) -> str:
    """The one block that has these words."""
    (found,) = [one for one in BLOCKS if words in one]
    return str(found)


@pytest.fixture
def em() -> Iterator[Emulator]:
    state = estate.state()
    state["jobs"].append({**state["jobs"][0], "name": "Catch-all"})
    with Emulator(state=state, clock=ManualClock(), seed=1) as emulator:
        yield emulator
        assert emulator.open_sessions() == []


def played(em: Emulator, folder: Path, *arguments: str) -> AnsibleRun:
    env = {**environment(em, folder), "ANSIBLE_INVENTORY_ENABLED": "backupops.veeam.machines,ini"}
    return run_ansible(["ansible-playbook", *arguments], folder, em, env)


def test_every_block_is_known() -> None:
    assert len(BLOCKS) == len(WORDS)
    assert [block(words) for words in WORDS] == BLOCKS


def test_the_report_of_every_night_by_cron_with_exclusions_from_git(em: Emulator, tmp_path: Path) -> None:
    """The line of the crontab as cron starts it: by /bin/sh, in the home of the user, with next to no environment."""
    (command,) = re.findall(r"^    \d+ \d+ \* \* \*  (.*)$", GUIDE, re.MULTILINE)
    home, pages, project = (tmp_path / name for name in ("home", "pages", "project"))
    for folder in (home, pages, project):
        folder.mkdir()
    (project / "exclusions.yml").write_text(block("# exclusions.yml"), "utf-8")
    (project / "report.yml").write_text(block("# report.yml").replace("/var/www/html/backup", str(pages)), "utf-8")
    own = {
        "/opt/ansible/bin": str(BIN),
        "em01.example.com": em.host,
        "'EM01\\svc-report'": shlex.quote(USERNAME),
        "'the password'": shlex.quote(PASSWORD),
    }
    text = block("# /etc/veeam-report.env")
    for printed, real in own.items():
        assert text.count(printed) == 1
        text = text.replace(printed, real)
    text += f"export VEEAM_EM_PORT={em.port}\nexport VEEAM_EM_CA_PATH={em.ca_file}\n"
    (tmp_path / "report.env").write_text(text, "utf-8")
    command = command.replace("/etc/veeam-report.env", str(tmp_path / "report.env"))
    done = subprocess.run(
        ["/bin/sh", "-c", command.replace("/opt/backup", str(project))],
        cwd=home,
        env={"HOME": str(home), "LOGNAME": "backup", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    assert len(list(pages.iterdir())) == 4
    found = json.loads((pages / "protection.json").read_text("utf-8"))
    status = {one["name"]: one["status"] for one in found["machines"]}
    assert (status["old-tmp-1"], status["jump01"], status["db01"]) == ("excluded", "excluded", "late")


def test_the_module_the_condition_and_the_role_that_fails(em: Emulator, tmp_path: Path) -> None:
    """In one run: what the first blocks show, for machines that are hosts, and the role with the page's variables."""
    look = {"delegate_to": "localhost", "run_once": True}
    (first,), (second,) = (yaml.safe_load(block(words)) for words in (WORDS[0], WORDS[2]))
    role = {"role": "backupops.veeam.protection_report"}
    variables = {"protection_report_folder": str(tmp_path), **yaml.safe_load(block("protection_report_fail_on"))}
    plays = [
        {"hosts": "release", "gather_facts": False, "tasks": [{**first, **look}, second]},
        {"hosts": "localhost", "gather_facts": False, "vars": variables, "roles": [role]},
    ]
    (tmp_path / "play.json").write_text(json.dumps(plays), "utf-8")
    patch = tmp_path / "roles" / "patch" / "tasks" / "main.yml"
    patch.parent.mkdir(parents=True)
    patch.write_text(json.dumps([{"name": "Patch it", "ansible.builtin.set_fact": {"patched": True}}]), "utf-8")
    here = "ansible_connection=local ansible_python_interpreter={{ansible_playbook_python}}"
    (tmp_path / "hosts.ini").write_text(f"localhost {here}\n[release]\nweb02 {here}\ndb01 {here}\n", "utf-8")
    done = played(em, tmp_path, "-i", "hosts.ini", "play.json")
    assert done.returncode == 2, done.output
    found = {one["name"]: one for one in done.named("Look at every machine").result["machines"]}
    # The page shows some of what there is, and leaves out the rest with an ellipsis.
    (shown,) = yaml.safe_load(block("status: protected").replace(", ...", ""))
    assert set(shown) <= set(found["web02"])
    for key in ("restore_point", "last_run"):
        assert set(shown[key]) <= set(found["web02"][key] or shown[key]), key
    assert set(shown["jobs"][0]) <= set(found["web02"]["jobs"][0])
    patched = re.findall(r"TASK \[patch : Patch it\] \*+\n((?:ok: .*\n)*)", done.output)
    assert patched == ["ok: [web02]\n"]
    # A restore point of twelve hours ago is too old for a release, which wants four.
    assert re.search(r"web02.*db01|db01.*web02", done.named("Write the report").msg), done.output
    written = json.loads((tmp_path / "protection.json").read_text("utf-8"))
    assert {one["name"]: one["status"] for one in written["machines"]}["db01"] == "late"


def test_a_pipeline_stops_where_a_machine_is_late(em: Emulator, tmp_path: Path) -> None:
    (tmp_path / "hosts.ini").write_text("[release]\nweb01\ndb01\n", "utf-8")
    (tmp_path / "release.yml").write_text(block("Stop where a machine of the release is not protected"), "utf-8")
    done = played(em, tmp_path, "-i", "hosts.ini", "release.yml")
    assert done.returncode == 2, done.output
    assert "db01" in done.named("Say which").msg
    (tmp_path / "hosts.ini").write_text("[release]\nweb02\n", "utf-8")
    text = (tmp_path / "release.yml").read_text("utf-8").replace("4h", "24h")
    (tmp_path / "release.yml").write_text(text, "utf-8")
    done = played(em, tmp_path, "-i", "hosts.ini", "release.yml")
    assert done.returncode == 0, done.output


def test_what_is_unprotected_is_protected(em: Emulator, tmp_path: Path) -> None:
    (tmp_path / "veeam.yml").write_text(block("# veeam.yml").replace("em01.example.com", em.host), "utf-8")
    (tmp_path / "protect.yml").write_text(block("hosts: veeam_unprotected"), "utf-8")
    (command,) = re.findall(r"^    (ansible-inventory .*)$", GUIDE, re.MULTILINE)
    env = {**environment(em, tmp_path), "ANSIBLE_INVENTORY_ENABLED": "backupops.veeam.machines"}
    shown = run_ansible(shlex.split(command), tmp_path, em, env)
    assert (shown.returncode, "--jump01" in shown.output, "--web01" in shown.output) == (0, True, False), shown.output
    before = set(em.jobs("Catch-all")[0].objects)
    done = played(em, tmp_path, "-i", "veeam.yml", "protect.yml")
    assert done.returncode == 0, done.output
    assert done.named("Put them into a job").changed
    # One that is in the job already is protected, so the list does not have it: it must not be taken out.
    after = set(em.jobs("Catch-all")[0].objects)
    assert before and before < after and "jump01" in after
