# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from .harness import DIALECTS, Play, Writer

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may depend on what the shell of whoever runs it has set."""
    for variable in list(os.environ):
        if variable.startswith("VEEAM_EM_") or variable.lower().endswith("_proxy"):
            monkeypatch.delenv(variable)


@pytest.fixture
def sample() -> t.Callable[[str], bytes]:
    """The bytes of a sample by its file name."""
    return lambda name: (SAMPLES / name).read_bytes()


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    """Each dialect in turn."""
    return t.cast(str, request.param)


@pytest.fixture
def write(dialect: str) -> Writer:
    """A writer of EM's documents, in each dialect."""
    return Writer(dialect)


@pytest.fixture
def play(dialect: str) -> Play:
    """A player of scripted exchanges, in each dialect."""
    return Play(dialect=dialect)
