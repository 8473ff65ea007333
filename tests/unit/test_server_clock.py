# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.backupops.veeam.plugins.module_utils._em.server_clock import ServerClock


def test_the_time_is_that_of_the_newest_answer_and_what_has_passed_since() -> None:
    passed = [100.0]
    clock = ServerClock(lambda: passed[0])
    assert clock.now() is None
    assert clock.hear({"date": "Thu, 01 Jan 1970 01:00:00 GMT"}) == 3600
    passed[0] += 7
    assert clock.now() == 3607
    assert clock.hear({"content-type": "text/html"}) is None
    assert clock.hear({"date": "yesterday"}) is None
    assert clock.now() == 3607
