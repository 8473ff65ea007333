# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module in the worker and as a module, compared key by key: done, predicted, with a diff, and failed.

One run of Ansible does all the tasks in the worker, and again on an emulator that was reset, now one of each kind as a
module.
test_same_results.py goes further into what a path might change, with the clone; this is why the integration tests
need not run twice.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from helpers.ansible_runs import Play, Step
from helpers.every_module import CASES, add, as_modules
from helpers.routes import routes
from veeam_em_emulator import Emulator

from .test_same_results import neutral

#: What is asked for as often as the clock wants (a job also where it was read a while ago, which is soon with pauses as
#: short as here), and what a batch asks for in any order.
WAITED = {
    "task",
    "job",
    "jobs",
    "agent-job",
    "agent-jobs",
    "share-job",
    "share-jobs",
    "session",
    "sessions",
    "list-of-sessions",
}
_VOLATILE = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[0-9.]*(?:Z|[+-]\d\d:\d\d)?"), "TIME"),
    (re.compile(r'("(?:session_id|session_token)": ")(?!VALUE_SPECIFIED)[^"]+'), r"\1TOKEN"),
    (re.compile(r'("age": )\d+'), r"\1SECONDS"),
    (re.compile(r"\b\d+ (?:second|minute)s? old"), "AGE old"),
    (re.compile(r"FOLDER/(?:worker|module)"), "FOLDER"),
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d%3A\d\d%3A\d\dZ")
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_every_module(tmp_path: Path) -> None:
    with Emulator(task_steps="") as em:
        play = Play(em, tmp_path)
        play.defaults = {}
        play.env["ANSIBLE_KEEP_REMOTE_FILES"] = "1"
        # The session that is handed out; that it is closed in the end is asserted below.
        play.may_stay_open = lambda session: True
        modules = tmp_path / "modules"
        halves = add(play), add(play, modules)
        play.run()
        assert em.open_sessions() == []
    sent_over = [path.name for path in modules.rglob("AnsiballZ_*.py")]
    assert sorted(sent_over) == sorted(f"AnsiballZ_{case.module}.py" for case in as_modules())
    for case, worker, module in zip(CASES, *halves, strict=True):
        what = (worker.name, case.module, case.options, worker.result, module.result)
        assert (worker.failed, module.failed) == (case.fails, case.fails), what
        assert requests(worker) == requests(module), what
        assert shown(worker) == shown(module), what


def requests(step: Step) -> list[str]:
    """What was sent, in any order, and what was waited for, however often."""
    words = [_MOMENT.sub("TIME", _GUID.sub("ID", word)) for word in routes(step.journal)]
    return sorted(word for word in words if word not in WAITED) + sorted(WAITED & set(words))


def shown(step: Step) -> str:
    text = json.dumps(step.result, indent=1, sort_keys=True, ensure_ascii=False)
    for pattern, replacement in _VOLATILE:
        text = pattern.sub(replacement, text)
    return neutral(text)
