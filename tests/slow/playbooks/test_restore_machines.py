# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook restore_machines, launched as AWX does: from a survey, and after a node that looked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from helpers.machines_to_patch import STATE
from helpers.surveys import HEADING
from helpers.templates import Templates
from veeam_em_emulator import Emulator
from veeam_em_emulator.tester.clock import ManualClock

BLANKS = {
    "restore_machines_as_of": "",
    "restore_machines_not_older_than": None,
    "restore_machines_host": "",
    "restore_machines_backup_server": None,
    "restore_machines_power_on": "(blank: off)",
    "restore_machines_quick_rollback": "",
    "restore_machines_if_running": None,
    "restore_machines_accept": "",
    "restore_machines_wait": None,
    "restore_machines_wait_timeout": "",
    "restore_machines_max_parallel": None,
    "restore_machines_password": "",
    "restore_machines_poll_interval": "0.2",
}


@pytest.fixture
def em() -> Iterator[Emulator]:
    with Emulator(state=STATE, task_steps="", clock=ManualClock(), seed=1) as emulator:
        yield emulator
        assert emulator.open_sessions() == []


def sent(em: Emulator) -> int:
    return sum("action=restore" in entry.query_string for entry in em.journal)


def test_what_was_approved_is_what_is_restored(em: Emulator, templates: Templates) -> None:
    """A node in check mode, an approval, and then exactly the restore points that the first one showed."""
    newest = {name: em.points(name)[-1].id for name in ("web01", "web02", "db01")}
    answers = {
        **BLANKS,
        "restore_machines_names": f"{HEADING}\nweb01\r\nweb02\ndb01",
        "restore_machines_original": "replace",
        "restore_machines_not_older_than": "2d",
        "restore_machines_as_of": "1m",
    }
    looked = templates.launch("restore_machines", answers, check_mode=True)
    assert looked.successful, looked.messages
    assert sent(em) == 0
    assert {name: point["id"] for name, point in looked.stats["veeam_restore_points"].items()} == newest

    # Until it is approved, another restore point is made, of what is broken.
    for name in newest:
        em.hypervisor.break_machine(name)
    em.start_run("Shop")
    em.sessions("Shop")
    em.plan_restores("Failed", machine="web02")
    approved = templates.launch("restore_machines", answers, looked.stats)
    assert not approved.successful
    assert "web02" in approved.messages[0] and "backup console" in approved.messages[0]
    assert {name: em.machine(name).data for name in newest} == {
        "web01": "original",
        "web02": "broken",
        "db01": "original",
    }
    assert [(one["machine"], one["failed"], one["result"], one["restore_point"])
            for one in approved.stats["veeam_restores"]] == [
        ("web01", False, "Success", newest["web01"]),
        ("web02", True, "Failed", newest["web02"]),
        ("db01", False, "Success", newest["db01"]),
    ]  # fmt: skip
    assert approved.stats["veeam_machines_failed"] == ["web02"]
    assert sent(em) == 3


def test_beside_the_original_and_as_of_a_moment(em: Emulator, templates: Templates) -> None:
    first, second = em.points("web01")
    answers = {"restore_machines_names": [{"machine": "web01", "host": "vcenter01.example.test"}], **BLANKS}
    launched = templates.launch(
        "restore_machines",
        {**answers, "restore_machines_original": "keep", "restore_machines_as_of": first.created},
    )
    assert launched.successful, launched.messages
    (restored,) = launched.stats["veeam_restores"]
    assert (restored["restore_point"], restored["changed"]) == (first.id, True)
    assert em.machine(restored["restored_ref"]).ref != em.machine("web01").ref
    assert em.restore_sessions("web01")[0].point == first.id != second.id


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({}, "Say which machines: restore_machines_names"),
        ({**BLANKS, "restore_machines_names": " \n", "veeam_restore_points": {}}, "Say which machines"),
        ({"restore_machines_names": "web01"}, "Set restore_machines_original to keep"),
        ({"restore_machines_names": "web01", "restore_machines_original": "(blank: choose)"},
         "Set restore_machines_original"),
        ({"restore_machines_names": "web01", "restore_machines_as_of": "22:00", "restore_machines_power_on": "maybe"},
         "restore_machines_as_of: "),
        ({"restore_machines_names": "db2", "restore_machines_original": "keep", "veeam_restore_points": {"web01": "x"}},
         "restore_machines_names: no restore point of db2 was handed on"),
        ({"restore_machines_names": "web01", "restore_machines_original": "keep", "restore_machines_hostname": "evil"},
         "The connection of this playbook comes from the credential"),
    ],
    ids=["nothing", "blank", "original", "original blank", "a time", "other machine", "connection"],
)  # fmt: skip
def test_says_what_to_say(em: Emulator, templates: Templates, answers: dict[str, Any], sentence: str) -> None:
    launched = templates.launch("restore_machines", answers)
    assert not launched.successful
    assert launched.messages[0].startswith(sentence), launched.messages
    assert launched.stats == {"veeam_restores": [], "veeam_machines_failed": [], "veeam_restore_points": {}}
    assert em.journal == []
