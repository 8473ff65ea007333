# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emulators are started once for each set of arguments and reset for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from veeam_em_emulator import Emulator

from .client import XML, Api, close_all, tell_less

Start = Callable[..., Emulator]


@pytest.fixture(scope="session")
def _started() -> Iterator[dict[Any, Emulator]]:
    running: dict[Any, Emulator] = {}
    yield running
    for em in running.values():
        em.stop()


@pytest.fixture(autouse=True)
def _clients() -> Iterator[None]:
    yield
    close_all()


@pytest.fixture
def start(_started: dict[Any, Emulator]) -> Start:
    """Emulator with these arguments (hashable ones), as good as new."""

    def run(**arguments: Any) -> Emulator:
        key = tuple(sorted(arguments.items()))
        if key not in _started:
            _started[key] = Emulator(**arguments).start()
        _started[key].reset()
        tell_less(_started[key])
        return _started[key]

    return run


@pytest.fixture
def em(start: Start) -> Emulator:
    """Product 13 with the shipped state."""
    return start()


@pytest.fixture
def api(em: Emulator) -> Api:
    """Logged on to ``em``, XML."""
    client = Api(em, XML)
    client.log_on()
    return client
