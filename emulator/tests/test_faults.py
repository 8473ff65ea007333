# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault, seen from the other end of the wire."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from veeam_em_emulator import Emulator, FaultError, ManualClock
from veeam_em_emulator.tester.faults import ACTIONS, NAMES, PARAMETERS

from .client import GOLD, JSON, LONG, NS, XML, Api, advance, basic, raw_connection, raw_exchange

BROKEN = (ConnectionError, ssl.SSLError, http.client.HTTPException)
CLONE_PATH = r"action=clone"


def get(api: Api, path: str = "/api/jobs") -> bytes:
    """A raw GET with the session of the client: everything that comes until the other side closes."""
    lines = [f"GET {path} HTTP/1.1", "Host: em", f"Accept: {api.accept}", f"X-RestSvcSessionId: {api.token}"]
    lines.append("Connection: close")
    return raw_exchange(api.em, ("\r\n".join(lines) + "\r\n\r\n").encode())


# Specification


@pytest.mark.parametrize(
    ("spec", "part"),
    [
        ({"fault": "nonsense"}, "there is no fault 'nonsense'"),
        ({"fault": "cut", "size": 3}, "has no parameter size"),
        ({"fault": "cut", "on": 0}, "on must be a whole number, 1 or more"),
        ({"fault": "cut", "count": -1}, "count must be a whole number, 0 or more"),
        ({"fault": "status"}, "needs a code"),
        ({"fault": "redirect"}, "needs a location"),
        ({"fault": "cut", "path": "("}, "not a valid regular expression"),
        ({"fault": "cut", "action": "begin"}, "there is no action 'begin'"),
        ({"fault": "cut", "action": "start", "method": "POST"}, "one or the other"),
    ],
)
def test_bad_specifications_are_refused(em: Emulator, spec: dict[str, Any], part: str) -> None:
    with pytest.raises(FaultError, match=re.escape(part)):
        em.add_fault(**spec)


def test_every_fault_has_its_parameters_listed() -> None:
    assert set(PARAMETERS) == NAMES


def test_on_and_count(api: Api) -> None:
    """The second and the third matching request; others do not count."""
    identity = api.em.add_fault(fault="status", code=503, path="/api/jobs", on=2, count=2)
    assert [api.get("/jobs").status for _unused in range(2)] == [200, 503]
    assert api.get("/repositories").status == 200
    assert [api.get("/jobs").status for _unused in range(2)] == [503, 200]
    fired = api.em.fired_faults()
    assert [(item["id"], item["fault"], item["method"], item["path"]) for item in fired] == [
        (identity, "status", "GET", "/api/jobs")
    ] * 2
    by_number = {entry.number: entry for entry in api.em.journal}
    assert [by_number[item["request"]].fault for item in fired] == ["status", "status"]


def test_count_zero_is_for_ever_until_cleared(api: Api) -> None:
    api.em.add_fault(fault="status", code=500, method="GET", count=0)
    assert [api.get("/jobs").status for _unused in range(4)] == [500] * 4
    api.em.clear_faults()
    assert api.get("/jobs").status == 200
    assert len(api.em.fired_faults()) == 4


def test_the_path_is_matched_decoded_and_as_sent(api: Api) -> None:
    api.em.add_fault(fault="status", code=500, path=r'Name=="TPL Gold"')
    assert api.query(type="Job", filter='Name=="TPL Gold"').status == 500
    api.em.add_fault(fault="status", code=502, path=r"Name%3D%3D%22TPL")
    assert api.query(type="Job", filter='Name=="TPL Gold"').status == 502


def test_several_faults_at_once(api: Api) -> None:
    """One changes what the server does, one damages the answer."""
    api.em.add_fault(fault="finish_without_link")
    api.em.add_fault(fault="content_type", type="text/html", method="POST")
    answer = api.clone("web")
    assert answer.headers["content-type"] == "text/html"
    assert api.finish().related == []
    assert api.em.journal[1].fault == "finish_without_link,content_type"


def test_faults_from_the_state_file() -> None:
    state = {"backup_servers": [{"name": "s"}], "faults": [{"fault": "status", "code": 418}]}
    with Emulator(state=state) as em:
        assert Api(em).get("/jobs").status == 418
        assert Api(em).get("/jobs").status == 401
        em.reset()
        assert Api(em).get("/jobs").status == 418


# The connection breaks


def test_refuse_new_connections(em: Emulator) -> None:
    """Reset before TLS, not counted as requests."""
    em.add_fault(fault="refuse", count=2)
    for _unused in range(2):
        with pytest.raises(BROKEN):
            Api(em).get("/")
    assert Api(em).get("/").status == 200
    assert [entry.path for entry in em.journal] == ["/api/"]
    assert [item["request"] for item in em.fired_faults()] == [None, None]


