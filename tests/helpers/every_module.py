# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module in one play: what is asked of each, done, predicted, with a diff, and failed.

tests/door plays it in the worker; tests/slow/action plays it both ways and compares key by key. A new module adds its
tasks here; a test says so until it has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from veeam_em_emulator import Emulator

from .ansible_runs import ROOT, Play, Step
from .cast import DEFAULT_REPOSITORY, GOLD, S3_ID, UNKNOWN_ID, VBR01

MODULES = {path.stem for path in (ROOT / "plugins" / "modules").glob("veeam_*.py")}

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
    Case("veeam_job", {"jobs": [{"name": "web", "schedule": {"daily": 1320}}]}, fails=True),
    Case("veeam_job", {"name": "web", "objects": ["web02", "db01"], "gfs": ""}, PREDICTED),
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
    Case("veeam_job_info", {"name": f"{GOLD}, Nobody"}, PREDICTED),
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
    Case("veeam_protection_info", {}, before=lambda em: em.clear_faults()),
    Case("veeam_protection_info", {"machines": "web01, nobody", "within": "4h", "exclude": ["web0*"]}, PREDICTED),
    Case("veeam_protection_info", {"within": "soon"}, fails=True),
    Case("veeam_protection_info", {}, before=fault(**REFUSED, path="type=VmRestorePoint")),
    Case("veeam_protection_info", {"host": "nowhere"}, fails=True),
    Case("veeam_session", {}, {"register": "logon", "diff": True}, before=lambda em: em.clear_faults()),
    Case("veeam_job_info", {"session_id": TOKEN, "name": GOLD, "details": False}),
    Case("veeam_session", {"state": "absent", "session_token": TOKEN, "logon_session_id": SESSION}, PREDICTED),
    Case("veeam_session", {"state": "absent", "session_token": TOKEN, "logon_session_id": SESSION}),
    Case("veeam_session", {"state": "absent", "session_token": TOKEN, "logon_session_id": "7"}, fails=True),
    Case("veeam_session", {"username": "nobody"}, fails=True),
]


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
