# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copy jobs cannot be waited for. Where that was asked for, it is refused, or among other jobs said."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.modules.veeam_job_run import MODULE
from helpers.cast import GOLD
from helpers.emulated_jobs import Emulated

COPY = "Copy to Offsite"
SAID = "The task did not wait for its end, although wait is true: Enterprise Manager does not say when it has ended."


@pytest.mark.parametrize(("options", "said"), [({"wait": True}, True), ({"wait": False}, False), ({}, False)])
def test_a_copy_job_among_others(options: dict[str, t.Any], said: bool) -> None:
    ended = Emulated(MODULE).one(jobs=[GOLD, COPY], **options)
    backup, copy = ended.result["results"]
    assert (SAID in copy["msg"]) is said
    assert SAID not in backup["msg"]


def test_a_copy_job_alone() -> None:
    ended = Emulated(MODULE).run(job=COPY, wait=True)
    assert ended.failed
    assert "cannot be waited for" in ended.result["msg"]
    assert ended.writes == []
