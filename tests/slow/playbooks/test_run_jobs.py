# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook run_jobs, launched as AWX does, and the workflow that it ends."""

from __future__ import annotations

from helpers.cast import AGENTS, DEFAULT_REPOSITORY, GOLD, REPLICA, SHARES, VBR01, VBR02
from helpers.surveys import HEADING
from helpers.templates import Templates
from veeam_em_emulator import Emulator

SILVER = "TPL Silver"
BLANKS = {
    "run_jobs_backup_server": "",
    "run_jobs_kind": "(blank: job)",
    "run_jobs_state": None,
    "run_jobs_if_running": "(blank)",
    "run_jobs_accept": "",
    "run_jobs_wait": None,
    "run_jobs_wait_timeout": "",
    "run_jobs_poll_interval": None,
    "run_jobs_wait_for_retries": "",
    "run_jobs_max_parallel": None,
    "run_jobs_hostname": "",
}


def test_from_a_survey(em: Emulator, templates: Templates) -> None:
    answers = {**BLANKS, "run_jobs_names": f"{HEADING}\r\n{GOLD}\r\n{REPLICA}\n", "run_jobs_poll_interval": "0.2"}
    launched = templates.launch("run_jobs", answers)
    assert launched.successful, launched.messages
    runs = launched.stats["veeam_job_runs"]
    assert [(run["job"], run["changed"], run["result"]) for run in runs] == [
        (GOLD, True, "Success"),
        (REPLICA, True, "Success"),
    ]
    assert [run["session"] for run in runs] == [em.sessions(name)[0].id for name in (GOLD, REPLICA)]
    assert launched.stats["veeam_jobs_failed"] == []


def test_fails_with_the_reasons(em: Emulator, templates: Templates) -> None:
    em.plan_runs(GOLD, {"machines": {"web01": {"result": "Failed", "reason": "No space left."}}})
    answers = {
        "run_jobs_names": [GOLD, {"job": SILVER, "backup_server": VBR02}],
        "run_jobs_poll_interval": 0.2,
        "run_jobs_accept": "Success",
    }
    launched = templates.launch("run_jobs", answers)
    assert not launched.successful
    assert "web01: No space left" in launched.messages[0]
    assert launched.stats["veeam_jobs_failed"] == [GOLD]
    assert [run["result"] for run in launched.stats["veeam_job_runs"]] == ["Failed", "Success"]


def test_other_kinds_of_jobs(em: Emulator, templates: Templates) -> None:
    """Those of agents by the answer to a question, those of file shares by items that say so themselves."""
    answers = {**BLANKS, "run_jobs_poll_interval": "0.2"}
    agents = {"run_jobs_names": f"{HEADING}\n{AGENTS}", "run_jobs_kind": "agent", "run_jobs_backup_server": VBR01}
    launched = templates.launch("run_jobs", {**answers, **agents})
    assert launched.successful, launched.messages
    shares = {"run_jobs_names": [{"job": SHARES, "kind": "nas"}, GOLD]}
    both = templates.launch("run_jobs", {**answers, **shares})
    assert both.successful, both.messages
    runs = launched.stats["veeam_job_runs"] + both.stats["veeam_job_runs"]
    assert [(run["job"], run["result"]) for run in runs] == [(name, "Success") for name in (AGENTS, SHARES, GOLD)]
    assert [len(em.sessions(name)) for name in (AGENTS, SHARES, GOLD)] == [1, 1, 1]
    refused = templates.launch("run_jobs", {**answers, "run_jobs_names": GOLD, "run_jobs_kind": "tape"})
    assert not refused.successful
    assert "agent" in refused.messages[0] and "tape" in refused.messages[0], refused.messages


def test_the_workflow_protect_and_run(em: Emulator, templates: Templates) -> None:
    """The second node has nothing but what the first one handed on."""
    made = templates.launch(
        "jobs", {"jobs": [{"name": "Web Shop", "source_job": GOLD, "repository": DEFAULT_REPOSITORY, "enabled": True}]}
    )
    launched = templates.launch("run_jobs", artifacts=made.stats)
    assert launched.successful, launched.messages
    assert [run["job"] for run in launched.stats["veeam_job_runs"]] == ["Web Shop"]
    assert len(em.sessions("Web Shop")) == 1
    again = templates.launch("run_jobs", {**BLANKS, "run_jobs_names": None}, artifacts=made.stats)
    assert again.successful, again.messages
    assert len(em.sessions("Web Shop")) == 2


def test_a_name_that_arrives_as_a_number_and_a_wrong_one(em: Emulator, templates: Templates) -> None:
    launched = templates.launch("run_jobs", {"run_jobs_names": 2024, "run_jobs_poll_interval": 0.2})
    assert not launched.successful
    assert 'no job "2024"' in launched.messages[0]
    requests = len(em.journal)
    launched = templates.launch("run_jobs", {"run_jobs_names": [True], "run_jobs_wait": "maybe"})
    assert launched.messages[0].startswith("run_jobs_names: true arrived where a name was expected")
    assert 'run_jobs_wait: "maybe" is neither yes nor no.' in launched.messages[0]
    assert len(em.journal) == requests


def test_says_how_to_say_which(em: Emulator, templates: Templates) -> None:
    for answers in ({}, {**BLANKS, "run_jobs_names": " \n", "veeam_job_hrefs": None}, {"veeam_job_hrefs": {}}):
        launched = templates.launch("run_jobs", answers)
        assert not launched.successful
        assert launched.messages[0].startswith("Say which jobs: run_jobs_names")
        assert launched.stats == {"veeam_job_runs": [], "veeam_jobs_failed": []}
    assert em.journal == []
