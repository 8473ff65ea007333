# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backup servers come, change and go; what is on them goes on without EM."""

from __future__ import annotations

import json
from typing import Any

import pytest
from veeam_em_emulator import Emulator, ManualClock

from .client import GOLD, JSON, NAMESPACE, VBR01, VBR02, XML, MemoryApi, Response, advance

NEW = {"DnsNameOrIpAddress": "vbr03.example.test", "Username": "u", "Password": "S3cret!secret"}


@pytest.fixture
def api() -> MemoryApi:
    found = MemoryApi(Emulator(clock=ManualClock(), product="12", idle_timeout=1e6), XML)
    found.log_on()
    return found


def body(values: dict[str, Any]) -> str:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    return f'<BackupServerSpec xmlns="{NAMESPACE}">{inner}</BackupServerSpec>'


def create(api: MemoryApi, values: dict[str, Any] | None = None) -> Response:
    return api.request("POST", "/api/backupServers?action=create", body(values or NEW))


def names(api: MemoryApi, path: str = "/backupServers") -> list[str]:
    return api.names(api.get(path))


@pytest.mark.parametrize("switch", ["201", "202"])
def test_a_new_server(api: MemoryApi, switch: str) -> None:
    api.em.switches["created_status"] = switch
    answer = create(api)
    assert (answer.status, answer.body, "location" in answer.headers) == (int(switch), b"", False)
    assert names(api)[-1] == "vbr03.example.test"
    found = api.query(type="BackupServer", filter='IpOrDnsName=="vbr03.example.test"', format="Entities")
    entity = found.xml.find(".//{*}BackupServer")
    assert entity is not None
    told = {child.tag.rpartition("}")[2]: child.text for child in entity}
    assert (told["Port"], told["WcfPort"]) == ("9392", "9405")
    assert [session.state for session in api.em.system_sessions()] == ["InProgress"]
    assert "S3cret" not in json.dumps([entry.as_dict() for entry in api.em.journal])


@pytest.mark.parametrize(
    ("order", "status"),
    [
        (("Description", "DnsNameOrIpAddress", "Port", "Username", "Password"), 201),
        (("Description", "DnsNameOrIpAddress", "Username", "Port", "Password", "WcfPort"), 201),
        (("DnsNameOrIpAddress", "Description"), 400),
        (("DnsNameOrIpAddress", "Password", "Port"), 400),
        (("Description", "Username"), 500),
    ],
)
def test_both_orders_of_elements(api: MemoryApi, order: tuple[str, ...], status: int) -> None:
    values = {**NEW, "Description": "site C", "Port": 9400, "WcfPort": 9406}
    assert create(api, {name: values[name] for name in order}).status == status
    assert ("vbr03.example.test" in names(api)) == (status == 201)


def test_json_may_have_the_port_as_text() -> None:
    api = MemoryApi(Emulator(clock=ManualClock(), product="13"), JSON)
    api.log_on()
    for port, status in (("9400", 201), (0, 400), ("x", 400)):
        text = json.dumps({**NEW, "DnsNameOrIpAddress": f"vbr{port}", "Port": port, "description": "site C"})
        assert api.request("POST", "/api/backupServers?action=create", text).status == status
    [new] = api.query(type="BackupServer", filter="Name==vbr9400", format="Entities").json["entities"]["backupServers"][
        "backupServers"
    ]
    assert (new["port"], new["description"]) == (9400, "site C")


@pytest.mark.parametrize("switch", ["http_400", "http_500", "accepted"])
def test_a_server_that_em_has_already(api: MemoryApi, switch: str) -> None:
    api.em.switches["duplicate_server"] = switch
    answer = create(api, {"DnsNameOrIpAddress": "VBR01.example.test"})
    assert answer.status == (201 if switch == "accepted" else int(switch[-3:]))


