# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The samples, the state that they were written from, and how an answer is compared with one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from lxml import etree
from veeam_em_emulator import Emulator, ManualClock

from .client import GOLD, VBR01, Api

SAMPLES = Path(__file__).parent / "samples"
NOW = datetime(2026, 1, 8, 12, tzinfo=timezone.utc)
CLONE = "c7e19a42-0b6d-4f85-a3e1-2f4d6b8a9c0e"
COPY = "1d2c3b4a-5968-4776-8594-a3b2c1d0e9f8"
AGENTS = "88f3aa92-463a-48b9-854a-d5b6bb2520f9"
SHARES = "d75c56e5-5b44-42e2-8535-f52c33c08543"
SHARE = "\\\\nas01.example.test\\home"
TAG = "urn:VMware:Tag:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.urn:vmomi:InventoryServiceTag:"
VCLOUD_VM = "urn:vCloud:Vm:fa099d3b-7376-49b1-884c-bb6fa47c7b1e.urn:vcloud:vm:340be4d6-8657-4d70-92d7-41ac6298f688"

# The cast of the samples' README
STATE: dict[str, Any] = {
    "backup_servers": [
        {"name": "vbr01.example.test", "id": VBR01},
        {"name": "vbr02.example.test", "id": "8a6d0e52-7b19-4f3a-8c26-0f9e8d7c6b52"},
    ],
    "repositories": [
        {
            "name": "Default Backup Repository",
            "id": "b7e4a1d0-2c3f-4d58-9e61-7a8b9c0d1e2f",
            "backup_server": "vbr01.example.test",
        },
        {
            "name": "Default Backup Repository",
            "id": "0c9d8e7f-6a5b-4c3d-8e2f-1a0b9c8d7e6f",
            "backup_server": "vbr02.example.test",
            "kind": "LinuxLocal",
            "capacity": 2159278022656,
            "free_space": 1500000000000,
        },
        {
            "name": "S3 Offsite",
            "id": "d2f1e0c9-b8a7-4696-8574-635241302f1e",
            "backup_server": "vbr02.example.test",
            "kind": "AmazonS3Compatible",
            "capacity": -1,
            "free_space": -1,
        },
    ],
    "hierarchy_roots": [
        {
            "name": "vcenter01.example.test",
            "id": "a2b0c55d-829a-4efe-bd95-125ee77ba9d0",
            "backup_server": "vbr01.example.test",
            "unique_id": "11111111-2222-4333-8444-555555555555",
            "objects": [
                {"name": "web02", "ref": "urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.vm-4712"},
                {"name": "gold", "type": "Tag", "ref": f"{TAG}9e352b82-c6c5-40ba-8d5c-d606ea219c14:GLOBAL"},
                {"name": "silver", "type": "Tag", "ref": f"{TAG}1f463c93-d7d6-41cb-9e6d-e717fb320d25:GLOBAL"},
            ],
        },
        {
            "name": "vcenter01.example.test",
            "id": "b3c1d66e-93ab-4f0f-8ea6-236ff88cbae1",
            "backup_server": "vbr02.example.test",
            "unique_id": "11111111-2222-4333-8444-555555555555",
        },
        {
            "name": "hv01.example.test",
            "id": "8e7fef9f-87a8-48b4-bed1-632c3035a1a1",
            "backup_server": "vbr01.example.test",
            "unique_id": "hv01.example.test",
            "host_type": "HvServer",
            "objects": [
                {
                    "name": "sqlsrv03",
                    "ref": "urn:HyperV:Vm:8e7fef9f-87a8-48b4-bed1-632c3035a1a1.020aa5ab-3523-4946-b658-b8ad5b372439",
                }
            ],
        },
        {
            "name": "vcd01.example.test",
            "id": "fa099d3b-7376-49b1-884c-bb6fa47c7b1e",
            "backup_server": "vbr02.example.test",
            "unique_id": "vcd01.example.test",
            "host_type": "VcdSystem",
            "objects": [{"name": "DC", "ref": VCLOUD_VM}],
        },
    ],
    "jobs": [
        {
            "name": "TPL Gold",
            "id": GOLD,
            "backup_server": "vbr01.example.test",
            "description": "Template, do not run",
            "objects": [
                {
                    "name": "web01",
                    "id": "e4a7c9d1-3b52-4f60-8d7e-9c0b1a2f3e4d",
                    "ref": "urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.vm-4711",
                }
            ],
        },
        {
            "name": "web-prod-daily",
            "id": CLONE,
            "backup_server": "vbr01.example.test",
            "description": "Cloned from TPL Gold",
            "objects": [
                {
                    "name": "web01",
                    "id": "e4a7c9d1-3b52-4f60-8d7e-9c0b1a2f3e4d",
                    "ref": "urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.vm-4711",
                }
            ],
        },
        {
            "name": "Copy to Offsite",
            "id": COPY,
            "backup_server": "vbr02.example.test",
            "type": "ImmediateBackupCopy",
            "description": "Copies TPL Gold offsite",
            "linked_jobs": ["TPL Gold"],
        },
    ],
    "protection_groups": [
        {
            "name": "Windows Servers",
            "id": "ae2dce23-c431-4c9f-b6ee-208e3a446678",
            "backup_server": "vbr01.example.test",
            "object_id": "ec46e296-de61-42a3-a047-16b2d06d2775",
        },
        {
            "name": "Linux Servers",
            "id": "fe6dc01c-320d-4e4b-8001-35a8d71e9700",
            "backup_server": "vbr01.example.test",
            "object_id": "891892b4-e336-4b18-9c38-87bfcc476138",
            "platform": "AgentForLinux",
        },
    ],
    "computers": [
        {
            "name": "sql01.example.test",
            "id": "e25c7cad-d4d4-4bcb-82f3-626c8a382c58",
            "backup_server": "vbr01.example.test",
            "protection_group": "Windows Servers",
            "agent_version": "6.3.1.1074",
            "os_version": "Microsoft Windows Server 2022 (64-bit)",
            "ip_address": "192.0.2.21",
        },
        {
            "name": "app01.example.test",
            "id": "e9df7842-7622-460b-a805-07dd2e519d6b",
            "backup_server": "vbr01.example.test",
            "protection_group": "Windows Servers",
            "host_status": "Offline",
            "agent_version": "",
            "agent_status": "Failed",
            "os_version": "Microsoft Windows Server 2019 (64-bit)",
            "ip_address": "192.0.2.22",
        },
        {
            "name": "lnx01.example.test",
            "id": "a76b74ce-c513-4638-b956-8148f7e61eb2",
            "backup_server": "vbr01.example.test",
            "protection_group": "Linux Servers",
            "agent_version": "6.3.1.1010",
            "os_version": "Rocky Linux 9.5 (64-bit)",
            "ip_address": "192.0.2.31",
        },
    ],
    "agent_jobs": [
        {
            "name": "SRV Agents Daily",
            "id": AGENTS,
            "backup_server": "vbr01.example.test",
            "description": "Physical Windows servers",
            "daily_at": "01:30",
            "next_run": "2026-01-06T00:30:00Z",
            "keep_days": 14,
            "repository": "Default Backup Repository",
            "objects": [{"name": "Windows Servers", "id": "1d417601-2759-4cdc-937a-1421cbafd82a"}],
        },
        {
            "name": "DB Linux Policy",
            "id": "d2f0e009-a5af-4d00-b6ed-343884d3767a",
            "backup_server": "vbr01.example.test",
            "platform": "AgentForLinux",
            "policy": True,
            "schedule_enabled": False,
            "daily_at": "02:00",
            "keep_days": 14,
            "objects": [{"name": "lnx01.example.test", "id": "b0557b0c-1cfe-4059-a4ad-62cb9d96648a"}],
        },
    ],
    "file_servers": [
        {
            "name": SHARE,
            "id": "3570593f-1c7c-4c05-a43c-e4900a6b4b68",
            "backup_server": "vbr01.example.test",
            "host_id": "15c10ca5-7d42-448a-aef1-511afd7945aa",
            "credentials": "EXAMPLE\\svc-guest",
            "cache_repository": "Default Backup Repository",
        }
    ],
    "nas_jobs": [
        {
            "name": "Home Shares",
            "id": SHARES,
            "backup_server": "vbr01.example.test",
            "description": "User home directories",
            "daily_at": "19:00",
            "next_run": "2026-01-05T18:00:00Z",
            "repository": "Default Backup Repository",
            "objects": [
                {
                    "name": SHARE,
                    "id": "b4e08dd6-e994-430c-a85f-e172650dc310",
                    "include": ["*.*"],
                    "exclude": [f"{SHARE}\\~snapshot"],
                }
            ],
        }
    ],
    "system_sessions": [
        {
            "id": "073e45ad-cde7-4dc2-b0cd-5373be82f536",
            "created": "2026-01-05T11:00:03.418220Z",
            "length": "24.486894s",
            "events": {
                0: "Starting data collection job...",
                0.031291: "Job successfully started.",
                0.046882: "Preparing to collect data from vbr01.example.test",
                24.293989: "Data collection from vbr01.example.test completed successfully.",
                24.483157: "Data collection job finished.",
            },
        },
        {
            "id": "bf6bca9e-0e9b-495f-8793-00b079795284",
            "type": "CatalogReplicationJob",
            "created": "2026-01-05T10:45:54.377016Z",
            "length": "14.611355s",
            "state": "CompletedWarning",
        },
        {
            "id": "ed404479-4ab7-4abb-9c44-ac08ef57cd3b",
            "created": "2026-01-05T11:15:03.551907Z",
            "state": "InProgress",
        },
    ],
    "credentials": [
        {
            "username": "EXAMPLE\\svc-guest",
            "id": "70275b03-e805-49e1-9535-1867c62371e2",
            "backup_server": "vbr01.example.test",
            "description": "Guest processing",
        }
    ],
    "cdp_policies": [
        {
            "name": "CDP Tier1",
            "id": "f1799a3b-fe2e-4f65-9076-c82d8b2eb983",
            "backup_server": "vbr01.example.test",
            "description": "Tier 1 databases",
            "objects": [
                {
                    "name": "db01",
                    "id": "fe01eb23-129c-4f78-857b-9927bd559f4f",
                    "ref": "urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.vm-4801",
                }
            ],
        }
    ],
    "encryption_passwords": [
        {
            "hint": "offsite key 2026",
            "id": "dd5cb8e6-9ec7-4420-af1f-b902738b01ab",
            "backup_server": "vbr01.example.test",
            "modified": "2026-01-02T09:15:27.3+01:00",
        }
    ],
    "external_repositories": [
        {
            "name": "Cloud Appliance Backups",
            "id": "490fca80-9a3e-4dd3-b38b-9742bd9b2845",
            "backup_server": "vbr01.example.test",
            "path": "amazonS3://example-bucket/appliance",
            "used_space": 73014444032,
            "description": "Backups of the cloud appliance",
        }
    ],
    "wan_accelerators": [
        {
            "name": "wan01.example.test",
            "id": "e4ae2f20-d42d-4947-a18f-b6dee2af509e",
            "backup_server": "vbr01.example.test",
            "description": "WAN accelerator site A",
            "version": "12.3.2.4465",
        }
    ],
    "accounts": [{"user": "EM01\\svc-ansible", "password": "Passw0rd!"}],
}
# What is made up anew in every run
_CHANGING = (
    (re.compile(r"(?<=logonSessions/)[0-9a-f-]{36}"), "SESSION"),
    (re.compile(r"(?<=backupSessions/)[0-9a-f-]{36}"), "SESSION"),
)
_HARMLESS = {"SessionId", "sessionId", "ObjectInJobId", "objectInJobId"}


