# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A writer of EM's answers in every dialect.

It is independent of the client's own wire code, so that a mistake in one does not hide one in the other.
"""

from __future__ import annotations

import json
import typing as t
from xml.sax.saxutils import quoteattr

from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Response
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job import Job
from ansible_collections.backupops.veeam.plugins.module_utils._resources.repository import Repository

#: EM's own idea of its name; hrefs carry it, results must not.
EM_OWN_URL = "https://em01.example.test:9398"
NAMESPACE = "http://www.veeam.com/ent/v1.0"
DIALECTS = ("xml", "v95u4", "v12", "v13")

_PLURALS = {"Job": "Jobs", "Repository": "Repositories", "BackupServer": "BackupServers"}
_COLLECTIONS = {"Job": "jobs", "Repository": "repositories", "BackupServer": "backupServers"}


class Writer:
    """EM's answers in one dialect. Every method returns a Response."""

    def __init__(self, dialect: str) -> None:
        assert dialect in DIALECTS
        self.dialect = dialect
        self.media_type = "xml" if dialect == "xml" else "json"

    def response(self, status: int, body: str, **headers: str) -> Response:
        content_type = f"application/{self.media_type}; charset=utf-8"
        return Response(status, {"content-type": content_type, **headers}, body.encode("utf-8"))

    def task(
        self,
        state: str,
        success: bool | None = None,
        message: str | None = None,
        related: t.Sequence[tuple[str, str | None]] = (),
        task_id: str = "task-1",
        status: int = 200,
    ) -> Response:
        """A task; related: (id, name) of the jobs that it links to."""
        href = f"{EM_OWN_URL}/api/tasks/{task_id}"
        links: list[dict[str, t.Any]] = [{"Rel": "Delete", "Href": href, "Name": None, "Type": "Task"}]
        for identifier, name in related:
            job = f"{EM_OWN_URL}/api/jobs/{identifier}?format=Entity"
            links.append({"Rel": "Related", "Href": job, "Name": name, "Type": "Job"})
        if self.dialect == "xml":
            result = ""
            if success is not None:
                text = f"<Message>{escape(message)}</Message>" if message is not None else ""
                result = f'<Result Success="{str(success).lower()}">{text}</Result>'
            return self.response(
                status,
                f'<Task xmlns="{NAMESPACE}" Type="Task" '
                f"Href={quoteattr(href)}>{xml_links(links)}<TaskId>{task_id}</TaskId><State>{state}</State>"
                f"<Operation>CloneJob</Operation>{result}</Task>",
            )
        members: dict[str, t.Any] = {
            "TaskId": task_id,
            "State": state,
            "Operation": "CloneJob",
            "Result": None if success is None else {"Message": message, "Success": success},
            "Links": links,
            "Href": href,
            "Type": "Task",
        }
        return self.json(members, status)

    def jobs(self, *jobs: Job, page: int = 1, pages: int = 1) -> Response:
        """One page of a query for jobs as entities."""
        return self._query("Jobs", "Job", jobs, page, pages)

    def job_refs(self, *jobs: Job, page: int = 1, pages: int = 1) -> Response:
        """One page of a query for jobs as references."""
        return self._query("Refs", "JobReference", jobs, page, pages)

    def repositories(self, *repositories: Repository, page: int = 1, pages: int = 1) -> Response:
        """One page of a query for repositories as references."""
        return self._query("Refs", "RepositoryReference", repositories, page, pages)

    def entities(self, *items: t.Any, kind: str, page: int = 1, pages: int = 1) -> Response:
        """One page of a query for resources of that kind (Repository, BackupServer) as entities."""
        return self._query(_PLURALS[kind], kind, items, page, pages)

    def job(self, job: Job) -> Response:
        """GET of one job as entity."""
        return self.entity("Job", job)

    def entity(self, kind: str, item: t.Any) -> Response:
        """GET of one resource as entity."""
        if self.dialect == "xml":
            return self.response(200, self._xml_item(kind, kind, item, f' xmlns="{NAMESPACE}"'))
        return self.json(self._json_item(kind, item), 200)

    def repository(self, repository: Repository) -> Response:
        """GET of one repository as reference."""
        if self.dialect == "xml":
            root = self._xml_item("EntityRef", "RepositoryReference", repository, f' xmlns="{NAMESPACE}"')
            return self.response(200, root)
        return self.json(self._json_item("RepositoryReference", repository), 200)

    def error(self, status: int, message: str, **headers: str) -> Response:
        """EM's own Error document."""
        if self.dialect == "xml":
            body = '<Error xmlns="%s" Message=%s StatusCode="%d" />' % (NAMESPACE, quoteattr(message), status)
            return self.response(status, body, **headers)
        members = {"FirstChanceExceptionMessage": None, "Message": message, "StackTrace": None, "Status": None}
        answer = self.json({**members, "StatusCode": status}, status)
        return answer._replace(headers={**answer.headers, **headers})

    def session(self, session_id: str = "9c1e7d34-5a2b-4f86-b0d3-e1f2a3b4c5d6", token: str = "token-1") -> Response:
        """A logon that succeeded."""
        href = f"{EM_OWN_URL}/api/logonSessions/{session_id}"
        if self.dialect == "xml":
            body = (
                f'<LogonSession xmlns="{NAMESPACE}" Type="LogonSession" Href="{href}"><UserName>EM01\\svc</UserName>'
                f"<SessionId>{session_id}</SessionId></LogonSession>"
            )
            answer = self.response(201, body)
        else:
            answer = self.json({"UserName": "EM01\\svc", "SessionId": session_id, "Links": [], "Href": href}, 201)
        return answer._replace(headers={**answer.headers, "x-restsvcsessionid": token, "location": href})

    def sessions(self, *ids: str) -> Response:
        """All sessions of the user (EM reference: get_loginsessions)."""
        if self.dialect == "xml":
            inner = "".join(f"<LogonSession><SessionId>{session}</SessionId></LogonSession>" for session in ids)
            return self.response(200, f'<LogonSessions xmlns="{NAMESPACE}">{inner}</LogonSessions>')
        return self.json({"LogonSessions": [{"UserName": "x", "SessionId": session} for session in ids]}, 200)

    # -- shapes ----------------------------------------------------------------------------------------------------

    def json(self, members: dict[str, t.Any], status: int) -> Response:
        if self.dialect == "v95u4":
            members = without_nulls(members)
        elif self.dialect == "v13":
            members = camel_keys(members)
        return self.response(status, json.dumps(members))

    def _query(self, wrapper: str, kind: str, items: t.Sequence[t.Any], page: int, pages: int) -> Response:
        refs = wrapper == "Refs"
        if self.dialect == "xml":
            inner = "".join(self._xml_item("Ref" if refs else kind, kind, item) for item in items)
            inner = f"<{wrapper}>{inner}</{wrapper}>"
            if not refs:
                inner = f"<Entities>{inner}</Entities>"
            paging = '<PagingInfo PageNum="%d" PageSize="100" PagesCount="%d"><Links/></PagingInfo>' % (page, pages)
            return self.response(200, f'<QueryResult xmlns="{NAMESPACE}">{inner}{paging}</QueryResult>')
        listed = {wrapper: [self._json_item(kind, item) for item in items]}
        members: dict[str, t.Any] = {
            "Refs": listed if refs else None,
            "Entities": None if refs else {wrapper: listed, "FailoverPlans": None, "Backups": None},
            "Resources": None,
            "Links": None,
            "PagingInfo": {"Links": [], "PageNum": page, "PageSize": 100, "PagesCount": pages},
        }
        return self.json(members, 200)

    def _links(self, item: t.Any) -> list[dict[str, t.Any]]:
        if getattr(item, "server", None) is None:
            return []
        href = f"{EM_OWN_URL}/api/backupServers/{item.server.id}"
        return [{"Rel": "Up", "Href": href, "Name": item.server.name, "Type": "BackupServerReference"}]

    def _href(self, kind: str, item: t.Any) -> str:
        entity = "" if kind.endswith("Reference") else "?format=Entity"
        return f"{EM_OWN_URL}/api/{_COLLECTIONS[kind.removesuffix('Reference')]}/{item.id}{entity}"

    def _own(self, kind: str, item: t.Any) -> dict[str, t.Any]:
        """What only the entity of a resource has. An unknown size is -1."""
        if kind == "Job":
            return {"JobType": item.type, "Platform": item.platform, "Description": item.description}
        if kind == "Repository":
            sizes = {"Capacity": item.capacity, "FreeSpace": item.free_space}
            return {**{name: -1 if size is None else size for name, size in sizes.items()}, "Kind": item.kind}
        if kind == "BackupServer":
            return {"Description": item.description, "Port": item.port, "Version": item.version}
        return {}

    def _xml_item(self, element: str, kind: str, item: t.Any, more: str = "") -> str:
        own = ""
        for name, value in self._own(kind, item).items():
            own += f"<{name}>{escape(str(value))}</{name}>" if value is not None else ""
        return (
            f"<{element}{more} Type={quoteattr(kind)} Href={quoteattr(self._href(kind, item))} "
            f"Name={quoteattr(item.name)} "
            f"UID={quoteattr(item.uid)}>{xml_links(self._links(item))}{own}</{element}>"
        )

    def _json_item(self, kind: str, item: t.Any) -> dict[str, t.Any]:
        return {
            **self._own(kind, item),
            "Name": item.name,
            "UID": item.uid,
            "Links": self._links(item),
            "Href": self._href(kind, item),
            "Type": kind,
        }


def escape(text: str) -> str:
    """Text content of an XML element; a carriage return as a reference, since parsers read it as a line feed."""
    special = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
    return "".join(special.get(char, char) for char in text)


def xml_links(links: t.Sequence[dict[str, t.Any]]) -> str:
    inner = ""
    for link in links:
        attributes = "".join(f" {name}={quoteattr(value)}" for name, value in link.items() if value is not None)
        inner += f"<Link{attributes} />"
    return f"<Links>{inner}</Links>"


def without_nulls(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: without_nulls(member) for key, member in value.items() if member is not None}
    if isinstance(value, list):
        return [without_nulls(member) for member in value]
    return value


def camel_keys(value: t.Any) -> t.Any:
    """The .NET camel-case rule: UID becomes uid, TaskId becomes taskId."""
    if isinstance(value, dict):
        return {key.lower() if key.isupper() else key[0].lower() + key[1:]: camel_keys(m) for key, m in value.items()}
    if isinstance(value, list):
        return [camel_keys(member) for member in value]
    return value


HTML = Response(200, {"content-type": "text/html"}, b"<!DOCTYPE html><html><body>Sign in</body></html>")
