# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wire format beyond the samples: shapes that servers differ in, and documents that must not be believed."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._clone.spec import CLONE_ELEMENTS, CloneSpec, write
from ansible_collections.backupops.veeam.plugins.module_utils._em import wire as _wire
from ansible_collections.backupops.veeam.plugins.module_utils._em.task import read_task
from ansible_collections.backupops.veeam.plugins.module_utils._em.wire import Unreadable
from ansible_collections.backupops.veeam.plugins.module_utils._resources.backup_server import BackupServer
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job import JOB
from ansible_collections.backupops.veeam.plugins.module_utils._resources.repository import REPOSITORY
from helpers.cast import other_id
from helpers.documents import NAMESPACE, Writer, camel_keys
from helpers.entities import GOLD, REPLICA, VBR01, WEB
from lxml import etree

HREF = "https://elsewhere.example.test:9398/api"
PAGING = {"Links": [], "PageNum": 1, "PageSize": 100, "PagesCount": 1}
UP = {
    "Rel": "Up",
    "Href": f"{HREF}/backupServers/{VBR01.id}",
    "Name": VBR01.name,
    "Type": "BackupServerReference",
}
REF = {
    "Links": [UP],
    "UID": GOLD.uid,
    "Name": GOLD.name,
    "Href": f"{HREF}/jobs/{GOLD.id}",
    "Type": "JobReference",
}
GOLD_REF = GOLD._replace(type=None, platform=None, description=None)


def as_json(members: t.Any) -> bytes:
    return json.dumps(members).encode()


def as_xml(inner: str, root: str = "QueryResult", attributes: str = "") -> bytes:
    return (f'<{root} xmlns="{NAMESPACE}"{attributes}>{inner}</{root}>').encode()


# -- lists ---------------------------------------------------------------------------------------------------------

LIST_SHAPES: dict[str, t.Any] = {
    "array": [REF],
    "wrapped": {"Refs": [REF]},
    "doubled": {"Refs": {"Refs": [REF]}},
    "wrapped by the singular": {"Ref": [REF]},
    "one object in the singular": {"Ref": REF},
    "one object in the plural": {"Refs": REF},
    "one bare object": REF,
}


@pytest.mark.parametrize("shape", LIST_SHAPES)
@pytest.mark.parametrize("camel", [False, True])
def test_a_json_list_of_one_in_any_shape(shape: str, camel: bool) -> None:
    document = {"Refs": LIST_SHAPES[shape], "Entities": None, "PagingInfo": PAGING}
    body = as_json(camel_keys(document) if camel else document)
    assert JOB.read_page(body, "json").items == [GOLD_REF]


EMPTY_SHAPES: dict[str, t.Any] = {
    "null": None,
    "array": [],
    "object": {},
    "wrapped": {"Refs": []},
    "wrapped null": {"Refs": None},
    "empty text": "",
}


@pytest.mark.parametrize("shape", EMPTY_SHAPES)
def test_an_empty_json_list_in_any_shape(shape: str) -> None:
    assert JOB.read_page(as_json({"Refs": EMPTY_SHAPES[shape], "PagingInfo": PAGING}), "json").items == []


def test_an_empty_json_list_that_is_missing() -> None:
    assert JOB.read_page(as_json({"PagingInfo": PAGING}), "json").items == []


@pytest.mark.parametrize("listed", [5, True, "none", [GOLD.name], [None], [[REF]], {"Refs": 3}, {"Refs": ["x"]}])
@pytest.mark.parametrize("member", ["Refs", "Entities.Jobs"])
def test_what_is_no_list_is_no_proof_of_absence(listed: t.Any, member: str) -> None:
    if member == "Entities.Jobs" and isinstance(listed, dict):
        listed = {"Jobs": listed["Refs"]}
    document = {"Refs": listed} if member == "Refs" else {"Entities": {"Jobs": listed}}
    with pytest.raises(Unreadable):
        JOB.read_page(as_json({**document, "PagingInfo": PAGING}), "json")


def test_entities_of_another_type_are_not_jobs() -> None:
    entities = {"Jobs": None, "Repositories": {"Repositories": [{**REF, "Kind": "Nfs"}]}}
    assert JOB.read_page(as_json({"Entities": entities, "PagingInfo": PAGING}), "json").items == []
    assert len(REPOSITORY.read_page(as_json({"Entities": entities, "PagingInfo": PAGING}), "json").items) == 1


