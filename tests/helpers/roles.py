# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which role each module needs, and which accounts of the emulator's shipped state may not do what it does."""

from __future__ import annotations

from typing import Any, NamedTuple

from veeam_em_emulator import Emulator

from .cast import AGENTS_ID, DEFAULT_REPOSITORY, GOLD, SHARES, USERNAME, VBR01

ADMINISTRATOR, USER, OPERATOR, FILES = USERNAME, "portal-user", "restore-operator", "file-operator"
ROLES = {ADMINISTRATOR: "Portal Administrator", USER: "Portal User", OPERATOR: "VM Restore Operator"}
#: Neither an administrator nor a user; neither an administrator nor an operator.
NO_ADMINISTRATOR, NO_USER, NO_OPERATOR = (USER, OPERATOR, FILES), (OPERATOR, FILES), (USER,)

_NEEDED, _USER = "The role Portal Administrator is needed", "The role Portal User is enough"
_OPERATOR, _ANY = "The role VM Restore Operator is enough", "Any role is enough"
#: What the description of each module says.
DOCUMENTED = {
    "veeam_backup_server": _USER,
    "veeam_backup_server_info": _USER,
    "veeam_failover_plan": _OPERATOR,
    "veeam_failover_plan_info": _OPERATOR,
    "veeam_job": _NEEDED,
    "veeam_job_clone": _NEEDED,
    "veeam_job_info": _NEEDED,
    "veeam_job_run": _NEEDED,
    # It tells every role what it can know.
    "veeam_protection_info": "Portal Administrator sees everything. A Portal User sees",
    "veeam_quick_backup": _USER,
    "veeam_replica_failover": _OPERATOR,
    "veeam_repository_info": _USER,
    "veeam_restore_point_info": _OPERATOR,
    "veeam_session": _ANY,
    "veeam_vm_restore": _OPERATOR,
}


class Case(NamedTuple):
    """A task. user: an account with the least role for it; refused: accounts that may not do it.

    role: what they are told would do, where that is another one.
    """

    module: str
    user: str
    refused: tuple[str, ...]
    options: dict[str, Any]

    @property
    def role(self) -> str:
        return ROLES[self.user]

    def __str__(self) -> str:
        said = "-".join(str(value) for value in self.options.values() if isinstance(value, str))
        return f"{self.module}-{said}"


CASES = (
    Case("veeam_quick_backup", USER, NO_USER, {"machine": "web02"}),
    Case("veeam_quick_backup", USER, NO_USER, {"machines": ["web02", "db01"], "not_older_than": "1m"}),
    Case("veeam_vm_restore", OPERATOR, (USER, FILES), {"machine": "web02", "original": "keep"}),
    Case("veeam_vm_restore", OPERATOR, (USER, FILES), {"machine": "db01", "original": "replace"}),
    # Everybody who restores anything may fail over, and files are restored by an operator of their own.
    Case("veeam_replica_failover", OPERATOR, (), {"machine": "web01", "no_way_back": True}),
    Case("veeam_failover_plan_info", OPERATOR, NO_OPERATOR, {}),
    Case("veeam_failover_plan", OPERATOR, NO_OPERATOR, {"plan": "DR Web", "state": "started"}),
    Case("veeam_failover_plan", OPERATOR, NO_OPERATOR, {"plan": "DR Web", "state": "undone"}),
    Case("veeam_restore_point_info", OPERATOR, (), {"machines": ["web02"]}),
    Case("veeam_restore_point_info", OPERATOR, (), {}),
    Case("veeam_restore_point_info", USER, NO_USER, {"machines": ["web02"], "gather": ["files"]}),
    Case("veeam_restore_point_info", ADMINISTRATOR, NO_ADMINISTRATOR, {"job": GOLD}),
    Case("veeam_protection_info", OPERATOR, (), {"machines": ["web02"]}),
    Case("veeam_backup_server_info", USER, NO_USER, {}),
    Case("veeam_repository_info", USER, NO_USER, {}),
    Case("veeam_backup_server", USER, NO_USER, {"backup_server": VBR01}),
    Case("veeam_job_info", ADMINISTRATOR, NO_ADMINISTRATOR, {}),
    Case("veeam_job_info", ADMINISTRATOR, NO_ADMINISTRATOR, {"kind": ["agent", "nas"]}),
    Case("veeam_job_run", ADMINISTRATOR, NO_ADMINISTRATOR, {"job": GOLD}),
    Case("veeam_job_run", ADMINISTRATOR, NO_ADMINISTRATOR, {"job": AGENTS_ID, "kind": "agent"}),
    Case("veeam_job_run", ADMINISTRATOR, NO_ADMINISTRATOR, {"job": SHARES, "kind": "nas"}),
    Case("veeam_job", ADMINISTRATOR, NO_ADMINISTRATOR, {"name": SHARES, "kind": "nas", "enabled": False}),
    Case("veeam_job", ADMINISTRATOR, NO_ADMINISTRATOR, {"name": GOLD, "description": "new"}),
    Case(
        "veeam_job_clone",
        ADMINISTRATOR,
        NO_ADMINISTRATOR,
        {"name": "new", "source_job": GOLD, "repository": DEFAULT_REPOSITORY},
    ),
    Case("veeam_session", OPERATOR, (), {}),
)


def check_nothing_happened(em: Emulator) -> None:
    """To no machine, to no job, and no job ran; and Enterprise Manager took no request that changes anything."""
    assert em.machine_history() == []
    assert {change.action for change in em.history()} <= {"start"}
    taken = [entry for entry in em.journal if entry.method != "GET" and entry.status != 403]
    assert all("sessionMngr" in entry.path or "logonSessions" in entry.path for entry in taken), taken
    assert em.restore_sessions() == []
