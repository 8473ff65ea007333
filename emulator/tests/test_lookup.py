# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup service and the hierarchy roots, and an inventory that changes while clients look."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from veeam_em_emulator import Emulator
from veeam_em_emulator.estate.inventory import Inventory, InventoryObject, reference_key
from veeam_em_emulator.estate.state import StateError
from veeam_em_emulator.estate.state_file import build_state

from .client import JSON, NS, XML, Api
from .conftest import Start
from .test_control import call

VCENTER, SECOND = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0", "b3c1d66e-93ab-4f0f-8ea6-236ff88cbae1"
HYPERV, VCLOUD = "8e7fef9f-87a8-48b4-bed1-632c3035a1a1", "fa099d3b-7376-49b1-884c-bb6fa47c7b1e"
ROOT = "urn:veeam:HierarchyRoot:"


def names(api: Api, root: str = VCENTER, **query: str) -> list[str]:
    answer = api.get("/lookup", host=ROOT + root, **query)
    assert answer.status == 200
    return [str(name) for name in answer.xml.xpath("v:HierarchyItem/v:ObjectName/text()", namespaces=NS)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"name": "web01", "type": "Vm"}, ["web01"]),
        ({"name": "WEB01", "type": "vm"}, ["web01"]),
        ({"name": "web*", "type": "Vm"}, ["web01", "web02"]),
        ({"name": "*01", "type": "Vm"}, ["web01", "app01", "db01", "test01", "test01"]),
        ({"name": "*E*", "type": "Vm"}, ["web01", "web02", "test01", "test01"]),
        ({"name": "*", "type": "Tag"}, ["gold", "silver"]),
        ({"name": "*", "type": "StoragePod"}, ["Pod A"]),
        # not offered by /lookupSvc, accepted all the same
        ({"name": "cluster a", "type": "Cluster"}, ["Cluster A"]),
        ({"name": "test01", "type": "Vm"}, ["test01", "test01"]),
        ({"name": "none", "type": "Vm"}, []),
        ({"name": "web.1", "type": "Vm"}, []),
        ({"name": "web01", "type": "Host"}, []),
        ({"name": "*", "type": "Vm", "host": "urn:veeam:HierarchyRoot:none"}, []),
    ],
)
def test_names_and_types(api: Api, query: dict[str, str], found: list[str]) -> None:
    root = query.pop("host", ROOT + VCENTER).removeprefix(ROOT)
    assert names(api, root, **query) == found


@pytest.mark.parametrize(("switch", "found"), [("exact", []), ("substring", ["web01", "web02"])])
def test_a_name_without_wildcard(api: Api, switch: str, found: list[str]) -> None:
    api.em.switches["lookup_name"] = switch
    assert names(api, name="WEB0", type="Vm") == found
    assert names(api, name="web01", type="Vm") == ["web01"]


@pytest.mark.parametrize(
    ("product", "switch", "expected"),
    [("12", "empty", {"HierarchyItems": []}), ("12", "null", {"HierarchyItems": None}),
     ("13", "null", {"hierarchyItems": None}), ("9.5u4", "null", {})],
)  # fmt: skip
def test_nothing_found_in_json(start: Start, product: str, switch: str, expected: dict[str, Any]) -> None:
    api = Api(start(product=product), JSON)
    api.log_on()
    api.em.switches["empty_lookup"] = switch
    assert api.get("/lookup", host=ROOT + VCENTER, name="none", type="Vm").json == expected


def test_nothing_found_in_xml_is_an_empty_list(api: Api) -> None:
    api.em.switches["empty_lookup"] = "null"
    assert names(api, name="none", type="Vm") == []


REFERENCES = [
    f"urn:VMware:Vm:{VCENTER}.vm-4711",
    f"urn:VMware:Tag:{VCENTER}.urn:vmomi:InventoryServiceTag:9e352b82-c6c5-40ba-8d5c-d606ea219c14:GLOBAL",
    f"urn:HyperV:Vm:{HYPERV}.020aa5ab-3523-4946-b658-b8ad5b372439",
    f"urn:HyperV:Host:{HYPERV}.",
    f"urn:vCloud:Vm:{VCLOUD}.urn:vcloud:vm:340be4d6-8657-4d70-92d7-41ac6298f688",
]