def test_an_edit(api: MemoryApi) -> None:
    path = f"/api/backupServers/{VBR01}"
    assert api.request("PUT", path, body({"Description": "site A"})).status == 500
    assert api.request("PUT", path, body({"Description": "site A", "DnsNameOrIpAddress": "192.0.2.9"})).status == 204
    entity = api.get(f"/backupServers/{VBR01}", format="Entity")
    assert (entity.first("@Name"), entity.first("v:Description")) == ("vbr01.example.test", "site A")
    assert entity.first("v:Port") == "9392"
    assert names(api, '/query?type=BackupServer&filter=IpOrDnsName=="192.0.2.9"') == ["vbr01.example.test"]
    api.em.reset()
    api.log_on()
    assert api.get(f"/backupServers/{VBR01}", format="Entity").first("v:Description") != "site A"


def test_a_server_goes_and_comes_back(api: MemoryApi) -> None:
    """EM forgets what is on it; the server itself goes on."""
    em = api.em
    em.start_run("TPL Gold")
    advance(em, 60)
    before = {
        path: len(api.get(path).xml)
        for path in (
            "/jobs", "/agents/jobs", "/nas/jobs", "/repositories", "/hierarchyRoots", "/managedServers",
            "/backupSessions", "/backups", "/vmRestorePoints", "/agents/protectionGroups",
            "/agents/discoveredComputers", "/externalRepositories", "/lookupSvc",
            "/query?type=ObjectInJob", "/query?type=Credentials",
        )
    }  # fmt: skip
    assert api.request("DELETE", f"/api/backupServers/{VBR01}").status == 204
    assert api.request("DELETE", f"/api/backupServers/{VBR01}").status == 404
    assert names(api) == ["vbr02.example.test"]
    for path in (f"/jobs/{GOLD}", f"/jobs/{GOLD}/includes", f"/backupServers/{VBR01}/credentials"):
        assert api.get(path).status == 404
    for path in before:
        answer = api.get(path)
        assert answer.status == 200 and "vbr01" not in answer.text and len(answer.xml) <= before[path], path
    assert len(em.jobs("TPL Gold")) == 1
    # the others are not concerned
    assert "TPL Silver" in names(api, "/jobs")
    em.console.edit_job("TPL Gold", description="changed meanwhile")
    assert create(api, {"DnsNameOrIpAddress": "vbr01.example.test"}).status == 201
    # at once, its jobs after the first collection
    assert (api.get(f"/backupServers/{VBR01}").status, api.get(f"/jobs/{GOLD}").status) == (200, 404)
    advance(em, 3)
    assert api.get(f"/jobs/{GOLD}", format="Entity").first("v:Description") == "changed meanwhile"
    for path, count in before.items():
        assert len(api.get(path).xml) >= count, path


def test_a_server_that_em_does_not_know_at_the_start() -> None:
    state = {
        "backup_servers": [{"name": "vbr01"}, {"name": "vbr02", "known": False}],
        "repositories": [{"name": "r", "backup_server": "vbr02"}],
        "jobs": [{"name": "web", "backup_server": "vbr02"}],
        "accounts": [{"user": "EM01\\svc-ansible", "password": "Passw0rd!"}],
    }
    api = MemoryApi(Emulator(state, clock=ManualClock()), XML)
    api.log_on()
    assert (names(api), names(api, "/jobs"), names(api, "/repositories")) == (["vbr01"], [], [])
    create(api, {"DnsNameOrIpAddress": "vbr02"})
    advance(api.em, 3)
    assert (names(api), names(api, "/jobs"), names(api, "/repositories")) == (["vbr01", "vbr02"], ["web"], ["r"])


def test_it_is_for_administrators(api: MemoryApi) -> None:
    user = MemoryApi(api.em, XML)
    user.log_on("portal-user")
    assert create(user).status == 403
    text = body({"DnsNameOrIpAddress": "x"})
    assert user.request("PUT", f"/api/backupServers/{VBR02}", text).status == 403
    assert user.request("DELETE", f"/api/backupServers/{VBR02}").status == 403
    assert user.request("POST", f"/api/backupServers/{VBR02}?action=collect").status == 202
    assert api.request("POST", "/api/backupServers", body(NEW)).status == 400
