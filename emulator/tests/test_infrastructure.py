# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials, managed servers, computers with an agent, what copy jobs are linked to, open logon sessions."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from veeam_em_emulator import Emulator
from veeam_em_emulator.estate.state import StateError
from veeam_em_emulator.estate.state_file import build_state

from .client import GOLD, JSON, NAMESPACE, NS, VBR01, VBR02, XML, Api, advance
from .conftest import Start

GUEST = "70275b03-e805-49e1-9535-1867c62371e2"
COPY = "1d2c3b4a-5968-4776-8594-a3b2c1d0e9f8"
KEY, NOTHING = "dd5cb8e6-9ec7-4420-af1f-b902738b01ab", "00000000-0000-0000-0000-000000000000"
PASSWORDS = f"/backupServers/{VBR01}/passwords"
CREDENTIALS = f"/backupServers/{VBR01}/credentials"


def body(root: str, accept: str, **values: str) -> str:
    if accept == JSON:
        return json.dumps(values)
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    return f'<{root} xmlns="{NAMESPACE}">{inner}</{root}>'


def user_names(api: Api, server: str = VBR01) -> list[str]:
    answer = api.get(f"/backupServers/{server}/credentials")
    return [str(name) for name in answer.xml.xpath("v:CredentialsInfo/v:Username/text()", namespaces=NS)]


def test_credentials_of_one_server(api: Api) -> None:
    assert user_names(api) == ["EXAMPLE\\svc-guest", "root", "root"]
    assert user_names(api, VBR02) == ["EXAMPLE\\svc-guest"]
    one = api.get(f"{CREDENTIALS}/{GUEST}")
    assert (one.first("v:Id"), one.first("v:Password")) == (GUEST, "")
    assert api.get(f"/backupServers/{VBR02}/credentials/{GUEST}").status == 404


@pytest.mark.parametrize("accept", [XML, JSON])
@pytest.mark.parametrize("product", ["12", "13"])
def test_creating_credentials_gives_no_id(start: Start, product: str, accept: str) -> None:
    api = Api(start(product=product), accept)
    api.log_on()
    secret = body("CredentialsInfoSpec", accept, Username="EXAMPLE\\new", Description="made", Password="S3cret!secret")
    for _unused in range(2):
        answer = api.request("POST", f"/api{CREDENTIALS}?action=create", secret)
        assert (answer.status, answer.body) == (201, b"")
        assert "location" not in answer.headers
    again = Api(api.em)
    again.log_on()
    assert user_names(again)[-2:] == ["EXAMPLE\\new", "EXAMPLE\\new"]
    assert "S3cret" not in json.dumps([entry.as_dict() for entry in api.em.journal])
    assert "S3cret" not in again.get(CREDENTIALS).text


@pytest.mark.parametrize(
    ("path", "text", "status"),
    [
        ("?action=create", body("CredentialsInfoSpec", XML, Description="no user"), 500),
        ("?action=create", body("CredentialsInfoSpec", XML, Password="x", Username="y"), 400),
        ("", body("CredentialsInfoSpec", XML, Username="y"), 400),
    ],
)
def test_credentials_that_cannot_be_created(api: Api, path: str, text: str, status: int) -> None:
    assert api.request("POST", f"/api{CREDENTIALS}{path}", text).status == status
    assert len(user_names(api)) == 3


