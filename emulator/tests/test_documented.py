# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every request that the public documentation and the vendor's own collection of requests print: none is answered as if
there were no such thing. ``documented_requests.txt`` says of each whether it is carried out, or 501 with its name."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest
from veeam_em_emulator import Emulator, OffsetClock
from veeam_em_emulator.control.views import state_view

from .client import GOLD, NAMESPACE, PASSWORD, REPOSITORY, USER, VBR01

LINES = (Path(__file__).parent / "documented_requests.txt").read_text(encoding="utf-8").splitlines()
REQUESTS = [line.split(" ", 2) for line in LINES if line and not line.startswith("#")]
NOTHING = "00000000-0000-4000-8000-000000000000"
COPY = "1d2c3b4a-5968-4776-8594-a3b2c1d0e9f8"
REPLICA = "2f6a8c04-71de-4b95-8a3f-c5d7e9b1a026"
ROOT = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0"
FIXED = {
    "backupServers": VBR01, "credentials": "70275b03-e805-49e1-9535-1867c62371e2",
    "repositories": REPOSITORY[-36:], "hierarchyRoots": ROOT, "managedServers": ROOT, "tasks": "task-1",
}  # fmt: skip
XML = "application/xml"


def spec(root: str, inner: str) -> str:
    return f'<{root} xmlns="{NAMESPACE}">{inner}</{root}>'


BODIES = {
    "POST /jobs/{ID}?action=clone": spec(
        "JobCloneSpec",
        "<BackupJobCloneInfo><JobName>web</JobName><FolderName>web</FolderName>"
        f"<RepositoryUid>{REPOSITORY}</RepositoryUid></BackupJobCloneInfo>",
    ),
    "POST /jobs/{ID}/includes": spec(
        "CreateObjectInJobSpec",
        f"<HierarchyObjRef>urn:VMware:Vm:{ROOT}.vm-4712</HierarchyObjRef><HierarchyObjName>web02</HierarchyObjName>",
    ),
    "PUT /jobs/{ID}": spec("Job", "<Description>new</Description>"),
    "PUT /jobs/{ID}?action=edit": spec("Job", "<Description>new</Description>"),
    "POST /backupServers/{ID}/credentials?action=create": spec(
        "CredentialsInfoSpec", "<Username>u</Username><Password>pass word</Password>"
    ),
    "PUT /backupServers/{ID}/credentials/{ID}": spec("CredentialsInfo", "<Username>u</Username>"),
    "POST /backupServers/{ID}?action=quickbackup": spec(
        "QuickBackupStartupSpec", f"<VmRef>urn:VMware:Vm:{ROOT}.vm-4711</VmRef>"
    ),
}  # fmt: skip


class Client:
    """In memory."""

    def __init__(self, em: Emulator) -> None:
        self.em = em
        self.headers = {"Accept": XML, "Content-Type": XML}
        given = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        logon = em.exchange("POST", "/api/sessionMngr/?v=latest", {"Authorization": f"Basic {given}", **self.length()})
        found = {name.lower(): value for name, value in logon.headers}
        self.headers["X-RestSvcSessionId"] = found["x-restsvcsessionid"]
        self.basic, self.session = f"Basic {given}", found["location"].rpartition("/")[2]

    def length(self, body: str = "") -> dict[str, str]:
        return {"Content-Length": str(len(body.encode()))}

    def request(self, method: str, target: str, body: str = "") -> tuple[int, str]:
        headers = {**self.headers, **self.length(body)}
        if "/sessionMngr" in target:
            headers["Authorization"] = self.basic
        answer = self.em.exchange(method, f"/api{target}", headers, body.encode())
        return answer.status or 0, answer.body.decode()

    def first(self, target: str) -> str:
        """Id of the first resource in a list."""
        found = re.search(r'<(?:Ref|EntityRef)[^>]*UID="[^"]*:([0-9a-f-]{36})"', self.request("GET", target)[1])
        assert found is not None, target
        return found.group(1)

    def fill(self, method: str, path: str) -> str:
        """Ids of what there is, of the kind that the path names before each."""
        job = REPLICA if "eplicaSessions" in path else COPY if re.search("linked|action=sync", path) else GOLD
        parts, filled = path.split("/"), []
        for place, part in enumerate(parts):
            name, rest = parts[place - 1], part[4:]
            if not part.startswith("{ID}"):
                filled.append(part)
                continue
            if name == "jobs":
                identity = job if parts[1] == "jobs" else NOTHING
            elif name == "logonSessions":
                identity = self.session
            elif name == "includes" and parts[1] == "jobs":
                identity = self.em.world.state.jobs[GOLD].objects[0].id
            elif name == "linkedJobs":
                identity = self.em.world.state.jobs[COPY].linked_jobs[0][0]
            elif name == "linkedBackupRepositories":
                identity = self.em.world.state.jobs[COPY].linked_repositories[0][0]
            elif name in FIXED and self.request("GET", f"/{name}/{NOTHING}")[0] != 501:
                identity = FIXED[name]
            else:
                identity = self.known("/".join(filled)) or NOTHING
            filled.append(identity + rest)
        target = "/".join(filled).replace("{HierarchyRoot}", f"urn:veeam:HierarchyRoot:{ROOT}").replace("{root}", ROOT)
        return target.replace("{vmname}", "web01").replace("{filepath}", "C")

    def known(self, path: str) -> str | None:
        """The first resource of a collection, where the emulator has that collection."""
        return None if self.request("GET", path)[0] != 200 else self.first(path)


