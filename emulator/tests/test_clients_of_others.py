# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How three clients of others back up and bring back machines: CloudStack, HPE Morpheus, tdewin's self-service portal.

What they send and look at are public facts; the code is not theirs.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from lxml import etree
from veeam_em_emulator import Emulator

from .client import JSON, NS, XML, advance
from .memory import Memory, below_api
from .test_machine_backups import MAIN, SERVER, WITH_IDS
from .test_points import WEB01, new, run

PRODUCTS = ["9.5u4", "10", "11", "12", "13"]


def estate(product: str, **switches: Any) -> Emulator:
    return new(product, state=WITH_IDS, switches={"run_length": "600s", "restore_length": "300s", **switches})


def broken(em: Emulator) -> Emulator:
    run(em)
    em.hypervisor.break_machine("web01")
    return em


class _Xml:
    """What the two clients that speak XML have in common."""

    def __init__(self, em: Emulator) -> None:
        self.em = em
        self.api = Memory(em, media=XML)

    def get(self, path: str) -> etree._Element | None:
        done = self.api.request("GET", path)
        return etree.fromstring(done.body) if done.status == 200 else None

    def send(self, path: str, body: str = "") -> etree._Element | None:
        done = self.api.request("POST", path, body)
        return etree.fromstring(done.body) if done.status == 202 else None

    def finished(self, task: etree._Element, pause: float, turns: int) -> etree._Element:
        identity = task.findtext("v:TaskId", namespaces=NS)
        for _turn in range(turns):
            found = self.get(f"/tasks/{identity}")
            assert found is not None
            if found.findtext("v:State", namespaces=NS) == "Finished":
                return found
            advance(self.em, pause)
        raise TimeoutError(f"{identity} does not finish")

    @staticmethod
    def related(task: etree._Element, kind: str) -> str | None:
        """Path of the link of that type."""
        for link in task.iterfind("v:Links/v:Link", NS):
            if (link.get("Rel"), link.get("Type")) == ("Related", kind):
                return below_api(link.get("Href") or "")
        return None


# CloudStack: XML; every point of the server in one unpaged list, a restore without a body, its session every second


class CloudStack(_Xml):
    def points(self, name: str) -> list[str]:
        """Ids of those that can be restored, of the machine of that name."""
        listed = self.get("/vmRestorePoints?format=Entity")
        assert listed is not None
        return [
            (point.get("UID") or "").rpartition(":")[2]
            for point in listed.iterfind("v:VmRestorePoint", NS)
            if point.get("VmDisplayName") == name and self._ready(point)
        ]

    @staticmethod
    def _ready(point: etree._Element) -> bool:
        kinds = ("RestorePointReference", "BackupFileReference")
        links = [link for link in point.iterfind("v:Links/v:Link", NS) if link.get("Type") in kinds]
        return all(link.get("Rel") == "Up" for link in links)

    def restore(self, point: str, turns: int = 600) -> bool:
        task = self.send(f"/vmRestorePoints/{point}?action=restore")
        if task is None:
            return False
        task = self.finished(task, pause=5, turns=120)
        identity = task.findtext("v:TaskId", namespaces=NS)
        assert self.api.request("DELETE", f"/tasks/{identity}").status == 204
        result = task.find("v:Result", NS)
        assert result is not None
        path = self.related(task, "RestoreSession")
        if result.get("Success") != "true" or path is None:
            return False
        for _turn in range(turns):
            session = self.get(path)
            outcome = None if session is None else session.findtext("v:Result", namespaces=NS)
            if outcome in ("Success", "Failed"):
                return outcome == "Success"
            advance(self.em, 1)
        raise TimeoutError("the restore does not end")


@pytest.mark.parametrize("product", PRODUCTS)
def test_cloudstack_brings_a_machine_back(product: str) -> None:
    em = broken(estate(product))
    client = CloudStack(em)
    assert client.restore(client.points("web01")[-1])
    assert em.machine("web01").data == "original" and len(em.machines("web01")) == 1
    assert client.points("nobody") == []


def test_cloudstack_leaves_out_what_is_not_ready() -> None:
    em = estate("12", point_ready_after="300s")
    client = CloudStack(em)
    em.start_run("Web")
    seen = []
    for _turn in range(4):
        seen.append(len(client.points("web01")))
        advance(em, 300)
    assert seen == [0, 0, 0, 1]


def test_cloudstack_sees_a_restore_that_fails() -> None:
    em = broken(estate("12"))
    em.plan_restores("Failed", machine="web01")
    client = CloudStack(em)
    assert not client.restore(client.points("web01")[-1])
    assert em.machine("web01").data == "broken"


