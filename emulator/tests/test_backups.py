# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs leave: backups, restore points, backup files, free space; reports; runs before the start."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from veeam_em_emulator import Emulator, ManualClock, StateError
from veeam_em_emulator.estate.run_plans import GIGABYTE

from .client import GOLD, JSON, NS, VBR01, XML, Api, Response, advance
from .conftest import Start
from .test_runs import SILVER, act

DEFAULT = "b7e4a1d0-2c3f-4d58-9e61-7a8b9c0d1e2f"
DAY = 86400
ACCOUNTS = [{"user": "EM01\\svc-ansible", "password": "Passw0rd!"}]


@pytest.fixture(scope="module")
def _frozen() -> Iterator[Emulator]:
    with Emulator(
        product="12", clock=ManualClock(), switches={"run_length": "60s", "backup_chains": "per_job"}, idle_timeout=1e9
    ) as em:
        yield em


@pytest.fixture
def em(_frozen: Emulator) -> Emulator:
    """Its time stands still, nothing has run, a run of TPL Gold lasts a minute and backs up 20 GB."""
    _frozen.reset()
    _frozen.world.state.past_runs.clear()
    return _frozen


@pytest.fixture
def api(em: Emulator) -> Api:
    client = Api(em)
    client.log_on()
    return client


def run(em: Emulator, count: int = 1, job: str = GOLD, pause: float = DAY) -> None:
    for _unused in range(count):
        em.start_run(job)
        advance(em, pause)
    em.sessions()


def names(answer: Response) -> list[str]:
    assert answer.status == 200, answer.text
    return [str(name) for name in answer.xml.xpath("//v:Ref/@Name", namespaces=NS)]


def free(api: Api) -> int:
    return int(str(api.get(f"/repositories/{DEFAULT}", format="Entity").first("v:FreeSpace")))


def test_a_run_leaves_a_restore_point_and_takes_space(em: Emulator, api: Api) -> None:
    before = free(api)
    assert names(api.get("/backups")) == []
    em.plan_runs(GOLD, {"length": "60s", "size": 100 * GIGABYTE})
    identity = act(api).job_id
    advance(em, 30)
    # it is written already
    assert len(names(api.get("/restorePoints"))) == 1
    advance(em, 30)
    session = api.get(f"/backupSessions/{identity}", format="Entity")
    [point] = session.xml.xpath("//v:Link[@Rel='Related']", namespaces=NS)
    assert point.get("Type") == "RestorePointReference"
    path = str(point.get("Href")).partition("/api")[2]
    assert api.get(path).status == 200
    assert names(api.get(f"{path}/vmRestorePoints")) == [f"web01@{em.sessions()[0].created[:19].replace('T', ' ')}"]
    assert names(api.get(f"{path}/backupFiles"))[0].endswith(".vbk")
    assert free(api) == before - 50 * GIGABYTE
    tasks = api.get(f"/backupSessions/{identity}/taskSessions", format="Entity")
    [related] = tasks.xml.xpath("//v:Link[@Rel='Related']/@Href", namespaces=NS)
    entity = api.get(str(related).partition("/api")[2].partition("?")[0], format="Entity")
    assert (entity.first("v:Algorithm"), entity.first("v:PointType")) == ("Full", "Full")


def test_nothing_is_left_of_a_failed_run(em: Emulator, api: Api) -> None:
    em.plan_runs(GOLD, "Failed")
    before = free(api)
    run(em)
    assert names(api.get("/backups")) == names(api.get("/restorePoints")) == []
    assert free(api) == before


def test_the_oldest_point_goes_after_a_week(em: Emulator, api: Api) -> None:
    """What comes next is then in the full file, and the space of its own comes back."""
    run(em, 8)
    before = free(api)
    assert len(names(api.get("/restorePoints"))) == 8
    run(em, 3)
    points, files = names(api.get("/restorePoints")), names(api.get("/backupFiles"))
    assert len(points) == len(files) == 8
    assert [file[-3:] for file in files] == ["vbk"] + ["vib"] * 7
    assert free(api) == before
    assert len(names(api.get("/vmRestorePoints"))) == 8
    # the link of a session to a point that is gone is gone too
    first = em.sessions(GOLD)[0]
    assert "restorePoints" not in api.get(f"/backupSessions/{first.id}", format="Entity").text
    [backup] = api.get("/backups").xml.iterfind("v:Ref", NS)
    path = str(backup.get("Href")).partition("/api")[2]
    assert names(api.get(f"{path}/restorePoints")) == points
    assert names(api.get(f"{path}/backupFiles")) == files
    full = api.get("/query", type="BackupFile", filter="FileType==vbk", format="Entities")
    [href] = full.xml.xpath("//v:Link[@Rel='Down']/@Href", namespaces=NS)
    assert len(names(api.get(str(href).partition("/api")[2]))) == 1