def test_credentials_are_edited_and_deleted(api: Api) -> None:
    api.em.switches["delete_in_use"] = "accepted"
    path = f"/api{CREDENTIALS}/{GUEST}"
    assert api.request("PUT", path, body("CredentialsInfo", XML, Id=GUEST, Username="EXAMPLE\\other")).status == 204
    changed = api.get(f"{CREDENTIALS}/{GUEST}")
    assert (changed.first("v:Username"), changed.first("v:Description")) == ("EXAMPLE\\other", "Guest processing")
    assert api.request("DELETE", path).status == 204
    assert api.request("DELETE", path).status == 404
    assert user_names(api) == ["root", "root"]
    api.em.reset()
    api.log_on()
    assert user_names(api)[0] == "EXAMPLE\\svc-guest"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Username==root", 2),
        ('Username=="EXAMPLE\\svc-guest"', 2),
        (f'Username=="EXAMPLE\\svc-guest";BackupServerUid=="urn:veeam:BackupServer:{VBR02}"', 1),
        (f"CredentialsId=={GUEST}", 1),
        ('Description=="Linux guests in the DMZ"', 1),
    ],
)
def test_query_of_credentials(api: Api, text: str, count: int) -> None:
    answer = api.query(type="Credentials", filter=text)
    assert len(answer.xml.xpath("v:Resources/v:CredentialsList/v:CredentialsInfo", namespaces=NS)) == count


@pytest.mark.parametrize("switch", ["CredentialsInfos", "CredentialsInfoList", "Credentials"])
def test_name_of_the_list_in_json(start: Start, switch: str) -> None:
    api = Api(start(product="12"), JSON)
    api.log_on()
    api.em.switches["credentials_list_name"] = switch
    assert list(api.get(CREDENTIALS).json) == [switch]
    assert list(api.query(type="Credentials").json["Resources"]["CredentialsList"]) == [switch]


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 201), ("PUT", 204), ("DELETE", 204)])
def test_who_may_do_what_with_credentials(em: Emulator, method: str, status: int) -> None:
    """security_roles_concept: a Portal User reads them."""
    em.switches["delete_in_use"] = "accepted"
    path = f"/api{CREDENTIALS}" + ("?action=create" if method == "POST" else f"/{GUEST}")
    root = "CredentialsInfoSpec" if method == "POST" else "CredentialsInfo"
    text = body(root, XML, Username="x") if method in ("POST", "PUT") else None
    for user, wanted in (("restore-operator", 403), ("portal-user", 200 if method == "GET" else 403), (None, status)):
        api = Api(em)
        api.log_on(user) if user else api.log_on()
        assert api.request(method, path, text).status == wanted


@pytest.mark.parametrize(("switch", "status"), [("administrator", 403), ("user", 201)])
def test_who_may_create_credentials(em: Emulator, switch: str, status: int) -> None:
    em.switches["credentials_create_role"] = switch
    api = Api(em)
    api.log_on("portal-user")
    text = body("CredentialsInfoSpec", XML, Username="x")
    assert api.request("POST", f"/api{CREDENTIALS}?action=create", text).status == status


@pytest.mark.parametrize(
    ("switch", "shown"),
    [("0", [True, True, True]), ("2", [False, False, True]), ("60s", [False, False, True]), ("refresh", [False] * 2)],
)
@pytest.mark.parametrize("collection", ["credentials", "passwords"])
def test_when_new_ones_are_shown(api: Api, switch: str, shown: list[bool], collection: str) -> None:
    api.em.switches["show_new_credentials_after"] = switch
    path = f"/backupServers/{VBR01}/{collection}"
    before = len(api.get(path).xml)
    root = "CredentialsInfoSpec" if collection == "credentials" else "PasswordKeyInfoSpec"
    name = "Username" if collection == "credentials" else "Hint"
    text = body(root, XML, **{name: "made", "Password": "S3cret!secret"})
    assert api.request("POST", f"/api{path}?action=create", text).status == 201
    found = []
    for number in range(len(shown)):
        if number == 2:
            advance(api.em, 60)
        found.append(len(api.get(path).xml) > before)
    assert found == shown
    if switch == "refresh":
        api.em.refresh()
        assert len(api.get(path).xml) == before + 1
    query = "Credentials" if collection == "credentials" else "Passwords"
    assert "made" in api.query(type=query).text
    assert "S3cret" not in json.dumps([entry.as_dict() for entry in api.em.journal])


