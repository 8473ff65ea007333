# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook maintenance, launched as AWX does: its beginning, and the end that takes what that handed on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from helpers.cast import AGENTS, AGENTS_ID, GOLD, POLICY, REPLICA, SHARES, SHARES_ID, VBR01, VBR02
from helpers.surveys import HEADING
from helpers.templates import Templates
from veeam_em_emulator import Emulator

COPY = "Copy to Offsite"
BLANKS = {
    "maintenance_backup_server": "",
    "maintenance_all": None,
    "maintenance_wait_timeout": "",
    "maintenance_max_parallel": None,
    "maintenance_password": "",
}


def enabled(em: Emulator, kind: str | None = "job") -> set[tuple[str, str]]:
    return {(job.name, job.server) for job in em.jobs(kind=kind) if job.schedule_enabled}


@pytest.fixture(autouse=True)
def _one_is_disabled_already(em: Emulator) -> None:
    for job in em.jobs():
        em.console.edit_job(job.name, backup_server=job.server, enabled=job.name != REPLICA)


def begin(templates: Templates, artifacts: dict[str, Any] | None = None, **answers: Any) -> Any:
    named = {f"maintenance_{name}": value for name, value in answers.items()}
    return templates.launch("maintenance", {"maintenance_state": "begin", **named}, artifacts)


def end(templates: Templates, artifacts: dict[str, Any], answers: dict[str, Any] | None = None) -> Any:
    return templates.launch("maintenance", {"maintenance_state": "end", **(answers or {})}, artifacts)


def test_exactly_those_that_were_enabled_are_enabled_again(em: Emulator, templates: Templates) -> None:
    before = enabled(em)
    names = "\n".join((HEADING, GOLD, REPLICA, COPY))
    begun = templates.launch("maintenance", {**BLANKS, "maintenance_state": "begin", "maintenance_jobs": names})
    assert begun.successful, begun.messages
    assert before - enabled(em) == {(GOLD, VBR01), (COPY, VBR02)}
    ids = {job.id for job in em.jobs() if job.name in (GOLD, COPY)}
    assert set(begun.stats["maintenance_enabled_before"]) == ids
    ended = end(templates, begun.stats, BLANKS)
    assert ended.successful, ended.messages
    assert enabled(em) == before
    assert ended.stats["maintenance_enabled_before"] == []
    # names, not the ids that it was given
    assert sorted(ended.shown[-1]["jobs"]) == [f'Changed job "{COPY}": enabled.', f'Changed job "{GOLD}": enabled.']


def test_a_second_begin_forgets_nothing(em: Emulator, templates: Templates) -> None:
    first = begin(templates, jobs=GOLD)
    second = begin(templates, first.stats, jobs=[GOLD, COPY])
    ids = {job.id for job in em.jobs() if job.name in (GOLD, COPY)}
    assert set(second.stats["maintenance_enabled_before"]) == ids


def test_what_failed_is_still_to_be_enabled(em: Emulator, templates: Templates) -> None:
    begun = begin(templates, jobs=[GOLD, COPY, "nobody"])
    assert not begun.successful
    assert "nobody" in begun.messages[0]
    remembered = begun.stats["maintenance_enabled_before"]
    assert len(remembered) == 2
    em.console.delete_job(GOLD)
    ended = end(templates, {}, {"maintenance_enabled_before": json.dumps(remembered, indent=1)})
    assert not ended.successful
    (left,) = ended.stats["maintenance_enabled_before"]
    assert left in remembered
    assert left not in {job.id for job in em.jobs()}


def test_all_jobs_of_a_server_and_an_end_that_has_nothing_to_do(em: Emulator, templates: Templates) -> None:
    before = enabled(em)
    begun = begin(templates, backup_server=VBR01, jobs=None, all="")
    assert begun.successful, begun.messages
    assert {server for _name, server in enabled(em)} == {VBR02}
    # as lines that were copied out of the artifacts, which are JSON
    lines = json.dumps({"maintenance_enabled_before": begun.stats["maintenance_enabled_before"]}, indent=2).splitlines()
    ended = end(templates, {}, {"maintenance_enabled_before": "\r\n".join(lines[2:-2])})
    assert ended.successful, ended.messages
    assert enabled(em) == before
    nothing = end(templates, ended.stats)
    assert nothing.successful, nothing.messages


