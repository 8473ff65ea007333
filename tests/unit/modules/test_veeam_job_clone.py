# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole run, from options to result, on a server in memory: what is sent in which order, and what comes of it."""

from __future__ import annotations

import base64
import functools
import json
import threading
import time
import typing as t
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.backupops.veeam.plugins.module_utils._clone.options import CLONE_OPTIONS
from ansible_collections.backupops.veeam.plugins.module_utils._http import transport as _transport
from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import Progress
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import (
    Interrupted,
    NoAnswer,
    OptionError,
    VeeamError,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request, Response
from ansible_collections.backupops.veeam.plugins.module_utils._module import play as _play
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job import Job
from ansible_collections.backupops.veeam.plugins.module_utils._resources.repository import Repository
from ansible_collections.backupops.veeam.plugins.modules import veeam_job_clone
from helpers.cast import other_id
from helpers.documents import EM_OWN_URL, Writer
from helpers.entities import COPY, DEFAULT_01, DEFAULT_02, GOLD, OLD_COPY, REPLICA, VBR01, VBR02, WEB
from helpers.script import URL, lost, query
from lxml import etree

from ..conftest import ModuleArguments

USERNAME, PASSWORD, TOKEN = "EM01\\svc", "Passw0rd!", "dG9rZW4tMQ=="
BASIC = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
SESSION = "9c1e7d34-5a2b-4f86-b0d3-e1f2a3b4c5d6"
OPTIONS: dict[str, t.Any] = {
    "hostname": "em.example.test",
    "username": USERNAME,
    "password": PASSWORD,
    "source_job": "TPL Gold",
    "name": "new",
    "repository": "Default Backup Repository",
    "poll_interval": 0.001,
}
LOGON = "POST /api/sessionMngr/?v=latest"
LOGOUT = "DELETE /api/logonSessions/" + SESSION
LOOK = query("TPL Gold", "new")
REPOSITORY = query("Default Backup Repository", kind="Repository", entities=False)
POST = f"POST /api/jobs/{GOLD.id}?action=clone"
TASK = "GET /api/tasks/task-1"

Answer = t.Callable[[Request], Response]


class FakeEM:
    """Enterprise Manager in memory, as far as one run needs it. override: other answers, by the request."""

    def __init__(self, dialect: str) -> None:
        self.write = Writer(dialect)
        self.lock = threading.Lock()
        self.jobs: list[Job] = [GOLD, REPLICA, COPY, OLD_COPY]
        self.repositories: list[Repository] = [DEFAULT_01, DEFAULT_02]
        self.journal: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.tasks: dict[str, list[Response]] = {}
        self.sessions: set[str] = set()
        self.override: dict[str, Answer] = {}
        self.connections: list[Connection] = []

    def answer(self, request: Request) -> Response:
        path = unquote(request.path)
        with self.lock:
            self.journal.append(f"{request.method} {path}")
            for beginning, answer in self.override.items():
                if self.journal[-1].startswith(beginning):
                    return answer(request)
            if path.startswith("/api/sessionMngr"):
                self.sessions.add(SESSION)
                return self.write.session(SESSION, TOKEN)
            if request.method == "DELETE":
                self.sessions.discard(path.rpartition("/")[2])
                return Response(204, {}, b"")
            if path.startswith("/api/query"):
                return self.query(request.path)
            if request.method == "POST":
                return self.clone(request)
            answers = self.tasks[path.rpartition("/")[2]]
            return answers.pop(0) if len(answers) > 1 else answers[0]

    def query(self, path: str) -> Response:
        wanted = parse_qs(urlsplit(path).query)
        names = None
        if "filter" in wanted:
            names = [part[len('Name=="') : -1] for part in wanted["filter"][0].split(",")]
        items: list[t.Any] = self.jobs if wanted["type"] == ["Job"] else self.repositories
        found = [item for item in items if names is None or item.name in names]
        if "format" in wanted:
            return self.write.jobs(*found)
        return self.write.job_refs(*found) if wanted["type"] == ["Job"] else self.write.repositories(*found)

    def clone(self, request: Request) -> Response:
        assert request.body is not None
        source = next(job for job in self.jobs if job.id in request.path)
        if self.write.media_type == "xml":
            (info,) = etree.fromstring(request.body)
            values = {etree.QName(child).localname: child.text or "" for child in info}
        else:
            (values,) = json.loads(request.body).values()
        number = len(self.tasks) + 1
        made = source._replace(
            id=other_id(number), name=values["JobName"], description=values.get("Description", source.description)
        )
        self.jobs.append(made)
        task_id = "task-%d" % number
        self.tasks[task_id] = [
            self.write.task("Running", task_id=task_id),
            self.write.task("OperationFinished", True, "OperationFinished", task_id=task_id),
            self.write.task("Finished", True, "Ok", [(made.id, made.name)], task_id=task_id),
        ]
        return self.write.task("Running", task_id=task_id, status=202)


class Connection:
    """Stands in for the transport."""

    def __init__(self, server: FakeEM) -> None:
        self.server = server
        self.closed = False
        server.connections.append(self)

    def exchange(self, request: Request, deadline: float) -> Response:
        self.server.headers.append(dict(request.headers))
        return self.server.answer(request)

    def abort(self) -> None:
        self.closed = True

    def close(self) -> None:
        self.closed = True


class QuickClock:
    """The real time, and the pauses that nobody made."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        self._skipped += seconds


class Runner:
    """Runs with given options against a server."""

    def __init__(self, server: FakeEM) -> None:
        self.server = server
        self.warnings: list[str] = []

    def __call__(self, check_mode: bool = False, diff: bool = False, **options: t.Any) -> dict[str, t.Any]:
        given = {key: value for key, value in {**OPTIONS, **options}.items() if value is not None}
        given["media_type"] = self.server.write.media_type
        checked = ArgumentSpecValidator(**veeam_job_clone.MODULE.spec.arguments()).validate(given)
        assert not checked.error_messages
        result = _play.play(
            veeam_job_clone.MODULE, checked.validated_parameters, check_mode, diff, self.warnings.append
        )
        documented(result, RETURN)
        return result

    def failing(self, check_mode: bool = False, **options: t.Any) -> dict[str, t.Any]:
        with pytest.raises(VeeamError) as raised:
            self(check_mode, **options)
        result = raised.value.result()
        documented(result, RETURN)
        return result


@pytest.fixture
def server(dialect: str, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[FakeEM]:
    server = FakeEM(dialect)
    monkeypatch.setattr(_play, "Connection", lambda endpoint, context: Connection(server))
    # Reading the system's certificates takes longer than all the rest.
    monkeypatch.setattr(_play, "tls_context", lambda endpoint: None)
    # Pauses pass at once.
    clock = QuickClock()
    monkeypatch.setattr(_play, "time", clock)
    monkeypatch.setattr(
        _play, "Scheduler", functools.partial(_play.Scheduler, clock=clock.monotonic, sleep=clock.sleep)
    )
    yield server
    # On every way out.
    assert server.sessions == set(), "a session was left open"
    assert all(connection.closed for connection in server.connections)
    assert not [thread for thread in threading.enumerate() if thread.name == "veeam-connection"]


@pytest.fixture
def run(server: FakeEM) -> Runner:
    return Runner(server)


RETURN = yaml.safe_load(veeam_job_clone.RETURN)


def documented(result: dict[str, t.Any], returned: dict[str, t.Any]) -> None:
    """Every key of a result is documented, with its type."""
    types = {"str": str, "bool": bool, "int": int, "float": (int, float), "dict": dict, "list": list}
    for key, value in result.items():
        # Ansible's own; what a job is called; what a failed item says of its failure.
        if key in ("failed", "diff", "exception", "error") and key not in returned:
            continue
        assert key in returned, key
        entry = returned[key]
        assert value is None or isinstance(value, types[entry["type"]]), key
        if isinstance(value, dict) and "contains" in entry and key not in ("veeam_job_hrefs", "job_hrefs"):
            documented(value, entry["contains"])
        if isinstance(value, list) and "contains" in entry:
            for item in value:
                documented(item, entry["contains"])


# -- what is sent, in order ----------------------------------------------------------------------------------------


def test_a_clone(server: FakeEM, run: Runner) -> None:
    result = run()
    assert server.journal == [LOGON, LOOK, REPOSITORY, POST, TASK, TASK, TASK, query("new"), LOGOUT]
    href = f"{URL}/api/jobs/{other_id(1)}"
    assert result["changed"] is True
    assert result["job_href"] == result["job"]["href"] == href
    assert result["ansible_facts"] == {"veeam_job_href": href, "veeam_job_hrefs": {"new": href}}
    assert result["task"]["href"] == URL + "/api/tasks/task-1"
    assert result["job"]["backup_server"]["name"] == VBR01.name
    assert result["retries"] == 0
    assert run.warnings == []


def test_a_skip(server: FakeEM, run: Runner) -> None:
    server.jobs.append(WEB)
    result = run(name=WEB.name)
    assert server.journal == [LOGON, query("TPL Gold", WEB.name), LOGOUT]
    assert result["changed"] is False
    assert result["job_href"] == f"{URL}/api/jobs/{WEB.id}"
    assert "task" not in result
    assert "already" in result["msg"]


def test_the_second_run_changes_nothing(server: FakeEM, run: Runner) -> None:
    first = run()
    server.journal.clear()
    second = run()
    assert server.journal == [LOGON, LOOK, LOGOUT]
    assert second["changed"] is False
    assert second["job"] == first["job"]


@pytest.mark.parametrize(
    ("source", "options", "element"),
    [
        (GOLD, {}, "BackupJobCloneInfo"),
        (REPLICA, {"repository": None, "vm_suffix": "_dr"}, "ReplicaJobCloneInfo"),
        (COPY, {}, "ImmediateBackupCopyJobCloneInfo"),
        (OLD_COPY, {}, "BackupCopyJobCloneInfo"),
    ],
)
def test_every_kind(server: FakeEM, run: Runner, source: Job, options: dict[str, t.Any], element: str) -> None:
    bodies: list[bytes] = []

    def clone(request: Request) -> Response:
        bodies.append(request.body or b"")
        return server.clone(request)

    server.override["POST /api/jobs"] = clone
    result = run(source_job=source.name, **options)
    assert result["job"]["type"] == source.type
    assert len(bodies) == 1
    assert element.encode() in bodies[0]


def test_without_waiting(server: FakeEM, run: Runner) -> None:
    result = run(wait=False)
    assert server.journal == [LOGON, LOOK, REPOSITORY, POST, LOGOUT]
    assert (result["changed"], result["job"], result["job_href"]) == (True, None, None)
    assert result["task"]["state"] == "Running"
    assert result["ansible_facts"] == {"veeam_job_hrefs": {}}


def test_a_given_session_is_neither_opened_nor_closed(server: FakeEM, run: Runner) -> None:
    run(username=None, password=None, session_id="given")
    assert server.journal == [LOOK, REPOSITORY, POST, TASK, TASK, TASK, query("new")]
    assert {headers["X-RestSvcSessionId"] for headers in server.headers} == {"given"}


def test_an_empty_list_does_not_log_on(server: FakeEM, run: Runner) -> None:
    result = run(name=None, clones=[])
    assert (result["changed"], result["results"], result["job_hrefs"]) == (False, [], {})
    assert server.journal == []
    assert server.connections == []


def test_wrong_options_do_not_log_on(server: FakeEM, run: Runner) -> None:
    with pytest.raises(OptionError):
        run(clones=[])
    with pytest.raises(OptionError):
        run(name="two\nlines")
    assert server.connections == []


# -- check mode and diff -------------------------------------------------------------------------------------------


def writes(server: FakeEM) -> list[str]:
    return [entry for entry in server.journal if not entry.startswith("GET ") and entry not in (LOGON, LOGOUT)]


def test_check_mode_writes_nothing(server: FakeEM, run: Runner) -> None:
    result = run(check_mode=True)
    assert server.journal == [LOGON, LOOK, REPOSITORY, LOGOUT]
    assert (result["changed"], result["job"], result["job_href"]) == (True, None, None)
    assert "task" not in result
    assert "Would clone" in result["msg"]


def test_check_mode_of_a_batch_writes_nothing(server: FakeEM, run: Runner) -> None:
    server.jobs.append(WEB)
    result = run(check_mode=True, name=None, clones=[{"name": "a"}, {"name": WEB.name}, {"name": "b"}])
    assert writes(server) == []
    assert [item["changed"] for item in result["results"]] == [True, False, True]
    assert list(result["job_hrefs"]) == [WEB.name]


@pytest.mark.parametrize(
    "options",
    [
        {"source_job": "none"},
        {"repository": "none"},
        {"vm_suffix": "_x"},
        {"backup_server": "none"},
        {"repository": ""},
    ],
)
@pytest.mark.parametrize("check_mode", [False, True])
def test_what_fails_in_the_real_run_fails_in_check_mode(
    server: FakeEM, run: Runner, options: dict[str, t.Any], check_mode: bool
) -> None:
    result = run.failing(check_mode, **options)
    assert result["changed"] is False
    assert result["job"] is None
    assert writes(server) == []


def test_diff(server: FakeEM, run: Runner) -> None:
    predicted = run(check_mode=True, diff=True, description="d")["diff"]
    real = run(diff=True, description="d")["diff"]
    assert predicted == real
    assert not predicted["before"]
    assert predicted["after"]["Description"] == "d"
    again = run(diff=True, description="d")["diff"]
    assert again["before"] == again["after"]
    assert again["before"]["name"] == "new"


# -- batches -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("max_parallel", [1, 2, 32])
def test_a_batch(server: FakeEM, run: Runner, max_parallel: int) -> None:
    names = ["job %d" % number for number in range(5)]
    result = run(name=None, clones=[{"name": name} for name in names], max_parallel=max_parallel)
    assert [item["job"]["name"] for item in result["results"]] == names
    assert all(item["changed"] for item in result["results"])
    assert list(result["job_hrefs"]) == names
    assert result["ansible_facts"]["veeam_job_hrefs"] == result["job_hrefs"]
    assert server.journal.count(LOGON) == server.journal.count(LOGOUT) == 1
    assert server.journal.count(POST) == 5
    assert server.journal.count(REPOSITORY) == 1
    assert server.journal[-2] == query(*names), "one query proves them all"
    assert len(server.connections) <= min(max_parallel, 5) + 1


def test_a_batch_of_one_is_like_the_single_form(server: FakeEM, run: Runner) -> None:
    result = run(name=None, clones=[{"name": "new"}])
    assert server.journal == [LOGON, LOOK, REPOSITORY, POST, TASK, TASK, TASK, query("new"), LOGOUT]
    assert result["results"][0]["job"]["name"] == "new"


def test_every_item_is_tried(server: FakeEM, run: Runner) -> None:
    server.jobs.append(WEB)
    result = run(
        name=None,
        clones=[
            {"name": "a", "source_job": "none"},
            {"name": "b"},
            {"name": WEB.name},
            {"name": "c", "repository": "none"},
            {"name": "d", "source_job": "TPL Replica", "repository": "Default Backup Repository"},
            {"name": "e", "source_job": "TPL Replica"},
        ],
    )
    assert result["failed"] is True
    assert result["changed"] is True
    assert [item["failed"] for item in result["results"]] == [True, False, False, True, True, False]
    assert set(result["job_hrefs"]) == {"b", WEB.name, "e"}
    for number, name in ((1, "a"), (4, "c"), (5, "d")):
        assert result["results"][number - 1]["msg"].startswith(f'job "{name}" (clones, item {number}): ')
    assert "ansible_facts" not in result


def test_a_clone_that_is_refused_does_not_stop_the_others(server: FakeEM, run: Runner) -> None:
    def clone(request: Request) -> Response:
        if b"bad" in (request.body or b""):
            return server.write.error(400, "<refused by the backup server>")
        return server.clone(request)

    server.override["POST /api/jobs"] = clone
    result = run(name=None, clones=[{"name": "a"}, {"name": "bad"}, {"name": "c"}])
    assert [item["failed"] for item in result["results"]] == [False, True, False]
    assert result["error"]["message"] == "<refused by the backup server>"
    assert result["changed"] is True


def test_nobody_can_be_tried(server: FakeEM, run: Runner) -> None:
    server.override[LOGON] = lambda request: server.write.error(401, "No")
    result = run.failing(name=None, clones=[{"name": "a"}, {"name": "b"}])
    assert [item["failed"] for item in result["results"]] == [True, True]
    assert result["job_hrefs"] == {}
    assert result["error"]["status"] == 401
    assert server.journal == [LOGON]


def test_progress(server: FakeEM) -> None:
    told: list[tuple[int, int, int, int]] = []
    given = {**OPTIONS, "clones": [{"name": "a"}, {"name": "b", "repository": "none"}, {"name": "c"}]}
    del given["name"]
    checked = ArgumentSpecValidator(**veeam_job_clone.MODULE.spec.arguments()).validate(
        {**given, "media_type": server.write.media_type}
    )

    def tell(progress: Progress, elapsed: float) -> None:
        assert elapsed >= 0
        told.append(progress[:4])

    _play.play(veeam_job_clone.MODULE, checked.validated_parameters, False, False, lambda text: None, tell)
    assert told[-1] == (3, 0, 1, 3)
    assert told[0][0] == 1, "what failed before anything was sent has ended"
    assert [ended for ended, *_others in told] == sorted(ended for ended, *_others in told)


# -- trouble -------------------------------------------------------------------------------------------------------


def once(server: FakeEM, answer: Answer) -> Answer:
    """This answer the first time, and then the server's own."""
    left = [answer]

    def first(request: Request) -> Response:
        if left:
            return left.pop()(request)
        return server.query(request.path) if "query" in request.path else server.clone(request)

    return first


def raising(error: t.Callable[[Request], Exception]) -> Answer:
    def answer(request: Request) -> Response:
        raise error(request)

    return answer


def test_retries_are_counted_and_told(server: FakeEM, run: Runner) -> None:
    server.override["GET /api/query?type=Repository"] = once(server, lambda request: server.write.error(503, "Busy"))
    result = run()
    assert result["retries"] == 1
    assert len(run.warnings) == 1
    assert "GET /api/query was tried again 1 time" in run.warnings[0]
    assert "Busy" in run.warnings[0]


def test_a_lost_answer(server: FakeEM, run: Runner) -> None:
    """Made, but the answer does not come: found by name, and sent once."""

    def clone(request: Request) -> Response:
        server.clone(request)
        raise lost(request)

    server.override["POST /api/jobs"] = clone
    result = run()
    assert result["changed"] is True
    assert result["job"]["name"] == "new"
    assert "lost" in result["msg"]
    assert server.journal.count(POST) == 1
    assert "task" not in result


def test_a_lost_answer_and_no_job(server: FakeEM, run: Runner) -> None:
    server.override["POST /api/jobs"] = raising(lost)
    result = run.failing(poll_interval=5)
    assert result["changed"] is True
    assert result["error"]["status"] is None
    assert "unknown" in result["msg"]
    assert "Nothing was created" not in result["msg"]
    assert server.journal.count(POST) == 1


def test_another_type_than_the_sources(server: FakeEM, run: Runner) -> None:
    server.jobs.append(WEB._replace(type="Replica"))
    result = run(name=WEB.name)
    assert result["changed"] is False
    assert len(run.warnings) == 1
    for word in (WEB.name, "Replica", "Backup"):
        assert word in run.warnings[0]


def test_a_namesake_on_another_server(server: FakeEM, run: Runner) -> None:
    server.jobs.append(WEB._replace(server=VBR02))
    assert run(name=WEB.name)["changed"] is True
    assert server.journal.count(POST) == 1


def test_a_logout_that_fails_only_warns(server: FakeEM, run: Runner) -> None:
    def refuse(request: Request) -> Response:
        server.sessions.clear()
        return server.write.error(500, "No")

    server.override["DELETE"] = refuse
    assert run()["changed"] is True
    assert any("could not be closed" in warning for warning in run.warnings)


def test_a_mistake_in_the_collection(server: FakeEM, run: Runner) -> None:
    """Told as one, with what was sent; the session is closed all the same."""

    def clone(request: Request) -> Response:
        raise ZeroDivisionError(f"token {TOKEN}")

    server.override["POST /api/jobs"] = clone
    result = run.failing()
    assert TOKEN not in str(result)
    assert server.journal[-1] == LOGOUT


def stopping_at(server: FakeEM, at: str) -> None:
    """A signal that arrives with the answer to this request."""
    own = server.answer

    def answer(request: Request) -> Response:
        response = own(request)
        if server.journal[-1] == at:
            raise Interrupted(15, "SIGTERM")
        return response

    server.answer = answer  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("at", "sent"), [(LOOK, []), (REPOSITORY, []), (POST, ["new"]), (TASK, ["new"]), (query("new"), ["new"])]
)
def test_being_stopped(server: FakeEM, run: Runner, at: str, sent: list[str]) -> None:
    """Wherever it happens: logged out, nothing sent twice, and told what was sent."""
    stopping_at(server, at)
    with pytest.raises(Interrupted) as raised:
        run()
    assert raised.value.sent == sent
    assert server.journal[-1] == LOGOUT
    assert server.journal.count(POST) == len(sent)


