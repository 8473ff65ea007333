# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook patch_with_backup, launched as AWX does, with an inventory of machines and a project with roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from helpers.machines_to_patch import HERE, HOSTS, PROJECT, STATE, ref
from helpers.surveys import HEADING
from helpers.templates import Launched, Templates
from veeam_em_emulator import Emulator
from veeam_em_emulator.tester.clock import ManualClock

NAMES = ("web01", "web02", "db01")
ANSWERS = {
    "patch_with_backup_machines": f"{HEADING}\nweb01\r\nweb02\ndb01",
    "patch_with_backup_role": "patch",
    "patch_with_backup_playbook": "",
    "patch_with_backup_check_role": "check",
    "patch_with_backup_answer_timeout": "",
    "patch_with_backup_replace": "yes",
    "patch_with_backup_not_older_than": None,
    "patch_with_backup_power_on": "",
    "patch_with_backup_backup_server": None,
    "patch_with_backup_quick_rollback": "",
    "patch_with_backup_steps": "",
    "patch_with_backup_wait_timeout": None,
    "patch_with_backup_poll_interval": "0.2",
    "patch_with_backup_max_parallel": "",
    "patch_with_backup_username": "",
}


@pytest.fixture
def em() -> Iterator[Emulator]:
    with Emulator(state=STATE, task_steps="", clock=ManualClock(), seed=1) as emulator:
        yield emulator
        assert emulator.open_sessions() == []


def launch(
    templates: Templates, artifacts: dict[str, Any] | None = None, hosts: dict[str, Any] | None = None, **changes: Any
) -> Launched:
    return templates.launch(
        "patch_with_backup",
        {**ANSWERS, **changes},
        artifacts,
        # what older ansible-cores say when they wait for a machine that is this one
        warnings="Reset is not implemented for this connection",
        hosts={**HOSTS, **(hosts or {})},
        project=PROJECT,
    )


def data(em: Emulator) -> dict[str, str]:
    return {name: em.machine(name).data for name in (*NAMES, "app01")}


def sent(em: Emulator, word: str) -> int:
    return sum(entry.method == "POST" and word in entry.query_string for entry in em.journal)


def test_all_goes_well(em: Emulator, templates: Templates) -> None:
    """Every machine is backed up before it is changed, by its reference where the inventory has one."""
    hosts = {"db-server": {**HERE, "veeam_ref": ref("db01")}}
    launched = launch(
        templates, hosts=hosts, patch_with_backup_machines=["web01", "web02", "db-server"], patch_ends=["web02"]
    )
    assert launched.successful, launched.messages
    assert data(em) == {"web01": "patched", "web02": "patched", "db01": "patched", "app01": "original"}, (
        launched.printed
    )
    points = launched.stats["veeam_restore_points"]
    assert points == {} and launched.stats["patch_with_backup_failed"] == launched.stats["veeam_restores"] == []
    assert [em.points(name)[-1].data for name in NAMES] == ["original"] * 3
    assert [len(em.points(name)) for name in (*NAMES, "app01")] == [3, 3, 3, 2]
    assert sent(em, "action=restore") == 0


def test_the_patch_and_the_check_fail_and_one_of_three_is_not_restored(em: Emulator, templates: Templates) -> None:
    """On web01 the check fails, on web02 the patch, db01 cannot be reached any more; app01 goes well."""
    before = {name: len(em.points(name)) for name in NAMES}
    em.plan_restores("Failed", machine="web02")
    launched = launch(
        templates,
        patch_with_backup_machines=[*NAMES, "app01"],
        check_fails=["web01"],
        patch_fails=["web02"],
        patch_cuts_off=["db01"],
    )
    assert not launched.successful
    assert data(em) == {"web01": "original", "web02": "patched", "db01": "original", "app01": "patched"}, (
        launched.printed
    )
    assert {event.by for event in em.machine_history("db01") if event.event == "restored"} != set()
    made = {name: em.points(name)[before[name]].id for name in NAMES}
    assert {session.machine: session.point for session in em.restore_sessions()} == made
    assert {name: em.machine(name).powered_on for name in ("web01", "db01")} == {"web01": True, "db01": True}
    assert launched.stats["patch_with_backup_failed"] == list(NAMES)
    assert [(one["machine"], one["failed"]) for one in launched.stats["veeam_restores"]] == [
        ("web01", False),
        ("web02", True),
        ("db01", False),
    ]
    assert {name: point["id"] for name, point in launched.stats["veeam_restore_points"].items()} == made
    assert launched.messages[-1].startswith("web01, web02, db01: the change, or the check after it, failed.")
    assert 'Restored "web01"' in launched.messages[-1]


def test_where_a_backup_fails_nothing_is_changed(em: Emulator, templates: Templates) -> None:
    em.plan_runs("Shop", {}, {"machines": {"web02": {"result": "Failed", "reason": "No space left."}}})
    launched = launch(templates)
    assert not launched.successful
    assert "No space left" in launched.messages[0]
    assert set(data(em).values()) == {"original"}
    assert launched.stats == {"veeam_restore_points": {}, "patch_with_backup_failed": [], "veeam_restores": []}
    assert sent(em, "action=restore") == 0


