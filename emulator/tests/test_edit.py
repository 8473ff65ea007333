# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Editing a job, its objects and its deletion: what is sent is what the job is afterwards, in both formats."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import etree
from veeam_em_emulator import Emulator

from .client import GOLD, JSON, NAMESPACE, NS, XML, Api
from .conftest import Start
from .sample_cast import SAMPLES, xml_shape

COPY = "1d2c3b4a-5968-4776-8594-a3b2c1d0e9f8"
REPLICA = "2f6a8c04-71de-4b95-8a3f-c5d7e9b1a026"
VM = "urn:VMware:Vm:a2b0c55d-829a-4efe-bd95-125ee77ba9d0."


def logged_on(em: Emulator, accept: str) -> Api:
    api = Api(em, accept)
    api.log_on()
    return api


def put(api: Api, body: dict[str, Any] | str, job: str = GOLD, query: str = "?action=edit") -> int:
    """body: a dict goes out as JSON, or as XML with its keys as elements (``@`` before attributes, lists repeated)."""
    if isinstance(body, dict):
        body = json.dumps(body) if api.accept == JSON else xml("Job", body)
    return api.request("PUT", f"/api/jobs/{job}{query}", body).status


def xml(name: str, value: dict[str, Any]) -> str:
    root = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap={None: NAMESPACE})

    def fill(element: Any, content: Any) -> None:
        if not isinstance(content, dict):
            element.text = str(content).lower() if isinstance(content, bool) else str(content)
            return
        for key, item in content.items():
            if key.startswith("@"):
                element.set(key[1:], str(item).lower() if isinstance(item, bool) else str(item))
                continue
            for one in item if isinstance(item, list) else [item]:
                fill(etree.SubElement(element, f"{{{NAMESPACE}}}{key}"), one)

    fill(root, value)
    return etree.tostring(root, encoding="unicode")


def entity(api: Api, job: str = GOLD) -> Any:
    return api.get(f"/jobs/{job}", format="Entity").xml if api.accept == XML else read_json(api, job)


def read_json(api: Api, job: str = GOLD) -> Any:
    """The entity, keys in lower case."""

    def low(value: Any) -> Any:
        if isinstance(value, dict):
            return {key.lower(): low(item) for key, item in value.items()}
        return [low(item) for item in value] if isinstance(value, list) else value

    accept, api.accept = api.accept, JSON
    answer = api.get(f"/jobs/{job}", format="Entity")
    api.accept = accept
    return low(answer.json)


def machine(name: str, number: int) -> dict[str, str]:
    return {"HierarchyObjRef": f"{VM}vm-{number}", "Name": name, "DisplayName": name}


def includes(accept: str, *machines: dict[str, Any], kind: str = "Backup") -> dict[str, Any]:
    listed = {"ObjectInJobs" if accept == JSON else "ObjectInJob": list(machines)}
    return {"JobInfo": {f"{kind}JobInfo": {"Includes": listed}}}


# Objects


@pytest.mark.parametrize("accept", [XML, JSON])
@pytest.mark.parametrize(("job", "kind"), [(GOLD, "Backup"), (REPLICA, "Replica")])
@pytest.mark.parametrize("product", ["11", "13"])
def test_an_edit_replaces_the_objects(start: Start, accept: str, job: str, kind: str, product: str) -> None:
    em = start(product=product)
    api = logged_on(em, accept)
    [before] = em.world.state.jobs[job].objects
    assert put(api, includes(accept, machine("web02", 4712), machine("web01", 4711), kind=kind), job) == 202
    assert api.finish().success is True
    [view] = [item for item in em.jobs() if item.id == job]
    assert view.objects == ("web02", "web01")
    after = em.world.state.jobs[job].objects
    # what stays keeps its id and its guest options
    assert after[1] == before and after[0].id != before.id
    listed = read_json(api, job)["jobinfo"][f"{kind.lower()}jobinfo"]["includes"]["objectinjobs"]
    assert [item["hierarchyobjref"] for item in listed] == [f"{VM}vm-4712", f"{VM}vm-4711"]
    assert put(api, includes(accept, machine("app01", 4713), kind=kind), job) == 202
    api.finish("task-2")
    assert [item.objects for item in em.jobs() if item.id == job] == [("app01",)]


