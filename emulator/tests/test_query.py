# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The query service: grammar, fields, sorting, paging, and its open questions."""

from __future__ import annotations

from typing import Any

import pytest
from veeam_em_emulator import Emulator
from veeam_em_emulator.query.filters import (
    Condition,
    Every,
    FilterError,
    Some,
    least_wanted,
    most_wanted,
    parse,
    values_wanted,
)
from veeam_em_emulator.tester.switches import Switches

from .client import GOLD, JSON, NS, VBR01, VBR02, XML, Api
from .conftest import Start

URN = "urn:veeam:BackupServer:"


def rules(**changes: Any) -> Switches:
    return Switches(changes)


# Grammar


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('Name=="a"', Condition("Name", "==", "a")),
        ("name != b", Condition("name", "!=", "b")),
        ("A>=1", Condition("A", ">=", "1")),
        ("A>1", Condition("A", ">", "1")),
        ("A==1;B==2", Every((Condition("A", "==", "1"), Condition("B", "==", "2")))),
        ("A==1,B==2", Some((Condition("A", "==", "1"), Condition("B", "==", "2")))),
        (
            "A==1,B==2;C==3",
            Some((Condition("A", "==", "1"), Every((Condition("B", "==", "2"), Condition("C", "==", "3"))))),
        ),
        (
            "(A==1,B==2);C==3",
            Every((Some((Condition("A", "==", "1"), Condition("B", "==", "2"))), Condition("C", "==", "3"))),
        ),
        ("((A==1))", Condition("A", "==", "1")),
        ("A == my job", Condition("A", "==", "myjob")),
        ('A=="my job"', Condition("A", "==", "my job")),
        ('A==""', Condition("A", "==", "")),
        ('A=="a""b"', Condition("A", "==", 'a"b')),
        ('A=="""Backup"""', Condition("A", "==", '"Backup"')),
        ('A=="x;y,(z)"', Condition("A", "==", "x;y,(z)")),
        ("A==3f1c2b7a-5d4e", Condition("A", "==", "3f1c2b7a-5d4e")),
        ("A==", Condition("A", "==", "")),
    ],
)
def test_grammar(text: str, tree: Any) -> None:
    assert parse(text, rules()) == tree


@pytest.mark.parametrize(
    "text",
    [
        "A",
        "==1",
        "A=1",
        'A=="x',
        "(A==1",
        "A==1)",
        "A==1;",
        "A==1,,B==2",
        'A==""Backup""',
        'A=="a"b',
        "(" * 60 + "A==1",
    ],
)
def test_what_cannot_be_read(text: str) -> None:
    with pytest.raises(FilterError, match="at character"):
        parse(text, rules())


@pytest.mark.parametrize(
    ("text", "value"), [('A==""Backup""', '"Backup"'), ('A=="plain"', "plain"), ('A==""', ""), ('A==""x y""', '"x y"')]
)
def test_quote_rule_doubled_outer(text: str, value: str) -> None:
    assert parse(text, rules(quote_rule="doubled_outer")) == Condition("A", "==", value)


