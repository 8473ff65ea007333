# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Agent and file share jobs in veeam_job_info: what each kind has, and what is null because it does not have it."""

from __future__ import annotations

import typing as t
from urllib.parse import unquote

import pytest
from ansible_collections.backupops.veeam.plugins.modules.veeam_job_info import MODULE
from helpers.cast import AGENTS, AGENTS_ID, FAST_REPOSITORY, GOLD, POLICY, SHARES, SHARES_ID, VBR01
from helpers.emulated_jobs import Emulated

EVERY_KIND = ["job", "agent", "nas"]


def world(product: str = "13", **switches: t.Any) -> Emulated:
    return Emulated(MODULE, product=product, switches=switches)


def kinds(result: dict[str, t.Any]) -> set[tuple[str, str]]:
    return {(job["kind"], job["name"]) for job in result["jobs"]}


@pytest.mark.parametrize("media_type", ["xml", "json"])
@pytest.mark.parametrize("product", ["10", "12", "13"])
def test_what_each_kind_has(product: str, media_type: str) -> None:
    result = world(product=product).one(kind=["agent", "nas"], media_type=media_type).result
    assert kinds(result) == {("agent", AGENTS), ("agent", POLICY), ("nas", SHARES)}
    (agents,) = [job for job in result["jobs"] if job["id"] == AGENTS_ID]
    (shares,) = [job for job in result["jobs"] if job["id"] == SHARES_ID]
    assert (agents["type"], agents["platform"], agents["repository"]) == ("AgentBackup", "AgentForWindows", None)
    assert agents["retention"] == {"type": "days", "count": 14}
    assert agents["schedule"]["daily"]["at"] == "01:30"
    assert agents["uid"] == f"urn:veeam:AgentBackupJob:{AGENTS_ID}"
    assert agents["href"].endswith(f"/api/agents/jobs/{AGENTS_ID}")
    assert [(item["name"], item["ref"], item["type"]) for item in agents["objects"]] == [
        ("Windows Servers", None, None),
        ("laptop01.example.test", None, None),
    ]
    assert (shares["type"], shares["platform"], shares["retention"], shares["gfs"]) == (None, None, None, None)
    assert shares["repository"]["name"] == FAST_REPOSITORY
    (share,) = shares["objects"]
    assert share["name"] == r"\\nas01.example.test\home"
    assert share["ref"].startswith("urn:NasBackup:")
    assert (shares["linked_jobs"], agents["linked_jobs"]) == (None, None)
    assert shares["description"] == "User home directories"
    assert set(shares) == set(agents)


def test_only_machines_jobs_unless_others_are_asked_for() -> None:
    result = world().one().result
    assert {job["kind"] for job in result["jobs"]} == {"job"}


def test_a_kind_that_is_missing_is_left_out_with_a_warning() -> None:
    ended = world(product="9.5u4").one(kind=EVERY_KIND)
    assert {job["kind"] for job in ended.result["jobs"]} == {"job", "agent"}
    assert ended.warnings == ["kind: this Enterprise Manager has no file share jobs, which came with version 10."]
    alone = world(product="9.5u4").run(kind=["nas"])
    assert alone.result["msg"] == ended.warnings[0]


def test_references_only() -> None:
    result = world().one(kind=EVERY_KIND, details=False, backup_server=VBR01).result
    assert {tuple(job) for job in result["jobs"]} == {("name", "id", "uid", "href", "kind", "backup_server")}
    assert {job["kind"] for job in result["jobs"]} == set(EVERY_KIND)


def test_names_are_looked_up_in_every_kind() -> None:
    named = [GOLD, SHARES, f"urn:veeam:AgentBackupJob:{AGENTS_ID}", f"/api/nas/jobs/{SHARES_ID}"]
    result = world().one(kind=EVERY_KIND, name=named).result
    assert kinds(result) == {("job", GOLD), ("agent", AGENTS), ("nas", SHARES)}


@pytest.mark.parametrize("product", ["11", "13"])
def test_what_is_gathered(product: str) -> None:
    emulated = world(product=product, show_computers_after="0")
    emulated.em.plan_runs(
        AGENTS, {"machines": {"laptop01.example.test": {"result": "Failed", "reason": "Locked."}}}, server=VBR01
    )
    for job in (AGENTS, SHARES):
        emulated.em.start_run(job, server=VBR01)
    emulated.clock.advance(600)
    for _time in range(6):
        # A run lasts some reads.
        ended = emulated.one(kind=["agent", "nas"], gather=["last_session", "repository"])
    result = ended.result
    (agents,) = [job for job in result["jobs"] if job["id"] == AGENTS_ID]
    (shares,) = [job for job in result["jobs"] if job["id"] == SHARES_ID]
    assert agents["last_session"]["reasons"] == ["laptop01.example.test: Locked."]
    assert shares["last_session"]["result"] == "Success"
    # What backups call the job of an agent is not known either.
    (asked,) = [unquote(path) for path in ended.requests if "type=Backup&" in path and AGENTS_ID in path]
    assert f'JobUid=="urn:veeam:AgentBackupJob:{AGENTS_ID}",JobUid=="urn:veeam:Job:{AGENTS_ID}"' in asked
    assert shares["repository"]["name"] == FAST_REPOSITORY


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"kind": []}, "kind: is empty; name one or several of job, agent, nas."),
        ({"kind": ["agent"], "type": "Backup"}, "type: is for kind job alone; agent jobs have no such type."),
        (
            {"kind": EVERY_KIND, "platform": "VMware"},
            "platform: is for kind job alone; agent jobs and file share jobs have no such platform.",
        ),
        ({"kind": ["agent"], "name": [f"/api/nas/jobs/{SHARES_ID}"]}, "set kind to nas."),
    ],
)
def test_one_sentence(options: dict[str, t.Any], says: str) -> None:
    ended = world().run(**options)
    assert ended.failed
    assert ended.result["msg"].endswith(says)
    assert ended.requests == []


@pytest.mark.parametrize("media_type", ["xml", "json"])
@pytest.mark.parametrize("hrefs", ["dead", "answered"])
def test_an_id_is_that_of_its_own_kind(hrefs: str, media_type: str) -> None:
    """Whatever the server answers under the href of an agent job that it prints for a file share job."""
    emulated = world(wrong_hrefs=hrefs)
    result = emulated.one(kind=EVERY_KIND, name=[SHARES_ID, AGENTS_ID, GOLD], media_type=media_type).result
    assert kinds(result) == {("job", GOLD), ("agent", AGENTS), ("nas", SHARES)}
    assert len(result["jobs"]) == 3
    alone = emulated.run(kind=["agent"], name=[SHARES_ID], media_type=media_type)
    assert alone.result.get("jobs") == [] or "not a" in alone.result["msg"] or "not <" in alone.result["msg"]
