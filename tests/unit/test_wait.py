# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for something to show: how long to pause, when to stop, and what is said of it, on a clock of its own."""

from __future__ import annotations

import itertools
import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em.wait import (
    TO_CHANGE,
    TO_COME,
    TO_END,
    Hopeless,
    Waited,
    last_look,
    pauses,
    until_shown,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import Flow
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import ExchangeError, NoAnswer, Refused
from helpers.script import Script

POLL = 5.0


def take(count: int, poll_interval: float) -> list[float]:
    return list(itertools.islice(pauses(poll_interval), count))


def test_pauses_are_short_at_first_and_grow_to_the_interval() -> None:
    found = take(20, 5)
    assert found[0] == 0.02
    assert found[-1] == 5
    assert found == sorted(found)
    assert sum(found[:6]) < 3, "a quick clone is seen quickly"


@pytest.mark.parametrize("poll_interval", [0.001, 0.05, 0.1, 0.15, 1, 60, 3600])
def test_no_pause_is_longer_than_the_interval(poll_interval: float) -> None:
    found = take(60, poll_interval)
    assert max(found) == poll_interval
    assert min(found) > 0


@pytest.mark.parametrize(("wait_timeout", "expected"), [(300, 5), (50, 5), (20, 2), (1, 0.1)])
def test_the_last_look_leaves_time_for_itself(wait_timeout: float, expected: float) -> None:
    assert last_look(wait_timeout) == pytest.approx(expected)
    assert last_look(wait_timeout) < wait_timeout


# -- until something shows -----------------------------------------------------------------------------------------


class Looks:
    """What each look sees: None for nothing, an error, or what showed; the last one again and again."""

    def __init__(self, script: Script, *seen: t.Any) -> None:
        self.script = script
        self.seen = seen
        self.began = script.clock()
        #: Seconds after the beginning, of each look.
        self.times: list[float] = []

    def __call__(self) -> Flow[t.Any]:
        yield from ()
        seen = self.seen[min(len(self.times), len(self.seen) - 1)]
        self.times.append(self.script.clock() - self.began)
        if isinstance(seen, ExchangeError):
            raise seen
        return seen

    def wait(self, seconds: float = 60.0, hopeless: Hopeless = TO_COME, **more: t.Any) -> Waited:
        clock = self.script.clock
        waited = self.script.run(until_shown(clock, self, self.began + seconds, POLL, hopeless, **more))
        assert isinstance(waited, Waited)
        return waited


def no(status: int, **more: t.Any) -> ExchangeError:
    return Refused("no", "GET /x", status, from_api=True, **more)


LOST = NoAnswer("cut", "GET /x")


def test_what_is_there_takes_no_pause(script: Script) -> None:
    looks = Looks(script, "it")
    assert looks.wait(0.0) == Waited("it")
    assert looks.times == [0.0]


def test_the_last_look_is_when_the_time_is_up(script: Script) -> None:
    looks = Looks(script, None)
    assert looks.wait(60.0) == Waited(None)
    assert looks.times[-1] == pytest.approx(60.0, abs=0.02)
    steps = [later - sooner for sooner, later in itertools.pairwise(looks.times)]
    assert max(steps) <= POLL + 1e-6


def test_an_error_is_no_reason_to_stop(script: Script) -> None:
    looks = Looks(script, LOST, no(404), no(503), None, "it")
    assert looks.wait() == Waited("it")
    assert len(looks.times) == 5


@pytest.mark.parametrize(("seen", "trouble"), [((LOST, None), None), ((None, LOST), LOST)])
def test_trouble_is_what_the_last_look_met(script: Script, seen: tuple[t.Any, ...], trouble: t.Any) -> None:
    assert Looks(script, *seen).wait() == Waited(None, trouble)


def test_what_says_more_of_the_server_is_told(script: Script) -> None:
    cut_short = NoAnswer("the time was up", "GET /x", cut_short=True)
    waited = Looks(script, LOST, cut_short).wait(1.0)
    assert waited.trouble is LOST


PERMANENT = NoAnswer("no such host", "GET /x", permanent=True)


@pytest.mark.parametrize(
    ("hopeless", "error", "looks"),
    [
        (TO_COME, no(401), 1),
        (TO_COME, no(403), 1),
        (TO_COME, PERMANENT, 1),
        (TO_COME, no(404), None),
        (TO_COME, no(400), None),
        (TO_COME, no(500), None),
        (TO_CHANGE, no(404), 1),
        (TO_CHANGE, no(403), 1),
        (TO_CHANGE, no(400), None),
        (TO_END, no(401), 1),
        (TO_END, no(403), 1),
        (TO_END, no(404), 2),
        (TO_END, no(400), 2),
        (TO_END, no(500), None),
        (TO_END, PERMANENT, None),
    ],
)
def test_what_is_hopeless(script: Script, hopeless: Hopeless, error: ExchangeError, looks: int | None) -> None:
    """looks: after how many of them it is given up, None for never."""
    looked = Looks(script, error)
    assert looked.wait(600.0, hopeless) == Waited(None, error, looks is not None)
    assert looks is None or len(looked.times) == looks


def test_twice_is_twice_in_a_row(script: Script) -> None:
    looks = Looks(script, no(404), LOST, no(404), None, no(404), "it")
    assert looks.wait(600.0, TO_END) == Waited("it")


def test_pauses_grow_while_the_server_is_down(script: Script) -> None:
    looks = Looks(script, *[LOST] * 30)
    looks.wait(3600.0)
    steps = [later - sooner for sooner, later in itertools.pairwise(looks.times)]
    assert max(steps) == pytest.approx(60.0)


def test_what_the_server_asks_for_is_kept_within_half_of_the_time(script: Script) -> None:
    looks = Looks(script, no(503, retry_after=30.0), no(503, retry_after=3000.0), "it")
    looks.wait(130.0)
    assert looks.times == pytest.approx([0.0, 30.0, 80.0])


def test_the_end_may_depend_on_what_was_seen(script: Script) -> None:
    looks = Looks(script, None)
    ends = {1: 100.0}

    def until() -> float:
        return looks.began + ends.get(len(looks.times), 3.0)

    script.run(until_shown(script.clock, looks, until, POLL))
    assert looks.times[-1] <= 3.02 + POLL


def test_whoever_watches_hears_before_each_pause(script: Script) -> None:
    heard: list[t.Any] = []
    Looks(script, LOST, None, "it").wait(pausing=heard.append)
    assert heard == [LOST, None]


def test_the_first_look_may_come_after_a_pause(script: Script) -> None:
    looks = Looks(script, "it")
    assert looks.wait(at_once=False) == Waited("it")
    assert looks.times == [pytest.approx(0.02)]