@pytest.mark.parametrize("value", ["a;b", "a,b", "a(b", "a)b", "a\\b", "a&b", "a%b", "a'b", "aéb", "a日"])
def test_filter_reserved_in_the_grammar(value: str) -> None:
    text = f'A=="{value}"'
    assert parse(text, rules(filter_reserved="literal")) == Condition("A", "==", value)
    assert parse(text, rules(filter_reserved="misparsed")) == Condition("A", "==", "a")
    with pytest.raises(FilterError):
        parse(text, rules(filter_reserved="refused"))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('Name=="a"', {"a"}),
        ('Name=="a",name=="b"', {"a", "b"}),
        ('Name=="a";Platform==VMware', {"a"}),
        ('Platform==VMware;(Name=="a",Name=="b")', {"a", "b"}),
        ('Name=="a",Platform==VMware', None),
        ('Name!="a"', None),
    ],
)
def test_names_that_a_filter_binds(text: str, names: set[str] | None) -> None:
    assert values_wanted(parse(text, rules()), "name") == names


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("CreationTime>=2026-01-05;State==Working", "2026-01-05"),
        ("CreationTime>2026-01-05;creationtime>=2026-01-07", "2026-01-07"),
        ("(CreationTime>2026-01-05,CreationTime==2026-01-03)", "2026-01-03"),
        ("CreationTime>2026-01-05,State==Working", None),
        ("CreationTime<2026-01-05", None),
    ],
)
def test_the_least_value_that_a_filter_demands(text: str, least: str | None) -> None:
    assert least_wanted(parse(text, rules()), "creationtime", lambda condition: condition.value) == least


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("CreationTime<=2026-01-05;State==Working", "2026-01-05"),
        ("CreationTime<2026-01-05;creationtime<=2026-01-07", "2026-01-05"),
        ("(CreationTime<2026-01-05,CreationTime==2026-01-07)", "2026-01-07"),
        ("CreationTime<2026-01-05,State==Working", None),
        ("CreationTime>2026-01-05", None),
    ],
)
def test_the_greatest_value_that_a_filter_lets_through(text: str, most: str | None) -> None:
    assert most_wanted(parse(text, rules()), "creationtime", lambda condition: condition.value) == most


# Through the service

SERVER1 = {"TPL Gold", "TPL Replica", "TPL Copy Immediate", "TPL Silver", "TPL Cloud Director"}
FILTERS = [
    ('Name=="TPL Gold"', {"TPL Gold"}),
    ('NAME=="TPL Gold",name=="TPL Hyper-V"', {"TPL Gold", "TPL Hyper-V"}),
    ('Name=="TPL Silver";BackupServerName=="vbr02.example.test"', {"TPL Silver"}),
    ('BackupServerName=="vbr01.example.test"', SERVER1),
    ("jobtype==backupcopy", {"TPL Copy Legacy"}),
    ("JobType>BackupCopy", {"Copy to Offsite", "TPL Copy Immediate"}),
    ("Platform==hyperv", {"TPL Hyper-V"}),
    ("Platform!=VMware;JobType==Backup", {"TPL Hyper-V", "TPL Cloud Director"}),
    ('(Platform==vCloud,Platform==HyperV);Name!="TPL Hyper-V"', {"TPL Cloud Director"}),
    ("ScheduleEnabled==true;JobType==Replica", {"TPL Replica"}),
    ("ScheduleConfigured==FALSE", set()),
    ('Description=="Template, do not run"', {"TPL Gold"}),
    ('NextRun>"2026-01-05T10:00:00";Name=="TPL Gold"', {"TPL Gold"}),
    ('NextRun<"2026-01-05T10:00:00"', set()),
    (f'UID=="urn:veeam:Job:{GOLD}"', {"TPL Gold"}),
    (f"BackupServerUid=={VBR01}", SERVER1),
    (f'BackupServerUid!="{URN}{VBR02}"', SERVER1),
    ('Name>"TPL R"', {"TPL Replica", "TPL Silver"}),
    ('Name=="tpl gold",NAME=="TPL Silver",Name=="nothing"', {"TPL Gold", "TPL Silver"}),
    ('Name=="TPL Gold",Description=="Template for Hyper-V"', {"TPL Gold", "TPL Hyper-V"}),
    ('(Name=="TPL Gold",Name=="TPL Silver");BackupServerName=="vbr02.example.test"', {"TPL Silver"}),
    ("", {"Copy to Offsite", "TPL Copy Legacy", "TPL Hyper-V"} | SERVER1),
]


@pytest.mark.parametrize(("text", "names"), FILTERS)
@pytest.mark.parametrize("accept", [XML, JSON])
def test_filters_of_jobs(em: Emulator, accept: str, text: str, names: set[str]) -> None:
    api = Api(em, accept)
    api.log_on()
    for form in ({}, {"format": "Entities"}, {"format": "entities"}):
        assert set(api.names(api.query(type="Job", filter=text, **form))) == names


def test_an_ampersand_is_not_and(api: Api) -> None:
    """It ends the parameter, and the second condition is lost."""
    path = "/api/query?type=Job&filter=Name==%22TPL%20Silver%22&BackupServerName==%22vbr02.example.test%22"
    assert api.names(api.request("GET", path)) == ["TPL Silver", "TPL Silver"]