def test_refuse_is_a_reset_before_tls(em: Emulator) -> None:
    em.add_fault(fault="refuse")

    def connect() -> bytes:
        with socket.create_connection((em.host, em.port), timeout=LONG) as plain:
            return plain.recv(1)

    # the reset may come with the connection already; an orderly end would give an empty answer
    with pytest.raises(ConnectionResetError):
        connect()


def test_refuse_from_the_second_connection_on(em: Emulator) -> None:
    em.add_fault(fault="refuse", on=2)
    assert Api(em).get("/").status == 200
    with pytest.raises(BROKEN):
        Api(em).get("/")
    assert Api(em).get("/").status == 200


def test_refuse_after_a_request(api: Api) -> None:
    """The k-th matching request is answered, then the connection is closed and the next ones are refused."""
    api.em.add_fault(fault="refuse", method="POST", path=CLONE_PATH, count=2)
    assert api.get("/jobs").status == 200
    assert api.clone("web").status == 202
    with pytest.raises(BROKEN):
        # the kept connection is closed
        api.get("/jobs")
    for _unused in range(2):
        with pytest.raises(BROKEN):
            api.get("/jobs")
    assert api.get("/jobs").status == 200
    assert [entry.fault for entry in api.em.journal] == [None, None, "refuse", None]


def test_refuse_for_ever(em: Emulator) -> None:
    em.add_fault(fault="refuse", count=0)
    for _unused in range(4):
        with pytest.raises(BROKEN):
            Api(em).get("/")
    em.clear_faults()
    assert Api(em).get("/").status == 200


def test_reset_before(api: Api) -> None:
    api.em.add_fault(fault="reset_before", method="POST", path=CLONE_PATH)
    with pytest.raises(ConnectionResetError):
        api.clone("web")
    entry = api.em.journal[-1]
    assert (entry.method, entry.status, entry.processed, entry.fault) == ("POST", None, False, "reset_before")
    assert "web" in entry.body
    assert api.em.tasks() == []


def test_reset_after(api: Api) -> None:
    api.em.add_fault(fault="reset_after", method="POST", path=CLONE_PATH)
    with pytest.raises(ConnectionResetError):
        api.clone("web")
    entry = api.em.journal[-1]
    assert (entry.status, entry.processed, entry.fault, entry.bytes_sent) == (None, True, "reset_after", 0)
    assert len(api.em.tasks()) == 1


def test_a_clone_whose_answer_was_lost_appears_by_look_ups(api: Api) -> None:
    """Nobody can poll its task, so job look-ups move it on: Running, OperationFinished, Finished."""
    api.em.add_fault(fault="reset_after", method="POST", path=CLONE_PATH)
    with pytest.raises(ConnectionResetError):
        api.clone("web")
    found = [api.names(api.query(type="Job", filter='Name=="web"')) for _unused in range(3)]
    assert found == [[], [], ["web"]]
    assert len(api.em.jobs("web")) == 1


@pytest.mark.parametrize("process", [True, False])
def test_stall(api: Api, process: bool) -> None:
    """No answer, while other connections are served; the end of the emulator does not wait for it."""
    api.em.add_fault(fault="stall", method="POST", path=CLONE_PATH, process=process)
    api.connection().timeout = 0.2
    api.connection().connect()
    with pytest.raises(TimeoutError):
        api.clone("web")
    other = Api(api.em)
    assert other.get("/").status == 200
    entry = api.em.journal[-2]
    assert (entry.status, entry.processed, entry.fault) == (None, process, "stall")
    assert len(api.em.tasks()) == process


@pytest.mark.parametrize("how", ["stop", "reset"])
def test_stalled_connections_are_dropped(how: str) -> None:
    em = Emulator().start()
    em.add_fault(fault="stall", count=0)
    errors: list[BaseException] = []

    def wait() -> None:
        try:
            Api(em).get("/")
        except BROKEN as error:
            errors.append(error)

    threads = [threading.Thread(target=wait) for _unused in range(3)]
    for thread in threads:
        thread.start()
    while len(em.journal) < 3:
        pass
    em.stop() if how == "stop" else em.reset()
    for thread in threads:
        thread.join()
        assert not thread.is_alive()
    assert len(errors) == 3
    em.stop()


def test_a_request_from_before_a_reset_changes_nothing() -> None:
    """It waits out the latency, finds its world gone, and is dropped."""
    with Emulator(latency=60, clock=ManualClock()) as em:
        broken: list[BaseException] = []

        def log_on() -> None:
            try:
                Api(em).log_on()
            except BROKEN as error:
                broken.append(error)

        thread = threading.Thread(target=log_on)
        thread.start()
        while not em.journal:
            pass
        em.reset()
        while thread.is_alive():
            advance(em, 60)
        assert len(broken) == 1
        assert (em.journal, em.open_sessions()) == ([], [])


