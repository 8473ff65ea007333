# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook clone_jobs as AWX runs it: through ansible-runner, the credential in the environment, variables from a
survey or the template, and what it hands on to the next node of a workflow."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ansible_runner
import pytest
from helpers.cast import PASSWORD, USERNAME
from veeam_em_emulator import Emulator

BIN = Path(sys.executable).parent


@pytest.fixture
def em() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator
        assert emulator.open_sessions() == []


@dataclass
class Launched:
    """status: successful or failed. messages: what failed tasks said. stats: what the next node gets."""

    status: str
    messages: list[str] = field(default_factory=list)
    stats: dict[str, Any] = field(default_factory=dict)


def launch(em: Emulator, folder: Path, **variables: Any) -> Launched:
    """Launch the playbook as a job template does."""
    env = {
        "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]]),
        "VEEAM_EM_HOSTNAME": em.host,
        "VEEAM_EM_PORT": str(em.port),
        "VEEAM_EM_USERNAME": USERNAME,
        "VEEAM_EM_PASSWORD": PASSWORD,
        "VEEAM_EM_CA_PATH": str(em.ca_file),
        "NO_PROXY": em.host,
    }
    (folder / "project").mkdir()
    run = ansible_runner.run(
        private_data_dir=str(folder),
        playbook="backupops.veeam.clone_jobs",
        # an inventory of AWX's own has localhost as an explicit host
        inventory={"all": {"hosts": {"localhost": {}}}},
        extravars=variables,
        envvars=env,
        quiet=True,
    )
    launched = Launched(run.status)
    assert PASSWORD not in run.stdout.read()
    for event in run.events:
        data = event.get("event_data", {})
        if event["event"] == "runner_on_failed":
            launched.messages.append(str(data["res"].get("msg")))
        if event["event"] == "playbook_on_stats":
            launched.stats = data.get("artifact_data", {})
    return launched


def clone_requests(em: Emulator) -> list[str]:
    return [entry.body for entry in em.journal if entry.method == "POST" and "action=clone" in entry.query_string]


def test_survey(em: Emulator, tmp_path: Path) -> None:
    """Names one a line as a text area sends them, and questions left blank as empty texts."""
    launched = launch(
        em,
        tmp_path,
        job_clone_source_job="TPL Gold",
        job_clone_names="Web Shop\r\n\r\n  Intranet  \r\n",
        job_clone_repository="Default Backup Repository",
        job_clone_backup_server="",
        job_clone_description="",
        job_clone_vm_suffix="",
    )
    assert launched.status == "successful", launched.messages
    jobs = {name: em.jobs(name=name)[0] for name in ("Web Shop", "Intranet")}
    base = f"https://{em.host}:{em.port}/api/jobs/"
    assert launched.stats["veeam_job_hrefs"] == {name: base + job.id for name, job in jobs.items()}
    assert launched.stats["veeam_job_href"] == ""
    assert len(clone_requests(em)) == 2
    assert all("Description" not in body for body in clone_requests(em))


def test_list_and_a_single_job(em: Emulator, tmp_path: Path) -> None:
    launched = launch(
        em,
        tmp_path,
        job_clone_clones=[{"source_job": "TPL Replica", "name": "Web Shop Standby", "vm_suffix": "_standby"}],
    )
    assert launched.status == "successful", launched.messages
    (job,) = em.jobs(name="Web Shop Standby")
    assert launched.stats["veeam_job_href"] == f"https://{em.host}:{em.port}/api/jobs/{job.id}"
    assert job.vm_suffix == "_standby"


def test_what_was_cloned_is_handed_on_after_a_failure(em: Emulator, tmp_path: Path) -> None:
    launched = launch(
        em,
        tmp_path,
        job_clone_repository="Default Backup Repository",
        job_clone_clones=[
            {"source_job": "TPL Gold", "name": "Web Shop"},
            {"source_job": "TPL Brass", "name": "Intranet"},
        ],
    )
    assert launched.status == "failed"
    assert "TPL Brass" in " ".join(launched.messages)
    assert list(launched.stats["veeam_job_hrefs"]) == ["Web Shop"]
    assert len(em.jobs(name="Web Shop")) == 1
    assert em.jobs(name="Intranet") == []


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"job_clone_source_job": "TPL Gold"},
        {"job_clone_names": "Web Shop"},
        {"job_clone_names": "\n", "job_clone_source_job": "TPL Gold"},
        {
            "job_clone_names": "Web Shop",
            "job_clone_source_job": "TPL Gold",
            "job_clone_clones": [{"source_job": "TPL Gold", "name": "Intranet"}],
        },
    ],
    ids=["nothing", "no names", "no source", "blank names", "both ways"],
)
def test_says_how_to_say_what_to_clone(em: Emulator, tmp_path: Path, variables: dict[str, Any]) -> None:
    launched = launch(em, tmp_path, **variables)
    assert launched.status == "failed"
    assert launched.messages[0].startswith("Say what to clone, in one of two ways: job_clone_source_job"), json.dumps(
        launched.messages
    )
    assert em.journal == []
