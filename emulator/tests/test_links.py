# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a copy job copies is linked to it, and can be changed in 13."""

from __future__ import annotations

import json

import pytest
from veeam_em_emulator import Emulator, ManualClock

from .client import GOLD, JSON, REPOSITORY, XML, MemoryApi, Task

COPY, SILVER = "1d2c3b4a-5968-4776-8594-a3b2c1d0e9f8", "TPL Silver"
AGENTS = "88f3aa92-463a-48b9-854a-d5b6bb2520f9"


@pytest.fixture
def api() -> MemoryApi:
    found = MemoryApi(Emulator(clock=ManualClock(), product="13"), JSON)
    found.log_on()
    return found


def links(api: MemoryApi, path: str = "linkedJobs") -> list[str]:
    items = next(iter(api.get(f"/jobs/{COPY}/{path}").json.values()))
    return [item.get("linkedJobUid") or item["linkedBackupRepositoryUid"] for item in items]


def add(api: MemoryApi, uid: str, path: str = "linkedJobs") -> int:
    name = "LinkedJobUid" if path == "linkedJobs" else "LinkedBackupRepositoryUid"
    answer = api.request("POST", f"/api/jobs/{COPY}/{path}", json.dumps({name: uid}))
    assert answer.status != 202 or answer.json["operation"] == "UpdateJob"
    return answer.status


def last(api: MemoryApi) -> Task:
    return api.finish(api.em.tasks()[-1].id)


def test_jobs_and_repositories(api: MemoryApi) -> None:
    silver = api.em.jobs(SILVER)[0].id
    assert add(api, f"urn:veeam:Job:{silver}") == 202
    task = last(api)
    assert (task.success, task.message) == (True, "Ok")
    assert links(api) == [f"urn:veeam:Job:{GOLD}", f"urn:veeam:Job:{silver}"]
    assert add(api, REPOSITORY, "linkedBackupRepositories") == 202
    last(api)
    assert links(api, "linkedBackupRepositories") == [REPOSITORY]
    entity = api.get(f"/jobs/{COPY}", format="Entity").json["jobInfo"]["immediateBackupCopyJobInfo"]
    shown = entity["linkedJobIncludes"]["linkedJobObjects"]
    assert [item["linkedJobUid"] for item in shown] == links(api)
    oid = shown[0]["objectInJobId"]
    assert api.request("DELETE", f"/api/jobs/{COPY}/linkedJobs/{oid}").status == 202
    last(api)
    assert links(api) == [f"urn:veeam:Job:{silver}"]
    assert api.request("DELETE", f"/api/jobs/{COPY}/linkedJobs/{oid}").status == 404
    assert [change.action for change in api.em.history("Copy to Offsite")] == ["start", "links", "links", "links"]


def test_of_an_agent_job(api: MemoryApi) -> None:
    assert add(api, f"urn:veeam:AgentBackupJob:{AGENTS}") == 202
    assert last(api).success is True


@pytest.mark.parametrize("switch", ["task_failed", "http_400", "http_500"])
@pytest.mark.parametrize("uid", ["urn:veeam:Job:00000000-0000-4000-8000-000000000000", GOLD, REPOSITORY])
def test_what_there_is_not(api: MemoryApi, switch: str, uid: str) -> None:
    api.em.switches["bad_link"] = switch
    status = add(api, uid)
    assert status == (202 if switch == "task_failed" else int(switch[-3:]))
    if status == 202:
        assert last(api).success is False
    assert links(api) == [f"urn:veeam:Job:{GOLD}"]


@pytest.mark.parametrize(
    ("switch", "status", "success", "count"),
    [("allowed", 202, True, 2), ("ignored", 202, True, 1), ("task_failed", 202, False, 1),
     ("http_400", 400, None, 1), ("http_500", 500, None, 1)],
)  # fmt: skip
def test_twice(api: MemoryApi, switch: str, status: int, success: bool | None, count: int) -> None:
    api.em.switches["duplicate_link"] = switch
    assert add(api, f"urn:veeam:Job:{GOLD}") == status
    assert success is None or last(api).success is success
    assert len(links(api)) == count


@pytest.mark.parametrize(
    ("switch", "status", "success"),
    [("accepted", 202, True), ("task_failed", 202, False), ("http_400", 400, None), ("http_500", 500, None)],
)
def test_the_last_one(api: MemoryApi, switch: str, status: int, success: bool | None) -> None:
    api.em.switches["last_link_delete"] = switch
    oid = api.em.world.state.jobs[COPY].linked_jobs[0][0]
    assert api.request("DELETE", f"/api/jobs/{COPY}/linkedJobs/{oid}").status == status
    assert success is None or last(api).success is success
    assert len(links(api)) == (0 if success else 1)


@pytest.mark.parametrize(("switch", "status"), [("refused", 400), ("any", 202)])
def test_no_page_prints_the_root_in_xml(switch: str, status: int) -> None:
    api = MemoryApi(Emulator(clock=ManualClock(), product="13"), XML)
    api.log_on()
    api.em.switches["link_request_root"] = switch
    text = (
        f'<Whatever xmlns="http://www.veeam.com/ent/v1.0"><LinkedJobUid>urn:veeam:Job:{GOLD}</LinkedJobUid></Whatever>'
    )
    assert api.request("POST", f"/api/jobs/{COPY}/linkedJobs", text).status == status


def test_where_it_cannot_be(api: MemoryApi) -> None:
    text = json.dumps({"LinkedJobUid": f"urn:veeam:Job:{GOLD}"})
    assert api.request("POST", f"/api/jobs/{GOLD}/linkedJobs", text).status == 400
    assert api.request("POST", f"/api/jobs/{COPY}/linkedJobs", "{}").status == 500
    user = MemoryApi(api.em, JSON)
    user.log_on("portal-user")
    assert user.request("POST", f"/api/jobs/{COPY}/linkedJobs", text).status == 403


@pytest.mark.parametrize("product", ["11", "12"])
def test_before_13_links_can_only_be_read(product: str) -> None:
    api = MemoryApi(Emulator(clock=ManualClock(), product=product), JSON)
    api.log_on()
    assert api.get(f"/jobs/{COPY}/linkedJobs").status == 200
    assert add(api, f"urn:veeam:Job:{GOLD}") == 405
    oid = api.em.world.state.jobs[COPY].linked_jobs[0][0]
    assert api.request("DELETE", f"/api/jobs/{COPY}/linkedJobs/{oid}").status == 405


@pytest.mark.parametrize(("switch", "kept"), [("dropped", False), ("kept", True)])
def test_links_to_backups_are_lost_without_a_word(switch: str, kept: bool) -> None:
    backup = "5a1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9"
    state = {
        "backup_servers": [{"name": "s"}],
        "jobs": [
            {"name": "web"},
            {"name": "copy", "type": "ImmediateBackupCopy", "id": COPY, "linked_backups": [backup]},
        ],
        "accounts": [{"user": "EM01\\svc-ansible", "password": "Passw0rd!"}],
    }
    api = MemoryApi(Emulator(state, clock=ManualClock()), JSON)
    api.log_on()
    api.em.switches["links_drop_backups"] = switch
    path = f"/jobs/{COPY}"
    assert f"urn:veeam:Backup:{backup}" in api.get(path, format="Entity").text
    add(api, f"urn:veeam:Job:{api.em.jobs('web')[0].id}")
    last(api)
    assert (backup in api.get(path, format="Entity").text) == kept
    api.request("PUT", f"/api{path}?action=edit", json.dumps({"Description": "new"}))
    last(api)
    assert backup not in api.get(path, format="Entity").text