def test_retention_by_number(em: Emulator, api: Api) -> None:
    em.world.state.jobs[GOLD].retention = {"RetainCycles": 3, "RetainDaysToKeep": 99, "RetainLimitType": "Cycles"}
    run(em, 5)
    assert len(names(api.get("/restorePoints"))) == 3


def test_backups_outlive_their_job(em: Emulator, api: Api) -> None:
    run(em)
    assert names(api.get(f"/repositories/{DEFAULT}/backups")) == ["TPL Gold"]
    api.request("DELETE", f"/api/jobs/{GOLD}")
    assert api.finish().success
    assert names(api.get("/backups")) == ["TPL Gold"]
    assert len(names(api.get("/restorePoints"))) == 1


def test_copies_have_their_own_backup(em: Emulator, api: Api) -> None:
    run(em)
    act(api, "sync", "6c0e2a48-b5f7-4d13-8e96-0a2c4e6f8b1d")
    advance(em, 60)
    assert names(api.get("/backups")) == ["TPL Gold", "TPL Copy Immediate"]
    act(api, job="2f6a8c04-71de-4b95-8a3f-c5d7e9b1a026")
    advance(em, 60)
    assert len(names(api.get("/backups"))) == 2


@pytest.mark.parametrize("accept", [XML, JSON])
def test_queries(em: Emulator, accept: str) -> None:
    run(em, 3)
    run(em, 1, SILVER)
    api = Api(em, accept)
    api.log_on()

    def count(kind: str, text: str, **more: Any) -> int:
        answer = api.query(type=kind, filter=text, format="Entities", **more)
        assert answer.status == 200, answer.text
        return answer.text.count(f'"UID":"urn:veeam:{kind}:' if accept == JSON else f'UID="urn:veeam:{kind}:')

    assert count("Backup", f'JobUid=="urn:veeam:Job:{GOLD}"') == 1
    assert count("Backup", 'RepositoryName=="Default Backup Repository";Platform==VMware;BackupType==Standard') == 2
    assert count("RestorePoint", 'BackupName=="TPL Gold"', sortAsc="Name") == 3
    assert count("VmRestorePoint", "VmDisplayName==web01", sortDesc="CreationTime", pageSize=2, page=1) == 2
    assert count("VmRestorePoint", "Type==Full") == 2
    assert count("VmRestorePoint", "Algorithm==Incremental") == 2
    reference = em.world.state.jobs[GOLD].objects[0].reference
    assert count("VmRestorePoint", f'HierarchyObjRef=="{reference}"') == 3
    assert count("BackupFile", "FileType==vib;BackupSize>0") == 2
    # gigabytes of 2 ** 30 bytes, half of them in the full file
    assert count("BackupFile", f"BackupSize=={10 * GIGABYTE}") == 2


def test_ids_that_are_none(api: Api) -> None:
    for path in ("backups", "restorePoints", "vmRestorePoints", "backupFiles"):
        assert api.get(f"/{path}/{GOLD}").status == 404
        assert api.get(f"/{path}/none").status == 400


@pytest.mark.parametrize(("old", "new"), [("", ""), (":Vm:", ":vm:"), ("urn:VMware", "URN:vmware")])
def test_quick_backup_takes_a_reference_in_any_spelling(em: Emulator, api: Api, old: str, new: str) -> None:
    """As additions, look-ups and queries do; what the hypervisor calls the machine has its letter case."""
    run(em)
    reference = em.world.state.jobs[GOLD].objects[0].reference.replace(old, new)
    body = f'<QuickBackupStartupSpec xmlns="{NS["v"]}"><VmRef>{reference}</VmRef></QuickBackupStartupSpec>'
    assert api.request("POST", f"/api/backupServers/{VBR01}?action=quickbackup", body).status == 202
    assert api.finish().success
    assert [session.job_id for session in em.sessions()] == [GOLD, GOLD]
    assert em.tasks()[-1].job_id == GOLD