@pytest.mark.parametrize(("switch", "status"), [("allowed", 201), ("http_400", 400), ("http_500", 500)])
def test_credentials_that_are_there_already(api: Api, switch: str, status: int) -> None:
    api.em.switches["duplicate_credentials"] = switch
    text = body("CredentialsInfoSpec", XML, Username="EXAMPLE\\svc-guest", Description="Guest processing")
    assert api.request("POST", f"/api{CREDENTIALS}?action=create", text).status == status
    # the user name alone may be there as often as anybody likes
    text = body("CredentialsInfoSpec", XML, Username="EXAMPLE\\svc-guest", Description="another")
    assert api.request("POST", f"/api{CREDENTIALS}?action=create", text).status == 201


@pytest.mark.parametrize(("switch", "kept"), [("kept", True), ("emptied", False)])
def test_an_edit_without_the_password(api: Api, switch: str, kept: bool) -> None:
    api.em.switches["credentials_password_omitted"] = switch
    records = api.em.world.state.credentials
    text = body("CredentialsInfo", XML, Username="EXAMPLE\\svc-guest")
    assert api.request("PUT", f"/api{CREDENTIALS}/{GUEST}", text).status == 204
    assert records[GUEST].has_password is kept
    text = body("CredentialsInfo", XML, Username="EXAMPLE\\svc-guest", Password="S3cret!secret")
    assert api.request("PUT", f"/api{CREDENTIALS}/{GUEST}", text).status == 204
    assert records[GUEST].has_password is True


@pytest.mark.parametrize(("switch", "status"), [("http_400", 400), ("http_500", 500), ("accepted", 204)])
def test_what_is_in_use_is_not_deleted(api: Api, switch: str, status: int) -> None:
    api.em.switches["delete_in_use"] = switch
    job = api.em.world.state.jobs[GOLD]
    # the demo's file server uses the credentials
    assert api.request("DELETE", f"/api{CREDENTIALS}/{GUEST}").status == status
    job.storage = {**job.storage, "PasswordKeyId": KEY}
    assert api.request("DELETE", f"/api{PASSWORDS}/{KEY}").status == status
    job.storage = {**job.storage, "PasswordKeyId": NOTHING}
    if status != 204:
        assert api.request("DELETE", f"/api{PASSWORDS}/{KEY}").status == 204
    root = next(item.id for item in api.em.world.state.credentials.values() if item.username == "root")
    job.objects = tuple(replace(item, guest={**item.guest, "LinuxCredentialsId": root}) for item in job.objects)
    assert api.request("DELETE", f"/api{CREDENTIALS}/{root}").status == status


# Encryption passwords


def test_passwords(api: Api) -> None:
    [one] = api.get(PASSWORDS).xml
    assert [child.tag.rpartition("}")[2] for child in one] == ["Links", "Id", "Hint", "LastModificationDate"]
    path = f"{PASSWORDS}/{KEY}"
    assert api.get(path).first("v:Hint") == "offsite key 2026"
    assert api.request("PUT", f"/api{path}", body("PasswordKeyInfoSpec", XML, Hint="old")).status == 204
    changed = api.get(path)
    assert changed.first("v:Hint") == "old"
    assert changed.first("v:LastModificationDate") != one.findtext("{*}LastModificationDate")
    assert str(changed.first("v:LastModificationDate")).endswith("+01:00")
    assert api.request("POST", f"/api{PASSWORDS}?action=create", body("PasswordKeyInfoSpec", XML)).status == 500
    assert api.request("POST", f"/api{PASSWORDS}", body("PasswordKeyInfoSpec", XML, Password="x")).status == 400
    assert api.request("DELETE", f"/api{path}").status == 204
    assert api.request("DELETE", f"/api{path}").status == 404
    assert len(api.get(PASSWORDS).xml) == 0 and api.get(f"/backupServers/{VBR02}/passwords").status == 200


