# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which request is sent again after which failure: the whole table, as the promises have it, written down once more.

The clone is the reason: EM has no request id, so a clone that is sent twice is made twice.
"""

from __future__ import annotations

import itertools
import typing as t

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._http import retry as _retry
from ansible_collections.backupops.veeam.plugins.module_utils._http.effects import Pause, Send
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import (
    BadAnswer,
    ExchangeError,
    Forbidden,
    NoAnswer,
    NotSent,
    Refused,
    Unauthorized,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.retry import (
    CANCEL,
    LOGON,
    LOGOUT,
    LOOK,
    ONCE,
    POLL,
    READ,
    pause_before_retry,
    persistently,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request, Response
from helpers.flows import drive
from helpers.script import Clock

PURPOSES = (LOGON, LOGOUT, READ, POLL, LOOK, ONCE, CANCEL)
FAILURES = ("not_sent", "no_answer", "bad_answer", 400, 401, 403, 404, 405, 408, 409, 415, 429, 500, 501, 502, 503, 504)

#: How often a request is sent at the most, by purpose and failure. 1 is not again, None is until the deadline.
SENT: dict[str, dict[t.Any, int | None]] = {
    # A repeated wrong password locks an account, so a 401 never.
    LOGON: {"not_sent": 3, "no_answer": 3, 503: 3},
    # A session left open is the one thing that no later run can put right.
    LOGOUT: dict.fromkeys(FAILURES, 3),
    READ: {"not_sent": 4, "no_answer": 4, "bad_answer": 4, 429: 4, 500: 4, 502: 4, 503: 4, 504: 4},
    # The wait for a task repeats its looks by itself.
    POLL: {},
    # 500 may be what EM says of a filter that it does not understand.
    LOOK: {"not_sent": None, "no_answer": None, "bad_answer": None, 429: None, 502: None, 503: None, 504: None},
    ONCE: {"not_sent": 3},
    CANCEL: {"not_sent": 2},
}


def failure(what: t.Any, retry_after: float | None = None, permanent: bool = False) -> ExchangeError:
    kinds: dict[t.Any, type[ExchangeError]] = {"not_sent": NotSent, "no_answer": NoAnswer, "bad_answer": BadAnswer}
    if what in kinds:
        # An answer that cannot be used has a status, too, and that must not count.
        status = 500 if what == "bad_answer" else None
        return kinds[what]("x", "GET /", status, retry_after=retry_after, permanent=permanent)
    refused = {401: Unauthorized, 403: Forbidden}.get(what, Refused)
    return refused("x", "GET /", what, retry_after=retry_after, permanent=permanent)


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("what", FAILURES)
def test_table(purpose: str, what: t.Any) -> None:
    most = SENT[purpose].get(what, 1)
    for failures in range(1, 9):
        pause = pause_before_retry(purpose, failure(what), failures)
        again = most is None or failures < most
        assert (pause is not None) is again, "after %d failures" % failures


def test_the_table_has_every_purpose() -> None:
    assert set(_retry.RULES) == set(PURPOSES)


@pytest.mark.parametrize(("purpose", "what"), list(itertools.product(PURPOSES, FAILURES)))
def test_nothing_permanent_is_tried_again(purpose: str, what: t.Any) -> None:
    pause = pause_before_retry(purpose, failure(what, permanent=True), 1)
    # but for the logout, of which every attempt is worth while
    assert (pause is not None) is (purpose == LOGOUT)


@pytest.mark.parametrize("what", FAILURES)
def test_no_retry_after_makes_a_clone_go_twice(what: t.Any) -> None:
    again = pause_before_retry(ONCE, failure(what, retry_after=1), 1) is not None
    assert again is (what == "not_sent")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_no_retry_after_makes_a_logon_go_twice(status: int) -> None:
    assert pause_before_retry(LOGON, failure(status, retry_after=1), 1) is None


# -- pauses --------------------------------------------------------------------------------------------------------


def test_pauses_grow_to_a_cap() -> None:
    def longest(failures: int) -> float | None:
        return pause_before_retry(LOOK, failure("no_answer"), failures, lambda: 1.0)

    assert [longest(failures) for failures in (1, 2, 3, 4, 5, 6, 7, 1000, 10**9)] == pytest.approx(
        [0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5, 5]
    )


def test_jitter_takes_away_at_most_half() -> None:
    for failures in (1, 3, 9):
        least = pause_before_retry(LOOK, failure(503), failures, lambda: 0.0)
        most = pause_before_retry(LOOK, failure(503), failures, lambda: 1.0)
        assert least is not None
        assert most == pytest.approx(2 * least)
        assert least > 0


@pytest.mark.parametrize(
    ("retry_after", "pause"), [(None, 0.2), (0, 0.2), (0.1, 0.2), (7, 7), (30, 30), (31, 30), (1e9, 30), (-5, 0.2)]
)
def test_retry_after_is_clamped(retry_after: float | None, pause: float) -> None:
    assert pause_before_retry(READ, failure(503, retry_after), 1, lambda: 1.0) == pytest.approx(pause)


# -- the loop ------------------------------------------------------------------------------------------------------

REQUEST = Request("GET", "/api/x")
OK = Response(200, {}, b"")


def sending(
    purpose: str, answers: t.Iterator[Response | ExchangeError], deadline: float = 1060.0, latency: float = 0.0
) -> tuple[t.Any, int, float, int]:
    """Run the loop. What it ended with, how often it sent, how much time it took, and how often it told of it."""
    clock = Clock()
    noted: list[ExchangeError] = []

    def note(_request: Request, error: ExchangeError) -> None:
        noted.append(error)

    flow = persistently(REQUEST, purpose, deadline, lambda response: response.status, clock, note)
    sent = 0

    def perform(effect: t.Any) -> t.Any:
        nonlocal sent
        if isinstance(effect, Pause):
            clock.forward(effect.seconds)
            return None
        assert isinstance(effect, Send)
        assert effect[:2] == (REQUEST, deadline)
        sent += 1
        assert sent < 1000, "for ever"
        clock.forward(latency)
        answer = next(answers)
        if isinstance(answer, ExchangeError):
            raise answer
        return answer

    try:
        return drive(flow, perform), sent, clock() - 1000, len(noted)
    except ExchangeError as error:
        return error, sent, clock() - 1000, len(noted)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_the_first_good_answer_ends_it(purpose: str) -> None:
    assert sending(purpose, iter([OK])) == (200, 1, 0, 0)


@pytest.mark.parametrize(
    ("purpose", "what"), [(purpose, what) for purpose in PURPOSES for what in FAILURES if purpose != LOOK]
)
def test_as_often_as_the_table_says(purpose: str, what: t.Any) -> None:
    expected = SENT[purpose].get(what, 1)
    failed = failure(what)
    ended, sent, _took, noted = sending(purpose, itertools.repeat(failed))
    assert ended is failed
    assert sent == expected
    assert noted == sent - 1


@pytest.mark.parametrize("what", [what for what in FAILURES if SENT[LOOK].get(what, 1) is None])
def test_looking_goes_on_until_the_deadline(what: t.Any) -> None:
    failed = failure(what)
    ended, sent, took, noted = sending(LOOK, itertools.repeat(failed))
    assert ended is failed
    assert 10 < sent < 60
    assert 54 <= took < 60
    assert noted == sent - 1


@pytest.mark.parametrize("what", FAILURES)
@pytest.mark.parametrize("purpose", PURPOSES)
def test_success_after_a_failure(purpose: str, what: t.Any) -> None:
    failed = failure(what)
    ended, sent, _took, _noted = sending(purpose, iter([failed, OK]))
    assert (ended, sent) == ((200, 2) if what in SENT[purpose] else (failed, 1))


@pytest.mark.parametrize("purpose", [READ, LOOK, LOGON])
def test_no_pause_passes_the_deadline(purpose: str) -> None:
    ended, sent, took, noted = sending(purpose, itertools.repeat(failure(503, retry_after=20)), deadline=1019.0)
    assert isinstance(ended, Refused)
    assert (sent, took, noted) == (1, 0, 0)


def test_a_logout_uses_the_time_that_it_has() -> None:
    """However long the server asks to wait: all its attempts fit in before the deadline."""
    ended, sent, took, noted = sending(LOGOUT, itertools.repeat(failure(503, retry_after=20)), deadline=1001.0)
    assert isinstance(ended, Refused)
    assert (sent, noted) == (3, 2)
    assert 0 < took < 1


def test_an_attempt_may_be_given_a_share_of_the_time_left() -> None:
    clock = Clock()
    flow = persistently(
        REQUEST, LOGOUT, 1060.0, lambda response: response, clock, lambda *unused: None, lambda left: left / 2
    )
    assert next(flow) == Send(REQUEST, 1030.0, unbroken=True)
    clock.forward(30)
    assert isinstance(flow.throw(failure("no_answer")), Pause)
    assert next(flow) == Send(REQUEST, 1045.0, unbroken=True)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_what_opens_or_closes_a_session_comes_to_its_end(purpose: str) -> None:
    """When the run is stopped meanwhile. The pauses between the attempts are not shielded."""
    flow = persistently(REQUEST, purpose, 1060.0, lambda response: response, Clock(), lambda *unused: None)
    effect = next(flow)
    assert isinstance(effect, Send)
    assert effect.unbroken is (purpose in (LOGON, LOGOUT))


def test_headers_are_made_for_each_attempt() -> None:
    """A token may have been replaced meanwhile."""
    tokens = iter("ab")
    flow = persistently(
        REQUEST,
        READ,
        1060.0,
        lambda response: response,
        Clock(),
        lambda *unused: None,
        sign=lambda request: request._replace(headers={"token": next(tokens)}),
    )
    first = next(flow)
    flow.throw(failure("no_answer"))
    second = next(flow)
    assert isinstance(first, Send)
    assert isinstance(second, Send)
    assert [first.request.headers, second.request.headers] == [{"token": "a"}, {"token": "b"}]


def test_the_deadline_counts_the_time_of_the_requests() -> None:
    ended, sent, took, _noted = sending(LOOK, itertools.repeat(failure("no_answer")), latency=30)
    assert isinstance(ended, NoAnswer)
    assert (sent, took < 61) == (2, True)


def test_a_pause_that_ends_at_the_deadline_is_of_no_use() -> None:
    _ended, sent, _took, _noted = sending(READ, itertools.repeat(failure(503, retry_after=20)), deadline=1020.0)
    assert sent == 1


def test_the_reader_may_refuse_an_answer() -> None:
    """A 200 with a login page is as good as no answer, and is asked for again."""
    seen: list[int] = []

    def read(response: Response) -> str:
        seen.append(response.status)
        if len(seen) < 3:
            raise failure("bad_answer")
        return "good"

    flow = persistently(REQUEST, READ, 1060.0, read, Clock(), lambda *unused: None)
    effects = [next(flow)]
    for _turn in range(2):
        effects += [flow.send(OK), next(flow)]
    assert [type(effect) for effect in effects] == [Send, Pause, Send, Pause, Send]
    with pytest.raises(StopIteration) as end:
        flow.send(OK)
    assert end.value.value == "good"


def test_other_exceptions_are_not_swallowed() -> None:
    flow = persistently(REQUEST, READ, 1060.0, lambda response: response, Clock(), lambda *unused: None)
    next(flow)
    with pytest.raises(KeyboardInterrupt):
        flow.throw(KeyboardInterrupt())
