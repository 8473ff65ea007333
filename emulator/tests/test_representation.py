# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Formats, dialects, headers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from veeam_em_emulator import Emulator
from veeam_em_emulator.wire.dialects import camel_case, encode_value

from .client import GOLD, JSON, NS, XML, Api, basic
from .conftest import Start

TOKEN = "x-restsvcsessionid"


def logged_on(em: Emulator, accept: str = XML) -> Api:
    api = Api(em, accept)
    api.log_on()
    return api


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, XML), ("*/*", XML), (XML, XML), ("text/html", XML), (JSON, JSON), ("application/json;q=0.5", JSON),
        (f"{XML}, {JSON}", JSON), ("Application/JSON", JSON),
    ],
)  # fmt: skip
def test_accept_chooses_the_format(api: Api, accept: str | None, content_type: str) -> None:
    answer = api.request("GET", "/api/jobs", headers={"Accept": accept})
    assert answer.headers["content-type"] == f"{content_type}; charset=utf-8"
    assert answer.text.startswith("<" if content_type == XML else "{")


@pytest.mark.parametrize(
    ("name", "camel"),
    [("UID", "uid"), ("NASJobs", "nasJobs"), ("VCloudOrganizationConfigs", "vCloudOrganizationConfigs"),
     ("Name", "name"), ("VAppRestorePoints", "vAppRestorePoints"), ("CreationTimeUTC", "creationTimeUTC"),
     ("sInObjectJob", "sInObjectJob"),
     ("RetrySpecified1", "retrySpecified1"), ("FSFileExcludeOptions", "fsFileExcludeOptions")],
)  # fmt: skip
def test_camel_case(name: str, camel: str) -> None:
    assert camel_case(name) == camel


def test_encoding_of_values() -> None:
    assert encode_value("12", 'a b"ü') == "a+b%22%c3%bc"
    assert encode_value("13", 'a b"ü') == "a%20b%22%C3%BC"


def keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for item in value.values() for key in keys(item)}
    return {key for item in value for key in keys(item)} if isinstance(value, list) else set()


def nulls(value: Any) -> int:
    if isinstance(value, dict):
        return sum(item is None or nulls(item) for item in value.values())
    return sum(nulls(item) for item in value) if isinstance(value, list) else 0


@pytest.mark.parametrize("product", ["9.5u4", "10", "11", "12", "13"])
@pytest.mark.parametrize(
    "path", ["/jobs", f"/jobs/{GOLD}?format=Entity", "/query?type=Job&format=Entities", "/logonSessions"]
)
def test_keys_and_nulls_of_the_dialects(start: Start, product: str, path: str) -> None:
    api = logged_on(start(product=product), JSON)
    body = api.get(path).json
    first = {key[0] for key in keys(body)}
    assert all(letter.islower() for letter in first) == (product == "13")
    assert (nulls(body) == 0) == (product == "9.5u4")


def test_errors_have_nulls_in_every_dialect(start: Start) -> None:
    for product in ("9.5u4", "12", "13"):
        body = logged_on(start(product=product), JSON).get("/jobs/1").json
        assert len(body) == 5 and list(body.values()).count(None) == 3


def test_old_version_casing(em: Emulator) -> None:
    """A session opened with v1_5 or v1_6 on 13."""
    for switch, version, key in (
        ("camel", "v1_5", "refs"), ("pascal", "v1_5", "Refs"), ("pascal", "v1_6", "Refs"), ("pascal", "v1_7", "refs"),
    ):  # fmt: skip
        em.switches["old_version_casing"] = switch
        api = Api(em, JSON)
        api.log_on(version=version)
        assert list(api.get("/jobs").json) == [key]