def test_parameter_names_and_types_in_any_case(api: Api) -> None:
    assert len(api.names(api.request("GET", "/api/QUERY?TYPE=jOb&pagesize=2"))) == 2


@pytest.mark.parametrize(
    ("kind", "text", "count"),
    [
        ("Repository", 'Name=="Default Backup Repository"', 2),
        ("Repository", 'Name=="Default Backup Repository";BackupServerName=="vbr01.example.test"', 1),
        ("Repository", "FreeSpace>1000000000000", 2),
        ("Repository", "Capacity==-1", 1),
        ("BackupServer", 'Name=="vbr01.example.test"', 1),
        ("BackupServer", 'Port==443;Version=="13.0.1.2067";IpOrDnsName!="x"', 2),
        ("HierarchyRoot", "HostType==VC", 2),
        ("ObjectInJob", 'JobName=="TPL Gold";Name=="web01"', 1),
    ],
)
@pytest.mark.parametrize("accept", [XML, JSON])
def test_other_types(em: Emulator, accept: str, kind: str, text: str, count: int) -> None:
    api = Api(em, accept)
    api.log_on()
    for form in ("Ref", "Entities"):
        answer = api.query(type=kind, filter=text, format=form)
        assert answer.status == 200
        if accept == XML:
            found = answer.xml.xpath("v:Refs/* | v:Entities/*/* | v:Resources/*/*", namespaces=NS)
        else:
            body = answer.json
            outer = body["refs"] or body["entities"] or body["resources"]
            inner = next(value for value in outer.values() if value is not None)
            found = inner if isinstance(inner, list) else next(iter(inner.values()))
        assert len(found) == count


def test_objects_come_under_an_odd_name(api: Api) -> None:
    answer = api.query(type="ObjectInJob")
    assert len(answer.xml.xpath("v:Resources/v:sInObjectJob/v:ObjectInJob", namespaces=NS)) == 6


@pytest.mark.parametrize(
    ("params", "status"),
    [({}, 400), ({"type": "Nonsense"}, 400), ({"type": "CloudTenant"}, 501), ({"type": "Job", "pageSize": 0}, 400),
     ({"type": "Job", "page": "x"}, 400)],
)  # fmt: skip
def test_bad_requests(api: Api, params: dict[str, Any], status: int) -> None:
    assert api.query(**params).status == status


@pytest.mark.parametrize(("switch", "status"), [("http_400", 400), ("http_500", 500), ("empty", 200)])
@pytest.mark.parametrize(
    "params", [{"filter": "Name="}, {"filter": "Colour==red"}, {"filter": "Platform==Amiga"}, {"sortAsc": "Colour"},
               {"filter": "ScheduleEnabled==perhaps"}],
)  # fmt: skip
def test_invalid_filter(api: Api, switch: str, status: int, params: dict[str, str]) -> None:
    api.em.switches["invalid_filter"] = switch
    answer = api.query(type="Job", **params)
    assert answer.status == status
    if status == 200:
        assert api.names(answer) == []


def test_invalid_filter_of_numbers(api: Api) -> None:
    assert api.query(type="Repository", filter="FreeSpace>much").status == 400


@pytest.mark.parametrize(("switch", "count"), [("insensitive", 1), ("sensitive", 0)])
def test_string_compare(api: Api, switch: str, count: int) -> None:
    api.em.switches["string_compare"] = switch
    assert len(api.names(api.query(type="Job", filter='Name=="tpl gold"'))) == count
    assert len(api.names(api.query(type="Job", filter='Name=="TPL Gold"'))) == 1


@pytest.mark.parametrize(("switch", "names"), [("literal", ["a;b"]), ("misparsed", ["a"]), ("refused", None)])
def test_filter_reserved(api: Api, switch: str, names: list[str] | None) -> None:
    api.em.switches["duplicate_name"] = "allowed"
    for number, name in enumerate(("a", "a;b"), 1):
        api.clone(name)
        api.finish(f"task-{number}")
    api.em.switches["filter_reserved"] = switch
    answer = api.query(type="Job", filter='Name=="a;b"')
    assert (answer.status == 200) is (names is not None)
    if names is not None:
        assert api.names(answer) == names


