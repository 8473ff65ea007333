# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every test, wherever pytest is started from."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from helpers.dialects import one_dialect_of_each

#: Folders of tests/slow where a test on one product, in one format, does.
DIALECTS_IN_TURN = ("integration", "action", "security")


def pytest_configure() -> None:
    """A background job has SIGINT ignored, one under nohup SIGHUP, and all that it starts. Tests send both."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Before pytest leaves out what was not asked for."""
    left_out: set[pytest.Item] = set()
    for name in DIALECTS_IN_TURN:
        folder = Path(__file__).parent / "slow" / name
        left_out |= one_dialect_of_each(item for item in items if folder in item.path.parents)
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=sorted(left_out, key=lambda item: item.nodeid))