def test_kept_texts_do_not_mix(em: Emulator) -> None:
    """A job is written once for each shape; formats, dialects and switches each get their own."""
    xml, new, old = logged_on(em, XML), logged_on(em, JSON), Api(em, JSON)
    em.switches["old_version_casing"] = "pascal"
    old.log_on(version="v1_5")
    path = f"/jobs/{GOLD}"
    for _unused in range(2):
        assert new.get(path).json["name"] == "TPL Gold"
        assert old.get(path).json["Name"] == "TPL Gold"
        assert xml.get(path).first("@Name") == "TPL Gold"
    em.switches["single_link_as_object"] = True
    em.switches["attribute_order"] = "recorded"
    info = new.get(path, format="Entity").json["jobInfo"]["backupJobInfo"]
    assert info["includes"]["objectInJobs"]["name"] == "web01"
    assert xml.get(path).text.index("Name=") < xml.get(path).text.index("Type=")


@pytest.mark.parametrize("switch", [True, False])
def test_json_bom(em: Emulator, switch: bool) -> None:
    em.switches["json_bom"] = switch
    api = logged_on(em, JSON)
    assert api.get("/tasks").body.startswith(b"\xef\xbb\xbf") is switch
    api.accept = XML
    assert not api.get("/tasks").body.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("switch", [True, False])
def test_single_link_as_object(em: Emulator, switch: bool) -> None:
    em.switches["single_link_as_object"] = switch
    api = logged_on(em, JSON)
    kind = dict if switch else list
    assert isinstance(api.query(type="Job", filter='Name=="TPL Gold"').json["refs"]["refs"], kind)
    assert isinstance(json.loads(api.clone("web").text)["links"], kind)
    assert isinstance(api.query(type="Job").json["refs"]["refs"], list)


@pytest.mark.parametrize(
    ("switch", "value"), [("plain", "2026-01-05T21:00:00Z"), ("fractional", "2026-01-05T21:00:00.0000000Z")]
)
def test_dates(api: Api, switch: str, value: str) -> None:
    api.em.switches["dates"] = switch
    assert api.get(f"/jobs/{GOLD}", format="Entity").first("v:NextRun") == value


@pytest.mark.parametrize(
    ("switch", "order"),
    [("documented", ["Rel", "Type", "Href", "Name"]), ("recorded", ["Href", "Name", "Type", "Rel"])],
)
def test_attribute_order(api: Api, switch: str, order: list[str]) -> None:
    api.em.switches["attribute_order"] = switch
    link = api.get("/jobs").xml.xpath("//v:Link", namespaces=NS)[0]
    assert list(link.attrib) == order


