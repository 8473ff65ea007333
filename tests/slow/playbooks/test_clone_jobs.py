# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook clone_jobs, launched as AWX does; what all playbooks for job templates share is here too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ansible_runner
import pytest
from helpers.cast import DEFAULT_REPOSITORY, GOLD, REPLICA
from helpers.surveys import HEADING, RESOLVES, as_awx_writes
from helpers.templates import Templates, credential
from veeam_em_emulator import Emulator

ANSWERS = {
    "job_clone_source_job": GOLD,
    "job_clone_names": "Web Shop",
    "job_clone_repository": DEFAULT_REPOSITORY,
}
#: What else there is, answered by nothing: in turn blank, null, and as a survey shows it.
BLANKS = dict(
    zip(
        (
            *("job_clone_backup_server", "job_clone_description", "job_clone_vm_suffix", "job_clone_wait"),
            *("job_clone_wait_timeout", "job_clone_poll_interval", "job_clone_on_timeout", "job_clone_max_parallel"),
            *(
                "job_clone_clones",
                "job_clone_hostname",
                "job_clone_port",
                "job_clone_validate_certs",
                "job_clone_timeout",
            ),
            *("job_clone_api_version", "job_clone_media_type", "job_clone_max_response_size", "job_clone_use_proxy"),
        ),
        ["", None, "(blank: as the template's)"] * 10,
        strict=False,
    )
)
NOTHING = {"veeam_job_hrefs": {}, "veeam_job_href": ""}


def clone_requests(em: Emulator) -> list[str]:
    return [entry.body for entry in em.journal if entry.method == "POST" and "action=clone" in entry.query_string]


def test_survey(em: Emulator, templates: Templates) -> None:
    """Names one a line as the text area of a survey sends them, and questions left blank."""
    launched = templates.launch(
        "clone_jobs", {**ANSWERS, **BLANKS, "job_clone_names": f"{HEADING}\r\nWeb Shop\r\n\r\n  0123  \r\n"}
    )
    assert launched.successful, launched.messages
    jobs = {name: em.jobs(name=name)[0] for name in ("Web Shop", "0123")}
    base = f"https://{em.host}:{em.port}/api/jobs/"
    assert launched.stats["veeam_job_hrefs"] == {name: base + job.id for name, job in jobs.items()}
    assert launched.stats["veeam_job_href"] == ""
    assert len(clone_requests(em)) == 2
    assert all("Description" not in body for body in clone_requests(em))
    assert len(launched.shown[0]["changed"]) == 2


def test_never_a_job_under_another_name_than_was_typed(em: Emulator, templates: Templates) -> None:
    there = {job.name for job in em.jobs()}
    launched = templates.launch("clone_jobs", {**ANSWERS, "job_clone_names": ["Web Shop", "0123"]})
    if RESOLVES:
        assert launched.messages[0].startswith(
            'job_clone_names: there is no job "83", and the name arrived as a number'
        )
        assert launched.stats == NOTHING
        assert clone_requests(em) == []
        assert {job.name for job in em.jobs()} == there
    else:
        assert {job.name for job in em.jobs()} == {*there, "Web Shop", "0123"}


@pytest.mark.parametrize(
    "answers",
    [
        {"job_clone_hostname": "HOST", "job_clone_validate_certs": False},
        {"job_clone_port": 443},
        {"job_clone_ca_path": "/tmp/other.pem"},
        {"job_clone_username": "other", "job_clone_password": "other"},
        {"job_clone_session_id": "other"},
        {"job_clone_use_proxy": True},
    ],
    ids=lambda answers: next(iter(answers)),
)
def test_the_connection_is_the_credentials_alone(em: Emulator, templates: Templates, answers: dict[str, Any]) -> None:
    """Prompt on launch, and the extra variables of a workflow, must not send the credential elsewhere."""
    with Emulator() as elsewhere:
        if "job_clone_hostname" in answers:
            answers = {**answers, "job_clone_hostname": elsewhere.host, "job_clone_port": elsewhere.port}
        launched = templates.launch("clone_jobs", {**ANSWERS, **answers})
        assert elsewhere.journal == []
    assert not launched.successful
    assert launched.messages[0].startswith("The connection of this playbook comes from the credential")
    assert em.journal == []
    assert launched.stats == NOTHING


@pytest.mark.parametrize(
    ("playbook", "answers"),
    [
        ("jobs", {"jobs_names": GOLD}),
        ("run_jobs", {"run_jobs_names": GOLD}),
        ("maintenance", {"maintenance_state": "begin", "maintenance_jobs": GOLD}),
    ],
)
def test_and_so_it_is_in_the_other_playbooks(
    em: Emulator, templates: Templates, playbook: str, answers: dict[str, Any]
) -> None:
    elsewhere = {playbook + "_hostname": "elsewhere.invalid", playbook + "_validate_certs": False}
    launched = templates.launch(playbook, answers, artifacts=elsewhere)
    assert not launched.successful
    assert launched.messages[0].startswith("The connection of this playbook comes from the credential")
    assert launched.stats
    assert em.journal == []