def test_an_object_that_stands_twice_in_an_edit_is_two_objects(api: Api) -> None:
    assert put(api, includes(XML, machine("web01", 4711), machine("web01", 4711))) == 202
    api.finish()
    first, second = api.em.world.state.jobs[GOLD].objects
    assert first.id != second.id and first.reference == second.reference


@pytest.mark.parametrize("accept", [XML, JSON])
def test_an_edit_cannot_take_the_last_object(em: Emulator, accept: str) -> None:
    api = logged_on(em, accept)
    assert put(api, includes(accept)) == 202
    task = api.finish()
    assert task.success is False and "only one object" in str(task.message)
    assert em.jobs("TPL Gold")[0].objects == ("web01",)


def test_an_object_without_a_reference_is_refused_at_once(api: Api) -> None:
    assert put(api, includes(XML, {"Name": "web02"})) == 500
    assert api.em.tasks() == []


def test_the_only_object_cannot_be_removed(api: Api) -> None:
    identity = api.em.world.state.jobs[GOLD].objects[0].id
    api.request("DELETE", f"/api/jobs/{GOLD}/includes/{identity}")
    task = api.finish()
    assert task.success is False and "only one object" in str(task.message)


@pytest.mark.parametrize(
    ("switch", "status", "success", "count"),
    [("allowed", 202, True, 2), ("ignored", 202, True, 1), ("task_failed", 202, False, 1), ("http_400", 400, None, 1),
     ("http_500", 500, None, 1)],
)  # fmt: skip
def test_duplicate_object(api: Api, switch: str, status: int, success: bool | None, count: int) -> None:
    api.em.switches["duplicate_object"] = switch
    # platform and type compare without letter case
    reference = f"{VM}vm-4711".replace("VMware:Vm", "vmware:VM")
    body = xml("CreateObjectInJobSpec", {"HierarchyObjRef": reference, "HierarchyObjName": "web01"})
    assert api.request("POST", f"/api/jobs/{GOLD}/includes", body).status == status
    if success is not None:
        assert api.finish().success is success
    assert api.em.jobs("TPL Gold")[0].objects == ("web01",) * count


@pytest.mark.parametrize("product", ["9.5u4", "12", "13"])
@pytest.mark.parametrize("accept", [XML, JSON])
def test_guest_options_of_an_added_object_are_kept(start: Start, product: str, accept: str) -> None:
    em = start(product=product)
    api = logged_on(em, accept)
    body = (SAMPLES / f"create-object-in-job-guest.{'xml' if accept == XML else 'json'}").read_text(encoding="utf-8")
    assert api.request("POST", f"/api/jobs/{GOLD}/includes", body).status == 202
    api.finish()
    sent = json.loads((SAMPLES / "create-object-in-job-guest.json").read_text())["GuestProcessingOptions"]
    listed = read_json(api)["jobinfo"]["backupjobinfo"]["includes"]["objectinjobs"][1]["guestprocessingoptions"]

    def check(wanted: Any, got: Any) -> None:
        if isinstance(wanted, dict):
            for key, value in wanted.items():
                check(value, got[key.lower()])
        else:
            assert got == wanted and isinstance(got, bool) is isinstance(wanted, bool)

    check(sent, listed)
    api.accept = XML
    answer = api.get(f"/jobs/{GOLD}/includes/{em.world.state.jobs[GOLD].objects[1].id}")
    wanted = etree.parse(SAMPLES / "create-object-in-job-guest.xml").find("v:GuestProcessingOptions", NS)
    assert xml_shape(answer.xml.find("v:GuestProcessingOptions", NS)) == xml_shape(wanted)