def test_cloudstack_waits_in_vain_where_there_is_a_warning() -> None:
    em = broken(estate("12"))
    em.plan_restores("Warning", machine="web01")
    client = CloudStack(em)
    with pytest.raises(TimeoutError):
        client.restore(client.points("web01")[-1])
    assert em.machine("web01").data == "original"


def test_cloudstack_keeps_the_id_of_a_point_that_goes() -> None:
    em = broken(estate("12"))
    client = CloudStack(em)
    point = client.points("web01")[0]
    run(em, count=9)
    assert not client.restore(point) and em.restore_sessions() == []


# Morpheus: a quick backup where there has been a full one, else a VeeamZIP; what has been made by reference and time


@dataclass
class Backup:
    """session: id; None where the task does not tell it. since: what the server's clock said before. machine: reference
    of what is backed up."""

    session: str | None
    since: str
    machine: str


class Morpheus:
    """In XML (of 2024) or in JSON."""

    def __init__(self, em: Emulator, media: str) -> None:
        self.em = em
        self.media = media
        self.api = Memory(em, media=media)

    def _read(self, text: str) -> Any:
        """Its reader looks for names without letter case: elements, attributes and keys alike; lists by what is in
        them."""
        if self.media == JSON:
            return _low(json.loads(text))
        return _plain(etree.fromstring(text.encode()))

    def get(self, path: str) -> Any:
        done = self.api.request("GET", path)
        return self._read(done.body.decode()) if done.status == 200 else None

    def entities(self, kind: str, condition: str) -> list[Any]:
        done = self.api.request("GET", "/query", type=kind, format="Entities", filter=condition)
        assert done.status == 200, done.body
        return _found(self._read(done.body.decode()), kind.lower())

    def _work(self, path: str, body: str) -> tuple[Any, str]:
        """The finished task, and the server's time when it was asked for."""
        done = self.api.request("POST", path, body)
        assert done.status == 202, done.body
        date = {name.lower(): value for name, value in done.headers}["date"]
        task = self._read(done.body.decode())
        for _turn in range(36):
            task = self.get(f"/tasks/{task['taskid']}")
            if task["state"] == "Finished":
                return task, f"{parsedate_to_datetime(date):%Y-%m-%dT%H:%M:%SZ}"
            advance(self.em, 5)
        raise TimeoutError("the task does not finish")

    def back_up(self, name: str, reference: str, repository: str) -> Backup:
        more: dict[str, Any]
        full = self.entities("VmRestorePoint", f'VmDisplayName=="{name}"')
        if full:
            path, wrapper, more = "quickbackup", "QuickBackupStartupSpec", {}
        else:
            path, wrapper = "veeamzip", "VeeamZipStartupSpec"
            uid = f"urn:veeam:Repository:{repository}"
            more = {"RepositoryUid": uid, "CompressionLevel": 3, "BackupRetention": "In1Week"}
        body = self._body(wrapper, {"VmRef": reference, **more})
        task, since = self._work(f"/backupServers/{SERVER}?action={path}", body)
        assert str(task["result"]["success"]).lower() == "true", task
        return Backup(self._linked(task, "BackupJobSession"), since, reference)

    def _body(self, wrapper: str, values: dict[str, Any]) -> str:
        if self.media == JSON:
            return json.dumps(values)
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
        return f'<{wrapper} xmlns="{NS["v"]}">{inner}</{wrapper}>'

    @staticmethod
    def _linked(entity: Any, kind: str) -> str | None:
        for link in _found(entity["links"], "link"):
            if link.get("type") == kind:
                return str(link["href"]).rpartition("/")[2].partition("?")[0]
        return None

    def ended(self, backup: Backup, turns: int = 30) -> str:
        """Its result: looked at once a minute, and what is not there yet comes later."""
        for _turn in range(turns):
            session = self.get(f"/backupSessions/{backup.session}?format=Entity")
            if session is not None and session["state"] == "Stopped":
                return str(session["result"])
            advance(self.em, 60)
        raise TimeoutError("the backup does not end")

    def reason(self, backup: Backup) -> str:
        """Why it failed: of the machine's part of it."""
        listed = self.get(f"/backupSessions/{backup.session}/taskSessions?format=Entity")
        found = [item for item in _found(listed, "backuptasksession") if item["vmuid"] == backup.machine]
        return str(found[0]["reason"])

    def made(self, backup: Backup) -> Any:
        """The point that it has made."""
        for _turn in range(36):
            wanted = f'HierarchyObjRef=="{backup.machine}";CreationTime>="{backup.since}"'
            if found := self.entities("VmRestorePoint", wanted):
                return found[0]
            advance(self.em, 5)
        raise TimeoutError("no restore point")

    def restore(self, point: Any, values: dict[str, Any] | None = None, inner: str = "VmRestoreSpec") -> Any:
        """The restore session at its end."""
        values = values or {"PowerOnAfterRestore": True, "QuickRollback": False}
        if self.media == JSON:
            body = json.dumps({inner: values})
        else:
            body = f'<RestoreSpec xmlns="{NS["v"]}">{_element(inner, values)}</RestoreSpec>'
        [path] = [link["href"] for link in _found(point["links"], "link") if link["rel"] == "Restore"]
        task, _since = self._work(f"{below_api(path)}&format=Entity", body)
        identity = self._linked(task, "RestoreSession")
        for _turn in range(120):
            session = self.get(f"/restoreSessions/{identity}?format=Entity")
            if session["result"] != "None":
                return session
            advance(self.em, 5)
        raise TimeoutError("the restore does not end")


