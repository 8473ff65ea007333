# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the event source remembers: ids, for as long as a session may show late, and no longer."""

from __future__ import annotations

from ansible_collections.backupops.veeam.plugins.module_utils._events.memory import (
    DEEPEST,
    OVERLAP,
    Memory,
    from_data,
)

NOW = 1_000_000.0


def test_two_that_end_in_the_same_instant_are_two() -> None:
    memory = Memory(NOW - OVERLAP)
    memory.remember("a", NOW)
    assert memory.knows("a", NOW) and not memory.knows("b", NOW)


def test_one_that_shows_late_is_not_known_until_it_is_told() -> None:
    memory = Memory(NOW - 2 * DEEPEST)
    memory.remember("a", NOW)
    memory.forget(NOW)
    assert memory.since(OVERLAP, NOW) == NOW - OVERLAP
    assert not memory.knows("late", NOW - DEEPEST + 1)
    assert memory.knows("too late", NOW - DEEPEST - 1)


def test_it_does_not_look_further_back_than_it_remembers() -> None:
    memory = Memory(NOW - 60)
    memory.remember("a", NOW)
    assert memory.since(DEEPEST, NOW) == NOW - 60
    assert Memory(NOW).since(OVERLAP, NOW + 86400) == NOW


def test_a_clock_that_is_ahead_moves_nothing() -> None:
    memory = Memory(NOW - OVERLAP)
    memory.remember("of the other year", NOW + 3e7)
    memory.forget(NOW)
    assert memory.since(OVERLAP, NOW) == NOW - OVERLAP
    assert not memory.knows("b", NOW)
    assert memory.knows("of the other year", NOW + 3e7)


def test_it_lets_go_of_what_no_look_asks_for() -> None:
    memory = Memory(0.0)
    for number in range(5000):
        memory.remember(str(number), number * 600.0)
        memory.forget(number * 600.0)
    assert len(memory) <= (DEEPEST + OVERLAP) / 600 + 1


def test_what_is_kept_of_it_is_all_of_it() -> None:
    memory = Memory(NOW - DEEPEST)
    memory.remember("a", NOW)
    again = from_data(memory.as_data())
    assert again.knows("a", NOW) and again.since(OVERLAP, NOW) == memory.since(OVERLAP, NOW)
