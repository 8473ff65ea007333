# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules of machines with the least role that their documentation names: they do all their work with it."""

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible_collections.backupops.veeam.plugins.modules import (
    veeam_failover_plan,
    veeam_failover_plan_info,
    veeam_quick_backup,
    veeam_replica_failover,
    veeam_restore_point_info,
    veeam_vm_restore,
)
from helpers.emulated_jobs import Emulated

USER, OPERATOR, FILES = "portal-user", "restore-operator", "file-operator"
ROLES = {USER: "Portal User", OPERATOR: "VM Restore Operator"}
KEEP = {"machine": "web02", "original": "keep"}
REPLACE = {"restores": [{"machine": "web02", "original": "replace"}, {"machine": "db01", "original": "keep"}]}
CASES: list[tuple[t.Any, str, dict[str, t.Any]]] = [
    (veeam_quick_backup, USER, {"machine": "web02"}),
    (veeam_quick_backup, USER, {"machines": ["web02", "db01"], "not_older_than": "1m"}),
    (veeam_vm_restore, OPERATOR, KEEP),
    (veeam_vm_restore, OPERATOR, REPLACE),
    (veeam_replica_failover, OPERATOR, {"machine": "web01", "no_way_back": True}),
    (veeam_failover_plan, OPERATOR, {"plan": "DR Web", "state": "started"}),
    (veeam_failover_plan, OPERATOR, {"plan": "DR Web", "state": "undone"}),
    (veeam_failover_plan_info, OPERATOR, {}),
    (veeam_restore_point_info, OPERATOR, {"machines": ["web02"]}),
    (veeam_restore_point_info, OPERATOR, {}),
]


@pytest.mark.parametrize(("module", "user", "options"), CASES)
def test_the_documented_role_is_enough(module: t.Any, user: str, options: dict[str, t.Any]) -> None:
    world = Emulated(module.MODULE)
    ended = world.one(username=user, **options)
    assert ended.result["changed"] is ("info" not in module.__name__)
    refused = [entry for entry in world.em.journal if entry.status == 403]
    # What only an administrator sees may be asked for, where the rest does without.
    assert not [entry for entry in refused if entry.method != "GET"]


@pytest.mark.parametrize(("module", "user"), dict.fromkeys((module, user) for module, user, _unused in CASES))
def test_the_documentation_names_it(module: t.Any, user: str) -> None:
    described = " ".join(yaml.safe_load(module.DOCUMENTATION)["description"])
    assert f"The role {ROLES[user]} is enough" in described


@pytest.mark.parametrize(
    ("module", "user", "options"),
    [
        (veeam_quick_backup, OPERATOR, {"machine": "web02"}),
        (veeam_vm_restore, USER, KEEP),
        (veeam_vm_restore, FILES, KEEP),
        (veeam_failover_plan, USER, {"plan": "DR Web", "state": "started"}),
        (veeam_failover_plan_info, USER, {}),
    ],
)
def test_another_role_is_refused_and_nothing_is_changed(module: t.Any, user: str, options: dict[str, t.Any]) -> None:
    world = Emulated(module.MODULE)
    ended = world.run(username=user, **options)
    assert ended.failed
    assert ended.result["changed"] is False
    assert "role" in ended.result["msg"], ended.result["msg"]
    done = {event.event for event in world.em.machine_history()}
    assert not done & {"backed_up", "restore_started", "restored", "failed_over"}
