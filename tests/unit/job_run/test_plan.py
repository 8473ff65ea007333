# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused for copy jobs, and when a session is a new one."""

from __future__ import annotations

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import OptionError
from ansible_collections.backupops.veeam.plugins.module_utils._job_run import plan as _plan
from ansible_collections.backupops.veeam.plugins.module_utils._resources.follow_session import is_newer
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job_session import (
    BACKUP_SESSION,
    JobSession,
    how_far,
)
from helpers.entities import COPY, OLD_COPY, WEB

SESSION = JobSession("a", BACKUP_SESSION, WEB.id, WEB.name, "Working", None, 5, "2026-01-05T10:00:00Z", None, False)


@pytest.mark.parametrize("job", [COPY, OLD_COPY])
@pytest.mark.parametrize(("state", "wait"), [("stopped", None), ("retried", None), ("started", True)])
def test_what_cannot_be_done_with_a_copy_job(job: object, state: str, wait: bool | None) -> None:
    with pytest.raises(OptionError, match="is a backup copy job"):
        _plan.check_kind(job, state, wait)  # type: ignore[arg-type]


@pytest.mark.parametrize("wait", [None, False])
def test_what_can(wait: bool | None) -> None:
    _plan.check_kind(COPY, "started", wait)
    _plan.check_kind(WEB, "retried", True)


def test_newer() -> None:
    same_moment = SESSION._replace(id="b")
    later = SESSION._replace(id="b", start="2026-01-05T10:00:00.5Z")
    earlier = SESSION._replace(id="b", start="2026-01-05T09:59:59Z")
    assert is_newer(SESSION, None)
    assert is_newer(later, SESSION) and is_newer(same_moment, SESSION)
    assert not is_newer(SESSION, SESSION)
    assert not is_newer(earlier, SESSION)


def test_how_far() -> None:
    assert how_far(SESSION) == "Working, 5%"
    assert how_far(SESSION._replace(progress=None)) == "Working"
