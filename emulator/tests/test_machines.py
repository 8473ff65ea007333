# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines have a life: somebody at the hypervisor changes them, and their history tells it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from veeam_em_emulator import Emulator, MachineError, ManualClock, StateError

from .client import XML, Api, Response, advance

ROOT, OTHER = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0", "b3c1d66e-93ab-4f0f-8ea6-236ff88cbae1"
WEB01, WEB01_OTHER = f"urn:VMware:Vm:{ROOT}.vm-4711", f"urn:VMware:Vm:{OTHER}.vm-4711"


@pytest.fixture
def em() -> Emulator:
    return Emulator(clock=ManualClock())


def told(em: Emulator, machine: str | None = None) -> list[tuple[str, str]]:
    return [(event.event, event.name) for event in em.machine_history(machine)]


def test_what_is_there_at_the_start(em: Emulator) -> None:
    web01 = em.machine(WEB01)
    assert (web01.name, web01.exists, web01.powered_on, web01.data) == ("web01", True, True, "original")
    assert (web01.root, web01.backup_server, web01.written) == ("vcenter01.example.test", "vbr01.example.test", None)
    names = [item.name for item in em.machines()]
    assert names.count("test01") == 2 and {"hv01", "DC", "db01"} < set(names)
    assert "gold" not in names, "a tag is no machine"
    assert em.machine_history() == []


def test_one_vcenter_behind_two_backup_servers_has_one_machine(em: Emulator) -> None:
    assert [item.refs for item in em.machines("web01")] == [(WEB01, WEB01_OTHER)]
    em.hypervisor.break_machine(WEB01_OTHER)
    assert em.machine(WEB01).data == "broken"


def test_the_history_of_what_somebody_does(em: Emulator) -> None:
    hypervisor = em.hypervisor
    hypervisor.break_machine("web01")
    advance(em, 60)
    hypervisor.power("web01", False)
    hypervisor.power("web01", False)
    hypervisor.rename("web01", "web01-old")
    new = hypervisor.register_anew("web01-old")
    hypervisor.write("web02", "second version")
    hypervisor.delete("web01-old")
    events = em.machine_history("web01")
    assert [event.event for event in events] == [
        "data_changed", "powered_off", "renamed", "registered_anew", "deleted",
    ]  # fmt: skip
    assert {event.by for event in events} == {"console"}
    assert events[1].time - events[0].time == 60
    assert (events[0].data, events[0].powered_on, events[1].powered_on) == ("broken", True, False)
    assert (events[2].name, events[2].detail) == ("web01-old", "was web01")
    assert (events[3].ref, events[3].other) == (new, WEB01)
    assert [event.exists for event in events] == [True] * 4 + [False]
    # by any of its names and references the same
    assert em.machine_history("web01-old") == em.machine_history(new) == em.machine_history(WEB01) == events
    assert told(em, "web02") == [("data_changed", "web02")]
    assert len(em.machine_history()) == 6
    em.reset()
    assert em.machine_history() == [] and em.machine("web01").data == "original"


def test_what_somebody_does_shows_in_lookups(em: Emulator) -> None:
    api = Memory(em)
    em.hypervisor.rename("web01", "web09")
    assert api.looked_up(WEB01) == ["web09"] == api.looked_up(WEB01_OTHER)
    new = em.hypervisor.register_anew("web09")
    assert (api.looked_up(WEB01), api.looked_up(new)) == ([], ["web09"])
    assert new.startswith(f"urn:VMware:Vm:{ROOT}.vm-") and new != WEB01
    em.hypervisor.delete(new)
    assert api.looked_up(new) == []
    assert [item.exists for item in em.machines("web09")] == [False]


def test_a_machine_that_is_registered_again_after_its_deletion(em: Emulator) -> None:
    em.hypervisor.break_machine("app01")
    reference = em.machine("app01").ref
    em.hypervisor.delete("app01")
    em.add_to_inventory("app01", root="vcenter01.example.test", backup_server="vbr01.example.test", ref=reference)
    assert (em.machine("app01").data, em.machine("app01").exists) == ("original", True)
    assert [event for event, _name in told(em, "app01")] == ["data_changed", "deleted", "created"]


def test_new_references_are_those_of_the_platform(em: Emulator) -> None:
    hyper_v, cloud = em.hypervisor.register_anew("hv01"), em.hypervisor.register_anew("DC")
    assert hyper_v.startswith("urn:HyperV:Vm:8e7fef9f-87a8-48b4-bed1-632c3035a1a1.") and len(hyper_v[-36:]) == 36
    assert cloud.startswith("urn:vCloud:Vm:fa099d3b-7376-49b1-884c-bb6fa47c7b1e.urn:vcloud:vm:")


@pytest.mark.parametrize(
    ("named", "words"),
    [("test01", "2 machines are named 'test01': give a reference"), ("none", "there is no machine 'none'")],
)
def test_a_machine_that_is_not_one(em: Emulator, named: str, words: str) -> None:
    with pytest.raises(MachineError, match=words):
        em.hypervisor.break_machine(named)
    with pytest.raises(MachineError, match=words):
        em.machine(named)
    assert em.machine_history() == []


