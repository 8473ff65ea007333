# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the unit tests share: the cast of the samples, a writer of EM's documents, and a player of scripted exchanges.

The writer is independent of the client's own wire code, so that a mistake in one does not hide one in the other.
"""

from __future__ import annotations

import json
import typing as t
from urllib.parse import unquote
from xml.sax.saxutils import quoteattr

from ansible_collections.backupops.veeam.plugins.module_utils._clone.plan import CloneRequest
from ansible_collections.backupops.veeam.plugins.module_utils._em import model as _model
from ansible_collections.backupops.veeam.plugins.module_utils._em.calls import EnterpriseManager
from ansible_collections.backupops.veeam.plugins.module_utils._em.find import reference
from ansible_collections.backupops.veeam.plugins.module_utils._em.kinds import BACKUP_SERVER, JOB, REPOSITORY
from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import Alone, Flow, Pause, Send, Tell
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import (
    BadAnswer,
    ExchangeError,
    NoAnswer,
    NotSent,
    VeeamError,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request, Response

URL = "https://em.example.test:9398"
#: EM's own idea of its name; hrefs carry it, results must not.
EM_OWN_URL = "https://em01.example.test:9398"
NAMESPACE = "http://www.veeam.com/ent/v1.0"
DIALECTS = ("xml", "v95u4", "v12", "v13")

VBR01 = _model.BackupServer("3f1c2b7a-5d4e-4c1b-9a70-1e2d3c4b5a61", "vbr01.example.test")
VBR02 = _model.BackupServer("8a6d0e52-7b19-4f3a-8c26-0f9e8d7c6b52", "vbr02.example.test")
DEFAULT_01 = _model.Repository("b7e4a1d0-2c3f-4d58-9e61-7a8b9c0d1e2f", "Default Backup Repository", VBR01)
DEFAULT_02 = _model.Repository("0c9d8e7f-6a5b-4c3d-8e2f-1a0b9c8d7e6f", "Default Backup Repository", VBR02)
S3_OFFSITE = _model.Repository("d2f1e0c9-b8a7-4696-8574-635241302f1e", "S3 Offsite", VBR02)
GOLD = _model.Job("5b0d6c1e-9f84-4a37-b1c2-d3e4f5a6b7c8", "TPL Gold", VBR01, "Backup", "VMware", "Template, do not run")
REPLICA = _model.Job("11111111-aaaa-4bbb-8ccc-000000000001", "TPL Replica", VBR01, "Replica", "VMware", None)
COPY = _model.Job(
    "1d2c3b4a-5968-4776-8594-a3b2c1d0e9f8",
    "Copy to Offsite",
    VBR02,
    "ImmediateBackupCopy",
    "CustomPlatform",
    "Copies TPL Gold offsite",
)
OLD_COPY = _model.Job(
    "11111111-aaaa-4bbb-8ccc-000000000002", "TPL Copy Legacy", VBR02, "BackupCopy", "CustomPlatform", ""
)
WEB = _model.Job(
    "c7e19a42-0b6d-4f85-a3e1-2f4d6b8a9c0e", "web-prod-daily", VBR01, "Backup", "VMware", "Cloned from TPL Gold"
)


def other_id(number: int) -> str:
    """A GUID that nothing of the cast has."""
    return "22222222-aaaa-4bbb-8ccc-%012d" % number


class Clock:
    """A monotonic clock that only the test moves."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds


class Writer:
    """EM's answers in one dialect. Every method returns a Response."""

    def __init__(self, dialect: str) -> None:
        assert dialect in DIALECTS
        self.dialect = dialect
        self.media_type = "xml" if dialect == "xml" else "json"

    def response(self, status: int, body: str, **headers: str) -> Response:
        content_type = "application/%s; charset=utf-8" % self.media_type
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
        href = "%s/api/tasks/%s" % (EM_OWN_URL, task_id)
        links: list[dict[str, t.Any]] = [{"Rel": "Delete", "Href": href, "Name": None, "Type": "Task"}]
        for identifier, name in related:
            job = "%s/api/jobs/%s?format=Entity" % (EM_OWN_URL, identifier)
            links.append({"Rel": "Related", "Href": job, "Name": name, "Type": "Job"})
        if self.dialect == "xml":
            result = ""
            if success is not None:
                text = "<Message>%s</Message>" % escape(message) if message is not None else ""
                result = '<Result Success="%s">%s</Result>' % (str(success).lower(), text)
            return self.response(
                status,
                '<Task xmlns="%s" Type="Task" Href=%s>%s<TaskId>%s</TaskId><State>%s</State>'
                "<Operation>CloneJob</Operation>%s</Task>"
                % (NAMESPACE, quoteattr(href), xml_links(links), task_id, state, result),
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

    def jobs(self, *jobs: _model.Job, page: int = 1, pages: int = 1) -> Response:
        """One page of a query for jobs as entities."""
        return self._query("Jobs", "Job", jobs, page, pages)

    def job_refs(self, *jobs: _model.Job, page: int = 1, pages: int = 1) -> Response:
        """One page of a query for jobs as references."""
        return self._query("Refs", "JobReference", jobs, page, pages)

    def repositories(self, *repositories: _model.Repository, page: int = 1, pages: int = 1) -> Response:
        """One page of a query for repositories as references."""
        return self._query("Refs", "RepositoryReference", repositories, page, pages)

    def job(self, job: _model.Job) -> Response:
        """GET of one job as entity."""
        if self.dialect == "xml":
            return self.response(200, self._xml_item("Job", "Job", job, ' xmlns="%s"' % NAMESPACE))
        return self.json(self._json_item("Job", job), 200)

    def repository(self, repository: _model.Repository) -> Response:
        """GET of one repository as reference."""
        if self.dialect == "xml":
            root = self._xml_item("EntityRef", "RepositoryReference", repository, ' xmlns="%s"' % NAMESPACE)
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
        href = "%s/api/logonSessions/%s" % (EM_OWN_URL, session_id)
        if self.dialect == "xml":
            body = (
                '<LogonSession xmlns="%s" Type="LogonSession" Href="%s"><UserName>EM01\\svc</UserName>'
                "<SessionId>%s</SessionId></LogonSession>" % (NAMESPACE, href, session_id)
            )
            answer = self.response(201, body)
        else:
            answer = self.json({"UserName": "EM01\\svc", "SessionId": session_id, "Links": [], "Href": href}, 201)
        return answer._replace(headers={**answer.headers, "x-restsvcsessionid": token, "location": href})

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
            inner = "".join(self._xml_item("Ref" if refs else "Job", kind, item) for item in items)
            inner = "<%s>%s</%s>" % (wrapper, inner, wrapper)
            if not refs:
                inner = "<Entities>%s</Entities>" % inner
            paging = '<PagingInfo PageNum="%d" PageSize="100" PagesCount="%d"><Links/></PagingInfo>' % (page, pages)
            return self.response(200, '<QueryResult xmlns="%s">%s%s</QueryResult>' % (NAMESPACE, inner, paging))
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
        if item.server is None:
            return []
        href = "%s/api/backupServers/%s" % (EM_OWN_URL, item.server.id)
        return [{"Rel": "Up", "Href": href, "Name": item.server.name, "Type": "BackupServerReference"}]

    def _href(self, kind: str, item: t.Any) -> str:
        collection = "repositories" if isinstance(item, _model.Repository) else "jobs"
        entity = "?format=Entity" if kind == "Job" else ""
        return "%s/api/%s/%s%s" % (EM_OWN_URL, collection, item.id, entity)

    def _xml_item(self, element: str, kind: str, item: t.Any, more: str = "") -> str:
        own = ""
        if kind == "Job":
            for name, value in (("JobType", item.type), ("Platform", item.platform), ("Description", item.description)):
                own += "<%s>%s</%s>" % (name, escape(value), name) if value is not None else ""
        return "<%s%s Type=%s Href=%s Name=%s UID=%s>%s%s</%s>" % (
            element,
            more,
            quoteattr(kind),
            quoteattr(self._href(kind, item)),
            quoteattr(item.name),
            quoteattr(item.uid),
            xml_links(self._links(item)),
            own,
            element,
        )

    def _json_item(self, kind: str, item: t.Any) -> dict[str, t.Any]:
        own: dict[str, t.Any] = {}
        if kind == "Job":
            own = {"JobType": item.type, "Platform": item.platform, "Description": item.description}
        return {
            **own,
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
        attributes = "".join(" %s=%s" % (name, quoteattr(value)) for name, value in link.items() if value is not None)
        inner += "<Link%s />" % attributes
    return "<Links>%s</Links>" % inner


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

#: An answer of a script: a response, or what the transport would raise.
Answer = Response | t.Callable[[Request], ExchangeError]


def lost(request: Request) -> ExchangeError:
    """The request went out and the connection broke before an answer came."""
    return NoAnswer("%s: em.example.test port 9398 broke the connection." % request.label, request.label)


def unreachable(request: Request) -> ExchangeError:
    """The connection failed before a byte was sent."""
    return NotSent("em.example.test port 9398 refuses connections.", request.label)


def untrusted(request: Request) -> ExchangeError:
    """A failure that no repetition can mend."""
    return NotSent("The certificate of em.example.test port 9398 is not trusted.", request.label, permanent=True)


def garbage(request: Request) -> ExchangeError:
    """An answer that was cut off."""
    return BadAnswer("%s: the answer was cut off after 3 bytes." % request.label, request.label, 200)


class Step:
    """One expected request. many: it may come any number of times, at least once. takes: seconds that it lasts."""

    def __init__(self, request: str, answer: Answer, many: bool = False, takes: float = 0.0) -> None:
        self.request = request
        self.answers = [answer]
        self.many = many
        self.takes = takes
        self.used = 0

    def __repr__(self) -> str:
        return self.request + (" (any number)" if self.many else "")

    def matches(self, request: str) -> Step | None:
        """The step that answers this request."""
        return self if self.request == request else None

    def unused(self) -> list[Step]:
        """What the test wanted to see and did not."""
        return [] if self.used else [self]

    def take(self) -> Answer:
        """The next answer; the last one stays."""
        self.used += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Phase:
    """Several requests in any order and number; each with its answers in turn, the last of which stays.

    Each must come at least once.
    """

    many = True

    def __init__(self, answers: dict[str, Answer | list[Answer]], takes: float = 0.0) -> None:
        self.inner = []
        for request, given in answers.items():
            step = Step(request, HTML, many=True, takes=takes)
            step.answers = list(given) if isinstance(given, list) else [given]
            self.inner.append(step)

    def __repr__(self) -> str:
        return "any of %r" % self.inner

    def matches(self, request: str) -> Step | None:
        return next((step for step in self.inner if step.request == request), None)

    def unused(self) -> list[Step]:
        return [step for step in self.inner if not step.used]

    @property
    def used(self) -> int:
        return min(step.used for step in self.inner)


def clone_request(name: str, source_job: str, **options: t.Any) -> CloneRequest:
    """A request, with references as texts."""
    references = {"source_job": source_job, **options}
    for option, kind in (("source_job", JOB), ("backup_server", BACKUP_SERVER), ("repository", REPOSITORY)):
        text = references.get(option)
        if text is not None:
            references[option] = reference(option, text, kind)
    return CloneRequest(name, **references)


def query(*names: str, kind: str = "Job", entities: bool = True, page: int = 1) -> str:
    """How a look-up by name is written in a script."""
    wanted = ",".join('Name=="%s"' % name for name in names)
    return "GET /api/query?type=%s&filter=%s%s&pageSize=100&page=%d" % (
        kind,
        wanted,
        "&format=Entities" if entities else "",
        page,
    )


def listing(kind: str = "Job", page: int = 1) -> str:
    """How a listing of everything is written in a script."""
    return "GET /api/query?type=%s&sortAsc=Name&pageSize=500&page=%d" % (kind, page)


LOGON_AGAIN = "log on again"


class LogonAgain(t.NamedTuple):
    """What the session of a script asks for instead of a logon."""

    token: str | None


class ScriptedSession:
    """A session whose renewal is one step of the script."""

    def __init__(self, play: Play) -> None:
        self._play = play

    @property
    def token(self) -> str | None:
        return self._play.token

    def sign(self, request: Request) -> Request:
        return request

    def renew(self, refused: str | None, deadline: float, request: str) -> Flow[None]:
        yield t.cast(t.Any, LogonAgain(refused))


class Play:
    """Drives a flow against a script. A request that is not the next one, or one that never comes, fails the test."""

    def __init__(self, dialect: str = "xml", request_timeout: float = 30.0) -> None:
        self.clock = Clock()
        self.write = Writer(dialect)
        self.steps: list[Step | Phase] = []
        self.request_timeout = request_timeout
        self.token: str | None = "token"
        self.requests: list[Request] = []
        self.seen: list[str] = []
        self.pauses: list[float] = []
        self.notes: list[tuple[Request, ExchangeError]] = []
        self.deadlines: list[float] = []
        self.may_log_on_again: VeeamError | None = None
        self.em = EnterpriseManager(
            URL, self.write.media_type, ScriptedSession(self), lambda *note: self.notes.append(note), self.clock
        )

    def expect(self, request: str, answer: Answer, many: bool = False, takes: float = 0.0) -> None:
        """Add a step to the script."""
        self.steps.append(Step(request, answer, many, takes))

    def expect_any(self, answers: dict[str, Answer | list[Answer]], takes: float = 0.0) -> None:
        """Add a phase to the script."""
        self.steps.append(Phase(answers, takes))

    def run(self, flow: Flow[t.Any], complete: bool = True) -> t.Any:
        """Run the flow to its end. complete: the script must be at its end, too."""
        try:
            result = self._run(flow)
        except VeeamError:
            if complete:
                self.assert_complete()
            raise
        if complete:
            self.assert_complete()
        return result

    def assert_complete(self) -> None:
        missing = [unused for step in self.steps for unused in step.unused()]
        assert not missing, "never asked for: %r\nasked for:\n%s" % (missing, "\n".join(self.seen))

    def count(self, beginning: str) -> int:
        """How many requests began like that."""
        return sum(seen.startswith(beginning) for seen in self.seen)

    def _run(self, flow: Flow[t.Any]) -> t.Any:
        answer: t.Any = None
        failure: VeeamError | None = None
        for _turn in range(100_000):
            try:
                effect = flow.send(answer) if failure is None else flow.throw(failure)
            except StopIteration as end:
                return end.value
            answer = failure = None
            try:
                answer = self._perform(effect)
            except VeeamError as error:
                failure = error
        raise AssertionError("the flow does not end")

    def _perform(self, effect: t.Any) -> t.Any:
        if isinstance(effect, Pause):
            assert effect.seconds > 0, "a busy loop"
            self.pauses.append(effect.seconds)
            self.clock.forward(effect.seconds)
            return None
        if isinstance(effect, Tell):
            return None
        if isinstance(effect, Alone):
            return self._run(effect.flow)
        if isinstance(effect, LogonAgain):
            if effect.token != self.token:
                return None
            self._next(LOGON_AGAIN).take()
            if self.may_log_on_again is not None:
                raise self.may_log_on_again
            self.token = "renewed"
            return None
        assert isinstance(effect, Send)
        request = effect.request
        self.deadlines.append(effect.deadline)
        if self.clock() >= effect.deadline:
            # What the transport does when there is no time left for a single byte.
            raise NotSent("em.example.test port 9398 could not be reached in time.", request.label)
        step = self._next("%s %s" % (request.method, unquote(request.path)))
        self.requests.append(request)
        self.clock.forward(min(step.takes, self.request_timeout, effect.deadline - self.clock()))
        answer = step.take()
        if isinstance(answer, Response):
            return answer
        raise answer(request)

    def _next(self, request: str) -> Step:
        self.seen.append(request)
        while self.steps:
            step = self.steps[0]
            matching = step.matches(request)
            if matching is not None:
                if not step.many:
                    self.steps.pop(0)
                return matching
            if not (step.many and step.used):
                break
            self.steps.pop(0)
        raise AssertionError(
            "not in the script: %s\nexpected: %r\nasked for:\n%s" % (request, self.steps[:1], "\n".join(self.seen))
        )
