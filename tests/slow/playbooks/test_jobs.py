# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook jobs, launched as AWX does, with every spelling that answers arrive in."""

from __future__ import annotations

from typing import Any

import pytest
from helpers.cast import DEFAULT_REPOSITORY, GOLD
from helpers.surveys import HEADING, RESOLVES
from helpers.templates import Templates
from veeam_em_emulator import Emulator

#: Every question of the survey and more, answered by nothing: in turn blank, null, and as a survey shows it.
BLANKS = dict(
    zip(
        (
            *(
                "jobs_source_job",
                "jobs_repository",
                "jobs_backup_server",
                "jobs_description",
                "jobs_machines",
                "jobs_days",
            ),
            *(
                "jobs_daily_at",
                "jobs_keep_days",
                "jobs_enabled",
                "jobs_run_automatically",
                "jobs_state",
                "jobs_objects",
            ),
            *("jobs_purge_objects", "jobs_wait_for_objects", "jobs_schedule", "jobs_retry", "jobs_backup_window"),
            *(
                "jobs_retention",
                "jobs_gfs",
                "jobs_force",
                "jobs_wait_timeout",
                "jobs_poll_interval",
                "jobs_max_parallel",
            ),
            *("jobs_folder_name", "jobs_vm_suffix", "jobs_timeout", "jobs_api_version", "jobs_media_type", "jobs"),
            *("jobs_max_response_size", "jobs_hostname", "jobs_port", "jobs_validate_certs", "jobs_use_proxy"),
        ),
        ["", None, "(blank: as it is)"] * 20,
        strict=False,
    )
)
SURVEY = {
    **BLANKS,
    "jobs_names": " Web Shop\r\n\r\n",
    "jobs_source_job": GOLD,
    "jobs_repository": DEFAULT_REPOSITORY,
    "jobs_machines": f"{HEADING}\r\nweb02\r\n app01 \r\n",
    "jobs_daily_at": "22:00",
    "jobs_days": "monday, Friday",
    "jobs_keep_days": "21",
    "jobs_enabled": "true",
}
NOTHING = {"veeam_job_hrefs": {}, "veeam_job_href": "", "veeam_jobs_changed": []}


def writes(em: Emulator) -> list[str]:
    return [entry.method for entry in em.journal if entry.path.startswith("/api/jobs/") and entry.method != "GET"]


def names(em: Emulator) -> set[str]:
    return {job.name for job in em.jobs()}


def test_a_job_from_a_survey_and_again(em: Emulator, templates: Templates) -> None:
    first = templates.launch("jobs", SURVEY)
    assert first.successful, first.messages
    (job,) = em.jobs(name="Web Shop")
    assert set(job.objects) == {"web02", "app01"}
    assert job.schedule_enabled is True
    href = f"https://{em.host}:{em.port}/api/jobs/{job.id}"
    assert first.stats == {
        "veeam_job_hrefs": {"Web Shop": href},
        "veeam_job_href": href,
        "veeam_jobs_changed": ["Web Shop"],
    }
    (shown,) = first.shown
    (changed,) = shown["changed"]
    assert changed.startswith('Created job "Web Shop": cloned from "TPL Gold", '), changed
    assert (shown["failed"], int(shown["unchanged"])) == ([], 0)
    before = len(writes(em))
    again = templates.launch("jobs", {**SURVEY, "jobs_daily_at": "22:00:00", "jobs_machines": ["app01", "web02"]})
    assert again.successful, again.messages
    assert again.stats == {**first.stats, "veeam_jobs_changed": []}
    assert len(writes(em)) == before


def test_what_is_not_answered_leaves_the_job_as_it_is(em: Emulator, templates: Templates) -> None:
    for answers in ({"jobs_names": GOLD}, {**BLANKS, "jobs_names": [GOLD]}):
        launched = templates.launch("jobs", answers)
        assert launched.successful, launched.messages
    assert writes(em) == []


def test_a_list_of_jobs_of_which_one_cannot_be(em: Emulator, templates: Templates) -> None:
    """Every text in the list is tagged too; the time in it is a number from ansible-core 2.19 on."""
    launched = templates.launch(
        "jobs",
        {
            "jobs_repository": DEFAULT_REPOSITORY,
            "jobs": [
                {
                    "name": '"0123"',
                    "source_job": GOLD,
                    "description": "Nightly",
                    "enabled": "",
                    "objects": [{"name": "web02"}],
                    "schedule": {"daily": {"at": "12:30", "days": None}},
                },
                {"name": "Intranet", "source_job": "TPL Brass"},
            ],
        },
    )
    assert not launched.successful
    assert "TPL Brass" in " ".join(launched.messages)
    assert list(launched.stats["veeam_job_hrefs"]) == ["0123"]
    assert launched.stats["veeam_jobs_changed"] == ["0123"]
    (job,) = em.jobs(name="0123")
    assert list(job.objects) == ["web02"]


def test_never_a_job_under_another_name_than_was_typed(em: Emulator, templates: Templates) -> None:
    """A number names what exists; nothing is made under it. In double quotes it is a name like any other."""
    new = {"jobs_source_job": GOLD, "jobs_repository": DEFAULT_REPOSITORY}
    made = templates.launch("jobs", {**new, "jobs_names": '"2024"'})
    assert made.successful, made.messages
    there = names(em)
    assert "2024" in there

    found = templates.launch("jobs", {**new, "jobs_names": "2024", "jobs_description": '"0123"'})
    assert found.successful, found.messages
    assert found.stats["veeam_jobs_changed"] == ["2024"]
    assert em.jobs(name="2024")[0].description == "0123"
    assert names(em) == there

    before = len(writes(em))
    launched = templates.launch("jobs", {**new, "jobs_names": ["2024", "0123", GOLD]})
    if RESOLVES:
        assert not launched.successful
        assert launched.messages[0].startswith('jobs_names: there is no job "83", and the name arrived as a number')
        assert "2024" not in launched.messages[0]
        assert launched.stats == NOTHING
        assert (names(em), len(writes(em))) == (there, before)
    else:
        assert launched.successful, launched.messages
        assert names(em) == {*there, "0123"}


def test_what_cannot_be_understood_is_said_at_once(em: Emulator, templates: Templates) -> None:
    launched = templates.launch(
        "jobs",
        {
            "jobs_names": "Web Shop",
            "jobs_machines": True,
            "jobs_daily_at": "22h",
            "jobs_keep_days": "14 days",
            "jobs_enabled": "maybe",
            "jobs_description": 83,
        },
    )
    assert not launched.successful
    (message,) = launched.messages
    for sentence in (
        "jobs_machines: true arrived where a name was expected",
        'jobs_daily_at: "22h" is not a time of day.',
        'jobs_keep_days: "14 days" is not a whole number.',
        'jobs_enabled: "maybe" is neither yes nor no.',
        "jobs_description: the number 83 arrived where a text was expected.",
    ):
        assert sentence in message
    assert launched.stats == NOTHING
    assert em.journal == []


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {**BLANKS, "jobs_names": f"{HEADING}\n"},
        {"jobs_names": "a", "jobs": [{"name": "b"}]},
        {"jobs_names": "a", "jobs_days": "monday"},
    ],
    ids=["nothing", "blanks", "both ways", "days alone"],
)
def test_says_how_to_say_which_jobs(em: Emulator, templates: Templates, answers: dict[str, Any]) -> None:
    launched = templates.launch("jobs", answers)
    assert not launched.successful
    assert launched.messages[0].startswith("Say which jobs, in one of two ways"), launched.messages
    assert launched.stats == NOTHING
    assert em.journal == []