def test_without_a_yes_nothing_is_replaced_and_restore_machines_takes_what_was_handed_on(
    em: Emulator, templates: Templates
) -> None:
    """A playbook that fails for one machine fails for all of them. What did not answer to begin with is left alone."""
    hosts = {
        "app01": {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1},
        "db01": {**HERE, "patch_fails": ["db01"]},
    }
    launched = launch(
        templates,
        hosts=hosts,
        patch_with_backup_machines=[*NAMES, "app01"],
        patch_with_backup_role="",
        patch_with_backup_playbook="patch.yml",
        patch_with_backup_replace="no",
    )
    assert not launched.successful
    assert data(em) == {"web01": "patched", "web02": "patched", "db01": "patched", "app01": "original"}, (
        launched.printed
    )
    assert launched.stats["patch_with_backup_failed"] == [*NAMES, "app01"]
    assert set(launched.stats["veeam_restore_points"]) == set(NAMES)
    assert "app01: no answer before the change; nothing was changed there." in launched.messages[-1]
    assert "Nothing was brought back" in launched.messages[-1]
    assert sent(em, "action=restore") == 0

    refused = launch(templates, launched.stats, patch_with_backup_steps="restore", patch_with_backup_replace="")
    assert refused.messages[0].startswith("Nothing was brought back: patch_with_backup_replace is not yes.")
    brought = templates.launch(
        "restore_machines",
        {"restore_machines_original": "replace", "restore_machines_poll_interval": 0.2},
        launched.stats,
    )
    assert brought.successful, brought.messages
    assert set(data(em).values()) == {"original"}


def test_the_workflow_patch_with_backup(em: Emulator, templates: Templates) -> None:
    """Each step a node of its own, which has what the one before handed on; the approval is before the last."""
    backed_up = launch(templates, patch_with_backup_steps="backup")
    assert backed_up.successful, backed_up.messages
    assert set(backed_up.stats["veeam_restore_points"]) == set(NAMES)
    assert set(data(em).values()) == {"original"}
    patched = launch(templates, backed_up.stats, patch_with_backup_steps="patch", patch_fails=["db01"])
    assert not patched.successful
    assert set(patched.stats["veeam_restore_points"]) == {"db01"}
    assert sent(em, "action=restore") == 0
    restored = launch(templates, {**backed_up.stats, **patched.stats}, patch_with_backup_steps="restore")
    assert restored.successful, restored.messages
    assert data(em) == {"web01": "patched", "web02": "patched", "db01": "original", "app01": "original"}
    assert [session.point for session in em.restore_sessions()] == [em.points("db01")[-1].id]
    # of a step that has not come to it nothing is brought back
    lost = launch(templates, backed_up.stats, patch_with_backup_steps="patch", patch_with_backup_role="gone")
    assert lost.stats["veeam_restore_points"] == {}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"patch_with_backup_machines": " \n"}, "Say which machines: patch_with_backup_machines"),
        ({"patch_with_backup_machines": ["web01", "web09", "localhost"]},
         "patch_with_backup_machines: web09, localhost cannot be patched"),
        ({"patch_with_backup_role": ""}, "Say how the machines are changed"),
        ({"patch_with_backup_playbook": "patch.yml"}, "Say how the machines are changed"),
        ({"patch_with_backup_role": "gone"}, "role 'gone' was not found"),
        ({"patch_with_backup_check_role": "gone"}, "role 'gone' was not found"),
        ({"patch_with_backup_role": None, "patch_with_backup_playbook": "gone.yml"},
         "patch_with_backup_playbook: gone.yml cannot be used. Nothing was done."),
        ({"patch_with_backup_steps": "backup, undo"}, "patch_with_backup_steps: undo is not a step"),
        ({"patch_with_backup_steps": "patch"},
         "There is no restore point of web01, web02, db01 in veeam_restore_points"),
        ({"patch_with_backup_not_older_than": "1:30", "patch_with_backup_replace": "maybe"},
         "patch_with_backup_not_older_than: "),
        ({"patch_with_backup_hostname": "evil"}, "The connection of this playbook comes from the credential"),
    ],
    ids=["no machines", "not there", "no role", "both", "role", "check role", "playbook", "steps", "points", "duration",
         "connection"],
)  # fmt: skip
def test_says_what_to_say(em: Emulator, templates: Templates, changes: dict[str, Any], sentence: str) -> None:
    """Whatever can be known before is said before: no machine is backed up or changed."""
    launched = launch(templates, **changes)
    assert not launched.successful
    # older ansible-cores print that a role is missing, and have no event of it
    assert sentence in (launched.messages or [launched.printed])[0], launched.messages
    assert launched.stats == {"veeam_restore_points": {}, "patch_with_backup_failed": [], "veeam_restores": []}
    assert em.journal == []


def test_check_mode_changes_nothing(em: Emulator, templates: Templates) -> None:
    """Not even where the check mode of the role fails: nothing was changed, so nothing is brought back."""
    launched = templates.launch(
        "patch_with_backup",
        {**ANSWERS, "patch_fails": ["web02"], "patch_with_backup_machines": ["web01", "web02"]},
        hosts=HOSTS,
        project=PROJECT,
        check_mode=True,
    )
    assert not launched.successful
    assert launched.stats["patch_with_backup_failed"] == ["web02"]
    assert set(data(em).values()) == {"original"}
    assert {entry.path for entry in em.journal if entry.method == "POST"} == {"/api/sessionMngr/"}