def test_guest_options_of_version_8_are_taken(api: Api) -> None:
    """One printed request has them, and nothing else of the guest processing."""
    guest = {
        "AppAwareProcessingMode": "Disabled", "FileSystemIndexingMode": "Disabled",
        "IncludedIndexingFolders": {"Path": ["C:/A", "C:/B"]}, "ExcludedIndexingFolders": {"Path": []},
        "CredentialsId": "70275b03-e805-49e1-9535-1867c62371e2",
    }  # fmt: skip
    spec = {
        "HierarchyObjRef": f"{VM}vm-4712", "HierarchyObjName": "web02", "DisplayName": "x", "Order": 1,
        "GuestProcessingOptions": guest,
    }  # fmt: skip
    assert api.request("POST", f"/api/jobs/{GOLD}/includes", xml("CreateObjectInJobSpec", spec)).status == 202
    api.finish()
    answer = api.get(f"/jobs/{GOLD}/includes/{api.em.world.state.jobs[GOLD].objects[1].id}")
    assert answer.first("//v:AppAwareProcessingMode") == "Disabled"
    assert answer.xml.xpath("//v:GuestProcessingOptions/v:IncludedIndexingFolders/v:Path/text()", namespaces=NS) == [
        "C:/A",
        "C:/B",
    ]
    assert answer.first("//v:VssSnapshotMode") == "Disabled"


# Blocks


@pytest.mark.parametrize("accept", [XML, JSON])
@pytest.mark.parametrize(
    ("sample", "enabled"),
    [
        ("edit-job-schedule-daily", "OptionsDaily"),
        ("edit-job-schedule-monthly", "OptionsMonthly"),
        ("edit-job-schedule-periodically", "OptionsPeriodically"),
        ("edit-job-schedule-after", "OptionsDaisyChaining"),
    ],
)
@pytest.mark.parametrize("job", [GOLD, REPLICA])
def test_each_schedule(em: Emulator, accept: str, sample: str, enabled: str, job: str) -> None:
    api = logged_on(em, accept)
    text = (SAMPLES / f"{sample}.{'xml' if accept == XML else 'json'}").read_text(encoding="utf-8")
    assert put(api, text, job) == 202
    assert api.finish().success is True
    standart = read_json(api, job)["jobscheduleoptions"]["standart"]
    assert [name for name, block in standart.items() if isinstance(block, dict) and block.get("enabled")] == [
        enabled.lower()
    ]
    sent = json.loads((SAMPLES / f"{sample}.json").read_text())["JobScheduleOptions"]["Standart"][enabled]
    for name, value in sent.items():
        got = standart[enabled.lower()][name.lower()]
        if name == "Time":
            assert got.partition("T")[2][:8] == value[:8]
        elif name == "Schedule":
            assert got["days"] == [{key.lower(): item for key, item in day.items()} for day in value["Days"]]
        else:
            assert got == value


@pytest.mark.parametrize("accept", [XML, JSON])
def test_retention_gfs_window_and_continuous(em: Emulator, accept: str) -> None:
    api = logged_on(em, accept)
    text = (SAMPLES / f"edit-job-retention.{'xml' if accept == XML else 'json'}").read_text(encoding="utf-8")
    assert put(api, text) == 202
    api.finish()
    info = read_json(api)["jobinfo"]["backupjobinfo"]
    assert info["simpleretentionpolicy"] == {"retaincycles": 14, "retaindaystokeep": 14, "retainlimittype": "Days"}
    assert info["gfsretentionpolicy"]["enabled"] is True
    assert info["gfsretentionpolicy"]["weekly"] == {"enabled": True, "retentionperiod": 4, "selectedday": "Sunday"}
    night = ",".join(["1"] * 6 + ["0"] * 18)
    if accept == JSON:
        days: dict[str, Any] = {"Days": [{"Name": "Sunday", "Value": night}]}
        blocks = {
            "OptionsContinuous": {"Enabled": True, "Schedule": days},
            "OptionsBackupWindow": {"Enabled": "true", "TimePeriods": days},
        }
        assert put(api, {"JobScheduleOptions": {"Standart": blocks}}) == 202
    else:
        day = f'<Day Name="Sunday">{night}</Day>'
        inner = (
            f'<OptionsContinuous Enabled="true"><Schedule>{day}</Schedule></OptionsContinuous>'
            f'<OptionsBackupWindow Enabled="true"><TimePeriods>{day}</TimePeriods></OptionsBackupWindow>'
        )
        options = f"<JobScheduleOptions><Standart>{inner}</Standart></JobScheduleOptions>"
        assert put(api, f'<Job xmlns="{NAMESPACE}">{options}</Job>') == 202
    api.finish("task-2")
    standart = read_json(api)["jobscheduleoptions"]["standart"]
    for block, listed in (("optionscontinuous", "schedule"), ("optionsbackupwindow", "timeperiods")):
        assert standart[block]["enabled"] is True
        assert standart[block][listed]["days"] == [{"name": "Sunday", "value": night}]