# The answer is slow, cut or nonsense


def test_drip_from_the_status_line(api: Api) -> None:
    """Byte by byte, and all of it in the end."""
    api.em.add_fault(fault="drip", interval=0.0001)
    answer = api.get("/tasks")
    assert (answer.status, answer.xml.tag) == (200, f"{{{NS['v']}}}Tasks")
    assert api.em.journal[-1].fault == "drip"


@pytest.mark.parametrize(("part", "at_once"), [("head", b""), ("body", b"HTTP/1.1 200 OK\r\n")])
def test_drip_is_one_byte_per_interval(part: str, at_once: bytes) -> None:
    """However much time somebody lets pass, there is never more than one byte for an hour of it."""
    with Emulator(clock=ManualClock()) as em:
        em.add_fault(fault="drip", interval=3600, part=part)
        with raw_connection(em) as tls:
            tls.sendall(b"GET /api/ HTTP/1.1\r\nHost: em\r\n\r\n")
            received = b""
            while at_once and not received.endswith(b"\r\n\r\n"):
                received += tls.recv(1)
            assert received.startswith(at_once)
            for number in range(1, 6):
                received += dripped(em, tls, 1800)
                assert em.clock.monotonic() >= number * 3600
            assert received.startswith(at_once or b"HTTP/")


def dripped(em: Emulator, tls: ssl.SSLSocket, step: float) -> bytes:
    """The next byte, for which the clock is advanced until it comes."""
    tls.settimeout(0.02)
    for _unused in range(500):
        try:
            return tls.recv(1)
        except TimeoutError:
            advance(em, step)
    pytest.fail("no byte comes, whatever time passes")


@pytest.mark.parametrize(("framing", "complete"), [("length", False), ("chunked", False), ("close", True)])
def test_cut(api: Api, framing: str, complete: bool) -> None:
    """Without a length the client cannot tell; the document is cut all the same."""
    api.em.add_fault(fault="cut", framing=framing)
    if not complete:
        with pytest.raises(http.client.IncompleteRead):
            api.get("/jobs")
        return
    answer = api.get("/jobs")
    with pytest.raises(etree.XMLSyntaxError):
        _unused = answer.xml


def test_cut_where_and_how(api: Api) -> None:
    api.em.add_fault(fault="cut", at=10)
    with pytest.raises(http.client.IncompleteRead) as cut:
        api.get("/jobs")
    assert cut.value.partial == b"<?xml vers"
    api.em.add_fault(fault="cut", reset=True)
    with pytest.raises(BROKEN):
        api.get("/jobs")


def test_empty(api: Api) -> None:
    api.em.add_fault(fault="empty", method="POST")
    answer = api.clone("web")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"", "application/xml; charset=utf-8")
    assert len(api.em.tasks()) == 1


def test_empty_and_not_processed(api: Api) -> None:
    api.em.add_fault(fault="empty", method="POST", process=False)
    assert api.clone("web").body == b""
    assert api.em.tasks() == []
    assert api.em.journal[-1].processed is False


def test_garbage_in_the_body(api: Api) -> None:
    api.em.add_fault(fault="garbage", size=64)
    answer = api.get("/jobs")
    assert (answer.status, len(answer.body)) == (200, 64)
    assert not answer.body.startswith(b"<")


@pytest.mark.parametrize(
    ("fault", "values"),
    [
        ("garbage", {}),
        ("cut", {}),
        ("cut", {"framing": "chunked"}),
        ("drip", {"interval": 0.0001}),
        ("huge_body", {"size": 1000}),
        ("gzip_bomb", {"size": 1000}),
    ],
)
def test_an_answer_after_which_the_connection_ends_says_so(api: Api, fault: str, values: dict[str, Any]) -> None:
    """Else a client may send its next request just as the connection closes."""
    api.em.add_fault(fault=fault, **values)
    request = f"GET /api/tasks HTTP/1.1\r\nHost: em\r\nX-RestSvcSessionId: {api.token}\r\n\r\n".encode()
    head = raw_exchange(api.em, request).partition(b"\r\n\r\n")[0]
    assert b"Connection: close" in head.split(b"\r\n")


def test_garbage_instead_of_http(api: Api) -> None:
    api.em.add_fault(fault="garbage", part="head")
    with pytest.raises(http.client.BadStatusLine):
        api.get("/jobs")
    assert api.em.journal[-1].status is None


@pytest.mark.parametrize("accept", [XML, JSON])
def test_bom(em: Emulator, accept: str) -> None:
    api = Api(em, accept)
    api.log_on()
    em.add_fault(fault="bom")
    answer = api.get("/jobs")
    assert answer.body.startswith(b"\xef\xbb\xbf")
    assert "TPL Gold" in api.names(answer)


