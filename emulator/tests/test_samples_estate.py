# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EM knows beside VM jobs, against the samples: agents, file shares, passwords, servers and so on."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from veeam_em_emulator import ManualClock
from veeam_em_emulator.estate.accounts import Account, Scope
from veeam_em_emulator.estate.roles import ROLE_IDS
from veeam_em_emulator.wire.times import utc_text

from .client import Api
from .sample_cast import AGENTS, CLONE, COPY, SAMPLES, SHARES, client, same, stop_all
from .test_samples_sessions import FORMATS, link, ran

RUN, NAS_RUN = "30a10148-ed88-4003-b890-25e4052fdda2", "f7da6d79-1024-4411-aaab-945bf7961d84"
WEB_RUN = "6e5d4c3b-2a19-4807-96f5-e4d3c2b1a098"
# of the computers: session, hidden job, begin and end
PARTS = {
    "sql01.example.test": (
        "bd1ebd5b-d855-497d-9f18-2aa50af921e6", "cd9684aa-710b-4b0e-b5de-4eb05968e1c6", "21.604", "58:31.006",
    ),
    "app01.example.test": (
        "3f1ab6f8-c9ff-4289-8ee3-cb1481567fb1", "50e3051f-207e-4f8c-a3c8-7aad4aac882c", "21.871", "33:10.410",
    ),
}  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _stop() -> Any:
    yield
    stop_all()


# path, query, sample without suffix
READ = [
    ("/agents", {}, "agents-root"),
    ("/agents/jobs", {}, "agent-jobs-list"),
    (f"/agents/jobs/{AGENTS}", {"format": "Entity"}, "agent-job-entity"),
    (f"/agents/jobs/{AGENTS}/includes", {}, "agent-includes"),
    ("/query", {"type": "AgentBackupJob", "format": "Entities"}, "query-agent-jobs"),
    ("/agents/protectionGroups", {"format": "Entity"}, "protection-groups"),
    ("/agents/discoveredComputers", {"format": "Entity"}, "discovered-computers"),
    (
        "/query",
        {
            "type": "DiscoveredComputer",
            "format": "Entities",
            "filter": 'BackupServerName=="vbr01.example.test"',
        },
        "query-discovered-computers",
    ),
    ("/nas/jobs", {}, "nas-jobs-list"),
    (f"/nas/jobs/{SHARES}", {"format": "Entity"}, "nas-job-entity"),
    (f"/nas/jobs/{SHARES}/includes", {}, "nas-includes"),
    ("/query", {"type": "NasJob", "format": "Entities"}, "query-nas-jobs"),
    ("/nas/fileServers/3570593f-1c7c-4c05-a43c-e4900a6b4b68", {"format": "Entity"}, "file-server"),
]
SYSTEM = "/systemSessions/073e45ad-cde7-4dc2-b0cd-5373be82f536"
READ += [
    ("/systemSessions", {}, "system-sessions"),
    (SYSTEM, {"format": "Entity"}, "system-session"),
    (f"{SYSTEM}/events", {}, "system-session-events"),
]
REPOSITORY = "0c9d8e7f-6a5b-4c3d-8e2f-1a0b9c8d7e6f"
SERVER = "/backupServers/3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61"
KEY, GUEST = "dd5cb8e6-9ec7-4420-af1f-b902738b01ab", "70275b03-e805-49e1-9535-1867c62371e2"
READ += [
    (f"{SERVER}/credentials/{GUEST}", {}, "credential-entity"),
    (f"{SERVER}/passwords", {}, "passwords"),
    ("/externalRepositories/490fca80-9a3e-4dd3-b38b-9742bd9b2845", {"format": "Entity"}, "external-repository"),
    ("/wanAccelerators/e4ae2f20-d42d-4947-a18f-b6dee2af509e", {"format": "Entity"}, "wan-accelerator"),
]


def cases(read: list[tuple[str, dict[str, str], str]]) -> list[Any]:
    return [
        pytest.param(path, query, f"{name}.{suffix}", accept, product, id=f"{name}.{suffix}")
        for path, query, name in read
        for suffix, accept, product in FORMATS
        if (SAMPLES / f"{name}.{suffix}").exists()
    ]


