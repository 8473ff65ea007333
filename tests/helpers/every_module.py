# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module in one play: what is asked of each, done, predicted, with a diff, and failed.

tests/door plays it in the worker; tests/slow/action plays it both ways and compares key by key. A new module adds its
tasks here; a test says so until it has.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from veeam_em_emulator import Emulator

from .ansible_runs import ROOT, Play, Step
from .cast import AGENTS, AGENTS_ID, DEFAULT_REPOSITORY, GOLD, S3_ID, SHARES, UNKNOWN_ID, VBR01

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


#: Modules that wait for something.
POLLING = (
    "veeam_job_clone", "veeam_job", "veeam_job_run", "veeam_quick_backup", "veeam_vm_restore",
    "veeam_replica_failover", "veeam_failover_plan", "veeam_backup_server",
)  # fmt: skip
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
    Case("veeam_job", {"name": SHARES, "kind": "nas", "enabled": False}, PREDICTED),
    Case(
        "veeam_job",
        {"enabled": False, "jobs": [{"name": SHARES, "kind": "nas"}, {"name": AGENTS_ID, "kind": "agent"}]},
        SHOWN,
    ),
    Case("veeam_job", {"name": SHARES, "kind": "nas", "description": "new"}, fails=True),
    Case("veeam_job", {"name": AGENTS, "kind": "agent", "enabled": True}, fails=True),
    Case("veeam_job_run", {"job": SHARES, "kind": "nas"}, PREDICTED),
    Case("veeam_job_run", {"jobs": [{"job": SHARES, "kind": "nas"}, {"job": AGENTS_ID, "kind": "agent"}]}, SHOWN),
    Case("veeam_job_run", {"job": AGENTS, "kind": "nas"}, fails=True),
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
    Case("veeam_job_info", {"kind": ["job", "agent", "nas"], "gather": ["last_session", "repository"]}),
    Case("veeam_job_info", {"kind": ["nas"], "type": "Backup"}, fails=True),
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
    Case("veeam_backup_server", {"backup_server": VBR01}, PREDICTED, before=lambda em: em.clear_faults()),
    Case("veeam_backup_server", {"backup_server": VBR01, "wait": False}, SHOWN),
    Case("veeam_backup_server", {"backup_server": VBR01, "not_older_than": "365d"}, SHOWN),
    Case("veeam_backup_server", {"backup_server": "nowhere"}, fails=True),
    Case("veeam_backup_server", {"backup_server": VBR01}, before=fault(**REFUSED, path="action=collect"), fails=True),
    Case("veeam_protection_info", {}, before=lambda em: em.clear_faults()),
    Case("veeam_protection_info", {"machines": "web01, nobody", "within": "4h", "exclude": ["web0*"]}, PREDICTED),
    Case("veeam_protection_info", {"within": "soon"}, fails=True),
    Case("veeam_protection_info", {}, before=fault(**REFUSED, path="type=VmRestorePoint")),
    Case("veeam_protection_info", {"host": "nowhere"}, fails=True),
    Case("veeam_quick_backup", {"machine": "web01"}, PREDICTED, before=lambda em: em.clear_faults()),
    Case("veeam_quick_backup", {"machine": "web01"}, SHOWN),
    Case("veeam_quick_backup", {"machine": "web01", "not_older_than": "1h"}, SHOWN),
    Case("veeam_quick_backup", {"machines": ["web01", "nobody"]}, fails=True),
    Case("veeam_restore_point_info", {"machines": ["web01"], "newest": 1}, before=lambda em: em.clear_faults()),
    Case("veeam_restore_point_info", {"machines": ["web01"], "newest": 1}, PREDICTED),
    Case("veeam_restore_point_info", {"job": "Nobody"}, fails=True),
    Case("veeam_vm_restore", {"machine": "web01", "original": "keep"}, PREDICTED),
    Case("veeam_vm_restore", {"machine": "web01", "original": "keep"}, SHOWN),
    Case("veeam_vm_restore", {"machine": "nobody", "original": "keep"}, fails=True),
    Case("veeam_failover_plan_info", {}, PREDICTED),
    Case("veeam_failover_plan_info", {"name": "Nobody"}, SHOWN),
    Case("veeam_failover_plan_info", {"name": "urn:veeam:Job:" + S3_ID}, fails=True),
    Case("veeam_failover_plan", {"plan": "DR Web", "state": "started"}, PREDICTED),
    Case("veeam_failover_plan", {"plan": "DR Web", "state": "started"}, SHOWN),
    Case("veeam_failover_plan", {"plan": "DR Web", "state": "undone"}, SHOWN),
    Case("veeam_failover_plan", {"plan": "Nobody", "state": "started"}, fails=True),
    Case("veeam_replica_failover", {"machine": "web01", "no_way_back": True}, PREDICTED),
    Case("veeam_replica_failover", {"machine": "web01", "no_way_back": True}, SHOWN),
    Case("veeam_replica_failover", {"machine": "nobody", "no_way_back": True}, fails=True),
    Case("veeam_session", {}, {"register": "logon", "diff": True}, before=lambda em: em.clear_faults()),
    Case("veeam_job_info", {"session_id": TOKEN, "name": GOLD, "details": False}),
    Case("veeam_session", {"state": "absent", "session_token": TOKEN, "logon_session_id": SESSION}, PREDICTED),
    Case("veeam_session", {"state": "absent", "session_token": TOKEN, "logon_session_id": SESSION}),
    Case("veeam_session", {"state": "absent", "session_token": TOKEN, "logon_session_id": "7"}, fails=True),
    Case("veeam_session", {"username": "nobody"}, fails=True),
]


def as_modules() -> list[Case]:
    """Of each module the first task of each kind: done, predicted, failed. A process of its own takes a second more."""
    first = {(case.module, case.fails, bool(case.keywords.get("check_mode"))): case for case in reversed(CASES)}
    return [case for case in CASES if any(case is chosen for chosen in first.values())]


def add(play: Play, modules: Path | None = None) -> list[Step]:
    """All the cases, beginning on an emulator as if just started, in XML and JSON by turns.

    In the worker; with a folder for modules, those of as_modules() as modules.
    """
    steps = []
    for place, case in enumerate(CASES):

        def before(case: Case = case, first: bool = place == 0) -> None:
            if first:
                play.em.reset()
            if case.before is not None:
                case.before(play.em)

        options = {"media_type": ("xml", "json")[place % 2], **case.options}
        if case.module in POLLING:
            options = {"poll_interval": 0.02, "wait_timeout": 60, **options}
        as_module = modules is not None and any(case is chosen for chosen in as_modules())
        # Nowhere to put a module: a task that takes the other path fails.
        remote = str(modules) if as_module else "/dev/null/no-module-here"
        variables = {"veeam_in_process": not as_module, "ansible_remote_tmp": remote}
        steps.append(play.call(case.module, before, {**case.keywords, "vars": variables}, **options))
    return steps