def test_html(api: Api) -> None:
    api.em.add_fault(fault="html")
    answer = api.get("/jobs")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_content_type(api: Api) -> None:
    api.em.add_fault(fault="content_type")
    answer = api.get("/jobs")
    assert answer.headers["content-type"] == "text/plain"
    assert "TPL Gold" in api.names(answer)


@pytest.mark.parametrize("code", [401, 403, 404, 429, 500, 502, 503])
def test_status(api: Api, code: int) -> None:
    api.em.add_fault(fault="status", code=code, method="POST", path=CLONE_PATH)
    answer = api.clone("web")
    assert (answer.status, answer.xml.get("StatusCode")) == (code, str(code))
    assert ("www-authenticate" in answer.headers) == (code == 401)
    assert "retry-after" not in answer.headers
    assert api.em.tasks() == []
    entry = api.em.journal[-1]
    assert (entry.status, entry.processed, entry.fault) == (code, False, "status")


def test_status_with_retry_after_and_other_bodies(api: Api) -> None:
    api.em.add_fault(fault="status", code=503, retry_after=7, body="html")
    api.em.add_fault(fault="status", code=429, retry_after="Wed, 21 Oct 2026 07:28:00 GMT", body="empty", on=2)
    api.em.add_fault(fault="status", code=500, message="boom", on=3)
    first, second, third = (api.get("/jobs") for _unused in range(3))
    assert (first.headers["retry-after"], first.text[:9]) == ("7", "<!DOCTYPE")
    assert (second.headers["retry-after"], second.body) == ("Wed, 21 Oct 2026 07:28:00 GMT", b"")
    assert third.message == "boom"


def test_status_although_processed(api: Api) -> None:
    api.em.add_fault(fault="status", code=500, method="POST", process=True)
    assert api.clone("web").status == 500
    assert len(api.em.tasks()) == 1
    assert api.em.journal[-1].processed is True


def test_redirect(api: Api) -> None:
    api.em.add_fault(fault="redirect", location="https://127.0.0.1:1/api/jobs", code=307, method="POST")
    answer = api.clone("web")
    assert (answer.status, answer.headers["location"]) == (307, "https://127.0.0.1:1/api/jobs")
    assert api.em.tasks() == []


# Too much of it


def _read(em: Emulator, api: Api, path: str, limit: int) -> tuple[bytes, int]:
    """Head, and the number of body bytes up to the limit."""
    with raw_connection(em) as tls:
        request = f"GET {path} HTTP/1.1\r\nHost: em\r\nAccept: {api.accept}\r\nX-RestSvcSessionId: {api.token}\r\n\r\n"
        tls.sendall(request.encode())
        received = b""
        while b"\r\n\r\n" not in received:
            part = tls.recv(65536)
            if not part:
                break
            received += part
            if len(received) > limit:
                return received, 0
        head, _unused, body = received.partition(b"\r\n\r\n")
        count = len(body)
        while count < limit:
            part = tls.recv(65536)
            if not part:
                break
            count += len(part)
        return head, count


@pytest.mark.parametrize("accept", [XML, JSON])
def test_huge_body_is_a_whole_document(em: Emulator, accept: str) -> None:
    api = Api(em, accept)
    api.log_on()
    em.add_fault(fault="huge_body", size=3_000_000)
    answer = api.get("/jobs")
    assert len(answer.body) > 3_000_000
    assert "TPL Gold" in api.names(answer)


def test_huge_body_of_a_gigabyte_by_default(api: Api) -> None:
    api.em.add_fault(fault="huge_body")
    head, count = _read(api.em, api, "/api/jobs", 1_000_000)
    length = re.search(rb"Content-Length: (\d+)", head, re.IGNORECASE)
    assert length is not None
    assert int(length.group(1)) > 1 << 30
    assert count >= 1_000_000
    # the emulator is not kept busy by a reader that has gone
    assert Api(api.em).get("/").status == 200


def test_endless_body(api: Api) -> None:
    api.em.add_fault(fault="endless_body")
    head, count = _read(api.em, api, "/api/jobs", 5_000_000)
    assert b"transfer-encoding: chunked" in head.lower()
    assert count >= 5_000_000


def test_endless_headers(api: Api) -> None:
    api.em.add_fault(fault="endless_headers")
    received, _unused = _read(api.em, api, "/api/jobs", 1_000_000)
    assert received.startswith(b"HTTP/1.1 200 OK")
    assert received.count(b"\r\nX-Filler-") > 1000
    api.em.add_fault(fault="endless_headers")
    with pytest.raises(http.client.HTTPException):
        api.get("/jobs")


