# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks jobs, run_jobs and maintenance as AWX runs them: through ansible-runner, the credential in the
environment, variables from a survey or the template, and what they hand on to the next node of a workflow."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ansible_runner
import pytest
from helpers.cast import GOLD, PASSWORD, REPLICA, USERNAME, VBR01, VBR02
from veeam_em_emulator import Emulator

BIN = Path(sys.executable).parent
SILVER = "TPL Silver"
COPY = "Copy to Offsite"
BLANKS = {
    "jobs": dict.fromkeys(
        ("source_job", "repository", "backup_server", "description", "machines", "daily_at", "days", "keep_days"), ""
    ),
    "run_jobs": dict.fromkeys(
        ("backup_server", "state", "if_running", "accept", "wait", "wait_timeout", "poll_interval", "max_parallel"), ""
    ),
    "maintenance": dict.fromkeys(("backup_server", "all", "wait_timeout", "max_parallel"), ""),
}


@pytest.fixture
def em() -> Iterator[Emulator]:
    with Emulator(task_steps="") as emulator:
        yield emulator
        assert emulator.open_sessions() == []


@dataclass
class Launched:
    """status: successful or failed. messages: what failed tasks said. stats: what the next node gets."""

    status: str
    messages: list[str] = field(default_factory=list)
    stats: dict[str, Any] = field(default_factory=dict)