def test_a_deleted_machine_is_told_as_one(em: Emulator) -> None:
    em.hypervisor.delete("web01")
    with pytest.raises(MachineError, match="the machine 'web01' is deleted"):
        em.hypervisor.power("web01", True)


def test_a_machine_that_only_a_job_knows(em: Emulator) -> None:
    em = Emulator(state="minimal")
    [web01] = em.machines()
    assert (web01.name, web01.root, web01.exists) == ("web01", None, True)
    em.hypervisor.break_machine("web01")
    assert em.machine("web01").data == "broken"


def test_machines_in_the_state_file() -> None:
    objects: list[Any] = [
        {"name": "a", "powered_on": False, "data": "of last week"}, "b", {"name": "c", "ref": "urn:VMware:Vm:x.vm-9"},
        {"name": "inner", "type": "Folder", "members": ["c", "outer"]},
        {"name": "outer", "type": "Folder", "members": ["a", "inner"]},
        {"name": "tag", "type": "Tag"}, {"name": "all", "type": "Vc"},
    ]  # fmt: skip
    root = {"name": "v", "id": ROOT, "objects": objects}
    em = Emulator(state={"backup_servers": [{"name": "s"}], "hierarchy_roots": [root]})
    a = em.machine("a")
    assert (a.powered_on, a.data) == (False, "of last week")
    inventory = em.world.inventory
    references = {item.name: item.reference for _root, item, _found in inventory.all()}

    def names(container: str) -> list[str] | None:
        found = inventory.machines_in(references[container])
        return None if found is None else [item.name for item in found]

    assert names("inner") == ["c", "a"] and names("outer") == ["a", "c"]
    assert names("tag") is None and names("all") == ["a", "b", "c"]
    for wrong in ({"powered_on": "on"}, {"members": "a"}):
        with pytest.raises(StateError, match="powered_on|members"):
            Emulator(state={"backup_servers": [{"name": "s"}], "hierarchy_roots": [
                {"name": "v", "objects": [{"name": "a", **wrong}]}]})  # fmt: skip


# The control interface


class Memory:
    """Logged on, in memory."""

    def __init__(self, em: Emulator) -> None:
        self.em = em
        self.headers: dict[str, str] = {"Accept": "application/json"}
        given = em.exchange(
            "POST", "/api/sessionMngr/?v=latest",
            {"Authorization": "Basic RU0wMVxzdmMtYW5zaWJsZTpQYXNzdzByZCE=", "Content-Length": "0"},
        )  # fmt: skip
        self.headers["X-RestSvcSessionId"] = {k.lower(): v for k, v in given.headers}["x-restsvcsessionid"]

    def looked_up(self, reference: str) -> list[str]:
        done = self.em.exchange("GET", f"/api/lookup?hierarchyRef={reference}", self.headers)
        return [item["objectName"] for item in json.loads(done.body)["hierarchyItems"]]


@pytest.fixture
def http(start: Any) -> Api:
    return Api(start(), XML)


def control(api: Api, method: str, path: str, body: Any = None) -> Response:
    text = None if body is None else json.dumps(body)
    return api.request(method, f"/_emulator/machines{path}", text, {"Content-Type": "application/json"})


def test_over_the_control_interface(http: Api) -> None:
    em = http.em
    [web01] = control(http, "GET", "?name=web01").json
    assert web01["refs"] == [WEB01, WEB01_OTHER]
    changed = control(http, "PATCH", "/web01", {"data": "broken", "powered_on": False, "register_anew": True}).json
    assert (changed["data"], changed["powered_on"]) == ("broken", False)
    assert changed["ref"] == em.machine("web01").ref != WEB01
    assert control(http, "GET", f"/{changed['ref']}").json == changed
    events = control(http, "GET", "/history?machine=web01").json
    assert [event["event"] for event in events] == ["data_changed", "powered_off", "registered_anew"]
    assert control(http, "DELETE", f"/{changed['ref']}").status == 204
    assert control(http, "GET", "?name=web01").json[0]["exists"] is False
    assert len(control(http, "GET", "/history").json) == 4
    names = [item["name"] for item in http.request("GET", "/_emulator/state").json["machines"]]
    assert "web02" in names and len(names) == len(control(http, "GET", "").json)


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("PATCH", "/none", {"data": "x"}, "there is no machine"), ("PATCH", "/web01", [1], "an object"),
        ("PATCH", "/web01", {"power": True}, "unknown key power"),
        ("PATCH", "/web01", {"data": 3}, "data must be text"),
        ("PATCH", "/web01", {"powered_on": "no"}, "true or false"), ("DELETE", "/test01", None, "give a reference"),
        ("GET", "/none", None, "there is no machine"),
    ],
)  # fmt: skip
def test_what_the_control_interface_refuses(http: Api, method: str, path: str, body: Any, words: str) -> None:
    answer = control(http, method, path, body)
    assert answer.status == 400 and words in answer.json["error"]
    assert http.em.machine_history() == []