@pytest.mark.parametrize(("path", "query", "sample", "accept", "product"), cases(READ))
def test_reading(path: str, query: dict[str, str], sample: str, accept: str, product: str) -> None:
    api = client(product, accept)
    api.em.switches["session_order"] = "oldest_first"
    answer = api.get(path, **query)
    assert answer.status == 200, answer.text
    same(answer.text, sample)


def prepared(product: str, accept: str) -> tuple[Api, dict[str, str]]:
    """With the runs of the cast, and what the samples have in place of what the emulator makes of them."""
    api = client(product, accept)
    em = api.em
    em.switches["database"] = "postgresql"
    em.world.state.past_runs.clear()
    state = em.world.state
    job = state.jobs[CLONE]
    job.repository = state.repositories["b7e4a1d0-2c3f-4d58-9e61-7a8b9c0d1e2f"]
    machines = {"app01.example.test": "Failed"}
    ran(em, SHARES, NAS_RUN, "2026-01-04T18:00:05.663", "2026-01-04T18:41:12.9")
    ran(em, AGENTS, RUN, "2026-01-05T00:30:02.117", "2026-01-05T00:58:40.250", machines=machines)
    ran(em, CLONE, WEB_RUN, "2026-01-05T10:05:00.659559", "2026-01-05T10:22:48.134519")
    names = {
        "2026-01-05T00:58:40.250Z": "2026-01-05T00:58:40.25Z", "2026-01-05T00:33:10.410Z": "2026-01-05T00:33:10.41Z",
        "2026-01-04 18:00:05": "2026-01-04 18:00:05.663",
    }  # fmt: skip
    em.world.runs.update_view()
    for part in em.world.runs.visible.all[RUN].computers:
        identity, hidden, begin, end = PARTS[part.machines[0].name]
        names |= {identity: part.id, hidden: part.job_id}
        part.created = datetime.fromisoformat(f"2026-01-05T00:30:{begin}+00:00")
        part.created_text, part.cache = utc_text(part.created), {}
        part.ended = datetime.fromisoformat(f"2026-01-05T00:{end}+00:00")
    return api, names


SESSIONS = [
    ("/agents/backupSessions", {}, "agent-sessions-refs"),
    (f"/backupSessions/{RUN}/agentManagementSessions", {}, "agent-management-sessions"),
    (f"/backupSessions/{RUN}", {"format": "Entity"}, "agent-session"),
    (f"/backupSessions/{NAS_RUN}", {"format": "Entity"}, "nas-session"),
    ("/query", {"type": "BackupJobSession", "filter": "JobType==NasBackup"}, "query-nas-sessions-refs"),
]


@pytest.mark.parametrize(("path", "query", "sample", "accept", "product"), cases(SESSIONS))
def test_sessions(path: str, query: dict[str, str], sample: str, accept: str, product: str) -> None:
    api, names = prepared(product, accept)
    api.em.switches["session_order"] = "oldest_first"
    same(api.get(path, **query).text, sample, **names)


@pytest.mark.parametrize(("suffix", "accept", "product"), FORMATS)
def test_session_of_a_computer(suffix: str, accept: str, product: str) -> None:
    api, names = prepared(product, accept)
    identity = names[PARTS["app01.example.test"][0]]
    same(api.get(f"/backupSessions/{identity}", format="Entity").text, f"agent-session-child.{suffix}", **names)


@pytest.mark.parametrize(("suffix", "accept", "product"), FORMATS)
def test_sessions_that_have_ended(suffix: str, accept: str, product: str) -> None:
    """All kinds together, as whoever watches for events gets them."""
    api, names = prepared(product, accept)
    query = {
        "type": "BackupJobSession", "format": "Entities", "sortAsc": "EndTime",
        "filter": 'State==Stopped;EndTime>="2026-01-04T18:00:00Z"',
    }  # fmt: skip
    same(api.query(**query).text, f"query-sessions-ended.{suffix}", **names, **link(WEB_RUN))