@pytest.mark.parametrize(("at", "sent"), [(query("TPL Gold", "a", "b"), []), (query("a", "b"), ["a", "b"])])
def test_a_batch_that_is_stopped(server: FakeEM, run: Runner, at: str, sent: list[str]) -> None:
    stopping_at(server, at)
    with pytest.raises(Interrupted) as raised:
        run(name=None, clones=[{"name": "a"}, {"name": "b"}])
    assert sorted(raised.value.sent) == sent
    assert server.journal[-1] == LOGOUT
    assert server.journal.count(POST) == len(sent)


# -- secrets -------------------------------------------------------------------------------------------------------

ECHO = f"{PASSWORD} {TOKEN} {BASIC}"


def no_secret(*values: t.Any) -> None:
    shown = json.dumps(values)
    for secret in (PASSWORD, TOKEN, BASIC):
        assert secret not in shown


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 503])
@pytest.mark.parametrize("at", [LOGON, LOOK, REPOSITORY, POST, TASK, query("new"), "DELETE"])
def test_a_server_that_echoes_secrets_in_errors(server: FakeEM, run: Runner, at: str, status: int) -> None:
    def answer(request: Request) -> Response:
        if at == "DELETE":
            server.sessions.clear()
        # A token that was never given out is nobody's secret.
        return server.write.error(status, ECHO if at != LOGON else ECHO.replace(TOKEN, ""))

    server.override[at] = answer
    try:
        result = run(poll_interval=5)
    except VeeamError as error:
        result = error.result()
    no_secret(result, run.warnings)