def test_slow_headers(api: Api) -> None:
    """A header now and then, and no end of them."""
    api.em.add_fault(fault="slow_headers", interval=0.001)
    with pytest.raises(http.client.HTTPException, match="got more than 100 headers"):
        api.get("/jobs")


@pytest.mark.parametrize("accept", [XML, JSON])
def test_gzip_bomb(em: Emulator, accept: str) -> None:
    """Small on the wire, valid, as large as asked for."""
    api = Api(em, accept)
    api.log_on()
    em.add_fault(fault="gzip_bomb", size=50_000_000)
    answer = api.get("/jobs")
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.body) < 200_000
    plain = zlib.decompress(answer.body, 31)
    assert len(plain) > 49_000_000
    assert b"TPL Gold" in plain[-20_000:]
    if accept == JSON:
        assert json.loads(plain)


@pytest.mark.parametrize("path", ["/query", "/jobs"])
def test_endless_pages(api: Api, path: str) -> None:
    """Each page says that there is one more."""
    api.em.add_fault(fault="endless_pages", count=0)
    for number in (1, 2, 50):
        answer = api.get(path, type="Job", pageSize=5, page=number)
        assert answer.first("v:PagingInfo/@PagesCount") == str(number + 1)
        assert f"page={number + 1}" in str(answer.first("//v:Link[@Rel='Next']/@Href"))


# Hostile documents


def test_other_origin_hrefs(api: Api) -> None:
    api.em.add_fault(fault="other_origin_hrefs", origin="https://127.0.0.1:4443")
    hrefs = api.get("/jobs").xml.xpath("//@Href")
    assert hrefs and all(str(href).startswith("https://127.0.0.1:4443/api/") for href in hrefs)
    assert all(
        str(href).startswith("https://em01.example.test:9398/api/") for href in api.get("/jobs").xml.xpath("//@Href")
    )


def test_dtd(api: Api) -> None:
    api.em.add_fault(fault="dtd", system="file:///nowhere")
    text = api.get("/tasks/task-1").text
    assert '<!DOCTYPE Task [<!ENTITY x SYSTEM "file:///nowhere">]>' in text
    assert "&x;" in text


def test_entities(api: Api) -> None:
    """Well-formed; a reader that expands them gets 10 to the power of the depth plus one."""
    api.em.add_fault(fault="entities", depth=1)
    text = api.get("/tasks/task-1").text.encode()
    expanded = etree.fromstring(text, etree.XMLParser(resolve_entities=True))
    assert len(expanded.findtext("v:TaskId", namespaces=NS) or "") == 10**2


def test_deep_json(em: Emulator) -> None:
    api = Api(em, JSON)
    api.log_on()
    em.add_fault(fault="deep_json", depth=50)
    value: Any = api.get("/jobs").json["Links"]
    depth = 0
    while value is not None:
        depth, value = depth + 1, value[0] if value else None
    assert depth == 50
    em.add_fault(fault="deep_json")
    with pytest.raises(RecursionError):
        _unused = api.get("/jobs").json


def test_deep_xml_where_xml_is_asked_for(api: Api) -> None:
    api.em.add_fault(fault="deep_json", depth=10)
    assert len(api.get("/jobs").xml.xpath("//*")) == 11


# The server behaves otherwise


def test_expire_session_on_a_poll(api: Api) -> None:
    api.clone("web")
    api.em.add_fault(fault="expire_session", path="/tasks/")
    assert api.get("/tasks/task-1").status == 401
    assert api.em.open_sessions() == []
    again = Api(api.em)
    again.log_on()
    lost = again.get("/tasks/task-1")
    assert (lost.status, lost.message) == (500, "There is no backup task with id [task-1] in current rest session")
    # the clone goes on; look-ups of others move it
    found = [again.names(again.query(type="Job", filter='Name=="web"')) for _unused in range(3)]
    assert found[-1] == ["web"]


def test_expire_session_at_logon(em: Emulator) -> None:
    em.add_fault(fault="expire_session", path="sessionMngr")
    api = Api(em)
    assert api.log_on().status == 201
    assert api.get("/jobs").status == 401


def test_expire_all_sessions(api: Api) -> None:
    other = Api(api.em)
    other.log_on()
    api.em.add_fault(fault="expire_session", scope="all", path="/jobs")
    assert api.get("/jobs").status == 401
    assert other.get("/jobs").status == 401


def test_lose_task_on_a_poll(api: Api) -> None:
    api.clone("web")
    api.em.add_fault(fault="lose_task", path="/tasks/", on=2)
    assert api.task().state == "Running"
    for _unused in range(2):
        lost = api.get("/tasks/task-1")
        assert (lost.status, lost.message) == (500, "There is no backup task with id [task-1] in current rest session")
    found = [api.names(api.query(type="Job", filter='Name=="web"')) for _unused in range(3)]
    assert found[-1] == ["web"]


