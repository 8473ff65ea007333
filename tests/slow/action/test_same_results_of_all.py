# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module in the worker and as a module, compared key by key: done, predicted, with a diff, and failed.

One run of Ansible does all the tasks in the worker and then, on an emulator that was reset, all of them as modules.
test_same_results.py goes further into what a path might change, with the clone; this is why the integration tests
need not run twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from helpers.ansible_runs import ROOT, Play, Step
from helpers.cast import DEFAULT_REPOSITORY, GOLD, S3_ID, UNKNOWN_ID, VBR01
from helpers.routes import routes
from veeam_em_emulator import Emulator

from .test_same_results import neutral

MODULES = {path.stem for path in (ROOT / "plugins" / "modules").glob("veeam_*.py")}

#: What is asked for as often as the clock wants (a job also where it was read a while ago, which is soon with pauses as
#: short as here), and what a batch asks for in any order.
WAITED = {"task", "job", "jobs", "session", "sessions"}
_VOLATILE = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[0-9.]*(?:Z|[+-]\d\d:\d\d)?"), "TIME"),
    (re.compile(r'("(?:session_id|session_token)": ")(?!VALUE_SPECIFIED)[^"]+'), r"\1TOKEN"),
    (re.compile(r"FOLDER/(?:worker|module)"), "FOLDER"),
)
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

CLONE = {"source_job": GOLD, "repository": DEFAULT_REPOSITORY}
WISH = {
    "name": "web",
    **CLONE,
    "objects": [{"name": "web02"}, {"name": "db01"}],
    "schedule": {"daily": {"at": "22:00", "days": "weekdays"}},
    "retention": {"type": "days", "count": 14},
    "enabled": True,
}
PREDICTED, SHOWN = {"check_mode": True, "diff": True}, {"diff": True}
TOKEN, SESSION = "{{ logon.session_id }}", "{{ logon.logon_session_id }}"


class Case(NamedTuple):
    """A task. keywords: of the task beside the module. before: what happens to the emulator right before it."""

    module: str
    options: dict[str, Any]
    keywords: dict[str, Any] = {}
    before: Callable[[Emulator], object] | None = None
    fails: bool = False


def fault(**what: Any) -> Callable[[Emulator], object]:
    def add(em: Emulator) -> None:
        em.clear_faults()
        em.add_fault(**what)

    return add


def runs(plan: Any) -> Callable[[Emulator], object]:
    def change(em: Emulator) -> None:
        em.clear_faults()
        em.plan_runs(GOLD, plan)

    return change


REFUSED = {"fault": "status", "code": 403, "message": "Not you.", "body": "error", "count": 0}
CASES = [
    Case("veeam_job_clone", {**CLONE, "name": "clone"}, PREDICTED),
    Case("veeam_job_clone", {**CLONE, "name": "clone", "description": "Clöne"}, SHOWN),
    Case("veeam_job_clone", {**CLONE, "name": "clone"}, SHOWN),
    Case(
        "veeam_job_clone",
        {**CLONE, "clones": [{"name": "a"}, {"name": "b", "source_job": "Nobody"}]},
        SHOWN,
        fails=True,
    ),
    Case("veeam_job_clone", {**CLONE, "name": "x" * 51}, fails=True),
    Case(
        "veeam_job_clone",
        {**CLONE, "name": "refused"},
        before=fault(**REFUSED, method="POST", path="action=clone"),
        fails=True,
    ),
    Case("veeam_job", WISH, PREDICTED, before=lambda em: em.clear_faults()),
    Case("veeam_job", WISH, SHOWN),
    Case("veeam_job", WISH, SHOWN),
    Case("veeam_job", {**WISH, "retry": {"times": 9, "wait": 2}, "enabled": False}, PREDICTED),
    Case("veeam_job", {"name": "web", "gfs": {"weekly": {"keep": 4, "day": "sunday"}}}, SHOWN),
    Case(
        "veeam_job",
        {**CLONE, "max_parallel": 1, "jobs": [{"name": "c"}, {"name": "d", "objects": [{"name": "nobody"}]}]},
        SHOWN,
        fails=True,
    ),
    Case("veeam_job", {"name": "No Such Job", "enabled": True}, PREDICTED, fails=True),
    Case("veeam_job", {"name": "web", "schedule": {"daily": {"at": 1320}}}, fails=True),
    Case("veeam_job", {"name": "web", "description": "new"}, before=fault(**REFUSED, path="action=edit"), fails=True),
    Case(
        "veeam_job",
        {"name": "web", "backup_server": VBR01, "state": "absent"},
        SHOWN,
        before=lambda em: em.clear_faults(),
    ),
    Case("veeam_job", {"name": "web", "backup_server": VBR01, "state": "absent"}),
    Case("veeam_job_run", {"job": GOLD}, PREDICTED),
    Case("veeam_job_run", {"job": GOLD}, SHOWN),
    Case(
        "veeam_job_run",
        {"job": GOLD},
        before=runs({"machines": {"web01": {"result": "Failed", "reason": "The disk <is> full."}}}),
        fails=True,
    ),
    Case("veeam_job_run", {"job": GOLD, "state": "retried"}),
    Case("veeam_job_run", {"job": GOLD, "state": "stopped"}),
    Case("veeam_job_run", {"jobs": ["TPL Replica", "Nobody"], "max_parallel": 1}, fails=True),
    Case("veeam_job_run", {"job": "Copy to Offsite", "wait": True}, fails=True),
    Case("veeam_job_run", {"job": GOLD}, before=fault(**REFUSED, path="action=start"), fails=True),
    Case("veeam_job_info", {}, before=lambda em: em.clear_faults()),
    Case("veeam_job_info", {"details": False}, PREDICTED),
    Case("veeam_job_info", {"name": [GOLD, UNKNOWN_ID, "Nobody"], "gather": ["last_session", "repository"]}, SHOWN),
    Case("veeam_job_info", {"name": "urn:veeam:Repository:" + S3_ID}, fails=True),
    Case("veeam_job_info", {}, before=fault(fault="html", path="type=Job", count=0), fails=True),
    Case("veeam_repository_info", {}, before=lambda em: em.clear_faults()),
    Case("veeam_repository_info", {"name": [S3_ID, "Nobody"]}, PREDICTED),
    Case("veeam_repository_info", {"name": "urn:veeam:Job:" + S3_ID}, fails=True),
    Case("veeam_repository_info", {}, before=fault(**REFUSED, path="type=Repository"), fails=True),
    Case("veeam_backup_server_info", {}, before=lambda em: em.clear_faults()),
    Case("veeam_backup_server_info", {"name": VBR01}, PREDICTED),
    Case("veeam_backup_server_info", {"password": "wrong"}, fails=True),
    Case("veeam_backup_server_info", {}, before=fault(fault="status", code=503, path="type=BackupServer")),
    Case("veeam_session", {}, {"register": "logon", "diff": True}, before=lambda em: em.clear_faults()),
    Case("veeam_job_info", {"session_id": TOKEN, "name": GOLD, "details": False}),
    Case("veeam_session", {"state": "absent", "session_token": TOKEN, "logon_session_id": SESSION}, PREDICTED),
    Case("veeam_session", {"state": "absent", "session_token": TOKEN, "logon_session_id": SESSION}),
    Case("veeam_session", {"state": "absent", "session_token": TOKEN, "logon_session_id": "7"}, fails=True),
    Case("veeam_session", {"username": "nobody"}, fails=True),
]