TASKS = [
    ("task-start-agent-job", f"/agents/jobs/{AGENTS}?action=start", "task-21"),
    ("task-stop-agent-job", f"/agents/jobs/{AGENTS}?action=stop", "task-22"),
    ("task-retry-agent-job", f"/agents/jobs/{AGENTS}?action=retry", "task-23"),
    ("task-start-nas-job", f"/nas/jobs/{SHARES}/start", "task-24"),
    ("task-stop-nas-job", f"/nas/jobs/{SHARES}/stop", "task-25"),
    ("task-retry-nas-job", f"/nas/jobs/{SHARES}/retry", "task-26"),
]


@pytest.mark.parametrize(("suffix", "accept", "product"), FORMATS)
@pytest.mark.parametrize(("name", "path", "task"), TASKS)
def test_tasks(name: str, path: str, task: str, suffix: str, accept: str, product: str) -> None:
    api = client(product, accept)
    api.em.switches["retry_not_failed"] = "accepted"
    assert api.request("POST", f"/api{path}").status == 202
    same(api.finish().answer.text, f"{name}.{suffix}", **{task: "task-1"})


# sample, method, path, status
REQUESTS = [
    ("credential-create-request", "POST", f"{SERVER}/credentials?action=create", 201),
    ("credential-edit-request", "PUT", f"{SERVER}/credentials/{GUEST}", 204),
    ("password-create-request", "POST", f"{SERVER}/passwords?action=create", 201),
    ("password-edit-request", "PUT", f"{SERVER}/passwords/{KEY}", 204),
    ("backup-server-create-request", "POST", "/backupServers?action=create", 201),
    ("backup-server-edit-request", "PUT", SERVER, 204),
    ("link-job-request", "POST", f"/jobs/{COPY}/linkedJobs", 202),
    ("link-repository-request", "POST", f"/jobs/{COPY}/linkedBackupRepositories", 202),
]


@pytest.mark.parametrize(
    ("name", "suffix", "method", "path", "status", "product"),
    [
        pytest.param(name, suffix, method, path, status, product, id=f"{name}.{suffix}-{product}")
        for name, method, path, status in REQUESTS
        for suffix in ("xml", "json")
        for product in ("12", "13")
        if (SAMPLES / f"{name}.{suffix}").exists() and (product == "13" or not name.startswith("link-"))
    ],
)
def test_requests(name: str, suffix: str, method: str, path: str, status: int, product: str) -> None:
    api = client(product, f"application/{suffix}")
    answer = api.request(method, f"/api{path}", (SAMPLES / f"{name}.{suffix}").read_text(encoding="utf-8"))
    assert answer.status == status, answer.text
    if status == 202:
        assert api.finish().success is True
    else:
        assert answer.body == b"" and "location" not in answer.headers
    assert "not-a-real-secret" not in json.dumps([entry.as_dict() for entry in api.em.journal])


@pytest.mark.parametrize(("suffix", "accept", "product"), FORMATS)
@pytest.mark.parametrize("name", ["linked-jobs", "linked-repositories"])
def test_links_of_a_copy_job(name: str, suffix: str, accept: str, product: str) -> None:
    api = client(product, accept)
    job = api.em.world.state.jobs[COPY]
    job.linked_jobs = (("64d63522-92a0-491c-af3b-e428019fbfd4", CLONE),)
    job.linked_repositories = (("961c9350-dc5a-43d6-8efa-867995e9404e", REPOSITORY),)
    path = "linkedJobs" if name == "linked-jobs" else "linkedBackupRepositories"
    same(api.get(f"/jobs/{COPY}/{path}").text, f"{name}.{suffix}")


