# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The promises, whatever breaks: a simulated Enterprise Manager, a clock of its own, and any sequence of faults.

Whatever the faults are, a run sends the clone at most once, ends in time, and says nothing that is not so; and the
same task run again, without faults, ends with exactly one job.
"""

from __future__ import annotations

import enum
import typing as t
from urllib.parse import unquote

from ansible_collections.backupops.veeam.plugins.module_utils._clone.clone import clone
from ansible_collections.backupops.veeam.plugins.module_utils._clone.plan import Plan
from ansible_collections.backupops.veeam.plugins.module_utils._clone.prove import Unverified, prove
from ansible_collections.backupops.veeam.plugins.module_utils._clone.resolve import Existing, resolve
from ansible_collections.backupops.veeam.plugins.module_utils._clone.work import CloneWait, Made
from ansible_collections.backupops.veeam.plugins.module_utils._em.calls import EnterpriseManager
from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import Flow, Pause, Send
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import (
    BadAnswer,
    ExchangeError,
    NoAnswer,
    NotSent,
    Unauthorized,
    VeeamError,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request, Response
from ansible_collections.backupops.veeam.plugins.module_utils._resources.job import Job
from helpers.cast import other_id
from helpers.documents import HTML, Writer
from helpers.entities import DEFAULT_01, DEFAULT_02, GOLD, VBR02, clone_request
from helpers.flows import drive
from helpers.script import URL, Clock
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

TIMEOUT, WAIT_TIMEOUT = 30.0, 120.0
LATENCY = 0.02
NAMES = ("new", "web; (daily) 50%")


class Fault(enum.Enum):
    """What happens to one request. Those on the right of `after` are processed all the same."""

    NONE = "none"
    NOT_SENT = "not sent"
    UNTRUSTED = "certificate not trusted"
    BROKEN = "broken before it is processed"
    BROKEN_AFTER = "broken after it was processed"
    STALL = "no answer for long"
    STALL_AFTER = "processed, and no answer for long"
    CUT_AFTER = "processed, and the answer cut off"
    HTML = "a page of a proxy with 200"
    HTML_AFTER = "processed, and a page of a proxy with 200"
    GATEWAY = "502 of a proxy"
    GATEWAY_AFTER = "processed, and 504 of a proxy"
    BUSY = "503 of EM"
    ERROR = "500 of EM"
    EXPIRED = "the session is over"


PROCESSED = {Fault.NONE} | {fault for fault in Fault if fault.name.endswith("_AFTER")}


class Behaviour(t.NamedTuple):
    """What this server does with a clone."""

    #: makes it, lets its task fail, or refuses it
    answer: str = "makes"
    #: seconds until OperationFinished, and from there until Finished; None for never
    works: float = 1.0
    reads_back: float | None = 1.0
    linked: bool = True
    link_name: bool = True
    #: seconds after OperationFinished in which EM does not show the job yet
    lag: float = 0.0
    #: how often one can log on again
    renewals: int = 1
    #: seconds after which somebody else makes a job of that name, None for never
    rival_after: float | None = None
    #: what becomes of the second: refused at once, by a failed task, or made as well
    duplicates: str = "task"


class ModelServer:
    """The server, and what really came of the clones."""

    def __init__(self, dialect: str, behaviour: Behaviour, faults: t.Sequence[Fault], for_ever: Fault) -> None:
        self.write = Writer(dialect)
        self.clock = Clock()
        self.behaviour = behaviour
        self.faults = list(faults)
        self.for_ever = for_ever
        self.session = 1
        self.expired = False
        self.renewals = behaviour.renewals
        self.sent = 0
        #: (job, when EM shows it)
        self.jobs: list[tuple[Job, float]] = [(GOLD, 0.0), (GOLD._replace(id=other_id(9), server=VBR02, name="x"), 0.0)]
        self.made: list[Job] = []
        self.tasks: dict[str, tuple[int, float, Job | None]] = {}
        self.began = self.clock()
        self.rival: Job | None = None
        self.em = EnterpriseManager(URL, self.write.media_type, self, lambda *unused: None, self.clock)

    # -- what a call needs of the logon session --------------------------------------------------------------------

    @property
    def token(self) -> str:
        return "token-%d" % self.session

    def sign(self, request: Request) -> Request:
        return request

    def renew(self, refused: str | None, deadline: float, request: str) -> Flow[None]:
        yield Pause(LATENCY)
        if refused == self.token:
            if not self.renewals:
                raise Unauthorized("The session is over for good.", request, 401, permanent=True)
            self.renewals -= 1
            self.session += 1
            self.expired = False

    # -- the way there and back ------------------------------------------------------------------------------------

    def run(self, flow: Flow[t.Any]) -> t.Any:
        return drive(flow, self.perform, most=20_000)

    def perform(self, effect: t.Any) -> t.Any:
        if isinstance(effect, Pause):
            assert effect.seconds > 0
            self.clock.forward(effect.seconds)
            return None
        assert isinstance(effect, Send)
        return self.exchange(effect.request, effect.deadline)

    def exchange(self, request: Request, deadline: float) -> Response:
        label = request.label
        left = deadline - self.clock()
        if left <= 0:
            raise NotSent("no time left.", label)
        fault = self.faults.pop(0) if self.faults else self.for_ever
        if fault in (Fault.NOT_SENT, Fault.UNTRUSTED):
            raise NotSent(f"{fault.value}.", label, permanent=fault is Fault.UNTRUSTED)
        if request.method == "POST":
            self.sent += 1
        if fault is Fault.EXPIRED:
            self.expired = True
        answer = self.process(request) if fault in PROCESSED else None
        self.clock.forward(min(left, TIMEOUT if fault in (Fault.STALL, Fault.STALL_AFTER) else LATENCY))
        if fault in (Fault.BROKEN, Fault.BROKEN_AFTER, Fault.STALL, Fault.STALL_AFTER):
            raise NoAnswer(f"{label}: {fault.value}.", label)
        if fault is Fault.CUT_AFTER:
            raise BadAnswer(f"{label}: the answer was cut off.", label, 200)
        if fault in (Fault.HTML, Fault.HTML_AFTER):
            return HTML
        if fault in (Fault.GATEWAY, Fault.GATEWAY_AFTER):
            return Response(502, {"content-type": "application/json"}, b'{"message": "Bad gateway"}')
        if fault is Fault.BUSY:
            return self.write.error(503, "Busy", **{"retry-after": "2"})
        if fault is Fault.ERROR:
            return self.write.error(500, "Object reference not set to an instance of an object.")
        return answer or self.write.error(401, "Over")

    # -- the server ------------------------------------------------------------------------------------------------

    def somebody_else(self) -> None:
        """Their job, when its time has come and if it can be made."""
        after = self.behaviour.rival_after
        if after is None or self.rival is not None or self.clock() - self.began < after:
            return
        if self.made and self.behaviour.duplicates != "allowed":
            return
        self.rival = GOLD._replace(id=other_id(7), name=NAMES[0], description="theirs")
        self.jobs.append((self.rival, self.clock() + self.behaviour.lag))

    def process(self, request: Request) -> Response:
        self.somebody_else()
        if self.expired:
            return self.write.error(401, "Over")
        path = unquote(request.path)
        if request.method == "POST":
            return self.clone(request)
        if path.startswith("/api/tasks/"):
            return self.task(path.rpartition("/")[2])
        shown = [job for job, since in self.jobs if since <= self.clock()]
        if path.startswith("/api/jobs/"):
            found = [job for job in shown if job.id in path]
            return self.write.job(found[0]) if found else self.write.error(404, "Cannot find job")
        wanted = path.partition("&filter=")[2].rpartition("&pageSize")[0].partition("&format")[0]
        if path.startswith("/api/query?type=Repository"):
            return self.write.repositories(DEFAULT_01, DEFAULT_02)
        if "&filter=" not in path:
            return self.write.job_refs(*shown)
        return self.write.jobs(*(job for job in shown if f'Name=="{job.name}"' in wanted))

    def clone(self, request: Request) -> Response:
        how = self.behaviour
        taken = self.rival is not None and how.duplicates != "allowed"
        if how.answer == "refuses" or (taken and how.duplicates == "http"):
            return self.write.error(400, "<refused by the backup server>")
        task_id = "task-%d" % (len(self.tasks) + 1)
        job = None
        if how.answer == "makes" and not taken:
            name = next(name for name in NAMES if name.encode() in (request.body or b""))
            job = GOLD._replace(id=other_id(len(self.made) + 1), name=name, description=None)
            self.made.append(job)
            self.jobs.append((job, self.clock() + how.works + how.lag))
        self.tasks[task_id] = (self.session, self.clock(), job)
        return self.task(task_id, 202)

    def task(self, task_id: str, status: int = 200) -> Response:
        how = self.behaviour
        session, began, job = self.tasks[task_id]
        if session != self.session:
            return self.write.error(500, f"There is no backup task with id [{task_id}] in current rest session")
        since = self.clock() - began - how.works
        if since < 0:
            return self.write.task("Running", task_id=task_id, status=status)
        if job is None:
            return self.write.task("Finished", False, "<failed on the backup server>", task_id=task_id, status=status)
        if how.reads_back is None or since < how.reads_back:
            return self.write.task("OperationFinished", True, "OperationFinished", task_id=task_id, status=status)
        related = [(job.id, job.name if how.link_name else None)] if how.linked else []
        return self.write.task("Finished", True, "Ok", related, task_id=task_id, status=status)

    def mend(self) -> None:
        """An hour later: all that was under way is done, and nothing breaks any more."""
        self.clock.forward(1800)
        self.somebody_else()
        self.clock.forward(1800)
        self.faults, self.for_ever = [], Fault.NONE
        self.session += 1
        self.expired = False


def task(server: ModelServer, name: str) -> Flow[t.Any]:
    """One task of a playbook: what is there, the clone, and the proof."""
    waiting = CloneWait(True, WAIT_TIMEOUT, 5.0, False, TIMEOUT)
    deadline = server.clock() + WAIT_TIMEOUT
    request = clone_request(name, "TPL Gold", repository=DEFAULT_01.name)
    (resolved,) = yield from resolve(server.em, [request], deadline)
    if isinstance(resolved, VeeamError):
        raise resolved
    if not isinstance(resolved, Plan):
        return resolved
    ended: t.Any = yield from clone(server.em, resolved, waiting, deadline)
    if isinstance(ended, Unverified):
        (ended,) = yield from prove(server.em, [ended])
    if isinstance(ended, Unverified):
        ended = yield from ended.prove_alone()
    return ended


BEHAVIOURS = st.builds(
    Behaviour,
    answer=st.sampled_from(["makes", "makes", "makes", "fails", "refuses"]),
    works=st.sampled_from([0.0, 0.5, 20.0, 500.0]),
    reads_back=st.sampled_from([0.0, 2.0, 40.0, None]),
    linked=st.booleans(),
    link_name=st.booleans(),
    lag=st.sampled_from([0.0, 0.0, 3.0, 30.0, 900.0]),
    renewals=st.integers(0, 2),
    rival_after=st.none(),
    duplicates=st.just("task"),
)
FAULTS = st.lists(st.sampled_from(list(Fault)) | st.just(Fault.NONE), max_size=30)


@settings(max_examples=settings().max_examples * 5)
@given(
    dialect=st.sampled_from(["xml", "v12", "v13"]),
    behaviour=BEHAVIOURS,
    faults=FAULTS,
    for_ever=st.just(Fault.NONE) | st.sampled_from(list(Fault)),
    name=st.sampled_from(NAMES),
)
@example(dialect="xml", behaviour=Behaviour(), faults=[], for_ever=Fault.NONE, name="new")
@example("xml", Behaviour(), [Fault.NONE, Fault.NONE, Fault.GATEWAY_AFTER], Fault.NONE, "new")
@example("xml", Behaviour(), [Fault.NONE, Fault.NONE, Fault.BROKEN_AFTER], Fault.EXPIRED, "new")
def test_promises(dialect: str, behaviour: Behaviour, faults: list[Fault], for_ever: Fault, name: str) -> None:
    server = ModelServer(dialect, behaviour, faults, for_ever)
    began = server.clock()
    failure: VeeamError | None = None
    ended: t.Any = None
    try:
        ended = server.run(task(server, name))
    except VeeamError as error:
        failure = error
    assert server.clock() - began <= WAIT_TIMEOUT + TIMEOUT, "bounded"
    assert server.sent <= 1, "once means once"
    assert len(server.made) <= 1
    if failure is None:
        assert isinstance(ended, Made)
        event("made")
        assert ended.changed is True
        assert ended.job is not None
        assert [ended.job.id] == [job.id for job in server.made], "what is told is what is there"
    else:
        result = failure.result()
        event(f"failed: changed is {result['changed']}")
        if not result["changed"] or "othing was created" in result["msg"]:
            assert server.made == [], "nothing was created"
        if result["changed"]:
            assert server.sent == 1
            assert "may still appear" in result["msg"]
        if isinstance(failure, ExchangeError):
            assert server.sent == 0, "what comes before the clone"

    if server.made:
        # However long the server took, it is done an hour later, and the second run needs no more than a look.
        server.mend()
        sent = server.sent
        again = server.run(task(server, name))
        assert isinstance(again, Existing)
        assert (again.job.id, server.sent) == (server.made[0].id, sent)


@settings(max_examples=settings().max_examples * 2)
@given(faults=FAULTS, for_ever=st.sampled_from(list(Fault)), dialect=st.sampled_from(["xml", "v13"]))
def test_again_and_again_until_it_is_there(faults: list[Fault], for_ever: Fault, dialect: str) -> None:
    """Run with faults, then without: there is exactly one job in the end, whatever the first run knew."""
    server = ModelServer(dialect, Behaviour(), faults, for_ever)
    try:
        server.run(task(server, "new"))
    except VeeamError:
        event("the first run failed")
    server.mend()
    ended = server.run(task(server, "new"))
    assert isinstance(ended, (Made, Existing))
    assert len(server.made) == 1
    assert ended.job is not None
    assert ended.job.id == server.made[0].id


@settings(max_examples=settings().max_examples * 3)
@given(
    faults=FAULTS,
    for_ever=st.just(Fault.NONE) | st.sampled_from(list(Fault)),
    dialect=st.sampled_from(["xml", "v13"]),
    works=st.sampled_from([0.0, 1.0, 20.0]),
    lag=st.sampled_from([0.0, 0.0, 3.0, 30.0]),
    rival_after=st.sampled_from([0.03, 0.05, 0.07, 0.5, 2.0, 30.0]),
    duplicates=st.sampled_from(["http", "task", "allowed"]),
)
def test_races(
    faults: list[Fault],
    for_ever: Fault,
    dialect: str,
    works: float,
    lag: float,
    rival_after: float,
    duplicates: str,
) -> None:
    """Somebody else makes a job of the same name meanwhile."""
    behaviour = Behaviour(works=works, lag=lag, rival_after=rival_after, duplicates=duplicates)
    server = ModelServer(dialect, behaviour, faults, for_ever)
    failure: VeeamError | None = None
    ended: t.Any = None
    try:
        ended = server.run(task(server, "new"))
    except VeeamError as error:
        failure = error
    there = {job.id for job in (*server.made, server.rival) if job is not None}
    assert server.sent <= 1
    if failure is None:
        assert ended.job.id in there
        if isinstance(ended, Existing) or not ended.changed:
            event("theirs")
            assert (server.made, ended.job.id) == ([], other_id(7))
        else:
            event("ours")
    else:
        result = failure.result()
        event(f"failed: changed is {result['changed']}")
        assert server.made == [] or result["changed"]
        if "There are 2 jobs" in result["msg"]:
            event("both")
            assert duplicates == "allowed"
            assert all(identifier in result["msg"] for identifier in there)
            assert len(there) == 2

    server.mend()
    both = len(server.made) + (server.rival is not None)
    if both == 1:
        again = server.run(task(server, "new"))
        assert isinstance(again, Existing)
        assert again.job.id in {job.id for job in (*server.made, server.rival) if job is not None}
    assert duplicates == "allowed" or both <= 1