# Reports


def report(api: Api, name: str) -> dict[str, str]:
    answer = api.get(f"/reports/summary/{name}")
    assert answer.status == 200
    return {child.tag.rpartition("}")[2]: child.text or "" for child in answer.xml}


def test_reports_count_what_there_is(em: Emulator, api: Api) -> None:
    em.plan_runs(GOLD, {"length": "600s"}, "Failed", {"length": "60s"})
    run(em, 2, pause=3600)
    run(em, 1, "TPL Replica", 3600)
    em.start_run(SILVER)
    overview = report(api, "overview")
    assert (overview["BackupServers"], overview["RepositoryServers"], overview["RunningJobs"]) == ("2", "4", "1")
    assert overview["ScheduledJobs"] == "9"
    # web01 has failed in the backup and is replicated
    latest = [overview[f"{name}VmLastestStates"] for name in ("Successful", "Warning", "Failed")]
    assert latest == ["1", "0", "1"]
    statistics = report(api, "job_statistics")
    runs = [statistics[name] for name in ("TotalJobRuns", "SuccessfulJobRuns", "WarningsJobRuns", "FailedJobRuns")]
    assert runs == ["3", "2", "0", "1"]
    assert (statistics["MaxBackupJobDuration"], statistics["MaxDurationBackupJobName"]) == ("600", "TPL Gold")
    assert (statistics["MaxReplicaJobDuration"], statistics["MaxDurationReplicaJobName"]) == ("60", "TPL Replica")
    assert (statistics["ScheduledBackupJobs"], statistics["ScheduledReplicaJobs"]) == ("8", "1")
    machines = report(api, "vms_overview")
    assert (machines["ProtectedVms"], machines["BackedUpVms"], machines["ReplicatedVms"]) == ("1", "1", "1")
    assert (machines["RestorePoints"], machines["SourceVmsSize"]) == ("1", str(20 * GIGABYTE))
    assert (machines["FullBackupPointsSize"], machines["SuccessBackupPercents"]) == (str(10 * GIGABYTE), "0")
    advance(em, DAY)
    assert report(api, "job_statistics")["TotalJobRuns"] == "1"
    em.switches["report_hours"] = 48
    assert report(api, "job_statistics")["TotalJobRuns"] == "4"


@pytest.mark.parametrize("product", ["9.5u4", "12", "13"])
def test_reports_in_json(start: Start, product: str) -> None:
    em = start(product=product)
    em.world.state.past_runs.clear()
    em.switches["run_length"] = 0
    em.start_run("TPL Gold")
    api = Api(em, JSON)
    api.log_on()

    def low(value: Any) -> Any:
        if isinstance(value, dict):
            return {key.lower(): low(item) for key, item in value.items()}
        return [low(item) for item in value] if isinstance(value, list) else value

    days = low(api.get("/reports/summary/processed_vms").json)
    assert [len(days["days"]), *list(days["days"][0])] == [7, "timestamp", "replicatedvms", "backupedvms"]
    assert [day["backupedvms"] for day in days["days"]] == [1, 0, 0, 0, 0, 0, 0]
    periods = low(api.get("/reports/summary/repository").json)
    assert list(periods)[:2] == ["periods", "capacityplanningreportlink"]
    first, *_unused, third, _last = periods["periods"]
    assert first["backupsize"] == first["capacity"] - first["freespace"]
    assert (third["name"], third["capacity"], third["backupsize"]) == ("S3 Offsite", -1, 0)
    assert ("links" in periods) == (product != "9.5u4")
    assert low(api.get("/reports/summary/overview").json)["successfulvmlasteststates"] == 1