@pytest.mark.parametrize("reference", REFERENCES)
def test_by_reference(api: Api, reference: str) -> None:
    for text in (reference, reference.replace("VMware:Vm", "vmware:VM").replace("HyperV", "Hyperv")):
        answer = api.get("/lookup", hierarchyRef=text)
        assert answer.xml.xpath("v:HierarchyItem/v:ObjectRef/text()", namespaces=NS) == [reference]
    assert len(api.get("/lookup", hierarchyRef=reference + "x").xml) == 0


def test_what_follows_the_first_dot_compares_exactly() -> None:
    assert reference_key("urn:Hyperv:VM:R.a:B.") == reference_key("urn:HyperV:Vm:r.a:B.")
    assert reference_key("urn:HyperV:Vm:R.a") != reference_key("urn:HyperV:Vm:R.A")
    assert reference_key("urn:HyperV:Host:R.") == ("hyperv", "host", "r", "")


def test_neither_host_nor_reference(api: Api) -> None:
    assert api.get("/lookup", name="web01", type="Vm").status == 400


@pytest.mark.parametrize("accept", [XML, JSON])
def test_the_links_of_the_service_work(em: Emulator, accept: str) -> None:
    api = Api(em, accept)
    api.log_on("portal-user")
    answer = api.get("/lookupSvc")
    if accept == XML:
        hrefs = [str(href) for href in answer.xml.xpath("v:Links/v:Link[@Rel='Down']/@Href", namespaces=NS)]
    else:
        hrefs = [link["href"] for link in answer.json["links"] if link["rel"] == "Down"]
    assert len(hrefs) == 3 + 3 + 2 + 6
    for href in hrefs:
        parts = urlsplit(href)
        assert api.request("GET", f"{parts.path}?{parts.query}").status == 200


def test_one_vcenter_is_a_root_on_each_server(api: Api) -> None:
    listed = api.get("/hierarchyRoots").xml.xpath("v:Ref/@UID", namespaces=NS)
    assert [str(uid) for uid in listed] == [ROOT + root for root in (VCENTER, SECOND, HYPERV, VCLOUD)]
    query = {"type": "HierarchyRoot", "format": "Entities"}
    both = api.query(filter='UniqueId=="11111111-2222-4333-8444-555555555555"', **query)
    assert len(both.xml.xpath("//v:HierarchyRoot", namespaces=NS)) == 2
    one = api.query(filter='Name=="vcenter01.example.test";BackupServerName=="vbr02.example.test"', **query)
    assert one.first("//v:HierarchyRootId") == SECOND
    assert api.query(filter="HostType==hvserver", **query).first("//v:HierarchyRootId") == HYPERV
    assert names(api, SECOND, name="db01", type="Vm") == ["db01"]


@pytest.mark.parametrize("path", ["/hierarchyRoots/none", f"/hierarchyRoots/{VCENTER[:-1]}f"])
def test_roots_that_are_not_there(api: Api, path: str) -> None:
    assert api.get(path).status == (400 if path.endswith("none") else 404)


def test_objects_of_a_job_are_in_the_inventory_of_its_server() -> None:
    """Given by name alone, an object has the reference that a lookup gives."""
    document = {
        "backup_servers": [{"name": "a"}, {"name": "b"}],
        "hierarchy_roots": [
            {"name": "vc", "id": VCENTER, "backup_server": "a", "objects": ["x"]},
            {"name": "vc", "id": SECOND, "backup_server": "b", "objects": ["y", "x"]},
            {"name": "hv", "id": HYPERV, "backup_server": "b", "host_type": "Scvmm", "objects": ["x"]},
        ],
        "jobs": [
            {"name": "j1", "backup_server": "b", "objects": ["x"]},
            {"name": "j2", "backup_server": "b", "platform": "HyperV", "objects": ["x"]},
        ],
    }
    state = build_state(document, "13")
    references = [job.objects[0].reference for job in state.jobs.values()]
    assert references == [f"urn:VMware:Vm:{SECOND}.vm-2", state.roots[HYPERV].objects[0].reference]
    assert references[1].startswith(f"urn:HyperV:Vm:{HYPERV}.")


