# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver of scripted tests: one that fails says what failed, and nothing else."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import Flow, Pause
from helpers.flows import drive


def flow() -> Flow[None]:
    try:
        yield Pause(1.0)
    except Exception:
        # As a run does with mistakes.
        yield Pause(2.0)
    finally:
        # As a run logs out.
        yield Pause(3.0)
        yield Pause(4.0)


def test_a_flow_whose_test_fails_is_ended() -> None:
    asked: list[float] = []

    def perform(effect: t.Any) -> None:
        asked.append(effect.seconds)
        raise AssertionError("not in the script")

    played = flow()
    with pytest.raises(AssertionError, match="not in the script"):
        drive(played, perform)
    assert asked == [1.0]
    assert played.gi_frame is None, "a generator that has not ended complains when it is collected"


def test_a_flow_that_does_not_end_is_ended() -> None:
    def endless() -> Flow[None]:
        while True:
            yield Pause(1.0)

    played = endless()
    with pytest.raises(AssertionError, match="does not end"):
        drive(played, lambda effect: None, most=10)
    assert played.gi_frame is None
