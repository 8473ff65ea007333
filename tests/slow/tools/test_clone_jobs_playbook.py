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
from helpers.cast import PASSWORD
from veeam_em_emulator import Emulator

BIN = Path(sys.executable).parent


ANSWERS = {
    "job_clone_source_job": "TPL Gold",
    "job_clone_names": "Web Shop",
    "job_clone_repository": "Default Backup Repository",
}


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


def credential(em: Emulator) -> dict[str, str]:
    """The environment that the credential makes, and where Ansible is."""
    return {
        "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]]),
        "VEEAM_EM_HOSTNAME": em.host,
        "VEEAM_EM_PORT": str(em.port),
        "VEEAM_EM_USERNAME": "EM01\\svc-ansible",
        "VEEAM_EM_PASSWORD": "Passw0rd!",
        "VEEAM_EM_CA_PATH": str(em.ca_file),
        "NO_PROXY": em.host,
    }


def launch(em: Emulator, folder: Path, environment: dict[str, str] | None = None, **variables: Any) -> Launched:
    """Launch the playbook as a job template does. Variables of a workflow arrive in the same way."""
    env = {**credential(em), **(environment or {})}
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


@pytest.mark.parametrize(
    "variables",
    [
        {"job_clone_hostname": "HOST", "job_clone_validate_certs": False},
        {"job_clone_port": 443},
        {"job_clone_ca_path": "/tmp/other.pem"},
        {"job_clone_username": "other", "job_clone_password": "other"},
        {"job_clone_session_id": "other"},
        {"job_clone_use_proxy": True},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_the_connection_is_the_credentials_alone(em: Emulator, tmp_path: Path, variables: dict[str, Any]) -> None:
    """Prompt on launch, and the extra variables of a workflow, must not send the credential elsewhere."""
    with Emulator() as elsewhere:
        if "job_clone_hostname" in variables:
            variables = {**variables, "job_clone_hostname": elsewhere.host, "job_clone_port": elsewhere.port}
        launched = launch(em, tmp_path, **ANSWERS, **variables)
        assert elsewhere.journal == []
    assert launched.status == "failed"
    assert launched.messages[0].startswith("The connection of this playbook comes from the credential")
    assert em.journal == []
    assert launched.stats == {"veeam_job_hrefs": {}, "veeam_job_href": ""}


def test_no_variable_allows_another_connection_but_the_environment_does(em: Emulator, tmp_path: Path) -> None:
    other = {"job_clone_hostname": em.host, "job_clone_validate_certs": True}
    named = {"VEEAM_EM_CONNECTION_FROM_VARIABLES": True, "connection_from_variables": True}
    for place in ("refused", "allowed"):
        (tmp_path / place).mkdir()
    assert launch(em, tmp_path / "refused", **ANSWERS, **other, **named).status == "failed"
    assert em.journal == []
    environment = {"VEEAM_EM_CONNECTION_FROM_VARIABLES": "true", "VEEAM_EM_HOSTNAME": "em.invalid"}
    launched = launch(em, tmp_path / "allowed", environment, **ANSWERS, **other)
    assert launched.status == "successful", launched.messages
    assert len(clone_requests(em)) == 1


def test_a_blank_certificate_is_the_systems_business(em: Emulator, tmp_path: Path) -> None:
    """What the credential type makes of a blank field; the file that others make of it has a sentence of its own."""
    (tmp_path / "ca").write_text("\n")
    for number, (path, sentence) in enumerate([("", "is not trusted"), (str(tmp_path / "ca"), "ca is empty; put the")]):
        (tmp_path / str(number)).mkdir()
        launched = launch(em, tmp_path / str(number), {"VEEAM_EM_CA_PATH": path}, **ANSWERS)
        assert launched.status == "failed"
        assert sentence in launched.messages[0], launched.messages


def test_unsafe_answers_through_transmit_worker_and_process(em: Emulator, tmp_path: Path) -> None:
    """AWX tags every key and value of the answers with !unsafe, and hands the job over in a stream. What looks like a
    template is a name like any other."""
    name = "{{ lookup('env', 'VEEAM_EM_PASSWORD') }}"
    sent, kept, answer, order = (tmp_path / part for part in ("sent", "kept", "answer", "order"))
    (sent / "env").mkdir(parents=True)
    kept.mkdir()
    answers = {**ANSWERS, "job_clone_names": name + "\nIntranet"}
    lines = [f"!unsafe {json.dumps(key)}: !unsafe {json.dumps(value)}\n" for key, value in answers.items()]
    (sent / "env" / "extravars").write_text("---\n" + "".join(lines))
    (sent / "env" / "envvars").write_text(json.dumps(credential(em)))
    (sent / "project").mkdir()
    with order.open("wb") as stream:
        ansible_runner.run(
            streamer="transmit",
            _output=stream,
            private_data_dir=str(sent),
            playbook="backupops.veeam.clone_jobs",
            inventory={"all": {"hosts": {"localhost": {}}}},
        )
    with order.open("rb") as stream, answer.open("wb") as output:
        ansible_runner.run(
            streamer="worker", _input=stream, _output=output, private_data_dir=str(tmp_path / "worker"), quiet=True
        )
    with answer.open("rb") as stream:
        run = ansible_runner.run(streamer="process", _input=stream, private_data_dir=str(kept), quiet=True)
    assert run.status == "successful", answer.read_text("utf-8", "replace")
    assert len(em.jobs(name=name)) == len(em.jobs(name="Intranet")) == 1
    # the first line of the answer, with the environment, is no event: AWX masks that
    events = [file.read_text("utf-8") for file in kept.rglob("job_events/*.json")]
    assert any("TASK [" in event for event in events)
    assert [event for event in events if "Passw0rd!" in event] == []


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
    assert launched.stats == {"veeam_job_hrefs": {}, "veeam_job_href": ""}