def settled(value: str, name: str = "") -> str:
    for pattern, text in _CHANGING:
        value = pattern.sub(text, value)
    return "ID" if name in _HARMLESS else value


def xml_shape(element: Any) -> Any:
    """(tag, attributes, children or text); the order of attributes does not count."""
    attributes = {name: settled(value) for name, value in element.attrib.items()}
    children = [xml_shape(child) for child in element]
    text = (element.text or "").strip()
    return (element.tag, attributes, children or settled(text, etree.QName(element).localname))


def json_shape(value: Any, name: str = "") -> Any:
    """Dicts as lists of pairs, so that the order of keys counts."""
    if isinstance(value, dict):
        return [(key, json_shape(item, key)) for key, item in value.items()]
    if isinstance(value, list):
        return [json_shape(item) for item in value]
    return settled(value, name) if isinstance(value, str) else value


def same(
    answer: str, sample: str, texts: Mapping[str, str] | None = None, without_nulls: bool = False, **replaced: str
) -> None:
    """The answer has the shape and the values of the sample.

    texts: what the sample has, and what is expected in its place; replaced: the same with ids. without_nulls: of JSON.
    """
    expected = (SAMPLES / sample).read_text(encoding="utf-8")
    for old, new in {**(texts or {}), **{old.replace("_", "-"): new for old, new in replaced.items()}}.items():
        expected = expected.replace(old, new)
    # the samples of 13 are made from those of 12; its paging links are encoded another way (recorded)
    answer = re.sub("%[0-9A-F]{2}", lambda found: found.group().lower(), answer)
    expected = re.sub("%[0-9A-F]{2}", lambda found: found.group().lower(), expected)
    if sample.endswith(".xml"):
        got, wanted = xml_shape(etree.fromstring(answer.encode())), xml_shape(etree.fromstring(expected.encode()))
    else:
        document = json.loads(expected)
        got = json_shape(json.loads(answer))
        wanted = json_shape(_without_nulls(document) if without_nulls else document)
    found = difference(got, wanted)
    assert not found, f"{sample}{found}"


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def difference(got: Any, wanted: Any, place: str = "") -> str:
    """The first place where two shapes differ."""
    if isinstance(got, (list, tuple)) and isinstance(wanted, type(got)):
        for number, (one, other) in enumerate(zip(got, wanted, strict=False)):
            name = one[0] if isinstance(one, tuple) and isinstance(one[0], str) else number
            found = difference(one, other, f"{place}/{name}")
            if found:
                return found
        return "" if len(got) == len(wanted) else f"{place}: {len(got)} for {len(wanted)}: {got!r} for {wanted!r}"
    return "" if got == wanted else f"{place}: {got!r} for {wanted!r}"


_running: dict[str, Emulator] = {}


def client(product: str, accept: str) -> Api:
    """Logged on to an emulator with the cast; it is started once and as good as new for each client."""
    if product not in _running:
        _running[product] = Emulator(state=STATE, product=product, clock=ManualClock(NOW)).start()
    em = _running[product]
    em.reset()
    em.switches["gzip"] = False
    api = Api(em, accept)
    assert api.log_on().status == 201
    return api


def stop_all() -> None:
    for em in _running.values():
        em.stop()
    _running.clear()