def test_lose_task_at_the_post(api: Api) -> None:
    api.em.add_fault(fault="lose_task", method="POST")
    assert api.clone("web").status == 202
    assert api.get("/tasks/task-1").status == 500


def test_lose_task_by_another_request(api: Api) -> None:
    api.clone("web")
    api.em.add_fault(fault="lose_task", path="/repositories")
    api.get("/repositories")
    assert api.get("/tasks/task-1").status == 500


def test_finish_without_link(api: Api) -> None:
    api.em.add_fault(fault="finish_without_link")
    api.clone("web")
    task = api.finish()
    assert (task.success, task.related) == (True, [])
    assert len(api.em.jobs("web")) == 1


@pytest.mark.parametrize(("parameters", "name"), [({}, "web_clone1"), ({"name": "other"}, "other")])
def test_rename_clone(api: Api, parameters: dict[str, str], name: str) -> None:
    api.em.add_fault(fault="rename_clone", **parameters)
    api.clone("web")
    task = api.finish()
    assert (task.success, task.related[0]["name"]) == (True, name)
    assert (len(api.em.jobs("web")), [job.id for job in api.em.jobs(name)]) == (0, [task.job_id])


def test_never_finish(api: Api) -> None:
    api.em.add_fault(fault="never_finish")
    api.clone("web")
    assert {api.task().state for _unused in range(10)} == {"Running"}
    assert api.em.jobs("web") == []


def test_never_finish_although_the_job_is_there(api: Api) -> None:
    api.em.add_fault(fault="never_finish", job=True)
    api.clone("web")
    assert {api.task().state for _unused in range(10)} == {"Running"}
    assert len(api.em.jobs("web")) == 1


def test_never_finish_is_given_up_at_logout(api: Api) -> None:
    """So that the same clone can be tried again."""
    api.em.add_fault(fault="never_finish")
    api.clone("web")
    api.task()
    api.log_out()
    again = Api(api.em)
    again.log_on()
    again.clone("web")
    assert again.finish().success is True


def test_stay_operation_finished(api: Api) -> None:
    api.em.add_fault(fault="stay_operation_finished")
    api.clone("web")
    states = [api.task().state for _unused in range(8)]
    assert states == ["Running"] + ["OperationFinished"] * 7
    assert len(api.em.jobs("web")) == 1


def test_stay_operation_finished_without_a_job(api: Api) -> None:
    api.em.add_fault(fault="stay_operation_finished", job=False)
    api.clone("web")
    assert [api.task().state for _unused in range(8)][-1] == "OperationFinished"
    assert api.em.jobs("web") == []


def test_stay_operation_finished_does_not_hide_a_failure(api: Api) -> None:
    api.em.add_fault(fault="stay_operation_finished")
    api.clone("TPL Gold")
    assert api.finish().success is False


def test_a_clone_fault_on_a_poll(api: Api) -> None:
    """Named by method and path it hits the task that is polled."""
    api.clone("web")
    api.em.add_fault(fault="never_finish", method="GET", path="/tasks/", on=2)
    assert {api.task().state for _unused in range(6)} == {"Running"}
    assert api.em.jobs("web") == []


def test_late_job_by_look_ups(api: Api) -> None:
    api.em.add_fault(fault="late_job", queries=2)
    api.clone("web")
    task = api.finish()
    found = [api.names(api.query(type="Job", filter='Name=="web"')) for _unused in range(3)]
    assert found == [[], [], ["web"]]
    assert api.get(f"/jobs/{task.job_id}").status == 200


def test_late_job_by_seconds(api: Api) -> None:
    """Not shown while the time has not come; shown once it has."""
    api.em.add_fault(fault="late_job", seconds=600)
    api.clone("web")
    task = api.finish()
    assert api.get(f"/jobs/{task.job_id}").status == 404
    assert [job.visible for job in api.em.jobs("web")] == [False]
    advance(api.em, 600)
    assert api.get(f"/jobs/{task.job_id}").status == 200


def test_late_job_until_a_refresh(api: Api) -> None:
    api.em.add_fault(fault="late_job", refresh=True)
    api.clone("web")
    api.finish()
    assert api.names(api.get("/jobs")).count("web") == 0
    api.request("POST", "/api/backupServers/3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61?action=collect")
    api.finish("task-2")
    advance(api.em, 3)
    assert api.names(api.get("/jobs")).count("web") == 1