ACCOUNT = "/security/accounts/02f63afe-91cf-450a-aee3-2c5255b1b95f"
# the samples have other ids than every edition of the documentation
INVENTED = {
    "f1300542-bede-4cbb-815f-2097d532d203": "Portal Administrator",
    "4318f745-2ebd-4efa-ac43-0d02e3734a8e": "Portal User",
    "98e89311-1080-4c38-a673-a5ecef516043": "VM Restore Operator",
    "143dd431-1f3d-4f3e-abc3-8f5b1529f235": "File Restore Operator",
    "ed1c83f8-1549-4001-ae39-4195cc378cf2": "SQL Restore Operator",
    "f4796f04-4877-4fcd-b79c-8a09424b3c4f": "Exchange Restore Operator",
    "da4f2650-66c0-40a7-8bc0-e88ea557a6c1": "Oracle Restore Operator",
}  # fmt: skip
SECURITY = [
    ("/security", {}, "security-root"),
    ("/security/roles", {}, "roles-list"),
    ("/security/accounts", {}, "accounts-list"),
    (ACCOUNT, {"format": "Entity"}, "account-entity"),
    (f"{ACCOUNT}/roles", {}, "account-roles"),
    (f"{ACCOUNT}/scopes", {}, "account-scopes"),
]


def security(product: str, accept: str) -> Api:
    """With the accounts of the samples in place of that of the client."""
    api = client(product, accept)
    web = Scope("1c52e85e-5a55-4b40-8573-be45ddcf947c", "Web", "a2b0c55d-829a-4efe-bd95-125ee77ba9d0", "VMware")
    scopes = (
        replace(web, kind="ResourcePool", state="Processed"),
        replace(web, kind="ResourcePool", root_id="b3c1d66e-93ab-4f0f-8ea6-236ff88cbae1"),
    )
    api.em.world.state.accounts[:] = [
        Account("EXAMPLE\\svc-ansible", "x", ("Portal User",), ACCOUNT.rpartition("/")[2], scopes=scopes),
        Account("EXAMPLE\\backup-ops", "", ("Portal User",), "1a2f274b-7431-4763-9193-36132b7e2639"),
    ]
    return api


@pytest.mark.parametrize(("path", "query", "sample", "accept", "product"), cases(SECURITY))
def test_security(path: str, query: dict[str, str], sample: str, accept: str, product: str) -> None:
    ids = {invented: ROLE_IDS[name] for invented, name in INVENTED.items()}
    same(security(product, accept).get(path, **query).text, sample, ids)


SECURITY_REQUESTS = [
    ("account-create-request", "/security/accounts", 201),
    ("account-role-request", f"{ACCOUNT}/roles", 201),
    ("account-scope-request", f"{ACCOUNT}/scopes", 201),
    ("rebuild-scope-request", "/security/accounts?action=rebuildScope", 201),
]


@pytest.mark.parametrize("product", ["12", "13"])
@pytest.mark.parametrize("suffix", ["xml", "json"])
@pytest.mark.parametrize(("name", "path", "status"), SECURITY_REQUESTS)
def test_security_requests(name: str, path: str, status: int, suffix: str, product: str) -> None:
    if not (SAMPLES / f"{name}.{suffix}").exists():
        return
    api = security(product, f"application/{suffix}")
    del api.em.world.state.accounts[1]
    text = (SAMPLES / f"{name}.{suffix}").read_text(encoding="utf-8")
    for invented, role in INVENTED.items():
        text = text.replace(invented, ROLE_IDS[role])
    answer = api.request("POST", f"/api{path}", text)
    assert answer.status == status, answer.text
    if name == "account-create-request":
        made = api.em.world.state.accounts[-1]
        assert (made.roles, made.restores_all, made.inplace_only) == (
            ("Portal User", "VM Restore Operator"),
            False,
            True,
        )
        assert (made.kind, made.extensions, made.deny_sql, len(made.scopes)) == ("Group", "pdf,docx", True, 1)


@pytest.mark.parametrize(("suffix", "accept", "product"), FORMATS)
def test_task_of_a_rebuilding(suffix: str, accept: str, product: str) -> None:
    api = security(product, accept)
    text = (SAMPLES / "rebuild-scope-request.xml").read_text(encoding="utf-8")
    if accept != "application/xml":
        text = '{"RebuildUnprocessed": null}'
    answer = api.request("POST", "/api/security/accounts?action=rebuildScope", text)
    same(answer.text, f"task-rebuild-scope.{suffix}", task_29="task-1")


