# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an HTTP answer means, from its status, its type and what the server says."""

from __future__ import annotations

import datetime
import typing as t
from email.utils import format_datetime

import pytest
from ansible_collections.backupops.veeam.plugins.module_utils._em import answers as _answers
from ansible_collections.backupops.veeam.plugins.module_utils._em.task import read_task
from ansible_collections.backupops.veeam.plugins.module_utils._http.errors import (
    BadAnswer,
    ExchangeError,
    Forbidden,
    Refused,
    Unauthorized,
)
from ansible_collections.backupops.veeam.plugins.module_utils._http.transport import Request, Response
from helpers.documents import HTML, Writer

REQUEST = Request("GET", "/api/tasks/task-1?x=secret")
LABEL = "GET /api/tasks/task-1"


def read(response: Response, media_type: str, *statuses: int) -> t.Any:
    return _answers.read(REQUEST, response, media_type, statuses or (200,), read_task)


def failing(response: Response, media_type: str = "xml") -> ExchangeError:
    with pytest.raises(ExchangeError) as raised:
        read(response, media_type)
    error = raised.value
    assert error.request == LABEL
    assert error.status == response.status
    assert LABEL in error.msg
    assert "secret" not in error.msg
    assert error.result()["error"] == {"request": LABEL, "status": response.status, "message": error.message}
    return error


def test_a_good_answer(write: Writer) -> None:
    assert read(write.task("Running"), write.media_type).state == "Running"
    assert read(write.task("Running", status=202), write.media_type, 200, 202).state == "Running"


STATUSES = [
    # status, class, EM's own word
    (400, Refused),
    (401, Unauthorized),
    (403, Forbidden),
    (404, Refused),
    (429, Refused),
    (500, Refused),
    (503, Refused),
]


@pytest.mark.parametrize(("status", "kind"), STATUSES)
def test_ems_own_refusal(write: Writer, status: int, kind: type[Refused]) -> None:
    error = failing(write.error(status, "Because."), write.media_type)
    assert error.__class__ is kind
    assert isinstance(error, Refused)
    assert error.from_api
    assert error.message == "Because."
    assert "Because" in error.msg
    assert "HTTP %d" % status in error.msg


@pytest.mark.parametrize(("status", "kind"), STATUSES)
@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b'{"message": "Bad gateway"}', b"\xff\x00"])
def test_somebody_elses_refusal(status: int, kind: type[Refused], body: bytes) -> None:
    error = failing(Response(status, {"content-type": "text/html"}, body))
    assert error.__class__ is kind
    assert isinstance(error, Refused)
    assert not error.from_api
    assert error.message is None
    assert "gateway" not in error.msg


def test_the_error_may_come_in_the_other_format() -> None:
    assert failing(Writer("v13").error(404, "Gone"), "xml").message == "Gone"
    assert failing(Writer("xml").error(404, "Gone"), "json").message == "Gone"


def test_access_denied_names_the_role() -> None:
    assert "VM Restore Operator does" in failing(Writer("xml").error(403, "Access denied")).msg


@pytest.mark.parametrize("status", [100, 201, 202, 204, 206, 226, 299, 304])
def test_another_success_is_no_success(status: int) -> None:
    error = failing(Writer("xml").task("Running")._replace(status=status))
    assert isinstance(error, BadAnswer)


CONTENT_TYPES = [
    ("application/xml", "xml", True),
    ("application/xml; charset=utf-8", "xml", True),
    ("Application/XML ;charset=x", "xml", True),
    ("text/xml", "xml", True),
    ("application/vnd.veeam+xml", "xml", True),
    ("application/json", "json", True),
    ("application/json; charset=utf-8", "json", True),
    ("application/problem+json", "json", True),
    ("text/html", "xml", False),
    ("application/xhtml+xml-not", "xml", False),
    ("application/json", "xml", False),
    ("application/xml", "json", False),
    ("", "xml", False),
    ("xml", "xml", False),
    ("text/plain", "json", False),
]


@pytest.mark.parametrize(("content_type", "media_type", "usable"), CONTENT_TYPES)
def test_content_type(content_type: str, media_type: str, usable: bool) -> None:
    answer = Writer("xml" if media_type == "xml" else "v12").task("Running")
    answer = answer._replace(headers={"content-type": content_type} if content_type else {})
    if usable:
        assert read(answer, media_type).id == "task-1"
    else:
        error = failing(answer, media_type)
        assert isinstance(error, BadAnswer)
        assert "content type is %s" % (content_type or "missing") in error.msg


def test_a_login_page_hints_at_the_port() -> None:
    for answer in (HTML, HTML._replace(headers={"content-type": "application/xml"})):
        error = failing(answer)
        assert isinstance(error, BadAnswer)
        assert "HTML page" in error.msg
        assert "9398" in error.msg


def test_an_unreadable_body_is_not_quoted(write: Writer) -> None:
    answer = write.task("Running")._replace(body=b"secret <>{")
    assert "cannot be used" in failing(answer, write.media_type).msg


def test_a_long_content_type_is_shortened() -> None:
    error = failing(Writer("xml").task("Running")._replace(headers={"content-type": "x" * 5000}))
    assert len(error.msg) < 300


# -- Retry-After ---------------------------------------------------------------------------------------------------

RETRY_AFTER = [
    (None, None),
    ("", None),
    ("0", 0.0),
    ("120", 120.0),
    (" 7 ", 7.0),
    ("9" * 400, 999999999.0),
    ("1.5", None),
    ("-1", None),
    ("soon", None),
    # What a header that is read as Latin-1 may hold.
    ("\xb2", None),
    ("1\xb9", None),
    ("Mon, 05 Jan 2026 10:00:00 +9999999999999999999999999999", None),
    ("Mon, 05 Jan 0000 10:00:00 GMT", 0.0),
    ("Mon, 05 Jan 99999999999999999999 10:00:00 GMT", None),
    ("Mon, 05 Jan 1998 10:00:00 GMT", 0.0),
]


@pytest.mark.parametrize(("value", "seconds"), RETRY_AFTER)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    headers = {} if value is None else {"retry-after": value}
    assert failing(Writer("xml").error(503, "Busy", **headers)).retry_after == seconds


def test_retry_after_as_a_date() -> None:
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    seconds = failing(
        Writer("xml").error(503, "Busy", **{"retry-after": format_datetime(moment, usegmt=True)})
    ).retry_after
    assert seconds is not None
    assert 3000 < seconds <= 3600


def test_a_date_without_a_zone() -> None:
    assert failing(
        Writer("xml").error(503, "Busy", **{"retry-after": "Mon, 05 Jan 2026 10:00:00 -0000"})
    ).retry_after in (
        None,
        0.0,
    )