XML_REF = '<Ref Type="JobReference" Href="{href}" Name="{name}" UID="{uid}"><Links>{up}{up}</Links></Ref>'.format(
    href=REF["Href"],
    name=GOLD.name,
    uid=GOLD.uid,
    up=f'<Link Rel="Up" Type="BackupServerReference" Href="{UP["Href"]}" Name="{VBR01.name}"/>',
)
XML_PAGING = '<PagingInfo PageNum="1" PageSize="100" PagesCount="1"/>'


@pytest.mark.parametrize(
    ("inner", "count"),
    [
        (f"<Refs>{XML_REF}</Refs>", 1),
        (f"<Refs><Refs>{XML_REF}</Refs></Refs>", 1),
        (f"<Refs>{XML_REF}</Refs><Refs>{XML_REF.replace(GOLD.id, WEB.id)}</Refs>", 2),
        ("<Refs/>", 0),
        ("", 0),
        ("<Refs> \n </Refs>", 0),
        ("<Entities/>", 0),
        ("<Entities><Jobs/></Entities>", 0),
    ],
)
def test_an_xml_list_in_any_shape(inner: str, count: int) -> None:
    items = JOB.read_page(as_xml(inner + XML_PAGING), "xml").items
    assert len(items) == count
    assert not items or items[0] == GOLD_REF


@pytest.mark.parametrize("body", [as_xml(""), as_xml("<Refs/>"), as_xml("<Refs/><PagingInfo/>")])
def test_nothing_is_absent_by_an_empty_document(body: bytes) -> None:
    """Without the number of pages an empty answer is no proof that there is nothing."""
    with pytest.raises(Unreadable):
        JOB.read_page(body, "xml")


@pytest.mark.parametrize(
    "document",
    [{"Refs": None}, {"Refs": []}, {"Refs": None, "PagingInfo": {}}, {"Refs": [], "PagingInfo": {"Links": []}}],
)
def test_nothing_is_absent_by_an_empty_json_document(document: t.Any) -> None:
    with pytest.raises(Unreadable):
        JOB.read_page(as_json(document), "json")


# -- entries -------------------------------------------------------------------------------------------------------


def test_an_id_comes_from_the_uid_or_else_from_the_href() -> None:
    by_uid = {**REF, "Href": None}
    by_href = {**REF, "UID": None, "Href": f"{HREF}/jobs/{GOLD.id.upper()}?format=Entity"}
    for entry in (by_uid, by_href):
        assert JOB.read_one(as_json(entry), "json").id == GOLD.id


@pytest.mark.parametrize("uid", [None, "", "urn:veeam:Job:", "urn:veeam:Job:..", "x/../../logonSessions", "5"])
def test_an_entry_without_a_usable_id_is_no_entry(uid: t.Any) -> None:
    """An id goes into the path of the clone request, so it must be a GUID and nothing else."""
    with pytest.raises(Unreadable):
        JOB.read_one(as_json({**REF, "UID": uid, "Href": f"{HREF}/jobs/{uid}"}), "json")


@pytest.mark.parametrize(
    "links",
    [
        None,
        [],
        [{**UP, "Rel": "Down"}],
        [{**UP, "Type": "ManagedServerReference"}],
        [{**UP, "Href": f"{HREF}/backupServers/1"}],
        [{**UP, "Href": None}],
    ],
)
def test_a_backup_server_is_not_guessed(links: t.Any) -> None:
    assert JOB.read_one(as_json({**REF, "Links": links}), "json").server is None


def test_the_backup_server_is_that_of_the_up_link() -> None:
    other = {**UP, "Rel": "Related", "Href": f"{HREF}/backupServers/{other_id(1)}"}
    assert JOB.read_one(as_json({**REF, "Links": [other, UP]}), "json").server == VBR01


def test_a_backup_server_without_a_name_is_called_by_its_id() -> None:
    job = JOB.read_one(as_json({**REF, "Links": [{**UP, "Name": None}]}), "json")
    assert job.server == BackupServer(VBR01.id, VBR01.id)


def test_one_entry_without_a_name_does_not_hide_the_others() -> None:
    page = JOB.read_page(as_json({"Refs": [{**REF, "Name": None, "UID": WEB.uid}, REF], "PagingInfo": PAGING}), "json")
    assert [job.name for job in page.items] == ["", GOLD.name]


@pytest.mark.parametrize("link", [UP, [UP], {"Link": UP}, {"Link": [UP]}])
def test_a_single_link_in_any_shape(link: t.Any) -> None:
    assert JOB.read_one(as_json({**REF, "Links": link}), "json").server == VBR01


# -- tasks ---------------------------------------------------------------------------------------------------------


