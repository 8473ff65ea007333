# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""References into inventories: which of them mean the same machine."""

from __future__ import annotations

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._resources.backup_server import BackupServer
from ansible_collections.backupops.veeam.plugins.module_utils._resources.hierarchy import HierarchyRoot, unique_ids
from ansible_collections.backupops.veeam.plugins.module_utils._resources.machine import parse_ref, same_object, type_of

VBR01, VBR02 = BackupServer("01", "vbr01"), BackupServer("02", "vbr02")
ROOTS = [
    HierarchyRoot("root-1", "vcenter", VBR01, "VC", "instance"),
    HierarchyRoot("root-2", "vcenter", VBR02, "VC", "instance"),
    HierarchyRoot("root-3", "another", VBR02, "VC", "other instance"),
    HierarchyRoot("root-4", "old", VBR02, "VC"),
    HierarchyRoot("root-5", "older", VBR02, "VC"),
]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("urn:VMware:Vm:{root}.vm-1", "urn:vmware:VM:{root}.vm-1", True),
        ("urn:HyperV:Vm:{root}.vm-1", "urn:Hyperv:vm:{root}.vm-1", True),
        ("urn:VMware:Vm:{root}.vm-1", "urn:VMware:Vm:{root}.VM-1", True),
        ("urn:VMware:Vm:{root}.vm-1", "urn:VMware:Tag:{root}.vm-1", False),
        ("urn:vCloud:Vm:{root}.urn:vcloud:vm:1.2", "urn:vcloud:vm:{root}.urn:vcloud:vm:1.2", True),
        ("urn:HyperV:Host:{root}.", "urn:HyperV:Host:{root}.", True),
        ("anything", "Anything", True),
    ],
)
def test_references_compare_without_case(one: str, other: str, same: bool) -> None:
    root = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0"
    parts = [parse_ref(ref.replace("{root}", root)) for ref in (one, other)]
    assert (parts[0] == parts[1]) is same


def test_the_root_of_a_reference_ends_at_its_first_dot() -> None:
    parts = parse_ref("urn:VMware:Category:a2b0c55d-829a-4efe-bd95-125ee77ba9d0.urn:vmomi:Category:1:GLOBAL.x")
    assert parts.root == "a2b0c55d-829a-4efe-bd95-125ee77ba9d0"
    assert parts.object == "urn:vmomi:category:1:global.x"
    assert type_of("urn:VMware:VM:a.b") == "Vm"
    for text in ("", "vm-1", "urn:VMware:Vm:", "urn:VMware::a.b", "urn:a:b:c:d.e", "URN:VMware:Vm:a.b", "urn:.:Vm:a.b"):
        assert type_of(text).lower() == parse_ref(text).type == ""
    assert type_of("urn:VMware:StoragePod:a.b") == "StoragePod"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("urn:VMware:Vm:root-1.vm-1", "urn:VMware:VM:root-2.VM-1", True),
        ("urn:VMware:Vm:root-1.vm-1", "urn:VMware:Vm:instance.vm-1", True),
        ("urn:VMware:Vm:root-1.vm-1", "urn:VMware:Vm:root-2.vm-2", False),
        ("urn:VMware:Vm:root-1.vm-1", "urn:VMware:Host:root-2.vm-1", False),
        ("urn:VMware:Vm:root-1.vm-1", "urn:VMware:Vm:root-3.vm-1", False),
        ("urn:VMware:Vm:root-4.vm-1", "urn:VMware:Vm:root-5.vm-1", False),
        ("urn:VMware:Vm:unknown.vm-1", "urn:VMware:Vm:unknown.vm-1", True),
        ("urn:HyperV:Vm:root-4.guid", "urn:Hyperv:Vm:ROOT-4.GUID", True),
    ],
)
def test_one_vcenter_on_two_backup_servers_has_each_machine_once(one: str, other: str, same: bool) -> None:
    known = unique_ids(ROOTS)
    assert (same_object(one, known) == same_object(other, known)) is same