@pytest.mark.parametrize("accept", [XML, JSON])
def test_an_entity_that_was_read_changes_nothing(em: Emulator, accept: str) -> None:
    for job in (GOLD, REPLICA):
        api = logged_on(em, accept)
        before = api.get(f"/jobs/{job}", format="Entity").text
        assert put(api, before, job) == 202
        assert api.finish().success is True
        assert api.get(f"/jobs/{job}", format="Entity").text == before
    assert em.history() == []


def test_two_edits_at_once_do_not_undo_each_other(api: Api) -> None:
    """Each is merged with what the job is when it is done."""
    for times, timeout in ((7, None), (None, 30)):
        retry = {"RetryTimes": times, "RetryTimeout": timeout}
        sent = {name: value for name, value in retry.items() if value is not None}
        assert put(api, {"JobScheduleOptions": {"Standart": {"RetryOptions": sent}}}) == 202
    api.finish("task-1")
    api.finish("task-2")
    options = read_json(api)["jobscheduleoptions"]["standart"]["retryoptions"]
    assert (options["retrytimes"], options["retrytimeout"]) == (7, 30)


@pytest.mark.parametrize(
    ("switch", "days", "monthly"), [("merge", 7, "Fourth"), ("reset", None, "Fourth"), ("reset_all", None, "Fourth")]
)
def test_partial_put_of_blocks(api: Api, switch: str, days: int | None, monthly: str) -> None:
    """A block that is sent in part, and one that is not sent at all."""
    em = api.em
    em.console.edit_job("TPL Gold", schedule={"OptionsMonthly": {"Enabled": True, "DayNumberInMonth": "Last"}})
    em.switches["partial_put"] = switch
    daily = {"@Enabled": True, "Kind": "Everyday"}
    assert put(api, {"JobScheduleOptions": {"Standart": {"OptionsDaily": daily}}}) == 202
    api.finish()
    standart = read_json(api)["jobscheduleoptions"]["standart"]
    left = standart["optionsdaily"]["days"]
    assert (left and len(left)) == days
    wanted = (False, monthly) if switch == "reset_all" else (True, "Last")
    assert (standart["optionsmonthly"]["enabled"], standart["optionsmonthly"]["daynumberinmonth"]) == wanted


@pytest.mark.parametrize(
    ("switch", "by_first", "by_second"),
    [("both", False, False), ("RetrySpecified", False, True), ("RetrySpecified1", True, False)],
)
def test_retry_specified_name(start: Start, switch: str, by_first: bool, by_second: bool) -> None:
    em = start(product="12")
    api = logged_on(em, JSON)
    for name, left in (("RetrySpecified", by_first), ("RetrySpecified1", by_second)):
        em.reset()
        api.log_on()
        em.switches["retry_specified_name"] = switch
        assert put(api, {"JobScheduleOptions": {"Standart": {"RetryOptions": {name: False}}}}) == 202
        api.finish()
        assert read_json(api)["jobscheduleoptions"]["standart"]["retryoptions"]["retryspecified1"] is left


@pytest.mark.parametrize(("switch", "got"), [("block", "05:15:00.0000000+02:00"), ("utc", "07:15:00.0000000+02:00")])
def test_time_without_zone(em: Emulator, switch: str, got: str) -> None:
    em.switches["time_without_zone"] = switch
    api = logged_on(em, XML)
    daily = {"@Enabled": True, "Time": "05:15:00", "TimeOffsetUtc": 2}
    assert put(api, {"JobScheduleOptions": {"Standart": {"OptionsDaily": daily}}}) == 202
    api.finish()
    assert entity(api).findtext(".//v:OptionsDaily/v:Time", namespaces=NS) == got


