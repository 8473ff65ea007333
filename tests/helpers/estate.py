# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A state of the emulator in which there is a machine of each status, at the moment at which its clock stands still."""

from __future__ import annotations

import copy
import typing as t

from .cast import PASSWORD, USERNAME, VBR01, VBR02

#: Where the emulator's clock stands.
NOW = "2026-01-05T10:00:00Z"
VCENTER, VCENTER_ON_VBR02 = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0", "b3c1d66e-93ab-4f0f-8ea6-236ff88cbae1"
OTHER = "8e7fef9f-87a8-48b4-bed1-632c3035a1a1"
NAMES = ("web01", "web02", "app01", "db01", "jump01", "legacy07", "new01", "anew01", "old-tmp-1")


def ref(name: str, root: str = VCENTER) -> str:
    return f"urn:VMware:Vm:{root}.vm-{100 + [*NAMES, 'cache03', 'web01-far'].index(name)}"


def _objects(root: str) -> list[dict[str, t.Any]]:
    return [{"name": name, "ref": ref(name, root)} for name in NAMES]


def _job(name: str, machine: str, **words: t.Any) -> dict[str, t.Any]:
    objects = [{"name": machine, "ref": ref(machine)}]
    return {"name": name, "backup_server": VBR01, "type": "Backup", "platform": "VMware", "objects": objects, **words}


def point(machine: str, created: str, reference: str | None = "", **words: t.Any) -> dict[str, t.Any]:
    known = ref(machine) if reference == "" else reference
    return {"machine": machine, "created": created, "ref": known, "backup_server": VBR01, **words}


_STATE: dict[str, t.Any] = {
    "backup_servers": [{"name": VBR01}, {"name": VBR02}],
    "repositories": [{"name": "Default", "backup_server": VBR01}, {"name": "Default", "backup_server": VBR02}],
    "accounts": [
        {"user": USERNAME, "password": PASSWORD, "role": "Portal Administrator"},
        {"user": "portal-user", "password": PASSWORD, "role": "Portal User"},
        {"user": "restore-operator", "password": PASSWORD, "role": "VM Restore Operator"},
    ],
    "hierarchy_roots": [
        {
            "name": "vcenter01.example.test",
            "id": VCENTER,
            "backup_server": VBR01,
            "unique_id": "11111111-2222-4333-8444-555555555555",
            "objects": _objects(VCENTER),
        },
        {
            "name": "vcenter01.example.test",
            "id": VCENTER_ON_VBR02,
            "backup_server": VBR02,
            "unique_id": "11111111-2222-4333-8444-555555555555",
            "objects": _objects(VCENTER_ON_VBR02),
        },
        {
            "name": "vcenter02.example.test",
            "id": OTHER,
            "backup_server": VBR02,
            "unique_id": "22222222-2222-4333-8444-555555555555",
            "objects": [
                {"name": "cache03", "ref": ref("cache03", OTHER)},
                # The name of a machine of the other host.
                {"name": "web01", "ref": ref("web01-far", OTHER)},
                {"name": "Linux", "type": "Folder", "members": []},
            ],
        },
    ],
    "jobs": [
        _job("web-prod-daily", "web01"),
        _job("all web", "web01"),
        _job("app-daily", "app01"),
        _job("db-daily", "db01"),
        _job("old", "legacy07", schedule_enabled=False),
        _job("new-daily", "new01"),
        _job("web replica", "web02", type="Replica", vm_suffix="_r"),
        {
            "name": "TPL Folder",
            "backup_server": VBR02,
            "type": "Backup",
            "platform": "VMware",
            "objects": [{"name": "Linux", "type": "Folder"}],
        },
    ],
    "points": [
        point("web01", "2026-01-05T07:00:00Z"),
        # Its vCenter as the second server knows it.
        point("web02", "2026-01-04T22:10:00Z", ref("web02", VCENTER_ON_VBR02), backup_server=VBR02),
        point("app01", "2026-01-04T22:00:10Z"),
        point("db01", "2026-01-02T10:00:00Z"),
        point("legacy07", "2025-11-30T21:00:04Z"),
        # As it was registered before.
        point("anew01", "2026-01-05T01:00:00Z", f"urn:VMware:Vm:{VCENTER}.vm-9"),
        point("imported01", "2026-01-05T01:00:00Z", None),
    ],
}
#: What comes of it: name and host to status.
EXPECTED = {
    ("web01", "vcenter01.example.test"): "protected",
    ("web02", "vcenter01.example.test"): "protected",
    ("app01", "vcenter01.example.test"): "failing",
    ("db01", "vcenter01.example.test"): "late",
    ("jump01", "vcenter01.example.test"): "unprotected",
    ("legacy07", "vcenter01.example.test"): "paused",
    ("new01", "vcenter01.example.test"): "late",
    ("anew01", "vcenter01.example.test"): "unknown",
    ("old-tmp-1", "vcenter01.example.test"): "excluded",
    ("cache03", "vcenter02.example.test"): "unknown",
    ("web01", "vcenter02.example.test"): "unknown",
}


def state(**changes: t.Any) -> dict[str, t.Any]:
    """The state; changes: whole sections of it."""
    return {**copy.deepcopy(_STATE), **changes}
