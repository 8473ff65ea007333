# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cells of the fault matrix, generated: every fault x every request of the flow x the ways to run it.

A cell is one fault on one request. What must come of it is told by `expected()`: the retry table as it is seen
from outside. The promises that hold in every cell are in `promises.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

#: Outcomes of one clone. MADE: there once, and its href returned. NOTHING: not made, and the message says so.
#: UNKNOWN: sent, and not known what came of it. OTHER: a job was made, but not the one that was wanted.
MADE, NOTHING, UNKNOWN, OTHER = "made", "nothing", "unknown", "other"


@dataclass(frozen=True)
class Request:
    """A request of the flow. on: which of those that match, in the single form and in a batch of three.

    after: the request before it; a refused connection is armed there.
    """

    name: str
    method: str
    path: str
    on: tuple[int, int] = (1, 1)
    after: str | None = None


LOGON, JOBS, REPOSITORY, CLONE = "logon", "job query", "repository query", "clone"
FIRST_POLL, LATER_POLL, LAST_POLL, READ_BACK, LOGOUT = (
    "first poll",
    "later poll",
    "last poll",
    "read-back query",
    "logout",
)
_TASKS = r"^/api/tasks/"
REQUESTS = {
    request.name: request
    for request in (
        Request(LOGON, "POST", r"^/api/sessionMngr"),
        Request(JOBS, "GET", r"^/api/query\?type=Job", after=LOGON),
        Request(REPOSITORY, "GET", r"^/api/query\?type=Repository", after=JOBS),
        Request(CLONE, "POST", r"\?action=clone", after=REPOSITORY),
        Request(FIRST_POLL, "GET", _TASKS, after=CLONE),
        Request(LATER_POLL, "GET", _TASKS, (2, 4), after=FIRST_POLL),
        Request(LAST_POLL, "GET", _TASKS, (3, 7), after=LATER_POLL),
        Request(READ_BACK, "GET", r"^/api/query\?type=Job", (2, 2), after=LAST_POLL),
        Request(LOGOUT, "DELETE", r"^/api/logonSessions/", after=READ_BACK),
    )
}
QUERIES = frozenset((JOBS, REPOSITORY, READ_BACK))
POLLS = frozenset((FIRST_POLL, LATER_POLL, LAST_POLL))
BEFORE_CLONE = frozenset((LOGON, JOBS, REPOSITORY))
EVERYWHERE = frozenset(REQUESTS)
ON_CLONES = frozenset((CLONE, *POLLS))


# What a client is left with after a fault, from the most to the least.
#: A proper answer: nothing is wrong with it, or something that is documented.
ANSWER = "answer"
#: Headers and no body that could be read.
HEADERS = "headers"
#: An answer that is none of EM's, with or without the headers of the real one.
WRONG = "wrong"
#: An answer that will not be smaller, or from here, next time.
HOPELESS = "hopeless"
#: EM's own refusal, or a proxy's.
STATUS = "status"
#: Nothing but a broken connection, or silence.
SILENCE = "silence"


@dataclass(frozen=True)
class Fault:
    """A fault of the emulator.

    leaves: what the client is left with. processed: the server carries the request out all the same.
    headless: the headers do not arrive, so a session that a logon opened cannot be known.
    slow: it ends by a timeout, so times are kept short. at: requests that it can hit.
    """

    name: str
    spec: dict[str, Any] = field(hash=False)
    leaves: str
    processed: bool
    headless: bool
    slow: bool
    at: frozenset[str]

    @property
    def kind(self) -> str:
        return self.spec["fault"]

    @property
    def code(self) -> int | None:
        return self.spec.get("code")


def _fault(
    name: str,
    fault: str,
    leaves: str,
    processed: bool = True,
    headless: bool = False,
    slow: bool = False,
    at: frozenset[str] = EVERYWHERE,
    **parameters: Any,
) -> Fault:
    return Fault(name, {"fault": fault, **parameters}, leaves, processed, headless, slow, at)


def _status(code: int, **parameters: Any) -> Fault:
    name = " ".join([str(code), *("{}={}".format(*pair) for pair in parameters.items())])
    return _fault(name, "status", STATUS, processed=parameters.get("process", False), code=code, **parameters)


MIB = 1 << 20
FAULTS = (
    # the connection
    _fault("refuse", "refuse", SILENCE, processed=False),
    _fault("reset before", "reset_before", SILENCE, processed=False),
    _fault("reset after", "reset_after", SILENCE, headless=True),
    _fault("stall", "stall", SILENCE, processed=False, slow=True, process=False),
    _fault("stall after", "stall", SILENCE, headless=True, slow=True, process=True),
    _fault("drip", "drip", SILENCE, headless=True, slow=True, interval=0.05),
    _fault("drip body", "drip", HEADERS, slow=True, interval=0.05, part="body"),
    _fault("slow headers", "slow_headers", SILENCE, headless=True, slow=True, interval=0.05),
    # the answer
    _fault("cut", "cut", HEADERS),
    _fault("cut chunked", "cut", HEADERS, framing="chunked"),
    _fault("cut reset", "cut", HEADERS, reset=True),
    _fault("empty", "empty", WRONG),
    _fault("garbage", "garbage", HEADERS),
    _fault("garbage head", "garbage", WRONG, headless=True, part="head"),
    _fault("BOM", "bom", ANSWER),
    _fault("HTML 200", "html", WRONG),
    _fault("content type", "content_type", HEADERS),
    _fault("endless headers", "endless_headers", WRONG, headless=True),
    _fault("huge body", "huge_body", HOPELESS, size=8 * MIB),
    _fault("gzip bomb", "gzip_bomb", HOPELESS, size=64 * MIB),
    _fault("endless body", "endless_body", HOPELESS),
    _fault("DTD", "dtd", WRONG),
    _fault("entities", "entities", WRONG),
    _fault("deep JSON", "deep_json", WRONG),
    _fault("other origin hrefs", "other_origin_hrefs", ANSWER),
    _fault("redirect", "redirect", HOPELESS, processed=False, location="https://elsewhere.example.test/api/"),
    # a status
    _status(401),
    _status(403),
    _status(404),
    _status(429),
    _status(429, retry_after=1),
    _status(500),
    _status(500, body="html"),
    _status(502, body="html"),
    _status(502, body="html", process=True),
    _status(503),
    _status(503, retry_after=1),
    _status(503, retry_after=86400),
    # the server
    _fault("expire session", "expire_session", STATUS, processed=False),
    _fault("endless pages", "endless_pages", ANSWER, at=QUERIES),
    _fault("lose task", "lose_task", ANSWER, at=ON_CLONES),
    _fault("finish without link", "finish_without_link", ANSWER, at=ON_CLONES),
    _fault("rename clone", "rename_clone", ANSWER, at=frozenset((CLONE,))),
    _fault("never finish", "never_finish", ANSWER, slow=True, at=ON_CLONES),
    _fault("never finish, job made", "never_finish", ANSWER, slow=True, at=ON_CLONES, job=True),
    _fault("stay OperationFinished", "stay_operation_finished", ANSWER, at=ON_CLONES),
    _fault("late job", "late_job", ANSWER, slow=True, at=ON_CLONES, seconds=0.3),
)

SINGLE, BATCH = "single", "batch"
XML, JSON = "xml", "json"
REFUSED, ALLOWED = "refused", "allowed"
ONCE, ALWAYS = "once", "always"


@dataclass(frozen=True)
class Cell:
    fault: Fault
    request: Request
    media: str
    form: str
    duplicates: str
    how_long: str

    @property
    def name(self) -> str:
        parts = (self.fault.name, self.request.name, self.media, self.form, self.duplicates, self.how_long)
        return "-".join(part.replace(" ", "_") for part in parts)

    @property
    def names(self) -> list[str]:
        return ["web-prod"] if self.form == SINGLE else ["web-1", "web-2", "web-3"]

    def spec(self) -> dict[str, Any]:
        """What the emulator is told."""
        hit = self.request
        spec = dict(self.fault.spec)
        if spec["fault"] == "refuse":
            if hit.after is None:
                return {**spec, "count": 1 if self.how_long == ONCE else 0}
            hit = REQUESTS[hit.after]
        spec.update(method=hit.method, path=hit.path, on=hit.on[self.form == BATCH])
        spec["count"] = 1 if self.how_long == ONCE else 0
        return spec


def cells() -> Iterator[Cell]:
    """Everything once; what never ends in one way of running each."""
    for fault, request in itertools.product(FAULTS, REQUESTS.values()):
        if request.name not in fault.at:
            continue
        for media, form, duplicates in itertools.product((XML, JSON), (SINGLE, BATCH), (REFUSED, ALLOWED)):
            yield Cell(fault, request, media, form, duplicates, ONCE)
        yield Cell(fault, request, XML, SINGLE, REFUSED, ALWAYS)
        yield Cell(fault, request, JSON, BATCH, ALLOWED, ALWAYS)


# -- what must come of it -----------------------------------------------------------------------------------------


def expected(cell: Cell) -> frozenset[str]:
    """The outcomes that a clone may have whose request (or whose common request) the fault hits."""
    always = cell.how_long == ALWAYS
    outcomes = _EXPECTED[cell.request.name](cell.fault, always)
    if cell.fault.kind == "refuse" and always and cell.form == BATCH and cell.request.name in POLLS:
        # The clones of a batch are sent at once, over a connection each, and one that comes late is not let in.
        outcomes |= {NOTHING}
    return frozenset(outcomes)


def _at_logon(fault: Fault, always: bool) -> set[str]:
    if fault.leaves == SILENCE or fault.code == 503 and fault.spec.get("retry_after") != 86400:
        return {NOTHING if always else MADE}
    if fault.kind == "expire_session":
        # the new session is over at once; there is one more logon, and that is all
        return {NOTHING if always else MADE}
    # A session whose headers arrived is as good as any: it can be used and closed.
    usable = fault.leaves in (ANSWER, HEADERS) or fault.leaves == HOPELESS and fault.processed
    return {MADE if usable else NOTHING}


def _at_first_queries(fault: Fault, always: bool) -> set[str]:
    if fault.leaves == ANSWER and fault.kind != "endless_pages":
        return {MADE}
    hopeless = fault.leaves == HOPELESS or fault.code in (403, 404) or fault.spec.get("retry_after") == 86400
    return {NOTHING if hopeless or always else MADE}


def _at_clone(fault: Fault, always: bool) -> set[str]:
    if fault.kind == "refuse":
        # Where the connection breaks just as the request goes out, a part of it may have been sent.
        return {NOTHING if always else MADE, UNKNOWN}
    if fault.leaves == STATUS and not fault.processed:
        # A refusal is EM's; an error page of a proxy says nothing of what EM did.
        return {UNKNOWN if fault.spec.get("body") == "html" else NOTHING}
    if fault.kind == "rename_clone":
        return {OTHER}
    if fault.name == "never finish":
        return {UNKNOWN}
    return {MADE if fault.processed else UNKNOWN}


def _at_polls(fault: Fault, always: bool) -> set[str]:
    if fault.name == "never finish":
        return {UNKNOWN}
    if not always or fault.code == 401 or fault.kind == "expire_session":
        return {MADE}
    # The emulator's tasks go on by being asked; a poll that is not carried out keeps them where they are.
    # Connections that are open already are not refused.
    if fault.slow and fault.leaves != ANSWER or fault.kind == "refuse":
        return {MADE, UNKNOWN}
    return {MADE if fault.processed else UNKNOWN}


def _always_made(fault: Fault, always: bool) -> set[str]:
    return {MADE}


_EXPECTED: dict[str, Callable[[Fault, bool], set[str]]] = {
    LOGON: _at_logon,
    JOBS: _at_first_queries,
    REPOSITORY: _at_first_queries,
    CLONE: _at_clone,
    FIRST_POLL: _at_polls,
    LATER_POLL: _at_polls,
    LAST_POLL: _at_polls,
    # The task has said that the job is made, and linked to it.
    READ_BACK: _always_made,
    LOGOUT: _always_made,
}


def session_may_stay(cell: Cell) -> bool:
    """Whether a session may be left open: EM cannot be reached for the logout, or nobody can know the session."""
    if cell.how_long == ALWAYS and (cell.request.name == LOGOUT or cell.fault.kind == "refuse"):
        return True
    return cell.request.name == LOGON and cell.fault.headless