@dataclass
class Templates:
    """Job templates, each with a private folder as AWX makes one for every job."""

    em: Emulator
    folder: Path
    launched: int = 0

    def launch(self, playbook: str, artifacts: dict[str, Any] | None = None, **variables: Any) -> Launched:
        """Launch the playbook. variables: without its prefix. artifacts: what a node before handed on."""
        self.launched += 1
        folder = self.folder / str(self.launched)
        (folder / "project").mkdir(parents=True)
        whole = {"jobs": "jobs"} if playbook == "jobs" else {}
        given = {whole.get(name, f"{playbook}_{name}"): value for name, value in variables.items()}
        run = ansible_runner.run(
            private_data_dir=str(folder),
            playbook="backupops.veeam." + playbook,
            # an inventory of AWX's own has localhost as an explicit host
            inventory={"all": {"hosts": {"localhost": {}}}},
            extravars={**(artifacts or {}), **given},
            envvars={
                "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]]),
                "VEEAM_EM_HOSTNAME": self.em.host,
                "VEEAM_EM_PORT": str(self.em.port),
                "VEEAM_EM_USERNAME": USERNAME,
                "VEEAM_EM_PASSWORD": PASSWORD,
                "VEEAM_EM_CA_PATH": str(self.em.ca_file),
                "NO_PROXY": self.em.host,
            },
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


@pytest.fixture
def templates(em: Emulator, tmp_path: Path) -> Templates:
    return Templates(em, tmp_path)


def writes(em: Emulator) -> list[str]:
    return [entry.method for entry in em.journal if entry.path.startswith("/api/jobs/") and entry.method != "GET"]


# -- jobs ----------------------------------------------------------------------------------------------------------


SURVEY = {
    **BLANKS["jobs"],
    "names": " Web Shop\r\n\r\n",
    "source_job": GOLD,
    "repository": "Default Backup Repository",
    "machines": "web02\r\n app01 \r\n",
    "daily_at": "22:00",
    "days": "monday, Friday",
    "keep_days": "21",
    "enabled": "true",
}


def test_a_job_from_a_survey_and_again(em: Emulator, templates: Templates) -> None:
    first = templates.launch("jobs", **SURVEY)
    assert first.status == "successful", first.messages
    (job,) = em.jobs(name="Web Shop")
    assert set(job.objects) == {"web02", "app01"}
    assert job.schedule_enabled is True
    href = f"https://{em.host}:{em.port}/api/jobs/{job.id}"
    assert first.stats == {
        "veeam_job_hrefs": {"Web Shop": href},
        "veeam_job_href": href,
        "veeam_jobs_changed": ["Web Shop"],
    }
    before = len(writes(em))
    again = templates.launch("jobs", **SURVEY)
    assert again.status == "successful", again.messages
    assert again.stats["veeam_jobs_changed"] == [] and again.stats["veeam_job_href"] == href
    assert len(writes(em)) == before


def test_questions_left_blank_leave_the_job_as_it_is(em: Emulator, templates: Templates) -> None:
    launched = templates.launch("jobs", **{**BLANKS["jobs"], "names": GOLD})
    assert launched.status == "successful", launched.messages
    assert writes(em) == []


def test_a_list_of_jobs_of_which_one_cannot_be(em: Emulator, templates: Templates) -> None:
    launched = templates.launch(
        "jobs",
        repository="Default Backup Repository",
        jobs=[
            {"name": "Web Shop", "source_job": GOLD, "description": "Nightly"},
            {"name": "Intranet", "source_job": "TPL Brass"},
        ],
    )
    assert launched.status == "failed"
    assert "TPL Brass" in " ".join(launched.messages)
    assert list(launched.stats["veeam_job_hrefs"]) == ["Web Shop"]
    assert launched.stats["veeam_jobs_changed"] == ["Web Shop"]


@pytest.mark.parametrize(
    "variables", [{}, {"names": "\n"}, {"names": "a", "jobs": [{"name": "b"}]}, {"names": "a", "days": "monday"}]
)
def test_says_how_to_say_which_jobs(em: Emulator, templates: Templates, variables: dict[str, Any]) -> None:
    launched = templates.launch("jobs", **variables)
    assert launched.status == "failed"
    assert launched.messages[0].startswith("Say which jobs, in one of two ways"), launched.messages
    assert launched.stats == {"veeam_job_hrefs": {}, "veeam_job_href": "", "veeam_jobs_changed": []}
    assert em.journal == []


@pytest.mark.parametrize("playbook", ["jobs", "run_jobs", "maintenance"])
def test_the_connection_is_the_credential_s_alone(em: Emulator, templates: Templates, playbook: str) -> None:
    given: dict[str, dict[str, Any]] = {
        "jobs": {"names": GOLD},
        "run_jobs": {"names": GOLD},
        "maintenance": {"state": "begin", "jobs": GOLD},
    }
    elsewhere = {playbook + "_hostname": "elsewhere.invalid", playbook + "_validate_certs": False}
    launched = templates.launch(playbook, artifacts=elsewhere, **given[playbook])
    assert launched.status == "failed"
    assert launched.messages[0].startswith("The connection of this playbook comes from the credential")
    assert launched.stats
    assert em.journal == []


# -- run_jobs ------------------------------------------------------------------------------------------------------


def test_run_jobs(em: Emulator, templates: Templates) -> None:
    launched = templates.launch(
        "run_jobs", **{**BLANKS["run_jobs"], "names": f"{GOLD}\r\n{REPLICA}\n", "poll_interval": "0.2"}
    )
    assert launched.status == "successful", launched.messages
    runs = launched.stats["veeam_job_runs"]
    assert [(run["job"], run["changed"], run["result"]) for run in runs] == [
        (GOLD, True, "Success"),
        (REPLICA, True, "Success"),
    ]
    assert [run["session"] for run in runs] == [em.sessions(name)[0].id for name in (GOLD, REPLICA)]
    assert launched.stats["veeam_jobs_failed"] == []


def test_run_jobs_fails_with_the_reasons(em: Emulator, templates: Templates) -> None:
    em.plan_runs(GOLD, {"machines": {"web01": {"result": "Failed", "reason": "No space left."}}})
    launched = templates.launch(
        "run_jobs", names=[GOLD, {"job": SILVER, "backup_server": VBR02}], poll_interval=0.2, accept="Success"
    )
    assert launched.status == "failed"
    assert "web01: No space left" in launched.messages[0]
    assert launched.stats["veeam_jobs_failed"] == [GOLD]
    assert [run["result"] for run in launched.stats["veeam_job_runs"]] == ["Failed", "Success"]


def test_run_jobs_takes_the_jobs_of_the_node_before(em: Emulator, templates: Templates) -> None:
    made = templates.launch("jobs", **SURVEY)
    launched = templates.launch("run_jobs", artifacts=made.stats, **{**BLANKS["run_jobs"], "names": ""})
    assert launched.status == "successful", launched.messages
    assert [run["job"] for run in launched.stats["veeam_job_runs"]] == ["Web Shop"]
    assert len(em.sessions("Web Shop")) == 1


def test_run_jobs_says_how_to_say_which(em: Emulator, templates: Templates) -> None:
    launched = templates.launch("run_jobs", **BLANKS["run_jobs"], names=" \n")
    assert launched.status == "failed"
    assert launched.messages[0].startswith("Say which jobs: run_jobs_names")
    assert launched.stats == {"veeam_job_runs": [], "veeam_jobs_failed": []}
    assert em.journal == []


# -- maintenance ---------------------------------------------------------------------------------------------------


def enabled(em: Emulator) -> set[tuple[str, str]]:
    return {(job.name, job.server) for job in em.jobs() if job.schedule_enabled}


def set_up(em: Emulator) -> None:
    """Of the jobs on the first server one is disabled already; a copy job is among those that are enabled."""
    for job in em.jobs():
        em.console.edit_job(job.name, backup_server=job.server, enabled=job.name != REPLICA)


def test_exactly_those_that_were_enabled_are_enabled_again(em: Emulator, templates: Templates) -> None:
    set_up(em)
    before = enabled(em)
    names = "\n".join((GOLD, REPLICA, COPY))
    begun = templates.launch("maintenance", **BLANKS["maintenance"], state="begin", jobs=names)
    assert begun.status == "successful", begun.messages
    assert before - enabled(em) == {(GOLD, VBR01), (COPY, VBR02)}
    ids = {job.id for job in em.jobs() if job.name in (GOLD, COPY)}
    assert set(begun.stats["maintenance_enabled_before"]) == ids
    ended = templates.launch("maintenance", artifacts=begun.stats, **BLANKS["maintenance"], state="end")
    assert ended.status == "successful", ended.messages
    assert enabled(em) == before
    assert ended.stats["maintenance_enabled_before"] == []


def test_a_second_begin_forgets_nothing(em: Emulator, templates: Templates) -> None:
    set_up(em)
    first = templates.launch("maintenance", state="begin", jobs=GOLD)
    second = templates.launch("maintenance", artifacts=first.stats, state="begin", jobs=[GOLD, COPY])
    ids = {job.id for job in em.jobs() if job.name in (GOLD, COPY)}
    assert set(second.stats["maintenance_enabled_before"]) == ids


def test_what_failed_is_still_to_be_enabled(em: Emulator, templates: Templates) -> None:
    set_up(em)
    begun = templates.launch("maintenance", state="begin", jobs=[GOLD, COPY, "nobody"])
    assert begun.status == "failed" and "nobody" in begun.messages[0]
    remembered = begun.stats["maintenance_enabled_before"]
    assert len(remembered) == 2
    em.console.delete_job(GOLD)
    ended = templates.launch("maintenance", artifacts=begun.stats, state="end")
    assert ended.status == "failed"
    (left,) = ended.stats["maintenance_enabled_before"]
    assert left in remembered and left not in {job.id for job in em.jobs()}


def test_all_jobs_of_a_server(em: Emulator, templates: Templates) -> None:
    set_up(em)
    before = enabled(em)
    begun = templates.launch("maintenance", state="begin", backup_server=VBR01, jobs="")
    assert begun.status == "successful", begun.messages
    assert {server for _name, server in enabled(em)} == {VBR02}
    templates.launch("maintenance", artifacts=begun.stats, state="end")
    assert enabled(em) == before


@pytest.mark.parametrize(
    "variables",
    [{}, {"state": "begin"}, {"state": "end"}, {"state": "stop", "jobs": GOLD}, {"state": "begin", "jobs": ""}],
)
def test_maintenance_says_what_to_say(em: Emulator, templates: Templates, variables: dict[str, Any]) -> None:
    launched = templates.launch("maintenance", **variables)
    assert launched.status == "failed"
    assert launched.messages[0].startswith("Set maintenance_state to begin"), launched.messages
    assert launched.stats == {"maintenance_enabled_before": []}
    assert em.journal == []