def test_links_of_a_task(write: Writer) -> None:
    """Doubled links count once, links of another type not at all; the order stays."""
    answer = write.task("Finished", True, "Ok", [(WEB.id, WEB.name), (WEB.id, None), (GOLD.id, None)])
    task = read_task(answer.body, write.media_type)
    assert task.related == ((WEB.id, WEB.name), (GOLD.id, None))


@pytest.mark.parametrize(
    ("text", "success"),
    [("true", True), ("True", True), (" true ", True), ("false", False), ("", None), ("yes", None), ("1", None)],
)
def test_success_is_said_in_so_many_words(text: str, success: bool | None) -> None:
    inner = f'<TaskId>task-1</TaskId><State>Finished</State><Result Success="{text}"/>'
    assert read_task(as_xml(inner, "Task"), "xml").success is success


@pytest.mark.parametrize(
    ("value", "success"), [(True, True), (False, False), ("true", True), ("False", False), (None, None), (1, None)]
)
def test_success_in_json_is_a_boolean_or_its_text(value: t.Any, success: bool | None) -> None:
    document = {"TaskId": "task-1", "State": "Finished", "Result": {"Success": value}}
    assert read_task(as_json(document), "json").success is success


@pytest.mark.parametrize("task_id", ["", "a b", "../jobs", "task-1\r\nX: y", "task?x", "ä", "x" * 101, "..", "."])
def test_a_task_id_that_cannot_stand_in_a_path(task_id: str) -> None:
    with pytest.raises(Unreadable):
        read_task(as_json({"TaskId": task_id, "State": "Running"}), "json")


def test_a_task_without_a_state() -> None:
    with pytest.raises(Unreadable):
        read_task(as_json({"TaskId": "task-1", "State": None}), "json")


# -- documents that must not be believed ---------------------------------------------------------------------------

BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE Task [<!ENTITY a "aaaaaaaaaa">'
    + "".join('<!ENTITY {} "{}">'.format(chr(98 + i), (f"&{chr(97 + i)};") * 10) for i in range(10))
    + f']><Task xmlns="{NAMESPACE}" Type="&k;"><TaskId>&k;</TaskId><State>Running</State></Task>'
).encode()
GOOD_TASK = f'<Task xmlns="{NAMESPACE}"><TaskId>task-1</TaskId><State>Running</State></Task>'

HOSTILE_XML = {
    "empty": b"",
    "blanks": b" \n ",
    "text": b"task-1",
    "JSON": b'{"TaskId": "task-1", "State": "Running"}',
    "cut": GOOD_TASK.encode()[:-4],
    "two roots": GOOD_TASK.encode() * 2,
    "HTML": b"<html><body>Sign in</body></html>",
    "another root": as_xml("<TaskId>task-1</TaskId><State>Running</State>", "Job"),
    # the parser lets it pass beside a namespace that is no absolute URI
    "name with a colon in front": b'<:Task xmlns="http/www.veeam.com/ent/v1.0"/>',
    "no namespace": b"<Task><TaskId>task-1</TaskId><State>Running</State></Task>",
    "another namespace": GOOD_TASK.replace(NAMESPACE, "http://example.test/").encode(),
    "DTD": b"<!DOCTYPE Task>" + GOOD_TASK.encode(),
    "external DTD": b'<!DOCTYPE Task SYSTEM "file:///etc/hostname">' + GOOD_TASK.encode(),
    "external entity": (
        '<!DOCTYPE Task [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + GOOD_TASK.replace("task-1", "&x;")
    ).encode(),
    "parameter entity": ('<!DOCTYPE Task [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]>' + GOOD_TASK).encode(),
    "billion laughs": BILLION_LAUGHS,
    "undefined entity": GOOD_TASK.replace("task-1", "&x;").encode(),
    "deep": b"<a xmlns='%s'>" % NAMESPACE.encode() * 5000 + b"</a>" * 5000,
    "huge text": GOOD_TASK.replace("task-1", "x" * 11_000_000).encode(),
    "unknown encoding": b'<?xml version="1.0" encoding="x-none"?>' + GOOD_TASK.encode(),
    "not UTF-8": GOOD_TASK.replace("task-1", "\xe4").encode("latin-1"),
    "NUL": GOOD_TASK.replace("Running", "Run\0ning").encode(),
}


@pytest.mark.parametrize("what", HOSTILE_XML)
def test_hostile_xml(what: str) -> None:
    with pytest.raises(Unreadable) as raised:
        read_task(HOSTILE_XML[what], "xml")
    assert "/etc/hostname" not in str(raised.value)
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_xml_in_any_unicode_encoding(encoding: str) -> None:
    head = f'<?xml version="1.0" encoding="{encoding.replace("-sig", "")}"?>'
    assert read_task((head + GOOD_TASK).encode(encoding), "xml").id == "task-1"


