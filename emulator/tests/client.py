# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small HTTP client for the tests: the standard library only, nothing done behind one's back."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import socket
import ssl
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from lxml import etree
from veeam_em_emulator import Emulator, ManualClock, OffsetClock

USER, PASSWORD = "EM01\\svc-ansible", "Passw0rd!"
#: Seconds after which something that is waited for will not come any more.
LONG = 60
XML, JSON = "application/xml", "application/json"
NAMESPACE = "http://www.veeam.com/ent/v1.0"
NS = {"v": NAMESPACE}
GOLD = "5b0d6c1e-9f84-4a37-b1c2-d3e4f5a6b7c8"
VBR01, VBR02 = "3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61", "8a6d0e52-7b19-4f3a-8c26-0f9e8d7c6b52"
REPOSITORY = "urn:veeam:Repository:b7e4a1d0-2c3f-4d58-9e61-7a8b9c0d1e2f"
REPOSITORY_VBR02 = "urn:veeam:Repository:0c9d8e7f-6a5b-4c3d-8e2f-1a0b9c8d7e6f"
CLONE_ORDER = {
    "BackupJobCloneInfo": ("JobName", "FolderName", "RepositoryUid", "Description"),
    "ReplicaJobCloneInfo": ("JobName", "VmSuffix", "Description"),
    "BackupCopyJobCloneInfo": ("JobName", "JobFileName", "RepositoryUid", "Description"),
    "ImmediateBackupCopyJobCloneInfo": ("JobName", "Description", "RepositoryUid", "JobFileName"),
}


@lru_cache(maxsize=16)
def trusting(ca_file: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file)


def basic(user: str = USER, password: str = PASSWORD) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


@dataclass
class Response:
    status: int
    headers: dict[str, str]
    raw_headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        body = gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body
        return body.decode("utf-8-sig")

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def xml(self) -> etree._Element:
        return etree.fromstring(self.text.encode("utf-8"))

    def first(self, path: str) -> str | None:
        """First text or attribute of an XPath with the prefix v."""
        found = self.xml.xpath(path, namespaces=NS)
        return (found[0] if isinstance(found[0], str) else found[0].text or "") if found else None

    @property
    def message(self) -> str:
        """Message of an Error body in either format."""
        if self.text.startswith("<"):
            return self.xml.get("Message") or ""
        body = self.json
        return str(body.get("Message", body.get("message")))


def advance(em: Emulator, seconds: float) -> None:
    assert isinstance(em.clock, (ManualClock, OffsetClock))
    em.clock.advance(seconds)


_clients: list[Api] = []


def close_all() -> None:
    while _clients:
        _clients.pop().close()


class Api:
    """One client with one format; the token goes into the header."""

    def __init__(self, em: Emulator, accept: str = XML) -> None:
        self.em = em
        self.accept = accept
        self.token: str | None = None
        self.session: str | None = None
        self._connection: http.client.HTTPSConnection | None = None
        _clients.append(self)

    def connection(self) -> http.client.HTTPSConnection:
        if self._connection is None:
            context = trusting(self.em.ca_file)
            self._connection = http.client.HTTPSConnection(self.em.host, self.em.port, context=context, timeout=LONG)
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def request(
        self, method: str, path: str, body: bytes | str | None = None, headers: dict[str, str | None] | None = None
    ) -> Response:
        """Headers given as None are left out."""
        wanted: dict[str, str | None] = {"Accept": self.accept, "Content-Type": self.accept}
        if self.token:
            wanted["X-RestSvcSessionId"] = self.token
        if method in ("POST", "PUT") or body is not None:
            wanted["Content-Length"] = str(len(body.encode() if isinstance(body, str) else body or b""))
        wanted.update(headers or {})
        connection = self.connection()
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in wanted.items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(body.encode() if isinstance(body, str) else body)
            answer = connection.getresponse()
            data = answer.read()
        except BaseException:
            self.close()
            raise
        raw = answer.getheaders()
        if answer.will_close:
            self.close()
        return Response(answer.status, {name.lower(): value for name, value in raw}, raw, data)

    def get(self, path: str, **params: Any) -> Response:
        query = urlencode(params, quote_via=quote)
        return self.request("GET", f"/api{path}" + (f"?{query}" if query else ""))

    def query(self, **params: Any) -> Response:
        return self.get("/query", **params)

    def log_on(self, user: str = USER, password: str = PASSWORD, version: str = "latest") -> Response:
        answer = self.request(
            "POST", f"/api/sessionMngr/?v={version}", headers={"Authorization": basic(user, password)}
        )
        if answer.status == 201:
            self.token = answer.headers["x-restsvcsessionid"]
            self.session = answer.headers["location"].rsplit("/", 1)[1]
        return answer

    def log_out(self) -> Response:
        return self.request("DELETE", f"/api/logonSessions/{self.session}")

    def body(self, kind: str, **values: str) -> str:
        """Body of a clone request in the client's format, elements in the documented order."""
        if self.accept == JSON:
            return json.dumps({kind: values})
        root = etree.Element(f"{{{NAMESPACE}}}JobCloneSpec", nsmap={None: NAMESPACE})
        info = etree.SubElement(root, f"{{{NAMESPACE}}}{kind}")
        for name in CLONE_ORDER[kind]:
            if name in values:
                etree.SubElement(info, f"{{{NAMESPACE}}}{name}").text = values[name]
        return etree.tostring(root, encoding="unicode")

    def clone(self, name: str, source: str = GOLD, kind: str = "BackupJobCloneInfo", **values: str) -> Response:
        if kind == "BackupJobCloneInfo":
            values = {"FolderName": name, "RepositoryUid": REPOSITORY, **values}
        return self.request("POST", f"/api/jobs/{source}?action=clone", self.body(kind, JobName=name, **values))

    def task(self, identity: str = "task-1") -> Task:
        return Task(self.get(f"/tasks/{identity}"))

    def finish(self, identity: str = "task-1") -> Task:
        """Poll until the task is finished (at most 20 times)."""
        for _unused in range(20):
            task = self.task(identity)
            if task.state == "Finished":
                return task
        raise AssertionError(f"task is still {task.state}")

    def names(self, answer: Response) -> list[str]:
        """Names of the references or entities in a list or a query result."""
        if self.accept == XML:
            found = answer.xml.xpath("//v:Ref/@Name | //v:Job/@Name | //v:Repository/@Name", namespaces=NS)
            return [str(name) for name in found]
        names: list[str] = []

        def walk(value: Any) -> None:
            if isinstance(value, dict):
                low = {key.lower(): item for key, item in value.items()}
                if (
                    str(low.get("type", "")) in ("JobReference", "RepositoryReference", "Job", "Repository")
                    and "uid" in low
                ):
                    names.append(low["name"])
                else:
                    for item in value.values():
                        walk(item)
            elif isinstance(value, list):
                for item in value:
                    walk(item)

        walk(answer.json)
        return names