@pytest.mark.parametrize("switch", [True, False])
def test_gzip(em: Emulator, switch: bool) -> None:
    em.switches["gzip"] = switch
    api = logged_on(em)
    compressed = api.request("GET", "/api/jobs", headers={"Accept-Encoding": "gzip, deflate"})
    assert (compressed.headers.get("content-encoding") == "gzip") is switch
    assert "TPL Gold" in api.names(compressed)
    assert "content-encoding" not in api.get("/jobs").headers
    small = api.request("GET", "/api/tasks", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in small.headers


# Headers


def names_of(api: Api, count: int = 30) -> set[str]:
    """How the session header is spelled in that many answers."""
    answers = [api.log_on() for _unused in range(count)]
    return {name for answer in answers for name, _unused in answer.raw_headers if name.lower() == TOKEN}


@pytest.mark.parametrize(
    ("switch", "names"),
    [
        ("as_documented", {"X-RestSvcSessionId"}),
        ("lower", {TOKEN}),
        ("upper", {TOKEN.upper()}),
        ("random", {"X-RestSvcSessionId", TOKEN, TOKEN.upper()}),
    ],
)
def test_header_case(em: Emulator, switch: str, names: set[str]) -> None:
    em.switches["header_case"] = switch
    assert names_of(Api(em)) == names


def test_random_header_case_is_the_same_in_every_run(em: Emulator) -> None:
    def run() -> list[str]:
        em.reset()
        api = Api(em)
        return [next(n for n, _unused in api.log_on().raw_headers if n.lower() == TOKEN) for _unused in range(10)]

    assert run() == run()


@pytest.mark.parametrize("switch", [True, False])
def test_token_in_every_response(em: Emulator, switch: bool) -> None:
    em.switches["token_in_every_response"] = switch
    api = logged_on(em)
    assert (api.get("/jobs").headers.get(TOKEN) == api.token) is switch


@pytest.mark.parametrize(
    ("product", "switch", "value"),
    [
        ("12", "auto", "Microsoft-HTTPAPI/2.0"),
        ("13", "auto", "nginx"),
        ("13", "none", None),
        ("12", "Apache", "Apache"),
    ],
)
def test_server_header(start: Start, product: str, switch: str, value: str | None) -> None:
    em = start(product=product)
    em.switches["server_header"] = switch
    assert Api(em).get("/").headers.get("server") == value


def test_recorded_headers(api: Api) -> None:
    headers = api.get("/jobs").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert "date" in headers
    answer = api.request("POST", "/api/sessionMngr/", headers={"Authorization": basic()})
    assert answer.headers["set-cookie"].endswith("; Path=/api;")


# The job entity of 9.5 U4, as it was recorded


@pytest.mark.parametrize(
    ("product", "switch", "count"),
    [("12", "present", 2), ("13", "present", 2), ("12", "absent", 0), ("11", "present", 0)],
)
def test_persistent_agent(start: Start, product: str, switch: str, count: int) -> None:
    """Of the job and of its object."""
    api = logged_on(start(product=product))
    api.get(f"/jobs/{GOLD}", format="Entity")
    api.em.switches["persistent_agent"] = switch
    assert api.get(f"/jobs/{GOLD}", format="Entity").text.count("<UsePersistentGuestAgent>false<") == count


def test_the_job_entity_of_95u4(start: Start) -> None:
    api = Api(start(product="9.5u4"), JSON)
    api.log_on()
    entity = api.get(f"/jobs/{GOLD}", format="Entity").json
    standart = entity["JobScheduleOptions"]["Standart"]
    assert list(entity["JobScheduleOptions"]) == ["Standart"]
    assert standart["OptionsDaily"]["Time"] == standart["OptionsMonthly"]["Time"] == "2026-01-05T21:00:00Z"
    assert standart["OptionsDaily"]["TimeOffsetUtc"] == 1
    info = entity["JobInfo"]["BackupJobInfo"]
    assert list(info) == ["Includes", "GuestProcessingOptions", "AdvancedStorageOptions"]
    [machine] = info["Includes"]["ObjectInJobs"]
    assert list(machine)[:6] == [
        "ObjectInJobId", "HierarchyObjRef", "Name", "DisplayName", "Order", "GuestProcessingOptions",
    ]  # fmt: skip
    # what was read can be sent back: the time is in UTC
    answer = api.request("PUT", f"/api/jobs/{GOLD}?action=edit", json.dumps(entity))
    assert answer.status == 202
    api.finish()
    assert api.get(f"/jobs/{GOLD}", format="Entity").json == entity
    assert api.em.history() == []


@pytest.mark.parametrize("product", ["9.5u4", "10", "11", "12", "13"])
@pytest.mark.parametrize("accept", [XML, JSON])
def test_order_of_objects_and_retention_by_product(start: Start, product: str, accept: str) -> None:
    """Order was removed with REST 1.7; wherever an object is shown."""
    api = Api(start(product=product), accept)
    api.log_on()
    order = product in ("9.5u4", "10", "11")
    for path in (f"/jobs/{GOLD}?format=Entity", f"/jobs/{GOLD}/includes", "/query?type=ObjectInJob"):
        text = api.request("GET", f"/api{path}").text
        assert (("<Order>0</Order>" if accept == XML else '"Order":0') in text) is order
    text = api.get(f"/jobs/{GOLD}", format="Entity").text.lower()
    assert ("simpleretentionpolicy" in text) == ("gfsretentionpolicy" in text) == (product != "9.5u4")


def test_retention_is_beyond_an_edit_of_95u4(start: Start) -> None:
    em = start(product="9.5u4")
    em.switches["edit_beyond"] = "http_400"
    api = Api(em, JSON)
    api.log_on()
    body = {"JobInfo": {"BackupJobInfo": {"SimpleRetentionPolicy": {"RetainCycles": 3}}}}
    assert api.request("PUT", f"/api/jobs/{GOLD}?action=edit", json.dumps(body)).status == 400