@pytest.mark.parametrize(
    ("switch", "status", "success"), [("accepted", 202, True), ("http_400", 400, None), ("task_failed", 202, False)]
)
def test_edit_running_job(em: Emulator, switch: str, status: int, success: bool | None) -> None:
    em.switches["edit_running_job"] = switch
    api = logged_on(em, XML)
    api.request("POST", f"/api/jobs/{GOLD}?action=start")
    api.finish("task-1")
    spec = xml("CreateObjectInJobSpec", {"HierarchyObjRef": f"{VM}vm-4712", "HierarchyObjName": "web02"})
    identity = em.world.state.jobs[GOLD].objects[0].id
    answers = [
        put(api, {"Description": "new"}),
        api.request("POST", f"/api/jobs/{GOLD}/includes", spec).status,
        api.request("DELETE", f"/api/jobs/{GOLD}/includes/{identity}").status,
    ]
    assert answers == [status] * 3
    if success is not None:
        assert [api.finish(f"task-{number}").success for number in (2, 3, 4)] == [success] * 3
    assert em.jobs()[0].objects == (("web02",) if success else ("web01",))


def test_times_of_day(start: Start) -> None:
    """With Z it is UTC, with an offset it is that, without any the offset of the block."""
    api = logged_on(start(product="12"), JSON)
    for number, (sent, got) in enumerate(
        [("2026-01-05T21:30:00Z", "22:30:00.0000000+01:00"), ("06:00:00.0000000-07:00", "06:00:00.0000000-07:00"),
         ("05:15:00", "05:15:00.0000000+01:00")], 1,
    ):  # fmt: skip
        api.accept = JSON
        assert put(api, {"JobScheduleOptions": {"Standart": {"OptionsDaily": {"Time": sent}}}}) == 202
        api.finish(f"task-{number}")
        api.accept = XML
        assert entity(api).findtext(".//v:OptionsDaily/v:Time", namespaces=NS) == got


GUEST = {"JobInfo": {"BackupJobInfo": {"GuestProcessingOptions": {"WindowsCredentialsId": "x"}}}}


@pytest.mark.parametrize(
    ("switch", "status", "success", "kept"),
    [("applied", 202, True, "x"), ("left_alone", 202, True, ""), ("http_400", 400, None, ""),
     ("task_failed", 202, False, "")],
)  # fmt: skip
def test_edit_options(api: Api, switch: str, status: int, success: bool | None, kept: str) -> None:
    api.em.switches["edit_options"] = switch
    assert put(api, {"Description": "new", **GUEST}) == status
    if success is not None:
        assert api.finish().success is success
    job = api.em.world.state.jobs[GOLD]
    assert job.guest["WindowsCredentialsId"] == kept
    assert (job.description == "new") == bool(success)


BEYOND: list[dict[str, Any]] = [
    {"Name": "another"},
    {"Platform": "HyperV"},
    {"JobType": "Replica"},
    {"JobInfo": {"ReplicaJobInfo": {"Includes": {"ObjectInJobs": [machine("web02", 4712)]}}}},
    {"JobScheduleOptions": {"ImmediateCopyMode": {"OptionsContinuous": {"Enabled": False}}}},
    {"JobInfo": {"BackupJobInfo": {"RepositoryUid": "urn:veeam:Repository:1"}}},
]


@pytest.mark.parametrize("body", BEYOND, ids=lambda body: next(iter(body)))
@pytest.mark.parametrize(
    ("switch", "status", "success"), [("left_alone", 202, True), ("http_400", 400, None), ("task_failed", 202, False)]
)
def test_edit_beyond(em: Emulator, body: dict[str, Any], switch: str, status: int, success: bool | None) -> None:
    api = logged_on(em, JSON)
    em.switches["edit_beyond"] = switch
    before = api.get(f"/jobs/{GOLD}", format="Entity").text
    assert put(api, body) == status
    if success is not None:
        assert api.finish().success is success
    assert api.get(f"/jobs/{GOLD}", format="Entity").text == before


@pytest.mark.parametrize("accept", [XML, JSON])
@pytest.mark.parametrize(
    ("switch", "status", "success"), [("accepted", 202, True), ("http_400", 400, None), ("task_failed", 202, False)]
)
def test_edit_copy_job(em: Emulator, accept: str, switch: str, status: int, success: bool | None) -> None:
    api = logged_on(em, accept)
    em.switches["edit_copy_job"] = switch
    text = (SAMPLES / f"edit-job-immediatecopy.{'xml' if accept == XML else 'json'}").read_text(encoding="utf-8")
    assert put(api, text.replace("0,", "1,").replace("1,1,1,1", "0,0,0,0"), COPY) == status
    if success is not None:
        assert api.finish().success is success
    days = read_json(api, COPY)["jobscheduleoptions"]["immediatecopymode"]["optionscontinuous"]["schedule"]["days"]
    assert days[0]["value"].startswith("0,0" if success else "1,1")