def test_a_server_that_echoes_secrets_in_documents(server: FakeEM, run: Runner) -> None:
    server.jobs.append(WEB._replace(description=ECHO, platform=ECHO, type=ECHO))
    no_secret(run(name=WEB.name, diff=True), run.warnings)


def test_a_server_that_echoes_secrets_in_tasks(server: FakeEM, run: Runner) -> None:
    server.override[TASK] = lambda request: server.write.task("Finished", False, ECHO)
    result = run()
    assert "********" in result["msg"]
    no_secret(result, run.warnings)
    server.jobs = [GOLD]
    server.override["POST /api/jobs"] = lambda request: server.write.task("Running", status=202)
    no_secret(run.failing(poll_interval=5), run.warnings)


def test_a_given_session_is_a_secret(server: FakeEM, run: Runner) -> None:
    server.override[LOOK] = lambda request: server.write.error(400, "for given-token")
    result = run.failing(username=None, password=None, session_id="given-token")
    assert "given-token" not in json.dumps([result, run.warnings])


def test_nothing_of_ems_own_name_is_shown(server: FakeEM, run: Runner) -> None:
    assert EM_OWN_URL not in json.dumps(run(diff=True))


# -- the module ----------------------------------------------------------------------------------------------------


def module(
    server: FakeEM, arguments: ModuleArguments, capsys: pytest.CaptureFixture[str], **options: t.Any
) -> dict[str, t.Any]:
    """What the module prints, with the options of the tests."""
    given = {key: value for key, value in {**OPTIONS, **options}.items() if value is not None}
    with arguments({**given, "media_type": server.write.media_type}), pytest.raises(SystemExit) as end:
        veeam_job_clone.main()
    result = json.loads(capsys.readouterr().out)
    assert bool(end.value.code) is bool(result.get("failed"))
    assert PASSWORD not in json.dumps(result)
    return t.cast("dict[str, t.Any]", result)