def test_allow_duplicates(api: Api) -> None:
    api.em.add_fault(fault="allow_duplicates", count=2)
    api.clone("web")
    api.clone("web")
    assert (api.finish("task-1").success, api.finish("task-2").success) == (True, True)
    assert len(api.em.jobs("web")) == 2


# By action

ID = "/api/jobs/5b0d6c1e-9f84-4a37-b1c2-d3e4f5a6b7c8"
REQUESTS = {
    "log_on": "POST /api/sessionMngr/?v=latest", "log_out": "DELETE /api/logonSessions/x",
    "clone": f"POST {ID}?action=clone", "start": f"POST {ID}?action=start", "stop": f"POST {ID}?x=1&action=stop",
    "retry": f"POST {ID}/?action=retry", "sync": f"POST {ID}?action=sync",
    "toggle": f"POST {ID}?action=ToggleScheduleEnabled", "edit": f"PUT {ID}?action=edit", "delete": f"DELETE {ID}",
    "add_object": f"POST {ID}/includes", "remove_object": f"DELETE {ID}/includes/x",
    "add_link": f"POST {ID}/linkedJobs", "remove_link": f"DELETE {ID}/linkedBackupRepositories/x",
    "enable_policy": "POST /api/cdpPolicies/x?action=enable",
    "disable_policy": "POST /api/cdpPolicies/x?action=disable",
    "stop_session": "POST /api/backupSessions/x?action=stop", "collect": "POST /api/backupServers/x?action=collect",
    "quick_backup": "POST /api//backupServers/x?action=quickbackup",
    "veeamzip": "POST /api/backupServers/x?action=veeamzip",
    "restore": "POST /api/vmRestorePoints/x/?action=restore",
    "failover": "POST /api/vmReplicaPoints/x?action=failover",
    "start_failover_plan": "POST /api/failoverPlans/x?action=start",
    "undo_failover_plan": "POST /api/failoverPlans/x?action=undo", "edit_failover_plan": "PUT /api/failoverPlans/x",
    "mount": "POST /api/vmRestorePoints/x/mounts", "unmount": "DELETE /api/vmReplicaPoints/x/mounts/1",
    "restore_files": "POST /api/vmRestorePoints/x/mounts/1/C:/data.txt?action=restore",
    "browse_catalog": "POST /api/catalog/vms/web01/vmRestorePoints/x?action=browse",
    "read_replicas": "GET /api/query?type=VmReplicaPoint&filter=x", "read_failover_plans": "GET /api/failoverPlans/x",
    "read_files": "GET /api/vmRestorePoints/x/mounts/1/C:?action=listAll",
    "add_credentials": "POST /api/backupServers/x/credentials?action=create",
    "read_task": "GET /api/tasks/task-1", "cancel_task": "DELETE /api/tasks/task-1",
    "read_job": f"GET {ID}?format=Entity", "list_jobs": "GET /api/query?format=Entities&type=Job&filter=x",
    "read_objects": f"GET {ID}/includes", "look_up": "GET /api/lookup?name=web01",
    "read_session": "GET /api/backupSessions/x?format=Entity",
    "list_sessions": "GET /api/query?type=BackupJobSession&sortDesc=CreationTime",
    "read_machines": "GET /api/replicaSessions/x/repicaTaskSessions",
    "read_restores": "GET /api/query?type=RestoreSession&sortDesc=CreationTime",
    "read_backups": "GET /api/query?type=Backup&filter=x", "read_points": "GET /api/query?type=VmRestorePoint",
}  # fmt: skip
MORE = {
    **{
        name: [f"POST /api/agents/jobs/x?action={action}", f"POST /api/nas/jobs/x/{action}"]
        for name, action in (
            ("start", "start"),
            ("stop", "stop"),
            ("retry", "retry"),
            ("toggle", "toggleScheduleEnabled"),
        )
    },
    "mount": ["POST /api/agents/agentRestorePoints/x/mounts"],
    "unmount": ["DELETE /api/agents/agentRestorePoints/x/mounts/1"],
    "read_job": ["GET /api/nas/jobs/x", "GET /api/agents/jobs/x?format=Entity"],
    "restore_files": ["POST /api/catalog/vms/web01/vmRestorePoints/x/guestfs/C:/data.txt?action=restore"],
    "read_replicas": ["GET /api/replicas", "GET /api/vmReplicaPoints/x?format=Entity", "GET /api/query?type=Replica"],
    "read_failover_plans": ["GET /api/query?type=FailoverPlan"],
    "read_files": ["GET /api/vmReplicaPoints/x/mounts", "GET /api/catalog/vms"],
    "list_jobs": ["GET /api/jobs", "GET /api/jobs?format=Entity", "GET /api/agents/jobs", "GET /api/query?type=NasJob"],
    "list_sessions": [f"GET {ID}/backupSessions", "GET /api/replicaSessions", "GET /api/backupSessions?format=Entity"],
    "read_machines": ["GET /api/backupSessions/x/taskSessions", "GET /api/query?type=BackupTaskSession"],
    "edit": [f"PUT {ID}"],
    "restore": ["POST /api/vAppRestorePoints/x?action=restore"],
    "read_restores": ["GET /api/restoreSessions", "GET /api/restoreSessions/x?format=Entity"],
    "read_backups": ["GET /api/backups", "GET /api/backups/x/restorePoints"],
    "read_points": [
        "GET /api/vmRestorePoints/x?format=Entity",
        "GET /api/query?type=RestorePoint",
        "GET /api/restorePoints/x/vmRestorePoints",
        "GET /api/vAppRestorePoints",
        "GET /api/agents/agentRestorePoints?format=Entity",
        "GET /api/query?type=AgentRestorePoint",
    ],
}


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_an_action_means_its_requests_and_no_other(em: Emulator, action: str) -> None:
    assert set(REQUESTS) == set(ACTIONS)
    faults = em.world.faults
    em.add_fault(fault="empty", action=action, count=0)
    for name, request in [*REQUESTS.items(), *((name, item) for name, items in MORE.items() for item in items)]:
        method, target = request.split(" ")
        assert bool(faults.for_request(method, (target,), 1, target)) == (name == action), (action, request)


