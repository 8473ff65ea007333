# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One start of Ansible for every module there is: what is asked of each ends as it should, inside the worker.

That a module does the same as a process of its own is compared key by key in tests/slow/action.
"""

from __future__ import annotations

from pathlib import Path

from helpers.ansible_runs import Play
from helpers.every_module import CASES, MODULES, add
from helpers.routes import route
from veeam_em_emulator import Emulator


def test_the_cases_are_of_every_module() -> None:
    assert {case.module for case in CASES} == MODULES
    for module in MODULES:
        mine = [case for case in CASES if case.module == module]
        assert {case.fails for case in mine} == {False, True}, module
        assert any(case.keywords.get("check_mode") for case in mine), module
        assert any(case.keywords.get("diff") for case in mine), module


def test_every_module(tmp_path: Path) -> None:
    with Emulator(task_steps="") as em:
        play = Play(em, tmp_path)
        play.defaults = {}
        # The session that is handed out; that it is closed in the end is asserted below.
        play.may_stay_open = lambda session: True
        steps = add(play)
        play.run()
        assert em.open_sessions() == []
    for case, step in zip(CASES, steps, strict=True):
        what = (step.name, case.module, case.options, step.result)
        assert step.failed == case.fails, what
        assert isinstance(step.result["msg"] if case.fails else step.changed, str if case.fails else bool), what
        assert "Traceback" not in str(step.result), what
        if case.keywords.get("check_mode"):
            words = {route(entry) for entry in step.journal if entry.method != "GET"}
            assert words <= {"logon", "logout"}, what