def test_wrong_values_change_nothing(em: Emulator) -> None:
    api = logged_on(em, JSON)
    for body in (
        {"JobScheduleOptions": {"Standart": {"RetryOptions": {"RetryTimes": "many"}}}},
        {"JobScheduleOptions": {"Standart": {"OptionsDaily": {"Time": "noon"}}}},
        {"JobScheduleOptions": {"Standart": {"OptionsDaily": {"Kind": {"a": 1}}}}},
        {"JobScheduleOptions": {"Standart": {"OptionsDaily": "yes"}}},
        {"ScheduleEnabled": "perhaps"},
        {"JobInfo": {"BackupJobInfo": {"Includes": {"ObjectInJobs": ["web01"]}}}},
        {"JobInfo": {"BackupJobInfo": {"Includes": [machine("web02", 4712)]}}},
    ):
        assert put(api, {"Description": "new", **body}) == 400, body
    assert em.history() == [] and em.tasks() == []


# Deletion


def test_9_5_cannot_delete_jobs(start: Start) -> None:
    api = logged_on(start(product="9.5u4"), XML)
    answer = api.request("DELETE", f"/api/jobs/{GOLD}")
    assert answer.status == 405 and "DELETE" not in answer.headers["allow"]
    assert api.em.jobs("TPL Gold")


@pytest.mark.parametrize("switch", ["readable", "vanishes"])
def test_delete_task(api: Api, switch: str) -> None:
    api.em.switches["delete_task"] = switch
    api.request("DELETE", f"/api/jobs/{GOLD}")
    assert [api.task().state for _unused in range(2)] == ["Running", "OperationFinished"]
    last = api.get("/tasks/task-1")
    assert api.get(f"/jobs/{GOLD}").status == 404
    assert last.status == (200 if switch == "readable" else 500)
    if switch == "vanishes":
        assert last.message == "There is no backup task with id [task-1] in current rest session"
        assert "task-1" not in api.get("/tasks").text


@pytest.mark.parametrize("switch", ["404", "400"])
def test_delete_gone_job(api: Api, switch: str) -> None:
    api.em.switches["delete_gone_job"] = switch
    assert api.request("DELETE", "/api/jobs/00000000-0000-0000-0000-000000000000").status == int(switch)


@pytest.mark.parametrize("job", [GOLD, REPLICA, COPY, "93b7d5e1-0c4a-4f28-96b8-e1a3c5f70d94"])
def test_every_kind_can_be_toggled_and_deleted(api: Api, job: str) -> None:
    for number, enabled in ((1, False), (2, True)):
        assert api.request("POST", f"/api/jobs/{job}?action=toggleScheduleEnabled").status == 202
        assert api.finish(f"task-{number}").operation == "UpdateJob"
        assert read_json(api, job)["scheduleenabled"] is enabled
    assert api.request("DELETE", f"/api/jobs/{job}").status == 202
    api.finish("task-3")
    assert api.get(f"/jobs/{job}").status == 404


def test_urn_in_path(start: Start) -> None:
    em = start()
    api = logged_on(em, XML)
    for switch, status in (("accepted", 200), ("refused", 400)):
        em.switches["urn_in_path"] = switch
        assert api.get(f"/jobs/urn:veeam:Job:{GOLD}").status == status
        assert api.get(f"/jobs/urn%3aveeam%3ajob%3A{GOLD.upper()}/includes").status == status
        assert api.get(f"/jobs/urn:veeam:Repository:{GOLD}").status == 400
    em.switches["urn_in_path"] = "accepted"
    assert api.request("POST", f"/api/jobs/urn:veeam:Job:{GOLD}?action=toggleScheduleEnabled").status == 202
    assert api.request("DELETE", f"/api/jobs/urn:veeam:Job:{GOLD}").status == 202