def test_the_module(server: FakeEM, module_arguments: ModuleArguments, capsys: pytest.CaptureFixture[str]) -> None:
    result = module(server, module_arguments, capsys)
    assert result["changed"] is True
    assert result["job_href"].startswith(URL)


def test_the_module_in_check_mode(
    server: FakeEM, module_arguments: ModuleArguments, capsys: pytest.CaptureFixture[str]
) -> None:
    result = module(server, module_arguments, capsys, _ansible_check_mode=True, _ansible_diff=True)
    assert result["changed"] is True
    assert result["diff"]["before"] is None
    assert writes(server) == []


def test_the_module_fails(
    server: FakeEM, module_arguments: ModuleArguments, capsys: pytest.CaptureFixture[str]
) -> None:
    result = module(server, module_arguments, capsys, source_job="none")
    assert result["failed"] is True
    assert result["changed"] is False
    assert "source_job" in result["msg"]


def test_the_module_fails_for_some(
    server: FakeEM, module_arguments: ModuleArguments, capsys: pytest.CaptureFixture[str]
) -> None:
    clones = [{"name": "a"}, {"name": "b", "repository": "none"}]
    result = module(server, module_arguments, capsys, name=None, clones=clones)
    assert result["failed"] is True
    assert result["changed"] is True
    assert [item["failed"] for item in result["results"]] == [False, True]