@pytest.mark.parametrize(("switch", "inner", "outer"), [("doubled_inner", 200, 400), ("doubled_outer", 400, 200)])
def test_quote_rule(api: Api, switch: str, inner: int, outer: int) -> None:
    api.clone('"Backup"')
    api.finish()
    api.em.switches["quote_rule"] = switch
    for text, status in (('Name=="""Backup"""', inner), ('Name==""Backup""', outer)):
        answer = api.query(type="Job", filter=text)
        assert answer.status == status
        if status == 200:
            assert api.names(answer) == ['"Backup"']


@pytest.mark.parametrize(("switch", "urn", "guid"), [("both", 5, 5), ("urn", 5, 0), ("guid", 0, 5)])
def test_uid_filter(api: Api, switch: str, urn: int, guid: int) -> None:
    api.em.switches["uid_filter"] = switch
    for value, count in ((f'"{URN}{VBR01}"', urn), (VBR01, guid), (f'"{VBR01}"', guid)):
        assert len(api.names(api.query(type="Job", filter=f"BackupServerUid=={value}"))) == count


def test_sorting(api: Api) -> None:
    up = api.names(api.query(type="Job", sortAsc="name"))
    assert up == sorted(up, key=str.casefold)
    assert api.names(api.query(type="Job", sortDesc="NAME")) == up[::-1]
    kinds = api.query(type="Job", sortDesc="JobType", format="Entities").xml.xpath("//v:JobType/text()", namespaces=NS)
    assert kinds[0] == "ImmediateBackupCopy" and kinds[-1] == "Backup"
    sizes = [int(text) for text in api.query(type="Repository", sortAsc="FreeSpace", format="Entities").xml.xpath(
        "//v:FreeSpace/text()", namespaces=NS
    )]  # fmt: skip
    assert sizes == sorted(sizes)


# Pages


def test_default_page_of_a_hundred(start: Start) -> None:
    api = Api(start(jobs=250))
    api.log_on()
    seen: list[str] = []
    for number in (1, 2, 3):
        answer = api.query(type="Job", page=number)
        assert answer.first("v:PagingInfo/@PageSize") == "100"
        assert answer.first("v:PagingInfo/@PagesCount") == "3"
        seen += api.names(answer)
    assert len(seen) == 259
    assert seen[-1] == "Job 00250"
    assert len(api.names(api.get("/jobs"))) == 259


@pytest.mark.parametrize(("number", "rels"), [(1, "FNL"), (2, "FPNL"), (3, "FPL")])
def test_links_between_pages(api: Api, number: int, rels: str) -> None:
    answer = api.query(type="Job", pageSize=3, page=number, filter='Name!="x y"')
    links = answer.xml.xpath("v:PagingInfo/v:Links/v:Link", namespaces=NS)
    assert "".join(str(link.get("Rel"))[0] for link in links) == rels
    for link in links:
        target = {"First": 1, "Previous": number - 1, "Next": number + 1, "Last": 3}[str(link.get("Rel"))]
        path = str(link.get("Href")).split(":9398")[1]
        assert api.request("GET", path).first("v:PagingInfo/@PageNum") == str(target)


@pytest.mark.parametrize(
    ("product", "text"), [("12", "Name%3d%3d%22a+b%22%3bName!%3dx"), ("13", "Name%3D%3D%22a%20b%22%3BName%21%3Dx")]
)
def test_encoding_in_the_links(start: Start, product: str, text: str) -> None:
    api = Api(start(product=product))
    api.log_on()
    answer = api.query(type="Job", filter='Name=="a b";Name!=x')
    assert f"/api/query?type=Job&filter={text}&pageSize=100&page=1" in str(answer.first("//v:Link/@Href"))


@pytest.mark.parametrize(
    ("switch", "status", "number", "count"), [("empty", 200, "9", 0), ("error", 400, None, 0), ("last", 200, "3", 3)]
)
def test_page_beyond_end(api: Api, switch: str, status: int, number: str | None, count: int) -> None:
    api.em.switches["page_beyond_end"] = switch
    answer = api.query(type="Job", pageSize=3, page=9)
    assert answer.status == status
    if status == 200:
        assert (answer.first("v:PagingInfo/@PageNum"), len(api.names(answer))) == (number, count)


