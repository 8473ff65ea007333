# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every request that the public documentation and the vendor's own collection of requests print, sent to the emulator,
and the page that says what became of each: ``docs/emulator_requests.md``."""

from __future__ import annotations

import base64
import re
from collections import Counter
from pathlib import Path

from veeam_em_emulator import Emulator, OffsetClock
from veeam_em_emulator.api import elsewhere
from veeam_em_emulator.estate.accounts import Scope

from .client import GOLD, NAMESPACE, PASSWORD, REPOSITORY, USER, VBR01, tell_less

TEXT = (Path(elsewhere.__file__).parent / "documented.txt").read_text(encoding="utf-8")
REQUESTS = [tuple(line.split(" ", 1)) for line in TEXT.splitlines() if line and not line.startswith("#")]
PAGE = Path(__file__).parents[2] / "docs" / "emulator_requests.md"
ANSWERED, REFUSED, UNKNOWN = "answered", "refused by name", "unknown"
NOTHING = "00000000-0000-4000-8000-000000000000"
COPY = "1d2c3b4a-5968-4776-8594-a3b2c1d0e9f8"
AGENTS, SHARES = "88f3aa92-463a-48b9-854a-d5b6bb2520f9", "d75c56e5-5b44-42e2-8535-f52c33c08543"
REPLICA = "2f6a8c04-71de-4b95-8a3f-c5d7e9b1a026"
CLOUD = "a0426e8c-f93b-4157-82da-4e608203cf51"
ROOT = "a2b0c55d-829a-4efe-bd95-125ee77ba9d0"
FIXED = {
    "backupServers": VBR01, "credentials": "70275b03-e805-49e1-9535-1867c62371e2",
    "repositories": REPOSITORY[-36:], "hierarchyRoots": ROOT, "managedServers": ROOT, "tasks": "task-1",
}  # fmt: skip
XML = "application/xml"


ROLE = "<EnterpriseRoleUid>urn:veeam:EnterpriseRole:d19a3d33-cb77-4ffe-94e6-001432483a4e</EnterpriseRoleUid>"


def spec(root: str, inner: str) -> str:
    return f'<{root} xmlns="{NAMESPACE}">{inner}</{root}>'


DOWNLOAD = "<ForDirectDownload />"
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
    "POST /security/accounts": spec(
        "EnterpriseAccountCreateSpec",
        "<AccountType>User</AccountType><AccountName>EXAMPLE\\new</AccountName>"
        f"<Roles><EnterpriseRole>{ROLE}</EnterpriseRole></Roles>",
    ),
    "POST /security/accounts/{ID}/roles": spec("EnterpriseAccountInRoleCreateSpec", ROLE),
    "POST /security/accounts/{ID}/scopes": spec(
        "HierarchyScopeCreateSpec",
        f"<HierarchyScopeItem><HierarchyObjRef>urn:VMware:Vm:{ROOT}.vm-4711</HierarchyObjRef></HierarchyScopeItem>",
    ),
    "POST /security/accounts?action=rebuildScope": spec("RebuildScopeJobSpec", "<RebuildAll/>"),
    "POST /backupServers/{ID}/passwords?action=create": spec("PasswordKeyInfoSpec", "<Password>pass word</Password>"),
    "PUT /backupServers/{ID}/passwords/{ID}": spec("PasswordKeyInfoSpec", "<Hint>h</Hint>"),
    "POST /backupServers?action=create": spec("BackupServerSpec", "<DnsNameOrIpAddress>vbr03</DnsNameOrIpAddress>"),
    "PUT /backupServers/{ID}": spec("BackupServerSpec", "<DnsNameOrIpAddress>vbr01</DnsNameOrIpAddress>"),
    "POST /jobs/{ID}/linkedJobs": spec("LinkedJob", f"<LinkedJobUid>urn:veeam:Job:{GOLD}</LinkedJobUid>"),
    "POST /jobs/{ID}/linkedBackupRepositories": spec(
        "LinkedBackupRepository", f"<LinkedBackupRepositoryUid>{REPOSITORY}</LinkedBackupRepositoryUid>"
    ),
    "PUT /backupServers/{ID}/credentials/{ID}": spec("CredentialsInfo", "<Username>u</Username>"),
    "POST /backupServers/{ID}?action=quickbackup": spec(
        "QuickBackupStartupSpec", f"<VmRef>urn:VMware:Vm:{ROOT}.vm-4711</VmRef>"
    ),
    "POST /backupServers/{ID}?action=veeamzip": spec(
        "VeeamZipStartupSpec",
        f"<VmRef>urn:VMware:Vm:{ROOT}.vm-4711</VmRef><RepositoryUid>{REPOSITORY}</RepositoryUid>"
        "<CompressionLevel>3</CompressionLevel><BackupRetention>Never</BackupRetention>",
    ),
    "POST /failoverPlans/{ID}?action=start": spec("FailoverPlanManagementSpec", "<StartNow>true</StartNow>"),
    "PUT /failoverPlans/{ID}": spec("FailoverPlan", "<Description>new</Description>"),
    **{
        f"POST /{points}/{{ID}}/mounts/{{ID}}/{{filepath}}?action=restore": spec("FileRestoreSpec", DOWNLOAD)
        for points in ("vmRestorePoints", "vmReplicaPoints", "agents/agentRestorePoints")
    },
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
        text = self.request("GET", target)[1]
        found = re.search(r'<\w+ [^>]*UID="[^"]*:([0-9a-f-]{36})"', text)
        # what is no entity has a path of its own below the list
        found = found or re.search(rf'Href="[^"]*{re.escape(target)}/([0-9a-f-]{{36}})"', text)
        assert found is not None, target
        return found.group(1)

    def fill(self, method: str, path: str) -> str:
        """Ids of what there is, of the kind that the path names before each."""
        job = REPLICA if "eplicaSessions" in path else COPY if re.search("linked|action=sync", path) else GOLD
        parts, filled = path.replace("{vmname}", "web02").split("/"), []
        for place, part in enumerate(parts):
            name, rest = parts[place - 1], part[4:]
            if not part.startswith("{ID}"):
                filled.append(part)
                continue
            if name == "jobs":
                identity = {"agents": AGENTS, "nas": SHARES}.get(parts[1], job)
            elif name == "logonSessions":
                identity = self.session
            elif name == "includes" and "jobs" in parts[1:3]:
                identity = self.em.world.state.jobs[GOLD if parts[1] == "jobs" else filled[-2]].objects[0].id
            elif name == "linkedJobs":
                identity = self.em.world.state.jobs[COPY].linked_jobs[0][0]
            elif name == "linkedBackupRepositories":
                identity = self.em.world.state.jobs[COPY].linked_repositories[0][0]
            elif name == "mounts":
                identity = self.mounted("/".join(filled))
            elif name == "restoreSessions":
                identity = self.restored()
            elif name in FIXED and self.request("GET", f"/{name}/{NOTHING}")[0] != 501:
                identity = FIXED[name]
            else:
                identity = self.known("/".join(filled)) or NOTHING
            filled.append(identity + rest)
        target = "/".join(filled).replace("{HierarchyRoot}", f"urn:veeam:HierarchyRoot:{ROOT}").replace("{root}", ROOT)
        return target.replace("{filepath}", "C:")

    def finished(self, target: str, body: str = "") -> str:
        """The answer of a task that has finished."""
        text = self.request("POST", target, body)[1]
        found = re.search(r"<TaskId>([^<]*)", text)
        return self.request("GET", f"/tasks/{found.group(1)}")[1] if found else ""

    def mounted(self, path: str) -> str:
        """Number of a new mount."""
        found = re.search(r'mounts/(\d+)"', self.finished(path))
        return found.group(1) if found else NOTHING

    def restored(self) -> str:
        """Id of the session of a failover."""
        text = self.finished(f"/vmReplicaPoints/{self.first('/vmReplicaPoints')}?action=failover")
        found = re.search(r"restoreSessions/([0-9a-f-]+)", text)
        return found.group(1) if found else NOTHING

    def known(self, path: str) -> str | None:
        """The first resource of a collection, where the emulator has that collection."""
        return None if self.request("GET", path)[0] != 200 else self.first(path)


def prepared(em: Emulator) -> Client:
    """With three jobs and an agent job that have run, a copy job with a repository, a restore, and a task."""
    em.reset()
    tell_less(em)
    em.switches["retry_not_failed"] = em.switches["delete_in_use"] = "accepted"
    account = em.world.state.accounts[0]
    scope = Scope("1c52e85e-5a55-4b40-8573-be45ddcf947c", "web01", ROOT)
    em.world.state.change_account(account, roles=(*account.roles, "Portal User"), scopes=(scope,))
    em.switches["link_request_root"] = "any"
    copy = em.world.state.jobs[COPY]
    copy.linked_repositories = (("961c9350-dc5a-43d6-8efa-867995e9404e", REPOSITORY[-36:]),)
    client = Client(em)
    for job in (CLOUD, AGENTS):
        em.plan_runs(job, {"length": "60s"})
    for job in (GOLD, REPLICA, CLOUD):
        assert client.request("POST", f"/jobs/{job}?action=start")[0] == 202
    assert client.request("POST", f"/agents/jobs/{AGENTS}?action=start")[0] == 202
    for number in (1, 2, 3, 4):
        client.request("GET", f"/tasks/task-{number}")
    assert isinstance(em.clock, OffsetClock)
    em.clock.advance(3600)
    em.start_restore(em.points()[0].id, keep=True)
    client = Client(em)
    client.request("POST", f"/backupServers/{VBR01}?action=collect")
    client.request("GET", "/tasks/task-1")
    return client


def resource_of(path: str) -> str:
    return re.split(r"[/?]", path)[1]


def judged(status: int, text: str, path: str) -> str:
    """What an answer says of the request."""
    if 200 <= status < 300:
        return ANSWERED
    message = re.search(r'Message="([^"]*)"', text)
    target, _unused, query = path.partition("?")
    asked = re.search(r"\b(?:action|type)=(\w+)", query)
    last = asked.group(1) if asked else [part for part in target.split("/") if part and part[0] != "{"][-1]
    named = message is not None and last.lower() in message.group(1).lower()
    return REFUSED if status == 501 and named else UNKNOWN


def outcomes(em: Emulator, name: str) -> dict[str, str]:
    """Of the requests of one resource: ``GET /jobs`` -> what became of it."""
    client, changed, found = prepared(em), False, {}
    for method, path in REQUESTS:
        if resource_of(path) != name:
            continue
        if changed or method != "GET":
            client = prepared(em)
        changed = method != "GET"
        status, text = client.request(method, client.fill(method, path), BODIES.get(f"{method} {path}", ""))
        found[f"{method} {path}"] = judged(status, text, path)
    return found


RESOURCES = sorted({resource_of(path) for _method, path in REQUESTS})


def rows(text: str) -> dict[str, str]:
    """What the page says: request -> outcome."""
    return dict(re.findall(r"^\| `([A-Z]+ /[^`]*)` \| ([a-z ]+) \|$", text, re.MULTILINE))


def page() -> str:
    """The whole page, made anew."""
    with Emulator(product="13", task_steps="") as em:
        found = {request: outcome for name in RESOURCES for request, outcome in outcomes(em, name).items()}
    counts = Counter(found.values())
    lines = [
        "# What the emulator answers",
        "",
        "<!-- made by scripts/emulator_requests.py; not to be changed by hand -->",
        "",
        f"The documentation of the REST API prints {len(found)} requests. Of these the [emulator](emulator.md), as "
        f"product 13, answers **{counts[ANSWERED]}**, and refuses {counts[REFUSED]} by name: with status 501 and a "
        "message that says what is missing. "
        + (f"It does not know {counts[UNKNOWN]}." if counts[UNKNOWN] else "It knows all of them."),
        "",
        "`POST /vmRestorePoints/{ID}?format=mounts` and `?format=restore` are refused as the documentation prints "
        "them; `/mounts` and `?action=restore` are answered.",
    ]
    for name in RESOURCES:
        own = [request for request in found if resource_of(request.split(" ", 1)[1]) == name]
        lines += ["", f"## /{name}", "", "| request | |", "| --- | --- |"]
        lines += [f"| `{request}` | {found[request]} |" for request in own]
    return "\n".join(lines) + "\n"