def test_actions_in_the_specification(api: Api) -> None:
    identity = api.em.add_fault(fault="status", code=503, action="start")
    assert api.request("POST", f"/api/jobs/{GOLD}?action=stop").status == 202
    assert api.request("POST", f"/api/jobs/{GOLD}?action=start").status == 503
    assert api.em.sessions() == []
    assert api.request("POST", f"/api/jobs/{GOLD}?action=start").status == 202
    [active] = [fault.as_dict() for fault in api.em.world.faults.active]
    assert (active["id"], active["action"], active["fired"]) == (identity, "start", 1)


@pytest.mark.parametrize("fault", ["never_finish", "stay_operation_finished", "finish_without_link"])
def test_task_faults_of_other_requests(api: Api, fault: str) -> None:
    api.em.add_fault(fault=fault, action="start")
    api.request("POST", f"/api/jobs/{GOLD}?action=start")
    states = [api.task().state for _unused in range(5)]
    last = {"never_finish": "Running", "stay_operation_finished": "OperationFinished"}.get(fault, "Finished")
    assert states[-1] == last
    assert api.task().related == []
    # a start that hangs has started nothing
    assert len(api.em.sessions()) == (fault != "never_finish")


@pytest.mark.parametrize("late", [{"queries": 2}, {"seconds": 5}, {"refresh": True}])
def test_a_session_can_be_late(api: Api, late: dict[str, Any]) -> None:
    api.em.world.state.past_runs.clear()
    api.em.add_fault(fault="late_job", action="start", **late)
    api.request("POST", f"/api/jobs/{GOLD}?action=start")
    identity = api.finish().job_id
    assert api.get(f"/backupSessions/{identity}").status == 404
    assert len(api.get(f"/jobs/{GOLD}/backupSessions").xml) == 0
    if "seconds" in late:
        advance(api.em, 5)
    elif "refresh" in late:
        api.em.refresh()
    assert len(api.get(f"/jobs/{GOLD}/backupSessions").xml) == 1
    assert api.get(f"/backupSessions/{identity}").status == 200


def test_every_fault_is_tried() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in sorted(NAMES) if f'fault="{name}"' not in text] == []


def test_the_readme_lists_each_action() -> None:
    text = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    listed = text[text.index("a fault may name an `action`") :].partition("\n\n")[0]
    for action in ACTIONS:
        assert f"`{action}`" in listed, action


def test_the_readme_lists_each_fault_with_its_parameters() -> None:
    rows = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8").splitlines()
    for name, parameters in PARAMETERS.items():
        [row] = [row for row in rows if row.startswith("| `") and f"`{name}`" in row.split("|")[1]]
        assert all(f"`{parameter}`" in row for parameter in parameters), row


def test_faults_do_not_touch_the_control_interface(api: Api) -> None:
    api.em.add_fault(fault="status", code=500, count=0)
    assert api.request("GET", "/_emulator/faults").status == 200


def test_logon_can_fail_too(em: Emulator) -> None:
    em.add_fault(fault="status", code=503, retry_after=1, method="POST", path="sessionMngr")
    first = Api(em)
    assert first.log_on().status == 503
    assert first.log_on().status == 201
    assert em.journal[0].authorization_present
    assert basic() not in str(em.journal[0].as_dict())
    assert get(first)[:15] == b"HTTP/1.1 200 OK"
    assert GOLD in get(first).decode("utf-8", "replace")