def test_page_size_switches(api: Api) -> None:
    api.em.switches["default_page_size"] = 4
    assert len(api.names(api.query(type="Job"))) == 4
    api.em.switches["default_page_size"] = 0
    assert len(api.names(api.query(type="Job"))) == 9
    api.em.switches["max_page_size"] = 2
    answer = api.query(type="Job", pageSize=500)
    assert (answer.first("v:PagingInfo/@PageSize"), len(api.names(answer))) == ("2", 2)


# Shapes of a result


@pytest.mark.parametrize("form", ["Ref", "Entities"])
@pytest.mark.parametrize(
    ("switch", "refs", "entities"),
    [
        ("empty", {"Refs": []}, {"Jobs": []}),
        ("null", None, None),
        ("missing", "missing", "missing"),
        ("array", [], []),
    ],
)
def test_empty_refs_in_json(start: Start, form: str, switch: str, refs: Any, entities: Any) -> None:
    em = start(product="12")
    api = Api(em, JSON)
    api.log_on()
    em.switches["empty_refs"] = switch
    body = api.query(type="Job", filter='Name=="none"', format=form).json
    if form == "Ref":
        assert body.get("Refs", "missing") == refs
        assert body["Entities"] is None
    elif switch == "missing":
        assert "Entities" not in body
    else:
        assert body["Entities"]["Jobs"] == entities
    assert body["PagingInfo"]["PagesCount"] == 1


@pytest.mark.parametrize(
    ("switch", "present"), [("empty", True), ("null", False), ("missing", False), ("array", False)]
)
def test_empty_refs_in_xml(api: Api, switch: str, present: bool) -> None:
    api.em.switches["empty_refs"] = switch
    for form, path in (("Ref", "v:Refs"), ("Entities", "v:Entities/v:Jobs")):
        answer = api.query(type="Job", filter='Name=="none"', format=form)
        assert bool(answer.xml.xpath(path, namespaces=NS)) is present
        assert answer.first("v:PagingInfo/@PagesCount") == "1"


@pytest.mark.parametrize(("switch", "path"), [("wrapped", ["refs"]), ("array", []), ("singular", ["ref"])])
def test_refs_shape(em: Emulator, switch: str, path: list[str]) -> None:
    api = Api(em, JSON)
    api.log_on()
    em.switches["refs_shape"] = switch
    listed = api.query(type="Job").json["refs"]
    for key in path:
        assert list(listed) == [key]
        listed = listed[key]
    assert len(listed) == 9


@pytest.mark.parametrize(
    ("switch", "path"), [("wrapped", ["sInObjectJob", "objectInJobs"]), ("array", ["sInObjectJob"])]
)
def test_resources_shapes(em: Emulator, switch: str, path: list[str]) -> None:
    api = Api(em, JSON)
    api.log_on()
    em.switches["resources_shape"] = switch
    listed = api.query(type="ObjectInJob").json["resources"]
    for key in path:
        assert list(listed) == [key]
        listed = listed[key]
    assert listed and "hierarchyObjRef" in listed[0]


def test_ready_made_queries(api: Api) -> None:
    answer = api.get("/querySvc")
    hrefs = [str(href) for href in answer.xml.xpath("//@Href")]
    assert any("query?type=Job&format=Entities&sortAsc=name&pageSize=15&page=1" in href for href in hrefs)
    kinds = [str(kind) for kind in answer.xml.xpath("//v:Link/@Type", namespaces=NS)]
    assert (len(kinds), kinds[0], kinds[1], kinds[5]) == (41, "LogonSession", "VmRestorePointList", "JobList")
    assert (answer.xml.get("Type"), answer.xml.get("Href")) == ("QueryService", hrefs[0])
    for href in hrefs[1:]:
        found = api.request("GET", href.split(":9398")[1])
        assert found.status in (200, 501), href
        # what is not there is named
        assert found.status == 200 or "this emulator does not have" in found.text
