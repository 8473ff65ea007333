# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that name machines, points and what happens to the original: all of it is refused before any request."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import OptionError
from ansible_collections.backupops.veeam.plugins.modules import (
    veeam_quick_backup,
    veeam_restore_point_info,
    veeam_vm_restore,
)

CONNECTION = {"hostname": "em01", "username": "u", "password": "p"}
REF = "urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.vm-4711"
POINT = "6384e0b3-7b55-4bcb-91f1-20682cc85dc0"


def settings(module: t.Any, **given: t.Any) -> t.Any:
    params = {name: spec.get("default") for name, spec in module.MODULE.spec.options.items()}
    return module.MODULE.settings({**params, **CONNECTION, **given})


REFUSED = [
    (veeam_quick_backup, {}, "machine, machines: neither is given"),
    (veeam_quick_backup, {"machine": "a", "machines": ["b"]}, "machine, machines: both are given"),
    (veeam_quick_backup, {"machine": "web\t01"}, "machine: contains a tab"),
    (veeam_quick_backup, {"machine": REF.replace(":Vm:", ":Host:")}, "machine: urn:VMware:Host:"),
    (veeam_quick_backup, {"machines": ["web01", None]}, "machines, item 2: is not a name"),
    (veeam_quick_backup, {"machines": ["web01", " "]}, "machines, item 2: is not a name"),
    (veeam_quick_backup, {"machines": [{"name": "web01"}]}, "machines, item 1: name: is not an option here"),
    (veeam_quick_backup, {"machines": [{"host": "vc"}]}, "machines, item 1: machine: is missing"),
    (veeam_quick_backup, {"machines": [{"machine": ["a"]}]}, "machines, item 1: machine: is not text"),
    (veeam_quick_backup, {"machines": ["web01"] * 2}, 'machine "web01" (machines, item 2): is the same as item 1; '),
    (veeam_quick_backup, {"machine": "a", "not_older_than": "soon"}, "not_older_than: soon is not a duration"),
    (veeam_quick_backup, {"machine": "a", "accept": []}, "accept: is empty"),
    (veeam_quick_backup, {"machine": "a", "max_parallel": 33}, "max_parallel: 33 is not between 1 and 32."),
    (veeam_restore_point_info, {"newest": 0}, "newest: 0 is not above zero"),
    (veeam_restore_point_info, {"created_after": "2026-01-08T14:31:07"}, "does not say in which time zone"),
    (veeam_restore_point_info, {"created_before": "yesterday"}, "created_before: yesterday is neither"),
    (veeam_restore_point_info, {"machines": ["a\nb"]}, "machines: contains a line break"),
    (veeam_vm_restore, {}, "machine, restores: neither is given"),
    (veeam_vm_restore, {"machine": "web01"}, "original: is missing."),
    (veeam_vm_restore, {"restores": [{"machine": "a", "original": "keep"}, {"machine": "b"}]}, "item 2): original: is"),
    (veeam_vm_restore, {"machine": "a", "restore_point": POINT, "original": "keep"}, "both are given"),
    (
        veeam_vm_restore,
        {"restore_point": "newest", "original": "keep"},
        "restore_point: newest is not an id, a UID or an href",
    ),
    (veeam_vm_restore, {"restore_point": POINT, "host": "vc", "original": "keep"}, "host: goes with machine"),
    (veeam_vm_restore, {"machine": "a", "original": "keep", "quick_rollback": True}, "quick_rollback: only changes"),
    (veeam_vm_restore, {"machine": "a", "original": "replace", "new_name": "b"}, "new_name: cannot be used with"),
    (veeam_vm_restore, {"machine": "a", "original": "keep", "new_name": " b"}, 'new_name: " b" begins with a blank'),
    (veeam_vm_restore, {"restores": [{"original": "keep"}]}, "restores, item 1: machine, restore_point: neither"),
    (
        veeam_vm_restore,
        {"original": "replace", "restores": [{"machine": "a"}, {"machine": "a"}]},
        'machine "a" (restores, item 2): is the same as item 1; name each once.',
    ),
]


@pytest.mark.parametrize(("module", "given", "sentence"), REFUSED)
def test_what_is_wrong_is_said_before_the_logon(module: t.Any, given: dict[str, t.Any], sentence: str) -> None:
    with pytest.raises(OptionError) as refused:
        settings(module, **given)
    assert sentence in refused.value.msg


def test_what_stands_at_the_top_is_a_default() -> None:
    chosen = settings(
        veeam_vm_restore,
        original="replace",
        power_on=True,
        host="vcenter01",
        restores=[{"machine": "a", "power_on": False}, {"machine": "b", "original": "keep", "host": ""}],
    )
    one, other = chosen.restores
    assert (one.original, one.power_on, one.machine.host.text) == ("replace", False, "vcenter01")
    assert (other.original, other.power_on, other.machine.host.text) == ("keep", True, "vcenter01")


def test_blank_means_not_given() -> None:
    chosen = settings(veeam_quick_backup, machine="web01", host="", backup_server=" ", not_older_than="")
    assert chosen.machines[0] == ("web01", "web01", None, None, None, "", "machine")
    assert chosen.not_older_than is None
    assert settings(veeam_restore_point_info, machines=[""]).machines == []
    assert settings(veeam_restore_point_info, machines=None).machines is None
    assert settings(veeam_restore_point_info, machines=[REF]).machines[0].ref == REF
