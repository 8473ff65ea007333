# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the guest: mounts, lists, downloads, restores to where they were; the catalog."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from veeam_em_emulator import Emulator, ManualClock
from veeam_em_emulator.estate.guest import GuestFile, Tree

from .client import GOLD, advance
from .memory import Memory, below_api, links

REPLICATION = "2f6a8c04-71de-4b95-8a3f-c5d7e9b1a026"


@pytest.fixture
def em() -> Emulator:
    switches = {"run_length": "60s", "restore_length": "60s"}
    em = Emulator(clock=ManualClock(), idle_timeout=1e9, switches=switches)
    for job in (GOLD, REPLICATION):
        em.hypervisor.write("web01", "backed up")
        em.start_run(job)
        advance(em, 60)
    em.hypervisor.write("web01", "today")
    return em


@pytest.fixture
def api(em: Emulator) -> Memory:
    return Memory(em)


def point(api: Memory, kind: str = "VmRestorePoint") -> str:
    """Path of the newest point of web01."""
    newest = api.query(kind, 'VmDisplayName=="web01"', sortDesc="CreationTime", pageSize=1)[0]
    return below_api(newest["href"]).partition("?")[0]


def mount(api: Memory, path: str, body: Any = None) -> str:
    task = api.task(f"{path}/mounts", body)
    assert task["operation"] == "MountRestorePoint" and task["result"]["success"] is True
    [link] = links(task, "Related")
    return below_api(link["href"])


def names(listing: Any) -> tuple[list[str], list[str]]:
    """Of files and folders."""
    files = (listing["files"] or {"fileentries": []})["fileentries"]
    folders = (listing["directories"] or {"directoryentries": []})["directoryentries"]
    return [item["name"] for item in files], [item["name"] for item in folders]


def restore(api: Memory, path: str, **spec: Any) -> Any:
    return api.task(f"{path}?action=restore", spec)


@pytest.mark.parametrize("kind", ["VmRestorePoint", "VmReplicaPoint"])
def test_mount_look_download_unmount(em: Emulator, api: Memory, kind: str) -> None:
    path = point(api, kind)
    mounted = mount(api, path)
    assert mounted == f"{path}/mounts/1"
    [listed] = api.get(f"{path}/mounts")[f"{kind}mounts".lower()]
    assert listed["type"] == f"{kind}Mount"
    assert [root["path"] for root in api.get(mounted)["fsroots"]["directoryentries"]] == ["C:", "E:"]
    assert names(api.get(f"{mounted}/C:")) == (["data.txt"], ["Windows"])
    assert names(api.get(f"{mounted}/C:", action="listDirs")) == ([], ["Windows"])
    assert names(api.get(f"{mounted}/C:", action="listFiles")) == (["data.txt"], [])
    entry = api.get(f"{mounted}/C:/data.txt")
    assert (entry["type"], entry["size"], entry["path"]) == ("FileEntry", len("backed up"), "C:/data.txt")
    # EM writes the way to a download in lower case, and it is the only one
    task = restore(api, f"{mounted}/C:/data.txt", ForDirectDownload={})
    [link] = links(task, "Download")
    assert below_api(link["href"]) == f"{mounted}/c:/data.txt?action=download"
    done = api.request("GET", below_api(link["href"]))
    headers = {name.lower(): value for name, value in done.headers}
    assert (done.status, done.body) == (200, b"backed up"), "as it was when it was backed up"
    assert "data.txt" in headers["content-disposition"] and headers["content-type"] == "application/octet-stream"
    assert api.request("DELETE", mounted).status == 204
    assert api.request("DELETE", mounted).status == 404
    assert api.request("GET", below_api(link["href"])).status == 404
    assert api.get(f"{path}/mounts")[f"{kind}mounts".lower()] == []
    assert em.machine_history("web01")[-1].event == "data_changed", "nothing was done to the machine"


def test_a_folder_is_downloaded_as_an_archive(api: Memory) -> None:
    mounted = mount(api, point(api))
    task = restore(api, f"{mounted}/E:/Shared%20Data", ForDirectDownload={})
    href = below_api(links(task, "Download")[0]["href"])
    assert href == f"{mounted}/e:/shared%20data?action=download"
    with zipfile.ZipFile(io.BytesIO(api.request("GET", href).body)) as archive:
        assert sorted(archive.namelist()) == ["2025/offers.docx", "offers.docx"]
        assert len(archive.read("offers.docx")) == 48128


def test_nothing_is_downloaded_that_was_not_made_ready(api: Memory) -> None:
    mounted = mount(api, point(api))
    assert api.request("GET", f"{mounted}/C:/data.txt?action=download").status == 404
    assert api.request("GET", f"{mounted}/C:/none.txt").status == 404
    assert api.request("GET", f"{mounted}/C:?action=paint").status == 400
    assert api.request("POST", f"{mounted}/C:/data.txt?action=paint", "{}").status == 400