def test_reports_and_their_list(api: Api) -> None:
    hrefs = api.get("/reports/summary").xml.xpath("//@Href")
    assert len(hrefs) == 5
    for href in hrefs:
        assert api.get(str(href).partition("/api")[2]).status == 200
    assert api.get("/reports/summary/nothing").status == 404
    days = api.get("/reports/summary/processed_vms").xml.xpath("//v:Day/@Timestamp", namespaces=NS)
    assert len(days) == 7 and days == sorted(days, reverse=True)


# Before the start


def test_the_demo_has_a_month_of_runs(start: Start) -> None:
    em = start()
    em.reset()  # not the few days that other tests have
    assert em.sessions() == []
    past = em.sessions("TPL Silver", "vbr01.example.test", past=True)
    assert 34 <= len(past) <= 36
    assert {item.result for item in past} == {"Success", "Warning", "Failed"}
    assert [before.result for before, item in zip(past, past[1:], strict=False) if item.is_retry] == ["Failed"] * 5
    assert {item.state for item in em.sessions(past=True)} == {"Stopped"}
    api = Api(em)
    api.log_on()
    silver = api.query(type="Backup", filter=f"JobUid=={SILVER}")
    [href] = silver.xml.xpath("//v:Ref/@Href", namespaces=NS)
    # a week of them is kept
    assert 7 <= len(names(api.get(str(href).partition("/api")[2] + "/restorePoints"))) <= 8
    assert free(api) == 881812750336
    again = em.sessions(past=True)[-1].id
    em.reset()
    assert em.sessions(past=True)[-1].id == again


@pytest.mark.parametrize("hour", [0, 22, 23])
def test_no_run_of_the_past_goes_on_at_the_start(hour: int) -> None:
    """So it does not matter at what time of day a test begins."""
    clock = ManualClock(datetime(2026, 1, 5, hour, 5, tzinfo=timezone.utc))
    em = Emulator(clock=clock)
    assert {item.state for item in em.sessions(past=True)} == {"Stopped"}


def _state(*sessions: dict[str, Any]) -> dict[str, Any]:
    return {"backup_servers": [{"name": "s"}], "jobs": [{"name": "J", "objects": ["a"]}], "sessions": list(sessions)}


def test_single_runs_of_the_past() -> None:
    now = datetime(2026, 1, 5, 10, tzinfo=timezone.utc)
    over = {"job": "J", "id": SILVER, "created": "2026-01-05T08:00:00Z", "length": "60s", "machines": {"a": "Failed"}}
    em = Emulator(state=_state(over, {"job": "J", "created": "2026-01-05T09:50:00", "length": "1200s"}),
                  clock=ManualClock(now))  # fmt: skip
    first, second = em.sessions(past=True)
    assert (first.id, first.result, first.ended) == (SILVER, "Failed", "2026-01-05T08:01:00Z")
    assert (second.state, second.progress) == ("Working", 50)
    advance(em, 600)
    assert em.sessions(past=True)[1].state == "Stopped"
    with pytest.raises(KeyError):
        em.start_run("none")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"job": "K"}, "no jobs fit"), ({"job": "J", "length": 3}, "seconds"),
        ({"job": "J", "length": "never"}, "seconds"),
        ({"job": "J", "at": "25:00"}, "time of day"), ({"job": "J", "at": 1320}, "time of day"),
        ({"job": "J", "every": 0}, "above zero"), ({"job": "J", "days": "x"}, "numbers"),
        ({"job": "J", "id": GOLD}, "single run"), ({"job": "J", "created": "soon"}, "not a time such as"),
        ({"job": "J", "results": []}, "list"), ({"job": "J", "results": [3]}, "list"),
        ({"job": "J", "result": "Good"}, "not one of"), ({"job": "J", "day": 3}, "unknown key day"),
    ],
)  # fmt: skip
def test_past_runs_that_cannot_be(entry: dict[str, Any], words: str) -> None:
    with pytest.raises(StateError, match=words):
        Emulator(state=_state(entry))


def test_a_run_every_hour_has_distinct_ids() -> None:
    em = Emulator(state=_state({"job": "J", "days": 2, "every": 1, "at": "00:30"}), clock=ManualClock())
    past = em.sessions(past=True)
    assert len({item.id for item in past}) == len(past) == 48 + 10
    assert datetime.fromisoformat(past[1].created[:19]) - datetime.fromisoformat(past[0].created[:19]) == timedelta(
        hours=1
    )