def test_the_cases_are_of_every_module() -> None:
    for module in MODULES:
        mine = [case for case in CASES if case.module == module]
        assert {case.fails for case in mine} == {False, True}, module
        assert any(case.keywords.get("check_mode") for case in mine), module
        assert any(case.keywords.get("diff") for case in mine), module
    assert {case.module for case in CASES} == MODULES


@pytest.fixture
def em_of_product() -> Iterator[Callable[[str], Emulator]]:
    started: list[Emulator] = []

    def start(product: str) -> Emulator:
        started.append(Emulator(product=product, task_steps="").__enter__())
        return started[-1]

    yield start
    for em in started:
        left = em.open_sessions()
        em.__exit__(None, None, None)
        assert left == []


@pytest.mark.parametrize(("product", "media_type"), [("13", "xml"), ("12", "json")])
def test_every_module(product: str, media_type: str, em_of_product: Callable[[str], Emulator], tmp_path: Path) -> None:
    em = em_of_product(product)
    play = Play(em, tmp_path)
    play.defaults = {"media_type": media_type}
    play.env["ANSIBLE_KEEP_REMOTE_FILES"] = "1"
    # The session that is handed out; that it is closed in the end is asserted by the fixture.
    play.may_stay_open = lambda session: True
    modules = tmp_path / "modules"
    halves = [
        # Nowhere to put a module: a task that takes the other path fails.
        add(play, {"veeam_in_process": True, "ansible_remote_tmp": "/dev/null/no-module-here"}),
        add(play, {"veeam_in_process": False, "ansible_remote_tmp": str(modules)}),
    ]
    play.run()
    sent_over = [path.name for path in modules.rglob("AnsiballZ_*.py")]
    assert sorted(sent_over) == sorted(f"AnsiballZ_{case.module}.py" for case in CASES)
    for case, worker, module in zip(CASES, *halves, strict=True):
        what = (worker.name, case.module, case.options, worker.result, module.result)
        assert (worker.failed, module.failed) == (case.fails, case.fails), what
        assert requests(worker) == requests(module), what
        assert shown(worker) == shown(module), what


def add(play: Play, variables: dict[str, Any]) -> list[Step]:
    """All the cases, beginning on an emulator as if just started."""
    steps = []
    for place, case in enumerate(CASES):

        def before(case: Case = case, first: bool = place == 0) -> None:
            if first:
                play.em.reset()
            if case.before is not None:
                case.before(play.em)

        options = dict(case.options)
        if case.module in ("veeam_job_clone", "veeam_job", "veeam_job_run"):
            options.setdefault("poll_interval", 0.02)
        steps.append(play.call(case.module, before, {**case.keywords, "vars": variables}, **options))
    return steps


def requests(step: Step) -> list[str]:
    """What was sent, in any order, and what was waited for, however often."""
    words = [_GUID.sub("ID", word) for word in routes(step.journal)]
    return sorted(word for word in words if word not in WAITED) + sorted(WAITED & set(words))


def shown(step: Step) -> str:
    text = json.dumps(step.result, indent=1, sort_keys=True, ensure_ascii=False)
    for pattern, replacement in _VOLATILE:
        text = pattern.sub(replacement, text)
    return neutral(text)
