# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What many machines cost in one task, in requests that the emulator has seen."""

from __future__ import annotations

import math

import pytest
from ansible_collections.backupops.veeam.plugins.modules import veeam_quick_backup, veeam_restore_point_info
from helpers.emulated_jobs import Emulated

#: The emulator puts a hundred machines into each of the jobs that it generates.
OF_A_JOB = 100


def names(numbers: range) -> list[str]:
    return [f"machine{number:05d}" for number in numbers]


@pytest.mark.parametrize("media_type", ["xml", "json"])
def test_restore_points_of_a_hundred_names(media_type: str) -> None:
    """At most 2 + ceil(names / 50) requests beside logon and logout, however many the server has."""
    world = Emulated(veeam_restore_point_info.MODULE, machines=150)
    ended = world.one(machines=names(range(1, 101)), media_type=media_type)
    assert len(ended.result["restore_points"]) == 1400
    assert len(ended.requests) <= 2 + math.ceil(100 / 50)
    assert sum("type=VmRestorePoint" in request for request in ended.requests) == math.ceil(100 / 50)
    assert len(world.em.journal) == len(ended.requests) + 2


def test_quick_backups_of_machines_of_several_jobs() -> None:
    """A few look-ups for all of them, two for each job, and five for each machine: the quick backup, its task, its
    session, what became of the machine, and the restore point."""
    world = Emulated(veeam_quick_backup.MODULE, machines=2 * OF_A_JOB, switches={"run_length": "0s"}, task_steps="")
    wanted = [*names(range(1, 6)), *names(range(OF_A_JOB + 1, OF_A_JOB + 6))]
    ended = world.one(machines=wanted)
    assert list(ended.result["restore_points"]) == wanted
    assert sum("action=quickbackup" in request for request in ended.requests) == len(wanted)
    assert len(ended.requests) == 3 + 2 * 2 + 5 * len(wanted)
