# Copyright: (c) 2026, backupops.veeam contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an HTTP answer means: which status is expected, what each other one says, and what may be believed.

Status and content type are checked before the body is read as a document (EM reference: http_response_codes,
em_web_api_specifications).
"""

from __future__ import annotations

import time
import typing as t

from .._http.errors import BadAnswer, ExchangeError, Forbidden, Refused, Unauthorized, shortened
from .._http.transport import Request, Response
from . import moments
from .wire import CONTENT_TYPES, Unreadable, read_error

T = t.TypeVar("T")

_NOT_THE_API = "Is this the REST API port of Enterprise Manager (9398), and not the web UI or a proxy?"


def read(
    request: Request, response: Response, media_type: str, statuses: tuple[int, ...], parse: t.Callable[[bytes, str], T]
) -> T:
    """The parsed body of an answer with an expected status. Raises Refused or BadAnswer."""
    expect_status(request, response, *statuses)
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not matches(content_type, media_type):
        raise _unusable(request, response, "its content type is %s" % (shortened(content_type, 60) or "missing"))
    try:
        return parse(response.body, media_type)
    except Unreadable as error:
        raise _unusable(request, response, str(error), error.hint, error.permanent) from error


def matches(content_type: str, media_type: str) -> bool:
    """Whether that content type is the asked format; text/xml and application/vnd.x+json count too."""
    return content_type == CONTENT_TYPES[media_type] or content_type.endswith(("/" + media_type, "+" + media_type))


def expect_status(request: Request, response: Response, *expected: int) -> None:
    """Raise the error that an unexpected status stands for."""
    if response.status in expected:
        return
    if response.status < 400:
        raise _unusable(request, response, "HTTP %d is not what Enterprise Manager answers here" % response.status)
    raise refusal(request, response)


def refusal(request: Request, response: Response) -> Refused:
    """The error for a status of 400 or more."""
    message = read_error(response.body) if response.body else None
    details: dict[str, t.Any] = {
        "from_api": message is not None,
        "message": message or None,
        "retry_after": _retry_after(response.headers.get("retry-after")),
    }
    said = f": {message.rstrip('.')}" if message else ""
    label, status = request.label, response.status
    if status == 401:
        return Unauthorized(f"{label}: not authorised (HTTP 401){said}.", label, status, **details)
    if status == 403:
        return Forbidden(
            f"{label}: access denied (HTTP 403){said}.",
            label,
            status,
            hint="The account's role in Enterprise Manager does not allow it; Portal Administrator does.",
            **details,
        )
    if message is None:
        said = (
            "; the answer is not from Enterprise Manager, perhaps from a proxy in front of it" if response.body else ""
        )
    sentence = "%s: the server answered HTTP %d%s." % (label, status, said)
    return Refused(sentence, label, status, hint=_HINTS.get(status, ""), **details)


_HINTS = {
    429: "Too many requests: try again later, or with fewer at a time.",
    503: "It may be starting or overloaded: try again later.",
}


def _unusable(request: Request, response: Response, why: str, hint: str = "", permanent: bool = False) -> BadAnswer:
    if response.body.lstrip()[:1] == b"<" and b"<html" in response.body[:2000].lower():
        why, hint = "it is an HTML page", _NOT_THE_API
    return BadAnswer(
        "%s: the answer (HTTP %d) cannot be used: %s." % (request.label, response.status, why),
        request.label,
        response.status,
        permanent=permanent,
        hint=hint,
    )


def not_the_api(request: Request, response: Response, hostname: str, port: int) -> ExchangeError:
    """The error for a logon that was answered, but not by EM's REST API."""
    return BadAnswer(
        "%s port %d answered the logon without a session (HTTP %d)." % (hostname, port, response.status),
        request.label,
        response.status,
        permanent=True,
        hint=_NOT_THE_API,
    )


def _retry_after(value: str | None) -> float | None:
    """Seconds, from a number or a date; None where it is neither."""
    if not value:
        return None
    if value.isascii() and value.strip().isdigit():
        return float(value.strip()[:9])
    moment = moments.read_date(value)
    return max(0.0, moment - time.time()) if moment is not None else None