@pytest.mark.parametrize(
    ("text", "count"), [(f"PasswordKeyID=={KEY}", 1), ("Hint==x", 0), ('BackupServerName=="vbr01.example.test"', 1)]
)
def test_query_of_passwords(api: Api, text: str, count: int) -> None:
    answer = api.query(type="Passwords", filter=text, sortAsc="BackupServerUid")
    assert len(answer.xml.xpath("v:Resources/v:PasswordKeyInfoList/v:PasswordKeyInfo", namespaces=NS)) == count


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 403), ("PUT", 403), ("DELETE", 403)])
def test_a_portal_user_reads_hints(em: Emulator, method: str, status: int) -> None:
    api = Api(em)
    api.log_on("portal-user")
    path = f"/api{PASSWORDS}" + ("?action=create" if method == "POST" else f"/{KEY}")
    text = body("PasswordKeyInfoSpec", XML, Hint="x", Password="x") if method in ("POST", "PUT") else None
    assert api.request(method, path, text).status == status


# External repositories and WAN accelerators


@pytest.mark.parametrize(
    ("collection", "query", "name"),
    [
        ("externalRepositories", "ExternalRepository", "Cloud Appliance Backups"),
        ("wanAccelerators", "WanAccelerator", "wan01.example.test"),
    ],
)
def test_what_can_only_be_read(api: Api, collection: str, query: str, name: str) -> None:
    [reference] = api.get(f"/{collection}").xml
    identity = reference.get("UID").rpartition(":")[2]
    assert (reference.get("Name"), reference.get("Type")) == (name, f"{query}Reference")
    entity = api.get(f"/{collection}/{identity}", format="Entity")
    assert entity.xml.tag.endswith(query) and entity.first("@UID") == f"urn:veeam:{query}:{identity}"
    found = api.query(type=query, filter=f'Name=="{name}"', sortAsc="Name")
    assert [item.get("Name") for item in found.xml[0]] == [name]
    if collection == "externalRepositories":
        assert len(api.get(f"/{collection}/{identity}/backups").xml) == 0
        assert len(api.get(f"/backupServers/{VBR01}/{collection}").xml) == 1
        assert len(api.get(f"/backupServers/{VBR02}/{collection}").xml) == 0
    else:
        fast = api.query(type=query, filter="Capacity>50;HighBandwidthModeEnabled==false;ConnectionsCount==5")
        assert len(fast.xml[0]) == 1
    assert api.request("DELETE", f"/api/{collection}/{identity}").status == 405


# Managed servers


def test_managed_servers(api: Api) -> None:
    answer = api.get("/managedServers", format="Entity")
    kinds = [str(kind) for kind in answer.xml.xpath("v:ManagedServer/v:ManagedServerType/text()", namespaces=NS)]
    assert kinds == ["Local", "Local", "VC", "VC", "HvServer", "VcdSystem"]
    assert len(api.get(f"/backupServers/{VBR01}/managedServers").xml) == 3
    found = api.query(type="ManagedServer", filter="ManagedServerType==hvserver")
    assert found.xml.xpath("v:Refs/v:Ref/@Name", namespaces=NS) == ["hv01.example.test"]


def test_the_links_between_a_root_and_its_server_work(api: Api) -> None:
    root = api.get("/hierarchyRoots/8e7fef9f-87a8-48b4-bed1-632c3035a1a1", format="Entity")
    path = str(root.first("v:Links/v:Link[@Rel='Related']/@Href")).partition(":9398")[2]
    server = api.request("GET", path)
    assert (server.status, server.first("v:ManagedServerType")) == (200, "HvServer")
    back = str(server.first("v:Links/v:Link[@Rel='Related']/@Href")).partition(":9398")[2]
    assert api.request("GET", back).text == root.text


# Computers