@pytest.mark.parametrize(
    ("entry", "message"),
    [({"name": "x", "colour": "red"}, "unknown key colour"), ({"type": "Tag"}, "name is missing"),
     ({"name": "x", "after": "soon"}, "after 'soon'"), (["x"], "a name or a mapping")],
)  # fmt: skip
def test_objects_that_cannot_be_read(entry: Any, message: str) -> None:
    document = {"backup_servers": [{"name": "a"}], "hierarchy_roots": [{"name": "vc", "objects": [entry]}]}
    with pytest.raises(StateError, match=message):
        build_state(document, "13")


# Machines that come and go


def test_a_new_machine_appears_late(api: Api) -> None:
    reference = api.em.add_to_inventory("new01", root=VCENTER, after="2")
    found = [names(api, name="new*", type="Vm") for _unused in range(4)]
    assert found == [[], [], ["new01"], ["new01"]]
    # a look-up of something else does not count
    api.em.add_to_inventory("new02", root=VCENTER, after="1")
    names(api, name="web01", type="Vm")
    assert names(api, name="new02", type="Vm") == []
    assert names(api, name="new02", type="Vm") == ["new02"]
    api.em.remove_from_inventory(reference)
    assert names(api, name="new*", type="Vm") == ["new02"]
    with pytest.raises(KeyError):
        api.em.remove_from_inventory(reference)
    api.em.reset()
    api.log_on()
    assert names(api, name="new*", type="Vm") == []


def test_seconds_until_a_machine_is_found() -> None:
    now = 100.0
    late = InventoryObject("urn:VMware:Vm:r.vm-1", "Vm", "late", "2.5s")
    inventory = Inventory([("r", [late])], now=lambda: now)
    assert inventory.look_up(["r"], lambda _item: True) == []
    now = 102.5
    assert inventory.look_up(["r"], lambda _item: True) == [late]


def test_the_control_interface(api: Api) -> None:
    listed = call(api, "GET", "/inventory").json
    assert {
        "ref": f"urn:VMware:Vm:{VCENTER}.vm-4711", "type": "Vm", "name": "web01", "found": True,
        "root": "vcenter01.example.test", "backup_server": "vbr01.example.test",
    } in listed  # fmt: skip
    new = {"name": "new01", "root": "vcenter01.example.test", "backup_server": "vbr02.example.test", "after": 1}
    added = call(api, "POST", "/inventory", new)
    assert added.status == 201
    assert added.json["ref"].startswith(f"urn:VMware:Vm:{SECOND}.vm-")
    assert [names(api, SECOND, name="new01", type="Vm") for _unused in range(2)] == [[], ["new01"]]
    assert call(api, "DELETE", "/inventory", {"ref": added.json["ref"]}).status == 204
    assert call(api, "DELETE", "/inventory", {"ref": added.json["ref"]}).status == 404


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"name": "x"}, "4 hierarchy roots fit"),
        ({"name": "x", "root": "none"}, "no hierarchy roots fit"),
        ({"root": HYPERV}, "name is missing"),
        ({"name": "x", "root": HYPERV, "after": "soon"}, "after 'soon'"),
        ({"name": "x", "root": VCENTER, "ref": f"urn:VMware:VM:{VCENTER}.vm-4711"}, "already"),
        ([{"name": "good", "root": VCENTER}, {"name": "x"}], "4 hierarchy roots fit"),
        ("web01", "an object"),
    ],
)
def test_what_the_control_interface_refuses(api: Api, spec: Any, message: str) -> None:
    before = call(api, "GET", "/inventory").json
    answer = call(api, "POST", "/inventory", spec)
    assert answer.status == 400 and message in answer.json["error"]
    assert call(api, "GET", "/inventory").json == before


def test_a_restore_operator_looks_nothing_up(em: Emulator) -> None:
    api = Api(em)
    api.log_on("restore-operator")
    assert api.get("/lookup", host=ROOT + VCENTER).status == 403