class MemoryApi(Api):
    """The same through the door in memory."""

    def request(
        self, method: str, path: str, body: bytes | str | None = None, headers: dict[str, str | None] | None = None
    ) -> Response:
        content = body.encode() if isinstance(body, str) else body or b""
        wanted: dict[str, str | None] = {"Accept": self.accept, "Content-Type": self.accept}
        wanted["Content-Length"] = str(len(content))
        if self.token:
            wanted["X-RestSvcSessionId"] = self.token
        wanted.update(headers or {})
        given = {name: value for name, value in wanted.items() if value is not None}
        done = self.em.exchange(method, path, given, content)
        assert done.status is not None
        return Response(done.status, {name.lower(): value for name, value in done.headers}, done.headers, done.body)


class Task:
    """A task in either format."""

    def __init__(self, answer: Response) -> None:
        self.status = answer.status
        self.answer = answer
        self.links: list[dict[str, str | None]] = []
        if answer.text.startswith("<"):
            self.state = answer.first("v:State")
            self.operation = answer.first("v:Operation")
            self.id = answer.first("v:TaskId")
            success = answer.first("v:Result/@Success")
            self.success = None if success is None else success == "true"
            self.message = answer.first("v:Result/v:Message")
            for link in answer.xml.iterfind("v:Links/v:Link", NS):
                self.links.append({key.lower(): value for key, value in link.attrib.items()})
        else:
            low = {key.lower(): value for key, value in answer.json.items()}
            self.state, self.operation, self.id = low.get("state"), low.get("operation"), low.get("taskid")
            result = {key.lower(): value for key, value in (low.get("result") or {}).items()}
            self.success, self.message = result.get("success"), result.get("message")
            for link in low.get("links") or []:
                self.links.append({key.lower(): value for key, value in link.items()})

    @property
    def related(self) -> list[dict[str, str | None]]:
        return [link for link in self.links if link["rel"] == "Related"]

    @property
    def job_id(self) -> str:
        return str(self.related[0]["href"]).rsplit("/", 1)[1].partition("?")[0]


def raw_connection(em: Emulator) -> ssl.SSLSocket:
    """A connection over TLS, for bytes that no HTTP client would send or wait for."""
    plain = socket.create_connection((em.host, em.port), timeout=LONG)
    return trusting(em.ca_file).wrap_socket(plain, server_hostname="localhost")


def raw_exchange(em: Emulator, request: bytes) -> bytes:
    """Send bytes over TLS, read until the other side ends."""
    with raw_connection(em) as tls:
        tls.sendall(request)
        received = b""
        while True:
            try:
                part = tls.recv(65536)
            except ssl.SSLEOFError:
                return received
            if not part:
                return received
            received += part


def tell_less(em: Emulator) -> None:
    """Of a month before the start three days are enough, and told sooner. Right after a reset."""
    past = em.world.state.past_runs
    past[:] = [replace(runs, days=3) if runs.days == 30 else runs for runs in past]