def test_computers_with_an_agent(start: Start) -> None:
    api = Api(start(product="12"), JSON)
    api.log_on()
    computers = api.get("/agents/discoveredComputers", format="Entity").json["DiscoveredComputers"]
    assert [item["AgentStatus"] for item in computers] == ["Installed"] * 4 + ["NotInstalled"]
    assert list(computers[0]) == [
        "HostStatus", "AgentVersion", "AgentStatus", "OsVersion", "IpAddress", "HierarchyObjRef", "Name", "UID",
        "Links", "Href", "Type",
    ]  # fmt: skip
    # recorded: the Href of a computer is that of a task session
    identity = computers[0]["UID"].rpartition(":")[2]
    assert computers[0]["Href"].endswith(f"/api/backupTaskSessions/{identity}?format=Entity")
    assert [link["Type"] for link in computers[0]["Links"]] == [
        "BackupServerReference", "DiscoveredComputerReference", "AgentProtectionGroupReference",
    ]  # fmt: skip
    assert api.get(f"/agents/discoveredComputers/{identity}").json["Type"] == "DiscoveredComputerReference"
    found = api.query(type="DiscoveredComputer", filter='ProtectionGroupName=="Laptops"', format="Entities").json
    assert len(found["Entities"]["DiscoveredComputers"]["DiscoveredComputers"]) == 1


def test_computers_are_for_administrators(em: Emulator) -> None:
    api = Api(em)
    api.log_on("portal-user")
    assert api.get("/agents/discoveredComputers").status == 403
    assert api.query(type="DiscoveredComputer").status == 403


# Copy jobs


def test_linked_jobs(api: Api) -> None:
    [linked] = api.get(f"/jobs/{COPY}/linkedJobs").xml
    assert linked.findtext("v:LinkedJobUid", namespaces=NS) == f"urn:veeam:Job:{GOLD}"
    oid = linked.findtext("v:ObjectInJobId", namespaces=NS)
    assert api.get(f"/jobs/{COPY}/linkedJobs/{oid}").first("v:ObjectInJobId") == oid
    assert len(api.get(f"/jobs/{COPY}/linkedBackupRepositories").xml) == 0
    assert api.get(f"/jobs/{GOLD}/linkedJobs").status == 400


def test_linked_repositories_from_the_state() -> None:
    document: dict[str, Any] = {
        "backup_servers": [{"name": "a"}],
        "repositories": [{"name": "r", "id": "0c9d8e7f-6a5b-4c3d-8e2f-1a0b9c8d7e6f"}],
        "jobs": [{"name": "c", "type": "ImmediateBackupCopy", "linked_repositories": ["r"]}],
        "accounts": [{"user": "EM01\\svc-ansible", "password": "Passw0rd!"}],
    }
    with Emulator(state=document) as em:
        api = Api(em)
        api.log_on()
        [job] = em.jobs()
        [linked] = api.get(f"/jobs/{job.id}/linkedBackupRepositories").xml
        oid = linked.findtext("v:ObjectInJobId", namespaces=NS)
        one = api.get(f"/jobs/{job.id}/linkedBackupRepositories/{oid}")
        assert one.first("v:LinkedBackupRepositoryUid") == "urn:veeam:Repository:0c9d8e7f-6a5b-4c3d-8e2f-1a0b9c8d7e6f"
        entity = api.get(f"/jobs/{job.id}", format="Entity")
        assert entity.first("//v:LinkedBackupRepository/v:ObjectInJobId") == oid
        api.close()
    document["jobs"][0]["linked_repositories"] = ["none"]
    with pytest.raises(StateError, match="linked repository 'none'"):
        build_state(document, "13")


# Logon sessions


@pytest.mark.parametrize(("switch", "count"), [("same_user", 1), ("all_users", 2)])
def test_whose_sessions_are_shown(em: Emulator, switch: str, count: int) -> None:
    em.switches["logon_sessions"] = switch
    administrator, user = Api(em), Api(em)
    administrator.log_on()
    user.log_on("portal-user")
    assert len(administrator.get("/logonSessions").xml) == count
    assert len(user.get("/logonSessions").xml) == count
    own, other = administrator.session, user.session
    expected = (404, 404) if switch == "same_user" else (403, 204)
    assert user.request("DELETE", f"/api/logonSessions/{own}").status == expected[0]
    assert administrator.request("DELETE", f"/api/logonSessions/{other}").status == expected[1]