def test_no_variable_allows_another_connection_but_the_environment_does(em: Emulator, templates: Templates) -> None:
    other = {"job_clone_hostname": em.host, "job_clone_validate_certs": True}
    named = {"VEEAM_EM_CONNECTION_FROM_VARIABLES": True, "connection_from_variables": True}
    assert not templates.launch("clone_jobs", {**ANSWERS, **other, **named}).successful
    assert em.journal == []
    allowed = {"VEEAM_EM_CONNECTION_FROM_VARIABLES": "true", "VEEAM_EM_HOSTNAME": "em.invalid"}
    launched = templates.launch("clone_jobs", {**ANSWERS, **other}, environment=allowed)
    assert launched.successful, launched.messages
    assert len(clone_requests(em)) == 1


@pytest.mark.parametrize("playbook", ["clone_jobs", "maintenance"])
def test_without_a_credential(em: Emulator, templates: Templates, playbook: str) -> None:
    answers = {**ANSWERS, "maintenance_state": "begin", "maintenance_jobs": GOLD}
    launched = templates.launch(playbook, answers, environment={"VEEAM_EM_HOSTNAME": ""})
    assert launched.messages[0].startswith("It is not said which Enterprise Manager to talk to")
    assert em.journal == []


def test_a_blank_certificate_is_the_systems_business(em: Emulator, templates: Templates) -> None:
    """What the credential type makes of a blank field; the file that others make of it has a sentence of its own."""
    empty = templates.folder / "ca"
    empty.write_text("\n")
    for path, sentence in (("", "is not trusted"), (str(empty), "ca is empty; put the")):
        launched = templates.launch("clone_jobs", ANSWERS, environment={"VEEAM_EM_CA_PATH": path})
        assert not launched.successful
        assert sentence in launched.messages[0], launched.messages


def test_through_transmit_worker_and_process(em: Emulator, tmp_path: Path) -> None:
    """AWX hands the job over in a stream. What looks like a template is a name like any other."""
    name = "{{ lookup('env', 'VEEAM_EM_PASSWORD') }}"
    sent, kept, answer, order = (tmp_path / part for part in ("sent", "kept", "answer", "order"))
    (sent / "env").mkdir(parents=True)
    kept.mkdir()
    (sent / "env" / "extravars").write_text(as_awx_writes({**ANSWERS, "job_clone_names": name + "\nIntranet"}))
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


def test_list_and_a_single_job(em: Emulator, templates: Templates) -> None:
    clones = [{"source_job": REPLICA, "name": "Web Shop Standby", "vm_suffix": "_standby", "description": None}]
    launched = templates.launch("clone_jobs", {"job_clone_clones": clones, "job_clone_names": ""})
    assert launched.successful, launched.messages
    (job,) = em.jobs(name="Web Shop Standby")
    assert launched.stats["veeam_job_href"] == f"https://{em.host}:{em.port}/api/jobs/{job.id}"
    assert job.vm_suffix == "_standby"


def test_what_was_cloned_is_handed_on_after_a_failure(em: Emulator, templates: Templates) -> None:
    clones = [{"source_job": GOLD, "name": "Web Shop"}, {"source_job": "TPL Brass", "name": "Intranet"}]
    launched = templates.launch("clone_jobs", {"job_clone_repository": DEFAULT_REPOSITORY, "job_clone_clones": clones})
    assert not launched.successful
    assert "TPL Brass" in " ".join(launched.messages)
    assert list(launched.stats["veeam_job_hrefs"]) == ["Web Shop"]
    assert len(em.jobs(name="Web Shop")) == 1
    assert em.jobs(name="Intranet") == []
    assert "TPL Brass" in launched.shown[0]["failed"][0]


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"job_clone_source_job": GOLD},
        {"job_clone_names": "Web Shop"},
        {"job_clone_names": HEADING, "job_clone_source_job": GOLD},
        {"job_clone_names": "Web Shop", "job_clone_source_job": "(blank: choose one)"},
        {**ANSWERS, "job_clone_clones": [{"source_job": GOLD, "name": "Intranet"}]},
    ],
    ids=["nothing", "no names", "no source", "blank names", "blank source", "both ways"],
)
def test_says_how_to_say_what_to_clone(em: Emulator, templates: Templates, answers: dict[str, Any]) -> None:
    launched = templates.launch("clone_jobs", answers)
    assert not launched.successful
    assert launched.messages[0].startswith("Say what to clone, in one of two ways: job_clone_source_job"), (
        launched.messages
    )
    assert em.journal == []
    assert launched.stats == NOTHING