POLICY, CDP_RUN = "f1799a3b-fe2e-4f65-9076-c82d8b2eb983", "ba8b7953-8a10-4953-af03-2b12d7bdb7fb"
CDP = [
    ("/cdpPolicies", {}, "cdp-policies-list"),
    (f"/cdpPolicies/{POLICY}", {"format": "Entity"}, "cdp-policy-entity"),
    (f"/cdpPolicies/{POLICY}/includes", {}, "cdp-includes"),
    (f"/cdpReplicaSessions/{CDP_RUN}", {"format": "Entity"}, "cdp-session"),
    ("/query", {"type": "CdpReplicaSession", "format": "Entities"}, "query-cdp-sessions"),
]


def policies(product: str, accept: str) -> Api:
    """With the one session of the samples, which goes on for longer than a day."""
    api = client(product, accept)
    api.em.switches["database"] = "sql_server"
    known = api.em.world.cdp_sessions
    session = known.all[-1]
    known.all[:] = [session]
    session.id, session.created = CDP_RUN, datetime.fromisoformat("2026-01-05T09:12:44.317+00:00")
    api.em.world.state.jobs[POLICY].next_run = "2026-01-06T09:12:44.317Z"
    known.tick = lambda: None  # type: ignore[method-assign]
    return api


@pytest.mark.parametrize(("path", "query", "sample", "accept", "product"), cases(CDP))
def test_cdp(path: str, query: dict[str, str], sample: str, accept: str, product: str) -> None:
    same(policies(product, accept).get(path, **query).text, sample)


@pytest.mark.parametrize("product", ["12", "13"])
@pytest.mark.parametrize("suffix", ["xml", "json"])
@pytest.mark.parametrize("name", ["cdp-edit-request", "cdp-include-request"])
def test_cdp_requests(name: str, suffix: str, product: str) -> None:
    api = policies(product, f"application/{suffix}")
    edit = name == "cdp-edit-request"
    method, path = ("PUT", f"/api/cdpPolicies/{POLICY}") if edit else ("POST", f"/api/cdpPolicies/{POLICY}/includes")
    answer = api.request(method, path, (SAMPLES / f"{name}.{suffix}").read_text(encoding="utf-8"))
    assert answer.status == 202, answer.text
    done = api.finish().answer.text
    policy = api.em.world.state.jobs[POLICY]
    if edit:
        options = policy.schedule["CdpReplica"]
        assert (policy.description, options["ShortTermRetentionHours"]) == ("Tier 1 databases, RPO 60 s", 8)
        assert (options["RecoveryPointObjectiveSeconds"], options["LongTermRetentionHours"]) == (60, 8)
    else:
        assert [item.name for item in policy.objects] == ["db01", "db02"]
    sample = "task-edit-cdp-policy" if edit else "task-update-cdp-policy"
    ending = "xml" if suffix == "xml" else f"v{product}.json"
    same(done, f"{sample}.{ending}", task_27="task-1", task_28="task-1")


def test_an_agent_restore_point() -> None:
    api = client("12", "application/xml")
    em = api.em
    em.plan_runs("SRV Agents Daily", {"length": "60s"})
    em.start_run("SRV Agents Daily")
    assert isinstance(em.clock, ManualClock)
    em.clock.advance(60)
    assert len(api.get("/agents/agentRestorePoints").xml) == 1
    point = em.world.runs.backups.agent_points()[0]
    path, file = point.point, point.point.file
    texts = {
        "laptop03.example.test@2026-01-08 21:03:02": point.name, "Laptops - laptop03D2026-01-08T220125.vib": file.name,
        "7ad43197-4045-456d-bafa-5be51e1e2cf4": point.id, "1a9eca6b-4294-4260-a20c-2a23e852f2a2": path.id,
        "7f7694a8-a772-4064-be52-28593d02ab59": file.id, "Jan  8 2026  9:01PM": path.name,
        "2026-01-08T21:03:02.17Z": point.created_text,
        "Incremental": "Full", "Increment<": "Full<",
    }  # fmt: skip
    same(api.get(f"/agents/agentRestorePoints/{point.id}", format="Entity").text, "agent-restore-point.xml", texts)
    assert re.fullmatch(r"SRV Agents Daily - sql01D2026-01-08T130000_[0-9A-F]{4}\.vbk", file.name)
