# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of a test that says the same of several servers, one is run."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.dialects import one_dialect_of_each

#: Folders where a test on one product, in one format, does.
DIALECTS_IN_TURN = tuple(f"{Path(__file__).parent / name}/" for name in ("integration", "action", "security"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Before pytest leaves out what was not asked for."""
    left_out: set[pytest.Item] = set()
    for folder in DIALECTS_IN_TURN:
        left_out |= one_dialect_of_each(item for item in items if str(item.path).startswith(folder))
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=sorted(left_out, key=lambda item: item.nodeid))