def test_the_module_is_stopped(
    server: FakeEM, module_arguments: ModuleArguments, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(request: Request) -> Response:
        raise Interrupted(15, "SIGTERM")

    server.override[TASK] = stop
    result = module(server, module_arguments, capsys)
    assert result["failed"] is True
    assert result["changed"] is True
    for word in ("SIGTERM", '"new"'):
        assert word in result["msg"]


def test_the_module_without_requests(
    server: FakeEM,
    module_arguments: ModuleArguments,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_transport, "REQUESTS_IMPORT_ERROR", "Traceback: no requests")
    result = module(server, module_arguments, capsys)
    assert result["failed"] is True
    assert "Failed to import the required Python library (requests)" in result["msg"]
    assert server.connections == []


def test_no_answer_has_no_status(server: FakeEM, run: Runner) -> None:
    server.override[LOGON] = raising(lambda request: NoAnswer("no answer.", request.label))
    result = run.failing()
    assert result["error"] == {"request": "POST /api/sessionMngr/", "status": None, "message": None}
    assert result["msg"].endswith("Nothing was created.")
    assert result["retries"] == 2


# -- the interface ---------------------------------------------------------------------------------------------------


def test_the_settled_interface() -> None:
    """Names, types and defaults that playbooks hold on to."""
    spec = veeam_job_clone.MODULE.spec.options
    settled = {
        "hostname": ("str", None),
        "port": ("int", 9398),
        "username": ("str", None),
        "password": ("str", None),
        "session_id": ("str", None),
        "validate_certs": ("bool", True),
        "ca_path": ("path", None),
        "use_proxy": ("bool", True),
        "timeout": ("float", 30),
        "api_version": ("str", "latest"),
        "media_type": ("str", "xml"),
        "source_job": ("str", None),
        "backup_server": ("str", None),
        "name": ("str", None),
        "description": ("str", None),
        "folder_name": ("str", None),
        "repository": ("str", None),
        "vm_suffix": ("str", None),
        "wait": ("bool", True),
        "wait_timeout": ("float", 300),
        "poll_interval": ("float", 5),
        "on_timeout": ("str", "fail"),
        "clones": ("list", None),
        "max_parallel": ("int", 4),
    }
    assert {name: (spec[name]["type"], spec[name].get("default")) for name in settled} == settled
    assert {name: entry["aliases"] for name, entry in spec.items() if "aliases" in entry} == {
        "session_id": ["session_token"],
        "source_job": ["job"],
        "name": ["job_name"],
        "folder_name": ["job_file_name"],
    }
    inner = {name: spec[name] for name in CLONE_OPTIONS}
    assert spec["clones"]["options"] == inner