HOSTILE_JSON = {
    "empty": b"",
    "XML": GOOD_TASK.encode(),
    "cut": b'{"TaskId": "task-1", "State": "Run',
    "array": b'[{"TaskId": "task-1", "State": "Running"}]',
    "null": b"null",
    "number": b"1",
    "NaN": b'{"TaskId": "task-1", "State": "Running", "x": NaN}',
    "Infinity": b'{"TaskId": "task-1", "State": "Running", "x": -Infinity}',
    "deep": b'{"TaskId": "task-1", "State": "Running", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"TaskId": ' * 50_000 + b"1" + b"}" * 50_000,
    "not UTF-8": b'{"TaskId": "task-\xe4", "State": "Running"}',
    "UTF-16": '{"TaskId": "task-1", "State": "Running"}'.encode("utf-16"),
    "another document": as_json(REF),
    "huge number": b'{"TaskId": ' + b"9" * 10_000 + b', "State": "Running"}',
    "list for a text": b'{"TaskId": ["task-1"], "State": "Running"}',
    "object for a text": b'{"TaskId": {"TaskId": "task-1"}, "State": "Running"}',
}


@pytest.mark.parametrize("what", HOSTILE_JSON)
def test_hostile_json(what: str) -> None:
    with pytest.raises(Unreadable) as raised:
        read_task(HOSTILE_JSON[what], "json")
    assert len(str(raised.value)) < 200


def test_half_a_surrogate_pair_in_json_does_not_reach_the_result() -> None:
    """JSON can carry one, UTF-8 cannot, and what Ansible prints is UTF-8."""
    name = JOB.read_one(as_json({**REF, "Name": "a\ud83d", "Description": "\udc00"}), "json").name
    assert name.encode("utf-8")
    assert name != "a"
    whole = JOB.read_one(as_json({**REF, "Name": "a\U0001f600"}), "json").name
    assert whole == "a\U0001f600"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html/>",
        b"Bad gateway",
        b"{}",
        b'{"message": "Endpoint request timed out"}',
        b'{"error": "no", "status": 502}',
        b'{"statusCode": 502, "error": "Bad Gateway"}',
        b"<Error/>",
        b'<Error xmlns="urn:proxy" Message="no" StatusCode="502"/>',
    ],
)
def test_only_an_error_document_is_ems_own_word(body: bytes) -> None:
    """Whether EM itself refused a clone decides between "nothing was created" and "unknown"."""
    assert _wire.read_error(body) is None


@pytest.mark.parametrize("status", [400, 500])
def test_an_error_is_read_whatever_its_format(status: int, write: Writer) -> None:
    assert _wire.read_error(write.error(status, "  <no>\r\n  such\tjob ").body) == "<no> such job"


def test_a_long_error_is_shortened(write: Writer) -> None:
    assert _wire.read_error(write.error(500, "x" * 5000).body) == "x" * 1000 + "\u2026"


# -- requests ------------------------------------------------------------------------------------------------------


def test_names_cannot_leave_their_element() -> None:
    name = '</JobName><RepositoryUid>x</RepositoryUid>&amp;]]>"'
    spec = CloneSpec("Replica", {"JobName": name, "VmSuffix": '","Description":"x'})
    root = etree.fromstring(write(spec, "xml"))
    assert [child.text for child in root[0]] == [name, '","Description":"x']
    assert json.loads(write(spec, "json")) == {"ReplicaJobCloneInfo": spec.values}


@pytest.mark.parametrize("kind", list(CLONE_ELEMENTS))
def test_only_elements_of_the_kind_are_written(kind: str) -> None:
    everything = dict.fromkeys(
        ("JobName", "FolderName", "JobFileName", "RepositoryUid", "VmSuffix", "Description", "Other"), "x"
    )
    root = etree.fromstring(write(CloneSpec(kind, t.cast(t.Any, everything)), "xml"))
    element, names = CLONE_ELEMENTS[kind]
    assert [etree.QName(child).localname for child in root] == [element]
    assert tuple(etree.QName(child).localname for child in root[0]) == names


def test_a_job_survives_the_way_there_and_back(write: Writer) -> None:
    for job in (GOLD, REPLICA, WEB._replace(name="\xe4\u20ac\U0001f600 <&>\"'", server=None)):
        expected = job._replace(description=job.description or None)
        assert JOB.read_one(write.job(job).body, write.media_type) == expected
