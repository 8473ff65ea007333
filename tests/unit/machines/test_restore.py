# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""veeam_vm_restore against the emulator in memory: what is said where a look-up right before the restore fails."""

from __future__ import annotations

import typing as t

from ansible_collections.backupops.veeam.plugins.modules import veeam_vm_restore
from helpers.emulated_jobs import Emulated

RESTORE = {"machine": "web02", "original": "replace"}
GONE = "is gone: retention may have removed it"


def test_only_the_point_that_is_not_found_any_more_is_said_to_be_gone() -> None:
    whole = Emulated(veeam_vm_restore.MODULE).one(**RESTORE).requests
    order = next(number for number, request in enumerate(whole) if "action=restore" in request)
    reads = [number for number, request in enumerate(whole[:order]) if request.startswith("GET /api/vmRestorePoints/")]
    said = []
    for number in range(order):
        world = Emulated(veeam_vm_restore.MODULE)

        def not_found(now: int, _request: t.Any, world: Emulated = world, number: int = number) -> None:
            if now == number:
                world.em.add_fault(fault="status", code=404, on=1, count=1)

        ended = world.run(before=not_found, **RESTORE)
        assert ended.failed or number not in reads
        assert not ended.failed or (ended.result["changed"], ended.writes) == (False, [])
        said += [number] if GONE in ended.result["msg"] else []
    assert said == reads[-1:] != []
