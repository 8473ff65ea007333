# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault at every request of veeam_backup_server, in memory and in virtual time."""

from __future__ import annotations

import pytest
from helpers.collected import collect, collections, world
from helpers.emulated_jobs import FAULTS, Failure


@pytest.mark.parametrize("product", ["11", "13"])
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_at_every_request(product: str, fault: str) -> None:
    """It ends well, or with one sentence; it never says that nothing was done where something may have been."""
    whole = collect(world(product)).requests
    for number in range(len(whole)):
        emulated = world(product)
        ended = collect(emulated, failure=Failure(fault, number))
        sent = any(entry.method == "POST" and "collect" in entry.path for entry in emulated.em.journal)
        if "stopped" in fault:
            assert ended.failed
        elif ended.failed:
            assert fault in ("lost", "lost after", "page after", "503", "502 after", "not sent", "expired")
            assert ended.result["msg"]
        assert ended.result["changed"] or not collections(emulated) or not sent, (fault, number, ended.result["msg"])