@pytest.fixture(scope="module")
def em() -> Emulator:
    return Emulator(product="13", task_steps="")


def prepared(em: Emulator) -> Client:
    """With two jobs that have run, a copy job with a repository, and a task."""
    em.reset()
    copy = em.world.state.jobs[COPY]
    copy.linked_repositories = (("961c9350-dc5a-43d6-8efa-867995e9404e", REPOSITORY[-36:]),)
    client = Client(em)
    for job in (GOLD, REPLICA):
        assert client.request("POST", f"/jobs/{job}?action=start")[0] == 202
    for number in (1, 2):
        client.request("GET", f"/tasks/task-{number}")
    assert isinstance(em.clock, OffsetClock)
    em.clock.advance(3600)
    client = Client(em)
    client.request("POST", f"/backupServers/{VBR01}?action=collect")
    client.request("GET", "/tasks/task-1")
    return client


def test_the_list() -> None:
    assert len(REQUESTS) == 368
    assert len({(method, path) for method, path, _unused in REQUESTS}) == 368
    assert {expected for _method, _path, expected in REQUESTS} == {"2xx", "501"}


def resource(path: str) -> str:
    return re.split(r"[/?]", path)[1]


@pytest.mark.parametrize("name", sorted({resource(path) for _method, path, _unused in REQUESTS}))
def test_documented_requests(em: Emulator, name: str) -> None:
    """A line of the list that fails because the emulator has learnt the request: make it 2xx."""
    client, changed, wrong = prepared(em), False, []
    for method, path, expected in REQUESTS:
        if resource(path) != name:
            continue
        if changed or method != "GET":
            client = prepared(em)
        changed = method != "GET"
        target = client.fill(method, path)
        status, text = client.request(method, target, BODIES.get(f"{method} {path}", ""))
        # what a test sees of it can be written, whatever was done
        json.dumps([state_view(em.world), [asdict(task) for task in em.tasks()]])
        got = "2xx" if 200 <= status < 300 else str(status)
        if got != expected:
            wrong.append(f"{method} {path} {got}: {text[:300]}")
        elif status == 501:
            message = re.search(r'Message="([^"]*)"', text)
            fixed = [part for part in re.split(r"[/?&=]", path) if part and part[0] != "{" and "ormat" not in part]
            if message is None or not any(part.lower() in message.group(1).lower() for part in fixed[-3:]):
                wrong.append(f"{method} {path} is not named: {text[:300]}")
    assert wrong == []


def test_what_nobody_documents_is_not_there(em: Emulator) -> None:
    client = prepared(em)
    for path in ("/colours", f"/jobs/{GOLD}/colours", f"/backupServers/{VBR01}/colours", "/querySvc/x", "/reporting"):
        assert client.request("GET", path)[0] == 404, path
    assert client.request("DELETE", "/jobs")[0] == 405
    assert client.request("GET", "/query?type=Colour")[0] == 400