def test_a_number_and_what_is_neither_yes_nor_no(em: Emulator, templates: Templates) -> None:
    launched = begin(templates, jobs=2024)
    assert 'no job "2024"' in launched.messages[0]
    requests = len(em.journal)
    launched = begin(templates, all="maybe")
    assert launched.messages == ['maintenance_all: "maybe" is neither yes nor no. Write true or false.']
    assert len(em.journal) == requests


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"maintenance_state": "begin", "maintenance_jobs": "", "maintenance_all": "no"},
        {"maintenance_state": "end"},
        {"maintenance_state": "end", "maintenance_enabled_before": ""},
        {"maintenance_state": "stop", "maintenance_jobs": GOLD},
    ],
    ids=["nothing", "begin blank", "end", "end blank", "another state"],
)
def test_says_what_to_say(em: Emulator, templates: Templates, answers: dict[str, Any]) -> None:
    launched = templates.launch("maintenance", answers)
    assert not launched.successful
    assert launched.messages[0].startswith("Set maintenance_state to begin"), launched.messages
    assert launched.stats == {"maintenance_enabled_before": []}
    assert em.journal == []


def test_all_jobs_are_those_of_agents_and_file_shares_too(em: Emulator, templates: Templates) -> None:
    before = {kind: enabled(em, kind) for kind in ("job", "agent", "nas")}
    begun = begin(templates, all="yes", kind="(blank: every kind, or job where jobs are named)")
    assert begun.successful, begun.messages
    assert [enabled(em, kind) for kind in before] == [set(), set(), set()]
    # Before ansible-core 2.19 they are shown as texts.
    changed = {kind: int(number) for kind, number in begun.shown[-1]["changed"].items()}
    assert changed == {"jobs": len(before["job"]), "agent_jobs": 2, "file_share_jobs": 1}
    remembered = begun.stats["maintenance_enabled_before"]
    assert f"urn:veeam:AgentBackupJob:{AGENTS_ID}" in remembered
    assert f"urn:veeam:NasJob:{SHARES_ID}" in remembered
    assert len(remembered) == sum(map(len, before.values()))
    # As lines of text, as they are pasted into a survey.
    ended = end(templates, {}, {"maintenance_enabled_before": "\n".join(remembered)})
    assert ended.successful, ended.messages
    assert {kind: enabled(em, kind) for kind in before} == before
    assert ended.stats["maintenance_enabled_before"] == []


def test_one_kind_alone_and_jobs_of_a_kind_by_name(em: Emulator, templates: Templates) -> None:
    before = enabled(em)
    begun = begin(templates, all=True, kind="nas")
    assert begun.stats["maintenance_enabled_before"] == [f"urn:veeam:NasJob:{SHARES_ID}"]
    second = begin(templates, begun.stats, jobs=[AGENTS, POLICY], kind="Agent", backup_server=VBR01)
    assert second.successful, second.messages
    assert enabled(em) == before
    assert enabled(em, "agent") == {(AGENTS, VBR02)}
    ended = end(templates, second.stats)
    assert ended.successful, ended.messages
    assert enabled(em, "agent") == {(AGENTS, VBR01), (AGENTS, VBR02)}
    assert enabled(em, "nas") == {(SHARES, VBR01)}
    requests = len(em.journal)
    for answers in ({"all": True, "kind": "tape"}, {"jobs": [AGENTS], "kind": "job, agent"}):
        refused = begin(templates, **answers)
        assert refused.messages[0].startswith(f"maintenance_kind: {answers['kind']} cannot be used."), refused.messages
    assert len(em.journal) == requests