def _low(value: Any) -> Any:
    if isinstance(value, dict):
        return {key.lower(): _low(item) for key, item in value.items()}
    return [_low(item) for item in value] if isinstance(value, list) else value


def _plain(element: etree._Element) -> Any:
    """Attributes and elements as one mapping; what occurs more than once as a list; a text where there is nothing
    else."""
    found: dict[str, Any] = {name.lower(): value for name, value in element.attrib.items()}
    for child in element:
        found.setdefault(etree.QName(child).localname.lower(), []).append(_plain(child))
    if not found:
        return element.text
    return {name: value[0] if isinstance(value, list) and len(value) == 1 else value for name, value in found.items()}


def _found(value: Any, name: str) -> list[Any]:
    """The members of a list, whether it is bare, in a plural or in what XML wraps each of them in."""
    while isinstance(value, dict):
        inner = next((value[key] for key in (name, f"{name}s", "entities") if key in value), None)
        if inner is None:
            return [value] if "href" in value else []
        value = inner
    return list(value or [])


def _element(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return f"<{name}>{''.join(_element(key, item) for key, item in value.items())}</{name}>"
    return f"<{name}>{str(value).lower() if isinstance(value, bool) else value}</{name}>"


MEDIA = [("9.5u4", XML), ("11", XML), ("12", XML), ("12", JSON), ("13", XML), ("13", JSON)]
media = pytest.mark.parametrize(("product", "accept"), MEDIA)


@media
def test_morpheus_backs_up_by_the_job_of_a_machine(product: str, accept: str) -> None:
    em = estate(product)
    run(em)
    em.hypervisor.write("web01", "second version")
    client = Morpheus(em, accept)
    backup = client.back_up("web01", WEB01, MAIN)
    assert client.ended(backup) == "Success"
    assert em.points("web01")[-1].id == str(client.made(backup)["uid"])[-36:]
    assert [point.data for point in em.points("web01")] == ["original", "second version"]


@media
def test_morpheus_begins_with_a_veeamzip(product: str, accept: str) -> None:
    em = estate(product)
    client = Morpheus(em, accept)
    backup = client.back_up("web01", WEB01, MAIN)
    assert client.ended(backup) == "Success"
    [session] = em.sessions()
    [found] = client.entities("Backup", f'Name=="{session.job_name}"')
    [point] = em.points("web01")
    assert (found["name"], point.backup) == (session.job_name, session.job_name)
    assert str(client.made(backup)["uid"])[-36:] == point.id


@media
def test_morpheus_waits_for_a_session_that_is_not_there_yet(product: str, accept: str) -> None:
    em = estate(product)
    run(em)
    em.switches["show_session_after"] = "120s"
    em.switches["show_point_after"] = "60s"
    client = Morpheus(em, accept)
    backup = client.back_up("web01", WEB01, MAIN)
    assert client.get(f"/backupSessions/{backup.session}?format=Entity") is None
    assert client.ended(backup) == "Success"
    assert client.made(backup)


# 9.5 U4 does not say of which machine a task session is
@pytest.mark.parametrize(("product", "accept"), MEDIA[1:])
def test_morpheus_says_why_a_backup_failed(product: str, accept: str) -> None:
    em = estate(product)
    run(em)
    em.plan_runs("Web", {"result": "Failed", "machines": {"web01": {"result": "Failed", "reason": "no space"}}})
    client = Morpheus(em, accept)
    backup = client.back_up("web01", WEB01, MAIN)
    assert client.ended(backup) == "Failed" and "no space" in client.reason(backup)


@media
def test_morpheus_restores_what_it_has_backed_up(product: str, accept: str) -> None:
    em = estate(product)
    run(em)
    client = Morpheus(em, accept)
    backup = client.back_up("web01", WEB01, MAIN)
    client.ended(backup)
    em.hypervisor.break_machine("web01")
    session = client.restore(client.made(backup))
    assert session["result"] == "Success"
    # what follows the root in the reference is how the hypervisor knows the machine
    assert str(session["restoredobjref"]).partition(".")[2] == "vm-4711"
    assert (em.machine("web01").data, em.machine("web01").powered_on) == ("original", True)


def test_morpheus_restores_a_machine_of_cloud_director_by_the_old_schema() -> None:
    em = estate("12")
    run(em, "Cloud")
    em.hypervisor.break_machine("front")
    client = Morpheus(em, XML)
    point = client.entities("VmRestorePoint", 'VmDisplayName=="front"')[0]
    root = next(root for root in em.world.state.roots.values() if root.name == "cloud")
    vapp = next(item.reference for _root, item, _found in em.world.inventory.all() if item.name == "shop")
    uid = f"urn:veeam:VmRestorePoint:{str(point['uid'])[-36:]}"
    values = {
        "PowerOnAfterRestore": True, "HierarchyRootUid": root.id, "vAppRef": vapp,
        "VmRestoreParameters": {"VmRestorePointUid": uid},
    }  # fmt: skip
    assert client.restore(point, values, "vCloudVmRestoreSpec")["result"] == "Success"
    assert em.machine("front").data == "original"


# tdewin's portal: XML; the machines of jobs whose names begin with a prefix; a task every half second


class Portal(_Xml):
    def machines(self, prefix: str) -> dict[str, str]:
        """Name -> reference, of the machines in those jobs."""
        jobs = self.get("/jobs?format=Entity")
        assert jobs is not None
        found: dict[str, str] = {}
        for job in jobs.iterfind("v:Job", NS):
            if (job.get("Name") or "").startswith(prefix):
                held = self.get(f"/jobs/{(job.get('UID') or '')[-36:]}/includes")
                assert held is not None
                for item in held.iterfind("v:ObjectInJob", NS):
                    found[item.findtext("v:Name", "", NS)] = item.findtext("v:HierarchyObjRef", "", NS)
        return found

    def quick_backup(self, reference: str) -> etree._Element | None:
        body = f'<QuickBackupStartupSpec xmlns="{NS["v"]}"><VmRef>{reference}</VmRef></QuickBackupStartupSpec>'
        return self._begun(f"/backupServers/{SERVER}?action=quickbackup", body, "BackupJobSession")

    def restore(self, point: str) -> etree._Element | None:
        return self._begun(f"/vmRestorePoints/{point}?action=restore", "", "RestoreSession")

    def _begun(self, path: str, body: str, kind: str) -> etree._Element | None:
        """The session as it is shown; None where there is none."""
        task = self.send(path, body)
        assert task is not None
        linked = self.related(self.finished(task, pause=0.5, turns=600), kind)
        return None if linked is None else self.get(linked)


def _state(session: etree._Element | None) -> str | None:
    return None if session is None else session.findtext("v:State", namespaces=NS)


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_portal_backs_up_and_restores(product: str) -> None:
    em = estate(product)
    run(em)
    client = Portal(em)
    machines = client.machines("We")
    assert machines["web01"] == WEB01 and set(machines) == {"web01", "web02"}
    em.hypervisor.write("web01", "second version")
    assert _state(client.quick_backup(machines["web01"])) == "Starting"
    advance(em, 600)
    em.hypervisor.break_machine("web01")
    assert _state(client.restore(em.points("web01")[-1].id)) == "Starting"
    advance(em, 300)
    assert em.machine("web01").data == "second version"


def test_the_portal_shows_nothing_of_what_has_not_begun() -> None:
    client = Portal(estate("12"))
    assert client.quick_backup(WEB01) is None


# All of them, where answers are lost or late


@pytest.mark.parametrize("fault", ["late_job", "finish_without_link"])
@pytest.mark.parametrize("client", [CloudStack, Portal])
def test_a_restore_that_they_do_not_find(client: Callable[[Emulator], Any], fault: str) -> None:
    """They take it for failed, or show nothing; it goes on all the same."""
    em = broken(estate("12"))
    em.add_fault(fault=fault, action="restore", **({"seconds": 1e6} if fault == "late_job" else {}))
    point = em.points("web01")[-1].id
    try:
        assert not client(em).restore(point)
    except TimeoutError:
        assert fault == "late_job"
    advance(em, 600)
    assert em.machine("web01").data == "original"