def test_a_mount_belongs_to_its_session(em: Emulator, api: Memory) -> None:
    path = point(api)
    mount(api, path)
    assert mount(api, path) == f"{path}/mounts/2"
    other = Memory(em)
    assert other.request("GET", f"{path}/mounts/1").status == 404
    assert other.get(f"{path}/mounts")["vmrestorepointmounts"] == []
    assert mount(other, path) == f"{path}/mounts/1"
    em.world.expire_sessions()
    again = Memory(em)
    assert again.request("GET", f"{path}/mounts/1").status == 404


def test_linux(api: Memory) -> None:
    mounted = mount(api, point(api), {"OsKind": "Linux"})
    assert [root["path"] for root in api.get(mounted)["fsroots"]["directoryentries"]] == ["etc", "home", "var"]
    task = restore(api, f"{mounted}/home/data.txt", ForDirectDownload={})
    assert api.request("GET", below_api(links(task, "Download")[0]["href"])).body == b"backed up"
    assert api.post(f"{point(api)}/mounts", {"OsKind": "Amiga"})[0] == 400


def test_pages(em: Emulator, api: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [GuestFile(f"C:/many/{number:03d}.txt") for number in range(25)] + [GuestFile("C:/many/more/x.txt")]
    monkeypatch.setattr("veeam_em_emulator.work.guest_files.tree", lambda _kind: Tree(files))
    mounted = mount(api, point(api))
    whole = api.get(f"{mounted}/C:/many")
    assert (len(names(whole)[0]), names(whole)[1]) == (25, ["more"])
    assert (whole["paginginfo"]["pagesize"], whole["paginginfo"]["pagescount"]) == (100, 1)
    some = api.get(f"{mounted}/C:/many", action="listFiles")
    assert (len(names(some)[0]), some["paginginfo"]["pagesize"], some["paginginfo"]["pagescount"]) == (10, 10, 3)
    [following] = [link for link in some["paginginfo"]["links"] if link["rel"] == "Next"]
    assert below_api(following["href"]) == f"{mounted}/C:/many?action=listFiles&pageSize=10&page=2"
    last = api.get(f"{mounted}/C:/many", action="listAll", pageSize=20, page=2)
    assert names(last) == (["020.txt", "021.txt", "022.txt", "023.txt", "024.txt"], ["more"])
    assert below_api(last["href"]) == f"{mounted}/C:/many?action=listAll&pageSize=20&page=2"


def history(em: Emulator) -> list[tuple[str, str | None]]:
    return [(event.event, event.detail) for event in em.machine_history("web01") if "restore" in event.event]


def test_restore_to_the_original_location(em: Emulator, api: Memory) -> None:
    mounted = mount(api, point(api))
    credentials = {"UserName": "EXAMPLE\\restore", "Password": "not-a-real-one"}
    spec = {"ToOriginalLocation": {"GuestCredentials": credentials, "Overwrite": True}}
    task = restore(api, f"{mounted}/C:/data.txt", **spec)
    assert (task["operation"], task["result"]["success"]) == ("FileRestoreFromMountPoint", True)
    assert links(task, "Related") == links(task, "Download") == []
    [session] = api.query("RestoreSession", "Type==FileLevelRestore")
    assert session["name"].startswith("FLR_[web01]@")
    assert em.machine("web01").data == "today"
    advance(em, 60)
    [session] = api.query("RestoreSession", 'VmDisplayName=="web01"')
    assert (session["state"], session["result"]) == ("Stopped", "Success")
    assert em.machine("web01").data == "backed up"
    assert history(em) == [("files_restored", "C:/data.txt")]
    assert "not-a-real-one" not in json.dumps([entry.body for entry in em.journal])


@pytest.mark.parametrize(
    ("switch", "result", "event"),
    [("beside", "Success", "files_restored_beside"), ("session_failed", "Failed", "file_restore_failed")],
)
def test_without_overwriting(em: Emulator, api: Memory, switch: str, result: str, event: str) -> None:
    em.switches["existing_file"] = switch
    mounted = mount(api, point(api))
    restore(api, f"{mounted}/C:/data.txt", ToOriginalLocation={"Overwrite": False})
    advance(em, 60)
    assert [session.result for session in em.restore_sessions()] == [result]
    assert history(em) == [(event, "C:/data.txt")]
    assert em.machine("web01").data == "today"


def test_permissions_only(em: Emulator, api: Memory) -> None:
    mounted = mount(api, point(api))
    restore(api, f"{mounted}/C:", ToOriginalLocation={"PermissionsOnly": True})
    advance(em, 60)
    assert history(em) == [("permissions_restored", "C:")]
    assert em.machine("web01").data == "today"


@pytest.mark.parametrize("gone", ["deleted", "off"])
def test_a_machine_that_is_not_there(em: Emulator, api: Memory, gone: str) -> None:
    mounted = mount(api, point(api))
    if gone == "deleted":
        em.hypervisor.delete("web01")
    else:
        em.hypervisor.power("web01", False)
    task = restore(api, f"{mounted}/C:/data.txt", ToOriginalLocation={"Overwrite": True})
    assert task["result"]["success"] is False
    assert em.restore_sessions() == []


@pytest.mark.parametrize("spec", [{}, {"ForDirectDownload": {}, "ToOriginalLocation": {}}, {"Other": 1}])
def test_one_way_has_to_be_said(api: Memory, spec: dict[str, Any]) -> None:
    mounted = mount(api, point(api))
    assert api.post(f"{mounted}/C:/data.txt?action=restore", spec)[0] == 400
    wrong = {"ToOriginalLocation": {"Overwrite": "maybe"}}
    assert api.post(f"{mounted}/C:/data.txt?action=restore", wrong)[0] == 400


def test_a_backup_server_that_is_offline(em: Emulator, api: Memory) -> None:
    path = point(api)
    em.switches["offline_server"] = "http_500"
    em.set_online("vbr01.example.test", False)
    assert api.post(f"{path}/mounts")[0] == 500


# The catalog


def test_catalog(em: Emulator, api: Memory) -> None:
    assert {"web01", "web02"} < {item["name"] for item in api.get("/catalog/vms")["refs"]}
    machine = api.get("/catalog/vms/web01", format="Entity")
    assert machine["uid"] == "urn:veeam:CatalogVm:web01"
    newest = api.get("/catalog/vms/web01/vmRestorePoints", format="Entity")["catalogvmrestorepoints"][-1]
    identity = newest["uid"].rpartition(":")[2]
    assert point(api).endswith(identity), "its id is that of the restore point of the machine"
    path = below_api(newest["href"]).partition("?")[0]
    status, task = api.post(f"{path}?action=browse")
    assert status == 202
    task = api.get(f"/tasks/{task['taskid']}")
    assert (task["state"], task["result"]) == ("Finished", {"message": None, "success": True})
    [link] = links(task, "Down")
    assert below_api(link["href"]) == f"{path}/guestfs/"
    assert names(api.get(f"{path}/guestfs")) == ([], ["C:", "E:"])
    assert names(api.get(f"{path}/guestfs/{quote('E:/Shared Data')}")) == (["offers.docx"], ["2025"])
    done = api.task(f"{path}/guestfs/C:/data.txt?action=restore")
    assert (done["operation"], done["result"]["message"]) == ("RestoreFile", "Restore operations started successfully.")
    [related] = links(done, "Related")
    assert related["name"] == "Restore job session"
    advance(em, 60)
    assert api.get(below_api(related["href"]))["result"] == "Success"
    assert em.machine("web01").data == "backed up"


@pytest.mark.parametrize(("choice", "status"), [("202", 202), ("200", 200)])
def test_catalog_browse(em: Emulator, api: Memory, choice: str, status: int) -> None:
    em.switches["catalog_browse"] = choice
    assert api.post(f"{in_catalog(api)}?action=browse")[0] == status


@pytest.mark.parametrize(("choice", "status"), [("entry", 200), ("http_501", 501)])
def test_catalog_file(em: Emulator, api: Memory, choice: str, status: int) -> None:
    em.switches["catalog_file"] = choice
    path = f"{in_catalog(api)}/guestfs"
    assert api.request("GET", f"{path}/C:/data.txt").status == status
    assert api.request("GET", f"{path}/C:").status == 200
    assert api.task(f"{path}/C:/data.txt?action=restore")["result"]["success"] is True


def in_catalog(api: Memory) -> str:
    newest = api.get("/catalog/vms/web01/vmRestorePoints", format="Entity")["catalogvmrestorepoints"][-1]
    return below_api(newest["href"]).partition("?")[0]


def test_the_catalog_has_indexed_guests_alone() -> None:
    em = Emulator(clock=ManualClock(), switches={"run_length": "0"})
    job = em.world.state.jobs[GOLD]
    job.objects = tuple(replace(machine, guest={}) for machine in job.objects)
    em.start_run(GOLD)
    api = Memory(em)
    assert len(api.query("VmRestorePoint", 'VmDisplayName=="web01"')) == 1
    assert api.request("GET", "/catalog/vms/web01").status == 404
    assert api.request("GET", "/catalog/vms/none/vmRestorePoints").status == 404
